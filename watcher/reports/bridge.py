"""How the number of running accounts came from the start of a period to its end. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

from watcher.annual import Bridge, Event, Named
from watcher.filings import FilingKind
from watcher.model import FiledState
from watcher.reports.period import Period

ALL = "合计"
RUNNING = (FiledState.ACTIVE, FiledState.NOTICE_PERIOD)  # 公告期: still there, and still to be kept


def running(state: FiledState) -> bool:
    """Whether an account of this state is 在运行."""
    return state in RUNNING


def bridges(
    start: Iterable[Named],
    end: Iterable[Named],
    events: Sequence[Event],
    period: Period,
    until: date,
    group: Callable[[Named | Event], str],
) -> tuple[Bridge, ...]:
    """One row for each group, by name, and the sum of all. Events count by the day of their act,
    those on paper up to the cut-off's day `until`."""
    acts = [
        each
        for each in events
        if each.filing.ended_on is None
        and each.filing.carried_out_on is not None
        and period.since <= each.filing.carried_out_on <= min(period.until, until)
    ]
    before, after = _counted(start, group), _counted(end, group)
    counts: Mapping[FilingKind, Counter[str]] = {
        kind: Counter(group(each) for each in acts if each.filing.kind is kind)
        for kind in FilingKind
    }
    merged = Counter(group(each) for each in acts if each.filing.parent)
    names = sorted({*before, *after, *(name for count in counts.values() for name in count)})
    rows = [
        Bridge(
            name,
            before[name],
            counts[FilingKind.OPEN][name],
            counts[FilingKind.SUSPEND][name],
            counts[FilingKind.DEREGISTER][name],
            merged[name],
            counts[FilingKind.CHANGE][name],
            after[name],
        )
        for name in names
    ]
    return (*rows, _sum(rows))


def _counted(names: Iterable[Named], group: Callable[[Named | Event], str]) -> Counter[str]:
    return Counter(group(each) for each in names if running(each.state))


def _sum(rows: Sequence[Bridge]) -> Bridge:
    return Bridge(
        ALL,
        *(
            sum(getattr(row, name) for row in rows)
            for name in ("start", "opened", "suspended", "deregistered", "merged", "changed", "end")
        ),
    )
