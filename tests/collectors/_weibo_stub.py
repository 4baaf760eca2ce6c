"""A fetch that answers from a table, for the tests of the Weibo and WeChat collectors."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from watcher.model import CollectError, Page, Request, Trouble

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # Monday, 12:00 in Beijing

Answer: TypeAlias = Any  # JSON value, text, bytes, Page or CollectError


def key(url: str) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    """An address without regard to scheme and order of parameters."""
    parts = urlsplit(url)
    return parts.netloc, parts.path, tuple(sorted(parse_qsl(parts.query)))


def page(answer: Answer, url: str = "", at: datetime = NOW) -> Page:
    """A Page of JSON, text, bytes or as it is."""
    if isinstance(answer, Page):
        return answer
    if isinstance(answer, str):
        answer = answer.encode("utf-8", "replace")
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return Page(url, 200, body, at)


class Answers:
    """A Fetch. A sequence under an address answers in turn, its last one again and again.

    An address that is not in the table is unreachable.
    """

    def __init__(self, table: Mapping[str, Answer], at: datetime = NOW) -> None:
        self.table = {key(url): answer for url, answer in table.items()}
        self.at, self.asked = at, list[Request]()

    async def __call__(self, request: Request) -> Page:
        self.asked.append(request)
        answer = self.table.get(key(request.url))
        if answer is None:
            raise CollectError(Trouble.UNREACHABLE, f"not recorded: {request.url}")
        if isinstance(answer, Turns):
            answer = answer.next()
        if callable(answer):
            answer = answer(request)
        if isinstance(answer, CollectError):
            raise answer
        return page(answer, request.url, self.at)


class Turns:
    """Answers to give one after the other."""

    def __init__(self, *answers: Answer) -> None:
        self.answers: Sequence[Answer] = answers
        self.given = 0

    def next(self) -> Answer:
        self.given += 1
        return self.answers[min(self.given, len(self.answers)) - 1]
