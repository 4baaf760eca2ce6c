"""What a simulated run found, held against its truth, both ways."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from watcher.model import Account, Case, Level
from watcher.replica.truth import Truth
from watcher.replica.world import Outage

# How late a finding of silence may be told after it could first be proved: the longest pause of an
# account that owes a post, and the back-off after it, since one reading in ten fails.
PATIENCE = timedelta(hours=10)
# SYS- rules accuse nobody; UPD-06 is told by the age alone, as UPD-05 is; REC-01 follows from the
# letters about the others, which nobody here answers.
NOT_COMPARED = ("SYS-", "UPD-06", "REC-01")
_NOT_SEEN = (*NOT_COMPARED, "FIL-", "DER-01", "DER-03")  # … and these rest on paper


@dataclass(frozen=True, slots=True)
class Tally:
    """Of one rule: what had to be found, what was, what is missing, what is wrong or too many."""

    expected: int
    found: int
    missing: int
    wrong: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """`differences` are sentences; `latest` is the longest delay of a finding of silence."""

    differences: tuple[str, ...]
    latest: timedelta
    rules: Mapping[str, Tally]


def compare(truth: Sequence[Truth], cases: Iterable[Case], end: datetime) -> Verdict:
    """Every truth against every case.

    A truth that could be proved only within the last `PATIENCE` of the run, or before the platform
    went dark, may be missing, since the run or the sight ended first.
    """
    open_truths = list(truth)
    differences: list[str] = []
    found, wrong, latest = Counter[str](), Counter[str](), timedelta(0)
    for case in sorted(cases, key=lambda c: c.opened_at):
        if case.finding.rule.startswith(NOT_COMPARED):
            continue
        found[case.finding.rule] += 1
        match = next((t for t in open_truths if _same(t, case)), None)
        if match is None:
            differences.append(f"多报：{_name(case)}")
            wrong[case.finding.rule] += 1
            continue
        open_truths.remove(match)
        latest = max(latest, _lateness(match, case))
        details = list(_details(match, case, end))
        wrong[case.finding.rule] += bool(details)
        differences += details
    missing = [each for each in open_truths if _must_show(each, end)]
    differences += [
        f"漏报：{t.account} {t.rule} {t.subject} 自 {t.since.isoformat()}" for t in missing
    ]
    wanted, lost = Counter(each.rule for each in truth), Counter(each.rule for each in missing)
    rules = {
        rule: Tally(wanted[rule], found[rule], lost[rule], wrong[rule])
        for rule in wanted.keys() | found.keys()
    }
    return Verdict(tuple(differences), latest, rules)


def accused_in_the_dark(
    accounts: Iterable[Account], outages: Sequence[Outage], cases: Iterable[Case]
) -> Iterator[str]:
    """The findings that rest on a reading of a time at which the platform answered nobody.

    WeChat's own interface tells of days, so what it proves is older than its reading.
    """
    ways = {each.key: each.sources[0].collector for each in accounts if each.sources}
    for case in cases:
        way, as_of = ways.get(case.finding.account, ""), case.finding.as_of
        if way.startswith("wechat") or case.finding.rule.startswith(_NOT_SEEN):
            continue
        if any(way.startswith(o.platform) and o.begins < as_of < o.ends for o in outages):
            yield f"盲区内认定：{_name(case)}"


def _same(truth: Truth, case: Case) -> bool:
    finding = case.finding
    return (
        truth.account == finding.account
        and truth.rule == finding.rule
        and (not truth.subject or truth.subject == finding.subject)
        and truth.provable <= case.opened_at <= _surely(truth, truth.provable)
    )


def _lateness(truth: Truth, case: Case) -> timedelta:
    """From provable to told; where sight was lost in between, from its return."""
    if truth.patience is not None:
        return timedelta(0)  # of these the time is bounded, not told
    waits = truth.eyes.waits(truth.provable, PATIENCE)
    return case.opened_at - max(begun for begun in waits if begun <= case.opened_at)


def _surely(truth: Truth, moment: datetime) -> datetime:
    return truth.eyes.surely(moment, truth.patience or PATIENCE)


def _must_show(truth: Truth, end: datetime) -> bool:
    """Whether a reading had time to prove it before it was over, or the run was."""
    over = min(truth.visible_end or truth.until or end, end)
    return _surely(truth, truth.provable) < over


def _details(truth: Truth, case: Case, end: datetime) -> Iterable[str]:
    over = truth.visible_end or truth.until
    if over is None or _surely(truth, over) > end:
        if case.closed_at is not None and over is None:
            yield f"过早销号：{_name(case)} 于 {case.closed_at.isoformat()}"
    elif case.closed_at is None:
        yield f"未销号：{_name(case)} 应于 {over.isoformat()}"
    elif not over <= case.closed_at <= _surely(truth, over):
        yield f"销号时间：{_name(case)} 于 {case.closed_at.isoformat()}，应于 {over.isoformat()}"
    wanted = _level(truth, case.closed_at or end)
    if case.finding.level not in wanted:
        yield f"级别：{_name(case)} 为 {case.finding.level}，应为 {'或'.join(wanted)}"


def _level(truth: Truth, closed_at: datetime) -> list[Level]:
    """The levels it may have had at its end: a step just before, or in the dark, may be unseen."""
    reached = [step for step in truth.steps if step.provable <= closed_at]
    sure = [step for step in reached if _surely(truth, step.provable) <= closed_at]
    return [step.level for step in reached[max(0, len(sure) - 1) :]]


def _name(case: Case) -> str:
    finding = case.finding
    return f"{finding.account} {finding.rule} {finding.subject} {case.opened_at.isoformat()}"
