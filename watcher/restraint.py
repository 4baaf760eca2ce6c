"""What a blind platform keeps us from: where findings about accounts meet the open cases. Pure.

Not seeing is never silence, for one account and for a whole platform alike. Here a finding that
rests on a platform we cannot trust at this moment is held back, and an open case is left as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from alerts.hours import RANK
from alerts.policy import HANDED_ON, Changes, Policy, notices, reconcile
from alerts.stepping import NOTHING_HEARD, Heard, leaves_on, unheard
from watcher.calendar import WorkCalendar, deadline, local, midnight
from watcher.filings import on_paper
from watcher.model import Case, CaseState, Dossier, FiledState, Finding, Notice, Why
from watcher.rectifying import LATE, REMINDED, case_number, pressed, settled_term
from watcher.rules.content import about_lost_post
from watcher.rules.matrix import speaks_of
from watcher.rules.rectification import judge_rectification
from watcher.rules.ruleset import RuleSet, exempt
from watcher.rules.trust import Trust, stands_in, trust
from watcher.sight import Clearance

DAY = timedelta(days=1)
SIGHT = "SYS-01"
# What was seen: these end by paper, or by other things seen.
SEEN_THERE = frozenset({"SUS-01", "SUS-02", "SUS-03", "DER-04", "DER-05", "DER-06"})
ITS_TURN = timedelta(hours=12)  # within which every account of a platform is read again
PAUSED = (Why.FIRST, Why.REMINDER, Why.ESCALATION)  # what is not said to a unit in the dark


@dataclass(frozen=True, slots=True)
class Restrained:
    """The findings that may stand, and whether any waits for a look at the canary."""

    findings: tuple[Finding, ...]
    waits: bool = False


def about_unit(rule: str) -> bool:
    """Whether findings of a rule accuse an account by what is to be seen of it.

    SYS rules speak of the watch, and paper is as good while a platform is dark.
    """
    return not (rule.startswith("SYS-") or on_paper(rule))


def decide(
    open_cases: Iterable[Case],
    findings: Iterable[Finding],
    dossier: Dossier | None,
    clearance: Clearance,
    now: datetime,
    recent: timedelta,
    policy: Policy,
    cal: WorkCalendar,
    rules: RuleSet | None = None,
    heard: Heard = NOTHING_HEARD,
) -> tuple[Changes, tuple[Notice, ...], bool]:
    """What becomes of the cases of one scope, what is said of it, and whether a finding waits.

    `rules` say when a case is late (REC-01); without them none is. Nobody is late, reminded or
    reported further up for what has not arrived; what arrived late counts from then (`heard`).
    """
    settled = (_settled(case, policy, cal) for case in open_cases)
    cases = tuple(_from_arrival(case, heard, policy, cal) for case in settled)
    if dossier is None:  # the watch itself, a unit, an office
        late, cases = _apart(cases)
        changes = reconcile(cases, findings, now, recent)
        changes = replace(changes, closed=tuple(_relieved(changes)))
        if rules is not None and (late or cases):
            alive = _reached((*changes.opened, *changes.kept), heard)
            found = tuple(judge_rectification((*alive, *late), None, now, rules, cal))
            changes = _joined(changes, reconcile(late, found, now, recent))
        return changes, notices(changes, now, policy, cal, recent, heard), False
    late, cases = _apart(cases)
    held = restrained(cases, findings, dossier, clearance, now, recent)
    changes = reconcile(cases, held.findings, now, recent)
    changes = replace(changes, closed=tuple(_explained(changes, dossier, clearance)))
    if rules is not None and (late or cases):
        alive = _reached((*changes.opened, *changes.kept), heard)
        found = tuple(judge_rectification((*alive, *late), dossier, now, rules, cal))
        pressed = restrained(late, found, dossier, clearance, now, recent)
        changes = _joined(changes, reconcile(late, pressed.findings, now, recent))
        held = Restrained(held.findings, held.waits or pressed.waits)
    said = notices(changes, now, policy, cal, recent, heard)
    if not _accuses(clearance):
        said = tuple(n for n in said if not (_accusing(n) and n.why in PAUSED))
    return changes, said, held.waits


def _settled(case: Case, policy: Policy, cal: WorkCalendar) -> Case:
    return settled_term(case, policy.of(case.finding.rule).deadline_days, cal)


def presses(changes: Changes, said: Iterable[Notice]) -> bool:
    """Whether somebody is reminded, reported further up, or late: whether it matters that the
    letter about the case has arrived."""
    late = any(case.finding.rule == LATE for case in changes.opened)
    return late or any(notice.step is not None or notice.why is Why.REMINDER for notice in said)


def _reached(cases: tuple[Case, ...], heard: Heard) -> tuple[Case, ...]:
    return tuple(case for case in cases if not unheard(case, heard))


def _from_arrival(case: Case, heard: Heard, policy: Policy, cal: WorkCalendar) -> Case:
    """The case with its term counted from the day its letter arrived, where that was late."""
    arrived, days = heard.get(case.id or 0), policy.of(case.finding.rule).deadline_days
    if arrived is None or case.due_on is None or days is None:
        return case
    day = local(arrived).date()
    due = deadline(cal, day, days)
    if day <= leaves_on(case, policy, cal) or due.on <= case.due_on:
        return case
    return replace(case, due_on=due.on, due_from=day if due.provisional else None)


def _apart(cases: tuple[Case, ...]) -> tuple[tuple[Case, ...], tuple[Case, ...]]:
    """The cases about others being late, and the others."""
    late = tuple(case for case in cases if case.finding.rule == LATE)
    return late, tuple(case for case in cases if case.finding.rule != LATE)


def _joined(changes: Changes, late: Changes) -> Changes:
    """The cases of an account with those about their being late, whose ends say why."""
    known = {case_number(case): case for case in (*changes.kept, *changes.closed)}
    heirs = {
        number: case.finding.subject
        for case in (*late.opened, *late.kept)
        for number in pressed(case.finding)
    }
    ended = tuple(
        replace(case, closing=_relief(known.get(case.finding.subject), heirs))
        for case in late.closed
    )
    return Changes(
        (*changes.opened, *late.opened),
        (*changes.kept, *late.kept),
        (*changes.closed, *ended),
    )


def _relief(case: Case | None, heirs: Mapping[str, str]) -> str:
    """Why a case is pressed no more; where another is pressed in its place, that is no relief."""
    if case is None:
        return "所督办的问题已办结"
    if case_number(case) in heirs:
        return f"{HANDED_ON}{heirs[case_number(case)]}"
    if case.state is CaseState.CLOSED:
        return case.closing if case.closing.startswith(HANDED_ON) else "所督办的问题已办结"
    return "已收到反馈" if case.feedback_at is not None else "整改期限已调整"


def restrained(
    open_cases: Iterable[Case],
    findings: Iterable[Finding],
    dossier: Dossier,
    clearance: Clearance,
    now: datetime,
    recent: timedelta,
) -> Restrained:
    """The findings as they may meet the open cases.

    What may not be opened is left out; what may not be raised, or not end, stands as it stood.
    """
    held = {case.finding.key: case for case in open_cases}
    kept: list[Finding] = []
    waits = False
    found = tuple(findings)
    kept += (case.finding for case in held.values() if about_lost_post(case.finding, dossier))
    for finding in found:
        case = held.get(finding.key)
        if not about_unit(finding.rule):
            if not (finding.rule == SIGHT and _said_of_all(dossier, clearance, now)):
                kept.append(finding)
        elif case is None and not finding.opens:
            continue
        elif case is not None and not _accuses(clearance):
            kept.append(case.finding)
        elif case is not None and RANK[finding.level] <= RANK[case.finding.level]:
            kept.append(_with_canary(finding, clearance))
        else:
            verdict = _verdict(finding, dossier, clearance, now)
            waits |= verdict is Trust.WAIT and now - finding.as_of <= recent
            if verdict is Trust.YES:
                kept.append(_with_canary(finding, clearance))
            elif case is not None:
                kept.append(case.finding)
    if not _accuses(clearance):
        known = {finding.key for finding in found}
        kept += (
            case.finding
            for key, case in held.items()
            if key not in known and about_unit(case.finding.rule) and not _ends(case, dossier, now)
        )
    return Restrained(tuple(kept), waits)


def _with_canary(finding: Finding, clearance: Clearance) -> Finding:
    """What is gone is gone only on a platform that can be read: whether a canary says so."""
    if "absent_since" not in finding.facts:
        return finding
    canary, sight = clearance.plan.canary, clearance.sight
    ok = sight.canary_ok_at if canary and sight else None
    said = {
        "canary": canary.name if canary else None,
        "canary_ok_at": ok.isoformat() if ok else None,
    }
    return replace(finding, facts={**finding.facts, **said})


def rests_on_unproved(finding: Finding, clearance: Clearance) -> bool:
    """Whether only ways of reading prove it that nobody has proved live, the canary's aside."""
    canary, sight = clearance.plan.canary, clearance.sight
    seen = canary.collector if canary and sight and sight.canary_ok_at else ""
    reading, stores = finding.facts.get("reading"), finding.facts.get("stores")
    sources = stores if isinstance(stores, list) else list(finding.facts.get("methods") or ())
    if not sources and isinstance(reading, dict) and reading.get("source"):
        sources = [reading["source"]]
    unproved = clearance.unproved - {seen}
    return bool(sources) and not clearance.confirmed and all(s in unproved for s in sources)


