import asyncio
import base64
import email
import hashlib
import hmac
import logging
import shutil
import socket
import ssl
import subprocess
import time
from datetime import timedelta
from email.policy import default

import pytest
from aiosmtpd.controller import Controller

from alerts.deliver import SecretError, next_try, send
from alerts.escape import size
from alerts.merge import Outgoing
from alerts.routing import Secret, Target
from alerts.services import redact
from tests.alerts.examples import at
from tests.alerts.receiver import receiver
from watcher.model import Level

NOW = at(11, 23)
KEY = "UPD-04-261123-c9a439-0011223344"
TOKEN = "0123456789abcdef0123456789abcdef"
SECRET = "SECabcdef0123456789"
MESSAGE = Outgoing(
    "【告警】三亚教育（新浪微博）",
    f"【告警】三亚教育*已14天*未更新 <at>。\n证据：https://weibo.com/u/1_2\n编号：{KEY}",
    "【政务新媒体监测】已14天未更新。",
    KEY,
    Level.RED,
)
LONG = Outgoing("【更新预警】50个账号", "第1项，未更新。\n" * 400 + KEY, "短", KEY, Level.YELLOW)


@pytest.fixture
async def there():
    async with receiver() as made:
        yield made


def resolve(secret):
    return {"TOKEN": TOKEN, "SECRET": SECRET, "BAD": "x/../y"}.get(secret.name, secret.name)


def robot(kind, there, signed=False, token="TOKEN"):
    secret = Secret("env", "SECRET") if signed else None
    return Target(kind, kind, token=Secret("env", token), secret=secret, base_url=there.url)


async def deliver(target, message=MESSAGE, timeout=5.0):
    return await send(message, target, resolve=resolve, now=NOW, timeout=timeout)


async def test_wecom_gets_escaped_markdown_with_its_key(there):
    assert (await deliver(robot("wecom", there))).ok
    (got,) = there.got
    assert (got.path, got.query) == ("/cgi-bin/webhook/send", {"key": TOKEN})
    assert got.json["msgtype"] == "markdown"
    content = got.json["markdown"]["content"]
    assert content.startswith(
        "**【告警】三亚教育（新浪微博）**\n【告警】三亚教育＊已14天＊未更新 ＜at＞。"
    )
    assert "https://weibo.com/u/1_2" in content
    assert KEY in content


async def test_dingtalk_gets_a_signature_it_can_check(there):
    assert (await deliver(robot("dingtalk", there, signed=True))).ok
    (got,) = there.got
    assert got.path == "/robot/send"
    assert got.query["access_token"] == TOKEN
    stamp = got.query["timestamp"]
    assert int(stamp) == NOW.timestamp() * 1000
    wanted = hmac.new(SECRET.encode(), f"{stamp}\n{SECRET}".encode(), hashlib.sha256).digest()
    assert got.query["sign"] == base64.b64encode(wanted).decode()
    assert got.json["markdown"]["title"] == MESSAGE.title
    assert got.json["at"] == {"atMobiles": [], "isAtAll": False}


async def test_feishu_gets_a_signature_it_can_check(there):
    there.answer(
        200, {"StatusCode": 0, "code": 0, "data": {"message_id": "om_1"}, "msg": "success"}
    )
    delivery = await deliver(robot("feishu", there, signed=True))
    assert (delivery.ok, delivery.provider_id) == (True, "om_1")
    (got,) = there.got
    assert got.path == f"/open-apis/bot/v2/hook/{TOKEN}"
    stamp = got.json["timestamp"]
    wanted = hmac.new(f"{stamp}\n{SECRET}".encode(), b"", hashlib.sha256).digest()
    assert got.json["sign"] == base64.b64encode(wanted).decode()
    assert got.json["msg_type"] == "text"
    assert "<" not in got.json["content"]["text"]


async def test_unsigned_robots_send_no_signature(there):
    await deliver(robot("dingtalk", there))
    await deliver(robot("feishu", there))
    assert there.got[0].query == {"access_token": TOKEN}
    assert "sign" not in there.got[1].json


@pytest.mark.parametrize(
    ("kind", "answer", "permanent", "retry_after"),
    [
        ("wecom", {"errcode": 45009, "errmsg": "api freq out of limit"}, False, 60),
        ("wecom", {"errcode": 93000, "errmsg": "invalid webhook url"}, True, None),
        ("wecom", {"errcode": -1, "errmsg": "system busy"}, False, None),
        ("dingtalk", {"errcode": 130101, "errmsg": "send too fast"}, False, 600),
        ("dingtalk", {"errcode": 310000, "errmsg": "keywords not in content"}, True, None),
        ("dingtalk", {"errcode": 300001, "errmsg": "token is not exist"}, True, None),
        ("dingtalk", {"errcode": 777, "errmsg": "发送频率过高"}, False, 60),
        ("feishu", {"code": 9499, "msg": "too many request"}, False, 60),
        ("feishu", {"code": 11232, "msg": "frequency limited"}, False, 60),
        ("feishu", {"code": 19021, "msg": "sign match fail"}, True, None),
        ("feishu", {"code": 19024, "msg": "Key Words Not Found"}, True, None),
        ("wecom", "<html>login</html>", False, None),
        ("wecom", [], False, None),
        ("feishu", {}, False, None),
    ],
)
async def test_an_error_inside_http_200_is_a_failure(there, kind, answer, permanent, retry_after):
    there.answer(200, answer)
    delivery = await deliver(robot(kind, there))
    assert not delivery.ok
    assert (delivery.permanent, delivery.retry_after) == (permanent, retry_after)
    if isinstance(answer, dict) and answer:
        assert str(next(iter(answer.values()))) in delivery.error


