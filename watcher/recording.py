"""From what was known of an account to what a report may say of it. Pure.

Only proven stretches prove silence. A week counts 达标 when a post is known in it, 未达标 only when
a stretch covers it whole and holds none; else nobody can tell, and it counts for and against nobody
(《办法》Art. 12, domain.md §6.5). A silence belongs to the period in which it ends, whole; one that
lasts is measured to the end of the period or to the last reading. 合格 needs no sight: where no two
known posts lie too far apart, no unseen one can change that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from watcher.annals import (
    DAY,
    DAYS_RULE,
    LONG_AGO,
    OVERDUE_RULES,
    VETO,
    WEEK_RULE,
    CaseLife,
    Mark,
    Moved,
    Past,
    Question,
    Record,
    Silence,
    Standing,
    Stretch,
    Verdict,
    from_of,
)
from watcher.calendar import Week, local, midnight
from watcher.model import FiledState


def recorded(past: Past, ask: Question) -> Record:
    """What may be said of one account."""
    last, born = past.standings[-1], _born(past)
    duty = tuple(_operating(past, born, ask))
    found = _silences(past, duty, ask)
    weeks, counts = _weeks(past, born, ask)
    verdict, why = _verdict(past, duty, found, ask)
    due = _due_days(duty, past.watched_since, ask)
    return Record(
        key=past.key,
        name=last.name,
        platform=last.platform,
        unit=standing_at(past, ask.horizon).unit,
        state_before=_state(past, born, ask.begins),
        state_after=_state(past, born, ask.horizon - timedelta(milliseconds=1)),
        posts=sum(each.counted for each in past.posts),
        weeks=weeks,
        counts=counts,
        units=tuple(_units(past, ask)),
        moved=tuple(_moves(past, ask)),
        longest=found.longest,
        silences=found.long,
        verdict=verdict,
        why=why,
        last_post=max((each.last for each in past.posts), default=past.last_before),
        seen_days=(due & past.seen).bit_count(),
        due_days=due.bit_count(),
        blind=tuple(_blind(past, duty, ask)),
        cases=past.cases,
        entered=_first_whole_day(past.watched_since),
    )


def standing_at(past: Past, at: datetime) -> Standing:
    """What the register said at a moment."""
    found = past.standings
    return next((each for each in reversed(found) if from_of(each) <= at), found[0])


def _born(past: Past) -> date:
    """From when on it owes updates; where paper does not say, from when on it is known to be."""
    if past.owes_from is not None:
        return past.owes_from
    return local(min(past.first_post or past.watched_since, past.watched_since)).date()


def _state(past: Past, born: date, at: datetime) -> str:
    return "" if midnight(born) > at else standing_at(past, at).state.value


def _active(standing: Standing) -> bool:
    return standing.enabled and standing.state is FiledState.ACTIVE


def _turns(past: Past) -> Iterator[tuple[datetime, datetime, Standing]]:
    """The standings with the moments between which each held."""
    ends = [from_of(each) for each in past.standings[1:]]
    for standing, until in zip(past.standings, [*ends, None], strict=True):
        yield from_of(standing), until or midnight(date(9999, 1, 1)), standing


def _operating(past: Past, born: date, ask: Question) -> Iterator[tuple[datetime, datetime]]:
    """The time to the horizon in which the account was in operation and owed updates; what lies
    before the period belongs to it, so that a silence keeps its beginning."""
    begun, joined = midnight(born + DAY), None  # some moment of that day: not owed before it ends
    for since, until, standing in _turns(past):
        low, high = max(since, begun), min(until, ask.horizon)
        owes = _active(standing) and standing.platform not in ask.terms.not_weekly
        if not owes or low >= high:
            continue
        if joined is not None and joined[1] == low:
            joined = joined[0], high
        else:
            if joined is not None:
                yield joined
            joined = low, high
    if joined is not None:
        yield joined


# -- weeks ----------------------------------------------------------------------------------------


def _weeks(past: Past, born: date, ask: Question) -> tuple[str, tuple[int, ...]]:
    posts = {each.week: each.posts for each in past.posts}
    excused = {week for case in past.cases if case.dismissed for week in case.weeks}
    owed = _owing(past, born, ask)
    marks, counts = [], []
    for slot, week, begins, ends in ask.slots:
        here = posts.get(slot, 0)
        counts.append(here)
        if not week.required:
            marks.append(Mark.FREE)
        elif ends > ask.as_of:
            marks.append(Mark.AHEAD)
        elif not owed(week):
            marks.append(Mark.OUT)
        elif here:
            marks.append(Mark.MET)
        elif week.id in excused:
            marks.append(Mark.OUT)
        else:
            covered = _covers(past.stretches, begins, ends)
            marks.append(Mark.MISSED if covered else Mark.BLIND)
    return "".join(marks), tuple(counts)


def _owing(past: Past, born: date, ask: Question) -> Callable[[Week], bool]:
    """Whether a week is required of this account: in operation and not exempt on any day of it;
    a new one's first week only where it was new early in it."""
    terms, new = ask.terms, midnight(born)
    late = born - timedelta(days=ask.terms.new_by - 1)
    turns = tuple(_turns(past))
    if len(turns) == 1 and not turns[0][2].exemptions:  # nearly all of them
        owes = _active(turns[0][2]) and turns[0][2].platform not in terms.not_weekly
        return lambda week: owes and week.start >= late

    def owed(week: Week) -> bool:
        return week.start >= late and not any(
            not _active(standing)
            or standing.platform in terms.not_weekly
            or exempted(standing, WEEK_RULE, week.start)
            for since, until, standing in turns
            if since < week.ends and until > max(week.begins, new)
        )

    return owed


