"""Sending one message to one target, and saying truthfully what became of it.

One Apprise object per message and target, so that its result is the result of that message.
Blocking plugins run in threads; a receiver that hangs costs at most `timeout` seconds.
"""

from __future__ import annotations

import asyncio
import os
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from apprise import Apprise, AppriseAsset, NotifyBase, NotifyFormat, PersistentStoreMode

from alerts.escape import shorten, split
from alerts.merge import Outgoing
from alerts.robots import (
    CHANNELS,
    TOKEN,
    Call,
    Channel,
    Delivery,
    Judge,
    Robot,
    judge_webhook,
    preview,
    room,
    webhook_call,
)
from alerts.routing import Secret, Target

TIMEOUT = 15.0  # seconds for one POST or one mail
PARTS = 8  # messages that one letter may be cut into
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=1)
PATIENCE = timedelta(days=7)
Resolve = Callable[[Secret], str]


class SecretError(ValueError):
    """A secret that is not where the configuration says; the text names the place only."""


def resolver(environ: Mapping[str, str] | None = None, folder: Path = Path()) -> Resolve:
    """Reads secrets from the environment and from files (relative ones from `folder`)."""
    variables = os.environ if environ is None else environ

    def resolve(secret: Secret) -> str:
        if secret.source == "env":
            value = variables.get(secret.name, "").strip()
            if not value:
                raise SecretError(f"environment variable {secret.name} is not set")
            return value
        try:
            value = (folder / secret.name).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise SecretError(f"secret file {secret.name} cannot be read") from None
        if not value:
            raise SecretError(f"secret file {secret.name} is empty")
        return value

    return resolve


def next_try(
    attempts: int, now: datetime, retry_after: float | None = None, permanent: bool = False
) -> datetime | None:
    """When to try again after `attempts` failures (at least 1); None: no more.

    30 s, doubling to an hour, for a week. A receiver's own wish may lengthen a wait, up to a day.
    """
    waits = [min(FIRST_WAIT * (1 << min(n, 16)), LONGEST_WAIT) for n in range(max(attempts, 1))]
    if permanent or sum(waits, timedelta()) > PATIENCE:
        return None
    asked = timedelta(seconds=min(max(retry_after or 0.0, 0.0), 86400.0))
    return now + max(waits[-1], asked)


async def send(
    message: Outgoing,
    target: Target,
    *,
    resolve: Resolve,
    now: datetime,
    timeout: float = TIMEOUT,
) -> Delivery:
    """Deliver a message. Never raises for what a target or its configuration does wrong.

    `now` stamps the signatures of DingTalk and Feishu, whose clocks must agree with it.
    """
    try:
        url, token, secret = (_open(place, resolve) for place in _places(target))
        if target.kind in CHANNELS:
            return await _robot(message, target, CHANNELS[target.kind], token, secret, now, timeout)
        if target.kind == "webhook":
            return await _post(webhook_call(url, secret, message), judge_webhook, message, timeout)
        return await _apprise(message, url, timeout)
    except SecretError as error:
        return Delivery(False, "", str(error), permanent=False, retry_after=600.0)


# -- inside ----------------------------------------------------------------------------------


def _places(target: Target) -> tuple[Secret | str | None, ...]:
    return (target.url, target.token, target.secret)


def _open(place: Secret | str | None, resolve: Resolve) -> str:
    return resolve(place) if isinstance(place, Secret) else place or ""


async def _robot(
    message: Outgoing,
    target: Target,
    channel: Channel,
    token: str,
    secret: str,
    now: datetime,
    timeout: float,
) -> Delivery:
    """Part after part; the first that fails ends it, and all parts are sent again next time."""
    if not TOKEN.fullmatch(token):
        return Delivery(False, "", "令牌格式不对，请检查配置", permanent=True)
    title = preview(message.title, channel)
    parts = _parts(channel.escape(message.body), room(channel, title))
    base = target.base_url or channel.host
    delivery = Delivery(False, "", "空消息", permanent=True)
    for number, part in enumerate(parts, 1):
        head = f"{title}（{number}/{len(parts)}）" if len(parts) > 1 else title
        call = channel.call(base, token, secret, head, part, now)
        delivery = await _post(call, channel.judge, message, timeout)
        if not delivery.ok:  # the parts before it have arrived
            return replace(delivery, uncertain=delivery.uncertain or number > 1)
    return delivery


