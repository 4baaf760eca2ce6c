"""苹果 App Store (China) by Apple's own search: software of this or a similar name."""

from __future__ import annotations

import re
from typing import Any

from collectors import Collector, Sure
from collectors._search import escaped, hits, plain, traits, wanted
from collectors._values import ident, json_of, mapping, sequence, text_of
from watcher.model import CollectError, Fetch, Hits, Pace, Profile, Request, Source, Trouble

SEARCH = "https://itunes.apple.com/search?entity=software&country=cn&limit=25"
_ART = re.compile(r"/([0-9a-f]{8}-[0-9a-f-]{27})/")


async def search(source: Source, fetch: Fetch) -> Hits:
    """The apps that Apple lists first. Raises CollectError."""
    page = await fetch(Request(f"{SEARCH}&term={escaped(wanted(source))}"))
    told = json_of(page)
    rows, total = told.get("results"), told.get("resultCount")
    if not isinstance(rows, list) or isinstance(total, bool) or not isinstance(total, int):
        raise CollectError(Trouble.UNREADABLE, "an answer without its envelope")
    found = [_row(mapping(row)) for row in sequence(rows)]
    if total != len(found) or (found and not any(found)):
        raise CollectError(Trouble.UNREADABLE, "rows that are not as many as it counts")
    return hits(found)


def _row(row: dict[str, Any]) -> Profile | None:
    number, name = ident(row.get("trackId")), plain(row.get("trackName"), 100)
    if not number.isdigit() or not name:
        return None
    art, about = text_of(row.get("artworkUrl512")), text_of(row.get("description"))
    key = _ART.search(art)
    return Profile(
        handle=number,
        name=name,
        bio=about,
        avatar=key[1] if key else None,
        verified_as=text_of(row.get("sellerName"))[:200] or None,
        traits=traits(
            about,
            developer=plain(row.get("artistName")),
            package=plain(row.get("bundleId")),
            version=plain(row.get("version"), 60),
            url=f"https://apps.apple.com/cn/app/id{number}",
            avatar_url=art[:500],
            created=text_of(row.get("releaseDate"))[:40],
        ),
    )


searcher = Collector(
    name="app_apple_search",
    platform="apple",
    hosts=frozenset({"itunes.apple.com"}),
    search=search,
    pace=Pace(gap=6.0),
    title="苹果 App Store 搜索（中国区）",
    forms=("app",),
    sees=frozenset({"bio", "avatar", "verified_as", "traits"}),
    sure=Sure.CAPTURED,
)
