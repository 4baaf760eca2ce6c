"""Every panel asks the real Prometheus, which scrapes the real daemon, and gets an answer."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.reliability.servers import Stand, needed, stand, until
from tests.reliability.test_signals import silent
from tools.grafana.asking import (
    Prometheus,
    Sampled,
    choices,
    chosen,
    filled,
    load,
    panels,
    variables,
)
from watcher import store
from watcher.candidates import Found
from watcher.model import Case, Finding, Level, Profile
from watcher.store.candidates import found
from watcher.store.collectors import disable_collector

FOLDER = Path(__file__).parents[2] / "deploy/grafana/dashboards"
OUT = "bilibili"  # a collector that nobody needs on the stage
SHORT = {"__rate_interval": "30s", "__interval": "5s", "__range": "1m"}
# Panels (and letters of their queries) that have nothing to show on the stage, and why.
EMPTY: Mapping[tuple[str, str], str] = {
    ("守望·系统", "值守开关"): "no dead man's switch is configured",
    ("守望·系统", "最久等待"): "no letter is late",
    ("守望·平台与采集", "最近一次没有读到的账号"): "every account is seen",
    ("守望·平台与采集", "各通道现状 C"): "no canary is configured",
    ("守望·平台与采集", "遇墙（次/小时） B"): "no lane met a wall",
    ("守望·平台与采集", "采集覆盖率 B"): "every platform is wholly seen",
    ("守望·平台与采集", "慢的通道（九成不超过） B"): "no lane is slow",
    ("守望·假冒与变更", "检索覆盖率"): "no search is configured",
    ("守望·假冒与变更", "检索覆盖（受保护名称）"): "no search is configured",
    ("守望·假冒与变更", "检索覆盖的变化（名称数）"): "no search is configured",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One query of one panel, with its variables."""

    board: str
    panel: Mapping[str, Any]
    ref: str
    expr: str

    @property
    def empty(self) -> str:
        """Why it may be empty; "" where it may not."""
        title = self.panel["title"]
        named = (f"{title} {self.ref}", title)
        return next((EMPTY[self.board, n] for n in named if (self.board, n) in EMPTY), "")


def asked(server: Prometheus, at: float) -> Iterator[Asked]:
    for board in load(FOLDER):
        values = {**chosen(board, server, office="bureau", at=at), **SHORT}
        for panel in panels(board):
            for target in panel.get("targets", ()):
                expr = filled(target["expr"], values)
                yield Asked(board["title"], panel, target["refId"], expr)


def answered(server: Prometheus, each: Asked, at: float) -> list[Sampled]:
    """What Grafana would get: the last minute for lines, this moment for the others."""
    if each.panel["type"] in ("timeseries", "state-timeline"):
        return server.over(each.expr, at - 60, at, 1)
    return server.now(each.expr, at)


def found_by_people(at: Stand) -> None:
    """What does not happen by itself on the stage: a look-alike, cases, a collector disabled."""
    now = datetime.now(UTC)
    db = store.connect(f"sqlite:///{at.s.database}")
    try:
        with db.write() as c:
            seen = Found("weibo", "900", "https://weibo.com/900", Profile("900", "假"), now)
            number = found(c, seen).id
            told = (
                Finding("IMP-01", f"candidate:{number}", "", Level.ORANGE, "第二十条", now),
                Finding("DUP-01", "unit:u1", "weibo", Level.YELLOW, "第七条（一）", now),
            )
            store.save_cases(c, [Case(each, now, told_at=now) for each in told])
            disable_collector(c, OUT, "张三", "试", now)
    finally:
        db.close()


async def ready(at: Stand, server: Prometheus) -> float:
    """Wait until all of it is in Prometheus, and some scrapes more; the moment."""
    needed_there = (
        "shouwang_case_info",
        "shouwang_account_last_post_timestamp_seconds",
        'shouwang_office_cases{rule="UPD-04"}',
        'shouwang_office_cases{rule="DUP-01"}',
        'shouwang_candidates{state="new"} > 0',
        "shouwang_accounts_stale",
        f'shouwang_collector_disabled{{collector="{OUT}"}} == 1',
        'ALERTS{alertstate="firing",alertname="ShouwangAccountsStale"}',
        "shouwang_alertmanager_last_heard_timestamp_seconds",
        "rate(shouwang_reading_duration_seconds_bucket[1h])",
        'delta(shouwang_outbox_letters{state="sent"}[1h])',
    )
    for query in needed_there:
        await until(query, partial(server.now, query), lambda: at.s.log)
    return datetime.now(UTC).timestamp()


@needed
@pytest.mark.slow
async def test_every_panel_s_query_is_answered_and_every_link_leads_somewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with AsyncExitStack() as stack:
        at = await stack.enter_async_context(
            stand(tmp_path, monkeypatch, silent(2), one_by_one=True)
        )
        server = Prometheus(at.prometheus)
        stack.callback(server.client.close)
        await until("the first case", lambda: at.s.rows("SELECT id FROM cases"), lambda: at.s.log)
        found_by_people(at)
        moment = await ready(at, server)
        offered = await asyncio.to_thread(_offered, server)
        queries = await asyncio.to_thread(lambda: list(asked(server, moment)))
        missing, links = await asyncio.to_thread(_all, server, queries, moment)
        assert missing == []
        rung = {each.labels["alertname"] for each in server.now('ALERTS{alertstate="firing"}')}
        assert "ShouwangCollectorOut" not in rung  # it was a person's decision
        assert {("office", "bureau", "试验局办公室"), ("platform", "weibo", "新浪微博")} <= offered
        assert {name for name, _, _ in offered} == {"office", "platform", "lane"}
        assert len(links) > 10
        for link in sorted(links):
            status, _ = await at.s.get(link)
            assert status == 200, link


def _offered(server: Prometheus) -> set[tuple[str, str, str]]:
    return {
        (variable["name"], choice.value, choice.text)
        for board in load(FOLDER)
        for variable in variables(board)
        if variable["type"] == "query"
        for choice in choices(variable, server)
    }


def _all(server: Prometheus, queries: list[Asked], at: float) -> tuple[list[str], set[str]]:
    """What is empty and should not be (or the other way round); the links of the rows."""
    wrong, links = [], set()
    for each in queries:
        rows = answered(server, each, at)
        if bool(rows) == bool(each.empty):
            wrong.append(f"{each.board} {each.panel['title']} {each.ref}: {len(rows)} rows")
        for row in rows:
            links |= set(_links(each.panel, row.labels))
    return wrong, links


def _links(panel: Mapping[str, Any], row: Mapping[str, str]) -> Iterator[str]:
    """Paths on the status page that a row leads to, where it has all that they need."""
    config = panel["fieldConfig"]
    shown = [*config["defaults"].get("links", ())]
    for rule in config["overrides"]:
        shown += [one for p in rule["properties"] if p["id"] == "links" for one in p["value"]]
    for link in shown:
        path = re.sub(
            r"\$\{__data\.fields\.(\w+)(?::percentencode)?\}",
            lambda name: quote(row.get(name[1], ""), safe=""),
            link["url"],
        )
        wanted = re.findall(r"__data\.fields\.(\w+)", link["url"])
        if path.startswith("${console:raw}") and all(row.get(name) for name in wanted):
            yield path.removeprefix("${console:raw}").partition("#")[0] or "/"
