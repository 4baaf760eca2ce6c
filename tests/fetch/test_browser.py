"""The real Chromium on a server of our own."""

from __future__ import annotations

import asyncio
import contextlib

import psutil
import pytest
from aiohttp import web

from tests.fetch.conftest import HOST, Clock, Make, Site, reader
from watcher.fetch import Fetcher
from watcher.fetch.visit import SHOT
from watcher.model import CollectError, Page, Request, Trouble

SITE = f"http://{HOST}"
pytestmark = [pytest.mark.slow]

PAGE = """<!doctype html><meta charset=utf-8><title>用户</title><body>主页
<img src=/picture.png><script>
fetch('/web/api/profile/other/?sign=1').then(r => r.json()).then(() =>
  setTimeout(() => fetch('http://api.site.test/web/api/post/', {method: 'POST', body: 'a=1'}), 50));
</script>"""


def html(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/html")


class Pages(Site):
    """The server with pages that need a browser."""

    async def on_user(self, request: web.Request) -> web.StreamResponse:
        return html(PAGE)

    async def on_long(self, request: web.Request) -> web.StreamResponse:
        return html("<div style='height:3000px'>三亚发布<img src=/picture.png></div>")

    async def on_web(self, request: web.Request) -> web.StreamResponse:
        body = (await request.read()).decode()
        return web.json_response(
            {"path": request.path, "body": body}, headers={"Access-Control-Allow-Origin": "*"}
        )

    async def on_spy(self, request: web.Request) -> web.StreamResponse:
        """Tries every way to the inside."""
        inside = self.base
        return html(
            f"<body><img src={inside}/stolen?img><iframe src={inside}/stolen?frame></iframe>"
            f"<script src={inside}/stolen?script></script><script>"
            f"fetch('{inside}/stolen?fetch', {{mode: 'no-cors'}}).catch(() => 0);"
            f"try {{ new WebSocket('{inside.replace('http', 'ws')}/stolen?ws') }} catch (e) {{}}"
            "</script>"
        )

    async def on_secure(self, request: web.Request) -> web.StreamResponse:
        response = html(
            "<script>fetch('/web/1').then(() => fetch('https://api.site.test/web/2'))</script>"
        )
        response.set_cookie("one", "1")
        response.set_cookie("two", "2")
        return response

    async def on_leave(self, request: web.Request) -> web.StreamResponse:
        return html("<script>location = 'http://login.elsewhere.test/?next=1'</script>")

    async def on_hang(self, request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(30)
        return html("late")


@pytest.fixture
def site_class() -> type[Site]:
    return Pages


def chromiums() -> list[psutil.Process]:
    found = []
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if "chrom" in process.name():
                found.append(process)
    return found


def paths(page: Page) -> list[str]:
    return [one.json()["path"] for one in page.captured]


async def test_the_answers_to_the_page_s_own_requests_are_captured(make: Make, site: Site) -> None:
    read = reader(make())
    page = await read(
        Request(f"{SITE}/user/1", render=True, capture=("/profile/other/", "/api/post"))
    )
    assert page.status == 200
    assert "主页" in page.text
    assert paths(page) == ["/web/api/profile/other/", "/web/api/post/"]
    assert page.captured[1].json()["body"] == "a=1"
    assert len(read.pages) == 3
    assert "/picture.png" not in site.paths, "pictures are not loaded"


async def test_a_stand_in_answers_for_https_and_keeps_cookies(make: Make, site: Site) -> None:
    read = reader(make())
    page = await read(Request(f"https://{HOST}/secure", render=True, capture=("/web/1", "/web/2")))
    assert paths(page) == ["/web/1", "/web/2"]
    assert dict(site.seen[1].cookies) == {"one": "1", "two": "2"}
    moved = await read(Request(f"https://{HOST}/to?url=/secure", render=True, capture=("/web/2",)))
    assert paths(moved) == ["/web/2"]


async def test_pictures_are_loaded_where_they_are_evidence(make: Make, site: Site) -> None:
    await reader(make(), evidence=True)(Request(f"{SITE}/user/1", render=True))
    assert "/picture.png" in site.paths


async def test_evidence_holds_a_picture_of_the_whole_page(make: Make, site: Site) -> None:
    request = Request(f"{SITE}/long", render=True, capture=("/picture.png",))
    page = await reader(make(), evidence=True)(request)
    avatar, shot = page.captured
    assert (avatar.url.endswith("/picture.png"), shot.headers["content-type"]) == (True, SHOT)
    assert shot.body.startswith(b"\x89PNG")
    assert int.from_bytes(shot.body[20:24]) >= 3000, "the picture is as high as the page"
    assert shot.headers["x-whole-page"] == "true"


async def test_a_capture_that_never_comes_ends_with_the_quiet(make: Make) -> None:
    read = reader(make(page_timeout=10.0))
    page = await read(Request(f"{SITE}/user/1", render=True, capture=("/never/",), mobile=True))
    assert page.captured == ()
    assert "主页" in page.text


async def test_a_page_cannot_reach_the_inside(make: Make, site: Site) -> None:
    read = reader(make(page_timeout=8.0), evidence=True)
    await read(Request(f"{SITE}/spy", render=True))
    assert not [path for path in site.paths if "stolen" in path]


async def test_a_page_that_goes_elsewhere_is_a_wall(make: Make) -> None:
    with pytest.raises(CollectError, match=r"login\.elsewhere\.test") as caught:
        await reader(make())(Request(f"{SITE}/leave", render=True, capture=("/x",)))
    assert caught.value.trouble is Trouble.BLOCKED
    with pytest.raises(CollectError, match=r"away\.test") as caught:
        await reader(make())(Request(f"{SITE}/to?url=http://away.test/", render=True))
    assert caught.value.trouble is Trouble.BLOCKED


async def test_hosts_of_others_and_inner_addresses_are_not_opened(make: Make) -> None:
    fetcher = make()
    for url, hosts in (
        ("http://other.test/", frozenset({HOST})),
        ("http://127.0.0.1/", frozenset({"127.0.0.1"})),
    ):
        with pytest.raises(CollectError, match="refused"):
            await reader(fetcher, hosts=hosts)(Request(url, render=True))
    assert not chromiums()


async def test_a_page_that_hangs_runs_out_of_time(make: Make) -> None:
    with pytest.raises(CollectError, match="does not load") as caught:
        await reader(make(page_timeout=1.0))(Request(f"{SITE}/hang", render=True))
    assert caught.value.trouble is Trouble.UNREACHABLE


async def test_a_killed_browser_is_started_again(make: Make, site: Site) -> None:
    fetcher = make()
    await reader(fetcher)(Request(f"{SITE}/user/1", render=True))
    under_way = asyncio.create_task(
        reader(fetcher)(Request(f"{SITE}/user/2", render=True, capture=("/never",)))
    )
    while "/user/2" not in site.paths:
        await asyncio.sleep(0.02)
    for process in chromiums():
        with contextlib.suppress(psutil.Error):
            process.kill()
    page = await under_way
    assert page.status == 200
    assert site.paths.count("/user/2") == 2


async def test_a_killed_driver_is_started_again(make: Make, site: Site) -> None:
    fetcher = make()
    await reader(fetcher)(Request(f"{SITE}/user/1", render=True))
    for process in psutil.Process().children(recursive=True):
        if process.name() == "node":
            process.kill()
    await asyncio.sleep(0.3)
    assert (await reader(fetcher)(Request(f"{SITE}/user/2", render=True))).status == 200


async def test_a_worn_browser_is_replaced_and_an_idle_one_closed(make: Make) -> None:
    fetcher = make(browser_lifetime=2, context_pages=1, browser_idle=0.2)
    for n in range(3):
        await reader(fetcher)(Request(f"{SITE}/plain/{n}", render=True))
    for _ in range(100):
        await asyncio.sleep(0.1)
        if not chromiums():
            break
    assert not chromiums()


async def test_a_missing_browser_is_named(make: Make, clock: Clock) -> None:
    fetcher: Fetcher = make(browser_path="/nowhere/chromium")
    with pytest.raises(CollectError, match="apt-get install chromium") as caught:
        await reader(fetcher)(Request(f"{SITE}/", render=True))
    assert caught.value.trouble is Trouble.UNREACHABLE
