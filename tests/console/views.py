"""Views to look at: as many rows as wanted, with the names that strangers choose."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from watcher.console import (
    AccountRow,
    AccountView,
    AttestationRow,
    CaseRow,
    JobRow,
    LaneRow,
    Listed,
    LookRow,
    OutboxRow,
    PlatformRow,
    PostRow,
    View,
)
from watcher.model import Case, Finding, Level

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
LONG = "三亚市崖州湾科技城管理局（南海种业科技创新与海洋经济协同发展服务中心）政务新媒体" * 3
HOSTILE = '<script>alert("1")</script>&amp;\u202e{{ 7*7 }}'
LEVELS = (Level.RED, Level.ORANGE, Level.YELLOW, Level.BLUE, Level.OPERATOR)
STATES = ("overdue", "near", "fresh", "fresh", "fresh", "blind", "never")
NAMES = ("三亚发布", "天涯融媒", "崖州在线", "吉阳微讯", "海棠湾发布", LONG, HOSTILE)


def account(i: int) -> AccountRow:
    state = STATES[i % len(STATES)]
    blind = state in ("blind", "never")
    return AccountRow(
        key=f"weibo-{i}",
        name=NAMES[i % len(NAMES)],
        platform=("新浪微博", "微信订阅号", "抖音")[i % 3],
        unit="三亚市人民政府办公室" if i % 5 else LONG,
        condition=state,
        url=("https://weibo.com/u/1", "javascript:alert(1)")[i % 2],
        last_post_at=None if state == "never" else NOW - timedelta(days=i % 20, hours=3),
        last_post_title="关于做好国庆假期旅游服务保障工作的通知" * (1 + i % 4),
        last_reading_at=None if state == "never" else NOW - timedelta(minutes=7 * i),
        next_reading_at=NOW + timedelta(minutes=11 * i),
        source="" if state == "never" else ("weibo", "wechat_article", "douyin")[i % 3],
        trouble="验证码或限流" if blind else "",
        trouble_detail="the page asks for a captcha: " + "x" * 300 if state == "blind" else "",
    )


def case(i: int) -> CaseRow:
    row = account(i)
    finding = Finding(
        rule=f"UPD-0{1 + i % 6}",
        account=row.key,
        subject="",
        level=LEVELS[i if i < 5 else min(i // 40, 4)],
        article="《三亚市政务新媒体管理办法》第十二条",
        as_of=NOW - timedelta(minutes=5),
        facts={"days": i},
    )
    return CaseRow(
        case=Case(finding, NOW - timedelta(days=1), id=i + 1),
        account=row.name,
        platform=row.platform,
        unit=row.unit,
        fact=f"已连续 {i + 10} 天无新内容，最近更新《{row.last_post_title}》。",
        last_post_at=row.last_post_at,
        proof=tuple(f"{i}{n}".ljust(64, "a") for n in range(i % 5)),
    )


def platform(i: int) -> PlatformRow:
    blind = ("blind", "degraded", "unconfirmed", "live", "live", "closed")[i % 6]
    return PlatformRow(
        name=("新浪微博", "抖音", "腾讯微视", LONG, HOSTILE)[i % 5],
        lane=f"lane{i}",
        state=blind,
        since=NOW - timedelta(hours=3 * i),
        why="" if blind == "live" else "参照账号“人民日报”连续2次未能正常读到" * (1 + i % 4),
        canary=("人民日报", "", LONG, HOSTILE)[i % 4],
        canary_ok_at=NOW - timedelta(minutes=13 * i) if i % 3 else None,
        canary_trouble="验证码或限流" if blind == "blind" else "",
        accounts=7 * i,
        read=5 * i,
        failing=i if i % 2 else 0,
    )


def view(rows: int) -> View:
    """A view with this many accounts and cases; none at all is a watch that just began."""
    if not rows:
        return View(NOW)
    return View(
        now=NOW,
        accounts=Listed([account(i) for i in range(rows)]),
        cases=[case(i) for i in range(rows)],
        lanes=[
            LaneRow("weibo", "open", 1, NOW + timedelta(seconds=6)),
            LaneRow("wechat", "cooling", 0, NOW + timedelta(minutes=15)),
            LaneRow("douyin", "probing", 1),
        ],
        platforms=[platform(i) for i in range(min(rows, 25))],
        jobs=[
            JobRow("dispatch", NOW, NOW + timedelta(seconds=5)),
            JobRow("deliver", NOW, NOW + timedelta(seconds=5), 3, "OSError: disk full " * 20),
            JobRow("digest"),
        ],
        outbox=[
            OutboxRow("三亚市政府办公室", 2, 31, 0, NOW - timedelta(minutes=9)),
            OutboxRow(LONG, 0, 5, 1, None, "errcode 310000: keywords not in content " * 9),
        ],
        version="0.1.0",
        notes=("演示：数据来自本机仿真平台，时间加速运行。",),
    )


def one_account(posts: int, name: str = LONG, number: int = 1) -> AccountView:
    """One account with this many posts, of which the page shows its share."""
    row = replace(account(5), name=name, attested="人工核验 · 2026-11-20 · 王五")
    titles = ("关于做好节前安全生产工作的通知", LONG * 2, HOSTILE)
    every = [
        PostRow(
            at=NOW - timedelta(hours=7 * i),
            title=titles[i % 3],
            source=("weibo", "人工核验", "粘贴链接（wechat_article）", "微信推送")[i % 4],
            first_seen=NOW - timedelta(hours=6 * i),
            url=("https://weibo.com/1/x", "javascript:alert(1)", "")[i % 3],
            day_only=i % 5 == 0,
            marks=("置顶", "转发", "已不见")[: i % 4],
        )
        for i in range(posts)
    ]
    return AccountView(
        now=NOW,
        row=row,
        register=[
            ("编号", row.key),
            ("访问链接", "https://weibo.com/u/1"),
            ("主办单位", LONG),
            ("备注", HOSTILE),
        ],
        known=[
            ("已知时段", "2026-10-01 08:00 至 2026-11-20 09:00"),
            ("异常说明", "x" * 400),
            ("所见简介", ""),
        ],
        looks=[
            LookRow("weibo", NOW, "验证码或限流", False, detail="captcha " * 60),
            LookRow("feed", NOW, "部分", True, 12, NOW - timedelta(days=3)),
            LookRow("browser_weibo", None, "未询问（前面的来源已完整）", False),
            LookRow("人工核验", NOW - timedelta(days=3), "完整", True, 1, None, HOSTILE),
        ],
        posts=every[(number - 1) * 100 : number * 100],
        posts_total=posts,
        attestations=[
            AttestationRow(
                "人工核验 · 2026-11-20 · 王五",
                NOW + timedelta(days=27),
                "cd" * 32,
                LONG + ".png",
                NOW - timedelta(days=4),
                HOSTILE,
                LONG,
            )
        ],
        cases=[case(i) for i in range(2)],
        version="0.1.0",
    )
