"""The channels whose answers must be read: WeCom, DingTalk, Feishu and our own webhook.

Apprise's plugins for these robots call HTTP 200 a success although the robot refused the message
with an errcode in the body. Here each channel is two pure functions, what to post and how to read
the answer; `Robot` is the one Apprise plugin that posts and keeps the verdict.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import requests
from apprise import NotifyBase, NotifyFormat, NotifyType
from urllib3.exceptions import ProtocolError

from alerts.merge import Outgoing, Picture
from alerts.wire import Answer, Call, post

BUSY, BANNED_FOR = 60.0, 600.0  # seconds to wait; DingTalk shuts a hasty robot up for 10 minutes
TOKEN = re.compile(r"[A-Za-z0-9_-]{8,200}")


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one message. `retry_after` in seconds, where the receiver named a time.

    `permanent`: sending the same again cannot help until a person changes something.
    `uncertain`: it failed as far as we know, and may have arrived all the same.
    """

    ok: bool
    provider_id: str = ""
    error: str = ""
    permanent: bool = False
    retry_after: float | None = None
    uncertain: bool = False


Judge = Callable[[Answer], Delivery]


@dataclass(frozen=True, slots=True)
class Channel:
    """How to talk to one kind of robot."""

    host: str
    call: Callable[[str, str, str, str, str, datetime], Call]  # base, token, secret, title, text
    judge: Judge


# -- what to post ----------------------------------------------------------------------------


