"""The console shows what the view says and lets nobody in through a name."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from tests.console.views import HOSTILE, NOW, view
from watcher.console import Pulse, View, as_json, build
from watcher.console.page import CONDITIONS, PAGE, ago, beijing, sheet, web_address

WELL = Pulse(now=NOW, tick_at=NOW, started_at=NOW)


async def ask(
    path: str, shown: View | None = None, pulse: Pulse = WELL, accounts: bytes | None = None
) -> httpx.Response:
    app = build(lambda: shown or view(5), lambda: pulse, lambda: b"up 1\n", lambda: accounts)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://watcher") as client:
        return await client.get(path)


async def test_the_page_counts_accounts_by_condition() -> None:
    page = (await ask("/", view(200))).text
    for word in ("账号数", *CONDITIONS.values(), "未结问题"):
        assert word in page
    assert re.search(r"<b>200</b>账号数", page)
    assert re.search(r"<b>29</b>超期", page)


async def test_a_case_is_shown_with_level_fact_times_in_beijing_and_proof() -> None:
    shown = view(5)
    page = (await ask("/", shown)).text
    assert '<span class="level red">红</span>' in page
    assert "已连续 10 天无新内容" in page
    assert "2026-11-23 11:55" in page  # as_of 03:55 UTC
    assert shown.cases[1].proof[0] in page
    assert "三亚发布" in page


async def test_an_empty_watch_says_so_in_each_section() -> None:
    page = (await ask("/", view(0))).text
    assert "没有未结问题" in page
    assert "尚未登记账号" in page
    assert "没有消息" in page
    assert "调度器尚未运行" in page


async def test_a_state_without_accounts_is_not_an_empty_register() -> None:
    page = (await ask("/?state=blind", view(3))).text
    assert "没有此状态的账号" in page
    assert "尚未登记账号" not in page


async def test_a_hostile_name_is_text_and_a_hostile_address_no_link() -> None:
    page = (await ask("/", view(20))).text
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "javascript:" not in page
    assert HOSTILE not in page
    assert "{{ 7*7 }}" in page


async def test_the_page_may_load_nothing_from_elsewhere() -> None:
    answer = await ask("/")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "style-src 'self'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert re.findall(r'(?:src|href)="(?!\?|#|/|https://weibo\.com/u/1")', answer.text) == []
    assert " style=" not in answer.text
    assert (await ask("/console.css")).headers["content-type"].startswith("text/css")


async def test_long_tables_come_in_pages() -> None:
    first = (await ask("/", view(250))).text
    last = (await ask("/?page=3&cases=2", view(250))).text
    assert first.count('data-name="来源"') == PAGE
    assert last.count('data-name="来源"') == 50
    assert last.count('data-name="证据"') == PAGE
    assert "第 3 / 3 页，共 250 条" in last
    assert "第 2 / 3 页，共 250 条" in last


@pytest.mark.parametrize("asked", ["0", "-1", "x", "", "²", "9" * 400, "1e9", "%00"])
async def test_a_page_that_is_none_is_answered_with_one_that_is(asked: str) -> None:
    answer = await ask(f"/?page={asked}&cases={asked}&state={asked}", view(250))
    assert answer.status_code == 200
    assert answer.text.count('data-name="来源"') == PAGE


@pytest.mark.parametrize(("asked", "number"), [(None, 1), ("2", 2), ("99", 3), ("007", 3)])
def test_a_sheet_never_lies_outside_the_table(asked: str | None, number: int) -> None:
    cut = sheet(range(2 * PAGE + 1), asked)
    assert (cut.number, cut.pages, cut.total) == (number, 3, 2 * PAGE + 1)
    assert len(cut.rows) <= PAGE


async def test_the_api_says_what_the_command_line_says() -> None:
    shown = view(5)
    answer = (await ask("/api/findings", shown)).json()
    assert answer == json.loads(json.dumps(as_json(shown.cases, shown.now)))
    first = answer["findings"][0]
    assert first["rule"] == "UPD-01"
    assert first["level"] == "red"
    assert first["as_of"] == "2026-11-23T03:55:00+00:00"
    assert first["facts"] == {"days": 0}


async def test_a_living_process_is_healthy_and_ready() -> None:
    for path in ("/healthz", "/readyz"):
        answer = await ask(path)
        assert (answer.status_code, answer.json()) == (200, {"ok": True, "reasons": []})


@pytest.mark.parametrize(
    ("pulse", "reason"),
    [
        (replace(WELL, tick_at=NOW - timedelta(minutes=3)), "has not ticked for 180 s"),
        (replace(WELL, tick_at=None, started_at=NOW - timedelta(minutes=3)), "has not ticked"),
        (replace(WELL, writer_alive=False), "writer is dead"),
        (replace(WELL, stuck=("weibo-1",)), "task hangs: weibo-1"),
    ],
)
async def test_a_dying_process_says_why(pulse: Pulse, reason: str) -> None:
    for path in ("/healthz", "/readyz"):
        answer = await ask(path, pulse=pulse)
        assert answer.status_code == 503
        assert reason in " ".join(answer.json()["reasons"])


@pytest.mark.parametrize(
    ("pulse", "reason"),
    [
        (replace(WELL, at_head=False), "watcher migrate"),
        (replace(WELL, tick_at=None), "first tick"),
    ],
)
async def test_a_process_that_only_began_is_healthy_but_not_ready(
    pulse: Pulse, reason: str
) -> None:
    assert (await ask("/healthz", pulse=pulse)).status_code == 200
    answer = await ask("/readyz", pulse=pulse)
    assert answer.status_code == 503
    assert reason in " ".join(answer.json()["reasons"])


async def test_metrics_are_handed_on_as_prometheus_text() -> None:
    answer = await ask("/metrics")
    assert answer.content == b"up 1\n"
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")


async def test_metrics_of_accounts_are_off_until_wanted() -> None:
    assert (await ask("/metrics/accounts")).status_code == 404
    assert (await ask("/metrics/accounts", accounts=b"x 1\n")).content == b"x 1\n"


@pytest.mark.parametrize("path", ["/admin", "/../etc/passwd", "/console.css/x", "/metrics/x"])
async def test_there_is_nothing_else(path: str) -> None:
    assert (await ask(path)).status_code == 404


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("https://weibo.com/u/1", "https://weibo.com/u/1"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("//evil", ""),
        ("http://[", ""),
        ("https:", ""),
    ],
)
def test_only_web_addresses_become_links(url: str, wanted: str) -> None:
    assert web_address(url) == wanted


def test_moments_are_told_in_beijing_and_how_long_ago() -> None:
    assert beijing(NOW) == "2026-11-23 12:00"
    assert beijing(None) == "—"
    spans = {30: "刚刚", 120: "2 分钟前", 7200: "2 小时前", 3 * 86400: "3 天前", -30: "即将"}
    for seconds, words in spans.items():
        assert ago(NOW - timedelta(seconds=seconds), NOW) == words
