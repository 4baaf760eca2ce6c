"""Reading Kuaishou's own JSON: refusals, whose it is, the works and their times.

Pure. HTTP is 200 whatever happens; `result` says what did. The list of the live site has no time:
it stands in the file name of the video or picture, in Beijing time.
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as BadBase64
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from collectors._times import BEIJING, is_future
from collectors._values import count, ident, line, mapping, sequence, text_of
from collectors._whose import Match, Owner, ids_in, match
from collectors._xhr import asked_for, dig, file_name, text_at
from watcher.model import CollectError, Page, Post, Profile, Trouble

HOSTS = frozenset(
    {
        "kuaishou.com",
        "*.kuaishou.com",
        "chenzhongtech.com",  # where its links land on a phone
        "*.chenzhongtech.com",
    }
)
PROFILE_LINK = re.compile(
    r"(?:/(?:profile|u|user)/|[?&](?:userId|principalId)=)(?P<id>[\w-]{3,40})"
)
_FOUNDED = datetime(2011, 3, 1, tzinfo=UTC)  # no work can be older than the platform
_RESULTS: Mapping[int, tuple[Trouble, str]] = {
    2: (Trouble.BLOCKED, "gated or asked too fast"),
    21: (Trouble.UNREADABLE, "a parameter has the wrong form"),
    50: (Trouble.BLOCKED, "signature check failed"),
    109: (Trouble.BLOCKED, "login needed"),
    2001: (Trouble.BLOCKED, "captcha"),
    400002: (Trouble.BLOCKED, "captcha"),
    400010: (Trouble.BLOCKED, "asked too often"),
}
_IDS = ("id", "eid", "userId", "user_id", "originUserId", "kwaiId", "principalId")
_CLIP = re.compile(r"/upic/(\d{4})/(\d\d)/(\d\d)/(\d\d)/B([A-Za-z0-9]{24,120}={0,2})")
_ATLAS = re.compile(r"/atlas/(?:[\w.-]+/)*([A-Za-z0-9]{16,80}={0,2})")
_STAMP = re.compile(r"(\d{14})_(\d{1,20})_\d+")  # moment in Beijing, author, work
_NUMBERED = re.compile(r"\d{1,20}_(\d{13})")  # something, epoch in ms


@dataclass(frozen=True, slots=True)
class Face:
    """What a profile answer says. `works` counts public ones, None where it is not exact."""

    ids: frozenset[str]
    name: str
    bio: str | None = None
    avatar: str | None = None
    verified_as: str | None = None
    followers: int | None = None
    works: int | None = None


@dataclass(frozen=True, slots=True)
class Works:
    """The account's works of one list answer."""

    posts: tuple[Post, ...] = ()
    author: Face | None = None
    unread: int = 0  # rows of his, or of nobody, whose id or time cannot be read
    foreign: int = 0  # rows of others


def check(value: Any) -> None:
    """Raises CollectError where `result` says that nothing was shown."""
    for level in levels(value):
        result = level.get("result")
        if result in (None, 1) or isinstance(result, bool | str | Mapping | list):
            continue
        unknown = (Trouble.UNREADABLE, text_at(level, "error_msg", "message") or "unknown")
        trouble, why = _RESULTS.get(result, unknown) if isinstance(result, int) else unknown
        raise CollectError(trouble, f"result {result}: {why[:60]}")


def levels(value: Any) -> Iterator[Mapping[str, Any]]:
    """The objects in which lists and profiles were seen, from the outside in."""
    for path in ("", "data", "data.visionProfile", "data.visionProfilePhotoList"):
        found = dig(value, path) if path else value
        if isinstance(found, Mapping):
            yield found


# -- profiles ------------------------------------------------------------------------------


def faces(value: Any) -> Iterator[Face]:
    """The profiles in an answer, in the shapes of the live site, REST and GraphQL."""
    for level in levels(value):
        if isinstance(level.get("userProfile"), Mapping):
            yield _web_face(level["userProfile"])
        for key in ("userInfo", "sensitiveUserInfo"):
            if isinstance(level.get(key), Mapping):
                yield face_of(level[key])


def face_of(user: Mapping[str, Any]) -> Face:
    """The live site's user or author object."""
    return Face(
        ids_in(user, *_IDS),
        line(user.get("name") or user.get("userName"), 60),
        _text(user, "description", "user_text", "userText"),
        _picture(user),
        text_at(user, "verifiedStatus.description", "verifiedDetail.description")[:200] or None,
        count(dig(user, "counts.fan")) or None,
        _exact(dig(user, "counts.open"), dig(user, "counts.photo")),
    )


def _web_face(user: Mapping[str, Any]) -> Face:
    """`userProfile`: the counts stand beside the profile, and may be rounded ("1.3万")."""
    profile, counts = mapping(user.get("profile")), mapping(user.get("ownerCount"))
    return Face(
        ids_in(profile, *_IDS),
        line(profile.get("user_name"), 60),
        _text(profile, "user_text"),
        _picture(profile),
        text_at(profile, "verifiedDetail.description")[:200] or None,
        count(counts.get("fan")),
        _exact(counts.get("photo_public")),
    )


def _text(user: Mapping[str, Any], *keys: str) -> str | None:
    found = [user[key] for key in keys if isinstance(user.get(key), str)]
    return text_of(found[0]) if found else None


def _picture(user: Mapping[str, Any]) -> str | None:
    return file_name(user.get("avatar") or user.get("headurl") or user.get("headerUrl"))


def _exact(*values: Any) -> int | None:
    """The first number that is not rounded."""
    plain = (v for v in values if isinstance(v, int) or (isinstance(v, str) and v.isdecimal()))
    return next((count(value) for value in plain), None)


