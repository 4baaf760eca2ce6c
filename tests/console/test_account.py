"""One account's page: which source saw what, who vouches, and nothing a stranger can break."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tests.console.views import HOSTILE, LONG, one_account, view
from tests.store.given import T0, account, post, register, snapshot
from watcher.account_view import account_view
from watcher.console import AccountView, Pulse, build
from watcher.console.page import PAGE, account_page
from watcher.model import Look
from watcher.store import Database, Reading, connect, migrate, record
from watcher.watch import Watch

WELL = Pulse(now=T0, tick_at=T0, started_at=T0)


async def ask(path: str, posts: int = 1, name: str = LONG) -> httpx.Response:
    def shown(key: str, page: int) -> AccountView | None:
        return one_account(posts, name, page) if key == "weibo-1/甲" else None

    app = build(lambda: view(5), lambda: WELL, lambda: b"", account=shown)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://watcher") as client:
        return await client.get(path)


OWN = account_page("weibo-1/甲")


async def test_the_page_shows_sources_posts_attestations_and_cases() -> None:
    page = (await ask(OWN)).text
    for word in (
        "各采集源所见",
        "人工核验 · 2026-11-20 · 王五",
        "信息（共 1 条）",
        "台账",
        "未结问题",
    ):
        assert word in page
    for word in ("验证码或限流", "未询问", "cdcdcdcdcdcd", "browser_weibo"):
        assert word in page
    assert "所见简介" not in page  # what is not known takes no room


async def test_every_account_of_the_status_page_leads_to_its_own() -> None:
    app = build(lambda: view(5), lambda: WELL, lambda: b"")
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://watcher"
    ) as client:
        page = (await client.get("/")).text
        assert 'href="/accounts/weibo-3"' in page
        assert (await client.get("/accounts/weibo-3")).status_code == 404


async def test_posts_come_in_pages() -> None:
    first, second, far = [
        (await ask(f"{OWN}{page}", 150)).text for page in ("", "?page=2", "?page=x")
    ]
    assert first.count('data-name="首次见到"') == PAGE
    assert second.count('data-name="首次见到"') == 50
    assert far == first
    assert "第 2 / 2 页，共 150 条" in second


@pytest.mark.parametrize("name", [HOSTILE, LONG])
async def test_a_hostile_text_is_text_and_a_hostile_address_no_link(name: str) -> None:
    page = (await ask(OWN, 20, name)).text
    assert "<script" not in page
    assert "javascript:" not in page
    assert HOSTILE not in page
    assert "{{ 7*7 }}" in page
    assert " style=" not in page
    found = re.findall(r'(?:src|href)="(?!\?|#|/|https://weibo\.com/)', page)
    assert found == []


@pytest.mark.parametrize("path", ["/accounts/", "/accounts/nobody", "/accounts/%00"])
async def test_an_account_that_is_none_is_said_to_be_none(path: str) -> None:
    assert (await ask(path)).status_code == 404


@pytest.fixture
def db(tmp_path: Path) -> Database:
    made = connect(f"sqlite:///{tmp_path}/watcher.db")
    migrate(made)
    register(made, account(url="https://weibo.com/1"))
    return made


def test_the_page_is_made_of_what_the_store_knows(db: Database) -> None:
    class Stub:
        def __init__(self) -> None:
            self.db = db

        def now(self) -> datetime:
            return T0.astimezone(UTC)

    watch: Watch = Stub()  # type: ignore[assignment]
    seen = snapshot(T0, post(1, T0, day_only=True), replace(post(2, T0), title=""))
    looks = (Look("weibo", "complete", "", 2, T0), Look("feed"))
    with db.write() as c:
        record(c, [Reading("weibo-1", replace(seen, looks=looks))], T0)
    found = account_view(watch, "1", "weibo-1", 1)
    assert found is not None
    assert [(look.source, look.result, look.at) for look in found.looks] == [
        ("weibo", "完整", T0),
        ("feed", "未询问（前面的来源已完整）", None),
    ]
    assert [each.title for each in found.posts] == ["第1条", "p2"]
    assert ("访问链接", "https://weibo.com/1") in found.register
    assert found.row.condition == "fresh"
    assert account_view(watch, "1", "nobody", 1) is None
    assert account_view(watch, "1", "\0", 1) is None
    assert account_view(watch, "1", "weibo-1", 10**9) is not None
    db.close()
