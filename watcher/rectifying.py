"""整改: what people may do about a case (问题), in which order, and what it then is. Pure.

发现 → 通知 → 签收 → 整改 → 反馈 → 复查 → 销号, or 不予认定 at any point. A case ends by
observation, by a person's closure where the finding no longer stands, or by dismissal; what people
did is kept for ever, whatever becomes of the case (《办法》Art. 20, 25, 27).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from watcher.calendar import WorkCalendar, deadline, local
from watcher.model import Case, CaseState, Finding

LATE = "REC-01"  # 整改逾期: a finding about another case, whose number is its subject
REMINDED = ("DER-02", "notice")  # of a term that runs: nothing is owed yet, its end mends nothing
_LONGEST_NAME = 60  # characters
_LONGEST_TEXT = 4000


class Deed(StrEnum):
    """What people do about a case."""

    ACK = "ack"  # 签收
    FEEDBACK = "feedback"  # 反馈
    RECHECK = "recheck"  # 复查
    CLOSE = "close"  # 销号
    DISMISS = "dismiss"  # 不予认定
    MEASURE = "measure"  # 处置措施
    SNOOZE = "snooze"  # 静默: no letters about it until a moment
    STEP = "step"  # 逐级报告: what the watch itself did, since nobody signed or mended


class Measure(StrEnum):
    """处置措施 (Art. 27)."""

    TALK = "talk"  # 约谈
    WARNING = "warning"  # 警告
    CIRCULAR = "circular"  # 通报
    ORDERED_CLOSURE = "ordered_closure"  # 责令关停


DEEDS: Mapping[str, str] = {
    Deed.ACK: "签收",
    Deed.FEEDBACK: "反馈",
    Deed.RECHECK: "复查",
    Deed.CLOSE: "销号",
    Deed.DISMISS: "不予认定",
    Deed.MEASURE: "处置措施",
    Deed.SNOOZE: "静默",
    Deed.STEP: "逐级报告",
}
WATCH = "监测"  # who did what nobody did

MEASURES: Mapping[str, Measure] = {
    "约谈": Measure.TALK,
    "警告": Measure.WARNING,
    "通报": Measure.CIRCULAR,
    "责令关停": Measure.ORDERED_CLOSURE,
}


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """One thing somebody did about a case.

    `data` holds what its kind needs: `files` (sha256, name, size), `due_on` (a new deadline),
    `ok` (the verdict of a recheck), `measure`, `despite` (closed although it is still seen), and
    what a reading came to.
    """

    case_id: int
    at: datetime
    actor: str
    kind: Deed
    text: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    id: int | None = None

    @property
    def new_deadline(self) -> date | None:
        found = self.data.get("due_on")
        return date.fromisoformat(found) if found else None


# -- what may follow what ------------------------------------------------------------------


def refusal(case: Case, deed: CaseEvent, seen: str = "") -> str:
    """Why this cannot be done now, for people; "" where it can.

    `seen` is what the last reading still shows of the finding, "" where it shows nothing.
    """
    return _misspoken(deed) or _out_of_place(case, deed) or _out_of_turn(case, deed, seen)


def _misspoken(deed: CaseEvent) -> str:
    """What is wrong with the words alone."""
    if not 0 < len(deed.actor.strip()) <= _LONGEST_NAME:
        return f"请用 --by 写明操作人（不超过 {_LONGEST_NAME} 个字）"
    if len(deed.text) > _LONGEST_TEXT:
        return f"说明超过 {_LONGEST_TEXT} 个字；较长的材料请用附件"
    reading = deed.kind is Deed.RECHECK and deed.data.get("ok") is None
    if deed.kind is not Deed.ACK and not reading and not deed.text.strip():
        return f"{DEEDS[deed.kind]}须写明内容或理由"
    term = deed.new_deadline
    if term is not None and term <= local(deed.at).date():
        return f"新期限 {term} 应晚于今天"
    return ""


def _out_of_place(case: Case, deed: CaseEvent) -> str:
    """What certain rules do not know."""
    rule = case.finding.rule
    if rule.startswith("SYS-") and deed.kind not in (Deed.ACK, Deed.RECHECK, Deed.SNOOZE):
        return "监测自身的问题随监测恢复自动结束，只能签收或静默"
    if rule.startswith("IMP-") and deed.kind in (Deed.CLOSE, Deed.DISMISS):
        number = case.finding.account.partition(":")[2]
        return f"请对候选账号 {number} 作出结论：watcher candidates dismiss|own|watch|result"
    if rule == LATE and deed.kind in (Deed.FEEDBACK, Deed.RECHECK, Deed.CLOSE):
        return f"这是督办；请对所督办的问题 {case.finding.subject} {DEEDS[deed.kind]}"
    return ""


def _out_of_turn(case: Case, deed: CaseEvent, seen: str) -> str:
    """What the state of the case does not allow."""
    if case.dismissed:
        return "已不予认定，不再办理"
    if deed.kind in (Deed.DISMISS, Deed.MEASURE):
        return ""
    if case.state is CaseState.CLOSED:
        at = f"（{local(case.closed_at):%Y-%m-%d %H:%M}）" if case.closed_at else ""
        return f"已销号{at}，不能再{DEEDS[deed.kind]}"
    if deed.kind is Deed.CLOSE and seen and not deed.data.get("despite"):
        return f"最近一次采集仍见该情形：{seen}；确须销号的，请加 --despite 并在 --reason 说明"
    return ""


def applied(case: Case, deed: CaseEvent) -> Case:
    """The case once this was done; what was not asked for stays as it was."""
    term = deed.new_deadline
    if term is not None:
        case = replace(case, due_on=term, due_from=None)
    if deed.kind is Deed.ACK:
        return replace(case, acknowledged_by=deed.actor)
    if deed.kind is Deed.FEEDBACK:
        return replace(case, feedback_at=deed.at)
    if deed.kind is Deed.RECHECK and deed.data.get("ok") is False:
        return replace(case, feedback_at=None)  # 整改不到位: what was told is no feedback
    if deed.kind in (Deed.CLOSE, Deed.DISMISS):
        return _ended(case, deed)
    return case


def _ended(case: Case, deed: CaseEvent) -> Case:
    dismissed = deed.kind is Deed.DISMISS
    if case.state is CaseState.CLOSED:
        return replace(case, dismissed=case.dismissed or dismissed)
    closing = f"{DEEDS[deed.kind] if dismissed else '人工复查'}：{deed.text}"
    return replace(
        case,
        state=CaseState.CLOSED,
        closed_at=deed.at,
        closing=closing,
        dismissed=dismissed,
    )


# -- the term ------------------------------------------------------------------------------


def termed(case: Case, start: date, days: int | None, cal: WorkCalendar) -> Case:
    """The case with its term of working days, counted from the day after `start`; one that has a
    term keeps it. `due_from` stays only while the term is provisional (预计)."""
    if case.due_on is not None or days is None:
        return case
    due = deadline(cal, start, days)
    return replace(case, due_on=due.on, due_from=start if due.provisional else None)


def settled_term(case: Case, days: int | None, cal: WorkCalendar) -> Case:
    """The same case; a provisional term is counted anew once its year is announced."""
    if case.due_from is None or days is None:
        return case
    due = deadline(cal, case.due_from, days)
    return case if due.provisional else replace(case, due_on=due.on, due_from=None)


# -- the same finding again ----------------------------------------------------------------

# What moves while nothing happens: how long it lasts, how often it was looked at, by what page.
_MOVING = frozenset(
    {
        *("as_of", "reading", "readings", "days", "age_days", "hours", "at_least", "looks"),
        *("covered_from", "covered_to", "absent_looks", "detail", "last_success_at", "trouble"),
        *("weeks_in_a_row", "overdue_at", "late_days", "followers", "proof", "pages"),
    }
)


def core(finding: Finding) -> Mapping[str, Any]:
    """What a finding is about, without what moves while nothing happens.

    A rule may say so itself (`core` among its facts); of a silence it is the last post.
    """
    facts = finding.facts
    if "core" in facts:
        return {"core": facts["core"]}
    if "last_post" in facts:
        post = facts["last_post"] or {}
        return {"last_post": [post.get("id"), post.get("at")]}
    kept = {name: value for name, value in facts.items() if name not in _MOVING}
    if isinstance(window := kept.get("window"), list | tuple):
        kept["window"] = list(window[:1])
    return kept


def repeats(finding: Finding, settled: Iterable[Finding]) -> bool:
    """Whether people ended a case about the same finding with the same core."""
    return any(each.key == finding.key and core(each) == core(_plain(finding)) for each in settled)


def _plain(finding: Finding) -> Finding:
    """Facts as they come back from the store: tuples are lists there."""
    return replace(finding, facts={k: _listed(v) for k, v in finding.facts.items()})


def _listed(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_listed(each) for each in value]
    if isinstance(value, Mapping):
        return {str(k): _listed(v) for k, v in value.items()}
    return value


def pressed(late: Finding) -> tuple[str, ...]:
    """The numbers of the cases that a finding of REC-01 is about; the one it names comes first."""
    return late.subject, *map(str, late.facts.get("others", ()))


# -- numbers -------------------------------------------------------------------------------

_NUMBER = re.compile(r"([A-Z]{3}-\d{2})-(\d{6})-[0-9a-f]{6}")


def case_number(case: Case) -> str:
    """编号 of a problem: short, readable, the same for the whole life of the case."""
    finding = case.finding
    text = "\n".join((*finding.key, case.opened_at.isoformat()))
    mark = sha256(text.encode(errors="backslashreplace")).hexdigest()[:6]
    return f"{finding.rule}-{local(case.opened_at):%y%m%d}-{mark}"


def parsed_number(text: str) -> tuple[str, date] | None:
    """Rule and day of opening of a case number, None where the text is none."""
    found = _NUMBER.match(text)
    if not found:
        return None
    try:
        return found[1], datetime.strptime(found[2], "%y%m%d").date()  # noqa: DTZ007 (a day)
    except ValueError:
        return None
