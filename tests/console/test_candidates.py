"""The review queue and one candidate as pages: full, empty, hostile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.console.views import HOSTILE, view
from tests.store.given import HOUR, T0, account, register
from watcher.candidate_view import candidate_routes
from watcher.candidates import CandidateState, Found, Judgement, Takedown, Tier
from watcher.console import Pulse, build
from watcher.evidence import keep_bytes
from watcher.model import Profile
from watcher.proofs import PACKAGES, Proofs
from watcher.search_state import SearchState
from watcher.store import Database, connect, migrate
from watcher.store.candidates import decide, found, keep_judgement, set_avatar
from watcher.store.takedowns import save_takedown

WELL = Pulse(now=T0, tick_at=T0, started_at=T0)


@dataclass
class Stub:
    db: Database
    proofs: Proofs
    searches: SearchState = field(default_factory=SearchState)

    def now(self) -> datetime:
        return T0 + HOUR


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Stub]:
    db = connect(f"sqlite:///{tmp_path / 'w.sqlite'}")
    migrate(db)
    register(db, account())
    yield Stub(db, Proofs(tmp_path / PACKAGES))
    db.close()


def judged(tier: Tier = Tier.ALERT, points: int = 65, level: str = "orange") -> Judgement:
    reasons = ("名称与台账账号“三亚教育1”高度近似（0.95）（+50分）。", "平台显示未认证（+15分）。")
    return Judgement("三亚教育1", "alert", 0.95, points, tier, reasons, "", "weibo-1", level)


def entered(
    watch: Stub, number: int, name: str = "三亚教肓", made: Judgement | None = None, **shown: Any
) -> int:
    handle = f"h{number}"
    face = Profile(handle, name, **({"verified": False, "followers": 12} | shown))
    with watch.db.write() as c:
        at = found(c, Found("weibo", handle, f"https://weibo.com/{handle}", face, T0)).id
        keep_judgement(c, at, made or judged(), CandidateState.REVIEW, T0)
    return at


async def page(watch: Stub, path: str) -> httpx.Response:
    more = candidate_routes(watch, "1.0")  # type: ignore[arg-type]
    app = build(lambda: view(0), lambda: WELL, lambda: b"", more=more)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://console") as client:
        return await client.get(path)


async def test_an_empty_queue_says_that_nothing_found_is_not_nothing_there(watch: Stub) -> None:
    shown = await page(watch, "/candidates")
    assert shown.status_code == 200
    assert "没有查到不等于不存在" in shown.text
    assert "未检索" in shown.text


async def test_two_hundred_rows_take_pages_the_gravest_first(watch: Stub) -> None:
    for number in range(200):
        entered(watch, number, f"三亚教肓{number}", judged(points=number, level="red"))
    entered(watch, 900, "最重", judged(points=999, level="red"))
    first = (await page(watch, "/candidates")).text
    assert first.count('data-name="编号"') == 100
    assert first.index("最重") < first.index("三亚教肓199")
    assert "第 1 / 3 页，共 201 个" in first
    last = (await page(watch, "/candidates?page=3")).text
    assert last.count('data-name="编号"') == 1
    assert (await page(watch, "/candidates?page=x&state=nobody")).status_code == 200


async def test_one_candidate_stands_beside_the_real_account(watch: Stub) -> None:
    number = entered(watch, 1)
    text = (await page(watch, f"/candidates/{number}")).text
    assert "三亚教<mark>肓</mark>" in text
    assert "三亚教育1" in text
    assert "未经人工确认，只是疑似" in text
    assert "平台显示未认证（+15分）" in text
    assert f"watcher candidates confirm {number}" in text
    assert "没有关停函" in text
    with watch.db.write() as c:
        decide(c, number, CandidateState.CONFIRMED, "李主任", "冒名收费", "f", T0)
        save_takedown(c, Takedown(number, "1号", T0, "李", receipt="R9", received_at=T0), "李", T0)
    text = (await page(watch, f"/candidates/{number}")).text
    assert "李主任 已确认：冒名收费" in text
    assert "R9" in text
    assert f"watcher candidates letter {number}" in text


@pytest.mark.parametrize(
    "path", ["/candidates/99", "/candidates/99999999999999999999999", "/candidates/x"]
)
async def test_what_is_not_there_is_not_found(watch: Stub, path: str) -> None:
    assert (await page(watch, path)).status_code == 404


async def test_hostile_and_very_long_words_are_inert(watch: Stub) -> None:
    name = HOSTILE + "名" * 500
    made = Judgement(HOSTILE, "same", 1.0, 80, Tier.ALERT, (HOSTILE,), "", "weibo-1", "red")
    number = entered(watch, 2, name, made, bio=HOSTILE * 20, verified_as=HOSTILE, verified=True)
    with watch.db.write() as c:
        decide(c, number, CandidateState.WATCHED, HOSTILE, HOSTILE, "f", T0)
    for path in ("/candidates?state=watched", f"/candidates/{number}"):
        shown = await page(watch, path)
        assert "<script" not in shown.text
        assert 'href="javascript' not in shown.text
        assert "img-src 'self'" in shown.headers["content-security-policy"]


async def test_an_avatar_is_drawn_anew_and_only_what_is_kept(watch: Stub, tmp_path: Path) -> None:
    made = BytesIO()
    Image.effect_noise((300, 300), 90).convert("RGB").save(made, "JPEG", comment=b"<script>")
    kept = keep_bytes(made.getvalue(), tmp_path / "evidence", "avatar")
    other = keep_bytes(b"<html>", tmp_path / "evidence", "page")
    number = entered(watch, 3)
    with watch.db.write() as c:
        set_avatar(c, number, kept.sha256, "face.png", watch.now())
    assert f"/candidates/avatar/{kept.sha256}" in (await page(watch, f"/candidates/{number}")).text
    shown = await page(watch, f"/candidates/avatar/{kept.sha256}")
    assert shown.headers["content-type"] == "image/png"
    assert b"<script>" not in shown.content
    for digest in (other.sha256, "ab" * 32, "..%2f..%2fetc"):
        assert (await page(watch, f"/candidates/avatar/{digest}")).status_code == 404
