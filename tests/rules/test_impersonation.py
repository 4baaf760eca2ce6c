"""IMP-01 judged: gates, tiers and limits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.test_portraits import picture, portrait
from watcher.candidates import Candidate, CandidateState, Judgement, Tier
from watcher.model import Account, Profile, Unit, UnitKind
from watcher.portraits import Portrait
from watcher.rules.impersonation import changed, fingerprint, judge_candidate, silent
from watcher.rules.signs import Subject, containment, subject_of
from watcher.rules.suspicion import Grounds, Known, Weights

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
UNIT = Unit("jyj", "三亚市教育局", UnitKind.CITY_DEPARTMENT, "education_office")
REAL = Account("weibo-jyj", "weibo", "三亚教育", UNIT, platform_id="111")
BIO = "三亚市教育局官方微博，发布教育政策，回应群众关切，讲好三亚教育故事。"
FACE, OTHER = portrait(picture(1)), portrait(picture(2))
W = Weights()


@dataclass(frozen=True)
class Match:
    match: str = "三亚教育"
    score: float = 0.95
    band: str = "alert"
    reasons: tuple[str, ...] = ("“肓”与“育”形近。",)
    kind: str = ""


def grounds(match: Match | None = Match(), **more: Any) -> Grounds:
    known = more.pop("known", Known(REAL, BIO, FACE, "aa", 50_000))
    return Grounds(
        best=lambda name: match,
        skeleton=lambda text: "".join(sign for sign in text if sign.isalnum()),
        ids=frozenset({("weibo", "111")}),
        known={"三亚教育": (known,)},
        subjects={"三亚市教育局": "jyj"},
        **more,
    )


def seen(**profile: Any) -> Candidate:
    handle = profile.pop("handle", "900")
    face = Profile(handle, profile.pop("name", "三亚教肓"), **profile)
    return Candidate(7, "weibo", handle, f"https://weibo.com/{handle}", face, NOW, NOW)


def judged(
    candidate: Candidate, held: Grounds | None = None, avatar: Portrait | None = None
) -> Judgement:
    return judge_candidate(candidate, held or grounds(), W, avatar, NOW)


# -- gates -------------------------------------------------------------------------------------


def test_an_account_of_the_register_never_alerts_whatever_it_shows() -> None:
    mine = judged(seen(handle="111", name="三亚教育", verified=False), avatar=FACE)
    assert mine.tier is Tier.REGISTERED
    by_trait = seen(name="三亚教育", verified=False, traits={"uid": "111"})
    assert judged(by_trait).tier is Tier.REGISTERED


def test_the_two_kinds_of_public_account_share_their_ids() -> None:
    held = replace(grounds(), ids=frozenset({("wechat", "gh_1")}))
    found = replace(seen(handle="gh_1"), platform="wechat_service")
    assert judged(found, held).tier is Tier.REGISTERED


def test_what_was_dismissed_stays_silent_until_name_subject_avatar_or_introduction_changes() -> (
    None
):
    held, first = grounds(), seen(bio=BIO, verified_as="某公司")
    mark = fingerprint(first, held, FACE)
    kept = replace(first, state=CandidateState.DISMISSED, fingerprint=mark)
    assert silent(kept, held, FACE)
    assert silent(kept, held, None)  # its avatar could not be had: that is no change
    again = replace(kept, profile=replace(kept.profile, followers=9, bio=BIO + " 欢迎关注"))
    assert silent(again, held, FACE)
    assert not silent(kept, held, OTHER)
    changes: tuple[dict[str, Any], ...] = (
        {"name": "三亚教育"},
        {"verified_as": "另一公司"},
        {"bio": "卖课加微信"},
    )
    for change in changes:
        other = replace(kept, profile=replace(kept.profile, **change))
        assert not silent(other, held, FACE), change
    assert not silent(replace(kept, state=CandidateState.REVIEW), held, FACE)


def test_a_picture_encoded_anew_is_no_change() -> None:
    held, shown = grounds(), seen()
    coarse = portrait(picture(1), quality=50)
    assert not changed(fingerprint(shown, held, FACE), fingerprint(shown, held, coarse))
    assert changed("", fingerprint(shown, held, FACE))


# -- tiers -------------------------------------------------------------------------------------


@pytest.mark.parametrize("band", ["same", "alert"])
def test_a_name_alone_accuses_nobody(band: str) -> None:
    made = judged(seen(), grounds(Match(band=band, score=1.0)))
    assert (made.tier, made.level) == (Tier.REVIEW, "")
    assert any("未读到认证信息（不计分）" in each for each in made.reasons)


def test_a_close_name_that_the_platform_shows_unverified_is_told() -> None:
    made = judged(seen(verified=False))
    assert (made.tier, made.level, made.points) == (Tier.ALERT, "orange", 65)
    assert (made.match, made.account) == ("三亚教育", "weibo-jyj")
    assert "“肓”与“育”形近。" in made.reasons
    assert any("平台显示未认证（+15分）" in each for each in made.reasons)


@pytest.mark.parametrize(("points", "tier"), [(9, Tier.REVIEW), (10, Tier.ALERT), (11, Tier.ALERT)])
def test_the_limit_of_alerts(points: int, tier: Tier) -> None:
    weights = replace(W, unverified=points)
    assert judge_candidate(seen(verified=False), grounds(), weights, None, NOW).tier is tier


@pytest.mark.parametrize(("points", "level"), [(14, "orange"), (15, "red"), (16, "red")])
def test_the_limit_of_red(points: int, level: str) -> None:
    weights = replace(W, unverified=15, avatar=points)
    assert judge_candidate(seen(verified=False), grounds(), weights, FACE, NOW).level == level


def test_a_copied_face_with_a_badge_of_nobody_knows_whom_is_red() -> None:
    """海口福彩: same name, avatar and introduction, and the platform's mark."""
    fake = seen(name="三亚教育", bio=BIO, verified=True)
    made = judged(fake, grounds(Match(band="same", score=1.0)), FACE)
    assert (made.tier, made.level) == (Tier.ALERT, "red")


