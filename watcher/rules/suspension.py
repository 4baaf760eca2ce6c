"""SUS-01 to SUS-03: 关停 is to stop and to say so on the platform, after approval. 《办法》Art. 8.

An end to updates is proved by posts that were seen. So a case stands while the account is out of
sight or gone: that it cannot be read says nothing against what was read.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from watcher.calendar import Deadline, WorkCalendar, deadline, midnight
from watcher.filings import FilingKind
from watcher.model import Dossier, FiledState, Finding
from watcher.rules.closing import (
    ended_on,
    filing_facts,
    filing_of,
    is_notice,
    notice_of,
    posts_since,
    told,
    unagreed,
)
from watcher.rules.evidence import post_facts, silence
from watcher.rules.matrix import answering
from watcher.rules.observed import last_seen
from watcher.rules.ruleset import Rule, RuleSet, exempt

DAY = timedelta(days=1)
KEPT = 199 * DAY  # a dossier's posts reach back so far
NOTICE, POSTS = "notice", "posts"


def judge_suspension(
    dossier: Dossier, now: datetime, rules: RuleSet, cal: WorkCalendar
) -> Iterator[Finding]:
    """What is wrong with the end of an account's updates, on paper or on the platform."""
    filed = dossier.account.filed_state
    if filed is FiledState.ACTIVE and notice_of(dossier, rules) is not None:
        yield from _unfiled(dossier, now, rules)
    if filed is not FiledState.SUSPENDED:
        return
    day = ended_on(dossier)
    if day is None:
        return
    asked = answering(filed, last_seen(dossier, rules).states)
    if "SUS-02" in asked:
        yield from _unsaid(dossier, day, now, rules, cal)
    if "SUS-03" in asked:
        yield from _posting(dossier, day, now, rules)


def _rule(name: str, dossier: Dossier, now: datetime, rules: RuleSet) -> Rule | None:
    rule = rules.active(name)
    return None if rule is None or exempt(dossier.account, name, now) else rule


def _unfiled(dossier: Dossier, now: datetime, rules: RuleSet) -> Iterator[Finding]:
    """SUS-01: the last post says that the account ends, and nobody agreed to that."""
    rule, silent = _rule("SUS-01", dossier, now, rules), silence(dossier, rules)
    asked = answering(FiledState.ACTIVE, last_seen(dossier, rules).states)
    if rule is None or silent is None or silent.post is None or rule.rule not in asked:
        return
    alone, running = unagreed(dossier)
    if not alone:
        return
    facts = {
        "core": [silent.post.id, silent.post.title],
        "window": [silent.post.at.isoformat(), silent.as_of.isoformat()],
        "notice": post_facts(silent.post),
        **filing_facts(running),
    }
    yield told(rule, dossier, NOTICE, silent.as_of, facts)


def _unsaid(
    dossier: Dossier, day: date, now: datetime, rules: RuleSet, cal: WorkCalendar
) -> Iterator[Finding]:
    """SUS-02: suspended for some working days, all posts of that time known, none says so."""
    rule, filing = _rule("SUS-02", dossier, now, rules), filing_of(dossier, FilingKind.SUSPEND)
    due = deadline(cal, day, rules.notice_grace)
    if rule is None or filing is None or filing.notice_url or due.provisional:
        return
    as_of = _unsaid_as_of(dossier, day, due, now, rules)
    if as_of is None:
        return
    facts = {
        "core": [day.isoformat()],
        "window": [midnight(day).isoformat(), as_of.isoformat()],
        "suspended_on": day.isoformat(),
        "deadline": due.on.isoformat(),
        **filing_facts(filing),
    }
    yield told(rule, dossier, NOTICE, as_of, facts)


def _unsaid_as_of(
    dossier: Dossier, day: date, due: Deadline, now: datetime, rules: RuleSet
) -> datetime | None:
    """The reading that proves that no notice was posted; None where that is not proved.

    Where posts of that time are no longer kept it stands as of the term's end.
    """
    sight, silent = dossier.sight, silence(dossier, rules)
    begins, over = midnight(day) - rules.notice_lookback, midnight(due.on + DAY)
    last = sight.last_post
    posts = [each.post for each in dossier.posts if each.post.at >= begins]
    if silent is None or silent.as_of < over or any(is_notice(post, rules) for post in posts):
        return None
    if not all(post.title for post in posts) or (last is not None and not last.title):
        return None  # what a post without words shows, nobody knows
    if sight.covered_from is not None and sight.covered_from > begins:
        return None
    return over if begins < now - KEPT else silent.as_of


def _posting(dossier: Dossier, day: date, now: datetime, rules: RuleSet) -> Iterator[Finding]:
    """SUS-03: posted after the day of its suspension; until it has been quiet for a month."""
    rule, late = _rule("SUS-03", dossier, now, rules), posts_since(dossier, day, rules)
    if rule is None or not late:
        return
    last, known = late[0], dossier.sight.covered_to
    as_of = max(last.first_seen, known) if known is not None else last.first_seen
    if as_of - last.post.latest > rules.quiet:
        return
    facts = {
        "core": [day.isoformat(), last.post.id],
        "window": [last.post.at.isoformat(), as_of.isoformat()],
        "post": post_facts(last.post),
        "posts": len(late),
        "suspended_on": day.isoformat(),
        **filing_facts(filing_of(dossier, FilingKind.SUSPEND)),
    }
    yield told(rule, dossier, POSTS, as_of, facts)
