"""微信公众号 by the links its editors paste: `settings["links"]`, each an article page.

PARTIAL by nature: an article proves that it was published, never that nothing followed. A deleted
article is no dead account; only a page that speaks of the account itself says banned or gone, and
one readable article of the account outweighs it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from collectors import Collector, Need, Sure
from collectors._pasted import MOST_LINKS, pasted_text, read_each, settle, worst_of
from collectors._wechat import Identity, require_owner, wanted
from collectors._wechat_page import AccountError, Article, read_article, transfer_target
from watcher.model import (
    CollectError,
    Coverage,
    Fetch,
    Page,
    Post,
    Request,
    Sighting,
    Source,
    Trouble,
)

_LINK = re.compile(r"https?://mp\.weixin\.qq\.com/s[/?][^\s\"'<>]{4,600}")
_HEADERS = {"Referer": "https://mp.weixin.qq.com/"}


async def collect(source: Source, fetch: Fetch) -> Sighting:
    """Read the pasted links. Raises CollectError where none of them could be read."""

    async def one(link: str) -> Article:
        return await _article(link, source, fetch)

    articles = await read_each(_links(source.settings), one, _worst)
    newest = max(articles, key=lambda article: article.post.at)
    posts: dict[str, Post] = {article.post.id: article.post for article in articles}
    profile = replace(newest.profile, handle=source.handle or _known_as(newest, source))
    return Sighting(profile, tuple(posts.values()), Coverage.PARTIAL)


def _links(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """The addresses among what was pasted, each once, as https."""
    text = pasted_text(settings)
    found = dict.fromkeys(re.sub("^http:", "https:", link) for link in _LINK.findall(text))
    if not found:
        raise CollectError(Trouble.UNREADABLE, "settings.links holds no mp.weixin.qq.com/s link")
    return tuple(found)[-MOST_LINKS:]


async def _article(link: str, source: Source, fetch: Fetch) -> Article:
    page = await fetch(Request(link, headers=_HEADERS, mobile=True))
    try:
        article = read_article(page)
    except AccountError as error:
        article = await _migrated(page, error, source, fetch)
    _require_owner(article, source)
    return article


def _require_owner(article: Article, source: Source) -> None:
    """Raises UNREADABLE for another's article; of a link that was only pasted, nobody is asked
    about yet: it shows whose it is, and the caller compares."""
    if source.account_name or wanted(source) != Identity():
        require_owner(article.identity, source)


def _known_as(article: Article, source: Source) -> str:
    """The id of an article's account, of the kind by which the source knows it."""
    want, found = wanted(source), article.identity
    named = (found.gh if want.gh else "") or (found.alias if want.alias and not want.biz else "")
    return named or article.profile.handle


async def _migrated(page: Page, error: AccountError, source: Source, fetch: Fetch) -> Article:
    """The article at its new home, where the old one names it; else the trouble as it was."""
    target = transfer_target(page)
    if target is None:
        raise error
    try:
        article = read_article(
            await fetch(Request(re.sub("^http:", "https:", target), headers=_HEADERS, mobile=True))
        )
        _require_owner(article, source)
    except CollectError:
        raise error from None
    return article


def _worst(troubles: Sequence[CollectError]) -> CollectError:
    """What to report of several: the account's own end, then a wall, then the first."""
    ended = (error for error in troubles if isinstance(error, AccountError))
    return next(ended, None) or worst_of(troubles)


def recognise(url: str) -> Source | None:
    """A pasted link to an article, None for any other; whose it is, the caller knows."""
    link = re.sub("^http:", "https:", url.strip())
    found = _LINK.match(link)
    return Source("wechat_article", "", {"links": [found[0]]}) if found else None


collector = Collector(
    name="wechat_article",
    platform="wechat",
    paths=("/s",),
    hosts=frozenset({"mp.weixin.qq.com"}),
    collect=collect,
    coverage=Coverage.PARTIAL,
    needs=frozenset({Need.PERSON}),
    settle=settle,
    title="微信公众号单篇文章（人工粘贴链接）",
    forms=("wechat_subscription", "wechat_service"),
    sees=frozenset({"avatar", "verified"}),
    sure=Sure.CAPTURED,
    recognise=recognise,
)
