from __future__ import annotations

from datetime import timedelta

from tests.store.given import DAY, HOUR, T0
from watcher.candidates import CandidateState, Found, Judgement, Takedown, Tier
from watcher.model import PageRef, Profile
from watcher.store import Database
from watcher.store.audit import list_audit
from watcher.store.candidates import (
    candidate,
    candidate_events,
    decide,
    due_for_recheck,
    found,
    judge_again,
    keep_judgement,
    load_candidates,
    set_recheck,
    unjudged,
)
from watcher.store.takedowns import save_takedown, takedowns

FACE = Profile("900", "三亚教肓", bio="官方", avatar="a.jpg", followers=10, traits={"links": "x"})
PAGE = PageRef("https://m.weibo.cn/search", 200, "ab" * 32, T0)
FOUND = Found(
    "weibo", "900", "https://weibo.com/900", FACE, T0, (PAGE,), "三亚教育", "weibo_search"
)
JUDGED = Judgement(
    "三亚教育", "alert", 0.95, 75, Tier.ALERT, ("名称形近",), account="weibo-1", level="red"
)


def test_an_account_found_twice_is_one_candidate_as_it_was_seen_last(db: Database) -> None:
    later = Found("weibo", "900", "", Profile("900", "三亚教肓", followers=20), T0 + HOUR)
    with db.write() as c:
        first = found(c, FOUND)
        second = found(c, later)
        assert len(load_candidates(c)) == 1
    assert (first.state, first.profile, first.pages) == (CandidateState.NEW, FACE, (PAGE,))
    assert (second.id, second.query, second.url) == (first.id, "三亚教育", FOUND.url)
    assert (second.first_seen, second.last_seen) == (T0, T0 + HOUR)
    # What the second look did not show is as it was.
    assert second.profile.bio == "官方"
    assert second.profile.traits == {"links": "x"}
    assert second.profile.followers == 20


def test_an_older_look_that_comes_late_changes_nothing(db: Database) -> None:
    older = Found("weibo", "900", "u", Profile("900", "别名"), T0 - HOUR)
    with db.write() as c:
        first = found(c, FOUND)
        assert found(c, older) == first


def test_only_a_changed_face_is_judged_again(db: Database) -> None:
    with db.write() as c:
        number = found(c, FOUND).id
        assert [each.id for each in unjudged(c)] == [number]
        keep_judgement(c, number, JUDGED, CandidateState.REVIEW, T0)
        assert unjudged(c) == ()
        found(c, Found("weibo", "900", "", Profile("900", "三亚教肓", followers=99), T0 + HOUR))
        assert unjudged(c) == ()
        found(c, Found("weibo", "900", "", Profile("900", "三亚教育局"), T0 + 2 * HOUR))
        assert [each.judgement for each in unjudged(c)] == [JUDGED]
        keep_judgement(c, number, JUDGED, CandidateState.REVIEW, T0)
        judge_again(c)
        assert len(unjudged(c)) == 1


def test_a_decision_is_kept_audited_and_in_the_history(db: Database) -> None:
    with db.write() as c:
        number = found(c, FOUND).id
        kept = decide(
            c, number, CandidateState.DISMISSED, "李", "同名企业", "f1", T0 + HOUR, T0 + DAY
        )
        lines = list_audit(c, f"candidate:{number}")
        events = candidate_events(c, number)
        assert candidate(c, number) == kept
    assert (kept.state, kept.decided_by, kept.reason) == (
        CandidateState.DISMISSED,
        "李",
        "同名企业",
    )
    assert (kept.fingerprint, kept.decided_at) == ("f1", T0 + HOUR)
    assert [(line.actor, line.action) for line in lines] == [("李", "candidate.dismissed")]
    assert [event.kind for event in events] == ["found", "dismissed"]


def test_candidates_are_due_for_another_look_at_their_time_and_not_before(db: Database) -> None:
    with db.write() as c:
        number = found(c, FOUND).id
        set_recheck(c, number, T0 + DAY, 1, T0)
        assert due_for_recheck(c, T0 + DAY - timedelta(milliseconds=1)) == ()
        (due,) = due_for_recheck(c, T0 + DAY)
    assert (due.rechecks, due.gone_since) == (1, T0)


def test_a_letter_is_kept_with_its_receipt_and_both_are_audited(db: Database) -> None:
    with db.write() as c:
        number = found(c, FOUND).id
        letter = save_takedown(c, Takedown(number, "三教函〔2026〕1号", T0, "李"), "李", T0)
        assert letter.id is not None
        sent = save_takedown(
            c,
            Takedown(number, letter.number, T0, "李", receipt="R1", received_at=T0, id=letter.id),
            "李",
            T0 + HOUR,
        )
        assert takedowns(c, [number]) == (sent,)
        assert takedowns(c, [number + 1]) == ()
        newest = list_audit(c, f"candidate:{number}")[0]
    assert newest.before == {"receipt": "", "received_at": None}
    assert newest.after == {"receipt": "R1", "received_at": T0.isoformat()}


def test_candidates_are_listed_by_state(db: Database) -> None:
    with db.write() as c:
        found(c, FOUND)
        assert load_candidates(c, [CandidateState.REVIEW]) == ()
        assert len(load_candidates(c, [CandidateState.NEW])) == 1
