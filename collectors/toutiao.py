"""今日头条: the profile page in a browser, the profile in it, and the feed that it asks for itself.

The feed `profile_all` gives articles, short posts and videos, newest first but for what is pinned.
Its authors bear numbers, the address a token: with the token alone the name decides whose it is. An
empty feed proves nothing: a refused signature looks the same. Nothing on these pages is known to
say "banned" or "cancelled", so this collector never does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import quote, unquote, urlsplit

from collectors import Collector, Need
from collectors._order import pins_on_top
from collectors._text import wall_sign
from collectors._toutiao import (
    HOSTS,
    PROFILE_LINK,
    Face,
    Feed,
    check,
    face_of,
    feed_of,
    profile_of,
)
from collectors._values import count, mapping
from collectors._whose import Match, Owner, match, owner_of
from collectors._xhr import answer, dig, is_path, script_data, unfold
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

FEED = "/api/pc/list/feed"
FANS = "/api/pc/user/fans_stat"
_FOREIGN = "another account"


@dataclass(frozen=True, slots=True)
class Reading:
    """What the page has shown of one account."""

    owner: Owner
    face: Face | None = None
    feed: Feed | None = None
    fans: int | None = None
    refused: CollectError | None = None  # the feed was asked for and did not come
    troubles: tuple[CollectError, ...] = ()

    def met(self, error: CollectError) -> Reading:
        return replace(self, troubles=(*self.troubles, error))


async def collect(source: Source, fetch: Fetch) -> Sighting:
    """Read the account whose token (MS4wLjAB…) or number is `source.handle`, or a link to it.

    Settings: `token`, `user_id`, where the handle is the other one. Raises CollectError.
    """
    name = str(source.settings.get("token") or source.handle)
    if name.startswith(("http://", "https://")):
        found = await unfold(name, fetch, PROFILE_LINK)
        name = next(value for value in found.groups() if value)
    reading = Reading(owner_of(source, "token", "user_id").learns({name}))
    token = "" if name.isdecimal() else "token/"
    address = f"https://www.toutiao.com/c/user/{token}{quote(name, safe='')}/"
    capture = (FEED, FANS, *source.settings.get("capture", ()))
    page = await fetch(Request(address, render=True, capture=capture))
    reading = _take_document(reading, page)
    for xhr in page.captured:
        reading = _take_fans(reading, xhr) if is_path(xhr, FANS) else _take_feed(reading, xhr)
    return conclude(reading, source.handle)


def _take_document(reading: Reading, page: Page) -> Reading:
    """The page itself: whose it is, or why it asked for nothing."""
    html = page.text
    if html.lstrip().startswith("{"):  # a recording may hold an answer in the page's place
        return _take_feed(reading, page)
    user = mapping(dig(script_data(html, "RENDER_DATA"), "data.profileUserInfo"))
    if user:
        face = face_of({**user, "user_auth_info": user.get("userAuthInfo")})
        shown = {part for part in unquote(urlsplit(page.url).path).split("/") if part}
        grade = match(reading.owner, face.ids, face.name, frozenset(shown & reading.owner.ids))
        if grade is Match.NONE:
            return reading.met(_foreign(face.name))
        owner = reading.owner.learns(face.ids) if grade >= Match.NAME else reading.owner
        return replace(reading, face=face if face.name else None, owner=owner)
    if page.captured:
        return reading
    return reading.met(_no_answer(page, html))


def _foreign(what: str) -> CollectError:
    hint = "if it was renamed, set `user_id`"
    return CollectError(Trouble.UNREADABLE, f"{_FOREIGN}: {what[:40]!r}; {hint}")


def _no_answer(page: Page, html: str) -> CollectError:
    if page.status >= 500:
        return CollectError(Trouble.UNREACHABLE, f"HTTP {page.status}")
    if 'usemap="#map"' in html:
        return CollectError(Trouble.UNREADABLE, "Toutiao's 404 picture: check the token")
    sign = wall_sign(html) or ("验证码" if "captcha" in html else "nothing")
    return CollectError(Trouble.BLOCKED, f"HTTP {page.status}, no feed; the page says {sign}")


def _take_fans(reading: Reading, xhr: Page) -> Reading:
    """How many follow the account: a number may be "12.3万"."""
    try:
        value = answer(xhr)
        check(value)
    except CollectError as error:
        return reading.met(error)
    return replace(reading, fans=count(mapping(value.get("data")).get("fans")))


def _take_feed(reading: Reading, xhr: Page) -> Reading:
    try:
        value = answer(xhr)
        check(value)
        feed = feed_of(value, reading.owner, xhr)
    except CollectError as error:
        return replace(reading.met(error), refused=error)
    if feed.foreign and not (feed.posts or feed.unread):
        return reading.met(_foreign("posts of others"))
    if reading.feed is None or (feed.posts and not reading.feed.posts):
        return replace(reading, feed=feed)
    return reading


def conclude(reading: Reading, handle: str) -> Sighting:
    """What the answers add up to. Raises CollectError where they prove nothing."""
    feed, face = reading.feed, reading.face
    face = face or (feed.author if feed else None)
    if face and reading.fans is not None:
        face = replace(face, followers=reading.fans)
    profile = profile_of(face, handle) if face else None
    if feed and feed.posts:
        posts, ordered = pins_on_top(feed.posts)
        dates = [post.at for post in posts if not post.pinned]
        whole = ordered and bool(dates) and feed.first and not feed.unread
        coverage = Coverage.COMPLETE if whole else Coverage.PARTIAL
        return Sighting(profile, posts, coverage, min(dates) if whole else None)
    if feed and feed.unread:
        raise CollectError(Trouble.UNREADABLE, f"{feed.unread} posts, none of them readable")
    for error in reading.troubles:
        if error.detail.startswith(_FOREIGN):
            raise error
    if feed:
        raise CollectError(Trouble.BLOCKED, "an empty feed proves nothing")
    if reading.refused:
        raise reading.refused
    if profile:
        return Sighting(profile, coverage=Coverage.PARTIAL)
    raise next(iter(reading.troubles), CollectError(Trouble.BLOCKED, "the page asked for no feed"))


def settle(source: Source, urls: tuple[str, ...]) -> Source:
    """A recording may hold feeds of other doors of the platform: these are read as well."""
    paths = {urlsplit(url).path for url in urls}
    known = (FEED, FANS, "/c/user")
    other = sorted(path for path in paths if len(path) > 1 and not path.startswith(known))
    return replace(source, settings={**source.settings, "capture": other}) if other else source


collector = Collector(
    name="toutiao",
    platform="toutiao",
    hosts=HOSTS,
    collect=collect,
    pace=Pace(gap=15.0),
    needs=frozenset({Need.BROWSER}),
    paths=("/c/user", "/api/"),
    settle=settle,
    title="今日头条主页（浏览器）",
    forms=("toutiao",),
    sees=frozenset({"bio", "avatar", "verified", "verified_type", "verified_as", "followers"}),
)
