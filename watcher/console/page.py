"""The status page: one view, one template, in the language of the offices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Generic, TypeVar
from urllib.parse import quote, urlencode, urlsplit
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from watcher.console.view import AccountView, View
from watcher.model import Level

ZONE = ZoneInfo("Asia/Shanghai")
PAGE = 100  # rows
CONDITIONS: Mapping[str, str] = {
    "fresh": "正常",
    "near": "临界",
    "overdue": "超期",
    "ended": "已停办",
    "blind": "未能采集",
    "never": "尚未采集",
}
LEVELS: Mapping[str, str] = {
    Level.RED: "红",
    Level.ORANGE: "橙",
    Level.YELLOW: "黄",
    Level.BLUE: "蓝",
    Level.OPERATOR: "运维",
}
LANES: Mapping[str, str] = {"open": "畅通", "cooling": "冷却中", "probing": "试探中"}
PLATFORMS: Mapping[str, str] = {
    "live": "正常",
    "degraded": "部分可读",
    "blind": "失明",
    "unconfirmed": "未经证实",
    "closed": "平台关闭",
}
SEVERITIES: Mapping[str, str] = {"critical": "严重", "warning": "警告", "info": "提示"}
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sheet(Generic[T]):
    """One page of a long table; `number` counts from 1."""

    rows: Sequence[T]
    number: int
    pages: int
    total: int

    @property
    def first(self) -> int:
        return (self.number - 1) * PAGE + 1


def sheet(rows: Sequence[T], asked: str | None) -> Sheet[T]:
    """The page somebody asked for, or the nearest there is."""
    return lazy_sheet(len(rows), asked, lambda first, count: rows[first : first + count])


def lazy_sheet(total: int, asked: str | None, fetch: Callable[[int, int], Sequence[T]]) -> Sheet[T]:
    """The same of rows that are fetched only now: so many from the first one wanted."""
    pages = max(1, -(-total // PAGE))
    number = min(page_number(asked), pages)
    return Sheet(fetch((number - 1) * PAGE, PAGE), number, pages, total)


def page_number(asked: str | None) -> int:
    """The page somebody asked for, counted from 1; the first where it is no number."""
    is_one = asked and asked.isascii() and asked.isdigit() and len(asked) < 10
    return max(int(asked), 1) if asked and is_one else 1


def render(view: View, query: Mapping[str, str]) -> str:
    """The page as HTML. Of the query only `page`, `cases` and a known `state` count."""
    state = query.get("state", "")
    state = state if state in CONDITIONS else ""
    counts = Counter(view.accounts.counts())
    total = counts[state] if state else counts.total()
    cases = sheet(view.cases, query.get("cases"))
    accounts = lazy_sheet(total, query.get("page"), partial(view.accounts.rows, state))

    def link(**change: object) -> str:
        now = {"cases": cases.number, "page": accounts.number, "state": state, **change}
        return "?" + urlencode({k: v for k, v in now.items() if v not in ("", 1)})

    return TEMPLATES.get_template("status.html").render(
        view=view,
        cases=cases,
        accounts=accounts,
        counts=counts,
        total=counts.total(),
        waiting=sum(row.pending for row in view.outbox),
        state=state,
        link=link,
        CONDITIONS=CONDITIONS,
        LEVELS=LEVELS,
        LANES=LANES,
        PLATFORMS=PLATFORMS,
        SEVERITIES=SEVERITIES,
    )


def render_account(view: AccountView, number: int) -> str:
    """One account's page as HTML; `number` is the page of its posts."""
    posts = Sheet(view.posts, number, max(1, -(-view.posts_total // PAGE)), view.posts_total)
    return TEMPLATES.get_template("account.html").render(
        view=view,
        posts=posts,
        link=lambda page: "?" + urlencode({"page": page}) + "#posts",
        CONDITIONS=CONDITIONS,
        LEVELS=LEVELS,
    )


def beijing(at: datetime | None) -> str:
    """ "2026-11-23 12:00", or a dash."""
    return "—" if at is None else f"{at.astimezone(ZONE):%Y-%m-%d %H:%M}"


def ago(at: datetime | None, now: datetime) -> str:
    """How long ago, or how far ahead, in words of one unit."""
    if at is None:
        return ""
    span, tail = (now - at, "前") if at <= now else (at - now, "后")
    if span < timedelta(minutes=1):
        return "刚刚" if tail == "前" else "即将"
    if span < timedelta(hours=1):
        return f"{span // timedelta(minutes=1)} 分钟{tail}"
    if span < timedelta(days=1):
        return f"{span // timedelta(hours=1)} 小时{tail}"
    return f"{span.days} 天{tail}"


def web_address(url: str) -> str:
    """The address if a browser may follow it, else nothing: a register may hold any text."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and parts.netloc else ""


def account_page(key: str) -> str:
    """The path of an account's own page, or a look-alike's; "" for a lead, which has none."""
    kind, _, number = key.partition(":")
    if kind == "lead":
        return ""
    path, name = ("/candidates/", number) if kind == "candidate" else ("/accounts/", key)
    return path + quote(name, safe="", errors="replace")


def case_page(number: object) -> str:
    """The path of a case's own page."""
    return "/cases/" + quote(str(number), safe="", errors="replace")


def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("watcher.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        beijing=beijing,
        ago=ago,
        web_address=web_address,
        account_page=account_page,
        case_page=case_page,
    )
    return made


TEMPLATES = _environment()
