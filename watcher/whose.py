"""Whether a page is of this account: by ids where they can be compared, else by the filed name.

Two ids of one kind that differ are two accounts, whatever their names say.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from collectors._whose import differ
from watcher.model import Account, Coverage, Failure, Outcome, Profile, Snapshot, Trouble

_GH = re.compile(r"gh_\w{5,30}")
_BIZ = re.compile(r"M[0-9A-Za-z+/]{7,39}={0,2}")
_IDS = ("biz", "gh", "alias", "appid", "user_id", "eid", "uid", "sec_uid", "mid", "suid", "app_id")


def same_account(one: Profile, other: Profile) -> bool:
    """Whether two sources of one account show the same account."""
    if one.handle and one.handle == other.handle:
        return True
    if _differ(frozenset({one.handle}), frozenset({other.handle})):
        return False
    return not one.name or not other.name or plain(one.name) == plain(other.name)


def belongs(account: Account, author: Profile) -> bool:
    """Whether a post of this author is the account's: his id is one of its own, else his name is
    the filed one and no id says otherwise."""
    ids = ids_of(account)
    if author.handle in ids:
        return True
    if _differ(ids, frozenset({author.handle})):
        return False
    return bool(author.name.strip()) and author.name.strip() == account.name.strip()


def ids_of(account: Account) -> frozenset[str]:
    """Every id by which the register knows an account."""
    return frozenset(each for each in (account.platform_id, *_given(account)) if each)


def disowned(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """The outcomes, where a part that shows another account than the complete one saw nothing.

    No post is lost by it that a complete list would not show.
    """
    if len(outcomes) < 2:
        return list(outcomes)
    seen = (o for o in outcomes if isinstance(o, Snapshot))
    lists = (o.sighting for o in seen if o.sighting.coverage is Coverage.COMPLETE)
    face = next((sighting.profile for sighting in lists), None)
    return [outcome if face is None else _disown(outcome, face) for outcome in outcomes]


def _disown(outcome: Outcome, face: Profile) -> Outcome:
    if isinstance(outcome, Failure) or outcome.sighting.coverage is Coverage.COMPLETE:
        return outcome
    shown = outcome.sighting.profile
    if shown is None or same_account(face, shown):
        return outcome
    at, source, seen = outcome.at, outcome.source, outcome.pages
    who = f"{shown.name} ({shown.handle}), not {face.name} ({face.handle})"
    detail = f"shows another account: {who}"[:500]
    return Failure(outcome.account, at, Trouble.UNREADABLE, detail, source, seen)


def _given(account: Account) -> Iterator[str]:
    for source in account.sources:
        yield source.handle
        settings: Mapping[str, object] = source.settings
        yield from (str(settings[name]) for name in _IDS if isinstance(settings.get(name), str))


def _differ(mine: frozenset[str], theirs: frozenset[str]) -> bool:
    """As of every platform; WeChat knows an account by gh_… and by a __biz, never equal."""
    for form in (_GH, _BIZ):
        here = {each.rstrip("=") for each in mine if form.fullmatch(each)}
        there = {each.rstrip("=") for each in theirs if form.fullmatch(each)}
        if here and there and not here & there:
            return True
    return differ(mine, theirs)


def plain(name: str) -> str:
    """A name without what does not tell two accounts apart: width, case and spaces."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
