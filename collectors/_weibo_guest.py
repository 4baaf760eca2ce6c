"""Becoming a guest of m.weibo.cn, by the handshake that its own visitor page performs."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

from collectors._weibo import mapping, text_of
from watcher.model import CollectError, Fetch, Page, Request, Session, Source, Trouble

VISITOR = "https://visitor.passport.weibo.cn/visitor"
SESSION_LIFETIME = 1200.0  # seconds; guests are kept 20 to 30 minutes


async def handshake(source: Source, fetch: Fetch) -> Session:
    """Become a guest the way the site's own page does. Raises CollectError when refused."""
    asked = await _visitor_page(fetch)
    form = {"cb": "visitor_gray_callback", "tid": "", "from": "weibo", "ver": "20250916"}
    if asked and (found := re.search(r"request_id\s*=\s*[\"']([0-9a-zA-Z_-]{1,64})", asked.text)):
        form |= {"request_id": found[1], "return_url": "https://m.weibo.cn/"}
    page = await fetch(Request(f"{VISITOR}/genvisitor2", "POST", form=form, mobile=True))
    cookies = {**(_set_cookies(asked) if asked else {}), **_set_cookies(page), **_tickets(page)}
    return Session(cookies=cookies, lifetime=SESSION_LIFETIME)


async def _visitor_page(fetch: Fetch) -> Page | None:
    back = quote("https://m.weibo.cn/", safe="")
    try:
        return await fetch(Request(f"{VISITOR}/visitor?entry=sinawap&a=enter&url={back}"))
    except CollectError:
        return None  # its request_id is good manners; the next request decides


def _tickets(page: Page) -> dict[str, str]:
    """SUB and SUBP out of `visitor_gray_callback({…})`."""
    said = page.text[:20_000]
    try:
        told = mapping(json.JSONDecoder().raw_decode(said, max(said.find("{"), 0))[0])
    except (ValueError, RecursionError):
        told = {}
    data = mapping(told.get("data"))
    sub, subp = text_of(data.get("sub")), text_of(data.get("subp"))
    if told.get("retcode") != 20000000 or not sub:
        raise CollectError(Trouble.BLOCKED, f"guest handshake refused (HTTP {page.status})")
    return {"SUB": sub, **({"SUBP": subp} if subp else {})}


def _set_cookies(page: Page) -> dict[str, str]:
    header = page.headers.get("set-cookie", "")
    pairs = re.findall(r"(?:^|[,\n]\s*)([\w.-]+)=([^;,\s]+)", header)
    return {name: value for name, value in pairs if value != "deleted"}
