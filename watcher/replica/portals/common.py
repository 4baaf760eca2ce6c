"""What the portals share: a portal as a value, who may be shown, and how posts are numbered."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any, TypeAlias

from watcher.model import Source
from watcher.replica.web import NOT_FOUND, Answer, Ask, as_html, misbehaviour
from watcher.replica.world import Actor, Item, Scene, View, World, view

Wall: TypeAlias = Callable[[frozenset[Scene]], Answer | None]
_ACCOUNTS = 1_000_000  # six digits of the account's number tell the accounts of a world apart


@dataclass(frozen=True, slots=True)
class Portal:
    """One portal: `form` is the account type of the filing form, `key` the lane it is read in."""

    key: str
    form: str
    hosts: tuple[str, ...]
    answer: Callable[[World, Ask, datetime], Answer]
    identity: Callable[[int], tuple[str, Mapping[str, str]]]  # of an account, by its number
    sources: Callable[[Actor, datetime], tuple[Source, ...]]  # best first; what was known then
    url: Callable[[Actor], str]


def walled(captcha: Answer, login: Answer, gone: Answer, newer: Answer) -> Wall:
    """What stands before a portal's pages: walls, the word that it is gone, another design."""

    def wall(scenes: frozenset[Scene]) -> Answer | None:
        if Scene.CAPTCHA in scenes:
            return captcha
        if Scene.LOGIN_WALL in scenes:
            return login
        if scenes & {Scene.GONE, Scene.BANNED}:
            return gone
        return newer if Scene.LAYOUT_CHANGED in scenes else None

    return wall


def shown(
    world: World,
    ask: Ask,
    now: datetime,
    actor: Actor,
    wall: Wall,
    page: Callable[[View], Answer],
) -> Answer:
    """A page of the account, unless something stands in front of it."""
    seen = view(actor, now)
    if refused := misbehaviour(seen, ask) or wall(seen.scenes):
        return refused
    return page(view(world.other(actor), now) if Scene.WRONG_ACCOUNT in seen.scenes else seen)


def shown_post(
    world: World,
    ask: Ask,
    now: datetime,
    found: tuple[Actor, Item] | None,
    wall: Wall,
    page: Callable[[View, Item], Answer],
    lost: Answer = NOT_FOUND,
) -> Answer:
    """A post's page; `lost` where there is no such post, not yet, or no longer."""
    if found is None:
        return lost
    actor, item = found

    def of(seen: View) -> Answer:
        if seen.actor is not actor:  # somebody else's post under this address
            return page(seen, seen.posts()[0])
        return page(seen, item) if item in seen.posts() else lost

    return shown(world, ask, now, actor, wall, of)


def post_number(actor: Actor, item: Item) -> str:
    """Eleven digits: six of the account, five of the post."""
    return f"{actor.number % _ACCOUNTS:06d}{item.number:05d}"


def find_post(world: World, platform: str, digits: str) -> tuple[Actor, Item] | None:
    """The account and post that eleven digits name."""
    for actor in world.actors.values():
        if actor.platform == platform and f"{actor.number % _ACCOUNTS:06d}" == digits[:6]:
            mine = (item for item in actor.items if f"{item.number:05d}" == digits[6:])
            return next(((actor, item) for item in mine), None)
    return None


def newest_before(one: Actor, start: datetime) -> Item | None:
    """The post that the editors would have pasted at the start."""
    known = [item for item in one.items if item.visible_from <= start]
    return max(known, key=lambda item: item.at, default=None)


def listed(seen: View) -> tuple[Item, ...]:
    """The posts of a list: newest first, none where a guest is shown none."""
    return () if Scene.GUEST_HIDES in seen.scenes else seen.posts()


def face(seen: View) -> str:
    """The file name of the account's picture; a new one after a renaming."""
    return f"{seen.actor.number:08x}{'b' if Scene.RENAMED in seen.scenes else 'a'}"


def document(title: str, body: str, head: str = "", status: int = 200) -> Answer:
    """A whole page; `title` is text, the others are HTML."""
    return as_html(
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"{head}</head><body>{body}</body></html>",
        status,
    )


def inline(value: Any) -> str:
    """JSON as it stands inside a script."""
    return json.dumps(value, ensure_ascii=False).replace("</", "<\\/")
