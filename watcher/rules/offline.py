"""OFF-01 and OFF-02: an account is not there any more, without paper. 《办法》Art. 25, 9.

Three looks over a day, by two methods where the account has two; looks that were blocked, or got
no answer, count for nothing. Of apps APP-01 tells.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from watcher.filings import GOVERNMENTS, FilingKind
from watcher.model import Absence, Dossier, FiledState, Finding
from watcher.rules.app import APP
from watcher.rules.closing import filing_facts, told, unagreed
from watcher.rules.matrix import Observed, answering
from watcher.rules.observed import absence_facts, absences
from watcher.rules.ruleset import RuleSet, exempt

SUBJECT = "presence"


def judge_offline(dossier: Dossier, now: datetime, rules: RuleSet) -> Iterator[Finding]:
    """Whether the account went away, or was closed by its platform, without any paper."""
    found = absences(dossier, rules)
    if not found or dossier.account.platform == APP:
        return
    asked = answering(dossier.account.filed_state, found)
    gone, banned = found.get(Observed.GONE), found.get(Observed.BANNED)
    if gone is not None and "OFF-01" in asked:
        yield from _offline(dossier, gone, now, rules)
    elif banned is not None and "OFF-02" in asked:
        yield from _banned(dossier, banned, now, rules)


def _offline(dossier: Dossier, gone: Absence, now: datetime, rules: RuleSet) -> Iterator[Finding]:
    rule, account = rules.active("OFF-01"), dossier.account
    alone, running = unagreed(dossier, (FilingKind.DEREGISTER,))
    if rule is None or not alone or exempt(account, rule.rule, now):
        return
    # Who was allowed to stop, and went: 关停 is not 注销, but it is no 自行下线 either.
    stopped = account.filed_state is FiledState.SUSPENDED or not unagreed(dossier)[0]
    facts = {
        **absence_facts(gone, dossier, rules),
        **filing_facts(running),
        "core": ["gone", gone.since.isoformat(), stopped],
        "kind": "deregistered" if stopped else "offline",
        **_owner(dossier),
    }
    level = rules.gone_suspended if stopped else rule.level
    yield told(rule, dossier, SUBJECT, gone.until, facts, level)


def _banned(dossier: Dossier, banned: Absence, now: datetime, rules: RuleSet) -> Iterator[Finding]:
    rule = rules.active("OFF-02")
    if rule is None or exempt(dossier.account, rule.rule, now):
        return
    core = ["banned", banned.since.isoformat()]
    facts = {**absence_facts(banned, dossier, rules), **_owner(dossier), "core": core}
    yield told(rule, dossier, SUBJECT, banned.until, facts)


def _owner(dossier: Dossier) -> dict[str, Any]:
    return {"government": dossier.account.unit.kind in GOVERNMENTS}
