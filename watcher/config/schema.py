"""watcher.yaml as people write it: pydantic at the edge, every unknown key refused."""

from __future__ import annotations

import ipaddress
import re
from datetime import timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from watcher.config.values import Secret

_UNITS = {"s": 1, "min": 60, "h": 3600, "d": 86400}
_SIZES = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
_HOST = re.compile(r"\*|(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?", re.ASCII)


def _duration(value: Any) -> Any:
    found = re.fullmatch(r"(\d+(?:\.\d+)?) ?(s|min|h|d)", value) if isinstance(value, str) else None
    if found is None:
        raise ValueError('应为时长，如 "30s"、"15min"、"4h"、"2d"')
    seconds = float(found[1]) * _UNITS[found[2]]
    if seconds > 100 * 366 * 86400:
        raise ValueError("须不到一百年")
    return timedelta(seconds=seconds)


def between(least: timedelta, most: timedelta) -> AfterValidator:
    def check(value: timedelta) -> timedelta:
        if not least <= value <= most:
            raise ValueError(f"须在 {_spell(least)} 与 {_spell(most)} 之间")
        return value

    return AfterValidator(check)


def _spell(span: timedelta) -> str:
    seconds = span.total_seconds()
    unit = next(u for u in ("d", "h", "min", "s") if u == "s" or seconds % _UNITS[u] == 0)
    return f"{seconds / _UNITS[unit]:g}{unit}"


def _size(value: Any) -> Any:
    found = re.fullmatch(r"(\d+) ?(B|KiB|MiB|GiB)", value) if isinstance(value, str) else None
    if found is None:
        raise ValueError('应为大小，如 "512 KiB"、"8 MiB"')
    return int(found[1]) * _SIZES[found[2]]


def _host(value: str) -> str:
    if not _HOST.fullmatch(value):
        raise ValueError("应为主机名，如 m.weibo.cn，不带协议和路径")
    return value


