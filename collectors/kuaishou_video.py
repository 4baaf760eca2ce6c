"""快手 by pasted links: www.kuaishou.com/short-video/<id>, and the short links of the app.

The page carries the work and its author in a script: Apollo's state, or INIT_STATE where a phone
lands. A page without them is a wall or a removed work, never a dead account.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from collectors import Collector, Need
from collectors._kuaishou import HOSTS, moment_of, published
from collectors._pasted import Shown, read_pasted, recogniser, settle
from collectors._values import ident, line, mapping
from collectors._whose import ids_in
from collectors._xhr import check_status, file_name, script_state, unfold
from watcher.model import (
    CollectError,
    Coverage,
    Fetch,
    Pace,
    Page,
    Post,
    Profile,
    Request,
    Sighting,
    Source,
    Trouble,
)

_LINKS = re.compile(
    r"https://(?:v\.kuaishou\.com/[\w-]{4,20}"
    r"|(?:www\.)?kuaishou\.com/(?:short-video|f)/[\w-]{4,40}"
    r"|(?:[\w-]+\.){1,3}chenzhongtech\.com/fw/photo/[\w-]{4,40})"
)
_WORK = re.compile(r"(?:/(?:short-video|photo)/|[?&](?:photoId|shareObjectId)=)(?P<id>\w{6,30})")
_PHOTO, _AUTHOR = "VisionVideoDetailPhoto:", "VisionVideoDetailAuthor:"


async def collect(source: Source, fetch: Fetch) -> Sighting:
    """Read the pasted links. Settings: `links`, `user_id`, `eid`. Raises CollectError."""
    return await read_pasted(source, fetch, _LINKS, _read, "user_id", "eid")


async def _read(link: str, source: Source, fetch: Fetch) -> Shown:
    number = (await unfold(link, fetch, _WORK))["id"]
    page = await fetch(Request(f"https://www.kuaishou.com/short-video/{number}"))
    if (urlsplit(page.url).hostname or "").startswith("captcha."):
        raise CollectError(Trouble.BLOCKED, "sent to the captcha")
    check_status(page)
    for photo, author in _works(page):
        if ident(photo.get("id") or photo.get("photoId")) in ("", number):
            return _shown(number, photo, author, page.at)
    if "请求过快" in page.text or "captcha" in page.text:
        raise CollectError(Trouble.BLOCKED, "the page asks for patience or a captcha")
    raise CollectError(Trouble.UNREADABLE, f"the page shows no work {number}: removed or withheld")


def _works(page: Page) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """The works that a page is about, each with its author."""
    html = page.text
    client = mapping(mapping(script_state(html, "__APOLLO_STATE__")).get("defaultClient"))
    authors = [mapping(v) for key, v in client.items() if re.fullmatch(rf"{_AUTHOR}[^.]+", key)]
    for key, node in client.items():
        if re.fullmatch(rf"{_PHOTO}[^.]+", key) and len(authors) == 1:
            yield {"id": key.removeprefix(_PHOTO), **mapping(node)}, authors[0]
    for part in mapping(script_state(html, "INIT_STATE")).values():
        photo = mapping(mapping(part).get("photo"))
        if photo.get("timestamp"):
            author = {**photo, "id": photo.get("userEid"), "name": photo.get("userName")}
            yield {**photo, "id": photo.get("photoEid")}, author


def _shown(
    number: str, photo: Mapping[str, Any], author: Mapping[str, Any], seen: datetime
) -> Shown:
    name = line(author.get("name"), 60)
    at = moment_of(photo, seen)
    if not name or at is None:
        raise CollectError(Trouble.UNREADABLE, f"work {number} without author or time")
    url = f"https://www.kuaishou.com/short-video/{number}"
    stamp = published(photo.get("photoUrl")) or published(photo.get("coverUrl"))
    ids = ids_in(author, "id", "userId") | ({stamp[1]} if stamp and stamp[1] else set())
    profile = Profile("", name, avatar=file_name(author.get("headerUrl") or author.get("headUrl")))
    return Shown(Post(number, at, line(photo.get("caption")), url), ids, profile)


collector = Collector(
    name="kuaishou_video",
    platform="kuaishou",
    hosts=HOSTS,
    collect=collect,
    coverage=Coverage.PARTIAL,
    pace=Pace(gap=60.0),
    needs=frozenset({Need.PERSON}),
    paths=("/short-video/", "/f/", "/fw/"),
    settle=settle,
    title="快手作品链接（人工粘贴）",
    forms=("kuaishou",),
    sees=frozenset({"avatar"}),
    recognise=recogniser("kuaishou_video", _LINKS),
)
