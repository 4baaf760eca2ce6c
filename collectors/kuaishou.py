"""快手: the live site's profile page in a browser, and the answers that it asks for itself.

A context that has not been to www.kuaishou.com is gated, so that is visited first, and a gated page
is opened once more, never oftener: each probe renews the penalty. The list has no time and no mark
of pinned works; times are read from the file names. What is listed differs by region, and an
overseas line has missed the newest work, so the list is COMPLETE only where it holds exactly as
many works as the profile counts; else it may add posts and prove no silence.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlsplit

from collectors import Collector, Need
from collectors._kuaishou import (
    HOSTS,
    PROFILE_LINK,
    Face,
    Works,
    check,
    faces,
    profile_of,
    together,
    works_of,
)
from collectors._order import pins_on_top
from collectors._whose import Match, Owner, match, owner_of
from collectors._xhr import answer, asked_for, is_path, unfold, warm
from watcher.model import (
    CollectError,
    Coverage,
    Fetch,
    Pace,
    Page,
    Request,
    Sighting,
    Source,
    Trouble,
)

HOME = "https://www.kuaishou.com/"
LIST = "/live_api/profile/public"
FACE = "/live_api/baseuser/userinfo/byid"
COUNTS = "/live_api/baseuser/userinfo/sensitive"
# the web site's own answers, which a recording may hold
_WEB = ("/rest/v/profile/", "/rest/wd/", "/graphql")
_LISTS = (LIST, "/feed", "/graphql")
_OPENINGS = 2
_GATED = "result 2:"


@dataclass(frozen=True, slots=True)
class Reading:
    """What the pages opened so far have shown of one account."""

    owner: Owner
    face: Face | None = None
    works: Works | None = None
    refused: CollectError | None = None  # the list was asked for and did not come
    troubles: tuple[CollectError, ...] = ()

    def met(self, error: CollectError) -> Reading:
        return replace(self, troubles=(*self.troubles, error))


async def collect(source: Source, fetch: Fetch) -> Sighting:
    """Read the account whose 3x… id, number or 快手号 is `source.handle`, or a link to it.

    Settings: `user_id`, `eid`, where the handle is another name of the account than its answers
    bear. Raises CollectError.
    """
    name = source.handle
    if name.startswith(("http://", "https://")):
        name = (await unfold(name, fetch, PROFILE_LINK))["id"]
    reading = Reading(owner_of(source, "user_id", "eid").learns({name}))
    await warm(HOME, fetch)
    address = f"https://live.kuaishou.com/profile/{quote(name, safe='')}"
    capture = (LIST, FACE, COUNTS, *source.settings.get("capture", ()))
    for _ in range(_OPENINGS):
        reading = await _look(reading, Request(address, render=True, capture=capture), fetch)
        if reading.works or not (reading.refused and reading.refused.detail.startswith(_GATED)):
            break
    return conclude(reading, source.handle)


async def _look(reading: Reading, request: Request, fetch: Fetch) -> Reading:
    """One opening of the page. A list that came wins over earlier refusals."""
    try:
        page = await fetch(request)
    except CollectError as error:
        if error.retry_after is not None:
            raise
        return reading.met(error)
    order = (FACE, COUNTS, *_LISTS)  # who it is comes first
    for xhr in sorted(page.captured, key=lambda x: [is_path(x, path) for path in order[1:]]):
        reading = _take(reading, xhr)
    if page.captured:
        return reading
    return reading.met(_said(page))


def _take(reading: Reading, xhr: Page) -> Reading:
    """One answer of the page."""
    lists = is_path(xhr, *_LISTS)
    try:
        value = answer(xhr)
        check(value)
    except CollectError as error:
        return replace(reading.met(error), refused=error) if lists else reading.met(error)
    reading = _take_faces(reading, value, xhr)
    works = works_of(value, reading.owner, xhr)
    if works is None:
        if is_path(xhr, LIST):
            return reading.met(CollectError(Trouble.UNREADABLE, "list answer without a list"))
        return reading
    if works.foreign and not works.posts and not works.unread:
        return reading.met(CollectError(Trouble.UNREADABLE, "list of another account"))
    if reading.works is None or works.posts:
        return replace(reading, works=works, refused=None)
    return reading


def _take_faces(reading: Reading, value: Any, xhr: Page) -> Reading:
    asked = asked_for(xhr.url, "principalId", "user_id", "userId")
    for face in faces(value):
        grade = match(reading.owner, face.ids, face.name, asked)
        if grade is Match.NONE:
            # the web site answers with the visitor's own profile as well
            reading = reading.met(CollectError(Trouble.UNREADABLE, "profile of another account"))
            continue
        if grade is Match.ASKED and not face.works:  # zeros are what a gated answer has as well
            face = replace(face, works=None)
        owner = reading.owner.learns(face.ids) if grade >= Match.NAME else reading.owner
        reading = replace(reading, face=together(reading.face, face), owner=owner)
    return reading


def _said(page: Page) -> CollectError:
    """Why a page asked for nothing."""
    if page.status >= 500:
        return CollectError(Trouble.UNREACHABLE, f"HTTP {page.status}")
    if (urlsplit(page.url).hostname or "").startswith("captcha."):
        return CollectError(Trouble.BLOCKED, "sent to the captcha")
    if "请求过快" in page.text:
        return CollectError(Trouble.BLOCKED, "请求过快")
    return CollectError(Trouble.BLOCKED, f"HTTP {page.status}, the page asked for no list")


def conclude(reading: Reading, handle: str) -> Sighting:
    """What the answers add up to. Raises CollectError where they prove nothing."""
    works, face = reading.works, reading.face
    author = works.author if works else None
    known = together(face, author) if author else face
    profile = profile_of(known, handle) if known and known.name else None
    if works and works.posts:
        posts, ordered = pins_on_top(works.posts)
        counted = face.works if face else None
        whole = ordered and not works.unread and counted == len(posts)
        return Sighting(profile, posts, Coverage.COMPLETE if whole else Coverage.PARTIAL)
    if works and works.unread:
        raise CollectError(Trouble.UNREADABLE, f"{works.unread} works, none of them readable")
    counted = face.works if face else None
    if works and counted == 0 and not works.foreign:
        return Sighting(profile)
    if works:
        raise CollectError(Trouble.BLOCKED, f"empty list, profile counts {counted}")
    if reading.refused:
        raise reading.refused
    if any(error.detail == "list of another account" for error in reading.troubles):
        raise CollectError(Trouble.UNREADABLE, "list of another account")
    if profile:
        return Sighting(profile, coverage=Coverage.PARTIAL)
    raise _worst(reading.troubles)


def _worst(troubles: tuple[CollectError, ...]) -> CollectError:
    """The trouble to report: somebody else's answer, then a wall, say more than the rest."""
    for error in troubles:
        if error.detail.endswith("of another account"):
            return error
    for trouble in (Trouble.BLOCKED, Trouble.UNREADABLE, Trouble.UNREACHABLE):
        for error in troubles:
            if error.trouble is trouble:
                return error
    return CollectError(Trouble.BLOCKED, "the page asked for no list")


def settle(source: Source, urls: tuple[str, ...]) -> Source:
    """A recording may hold answers of other doors of the platform: these are read as well."""
    paths = {urlsplit(url).path for url in urls}
    other = sorted(path for path in paths if path.startswith(_WEB))
    return replace(source, settings={**source.settings, "capture": other}) if other else source


collector = Collector(
    name="kuaishou",
    platform="kuaishou",
    hosts=HOSTS,
    collect=collect,
    pace=Pace(gap=60.0),
    needs=frozenset({Need.BROWSER}),
    paths=("/profile", "/live_api", "/rest", "/graphql"),
    settle=settle,
    title="快手主页（浏览器）",
    forms=("kuaishou",),
    sees=frozenset({"bio", "avatar", "verified", "verified_as", "followers", "post_count"}),
)
