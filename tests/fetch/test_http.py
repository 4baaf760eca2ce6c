"""What a plain request does with servers as they are."""

from __future__ import annotations

import asyncio
import time
import tracemalloc

import pytest

from tests.fetch.conftest import HOST, START, Clock, Make, Site, reader
from watcher.fetch import Validators
from watcher.model import CollectError, Request, Session, Source, Trouble

SITE = f"http://{HOST}"


async def trouble_of(make: Make, path: str, **settings: object) -> CollectError:
    read = reader(make(**settings))
    with pytest.raises(CollectError) as caught:
        await read(Request(path if path.startswith("http") else SITE + path))
    return caught.value


async def test_a_page_comes_back_with_its_host_kept_and_its_proof_noted(make: Make) -> None:
    read = reader(make(stamp=lambda: {"X-Simulated-Now": "then"}))
    page = await read(Request(f"{SITE}/a?b=c"))
    assert (page.status, page.text, page.at) == (200, "hello /a?b=c", START)
    assert page.url == f"{SITE}/a?b=c"
    assert page.headers["x-host"] == HOST
    assert [(ref.url, ref.sha256) for ref in read.pages] == [(page.url, page.sha256)]


async def test_a_request_carries_agent_form_json_and_stamp(make: Make) -> None:
    read = reader(make(stamp=lambda: {"X-Simulated-Now": "then"}))
    form = (await read(Request(f"{SITE}/echo", "POST", form={"a": "中 b"}, mobile=True))).json()
    assert form["body"] == "a=%E4%B8%AD+b"
    assert form["headers"]["content-type"] == "application/x-www-form-urlencoded"
    assert form["headers"]["x-simulated-now"] == "then"
    assert "Mobile" in form["headers"]["user-agent"]
    assert "Shouwang" in form["headers"]["user-agent"]
    sent = (await read(Request(f"{SITE}/echo", "POST", json={"a": 1}))).json()
    assert sent["body"] == '{"a":1}'
    assert sent["headers"]["content-type"] == "application/json"


@pytest.mark.parametrize(("how", "times"), [("gzip", 1), ("twice", 2), ("deflate", 1), ("bare", 1)])
async def test_packed_bodies_are_unpacked(make: Make, how: str, times: int) -> None:
    page = await reader(make())(Request(f"{SITE}/packed/{how}"))
    assert page.body == b"packed " * 100 * times


@pytest.mark.parametrize(
    ("how", "trouble"),
    [("cut", Trouble.UNREACHABLE), ("lie", Trouble.UNREADABLE), ("br", Trouble.UNREADABLE)],
)
async def test_wrongly_packed_bodies_are_no_pages(make: Make, how: str, trouble: Trouble) -> None:
    assert (await trouble_of(make, f"/packed/{how}")).trouble is trouble


async def test_a_bomb_is_stopped_while_it_unpacks(make: Make) -> None:
    tracemalloc.start()
    try:
        read = reader(make(max_body=1 << 20))
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        with pytest.raises(CollectError, match="larger than 1048576 bytes") as caught:
            await read(Request(f"{SITE}/bomb"))
        peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert caught.value.trouble is Trouble.UNREADABLE
    assert peak < 125 << 20, "the server's own hundred megabytes and little more"


async def test_an_endless_body_is_cut_off(make: Make) -> None:
    error = await trouble_of(make, "/huge", max_body=1 << 20)
    assert error.trouble is Trouble.UNREADABLE


async def test_a_body_that_drips_runs_out_of_time(make: Make) -> None:
    begun = time.monotonic()
    error = await trouble_of(make, "/slow", total_timeout=0.3)
    assert error.trouble is Trouble.UNREACHABLE
    assert "0.3 s" in error.detail
    assert time.monotonic() - begun < 5


async def test_a_dropped_connection_and_a_dead_server_are_unreachable(make: Make) -> None:
    assert (await trouble_of(make, "/drop")).trouble is Trouble.UNREACHABLE
    dead = await trouble_of(make, "/?token=x", origins={HOST: "http://127.0.0.1:1"})
    assert dead.trouble is Trouble.UNREACHABLE
    assert "token" not in dead.detail


async def test_redirects_inside_the_hosts_are_followed(make: Make) -> None:
    page = await reader(make())(Request(f"{SITE}/to?url=http://www.site.test/b"))
    assert page.url == "http://www.site.test/b"
    assert page.headers["x-host"] == "www.site.test"


async def test_a_post_becomes_a_get_where_browsers_do_so(make: Make) -> None:
    read = reader(make())
    for status, method in ((302, "GET"), (303, "GET"), (307, "POST")):
        url = f"{SITE}/to?status={status}&url=/echo"
        assert (await read(Request(url, "POST", form={"a": "1"}))).json()["method"] == method


async def test_a_redirect_is_handed_over_where_it_is_wanted(make: Make) -> None:
    page = await reader(make())(Request(f"{SITE}/to?url=http://away.test/", redirects=False))
    assert (page.status, page.headers["location"]) == (302, "http://away.test/")