@pytest.mark.parametrize("kind", ["wecom", "dingtalk", "feishu", "webhook"])
@pytest.mark.parametrize(
    ("status", "headers", "permanent", "retry_after"),
    [
        (500, {}, False, None),
        (503, {"Retry_After": "120"}, False, 120),
        (429, {}, False, 60),
        (404, {}, True, None),
        (302, {"Location": "http://127.0.0.1:1/"}, True, None),
    ],
)
async def test_http_errors_are_failures(there, kind, status, headers, permanent, retry_after):
    there.answer(status, "trouble", **headers)
    target = Target("w", "webhook", url=there.url) if kind == "webhook" else robot(kind, there)
    delivery = await deliver(target)
    assert (delivery.ok, delivery.permanent, delivery.retry_after) == (
        False,
        permanent,
        retry_after,
    )
    assert str(status) in delivery.error


@pytest.mark.parametrize("manner", ["hangs", "drips"])
async def test_a_receiver_that_hangs_or_drips_costs_no_more_than_the_timeout(there, manner):
    setattr(there, manner, True)
    started = time.monotonic()
    delivery = await deliver(robot("wecom", there), timeout=0.5)
    assert time.monotonic() - started < 3
    assert (delivery.ok, delivery.permanent) == (False, False)
    assert delivery.error


async def test_a_closed_port_is_a_failure_that_names_no_token():
    target = Target("w", "wecom", token=Secret("env", "TOKEN"), base_url="http://127.0.0.1:1")
    delivery = await deliver(target)
    assert (delivery.ok, delivery.permanent) == (False, False)
    assert TOKEN not in delivery.error


async def test_a_token_of_the_wrong_shape_is_never_sent(there):
    delivery = await deliver(robot("feishu", there, token="BAD"))
    assert (delivery.ok, delivery.permanent, there.got) == (False, True, [])


async def test_nothing_secret_is_logged(there, caplog):
    caplog.set_level(logging.INFO)
    there.answer(200, {"errcode": 93000, "errmsg": "no"})
    await deliver(robot("dingtalk", there, signed=True))
    await deliver(Target("a", "apprise", url=Secret("env", f"nosuch://{TOKEN}")))
    ours = [record.getMessage() for record in caplog.records if record.name != "aiohttp.access"]
    assert not any(TOKEN in line or SECRET in line for line in ours)


async def test_a_long_message_comes_in_numbered_parts_within_the_limit(there):
    assert (await deliver(robot("wecom", there), LONG)).ok
    contents = [got.json["markdown"]["content"] for got in there.got]
    assert len(contents) > 1
    assert all(size(content) <= 4096 for content in contents)
    assert contents[0].startswith(f"**【更新预警】50个账号（1/{len(contents)}）**")
    assert sum(content.count("第1项，未更新。") for content in contents) == 400
    assert contents[-1].endswith(KEY)


async def test_a_part_that_fails_fails_the_message(there):
    there.answers = [
        (200, {"errcode": 0}, {}),
        (200, {"errcode": 45009, "errmsg": "freq"}, {}),
    ]
    delivery = await deliver(robot("wecom", there), LONG)
    assert (delivery.ok, delivery.retry_after, len(there.got)) == (False, 60, 2)


async def test_a_message_beyond_all_parts_says_that_it_was_cut(there):
    huge = Outgoing("长", "很长的一项内容。\n" * 5000, "短", KEY, Level.YELLOW)
    assert (await deliver(robot("wecom", there), huge)).ok
    assert len(there.got) == 8
    assert "内容过长，全文见监测台账" in there.got[-1].json["markdown"]["content"]


async def test_a_webhook_gets_everything_with_key_and_signature(there):
    there.answer(201, {"id": "m-77"})
    target = Target("w", "webhook", url=f"{there.url}/hook", secret=Secret("env", "SECRET"))
    delivery = await deliver(target)
    assert (delivery.ok, delivery.provider_id) == (True, "m-77")
    (got,) = there.got
    assert got.path == "/hook"
    assert got.json == {
        "version": 1,
        "key": KEY,
        "level": "red",
        "title": MESSAGE.title,
        "body": MESSAGE.body,
        "short": MESSAGE.short,
    }
    wanted = hmac.new(SECRET.encode(), got.body, hashlib.sha256).hexdigest()
    assert got.headers["X-Shouwang-Signature"] == f"sha256={wanted}"
    assert got.headers["Idempotency-Key"]


