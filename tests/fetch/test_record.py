"""Case folders: read strictly, replayed leniently, written scrubbed."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from watcher.fetch.record import Case, CaseError, Recorder, load_case, replay, scrub, scrub_url
from watcher.fetch.replay import nearest
from watcher.model import (
    Account,
    CollectError,
    Fetch,
    Page,
    Request,
    Session,
    Source,
    Trouble,
    Unit,
)

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
API = "https://api.example.test"
HOSTS = frozenset({"api.example.test"})
ORDINARY = f"""
account: {{handle: "42", name: Example City, url: "https://example.test/42"}}
pages:
  - {{url: "{API}/user/42", status: 200, body: user.json, at: 2026-01-02T03:04:05Z}}
  - {{url: "{API}/feed?b=2&a=1", status: 200, body: feed.json.gz, time: 2026-01-02 11:04:06+08:00}}
"""


def folder(tmp_path: Path, text: str, **files: bytes) -> Path:
    here = tmp_path / "example" / "ordinary"
    here.mkdir(parents=True, exist_ok=True)
    (here / "case.yaml").write_text(text, "utf-8")
    for name, body in {"user_json": b'{"id": 42}', **files}.items():
        (here / name.replace("_", ".")).write_bytes(body)
    return here


def case_of(tmp_path: Path, *pages: dict[str, Any], **files: bytes) -> Case:
    rows = [{"status": 200, "at": AT, **page} for page in pages]
    text = yaml.safe_dump({"account": {"handle": 42, "name": "n"}, "pages": rows})
    return load_case(folder(tmp_path, text, **files))


def test_a_case_is_read_as_the_sketch_writes_it(tmp_path: Path) -> None:
    case = load_case(folder(tmp_path, ORDINARY, feed_json_gz=gzip.compress(b"[]")))
    assert (case.name, case.collector, case.source.handle) == ("ordinary", "example", "42")
    assert (case.account.name, case.account.url) == ("Example City", "https://example.test/42")
    user, feed = (recorded.page for recorded in case.pages)
    assert (user.status, user.body, user.at) == (200, b'{"id": 42}', AT)
    assert (feed.body, feed.at.hour) == (b"[]", 3)


@pytest.mark.parametrize(
    "text",
    [
        "collector: weibo\naccount: {handle: 1}\npages: []",
        "platform: weibo\naccount: {handle: 1}\npages: []",
        "account: {handle: 1, collector: weibo}\npages: []",
        "account: {handle: 1, platform: weibo, settings: {a: 1}}\nsettings: {b: 2}\npages: []",
    ],
)
def test_the_collector_may_be_named_in_several_places(tmp_path: Path, text: str) -> None:
    case = load_case(folder(tmp_path, text))
    assert case.collector == case.source.collector == "weibo"


def test_settings_are_joined(tmp_path: Path) -> None:
    text = "account: {handle: 1, settings: {a: 1}}\nsettings: {b: 2}\npages: []"
    assert load_case(folder(tmp_path, text)).source.settings == {"a": 1, "b": 2}


def test_every_mistake_of_a_folder_is_told_at_once(tmp_path: Path) -> None:
    text = """
acount: {}
account: {name: [x]}
pages:
  - {url: "no address", status: 42, body: missing.json, at: 2026-01-02T03:04:05Z}
  - {url: "https://a.test/", status: "200", body: ../../../secret, at: soon}
  - {url: "https://a.test/", body: broken.gz, at: 2026-01-02 03:04:05, headers: [a]}
  - {stauts: 200, method: TELL}
  - just text
