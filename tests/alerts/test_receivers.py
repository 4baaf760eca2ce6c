"""Every channel against a receiver that checks its wire format and refuses as the real one does."""

import asyncio
import email
import logging
import socket
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from email.policy import default

import httpx
import pytest
import uvicorn
from aiosmtpd.controller import Controller

from alerts.deliver import posts, send
from alerts.escape import inert
from alerts.merge import Outgoing, Picture
from alerts.robots import judge_wecom
from alerts.routing import Secret, Target
from alerts.wire import Answer
from tests.alerts.examples import at
from watcher.daemon import Server
from watcher.model import Level
from watcher.replica.receivers import Strictness, receivers

NOW = at(11, 23)
SECOND = timedelta(seconds=1)
TOKEN, SECRET, PHONE = "0123456789abcdef0123456789abcdef", "SECabcdef0123456789", "13800001111"
KEY = "UPD-04-261123-c9a439-0011223344"
HOSTILE = '三亚<at user_id="all">@all[点](http://evil.cn)<font color="red">**发布**\n# <script>'
MESSAGE = Outgoing(
    f"【告警】{inert(HOSTILE)}（新浪微博）",
    f'【告警】经监测，"{inert(HOSTILE)}"已14天未更新。\n证据：https://weibo.com/u/1\n编号：{KEY}',
    f'【告警】"{inert(HOSTILE, 30)}"已14天未更新。',
    KEY,
    Level.RED,
)
LONG = replace(MESSAGE, title="【更新预警】50个账号", body='第1项，"甲"未更新。\n' * 1500 + KEY)
PICTURE = Picture("case-7-20261123-1000.png", b"\x89PNG\r\n" + b"p" * 5000)


def resolve(secret):
    return {"TOKEN": TOKEN, "SECRET": SECRET, "PHONE": PHONE}.get(secret.name, secret.name)


class Post:
    """The receivers, what came, and a clock that both sides read."""

    def __init__(self):
        self.got, self.url, self.now = [], "", NOW
        self.strictness = Strictness(SECRET, lambda: self.now)

    def target(self, kind, **more):
        token, secret = Secret("env", "TOKEN"), Secret("env", "SECRET")
        made = Target(kind, kind, token=token, secret=secret, base_url=self.url, **more)
        return replace(made, url=f"{self.url}/hook") if kind == "webhook" else made

    async def deliver(self, target, message=MESSAGE):
        return await send(message, target, resolve=resolve, now=self.now, timeout=5.0)


@asynccontextmanager
async def serving(app):
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, lifespan="off")
    server, listener = Server(config), config.bind_socket()
    task = asyncio.create_task(server.serve([listener]))
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
        listener.close()


@pytest.fixture
async def post():
    made = Post()
    async with serving(receivers(made.got.append, made.strictness)) as made.url:
        yield made


SMS = {"to": Secret("env", "PHONE"), "sign": "三亚市政府办"}


@pytest.mark.parametrize(
    ("kind", "channel", "more"),
    [
        ("wecom", "企业微信", {}),
        ("dingtalk", "钉钉", {}),
        ("feishu", "飞书", {}),
        ("sms", "短信", SMS),
        ("webhook", "Webhook", {}),
    ],
)
async def test_each_channel_is_accepted_by_its_receiver(post, kind, channel, more):
    delivery = await post.deliver(post.target(kind, **more))
    assert delivery.ok, delivery.error
    (got,) = post.got
    assert got.channel == channel
    assert "已14天未更新" in got.text


@pytest.mark.parametrize("kind", ["wecom", "dingtalk", "feishu"])
async def test_a_hostile_name_arrives_as_nothing_but_text(post, kind):
    assert (await post.deliver(post.target(kind))).ok
    (got,) = post.got
    for text in (got.title.removeprefix("### "), got.text):
        assert not set(text.replace("https://weibo.com/u/1", "")) & set("@<>[]*`~")
        assert "evil.cn" not in text
    assert "https://weibo.com/u/1" in got.text


@pytest.mark.parametrize("kind", ["wecom", "dingtalk", "feishu"])
async def test_every_part_of_a_long_message_is_within_what_its_receiver_takes(post, kind):
    target = post.target(kind)
    if kind == "feishu":  # its parts are apart in real time, the receiver's clock stands still
        post.strictness.now = None
    delivery = await post.deliver(target, LONG)
    assert delivery.ok, delivery.error
    assert len(post.got) == posts(LONG, target) > 1
    whole = "".join(got.text for got in post.got)
    assert whole.count("未更新。") == 1500 or "全文见监测台账，编号" in whole


@pytest.mark.parametrize("kind", ["dingtalk", "feishu"])
async def test_a_wrong_secret_or_an_old_signature_is_refused_for_good(post, kind):
    wrong = replace(post.target(kind), secret=Secret("env", "another"))
    delivery = await post.deliver(wrong)
    assert (delivery.ok, delivery.permanent) == (False, True)
    late = await send(
        MESSAGE, post.target(kind), resolve=resolve, now=NOW - 3601 * SECOND, timeout=5.0
    )
    assert (late.ok, late.permanent) == (False, True)
    assert post.got == []


@pytest.mark.parametrize(
    ("kind", "most", "code", "wait"),
    [("wecom", 20, "45009", 60), ("dingtalk", 20, "130101", 600), ("feishu", 5, "11232", 60)],
)
async def test_one_post_too_many_is_a_failure_to_be_tried_again(post, kind, most, code, wait):
    for _ in range(most):
        assert (await post.deliver(post.target(kind))).ok
    delivery = await post.deliver(post.target(kind))
    assert (delivery.ok, delivery.permanent, delivery.retry_after) == (False, False, wait)
    assert code in delivery.error
    assert len(post.got) == most


