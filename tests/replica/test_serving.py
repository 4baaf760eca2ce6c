import asyncio
import time
from datetime import timedelta

import httpx
import pytest

from tests.replica.stage import DAY, NOW, play
from watcher.replica.app import application, moment_of, serve
from watcher.replica.transport import ReplicaTransport
from watcher.replica.world import Scene


def address(one):
    return f"https://rss.example-bridge.cn{one.handle}"


async def test_a_served_replica_answers_by_host_and_by_the_moment_it_is_told():
    shown, one = play("feed")
    async with serve(shown, 0, lambda: NOW) as base, httpx.AsyncClient() as client:
        headers = {"Host": "rss.example-bridge.cn"}
        now = await client.get(f"{base}{one.handle}", headers=headers)
        later = headers | {"X-Simulated-Now": (NOW + 9 * DAY).isoformat()}
        then = await client.get(f"{base}{one.handle}", headers=later)
        zoneless = headers | {"X-Simulated-Now": "2026-11-09T00:00:00"}
        refused = await client.get(f"{base}{one.handle}", headers=zoneless)
    assert now.status_code == then.status_code == 200
    assert now.content != then.content
    assert refused.status_code == 400


async def test_the_transport_and_the_server_say_the_same():
    shown, one = play("feed")
    transport = ReplicaTransport(shown, lambda: NOW)
    app = httpx.ASGITransport(application(shown, lambda: NOW))
    async with httpx.AsyncClient(transport=transport) as a, httpx.AsyncClient(transport=app) as b:
        for path in ("", "/none"):
            mine, theirs = await a.get(address(one) + path), await b.get(address(one) + path)
            assert (mine.status_code, mine.content) == (theirs.status_code, theirs.content)
            assert mine.headers.get("etag") == theirs.headers.get("etag")


async def test_cookies_of_the_handshake_open_the_timeline():
    shown, one = play("weibo")
    async with httpx.AsyncClient(transport=ReplicaTransport(shown, lambda: NOW)) as client:
        url = f"https://m.weibo.cn/api/container/getIndex?type=uid&value={one.handle}"
        assert (await client.get(url)).status_code == 432
        form = {"cb": "visitor_gray_callback", "tid": "", "from": "weibo"}
        await client.post("https://visitor.passport.weibo.cn/visitor/genvisitor2", data=form)
        assert (await client.get(url)).json()["ok"] == 1


async def test_slow_and_hanging_are_timeouts_in_process():
    for scene in (Scene.SLOW, Scene.HANG):
        shown, one = play("feed", scene)
        async with httpx.AsyncClient(transport=ReplicaTransport(shown, lambda: NOW)) as client:
            with pytest.raises(httpx.ReadTimeout):
                await client.get(address(one))


async def test_slow_is_a_timeout_over_a_socket_and_the_server_still_ends():
    shown, one = play("feed", Scene.SLOW)
    async with serve(shown, 0, lambda: NOW) as base, httpx.AsyncClient(timeout=0.2) as client:
        with pytest.raises(httpx.ReadTimeout):
            await client.get(f"{base}{one.handle}", headers={"Host": "rss.example-bridge.cn"})


async def test_a_huge_body_comes_in_pieces():
    shown, one = play("feed", Scene.HUGE)
    transport = ReplicaTransport(shown, lambda: NOW)
    async with httpx.AsyncClient(transport=transport) as client:
        read = 0
        async with client.stream("GET", address(one)) as response:
            async for piece in response.aiter_bytes():
                read += len(piece)
                if read > 8 << 20:
                    break
    assert read <= 9 << 20


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="no zone"):
        moment_of("2026-11-09T00:00:00", lambda: NOW)
    assert moment_of(None, lambda: NOW) == NOW


async def test_the_transport_is_cheap(capsys):
    shown, one = play("weibo")
    transport = ReplicaTransport(shown, lambda: NOW)
    url = f"https://m.weibo.cn/api/container/getIndex?containerid=107603{one.handle}"
    request = httpx.Request("GET", url, headers={"Cookie": "SUB=_2AkM6af25e80"})
    began, count = time.process_time(), 3000
    for n in range(count):
        request.headers["X-Simulated-Now"] = (NOW + timedelta(minutes=n)).isoformat()
        response = await transport.handle_async_request(request)
        await response.aread()
    spent = time.process_time() - began
    await asyncio.sleep(0)
    with capsys.disabled():
        print(f" [{count / spent:,.0f} answers/s]", end="")
