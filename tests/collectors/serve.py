"""Pages in memory, handed to a collector as the fetcher would."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from watcher.model import CollectError, Fetch, Page, Request, Trouble

NOW = datetime(2026, 7, 18, 2, 0, tzinfo=UTC)  # 10:00 in Beijing, a Saturday


def page(
    url: str, body: str | bytes = b"", status: int = 200, headers: Mapping[str, str] | None = None
) -> Page:
    raw = body.encode() if isinstance(body, str) else body
    return Page(url, status, raw, NOW, headers or {})


class Served:
    """A fetch over these pages that remembers what was asked."""

    def __init__(self, *pages: Page) -> None:
        self.pages = {p.url: p for p in pages}
        self.asked: list[Request] = []

    async def __call__(self, request: Request) -> Page:
        self.asked.append(request)
        found = self.pages.get(request.url)
        if not request.render:
            if found is None:
                raise CollectError(Trouble.UNREACHABLE, f"{request.url} is not served")
            return found
        captured = tuple(
            p
            for url, p in self.pages.items()
            if any(path in urlsplit(url).path for path in request.capture)
        )
        return replace(found or page(request.url), captured=captured)


def raising(error: CollectError) -> Fetch:
    async def fetch(request: Request) -> Page:
        raise error

    return fetch


def any_json() -> Any:
    """A hypothesis strategy of JSON values."""
    from hypothesis import strategies as st

    leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    return st.recursive(
        leaves,
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=5)
        ),
        max_leaves=20,
    )
