"""What state a page is in, before anything on it is believed.

First the statuses that mean the same everywhere, unless an entry names that status; then the
entries in order, the first whose conditions all hold. A condition on JSON holds of no page that
is not JSON at all.
"""

from __future__ import annotations

from dataclasses import dataclass

from collectors.declarative.fields import View, read
from collectors.declarative.sheet import NOTHING, Sheet
from collectors.declarative.spec import Ask, Before, Field, InHtml, Path, State
from watcher.model import CollectError, Trouble

WALLS = frozenset({401, 403, 412, 418, 429, 432, 461, 471})
TROUBLES = {
    "challenge": Trouble.BLOCKED,
    "blocked": Trouble.BLOCKED,
    "login": Trouble.BLOCKED,
    "private": Trouble.BLOCKED,
    "error": Trouble.UNREACHABLE,
    "unreadable": Trouble.UNREADABLE,
    "gone": Trouble.GONE,
    "banned": Trouble.BANNED,
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state, why, and the number of the entry that said so (None: built in, or nothing)."""

    state: str = "ok"
    why: str = ""
    entry: int | None = None

    @property
    def error(self) -> CollectError | None:
        trouble = TROUBLES.get(self.state)
        return CollectError(trouble, self.why) if trouble else None


def judge(ask: Ask, view: View) -> Verdict:
    """The state of the answer to `ask`."""
    page = view.sheet.page
    named = any(page.status in state.status for state in ask.states)
    common = _common(view.sheet)
    if common is not None and not named:
        return common
    for number, state in enumerate(ask.states):
        if holds(state, view):
            return Verdict(state.state, _why(state, page.status), number)
    return common or Verdict()


def _why(state: State, status: int) -> str:
    because = state.why or state.text
    return f"{state.state}: {because}" + (f" (status {status})" if status != 200 else "")


def _common(sheet: Sheet) -> Verdict | None:
    """What a status means on every platform; a missing page is not a missing account."""
    status = sheet.page.status
    if status in WALLS:
        return Verdict("blocked", f"status {status}")
    if status >= 500:
        return Verdict("error", f"status {status}")
    if not 200 <= status < 300 and not (300 <= status < 400 and not sheet.ask.redirects):
        return Verdict("unreadable", f"status {status}")
    if not sheet.page.body.strip() and sheet.ask.parse != "header":
        return Verdict("blocked", "an empty answer")
    return None


def holds(state: State, view: View) -> bool:
    """Whether every condition of the entry holds."""
    page = view.sheet.page
    return (
        (not state.status or page.status in state.status)
        and (state.smaller is None or len(page.body) < state.smaller)
        and (state.url is None or state.url.search(page.url[:2000]) is not None)
        and all(
            name in page.headers and pattern.search(page.headers[name][:2000]) is not None
            for name, pattern in state.header
        )
        and (state.body is None or state.body.search(view.sheet.text) is not None)
        and all(_tested(test, view) for test in state.tests)
    )


def _tested(test: Field, view: View) -> bool:
    needs_json = any(isinstance(place, Path) for place in test.places)
    if needs_json and view.sheet.document is NOTHING:
        return False
    if any(isinstance(place, Before) for place in test.places) and view.earlier is None:
        return False
    return read(test, view) is True


def is_json(ask: Ask) -> bool:
    """Whether an answer that holds no JSON cannot be read."""
    if isinstance(ask.parse, InHtml):
        return not ask.parse.optional
    return ask.parse == "json"
