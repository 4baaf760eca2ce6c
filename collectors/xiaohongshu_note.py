"""小红书 by pasted links to notes, copied with their xsec_token, and the short links of the app.

A note opened without its token says 当前笔记暂时无法浏览, like one that is gone: neither says
anything of the account.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from collectors import Collector, Need
from collectors._pasted import Shown, read_pasted, recogniser, settle
from collectors._values import epoch, line, mapping
from collectors._whose import ids_in
from collectors._xhr import dig, file_name, unfold
from collectors._xiaohongshu import HOSTS, UNAVAILABLE, state_of
from watcher.model import (
    CollectError,
    Coverage,
    Fetch,
    Pace,
    Post,
    Profile,
    Request,
    Sighting,
    Source,
    Trouble,
)

_LINKS = re.compile(
    r"https://(?:xhslink\.com/[\w/]{3,40}"
    r"|(?:www\.)?xiaohongshu\.com/(?:explore|discovery/item|user/profile/[0-9a-f]{24})/[0-9a-f]{24})"
)
_NOTE = re.compile(
    r"^\S+/(?:explore|item|profile/[0-9a-f]{24})/(?P<id>[0-9a-f]{24})(?P<rest>\?\S*)?"
)


async def collect(source: Source, fetch: Fetch) -> Sighting:
    """Read the pasted links. Settings: `links`, `user_id`, `red_id`. Raises CollectError."""
    return await read_pasted(source, fetch, _LINKS, _read, "user_id", "red_id")


async def _read(link: str, source: Source, fetch: Fetch) -> Shown:
    found = await unfold(link, fetch, _NOTE)
    page = await fetch(Request(found[0], render=True))
    state = state_of(page)
    notes = mapping(dig(state, "note.noteDetailMap"))
    note = mapping(dig(notes.get(found["id"]), "note")) or mapping(dig(state, "note.note"))
    if note.get("time"):
        return _shown(found["id"], note, page.at)
    if UNAVAILABLE in page.text:
        why = f"{UNAVAILABLE}: copy the link anew, with its xsec_token"
        raise CollectError(Trouble.UNREADABLE, why)
    raise CollectError(Trouble.UNREADABLE, f"the page shows no note {found['id']}")


def _shown(number: str, note: Mapping[str, Any], seen: datetime) -> Shown:
    if (note.get("noteId") or number) != number:
        raise CollectError(Trouble.UNREADABLE, f"the page shows another note than {number}")
    at, edited = (_moment(note.get(key), seen) for key in ("time", "lastUpdateTime"))
    user = mapping(note.get("user"))
    name = line(user.get("nickname") or user.get("nickName"), 60)
    if at is None or not name:
        raise CollectError(Trouble.UNREADABLE, f"note {number} without author or time")
    title = line(note.get("title")) or line(note.get("desc"))
    url = f"https://www.xiaohongshu.com/explore/{number}"
    later = edited if edited and edited > at else None
    post = Post(number, at, title, url, edited_at=later)
    profile = Profile("", name, avatar=file_name(user.get("avatar")))
    return Shown(post, ids_in(user, "userId", "user_id"), profile)


def _moment(milliseconds: Any, seen: datetime) -> datetime | None:
    """Epoch in milliseconds."""
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, int):
        return None
    return epoch(milliseconds // 1000, seen)


collector = Collector(
    name="xiaohongshu_note",
    platform="xiaohongshu",
    hosts=HOSTS,
    collect=collect,
    coverage=Coverage.PARTIAL,
    pace=Pace(gap=60.0),
    needs=frozenset({Need.BROWSER, Need.PERSON}),
    paths=("/explore/", "/discovery/"),
    settle=settle,
    title="小红书笔记链接（人工粘贴）",
    forms=("xiaohongshu",),
    sees=frozenset({"avatar"}),
    recognise=recogniser("xiaohongshu_note", _LINKS),
)