def _verdict(finding: Finding, dossier: Dossier, clearance: Clearance, now: datetime) -> Trust:
    """Whether a finding may stand.

    What a person saw waits for no canary, and no way of reading need be proved for it; but on a
    platform where nobody may be accused that holds for a person's word too.
    """
    missing = "absent_since" in finding.facts  # only our own looks can have missed it
    if dossier.sight.attested_by and not clearance.plan.closed and not missing:
        return Trust.YES if _accuses(clearance) else Trust.NO
    if rests_on_unproved(finding, clearance):
        return Trust.NO
    if missing and not _missed_in_the_light(finding, clearance):
        return Trust.WAIT
    return trust(clearance, proved_at(dossier, finding), now)


def _missed_in_the_light(finding: Finding, clearance: Clearance) -> bool:
    """Whether an absence is long enough without the looks from before the last blindness."""
    since, until = _moment(finding.facts.get("window")), finding.as_of
    hours = finding.facts.get("absent_hours")
    if clearance.sight is None or since is None or hours is None:
        return True
    for begin, end in clearance.sight.doubts:
        if begin < until and (end is None or end > since):
            since = until if end is None else max(since, end)
    return until - since >= timedelta(hours=hours)


def _said_of_all(dossier: Dossier, clearance: Clearance, now: datetime) -> bool:
    """Whether a platform's trouble says already what SYS-01 would say of one account.

    So it does for a while after sight returns, until the account's turn to be read has come.
    """
    sight, last = clearance.sight, dossier.sight.last_reading_at
    if stands_in(sight, dossier.sight.trouble):
        return True
    back = sight.doubts[-1][1] if sight is not None and sight.doubts else None
    return back is not None and (last is None or last < back) and now - back < ITS_TURN


