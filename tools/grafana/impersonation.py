"""假冒与变更: look-alikes and what people decided; changes, closings and what paper says."""

from __future__ import annotations

from tools.grafana import queries as q
from tools.grafana import shared
from tools.grafana.board import Board, Row
from tools.grafana.looks import (
    ANY_BLUE,
    ANY_GREY,
    ANY_ORANGE,
    ANY_RED,
    GREEN,
    GREY,
    ORANGE,
    RED,
    SEEN_WELL,
    STEPS,
    TERMS,
    candidate_words,
    words,
)
from tools.grafana.panels import Column, Curves, Link, Panel, lines, stat, table

PLATFORM = 'platform=~"$platform"'
CANDIDATES = "shouwang_candidates"
NAMES = "shouwang_search_names"
LIST = Link("打开候选账号", "${console:raw}/candidates")
CHANGES = 'rule=~"(CHG|OFF|SUS|DER|FIL|VER|NAM|DUP)-.*"'
FALSE = 'rule=~"IMP-.*"'
COLOURS = {
    "new": "#c9d4e3",
    "review": ORANGE,
    "dismissed": "#d0d5dd",
    "own": "#7fb58f",
    "watched": "#f2c94c",
    "confirmed": RED,
    "taken_down": GREEN,
    "back": "#7a0c0c",
}


def board() -> Board:
    """The dashboard for 第二十条 (假冒) and 第八、九、二十五条 (变更、关停、注销)."""
    return Board(
        uid="shouwang-impersonation",
        title="守望·假冒与变更",
        about="疑似假冒账号与检索覆盖；账号变更、下线、关停、注销与备案。由人确认之前只是疑似。",
        by_office=True,
        by_platform=True,
        rows=[
            Row(4, _now()),
            Row(9, [(14, _candidates()), (10, _searches())], "疑似假冒"),
            Row(8, [(12, _over_time()), (12, _coverage())]),
            Row(8, [(8, _letters()), (16, _false())]),
            Row(10, [(12, _changes()), (12, _changes_over_time())], "变更、下线与备案"),
            Row(10, [(24, _each())]),
        ],
    )


def _some(state: str) -> str:
    return q.known(q.total(CANDIDATES, where=f'{PLATFORM},state=~"{state}"'))


def _searched() -> str:
    every = q.total(NAMES, where=PLATFORM)
    done = q.total(NAMES, where=f'{PLATFORM},status="searched"')
    return f"({done} or 0 * {every}) / ({every} > 0)"


def _now() -> list[tuple[int, Panel]]:
    waits = stat(
        "待人工确认",
        "待人工复核的候选账号；只是疑似。",
        _some("review"),
        steps=ANY_ORANGE,
        link=LIST,
    )
    sure = stat(
        "已确认假冒", "经人确认、尚未关停的。", _some("confirmed"), steps=ANY_RED, link=LIST
    )
    back = stat("再次出现", "关停后又见到的。", _some("back"), steps=ANY_RED, link=LIST)
    letters = stat(
        "关停函待结果",
        "已发出、平台尚无处理结果的关停函。",
        q.known('sum (shouwang_takedown_letters{step=~"sent|received"})'),
        steps=ANY_ORANGE,
        link=LIST,
    )
    share = stat(
        "检索覆盖率",
        "受保护名称中近期检索到结果的比例。未检索不等于没有假冒账号。",
        _searched(),
        "percentunit",
        SEEN_WELL,
        decimals=0,
        nothing="未检索",
    )
    leads = stat(
        "待核线索",
        "发现而不在备案台账的账号。",
        q.known('sum (shouwang_leads{state="open"})'),
        steps=ANY_BLUE,
    )
    return [(4, waits), (4, sure), (4, back), (4, letters), (4, share), (4, leads)]


