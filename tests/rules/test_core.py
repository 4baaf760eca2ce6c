"""What a finding is about stays the same from look to look: a dismissal silences the same facts,
and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules.test_change import FACE, after
from tests.rules.test_change import found as changes_of
from tests.rules.test_content import found as contents_of
from tests.rules.test_content import shown, with_posts
from tests.rules.test_matrix import NOW, dossier, missed
from tests.rules.world import CAL, DAY, HOUR, RULES, page, post
from watcher.model import (
    Coverage,
    Dossier,
    FiledState,
    Finding,
    Look,
    Post,
    Sighting,
    Snapshot,
    StoredPost,
)
from watcher.rectifying import core, repeats
from watcher.rules import judge
from watcher.rules.matrix import Observed
from watcher.store.sights import advance

SPAN = 2 * DAY
PAIRS = [
    (FiledState.ACTIVE, Observed.NOTICE_POSTED, "SUS-01"),
    (FiledState.SUSPENDED, Observed.SILENT, "SUS-02"),
    (FiledState.SUSPENDED, Observed.POSTING, "SUS-03"),
    (FiledState.ACTIVE, Observed.GONE, "OFF-01"),
    (FiledState.ACTIVE, Observed.BANNED, "OFF-02"),
    (FiledState.NOTICE_PERIOD, Observed.GONE, "DER-02"),
    (FiledState.NOTICE_PERIOD, Observed.SILENT, "DER-02"),
    (FiledState.DEREGISTERED, Observed.SILENT, "DER-04"),
    (FiledState.DEREGISTERED, Observed.POSTING, "DER-06"),
    (FiledState.DEREGISTERED, Observed.RENAMED, "DER-06"),
]


def looked_at_again(d: Dossier, *newer: Post) -> Dossier:
    """The account two days later, when another look came to the same."""
    at, trouble = NOW + SPAN, d.sight.trouble
    if trouble is not None:
        return replace(d, sight=missed(d.sight, d.account, trouble, -SPAN / HOUR))
    posts = (*newer, *(each.post for each in d.posts))
    sighting = Sighting(d.profile, posts, Coverage.COMPLETE)
    looks = (Look("weibo", "complete", at=at),)
    seen = Snapshot(d.account.key, at, sighting, "weibo", (page(at),), looks=looks)
    stored = (*(StoredPost(each, at) for each in newer), *d.posts)
    return replace(d, sight=advance(d.sight, seen), posts=stored)


def finding(d: Dossier, rule: str, later: bool = False) -> Finding:
    now = NOW + SPAN if later else NOW
    return next(each for each in judge(d, now, RULES, CAL) if each.rule == rule)


@pytest.mark.parametrize(
    ("filed", "seen", "rule"), PAIRS, ids=[f"{rule}-{seen}" for _, seen, rule in PAIRS]
)
def test_another_look_at_the_same_facts_is_no_news(
    filed: FiledState, seen: Observed, rule: str
) -> None:
    d = dossier(filed, seen)
    first, again = finding(d, rule), finding(looked_at_again(d), rule, later=True)
    assert first.as_of < again.as_of
    assert "core" in first.facts
    assert repeats(again, [first])


def test_a_new_post_of_a_suspended_account_is_news() -> None:
    d = dossier(FiledState.SUSPENDED, Observed.POSTING)
    more = looked_at_again(d, post(NOW + DAY, id="new", title="又一条"))
    assert not repeats(finding(more, "SUS-03", later=True), [finding(d, "SUS-03")])


def test_a_new_absence_is_news() -> None:
    d = dossier(FiledState.ACTIVE, Observed.GONE)
    since = NOW - 30 * HOUR
    other = replace(d, sight=replace(d.sight, absent_since=since))
    assert not repeats(finding(other, "OFF-01"), [finding(d, "OFF-01")])


def test_a_change_is_about_its_field_and_both_values() -> None:
    new, third = replace(FACE, bio="新简介"), replace(FACE, bio="又一简介")
    (first,) = changes_of(after(FACE, FACE, new, new))
    (again,) = changes_of(after(FACE, FACE, new, new, new))
    (other,) = changes_of(after(FACE, FACE, third, third))
    assert repeats(again, [first])
    assert not repeats(other, [first])


@pytest.mark.parametrize(
    ("face", "rule"),
    [({"verified": False}, "VER-01"), ({"verified_as": "某公司"}, "VER-02")],
    ids=["badge", "subject"],
)
def test_a_verification_is_about_what_is_shown(face: dict[str, object], rule: str) -> None:
    other = replace(FACE, **face)  # type: ignore[arg-type]
    (first,) = changes_of(after(other, other), rule)
    (again,) = changes_of(after(other, other, other), rule)
    assert repeats(again, [first])


def test_a_subject_of_another_name_is_news() -> None:
    one, two = (replace(FACE, verified_as=name) for name in ("某公司", "另一公司"))
    (first,) = changes_of(after(one, one), "VER-02")
    (other,) = changes_of(after(two, two), "VER-02")
    assert not repeats(other, [first])


def test_a_post_is_about_its_text_and_what_was_found_in_it() -> None:
    text = "详见 https://mall.example.com/x 抢购"
    (first,) = contents_of(with_posts(shown(text)))
    (again,) = contents_of(with_posts(shown(text, first_seen=NOW - DAY)))
    (edited,) = contents_of(with_posts(shown(f"{text} https://b.example.com")))
    assert core(first) == core(again)
    assert core(first) != core(edited)
