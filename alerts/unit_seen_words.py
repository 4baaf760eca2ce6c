"""What is said of how a unit's accounts present themselves: NAM-02, CHG-02, FAN-01, INT-01. Pure.

Each function gives the long text and what follows the unit's name in a text message.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from alerts.escape import inert
from alerts.scene import Scene
from alerts.unit_pieces import day_of, name_of, rows_of, some, where_of

_SHOWN_AS: Mapping[str, str] = {"verified_as": "认证主体", "name": "名称"}


def pictures_fact(facts: Mapping[str, Any]) -> str:
    """NAM-02."""
    rows = rows_of(facts, "pictures")
    each = some(
        f"{where_of(row)}“{name_of(row)}”（SHA-256 {str(row.get('sha256', ''))[:8]}…）"
        for row in rows
    )
    return f"各平台账号头像差异较大：{each}"


def renamed_fact(facts: Mapping[str, Any]) -> str:
    """CHG-02."""
    each = some(
        f"{where_of(row)}“{name_of(row)}”的{_SHOWN_AS.get(str(row.get('field')), '信息')}仍为"
        f"“{inert(str(row.get('shown', '')), 40)}”"
        for row in rows_of(facts, "accounts")
    )
    day, before = day_of(facts.get("changed_on"), year=True), inert(str(facts.get("before")), 40)
    return f"{day}由“{before}”更名，现{each}"


def leap_fact(facts: Mapping[str, Any]) -> str:
    """FAN-01."""
    before, after, percent = (facts.get(name, 0) for name in ("before", "after", "percent"))
    return (
        f"{where_of(facts)}“{name_of(facts)}”粉丝量{day_of(facts.get('day'))}由{before}变为{after}"
        f"（{percent:+g}%）"
    )


def mute_fact(facts: Mapping[str, Any]) -> str:
    """INT-01."""
    day, file = day_of(facts.get("looked_on"), year=True), str(facts.get("evidence") or "")
    proof = f"（材料 SHA-256 {inert(file[:16], 16)}）" if file else ""
    return (
        f"{where_of(facts)}“{name_of(facts)}”经{day}人工核查{proof}，"
        "未见留言、评论、私信或互动菜单等有效互动功能"
    )


def _pictures(s: Scene) -> tuple[str, str]:
    text = (
        f"【头像提示】{s.unit}{pictures_fact(s.facts)}。《办法》第七条：应统一规划设置头像，"
        "原则上风格统一。列入季度清单，请结合下次变更一并规范；确有需要的，说明即可。"
    )
    return text, "各平台账号头像风格不一致，列入季度清单，请结合下次变更规范。"


def _renamed(s: Scene) -> tuple[str, str]:
    text = (
        f"【更名核实】{s.unit}{renamed_fact(s.facts)}，系统未查到更名之日以来的变更或注销备案。"
        "《办法》第八条：主办单位发生变化的，应及时注销或变更账号信息，并向社会公告。"
        f"请{s.supervisor}督促于{s.due(10)}前办理或说明情况。"
    )
    return text, "机构已更名，账号名称或认证仍为原名，请督促办理变更。"


def _leap(s: Scene) -> tuple[str, str]:
    text = (
        f"【粉丝量提示】{s.unit}{leap_fact(s.facts)}，明显不同于平日，次日未回落。"
        "可能是平台清理、统计口径变化或活动带来，仅供参考。"
        "《办法》第二十二条不允许购买“粉丝”，请结合季度检查了解情况。"
    )
    return text, f"“{name_of(s.facts)}”粉丝量骤变（{s.facts.get('percent', 0):+g}%），请了解情况。"


def _mute(s: Scene) -> tuple[str, str]:
    text = (
        f"【互动功能】{s.unit}{mute_fact(s.facts)}，属《政府网站与政务新媒体检查指标》"
        f"单项否决情形。请于{s.due(10)}前开通，或说明情况并请求复查。"
    )
    return text, f"“{name_of(s.facts)}”经人工核查未见有效互动功能，请开通或说明。"


SEEN_FACTS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "NAM-02": pictures_fact,
    "CHG-02": renamed_fact,
    "FAN-01": leap_fact,
    "INT-01": mute_fact,
}
SEEN_TEXTS: Mapping[str, Callable[[Scene], tuple[str, str]]] = {
    "NAM-02": _pictures,
    "CHG-02": _renamed,
    "FAN-01": _leap,
    "INT-01": _mute,
}
