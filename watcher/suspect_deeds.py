"""复核: what people decide about candidates, each deed with all that follows in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from alerts.routing import letters
from watcher import store
from watcher.calendar import local
from watcher.candidates import (
    Candidate,
    CandidateEvent,
    CandidateState,
    Suspect,
    Takedown,
)
from watcher.casting import Casting, mark_of
from watcher.deciding import Book
from watcher.judging import judge_papers
from watcher.model import Case, Level, Notice, Why
from watcher.rules.takedown import next_recheck
from watcher.store import Connection
from watcher.store.candidates import add_candidate_event, candidate, decide, set_recheck
from watcher.store.takedowns import register_faces, save_takedown, suspects, takedowns
from watcher.suspects import closed_down, file_lead, returned, settle_suspects

LONGEST = 2000  # characters of a reason
DECISIONS: Mapping[str, CandidateState] = {
    "confirm": CandidateState.CONFIRMED,
    "dismiss": CandidateState.DISMISSED,
    "own": CandidateState.OWN,
    "watch": CandidateState.WATCHED,
}
_STANDING = (CandidateState.CONFIRMED, CandidateState.BACK, CandidateState.TAKEN_DOWN)


class ReviewError(ValueError):
    """What cannot be done about a candidate now, and why; for people."""


def suspect_of(c: Connection, number: int) -> Suspect:
    """The candidate of a number with its letters. Raises ReviewError where there is none."""
    found = candidate(c, number)
    if found is None:
        raise ReviewError(f"没有编号为 {number} 的候选账号；用 watcher candidates list 查看")
    return suspects(c, (found,))[0]


def real_face(c: Connection, of: Suspect) -> Mapping[str, str]:
    """What the account it is held against shows, in the words of the offices."""
    victim = of.victim
    detail = store.dossiers(c, [victim.key]).get(victim.key) if victim else None
    shown = detail.profile if detail else None
    if victim is None or shown is None:
        return {}
    face = register_faces(c).get(victim.key)
    badge = {None: "未读到", True: "有认证标识", False: "未认证"}[shown.verified]
    return {
        "账号名称": shown.name or victim.name,
        "认证": shown.verified_as or badge,
        "简介": shown.bio or "未读到",
        "粉丝": "未读到" if shown.followers is None else str(shown.followers),
        "信息数": "未读到" if shown.post_count is None else str(shown.post_count),
        "头像SHA-256": (face.avatar_sha256 if face else "") or "未取得",
    }


def reviewed(
    c: Connection,
    number: int,
    decision: str,
    by: str,
    reason: str,
    casting: Casting,
    book: Book,
    now: datetime,
    unit: str = "",
) -> Candidate:
    """Decide about a candidate. `unit` is that of an own account. Raises ReviewError."""
    suspect = suspect_of(c, number)
    found, state = suspect.candidate, DECISIONS[decision]
    _check(found, state, by, reason)
    if state is CandidateState.OWN:
        mine = unit or (suspect.victim.unit.key if suspect.victim else "")
        if not mine:
            raise ReviewError("--unit 不能为空：请写明该账号疑似由哪个单位开设")
        file_lead(c, found, mine, by, now)
    again = now if state in (CandidateState.CONFIRMED, CandidateState.WATCHED) else None
    mark = mark_of(found, casting)
    kept = decide(c, number, state, by.strip(), reason.strip()[:LONGEST], mark, now, again)
    told = _told_red(c, suspect) if state is CandidateState.CONFIRMED else None
    settle_suspects(c, book, now)
    if state is CandidateState.OWN:
        judge_papers(c, book, now)
    if told is not None:
        _announce(c, told, suspect_of(c, number), book, now)
    return kept


def _check(found: Candidate, state: CandidateState, by: str, reason: str) -> None:
    if not by.strip():
        raise ReviewError("--by 不能为空：请写明复核人")
    if state in (CandidateState.DISMISSED, CandidateState.CONFIRMED) and not reason.strip():
        raise ReviewError("--reason 不能为空：请写明理由")
    if found.state is state:
        raise ReviewError(f"候选账号 {found.id} 已是这一结论（{found.decided_by}）")
    if state is CandidateState.CONFIRMED and found.state is CandidateState.TAKEN_DOWN:
        raise ReviewError(f"候选账号 {found.id} 已关停；再次出现时系统自动列为“再次出现”")


def _told_red(c: Connection, suspect: Suspect) -> Case | None:
    """The case that told of it in red already, so that confirming raises nothing by itself."""
    cases = store.open_cases(c, [suspect.scope])[suspect.scope]
    first = (case for case in cases if case.finding.rule == "IMP-01")
    case = next(first, None)
    return case if case is not None and case.told_level is Level.RED else None


def _announce(c: Connection, before: Case, suspect: Suspect, book: Book, now: datetime) -> None:
    """Tell the supervisor and the offices in charge that a person confirmed it."""
    cases = store.open_cases(c, [suspect.scope])[suspect.scope]
    case = next((each for each in cases if each.id == before.id), None)
    if case is None:
        return
    rule = book.policy.of(case.finding.rule)
    told = replace(case, told_at=now, told_level=case.finding.level)
    roles = tuple(dict.fromkeys((*rule.roles, *rule.weighty_roles)))
    store.save_cases(c, [told])
    notice = Notice(told, Why.ESCALATION, roles)
    made = letters(notice, suspect.dossier, book.offices, book.calendar, now, book.policy)
    store.enqueue(c, made)


# -- letters to platforms ----------------------------------------------------------------------


def made_letter(
    c: Connection, suspect: Suspect, number: str, channel: str, digest: str, by: str, now: datetime
) -> Takedown:
    """Note that a letter was made; made again under its number it is the same letter."""
    known = next((each for each in takedowns(c) if each.number == number), None)
    if known is not None and known.candidate != suspect.candidate.id:
        raise ReviewError(f"文号 {number} 已用于候选账号 {known.candidate}；请另给 --number")
    if known is not None and known.sent_at is not None:
        raise ReviewError(
            f"{number} 已于{_minute(known.sent_at)}发出，不能重新生成；请另给 --number"
        )
    letter = Takedown(suspect.candidate.id, number, now, by, digest, channel)
    kept = save_takedown(c, replace(letter, id=known.id if known else None), by, now)
    event = CandidateEvent(now, by, "letter", number, {"sha256": digest, "channel": channel})
    add_candidate_event(c, suspect.candidate.id, event)
    return kept


class Step(StrEnum):
    """What becomes of a letter, in this order."""

    SENT = "sent"
    RECEIPT = "receipt"
    RESULT = "result"


@dataclass(frozen=True, slots=True)
class Answer:
    """A step of a letter at its moment: 受理编号 or 处置结果 is its text.

    `gone`: by that result the account is closed, as this person says.
    """

    step: Step
    at: datetime
    text: str = ""
    gone: bool = False


def note_answer(
    c: Connection,
    number: int,
    letter: str,
    answer: Answer,
    by: str,
    casting: Casting,
    book: Book,
    now: datetime,
) -> Takedown:
    """Note that a letter went out, was received or came to a result. Raises ReviewError."""
    suspect = suspect_of(c, number)
    known = _letter(suspect, letter)
    _check_moment(known, answer, now)
    kept = save_takedown(c, _after(known, answer), by, now)
    told = CandidateEvent(now, by, answer.step.value, answer.text, {"letter": kept.number})
    add_candidate_event(c, number, told)
    if answer.gone:
        mark = mark_of(suspect.candidate, casting)
        closed_down(c, suspect.candidate, by, answer.text, mark, now)
    settle_suspects(c, book, now)
    return kept


def _check_moment(known: Takedown, answer: Answer, now: datetime) -> None:
    if answer.at > now + timedelta(minutes=5):
        raise ReviewError(f"--at {answer.at.isoformat()} 尚未到")
    if known.sent_at is None:
        return
    if answer.step is Step.SENT:
        raise ReviewError(f"{known.number} 已登记于{_minute(known.sent_at)}发出")
    if answer.at < known.sent_at:
        raise ReviewError(f"--at 早于发函时刻 {_minute(known.sent_at)}；请核对")


def _after(known: Takedown, answer: Answer) -> Takedown:
    """The letter after a step; what was answered was sent, at the latest then."""
    sent, at = known.sent_at or answer.at, answer.at
    if answer.step is Step.RECEIPT:
        return replace(known, sent_at=sent, receipt=answer.text, received_at=at)
    if answer.step is Step.RESULT:
        return replace(known, sent_at=sent, result=answer.text, result_at=at)
    return replace(known, sent_at=sent)


def _minute(at: datetime) -> str:
    return local(at).strftime("%Y-%m-%d %H:%M")


def _letter(suspect: Suspect, number: str) -> Takedown:
    """The letter of this number, or the only one. Raises ReviewError."""
    found = [each for each in suspect.letters if number in ("", each.number)]
    if not suspect.letters:
        raise ReviewError(
            f"候选账号 {suspect.candidate.id} 还没有关停函；先运行 watcher candidates letter"
        )
    if len(found) != 1:
        known = "、".join(each.number for each in suspect.letters)
        raise ReviewError(f"请用 --number 写明是哪一份关停函：{known}")
    return found[0]


# -- what a person sees --------------------------------------------------------------------------


def witnessed(
    c: Connection, number: int, there: bool, by: str, casting: Casting, book: Book, now: datetime
) -> Candidate:
    """人工复查: a person looked, and it is there or gone. Raises ReviewError."""
    found = suspect_of(c, number).candidate
    if found.state not in (*_STANDING, CandidateState.WATCHED):
        raise ReviewError(f"候选账号 {number} 尚未确认或列为观察，无须复查；请先作出结论")
    said = "seen" if there else "gone"
    add_candidate_event(c, number, CandidateEvent(now, by, "look", said, {"sources": []}))
    if there and found.state is CandidateState.TAKEN_DOWN:
        returned(c, found, by, "人工复查又见到该账号", now)
    elif not there and found.state in (CandidateState.CONFIRMED, CandidateState.BACK):
        closed_down(c, found, by, "人工复查该账号已不存在", mark_of(found, casting), now)
    else:
        done = found.rechecks + 1
        since = found.decided_at or now
        again = next_recheck(since, done, (0, *book.rules.rechecks))
        set_recheck(c, number, again, done, None if there else now)
    settle_suspects(c, book, now)
    return suspect_of(c, number).candidate