@pytest.mark.parametrize(
    ("target", "named"),
    [
        ("http://away.test/x?ticket=1", "away.test"),
        ("http://169.254.169.254/latest/meta-data", "169.254.169.254"),
        ("http://127.0.0.1:22/", "127.0.0.1"),
        ("//evil.test", "evil.test"),
        ("file:///etc/passwd", "file:///etc/passwd"),
        ("http://site.test.evil.test/", "site.test.evil.test"),
    ],
)
async def test_a_redirect_away_is_a_wall(make: Make, site: Site, target: str, named: str) -> None:
    error = await trouble_of(make, f"/to?url={target.replace('&', '%26')}")
    assert error.trouble is Trouble.BLOCKED
    assert named in error.detail
    assert "ticket" not in error.detail
    assert len(site.seen) == 1


async def test_endless_redirects_are_a_wall(make: Make, site: Site) -> None:
    error = await trouble_of(make, "/loop", max_redirects=3)
    assert error.trouble is Trouble.BLOCKED
    assert len(site.seen) == 4


async def test_a_wall_that_wants_its_cookie_back_gets_it(make: Make) -> None:
    page = await reader(make())(Request(f"{SITE}/cookiewall"))
    assert page.text == "inside"


async def test_cookies_are_never_shared_between_readings(make: Make, site: Site) -> None:
    fetcher = make()
    await reader(fetcher)(Request(f"{SITE}/cookiewall"))
    await reader(fetcher)(Request(f"{SITE}/plain"))
    assert not site.seen[-1].cookies


async def test_every_set_cookie_has_its_own_line(make: Make) -> None:
    page = await reader(make())(Request(f"{SITE}/cookiewall", redirects=False))
    assert [line[:5] for line in page.headers["set-cookie"].splitlines()] == ["seen=", "other"]


@pytest.mark.parametrize(
    ("wait", "seconds"),
    [("120", 120.0), ("Mon, 02 Mar 2026 01:05:00 GMT", 300.0), ("99999999", 86400.0)],
)
async def test_a_platform_that_says_when_is_obeyed(make: Make, wait: str, seconds: float) -> None:
    for status in (429, 503):
        error = await trouble_of(make, f"/busy?status={status}&wait={wait}")
        assert (error.trouble, error.retry_after) == (Trouble.BLOCKED, seconds)


async def test_a_429_that_does_not_say_when_is_left_to_the_collector(make: Make) -> None:
    page = await reader(make())(Request(f"{SITE}/busy"))
    assert page.status == 429


async def test_validators_are_kept_and_sent(make: Make, clock: Clock) -> None:
    fetcher, url = make(), f"{SITE}/etag"
    first = reader(fetcher)
    assert (await first(Request(url, conditional=True))).text == "new"
    kept = first.validators
    assert kept == {url: Validators('"v1"', "then")}
    second = reader(fetcher, validators=kept)
    page = await second(Request(url, conditional=True))
    assert page.not_modified
    assert second.validators == kept
    assert not (await second(Request(url))).not_modified


async def test_only_the_reading_s_own_hosts_are_asked(make: Make, site: Site) -> None:
    error = await trouble_of(make, "http://other.test/")
    assert error.trouble is Trouble.UNREACHABLE
    assert "other.test" in error.detail
    assert not site.seen


async def test_a_secret_shows_neither_in_proof_nor_in_errors(make: Make) -> None:
    async def shake(source: Source, fetch: object) -> Session:
        return Session(params={"access_token": "TOP"}, cookies={"sub": "TOP"})

    read = reader(make(total_timeout=0.5), handshake=shake)
    page = await read(Request(f"{SITE}/echo?a=1", session="s"))
    assert page.json()["headers"]["cookie"] == "sub=TOP"
    await read(Request(f"{SITE}/echo?secret=TOP", secret=True))
    with pytest.raises(CollectError) as caught:
        await read(Request(f"{SITE}/slow?a=1", session="s"))
    assert "TOP" not in repr(read.pages) + page.url + caught.value.detail
    assert read.pages[0].url == f"{SITE}/echo?a=1"


async def test_an_address_that_cannot_be_sent_is_no_crash(make: Make) -> None:
    read = reader(make())
    for url in ("http://[::1", "gopher://site.test/", ""):
        with pytest.raises(CollectError):
            await read(Request(url))
    with pytest.raises(CollectError):
        await read(Request(f"{SITE}/", headers={"x": "a\r\nb: c"}))


async def test_a_lane_goes_through_its_proxy(make: Make, site: Site) -> None:
    fetcher = make(origins={}, proxies={"p": site.base})
    hosts = frozenset({"public.test", "127.0.0.1"})
    await reader(fetcher, hosts=hosts)(Request("http://public.test/a?b=c"))
    assert [(request.host, request.path_qs) for request in site.seen] == [("public.test", "/a?b=c")]
    with pytest.raises(CollectError, match="refused"):
        await reader(fetcher, hosts=hosts)(Request("http://127.0.0.1/"))
    with pytest.raises(CollectError):
        await reader(fetcher, hosts=hosts, platform="other")(Request("http://public.test/"))
    assert len(site.seen) == 1


async def test_names_in_chinese_are_asked_in_either_notation(make: Make, site: Site) -> None:
    fetcher = make(origins={}, proxies={"p": site.base})
    for host in ("三亚.test", "xn--ehq00h.test"):
        page = await reader(fetcher, hosts=frozenset({host}))(Request(f"http://{host}/路径?问=1"))
        assert page.status == 200


async def test_many_readers_share_one_pool(make: Make, site: Site) -> None:
    fetcher = make(max_connections=4)
    await asyncio.gather(*(reader(fetcher)(Request(f"{SITE}/{n}")) for n in range(40)))
    assert len({request.transport for request in site.seen}) <= 4
