"""One reading with a declarative collector.

Decisions where the grammar leaves room:
- An account whose page cannot be tied to it (no id, no name, no own row could be read) is
  UNREADABLE where `identity.id` was to be read, else at most PARTIAL.
- A list that is empty is COMPLETE only if the page is tied to the account and itself counts 0
  posts. An HTML list in which no row matches is not an empty list but a changed layout.
- Rows that `require` drops are label rows; one that has an id and a time may be a post, so it
  makes the list PARTIAL.
- Where a wall's words stand on a page on which a mandatory selector finds nothing, it is a wall.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from collectors._text import wall_sign
from collectors.declarative.building import variables_in
from collectors.declarative.fields import View, flag, number, text
from collectors.declarative.paths import text_of
from collectors.declarative.posts import Listed, newest_first, reach, read_list
from collectors.declarative.sheet import NOTHING, Sheet
from collectors.declarative.spec import Ask, Spec, Template
from collectors.declarative.states import Verdict, is_json, judge
from watcher.model import (
    CollectError,
    Coverage,
    Fetch,
    Profile,
    Request,
    Sighting,
    Source,
    Trouble,
)

_LONG = {"bio": 1000, "name": 100, "handle": 200, "verified_type": 100, "verified_as": 200}


@dataclass(slots=True)
class Notes:
    """What a reading went through, for those who want to see it rule by rule."""

    values: dict[str, str] = field(default_factory=dict)
    earlier: Sheet | None = None
    answered: Sheet | None = None  # the earlier answer, even where it could not be used
    sheet: Sheet | None = None
    verdicts: list[tuple[str, Verdict]] = field(default_factory=list)
    listed: Listed | None = None
    taken: set[str] = field(default_factory=set)  # variables known from the earlier answer alone
    shown: str = ""  # what the page said about whose it is


async def collect(spec: Spec, source: Source, fetch: Fetch, notes: Notes | None = None) -> Sighting:
    """Read one account. Raises CollectError."""
    notes = notes or Notes()
    notes.values = values = variables(spec, source)
    if spec.before is not None:
        await _earlier(spec, spec.before, values, fetch, notes)
    notes.sheet = Sheet(await _fetch(spec, spec.ask, values, fetch), spec.ask)
    view = View(notes.sheet, values, notes.earlier)
    if view.sheet.page.not_modified:
        raise CollectError(Trouble.BLOCKED, "unchanged since last time: nothing to read")
    verdict = judge(spec.ask, view)
    notes.verdicts.append(("states", verdict))
    if verdict.error is not None:
        raise verdict.error
    _readable(view.sheet)
    return _sighting(spec, view, verdict, notes)


async def _earlier(
    spec: Spec, ask: Ask, values: dict[str, str], fetch: Fetch, notes: Notes
) -> None:
    """The earlier request; an optional one may fail where nothing that it gives is needed.

    A platform that asks to wait, or says that the account is no more, is always heard.
    """
    try:
        await _prepare(spec, ask, values, fetch, notes)
    except CollectError as error:
        heard = error.trouble in (Trouble.GONE, Trouble.BANNED) or error.retry_after is not None
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
            raise _nothing(sheet, f"request.before.take.{name}", wanted.text)
        if values.get(name, found) not in ("", found):
            detail = f"wrong account: the earlier answer is about {found[:60]!r}"
            raise CollectError(Trouble.UNREADABLE, f"{detail}, not {values[name][:60]!r}")
        if not values.get(name):
            notes.taken.add(name)
        values[name] = found


def variables(spec: Spec, source: Source) -> dict[str, str]:
    """The variables of a source. Raises UNREADABLE for a handle that is none."""
    settings = {key: text_of(value) for key, value in source.settings.items()}
    values = {key: value for key, value in settings.items() if value is not None}
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


async def _fetch(spec: Spec, ask: Ask, values: Mapping[str, str], fetch: Fetch) -> Any:
    return await fetch(request_of(spec, ask, values))


def request_of(spec: Spec, ask: Ask, values: Mapping[str, str]) -> Request:
    """The request with its variables in place. Raises UNREADABLE for one that is not there."""
    try:
        url = ask.url.fill(values, lambda value: quote(value, safe=""))
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
    return any(
        host == each or (each.startswith("*.") and host.endswith(each[1:]))
        for each in (h.partition(":")[0] for h in hosts)
    )


def _readable(sheet: Sheet) -> None:
    """Raises where the page is no JSON although it should be."""
    if is_json(sheet.ask) and sheet.document is NOTHING:
        raise _nothing(sheet, "parse", "no JSON")


def _nothing(sheet: Sheet, rule: str, selector: str) -> CollectError:
    """A page on which something that must be there is not: a wall, or a changed layout."""
    sign = wall_sign(sheet.text)
    if sign is not None:
        return CollectError(Trouble.BLOCKED, f"a wall: {sign!r} on the page, nothing at {rule}")
    detail = f"layout changed: {rule} {selector[:100]!r} finds nothing"
    return CollectError(Trouble.UNREADABLE, detail)


# -- what the page says --------------------------------------------------------------------


def _sighting(spec: Spec, view: View, verdict: Verdict, notes: Notes) -> Sighting:
    at = view.sheet.page.at
    listed = Listed()
    if spec.posts is not None and verdict.state != "empty":
        listed = read_list(spec.posts, view, at)
        notes.listed = listed
    bound = _identify(spec, view, listed, notes)
    _mandatory(spec, view, verdict, listed)
    profile = profile_of(spec, view)
    if spec.posts is None:
        if profile is None:
            raise _nothing(view.sheet, "account.name", _written(spec, "name"))
        return Sighting(profile, coverage=Coverage.PARTIAL)
    if not listed.posts:
        return _no_posts(spec, view, listed, profile, bound)
    proves, reaches = reach(listed)
    whole = (
        spec.coverage is Coverage.COMPLETE
        and bound
        and proves
        and not listed.unread
        and newest_first(listed.posts)
    )
    coverage = Coverage.COMPLETE if whole else Coverage.PARTIAL
    return Sighting(profile, tuple(listed.posts), coverage, reaches)


def _identify(spec: Spec, view: View, listed: Listed, notes: Notes) -> bool:
    """Whether the page is tied to the account. Raises UNREADABLE for somebody else's.

    An id that only the earlier answer told ties nothing by itself: then the name must agree too.
    """
    if listed.foreign and not listed.owned:
        raise CollectError(Trouble.UNREADABLE, "wrong account: every post is somebody else's")
    said, strong = False, False
    for tie in (_by_id(spec, view, notes), _by_rows(spec, listed, view)):
        if tie is not None:
            said, strong = True, strong or not tie & notes.taken
    if strong:
        return True
    if spec.identity.name is not None:
        name = text(spec.account.fields.get("name"), view, 100)
        if name is not None and view.values.get("expected_name"):
            notes.shown = notes.shown or name
            return _same(name, spec.identity.name, view)
    if spec.identity.id is not None and not said:
        raise _nothing(view.sheet, "identity.id", spec.identity.id.text)
    return False


def _by_id(spec: Spec, view: View, notes: Notes) -> frozenset[str] | None:
    """The variables that the page's id was compared with, None where there is no id."""
    shown = text(spec.identity.id, view, 200)
    if shown is None:
        return None
    notes.shown = shown
    wanted = spec.identity.id_wanted
    return wanted.names if _same(shown, wanted, view) else None


