"""签收 pages: what a link of a letter shows to whoever holds it. They stand by themselves.

Nothing is loaded from elsewhere, so that a proxy need let in nothing but /ack/.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from watcher.console.page import LEVELS, TEMPLATES

_STYLE = TEMPLATES.get_template("acknowledge.css").render()
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
# No referrer: the address is the secret. Not stored, not indexed, not framed.
ACK_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}
LONGEST_NAME = 20  # characters that somebody may type


@dataclass(frozen=True, slots=True)
class AckRow:
    """One case of a letter, as it stands now."""

    number: str
    level: str
    rule: str  # its name, in the language of the offices
    whose: str  # account and platform, or unit
    unit: str
    fact: str
    due: str
    standing: str  # 待签收, 已由…于…签收, 已销号 …
    waits: bool = False  # for somebody to acknowledge it


@dataclass(frozen=True, slots=True)
class AckView:
    """What a link shows. `mark` goes back with the form; "" where there is nothing to do.

    `said` is what there is to say first: that it is done, was done, is over.
    """

    now: datetime
    office: str
    rows: Sequence[AckRow]
    expires_at: datetime
    said: str = ""
    well: bool = True  # what is said is good news
    mark: str = ""
    listing: bool = False  # a digest: for information, nothing to acknowledge

    @property
    def waiting(self) -> int:
        return sum(row.waits for row in self.rows)


def render_acknowledge(view: AckView) -> str:
    """The page of a link as HTML."""
    return _page(view=view)


def render_refusal(notice: str, text: str) -> str:
    """The page where there is nothing to show: a headline and what to do, as HTML."""
    return _page(view=None, notice=notice, text=text)


def _page(**more: object) -> str:
    template = TEMPLATES.get_template("acknowledge.html")
    return template.render(LEVELS=LEVELS, LONGEST=LONGEST_NAME, **more)
