"""The replica as one pure function: a world, a question, a moment, an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeAlias

from watcher.replica import (
    baijiahao,
    douyin,
    feed,
    govsite,
    openapi,
    pictures,
    search,
    wechat,
    weibo,
)
from watcher.replica.surfaces import PORTALS
from watcher.replica.web import BAD_GATEWAY, NOT_FOUND, Answer, Ask
from watcher.replica.world import World

Platform: TypeAlias = Callable[[World, Ask, datetime], Answer]

_PLATFORMS: Mapping[str, tuple[tuple[str, ...], Platform]] = {
    "weibo": (weibo.HOSTS, weibo.answer),
    "wechat": (wechat.HOSTS, wechat.answer),
    "douyin": (douyin.HOSTS, douyin.answer),
    "feed": (feed.HOSTS, feed.answer),
    "govsite": (govsite.HOSTS, govsite.answer),
    **{key: (portal.hosts, portal.answer) for key, portal in PORTALS.items()},
}

_BY_HOST: Mapping[str, tuple[str, Platform]] = {
    **{host: (platform, ask) for platform, (hosts, ask) in _PLATFORMS.items() for host in hosts},
    **dict.fromkeys(baijiahao.HOSTS, (baijiahao.KEY, baijiahao.answer)),
    **openapi.HOSTS,
}

HOSTS = (*_BY_HOST, *search.HOSTS)  # every host the replica speaks for


def answer(world: World, ask: Ask, now: datetime) -> Answer:
    """What the public internet would say to this request at that moment."""
    known = openapi.at(ask) or search.at(ask) or _BY_HOST.get(ask.host)
    if known is None and pictures.serves(ask.host):
        return pictures.answer(world, ask, now)
    if known is None:
        return NOT_FOUND
    platform, reply = known
    return BAD_GATEWAY if world.is_out(platform, now) else reply(world, ask, now)


def origins(base_url: str) -> Mapping[str, str]:
    """The `origins:` map that sends every host of the replica to one base URL."""
    return dict.fromkeys((*HOSTS, *sorted(pictures.HOSTS)), base_url.rstrip("/"))
