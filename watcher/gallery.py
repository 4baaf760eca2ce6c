"""Avatars that are still to be fetched: what readings showed and no picture is known of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from watcher.avatar_links import Link, link_to
from watcher.canonical import picture_key
from watcher.faces import Picture
from watcher.model import Snapshot
from watcher.reading import Seen

MOST = 2000  # pictures that wait; more are found again by the next readings
TRIES = 3  # in a row that brought nothing; after them one a day
DAY = timedelta(days=1)
REST = timedelta(minutes=15)  # for a lane whose pictures are refused
NO_LINK = "页面未给出图片地址"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A picture to fetch: whose, in which lane, under which address the reading showed it."""

    account: str
    lane: str
    avatar: str
    link: Link | None
    at: datetime  # of the reading


@dataclass(slots=True)
class Gallery:
    """What waits, oldest first, and what is known; `known` None: not loaded yet."""

    known: dict[str, Mapping[str, Picture]] | None = None  # by account and key of the address
    waiting: dict[tuple[str, str], Wanted] = field(default_factory=dict)
    resting: dict[str, datetime] = field(default_factory=dict)  # lane -> until when


def note_avatar(gallery: Gallery, account: str, lane: str, seen: Seen) -> None:
    """Note the avatar that a reading of ours showed, where its picture is not known for sure.

    Two readings are needed for that: an error page in place of a picture must prove nothing.
    """
    outcome = seen.outcome
    if not isinstance(outcome, Snapshot):
        return
    avatar = outcome.sighting.profile.avatar if outcome.sighting.profile else None
    if not avatar:
        return
    key = account, picture_key(avatar)
    waits = gallery.waiting.get(key)
    if waits is not None and outcome.at - waits.at < DAY:
        return  # addresses are signed for days, and looking one up costs as much as the reading
    known = (gallery.known or {}).get(account, {}).get(key[1])
    if (known is None or _again(known, outcome.at)) and len(gallery.waiting) < MOST:
        link = link_to(avatar, (*seen.kept, *seen.private))
        gallery.waiting[key] = Wanted(account, lane, avatar, link, outcome.at)


def recall(gallery: Gallery, known: Mapping[str, Mapping[str, Picture]]) -> None:
    """Take up what the database knows; what was noted before and is known waits no longer."""
    gallery.known = dict(known)
    for key, wanted in list(gallery.waiting.items()):
        picture = known.get(key[0], {}).get(key[1])
        if picture is not None and not _again(picture, wanted.at):
            del gallery.waiting[key]


def _again(known: Picture, now: datetime) -> bool:
    if known.sure or now <= known.at:
        return False
    return known.tries < TRIES or now - known.at >= DAY


def take(gallery: Gallery, closed: frozenset[str], now: datetime) -> Wanted | None:
    """The oldest that waits and may be fetched now; it waits no longer."""
    for key, wanted in gallery.waiting.items():
        rests = gallery.resting.get(wanted.lane)
        if wanted.lane not in closed and (rests is None or rests <= now):
            return gallery.waiting.pop(key)
    return None
