"""Recording a reading as a case folder, scrubbed of everything that opens a door or names us."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import yaml

from watcher.fetch.case import Case, CaseError, Mistake, Recorded, load_case
from watcher.fetch.replay import SECRET_KEYS, Replay, replay
from watcher.model import Account, Fetch, Page, PageRef, Request, Source

__all__ = ["Case", "CaseError", "Mistake", "Recorded", "Recorder", "Replay", "load_case", "replay"]

GONE = "scrubbed"
_NOBODY = "192.0.2.1"  # an address reserved for documentation
_ADDRESS_KEY = re.compile(r"client_?ip|user_?ip|remote_?(?:addr|ip)|ip|x-forwarded-for", re.I)
# In a body these words mean something harmless: Douyin calls the account's own text "signature".
_HARMLESS = frozenset({"signature", "sign", "key", "st", "sid", "tid", "fp", "alf"})


def _one_of(words: Iterable[str]) -> bytes:
    return "|".join(re.escape(word) for word in sorted(words)).encode()


# A value in JSON or script ("token": "…"), its quotes perhaps escaped; and one in an address.
_PAIR = re.compile(
    rb"""(\\?["'](?:%s)\\?["']\s*:\s*\\?["'])([^"'\\]{6,})""" % _one_of(SECRET_KEYS - _HARMLESS),
    re.I,
)
_ARGUMENT = re.compile(rb"""([?&;](?:%s)=)([^&"'\\\s<>#;]{6,})""" % _one_of(SECRET_KEYS), re.I)
_OCTET = rb"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_QUAD = re.compile(rb"(?<![\d.\w-])(?:%s\.){3}%s(?![\d.\w-])" % (_OCTET, _OCTET))
_KEPT_HEADERS = ("content-type", "location", "etag", "last-modified", "retry-after")
_SUFFIX = {"json": "json", "html": "html", "xml": "xml", "javascript": "js"}


class Recorder:
    """A Fetch that reads through another and keeps what came. `write` leaves the folder.

    Requests that carry a credential (`secret`) are not kept at all.
    """

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._kept: list[tuple[str, Page]] = []

    async def __call__(self, request: Request) -> Page:
        page = await self._fetch(request)
        if not request.secret:
            self._keep(request, page)
        return page

    @property
    def pages(self) -> tuple[PageRef, ...]:
        """What the reader behind it read, where that keeps count."""
        found: tuple[PageRef, ...] = getattr(self._fetch, "pages", ())
        return found

    def _keep(self, request: Request, page: Page) -> None:
        if page.url != request.url:  # a redirect was followed: keep where it led
            hop = Page(request.url, 302, b"", page.at, {"location": page.url})
            self._kept.append((request.method, hop))
        self._kept.append((request.method if page.url == request.url else "GET", page))
        self._kept.extend(("", captured) for captured in page.captured)

    def write(self, folder: Path, account: Account, source: Source) -> Path:
        """Write the case; the path of its case.yaml. Raises FileExistsError where there is one."""
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "case.yaml"
        rows = [_row(folder, n, method, page) for n, (method, page) in enumerate(self._kept)]
        content = {
            "collector": source.collector,
            "account": {"handle": source.handle, "name": account.name, "url": account.url},
            "pages": rows,
        }
        with file.open("x", encoding="utf-8") as out:
            yaml.safe_dump(content, out, allow_unicode=True, sort_keys=False, width=100)
        return file


def _row(folder: Path, n: int, method: str, page: Page) -> dict[str, Any]:
    row: dict[str, Any] = {"url": scrub_url(page.url), "status": page.status, "at": page.at}
    if method not in ("", "GET"):
        row["method"] = method
    headers = {
        name: scrub_url(text) if name == "location" else text
        for name, text in page.headers.items()
        if name in _KEPT_HEADERS
    }
    if headers:
        row["headers"] = headers
    if page.body:
        kind = page.headers.get("content-type", "")
        suffix = next((end for word, end in _SUFFIX.items() if word in kind), "txt")
        row["body"] = f"{n:02}.{suffix}"
        (folder / row["body"]).write_bytes(scrub(page.body))
    return row


def scrub_url(url: str) -> str:
    """The address without secrets and client addresses in its query."""
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    clean = [(key, _clean(key, value)) for key, value in pairs]
    netloc = parts.netloc.rpartition("@")[2]
    query = parts.query if clean == pairs else urlencode(clean)
    return urlunsplit(parts._replace(netloc=netloc, query=query, fragment=""))


def _clean(key: str, value: str) -> str:
    if key.lower() in SECRET_KEYS:
        return GONE
    if _ADDRESS_KEY.fullmatch(key):
        return _NOBODY
    return scrub_url(value) if value.startswith(("http://", "https://")) else value


def scrub(body: bytes) -> bytes:
    """A body without tokens, signatures and addresses of machines."""
    body = _PAIR.sub(rb"\g<1>" + GONE.encode(), body)
    body = _ARGUMENT.sub(rb"\g<1>" + GONE.encode(), body)
    return _QUAD.sub(_NOBODY.encode(), body)
