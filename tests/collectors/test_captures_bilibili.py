"""Bilibili's captured answers, and Baidu's captcha, read as their MANIFEST says, case by case.

The captures are no part of the repository; without them these tests are skipped.
"""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from collectors import discover
from tests.collectors.captured import CAPTURES, NEEDS_CAPTURES
from watcher.fetch.record import load_case
from watcher.model import Failure, Snapshot, Trouble
from watcher.reading import replay_case

pytestmark = NEEDS_CAPTURES

MID = "161775300"
FEED = f"https://api.bilibili.com/x/polymer/web-dynamic/v1/feed/space?host_mid={MID}"
MASTER = f"https://api.live.bilibili.com/live_user/v1/Master/info?uid={MID}"
CARD = f"https://api.bilibili.com/x/web-interface/card?mid={MID}"
HOME = "https://author.baidu.com/home/1551599273641720"


async def replayed(
    folder: Path, collector: str, handle: str, url: str, name: str, called: str = "明日方舟"
) -> Snapshot | Failure:
    """The capture as a case folder, as an operator would replay it."""
    source = CAPTURES / name
    shutil.copy(source, folder / source.name)
    content = {
        "collector": collector,
        "account": {"handle": handle, "name": called},
        "pages": [
            {"url": url, "status": 200, "body": source.name, "at": "2024-08-16T00:00:00Z"},
        ],
    }
    (folder / "case.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    outcome, unread = await replay_case(load_case(folder), discover())
    assert not unread
    return outcome


async def test_arknights_newest_dynamic_is_neither_the_first_nor_the_latest_row(
    tmp_path: Path,
) -> None:
    got = await replayed(tmp_path, "bilibili", MID, FEED, "video/bilibili/bilibili-new.json")
    assert isinstance(got, Snapshot)
    seen = got.sighting
    newest = max(seen.posts, key=lambda post: post.at)
    assert newest.id == "917925942426337285"
    assert newest.at == datetime.fromtimestamp(1712559688, UTC)
    assert len(seen.posts) == 12
    assert [post.id for post in seen.posts if post.pinned] == ["916751749918752793"]
    assert [post.id for post in seen.posts if post.repost] == ["917092495452536836"]
    assert seen.coverage == "complete"
    assert seen.reaches == datetime.fromtimestamp(1712063229, UTC)
    assert seen.profile is not None
    assert (seen.profile.name, seen.profile.verified) == ("明日方舟", True)


async def test_the_stranger_in_that_list_has_no_list_of_his_own(tmp_path: Path) -> None:
    url = FEED.replace(MID, "6050499")
    got = await replayed(
        tmp_path, "bilibili", "6050499", url, "video/bilibili/bilibili-new.json", ""
    )
    assert isinstance(got, Snapshot)
    assert [post.repost for post in got.sighting.posts] == [True]


async def test_arknights_is_nobody_else(tmp_path: Path) -> None:
    name = "video/bilibili/bilibili-new.json"
    got = await replayed(tmp_path, "bilibili", "3990000000101", FEED, name)
    assert isinstance(got, Failure)


async def test_being_live_is_no_post(tmp_path: Path) -> None:
    url = FEED.replace(MID, "13164144")
    name = "video/bilibili/bilibili-dynamic-live-rcmd.json"
    got = await replayed(tmp_path, "bilibili", "13164144", url, name, "魔法Zc目录")
    assert isinstance(got, Snapshot)
    assert (got.sighting.posts, got.sighting.coverage) == ((), "partial")


@pytest.mark.parametrize("url", [MASTER, CARD])
@pytest.mark.parametrize("collector", ["bilibili", "bilibili_card"])
async def test_arknights_face_tells_whom_bilibili_certified(
    tmp_path: Path, collector: str, url: str
) -> None:
    name = "video/bilibili/bilibili_arknights_profile.json"
    got = await replayed(tmp_path, collector, MID, url, name)
    assert isinstance(got, Snapshot)
    face = got.sighting.profile
    assert face is not None
    assert (face.name, face.verified_type) == ("明日方舟", "institution")
    assert face.verified_as == "bilibili企业认证:明日方舟官方账号"
    assert face.followers == 6734852
    assert got.sighting.posts == ()


async def test_baidus_captcha_is_a_wall(tmp_path: Path) -> None:
    name = "portals/baidu-captcha-20230731.html"
    got = await replayed(tmp_path, "baijiahao", "1551599273641720", HOME, name, "IT之家")
    assert isinstance(got, Failure)
    assert got.trouble is Trouble.BLOCKED