def _payload(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode(errors="replace")


def _wecom(base: str, token: str, secret: str, title: str, text: str, now: datetime) -> Call:
    payload = {"msgtype": "markdown", "markdown": {"content": f"**{title}**\n{text}"}}
    return Call(f"{base}/cgi-bin/webhook/send", _payload(payload), {"key": token})


def wecom_picture(base: str, token: str, picture: Picture) -> Call:
    """A picture of its own message, which is the only way WeCom's robot takes one."""
    image = {
        "base64": _base64(picture.content),
        "md5": hashlib.md5(picture.content, usedforsecurity=False).hexdigest(),
    }
    payload = _payload({"msgtype": "image", "image": image})
    return Call(f"{base}/cgi-bin/webhook/send", payload, {"key": token})


def _dingtalk(base: str, token: str, secret: str, title: str, text: str, now: datetime) -> Call:
    payload = {
        "msgtype": "markdown",
        "markdown": {"title": title, "text": f"### {title}\n\n{text}"},
        "at": {"atMobiles": [], "isAtAll": False},
    }
    params = {"access_token": token}
    if secret:
        stamp = str(round(now.timestamp() * 1000))
        sign = _hmac(secret, f"{stamp}\n{secret}")
        params |= {"timestamp": stamp, "sign": sign}
    return Call(f"{base}/robot/send", _payload(payload), params)


def _feishu(base: str, token: str, secret: str, title: str, text: str, now: datetime) -> Call:
    payload: dict[str, object] = {"msg_type": "text", "content": {"text": f"{title}\n{text}"}}
    if secret:
        # Feishu signs nothing with the stamped secret as the key, not the other way round.
        stamp = str(int(now.timestamp()))
        payload |= {"timestamp": stamp, "sign": _hmac(f"{stamp}\n{secret}", "")}
    return Call(f"{base}/open-apis/bot/v2/hook/{token}", _payload(payload))


def webhook_call(url: str, secret: str, message: Outgoing) -> Call:
    """Our own JSON: everything we know, the key as a header, signed where there is a secret."""
    said: dict[str, object] = {
        "version": 1,
        "key": message.key,
        "level": message.level.value,
        "title": message.title,
        "body": message.body,
        "short": message.short,
    }
    if link := message.link:
        said["link"] = {"text": link.text, "url": link.url, "acknowledges": link.acts}
    if message.pictures:
        said["pictures"] = [
            {"name": each.name, "type": each.type, "base64": _base64(each.content)}
            for each in message.pictures
        ]
    body = _payload(said)
    headers = {"Idempotency-Key": hashlib.sha256(message.key.encode()).hexdigest()[:32]}
    if secret:
        mark = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        headers["X-Shouwang-Signature"] = f"sha256={mark}"
    return Call(url, body, headers=headers)


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _hmac(key: str, text: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()


# -- how to read the answer --------------------------------------------------------------------


def transport(answer: Answer) -> Delivery | None:
    """What the HTTP status alone decides; None where the body must be read."""
    if 200 <= answer.status < 300:
        return None
    after = answer.headers.get("retry-after", "")
    wait = float(after) if re.fullmatch(r"\d{1,6}", after) else None
    if answer.status == 429:
        wait = wait or BUSY
    permanent = 300 <= answer.status < 500 and answer.status not in (408, 425, 429)
    # A gateway that had no answer in time may have passed the message on.
    uncertain = answer.status in (502, 504)
    return Delivery(False, "", f"HTTP {answer.status}", permanent, wait, uncertain)


def _by_code(
    answer: Answer,
    code_names: tuple[str, ...],
    busy: Mapping[int, float],
    wrong: frozenset[int],
) -> Delivery:
    """The verdict of a robot that answers with a code: 0 is sent, anything else is not."""
    found = answer.json()
    code = next((found[name] for name in code_names if name in found), None)
    text = str(found.get("errmsg") or found.get("msg") or found.get("StatusMessage") or "")[:200]
    if code == 0:
        data = found.get("data")
        within = data if isinstance(data, dict) else {}
        id_ = found.get("message_id") or found.get("msgid") or within.get("message_id") or ""
        return Delivery(True, str(id_)[:100])
    verdict = transport(answer)
    if not isinstance(code, int):
        return verdict or Delivery(False, "", "回答不是机器人的格式")
    hasty = re.search(r"(?i)too (many|fast)|freq|limit|频|限流", text) is not None
    error = f"errcode {code} {text}".strip()
    if code in busy or (hasty and code not in wrong):
        return Delivery(False, "", error, False, busy.get(code, BUSY))
    permanent = code in wrong or (verdict is not None and verdict.permanent)
    return Delivery(False, "", error, permanent, verdict.retry_after if verdict else None)


def judge_wecom(answer: Answer) -> Delivery:
    # 45009 and 45033: too often, too many at once; 93000: no such robot; 40xxx: bad message.
    wrong = frozenset({93000, 40001, 40008, 40014, 40058, 44004, 45002, 47001})
    return _by_code(answer, ("errcode",), {45009: BUSY, 45033: BUSY}, wrong)


def judge_dingtalk(answer: Answer) -> Delivery:
    # 130101, 410100: too fast; 310000: keyword, sign or address refused; 300001, 4001xx: no token.
    wrong = frozenset({310000, 300001, 300005, 400101, 400102, 400105, 400106, 400013, 430101})
    return _by_code(answer, ("errcode",), {130101: BANNED_FOR, 410100: BANNED_FOR}, wrong)


def judge_feishu(answer: Answer) -> Delivery:
    # 9499: too many requests (or a bad one); 11232, 11233: too often; 190xx: token, sign, keyword.
    wrong = frozenset({19001, 19002, 19021, 19022, 19024, 10003})
    busy = {11232: BUSY, 11233: BUSY, 9499: BUSY, 99991400: BUSY}
    return _by_code(answer, ("code", "StatusCode"), busy, wrong)


def judge_webhook(answer: Answer) -> Delivery:
    verdict = transport(answer)
    if verdict is not None:
        return verdict
    return Delivery(True, str(answer.json().get("id", ""))[:100])


CHANNELS: Mapping[str, Channel] = {
    "wecom": Channel("https://qyapi.weixin.qq.com", _wecom, judge_wecom),
    "dingtalk": Channel("https://oapi.dingtalk.com", _dingtalk, judge_dingtalk),
    "feishu": Channel("https://open.feishu.cn", _feishu, judge_feishu),
}


# -- the plugin --------------------------------------------------------------------------------


class Robot(NotifyBase):  # type: ignore[no-untyped-call]
    """An Apprise plugin that posts one prepared call and remembers how it was answered."""

    service_name = "Shouwang"  # type: ignore[assignment]
    secure_protocol = "shouwang"  # type: ignore[assignment]
    body_maxlen = 1 << 20  # we cut messages ourselves
    title_maxlen = 250
    notify_format = NotifyFormat.TEXT
    request_rate_per_sec = 0.0  # the outbox paces

    def __init__(self, call: Call, judge: Judge, timeout: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)  # type: ignore[no-untyped-call]
        self._call, self._judge, self._timeout = call, judge, timeout
        self.delivery = Delivery(False, "", "未发送")

    def url(self, privacy: bool = False, *args: Any, **kwargs: Any) -> str:
        """Never the real address: Apprise puts this into logs and results."""
        return "shouwang://-"

    def send(
        self,
        body: str,
        title: str = "",
        notify_type: NotifyType = NotifyType.INFO,
        **kwargs: Any,
    ) -> bool:
        """Post the call that was prepared for this message; True only if it was accepted."""
        try:
            self.delivery = self._judge(post(self._call, self._timeout))
        except requests.RequestException as error:
            # Its text would repeat the address with the token; its kind says enough.
            text = f"连接失败：{type(error).__name__}"
            self.delivery = Delivery(False, "", text, uncertain=_after_sending(error))
        return self.delivery.ok


def _after_sending(error: requests.RequestException) -> bool:
    """Whether the connection failed only when the message may already have been taken."""
    if isinstance(error, requests.ConnectTimeout):
        return False
    if isinstance(error, (requests.Timeout, requests.exceptions.ChunkedEncodingError)):
        return True
    cause = error.args[0] if error.args else None
    return type(error) is requests.ConnectionError and isinstance(cause, ProtocolError)
