"""值守日报 in words: that the watch lives, how much it saw, and what it did not see. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from alerts.escape import inert
from alerts.hours import RANK, beijing
from alerts.words import LEVELS, TROUBLES, day_text, moment_text, platform_name
from watcher.model import Trouble
from watcher.store.duty import SEEN, Duty, Watched

NAMED = 8  # accounts of a platform that are named
SMS = 70


@dataclass(frozen=True, slots=True)
class Around:
    """What else there is to say, as it stands now. `platforms` are those not fully to be seen:
    name, how they stand, since when. `searches` count protected names."""

    version: str
    next_year: int
    announced: bool  # the working days of that year
    platforms: Sequence[tuple[str, str, datetime]] | None = ()  # None: not known
    searches: Mapping[str, int] = field(default_factory=dict)  # word: how many
    silences: int = 0
    evidence_bytes: int = 0
    evidence_most: int = 0
    disk: tuple[int | None, int | None] = (None, None)  # size and free bytes
    database_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Said:
    title: str
    body: str
    short: str


def duty_words(duty: Duty, around: Around, now: datetime) -> Said:
    """The report of some days, written now."""
    unread = [each for each in duty.accounts if each.state == "unread"]
    waiting, still = duty.letters.get("waiting", 0), sum(duty.still_open.values())
    lines = [
        f"【值守日报】守望在运行。统计{_days(duty.since, duty.until)}，生成于{moment_text(now)}。",
        _accounts(duty.accounts),
        *_unread(unread),
        _platforms(around),
        _readings(duty),
        *_idle(duty.idle),
        _searches(around.searches),
        f"问题：立案{duty.opened}个，结束{duty.closed}个，现未结{still}个{_levels(duty)}。",
        _letters(duty.letters, around.silences),
        _calendar(around),
        _room(around),
        f"版本{around.version}。",
        "本报每个工作日9时必发。到时没有收到，即应视为守望或消息通道已停，"
        "请按处置手册“值守日报未到”一节检查。",
    ]
    short = (
        f"【值守日报】守望在运行：账号{len(duty.accounts)}个，未读到{len(unread)}个，"
        f"未结问题{still}个，待发{waiting}条。"
    )
    missing = f"，{len(unread)}个账号未读到" if unread else ""
    title = f"【值守日报】{day_text(beijing(now).date())}守望在运行{missing}"
    return Said(title, "\n".join(lines), short[:SMS])


def _days(since: date, until: date) -> str:
    if since == until:
        return f"{day_text(since)}全天"
    return f"{day_text(since)}至{day_text(until)}（{(until - since).days + 1}天）"


def _accounts(accounts: Sequence[Watched]) -> str:
    if not accounts:
        return "账号：统计期内没有在办账号，什么也没有监测。"
    count = Counter(each.state for each in accounts)
    parts = [f"读到{count['seen']}个"]
    if count["vouched"]:
        parts.append(f"由人工核验担保{count['vouched']}个")
    if count["gone"]:
        parts.append(f"平台答不存在或已封禁{count['gone']}个")
    parts.append(f"未读到{count['unread']}个")
    return f"账号：在办{len(accounts)}个，{'，'.join(parts)}。"


def _unread(unread: Sequence[Watched]) -> Iterator[str]:
    """Which accounts were not seen, by platform; nothing is claimed of them."""
    if not unread:
        return
    by_platform: dict[str, list[str]] = {}
    for each in unread:
        by_platform.setdefault(each.platform, []).append(inert(each.name, 24))
    parts = []
    for platform, names in sorted(by_platform.items(), key=lambda pair: -len(pair[1])):
        more = "等" if len(names) > NAMED else ""
        listed = "、".join(names[:NAMED])
        parts.append(f"{platform_name(platform)}{len(names)}个（{listed}{more}）")
    yield f"没有看到：{'；'.join(parts)}。没有看到不等于没有更新，对这些账号不作更新类判断。"


def _platforms(around: Around) -> str:
    if around.platforms is None:
        return "平台：状态不明，守望最近没有巡查过各平台。"
    if not around.platforms:
        return "平台：没有失明的平台。"
    parts = (f"{inert(name, 20)}{how}（自{moment_text(at)}）" for name, how, at in around.platforms)
    return f"平台：{'；'.join(parts)}。"


def _readings(duty: Duty) -> str:
    made = sum(duty.readings.values())
    seen = sum(duty.readings.get(name, 0) for name in SEEN)
    troubles = [
        f"{TROUBLES[trouble]}{number}"
        for trouble in Trouble
        if (number := duty.readings.get(trouble.value, 0))
    ]
    failed = f"，未读到{made - seen}次（{'、'.join(troubles)}）" if troubles else ""
    return f"采集{made}次，读到{seen}次{failed}；首次见到的信息{duty.posts}条。"


def _idle(days: Sequence[date]) -> Iterator[str]:
    if days:
        said = "、".join(day_text(day) for day in days[:10])
        yield f"没有任何采集的日子：{said}。这些天守望可能没有运行，什么也没有看到。"


def _searches(searches: Mapping[str, int]) -> str:
    if not searches:
        return "仿冒检索：未启用或尚未开始，不能说明没有仿冒。"
    said = "，".join(f"{word}{number}项" for word, number in searches.items())
    return f"仿冒检索（受保护名称×平台）：{said}；未检索不等于没有仿冒。"


def _levels(duty: Duty) -> str:
    ordered = sorted(duty.still_open, key=lambda level: -RANK[level])
    said = "、".join(f"{LEVELS[level]}{duty.still_open[level]}" for level in ordered)
    return f"（{said}）" if said else ""


def _letters(letters: Mapping[str, int], silences: int) -> str:
    said = (
        f"告知：送达{letters.get('delivered', 0)}条，未能送达{letters.get('failed', 0)}条，"
        f"现待发{letters.get('waiting', 0)}条"
    )
    if restored := letters.get("restored", 0):
        said += f"，恢复备份后扣留待人放行{restored}条"
    if silences:
        said += f"；现有静默{silences}项，因此暂不发{letters.get('silenced', 0)}条待发告知"
    return f"{said}。"


def _calendar(around: Around) -> str:
    if around.announced:
        return f"日历：{around.next_year}年放假安排已载入。"
    return f"日历：{around.next_year}年放假安排尚未载入；国办公布后请写入 config/holidays。"


def _room(around: Around) -> str:
    total, free = around.disk
    disk = f"；磁盘剩余{free * 100 // total}%（{_bytes(free)}）" if total and free else ""
    most = f"，上限{_bytes(around.evidence_most)}" if around.evidence_most else ""
    evidence = f"证据{_bytes(around.evidence_bytes)}{most}"
    return f"存储：{evidence}；数据库{_bytes(around.database_bytes)}{disk}。"


def _bytes(size: int) -> str:
    for unit, one in (("GiB", 1 << 30), ("MiB", 1 << 20)):
        if size >= one:
            return f"{size / one:.1f}{unit}"
    return f"{size / 1024:.0f}KiB"
