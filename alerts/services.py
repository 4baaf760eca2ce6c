"""Mail and whatever else Apprise knows, by its own plugins; and what it says of a failure."""

from __future__ import annotations

import asyncio
import re
import warnings
from dataclasses import replace
from urllib.parse import quote, unquote, urlsplit

from apprise import (
    Apprise,
    AppriseAsset,
    AppriseAttachment,
    NotifyBase,
    NotifyFormat,
    PersistentStoreMode,
)
from apprise.attachment.memory import AttachMemory

from alerts.escape import feishu, markdown, split
from alerts.merge import Outgoing
from alerts.robots import Delivery, Robot

SHORT_SERVICE = 500  # characters; a service that takes no more gets the short text
SLOWEST = 256 * 1024  # bytes in a second that a mail server takes at the least
_MAIL = ("mailto:", "mailtos:")


async def send_by_service(message: Outgoing, url: str, timeout: float) -> Delivery:
    """Mail and every other service Apprise knows, by its own plugin."""
    # The first call loads every plugin there is, about a second of work: not in the loop.
    plugin = await asyncio.to_thread(_plugin, _as_text(url))
    if plugin is None:
        return Delivery(False, "", "地址无法识别，请检查配置", permanent=True)
    if message.documents:  # smtplib bounds the sending of the whole mail by this
        timeout += sum(len(each.content) for each in message.documents) / SLOWEST
        plugin.socket_connect_timeout = timeout
    delivery = Delivery(True)
    for number, part in enumerate(_for_service(message, plugin, url), 1):
        late = await notify(plugin, part, timeout)
        if late is not None:
            uncertain = late.uncertain or number > 1
            return replace(late, error=redact(late.error, url), uncertain=uncertain)
    return delivery


def _for_service(message: Outgoing, plugin: NotifyBase, url: str) -> tuple[Outgoing, ...]:
    """The message as one service takes it. Apprise escapes what it makes HTML of, nothing else."""
    if url.startswith(_MAIL):
        return (message,)
    marked = plugin.notify_format == NotifyFormat.MARKDOWN
    escape, most = markdown if marked else feishu, int(plugin.body_maxlen)
    if most <= SHORT_SERVICE:
        return (replace(message, title="", body=escape(message.short)),)
    title, room = escape(message.title), most - int(plugin.title_maxlen == 0) * len(message.title)
    pieces = split(escape(message.body), max(room - 10, SHORT_SERVICE), len)
    return tuple(replace(message, title=title, body=piece) for piece in pieces)


def _plugin(url: str) -> NotifyBase | None:
    """Apprise's plugin for an address; None where it knows none."""
    with warnings.catch_warnings():
        # Its OpenPGP helper imports imghdr, which Python 3.11 calls deprecated.
        warnings.simplefilter("ignore", DeprecationWarning)
        return Apprise.instantiate(url, asset=asset(), suppress_exceptions=True)


async def notify(plugin: NotifyBase, message: Outgoing, timeout: float) -> Delivery | None:
    """None when the plugin says it was sent; a failed Delivery otherwise."""
    sender = Apprise(asset=asset())
    sender.add(plugin)
    call = sender.async_notify(
        body=message.body,
        title=_one_line(message.title),
        body_format=NotifyFormat.TEXT,
        attach=_attachments(message),
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


def _attachments(message: Outgoing) -> AppriseAttachment | None:
    enclosed = (*message.pictures, *message.documents)
    if not enclosed:
        return None
    made = AppriseAttachment()
    for each in enclosed:
        kept = AttachMemory(  # type: ignore[no-untyped-call]
            each.content, name=each.name, mimetype=each.type
        )
        made.add(kept)
    return made


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
    if not url.startswith(_MAIL) or "format=" in url:
        return url
    return f"{url}{'&' if '?' in url else '?'}format=text"


def _one_line(text: str) -> str:
    return " ".join(text.split())[:250]


def asset() -> AppriseAsset:
    return AppriseAsset(
        app_id="Shouwang",
        app_desc="政务新媒体监测",
        secure_logging=True,
        storage_mode=PersistentStoreMode.MEMORY,
    )
