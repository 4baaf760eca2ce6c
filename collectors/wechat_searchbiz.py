"""微信公众号 search in the backend of an account that the office itself owns.

The best search for look-alikes, and somebody's login: it dies after about four days, or when that
person logs in elsewhere. Accounts may opt out of being found.
Settings by reference: `cookie` and `token` of a logged-in mp.weixin.qq.com.
"""

from __future__ import annotations

from typing import Any

from collectors import Collector, Need, Sure
from collectors._search import escaped, hits, operator, plain, traits, wanted
from collectors._values import ident, json_of, mapping, sequence, text_of
from collectors._wechat_page import avatar
from watcher.model import CollectError, Fetch, Hits, Pace, Profile, Request, Source, Trouble

SEARCH = "https://mp.weixin.qq.com/cgi-bin/searchbiz?action=search_biz&begin=0&count=20"
_SAID = {
    200002: (Trouble.UNREADABLE, "the backend refuses the arguments"),
    200003: (Trouble.BLOCKED, "the operator's session has ended; log in again"),
    200013: (Trouble.BLOCKED, "asked too often"),
    200040: (Trouble.BLOCKED, "the operator's token is not valid; log in again"),
}


async def search(source: Source, fetch: Fetch) -> Hits:
    """The accounts that the backend lists first. Raises CollectError."""
    query = wanted(source)
    if not source.settings.get("token"):
        raise CollectError(Trouble.BLOCKED, "no operator's token is configured")
    request = Request(
        f"{SEARCH}&query={escaped(query)}&lang=zh_CN&f=json&ajax=1",
        headers={"Referer": "https://mp.weixin.qq.com/", "X-Requested-With": "XMLHttpRequest"},
        session="operator",
    )
    return read(json_of(await fetch(request)))


def read(told: dict[str, Any]) -> Hits:
    """The rows of an answer. Raises CollectError where the backend says that it did not search."""
    said = mapping(told.get("base_resp")).get("ret")
    if said != 0:
        known = said if isinstance(said, int) and not isinstance(said, bool) else None
        trouble, why = _SAID.get(known or 0, (Trouble.UNREADABLE, "a refusal that is not known"))
        raise CollectError(trouble, f"ret {str(said)[:20]}: {why}")
    if not isinstance(told.get("list"), list):
        raise CollectError(Trouble.UNREADABLE, "no list in the answer")
    rows = [_row(mapping(row)) for row in sequence(told.get("list"))]
    if rows and not any(rows):
        raise CollectError(Trouble.UNREADABLE, "no row that can be read")
    if not rows and told.get("total") != 0:
        raise CollectError(Trouble.BLOCKED, "an empty list, and no total that says so")
    return hits(rows)


def _row(row: dict[str, Any]) -> Profile | None:
    name, fake, alias = (
        plain(row.get("nickname"), 100),
        ident(row.get("fakeid")),
        plain(row.get("alias"), 60),
    )
    if not name or not fake:
        return None
    bio, picture = text_of(row.get("signature")), text_of(row.get("round_head_img"))
    return Profile(
        handle=alias or fake,
        name=name,
        bio=bio,
        avatar=avatar(picture),
        traits=traits(
            bio,
            fakeid=fake,
            alias=alias,
            service_type=ident(row.get("service_type")),
            avatar_url=picture[:500],
            url=f"https://mp.weixin.qq.com/mp/profile_ext?action=home&__biz={escaped(fake)}",
        ),
    )


searcher = Collector(
    name="wechat_searchbiz",
    platform="wechat",
    hosts=frozenset({"mp.weixin.qq.com"}),
    search=search,
    handshake=operator,
    pace=Pace(gap=60.0),
    needs=frozenset({Need.CREDENTIAL}),
    title="微信公众平台账号搜索（操作员登录）",
    forms=("wechat_subscription", "wechat_service"),
    sees=frozenset({"bio", "avatar", "traits"}),
    sure=Sure.REPORTED,
    risk="使用本单位公众号后台的登录：频繁搜索可能使该后台的搜索受限；登录约四天失效，他人登录即失效",
)
