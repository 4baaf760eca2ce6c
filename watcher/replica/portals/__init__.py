"""The portals of the filing form: platforms whose accounts are plain pages or plain JSON."""

from __future__ import annotations

from collections.abc import Mapping

from watcher.replica.portals import (
    baidu,
    bilibili,
    dayu,
    kuaishou,
    meipian,
    netease,
    people,
    qq_news,
    sohu,
    southcn,
    thepaper,
    toutiao,
    weishi,
    xiaohongshu,
    yidian,
)
from watcher.replica.portals.common import Portal

PORTALS: Mapping[str, Portal] = {
    module.PORTAL.key: module.PORTAL
    for module in (
        baidu,
        bilibili,
        dayu,
        kuaishou,
        meipian,
        netease,
        people,
        qq_news,
        sohu,
        southcn,
        thepaper,
        toutiao,
        weishi,
        xiaohongshu,
        yidian,
    )
}
