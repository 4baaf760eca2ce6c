"""The door for links of letters: GET /ack/TOKEN shows, POST acknowledges, once.

Scanners of mail and previews of chats follow links, so GET never acknowledges. There is no login
and no cookie: the address itself is the permission, and stands in no log.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeAlias
from urllib.parse import parse_qs, urlsplit

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from alerts.escape import inert
from alerts.links import PATH, Signing, claimed, form_mark, genuine
from watcher import store
from watcher.acknowledge_view import over, view_of, waits, when
from watcher.casework import CaseworkError, Wish, perform
from watcher.console.acknowledge import (
    ACK_HEADERS,
    LONGEST_NAME,
    AckView,
    render_acknowledge,
    render_refusal,
)
from watcher.rectifying import Deed
from watcher.store import Connection
from watcher.store.letter_links import (
    cases_by_id,
    find_link,
    use_link,
)
from watcher.watch import Watch

log = logging.getLogger(__name__)

EACH, ALL = 60, 600  # requests a minute: from one address, from all of them
ADDRESSES = 5000  # that are counted apart
MOST_FORM = 4096  # bytes
PATIENCE = 10.0  # seconds
HTML = "text/html; charset=utf-8"
Answered: TypeAlias = "tuple[int, AckView] | tuple[int, str]"  # a page, or the key of a refusal
REFUSALS: Mapping[str, tuple[int, str, str]] = {
    "none": (
        404,
        "链接无效",
        "链接不完整或已作废。请从原通知重新打开，或联系监测运维。",
    ),
    "expired": (
        410,
        "链接已过期",
        "链接已过有效期。请等下一次通知，或请监测运维代为签收。",
    ),
    "hasty": (429, "访问过于频繁", "请一分钟后再试。"),
    "foreign": (
        403,
        "请从原链接签收",
        "提交不是来自签收页面。请重新打开通知中的链接再签收。",
    ),
    "large": (413, "提交的内容过长", "请重新打开通知中的链接再签收。"),
    "busy": (503, "暂时无法签收", "系统正忙，未能记下签收。请稍后再试。"),
}


@dataclass(slots=True)
class Turnstile:
    """Counts requests within a minute; an address that asks too often waits for the next one."""

    minute: int = 0
    count: Counter[str] = field(default_factory=Counter)

    def admits(self, address: str, now: datetime) -> bool:
        """Count a request; whether it may pass."""
        minute = int(now.timestamp()) // 60
        if minute != self.minute:
            self.minute, self.count = minute, Counter()
        whose = address if address in self.count or len(self.count) < ADDRESSES else "others"
        self.count[whose] += 1
        return self.count[whose] <= EACH and self.count.total() <= ALL


@dataclass(slots=True)
class AckDoor:
    """Answers links of one watch, for the addresses that its signing makes."""

    watch: Watch
    turnstile: Turnstile = field(default_factory=Turnstile)

    def routes(self) -> list[Route]:
        if self.watch.links is None:
            return []
        return [Route(PATH + "{token}", self.answer, methods=["GET", "POST"])]

    async def answer(self, request: Request) -> Response:
        """The page, or why there is none."""
        try:
            async with asyncio.timeout(PATIENCE):
                status, page = await self._answer(request)
        except ClientDisconnect:
            return _refused("busy")
        except (TimeoutError, store.StoreUnavailable) as error:
            log.error("an acknowledgement was not kept: %r", error)
            return _refused("busy")
        if isinstance(page, str):
            return _refused(page)
        return Response(render_acknowledge(page), status, ACK_HEADERS, HTML)

    async def _answer(self, request: Request) -> Answered:
        now, signing = self.watch.now(), self.watch.links
        address = request.client.host if request.client else ""
        if not self.turnstile.admits(_network(address), now):
            return 429, "hasty"
        token = request.path_params["token"]
        number = claimed(token)
        if signing is None or number is None:
            return 404, "none"
        if request.method != "POST":
            return await asyncio.to_thread(self._show, signing, token, number, now)
        if not _from_here(request, signing):
            return 403, "foreign"
        body = await _body(request)
        if body is None:
            return 413, "large"
        form = _form(body)
        if not hmac.compare_digest(form.get("mark", "").encode(), _mark(signing, token)):
            return 403, "foreign"
        name = inert(form.get("name", ""), LONGEST_NAME)
        said = await self.watch.writer.submit(
            lambda c: acknowledge(c, self.watch, signing, token, number, name, address, now)
        )
        if said[0] == 200:
            log.info("link %d acknowledged", number)
        return said

    def _show(self, signing: Signing, token: str, number: int, now: datetime) -> Answered:
        with self.watch.db.read() as c:
            link = find_link(c, number)
            if link is None or not genuine(signing.key, token, link):
                return 404, "none"
            if link.expires_at <= now:
                return 410, "expired"
            view = view_of(c, self.watch, link, now)
        if link.acts and not link.used_at and view.waiting:
            mark = form_mark(signing.key, token)
            return 200, replace(view, mark=mark)
        return 200, replace(view, said=over(link, view))


def acknowledge(
    c: Connection,
    watch: Watch,
    signing: Signing,
    token: str,
    number: int,
    name: str,
    address: str,
    now: datetime,
) -> Answered:
    """Acknowledge what still waits of a link's cases, and use the link up: all in one transaction.

    `name` is what somebody typed, "" for nothing; `address` is where he sits.
    """
    link = find_link(c, number, lock=True)
    if link is None or not genuine(signing.key, token, link):
        return 404, "none"
    if link.expires_at <= now:
        return 410, "expired"
    before = view_of(c, watch, link, now)
    if not link.acts or link.used_at or not before.waiting:
        return 409, replace(before, said=over(link, before), well=False)
    actor = f"{name}（{before.office}）" if name else before.office
    data = {"link": number, "target": link.target, "name": name, "address": address}
    wish = Wish(Deed.ACK, actor, "", data)
    for case in cases_by_id(c, link.cases):
        if waits(case):
            try:
                perform(c, str(case.id), wish, watch.book, now)
            except CaseworkError as error:  # a rule that nobody may acknowledge: the others count
                log.warning("link %d: %s", number, error)
    use_link(c, number, actor, now)
    after = view_of(c, watch, link, now)
    done = f"{before.waiting}项" if before.waiting > 1 else ""
    said = f"已签收{done}，谢谢。签收：{actor}，{when(now)}。不再重复提醒；整改期限照旧。"
    return 200, replace(after, said=said)


# -- at the door -----------------------------------------------------------------------------


def _mark(signing: Signing, token: str) -> bytes:
    return form_mark(signing.key, token).encode()


def _from_here(request: Request, signing: Signing) -> bool:
    """Whether a form was sent from our own page, as far as a browser tells.

    Our pages send no referrer, for which browsers say `Origin: null`.
    """
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin", "null")
    ours = urlsplit(signing.public_url)
    return site in ("same-origin", "none") and origin in ("null", f"{ours.scheme}://{ours.netloc}")


def _network(address: str) -> str:
    """An address as it is counted: of IPv6 the network that one subscriber has."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if found.version == 6:
        return str(ipaddress.ip_network(f"{found}/64", strict=False))
    return str(found)


async def _body(request: Request) -> bytes | None:
    """What was sent; None where it is too long."""
    held = bytearray()
    async for chunk in request.stream():
        held += chunk
        if len(held) > MOST_FORM:
            return None
    return bytes(held)


def _form(body: bytes) -> Mapping[str, str]:
    try:
        found = parse_qs(body.decode("utf-8", "replace"), max_num_fields=10)
    except ValueError:
        return {}
    return {name: values[0] for name, values in found.items()}


def _refused(why: str) -> Response:
    status, notice, text = REFUSALS[why]
    headers = {**ACK_HEADERS, **({"Retry-After": "60"} if status in (429, 503) else {})}
    return Response(render_refusal(notice, text), status, headers, HTML)