def exempted(standing: Standing, rule: str, day: date) -> bool:
    """Whether an exemption from a rule holds on a day. Patterns end in `*`; the last day counts."""
    return any(
        (pattern == rule or (pattern.endswith("*") and rule.startswith(pattern[:-1])))
        and (each.until is None or day <= each.until)
        for each in standing.exemptions
        for pattern in each.rules
    )


def _covers(stretches: Sequence[Stretch], since: datetime, until: datetime) -> bool:
    return any((s.since is None or s.since <= since) and s.until >= until for s in stretches)


# -- silences -------------------------------------------------------------------------------------


def _candidates(past: Past, ask: Question) -> Iterator[tuple[datetime | None, datetime, bool]]:
    """The times between known posts that end in the period, and the last one; whether a post ends
    them. None: no post is known before."""
    begins, previous = ask.begins, past.last_before
    for at, each in enumerate(past.posts):
        if at == 0 and each.first >= begins:
            yield previous, each.first, True
        if each.gap and each.gap_end is not None and each.gap_end >= begins:
            yield each.gap_end - each.gap, each.gap_end, True
        previous = each.last if previous is None else max(previous, each.last)
    if previous is None or previous < ask.horizon:
        yield previous, ask.horizon, False


@dataclass(frozen=True, slots=True)
class _Found:
    """Silences worth telling, the longest, and the longest times without a known post, proven or
    not: those that count, and those that are excused."""

    long: tuple[Silence, ...]
    longest: Silence | None
    possible: timedelta
    excused: timedelta


def _silences(past: Past, duty: Sequence[tuple[datetime, datetime]], ask: Question) -> _Found:
    long: list[Silence] = []
    longest: Silence | None = None
    possible = excused = timedelta()
    ordered = sorted(_candidates(past, ask), key=lambda c: (c[0] or LONG_AGO) - c[1])
    for since, until, ended in ordered:
        raw = until - (since or LONG_AGO)
        if raw < ask.terms.near and longest is not None and raw <= longest.length:
            break
        for low, high in duty:
            cut = max(since or LONG_AGO, low), min(until, high)
            if cut[0] >= cut[1] or cut[1] <= ask.begins:
                continue
            excuse = _excuse(past, cut)
            if excuse:
                excused = max(excused, cut[1] - cut[0])
            else:  # what may have been before the period, unseen, is not this period's
                possible = max(possible, cut[1] - max(cut[0], ask.begins))
            for piece in _proven(past, cut, (since, until if ended else None), excuse):
                if piece.until <= ask.begins:
                    continue
                longest = piece if longest is None or piece.length > longest.length else longest
                if piece.length >= ask.terms.near:
                    long.append(piece)
    return _Found(tuple(sorted(long, key=lambda s: s.since)), longest, possible, excused)


