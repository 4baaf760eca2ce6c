"""The sample: the register of `roster.py` as model values, and the world that goes with it.

All identifiers are invented; see `roster.py`.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from hashlib import sha256

from watcher.model import Account, Exemption, FiledState, Person, Source, Unit
from watcher.replica import baijiahao, feed, govsite, openapi
from watcher.replica.channels import share_link
from watcher.replica.roster import PARTS, UNITS, Part
from watcher.replica.surfaces import PORTALS
from watcher.replica.timetable import ZONE, regular
from watcher.replica.world import Act, Actor, Item, Outage, World, actor, world
from watcher.replica.wxpages import short_link

HISTORY = timedelta(days=260)  # of posts before the start
FUTURE = timedelta(days=60)  # of posts after it
# Parts of 微信 that are read with their owner's token.
OWNED = ("wechat_api", "wechat_miniprogram", "wechat_channels")
# Parts of other platforms that read an account in another way than its lane's first.
SURFACES = {**openapi.SURFACES, "baijiahao": baijiahao.KEY}
LISTING = {"item": "ul.news_list > li", "link": "a", "title": "a", "time": "span.time"}


@dataclass(frozen=True, slots=True)
class Sample:
    units: tuple[Unit, ...]
    accounts: tuple[Account, ...]
    world: World


def sample(start: datetime) -> Sample:
    """The sample whose day 0 is `start` (aware). Deterministic: equal starts, equal samples."""
    units = {key: _unit(key) for key in UNITS}
    cast = [_cast(number, part, start) for number, part in enumerate(PARTS, 1)]
    accounts = tuple(
        account_of(part.platform, number, one, units[part.unit], start, part)
        for number, (part, one) in enumerate(zip(PARTS, cast, strict=True), 1)
    )
    outages = [
        Outage("douyin", _day(start, 10), _day(start, 10.8)),
        Outage("feed", _day(start, 14), _day(start, 15)),
    ]
    return Sample(tuple(units.values()), accounts, world(cast, outages))


def _day(start: datetime, day: float) -> datetime:
    return start + timedelta(days=day)


def _unit(key: str) -> Unit:
    name, kind, office = UNITS[key]
    reviewer = office if kind == "district_department" else ""
    return Unit(key, name, kind, office, "city_office", reviewer)


# -- the world's side ----------------------------------------------------------------------


def _cast(number: int, part: Part, start: datetime) -> Actor:
    acts = tuple(
        Act(scene, _day(start, first), None if last is None else _day(start, last))
        for scene, first, last in part.acts
    )
    seed = f"sample:{number}"
    first, last = (start - HISTORY).astimezone(ZONE).date(), (start + FUTURE).astimezone(ZONE)
    posts = regular(seed, first, last.date(), part.every)
    if part.backdated is not None:
        posts = (*posts, _backdated(posts, _day(start, part.backdated)))
    return make_actor(part.platform, number, part.name, posts, acts, part.unit, part.verified)


def _backdated(posts: tuple[Item, ...], shown: datetime) -> Item:
    claims = shown - timedelta(days=3, minutes=17)
    return Item(len(posts), claims, "【补发】上周工作动态", shown=shown)


def make_actor(
    platform: str,
    number: int,
    name: str,
    posts: Iterable[Item],
    acts: tuple[Act, ...] = (),
    unit: str = "city",
    verified: bool = True,
    flaky: int = 0,
) -> Actor:
    """An actor with invented identifiers made of its number. `platform` as in `Part`."""
    subject = UNITS[unit][0] if verified else ""
    surface = "wechat" if platform in OWNED else SURFACES.get(platform, platform)
    handle, extra = _identity(platform if platform in OWNED else surface, number)
    if platform in openapi.SURFACES:
        extra = {**extra, **openapi.granted(number)}
    return actor(
        surface, handle, name, posts, verified_as=subject, acts=acts, extra=extra, flaky=flaky
    )


def _identity(platform: str, number: int) -> tuple[str, dict[str, str]]:
    if platform == "weibo":
        return f"{9_900_000_000 + number}", {}
    if platform == "wechat_miniprogram":
        ids = _wechat_ids(number)
        return ids["appid"], ids
    if platform == "wechat_channels":
        sph = f"sph{_hex(number, 13)}"
        return sph, {**_wechat_ids(number), "sph": sph}
    if platform in ("wechat", "wechat_api"):
        return f"gh_5a4e59{number:06x}", _wechat_ids(number)
    if platform == "douyin":
        return f"MS4wLjABAAAA{_hex(number, 43)}", {"unique_id": f"invented{number}"}
    if platform == "feed":
        home = f"https://weibo.com/{9_900_000_000 + number}"
        return f"/weibo/user/{9_900_000_000 + number}", {"home": home, "prefix": f"{home}/"}
    if (portal := PORTALS.get(platform)) is not None:
        handle, extra = portal.identity(number)
        return handle, dict(extra)
    return f"/sanyasite/column{number}/", {}


def _wechat_ids(number: int) -> dict[str, str]:
    return {
        "biz": b64encode(f"{3_999_900_000 + number}".encode()).decode(),
        "alias": f"invented-{number}",
        "appid": f"wx{_hex(number, 16)}",
        "secret": _hex(number + 1000, 32),
        "album_id": f"{2_999_999_000_000_000_000 + number}",
    }


def _hex(number: int, size: int) -> str:
    return sha256(f"invented {number}".encode()).hexdigest()[:size]


# -- the register's side -------------------------------------------------------------------


def account_of(
    platform: str, number: int, one: Actor, unit: Unit, start: datetime, part: Part | None = None
) -> Account:
    """The register's entry for an actor."""
    account_type, platform_id = _filed_as(one)
    account = Account(
        key=f"{account_type}-{number:03d}" if account_type != "weibo" else f"weibo-{platform_id}",
        platform=account_type,
        name=one.name,
        unit=unit,
        sources=sources_of(platform, one, start),
        url=_url(one),
        platform_id=platform_id,
        opened_on=date(2019, 6, 3),
        approved_on=date(2019, 5, 20),
        filed_on=date(2019, 6, 5),
        filed_subject=unit.name,
        verified=bool(one.verified_as),
        lead=Person("陈某某", "副主任", f"0898-8800{number:04d}"),
        contact=Person("王某某", "科员", f"0898-8801{number:04d}"),
        section="宣传科",
        email=f"contact{number}@example.cn",
    )
    return account if part is None else _as_filed(account, part)


