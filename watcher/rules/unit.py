"""Rules about a unit and its papers: DUP, NAM, APP-02 to 04, ORG, INS. 《办法》Art. 5, 7, 24, 25.

They judge the register and the papers that were handed in, so they say what is not on record;
only names come from what was seen, and a name that has not been seen of late opens nothing.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from watcher.calendar import local, midnight
from watcher.model import Dossier, FiledState, Finding, UnitKind
from watcher.rules.evidence import reading_facts
from watcher.rules.ruleset import Rule, RuleSet, exempt
from watcher.rules.unit_facts import rule_for, running, unit_finding
from watcher.rules.unit_seen import judge_seen
from watcher.units import (
    OfficeDossier,
    PaperKind,
    UnitDossier,
    UnitPaper,
    of_kind,
    office_scope,
    operators,
)

DAY = timedelta(days=1)
APP, MINIPROGRAM, OTHER = "app", "wechat_miniprogram", "other"
MISSING, EXPIRED, EXPIRING = "missing", "expired", "expiring"


def judge_unit(dossier: UnitDossier, now: datetime, rules: RuleSet) -> tuple[Finding, ...]:
    """All that is wrong with one unit, on the day of `now`."""
    return (
        *_doubles(dossier, now, rules),
        *_apps(dossier, now, rules),
        *_names(dossier, now, rules),
        *_persons(dossier, now, rules),
        *_no_account(dossier, now, rules),
        *_entrusted(dossier, now, rules),
        *_unfiled_apps(dossier, now, rules),
        *_untested_apps(dossier, now, rules),
        *judge_seen(dossier, now, rules),
    )


def judge_office(office: OfficeDossier, now: datetime, rules: RuleSet) -> tuple[Finding, ...]:
    """INS-01: no special inspection of the year is on record when its last day has passed.

    Last year's stands as of the day after it was due: that keeps an open case and opens none.
    """
    rule = rules.active("INS-01")
    if rule is None or not office.units:
        return ()
    return tuple(_uninspected(office, rule, now, rules))


def _uninspected(
    office: OfficeDossier, rule: Rule, now: datetime, rules: RuleSet
) -> Iterator[Finding]:
    today, held = local(now).date(), {each.year for each in office.inspections}
    for year in (today.year - 1, today.year):
        due = date(year, *rules.inspected_by)
        if year not in held and today > due:
            yield Finding(
                rule=rule.rule,
                account=office_scope(office.key),
                subject=str(year),
                level=rule.level,
                article=rule.article,
                as_of=now if year == today.year else midnight(due + DAY),
                facts={
                    "office": office.name,
                    "year": year,
                    "due": due.isoformat(),
                    "units": office.units,
                },
            )


# -- accounts of a unit ----------------------------------------------------------------------


def _doubles(dossier: UnitDossier, now: datetime, rules: RuleSet) -> Iterator[Finding]:
    """DUP-01: more than one account of one type that no exemption allows. Art. 7(一).

    Apps are APP-02's; what is filed as 其他 may be on as many platforms as there are accounts.
    """
    rule = rule_for("DUP-01", dossier, now, rules)
    if rule is None:
        return
    kinds: dict[str, list[Dossier]] = {}
    for each in running(dossier):
        if each.account.platform not in (APP, OTHER):
            kinds.setdefault(each.account.platform, []).append(each)
    for platform, accounts in kinds.items():
        if _too_many(accounts, rule, now):
            facts = {"platform": platform, **_listed(accounts, rule, now)}
            yield unit_finding(rule, dossier, platform, now, facts)


def _apps(dossier: UnitDossier, now: datetime, rules: RuleSet) -> Iterator[Finding]:
    """APP-02: 严禁“一单位一应用”: more than one app of a unit. Art. 7(三)."""
    rule = rule_for("APP-02", dossier, now, rules)
    apps = [each for each in running(dossier) if each.account.platform == APP]
    if rule is not None and _too_many(apps, rule, now):
        yield unit_finding(rule, dossier, APP, now, _listed(apps, rule, now))


def _too_many(accounts: list[Dossier], rule: Rule, now: datetime) -> bool:
    return sum(not exempt(each.account, rule.rule, now) for each in accounts) > 1


def _listed(accounts: list[Dossier], rule: Rule, now: datetime) -> Mapping[str, Any]:
    rows = [
        {
            "key": each.account.key,
            "name": each.account.name,
            "platform_id": each.account.platform_id,
            "url": each.account.url,
            "exempt": exempt(each.account, rule.rule, now),
        }
        for each in accounts
    ]
    return {"accounts": rows, "count": len(rows)}


def _names(dossier: UnitDossier, now: datetime, rules: RuleSet) -> Iterator[Finding]:
    """NAM-01: one unit's accounts bear different names. Art. 7(二): 原则上名称一致.

    The name is that which has been seen for a day, else the filed one. The finding is as old as
    the oldest look it rests on.
    """
    rule = rule_for("NAM-01", dossier, now, rules)
    if rule is None:
        return
    named = [
        each
        for each in running(dossier)
        if each.account.platform not in rules.names_apart
        and not exempt(each.account, rule.rule, now)
    ]
    rows = [_name(each, rules) for each in named]
    if len({plain_name(row["name"]) for row in rows} - {""}) > 1:
        seen = [datetime.fromisoformat(row["seen_at"]) for row in rows if row["seen_at"]]
        yield unit_finding(rule, dossier, "name", min((*seen, now)), {"names": rows})


def _name(each: Dossier, rules: RuleSet) -> dict[str, Any]:
    """The name of an account, and the reading that shows it."""
    row: dict[str, Any] = {
        "key": each.account.key,
        "platform": each.account.platform,
        "name": each.account.name,
        "seen_at": None,
    }
    since, seen = each.profile_since, each.sight.last_success_at
    if each.profile is None or since is None or seen is None or seen - since < rules.names_seen:
        return row
    shown = {"name": each.profile.name, "seen_at": seen.isoformat()}
    return row | shown | {"reading": reading_facts(each)}


def plain_name(name: str) -> str:
    """A name as far as it is told apart: letters and digits, without form, case and spacing."""
    text = unicodedata.normalize("NFKC", name).casefold()
    return "".join(each for each in text if each.isalnum())


def _persons(dossier: UnitDossier, now: datetime, rules: RuleSet) -> Iterator[Finding]:
    """ORG-02: an account without lead or contact, or without their number. Art. 24."""
    rule = rule_for("ORG-02", dossier, now, rules)
    if rule is None:
        return
    rows = []
    for each in running(dossier):
        account = each.account
        people = (("lead", account.lead), ("contact", account.contact))
        lacking = [role for role, who in people if not (who.name.strip() and who.phone.strip())]
        if lacking and not exempt(account, rule.rule, now):
            rows.append({"key": account.key, "name": account.name, "lacking": lacking})
    if rows:
        yield unit_finding(rule, dossier, "persons", now, {"accounts": rows, "count": len(rows)})


def _no_account(dossier: UnitDossier, now: datetime, rules: RuleSet) -> Iterator[Finding]:
    """ORG-03: a district government that has opened no account. Art. 7: 区政府应当开设."""
    rule = rule_for("ORG-03", dossier, now, rules)
    if rule is None or dossier.unit.kind is not UnitKind.DISTRICT_GOVERNMENT:
        return
    states = [each.account.filed_state for each in dossier.accounts]
    if all(state is FiledState.DEREGISTERED for state in states):
        facts = {"accounts": [], "deregistered": len(states)}
        yield unit_finding(rule, dossier, "account", now, facts)


# -- papers ----------------------------------------------------------------------------------


def _entrusted(dossier: UnitDossier, now: datetime, rules: RuleSet) -> Iterator[Finding]:
    """ORG-01: contract or NDA with an entrusted operator is missing, past or about to end. Art. 5.

    An operator is entrusted so long as it is recorded; one that is not, by its contract or NDA.
    """
    rule, today = rule_for("ORG-01", dossier, now, rules), local(now).date()
    if rule is None:
        return
    for party in operators(dossier.papers, today):
        for kind in (PaperKind.CONTRACT, PaperKind.NDA):
            held = [each for each in of_kind(dossier.papers, kind) if each.party == party]
            facts = _term(held, today, rules.expiring)
            if facts is not None:
                subject = f"{kind.value}:{party}"
                about = {"kind": kind.value, "party": party, **facts}
                yield unit_finding(rule, dossier, subject, now, about)


def _term(papers: list[UnitPaper], today: date, soon: int) -> dict[str, Any] | None:
    """What is wrong with the papers of one kind; None where one of them lasts."""
    if not papers:
        return {"state": MISSING}
    if any(each.valid_until is None for each in papers):
        return None
    until = max(each.valid_until for each in papers if each.valid_until is not None)
    left = (until - today).days
    if left > soon:
        return None
    return {"state": EXPIRED if left < 0 else EXPIRING, "until": until.isoformat(), "days": left}


def _unfiled_apps(dossier: UnitDossier, now: datetime, rules: RuleSet) -> Iterator[Finding]:
    """APP-04: an app or 小程序 without a filing number. 国办函〔2026〕12号."""
    for each, rule in _concerned("APP-04", (APP, MINIPROGRAM), dossier, now, rules):
        yield from _paperless(each, rule, PaperKind.APP_FILING, dossier, now)


def _untested_apps(dossier: UnitDossier, now: datetime, rules: RuleSet) -> Iterator[Finding]:
    """APP-03, its half about papers: no valid test of 等级保护. Art. 7(三)."""
    for each, rule in _concerned("APP-03", (APP,), dossier, now, rules):
        yield from _paperless(each, rule, PaperKind.MLPS, dossier, now)


def _concerned(
    name: str, platforms: tuple[str, ...], dossier: UnitDossier, now: datetime, rules: RuleSet
) -> Iterator[tuple[Dossier, Rule]]:
    rule = rule_for(name, dossier, now, rules)
    if rule is None:
        return
    for each in running(dossier):
        if each.account.platform in platforms and not exempt(each.account, name, now):
            yield each, rule


def _paperless(
    each: Dossier, rule: Rule, kind: PaperKind, dossier: UnitDossier, now: datetime
) -> Iterator[Finding]:
    account, today = each.account, local(now).date()
    held = [each for each in of_kind(dossier.papers, kind) if each.account == account.key]
    if any(paper.good_on(today) for paper in held):
        return
    ends = [paper.valid_until for paper in held if paper.valid_until is not None]
    about = {"key": account.key, "name": account.name, "platform": account.platform}
    until = max(ends).isoformat() if ends else None
    facts = {"kind": kind.value, **about, "state": EXPIRED if ends else MISSING, "until": until}
    yield unit_finding(rule, dossier, f"{kind.value}:{account.key}", now, facts)
