"""What happens to some accounts of a simulated year, on the platform and on paper.

A story is told twice: here as what the platform shows and what the ledger says from when on, and in
`truth_stories` as what must be found of it. Neither knows of the other's words, or of any rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

import chinese_calendar

from watcher.filings import Filing, FilingKind
from watcher.model import UnitKind
from watcher.replica.timetable import ZONE
from watcher.replica.world import Act, Item, Scene

DAY = timedelta(days=1)
FAREWELL = "关于本账号停止更新的公告"
NOTICE_DAYS = 15  # working days of public notice before a deregistration (Art. 9)


@dataclass(frozen=True, slots=True)
class Entry:
    """From `at` on the ledger says this of a filing."""

    at: datetime
    filing: Filing


@dataclass(frozen=True, slots=True)
class Story:
    """One account's story. `turns` are the moments that matter, by name.

    Nothing is posted in [`quiet`, `again`); `farewell` is when it posts that it ends.
    """

    kind: str
    turns: Mapping[str, datetime]
    acts: tuple[Act, ...] = ()
    ledger: tuple[Entry, ...] = ()
    quiet: datetime | None = None
    again: datetime | None = None
    farewell: datetime | None = None
    unit: UnitKind = UnitKind.CITY_DEPARTMENT


def morning(day: date, hour: int = 9) -> datetime:
    """That hour of a Beijing day, in UTC."""
    return datetime.combine(day, time(hour), ZONE).astimezone(UTC)


def working(day: date, count: int) -> date:
    """So many working days after a day."""
    for _ in range(count):
        day += DAY
        while not chinese_calendar.is_workday(day):
            day += DAY
    return day


def posted(story: Story, items: tuple[Item, ...]) -> tuple[Item, ...]:
    """An account's posts, as its story leaves them."""
    low, high = story.quiet, story.again
    kept = [
        item
        for item in items
        if low is None or item.at < low or (high is not None and item.at >= high)
    ]
    if story.farewell is not None:
        number = max((item.number for item in items), default=0) + 1
        kept.append(Item(number, story.farewell, FAREWELL))
    return tuple(kept)


_Teller = Callable[[str, Filing, date], Story]
_TELLERS: dict[str, _Teller] = {}


def _tells(teller: _Teller) -> _Teller:
    _TELLERS[teller.__name__.strip("_")] = teller
    return teller


def kinds() -> tuple[str, ...]:
    """The stories there are, in the order in which accounts are given them."""
    return tuple(_TELLERS)


def story_of(kind: str, account: str, unit: str, day: date) -> Story:
    """That story of an account; `day` is the day on which it begins."""
    plain = Filing(f"sim-{account}", FilingKind.OPEN, unit, account)
    return _TELLERS[kind](kind, plain, day)


# -- changes -----------------------------------------------------------------------------------


def _renaming(begins: datetime, ends: datetime | None = None) -> tuple[Act, ...]:
    return (Act(Scene.RENAMED, begins, ends),)


def _change(plain: Filing, new_name: str, approved: date) -> Filing:
    return replace(
        plain,
        kind=FilingKind.CHANGE,
        changes={"name": new_name},
        applied_on=approved - DAY,
        approved_on=approved,
    )


@_tells
def _renamed(kind: str, plain: Filing, day: date) -> Story:
    begins = morning(day, 11)
    return Story(kind, {"shown": begins}, _renaming(begins))


@_tells
def _renamed_on_paper(kind: str, plain: Filing, day: date) -> Story:
    begins = morning(day, 11)
    filing = _change(plain, "*", day - 2 * DAY)
    done = replace(filing, carried_out_on=day, form_on=day, national_on=day)
    ledger = (Entry(morning(day - 2 * DAY), filing), Entry(morning(day, 16), done))
    return Story(kind, {"shown": begins}, _renaming(begins), ledger)


@_tells
def _renamed_filed_late(kind: str, plain: Filing, day: date) -> Story:
    begins, late = morning(day, 11), day + 8 * DAY
    filing = _change(plain, "*", late)
    turns = {"shown": begins, "filed": morning(late)}
    return Story(kind, turns, _renaming(begins), (Entry(turns["filed"], filing),))


@_tells
def _renamed_and_back(kind: str, plain: Filing, day: date) -> Story:
    begins, ends = morning(day, 11), morning(day + 12 * DAY, 11)
    return Story(kind, {"shown": begins, "back": ends}, _renaming(begins, ends))


# -- the end of updates ------------------------------------------------------------------------


@_tells
def _farewell_unfiled(kind: str, plain: Filing, day: date) -> Story:
    said = morning(day, 10)
    return Story(kind, {"said": said}, quiet=said, farewell=said)


def _suspension(plain: Filing, day: date) -> tuple[Entry, ...]:
    filing = replace(
        plain,
        kind=FilingKind.SUSPEND,
        applied_on=day - 5 * DAY,
        approved_on=day - 2 * DAY,
        carried_out_on=day,
        form_on=day,
        national_on=day,
    )
    return (Entry(morning(day), filing),)


@_tells
def _suspended(kind: str, plain: Filing, day: date) -> Story:
    said = morning(day, 8)
    told = _suspension(plain, day)
    return Story(kind, {"ended": morning(day)}, (), told, quiet=said, farewell=said)