def _filed_as(one: Actor) -> tuple[str, str]:
    """The form's account type and the platform's own id. A bridge's feed is of a Weibo account."""
    if one.platform == "feed":
        return "weibo", one.handle.rpartition("/")[2]
    types = {"wechat": "wechat_subscription"} | {p.key: p.form for p in PORTALS.values()}
    owned = {"wx": "wechat_miniprogram", "sp": "wechat_channels"}
    if one.platform == "wechat" and (form := owned.get(one.handle[:2])):
        return form, one.handle
    return types.get(one.platform, one.platform), one.handle


def _as_filed(account: Account, part: Part) -> Account:
    exemptions: tuple[Exemption, ...] = ()
    if part.exempt:
        rules = tuple(f"UPD-{n:02d}" for n in range(1, 7))
        exemptions = (Exemption(rules, part.exempt, "三亚市人民政府办公室", date(2026, 12, 31)),)
    return replace(account, filed_state=FiledState(part.state), exemptions=exemptions)


def sources_of(platform: str, one: Actor, start: datetime) -> tuple[Source, ...]:
    """Every way to read the actor, best first."""
    if platform == "wechat_api":
        keys = {key: one.extra[key] for key in ("appid", "biz")}
        settings = {**keys, "secret": {"env": secret_name(one)}}
        return (Source("wechat_api", one.handle, settings),)
    if platform in OWNED:
        owner = {"appid": one.extra["appid"], "secret": {"env": secret_name(one)}}
        reader = (Source(platform, one.handle, owner),)
        return reader if platform == "wechat_miniprogram" else (*reader, _shared(one, start))
    if platform == "wechat":
        biz = one.extra["biz"]
        album = {"biz": biz, "album_id": one.extra["album_id"]}
        pasted = {"biz": biz, "links": _links(one, start)}
        return (
            Source("wechat_album", one.handle, album),
            Source("wechat_article", one.handle, pasted),
        )
    if platform == "feed":
        url = f"https://{feed.HOSTS[0]}{one.handle}"
        return (Source("feed", url, {"links": one.extra["prefix"], "author": one.name}),)
    if platform == "govsite":
        return (Source("govsite", f"https://{govsite.HOSTS[0]}{one.handle}", LISTING),)
    if platform in openapi.SURFACES:
        return (openapi.source(platform, one, secret_name(one)),)
    if platform == "baijiahao":
        return (Source("baijiahao", one.handle),)
    if (portal := PORTALS.get(platform)) is not None:
        return portal.sources(one, start)
    return (Source(platform, one.handle),)


def secret_name(one: Actor) -> str:
    """The environment variable that the register names for an actor's AppSecret or token."""
    mark = one.extra.get("appid", one.key.replace("-", "_"))
    return f"SHOUWANG_{mark.upper()}"


def secrets(shown: World) -> Mapping[str, str]:
    """The invented AppSecrets and tokens of a world, by the names of `secret_name`."""
    actors = shown.actors.values()
    return {secret_name(one): one.extra["secret"] for one in actors if "secret" in one.extra}


def _shared(one: Actor, start: datetime) -> Source:
    """The share links of 视频号 posts that the editors had pasted by the start."""
    known = [item for item in one.items if item.visible_from <= start]
    links = [share_link(one, item) for item in known[-3:]]
    return Source("wechat_channels_link", one.handle, {"links": links, "author": one.name})


def _links(one: Actor, start: datetime) -> list[str]:
    """What the editors had pasted by the start: their three newest articles."""
    known = [item for item in one.items if item.visible_from <= start]
    return [short_link(one, item) for item in known[-3:]]


def _url(one: Actor) -> str:
    if (portal := PORTALS.get(one.platform)) is not None:
        return portal.url(one)
    urls: Mapping[str, str] = {
        "weibo": f"https://weibo.com/u/{one.handle}",
        "wechat": f"https://open.weixin.qq.com/qr/code?username={one.handle}",
        "douyin": f"https://www.douyin.com/user/{one.handle}",
        "feed": one.extra.get("home", ""),
        "govsite": f"https://{govsite.HOSTS[0]}{one.handle}",
    }
    return urls[one.platform]
