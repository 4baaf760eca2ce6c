"""One answer, opened as its collector says: text, page and JSON, each read at most once."""

from __future__ import annotations

import base64
import binascii
import json
import re
from functools import cached_property
from typing import Any
from urllib.parse import unquote, urljoin

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from collectors._text import decode
from collectors.declarative.paths import opened
from collectors.declarative.spec import Ask, InHtml
from watcher.model import Page

LARGEST = 8 << 20  # characters of a page that are looked at
_STARTS = re.compile(r"[\[{\"]")
_UNDEFINED = re.compile(r"([:,\[]\s*)undefined(?=\s*[,}\]])")
NOTHING = object()  # the page is no JSON at all, which is not the same as null


class Sheet:
    """A page and what was made of it. Reading never raises: what is not there is NOTHING."""

    def __init__(self, page: Page, ask: Ask) -> None:
        self.page, self.ask = page, ask

    @cached_property
    def text(self) -> str:
        if self.ask.charset:
            return self.page.body.decode(self.ask.charset, "replace")[:LARGEST]
        return decode(self.page)[:LARGEST]

    @cached_property
    def tree(self) -> LexborHTMLParser:
        return LexborHTMLParser(self.text.replace("\x00", ""))

    @cached_property
    def base(self) -> str:
        """What the page's own addresses are relative to."""
        if self.ask.parse != "html" or "<base" not in self.text:
            return self.page.url
        found = self.tree.css_first("base[href]")
        href = found.attributes.get("href") if found is not None else None
        try:
            return urljoin(self.page.url, href or "")
        except ValueError:
            return self.page.url

    @cached_property
    def document(self) -> Any:
        """The JSON of the page, or NOTHING."""
        parse = self.ask.parse
        if parse == "json":
            found = _loaded(self.text.lstrip("\ufeff"))
        elif isinstance(parse, InHtml):
            found = self._inside(parse)
        else:
            return NOTHING
        return opened(found)

    def _inside(self, parse: InHtml) -> Any:
        if parse.script:
            return self._scripted(parse)
        at = -1
        for _ in range(8):  # a marker may be mentioned before it is meant
            at = self.text.find(parse.marker, at + 1)
            if at < 0:
                break
            start = _STARTS.search(self.text, at + len(parse.marker))
            if start is None or start.start() - at - len(parse.marker) > 200:
                continue
            found = _first(self.text, start.start(), parse.decode)
            if found is not NOTHING:
                return found
        return NOTHING

    def _scripted(self, parse: InHtml) -> Any:
        for node in selected(self.tree, parse.script)[:8]:
            text = decoded(node.text() or "", parse.decode)
            start = _STARTS.search(text or "")
            if text is not None and start is not None:
                found = _first(text, start.start(), "")
                if found is not NOTHING:
                    return found
        return NOTHING


def selected(node: LexborHTMLParser | LexborNode, selector: str) -> list[LexborNode]:
    """The elements, each once; a selector that only its variables made wrong finds nothing."""
    try:
        found = node.css(selector)
    except SelectolaxError:
        return []
    return list({each.mem_id: each for each in found}.values()) if "," in selector else found


def decoded(text: str, how: str) -> str | None:
    """A text that was packed; None where it was not."""
    if how == "url":
        return unquote(text)
    if how != "base64":
        return text
    try:
        raw = base64.b64decode(text.strip().replace("-", "+").replace("_", "/") + "==")
        return raw.decode("utf-8")
    except (ValueError, binascii.Error):
        return None


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return NOTHING


def _first(text: str, start: int, how: str) -> Any:
    """The first JSON value from `start` on; a JavaScript `undefined` counts as null."""
    decoder = json.JSONDecoder()
    try:
        found, _ = decoder.raw_decode(text, start)
    except (ValueError, RecursionError):
        try:
            found, _ = decoder.raw_decode(_UNDEFINED.sub(r"\1null", text[start:]))
        except (ValueError, RecursionError):
            return NOTHING
    if isinstance(found, str):
        inner = decoded(found, how)
        return _loaded(inner) if inner is not None else NOTHING
    return found
