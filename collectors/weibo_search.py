"""新浪微博 user search with an operator's login. Guests may not search.

Guests get HTTP 200 with empty lists, so an empty list counts as "none found" only after the site
itself has said in the same reading that this session is logged in.
Settings: `cookie`, by reference: the Cookie header of a logged-in m.weibo.cn.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from collectors import Collector, Need, Sure
from collectors._search import escaped, hits, operator, wanted
from collectors._weibo import answer, mapping, sequence
from collectors._weibo_user import read_user
from watcher.model import CollectError, Fetch, Hits, Pace, Profile, Request, Source, Trouble

CONFIG = "https://m.weibo.cn/api/config"
INDEX = "https://m.weibo.cn/api/container/getIndex"


async def search(source: Source, fetch: Fetch) -> Hits:
    """The users that the site's own search lists first. Raises CollectError."""
    query = wanted(source)
    headers = {"MWeibo-Pwa": "1", "X-Requested-With": "XMLHttpRequest"}
    config = Request(CONFIG, headers=headers, session="operator", mobile=True)
    if mapping(answer(await fetch(config))).get("login") is not True:
        raise CollectError(Trouble.BLOCKED, "the operator's session is not logged in")
    container = escaped(f"100103type=3&q={query}&t=0")
    url = f"{INDEX}?containerid={container}&page_type=searchall"
    told = answer(await fetch(Request(url, headers=headers, session="operator", mobile=True)))
    if told is not None and "cards" not in told:
        raise CollectError(Trouble.UNREADABLE, "no cards in the answer")
    cards = sequence(mapping(told).get("cards"))
    rows = list(_rows(cards))
    if cards and not rows and not _says_none(cards):
        raise CollectError(Trouble.UNREADABLE, "cards, and no user among them")
    return hits(rows)


def _rows(cards: list[Any]) -> Iterator[Profile]:
    for card in map(mapping, cards):
        for item in (card, *map(mapping, sequence(card.get("card_group")))):
            row = read_user(item.get("user")) if item.get("user") else None
            if row is not None:
                yield row


def _says_none(cards: list[Any]) -> bool:
    """Whether nothing but the notice stands there that there is no result (card type 58)."""
    kinds = {
        item.get("card_type")
        for card in map(mapping, cards)
        for item in map(mapping, sequence(card.get("card_group")) or [card])
    }
    return kinds == {58}


searcher = Collector(
    name="weibo_search",
    platform="weibo",
    hosts=frozenset({"m.weibo.cn", "passport.weibo.cn", "passport.weibo.com"}),
    search=search,
    handshake=operator,
    pace=Pace(gap=30.0),
    needs=frozenset({Need.CREDENTIAL}),
    title="新浪微博用户搜索（操作员登录）",
    forms=("weibo",),
    sees=frozenset({"bio", "avatar", "verified", "verified_type", "verified_as", "followers"}),
    sure=Sure.UNCONFIRMED,
    risk="使用操作员本人登录的微博账号：该账号可能被平台限制或要求验证；登录一至七天失效，须人工更新",
)
