"""When an invented office posts: deterministic, from a seed, in Beijing office hours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from watcher.replica.world import Item

ZONE = ZoneInfo("Asia/Shanghai")

HEADLINES = (
    "【便民提示】这些事项可以全程网办",
    "三亚今日天气：晴到多云，海上风力5级",
    "【权威发布】关于开展安全生产专项检查的通告",
    "一图读懂：营商环境优化若干措施",
    "【民生】新增公共停车位300个，位置看这里",
    "招聘信息：面向社会公开招聘工作人员",
    "【提醒】国庆期间景区预约指南",
    "台风蓝色预警信号解除",
    "我市召开专题会议部署近期重点工作",
    "【科普】如何防范电信网络诈骗",
    "关于部分路段交通管制的公告",
    "走进社区：家门口的健康义诊",
)


def headline(seed: str, number: int) -> str:
    return HEADLINES[Random(f"{seed}:{number}").randrange(len(HEADLINES))]


def office_moment(day: date, rng: Random) -> datetime:
    """A moment between 08:30 and 20:30 Beijing of that day, in UTC."""
    seconds = rng.randrange(12 * 3600)
    return datetime.combine(day, time(8, 30), ZONE).astimezone(UTC) + timedelta(seconds=seconds)


def regular(seed: str, first: date, last: date, every: float) -> tuple[Item, ...]:
    """Posts about every so many days, from first to last (inclusive), never at night."""
    return items(seed, _moments(Random(seed), first, last, every))


def _moments(rng: Random, first: date, last: date, every: float) -> Iterator[datetime]:
    day = float(rng.random() * every)
    while (on := first + timedelta(days=int(day))) <= last:
        yield office_moment(on, rng)
        day += every * (0.75 + rng.random() * 0.5)


def items(seed: str, moments: Iterable[datetime], notified: bool = True) -> tuple[Item, ...]:
    """Posts at these moments, one in eight a forward."""
    rng = Random(f"{seed}:kind")
    return tuple(
        Item(n, at, headline(seed, n), repost=rng.random() < 0.125, notified=notified)
        for n, at in enumerate(sorted(moments))
    )


def pinned(posts: tuple[Item, ...], number: int) -> tuple[Item, ...]:
    """The same posts with that one pinned for good."""
    return tuple(replace(p, pinned=True) if p.number == number else p for p in posts)
