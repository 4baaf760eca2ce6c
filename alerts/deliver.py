"""Sending one message to one target, and saying truthfully what became of it.

One Apprise object per message and target, so that its result is the result of that message.
Blocking plugins run in threads; a receiver that hangs costs at most `timeout` seconds.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from alerts.channels import LIMITS, fit, heading, invitation
from alerts.merge import Outgoing, Picture
from alerts.robots import (
    CHANNELS,
    TOKEN,
    Channel,
    Delivery,
    Judge,
    Robot,
    judge_webhook,
    webhook_call,
    wecom_picture,
)
from alerts.routing import Secret, Target
from alerts.services import asset, notify, send_by_service
from alerts.sms import HOST, NUMBER, judge_sms, sms_call
from alerts.wire import Call

log = logging.getLogger(__name__)

TIMEOUT = 15.0  # seconds for one POST or one mail
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
    message = replace(message, pictures=_enclosed(message, target))
    try:
        url, token, secret, number = (_open(place, resolve) for place in _places(target))
        if target.kind in CHANNELS:
            return await _robot(message, target, CHANNELS[target.kind], token, secret, now, timeout)
        if target.kind == "webhook":
            return await _post(webhook_call(url, secret, message), judge_webhook, message, timeout)
        if target.kind == "sms":
            return await _text_message(message, target, token, number, timeout)
        line = invitation(message.link, target.kind)
        body = f"{message.body}\n\n{line}" if line else message.body
        return await send_by_service(replace(message, body=body), url, timeout)
    except SecretError as error:
        return Delivery(False, "", str(error), permanent=False, retry_after=600.0)


def posts(message: Outgoing, target: Target) -> int:
    """How many posts this message is to this target, which is what platforms count."""
    if target.kind not in CHANNELS:
        return 1
    parts = _parts(message, target.kind, heading(message.title, target.kind))
    alone = len(_enclosed(message, target)) if target.kind == "wecom" else 0
    return len(parts) + alone


# -- inside ----------------------------------------------------------------------------------


def _places(target: Target) -> tuple[Secret | str | None, ...]:
    return (target.url, target.token, target.secret, target.to)


def _open(place: Secret | str | None, resolve: Resolve) -> str:
    return resolve(place) if isinstance(place, Secret) else place or ""


def _enclosed(message: Outgoing, target: Target) -> tuple[Picture, ...]:
    """The pictures that the target wants and its channel takes."""
    limit = LIMITS[target.kind].picture if target.pictures and target.kind in LIMITS else 0
    return tuple(each for each in message.pictures if len(each.content) <= limit)


def _parts(message: Outgoing, kind: str, title: str) -> tuple[str, ...]:
    end = invitation(message.link, kind)
    whole = "文末链接" if end else f"监测台账，编号：{message.key}"
    return fit(message.body, kind, title, whole, end)


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
    title = heading(message.title, target.kind)
    parts = _parts(message, target.kind, title)
    base = target.base_url or channel.host
    delivery = Delivery(False, "", "空消息", permanent=True)
    for number, part in enumerate(parts, 1):
        if number > 1:
            await asyncio.sleep(LIMITS[target.kind].gap.total_seconds())
        head = f"{title}（{number}/{len(parts)}）" if len(parts) > 1 else title
        call = channel.call(base, token, secret, head, part, now)
        delivery = await _post(call, channel.judge, message, timeout)
        if not delivery.ok:  # the parts before it have arrived
            return replace(delivery, uncertain=delivery.uncertain or number > 1)
    if target.kind == "wecom":
        await _show(message, channel, base, token, timeout)
    return delivery


async def _show(message: Outgoing, channel: Channel, base: str, token: str, timeout: float) -> None:
    """The pictures after the text. What was said stays said where one of them is refused."""
    for picture in message.pictures:
        call = wecom_picture(base, token, picture)
        shown = await _post(call, channel.judge, message, timeout)
        if not shown.ok:
            log.warning("the picture %s of %s: %s", picture.name, message.key, shown.error)
            return


async def _text_message(
    message: Outgoing, target: Target, key: str, number: str, timeout: float
) -> Delivery:
    if not TOKEN.fullmatch(key) or not NUMBER.fullmatch(number):
        return Delivery(False, "", "密钥或手机号格式不对，请检查配置", permanent=True)
    call = sms_call(target.base_url or HOST, key, number, target.sign, message.short)
    return await _post(call, judge_sms, message, timeout)


async def _post(call: Call, judge: Judge, message: Outgoing, timeout: float) -> Delivery:
    robot = Robot(call, judge, timeout, asset=asset())
    late = await notify(robot, message, timeout)
    return late or robot.delivery
