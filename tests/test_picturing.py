"""A picture of the page for each case: politely, in its lane, and never in the way."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.test_lookout import DAY, MINUTE, open_now, watching
from tests.test_proving import chain, manifest, plain_reading, silent
from watcher import store
from watcher.evidence import place
from watcher.fetch import Reader
from watcher.fetch.visit import SHOT
from watcher.model import CollectError, Page, Request, Trouble
from watcher.picturing import picture
from watcher.proving import prove
from watcher.sight import Plan
from watcher.store import Link
from watcher.watch import Watch, drain

__all__ = ["plain_reading"]  # a fixture
URL = "https://example.cn/u/1?token=abcdefghijkl"
PNG = b"\x89PNG picture"


class Camera:
    """What the browser answers, and what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.error: CollectError | None = None

    async def __call__(self, reader: Reader, request: Request) -> Page:
        self.asked.append(request)
        if self.error is not None:
            raise self.error
        at = reader._fetcher.http._now()
        shot = Page(request.url, 200, PNG, at, {"content-type": SHOT, "x-whole-page": "true"})
        face = Page("https://cdn.cn/a.jpg", 200, b"face", at, {"content-type": "image/jpeg"})
        html = {"content-type": "text/html"}
        return Page(request.url, 200, "<p>三亚</p>".encode(), at, html, (face, shot))


@pytest.fixture
def camera(monkeypatch: pytest.MonkeyPatch) -> Camera:
    made, plain = Camera(), Reader.__call__

    async def ask(self: Reader, request: Request) -> Page:
        return await (made(self, request) if request.render else plain(self, request))

    monkeypatch.setattr(Reader, "__call__", ask)
    return made


async def opened(watch: Watch, url: str = URL) -> None:
    """A case with its package, of an account that has a page."""
    with watch.db.write() as c:
        units, known = store.load_units(c), store.load_accounts(c)
        store.save_register(c, units, [replace(one, url=url) for one in known], "test", watch.now())
    await silent(watch)
    await prove(watch)


async def shoot(watch: Watch) -> list[Link]:
    await picture(watch)
    await drain(watch)
    return [link for link in chain(watch) if link.kind == "page"]


async def test_the_page_is_pictured_once_after_the_case_opened(
    tmp_path: Path, camera: Camera
) -> None:
    async with watching(tmp_path, accounts=1, plan=Plan()) as (watch, _):
        await opened(watch)
        (link,) = await shoot(watch)
        assert await shoot(watch) == [link]
        made = manifest(watch, link)
        assert watch.proofs.folder is not None
        files = {each["name"]: each for each in made["files"]}
        assert place(files["screenshot.png"]["sha256"], watch.proofs.folder).read_bytes() == PNG
    assert set(files) == {"screenshot.png", "page.html", "avatar.jpg"}
    assert isinstance(files["screenshot.png"]["chinese_fonts"], bool)
    assert "abcdefghijkl" not in str(made)
    (asked,) = camera.asked
    assert (asked.url, asked.render) == (URL, True)


async def test_a_failure_is_noted_and_harms_neither_case_nor_lane(
    tmp_path: Path, camera: Camera
) -> None:
    camera.error = CollectError(Trouble.BLOCKED, "sends us away")
    async with watching(tmp_path, accounts=4, plan=Plan()) as (watch, _):
        await opened(watch)
        links = await shoot(watch)
        assert len(links) == len(open_now(watch)) == 4
        note = manifest(watch, links[0])["notes"][0]
        assert "未能截图" in note
        assert "sends us away" in note
        assert "abcdefghijkl" not in note
        lane = watch.lanes["stage"]
        assert (lane.inflight, lane.walls, lane.blocked) == (0, 0, 0)


async def test_a_platform_that_names_a_time_is_left_alone_so_long(
    tmp_path: Path, camera: Camera
) -> None:
    camera.error = CollectError(Trouble.BLOCKED, "429", 600.0)
    async with watching(tmp_path, accounts=1, plan=Plan()) as (watch, _):
        await opened(watch)
        await shoot(watch)
        assert watch.lanes["stage"].walls == 1


async def test_a_picture_waits_for_its_lane_and_after_a_day_that_is_noted(
    tmp_path: Path, camera: Camera
) -> None:
    async with watching(tmp_path, accounts=1, plan=Plan(), gap=600.0) as (watch, platform):
        await opened(watch)
        assert await shoot(watch) == [], "the lane rests after the reading"
        lane, clock = watch.lanes["stage"], platform.clock
        until = clock.moment + 9 * DAY
        watch.lanes["stage"] = replace(lane, walls=1, closed_until=until)
        clock.moment += DAY - MINUTE
        assert await shoot(watch) == [], "the one probe behind a wall is not ours"
        clock.moment += MINUTE
        (link,) = await shoot(watch)
        assert "一日内不通" in manifest(watch, link)["notes"][0]
    assert camera.asked == []


async def test_an_account_without_a_page_is_said_to_have_none(
    tmp_path: Path, camera: Camera
) -> None:
    async with watching(tmp_path, accounts=1, plan=Plan()) as (watch, _):
        await opened(watch, url="")
        (link,) = await shoot(watch)
        made: dict[str, Any] = manifest(watch, link)
    assert made["notes"] == ["没有可截图的公开网页"]
    assert camera.asked == []
