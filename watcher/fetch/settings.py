"""What a fetcher may do and for how long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0"


@dataclass(frozen=True, slots=True)
class FetchSettings:
    """Limits of every reading. Times are seconds, sizes bytes.

    `origins` sends a host ("m.weibo.cn", "*.example.cn", "*") to a base URL such as
    "http://127.0.0.1:8701", Host header kept: for a stand-in of the platforms or an RSS bridge.
    `allow_private` are networks ("10.1.0.0/16") that may be asked though they are not public.
    """

    origins: Mapping[str, str] = field(default_factory=dict)
    allow_private: tuple[str, ...] = ()
    user_agent: str = f"Mozilla/5.0 (X11; Linux x86_64) {_CHROME} Safari/537.36 Shouwang/0.1"
    mobile_user_agent: str = (
        f"Mozilla/5.0 (Linux; Android 14; Mobile) {_CHROME} Mobile Safari/537.36 Shouwang/0.1"
    )
    connect_timeout: float = 10.0
    read_timeout: float = 20.0  # between two pieces of an answer
    total_timeout: float = 60.0  # for one request with its redirects
    max_body: int = 8 << 20  # after decompression
    max_redirects: int = 5
    max_connections: int = 100  # per lane
    proxies: Mapping[str, str] = field(default_factory=dict)  # lane (platform) -> proxy URL
    browser_path: str = "/usr/bin/chromium"
    browser_pages: int = 2  # at a time
    browser_idle: float = 300.0  # then it is closed
    page_timeout: float = 30.0
    context_pages: int = 50  # pages before a context is replaced
    browser_lifetime: int = 500  # pages before the browser is replaced
    browser_memory: int = 1500 << 20  # private memory of all its processes; more: replaced


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave us to ask again with; "" where it gave none."""

    etag: str = ""
    last_modified: str = ""