def test_a_badge_of_another_government_body_goes_to_a_person() -> None:
    held = grounds(Match(band="same", score=1.0))
    fake = seen(name="三亚教育", verified=True, verified_as="三亚市教育事业发展中心", bio=BIO)
    assert judged(fake, held, FACE).tier is Tier.REVIEW
    far = grounds(Match(band="review", score=0.8))
    assert judged(fake, far, FACE).tier is Tier.NONE


def test_a_units_own_account_outside_the_register_is_a_lead_and_no_impersonation() -> None:
    for text in ("三亚市教育局", "三亚市教育局官方微博"):
        made = judged(seen(verified=True, verified_as=text))
        assert (made.tier, made.own_unit) == (Tier.OWN_UNIT, "jyj")


@pytest.mark.parametrize(
    ("kind", "tier"), [("media", Tier.MEDIA), ("fan", Tier.FAN), ("commercial", Tier.COMMERCIAL)]
)
def test_media_fans_and_shops_are_classes_of_their_own(kind: str, tier: Tier) -> None:
    made = judged(seen(verified=False), grounds(Match(kind=kind)), FACE)
    assert (made.tier, made.level) == (tier, "")


def test_a_somewhat_like_name_needs_face_and_introduction_both() -> None:
    held = grounds(Match(band="weak", score=0.6))
    assert judged(seen(verified=False, bio=BIO), held, FACE).tier is Tier.REVIEW
    assert judged(seen(verified=False, bio=BIO), held, OTHER).tier is Tier.NONE
    assert judged(seen(verified=False), held, FACE).tier is Tier.NONE
    assert judged(seen(verified=False), grounds(None), FACE).tier is Tier.NONE