async def test_a_robot_that_is_not_there_is_refused_for_good(post):
    address = f"{post.url}/cgi-bin/webhook/send"
    answer = await asyncio.to_thread(httpx.post, address, json={"msgtype": "markdown"})
    assert answer.json()["errcode"] == 93000
    verdict = judge_wecom(Answer(200, answer.content))
    assert (verdict.ok, verdict.permanent) == (False, True)


async def test_wecom_gets_the_picture_as_a_message_of_its_own(post):
    target = post.target("wecom", pictures=True)
    message = replace(MESSAGE, pictures=(PICTURE,))
    assert posts(message, target) == 2
    assert (await post.deliver(target, message)).ok
    assert [got.picture for got in post.got] == [b"", PICTURE.content]


async def test_a_picture_that_is_refused_takes_nothing_from_the_words(post, caplog):
    message = replace(MESSAGE, pictures=(Picture("p.png", b"no picture"), PICTURE))
    assert (await post.deliver(post.target("wecom", pictures=True), message)).ok
    assert [bool(got.picture) for got in post.got] == [False]
    assert "40009" in caplog.text
    assert TOKEN not in caplog.text


@pytest.mark.parametrize("kind", ["dingtalk", "feishu", "wecom"])
async def test_no_picture_goes_where_none_is_taken_or_it_is_too_large(post, kind):
    large = Picture("large.png", b"\x89PNG" + b"p" * (2 << 20))
    message = replace(MESSAGE, pictures=(large,))
    assert (await post.deliver(post.target(kind, pictures=True), message)).ok
    assert len(post.got) == 1 == posts(message, post.target(kind, pictures=True))


async def test_a_text_message_is_short_and_bears_the_registered_signature(post):
    assert (await post.deliver(post.target("sms", **SMS))).ok
    (got,) = post.got
    assert got.title == "三亚市政府办"
    assert got.text.startswith("〔告警〕")
    assert len(got.title) + 2 + len(got.text) <= 134


@pytest.mark.parametrize(
    ("sign", "again", "code", "permanent"),
    [("三", False, "code 16", True), ("三亚市政府办", True, "code 8", False)],
)
async def test_what_the_gateway_refuses_is_a_failure(post, sign, again, code, permanent):
    target = post.target("sms", **(SMS | {"sign": sign}))
    if again:
        assert (await post.deliver(target)).ok
    delivery = await post.deliver(target)
    assert (delivery.ok, delivery.permanent) == (False, permanent)
    assert code in delivery.error


async def test_a_number_stands_in_no_error(post):
    wrong = post.target("sms", to=Secret("env", "138x"), sign="三亚市政府办")
    assert not (await post.deliver(wrong)).ok
    assert post.got == []


async def test_nothing_secret_is_logged_even_at_debug(post, caplog):
    caplog.set_level(logging.DEBUG)
    for kind in ("wecom", "dingtalk", "feishu"):
        await post.deliver(post.target(kind))
    await post.deliver(post.target("sms", **SMS))
    ours = [each for each in caplog.records if not each.name.startswith(("uvicorn", "asyncio"))]
    said = " ".join(f"{each.getMessage()} {each.args}" for each in ours)
    assert not any(secret in said for secret in (TOKEN, SECRET, PHONE))


class Mailbox:
    def __init__(self):
        self.letters = []

    async def handle_DATA(self, server, session, envelope):
        self.letters.append(email.message_from_bytes(envelope.content, policy=default))
        return "250 OK"


@pytest.fixture
def mail():
    box = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, f"127.0.0.1:{port}?from=watch@sanya.example.cn&to=edu@sanya.example.cn"
    controller.stop()


def mailed(address, pictures=False):
    return Target("m", "mail", url=Secret("env", address), pictures=pictures)


async def test_mail_brings_the_picture_and_the_whole_long_text(mail, post):
    box, address = mail
    message = replace(LONG, pictures=(PICTURE,))
    delivery = await post.deliver(mailed(f"mailto://{address}", pictures=True), message)
    assert delivery.ok, delivery.error
    (letter,) = box.letters
    (attached,) = letter.iter_attachments()
    assert attached.get_filename() == PICTURE.name
    assert attached.get_content_type() == "image/png"
    assert attached.get_content() == PICTURE.content
    assert letter.get_body().get_content().count("未更新。") == 1500


async def test_mail_that_did_not_ask_for_pictures_gets_none(mail, post):
    box, address = mail
    message = replace(MESSAGE, pictures=(PICTURE,))
    assert (await post.deliver(mailed(f"mailto://{address}"), message)).ok
    assert not list(box.letters[0].iter_attachments())


async def test_mail_as_html_holds_no_tag_of_a_strangers(mail, post):
    box, address = mail
    message = replace(MESSAGE, body=f"{HOSTILE}\n{MESSAGE.body}", title=MESSAGE.title)
    assert (await post.deliver(mailed(f"mailto://{address}&format=html"), message)).ok
    text = box.letters[0].get_body(("html",)).get_content()
    assert "<script" not in text
    assert "<font" not in text
    assert "<at" not in text


async def test_a_letter_goes_nowhere_in_the_open_where_starttls_was_asked_for(mail, post):
    box, address = mail
    delivery = await post.deliver(mailed(f"mailtos://{address}&mode=starttls&verify=no"))
    assert not delivery.ok
    assert box.letters == []
