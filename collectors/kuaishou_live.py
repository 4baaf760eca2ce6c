"""快手: does the account exist, and under what name; from the state of its live room's page.

One plain request, no browser: the page takes any of the account's ids and answers with the author.
It lists no works, so it never proves anything about updates. A page that was refused carries an
empty author as well, like that of nobody: "gone" is only what the platform says in its own words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from collectors import Collector, Sure
from collectors._kuaishou import HOSTS, PROFILE_LINK, face_of, profile_of
from collectors._values import line, mapping, sequence
from collectors._whose import Match, match, owner_of
from collectors._xhr import check_status, dig, script_state, unfold
from watcher.model import (
    CollectError,
    Coverage,
    Fetch,
    Pace,
    Request,
    Sighting,
    Source,
    Trouble,
)

ROOM = "https://live.kuaishou.com/u/"
_NOT_FOUND: Mapping[int, str] = {1: "主播不存在", 22: "错误代码22"}


async def collect(source: Source, fetch: Fetch) -> Sighting:
    """Look the account up. Settings as for `kuaishou`. Raises CollectError; GONE where it says
    主播不存在."""
    name = source.handle
    if name.startswith(("http://", "https://")):
        name = (await unfold(name, fetch, PROFILE_LINK))["id"]
    page = await fetch(Request(f"{ROOM}{quote(name, safe='')}"))
    if (urlsplit(page.url).hostname or "").startswith("captcha."):
        raise CollectError(Trouble.BLOCKED, "sent to the captcha")
    check_status(page)
    shown = urlsplit(page.url).path.rstrip("/").rpartition("/")[2]
    state = script_state(page.text, "__INITIAL_STATE__")
    if state is None:
        said = "请求过快" if "请求过快" in page.text else "the page carries no state"
        trouble = Trouble.BLOCKED if said == "请求过快" else Trouble.UNREADABLE
        raise CollectError(trouble, said)
    if shown != name:
        raise CollectError(Trouble.UNREADABLE, f"the page of {shown[:40]!r}, not of {name!r}")
    face = face_of(check_room(state))
    owner = owner_of(source, "user_id", "eid").learns({name})
    if not face.name or match(owner, face.ids, face.name, frozenset({name})) is Match.NONE:
        raise CollectError(Trouble.UNREADABLE, f"the room of another account: {face.name!r}")
    return Sighting(profile_of(face, source.handle), coverage=Coverage.PARTIAL)


def check_room(state: Any) -> Mapping[str, Any]:
    """The author of live.kuaishou.com/u/<id>. Raises CollectError.

    A page that was refused has an empty author too: only the platform's own words make it GONE.
    """
    rows = sequence(dig(state, "liveroom.playList"))
    room = mapping(rows[0]) if rows else {}
    author, said = mapping(room.get("author")), mapping(room.get("errorType"))
    if author.get("name"):
        return author
    kind, title = said.get("type"), line(said.get("title"), 60)
    if isinstance(kind, int) and _NOT_FOUND.get(kind) == title:
        raise CollectError(Trouble.GONE, title)
    if kind == 2 or "请求过快" in title:
        raise CollectError(Trouble.BLOCKED, title or "asked too fast")
    if not room:
        raise CollectError(Trouble.UNREADABLE, "the page holds no live room")
    raise CollectError(Trouble.BLOCKED, f"a room without author, error {kind!r:.12}: {title}")


collector = Collector(
    name="kuaishou_live",
    platform="kuaishou",
    hosts=HOSTS,
    collect=collect,
    coverage=Coverage.PARTIAL,
    pace=Pace(gap=60.0),
    paths=("/u/",),
    title="快手直播间页面（仅核对存在与名称）",
    forms=("kuaishou",),
    sees=frozenset({"bio", "avatar", "verified", "verified_as", "followers", "post_count"}),
    sure=Sure.UNCONFIRMED,
)
