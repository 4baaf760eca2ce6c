"""What may be wrong with a route about reports of the plan: place, message, suggestion of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from alerts.routes import family
from watcher.config.route_tables import RouteTable
from watcher.mistakes import meant
from watcher.report_plan import KINDS

# Conditions that only cases have.
_OF_CASES = ("rules", "level", "at_least", "platforms", "kinds", "why")
_NO_UNIT = ("C", "L")


def kinds_of(patterns: Iterable[str]) -> frozenset[str]:
    """The kinds of reports that names and patterns such as * stand for."""
    return frozenset(kind for each in patterns for kind in family(each, KINDS))


def wrong_report_route(route: RouteTable, place: str) -> Iterator[tuple[str, str, str]]:
    """What of a route with `reports` is wrong beside its offices and hearers."""
    for each in route.reports or ():
        if not family(each, KINDS):
            hint = meant(each, KINDS) or f"可写 {'、'.join(KINDS)}，或 *（全部）"
            yield f"{place}.reports", f"没有这种定期报告：{each}", hint
    for name in _OF_CASES:
        if getattr(route, name) is not None:
            hint = "分成两条路由：一条写 reports，一条写问题的条件"
            yield f"{place}.{name}", "不能与 reports 同写：报告没有这个条件", hint
    if route.do == "mute":
        hint = "用 do: instead 改告他人，或在 watcher.yaml 的 reports 中去掉这份报告"
        yield f"{place}.do", "报告不能不发", hint
    if route.digest:
        yield f"{place}.digest", "报告不并入日报", "去掉 digest"
    for role in route.to.roles:
        if role in _NO_UNIT:
            hint = "写 S（报告所属的主管单位）、A、N、P、O，或 offices、targets"
            yield f"{place}.to.roles", f"报告不属于某个主办单位，没有角色 {role}", hint
