"""A Spec to a Collector: what the rest of the watch knows of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from urllib.parse import unquote

from collectors import Collector, Need, Sure
from collectors.declarative.run import collect, pasted
from collectors.declarative.spec import Spec, Template
from watcher.model import Source


def collector_from(spec: Spec, version: str = "") -> Collector:
    """The collector of a spec."""
    sees = set(spec.account.fields) - {"handle", "name"}
    return Collector(
        name=spec.name,
        platform=spec.platform,
        hosts=spec.hosts,
        collect=partial(collect, spec),
        coverage=spec.coverage,
        pace=spec.pace,
        needs=frozenset(Need(need) for need in spec.needs),
        paths=spec.paths,
        settle=partial(settle, spec),
        title=spec.title,
        forms=spec.forms,
        sees=frozenset(sees | ({"traits"} if spec.account.traits else set())),
        sure=Sure(spec.sure),
        recognise=partial(recognise, spec),
        version=version,
    )


def recognise(spec: Spec, url: str) -> Source | None:
    """The source that reads a pasted link: its named groups are settings, `id` the handle."""
    groups = pasted(spec, url)
    return Source(spec.name, groups.pop("id", ""), groups) if groups is not None else None


def settle(spec: Spec, source: Source, urls: Sequence[str]) -> Source:
    """A source whose handle and settings are filled from the addresses of recorded pages."""
    found: dict[str, str] = {}
    patterns = [reverse(ask.url) for ask in (spec.before, spec.ask) if ask is not None]
    for pattern in filter(None, patterns):
        for match in filter(None, map(pattern.match, urls)):
            found |= {key: unquote(value) for key, value in match.groupdict().items()}
    for url in urls:
        found |= pasted(spec, url) or {}
    handle = source.handle or found.pop("id", "")
    found.pop("id", None)
    return replace(source, handle=handle, settings={**found, **source.settings})


def reverse(url: Template) -> re.Pattern[str] | None:
    """A pattern that finds the variables of a template in an address made from it."""
    if not url.names:
        return None
    parts = re.split(r"\{([a-z][a-z0-9_]{0,39})\}", url.text)
    text, seen = "", set[str]()
    for index, part in enumerate(parts):
        if index % 2 == 0:
            text += re.escape(part)
        elif part in seen:
            text += f"(?P={part})"
        else:
            seen.add(part)
            text += f"(?P<{part}>[^/?&#]{{1,300}})"
    return re.compile(text)