def _by_rows(spec: Spec, listed: Listed, view: View) -> frozenset[str] | None:
    """The variables by which rows are known to be the account's own."""
    posts = spec.posts
    if posts is None or not listed.rows:
        return None
    if listed.owned and posts.own is not None and posts.own.test is not None:
        test = posts.own.test
        names = variables_in([test.equals, test.pattern])
        return names if any(view.values.get(name) for name in names) else None
    return posts.bound or None


def _same(shown: str, wanted: Template, view: View) -> bool:
    """Whether the page shows who was wanted. Raises UNREADABLE for another, False for nobody."""
    try:
        expected = wanted.fill(view.values)
    except KeyError:
        return False
    if not expected:
        return False
    if _plain(shown) != _plain(expected):
        detail = f"wrong account: shows account {shown[:60]!r}, not {expected[:60]!r}"
        raise CollectError(Trouble.UNREADABLE, detail)
    return True


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split())


def _mandatory(spec: Spec, view: View, verdict: Verdict, listed: Listed) -> None:
    """Raises where a selector that must find something finds nothing."""
    for name in spec.mandatory:
        if name == "posts" and spec.posts is not None:
            explained = verdict.state == "empty" or _count(spec, view) == 0
            if listed.rows is None and not explained:
                raise _nothing(view.sheet, "posts.list", spec.posts.list.text)
            continue
        wanted = spec.account.fields.get(name) or spec.account.traits.get(name)
        if wanted is not None and text(wanted, view) is None:
            raise _nothing(view.sheet, f"account.{name}", wanted.text)


def _written(spec: Spec, name: str) -> str:
    return spec.account.fields[name].text if name in spec.account.fields else ""


def _count(spec: Spec, view: View) -> int | None:
    return number(spec.account.fields.get("post_count"), view)


def _no_posts(
    spec: Spec, view: View, listed: Listed, profile: Profile | None, bound: bool
) -> Sighting:
    """An empty list is a fact only where the page itself counts zero posts of this account."""
    if listed.unread:
        detail = f"none of {listed.rows} rows can be read: {listed.unread[0]}"
        raise CollectError(Trouble.UNREADABLE, detail)
    total = _count(spec, view)
    if total:
        raise CollectError(Trouble.BLOCKED, f"empty list while the account counts {total} posts")
    if total == 0 and bound:
        return Sighting(profile, coverage=spec.coverage)
    raise CollectError(Trouble.BLOCKED, "an empty list proves nothing")


def profile_of(spec: Spec, view: View) -> Profile | None:
    """The face of the account; None where the page does not say its name."""
    fields = spec.account.fields
    name = text(fields.get("name"), view, 100)
    if name is None:
        return None
    traits = {key: text(wanted, view, 200) for key, wanted in spec.account.traits.items()}
    return Profile(
        handle=view.values["id"] or text(fields.get("handle"), view, 200) or "",
        name=name,
        bio=_shown(spec, view, "bio"),
        avatar=avatar(text(fields.get("avatar"), view)),
        verified=flag(fields.get("verified"), view),
        verified_type=_shown(spec, view, "verified_type"),
        verified_as=_shown(spec, view, "verified_as"),
        followers=number(fields.get("followers"), view),
        post_count=number(fields.get("post_count"), view),
        traits={k: v for k, v in traits.items() if v is not None} or None,
    )


def _shown(spec: Spec, view: View, name: str) -> str | None:
    return text(spec.account.fields.get(name), view, _LONG[name])


def avatar(url: str | None) -> str | None:
    """The stable part of a picture's address: its file name, or the path where that is short.

    Scheme, host and query are a mirror, a size and a signature that expires.
    """
    if not url:
        return None
    try:
        path = urlsplit(url).path
    except ValueError:
        return None
    name = path.rpartition("/")[2]
    name = name.partition("~")[0].partition("!")[0]
    stem = name.partition(".")[0]
    return (name if len(stem) >= 12 else path.strip("/"))[:300] or None