async def test_another_apprise_address_works_and_its_failure_is_one(there):
    there.answer(200, "")
    address = f"{there.url.replace('http', 'json')}/{TOKEN}"
    assert (await deliver(Target("a", "apprise", url=Secret("env", address)))).ok
    assert there.got[0].json["title"] == MESSAGE.title
    there.answer(500, "")
    delivery = await deliver(Target("a", "apprise", url=Secret("env", address)))
    assert not delivery.ok
    assert delivery.error
    assert TOKEN not in delivery.error


class Mailbox:
    """An SMTP handler that keeps letters, or refuses them."""

    def __init__(self, refuse=""):
        self.refuse, self.letters = refuse, []

    async def handle_DATA(self, server, session, envelope):
        if self.refuse:
            return self.refuse
        self.letters.append(envelope)
        return "250 OK"


@pytest.fixture
def mail():
    box = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, f"mailto://127.0.0.1:{port}?from=watch@sanya.example.cn&to=edu@sanya.example.cn"
    controller.stop()


async def test_mail_arrives_as_plain_text_with_the_number(mail):
    box, url = mail
    delivery = await deliver(Target("m", "mail", url=Secret("env", url)))
    assert delivery.ok, delivery.error
    (envelope,) = box.letters
    assert envelope.rcpt_tos == ["edu@sanya.example.cn"]
    letter = email.message_from_bytes(envelope.content, policy=default)
    assert letter["Subject"] == MESSAGE.title
    assert letter.get_content_type() == "text/plain"
    assert KEY in letter.get_content()
    assert "<at>" in letter.get_content()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl makes the certificate of this test")
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    new = f"req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -keyout {key} -out {cert}"
    subprocess.run([openssl, *new.split()], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context


async def test_mail_goes_over_starttls_and_an_unknown_certificate_is_refused(certificate):
    box = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    controller = Controller(
        box, hostname="127.0.0.1", port=port, tls_context=certificate, require_starttls=True
    )
    controller.start()
    url = f"mailtos://127.0.0.1:{port}?mode=starttls&from=w@sanya.example.cn&to=e@sanya.example.cn"
    try:
        trusting = await deliver(Target("m", "mail", url=Secret("env", f"{url}&verify=no")))
        strict = await deliver(Target("m", "mail", url=Secret("env", url)))
    finally:
        controller.stop()
    assert trusting.ok, trusting.error
    assert not strict.ok
    assert len(box.letters) == 1


async def test_refused_mail_is_a_failure(mail):
    box, url = mail
    box.refuse = "550 no such user"
    delivery = await deliver(Target("m", "mail", url=Secret("env", url)))
    assert (delivery.ok, bool(delivery.error)) == (False, True)


async def test_a_missing_secret_is_said_and_tried_again():
    def nothing(secret):
        raise SecretError(f"environment variable {secret.name} is not set")

    target = Target("w", "wecom", token=Secret("env", "CITY_KEY"))
    delivery = await send(MESSAGE, target, resolve=nothing, now=NOW)
    assert (delivery.ok, delivery.permanent) == (False, False)
    assert "CITY_KEY" in delivery.error


async def test_a_slow_target_does_not_hold_up_another():
    async with receiver() as slow, receiver() as quick:
        slow.hangs = True
        waiting = asyncio.create_task(deliver(robot("wecom", slow), timeout=2.0))
        started = time.monotonic()
        assert (await deliver(robot("wecom", quick))).ok
        assert time.monotonic() - started < 1.5
        assert not (await waiting).ok


def test_waits_double_from_half_a_minute_to_an_hour():
    waits = [(next_try(n, NOW) - NOW).total_seconds() for n in range(1, 10)]
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]


def test_a_letter_is_tried_for_a_week():
    attempts = next(n for n in range(1, 1000) if next_try(n, NOW) is None)
    tried = sum(((next_try(n, NOW) - NOW) for n in range(1, attempts)), timedelta())
    assert timedelta(days=6, hours=23) < tried <= timedelta(days=7)


def test_a_receivers_own_wish_lengthens_the_wait_and_permanence_ends_it():
    assert next_try(1, NOW, 600) == NOW + timedelta(minutes=10)
    assert next_try(9, NOW, 60) == NOW + timedelta(hours=1)
    assert next_try(1, NOW, 1e12) == NOW + timedelta(days=1)
    assert next_try(1, NOW, permanent=True) is None


def test_what_could_be_secret_is_taken_out_of_a_reason():
    url = "mailtos://watch:pa%24sword1@smtp.example.cn/secretpath?to=a@example.cn"
    text = "login watch pa$sword1 failed at /secretpath"
    assert redact(text, url) == "login *** *** failed at ***"