def _proven(
    past: Past,
    cut: tuple[datetime, datetime],
    posts: tuple[datetime | None, datetime | None],
    excuse: str,
) -> Iterator[Silence]:
    """The parts of a time without known posts of which we know that they had none. `posts` are
    those before and after it."""
    for stretch in past.stretches:
        low, high = max(cut[0], stretch.since or LONG_AGO), min(cut[1], stretch.until)
        if low < high:
            yield Silence(low, high, low == posts[0], high == posts[1], excuse)


def _excuse(past: Past, cut: tuple[datetime, datetime]) -> str:
    """Why a silence counts against nobody: an exemption, or a person who did not uphold it."""
    for since, until, standing in _turns(past):
        held = since < cut[1] and until > cut[0]
        if held and exempted(standing, DAYS_RULE, local(cut[0]).date()):
            return "豁免"
    for case in past.cases:
        if (
            case.dismissed
            and case.rule in OVERDUE_RULES
            and cut[0] < case.opened_at <= cut[1] + DAY
        ):
            return f"不予认定 {case.number}"
    return ""


def _verdict(
    past: Past, duty: Sequence[tuple[datetime, datetime]], found: _Found, ask: Question
) -> tuple[Verdict, tuple[str, ...]]:
    overdue = ask.terms.overdue
    if not _in_operation(past, ask):
        return Verdict.NONE, ()
    why = {
        case.rule
        for case in past.cases
        if case.rule in VETO and not case.dismissed and _touches(case, ask)
    }
    if any(each.length > overdue and not each.excused for each in found.long):
        why.add(DAYS_RULE)
    if why:
        return Verdict.FAIL, tuple(sorted(why))
    if not any(until > ask.begins for _, until in duty):
        return Verdict.NONE, ()
    if found.possible > overdue:
        return Verdict.UNKNOWN, ()
    return (Verdict.EXCUSED if found.excused > overdue else Verdict.PASS), ()


def _in_operation(past: Past, ask: Question) -> bool:
    """Whether it was so at any moment of the period."""
    return any(
        _active(standing) and max(since, ask.begins) < min(until, ask.horizon)
        for since, until, standing in _turns(past)
    )


def _touches(case: CaseLife, ask: Question) -> bool:
    """Whether it was open at some moment of the period."""
    return case.opened_at < ask.ends and (case.closed_at is None or case.closed_at > ask.begins)


# -- coverage -------------------------------------------------------------------------------------


def _due_days(duty: Sequence[tuple[datetime, datetime]], entered: datetime, ask: Question) -> int:
    """Bit n for each whole day of the period on which the account was in operation and in the
    ledger, up to the cut-off: what nobody had entered could not be read (domain.md §6.5)."""
    bits = 0
    known = _first_whole_day(entered)
    for low, high in duty:
        first = max(local(low).date(), ask.since, known)
        after = local(high).date()  # the day that was not over
        if after > first:
            start = (first - ask.monday).days
            bits |= ((1 << (after - first).days) - 1) << start
    return bits


def _first_whole_day(entered: datetime) -> date:
    """The first day that began with the account in the ledger."""
    day = local(entered).date()
    return day if midnight(day) == entered else day + DAY


def _blind(
    past: Past, duty: Sequence[tuple[datetime, datetime]], ask: Question
) -> Iterator[tuple[datetime, datetime]]:
    """A day or more of duty in the period that no stretch covers."""
    for begun, high in duty:
        at = max(begun, ask.begins)
        for stretch in past.stretches:
            since = min(stretch.since or LONG_AGO, high)
            if since - at >= DAY:
                yield at, since
            at = max(at, stretch.until)
        if high - at >= DAY:
            yield at, high


# -- whose it was ---------------------------------------------------------------------------------


def _units(past: Past, ask: Question) -> Iterator[tuple[int, str]]:
    if len(past.standings) == 1:
        yield 0, past.standings[0].unit
        return
    known = None
    for number, (_, _, _, ends) in enumerate(ask.slots):
        unit = standing_at(past, ends - timedelta(milliseconds=1)).unit
        if unit != known:
            yield number, unit
        known = unit


def _moves(past: Past, ask: Question) -> Iterator[Moved]:
    for before, after in zip(past.standings, past.standings[1:], strict=False):
        at = from_of(after)
        if before.unit != after.unit and ask.begins < at < ask.horizon:
            yield Moved(local(at).date(), before.unit, after.unit)
