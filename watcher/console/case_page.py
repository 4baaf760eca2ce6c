"""One case as a page: what was found, on which proof, what was done, what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from watcher.console.page import LEVELS, TEMPLATES
from watcher.console.view import CaseRow


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """One page that a finding rests on; `what` says which side of it."""

    what: str
    at: datetime | None
    source: str
    url: str = ""
    status: int | None = None
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Side:
    """What was shown before or after, from when to when."""

    text: str
    since: datetime | None = None
    until: datetime | None = None
    sha256: str = ""  # of the picture, where it is one


@dataclass(frozen=True, slots=True)
class StepRow:
    """One thing that happened to a case."""

    at: str
    who: str
    what: str
    text: str


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case at `now`; `filings` are key, kind, how far, and the days on paper."""

    now: datetime
    row: CaseRow
    number: str
    standing: str
    due: str
    facts: Sequence[tuple[str, str]] = ()
    changed: tuple[str, Side, Side] | None = None  # field, before, after
    readings: Sequence[ReadingRow] = ()
    filings: Sequence[tuple[str, str, str, str]] = ()
    manifests: Sequence[str] = ()  # SHA-256 of the packages of proof
    steps: Sequence[StepRow] = ()
    coming: Sequence[tuple[str, str]] = ()  # what to do next, and the command
    silenced: str = ""  # until when, by whom and why nothing is said of it
    version: str = ""


def render_case(view: CaseView) -> str:
    """The page as HTML."""
    return TEMPLATES.get_template("case.html").render(view=view, LEVELS=LEVELS)
