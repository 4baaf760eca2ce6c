"""WeChat's events: only what is signed, fresh, new and meant for the account is taken."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette

from tests.test_rounds import T0, UNIT, made, watching
from watcher import pushing, store
from watcher.model import Account, Coverage, Source
from watcher.pushing import Door
from watcher.simulate import VirtualClock
from watcher.watch import Watch
from watcher.wechat_push import Keys, PushError, decrypt, read_event, read_xml, signed

CAPTURE = Path("/work/shared/captures/weibo_wechat/transcribed/wx_masssendjobfinish_event.xml")
TOKEN, APPID, GH = "t0ken", "wx0123456789abcdef", "gh_5a5a5a5a5a5a"
AES = base64.b64encode(bytes(range(32))).decode().rstrip("=")
FORMER = base64.b64encode(bytes(range(1, 33))).decode().rstrip("=")
SENT = int((T0 - timedelta(seconds=30)).timestamp())
LONG = "http://mp.weixin.qq.com/s?__biz=MzA4ODUzNjAxOA==&amp;mid=2650707699&amp;idx=2&amp;sn=x#rd"


def mass(
    urls: tuple[str, ...] = (LONG,), status: str = "send success", to: str = GH, at: int = SENT
) -> bytes:
    items = "".join(
        f"<item><ArticleIdx>{n}</ArticleIdx><ArticleUrl>{url}</ArticleUrl></item>"
        for n, url in enumerate(urls, start=1)
    )
    return (
        f"<xml><ToUserName><![CDATA[{to}]]></ToUserName><FromUserName>o1</FromUserName>"
        f"<CreateTime>{at}</CreateTime><MsgType><![CDATA[event]]></MsgType>"
        f"<Event><![CDATA[MASSSENDJOBFINISH]]></Event><MsgID>1000000003</MsgID>"
        f"<Status><![CDATA[{status}]]></Status><ArticleUrlResult><Count>{len(urls)}</Count>"
        f"<ResultList>{items}</ResultList></ArticleUrlResult></xml>"
    ).encode()


def published(status: int, url: str = LONG) -> bytes:
    return (
        f"<xml><ToUserName>{GH}</ToUserName><CreateTime>{SENT}</CreateTime>"
        f"<MsgType>event</MsgType><Event>PUBLISHJOBFINISH</Event><PublishEventInfo>"
        f"<publish_id>2247503051</publish_id><publish_status>{status}</publish_status>"
        f"<article_id>b5O2OUs25HBxRceL7hfReg</article_id><article_detail><count>1</count>"
        f"<item><idx>1</idx><article_url>{url}</article_url></item></article_detail>"
        f"</PublishEventInfo></xml>"
    ).encode()


def sha(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def encrypted(message: bytes, key: str = AES, appid: str = APPID) -> str:
    secret = base64.b64decode(key + "=")
    text = b"r" * 16 + len(message).to_bytes(4) + message + appid.encode()
    fill = 32 - len(text) % 32
    cipher = Cipher(algorithms.AES(secret), modes.CBC(secret[:16])).encryptor()
    return base64.b64encode(cipher.update(text + bytes([fill]) * fill) + cipher.finalize()).decode()


def sealed(message: bytes, key: str = AES, appid: str = APPID) -> bytes:
    inside = encrypted(message, key, appid)
    return f"<xml><ToUserName>{GH}</ToUserName><Encrypt>{inside}</Encrypt></xml>".encode()


def query(nonce: str = "n1", at: datetime = T0, body: bytes = b"", **more: str) -> dict[str, str]:
    stamp = str(int(at.timestamp()))
    found = {"timestamp": stamp, "nonce": nonce, "signature": sha(TOKEN, stamp, nonce)}
    if b"<Encrypt>" in body:
        inside = body.partition(b"<Encrypt>")[2].partition(b"<")[0].decode()
        found |= {"encrypt_type": "aes", "msg_signature": sha(TOKEN, stamp, nonce, inside)}
    return found | more


class Stand:
    """A watch with two accounts behind the door; `post` and `get` are WeChat's."""

    def __init__(self, watch: Watch, clock: VirtualClock) -> None:
        self.watch, self.clock = watch, clock
        app = Starlette(routes=Door(watch).routes())
        transport = httpx.ASGITransport(app)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://watcher")

    async def post(self, body: bytes, key: str = "wx-1", **more: str) -> int:
        asked = query(**{"body": body, **more})  # type: ignore[arg-type]
        answer = await self.client.post(f"/push/wechat/{key}", params=asked, content=body)
        assert answer.text == ("success" if answer.status_code == 200 else "")
        return answer.status_code

    def posts(self, key: str = "wx-1") -> list[store.ListedPost]:
        with self.watch.db.read() as c:
            found = store.account_detail(c, key, self.clock.moment)
        assert found is not None
        return list(found.posts)


