"""候选账号 as pages: the review queue, and one candidate beside the real account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from watcher.console.page import LEVELS, TEMPLATES, Sheet


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """One candidate of the queue; texts are in the language of the offices."""

    id: int
    state: str
    tier: str
    level: str  # "" below the tier of alerts
    platform: str
    name: str
    match: str
    unit: str
    badge: str
    points: int
    why: str  # the first reason
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class QueueView:
    """The queue at `now`; `counts` are (state, word, how many), `searched` the same of names."""

    now: datetime
    rows: Sheet[CandidateRow]
    state: str
    counts: Sequence[tuple[str, str, int]] = ()
    searched: Sequence[tuple[str, int]] = ()
    version: str = ""


@dataclass(frozen=True, slots=True)
class CandidateView:
    """One candidate at `now`: `pairs` are field, the candidate's, the real account's."""

    now: datetime
    row: CandidateRow
    parts: Sequence[tuple[str, bool]] = ()  # the name, and what of it stands otherwise
    pairs: Sequence[tuple[str, str, str]] = ()
    avatars: tuple[str, str] = ("", "")  # SHA-256 of both, "" where it was not had …
    unpictured: tuple[str, str] = ("", "")  # … and why
    reasons: Sequence[str] = ()
    decided: str = ""
    letters: Sequence[tuple[str, str, str, str, str]] = ()
    searched: Sequence[tuple[str, str, str, str]] = ()
    events: Sequence[tuple[str, str, str, str]] = ()
    coming: Sequence[tuple[str, str]] = ()  # what to do next, and the command
    version: str = ""


def render_queue(view: QueueView) -> str:
    """The queue as HTML."""

    def link(**change: object) -> str:
        now = {"page": view.rows.number, "state": view.state, **change}
        return "?" + urlencode({k: v for k, v in now.items() if v not in ("", 1)})

    template = TEMPLATES.get_template("candidates.html")
    return template.render(view=view, link=link, LEVELS=LEVELS)


def render_candidate(view: CandidateView) -> str:
    """One candidate as HTML."""
    return TEMPLATES.get_template("candidate.html").render(view=view, LEVELS=LEVELS)


POLICY: Mapping[str, str] = {  # pictures of ours may be shown on these pages
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}
