"""What the readings prove: how long an account has been silent, and by which pages.

Only [covered_from, covered_to] may prove that nothing was posted. `now` appears nowhere here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from watcher.calendar import midnight
from watcher.model import ATTEST, Account, Dossier, PageRef, Post
from watcher.rules.ruleset import RuleSet

DAY = timedelta(days=1)
AHEAD = DAY  # a post dated further ahead of its reading than this is no update


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing was published in (since, as_of]: every post of that stretch would be known.

    `at_least`: the silence may have begun before `since`, where we did not see.
    """

    since: datetime
    as_of: datetime
    post: Post | None  # the last update known; None: none ever seen
    at_least: bool

    @property
    def age(self) -> timedelta:
        return self.as_of - self.since


def silence(dossier: Dossier, rules: RuleSet) -> Silence | None:
    """The proven silence up to the last complete reading; None where nothing is proven."""
    sight = dossier.sight
    as_of, covered_from = sight.covered_to, sight.covered_from
    if as_of is None:
        return None
    post = last_update(dossier, rules)
    if post is None:
        begun = _begun(dossier)
    elif covered_from is not None and post.latest < covered_from:
        begun = covered_from, True
    else:
        begun = post.latest, False
    if begun is None or begun[0] >= as_of:
        return None
    return Silence(begun[0], as_of, post, begun[1])


def last_update(dossier: Dossier, rules: RuleSet) -> Post | None:
    """The latest post that counts as an update; one dated in the future does not."""
    sight = dossier.sight
    seen = max(filter(None, (sight.last_reading_at, sight.covered_to)), default=None)
    if sight.last_post is not None and _counts(sight.last_post, rules, seen):
        return sight.last_post
    return max(
        (each.post for each in dossier.posts if _counts(each.post, rules, seen)),
        key=lambda post: post.latest,
        default=None,
    )


def _counts(post: Post, rules: RuleSet, seen: datetime | None) -> bool:
    return (rules.reposts_count or not post.repost) and (seen is None or post.at <= seen + AHEAD)


def _begun(dossier: Dossier) -> tuple[datetime, bool] | None:
    """Where the silence of an account without any update begins, and whether that is a bound."""
    sight = dossier.sight
    if dossier.posts or sight.last_post is not None:
        # Posts that do not count: the oldest one kept bounds what we can say.
        oldest = min((each.post.at for each in dossier.posts), default=None)
        known = oldest or (sight.last_post.latest if sight.last_post else None)
        return max(filter(None, (known, sight.covered_from))), True
    if sight.covered_from is not None:
        return sight.covered_from, True
    born = born_on(dossier.account)
    if born is not None:
        return midnight(born + DAY), False
    return (sight.watched_since, True) if sight.watched_since else None


def born_on(account: Account) -> date | None:
    """The day from which an account owes updates: opened and approved, whichever is later."""
    return max(filter(None, (account.opened_on, account.approved_on)), default=None)


# -- facts: JSON values, moments as ISO 8601 in UTC ------------------------------------------


def proof(dossier: Dossier, silent: Silence) -> dict[str, Any]:
    """The facts every finding about silence carries."""
    sight = dossier.sight
    return {
        "as_of": silent.as_of.isoformat(),
        "window": [silent.since.isoformat(), silent.as_of.isoformat()],
        "age_days": silent.age // DAY,
        "days": silent.age // DAY,
        "at_least": silent.at_least,
        "last_post": None if silent.post is None else post_facts(silent.post),
        "covered_from": sight.covered_from.isoformat() if sight.covered_from else None,
        "covered_to": silent.as_of.isoformat(),
        "reading": reading_facts(dossier),
    }


def post_facts(post: Post) -> dict[str, Any]:
    return {
        "id": post.id,
        "at": post.at.isoformat(),
        "latest": post.latest.isoformat(),
        "title": post.title,
        "url": post.url,
        "repost": post.repost,
        "day_only": post.day_only,
    }


def reading_facts(dossier: Dossier) -> dict[str, Any]:
    """The last complete reading: which source, which bytes, when.

    Where a person vouches for it: who, when, until when, and the hash of the evidence.
    """
    sight = dossier.sight
    pages = [page_facts(page) for page in sight.pages]
    if not sight.attested_by:
        return {"source": sight.source, "pages": pages}
    until = sight.attested_until
    attested = {
        "by": sight.attested_by,
        "at": sight.pages[0].at.isoformat(),
        "until": until.isoformat() if until else None,
        "evidence": sight.pages[0].sha256,
    }
    return {"source": ATTEST, "pages": pages, "attested": attested}


def page_facts(page: PageRef) -> dict[str, Any]:
    return {
        "url": page.url,
        "status": page.status,
        "sha256": page.sha256,
        "at": page.at.isoformat(),
    }
