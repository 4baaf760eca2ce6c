"""抖音: two public pages in a browser, and the answers that these pages themselves ask for.

The profile page shows who the account is and how many works it has; without a login its list is
often empty. The phone's share page shows the list. Nothing is signed, nothing is solved: an
answer that was refused is BLOCKED, and an empty list means "no works" only where the profile of
the same reading counts zero. A refusal never becomes "gone": others have reported live accounts
as cancelled that way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from selectolax.lexbor import LexborHTMLParser

from collectors import Collector, Need, Sure
from collectors._douyin import (
    SEC_UID,
    Works,
    answer,
    asked_for,
    ids_of,
    merge,
    read_profile,
    read_works,
    same,
)
from watcher.model import (
    CollectError,
    Coverage,
    Fetch,
    Pace,
    Page,
    Profile,
    Request,
    Sighting,
    Source,
    Trouble,
)

PROFILE = "/aweme/v1/web/user/profile/other"
LIST = "/aweme/v1/web/aweme/post"
PHONE_LIST = "/web/api/v2/aweme/post"
_OURS = ("douyin.com", "iesdouyin.com")
_BANNED = "账号已被封禁"
_FOREIGN = "profile of another account"
_NO_WORKS = "该账号还未发布过作品"


@dataclass(frozen=True, slots=True)
class Reading:
    """What the pages asked so far have shown of one account."""

    handle: str
    ids: frozenset[str]
    user: Mapping[str, Any] | None = None
    works: Works | None = None
    says_empty: bool = False  # the page itself says that there are no works
    troubles: tuple[CollectError, ...] = ()
    list_refused: CollectError | None = None  # the list was asked for and came not or empty


async def collect(source: Source, fetch: Fetch) -> Sighting:
    """Read the account whose sec_uid is `source.handle`.

    Settings: `sec_uid` where the handle is another name of the account. Raises CollectError.
    """
    name = await _sec_uid(source, fetch)
    reading = Reading(source.handle, frozenset({name, source.handle}))
    path = quote(name, safe="")
    reading = await _look(
        reading,
        Request(f"https://www.douyin.com/user/{path}", render=True, capture=(PROFILE, LIST)),
        fetch,
    )
    if not _settled(reading):
        address = f"https://m.douyin.com/share/user/{path}"
        share = Request(address, render=True, capture=(PHONE_LIST,), mobile=True)
        reading = await _look(reading, share, fetch)
    return conclude(reading)


async def _sec_uid(source: Source, fetch: Fetch) -> str:
    """The name that addresses need; a pasted link is taken apart, a short link followed."""
    given = str(source.settings.get("sec_uid") or source.handle)
    if not given.startswith(("http://", "https://")):
        return given
    if urlsplit(given).hostname == "v.douyin.com":
        page = await fetch(Request(given, redirects=False))
        given = str(page.headers.get("location", ""))
    parts = urlsplit(given)
    tokens = (*parts.path.split("/"), *parse_qs(parts.query).get("sec_uid", ()))
    for token in tokens:
        if token.startswith(SEC_UID):
            return str(token)
    raise CollectError(Trouble.UNREADABLE, f"no sec_uid in the link {source.handle!r}")


async def _look(reading: Reading, request: Request, fetch: Fetch) -> Reading:
    """One more page. What it refuses is remembered: the other page may still answer."""
    try:
        page = await fetch(request)
    except CollectError as error:
        if error.retry_after is not None:
            raise
        return replace(reading, troubles=(*reading.troubles, error))
    for xhr in (x for x in page.captured if _is(x, PROFILE)):
        reading = _take_profile(reading, xhr)
    lists = [x for x in page.captured if _is(x, LIST) or _is(x, PHONE_LIST)]
    reading = _take_lists(reading, lists)
    return _take_document(reading, page)


def _settled(reading: Reading) -> bool:
    """Who it is and what it published are both read: the second page can add nothing."""
    if reading.user is None or reading.works is None:
        return False
    return bool(reading.works.posts) or reading.user.get("aweme_count") == 0


def _is(page: Page, path: str) -> bool:
    """The path decides, not the host: Douyin moves its answers between hosts of its own."""
    parts = urlsplit(page.url)
    host = parts.hostname or ""
    ours = any(host == name or host.endswith("." + name) for name in _OURS)
    return ours and parts.path.rstrip("/") == path


def _take_profile(reading: Reading, xhr: Page) -> Reading:
    try:
        user = answer(xhr).get("user")
        if not isinstance(user, dict) or not user:
            raise CollectError(Trouble.BLOCKED, "profile answer without a user")
        if not same(user, reading.ids):
            raise CollectError(Trouble.UNREADABLE, _FOREIGN)
    except CollectError as error:
        return replace(reading, troubles=(*reading.troubles, error))
    return replace(reading, user=user, ids=reading.ids | ids_of(user))


def _take_lists(reading: Reading, lists: list[Page]) -> Reading:
    works: list[Works] = []
    for xhr in lists:
        asked = asked_for(xhr)
        if asked and not asked & reading.ids:
            continue  # the page also loads other people's works
        try:
            value = answer(xhr)
            if "aweme_list" not in value:
                raise CollectError(Trouble.UNREADABLE, "list answer without aweme_list")
            works.append(_own(read_works(value, reading.ids, xhr)))
        except CollectError as error:
            reading = replace(reading, list_refused=reading.list_refused or error)
    whole = merge(works) if works else None
    if whole and (whole.posts or whole.dropped or whole.undated or reading.works is None):
        reading = replace(reading, works=whole)
    return reading


def _own(works: Works) -> Works:
    """Raises CollectError where a list holds only other people's works."""
    if works.foreign and not (works.posts or works.dropped or works.undated):
        raise CollectError(Trouble.UNREADABLE, "list of another account")
    return works