@_tells
def _suspended_without_a_word(kind: str, plain: Filing, day: date) -> Story:
    due = working(day, 3)
    turns = {"ended": morning(day), "due": morning(due + DAY, 0)}
    return Story(kind, turns, (), _suspension(plain, day), quiet=morning(day, 8))


@_tells
def _suspended_and_posting(kind: str, plain: Filing, day: date) -> Story:
    said, last = morning(day, 8), day + 15 * DAY
    turns = {"ended": morning(day), "after": morning(day + DAY, 0), "quiet": morning(last, 0)}
    return Story(kind, turns, (), _suspension(plain, day), turns["quiet"], farewell=said)


# -- deregistration ----------------------------------------------------------------------------


def _notice(plain: Filing, day: date) -> Filing:
    return replace(
        plain,
        kind=FilingKind.DEREGISTER,
        decided_on=day - 12 * DAY,
        decision="三府办纪要〔2026〕1号",
        applied_on=day - 10 * DAY,
        approved_on=day - 3 * DAY,
        notice_from=day,
        notice_url="https://www.sanya.gov.cn/notice",
    )


def _done(filing: Filing, on: date) -> Filing:
    return replace(filing, carried_out_on=on, form_on=on, national_on=on)


def _full(plain: Filing, day: date) -> tuple[dict[str, datetime], tuple[Entry, ...]]:
    """A notice of full length, and the deregistration on the working day after it."""
    filing, due = _notice(plain, day), working(day, NOTICE_DAYS)
    last = working(due, 1)
    ledger = (Entry(morning(day), filing), Entry(morning(last), _done(filing, last)))
    turns = {
        "notice": morning(day),
        "notice_over": morning(due + DAY, 0),
        "ended": morning(last),
        "gone": morning(last, 6),
    }
    return turns, ledger


@_tells
def _deregistered(kind: str, plain: Filing, day: date) -> Story:
    turns, ledger = _full(plain, day)
    return Story(kind, turns, (Act(Scene.GONE, turns["gone"]),), ledger, quiet=turns["notice"])


@_tells
def _deregistered_and_back(kind: str, plain: Filing, day: date) -> Story:
    turns, ledger = _full(plain, day)
    turns["back"] = turns["gone"] + 25 * DAY
    acts = (Act(Scene.GONE, turns["gone"], turns["back"]),)
    return Story(kind, turns, acts, ledger, quiet=turns["notice"])


@_tells
def _deregistered_and_still_there(kind: str, plain: Filing, day: date) -> Story:
    turns, ledger = _full(plain, day)
    ended = turns["ended"].astimezone(ZONE).date()
    turns["due"] = morning(working(ended + 15 * DAY, 5) + DAY, 0)  # cooling off, then five days
    return Story(kind, turns, (), ledger, quiet=turns["notice"])


@_tells
def _deregistered_too_soon(kind: str, plain: Filing, day: date) -> Story:
    gone = morning(day + 8 * DAY, 11)
    turns = {"notice": morning(day), "gone": gone}
    ledger = (Entry(turns["notice"], _notice(plain, day)),)
    return Story(kind, turns, (Act(Scene.GONE, gone),), ledger, quiet=gone)


# -- paper alone -------------------------------------------------------------------------------


@_tells
def _opened_before_approval(kind: str, plain: Filing, day: date) -> Story:
    filing = replace(
        plain,
        applied_on=day - 12 * DAY,
        carried_out_on=day - 8 * DAY,
        approved_on=day,
        form_on=day - 8 * DAY,
        national_on=day - 8 * DAY,
    )
    return Story(kind, {"filed": morning(day)}, (), (Entry(morning(day), filing),))


@_tells
def _reported_late(kind: str, plain: Filing, day: date) -> Story:
    filing = replace(plain, applied_on=day - 3 * DAY, approved_on=day - DAY, carried_out_on=day)
    late = working(day, 8)
    turns = {
        "reminded": morning(working(day, 2), 0),
        "due": morning(working(day, 3) + DAY, 0),
        "reported": morning(late),
    }
    done = replace(filing, form_on=late, national_on=late)
    return Story(kind, turns, (), (Entry(morning(day), filing), Entry(morning(late), done)))


@_tells
def _unreviewed(kind: str, plain: Filing, day: date) -> Story:
    filing = replace(
        plain,
        kind=FilingKind.CHANGE,
        changes={"bio": "*"},
        applied_on=day - 3 * DAY,
        approved_on=day,
    )
    turns, unit = {"filed": morning(day)}, UnitKind.DISTRICT_DEPARTMENT
    return Story(kind, turns, (), (Entry(turns["filed"], filing),), unit=unit)


@_tells
def _government_that_would_end(kind: str, plain: Filing, day: date) -> Story:
    filing = replace(plain, kind=FilingKind.DEREGISTER, applied_on=day)
    over = replace(filing, ended_on=day + 10 * DAY)
    turns = {"filed": morning(day), "withdrawn": morning(day + 10 * DAY)}
    ledger = (Entry(turns["filed"], filing), Entry(turns["withdrawn"], over))
    return Story(kind, turns, (), ledger, unit=UnitKind.DISTRICT_GOVERNMENT)