def _parts(text: str, limit: int) -> tuple[str, ...]:
    parts = split(text, limit)
    if len(parts) <= PARTS:
        return parts
    rest = "\n".join(parts[PARTS - 1 :])
    return (*parts[: PARTS - 1], shorten(rest, limit, "……（内容过长，其余见监测台账）"))


async def _post(call: Call, judge: Judge, message: Outgoing, timeout: float) -> Delivery:
    robot = Robot(call, judge, timeout, asset=_asset())
    late = await _notify(robot, message, timeout)
    return late or robot.delivery


async def _apprise(message: Outgoing, url: str, timeout: float) -> Delivery:
    """Mail and every other service Apprise knows, by its own plugin."""
    # The first call loads every plugin there is, about a second of work: not in the loop.
    plugin = await asyncio.to_thread(_plugin, _as_text(url))
    if plugin is None:
        return Delivery(False, "", "地址无法识别，请检查配置", permanent=True)
    late = await _notify(plugin, message, timeout)
    if late is None:
        return Delivery(True)
    return replace(late, error=redact(late.error, url))


def _plugin(url: str) -> NotifyBase | None:
    """Apprise's plugin for an address; None where it knows none."""
    with warnings.catch_warnings():
        # Its OpenPGP helper imports imghdr, which Python 3.11 calls deprecated.
        warnings.simplefilter("ignore", DeprecationWarning)
        return Apprise.instantiate(url, asset=_asset(), suppress_exceptions=True)


async def _notify(plugin: NotifyBase, message: Outgoing, timeout: float) -> Delivery | None:
    """None when the plugin says it was sent; a failed Delivery otherwise."""
    sender = Apprise(asset=_asset())
    sender.add(plugin)
    call = sender.async_notify(
        body=message.body, title=_one_line(message.title), body_format=NotifyFormat.TEXT
    )
    try:
        result = await asyncio.wait_for(call, timeout + 1)
    except TimeoutError:
        return Delivery(False, "", f"{timeout:g}秒内没有应答（可能已送达）", uncertain=True)
    if result:
        return None
    if isinstance(plugin, Robot):
        return plugin.delivery
    return Delivery(False, "", _reason(result))


def _reason(result: object) -> str:
    """The last thing Apprise logged about a failed attempt; it says only True or False itself."""
    lines = [
        str(getattr(entry, "message", entry))
        for service in getattr(result, "results", ())
        for attempt in getattr(service, "attempts", ())
        for entry in getattr(attempt, "logs", ())
    ]
    return " | ".join(lines[-2:])[:300] or "发送失败"


def redact(text: str, url: str) -> str:
    """`text` without what could be secret in `url`: user, password, path and query parts."""
    parts = urlsplit(url)
    pieces = {url, parts.netloc, parts.path, parts.query, parts.username, parts.password}
    pieces |= set(re.split(r"[/&=?]", f"{parts.path}/{parts.query}"))
    # A robot's key stands where other addresses have their host.
    pieces |= (
        {parts.hostname} if parts.scheme not in ("mailto", "mailtos", "http", "https") else set()
    )
    for piece in sorted((p for p in pieces if p and len(p) >= 4), key=len, reverse=True):
        text = (
            text.replace(piece, "***").replace(unquote(piece), "***").replace(quote(piece), "***")
        )
    return text


def _as_text(url: str) -> str:
    """Mail as plain text: nothing in it can be mark-up then."""
    if not url.startswith(("mailto:", "mailtos:")) or "format=" in url:
        return url
    return f"{url}{'&' if '?' in url else '?'}format=text"


def _one_line(text: str) -> str:
    return " ".join(text.split())[:250]


def _asset() -> AppriseAsset:
    return AppriseAsset(
        app_id="Shouwang",
        app_desc="政务新媒体监测",
        secure_logging=True,
        storage_mode=PersistentStoreMode.MEMORY,
    )
