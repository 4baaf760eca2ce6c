"""Where a selector that finds nothing went wrong, and what stands there instead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from itertools import islice
from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

from collectors.declarative.fields import View, nodes_of
from collectors.declarative.paths import broken_at
from collectors.declarative.sheet import NOTHING, selected
from collectors.declarative.spec import Before, Css, Field, Header, Path, Template, Where_

MOST_NODES = 3000  # whose names are compared
_NAMES = re.compile(r"[.#]([\w-]+)")
_PARTS = re.compile(r"(?:\[[^\]]*\]|\([^)]*\)|[^\s>+~\[(])+|[>+~]")


def suggestion(field: Field, view: View) -> str:
    """What may have been meant by a field that finds nothing; "" where nothing is near."""
    said = (
        suggestion(place, view) if isinstance(place, Field) else _place(place, view)
        for place in field.places
    )
    return next(filter(None, said), "")


def _place(place: Where_, view: View) -> str:
    match place:
        case Path():
            root = view.sheet.document if view.row is NOTHING else view.row
            if root is NOTHING:
                return "the page is no JSON"
            try:
                return broken_at(root, place, view.values)
            except KeyError as error:
                return f"the source has no setting {error.args[0]!r}"
        case Css():
            return _css(place, view)
        case Header():
            known = view.sheet.page.headers
            near = get_close_matches(place.name, list(known), 1)
            return f"did you mean {near[0]!r}?" if near else f"headers: {', '.join(known)[:200]}"
        case Before():
            if view.earlier is None:
                return "there was no earlier answer"
            return _place(place.inner, View(view.earlier, view.values))
        case _:
            return ""


def _css(place: Css, view: View) -> str:
    bare = Css(place.text, place.selector)
    if place.attribute and (nodes := nodes_of(bare, view)):
        known = ", ".join(str(name) for name in nodes[0].attributes)
        return f"the element has no {place.attribute!r}; it has {known or 'no attributes'}"[:300]
    inside = view.row if isinstance(view.row, LexborNode) else view.sheet.tree
    parts = _PARTS.findall(place.selector.text.split(",")[0])
    for length in range(len(parts) - 1, 0, -1):
        if parts[length - 1] in (">", "+", "~"):
            continue
        prefix = " ".join(parts[:length])
        found = selected(inside, Template(prefix).fill(_Values(view)))
        if found:
            near = near_names(" ".join(parts[length:]), inside)
            return f"{prefix!r} matches {len(found)}, the rest nothing" + _also(near)
    return _also(near_names(place.selector.text, inside)).removeprefix("; ")


class _Values(dict[str, str]):
    """The variables, none of which may be missing."""

    def __init__(self, view: View) -> None:
        super().__init__(view.values)

    def __missing__(self, key: str) -> str:
        return ""


def _also(near: list[str]) -> str:
    return f"; similar here: {', '.join(near)}" if near else ""


def near_names(selector: str, node: LexborHTMLParser | LexborNode) -> list[str]:
    """Classes and ids on the page that look like those of a selector."""
    known = set(islice(_names(node), MOST_NODES))
    wanted = _NAMES.findall(selector)
    near: dict[str, None] = {}
    for word in wanted:
        plain = {name[1:]: name for name in known}
        for found in get_close_matches(word, plain, 3, 0.6):
            near[plain[found]] = None
    return list(near)[:5]


def _names(node: Any) -> Iterator[str]:
    for each in islice(selected(node, "[class], [id]"), MOST_NODES):
        attributes = each.attributes
        yield from (f".{name}" for name in (attributes.get("class") or "").split())
        if attributes.get("id"):
            yield f"#{attributes['id']}"
