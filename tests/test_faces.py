"""Faces: what is unknown never differs, noise is no change, and one odd reading is none either."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rules.world import DAY, HOUR, account, bj, page
from watcher.accepted import Difference, differences, moved, moves, settled
from watcher.canonical import Grade, code_points, grade, same
from watcher.faces import KNOWN, NO_FACE, Face, observe
from watcher.filings import NO_PAPER, Filing, FilingKind, Paper
from watcher.model import ATTEST, Account, Coverage, Profile, Sighting, Snapshot

START = bj("2026-03-02 08:00")
WEIBO = account(name="三亚旅文")
PLAIN = Profile(
    "1", "三亚旅文", "官方账号：“三亚”", "abc.jpg", True, "3", "三亚市旅游和文化广电体育局"
)
REMEMBERED = 90 * DAY


class Story:
    """One account, read again and again; what the rules would say after each reading."""

    def __init__(self, who: Account = WEIBO, paper: Paper = NO_PAPER) -> None:
        self.who, self.paper, self.face, self.at = who, paper, NO_FACE, START
        self.alerts: list[Difference] = []  # each time something begins to be told
        self.open: set[str] = set()

    def read(self, face: Profile | None, source: str = "weibo", full: bool = True) -> Story:
        self.at += HOUR
        coverage = Coverage.COMPLETE if full else Coverage.PARTIAL
        seen = Snapshot("weibo-1", self.at, Sighting(face, (), coverage), source, (page(self.at),))
        self.face = observe(self.face, seen, self.paper.accepted, False)
        self.judge()
        return self

    def judge(self) -> None:
        said = tuple(moves(self.who, self.paper, self.face))
        self.paper = replace(self.paper, accepted=moved(self.paper, said))
        self.face = settled(self.face, said)
        found = {d.field: d for d in self.found()}
        self.alerts += [d for f, d in found.items() if d.fresh and f not in self.open]
        self.open = {f for f, d in found.items() if d.fresh or f in self.open}

    def found(self) -> tuple[Difference, ...]:
        return tuple(differences(self.who, self.paper, self.face, self.at, REMEMBERED))

    def reads(self, *faces: Profile | None) -> Story:
        for face in faces:
            self.read(face)
        return self


def known(who: Account = WEIBO) -> Story:
    return Story(who).reads(PLAIN, PLAIN)


# -- the first face ----------------------------------------------------------------------------


def test_two_equal_complete_sightings_make_the_first_accepted_face() -> None:
    assert Story().read(PLAIN).paper.accepted == {}
    accepted = known().paper.accepted
    assert accepted["bio"] == PLAIN.bio
    assert accepted["name"] == "三亚旅文"
    assert known().found() == ()


def test_partial_sightings_need_four() -> None:
    story = Story()
    for count in range(1, 5):
        story.read(PLAIN, full=False)
        assert bool(story.paper.accepted) is (count == 4)


def test_the_accepted_name_is_the_one_that_is_filed() -> None:
    story = known(replace(WEIBO, name="三亚市旅文局"))
    (found,) = story.found()
    assert (found.field, found.before, found.state.value) == ("name", "三亚市旅文局", "三亚旅文")
    assert found.confirmed
    assert found.fresh


def test_an_app_has_a_title_of_its_own() -> None:
    assert known(replace(WEIBO, platform="app", name="三亚通")).found() == ()


def test_a_register_that_files_the_name_shown_ends_it() -> None:
    story = known().reads(*[replace(PLAIN, name="三亚文旅")] * 2)
    assert story.found()
    story.who = replace(WEIBO, name="三亚文旅")
    assert story.found() == ()
    story.judge()
    assert story.paper.accepted["name"] == "三亚文旅"


# -- changes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("bio", "新的简介"),
        ("avatar", "new.jpg"),
        ("verified_as", "海南某某公司"),
        ("handle", "2"),
    ],
)
def test_a_change_counts_at_the_second_equal_look(field: str, value: str) -> None:
    changed = replace(PLAIN, **{field: value})
    story = known().read(changed)
    assert story.found() == ()
    (found,) = story.read(changed).found()
    assert (found.field, found.confirmed, found.fresh) == (field, True, True)
    assert len(found.state.proof) == 2
    assert found.state.proof[0].pages


@pytest.mark.parametrize(
    ("field", "value"), [("name", "三亚房产"), ("verified", False), ("verified_type", "个人")]
)
def test_a_critical_field_is_flagged_at_once_and_is_unconfirmed(field: str, value: object) -> None:
    changed = replace(PLAIN, **{field: value})
    story = known().read(changed)
    (found,) = story.found()
    assert (found.field, found.critical, found.confirmed) == (field, True, False)
    (found,) = story.read(changed).found()
    assert found.confirmed
    assert len(story.alerts) == 1


def test_an_oddity_that_comes_again_is_flagged_once() -> None:
    odd = replace(PLAIN, name="微博")
    story = known().reads(odd, PLAIN, odd, PLAIN, odd, PLAIN)
    assert [d.confirmed for d in story.alerts] == [False]
    assert [d.confirmed for d in story.reads(odd, odd).alerts] == [False, True]


def test_a_badge_that_is_won_is_no_change() -> None:
    story = Story().reads(*[replace(PLAIN, verified=False)] * 2)
    story.reads(PLAIN, PLAIN)
    assert story.found() == ()
    assert story.paper.accepted["verified"] is True
    assert story.read(replace(PLAIN, verified=False)).found()


def test_a_name_that_only_looks_the_same_is_a_variant_with_its_characters() -> None:
    assert grade("name", "三亚发布", "三亚发布\u200b") is Grade.VARIANT
    assert grade("name", "三亚A", "三亚\u0410") is Grade.VARIANT
    assert grade("name", "三亚发布", "三亚发布™") is Grade.VARIANT
    assert grade("name", "三亚12345", "三亚12315") is Grade.CHANGED
    gone, new = code_points("三亚A", "三亚\u0410")
    assert gone == ["U+0041 LATIN CAPITAL LETTER A"]
    assert new == ["U+0410 CYRILLIC CAPITAL LETTER A"]
    (found,) = known().reads(*[replace(PLAIN, name="三亚旅文\u200b")] * 2).found()
    assert (found.grade, found.critical) == (Grade.VARIANT, False)


def test_radicals_are_characters() -> None:
    assert grade("name", "⾦融", "金融") is Grade.VARIANT
    assert grade("name", "⾦融", "银融") is Grade.CHANGED


# -- what is no change -------------------------------------------------------------------------

NOISE = (
    ("name", "三亚旅文", " 三亚 旅文 "),
    ("bio", PLAIN.bio, '官方账号: "三亚" '),
    ("bio", PLAIN.bio, "官方账号：\u200b「三亚」"),
    ("verified_as", "三亚市（旅文局）", "三亚市(旅文局)"),
    ("avatar", "abc.jpg", "https://tva3.sinaimg.cn/crop.0.0/180/abc.jpg?KID=1&Expires=9&ssig=x"),
    ("avatar", "/mmbiz_png/Xa/0", "https://mmbiz.qpic.cn/mmbiz_png/Xa/132?wx_fmt=png"),
)


@pytest.mark.parametrize(("field", "before", "after"), NOISE)
def test_noise_is_the_same(field: str, before: str, after: str) -> None:
    assert same(field, before, after)
    story = Story().reads(*[replace(PLAIN, **{field: before})] * 2)
    assert story.reads(*[replace(PLAIN, **{field: after})] * 3).alerts == []


def test_empty_and_missing_fields_are_unknown() -> None:
    nothing = Profile("", "")
    blank = replace(PLAIN, bio="  ", avatar="", verified_as="", name="")
    assert known().reads(nothing, nothing, None, blank, blank).found() == ()


def test_another_source_spells_in_its_own_way() -> None:
    other = replace(PLAIN, bio="官方账号", avatar="x~300.png", verified_as="旅文局", handle="MS4x")
    story = known()
    for _ in range(3):
        story.read(other, "weibo_api")
    assert story.found() == ()
    changed = replace(other, bio="换了")
    (found,) = story.read(changed, "weibo_api").read(changed, "weibo_api").found()
    assert found.field == "bio"


def test_people_and_events_show_no_face() -> None:
    story = known()
    for _ in range(3):
        story.read(replace(PLAIN, name="别的"), ATTEST)
        story.read(replace(PLAIN, name="别的"), "pasted:wechat_article")
    assert story.found() == ()


def test_a_reading_told_twice_is_one_look() -> None:
    story = known().read(replace(PLAIN, bio="新"))
    story.at -= HOUR
    assert story.read(replace(PLAIN, bio="新")).found() == ()


def test_a_return_to_a_known_state_is_told_no_more() -> None:
    other = replace(PLAIN, bio="乙")
    story = known().reads(other, other, PLAIN, PLAIN)
    assert story.found() == ()
    story.reads(other, other)
    assert len(story.alerts) == 1
    assert [d.fresh for d in story.found()] == [False]


def test_a_state_long_forgotten_is_new_again() -> None:
    other = replace(PLAIN, bio="乙")
    story = known().reads(other, other, PLAIN, PLAIN)
    story.at += REMEMBERED + DAY
    assert len(story.reads(other, other).alerts) == 2


def test_a_look_that_no_longer_shows_it_opens_nothing() -> None:
    other = replace(PLAIN, bio="乙")
    story = known().reads(other, other, PLAIN)
    assert [d.fresh for d in story.found()] == [False]


# -- paper -------------------------------------------------------------------------------------


def filed(approved: bool = True, **changes: str) -> Paper:
    day = date(2026, 3, 1) if approved else None
    return Paper(
        (Filing("F1", FilingKind.CHANGE, "u", "weibo-1", changes=changes, approved_on=day),)
    )


def test_an_approved_change_is_announced_and_moves_the_accepted_face() -> None:
    story = known()
    story.paper = replace(story.paper, filings=filed(name="三亚：文旅").filings)
    story.reads(replace(PLAIN, name="三亚:文旅"))
    assert story.found() == ()
    story.reads(replace(PLAIN, name="三亚:文旅"))
    assert story.alerts == []
    assert story.paper.accepted["name"] == "三亚:文旅"
    assert known().reads(PLAIN).paper.accepted["name"] == "三亚旅文"


def test_the_move_names_the_filing() -> None:
    story = known()
    shown = replace(PLAIN, verified_as="三亚市文旅局")
    story.reads(shown, shown)
    paper = replace(story.paper, filings=filed(verified_as="三亚市文旅局").filings)
    (move,) = moves(WEIBO, paper, story.face)
    assert (move.field, move.filing, move.after) == ("verified_as", "F1", "三亚市文旅局")


@pytest.mark.parametrize(
    "paper", [filed(False, name="三亚文旅"), filed(name="三亚旅游"), filed(bio="三亚文旅")]
)
def test_a_filing_that_is_not_approved_or_says_otherwise_announces_nothing(paper: Paper) -> None:
    story = known()
    story.paper = replace(story.paper, filings=paper.filings)
    (found,) = story.reads(*[replace(PLAIN, name="三亚文旅")] * 2).found()
    assert found.field == "name"


def test_going_back_from_a_filed_change_is_a_change() -> None:
    story = known()
    story.paper = replace(story.paper, filings=filed(bio="乙").filings)
    story.reads(*[replace(PLAIN, bio="乙")] * 2)
    assert story.alerts == []
    story.reads(PLAIN, PLAIN)
    assert [d.state.value for d in story.alerts] == [PLAIN.bio]


# -- whatever comes ----------------------------------------------------------------------------

values = {
    "name": st.sampled_from((PLAIN.name, "三亚文旅", "")),
    "bio": st.sampled_from((PLAIN.bio, "乙", None, "")),
    "avatar": st.sampled_from((PLAIN.avatar, "new.jpg", None)),
    "verified": st.sampled_from((True, False, None)),
    "verified_as": st.sampled_from((PLAIN.verified_as, "某公司", None)),
}
profiles = st.builds(lambda **kw: replace(PLAIN, **kw), **values)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.none() | profiles, max_size=12))
def test_only_two_equal_looks_in_a_row_confirm_a_change(faces: Sequence[Profile | None]) -> None:
    story = known()
    shown: dict[str, list[object]] = {}
    for face in faces:
        story.read(face)
        for field in values:
            value = getattr(face, field) if face else None
            if value not in (None, ""):
                shown.setdefault(field, []).append(value)
        for d in story.found():
            accepted = getattr(PLAIN, d.field)
            if d.fresh and d.confirmed:
                assert shown[d.field][-1] == d.state.value
                assert (d.state.value,) * 2 in pairwise(shown[d.field])
            assert d.state.value != accepted


@settings(max_examples=200, deadline=None)
@given(st.lists(st.booleans(), max_size=20))
def test_back_and_forth_alerts_once(history: list[bool]) -> None:
    other = replace(PLAIN, bio="乙")
    story = known()
    for flipped in history:
        story.read(other if flipped else PLAIN)
    assert len([d for d in story.alerts if d.confirmed]) <= 1


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=12), st.text(max_size=12))
def test_likeness_is_mutual_and_holds_for_itself(one: str, other: str) -> None:
    for field in ("name", "bio", "verified_as", "avatar", "handle"):
        assert grade(field, one, one) is Grade.SAME
        assert grade(field, one, other) is grade(field, other, one)


def test_no_more_than_so_many_states_are_remembered() -> None:
    story = known()
    for number in range(KNOWN + 3):
        story.reads(*[replace(PLAIN, bio=f"第{number}版")] * 2)
    assert len(story.face.features["bio"].past) == KNOWN
    assert isinstance(story.face, Face)
    assert timedelta(0) < REMEMBERED
