"""APP-01: can people still get the app? 检查指标. APP-03: does it answer over IPv6? 《办法》Art. 7.

A shelf that shows no listing once may be a slip of the store, of its mirror or of ours. Only the
same answer of every store that was asked, again and again for a day, is a finding; a look that was
blocked or got no answer counts for nothing (`Sight.absent_looks` leaves those out).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from watcher.model import Dossier, FiledState, Finding, Sight, Trouble
from watcher.rules.ruleset import RuleSet, exempt

SHELF = "shelf"
HOST = "ipv6"
ASKED_BY = "app_ipv6"  # the source that asks the name service
APP = "app"  # the account type of the filing form
_UNANSWERED = (Trouble.BLOCKED, Trouble.UNREACHABLE, Trouble.UNREADABLE)


def judge_app(dossier: Dossier, now: datetime, rules: RuleSet) -> Iterator[Finding]:
    """What is wrong with one app, as far as its readings prove it."""
    yield from _off_the_shelf(dossier, now, rules)
    yield from _without_ipv6(dossier, now, rules)


def _off_the_shelf(dossier: Dossier, now: datetime, rules: RuleSet) -> Iterator[Finding]:
    rule, account, sight = rules.active("APP-01"), dossier.account, dossier.sight
    if rule is None or account.platform != APP or account.filed_state is not FiledState.ACTIVE:
        return
    as_of = absent_as_of(sight, rules)
    if as_of is None or sight.absent_since is None or exempt(account, rule.rule, now):
        return
    yield Finding(
        rule=rule.rule,
        account=account.key,
        subject=SHELF,
        level=rule.level,
        article=rule.article,
        as_of=as_of,
        facts={
            "window": [sight.absent_since.isoformat(), as_of.isoformat()],
            "absent_since": sight.absent_since.isoformat(),
            "absent_looks": sight.absent_looks,
            "stores": [look.source for look in sight.looks if look.result == Trouble.GONE],
            "detail": sight.trouble_detail if sight.trouble is Trouble.GONE else "",
            "last_success_at": sight.last_success_at.isoformat() if sight.last_success_at else None,
        },
    )


def absent_as_of(sight: Sight, rules: RuleSet) -> datetime | None:
    """The reading up to which an absence is proved, None where it is not.

    Where the last reading told nothing, an absence that was proved before is neither proved anew
    nor refuted: it then stands as of its beginning, which keeps an open case and opens none.
    """
    since, last = sight.absent_since, sight.last_reading_at
    if since is None or last is None or sight.absent_looks < rules.absent_looks:
        return None
    told = sight.trouble is Trouble.GONE and not any(
        look.result in _UNANSWERED for look in sight.looks
    )
    if told:
        return last if last - since >= rules.absent else None
    return since if last - since > max(rules.absent, rules.recent) else None


def _without_ipv6(dossier: Dossier, now: datetime, rules: RuleSet) -> Iterator[Finding]:
    """APP-03, its half about IPv6: whether papers of 等级保护 are there is no page's to tell."""
    rule, account, profile = rules.active("APP-03"), dossier.account, dossier.profile
    if rule is None or account.platform != APP or account.filed_state is not FiledState.ACTIVE:
        return
    traits = (profile.traits if profile else None) or {}
    as_of = _no_record_as_of(dossier, rules) if traits.get(HOST) == "no" else None
    if as_of is None or dossier.profile_since is None or exempt(account, rule.rule, now):
        return
    yield Finding(
        rule=rule.rule,
        account=account.key,
        subject=HOST,
        level=rule.level,
        article=rule.article,
        as_of=as_of,
        facts={
            "window": [dossier.profile_since.isoformat(), as_of.isoformat()],
            "since": dossier.profile_since.isoformat(),
            "host": traits.get("ipv6_host", ""),
        },
    )


def _no_record_as_of(dossier: Dossier, rules: RuleSet) -> datetime | None:
    """The reading up to which the host is proved to have had no such record, None where it is not.

    The face has said so since `profile_since`, or longer. Where the last reading did not ask, the
    finding stands as of its beginning, which keeps an open case and opens none.
    """
    since, sight = dossier.profile_since, dossier.sight
    last = sight.last_reading_at
    if since is None or last is None:
        return None
    asked = any(look.source == ASKED_BY and look.result == "partial" for look in sight.looks)
    if asked and sight.last_success_at == last:
        return last if last - since >= rules.no_ipv6 else None
    return since if last - since > max(rules.no_ipv6, rules.recent) else None
