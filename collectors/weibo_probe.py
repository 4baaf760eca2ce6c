"""新浪微博, the account of exactly this name, as a guest: weibo.com's own lookup by name.

It tells of one name and of no look-alike. "No such user" is also what it has said of users that
exist, so whoever asks must ask for a name that is known to be there as well (watcher/searching.py).
"""

from __future__ import annotations

from collectors import Collector, Sure
from collectors._search import escaped, hits, wanted
from collectors._weibo import answer, mapping, text_of, wants_handshake
from collectors._weibo_guest import handshake
from collectors._weibo_user import read_user
from watcher.model import CollectError, Fetch, Hits, Page, Request, Source, Trouble

INFO = "https://weibo.com/ajax/profile/info"


async def probe(source: Source, fetch: Fetch) -> Hits:
    """The account whose name is the query, or none. Raises CollectError."""
    name = wanted(source)
    page = await _ask(name, fetch)
    try:
        told = answer(page)
    except CollectError as error:
        if error.trouble is Trouble.GONE:
            return Hits()
        if error.trouble is Trouble.BANNED:
            return Hits(detail="该名称的账号已被平台关停")
        raise
    user = mapping(mapping(told).get("user"))
    if not user:
        raise CollectError(Trouble.UNREADABLE, "no user in the answer")
    if text_of(user.get("screen_name")).strip().casefold() != name.casefold():
        raise CollectError(Trouble.UNREADABLE, "the answer is about another name")
    found = hits([read_user(user)])
    if not found.profiles:
        raise CollectError(Trouble.UNREADABLE, "a user without a number")
    return found


async def _ask(name: str, fetch: Fetch) -> Page:
    headers = {"Referer": "https://weibo.com/", "X-Requested-With": "XMLHttpRequest"}
    url = f"{INFO}?screen_name={escaped(name)}"
    page = await fetch(Request(url, headers=headers, session="guest"))
    if wants_handshake(page) is None:
        return page
    return await fetch(Request(url, headers=headers, session="guest", renew=True))


searcher = Collector(
    name="weibo_probe",
    platform="weibo",
    hosts=frozenset(
        {
            "weibo.com",
            "m.weibo.cn",
            "visitor.passport.weibo.cn",
            "passport.weibo.com",
            "passport.weibo.cn",
            "login.sina.com.cn",
        }
    ),
    probe=probe,
    handshake=handshake,
    title="新浪微博同名探测",
    forms=("weibo",),
    sees=frozenset(
        {"bio", "avatar", "verified", "verified_type", "verified_as", "followers", "post_count"}
    ),
    sure=Sure.UNCONFIRMED,
)