def together(one: Face | None, other: Face) -> Face:
    """Two answers about one account as one: what the first does not say, the other may."""
    if one is None:
        return other
    return Face(
        one.ids | other.ids,
        one.name or other.name,
        other.bio if one.bio is None else one.bio,
        one.avatar or other.avatar,
        one.verified_as or other.verified_as,
        one.followers or other.followers,
        other.works if one.works is None else one.works,
    )


def profile_of(face: Face, handle: str) -> Profile:
    """The face as it is kept. A badge is its text; where there is none nothing is said of it."""
    return Profile(
        handle=handle,
        name=face.name,
        bio=face.bio,
        avatar=face.avatar,
        verified=True if face.verified_as else None,
        verified_as=face.verified_as,
        followers=face.followers,
        post_count=face.works,
    )


# -- works ---------------------------------------------------------------------------------


def works_of(value: Any, owner: Owner, page: Page) -> Works | None:
    """The account's works in a list answer; None where it holds no list."""
    rows = next(_lists(value), None)
    if rows is None:
        return None
    asked = asked_for(page.url, "principalId", "user_id", "userId")
    read = [_row(row, owner, asked, page.at) for row in rows]
    sure = any(grade >= Match.NAME for grade, _, _ in read)
    strangers = any(grade is Match.NONE for grade, _, _ in read)
    # rows whose author cannot be compared count only where nothing speaks against them
    least = Match.NAME if sure or strangers else Match.ASKED
    own = [(post, face) for grade, post, face in read if grade >= least]
    nobodys = sum(1 for _, _, face in read if not (face.ids or face.name))
    unread = nobodys + sum(1 for post, face in own if post is None and (face.ids or face.name))
    return Works(
        tuple(post for post, _ in own if post),
        next((face for _, face in own if face.name), None),
        unread,
        len(rows) - len(own),
    )


def _lists(value: Any) -> Iterator[list[Any]]:
    for level in levels(value):
        for key in ("list", "feeds"):
            if isinstance(level.get(key), list):
                yield level[key]


def _row(
    row: Any, owner: Owner, asked: frozenset[str], seen: datetime
) -> tuple[Match, Post | None, Face]:
    """Whose a row is, the work, and its author."""
    outer = mapping(row)
    photo = mapping(outer.get("photo")) or outer
    face = face_of(mapping(outer.get("author") or photo.get("author")))
    stamp = _stamped(photo)
    grade = match(owner, face.ids, face.name, asked)
    if grade is not Match.ID and stamp and stamp[1]:  # the file name has his number
        grade = match(owner, face.ids | {stamp[1]}, face.name, asked)
    return grade, _post(photo, stamp, seen), face


def _post(
    photo: Mapping[str, Any], stamp: tuple[datetime, str] | None, seen: datetime
) -> Post | None:
    number = ident(photo.get("id") or photo.get("photoId"))
    at = moment_of(photo, seen, stamp)
    if not number or at is None:
        return None
    plain = number.isascii() and number.isalnum()
    return Post(
        id=number,
        at=at,
        title=line(photo.get("caption")),
        url=f"https://www.kuaishou.com/short-video/{number}" if plain else None,
        pinned=photo.get("profileUserTopPhoto") in (True, 1),
    )


def moment_of(
    photo: Mapping[str, Any], seen: datetime, stamp: tuple[datetime, str] | None = None
) -> datetime | None:
    """When a work was published, by its `timestamp`, else by the stamp; None if not credible."""
    at = _told(photo.get("timestamp")) or (stamp[0] if stamp else None)
    return None if at is None or at < _FOUNDED or is_future(at, seen) else at


def _told(milliseconds: Any) -> datetime | None:
    """`timestamp` of the web site's feeds: epoch in milliseconds."""
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, int):
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC) if 0 < milliseconds < 10**13 else None


def _stamped(photo: Mapping[str, Any]) -> tuple[datetime, str] | None:
    """Moment and author's number from the file names of a work."""
    pictures: Iterable[Any] = sequence(photo.get("imgUrls"))
    for url in (photo.get("playUrl"), photo.get("poster"), photo.get("coverUrl"), *pictures):
        found = published(url)
        if found is not None:
            return found
    return None


def published(url: Any) -> tuple[datetime, str] | None:
    """Moment of publication and author's number ("" if not said) in a file's address.

    /upic/2026/08/07/16/B<base64 of yyyymmddHHMMSS_author_work_…>, whose folders must say the same
    hour, or /atlas/<base64 of something_epoch ms>.
    """
    if not isinstance(url, str):
        return None
    if clip := _CLIP.search(url):
        text = _STAMP.match(_decoded(clip[5]))
        if text is None or text[1][:10] != "".join(clip.group(1, 2, 3, 4)):
            return None
        try:
            local = datetime.strptime(text[1], "%Y%m%d%H%M%S").replace(tzinfo=BEIJING)
        except ValueError:
            return None
        return local.astimezone(UTC), text[2]
    if atlas := _ATLAS.search(url):
        numbered = _NUMBERED.fullmatch(_decoded(atlas[1]))
        at = _told(int(numbered[1])) if numbered else None
        return (at, "") if at else None
    return None


def _decoded(text: str) -> str:
    """The text behind base64 whose end may be missing."""
    bare = text.rstrip("=")
    bare = bare[: len(bare) - (len(bare) % 4 == 1)]
    try:
        return b64decode(bare + "=" * (-len(bare) % 4)).decode("ascii", "ignore")
    except (BadBase64, ValueError):
        return ""
