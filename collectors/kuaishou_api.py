"""快手 by its owner's own API (open.kuaishou.com): the account's works, as the platform lists them.

Settings: `app_id`, `access_token`, both by reference. The access_token lives 48 hours. Its
refresh_token is used up by each renewal and replaced by another, for 180 days at most; a watcher
that renewed it and died before writing the new one down would lock itself out. So the renewal
belongs to one program of the operator's, which writes the access_token to a file or a variable
that the setting names ({file: …} is read anew before each reading); we only ever read it, and say
by its code what has to be done.

The API names no account id: an answer is the account's where its name is the filed one (or the
setting `name`). The list is COMPLETE where it holds as many works as the API counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from collectors import Collector, Need
from collectors._kuaishou import moment_of
from collectors._values import count, ident, line, mapping, sequence
from collectors._xhr import answer, file_name
from watcher.model import (
    CollectError,
    Coverage,
    Fetch,
    Page,
    Post,
    Profile,
    Request,
    Session,
    Sighting,
    Source,
    Trouble,
)

API = "https://open.kuaishou.com/openapi"
SIZE, MOST_PAGES = 200, 10  # works a page (its maximum), pages a reading
_AGAIN = "operator: the owner must authorise again"
_CODES: Mapping[int, tuple[Trouble, str]] = {
    100200108: (Trouble.BLOCKED, "operator: access_token expired, the renewing program stands"),
    100200102: (Trouble.BLOCKED, "operator: access_token is refused, renew it"),
    100200113: (Trouble.BLOCKED, f"refresh_token expired. {_AGAIN}"),
    100200109: (Trouble.BLOCKED, f"the owner withdrew his consent. {_AGAIN}"),
    100200110: (Trouble.BLOCKED, f"the consent expired. {_AGAIN}"),
    100200111: (Trouble.BLOCKED, f"consent was never given. {_AGAIN}"),
    100200106: (Trouble.BLOCKED, "operator: the app lacks user_info or user_video_info"),
    100200101: (Trouble.BLOCKED, "operator: app_id is wrong"),
    100200107: (Trouble.BLOCKED, "operator: open_id is invalid"),
    100200410: (Trouble.BLOCKED, "asked too often"),
    100100402: (Trouble.BLOCKED, "asked too often"),
    100100403: (Trouble.BLOCKED, "asked too often"),
    100100404: (Trouble.BLOCKED, "asked too often"),
    100200100: (Trouble.UNREADABLE, "a parameter is refused"),
    100400: (Trouble.UNREADABLE, "a parameter is refused"),
}


async def handshake(source: Source, fetch: Fetch) -> Session:
    """The credentials as query parameters. Raises BLOCKED where they are not given."""
    given = {key: str(source.settings.get(key) or "") for key in ("app_id", "access_token")}
    if missing := [key for key, value in given.items() if not value]:
        raise CollectError(Trouble.BLOCKED, f"operator: settings need {' and '.join(missing)}")
    return Session(params=given, lifetime=60.0)


@dataclass(frozen=True, slots=True)
class _Works:
    posts: tuple[Post, ...] = ()
    unread: int = 0
    whole: bool = False  # asked to the end


async def collect(source: Source, fetch: Fetch) -> Sighting:
    """Read name, count and list. Raises CollectError."""

    async def ask(path: str, query: str = "") -> tuple[Mapping[str, Any], Page]:
        # a token is one account's: the session must never be shared with another
        page = await fetch(Request(f"{API}/{path}{query}", session=f"token {source.handle}"))
        return _payload(page, path), page

    user = mapping((await ask("user_info"))[0].get("user_info"))
    name = line(user.get("name"), 60)
    filed = str(source.settings.get("name") or source.account_name).strip()
    if not name:
        raise CollectError(Trouble.UNREADABLE, "user_info without a name")
    if filed and name != filed:
        hint = "if it was renamed, set `name`"
        raise CollectError(Trouble.UNREADABLE, f"the token opens {name!r}, not {filed!r}; {hint}")
    counted = _counted((await ask("photo/count"))[0])
    works = _Works()
    for _ in range(MOST_PAGES):
        after = f"&cursor={works.posts[-1].id}" if works.posts else ""
        told, page = await ask("photo/list", f"?count={SIZE}{after}")
        works = _more(works, told, page.at)
        if works.whole:
            break
    profile = Profile(
        source.handle,
        name,
        avatar=file_name(user.get("bigHead") or user.get("head")),
        followers=count(user.get("fan")),
        post_count=counted,
    )
    held = works.whole and not works.unread and counted == len(works.posts)
    coverage = Coverage.COMPLETE if held and filed else Coverage.PARTIAL
    return Sighting(profile, works.posts, coverage)


def _payload(page: Page, path: str) -> Mapping[str, Any]:
    """A good answer. Raises CollectError with what an operator must do."""
    told = answer(page)
    code = told.get("result")
    if code == 1 and not isinstance(code, bool):
        return told
    known = _CODES.get(code) if isinstance(code, int) else None
    trouble, why = known or (Trouble.UNREADABLE, line(told.get("error_msg"), 60) or "unknown")
    raise CollectError(trouble, f"{path}: result {code!r:.12}, {why}")


def _counted(told: Mapping[str, Any]) -> int | None:
    """How many public works there are; None where the answer does not say so exactly."""
    table = {**told, **mapping(told.get("data"))}
    return next(
        (
            number
            for key in ("public_count", "all_count", "count", "photo_count")
            if (number := count(table.get(key))) is not None
        ),
        None,
    )


def _more(works: _Works, told: Mapping[str, Any], seen: datetime) -> _Works:
    """One more page of the list; a page that brings nothing new is the end."""
    if not isinstance(told.get("video_list"), list):
        raise CollectError(Trouble.UNREADABLE, "photo/list: no video_list in the answer")
    rows = [mapping(row) for row in sequence(told["video_list"])]
    public = [row for row in rows if row.get("pending") is not True]
    read = [_post(row, seen) for row in public]
    known = {post.id for post in works.posts}
    fresh = tuple(post for post in read if post and post.id not in known)
    unread = works.unread + sum(1 for post in read if post is None)
    return _Works((*works.posts, *fresh), unread, len(rows) < SIZE or not fresh)


def _post(row: Mapping[str, Any], seen: datetime) -> Post | None:
    number = ident(row.get("photo_id"))
    at = moment_of({"timestamp": row.get("create_time")}, seen)
    if not number or at is None:
        return None
    plain = number.isascii() and number.isalnum()
    url = f"https://www.kuaishou.com/short-video/{number}" if plain else None
    return Post(number, at, line(row.get("caption")), url)


collector = Collector(
    name="kuaishou_api",
    platform="kuaishou",
    hosts=frozenset({"open.kuaishou.com"}),
    paths=("/openapi/",),
    collect=collect,
    needs=frozenset({Need.CREDENTIAL}),
    handshake=handshake,
    title="快手开放平台（账号本人授权）",
    forms=("kuaishou",),
    sees=frozenset({"avatar", "followers", "post_count"}),
)