def _take_document(reading: Reading, page: Page) -> Reading:
    """The page itself: captcha, the platform's own words, or nothing at all."""
    texts = _texts(page.body)
    bio = (reading.user or {}).get("signature")
    if any(text.startswith(_BANNED) and text != bio for text in texts):
        error = CollectError(Trouble.BANNED, _BANNED)
        return replace(reading, troubles=(error, *reading.troubles))
    if any(_NO_WORKS in text and text != bio for text in texts):
        reading = replace(reading, says_empty=True)
    if page.captured:
        return reading
    return replace(reading, troubles=(*reading.troubles, _no_answer(page, texts)))


def _texts(body: bytes) -> tuple[str, ...]:
    """The page's visible texts, one for each piece."""
    tree = LexborHTMLParser(body.replace(b"\x00", b""))
    tree.strip_tags(["script", "style", "noscript", "template"])
    root = tree.root
    text = root.text(separator="\n", strip=True) if root else ""
    return tuple(line.strip() for line in text.split("\n") if line.strip())


def _no_answer(page: Page, texts: tuple[str, ...]) -> CollectError:
    if page.status >= 500:
        return CollectError(Trouble.UNREACHABLE, f"HTTP {page.status}")
    said = texts[0][:60] if texts else "empty page"
    return CollectError(Trouble.BLOCKED, f"HTTP {page.status}, page asked for no list: {said}")


def conclude(reading: Reading) -> Sighting:
    """What the answers add up to. Raises CollectError where they prove nothing."""
    _closed(reading)
    profile, works = _profile(reading), reading.works
    if works and (works.posts or works.dropped or works.undated):
        return _with_list(profile, works)
    counted = profile.post_count if profile else None
    if works and counted == 0 and not (reading.user or {}).get("secret"):
        return Sighting(profile)
    if works:
        raise CollectError(Trouble.BLOCKED, f"empty list, profile counts {counted}")
    if reading.list_refused:
        raise reading.list_refused
    if profile is None:
        raise _worst(reading)
    if counted == 0 and reading.says_empty:
        return Sighting(profile)
    return Sighting(profile, coverage=Coverage.PARTIAL)


def _closed(reading: Reading) -> None:
    """Raises BANNED or GONE where the platform says so of this very account."""
    user = reading.user or {}
    if user.get("is_ban") in (True, 1):
        raise CollectError(Trouble.BANNED, "profile says is_ban")
    if user.get("user_canceled") in (True, 1):
        raise CollectError(Trouble.GONE, "profile says user_canceled")
    if reading.works and reading.works.posts:
        return
    for error in reading.troubles:
        if error.trouble is Trouble.BANNED:
            raise error


def _profile(reading: Reading) -> Profile | None:
    """From the profile answer, else from the author of the works; that one's counts of zero are
    defaults."""
    if reading.user is not None:
        return read_profile(reading.user, reading.handle)
    author = reading.works.author if reading.works else None
    if author is None or not author.get("nickname"):
        return None
    profile = read_profile(author, reading.handle)
    return replace(
        profile, followers=profile.followers or None, post_count=profile.post_count or None
    )


def _with_list(profile: Profile | None, works: Works) -> Sighting:
    """Complete where the list goes on or holds all that the profile counts."""
    counted = profile.post_count if profile else None
    held = len(works.posts) + works.dropped
    agrees = works.has_more or counted is None or held >= counted
    coverage = Coverage.COMPLETE if agrees and not works.undated else Coverage.PARTIAL
    dates = [post.at for post in works.posts if not post.pinned]
    exhausted = not works.has_more and counted is not None
    if not dates and not exhausted:
        coverage = Coverage.PARTIAL  # only pinned works: nothing is known of the newest
    reaches = None if exhausted else min(dates, default=None)
    return Sighting(profile, works.posts, coverage, reaches)


def _worst(reading: Reading) -> CollectError:
    """The trouble to report: a foreign profile, then a wall, say more than the rest."""
    for error in reading.troubles:
        if error.detail == _FOREIGN:
            return error
    for trouble in (Trouble.BLOCKED, Trouble.UNREADABLE, Trouble.UNREACHABLE):
        for error in reading.troubles:
            if error.trouble is trouble:
                return error
    return CollectError(Trouble.BLOCKED, "the pages asked for no list")


collector = Collector(
    name="douyin",
    platform="douyin",
    hosts=frozenset({"douyin.com", "*.douyin.com", "iesdouyin.com", "*.iesdouyin.com"}),
    collect=collect,
    pace=Pace(gap=10.0),
    needs=frozenset({Need.BROWSER}),
    title="抖音主页",
    forms=("douyin",),
    sees=frozenset(
        {"bio", "avatar", "verified", "verified_type", "verified_as", "followers", "post_count"}
    ),
    sure=Sure.CAPTURED,
)
