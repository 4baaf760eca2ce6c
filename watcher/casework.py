"""办理: what people do about cases, each deed with all that follows from it in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from alerts.fact import fact
from watcher import store
from watcher.deciding import Book, conclude, standing
from watcher.hushing import begin
from watcher.judging import review
from watcher.model import Case, CaseState, Failure, Level, Outcome
from watcher.quiet import Silence
from watcher.quiet import refusal as refusal_of
from watcher.rectifying import CaseEvent, Deed, applied, case_number, refusal
from watcher.store import Connection


class CaseworkError(ValueError):
    """What cannot be done about a case now, and why; for people."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to do: `data` as CaseEvent has it."""

    kind: Deed
    actor: str
    text: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


def perform(
    c: Connection, given: str, wish: Wish, book: Book, now: datetime
) -> tuple[Case, CaseEvent]:
    """Do it; the case as it then is, and the event kept. Raises CaseworkError."""
    case = found(c, given, lock=True)
    assert case.id is not None
    deed = CaseEvent(case.id, now, wish.actor.strip(), wish.kind, wish.text.strip(), wish.data)
    seen = _seen(c, case, book, now) if wish.kind is Deed.CLOSE else ""
    if why := refusal(case, deed, seen):
        raise CaseworkError(f"{case_number(case)}：{why}")
    if seen:
        deed = replace(deed, data={**deed.data, "seen": seen})
    after = applied(case, deed)
    event = store.add_event(c, deed)
    if after != case:
        store.save_cases(c, [after])
    store.audit(
        c,
        deed.actor,
        f"case_{deed.kind}",
        case_number(case),
        _audited(case),
        {**_audited(after), "text": deed.text, **deed.data},
        now,
    )
    if case.state is CaseState.OPEN and after.state is CaseState.CLOSED:
        conclude(c, after, book, now)
    if wish.kind not in (Deed.ACK, Deed.SNOOZE) and case.finding.account:
        review(c, case.finding.account, book, now)
    return found(c, str(case.id)), event


def snooze(
    c: Connection,
    given: str,
    wish: Wish,
    until: datetime,
    even_red: bool,
    book: Book,
    now: datetime,
    most: timedelta,
) -> tuple[Case, CaseEvent, Silence]:
    """Hold letters about one case until a moment, for the reason that `wish` gives. Raises
    CaseworkError."""
    case = found(c, given, lock=True)
    number = case_number(case)
    wanted = Silence(
        until, wish.text.strip(), wish.actor.strip(), now, case.id, number, even_red=even_red
    )
    wrong = list(refusal_of(wanted, most))
    if case.finding.level is Level.RED and not even_red:
        wrong.append("红色问题须加 --even-red，写明确须静默")
    if wrong:
        raise CaseworkError(f"{number}：{'；'.join(wrong)}")
    data = {"until": until.isoformat(), "even_red": even_red}
    deed = replace(wish, kind=Deed.SNOOZE, data=data)
    after, event = perform(c, given, deed, book, now)
    return after, event, begin(c, wanted, book.offices, now)


def note(c: Connection, case: Case, wish: Wish, now: datetime) -> CaseEvent:
    """Keep what a reading said of a case, which by itself changes nothing of it."""
    assert case.id is not None
    actor = wish.actor.strip()
    event = CaseEvent(case.id, now, actor, wish.kind, wish.text, wish.data)
    kept = store.add_event(c, event)
    store.audit(c, actor, f"case_{wish.kind}", case_number(case), None, dict(wish.data), now)
    return kept


def found(c: Connection, given: str, lock: bool = False) -> Case:
    """The case of an id or a number. Raises CaseworkError where there is none."""
    case = store.find_case(c, given.strip(), lock)
    if case is None:
        raise CaseworkError(f"没有编号为 {given} 的问题；用 watcher cases list 查看")
    return case


def observed(outcome: Outcome) -> Mapping[str, Any]:
    """What a reading came to, as an event keeps it."""
    failed = isinstance(outcome, Failure)
    return {
        "read_at": outcome.at.isoformat(),
        "source": outcome.source,
        "trouble": outcome.trouble.value if failed and outcome.trouble else None,
        "pages": [{"url": p.url, "sha256": p.sha256} for p in outcome.pages],
    }


def _seen(c: Connection, case: Case, book: Book, now: datetime) -> str:
    """What the last reading still shows of the finding, in one sentence."""
    still = standing(c, case, book, now)
    return fact(still) if still else ""


def _audited(case: Case) -> dict[str, Any]:
    return {
        "state": case.state.value,
        "acknowledged_by": case.acknowledged_by,
        "due_on": case.due_on.isoformat() if case.due_on else None,
        "feedback_at": case.feedback_at.isoformat() if case.feedback_at else None,
        "dismissed": case.dismissed,
        "closing": case.closing,
    }
