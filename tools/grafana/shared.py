"""Panels and columns that several dashboards show in the same way."""

from __future__ import annotations

from collections.abc import Sequence

from tools.grafana import queries as q
from tools.grafana.looks import (
    ANY_BLUE,
    ANY_GREY,
    ANY_ORANGE,
    ANY_RED,
    ANY_YELLOW,
    GREEN,
    GREY,
    SEEN_WELL,
    STATES,
    between,
    from_zero,
    level_words,
)
from tools.grafana.panels import DAY, Column, Curves, Link, Panel, lines, stat, table
from watcher.console.page import CONDITIONS

CASE = Link("打开问题", "${console:raw}/cases/${__data.fields.case}")
ACCOUNT = Link("打开账号", "${console:raw}/accounts/${__data.fields.account:percentencode}")
OFFICE = Link(
    "打开该单位的面板",
    "/d/shouwang-office?var-office=${__data.fields.office:percentencode}&${console:queryparam}",
    leaves=False,
)


def listed(state: str) -> Link:
    """The status page with the accounts of one state."""
    return Link("打开账号清单", f"${{console:raw}}/?state={state}#accounts")


BLIND_NOTE = "“未能采集”不等于未更新：看不到的账号不作更新类判断，请连同采集覆盖率一起看。"


def standing(where: str = q.CHOSEN) -> Sequence[tuple[int, Panel]]:
    """How the accounts stand: six numbers, with the coverage beside them."""
    every = stat("账号总数", "登记在册并监测的账号。", q.accounts(where=where), link=listed(""))
    share = stat(
        "采集覆盖率",
        "看得到的账号占应更新账号的比例。" + BLIND_NOTE,
        q.coverage(where=where),
        "percentunit",
        SEEN_WELL,
        decimals=1,
    )
    told = {
        "fresh": ("正常", "近 10 日内有更新。", from_zero((1, GREEN))),
        "near": ("临界", "距上次更新满 10 日，未满 14 日（UPD-03）。", ANY_ORANGE),
        "overdue": ("超期", "已满 14 日未见更新（UPD-04）；以采集完整的账号为限。", ANY_RED),
    }
    states: list[tuple[int, Panel]] = [
        (
            4,
            stat(title, about, q.accounts(state, where=where), steps=steps, link=listed(state)),
        )
        for state, (title, about, steps) in told.items()
    ]
    unseen = stat(
        "未能采集",
        "超过 12 小时没有完整采集到，或从未采集到。" + BLIND_NOTE,
        q.accounts(q.UNSEEN, where=where),
        steps=ANY_GREY,
        link=listed("blind"),
    )
    return [(4, every), *states, (4, unseen), (4, share)]


def over_time(where: str = q.CHOSEN) -> Sequence[tuple[int, Panel]]:
    """The same over time: how many in which state, and beside it how much was seen."""
    by_state = lines(
        "账号状态的变化",
        "每一时刻各状态的账号数。灰色为未能采集，不表示未更新。",
        [(q.total(q.ACCOUNTS, "state", where=where), "{{state}}")],
        Curves(
            unit="none",
            stacked=True,
            names={state: (CONDITIONS[state], colour) for state, colour in STATES.items()},
        ),
    )
    seen = lines(
        "采集覆盖率的变化",
        "覆盖率低的时段，左图的超期数不完整。",
        [(q.coverage(where=where), "采集覆盖率")],
        Curves(unit="percentunit", most=1, names={"采集覆盖率": ("采集覆盖率", GREY)}),
    )
    return [(14, by_state), (10, seen)]


def census(title: str, about: str, by: str, first: Sequence[Column], where: str) -> Panel:
    """One row for each office or platform: how its accounts stand, and how much of them is seen."""
    asked = [
        q.named(q.accounts("", by, where=where), by),
        *(
            q.named(q.accounts(state, by, where=where), by)
            for state in ("fresh", "near", "overdue", q.UNSEEN, "ended")
        ),
        q.named(q.coverage(by, where=where), by),
    ]
    return table(title, about + BLIND_NOTE, asked, [*first, *COUNTS], sort=("超期", True))


COUNTS = (
    Column("A", "账号", "none", width=70),
    Column("B", "正常", "none", steps=from_zero((1, GREEN)), width=70),
    Column("C", "临界", "none", steps=ANY_ORANGE, width=70),
    Column("D", "超期", "none", steps=ANY_RED, width=70),
    Column("E", "未能采集", "none", steps=ANY_GREY, width=90),
    Column("F", "已停办", "none", width=80),
    Column("G", "采集覆盖率", "percentunit", steps=SEEN_WELL, decimals=0, width=110),
)
LEVEL = Column("level", "级别", words=level_words(), width=70)


def levels(by: str, where: str) -> Sequence[str]:
    """Open cases by level and the terms that are due, one query for each column of TERMS."""
    each = (
        'level="red"',
        'level="orange"',
        'level="yellow"',
        'level="blue"',
        'term="late"',
        'term="today"',
    )
    return [q.named(q.case_column(what, by, where=where), by) for what in each]


TERMS = (
    Column("A", "红", "none", steps=ANY_RED, width=60),
    Column("B", "橙", "none", steps=ANY_ORANGE, width=60),
    Column("C", "黄", "none", steps=ANY_YELLOW, width=60),
    Column("D", "蓝", "none", steps=ANY_BLUE, width=60),
    Column("E", "已过期限", "none", steps=ANY_RED, width=90),
    Column("F", "今日到期", "none", steps=ANY_ORANGE, width=90),
)


def case_rows(title: str, about: str, which: str) -> Panel:
    """Open cases one by one (which ones: an expression over shouwang_case_info)."""
    # The term ends with its last day, so its moment is the next midnight: a minute less is the day.
    term = "(shouwang_case_due_timestamp_seconds - 60) * 1000"
    about_it = "rule, level, account, name, platform, office"
    expr = f"({term}) * on (case) group_left ({about_it}) ({which}) or on (case) 0 * ({which})"
    return table(
        title,
        about + "点“问题”打开其页面与证据，点“账号编号”打开其档案。",
        [q.named(f"max by (case, {about_it}) ({expr})", "rule", "platform", "office")],
        [
            LEVEL,
            Column("case", "问题", link=CASE, width=80),
            Column("rule_name", "规则"),
            Column("name", "账号"),
            Column("platform_name", "平台", width=120),
            Column("office_name", "日常主管单位"),
            Column("A", "期限至", DAY, words=[between(0, 0, "未设期限")], width=110),
            Column("account", "账号编号", link=ACCOUNT, width=170),
            *(Column(each, each, hidden=True) for each in ("platform", "office")),
            Column("rule", "规则编号", hidden=True),
        ],
        sort=("期限至", False),
        nothing=q.OFF,
    )
