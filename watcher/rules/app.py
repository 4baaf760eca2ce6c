"""APP-01: can people still get the app? 《政府网站与政务新媒体检查指标》.

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
APP = "app"  # the account type of the filing form
_UNANSWERED = (Trouble.BLOCKED, Trouble.UNREACHABLE, Trouble.UNREADABLE)


def judge_app(dossier: Dossier, now: datetime, rules: RuleSet) -> Iterator[Finding]:
    """APP-01, as far as the readings of an app prove it."""
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
