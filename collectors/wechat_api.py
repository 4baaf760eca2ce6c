"""微信公众号 by its owner's own API: what the account published, as WeChat itself counts it.

Two lists. `freepublish/batchget` shows within minutes what was published *without* notifying the
followers, and nothing else. `datacube/getarticletotaldetail` shows everything published, by day,
from the next morning on. So the reading is COMPLETE from the first day asked for until the end of
the last day whose figures are final; where only the first list answers it is PARTIAL.

Settings: `appid`, `secret`. The handle is the __biz, gh_… or 微信号; article links must not name
another __biz. Each answer is HTTP 200, a failure has an errcode.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from collectors import Collector, Need, Sure
from collectors._wechat import (
    article_ref,
    mapping,
    sequence,
    text_of,
    title_of,
    unix,
    wanted,
)
from collectors._wechat_errors import (
    DATE_RANGE,
    NOT_PERMITTED,
    NOT_READY,
    ApiError,
)
from collectors._wechat_owner import OwnerApi, WrongAccount, face, handshake
from watcher.model import (
    CollectError,
    Coverage,
    Fetch,
    Post,
    Profile,
    Sighting,
    Source,
    Trouble,
)

BEIJING = ZoneInfo("Asia/Shanghai")
FIRST_DAY = date(2025, 11, 1)  # getarticletotaldetail knows nothing earlier
WHOLE, SINGLE = 30, 7  # days asked at once; days asked one by one where that is refused
OBJECTS, MOST_PAGES = 20, 5  # freepublish objects a page (its maximum), and pages a reading


async def collect(source: Source, fetch: Fetch) -> Sighting:
    """Read both lists and, where permitted, the profile. Raises CollectError."""
    api = OwnerApi(fetch, source)
    notes, refused = await _freepublish(api, source)
    if api.seen is None:
        raise refused or CollectError(Trouble.UNREACHABLE, "no answer")
    try:
        days = await _published(api, source, api.seen)
    except CollectError as error:
        if error.trouble is Trouble.UNREADABLE or error.retry_after is not None:
            raise
        if refused:
            raise refused from error
        days = None
    profile = await _profile(api, source)
    if days is None:
        return Sighting(profile, tuple(notes.values()), Coverage.PARTIAL)
    posts = tuple(
        {**notes, **{key: _timed(post, notes) for key, post in days.posts.items()}}.values()
    )
    if days.begin is None or days.end is None:
        return Sighting(profile, posts, Coverage.PARTIAL)
    until = midnight(days.end + timedelta(days=1))
    return Sighting(profile, posts, Coverage.COMPLETE, midnight(days.begin), until)


async def _freepublish(api: OwnerApi, source: Source) -> tuple[dict[str, Post], ApiError | None]:
    """What was published without notice, by id; and the refusal, if the account lacks this API.

    The order is not promised, so pages are read to the end, or to MOST_PAGES.
    """
    posts: dict[str, Post] = {}
    for number in range(MOST_PAGES):
        body = {"offset": number * OBJECTS, "count": OBJECTS, "no_content": 1}
        try:
            told = await api("cgi-bin/freepublish/batchget", body)
        except ApiError as error:
            if error.code not in NOT_PERMITTED:
                raise
            return posts, error
        if "item" not in told and told.get("total_count") != 0:
            raise CollectError(Trouble.UNREADABLE, "freepublish: no list in the answer")
        items = [mapping(item) for item in sequence(told.get("item"))]
        posts |= {post.id: post for item in items for post in _notes(item, source)}
        total = told.get("total_count")
        if not items or not isinstance(total, int) or (number + 1) * OBJECTS >= total:
            break
    return posts, None


def _notes(item: dict[str, Any], source: Source) -> list[Post]:
    """The articles of one publish object; `update_time` is the only time it has."""
    at = unix(item.get("update_time"))
    if at is None:
        raise CollectError(Trouble.UNREADABLE, "freepublish: an object without time")
    articles = map(mapping, sequence(mapping(item.get("content")).get("news_item")))
    posts = []
    for number, article in enumerate(articles, start=1):
        if article.get("is_deleted") is not True:
            url = text_of(article.get("url"))
            spare = f"{text_of(item.get('article_id'))[:64]}_{number}"
            ident = _own_id(url, spare, source)
            posts.append(Post(ident, at, title_of(article.get("title")), _https(url)))
    return posts


@dataclass(frozen=True, slots=True)
class _Days:
    """Everything published, by id, and the days (inclusive) for which that is final."""

    posts: dict[str, Post]
    begin: date | None = None
    end: date | None = None


async def _published(api: OwnerApi, source: Source, seen: datetime) -> _Days:
    """Days up to yesterday in Beijing, which is the latest WeChat answers for."""
    yesterday = seen.astimezone(BEIJING).date() - timedelta(days=1)
    begin = max(FIRST_DAY, yesterday - timedelta(days=WHOLE - 1))
    try:
        posts, final = await _range(api, source, begin, yesterday)
    except ApiError as error:
        if error.code != DATE_RANGE:
            raise
        return await _one_by_one(api, source, yesterday)
    if final:
        return _Days(posts, begin, yesterday)
    before = yesterday - timedelta(days=1)
    earlier, final = await _range(api, source, begin, before)
    return _Days({**posts, **earlier}, begin, before) if final else _Days({**posts, **earlier})


async def _one_by_one(api: OwnerApi, source: Source, yesterday: date) -> _Days:
    """The same, a day a call, back from yesterday; accounts exist that may ask no wider."""
    found: dict[str, Post] = {}
    begin: date | None = None
    end: date | None = None
    for back in range(SINGLE):
        day = yesterday - timedelta(days=back)
        posts, final = await _range(api, source, day, day)
        found |= posts
        if final:
            begin, end = day, end or day
        elif end is not None:
            break  # a hole: what lies before it does not join on
    return _Days(found, begin, end)


async def _range(
    api: OwnerApi, source: Source, begin: date, end: date
) -> tuple[dict[str, Post], bool]:
    """The posts of some days (inclusive), and whether the figures are final."""
    body = {"begin_date": begin.isoformat(), "end_date": end.isoformat()}
    try:
        told = await api("datacube/getarticletotaldetail", body)
    except ApiError as error:
        if error.code == NOT_READY:
            return {}, False
        raise
    if not isinstance(told.get("list"), list):
        raise CollectError(Trouble.UNREADABLE, "getarticletotaldetail: no list in the answer")
    posts = [_day_post(mapping(row), source) for row in told["list"]]
    final = told.get("is_delay") in (None, False, 0)
    return {post.id: post for post in posts}, final


def _day_post(row: dict[str, Any], source: Source) -> Post:
    msgid, url = text_of(row.get("msgid")), text_of(row.get("content_url"))
    try:
        day = date.fromisoformat(text_of(row.get("ref_date")))
    except ValueError:
        raise CollectError(Trouble.UNREADABLE, "getarticletotaldetail: no ref_date") from None
    if not re.fullmatch(r"\d{1,20}_\d{1,3}", msgid):
        raise CollectError(Trouble.UNREADABLE, "getarticletotaldetail: no msgid")
    ident = _own_id(url, msgid, source)
    return Post(ident, midnight(day), title_of(row.get("title")), _https(url), day_only=True)


def _timed(post: Post, notes: dict[str, Post]) -> Post:
    """The day WeChat counts, made exact by the other list where that fell on the same day."""
    note = notes.get(post.id)
    if note is None:
        return post
    if post.at <= note.at <= post.latest:
        return replace(note, title=post.title or note.title)
    return replace(
        post, title=post.title or note.title, url=post.url or note.url, edited_at=note.at
    )


def _own_id(url: str, spare: str, source: Source) -> str:
    """`mid_idx` of the link, the same in every source. Raises UNREADABLE for another's link."""
    biz, mid, idx = article_ref(url)
    mine = wanted(source).biz
    if mine and biz and biz.rstrip("=") != mine.rstrip("="):
        raise CollectError(Trouble.UNREADABLE, f"wrong account: an article of {biz:.40}")
    return f"{mid}_{idx or 1}" if mid else spare


def _https(url: str) -> str | None:
    return re.sub("^http:", "https:", url) if re.match(r"https?://mp\.weixin\.", url) else None


async def _profile(api: OwnerApi, source: Source) -> Profile | None:
    """The account's face, for which most owners' tokens have no permission: None then."""
    try:
        return await face(api, source)
    except CollectError as error:
        if error.retry_after is not None or isinstance(error, WrongAccount):
            raise
        return None


def midnight(day: date) -> datetime:
    """The first moment of a Beijing day, in UTC."""
    return datetime.combine(day, time(), BEIJING).astimezone(UTC)


collector = Collector(
    name="wechat_api",
    platform="wechat",
    hosts=frozenset({"api.weixin.qq.com"}),
    collect=collect,
    needs=frozenset({Need.CREDENTIAL}),
    handshake=handshake,
    title="微信公众号（本账号接口）",
    forms=("wechat_subscription", "wechat_service"),
    sees=frozenset({"bio", "avatar", "verified", "verified_as"}),
    sure=Sure.REPORTED,
)
