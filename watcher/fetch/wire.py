"""What goes over the wire and what comes back, as values: addresses, headers, redirects. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode, urljoin, urlsplit

import httpx
import orjson

from watcher.fetch.guard import Refused, host_of, matches
from watcher.fetch.settings import FetchSettings, Validators
from watcher.model import CollectError, Page, Request, Session, Trouble

REDIRECTS = frozenset({301, 302, 303, 307, 308})
_FORM = "application/x-www-form-urlencoded"
_GLUE = {"set-cookie": "\n"}


def headers_for(
    request: Request, session: Session, validators: Validators | None, settings: FetchSettings
) -> dict[str, str]:
    """The headers a request goes out with, lower-case; its own come last and win."""
    headers = {
        "user-agent": settings.mobile_user_agent if request.mobile else settings.user_agent,
        "accept": "*/*",
        "accept-language": "zh-CN,zh;q=0.9",
        "accept-encoding": "gzip, deflate",
    }
    if request.form is not None:
        headers["content-type"] = _FORM
    elif request.json is not None:
        headers["content-type"] = "application/json"
    if validators is not None:
        if validators.etag:
            headers["if-none-match"] = validators.etag
        if validators.last_modified:
            headers["if-modified-since"] = validators.last_modified
    for name, value in request.headers.items():
        headers[name.lower()] = value
    if session.cookies:
        cookies = "; ".join(f"{name}={value}" for name, value in session.cookies.items())
        headers["cookie"] = "; ".join(filter(None, (headers.get("cookie"), cookies)))
    return headers


def redirect(page: Page) -> str | None:
    """Where a page sends us, as a whole address without fragment, or None."""
    location = page.headers.get("location")
    if page.status not in REDIRECTS or not location:
        return None
    return urljoin(page.url, location.strip()).partition("#")[0]


def check_redirect(url: str, target: str, hosts: frozenset[str]) -> None:
    """Raises CollectError BLOCKED where a redirect leaves the hosts of the reading."""
    host = host_of(target)
    if not matches(host, hosts):
        raise CollectError(Trouble.BLOCKED, f"{bare(url)} sends us away to {host or target[:80]}")


def bare(url: str) -> str:
    """An address as it may be logged: without query, fragment and credentials."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "(no address)"
    return f"{parts.hostname or ''}{parts.path}"


def with_params(url: str, params: Mapping[str, str]) -> str:
    """The address with these query parameters added."""
    if not params:
        return url
    return f"{url}{'&' if '?' in url else '?'}{urlencode(params)}"


def content_of(request: Request) -> bytes | None:
    if request.form is not None:
        return urlencode(request.form).encode()
    return None if request.json is None else orjson.dumps(request.json)


def plain_headers(response: httpx.Response) -> dict[str, str]:
    """Headers by lower-case name. Set-Cookie cannot be joined by commas: one a line."""
    headers: dict[str, str] = {}
    for raw_name, raw in response.headers.raw:
        name, value = raw_name.decode("latin-1").lower(), raw.decode("utf-8", "replace")
        if name in headers:
            value = f"{headers[name]}{_GLUE.get(name, ', ')}{value}"
        headers[name] = value
    return headers


def next_headers(headers: dict[str, str], page: Page, target: str) -> dict[str, str]:
    """The headers for the next hop: no cookies in the clear, new ones kept on the same host."""
    here, there = urlsplit(page.url), urlsplit(target)
    headers = dict(headers)
    if here.scheme == "https" and there.scheme == "http":
        headers.pop("cookie", None)
    elif here.hostname == there.hostname and "set-cookie" in page.headers:
        pairs = dict(
            pair.strip().partition("=")[::2]
            for text in (headers.get("cookie", "").replace("; ", "\n"), page.headers["set-cookie"])
            for pair in (line.partition(";")[0] for line in text.splitlines())
            if "=" in pair
        )
        headers["cookie"] = "; ".join(f"{name}={value}" for name, value in pairs.items())
    return headers


def why(error: BaseException) -> str:
    """What went wrong in a few words, without a query; the guard's own where it was that."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, Refused):
            return f"refused: {cause}"
        cause = cause.__cause__
    # httpx-aiohttp calls most failures a timeout: the text is truer than the type.
    return str(error).partition("?")[0][:200] or type(error).__name__