@asynccontextmanager
async def standing(folder: Path, **more: str) -> AsyncIterator[Stand]:
    given: Mapping[str, str] = {"push_token": TOKEN, "appid": APPID, "gh": GH, **more}
    door = Account("wx-1", "wechat_subscription", "三亚", UNIT, (Source("wechat_api", "x", given),))
    shut = replace(door, key="wx-2", sources=(Source("wechat_api", "y", {"gh": GH}),))
    async with watching(folder, {"wechat_api": made("wechat_api")}, (door, shut)) as (watch, clock):
        watch.reveal = lambda source: source
        stand = Stand(watch, clock)
        try:
            yield stand
        finally:
            await stand.client.aclose()


async def test_the_address_is_confirmed_by_its_echo(tmp_path: Path) -> None:
    async with standing(tmp_path) as stand:
        path = "/push/wechat/wx-1"
        answer = await stand.client.get(path, params=query(echostr="5837"))
        assert (answer.status_code, answer.text) == (200, "5837")
        for wrong in ({"signature": "0" * 40}, {"echostr": "<script>"}, {"timestamp": "x"}):
            answer = await stand.client.get(path, params=query() | {"echostr": "5837"} | wrong)
            assert (answer.status_code, answer.text) == (403, "")


async def test_a_mass_send_is_an_update_by_the_id_that_every_source_gives_it(
    tmp_path: Path,
) -> None:
    async with standing(tmp_path) as stand:
        assert await stand.post(mass()) == 200
        (found,) = stand.posts()
        with stand.watch.db.read() as c:
            sight = store.dossiers(c, ["wx-1"], T0)["wx-1"].sight
    assert (found.post.id, found.source) == ("2650707699_2", "wechat_push")
    assert found.post.at == datetime.fromtimestamp(SENT, T0.tzinfo)
    assert found.post.url is not None
    assert found.post.url.startswith("https://mp.weixin.qq.com/s?__biz=")
    assert sight.covered_to is None
    assert [(look.source, look.result) for look in sight.looks] == [
        ("wechat_push", Coverage.PARTIAL.value)
    ]


async def test_without_an_address_it_is_still_known_that_something_was_posted(
    tmp_path: Path,
) -> None:
    async with standing(tmp_path) as stand:
        assert await stand.post(mass(())) == 200
        assert [each.post.id for each in stand.posts()] == ["push:1000000003_1"]


async def test_a_publishing_counts_when_it_came_to_its_end(tmp_path: Path) -> None:
    async with standing(tmp_path) as stand:
        for status in (5, 6, 2):
            assert await stand.post(published(status), nonce=f"n{status}") == 200
        assert stand.posts() == []
        assert await stand.post(published(0, "https://evil.test/x")) == 200
        assert [each.post.id for each in stand.posts()] == ["b5O2OUs25HBxRceL7hfReg_1"]
        assert stand.posts()[0].post.url is None


async def test_a_failed_send_and_other_messages_are_heard_and_nothing_more(tmp_path: Path) -> None:
    async with standing(tmp_path) as stand:
        assert await stand.post(mass(status="err(20001)")) == 200
        chat = f"<xml><ToUserName>{GH}</ToUserName><MsgType>text</MsgType></xml>".encode()
        assert await stand.post(chat, nonce="n2") == 200
        notice = b"<xml><AppId>wx0</AppId><CreateTime>1</CreateTime></xml>"
        assert await stand.post(notice, nonce="n3") == 200
        assert stand.posts() == []


async def test_what_is_not_signed_fresh_and_meant_for_the_account_is_refused_alike(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with standing(tmp_path) as stand:
        late = str(int((T0 - timedelta(minutes=11)).timestamp()))
        wrong: list[dict[str, str]] = [
            {"signature": "0" * 40},
            {"signature": ""},
            {"signature": "三"},
            {"timestamp": late, "signature": sha(TOKEN, late, "n1")},
            {"timestamp": "9" * 400},
            {"nonce": ""},
            {"nonce": "n" * 200},
        ]
        for each in wrong:
            asked = query() | each
            answer = await stand.client.post("/push/wechat/wx-1", params=asked, content=mass())
            assert (answer.status_code, answer.text) == (403, ""), each
        for key in ("wx-2", "wx-9", "%00", "wx-1%27"):
            assert await stand.post(mass(), key=key) == 403
        assert await stand.post(mass(to="gh_ffffffffffff")) == 403
        assert stand.posts() == []
    assert TOKEN not in caplog.text


async def test_a_message_is_taken_once_and_the_memory_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pushing, "MEMORY", 5)
    async with standing(tmp_path) as stand:
        assert [await stand.post(mass()) for _ in range(2)] == [200, 403]
        for n in range(20):
            assert await stand.post(mass(), nonce=f"m{n}") == 200
        assert await stand.post(mass(), nonce="m19") == 403


