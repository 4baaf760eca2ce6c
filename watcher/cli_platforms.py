"""`watcher platforms`: how far each platform is to be seen, and who vouches for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.table import Table

from alerts.words import TROUBLES, platform_name
from collectors import Collector, discover
from watcher import store
from watcher.config import Settings
from watcher.console.page import PLATFORMS
from watcher.daemon import now
from watcher.mistakes import meant
from watcher.rules.platform import KNOWN, WINDOW
from watcher.service import service_of
from watcher.showing import iso, moment, plain
from watcher.sight import LaneCount, Plan, PlatformSight, PlatformState
from watcher.terminal import (
    DEFAULT_CONFIG,
    BadInputError,
    ByOption,
    ConfigOption,
    JsonOption,
    open_database,
    out,
    print_json,
    settings_of,
)

app = typer.Typer(help="平台：能否读到、参照账号、由谁证实", invoke_without_command=True)
COLOURS: Mapping[PlatformState, str] = {
    PlatformState.LIVE: "green",
    PlatformState.DEGRADED: "dark_orange",
    PlatformState.BLIND: "bold red",
    PlatformState.UNCONFIRMED: "blue",
    PlatformState.CLOSED: "dim",
}


@app.callback()
def platforms(
    context: typer.Context, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False
) -> None:
    """列出各平台的状态、原因、参照账号，以及近期读过和读不到的账号数。"""
    if context.invoked_subcommand is not None:
        return
    settings, at = settings_of(config), now()
    db = open_database(settings)
    try:
        with db.read() as c:
            sights = _sights(c, settings, service_of(c, discover()).collectors, at)
    finally:
        db.close()
    if as_json:
        rows = [_json(sight, settings.platforms.get(sight.platform, Plan())) for sight in sights]
        print_json({"now": at.isoformat(), "platforms": rows})
    else:
        out.print(_table(sights, settings.platforms, at))


@app.command()
def confirm(
    lane: Annotated[str, typer.Argument(metavar="平台", help="通道名，如 weishi")],
    by: ByOption = "",
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """证实一个“未经证实”的平台：有人用真实账号核对过采集结果，此后可据以立案。"""
    at = now()
    db = open_database(settings_of(config))
    try:
        with db.write() as c:
            lanes = {each.platform for each in service_of(c, discover()).collectors.values()}
            if lane not in lanes:
                hint = meant(lane, lanes) or f"已有：{', '.join(sorted(lanes))}"
                raise BadInputError([f"没有采集器读取平台 {lane!r}；{hint}"])
            before = store.platform_sights(c).get(lane)
            known = {"confirmed_by": before.confirmed_by} if before else None
            store.confirm_platform(c, lane, by, at)
            after = {"confirmed_by": by}
            store.audit(c, by, "confirm", f"platform/{lane}", known, after, at)
    finally:
        db.close()
    name = platform_name(lane)
    out.print(f"{plain(name)}（{lane}）已由 {plain(by)} 证实；运行中的监测程序一分钟内生效。")


def _sights(
    c: store.Connection, settings: Settings, collectors: Mapping[str, Collector], at: datetime
) -> tuple[PlatformSight, ...]:
    """What the daemon last judged, with the counts of now; a lane it never saw is not told."""
    counts = store.lane_counts(c, at - WINDOW, at - KNOWN)
    kept = store.platform_sights(c)
    names = {*kept, *settings.platforms, *counts} & {
        *(each.platform for each in collectors.values()),
        *settings.platforms,
        *counts,
    }
    return tuple(
        replace(kept.get(name, PlatformSight(name, at)), count=counts.get(name, LaneCount()))
        for name in sorted(names)
    )


def _json(sight: PlatformSight, plan: Plan) -> dict[str, Any]:
    count, layout = sight.count, sight.layout
    return {
        "platform": sight.platform,
        "title": plan.title or platform_name(sight.platform),
        "state": sight.state.value,
        "since": sight.since.isoformat(),
        "why": sight.why,
        "accuses": sight.accuses,
        "canary": plan.canary.name if plan.canary else None,
        "canary_at": iso(sight.canary_at),
        "canary_last_success_at": iso(sight.canary_ok_at),
        "canary_trouble": sight.canary_trouble.value if sight.canary_trouble else None,
        "canary_detail": sight.canary_detail,
        "accounts": count.accounts,
        "read": count.read,
        "seen": count.seen,
        "failing": count.failing,
        "lane_closed_until": iso(sight.closed_until),
        "layout": None if layout is None else {"missing": layout.missing, "file": layout.file},
        "confirmed_by": sight.confirmed_by or plan.confirmed_by,
    }


def _table(sights: tuple[PlatformSight, ...], plans: Mapping[str, Plan], at: datetime) -> Table:
    table = Table(title="平台")
    for heading in ("平台", "状态", "自", "说明", "参照账号", "账号", "近期读过", "读不到", "通道"):
        table.add_column(heading, overflow="fold")
    for sight in sights:
        plan, count = plans.get(sight.platform, Plan()), sight.count
        name = plain(plan.title or platform_name(sight.platform), 20)
        table.add_row(
            f"{name}\n[dim]{plain(sight.platform)}[/dim]",
            f"[{COLOURS[sight.state]}]{PLATFORMS[sight.state]}[/]",
            moment(sight.since),
            plain(sight.why or "—", 60),
            _canary(sight, plan),
            str(count.accounts),
            str(count.read),
            str(count.failing),
            f"冷却至 {moment(sight.closed_until)}"
            if sight.closed_until and sight.closed_until > at
            else "试探中"
            if sight.walls
            else "畅通",
        )
    return table


def _canary(sight: PlatformSight, plan: Plan) -> str:
    if plan.canary is None:
        return "未设置"
    good = f"正常于 {moment(sight.canary_ok_at)}" if sight.canary_ok_at else "尚未正常读到"
    wrong = f"\n[red]{TROUBLES[sight.canary_trouble]}[/red]" if sight.canary_trouble else ""
    return f"{plain(plan.canary.name, 20)}\n{good}{wrong}"
