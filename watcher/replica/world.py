"""The world that the replica shows: accounts, their posts and what goes wrong, by the moment.

All values are frozen and every question takes the moment it is asked for; two equal questions have
equal answers. Nobody here exists: names resemble real offices, every identifier is invented.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from zlib import crc32


class Scene(StrEnum):
    """What an account, or the platform in front of it, may be up to."""

    NORMAL = "normal"  # posts as its timetable says
    SILENT = "silent"  # nothing is posted while the act plays
    SILENT_9 = "silent_9"  # nothing from 9 days before the act begins until it ends
    SILENT_13 = "silent_13"  # the same, 13 days
    SILENT_15 = "silent_15"  # the same, 15 days
    SILENT_40 = "silent_40"  # the same, 40 days
    SILENT_100 = "silent_100"  # the same, 100 days
    SILENT_200 = "silent_200"  # the same, 200 days
    PINNED_OLD = "pinned_old"  # an old post pinned on top, newer ones below it
    PINNED_NEWEST = "pinned_newest"  # the pinned post is the newest, all others are older
    NEWEST_DELETED = "newest_deleted"  # the post that was newest when the act began is gone
    CAPTCHA = "captcha"  # a captcha wall with HTTP 200, in the platform's own shape
    STATUS_432 = "status_432"  # the anti-bot status of m.weibo.cn
    EMPTY_BODY = "empty_body"  # HTTP 200 and nothing in it
    GUEST_HIDES = "guest_hides"  # a guest is shown the profile and an empty list
    GONE = "gone"  # the platform says: no such account
    BANNED = "banned"  # the platform says: closed for breaking its rules
    RENAMED = "renamed"  # the account shows `Actor.new_name`
    NEW_AVATAR = "new_avatar"  # another picture at another address
    MOVED_AVATAR = "moved_avatar"  # the same picture, encoded anew, at another address
    AVATAR_LOST = "avatar_lost"  # another address, at which there is nothing
    SLOW = "slow"  # the answer drips for longer than anybody should wait
    HANG = "hang"  # the answer never begins
    HUGE = "huge"  # a body of 64 MiB
    BOMB = "bomb"  # 64 KiB that unpack to 64 MiB
    REDIRECT_LOOP = "redirect_loop"  # redirected for ever, inside the same host
    WRONG_ACCOUNT = "wrong_account"  # a well-formed answer about another account
    LOGIN_WALL = "login_wall"  # please log in first, with HTTP 200
    LAYOUT_CHANGED = "layout_changed"  # a well-formed answer that nobody has seen before
    TOO_MANY = "too_many"  # 429 with Retry-After
    SERVER_ERROR = "server_error"  # 502 from the platform's gateway
    NOT_PERMITTED = "not_permitted"  # an official API without the permission set (48001)


SILENT: Mapping[Scene, timedelta] = {
    Scene.SILENT: timedelta(0),
    Scene.SILENT_9: timedelta(days=9),
    Scene.SILENT_13: timedelta(days=13),
    Scene.SILENT_15: timedelta(days=15),
    Scene.SILENT_40: timedelta(days=40),
    Scene.SILENT_100: timedelta(days=100),
    Scene.SILENT_200: timedelta(days=200),
}


@dataclass(frozen=True, slots=True)
class Act:
    """A scene and when it plays: [begins, ends); None is open."""

    scene: Scene
    begins: datetime | None = None
    ends: datetime | None = None

    def plays(self, now: datetime) -> bool:
        return (self.begins is None or self.begins <= now) and (
            self.ends is None or now < self.ends
        )


@dataclass(frozen=True, slots=True)
class Item:
    """One post of the world. `shown` is when it became visible, if later than it claims."""

    number: int  # position in the account's history; ids are made of it
    at: datetime  # the time it claims
    title: str
    pinned: bool = False
    repost: bool = False
    notified: bool = True  # WeChat: sent with a notification (群发)
    edited: datetime | None = None
    shown: datetime | None = None

    @property
    def visible_from(self) -> datetime:
        return max(self.at, self.shown or self.at)


@dataclass(frozen=True, slots=True, eq=False)
class Actor:
    """One account of the replica. `items` are ordered by `visible_from`; compared by identity."""

    platform: str
    handle: str  # weibo uid, gh_ id, sec_uid, feed path, list path
    name: str
    bio: str
    verified_as: str
    items: tuple[Item, ...]
    shown_at: tuple[datetime, ...]
    acts: tuple[Act, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict)
    flaky: int = 0  # of 100 minutes, those in which the platform does not answer it

    @property
    def key(self) -> str:
        return f"{self.platform}-{self.handle}"

    @property
    def number(self) -> int:
        """A stable number of the account, to make ids from."""
        return crc32(self.key.encode())

    @property
    def new_name(self) -> str:
        return self.extra.get("new_name", f"{self.name}发布")


def actor(
    platform: str,
    handle: str,
    name: str,
    items: Iterable[Item],
    *,
    bio: str = "",
    verified_as: str = "",
    acts: tuple[Act, ...] = (),
    extra: Mapping[str, str] | None = None,
    flaky: int = 0,
) -> Actor:
    """An actor whose silences are already taken out of its history."""
    kept = sorted(_speaking(items, acts), key=lambda item: (item.visible_from, item.number))
    return Actor(
        platform,
        handle,
        name,
        bio or f"{name}官方账号，发布权威信息，回应群众关切。",
        verified_as,
        tuple(kept),
        tuple(item.visible_from for item in kept),
        acts,
        extra or {},
        flaky,
    )


def _speaking(items: Iterable[Item], acts: tuple[Act, ...]) -> Iterable[Item]:
    gaps = [
        (act.begins - SILENT[act.scene], act.ends)
        for act in acts
        if act.scene in SILENT and act.begins is not None
    ]
    for item in items:
        if not any(a < item.at and (b is None or item.at < b) for a, b in gaps):
            yield item


@dataclass(frozen=True, slots=True)
class Outage:
    """A whole platform answers nothing but 502 in [begins, ends)."""

    platform: str
    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """Everything the replica can be asked about."""

    actors: Mapping[tuple[str, str], Actor]  # by platform and handle
    outages: tuple[Outage, ...] = ()
    gates: tuple[Outage, ...] = ()  # … in which it can be read, and not searched
    seen_as: Mapping[tuple[str, str], Actor] = field(
        default_factory=dict
    )  # appid, biz, album, link

    def find(self, platform: str, handle: str) -> Actor | None:
        return self.actors.get((platform, handle))

    def is_out(self, platform: str, now: datetime) -> bool:
        return any(o.platform == platform and o.begins <= now < o.ends for o in self.outages)

    def is_gated(self, platform: str, now: datetime) -> bool:
        return any(g.platform == platform and g.begins <= now < g.ends for g in self.gates)

    def other(self, than: Actor) -> Actor:
        """Another account of the same platform, or a stranger where there is none."""
        for candidate in self.actors.values():
            if candidate.platform == than.platform and candidate is not than:
                return candidate
        handle = f"{than.handle[:-1]}{'7' if than.handle[-1] != '7' else '8'}"
        return actor(than.platform, handle, "某某日常", than.items, extra=than.extra)


def world(actors: Iterable[Actor], outages: Iterable[Outage] = ()) -> World:
    """A world of these actors. Raises ValueError where two have the same platform and handle."""
    by_handle: dict[tuple[str, str], Actor] = {}
    seen_as: dict[tuple[str, str], Actor] = {}
    for one in actors:
        if (one.platform, one.handle) in by_handle:
            raise ValueError(f"two actors are {one.key}")
        by_handle[one.platform, one.handle] = one
        for kind in ("appid", "biz", "album_id"):
            if value := one.extra.get(kind):
                seen_as[kind, value] = one
    return World(by_handle, tuple(outages), seen_as=seen_as)


@dataclass(frozen=True, slots=True)
class View:
    """What the public can see of an actor at a moment; two equal views render equally."""

    actor: Actor
    count: int  # posts that have become visible so far, deleted ones included
    scenes: frozenset[Scene]
    deleted: int | None = None  # number of the deleted post
    pinned: int | None = None  # number of the post that an act pins

    @property
    def name(self) -> str:
        return self.actor.new_name if Scene.RENAMED in self.scenes else self.actor.name

    def posts(self) -> tuple[Item, ...]:
        """Public posts as the platform lists them: pinned first, then by time, newest first."""
        items = [i for i in self.actor.items[: self.count] if i.number != self.deleted]
        items.sort(key=lambda item: item.at, reverse=True)
        items.sort(key=lambda item: not self.is_pinned(item))
        return tuple(items)

    def is_pinned(self, item: Item) -> bool:
        return item.pinned or item.number == self.pinned


def view(one: Actor, now: datetime) -> View:
    """What is to be seen of the actor now."""
    count = bisect_right(one.shown_at, now)
    acts = [act for act in one.acts if act.plays(now)]
    scenes = {act.scene for act in acts}
    if one.flaky and _fails(one, now):
        scenes.add(Scene.SERVER_ERROR)
    deleted = pinned = None
    for act in acts:
        before = bisect_right(one.shown_at, act.begins) if act.begins else count
        if act.scene is Scene.NEWEST_DELETED and before:
            deleted = max(one.items[:before], key=lambda item: item.at).number
        elif act.scene is Scene.PINNED_NEWEST and before:
            pinned = max(one.items[:before], key=lambda item: item.at).number
        elif act.scene is Scene.PINNED_OLD and before:
            pinned = one.items[before // 2].number
    return View(one, count, frozenset(scenes), deleted, pinned)


def posts_until(one: Actor, now: datetime) -> tuple[Item, ...]:
    """The public posts at that moment, as listed."""
    return view(one, now).posts()


def _fails(one: Actor, now: datetime) -> bool:
    minute = int(now.timestamp()) // 60
    return crc32(f"{one.key}:{minute}".encode()) % 100 < one.flaky