def test_where_the_register_lacks_the_id_it_may_be_the_account_itself() -> None:
    held = grounds(known=Known(REAL, BIO, FACE, "aa", 50_000, identified=False))
    made = judged(seen(verified=False), held, FACE)
    assert made.tier is Tier.REVIEW
    assert any("未登记平台标识" in each for each in made.reasons)
    elsewhere = replace(seen(verified=False), platform="douyin")
    assert judged(elsewhere, held, FACE).tier is Tier.ALERT


# -- signs -------------------------------------------------------------------------------------


def test_an_emblem_and_a_shared_picture_count_for_nothing() -> None:
    plain = judged(seen(verified=False)).points
    assert judged(seen(verified=False), avatar=FACE).points == plain + W.avatar
    emblem = grounds(emblems=(FACE,))
    assert judged(seen(verified=False), emblem, FACE).points == plain
    for users, more in ((1, 20), (2, 10), (3, 0)):
        held = grounds(pictures=tuple((f"u{n}", FACE) for n in range(users)))
        assert judged(seen(verified=False), held, FACE).points == plain + more


def test_an_introduction_is_compared_without_what_everybody_writes() -> None:
    plain = judged(seen(verified=False)).points
    assert judged(seen(verified=False, bio=BIO + "加油")).points == plain + W.bio
    assert judged(seen(verified=False, bio="欢迎关注，官方微博，权威发布")).points == plain
    assert containment("一二三四五六七", "一二三四五六七八九") == 0.0  # too short to say
    assert containment("一二三四五六七八", "一二三四五六七八九") == 1.0


def test_commerce_links_age_followers_and_claims_count_where_seen() -> None:
    plain = judged(seen(verified=False)).points
    sells = judged(seen(verified=False, bio="政策解读，团购课程请加微信号"))
    assert sells.points == plain + W.commerce
    assert any("团购、微信号" in each for each in sells.reasons)
    linked = seen(verified=False, traits={"links": "https://a.example https://b.example"})
    assert judged(linked).points == plain + W.links
    assert judged(seen(verified=False, bio="官方小号")).points == plain + W.claims
    for days, more in ((0, 5), (89, 5), (90, 0)):
        born = (NOW - timedelta(days=days)).isoformat()
        assert judged(seen(verified=False, traits={"created": born})).points == plain + more
    for followers, more in ((499, 3), (500, 0), (None, 0)):
        assert judged(seen(verified=False, followers=followers)).points == plain + more


@pytest.mark.parametrize(
    ("shown", "subject"),
    [
        ({"verified": False, "verified_as": "三亚市教育局"}, Subject.NONE),
        ({"verified_as": "三亚市教育局"}, Subject.OWN),
        ({"verified": True, "verified_as": "海口市教育局官方微博"}, Subject.GOVERNMENT),
        ({"verified": True, "verified_as": "三亚某某传媒有限公司"}, Subject.COMPANY),
        ({"verified": True, "verified_as": "知名教育博主"}, Subject.PERSON),
        ({"verified": True, "verified_as": "优质内容"}, Subject.BADGE),
        ({"verified": True}, Subject.BADGE),
        ({}, Subject.UNKNOWN),
    ],
)
def test_whom_the_platform_verified(shown: dict[str, Any], subject: Subject) -> None:
    assert subject_of(Profile("1", "n", **shown), grounds())[0] is subject


def test_every_point_has_its_sentence() -> None:
    made = judged(seen(verified=False, bio=BIO + "加微信号", followers=3), avatar=FACE)
    counted = [each for each in made.reasons if "+" in each]
    assert sum(int(each.rpartition("+")[2].partition("分")[0]) for each in counted) == made.points


def test_the_reason_names_whose_avatar_was_not_had() -> None:
    blind = grounds(known=Known(REAL, BIO, None, "", 50_000))
    for held, face, whose in (
        (grounds(), None, "该账号头像"),
        (blind, FACE, "台账账号头像"),
        (blind, None, "双方头像"),
    ):
        told = "".join(judged(seen(), held, face).reasons)
        assert f"未取得{whose}，未作比对" in told
