"""Hostile JSON read without surprises: what each function cannot read is None, "" or empty."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from collectors._times import is_future, read_time
from watcher.model import CollectError, Page, Post, Trouble

REFUSING = frozenset({401, 403, 405, 412, 418, 429, 432, 461, 471})
_EPOCH = re.compile(r"[1-9]\d{8,9}")  # seconds since 1970, from 1973 on
_ROUNDED = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)\s*([万亿]?)")
_SCALE = {"": 1, "万": 10_000, "亿": 100_000_000}


def mapping(value: Any) -> dict[str, Any]:
    """The value where it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def sequence(value: Any) -> list[Any]:
    """The value where it is a JSON array, else an empty one."""
    return value if isinstance(value, list) else []


def text_of(value: Any, limit: int = 1000) -> str:
    """A JSON string without lone surrogates and NUL, at most `limit` characters."""
    if not isinstance(value, str):
        return ""
    return value.replace("\x00", "").encode("utf-8", "replace").decode()[:limit]


def line(value: Any, limit: int = 120) -> str:
    """A text on one line, as titles want it."""
    return " ".join(text_of(value, 20 * limit).split())[:limit]


def ident(value: Any) -> str:
    """An identifier written as a number or as text; "" for anything else, 0 too."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return ""
    found = text_of(str(value) if abs(value) < 10**30 else "") if isinstance(value, int) else value
    return text_of(found, 100).strip() if found not in ("0", "-1") else ""


def count(value: Any) -> int | None:
    """A number of followers or posts: 1363591, "1363591", or "1.2万", which is rounded."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    if isinstance(value, int):
        return value if 0 <= value < 10**12 else None
    match = _ROUNDED.fullmatch(value.strip()[:24])
    return round(float(match[1]) * _SCALE[match[2]]) if match else None


def epoch(value: Any, seen: datetime) -> datetime | None:
    """Unix seconds, as number or text, in UTC; None for what lies in the future of `seen`."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    if isinstance(value, int) and not 0 < value < 10**11:
        return None
    text = str(value).strip()
    if not _EPOCH.fullmatch(text):
        return None
    at = datetime.fromtimestamp(int(text), UTC)
    return None if is_future(at, seen) else at


def moment(value: Any, seen: datetime) -> datetime | None:
    """Unix seconds, or a time as Chinese pages print it, down to the minute; else None."""
    at = epoch(value, seen)
    told = read_time(text_of(value, 60), seen) if at is None else None
    if told is None or told.day_only or is_future(told.at, seen):
        return at
    return told.at


def json_of(page: Page) -> dict[str, Any]:
    """The JSON object of an answer.

    Raises CollectError: UNREACHABLE for a server's error, BLOCKED for a refusal or an empty
    body, UNREADABLE for the rest.
    """
    if page.status >= 500:
        raise CollectError(Trouble.UNREACHABLE, f"HTTP {page.status}")
    if page.status in REFUSING or not page.body.strip():
        raise CollectError(Trouble.BLOCKED, f"HTTP {page.status}, {len(page.body)} bytes")
    told = parsed(page.body)
    if not told:
        raise CollectError(Trouble.UNREADABLE, f"HTTP {page.status}, no JSON object")
    return told


def parsed(body: bytes | str) -> dict[str, Any]:
    """The JSON object that the bytes are; {} where they are none."""
    try:
        return mapping(json.loads(body))
    except (ValueError, RecursionError):
        return {}


def newest_first(posts: list[Post], slack: timedelta = timedelta(minutes=5)) -> bool:
    """Whether the times run from new to old, pinned posts aside.

    Platforms sort by an id made a little before the time they print: hence the slack.
    """
    times = [post.at for post in posts if not post.pinned]
    return all(b <= a + slack for a, b in pairwise(times))
