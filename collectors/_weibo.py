"""How m.weibo.cn writes times, numbers and text, and what its refusals mean; pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

import orjson
from selectolax.lexbor import LexborHTMLParser

from watcher.model import CollectError, Page, Trouble

BEIJING = ZoneInfo("Asia/Shanghai")

_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS = {name: number for number, name in enumerate(_NAMES, 1)}
# Wed Jun 16 10:51:10 +0800 2021; spelled out because strptime's names follow the locale
_LONG = re.compile(r"\w{3} (\w{3}) +(\d{1,2}) (\d{2}):(\d{2}):(\d{2}) ([+-]\d{2})(\d{2}) (\d{4})")
_AGO = re.compile(r"(\d{1,4})\s*(秒|分钟|小时)前")
_DAY_WORD = re.compile(r"(今天|昨天|前天)\s*(\d{1,2}):(\d{2})")
_DATE = re.compile(
    r"(?:(\d{4})[-年])?(\d{1,2})[-月](\d{1,2})日?(?:\s+(\d{1,2}):(\d{2})(?::\d{2})?)?"
)
_UNITS = {"秒": "seconds", "分钟": "minutes", "小时": "hours"}
_DAYS_BACK = {"今天": 0, "昨天": 1, "前天": 2}
_COUNT = re.compile(r"(\d+(?:\.\d+)?)\s*([万亿]?)")
_SCALE = {"": 1, "万": 10_000, "亿": 100_000_000}

# Only ever compared with messages of the platform, never with the text of posts.
_VERDICTS: tuple[tuple[str, Trouble, str], ...] = (
    (r"用户自行申请关闭", Trouble.GONE, "closed by its owner"),
    (r"[账帐]号已注销|用户已注销", Trouble.GONE, "deregistered"),
    (r"用户不存在|usernotexists", Trouble.GONE, "the platform says: no such user"),
    (r"被投诉违反", Trouble.BANNED, "closed by the platform after complaints"),
    (r"[账帐]号(?:行为异常|内容存在风险)", Trouble.BANNED, "shut by the platform for risk"),
    (r"[账帐]号异常|userblock", Trouble.BANNED, "shut by the platform (20003)"),
    (r"频次过高|频繁|请求过快", Trouble.BLOCKED, "asked too often"),
    (r"登录|login", Trouble.BLOCKED, "needs a login"),
)
_NOTHING_HERE = re.compile(r"这里还没有内容|暂无内容")
_VISITOR = re.compile(r"passport\.weibo\.(?:com|cn)/visitor|visitor\.passport\.weibo\.cn", re.I)
_LOGIN = re.compile(r"passport\.weibo\.|login\.sina\.com\.cn|/login\.php", re.I)
_OFTEN = 2000  # characters: what is longer is not kept to be understood at once the next time
_BREAK = re.compile(r"<br\s*/?>", re.I)
_REFUSING = frozenset({401, 403, 414, 418, 429, 432})


def mapping(value: Any) -> dict[str, Any]:
    """The value where it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def sequence(value: Any) -> list[Any]:
    """The value where it is a JSON array, else an empty one."""
    return value if isinstance(value, list) else []


def text_of(value: Any) -> str:
    """A JSON string without lone surrogates and NUL; anything else is an empty string."""
    if not isinstance(value, str):
        return ""
    words: str = value.replace("\x00", "")
    try:
        words.encode()
    except UnicodeEncodeError:
        return words.encode("utf-8", "replace").decode()
    return words


def plain(html: Any, limit: int = 120) -> str:
    """The words of a post's HTML on one line, at most `limit` characters."""
    words = text_of(html)[:20_000]
    return _plain(words, limit) if len(words) > _OFTEN else _plain_again(words, limit)


def _plain(words: str, limit: int) -> str:
    if "<" in words or "&" in words:
        tree = LexborHTMLParser(_BREAK.sub(" ", words))
        words = tree.body.text() if tree.body else ""
    return " ".join(words.split())[:limit]


_plain_again = lru_cache(1 << 12)(_plain)  # lists show mostly what they showed before