def proved_at(dossier: Dossier, finding: Finding) -> datetime:
    """When the proof of a finding was read; some sources prove only up to an earlier moment."""
    return max((finding.as_of, *(page.at for page in dossier.sight.pages)))


def _accuses(clearance: Clearance) -> bool:
    return clearance.sight is None or clearance.sight.accuses


def _ends(case: Case, dossier: Dossier, now: datetime) -> bool:
    """Whether something else than missing sight ends the case: a new post, paper, or its week."""
    account, rule = dossier.account, case.finding.rule
    if rule == LATE:  # it rests on the case it is about
        return True
    states = speaks_of(rule) or {FiledState.ACTIVE}
    if not account.enabled or account.filed_state not in states:
        return True
    if exempt(account, rule, now):
        return True
    if rule in SEEN_THERE:  # that it is not seen says nothing against that
        return False
    if not rule.startswith("UPD"):  # it says that something is not there, and it was seen
        seen = dossier.sight.last_success_at
        return seen is not None and seen > case.finding.as_of
    return _new_post(case, dossier) or _week_over(case, now)


def _new_post(case: Case, dossier: Dossier) -> bool:
    """Whether a post was seen that is later than the silence the case is about began."""
    post = dossier.sight.last_post
    since = _moment(case.finding.facts.get("window")) or case.finding.as_of
    return post is not None and post.latest > since


def _moment(window: object) -> datetime | None:
    try:
        return datetime.fromisoformat(window[0])  # type: ignore[index]
    except (TypeError, ValueError, LookupError):
        return None


def _week_over(case: Case, now: datetime) -> bool:
    """UPD-01 is about a week that still runs; its end is no news about the account."""
    if case.finding.rule != "UPD-01":
        return False
    try:
        last = date.fromisoformat(str(case.finding.facts["week_end"]))
    except (KeyError, ValueError):
        return False
    return now >= midnight(last + DAY)


def _explained(changes: Changes, dossier: Dossier, clearance: Clearance) -> Iterator[Case]:
    """The cases that end, saying so where no rectification ended them: then nobody is told."""
    heir = stands_in(clearance.sight, dossier.sight.trouble)
    for case in changes.closed:
        if case.finding.rule == SIGHT and heir:
            yield replace(case, closing=f"{HANDED_ON}{heir}")
        elif case.finding.key[1:] == REMINDED:
            yield replace(case, closing=f"{HANDED_ON}公告期结束")
        elif (
            case.finding.rule == "UPD-01"
            and not _accuses(clearance)
            and not _new_post(case, dossier)
            and dossier.account.enabled
        ):
            yield replace(case, closing=f"{HANDED_ON}恢复采集后复查")
        else:
            yield case


def _relieved(changes: Changes) -> Iterator[Case]:
    """A platform that is blind because its pages changed is one trouble under another name."""
    alive = {(c.finding.rule, c.finding.subject) for c in (*changes.opened, *changes.kept)}
    for case in changes.closed:
        other = {"SYS-03": "SYS-04", "SYS-04": "SYS-03"}.get(case.finding.rule, "")
        if (other, case.finding.subject) in alive:
            yield replace(case, closing=f"{HANDED_ON}{other}")
        else:
            yield case


def _accusing(notice: Notice) -> bool:
    return about_unit(notice.case.finding.rule)
