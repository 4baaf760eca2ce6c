"""The end of an account, on paper and in its own words. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from watcher.calendar import midnight
from watcher.filings import Filing, FilingKind, FilingStep, step_of
from watcher.model import Dossier, FiledState, Finding, Level, Post, StoredPost
from watcher.rules.evidence import AHEAD, reading_facts
from watcher.rules.ruleset import Rule, RuleSet

DAY = timedelta(days=1)


# -- notices and posts ---------------------------------------------------------------------------


def notice_of(dossier: Dossier, rules: RuleSet) -> Post | None:
    """The last post, where it says that the account ends."""
    post = dossier.sight.last_post
    return post if post is not None and is_notice(post, rules) else None


def is_notice(post: Post, rules: RuleSet) -> bool:
    """Whether a post's title says that the account ends; somebody else's notice does not."""
    return not post.repost and bool(post.title) and _says_so(post.title, rules)


def _says_so(title: str, rules: RuleSet) -> bool:
    found = _phrases(rules.notice_phrases).search(title)
    if found is None:
        return False
    return not rules.not_notices or _phrases(rules.not_notices).search(title) is None


@lru_cache(maxsize=8)
def _phrases(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the phrases; `…` in one stands for a few characters."""
    words = (".{0,12}".join(map(re.escape, each.split("…"))) for each in phrases)
    return re.compile("|".join(words) or "(?!)")


def posts_since(dossier: Dossier, day: date, rules: RuleSet) -> tuple[StoredPost, ...]:
    """The posts published after a day, the newest first; notices and dates ahead do not count."""
    begins = midnight(day + DAY)
    return tuple(
        stored
        for stored in dossier.posts
        if begins <= stored.post.at <= stored.first_seen + AHEAD
        and (rules.reposts_count or not stored.post.repost)
        and not is_notice(stored.post, rules)
    )


# -- paper ---------------------------------------------------------------------------------------

CLOSING = (FilingKind.SUSPEND, FilingKind.DEREGISTER)
AGREED = (FilingStep.APPROVED, FilingStep.NOTICE, FilingStep.CARRIED_OUT, FilingStep.FILED)
_OVER = (FilingStep.REJECTED, FilingStep.WITHDRAWN)


def filing_of(dossier: Dossier, *kinds: FilingKind) -> Filing | None:
    """The newest filing of these kinds that was neither rejected nor withdrawn."""
    filings = dossier.paper.filings if dossier.paper else ()
    return next((f for f in filings if f.kind in kinds and step_of(f) not in _OVER), None)


def ended_on(dossier: Dossier) -> date | None:
    """The day on which the account was suspended or deregistered, as paper says; None: unknown."""
    wanted = FilingKind.SUSPEND
    if dossier.account.filed_state is FiledState.DEREGISTERED:
        wanted = FilingKind.DEREGISTER
    filing = filing_of(dossier, wanted)
    return filing.carried_out_on if filing else None


def unagreed(
    dossier: Dossier, kinds: tuple[FilingKind, ...] = CLOSING
) -> tuple[bool, Filing | None]:
    """Whether nobody has agreed to the end of the account, and the application that runs."""
    filings = dossier.paper.filings if dossier.paper else ()
    reopened = next((f for f in filings if f.kind is FilingKind.OPEN and f.carried_out_on), None)
    for filing in filings:
        if filing is reopened:
            break
        if filing.kind in kinds and step_of(filing) in AGREED:
            return False, filing
    running = filing_of(dossier, *kinds)
    return True, running if running and step_of(running) not in AGREED else None


def filing_facts(filing: Filing | None) -> dict[str, Any]:
    """Which application runs, and how far it is."""
    if filing is None:
        return {"filing": None}
    return {"filing": filing.key, "filing_kind": filing.kind.value, "step": step_of(filing).value}


def told(
    rule: Rule,
    dossier: Dossier,
    subject: str,
    as_of: datetime,
    facts: Mapping[str, Any],
    level: Level | None = None,
) -> Finding:
    """A finding of these families: what they all say, and what this one adds."""
    account = dossier.account
    common = {"filed_state": account.filed_state.value, "reading": reading_facts(dossier)}
    return Finding(
        rule=rule.rule,
        account=account.key,
        subject=subject,
        level=level or rule.level,
        article=rule.article,
        as_of=as_of,
        facts={**common, **facts},
    )
