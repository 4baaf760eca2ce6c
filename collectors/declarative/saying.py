"""What an answer says: whose it is, its face, its posts, and how much that proves."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from collectors._text import wall_sign
from collectors.declarative.building import variables_in
from collectors.declarative.fields import View, flag, number, text
from collectors.declarative.posts import Listed, newest_first, reach, read_list
from collectors.declarative.sheet import Sheet
from collectors.declarative.spec import Spec, Template
from collectors.declarative.states import Verdict
from watcher.model import CollectError, Coverage, Profile, Sighting, Trouble

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


def nothing_at(sheet: Sheet, rule: str, selector: str) -> CollectError:
    """A page on which something that must be there is not: a wall, or a changed layout."""
    sign = wall_sign(sheet.text)
    if sign is not None:
        return CollectError(Trouble.BLOCKED, f"a wall: {sign!r} on the page, nothing at {rule}")
    detail = f"layout changed: {rule} {selector[:100]!r} finds nothing"
    return CollectError(Trouble.UNREADABLE, detail)


def denied(spec: Spec, view: View, error: CollectError) -> CollectError:
    """The error of a state, unless it accuses an account whose posts stand on the same page."""
    if error.trouble not in (Trouble.GONE, Trouble.BANNED) or spec.posts is None:
        return error
    if not read_list(spec.posts, view, view.sheet.page.at).posts:
        return error
    return CollectError(Trouble.UNREADABLE, f"contradicts itself: {error.detail}, yet lists posts")


def sighting_of(spec: Spec, view: View, verdict: Verdict, notes: Notes) -> Sighting:
    """What a readable answer proves. Raises CollectError."""
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
            raise nothing_at(view.sheet, "account.name", _written(spec, "name"))
        return Sighting(profile, coverage=Coverage.PARTIAL)
    if not listed.posts:
        return _no_posts(spec, view, listed, profile, bound)
    proves, reaches = reach(listed, _count(spec, view))
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

    An id that only the earlier answer told, or that stands in the address and not on the page,
    ties nothing by itself: then the name must agree too.
    """
    if listed.foreign and not listed.owned:
        raise CollectError(Trouble.UNREADABLE, "wrong account: every post is somebody else's")
    said, strong = False, False
    for tie in (_by_id(spec, view, notes), _by_rows(spec, listed, view)):
        if tie is not None:
            said, strong = True, strong or not tie & (notes.taken | spec.identity.given)
    if strong:
        return True
    if spec.identity.name is not None:
        name = text(spec.account.fields.get("name"), view, 100)
        if name is not None and view.values.get("expected_name"):
            notes.shown = notes.shown or name
            return _same(name, spec.identity.name, view, plain=_plain)
    if not said and not notes.shown:
        _must_say(spec, view, listed)
    return False


def _must_say(spec: Spec, view: View, listed: Listed) -> None:
    """Raises where a certain account is asked for and the page says nothing of whose it is.

    Of a pasted link it may not be known whose it is; then there is nothing to compare with.
    """
    identity = spec.identity
    if identity.id is not None and _wanted(identity.id_wanted, view):
        raise nothing_at(view.sheet, "identity.id", identity.id.text)
    shows = bool(listed.posts) or spec.posts is None  # an empty list says so by itself
    if identity.name is not None and shows and _wanted(identity.name, view):
        raise nothing_at(view.sheet, "identity.name", _written(spec, "name"))


def _wanted(template: Template, view: View) -> bool:
    """Whether there is something to compare with."""
    try:
        return bool(template.fill(view.values))
    except KeyError:
        return False


def _by_id(spec: Spec, view: View, notes: Notes) -> frozenset[str] | None:
    """The variables that the page's id was compared with, None where there is no id."""
    shown = text(spec.identity.id, view, 200)
    if shown is None:
        return None
    notes.shown = shown
    wanted = spec.identity.id_wanted
    if not _same(shown, wanted, view):
        return None
    return wanted.names | spec.identity.given


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


def _same(
    shown: str, wanted: Template, view: View, plain: Callable[[str], str] = str.strip
) -> bool:
    """Whether the page shows who was wanted. Raises UNREADABLE for another, False for nobody."""
    try:
        expected = wanted.fill(view.values)
    except KeyError:
        return False
    if not expected:
        return False
    if plain(shown) != plain(expected):
        detail = f"wrong account: shows account {shown[:60]!r}, not {expected[:60]!r}"
        raise CollectError(Trouble.UNREADABLE, detail)
    return True


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split())


def _mandatory(spec: Spec, view: View, verdict: Verdict, listed: Listed) -> None:
    """Raises where a selector that must find something finds nothing."""
    for name in spec.mandatory:
        if name == "posts" and spec.posts is not None:
            if listed.rows is None and verdict.state != "empty":
                raise nothing_at(view.sheet, "posts.list", spec.posts.list.text)
            continue
        wanted = spec.account.fields.get(name) or spec.account.traits.get(name)
        if wanted is not None and text(wanted, view) is None:
            raise nothing_at(view.sheet, f"account.{name}", wanted.text)


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
    if listed.dropped and listed.dropped == listed.rows and spec.posts is not None:
        detail = f"layout changed: none of {listed.rows} rows has what posts.require names"
        if spec.posts.require:
            raise CollectError(Trouble.UNREADABLE, detail)
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