def count(value: Any) -> int | None:
    """A number of followers or posts: 1363591, "1363591" or "145.5万". None when unreadable."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    if isinstance(value, int):
        return value if 0 <= value < 10**12 else None
    match = _COUNT.fullmatch(value.strip()[:24])
    return round(float(match[1]) * _SCALE[match[2]]) if match else None


def moment(text: Any, seen: datetime) -> tuple[datetime, bool]:
    """When a post was published, in UTC, and whether only its Beijing day is known.

    `seen` is when the page came: relative words ("5分钟前", "昨天 12:00", "06-27") lean on it.
    A date without a year is the last such day before `seen`. Raises ValueError for the rest.
    """
    words = text_of(text).strip()
    if match := _LONG.fullmatch(words):
        return _long(*match.groups()), False
    if words == "刚刚":
        return seen, False
    if match := _AGO.fullmatch(words):
        return seen - timedelta(**{_UNITS[match[2]]: int(match[1])}), False
    local = seen.astimezone(BEIJING)
    if match := _DAY_WORD.fullmatch(words):
        day = local - timedelta(days=_DAYS_BACK[match[1]])
        clock = day.replace(hour=int(match[2]), minute=int(match[3]), second=0, microsecond=0)
        return clock.astimezone(UTC), False
    if match := _DATE.fullmatch(words):
        return _dated(match, local)
    raise ValueError(f"no time: {words[:40]!r}")


@lru_cache(1 << 12)
def _long(
    name: str, day: str, hour: str, minute: str, second: str, zone: str, part: str, year: str
) -> datetime:
    if name not in _MONTHS:
        raise ValueError(f"no month: {name!r}")
    stamp = f"{year}-{_MONTHS[name]:02}-{int(day):02}T{hour}:{minute}:{second}{zone}:{part}"
    return datetime.fromisoformat(stamp).astimezone(UTC)


def _dated(match: re.Match[str], local: datetime) -> tuple[datetime, bool]:
    year, day_only = int(match[1] or local.year), match[4] is None
    at = datetime(
        year, int(match[2]), int(match[3]), int(match[4] or 0), int(match[5] or 0), tzinfo=BEIJING
    )
    if match[1] is None and at > local:
        at = at.replace(year=year - 1)
    return at.astimezone(UTC), day_only


def wants_handshake(page: Page) -> str | None:
    """Why a new guest session could help with this answer; None when it could not."""
    if page.status == 432:
        return "HTTP 432"
    if _VISITOR.search(page.url) or _VISITOR.search(page.headers.get("location", "")):
        return "sent to the visitor system"
    head = page.body[:4096]
    if b"Sina Visitor System" in head:
        return "visitor system page instead of an answer"
    if (
        b"-100" in page.body
        and head.lstrip()[:1] == b"{"
        and str(_object(page).get("ok")) == "-100"
    ):
        where = text_of(_object(page).get("url"))
        kind = "captcha" if re.search("captcha|geetest", where) else "login or risk wall"
        return f"ok -100: {kind}"
    return None


def answer(page: Page) -> dict[str, Any] | None:
    """The `data` of a good answer; None for the ambiguous "这里还没有内容".

    Raises CollectError for every other answer, with the trouble it means.
    """
    if why := wants_handshake(page):
        raise CollectError(Trouble.BLOCKED, why)
    _judge_address(page)
    if page.status in _REFUSING:
        raise CollectError(Trouble.BLOCKED, f"HTTP {page.status}")
    if page.status >= 500:
        raise CollectError(Trouble.UNREACHABLE, f"HTTP {page.status}")
    if not page.body.strip():
        raise CollectError(Trouble.BLOCKED, "empty answer")
    payload = _object(page)
    if page.status != 200 or not payload:
        _judge_words(_page_words(page))
        raise CollectError(Trouble.UNREADABLE, f"HTTP {page.status}, not the JSON we know")
    return _data(payload)


def _data(payload: dict[str, Any]) -> dict[str, Any] | None:
    if str(payload.get("ok")) == "1":
        if not isinstance(payload.get("data"), dict):
            raise CollectError(Trouble.UNREADABLE, "ok 1 without data")
        return mapping(payload["data"])
    said = " ".join(text_of(payload.get(key)) for key in ("msg", "message", "error", "url"))
    if _NOTHING_HERE.search(said):
        return None
    _judge_words(unquote(said))
    raise CollectError(
        Trouble.UNREADABLE, f"ok {payload.get('ok')!r:.20}, errno {payload.get('errno')!r:.20}"
    )


def judge_cards(cards: list[Any]) -> None:
    """Raises CollectError where a card without a post is the platform's word on the account."""
    for card in map(mapping, cards):
        if not isinstance(card.get("mblog"), dict):
            said = " ".join(text_of(card.get(key)) for key in ("desc", "title", "text", "desc1"))
            _judge_words(said, account_only=True)


def _judge_address(page: Page) -> None:
    """A redirect to weibo.com/sorry names the state of the account; one to a login asks for it."""
    for address in (page.url, page.headers.get("location", "")):
        if "/sorry" in urlsplit(address).path:
            _judge_words(unquote(address))
            raise CollectError(Trouble.UNREADABLE, "the platform says sorry, not why")
        if _LOGIN.search(address):
            raise CollectError(Trouble.BLOCKED, "needs a login")


def _judge_words(said: str, account_only: bool = False) -> None:
    for pattern, trouble, meaning in _VERDICTS:
        if account_only and trouble is Trouble.BLOCKED:
            continue
        if re.search(pattern, said):
            raise CollectError(trouble, meaning)


def _page_words(page: Page) -> str:
    """What a page of HTML shows; scripts left out."""
    if b"<" not in page.body[:2048]:
        return page.text[:2000]
    tree = LexborHTMLParser(page.text[:200_000])
    tree.strip_tags(["script", "style"])
    return tree.body.text()[:5000] if tree.body else ""


def _object(page: Page) -> dict[str, Any]:
    try:
        return mapping(orjson.loads(page.body))
    except ValueError:  # the standard library bears more: halves of characters, huge numbers
        pass
    try:
        return mapping(page.json())
    except (ValueError, RecursionError):
        return {}