def _candidates() -> Panel:
    shown = candidate_words()
    asked = [
        q.named(q.total(CANDIDATES, "platform", where=f'{PLATFORM},state="{state}"'), "platform")
        for state in shown
    ]
    steps = {"review": ANY_ORANGE, "confirmed": ANY_RED, "back": ANY_RED}
    columns = [
        Column(ref, text, "none", steps=steps.get(state, ()), width=86)
        for ref, (state, text) in zip("ABCDEFGH", shown.items(), strict=True)
    ]
    return table(
        "候选账号（按平台）",
        "按人的决定分列；待判的尚未达到须由人看的程度。点平台打开候选账号清单。",
        asked,
        [
            Column("platform_name", "平台", link=LIST),
            *columns,
            Column("platform", "代码", hidden=True),
        ],
        nothing="没有候选账号：是否检索过，请看右表",
    )


def _searches() -> Panel:
    last = "shouwang_search_last_answer_timestamp_seconds"
    states = ("searched", "partial", "not_searched")
    asked = [
        *(
            q.named(q.total(NAMES, "platform", where=f'{PLATFORM},status="{state}"'), "platform")
            for state in states
        ),
        q.named(q.age(last, "platform", where=PLATFORM), "platform"),
    ]
    return table(
        "检索覆盖（受保护名称）",
        "未检索、部分检索都不等于没有假冒账号；多为平台要求登录或验证。",
        asked,
        [
            Column("platform_name", "平台"),
            Column("A", "已检索", "none", width=80),
            Column("B", "部分检索", "none", steps=ANY_ORANGE, width=90),
            Column("C", "未检索", "none", steps=ANY_GREY, width=80),
            Column("D", "最近检索到于…前", "s", width=140, nothing="从未"),
            Column("platform", "代码", hidden=True),
        ],
        nothing="未启用检索（impersonation.yaml）：不能说明没有假冒账号",
    )


def _over_time() -> Panel:
    names = {state: (text, COLOURS[state]) for state, text in candidate_words().items()}
    return lines(
        "候选账号的变化",
        "按人的决定。",
        [(q.total(CANDIDATES, "state", where=PLATFORM), "{{state}}")],
        Curves(unit="none", stacked=True, names=names),
    )


def _coverage() -> Panel:
    return lines(
        "检索覆盖的变化（名称数）",
        "灰色为未检索：此间不能说没有假冒账号。",
        [(q.total(NAMES, "status", where=PLATFORM), "{{status}}")],
        Curves(
            unit="none",
            stacked=True,
            names={
                "searched": ("已检索", GREEN),
                "partial": ("部分检索", ORANGE),
                "not_searched": ("未检索", GREY),
            },
        ),
    )


def _letters() -> Panel:
    return table(
        "关停函",
        "按进展。",
        ["sum by (step) (shouwang_takedown_letters)"],
        [Column("step", "进展", words=words(STEPS)), Column("A", "封数", "none")],
    )


def _cases(title: str, about: str, which: str) -> Panel:
    expr = q.total(q.CASES, "rule", "level", "term", where=f"{q.CHOSEN},{which}")
    return table(
        title,
        about,
        [q.named(expr, "rule")],
        [
            shared.LEVEL,
            Column("rule_name", "规则", link=Link("打开问题清单", "${console:raw}/#cases")),
            Column("rule", "编号", width=90),
            Column("term", "期限", words=words(TERMS, {"late": RED, "today": ORANGE})),
            Column("A", "问题", "none", width=70),
        ],
        sort=("问题", True),
        nothing="没有未结问题（未采集到指标时也是空的，请看总览“数据截至”）",
    )


def _false() -> Panel:
    return _cases("假冒类未结问题", "IMP-01 至 IMP-03；未经人确认的均为疑似。", FALSE)


def _changes() -> Panel:
    return _cases(
        "变更、下线、关停、注销与备案类未结问题",
        "CHG、OFF、SUS、DER、FIL 等规则；多为疑似，待单位核实。",
        CHANGES,
    )


def _changes_over_time() -> Panel:
    expr = q.total(q.CASES, "rule", where=f"{q.CHOSEN},{CHANGES}")
    return lines(
        "变更、下线、备案类问题的变化",
        "按规则。",
        [(q.named(expr, "rule"), "{{rule_name}}")],
        Curves(unit="none"),
    )


def _each() -> Panel:
    which = f'shouwang_case_info{{{q.CHOSEN},{CHANGES[:-1]}|IMP-.*"}}'
    return shared.case_rows("逐个问题", "变更、下线、备案与假冒类。", which)
