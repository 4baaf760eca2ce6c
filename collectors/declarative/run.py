"""One reading with a declarative collector.

Decisions where the grammar leaves room:
- An account whose page cannot be tied to it (no id, no name, no own row could be read) is
  UNREADABLE where `identity.id` was to be read, else at most PARTIAL.
- A list that is empty is COMPLETE only if the page is tied to the account and itself counts 0
  posts. An HTML list in which no row matches is not an empty list but a changed layout.
- Rows that `require` drops are label rows; one that has a time may be a post, so it makes the list
  PARTIAL. A list of nothing but such rows is a changed layout unless 0 posts are counted.
- A page that says in its text that the account is no more and yet lists posts of it contradicts
  itself (the words may stand in a title): UNREADABLE.
- Where a wall's words stand on a page on which a mandatory selector finds nothing, it is a wall.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from collectors.declarative.building import variables_in
from collectors.declarative.fields import View, text
from collectors.declarative.paths import text_of
from collectors.declarative.saying import Notes, denied, nothing_at, sighting_of
from collectors.declarative.sheet import NOTHING, Sheet
from collectors.declarative.spec import Ask, Spec, Template
from collectors.declarative.states import is_json, judge
from watcher.model import (
    CollectError,
    Coverage,
    Fetch,
    Request,
    Sighting,
    Source,
    Trouble,
)


async def collect(spec: Spec, source: Source, fetch: Fetch, notes: Notes | None = None) -> Sighting:
    """Read one account. Raises CollectError."""
    notes = notes or Notes()
    notes.values = values = variables(spec, source)
    if spec.before is not None:
        await _earlier(spec, spec.before, values, fetch, notes)
    notes.sheet = Sheet(await _fetch(spec, spec.ask, values, fetch), spec.ask)
    view = View(notes.sheet, values, notes.earlier)
    if view.sheet.page.not_modified:
        return Sighting(None, coverage=Coverage.PARTIAL)
    verdict = judge(spec.ask, view)
    notes.verdicts.append(("states", verdict))
    if verdict.error is not None:
        raise denied(spec, view, verdict.error)
    _readable(view.sheet)
    return sighting_of(spec, view, verdict, notes)


async def _earlier(
    spec: Spec, ask: Ask, values: dict[str, str], fetch: Fetch, notes: Notes
) -> None:
    """The earlier request; an optional one may fail where nothing that it gives is needed.

    A platform that bars the way, or says that the account is no more, is always heard.
    """
    try:
        await _prepare(spec, ask, values, fetch, notes)
    except CollectError as error:
        heard = error.trouble in (Trouble.GONE, Trouble.BANNED, Trouble.BLOCKED)
        if not ask.optional or heard or any(not values.get(name) for name in _needed(spec, ask)):
            raise
        notes.earlier = None


def _needed(spec: Spec, ask: Ask) -> frozenset[str]:
    """The variables of the earlier answer that the request uses."""
    used = variables_in([spec.ask.url, spec.ask.headers, spec.ask.form, spec.ask.json])
    return used & frozenset(ask.take)


async def _prepare(
    spec: Spec, ask: Ask, values: dict[str, str], fetch: Fetch, notes: Notes
) -> None:
    """The earlier request, and the variables taken from its answer."""
    notes.answered = notes.earlier = sheet = Sheet(await _fetch(spec, ask, values, fetch), ask)
    view = View(sheet, values)
    verdict = judge(ask, view)
    notes.verdicts.append(("request.before.states", verdict))
    if verdict.error is not None:
        raise verdict.error
    _readable(sheet)
    for name, wanted in ask.take.items():
        found = text(wanted, view, 1000)
        if found is None:
            raise nothing_at(sheet, f"request.before.take.{name}", wanted.text)
        if values.get(name, found) not in ("", found):
            detail = f"wrong account: the earlier answer is about {found[:60]!r}"
            raise CollectError(Trouble.UNREADABLE, f"{detail}, not {values[name][:60]!r}")
        if not values.get(name):
            notes.taken.add(name)
        values[name] = found


def variables(spec: Spec, source: Source) -> dict[str, str]:
    """The variables of a source. Raises UNREADABLE for a handle that is none."""
    settings = {key: text_of(value) for key, value in source.settings.items()}
    values = pasted(spec, source.handle) or {}
    values |= {key: value for key, value in settings.items() if value is not None}
    linked = frozenset().union(*(pattern.groupindex for pattern in spec.links))
    if linked & values.keys():  # what this kind of link does not say is empty
        values = dict.fromkeys(linked, "") | values
    values |= {"id": source.handle.strip(), "expected_name": source.account_name}
    for variable in spec.variables:
        given = values.get(variable.origin, "")
        match = variable.pattern.search(given[:1000]) if variable.pattern is not None else None
        if variable.pattern is not None and match is None:
            shown = "…" if variable.origin in spec.secrets else repr(given[:60])
            word = "handle" if variable.origin == "id" else variable.origin
            raise CollectError(
                Trouble.UNREADABLE, f"{word} {shown} is no {spec.name} {variable.name}"
            )
        groups = {key: value or "" for key, value in (match.groupdict() if match else {}).items()}
        values |= {variable.name: given} | groups
    return values


def pasted(spec: Spec, link: str) -> dict[str, str] | None:
    """What the first of `links` that a pasted address fits says of it; None where none does."""
    for pattern in spec.links:
        found = pattern.search(link.strip()[:2000])
        if found is not None:
            return {key: value for key, value in found.groupdict().items() if value}
    return None


async def _fetch(spec: Spec, ask: Ask, values: Mapping[str, str], fetch: Fetch) -> Any:
    return await fetch(request_of(spec, ask, values))


def request_of(spec: Spec, ask: Ask, values: Mapping[str, str]) -> Request:
    """The request with its variables in place. Raises UNREADABLE for one that is not there."""
    try:
        url = _address(spec, ask.url, values)
        request = Request(
            url=url,
            method=ask.method,
            headers={key: _line(value.fill(values)) for key, value in ask.headers.items()},
            form={k: v.fill(values) for k, v in ask.form.items()} if ask.form is not None else None,
            json=_filled(ask.json, values),
            conditional=ask.conditional,
            redirects=ask.redirects,
            secret=ask.secret,
        )
    except KeyError as error:
        detail = f"the source has no setting {error.args[0]!r}, which the request needs"
        raise CollectError(Trouble.UNREADABLE, detail) from error
    if not _allowed(url, spec.hosts):
        raise CollectError(Trouble.UNREADABLE, "the address leads outside the collector's hosts")
    return request


def _address(spec: Spec, url: Template, values: Mapping[str, str]) -> str:
    """The address: values are quoted, and a parameter that is but an empty variable is left out.

    What a pasted link gave may be several steps of a path.
    """
    linked = frozenset().union(*(pattern.groupindex for pattern in spec.links))
    quoted = {k: quote(v, safe="/" if k in linked else "") for k, v in values.items()}
    path, mark, query = url.text.partition("?")
    parts = ((part, Template(part).fill(quoted)) for part in query.split("&"))
    kept = [filled for part, filled in parts if not (part[-1:] == "}" and filled[-1:] == "=")]
    return Template(path).fill(quoted) + mark + "&".join(kept)


def _line(value: str) -> str:
    """A header is one line of Latin-1."""
    return quote(value, safe=" !#$%&'()*+,/:;=?@[]\"<>|^`{}~-._\\")


def _filled(value: Any, values: Mapping[str, str]) -> Any:
    if isinstance(value, Template):
        return value.fill(values)
    if isinstance(value, dict):
        return {key: _filled(each, values) for key, each in value.items()}
    return [_filled(each, values) for each in value] if isinstance(value, list) else value


def _allowed(url: str, hosts: frozenset[str]) -> bool:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return re.fullmatch(r"[a-z0-9.-]+", host) is not None and any(
        host == each or (each.startswith("*.") and host.endswith(each[1:]))
        for each in (h.partition(":")[0] for h in hosts)
    )


def _readable(sheet: Sheet) -> None:
    """Raises where the page is no JSON although it should be."""
    if is_json(sheet.ask) and sheet.document is NOTHING:
        raise nothing_at(sheet, "parse", "no JSON")
