"""Answers that pages fetch for themselves, and the state that they carry in a script.

Pure: takes pages, returns JSON values; hostile values become CollectError or nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from collectors._text import wall_sign
from watcher.model import CollectError, Fetch, Page, Request, Trouble

REFUSED = frozenset({401, 403, 405, 412, 418, 429, 432, 461, 468, 471})
# A string of JavaScript, whole or cut off, or a word that JSON does not have.
_TOKEN = re.compile(
    r'("[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z))|\b(?:undefined|NaN|-?Infinity|void 0)\b', re.DOTALL
)


def answer(page: Page) -> dict[str, Any]:
    """The JSON object of an answer. Raises CollectError: BLOCKED for refusals and empty bodies."""
    check_status(page)
    try:
        value = json.loads(page.body)
    except (ValueError, RecursionError) as error:
        text = page.text[:20_000]
        sign = wall_sign(text) or ("captcha" if "captcha" in text.lower() else None)
        if sign:
            raise CollectError(Trouble.BLOCKED, f"answer speaks of {sign!r}") from error
        raise CollectError(Trouble.UNREADABLE, f"no JSON: {text[:60]!r}") from error
    if not isinstance(value, dict):
        raise CollectError(Trouble.UNREADABLE, "answer is no object")
    return value


def check_status(page: Page) -> None:
    """Raises CollectError where the status or an empty body says that nothing was shown."""
    if page.status >= 500:
        raise CollectError(Trouble.UNREACHABLE, f"HTTP {page.status}")
    if page.status in REFUSED:
        raise CollectError(Trouble.BLOCKED, f"HTTP {page.status}")
    if not 200 <= page.status < 300:
        raise CollectError(Trouble.UNREADABLE, f"HTTP {page.status}")
    if not page.body.strip():
        raise CollectError(Trouble.BLOCKED, f"HTTP {page.status} with an empty answer")


def script_state(html: str, marker: str) -> Any:
    """The literal that a script assigns after `marker`, None where there is none.

    Pages write JavaScript, not JSON: `undefined` becomes null, but not inside strings, and braces
    inside strings end nothing.
    """
    for found in re.finditer(rf"{re.escape(marker)}\s*=\s*(?=[{{\[])", html):
        tail = html[found.end() :]
        end = tail.find("</script")
        literal = _TOKEN.sub(lambda token: token[1] or "null", tail if end < 0 else tail[:end])
        try:
            return json.JSONDecoder().raw_decode(literal)[0]
        except (ValueError, RecursionError):
            return None
    return None


def script_data(html: str, ident: str) -> Any:
    """The JSON, perhaps URL-encoded, inside <script id="…">; None where there is none."""
    found = re.search(rf"<script[^>]{{0,200}}\bid=[\"']{re.escape(ident)}[\"'][^>]{{0,200}}>", html)
    if found is None:
        return None
    text = html[found.end() :].partition("</script")[0].strip()
    try:
        return json.loads(unquote(text) if text.startswith("%7B") else text)
    except (ValueError, RecursionError):
        return None


def dig(value: Any, path: str) -> Any:
    """The value at a dotted path, None where a step is missing. Vue's refs are looked through."""
    for step in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(step)
        if isinstance(value, Mapping):
            inner = (value[k] for k in ("_rawValue", "_value") if value.get(k) is not None)
            value = next(inner, value)
    return value


def text_at(value: Any, *paths: str) -> str:
    """The first text at one of the paths that is not empty, stripped; "" where there is none."""
    for path in paths:
        found = dig(value, path)
        if isinstance(found, str) and found.strip():
            return found.strip()
    return ""


def asked_for(url: str, *keys: str) -> frozenset[str]:
    """The values of these query keys of an address."""
    query = parse_qs(urlsplit(url).query)
    return frozenset(value for key in keys for value in query.get(key, ()) if value)


def is_path(page: Page, *paths: str) -> bool:
    """Whether an answer came from one of these paths: hosts change, paths seldom."""
    path = urlsplit(page.url).path
    return any(each in path for each in paths)


def file_name(url: Any) -> str | None:
    """The stable part of a picture's address: hosts rotate, queries carry signatures."""
    if not isinstance(url, str) or "/" not in url:
        return None
    tail = url.partition("?")[0].rstrip("/").rpartition("/")[2]
    return tail.partition("~")[0].partition("!")[0] or None


async def warm(url: str, fetch: Fetch) -> None:
    """Visit a platform's front page first, as people do; what it says is of no matter.

    Raises CollectError only where the platform named a time to come back.
    """
    try:
        await fetch(Request(url, render=True))
    except CollectError as error:
        if error.retry_after is not None:
            raise


async def unfold(link: str, fetch: Fetch, wanted: re.Pattern[str]) -> re.Match[str]:
    """The first match of `wanted` in a pasted link or where its redirects lead.

    Raises UNREADABLE where they lead nowhere we know.
    """
    for _ in range(4):
        if found := wanted.search(link):
            return found
        page = await fetch(Request(link, redirects=False))
        target = page.headers.get("location", "")
        if not target.startswith(("http://", "https://")):
            break
        link = target
    raise CollectError(Trouble.UNREADABLE, f"the link leads to nothing we know: {link[:80]}")
