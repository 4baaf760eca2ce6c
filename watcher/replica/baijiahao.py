"""百家号: the account's page with its state in a script, the list the page asks for, the check.

Articles are `portals.baidu`'s; the developers' API is `openapi`'s.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from watcher.replica.portals import baidu
from watcher.replica.portals.common import document, face, inline, listed
from watcher.replica.web import NOT_FOUND, Answer, Ask, as_json, misbehaviour, redirect
from watcher.replica.world import Item, Scene, View, World, view

KEY = baidu.KEY
HOSTS = ("author.baidu.com", "mbd.baidu.com")
PAGE = 10
_SHUT = redirect("https://wappass.baidu.com/static/captcha/tuxing.html?ak=replica")
_FROM_ANYWHERE = (
    ("access-control-allow-origin", "https://author.baidu.com"),
    ("access-control-allow-credentials", "true"),
)
_CALL = """<script>
fetch({url}, {{credentials: "include"}}).then(function (r) {{ return r.text(); }})
  .then(function () {{}}, function () {{}});
</script>"""


def answer(world: World, ask: Ask, now: datetime) -> Answer:
    """The account's page, or its list."""
    if ask.host == "author.baidu.com" and ask.path.startswith("/home/"):
        return _shown(world, ask, now, ask.path.removeprefix("/home/").strip("/"), _home)
    if ask.host == "mbd.baidu.com" and ask.path == "/webpage":
        said = _shown(world, ask, now, ask.query.get("uk", "").removeprefix("replicaUk"), _list)
        return Answer(said.status, said.body, (*said.headers, *_FROM_ANYWHERE), said.stream)
    return NOT_FOUND


def _shown(world: World, ask: Ask, now: datetime, app_id: str, page: Any) -> Answer:
    actor = world.find(KEY, app_id)
    if actor is None:
        return NOT_FOUND
    seen = view(actor, now)
    if wall := misbehaviour(seen, ask):
        return wall
    if Scene.CAPTCHA in seen.scenes:
        return _SHUT
    if seen.scenes & {Scene.GONE, Scene.BANNED}:  # nobody has told what Baidu says then
        return document("百家号", "<main></main>")
    if Scene.LAYOUT_CHANGED in seen.scenes:
        return document("百家号", '<div id="root" data-v9></div>')
    said: Answer = page(view(world.other(actor), now) if _is_wrong(seen) else seen)
    return said


def _is_wrong(seen: View) -> bool:
    return Scene.WRONG_ACCOUNT in seen.scenes


def _home(seen: View) -> Answer:
    state = {"user": _user(seen), "query": {"app_id": seen.actor.handle}}
    url = f"https://mbd.baidu.com/webpage?tab=main&num=10&uk={_uk(seen)}&type=newhome&format=json"
    script = f"<script>window.runtime= {inline(state)};</script>"
    return document(
        f"{seen.name}-百家号", f'<div id="app"></div>{script}{_CALL.format(url=json.dumps(url))}'
    )


def _uk(seen: View) -> str:
    return f"replicaUk{seen.actor.handle}"


def _user(seen: View) -> dict[str, Any]:
    return {
        "nickname": seen.name,
        "avatar": f"https://gips0.baidu.com/it/{face(seen)}{seen.actor.number:024x}.jpeg",
        "sign": seen.actor.bio,
        "uk": _uk(seen),
        "fans_num": "1.2万",
        "likes_num": "3456",
        "content_num": len(seen.posts()),
        "tabs": [],
    }


def _list(seen: View) -> Answer:
    foe = {"is_need_foe": Scene.LOGIN_WALL in seen.scenes}
    posts = () if foe["is_need_foe"] else listed(seen)
    rows = [_row(seen, item) for item in posts[:PAGE]]
    return as_json({"errno": 0, "data": {"list": rows, "hasMore": len(posts) > PAGE, "foe": foe}})


def _row(seen: View, item: Item) -> dict[str, Any]:
    number, at = baidu.article_id(seen.actor, item), int(item.at.timestamp())
    work = {
        "title": item.title,
        "url": f"https://baijiahao.baidu.com/s?id={number}",
        "publish_at": str(at),
        "article_id": number,
        "shoubai_c_articleid": number,
    }
    return {"itemType": "article", "feed_id": number, "dynamic_ctime": at, "itemData": work}
