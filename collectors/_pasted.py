"""Post pages whose links people paste: read each, keep what is the account's.

PARTIAL by nature: a page proves that a post was published, never that nothing followed. A post that
cannot be shown is no dead account.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, TypeVar

from collectors._whose import Match, main_id, match, owner_of
from watcher.model import (
    CollectError,
    Coverage,
    Fetch,
    Post,
    Profile,
    Sighting,
    Source,
    Trouble,
)

MOST_LINKS = 10  # read in one go; the last pasted ones
_ANY = re.compile(r"https?://[^\s\"'<>，。；）)】]{4,600}")


@dataclass(frozen=True, slots=True)
class Shown:
    """One post page: the post, its author's ids and face."""

    post: Post
    ids: frozenset[str]
    profile: Profile


Reader: TypeAlias = Callable[[str, Source, Fetch], Awaitable[Shown]]
T = TypeVar("T")


def worst_of(troubles: Sequence[CollectError]) -> CollectError:
    """What to report of several: a wall, else the first."""
    return next((each for each in troubles if each.trouble is Trouble.BLOCKED), troubles[0])


async def read_each(
    links: Iterable[str],
    read: Callable[[str], Awaitable[T]],
    worst: Callable[[Sequence[CollectError]], CollectError] = worst_of,
) -> list[T]:
    """What could be read of these links. Raises CollectError where that is nothing.

    A wall ends it: the next link would only annoy it; "later" counts for all.
    """
    found: list[T] = []
    troubles: list[CollectError] = []
    for link in links:
        try:
            found.append(await read(link))
        except CollectError as error:
            if error.retry_after is not None:
                raise
            troubles.append(error)
            if error.trouble is Trouble.BLOCKED:
                break
    if not found:
        raise worst(troubles)
    return found


async def read_pasted(
    source: Source, fetch: Fetch, mine: re.Pattern[str], read: Reader, *ids: str
) -> Sighting:
    """The posts behind `settings.links`; `ids` are settings with other ids of the account.

    Raises CollectError where none of them could be read.
    """

    async def one(link: str) -> Shown:
        return _own(await read(link, source, fetch), source, *ids)

    shown = await read_each(links_in(source.settings, mine), one)
    newest = max(shown, key=lambda each: each.post.at)
    posts = {each.post.id: each.post for each in shown if each.ids == newest.ids or source.handle}
    profile = replace(newest.profile, handle=source.handle or main_id(newest.ids))
    return Sighting(profile, tuple(posts.values()), Coverage.PARTIAL)


def links_in(settings: Mapping[str, Any], mine: re.Pattern[str]) -> tuple[str, ...]:
    """The addresses among what was pasted, a list or text, each once, as https.

    Raises UNREADABLE where there is none.
    """
    every = (re.sub("^http:", "https:", link) for link in _ANY.findall(pasted_text(settings)))
    found = dict.fromkeys(link for link in every if mine.match(link))
    if not found:
        raise CollectError(Trouble.UNREADABLE, "settings.links holds no link of this platform")
    return tuple(found)[-MOST_LINKS:]


def pasted_text(settings: Mapping[str, Any]) -> str:
    """What was pasted, a list or text, as one text."""
    pasted = settings.get("links")
    rows = pasted if isinstance(pasted, list | tuple) else [pasted]
    return "\n".join(row for row in rows if isinstance(row, str))


def _own(shown: Shown, source: Source, *ids: str) -> Shown:
    """Raises UNREADABLE where the post is not provably the account's.

    A source without handle and name asks whose it is: the profile then tells.
    """
    owner = owner_of(source, *ids)
    if (owner.ids or owner.name) and match(owner, shown.ids, shown.profile.name) is Match.NONE:
        name = shown.profile.name
        raise CollectError(Trouble.UNREADABLE, f"wrong account: a post of {name[:40]!r}")
    return shown


def settle(source: Source, urls: tuple[str, ...]) -> Source:
    """The links of a recording are its pages, where nothing else is said."""
    if source.settings.get("links"):
        return source
    return replace(source, settings={**source.settings, "links": list(urls)})


def recogniser(collector: str, mine: re.Pattern[str]) -> Callable[[str], Source | None]:
    """For `Collector.recognise`: a source of one pasted link; whose it is, the caller knows."""

    def recognise(url: str) -> Source | None:
        link = re.sub("^http:", "https:", url.strip())
        return Source(collector, "", {"links": [link]}) if mine.match(link) else None

    return recognise
