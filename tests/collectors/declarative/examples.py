"""Collectors as people write them, the pages they read, and a fetch that serves those."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from collectors.declarative import Spec, Told, collector_from, examine, read_spec
from tests.collectors.serve import NOW, Served, page
from watcher.model import CollectError, Page, Sighting, Source

SECTION_14 = """
platform: thepaper_gov
request: {method: POST, url: "https://api.thepaper.cn/contentapi/cont/pph/gov", json: {pageNum: 1, pageSize: 10, pphId: "{id}"}}
parse: json
states: [{state: blocked, status: [403, 429]}, {state: error, missing: data.list}, {state: empty, len0: data.list}]
account: {name: data.list.0.authorInfo.sname, avatar: data.list.0.authorInfo.pic, verification: data.list.0.authorInfo.authInfo, followers: data.list.0.authorInfo.fansNum}
posts: {list: data.list, id: contId, title: name, url: {path: contId, prefix: "https://www.thepaper.cn/newsDetail_forward_"}, time: {path: pubTimeLong, format: [epoch_ms]}}
identity: {name: "{expected_name}"}
"""  # noqa: E501 (as portals_apps.md §14 has it)

SITE = """
platform: site
coverage: complete
variables: {id: {pattern: '^T\\d+$'}}
request: {url: "https://www.site.cn/media/{id}.html"}
parse: html
states:
  - {state: challenge, body: '安全验证'}
  - {state: gone, body: '该账号已注销'}
account: {name: h2, bio: .desc, avatar: 'img.head@src', post_count: .count, verified: .vip}
posts:
  list: 'ul.news > li'
  id: {css: 'a@href', regex: '/(\\w+)\\.html'}
  title: h4 a
  url: a@href
  time: .time
  pinned: .top
identity: {id: body@data-id, name: "{expected_name}"}
"""
SITE_URL = "https://www.site.cn/media/T12.html"

API = """
platform: api
coverage: complete
request: {url: "https://api.site.cn/list?id={id}"}
parse: json
account: {name: data.nick, post_count: data.total, followers: {path: data.fans, number: true}}
posts:
  list: data.list
  id: id
  title: title
  time: {path: ts, format: [epoch_s]}
  pinned: {path: top, equals: 1}
  repost: forward
  more: data.more
identity: {id: data.uid}
"""
API_URL = "https://api.site.cn/list?id=7"
SECOND = int(NOW.timestamp())
DAY = 86400


def spec_of(text: str) -> Spec:
    spec, wrong = read_spec(text, "x.yaml")
    assert not wrong, "\n".join(map(str, wrong))
    assert spec is not None
    return spec


def mistakes_of(text: str) -> list[str]:
    spec, wrong = read_spec(text, "x.yaml")
    assert (spec is None) == bool(wrong)
    return [str(mistake) for mistake in wrong]


def read(text: str, *pages: Page, handle: str = "7", name: str = "", **settings: Any) -> Sighting:
    """A reading with these pages; raises CollectError."""
    source = Source("x", handle, settings, name)
    return asyncio.run(_collect(text, source, Served(*pages)))


async def _collect(text: str, source: Source, fetch: Served) -> Sighting:
    return await collector_from(spec_of(text)).collect(source, fetch)


def trouble(text: str, *pages: Page, **about: Any) -> str:
    """The same where it does not see: what was wrong."""
    try:
        seen = read(text, *pages, **about)
    except CollectError as error:
        return str(error)
    raise AssertionError(f"sees {seen}")


def told(text: str, *pages: Page, handle: str = "7", name: str = "", **settings: Any) -> Told:
    return asyncio.run(examine(spec_of(text), Source("x", handle, settings, name), Served(*pages)))


def row(number: int, age: float = 1, **more: Any) -> dict[str, Any]:
    return {"id": number, "title": f"通知 {number}", "ts": SECOND - int(age * DAY), **more}


def api(*rows: Any, **data: Any) -> Page:
    """The API's answer with these rows."""
    told = {"uid": 7, "nick": "三亚测试", "list": list(rows)} | data
    return page(API_URL, json.dumps({"code": 0, "data": told}))


def site(body: str, **replaced: str) -> Page:
    html = f'<html><body data-id="T12"><h2>三亚测试</h2>{body}</body></html>'
    for old, new in replaced.items():
        html = html.replace(old, new)
    return page(SITE_URL, html)


def item(name: str, time: str, extra: str = "") -> str:
    link = f'<h4><a href="/a/{name}.html"><!--x-->标题 {name}</a></h4>'
    return f'<li>{extra}{link}<span class="time">{time}</span></li>'


def news(*items: str) -> str:
    return f'<ul class="news">{"".join(items)}</ul>'
