"""config/rules.yaml to a RuleSet; every mistake of the file at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, time, timedelta
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from watcher.mistakes import Mistake, load_yaml, reason_of
from watcher.model import Level
from watcher.rules.ruleset import Rule, RuleSet
from watcher.rules.tables import RulesFile, RulesTable, RuleTable
from watcher.wording import mistakes_of


class RulesError(Exception):
    """A rules file that cannot be used; `mistakes` holds every one of them."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.mistakes = mistakes


GRAVER = ("severity_repeated", "severity_urgent", "severity_zombie", "severity_grave")
OVERDUE = "severity_late"  # of a term that has run out
RANK = (Level.OPERATOR, Level.BLUE, Level.YELLOW, Level.ORANGE, Level.RED)


def load_rules(path: Path) -> RuleSet:
    """The rules of a file. Raises RulesError with every mistake."""
    file = str(path)
    try:
        data = load_yaml(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RulesError((Mistake(file, "", reason_of(error)),)) from error
    try:
        parsed = RulesFile.model_validate(data)
    except ValidationError as error:
        raise RulesError(mistakes_of(error, file, RulesFile)) from error
    wrong = tuple(_disordered(file, parsed.rules))
    if wrong:
        raise RulesError(wrong)
    return _ruleset(parsed)


def _disordered(file: str, rules: RulesTable) -> Iterator[Mistake]:
    """Thresholds out of order, graver levels that are not graver, rules nobody hears of."""
    ladder = (
        ("UPD-03.near_days", rules.upd_03.near_days),
        ("UPD-03.urgent_days", rules.upd_03.urgent_days),
        ("UPD-04.overdue_days", rules.upd_04.overdue_days),
        ("UPD-05.dormant_days", rules.upd_05.dormant_days),
        ("UPD-05.zombie_days", rules.upd_05.zombie_days),
    )
    late = (
        ("REC-01.late_days", rules.rec_01.late_days),
        ("REC-01.grave_days", rules.rec_01.grave_days),
    )
    for (lower, less), (upper, more) in (*pairwise(ladder), *pairwise(late)):
        if less >= more:
            yield Mistake(file, f"rules.{upper}", f"{more:g} 须大于 {less:g}（{lower}）")
    yield from _terms_disordered(file, rules)
    for name, rule in _each(rules):
        if rule.enabled and not (rule.roles or rule.digest_roles):
            yield Mistake(file, f"rules.{name}.roles", "没有任何接收人，请写 roles")
        high = _high(rule)
        if high and RANK.index(high) < RANK.index(rule.severity):
            yield Mistake(
                file, f"rules.{name}", f"{high} 比 {rule.severity} 轻，加重的级别不能更轻"
            )
        if not name.startswith("SYS") and not rule.article.strip():
            yield Mistake(file, f"rules.{name}.article", "对单位的问题须写明依据条款")
        if (rule.severity is Level.OPERATOR) != name.startswith("SYS"):
            yield Mistake(
                file, f"rules.{name}.severity", "operator 只用于 SYS 规则，SYS 规则也只能用它"
            )


def _terms_disordered(file: str, rules: RulesTable) -> Iterator[Mistake]:
    """A reminder comes before its term ends, and one after the other."""
    third, fifth, sixth = rules.fil_03, rules.fil_05, rules.fil_06
    for name, marks, term in (
        ("FIL-03.remind_day", (third.remind_day,), third.form_days),
        ("FIL-05.remind_days", fifth.remind_days, fifth.term_days),
        ("FIL-06.remind_days", sixth.remind_days, sixth.term_days),
    ):
        if any(less >= more for less, more in pairwise((*marks, term))):
            yield Mistake(file, f"rules.{name}", f"须依次增大，且小于 {term}")


def _each(rules: RulesTable) -> Iterator[tuple[str, RuleTable]]:
    for field, info in RulesTable.model_fields.items():
        yield str(info.alias), getattr(rules, field)


def _high(rule: RuleTable) -> Level | None:
    found: Level | None = next(
        (getattr(rule, name) for name in (*GRAVER, OVERDUE) if hasattr(rule, name)), None
    )
    return found


def _rule(name: str, rule: RuleTable) -> Rule:
    hours = rule.reminder_hours
    return Rule(
        rule=name,
        name=rule.name,
        article=rule.article.strip(),
        level=rule.severity,
        level_high=_high(rule),
        enabled=rule.enabled,
        roles=rule.roles,
        digest_roles=rule.digest_roles,
        orange_roles=rule.orange_roles,
        later_roles=rule.later_roles,
        late_roles=rule.late_roles,
        red_roles=rule.red_roles,
        reminder=None if hours is None else timedelta(hours=hours),
        deadline_days=rule.deadline_days,
        evidence_days=rule.evidence_days,
        thresholds=_thresholds(rule),
    )


def _thresholds(rule: RuleTable) -> Mapping[str, Any]:
    """What is set for this rule and for no other, as the file has it."""
    own = set(type(rule).model_fields) - set(RuleTable.model_fields) - set(GRAVER)
    return MappingProxyType({k: v for k, v in rule.model_dump(mode="json").items() if k in own})


def _month_day(text: str) -> tuple[int, int]:
    month, day = map(int, text.split("-"))
    return month, day


def _bands(
    platforms: Mapping[str, Mapping[Any, int]],
) -> tuple[tuple[str, tuple[tuple[int | None, int], ...]], ...]:
    """Days by followers, the fewest first; `more` last."""
    return tuple(
        (
            name,
            (
                *sorted((most, days) for most, days in bands.items() if most != "more"),
                (None, bands["more"]),
            ),
        )
        for name, bands in platforms.items()
    )


def _ruleset(parsed: RulesFile) -> RuleSet:
    rules = parsed.rules
    catalogue: Mapping[str, Rule] = {name: _rule(name, rule) for name, rule in _each(rules)}
    return RuleSet(
        rules=MappingProxyType(dict(catalogue)),
        recent=timedelta(hours=parsed.recent_hours),
        reposts_count=parsed.reposts_count,
        not_updated_weekly=frozenset(parsed.not_updated_weekly),
        remind_weekday=rules.upd_01.remind_weekday,
        remind_at=time.fromisoformat(rules.upd_01.remind_at),
        repeated_weeks=rules.upd_02.repeated_weeks,
        new_account_by=rules.upd_02.new_account_by,
        near=timedelta(days=rules.upd_03.near_days),
        urgent=timedelta(days=rules.upd_03.urgent_days),
        overdue=timedelta(days=rules.upd_04.overdue_days),
        dormant=timedelta(days=rules.upd_05.dormant_days),
        zombie=timedelta(days=rules.upd_05.zombie_days),
        inactive=timedelta(days=rules.upd_06.inactive_days),
        backdated=timedelta(hours=rules.upd_07.backdated_hours),
        gone=timedelta(hours=rules.off_01.absent_hours),
        gone_looks=rules.off_01.absent_looks,
        gone_suspended=rules.off_01.severity_suspended,
        notice_phrases=rules.sus_01.phrases,
        not_notices=rules.sus_01.but_not,
        notice_grace=rules.sus_02.grace_days,
        notice_lookback=timedelta(days=rules.sus_02.lookback_days),
        quiet=timedelta(days=rules.sus_03.quiet_days),
        notice_days=rules.der_02.notice_days,
        notice_plain=rules.der_02.severity_plain,
        delete_days=rules.der_04.delete_days,
        cooling_off=_bands(rules.der_04.cooling_off),
        absent=timedelta(hours=rules.app_01.absent_hours),
        absent_looks=rules.app_01.absent_looks,
        no_ipv6=timedelta(hours=rules.app_03.asked_hours),
        published_on=date.fromisoformat(parsed.published_on) if parsed.published_on else None,
        paper_lasts=timedelta(days=parsed.paper_days),
        form_days=rules.fil_03.form_days,
        form_remind=rules.fil_03.remind_day,
        national_days=rules.fil_04.national_days,
        regularise_days=rules.fil_05.term_days,
        regularise_remind=rules.fil_05.remind_days,
        close_days=rules.fil_06.term_days,
        close_remind=rules.fil_06.remind_days,
        late=rules.rec_01.late_days,
        very_late=rules.rec_01.grave_days,
        blind=timedelta(hours=rules.sys_01.blind_hours),
        warn_from=_month_day(rules.sys_02.warn_from),
        names_seen=timedelta(hours=rules.nam_01.seen_hours),
        names_apart=frozenset(rules.nam_01.except_platforms),
        expiring=rules.org_01.expiring_days,
        inspected_by=_month_day(rules.ins_01.held_by),
        receipt=timedelta(hours=rules.imp_02.receipt_hours),
        result_days=rules.imp_02.result_days,
        rechecks=rules.imp_03.recheck_days,
    )
