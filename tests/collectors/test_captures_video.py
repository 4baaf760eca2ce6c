"""Real answers of 快手 and 今日头条, replayed as case folders, read as their MANIFEST says.

The captures are no part of the repository; without them these tests are skipped.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collectors import discover
from tests.collectors.captured import CAPTURES, NEEDS_CAPTURES
from watcher.fetch.record import load_case
from watcher.model import Coverage, Failure, Outcome, Snapshot, Trouble
from watcher.reading import replay_case

VIDEO = CAPTURES / "video"
pytestmark = NEEDS_CAPTURES

COLLECTORS = discover()
LIVE = "https://live.kuaishou.com"
CELL = "toutiao/app_feed_cell_peoplecn_pinned_2018.json"


async def replayed(
    folder: Path, name: str, platform: str, handle: str, url: str, account: str = ""
) -> Outcome:
    """What becomes of a capture that is given as the one page of a case."""
    (folder / "body").write_bytes((VIDEO / name).read_bytes())
    said = {
        "platform": platform,
        "at": "2026-11-23T04:00:00Z",
        "account": {"handle": handle, "name": account},
        "pages": [{"url": url, "status": 200, "body": "body"}],
    }
    (folder / "case.yaml").write_text(json.dumps(said), "utf-8")
    outcome, unread = await replay_case(load_case(folder), COLLECTORS)
    assert not unread
    return outcome


@pytest.mark.parametrize(
    ("name", "url", "means"),
    [
        (
            "live_api_profile_public_result2_gated.json",
            f"{LIVE}/live_api/profile/public?principalId=3x1234567890abc",
            Trouble.BLOCKED,
        ),
        (
            "live_api_profile_public_result2_gated.json",
            f"{LIVE}/live_api/profile/public",
            Trouble.BLOCKED,
        ),
        ("live_u_not_found_type1.html", f"{LIVE}/u/3x1234567890abc", Trouble.GONE),
        ("live_u_rate_limited_type2.html", f"{LIVE}/u/3x1234567890abc", Trouble.BLOCKED),
        (
            "rest_result50_unsigned.json",
            "https://www.kuaishou.com/rest/v/profile/feed",
            Trouble.BLOCKED,
        ),
        ("rest_result50_unsigned.json", "https://www.kuaishou.com/graphql", Trouble.BLOCKED),
    ],
)
@pytest.mark.parametrize("handle", ["3x1234567890abc"])
async def test_kuaishous_refusals_are_never_silence(
    tmp_path: Path, name: str, url: str, means: Trouble, handle: str
) -> None:
    got = await replayed(tmp_path, f"kuaishou/{name}", "kuaishou", handle, url, "三亚发布")
    assert isinstance(got, Failure)
    assert got.trouble is means


@pytest.mark.parametrize(
    "url",
    [
        "https://www.toutiao.com/api/pc/list/feed?category=profile_all",
        "https://is.snssdk.com/api/news/feed/v88/?category=profile",
        "https://www.toutiao.com/c/user/50502346173/",
        "http://m.toutiao.com/group/6606040831663014413/",
    ],
)
@pytest.mark.parametrize(
    ("handle", "account"), [("50502346173", ""), ("50502346173", "人民网"), ("人民网", "")]
)
async def test_a_pinned_post_of_peoples_daily_online_on_toutiao(
    tmp_path: Path, url: str, handle: str, account: str
) -> None:
    if "/c/user/" in url and not handle.isdecimal():
        url = "https://www.toutiao.com/c/user/token/%E4%BA%BA%E6%B0%91%E7%BD%91/"
    got = await replayed(tmp_path, CELL, "toutiao", handle, url, account)
    assert isinstance(got, Snapshot)
    profile, (post,) = got.sighting.profile, got.sighting.posts
    assert profile is not None
    assert (profile.name, profile.verified, profile.verified_type) == ("人民网", True, "0")
    assert (profile.verified_as, profile.followers) == ("人民网官方头条号", None)
    assert profile.avatar == "ca400072481685ad43b"
    assert post.id == "6606040831663014413"
    assert post.at == datetime.fromtimestamp(1538088738, UTC)
    assert got.sighting.coverage is Coverage.PARTIAL


@pytest.mark.parametrize(("handle", "account"), [("50502346174", "人民网"), ("1", "新华网")])
async def test_it_is_nobody_elses_post(tmp_path: Path, handle: str, account: str) -> None:
    url = "https://www.toutiao.com/api/pc/list/feed?category=profile_all"
    got = await replayed(tmp_path, CELL, "toutiao", handle, url, account)
    assert isinstance(got, Failure)
    assert got.trouble is Trouble.UNREADABLE
