"""小红书: what its pages prove, and what they do not."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given

from collectors import xiaohongshu, xiaohongshu_note
from tests.collectors.serve import NOW, Served, any_json, page
from watcher.model import CollectError, Coverage, Page, Sighting, Source, Trouble

USER, OTHER = "5f0000000000000012345678", "5f0000000000000087654321"
NOTE = "660000000000000000000001"
PAGE = f"https://www.xiaohongshu.com/user/profile/{USER}"
LINK = f"https://www.xiaohongshu.com/explore/{NOTE}?xsec_token=test"
ANSWER = f"https://edith.xiaohongshu.com{xiaohongshu.OTHER}?target_user_id={USER}"
NOON = 1784275200000  # 2026-07-17 16:00 in Beijing, in milliseconds


def profile(user: str = USER, url: str = PAGE, wrap: Any = lambda x: x, **fields: Any) -> Page:
    basic = {"nickname": "三亚发布", "redId": "990012345", "desc": "官方", **fields}
    fans = {"type": "fans", "count": "1.2万"}
    data = {"basicInfo": basic, "interactions": [fans]}
    card = {"id": NOTE, "noteCard": {"user": {"userId": user}}}
    state = {"user": {"userPageData": wrap(data), "notes": wrap([[card]])}}
    return page(url, f"<script>window.__INITIAL_STATE__={json.dumps(state)}</script>")


def note(user: str = USER, **fields: Any) -> Page:
    told = {"noteId": NOTE, "title": "通知", "time": NOON, **fields}
    told["user"] = {"userId": user, "nickname": "三亚发布"}
    state = {"note": {"noteDetailMap": {NOTE: {"note": told}}}}
    return page(LINK, f"<script>window.__INITIAL_STATE__={json.dumps(state)}</script>")


async def read(*pages: Page, name: str = "", **settings: Any) -> Sighting:
    return await xiaohongshu.collect(Source("xiaohongshu", USER, settings, name), Served(*pages))


async def trouble(*pages: Page, **how: Any) -> Trouble:
    with pytest.raises(CollectError) as caught:
        await read(*pages, **how)
    return caught.value.trouble


async def test_a_profile_says_nothing_of_posts() -> None:
    got = await read(profile())
    assert (got.posts, got.coverage) == ((), Coverage.PARTIAL)
    assert got.profile is not None
    assert (got.profile.name, got.profile.followers) == ("三亚发布", 12000)


async def test_vues_references_are_looked_through() -> None:
    got = await read(profile(wrap=lambda value: {"_rawValue": value}))
    assert got.profile is not None
    assert got.profile.name == "三亚发布"


async def test_notes_of_another_user_make_it_another_account() -> None:
    assert await trouble(profile(OTHER), name="三亚发布") is Trouble.UNREADABLE


async def test_a_renamed_account_is_known_by_its_notes() -> None:
    got = await read(profile(nickname="三亚新名"), name="三亚发布")
    assert got.profile is not None
    assert got.profile.name == "三亚新名"


@pytest.mark.parametrize(
    ("served", "means"),
    [
        (page(PAGE, "", 461), Trouble.BLOCKED),
        (page(PAGE, "", 200), Trouble.BLOCKED),
        (page(PAGE, "<p>扫码验证身份</p>"), Trouble.BLOCKED),
        (page(PAGE, "<p>新版</p>"), Trouble.UNREADABLE),
        (page(PAGE, "<p>", 503), Trouble.UNREACHABLE),
        (page(ANSWER, '{"code":300011,"success":false}'), Trouble.BLOCKED),
        (
            page(ANSWER, '{"code":-1,"success":false,"msg":"create invalid signature"}'),
            Trouble.BLOCKED,
        ),
        (page(ANSWER, '{"code":-9,"success":false}'), Trouble.UNREADABLE),
        (page(PAGE, '<script>window.__INITIAL_STATE__={"user":{}}</script>'), Trouble.BLOCKED),
    ],
)
async def test_walls_are_walls_and_odd_answers_are_ours_to_look_at(
    served: Page, means: Trouble
) -> None:
    assert await trouble(served) is means


async def test_a_note_says_when_it_was_published_and_edited() -> None:
    source = Source("xiaohongshu_note", USER, {"links": [LINK]})
    later = NOON + 3_600_000
    got = await xiaohongshu_note.collect(source, Served(note(lastUpdateTime=later)))
    (post,) = got.posts
    assert post.at == datetime.fromtimestamp(NOON / 1000, UTC)
    assert post.edited_at == datetime.fromtimestamp(later / 1000, UTC)
    assert got.coverage is Coverage.PARTIAL


@pytest.mark.parametrize(
    "served",
    [
        note(OTHER),
        note(noteId="66ffffffffffffffffffffff"),
        note(time=NOON * 2),
        page(LINK, '<script>window.__INITIAL_STATE__={"note":{}}</script>当前笔记暂时无法浏览'),
    ],
)
async def test_a_note_that_is_not_shown_proves_nothing(served: Page) -> None:
    source = Source("xiaohongshu_note", USER, {"links": [LINK]})
    with pytest.raises(CollectError) as caught:
        await xiaohongshu_note.collect(source, Served(served))
    assert caught.value.trouble is Trouble.UNREADABLE


@pytest.mark.parametrize(
    ("link", "known"),
    [
        (LINK, True),
        (f"http://www.xiaohongshu.com/discovery/item/{NOTE}", True),
        (f"{PAGE}/{NOTE}?xsec_token=test", True),
        ("https://xhslink.com/a/Abc123", True),
        (PAGE, False),
        ("https://www.xiaohongshu.com/explore", False),
    ],
)
def test_pasted_links_are_recognised(link: str, known: bool) -> None:
    assert (xiaohongshu_note.collector.recognise(link) is not None) is known


@given(any_json(), any_json())
def test_hostile_pages_raise_only_collect_errors(value: Any, notes: Any) -> None:
    state = {"user": {"userPageData": value, "notes": notes}, "note": {"noteDetailMap": value}}
    script = f"<script>window.__INITIAL_STATE__={json.dumps(state)}</script>"
    source = Source("xiaohongshu_note", USER, {"links": [LINK]})
    for reading in (
        read(page(PAGE, script), page(ANSWER, json.dumps(value))),
        xiaohongshu_note.collect(source, Served(page(LINK, script))),
    ):
        try:
            got = asyncio.run(reading)
        except CollectError:
            continue
        assert all(post.at <= NOW for post in got.posts)
