"""Bilibili's card of an account: its face and nothing that it published. PARTIAL by nature.

Two public addresses that need no signature, the second asked where the first refuses: the card of
the web pages, and the live room's master/info, which names the badge in full.
"""

from __future__ import annotations

from collectors import Collector, Sure
from collectors._bilibili import NoSuchError, data_of, mid_of, read_face
from collectors.bilibili import CARD
from watcher.model import (
    CollectError,
    Coverage,
    Fetch,
    Request,
    Sighting,
    Source,
    Trouble,
)

MASTER = "https://api.live.bilibili.com/live_user/v1/Master/info"


async def collect(source: Source, fetch: Fetch) -> Sighting:
    """Read the face of the account whose number (mid) is the handle. Raises CollectError."""
    mid = mid_of(source)
    refused: CollectError | None = None
    for address in (f"{CARD}?mid={mid}", f"{MASTER}?uid={mid}"):
        try:
            page = await fetch(Request(address))
            return Sighting(read_face(data_of(page), mid), coverage=Coverage.PARTIAL)
        except CollectError as error:
            if error.retry_after is not None or isinstance(error, NoSuchError):
                raise
            refused = refused or error
            if error.trouble is Trouble.UNREADABLE:
                break  # another account's card, or a new shape: the next door proves no more
    raise refused or CollectError(Trouble.UNREACHABLE, "no answer")


collector = Collector(
    name="bilibili_card",
    platform="bilibili",
    hosts=frozenset({"api.bilibili.com", "api.live.bilibili.com"}),
    paths=("/x/web-interface/card", "/live_user/", "/xlive/"),
    collect=collect,
    coverage=Coverage.PARTIAL,
    title="哔哩哔哩名片（仅资料）",
    forms=("other",),
    sees=frozenset({"bio", "avatar", "verified", "verified_type", "verified_as", "followers"}),
    sure=Sure.CAPTURED,
)
