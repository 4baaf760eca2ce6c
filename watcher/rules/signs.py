"""The signs by which a candidate is judged: subject, avatar, introduction, habits. Pure.

Each adds points and one sentence; what was not seen says so and adds nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from watcher.candidates import Candidate
from watcher.model import Profile
from watcher.portraits import FORM_WORDS, Portrait, shown_as
from watcher.rules.suspicion import BOILERPLATE, OFFICIAL, Grounds, Known, Weights

_GRAMS = 6  # so many pieces of an introduction are needed to compare it
_LONGEST = 2000  # characters of an introduction that are looked at …
_PIECE = 60  # … so many at a time: a skeleton is made for names
_COMPANY = re.compile(r"公司|集团|工作室|商行|经营部|个体|合作社|门店|商店|俱乐部")
_PERSON = re.compile(r"博主|达人|自媒体|个人认证|创作者|作者|主播|网红|摄影师|演员")
_GOVERNMENT = re.compile(
    r"(局|厅|署|委|委员会|人民政府|管委会|办公室|政府|法院|检察院|总队|支队|大队|派出所|公安|中心"
    r"|街道|街道办|镇|乡|居委会|村委会|研究院|考试院|福利院|总站|管理站|协会|联合会|共青团)$"
)
# What platforms write behind the name of the body they verified.
_TAIL = re.compile(
    r"(的?官方)?(微博|账号|帐号|抖音号?|快手号?|公众号|百家号|头条号|视频号|新媒体|发布)?$"
)


class Subject(StrEnum):
    """Whom the platform says it verified."""

    OWN = "own"  # a unit of the register
    GOVERNMENT = "government"
    COMPANY = "company"
    PERSON = "person"
    NONE = "none"  # the platform shows that it verified nobody
    BADGE = "badge"  # somebody, and it is not shown whom
    UNKNOWN = "unknown"  # not shown either way


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign: its points and its sentence."""

    points: int
    says: str


# -- the subject -------------------------------------------------------------------------------


def subject_of(profile: Profile, grounds: Grounds) -> tuple[Subject, str]:
    """Whom the platform verified, and the key of the unit where it is one of the register."""
    text = (profile.verified_as or "").strip()
    if profile.verified is False:
        return Subject.NONE, ""
    if not text:
        return (Subject.BADGE if profile.verified else Subject.UNKNOWN), ""
    for name in (text, _TAIL.sub("", text)):
        unit = grounds.subjects.get(grounds.skeleton(name))
        if unit is not None:
            return Subject.OWN, unit
    if _COMPANY.search(text):
        return Subject.COMPANY, ""
    if _PERSON.search(text):
        return Subject.PERSON, ""
    if _GOVERNMENT.search(_TAIL.sub("", text)):
        return Subject.GOVERNMENT, ""
    return Subject.BADGE, ""


def subject_signs(profile: Profile, subject: Subject, weights: Weights) -> Iterator[Sign]:
    text = (profile.verified_as or "").strip()[:60]
    said = {
        Subject.NONE: Sign(weights.unverified, "平台显示未认证"),
        Subject.PERSON: Sign(weights.person, f"认证为个人：{text}"),
        Subject.COMPANY: Sign(weights.company, f"认证为企业：{text}"),
        Subject.GOVERNMENT: Sign(0, f"认证主体为其他机关单位：{text}"),
        Subject.OWN: Sign(0, f"认证主体为台账单位：{text}"),
        Subject.BADGE: Sign(0, f"已认证：{text}" if text else "有认证标识，未见认证主体"),
        Subject.UNKNOWN: Sign(0, "未读到认证信息"),
    }
    yield said[subject]


# -- avatar and introduction -------------------------------------------------------------------


def avatar_signs(
    portrait: Portrait | None, known: Known | None, grounds: Grounds, weights: Weights
) -> Iterator[Sign]:
    if portrait is None or known is None or known.portrait is None:
        whose = "该账号头像" if known and known.portrait else "台账账号头像"
        both = portrait is None and not (known and known.portrait)
        yield Sign(0, f"未取得{'双方头像' if both else whose}，未作比对")
        return
    form = shown_as(known.portrait, portrait)
    if not form:
        return
    if any(shown_as(emblem, portrait) for emblem in grounds.emblems):
        yield Sign(0, "头像为国徽、警徽等通用徽标")
        return
    users = {subject for subject, each in grounds.pictures if shown_as(each, portrait)}
    if len(users) >= weights.shared:
        yield Sign(0, f"该头像为{len(users)}个单位共用")
        return
    says = f"头像与“{known.account.name}”{FORM_WORDS[form]}"
    yield Sign(round(weights.avatar / max(len(users), 1)), says)


def bio_signs(
    profile: Profile, known: Known | None, subject: Subject, grounds: Grounds, weights: Weights
) -> Iterator[Sign]:
    bio = (profile.bio or "")[:_LONGEST]
    if known is not None and bio and known.bio:
        share = containment(plain_bio(bio, grounds), plain_bio(known.bio[:_LONGEST], grounds))
        if share >= weights.bio_alike:
            yield Sign(weights.bio, f"简介与“{known.account.name}”有{share:.0%}相同")
    nobody = subject in (Subject.NONE, Subject.PERSON, Subject.COMPANY)
    claim = next((word for word in OFFICIAL if word in f"{profile.name} {bio}"), "")
    if claim and nobody:
        yield Sign(weights.claims, f"未经机关认证而自称“{claim}”")
    folded = bio.casefold()
    sold = [word for word in weights.commerce_words if word.casefold() in folded]
    if sold:
        yield Sign(weights.commerce, f"简介含营销或引流字样“{'、'.join(sold[:4])}”")
    links = (profile.traits or {}).get("links", "").split()
    if links:
        yield Sign(weights.links, f"主页带外部链接{len(links)}个")


def plain_bio(text: str, grounds: Grounds) -> str:
    """An introduction as it is compared: without what everybody writes."""
    for phrase in BOILERPLATE:
        text = text.replace(phrase, " ")
    words = (word[at : at + _PIECE] for word in text.split() for at in range(0, len(word), _PIECE))
    return " ".join(filter(None, map(grounds.skeleton, words)))


def containment(one: str, other: str) -> float:
    """How much of the shorter text stands in the longer, by pieces of three characters."""
    mine, theirs = _grams(one), _grams(other)
    least = min(len(mine), len(theirs))
    return len(mine & theirs) / least if least >= _GRAMS else 0.0


def _grams(text: str) -> frozenset[str]:
    plain = "".join(text.split())
    return frozenset(plain[at : at + 3] for at in range(len(plain) - 2))


# -- habits ------------------------------------------------------------------------------------


def habit_signs(
    candidate: Candidate, known: Known | None, weights: Weights, now: datetime
) -> Iterator[Sign]:
    """Age, followers and posts, where they were seen."""
    profile = candidate.profile
    created = _moment((profile.traits or {}).get("created", ""))
    if created is not None and timedelta(0) <= now - created < timedelta(days=weights.young_days):
        yield Sign(weights.young, f"注册仅{(now - created).days}天")
    real = known.followers if known else None
    few = profile.followers is not None and profile.followers < weights.few_followers
    if few and real is not None and real >= 10 * max(profile.followers or 0, 1):
        yield Sign(weights.few, f"粉丝{profile.followers}，真账号{real}")
    if profile.post_count is not None and profile.post_count < weights.few_posts:
        yield Sign(0, f"仅发布{profile.post_count}条信息")


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None
