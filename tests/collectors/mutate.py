"""Pages as a hostile or broken network may deliver them: cut, flipped, nested, of other types."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

from watcher.fetch.case import Case, Recorded
from watcher.model import Page

_VALUES = (
    "null",
    "true",
    "0",
    "-1",
    "1e308",
    "10000000000000000000000000",
    '""',
    '"0"',
    '"\\u0000"',
    '"置顶"',
    '"<script>"',
    "[]",
    "{}",
    "[[]]",
    '{"": null}',
    '[null, 1, "x"]',
)


def mutated(case: Case, rng: Random, others: Sequence[bytes]) -> Case:
    """The case with one to all of its pages spoiled."""
    hit = rng.randrange(len(case.pages))
    pages = tuple(
        _with(recorded, spoiled(recorded.page.body, rng, others))
        if index == hit or rng.random() < 0.3
        else recorded
        for index, recorded in enumerate(case.pages)
    )
    return replace(case, pages=pages)


def elsewhere(case: Case, rng: Random, others: Sequence[bytes]) -> Case:
    """The case with other platforms' pages in the place of all of its own."""
    pages = (_with(recorded, rng.choice(others)) for recorded in case.pages)
    return replace(case, pages=tuple(replace(p, page=replace(p.page, headers={})) for p in pages))


def _with(recorded: Recorded, body: bytes) -> Recorded:
    page: Page = replace(recorded.page, body=body)
    return replace(recorded, page=page)


def spoiled(body: bytes, rng: Random, others: Sequence[bytes]) -> bytes:
    """One way of spoiling a page, chosen by the generator."""
    return rng.choice((_cut, _flipped, _doubled, _holed, _nested, _retyped, _retyped, _swapped))(
        body, rng, others
    )


def _cut(body: bytes, rng: Random, others: Sequence[bytes]) -> bytes:
    return body[: rng.randrange(len(body) + 1)]


def _flipped(body: bytes, rng: Random, others: Sequence[bytes]) -> bytes:
    changed = bytearray(body)
    for _ in range(rng.choice((1, 3, 20, 200)) if changed else 0):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def _span(body: bytes, rng: Random) -> tuple[int, int]:
    start = rng.randrange(len(body) + 1)
    return start, min(len(body), start + rng.randrange(1, 400))


def _doubled(body: bytes, rng: Random, others: Sequence[bytes]) -> bytes:
    start, end = _span(body, rng)
    return body[:end] + body[start:end] * rng.choice((1, 2, 30)) + body[end:]


def _holed(body: bytes, rng: Random, others: Sequence[bytes]) -> bytes:
    start, end = _span(body, rng)
    return body[:start] + body[end:]


def _nested(body: bytes, rng: Random, others: Sequence[bytes]) -> bytes:
    depth = rng.choice((1, 50, 5000))
    if body[:1] in b"{[":
        return b"[" * depth + body + b"]" * depth
    return b"<div>" * depth + body + b"</div>" * depth


def _retyped(body: bytes, rng: Random, others: Sequence[bytes]) -> bytes:
    """Some values of a JSON page become values of other types."""
    try:
        value = json.loads(body)
    except ValueError:
        return _flipped(body, rng, others)
    for _ in range(rng.choice((1, 1, 2, 8))):
        value = _somewhere(value, rng)
    return json.dumps(value).encode()


def _somewhere(value: Any, rng: Random) -> Any:
    if not isinstance(value, (dict, list)) or not value or rng.random() < 0.15:
        return json.loads(rng.choice(_VALUES))
    keys = list(value) if isinstance(value, dict) else range(len(value))
    key = rng.choice(list(keys))
    value[key] = _somewhere(value[key], rng)  # type: ignore[index]
    return value


def _swapped(body: bytes, rng: Random, others: Sequence[bytes]) -> bytes:
    return rng.choice(others)
