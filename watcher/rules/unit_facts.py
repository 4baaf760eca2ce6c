"""What the rules about units share: which of them hold, for which accounts, and their findings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from watcher.calendar import local
from watcher.model import Dossier, FiledState, Finding
from watcher.rules.ruleset import Rule, RuleSet, covered
from watcher.units import UnitDossier, unit_scope


def rule_for(name: str, dossier: UnitDossier, now: datetime, rules: RuleSet) -> Rule | None:
    """The rule where it is on and the unit is not exempt from it."""
    rule = rules.active(name)
    if rule is None:
        return None
    return None if covered(dossier.exemptions_on(local(now).date()), name, now) else rule


def running(dossier: UnitDossier) -> Iterator[Dossier]:
    """The accounts that run on paper; what is being closed is being put in order."""
    for each in dossier.accounts:
        if each.account.enabled and each.account.filed_state is FiledState.ACTIVE:
            yield each


def unit_finding(
    rule: Rule, dossier: UnitDossier, subject: str, as_of: datetime, facts: Mapping[str, Any]
) -> Finding:
    """A finding about a unit."""
    return Finding(
        rule=rule.rule,
        account=unit_scope(dossier.unit.key),
        subject=subject,
        level=rule.level,
        article=rule.article,
        as_of=as_of,
        facts={"unit_name": dossier.unit.name, **facts},
    )
