"""单位: one supervising office, its accounts and its open cases."""

from __future__ import annotations

from tools.grafana import queries as q
from tools.grafana import shared
from tools.grafana.board import Board, Row
from tools.grafana.looks import (
    ANY_BLUE,
    ANY_ORANGE,
    ANY_RED,
    BLUE,
    LEVEL_COLOURS,
    ORANGE,
    TERMS,
    condition_words,
    from_zero,
    words,
)
from tools.grafana.panels import MOMENT, Column, Curves, Link, Panel, lines, note, stat, table
from watcher.console.page import LEVELS

HELP = (
    "下面两张表逐个列出账号和问题，来自 `/metrics/accounts`，缺省不采集："
    "逐账号的序列多，且含账号名称。"
    "要开启：`watcher.yaml` 设 `metrics: {accounts: true}`，并启用 `prometheus.yml` 中的任务 "
    "`shouwang_accounts`。未开启时请点上面各数，到守望状态页查看清单。"
    "超出上限（`metrics.cap`）的不在表中。"
)


def board() -> Board:
    """The dashboard that a supervising office keeps open."""
    return Board(
        uid="shouwang-office",
        title="守望·单位",
        about="一个日常主管单位所管的账号、最近更新和未结问题。",
        one_office=True,
        by_platform=True,
        rows=[
            Row(4, [*shared.standing()]),
            Row(4, _cases_now()),
            Row(9, [(12, _by_platform()), (12, _by_rule())]),
            Row(9, [*shared.over_time()], "变化"),
            Row(8, [(24, _cases_over_time())]),
            Row(4, [(14, note("逐账号清单", HELP)), (5, _enabled()), (5, _left_out())], "逐账号"),
            Row(12, [(24, _accounts())]),
            Row(10, [(24, _each_case())]),
        ],
    )


def _cases_now() -> list[tuple[int, Panel]]:
    to = Link("打开问题清单", "${console:raw}/#cases")
    every = stat(
        "未结问题",
        "该单位所管账号与单位的未结问题；监测盲区等运维事项是监测方的，不计在内。",
        q.cases('level!="operator"'),
        link=to,
    )
    late = stat("已过期限", "期限已过、未反馈的。", q.cases('term="late"'), steps=ANY_RED, link=to)
    today = stat("今日到期", "期限为今天的。", q.cases('term="today"'), steps=ANY_ORANGE, link=to)
    answered = stat(
        "已反馈待复查", "单位已反馈整改。", q.cases('term="answered"'), steps=ANY_BLUE, link=to
    )
    silent = stat(
        "有更新类问题的账号",
        "有未结的 UPD-02 至 UPD-05 问题的账号；看不到的账号不在其中，请看“未能采集”。",
        q.known(q.total("shouwang_accounts_stale", where=q.CHOSEN)),
        steps=ANY_RED,
        link=shared.listed("overdue"),
    )
    drawn = stat("数据截至", "北京时间。", f"{q.DRAWN} * 1000", MOMENT)
    return [(4, every), (4, late), (4, today), (4, answered), (4, silent), (4, drawn)]


def _by_platform() -> Panel:
    first = [
        Column("platform_name", "平台", link=shared.listed("")),
        Column("platform", "代码", hidden=True),
    ]
    return shared.census("账号（按平台）", "所管账号的状态。", "platform", first, q.CHOSEN)


def _by_rule() -> Panel:
    expr = q.total(q.CASES, "rule", "level", "term", where=q.CHOSEN)
    return table(
        "未结问题（按规则）",
        "点规则打开状态页的问题清单。期限为预计的，待国办公布放假安排后确定。",
        [q.named(expr, "rule")],
        [
            shared.LEVEL,
            Column("rule_name", "规则", link=Link("打开问题清单", "${console:raw}/#cases")),
            Column("rule", "编号", width=90),
            Column("term", "期限", words=words(TERMS, {"late": "#c62828", "today": ORANGE})),
            Column("A", "问题", "none", width=70),
        ],
        sort=("问题", True),
        nothing="没有未结问题（未采集到指标时也是空的，请看“数据截至”）",
    )


def _cases_over_time() -> Panel:
    return lines(
        "未结问题的变化",
        "按级别。",
        [(q.total(q.CASES, "level", where=q.CHOSEN), "{{level}}")],
        Curves(
            unit="none",
            stacked=True,
            names={str(level): (text, LEVEL_COLOURS[str(level)]) for level, text in LEVELS.items()},
        ),
    )


def _enabled() -> Panel:
    return stat(
        "逐账号指标",
        "是否在 /metrics/accounts 提供逐账号指标。",
        "max(shouwang_account_metrics_enabled)",
        steps=from_zero((1, BLUE), base=ORANGE),
        words=words({"0": "未开启", "1": "已开启"}),
    )


def _left_out() -> Panel:
    return stat(
        "未列出的账号",
        "超出上限 metrics.cap 而不在下表的账号数。",
        "max(shouwang_accounts_truncated)",
        steps=ANY_ORANGE,
        nothing="逐账号指标未开启",
    )


def _accounts() -> Panel:
    shown = "account, name, unit_name, platform"
    info = f"shouwang_account_info{{{q.CHOSEN}}}"
    last = "shouwang_account_last_post_timestamp_seconds"
    seen = "shouwang_account_last_success_timestamp_seconds"
    asked = [
        f"sum by ({shown}, state) (shouwang_account_state * on (account)"
        f" group_left (name, unit_name, platform) {info})",
        f"max by ({shown}) (({last} * 1000) * on (account)"
        f" group_left (name, unit_name, platform) {info})",
        f"max by ({shown}) (({seen} * 1000) * on (account)"
        f" group_left (name, unit_name, platform) {info})",
        f"max by ({shown}) (shouwang_account_failed_readings * on (account)"
        f" group_left (name, unit_name, platform) {info})",
    ]
    return table(
        "账号与最近更新",
        "点账号打开其档案。最近更新空白为未见过更新，不表示没有更新；“最近读到”之后的情况不知道。",
        [q.named(expr, "platform") for expr in asked],
        [
            Column("state", "状态", words=condition_words(), width=90),
            Column("name", "账号", link=shared.ACCOUNT),
            Column("platform_name", "平台", width=120),
            Column("unit_name", "主办单位"),
            Column("B", "最近更新", MOMENT, nothing="未见过更新"),
            Column("C", "最近读到", MOMENT, nothing="从未读到"),
            Column("D", "连续失败", "none", steps=ANY_ORANGE, width=90),
            *(Column(each, each, hidden=True) for each in ("account", "platform", "A")),
        ],
        sort=("最近更新", False),
        nothing=q.OFF,
    )


def _each_case() -> Panel:
    return shared.case_rows(
        "未结问题（逐个）", "该单位所管账号的未结问题。", f"shouwang_case_info{{{q.CHOSEN}}}"
    )
