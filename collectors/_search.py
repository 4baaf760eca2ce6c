"""What all ways of searching share: the query, the rows, an operator's session. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote

from collectors._values import text_of
from watcher.model import CollectError, Fetch, Hits, Profile, Session, Source, Trouble

LONGEST = 40  # characters of a query: no account's name is longer
MOST = 60  # rows of one answer that are taken
_TAG = re.compile(r"<!--.*?-->|<[^<>]{0,300}>", re.DOTALL)
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,3}", re.ASCII)
_LINK = re.compile(r"https?://[\w.-]{1,120}(?:/[\w./?=&%#-]{0,200})?", re.ASCII)
_COOKIE = re.compile(r"\s*([\w.$-]{1,80})=([^;\s]{0,4000})\s*", re.ASCII)


def wanted(source: Source) -> str:
    """The query. Raises UNREADABLE where there is none."""
    query = " ".join(text_of(source.handle, 200).split())[:LONGEST]
    if not query:
        raise CollectError(Trouble.UNREADABLE, "nothing to search for")
    return query


def escaped(query: str) -> str:
    """The query as part of an address."""
    return quote(query, safe="")


def plain(value: object, limit: int = 200) -> str:
    """A text on one line without the tags that mark where it was hit."""
    return " ".join(_TAG.sub("", text_of(value, 20 * limit)).split())[:limit]


def traits(bio: str | None, **shown: object) -> Mapping[str, str]:
    """What a row shows beside the face, as text; e-mail addresses and links of the bio too."""
    found = {name: str(value)[:500] for name, value in shown.items() if value not in ("", None)}
    for name, pattern in (("emails", _MAIL), ("links", _LINK)):
        said = dict.fromkeys(pattern.findall(bio or ""))
        if said:
            found[name] = " ".join(said)[:500]
    return found


def hits(rows: Iterable[Profile | None], complete: bool = True, detail: str = "") -> Hits:
    """The accounts of an answer, each once, in its order."""
    known: dict[str, Profile] = {}
    for row in rows:
        if row is not None and row.handle and row.name and len(known) < MOST:
            known.setdefault(row.handle, row)
    return Hits(tuple(known.values()), complete, detail)


async def operator(source: Source, fetch: Fetch) -> Session:
    """The session of a person's own login, as the configuration refers to it.

    Raises BLOCKED where none is configured: then nobody can have searched.
    """
    cookies = cookies_of(str(source.settings.get("cookie") or ""))
    if not cookies:
        raise CollectError(Trouble.BLOCKED, "no operator's cookie is configured")
    token = str(source.settings.get("token") or "")
    return Session(cookies=cookies, params={"token": token} if token else {})


async def perhaps_operator(source: Source, fetch: Fetch) -> Session:
    """As `operator`, or nobody's session where none is configured."""
    return Session(cookies=cookies_of(str(source.settings.get("cookie") or "")))


def cookies_of(header: str) -> dict[str, str]:
    """The pairs of a Cookie header as a browser shows it."""
    pairs = (_COOKIE.fullmatch(part) for part in header[:16_000].split(";"))
    return {pair[1]: pair[2] for pair in pairs if pair}
