"""When a silence is over: what is still so is said once, what came and went is one line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from alerts.escape import inert
from alerts.hours import RANK, next_digest
from alerts.office_tree import Offices, targets_for
from alerts.policy import Policy
from alerts.words import moment_text
from watcher import store
from watcher.calendar import WorkCalendar
from watcher.hushing import subjects
from watcher.model import Case, CaseState, Letter, Level, Role, Why
from watcher.quiet import Silence, longest, scope_text
from watcher.rectifying import case_number
from watcher.store import Connection
from watcher.store.letter_links import cases_by_id
from watcher.store.silences import (
    Held,
    QuietLetter,
    cases_told,
    drop_letters,
    held_by,
    judge_soon,
    open_silences,
    pass_on,
    release_letters,
    save_silence,
    silenced_letters,
)
from watcher.units import OFFICE, UNIT

NAMED = 20  # cases that a summary names


def conclude_due(
    c: Connection,
    offices: Offices,
    policy: Policy,
    cal: WorkCalendar,
    now: datetime,
    roles: Sequence[Role] = (Role.OPERATOR,),
) -> int:
    """Say once what silences that are over held back; how many were over.

    What is still so is judged anew at once and said by the policy, with its facts of today. What
    began and ended meanwhile is a line in the summary, which goes to `roles` with the digest.
    """
    every = open_silences(c)
    over = [each for each in every if not each.lasts(now)]
    lasting = [each for each in every if each.lasts(now)]
    for silence in over:
        assert silence.id is not None
        held = held_by(c, [silence.id])[silence.id]
        told = _released(c, held, lasting, offices, now)
        if told.cases:
            leaves = next_digest(now, cal, policy.hours)
            store.enqueue(c, _summary(silence, told, leaves, offices, roles))
        save_silence(c, replace(silence, concluded_at=now))
    return len(over)


@dataclass(frozen=True, slots=True)
class Told:
    """What became of the cases of which a silence held something back."""

    cases: int = 0
    letters: int = 0
    still: tuple[Case, ...] = ()  # open: said once now
    over: tuple[Case, ...] = ()  # began and ended meanwhile
    ended: int = 0  # were told before, and their end is told now
    handed_on: int = 0  # to another silence


def _released(
    c: Connection, held: Sequence[Held], lasting: Sequence[Silence], offices: Offices, now: datetime
) -> Told:
    cases = cases_by_id(c, list(dict.fromkeys(each.case_id for each in held)))
    about, still, over, ended = subjects(c, cases, offices), [], [], 0
    waiting = silenced_letters(c, [case.id or 0 for case in cases])
    told = cases_told(c, [case.id or 0 for case in cases])
    heirs = 0
    for case in cases:
        mine = [each for each in held if each.case_id == case.id]
        heir = longest(lasting, case, about.get(case.finding.account), offices.name_of)
        if heir is not None and heir.id is not None:
            pass_on(c, mine, heir.id)
            heirs += 1
        elif case.state is CaseState.OPEN:
            _say_on(c, case, waiting[case.id or 0], case.id in told, now)
            still.append(case)
        elif _say_end(c, waiting[case.id or 0], now):
            ended += 1
        else:
            over.append(case)
    judge_soon(c, sorted({case.finding.account for case in still}), now)
    if any(case.finding.account.startswith((UNIT, OFFICE)) for case in still):
        store.units_changed(c)
    said = sum(each.letters for each in held)
    return Told(len(cases), said, tuple(still), tuple(over), ended, heirs)


def _say_on(
    c: Connection, case: Case, waiting: Sequence[QuietLetter], told: bool, now: datetime
) -> None:
    """Let an open case be said once. Where no letter waits, the policy finds what to say.

    Where nobody was `told` it begins anew, with facts and term of today. Where its level has risen
    the escalation says all. Else each target hears its newest letter, and no reminder on top.
    """
    if not waiting:
        return
    newest: Mapping[str, int] = {}
    if not told:
        store.save_cases(c, [replace(case, **_UNTOLD)])
    elif case.told_level is None or RANK[case.finding.level] <= RANK[case.told_level]:
        newest = {each.target: each.id for each in waiting}
        store.save_cases(c, [replace(case, told_at=now)])
    release_letters(c, list(newest.values()), now)
    drop_letters(c, [each.id for each in waiting if each.id not in newest.values()], now)


_UNTOLD: Mapping[str, Any] = {
    "told_at": None,
    "told_level": None,
    "due_on": None,
    "due_from": None,
    "stepped": (),
}


def _say_end(c: Connection, waiting: Sequence[QuietLetter], now: datetime) -> bool:
    """Of an ended case those hear who heard it begin; whether there are any."""
    unaware = {each.target for each in waiting if each.why is not Why.RESOLVED}
    ends = [each.id for each in waiting if each.target not in unaware]
    release_letters(c, ends, now)
    drop_letters(c, [each.id for each in waiting if each.id not in ends], now)
    return bool(ends)


def _summary(
    silence: Silence, told: Told, leaves: datetime, offices: Offices, roles: Sequence[Role]
) -> Iterable[Letter]:
    """One letter to each target that is told how a silence ended."""
    how = (
        f"由{inert(silence.ended_by, 20)}于{moment_text(silence.ended_at)}提前结束"
        if silence.ended_at
        else f"于{moment_text(silence.until)}到期"
    )
    head = f"第{silence.id}号静默"
    short = (
        f"【静默结束】{head}{'已提前结束' if silence.ended_at else '已到期'}：未发告知"
        f"{told.letters}条，仍未结{len(told.still)}项现予告知，期间了结{len(told.over)}项。"
    )
    lines = [
        f"【静默结束】{head}{how}。范围：{inert(scope_text(silence, offices.name_of), 240)}；"
        f"理由：{inert(silence.reason, 120)}；设置人：{inert(silence.author, 20)}。",
        f"静默期间未发告知{told.letters}条，涉及{told.cases}个问题。",
    ]
    if told.still:
        lines.append(f"仍未结{len(told.still)}个，现各告知一次：{_numbers(told.still)}。")
    if told.over:
        lines.append(f"期间立案又了结{len(told.over)}个，不再逐一告知：{_numbers(told.over)}。")
    if told.ended:
        lines.append(f"此前已告知、期间了结{told.ended}个，现告知销号。")
    if told.handed_on:
        lines.append(f"另有{told.handed_on}个仍在其他静默之内。")
    heard = roles or (Role.OPERATOR,)
    names = (name for role in heard for name in targets_for(role, None, offices))
    for target in dict.fromkeys(names):
        key = f"静默{silence.id}-{target}"
        body = "\n".join((*lines, f"编号：{key}"))
        title = f"【静默结束】{head}"
        yield Letter(key, target, Why.DIGEST, Level.OPERATOR, title, body, short[:70], leaves)


def _numbers(cases: Sequence[Case]) -> str:
    rest = len(cases) - NAMED
    more = f"等，另有{rest}个" if rest > 0 else ""
    return "、".join(case_number(case) for case in cases[:NAMED]) + more
