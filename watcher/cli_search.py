"""`watcher candidates search` and `coverage`: search now, and what was searched so far."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Annotated, Any

import typer
from rich.table import Table

from alerts.words import platform_name
from collectors._json import hits_json
from watcher import store
from watcher.candidates import SearchStatus
from watcher.coverage import WORDS, Covered
from watcher.daemon import assemble, now
from watcher.discovery import Ask, Way, gated, today_of
from watcher.mistakes import meant
from watcher.model import Hits
from watcher.personal import masked
from watcher.search_state import covered
from watcher.searching import Searched, reload, search_now, search_state
from watcher.showing import iso, moment, plain
from watcher.terminal import (
    DEFAULT_CONFIG,
    BadInputError,
    ConfigOption,
    HandOption,
    JsonOption,
    open_database,
    out,
    print_json,
    settings_of,
)
from watcher.watch import Watch, stop

COLOURS = {
    SearchStatus.SEARCHED: "green",
    SearchStatus.PARTIAL: "dark_orange",
    SearchStatus.NOT_SEARCHED: "bold red",
}
SHOWN = 60  # rows of the table; --json has all
NameOption = Annotated[str, typer.Option("--name", help="受保护的名称，也可是任意名称")]
PlatformOption = Annotated[str, typer.Option("--platform", help="平台，如 weibo、douyin、app")]


def search(
    name: NameOption,
    platform: PlatformOption,
    query: Annotated[str, typer.Option(help="检索词；不写即名称本身")] = "",
    anyway: Annotated[
        bool, typer.Option("--anyway", help="当天额度已用完或已遇验证，仍要检索")
    ] = False,
    by: HandOption = "",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """现在检索一次，显示看到了什么、是否真的检索到；结果存为候选账号。"""
    settings = settings_of(config)
    open_database(settings).close()
    watch = assemble(settings)
    try:
        done = asyncio.run(_search(watch, name.strip(), platform, query.strip(), anyway, by))
    finally:
        watch.db.close()
    if as_json:
        print_json({"searches": [_searched_json(one) for one in done]})
        return
    for one in done:
        _print(one)


async def _search(
    watch: Watch, name: str, platform: str, query: str, anyway: bool, by: str
) -> Sequence[Searched]:
    """One search for each way into the platform. Raises BadInputError where none may be made."""
    try:
        if not name:
            raise BadInputError(["--name 不能为空"])
        await watch.writer.submit(lambda c: reload(c, watch.searches, watch.now()))
        ways = _ways(watch, platform, anyway)
        done = [await search_now(watch, Ask(way, name, query or name)) for way in ways]
        at = now()
        after = {"query": query or name, "status": [one.search.status.value for one in done]}
        await watch.writer.submit(
            lambda c: store.audit(
                c,
                by,
                "candidates.search",
                f"{platform}:{name}",
                None,
                after,
                at,
            )
        )
        return done
    finally:
        await stop(watch, patience=1.0)


def _ways(watch: Watch, platform: str, anyway: bool) -> list[Way]:
    """The ways into a platform that may be asked now."""
    state = watch.searches
    known = sorted({way.platform for way in state.asked.ways})
    here = [way for way in state.asked.ways if way.platform == platform]
    if not here:
        hint = meant(platform, known) or f"可检索的平台：{'、'.join(known) or '无（未配置）'}"
        raise BadInputError([f"--platform {platform!r} 没有检索入口；{hint}"])
    on = [way for way in here if way.enabled]
    if not on:
        names = "、".join(way.name for way in here)
        raise BadInputError(
            [f"{platform_name(platform)}的检索方式未启用：{names}；在 impersonation.yaml 中启用"]
        )
    free = [way for way in on if anyway or not _refused(watch, way)]
    if not free:
        raise BadInputError(
            [_refused(watch, way) for way in on] + ["确需再查，加 --anyway（平台可能因此限流更久）"]
        )
    return free


def _refused(watch: Watch, way: Way) -> str:
    """Why a way is not to be asked any more today; "" where it may be."""
    done = today_of(watch.searches.today, watch.now()).get(way.name, [])
    if gated(done):
        return f"{way.name}：今天已遇到验证、限流或连续失败，停到明天"
    if len(done) >= way.per_day:
        return f"{way.name}：今天的额度 {way.per_day} 次已用完"
    return ""


def _searched_json(one: Searched) -> dict[str, Any]:
    row = one.search
    return {
        "name": row.name,
        "platform": row.platform,
        "query": row.query,
        "way": row.collector,
        "at": iso(row.at),
        "status": row.status.value,
        "trouble": row.trouble or None,
        "detail": row.detail,
        "accounts": hits_json(_covered(one)).get("profiles"),
        "pages": [{**asdict(page), "at": page.at.isoformat()} for page in one.pages],
    }


def _covered(one: Searched) -> Hits:
    """What was shown, with personal numbers in bios covered."""
    shown = (replace(p, bio=masked(p.bio) if p.bio else p.bio) for p in one.hits.profiles)
    return replace(one.hits, profiles=tuple(shown))


def _print(one: Searched) -> None:
    row = one.search
    colour = COLOURS[row.status]
    out.print(
        f"{platform_name(row.platform)}（{row.collector}）“{plain(row.query)}”："
        f"[{colour}]{WORDS[row.status]}[/{colour}]"
        + (f"，{plain(row.detail, 160)}" if row.detail else "")
    )
    if row.status is SearchStatus.NOT_SEARCHED:
        out.print("没有检索到结果页，不能说明没有冒名账号。")
        return
    if not one.hits.profiles:
        out.print("平台没有列出任何账号。")
        return
    table = Table()
    for heading in ("名称", "认证", "粉丝", "简介", "标识"):
        table.add_column(heading, overflow="fold")
    for profile in _covered(one).profiles:
        verified = profile.verified_as or ("已认证" if profile.verified else "")
        fans = "" if profile.followers is None else str(profile.followers)
        table.add_row(
            *(plain(profile.name), plain(verified), fans),
            *(plain(profile.bio or "", 60), plain(profile.handle, 60)),
        )
    out.print(table)


def coverage(
    name: Annotated[str, typer.Option("--name", help="只看这个名称")] = "",
    platform: Annotated[str, typer.Option("--platform", help="只看这个平台")] = "",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """每个名称在每个平台：已检索、部分检索、未检索，以及原因。"""
    settings, at = settings_of(config), now()
    state, db = search_state(settings), open_database(settings)
    try:
        with db.read() as c:
            reload(c, state, at)
    finally:
        db.close()
    rows = [
        one
        for one in covered(state, at)
        if name in ("", one.name) and platform in ("", one.platform)
    ]
    if as_json:
        print_json({"at": iso(at), "totals": totals(rows), "coverage": [_json(r) for r in rows]})
        return
    if not rows:
        out.print("没有受保护的名称，或没有可检索的平台；见 impersonation.yaml")
        return
    out.print(_summary(rows))
    open_ = [row for row in rows if row.status is not SearchStatus.SEARCHED]
    if open_:
        out.print(_table(open_[:SHOWN]))
    if len(open_) > SHOWN:
        out.print(f"另有 {len(open_) - SHOWN} 行，见 --json，或用 --name、--platform 筛选")


def totals(rows: Sequence[Covered]) -> dict[str, dict[str, int]]:
    """How many names stand how on each platform."""
    found: dict[str, Counter[str]] = {}
    for row in rows:
        found.setdefault(row.platform, Counter())[row.status.value] += 1
    words = [status.value for status in SearchStatus]
    return {name: {word: count[word] for word in words} for name, count in found.items()}


def _summary(rows: Sequence[Covered]) -> Table:
    table = Table(title="检索覆盖（名称数）")
    for heading in ("平台", *(WORDS[status] for status in SearchStatus)):
        table.add_column(heading)
    for platform, count in totals(rows).items():
        table.add_row(platform_name(platform), *(str(count[s.value]) for s in SearchStatus))
    return table


def _table(rows: Sequence[Covered]) -> Table:
    table = Table(title="未能完整检索的")
    for heading in ("名称", "平台", "状态", "检索词", "最近检索到", "原因"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        colour = COLOURS[row.status]
        table.add_row(
            *(plain(row.name), platform_name(row.platform)),
            f"[{colour}]{WORDS[row.status]}[/{colour}]",
            f"{row.answered}/{row.queries}" if row.queries else "",
            *(moment(row.searched_at), plain(row.detail, 120)),
        )
    return table


def _json(row: Covered) -> dict[str, Any]:
    moments = {n: iso(getattr(row, n)) for n in ("searched_at", "tried_at", "due_at")}
    return {**asdict(row), **moments, "status": row.status.value}
