"""Impersonators of the sample's offices, of every kind that is known, among innocent neighbours.

What ought to become of each stands beside it. Every account is INVENTED; names of other cities
and of media resemble real ones, as they do for whoever searches. Names are one to an account on
Weibo, so an identical one stands elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from watcher.replica.sample import make_actor
from watcher.replica.timetable import ZONE, regular
from watcher.replica.world import Act, Actor, Scene, World

FIRST = 5000  # numbers of these actors; the sample's are far below


class Truth(StrEnum):
    """What a candidate ought to come to."""

    ALERT = "alert"  # 疑似假冒: a case, for a person to confirm
    FOUND = "found"  # at least in the queue for a person
    OWN = "own"  # the unit's own, outside the register: FIL-01, never IMP-01
    INNOCENT = "innocent"  # never a case
    UNSEEN = "unseen"  # no query of ours brings it up


@dataclass(frozen=True, slots=True)
class Impostor:
    """One account: `victim` is the protected name it imitates, "" for a neighbour."""

    platform: str  # as in roster.Part
    name: str
    attack: str  # of impersonation.md §4, or what kind of neighbour it is
    truth: Truth
    victim: str = ""
    subject: str = ""  # whom the platform has verified, "" for nobody
    bio: str = ""
    copies_avatar: bool = False
    followers: int = 37
    every: float = 4.0  # days a post
    acts: tuple[tuple[Scene, float, float | None], ...] = ()


_SHOP = "本地福利团购，加微信 sanya8866 领取，链接 https://shop.example.cn/s"
_OFFICIAL = "官方账号，发布权威信息，回应群众关切。"
A, F, O, I, U = Truth.ALERT, Truth.FOUND, Truth.OWN, Truth.INNOCENT, Truth.UNSEEN  # noqa: E741

IMPOSTORS: tuple[Impostor, ...] = (
    # identical names, where a platform allows them
    Impostor("douyin", "三亚公安", "exact", A, "三亚公安", bio=_OFFICIAL),
    Impostor("kuaishou", "三亚发布", "exact", A, "三亚发布", bio=_SHOP),
    # WeChat's search shows no subject, so this one waits for a person
    Impostor("wechat", "三亚卫健", "exact, verified fake with the blue badge", F, "三亚卫健",
             subject="海口星途网络科技有限公司", bio=_OFFICIAL),
    Impostor("apple", "三亚政务通", "exact, by another developer", A, "三亚政务通",
             subject="深圳云便民科技有限公司", bio="三亚政务服务，办事查询。"),
    # characters that are not what they seem
    Impostor("weibo", "三亚\u200b公安", "invisible", A, "三亚公安", bio=_OFFICIAL,
             copies_avatar=True),
    Impostor("weibo", "三亚⼈社", "compatibility", A, "三亚人社", bio=_OFFICIAL),
    Impostor("weibo", "三亞發佈", "traditional, full", A, "三亚发布", bio=_SHOP),
    Impostor("weibo", "三亞旅文", "traditional, mixed", A, "三亚旅文", bio=_SHOP),
    Impostor("weibo", "ミ亚发布", "cross-script kana", A, "三亚发布", bio=_OFFICIAL),
    Impostor("weibo", "Sаnya发布", "Latin place with a Cyrillic letter", F, "三亚发布"),
    # words put around, in and out
    Impostor("weibo", "【三亚交警】", "wrap", A, "三亚交警", bio=_SHOP),
    Impostor("weibo", "官方三亚应急", "prefix", A, "三亚应急", bio=_OFFICIAL),
    Impostor("weibo", "三亚发布官方", "suffix", A, "三亚发布", bio=_OFFICIAL),
    Impostor("weibo", "三亚旅文官方直播间", "suffix", A, "三亚旅文", bio=_SHOP),
    Impostor("weibo", "三亚文旅推荐官", "suffix of the 2025 notice", F, "三亚文旅", bio=_SHOP),
    Impostor("weibo", "三亚教育官方小号", "suffix", A, "三亚教育", bio="官方小号，互关"),
    Impostor("weibo", "三亚公安１", "digit suffix, full width", A, "三亚公安", bio=_OFFICIAL),
    Impostor("weibo", "三亚市发布", "with 市", A, "三亚发布", bio=_OFFICIAL),
    Impostor("weibo", "三亚博物馆", "without 市", A, "三亚市博物馆", bio=_SHOP),
    Impostor("weibo", "三亚·人社", "symbol", A, "三亚人社", bio=_SHOP),
    Impostor("weibo", "三亚交交警", "double character", A, "三亚交警", bio=_SHOP),
    # sounds and shapes
    Impostor("weibo", "三亚发步", "one homophone", A, "三亚发布", bio=_SHOP),
    Impostor("weibo", "三亚教玉", "one homophone", A, "三亚教育", bio=_SHOP),
    Impostor("weibo", "三亚搅惊", "two homophones", F, "三亚交警", bio=_SHOP),
    Impostor("weibo", "三亚_应及", "homophone and symbol", A, "三亚应急", bio=_SHOP),
    Impostor("weibo", "三业公安", "one glyph", A, "三亚公安", bio=_SHOP),
    Impostor("weibo", "三亚旅攵", "one glyph", A, "三亚旅文", bio=_SHOP),
    Impostor("weibo", "三业发布官方", "glyph and suffix", A, "三亚发布", bio=_SHOP),
    Impostor("weibo", "三业应怠", "two glyphs", F, "三亚应急", bio=_SHOP),
    # order and words of the same meaning
    Impostor("weibo", "三亚布发", "transposition", A, "三亚发布", bio=_SHOP),
    Impostor("weibo", "发布三亚", "order swap", A, "三亚发布", bio=_OFFICIAL),
    Impostor("weibo", "三亚警察", "synonym organ", F, "三亚公安", bio=_OFFICIAL),
    # Latin letters
    Impostor("weibo", "sanyajiaojing", "full pinyin", F, "三亚交警", bio=_OFFICIAL),
    Impostor("weibo", "SY交警", "Latin initials of the place", F, "三亚交警", bio=_OFFICIAL),
    # what a platform vouches for, and what comes back
    Impostor("weibo", "三亚人社服务", "verified fake with the blue badge", A, "三亚人社",
             subject="海口某某网络科技有限公司", bio=_OFFICIAL, followers=5200),
    Impostor("weibo", "三亚交警官方", "gone and back", A, "三亚交警", bio=_OFFICIAL,
             acts=((Scene.GONE, 3, 6),)),
    Impostor("douyin", "三亚旅文推荐", "added word, shop", F, "三亚旅文", bio=_SHOP),
    Impostor("wechat", "三亚警方服务", "suffix", A, "三亚警方", bio=_SHOP),
    # neighbours
    Impostor("weibo", "三沙发布", "another city", I, subject="三沙市人民政府办公室"),
    Impostor("weibo", "三明发布", "another city", I, subject="三明市人民政府新闻办公室",
             followers=88000),
    Impostor("weibo", "海口公安", "another city", I, subject="海口市公安局", followers=310000),
    Impostor("weibo", "三门峡交警", "another city", I, subject="三门峡市公安局交通警察支队"),
    Impostor("weibo", "三亚日报", "media", I, subject="三亚日报社", followers=150000),
    Impostor("weibo", "三亚新闻网", "media", I, subject="三亚传媒影视集团有限公司"),
    Impostor("weibo", "三亚公安反诈中心", "the unit's own second account", O, "三亚公安",
             subject="三亚市公安局", followers=12000),
    Impostor("weibo", "三亚天涯公安", "a subordinate unit", I, subject="三亚市公安局天涯分局"),
    Impostor("weibo", "三亚市第一中学", "a subordinate unit", I, subject="三亚市第一中学"),
    Impostor("weibo", "三亚交警粉丝团", "fan club", I, bio="粉丝自发，与官方无关"),
    Impostor("weibo", "三亚旅游攻略君", "traveller", I, bio="分享吃住行"),
    Impostor("weibo", "三亚教育培训", "commercial", I, subject="三亚启航教育科技有限公司"),
    Impostor("weibo", "在三亚的日子", "somebody", I, bio="记录生活"),
    Impostor("douyin", "三亚公安粉丝后援会", "fan club", I, bio="粉丝自发"),
    Impostor("kuaishou", "三明发布", "another city", I, subject="三明市人民政府新闻办公室"),
)  # fmt: skip


def crowd(start: datetime, roster: Iterable[Impostor] = IMPOSTORS) -> tuple[Actor, ...]:
    """The accounts of the roster, as the replica shows them."""
    return tuple(_actor(number, one, start) for number, one in enumerate(roster, FIRST))


def _actor(number: int, one: Impostor, start: datetime) -> Actor:
    local = start.astimezone(ZONE)
    first, last = (local - timedelta(days=30)).date(), (local + timedelta(days=60)).date()
    acts = tuple(
        Act(scene, start + timedelta(days=a), None if b is None else start + timedelta(days=b))
        for scene, a, b in one.acts
    )
    posts = regular(f"impostor:{number}", first, last, one.every)
    made = make_actor(one.platform, number, one.name, posts, acts)
    extra = {**made.extra, "followers": str(one.followers), "truth": one.truth.value}
    return replace(made, bio=one.bio or made.bio, verified_as=one.subject, extra=extra)


def with_crowd(shown: World, start: datetime, roster: Iterable[Impostor] = IMPOSTORS) -> World:
    """The world with the roster's accounts in it; copied avatars are the victims', encoded anew."""
    roster = tuple(roster)
    actors = dict(shown.actors)
    for one, made in zip(roster, crowd(start, roster), strict=True):
        if one.copies_avatar:
            face = next(a for a in shown.actors.values() if _is_victim(a, one))
            stolen = f"{face.number:08x}gy1replicamoved"
            made = replace(made, extra={**made.extra, "face": stolen})
        actors[made.platform, made.handle] = made
    return replace(shown, actors=actors)


def _is_victim(actor: Actor, one: Impostor) -> bool:
    return actor.platform == one.platform and actor.name == one.victim