async def test_what_could_not_be_kept_may_come_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with standing(tmp_path) as stand:
        submit = stand.watch.writer.submit

        async def full(work: object) -> None:
            raise store.StoreFull("no room")

        monkeypatch.setattr(stand.watch.writer, "submit", full)
        assert await stand.post(mass()) == 503
        monkeypatch.setattr(stand.watch.writer, "submit", submit)
        assert await stand.post(mass()) == 200


async def test_safe_mode_takes_only_what_was_encrypted_for_this_account(tmp_path: Path) -> None:
    async with standing(tmp_path, push_aes_key=AES, push_aes_key_former=FORMER) as stand:
        assert await stand.post(mass(), nonce="plain") == 403
        assert await stand.post(sealed(mass()), nonce="own") == 200
        assert await stand.post(sealed(mass(), FORMER), nonce="former") == 200
        other = base64.b64encode(bytes(32)).decode().rstrip("=")
        assert await stand.post(sealed(mass(), other), nonce="other-key") == 400
        assert await stand.post(sealed(mass(), appid="wxffff"), nonce="other-app") == 400
        assert await stand.post(sealed(mass()), nonce="x", msg_signature="0" * 40) == 403
        assert len(stand.posts()) == 1


async def test_a_message_that_is_too_long_or_no_xml_is_not_read(tmp_path: Path) -> None:
    async with standing(tmp_path) as stand:
        bomb = b'<!DOCTYPE x [<!ENTITY a "b">]><xml>&a;</xml>'
        external = b'<!DOCTYPE xml SYSTEM "http://evil.test/x.dtd"><xml></xml>'
        deep = b"<xml>" + b"<a>" * 9000 + b"</a>" * 9000 + b"</xml>"
        for n, body in enumerate((b"", b"{}", b"<html/>", bomb, external, b"\xff\xfe<xml/>")):
            assert await stand.post(body, nonce=f"bad{n}") == 400
        assert await stand.post(b" " * (pushing.MOST + 1), nonce="long") == 400
        assert await stand.post(deep, nonce="deep") in (200, 400)
        assert await stand.post(mass(at=int((T0 + timedelta(days=1)).timestamp()))) == 400
        assert stand.posts() == []


@pytest.mark.skipif(not CAPTURE.exists(), reason="the captures are not here")
def test_the_transcribed_event_reads_as_its_manifest_says() -> None:
    event = read_event(read_xml(CAPTURE.read_bytes()))
    (post,) = event.posts
    assert event.to.startswith("gh_")
    assert post.at.isoformat() == "2022-04-25T14:20:41+00:00"
    assert post.url is not None
    assert post.url.startswith("https://mp.weixin.qq.com/s/")
    assert post.id == post.url.rpartition("/")[2]


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=400), st.integers(0, 600), st.integers(0, 8))
def test_a_spoiled_message_raises_nothing_but_its_own_error(
    noise: bytes, at: int, cut: int
) -> None:
    whole = mass()
    for body in (noise, whole[:at] + noise + whole[at + cut :], whole[:at]):
        try:
            event = read_event(read_xml(body))
        except PushError:
            continue
        assert all(post.id and post.at for post in event.posts)


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=200), st.text(max_size=80))
def test_a_spoiled_ciphertext_raises_nothing_but_its_own_error(raw: bytes, text: str) -> None:
    keys = Keys(TOKEN, AES, FORMER, APPID)
    for given_text in (base64.b64encode(raw).decode(), text):
        with pytest.raises(PushError):
            decrypt(given_text, keys)
    with pytest.raises(PushError):
        decrypt(encrypted(b"x"), replace(keys, appid=""))
    with pytest.raises(PushError):
        decrypt(encrypted(b"x"), Keys(TOKEN, "short", "", APPID))
    assert not signed(text, TOKEN, "1", "n") or text == sha(TOKEN, "1", "n")


@given(st.binary(max_size=300))
def test_what_was_encrypted_comes_out_as_it_went_in(message: bytes) -> None:
    assert decrypt(encrypted(message), Keys(TOKEN, AES, "", APPID)) == message
    assert decrypt(encrypted(message, FORMER), Keys(TOKEN, AES, FORMER, APPID)) == message