def _origin(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise ValueError("应为网址，如 http://127.0.0.1:8701")
    return value


def _public(value: str) -> str:
    parts = urlsplit(value)
    plain = re.fullmatch(r"[A-Za-z0-9./:_~-]+", value)
    if parts.scheme not in ("http", "https") or not parts.hostname or not plain:
        raise ValueError("应为网址，如 https://watch.example.gov.cn，后面不带参数")
    if len(value) > 150:
        raise ValueError("超过 150 个字符，作为消息里的链接太长")
    return value.rstrip("/")


def _network(value: str) -> str:
    try:
        ipaddress.ip_network(value)
    except ValueError:
        raise ValueError("应为网段，如 10.1.0.0/16") from None
    return value


def _proxy(value: str | Secret) -> str | Secret:
    text = value.reveal() if isinstance(value, Secret) else value
    if not text and isinstance(value, Secret):  # could not be resolved, which is said elsewhere
        return value
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https", "socks5", "socks5h") or not parts.hostname:
        raise ValueError("应为代理地址，如 http://10.0.0.1:3128")
    if parts.password and not isinstance(value, Secret):
        raise ValueError("含有口令：请用 {env: 变量名} 或 {file: 路径} 给出")
    return value


def _database(value: str | Secret) -> str | Secret:
    text = value.reveal() if isinstance(value, Secret) else value
    if not text and isinstance(value, Secret):
        return value
    scheme, _, rest = text.partition("://")
    if scheme not in ("sqlite", "postgresql+psycopg") or not rest.strip("/"):
        raise ValueError("须以 sqlite:/// 或 postgresql+psycopg:// 开头")
    if urlsplit(text).password and not isinstance(value, Secret):
        raise ValueError("含有口令：请用 {env: 变量名} 或 {file: 路径} 给出")
    return value


def _ping(value: Secret) -> Secret:
    parts = urlsplit(value.reveal())
    if value.reveal() and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise ValueError("应为 http 或 https 网址")
    return value


def _long(value: Secret) -> Secret:
    if value.reveal() and not re.fullmatch(r"[!-~]{16,512}", value.reveal()):
        raise ValueError("应为 16 至 512 个可见的 ASCII 字符，不含空格")
    return value


def _only_secret(value: Any) -> Any:
    if not isinstance(value, Secret):
        raise ValueError("是密钥：请用 {env: 变量名} 或 {file: 路径} 给出")
    return value


Span = Annotated[timedelta, BeforeValidator(_duration)]
Seconds = Annotated[Span, between(timedelta(seconds=1), timedelta(minutes=10))]
Ticks = Annotated[Span, between(timedelta(milliseconds=100), timedelta(minutes=1))]
Renders = Annotated[Span, between(timedelta(seconds=1), timedelta(hours=1))]
Leases = Annotated[Span, between(timedelta(minutes=3), timedelta(days=1))]
Hours = Annotated[Span, between(timedelta(minutes=1), timedelta(days=7))]
Moments = Annotated[Span, between(timedelta(seconds=10), timedelta(hours=1))]
Days = Annotated[Span, between(timedelta(days=1), timedelta(days=3660))]
Months = Annotated[Span, between(timedelta(hours=1), timedelta(days=366))]
Size = Annotated[int, BeforeValidator(_size), Field(ge=1 << 10, le=1 << 30)]
Host = Annotated[str, AfterValidator(_host)]
Proxy = Annotated[str | Secret, AfterValidator(_proxy)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Text = Annotated[str, Field(min_length=1, max_length=1000)]


class Table(BaseModel):
    """A section of the file: no unknown key, no guessing between types."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, arbitrary_types_allowed=True
    )


class ListenTable(Table):
    host: Name = "127.0.0.1"
    port: int = Field(default=8710, ge=0, le=65535)


class BrowserTable(Table):
    path: Name = "/usr/bin/chromium"
    pages: int = Field(default=2, ge=1, le=8)
    idle: Hours = timedelta(minutes=5)
    page_timeout: Seconds = timedelta(seconds=30)
    memory: Annotated[int, BeforeValidator(_size), Field(ge=256 << 20)] = 1500 << 20


class FetchTable(Table):
    connect_timeout: Seconds = timedelta(seconds=10)
    read_timeout: Seconds = timedelta(seconds=20)
    total_timeout: Seconds = timedelta(seconds=60)
    max_body: Size = 8 << 20
    max_redirects: int = Field(default=5, ge=0, le=20)
    user_agent: Text | None = None
    mobile_user_agent: Text | None = None
    origins: dict[Host, Annotated[str, AfterValidator(_origin)]] = {}
    allow_private: list[Annotated[str, AfterValidator(_network)]] = []
    proxies: dict[str, Proxy] = {}
    browser: BrowserTable = BrowserTable()


class PaceTable(Table):
    gap: float | None = Field(default=None, ge=0, le=3600)
    concurrency: int | None = Field(default=None, ge=1, le=64)


class CadenceTable(Table):
    """How often accounts are read; the names are those of watcher.due.Cadence."""

    base: Hours | None = None
    lively: Hours | None = None
    lively_for: Span | None = None
    urgent: Hours | None = None
    retry_first: Hours | None = None
    retry_most: Hours | None = None
    outage_most: Hours | None = None
    gone_first: Hours | None = None
    gone_most: Hours | None = None
    ended: Hours | None = None
    spread: Hours | None = None
    after_mark: Hours | None = None
    retry_after_most: Hours | None = None
    doubt_first: Moments | None = None
    doubt_most: Moments | None = None


class MetricsTable(Table):
    accounts: bool = False
    cap: int = Field(default=2000, ge=0, le=100_000)
    render_every: Renders = timedelta(seconds=30)


class DispatchTable(Table):
    tick: Ticks = timedelta(seconds=5)
    lease: Leases = timedelta(minutes=10)
    batch: int = Field(default=200, ge=1, le=5000)


class DeadManTable(Table):
    url: Annotated[Secret, BeforeValidator(_only_secret), AfterValidator(_ping)]
    every: Hours = timedelta(minutes=5)


class AlertmanagerTable(Table):
    """Who may tell us what Alertmanager knows: the token that it sends. `url` is where it is
    asked what it keeps silent."""

    token: Annotated[Secret, BeforeValidator(_only_secret), AfterValidator(_long)]
    url: Annotated[str, AfterValidator(_origin)] | None = None
    every: Renders = timedelta(minutes=1)


class LinksTable(Table):
    """Links by which offices acknowledge. Without `key` one is made and kept in `state`."""

    key: Annotated[Secret, BeforeValidator(_only_secret), AfterValidator(_long)] | None = None
    valid: Annotated[Span, between(timedelta(hours=1), timedelta(days=60))] = timedelta(days=7)


class SilencesTable(Table):
    """How long a silence may last."""

    most: Months = timedelta(days=30)


class AliveTable(Table):
    """Who hears each working day at nine that the watch lives: roles as offices.yaml has them;
    nobody where there is none."""

    roles: list[Literal["O", "A"]] = ["O"]


class ReportTable(Table):
    """A report that is made again and again, after each month, quarter or year."""

    kind: Literal["staleness", "quarterly", "inspection", "ledger", "matrix"]
    every: Literal["month", "quarter", "year"]
    working_day: int = Field(default=3, ge=1, le=30)
    offices: list[str] = Field(default=[""], min_length=1)
    targets: list[Name] = []


class EvidenceTable(Table):
    """Packages of evidence: how much of them, and who stamps the time."""

    max_size: Annotated[int, BeforeValidator(_size), Field(ge=1 << 20, le=1 << 50)] = 20 << 30
    stamp_url: Annotated[str, AfterValidator(_origin)] | None = None
    stamp_roots: Name | None = None


class WatcherTable(Table):
    """The whole of watcher.yaml; paths are taken from the folder it lies in."""

    rules: Name = "rules.yaml"
    offices: Name = "offices.yaml"
    routes: Name | None = None
    holidays: Name = "holidays"
    platforms: Name | None = None
    impersonation: Name | None = None
    state: Name = "../var"
    database: Annotated[str | Secret, AfterValidator(_database)] | None = None
    listen: ListenTable = ListenTable()
    fetch: FetchTable = FetchTable()
    pace: dict[str, PaceTable] = {}
    cadence: CadenceTable = CadenceTable()
    metrics: MetricsTable = MetricsTable()
    dispatch: DispatchTable = DispatchTable()
    retention: Days = timedelta(days=90)
    dead_man: DeadManTable | None = None
    evidence: EvidenceTable = EvidenceTable()
    alertmanager: AlertmanagerTable | None = None
    public_url: Annotated[str, AfterValidator(_public)] | None = None
    links: LinksTable = LinksTable()
    silences: SilencesTable = SilencesTable()
    alive: AliveTable = AliveTable()
    reports: list[ReportTable] = []