"""
    with pytest.raises(CaseError) as caught:
        load_case(folder(tmp_path, text, broken_gz=b"nothing"))
    told = str(caught.value)
    for part in (
        "case.yaml: acount: unknown key; did you mean 'account'?",
        "account.handle: is missing",
        "account.name: must be a text, not list",
        "pages[0].url: 'no address' is no http address",
        "pages[0].status: 42 is not a status",
        "pages[0].body: there is no file missing.json",
        "pages[1].status: '200' is not a status",
        "pages[1].body: ../../../secret lies outside the case folder",
        "pages[1].at: 'soon' is not a time",
        "pages[2].status: is missing",
        "pages[2].body: broken.gz cannot be read",
        "pages[2].at: 2026-01-02 03:04:05 has no time of day with its zone",
        "pages[2].headers: must be a mapping",
        "pages[3].stauts: unknown key; did you mean 'status'?",
        "pages[3].method: 'TELL' is not one of",
        "pages[4]: must be a mapping",
    ):
        assert part in told, f"{part}\nnot in\n{told}"
    assert all(mistake.file == "case.yaml" for mistake in caught.value.mistakes)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [", "no YAML"),
        ("", "is missing"),
        ("- x", "must be a mapping"),
        ("account: {handle: 1}\npages: x", "pages: must be a list"),
        ("account: {handle: 1}\npages: [{url: 'http://[', status: 200}]", "pages[0].url"),
        ("at: 2026-02-30", "no YAML"),
    ],
)
def test_a_broken_file_is_a_clear_error(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(CaseError) as caught:
        load_case(folder(tmp_path, text))
    assert told in str(caught.value)


def test_a_folder_without_case_says_so(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="there is no such file"):
        load_case(tmp_path / "nowhere")


async def test_pages_are_found_and_the_forgotten_ones_named(tmp_path: Path) -> None:
    read = replay(
        case_of(tmp_path, {"url": f"{API}/a?x=1&y=2", "body": "user.json"}, {"url": f"{API}/b"}),
        HOSTS,
    )
    page = await read(Request(f"{API}/a?y=2&x=1"))
    assert page.json() == {"id": 42}
    assert read.unread == (f"{API}/b",)
    assert (await read(Request(f"{API}/a?y=2&x=1"))).json() == {"id": 42}
    with pytest.raises(CollectError, match=r"not recorded: https://api\.example\.test/c"):
        await read(Request(f"{API}/c"))
    with pytest.raises(CollectError, match="refused"):
        await read(Request("https://elsewhere.test/"))
    assert [ref.sha256 for ref in read.pages] == [page.sha256] * 2


async def test_a_page_recorded_twice_comes_in_order(tmp_path: Path) -> None:
    url = f"{API}/a"
    read = replay(case_of(tmp_path, {"url": url, "status": 503}, {"url": url}), HOSTS)
    assert [(await read(Request(url))).status for _ in range(3)] == [503, 200, 200]


async def test_methods_are_told_apart_where_recorded(tmp_path: Path) -> None:
    url = f"{API}/a"
    case = case_of(
        tmp_path,
        {"url": url, "method": "post", "status": 201},
        {"url": url, "method": "GET", "status": 202},
    )
    read = replay(case, HOSTS)
    assert (await read(Request(url))).status == 202
    assert (await read(Request(url, "POST"))).status == 201


@pytest.mark.parametrize(
    ("asked", "recorded", "found"),
    [
        ("http://a/b?t=1&id=2", "https://a/b?id=2&t=9&_=5", True),
        ("https://a/b?id=2&access_token=x", "https://a/b?id=2", True),
        ("https://a/b?id=2&msToken=x&a_bogus=y", "https://a/b?id=2&count=20", True),
        ("https://a/b?id=2&page=1", "https://a/b?id=2", True),
        ("https://a/b?id=2&page=2", "https://a/b?id=2", False),
        ("https://a/b?id=2&page=2", "https://a/b?id=2&page=1", False),
        ("https://a/b?id=2", "https://a/b?id=3", False),
        ("https://a/b", "https://a/b/", True),
        ("https://a/b", "https://a/c", False),
        ("https://a/b", "https://c/b", False),
        ("https://a/b?id=2&x=1", "https://a/b?id=2&y=1", False),
    ],
)
def test_addresses_that_ask_the_same_are_the_same(asked: str, recorded: str, found: bool) -> None:
    assert (nearest(asked, [recorded]) is not None) == found


async def test_redirects_and_walls_are_as_on_the_network(tmp_path: Path) -> None:
    case = case_of(
        tmp_path,
        {"url": f"{API}/in", "status": 302, "headers": {"Location": "/user"}},
        {"url": f"{API}/user", "body": "user.json"},
        {"url": f"{API}/out", "status": 302, "headers": {"Location": "https://login.test/"}},
        {"url": f"{API}/lost", "status": 302, "headers": {"Location": "/unrecorded"}},
        {"url": f"{API}/loop", "status": 302, "headers": {"Location": "/loop"}},
        {"url": f"{API}/busy", "status": 429, "headers": {"Retry-After": 60}},
    )
    read = replay(case, HOSTS)
    assert (await read(Request(f"{API}/in"))).url == f"{API}/user"
    assert (await read(Request(f"{API}/in", redirects=False))).status == 302
    assert (await read(Request(f"{API}/lost"))).status == 302
    for path in ("out", "loop", "busy"):
        with pytest.raises(CollectError) as caught:
            await read(Request(f"{API}/{path}"))
        assert caught.value.trouble is Trouble.BLOCKED
    assert caught.value.retry_after == 60


async def test_a_rendered_request_collects_what_its_page_asked(tmp_path: Path) -> None:
    case = case_of(
        tmp_path,
        {"url": f"{API}/web/post/?sign=1", "body": "user.json"},
        {"url": f"{API}/web/other/"},
    )
    page = await replay(case, HOSTS)(Request(f"{API}/u/1", render=True, capture=("/web/post",)))
    assert page.body == b""
    assert [one.url for one in page.captured] == [f"{API}/web/post/?sign=1"]
    with pytest.raises(CollectError, match="not recorded"):
        await replay(case, HOSTS)(Request(f"{API}/u/1", render=True, capture=("/none",)))


async def test_an_unrecorded_handshake_is_skipped_and_a_recorded_one_counts(tmp_path: Path) -> None:
    async def shake(source: Source, fetch: Fetch) -> Session:
        page = await fetch(Request(f"{API}/visitor", "POST", session="guest"))
        if page.status != 200:
            raise CollectError(Trouble.BLOCKED, "captcha")
        return Session()

    read = replay(case_of(tmp_path, {"url": f"{API}/a"}), HOSTS, shake)
    assert (await read(Request(f"{API}/a", session="guest"))).status == 200
    pages = ({"url": f"{API}/a"}, {"url": f"{API}/visitor", "status": 403})
    with pytest.raises(CollectError, match="captcha"):
        await replay(case_of(tmp_path, *pages), HOSTS, shake)(Request(f"{API}/a", session="guest"))


async def test_a_recording_can_be_replayed_and_holds_no_secret(tmp_path: Path) -> None:
    body = (
        b'{"name": "\xe4\xb8\x89\xe4\xba\x9a", "access_token": "SECRETSECRET", "ver": "1.2.3.4.5",'
        b'"ip": "61.1.2.3", "avatar": "https://i.test/a.jpg?id=7&x-signature=SECRETSECRET",'
        b'"signature": "our own words", "extra": "{\\"msToken\\":\\"SECRETSECRET\\"}"}'
    )

    async def network(request: Request) -> Page:
        headers = {"content-type": "application/json", "set-cookie": "SUB=SECRETSECRET"}
        url = request.url.replace("/old", "/new")
        xhr = Page(f"{API}/xhr?a_bogus=SECRETSECRET", 200, b"[]", AT, headers)
        return Page(url, 200, body, AT, headers, captured=(xhr,) if request.render else ())

    record = Recorder(network)
    await record(Request(f"{API}/old?id=7&access_token=SECRETSECRET"))
    await record(Request(f"{API}/token?secret=SECRETSECRET", secret=True))
    await record(Request(f"{API}/shown", render=True, capture=("/xhr",)))
    account = Account("k", "example", "三亚发布", Unit("u", "n"), url="https://example.test/")
    file = record.write(tmp_path / "new", account, Source("example", "42"))
    written = b"".join(path.read_bytes() for path in file.parent.iterdir())
    assert b"SECRETSECRET" not in written
    assert b"61.1.2.3" not in written
    assert b"/token" not in written
    for kept in (b"our own words", b"1.2.3.4.5", "三亚发布".encode(), b"id=7"):
        assert kept in written
    read = replay(load_case(file.parent), HOSTS)
    page = await read(Request(f"{API}/old?id=7&access_token=ANOTHER"))
    assert page.json()["name"] == "三亚"
    assert "/new" in page.url
    shown = await read(Request(f"{API}/shown", render=True, capture=("/xhr",)))
    assert [one.body for one in shown.captured] == [b"[]"]
    assert not read.unread
    with pytest.raises(FileExistsError):
        record.write(file.parent, account, Source("example", "42"))


def test_scrubbing_leaves_the_harmless_alone() -> None:
    assert (
        scrub_url("https://a.test/p?id=1&name=%E4%B8%89") == "https://a.test/p?id=1&name=%E4%B8%89"
    )
    assert (
        scrub_url("https://u:p@a.test/p?client_ip=1.2.3.4#x")
        == "https://a.test/p?client_ip=192.0.2.1"
    )
    assert (
        scrub(b'<a href="/s?token=abcdefgh&amp;id=3">') == b'<a href="/s?token=scrubbed&amp;id=3">'
    )
