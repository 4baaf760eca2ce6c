"""The rows of the ledger (台账) that are only told: cases, candidates, inspections. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from alerts.fact import fact
from alerts.words import LEVELS, platform_name
from watcher.candidates import Candidate, Takedown
from watcher.ledger import CASES, CHECKS, SUSPECTS, UNSEEN
from watcher.ledger_rows import Line, line_of, minute
from watcher.model import Account, Case, CaseState
from watcher.rectifying import case_number
from watcher.register.columns import PLATFORMS
from watcher.showing_candidates import badge_text, state_text, tier_text
from watcher.showing_cases import standing_of
from watcher.store.ledger import Said
from watcher.units import Inspection

NOT_KEPT = "截止时刻的表述未留存"


def case_lines(
    found: Iterable[Case],
    accounts: Mapping[str, Account],
    as_of: datetime,
    said: Mapping[int, Said] = MappingProxyType({}),
) -> Iterator[Line]:
    """问题台账: those that were open in the stretch; what came after the moment is left out.

    `said` are the last letters by then, by case: what a finding says moves on with each reading,
    letters stay as they were.
    """
    for number, case in enumerate(found, start=1):
        letter = said.get(case.id or 0)
        account, then = accounts.get(case.finding.account), case_at(case, as_of, letter)
        values = {
            "number": number,
            "case": case_number(case),
            "unit": account.unit.name if account else "",
            "account": case.finding.account,
            "account_name": account.name if account else "",
            "platform": PLATFORMS.get(account.platform, account.platform) if account else "",
            "rule": case.finding.rule,
            "article": case.finding.article,
            **_found(case, as_of, letter),
            "opened_at": minute(case.opened_at),
            "told_at": minute(then.told_at),
            "due_on": case.due_on,
            "feedback_at": minute(then.feedback_at),
            "standing": standing_of(then),
            "closed_at": minute(then.closed_at),
            "closing": then.closing,
        }
        yield line_of(CASES, values)


def _found(case: Case, as_of: datetime, said: Said | None) -> dict[str, Any]:
    """What was found and how grave; by the last letter where readings have taken the finding
    further since."""
    found = case.finding
    if found.as_of <= as_of:
        return {"level": LEVELS[found.level], "fact": fact(case), "as_of": minute(found.as_of)}
    if said is None:
        return {"level": LEVELS[found.level], "fact": NOT_KEPT, "as_of": None}
    return {"level": LEVELS[said.level], "fact": said.short, "as_of": minute(said.at)}


def case_at(case: Case, at: datetime, said: Said | None = None) -> Case:
    """The case without what happened after the moment; `said` is the last letter by then."""
    later: dict[str, Any] = {
        name: None
        for name in ("told_at", "feedback_at", "closed_at")
        if (value := getattr(case, name)) is not None and value > at
    }
    if "told_at" in later and said is not None:
        later["told_at"] = said.at
    if "closed_at" in later:
        return replace(case, **later, state=CaseState.OPEN, closing="", dismissed=False)
    return replace(case, **later) if later else case


def suspect_lines(
    found: Iterable[Candidate],
    letters: Mapping[int, Takedown],
    accounts: Mapping[str, Account],
) -> Iterator[Line]:
    """假冒台账: candidates that people look at or have decided upon, the last found first."""
    for number, each in enumerate(found, start=1):
        letter, judged = letters.get(each.id), each.judgement
        victim = accounts.get(judged.account) if judged else None
        values = {
            "number": number,
            "candidate": each.id,
            "state": state_text(each),
            "tier": tier_text(each),
            "platform": platform_name(each.platform),
            "name": each.profile.name,
            "handle": each.handle,
            "url": each.url,
            "badge": badge_text(each),
            "followers": UNSEEN if each.profile.followers is None else each.profile.followers,
            "match": (judged.match if judged else "") or "",
            "unit": victim.unit.name if victim else "",
            "first_seen": minute(each.first_seen),
            "last_seen": minute(each.last_seen),
            "decided_by": each.decided_by,
            "decided_at": minute(each.decided_at),
            "reason": each.reason,
            "letter": letter.number if letter else "",
            "sent_at": minute(letter.sent_at) if letter else None,
            "receipt": letter.receipt if letter else "",
            "result": letter.result if letter else "",
            "result_at": minute(letter.result_at) if letter else None,
        }
        yield line_of(SUSPECTS, values)


def check_lines(found: Iterable[Inspection], names: Mapping[str, str]) -> Iterator[Line]:
    """检查记录: the inspections of Art. 25."""
    for number, each in enumerate(found, start=1):
        values = {
            "number": number,
            "office": names.get(each.office, each.office),
            "year": each.year,
            "held_on": each.held_on,
            "note": each.note,
            "author": each.author,
            "at": minute(each.at),
        }
        yield line_of(CHECKS, values)
