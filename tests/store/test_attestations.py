"""人工核验 in the store: a source like any other, which a machine's list overrules."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rules.world import CAL, RULES
from tests.store.given import (
    DAY,
    HOUR,
    T0,
    account,
    failure,
    partial,
    post,
    read,
    register,
    snapshot,
)
from watcher.model import (
    ATTEST,
    PASTED,
    PUSHED,
    Attestation,
    Dossier,
    Look,
    PageRef,
    Post,
    Profile,
    Sighting,
    Snapshot,
    Trouble,
)
from watcher.rules import judge, next_judgement
from watcher.store import (
    Database,
    Reading,
    attestations,
    connect,
    dossiers,
    migrate,
    record,
    save_attestation,
)

EVIDENCE = "cd" * 32
SECOND = timedelta(seconds=1)


def attest(db: Database, at: datetime, last: datetime | None, days: int = 30) -> Dossier:
    """王五 says at `at` that the last post is of `last`; the dossier after it."""
    said = Attestation("weibo-1", at, at + days * DAY, "王五", EVIDENCE, "a.png", 9)
    if last is not None:
        said = replace(said, last_post=Post("", last, "听说的一条"))
    with db.write() as c:
        kept = save_attestation(c, said)
        posts = () if last is None else (Post(f"attest:{kept.id}", last, "听说的一条"),)
        page = PageRef(f"attest:{kept.id}/王五", 0, EVIDENCE, at)
        sighting = Sighting(Profile("", "三亚教育"), posts, reaches=last)
        seen = Snapshot("weibo-1", at, sighting, ATTEST, (page,))
        done = record(c, [Reading("weibo-1", seen, attested_until=said.valid_until)], at)
    return done["weibo-1"]


def rules_broken(dossier: Dossier, now: datetime) -> dict[str, dict[str, object]]:
    return {f.rule: dict(f.facts) for f in judge(dossier, now, RULES, CAL)}


def test_an_attestation_is_kept_as_it_was_given(db: Database) -> None:
    register(db)
    value = Attestation(
        "weibo-1",
        T0,
        T0 + 30 * DAY,
        "王五",
        EVIDENCE,
        "截图.png",
        1234,
        Post("", T0 - DAY, "题", "https://weibo.com/1/x"),
        "三亚教育",
        "电话核实",
    )
    with db.write() as c:
        kept = save_attestation(c, value)
    assert kept.id is not None
    with db.read() as c:
        (found,) = attestations(c, "weibo-1")
    assert found.last_post is not None
    assert found == replace(kept, last_post=replace(found.last_post, id=f"attest:{kept.id}"))
    with db.write() as c, pytest.raises(LookupError):
        save_attestation(c, replace(value, account="weibo-404"))


def test_a_person_is_a_source_and_named_in_the_proof_with_time_and_evidence(db: Database) -> None:
    register(db)
    seen = attest(db, T0 + HOUR, T0 - 20 * DAY)
    assert (seen.sight.covered_from, seen.sight.covered_to) == (T0 - 20 * DAY, T0 + HOUR)
    assert seen.sight.attested_by == "王五"
    facts = rules_broken(seen, T0 + HOUR)["UPD-04"]
    assert facts["reading"]["source"] == ATTEST  # type: ignore[index]
    assert facts["reading"]["attested"] == {  # type: ignore[index]
        "by": "王五",
        "at": (T0 + HOUR).isoformat(),
        "until": (T0 + HOUR + 30 * DAY).isoformat(),
        "evidence": EVIDENCE,
    }
    with db.read() as c:
        assert dossiers(c, ["weibo-1"], T0 + HOUR)["weibo-1"] == seen


def test_until_it_runs_out_the_account_is_not_blind_and_afterwards_it_is(db: Database) -> None:
    register(db)
    seen = attest(db, T0 + HOUR, T0 - DAY)
    ends = T0 + HOUR + 30 * DAY
    assert rules_broken(seen, ends - SECOND) == {}
    now, turns = T0 + HOUR, []
    while (then := next_judgement(seen, now, RULES, CAL)) is not None:
        turns.append(then)
        now = then
    assert ends in turns
    assert set(rules_broken(seen, ends)) == {"SYS-01"}


def test_its_days_never_grow_after_the_moment_it_speaks_of(db: Database) -> None:
    register(db)
    seen = attest(db, T0 + HOUR, T0 - 13 * DAY)
    for days in (1, 5, 29, 60):
        facts = rules_broken(seen, T0 + days * DAY)
        assert "UPD-04" not in facts
        assert facts["UPD-03"]["days"] == 13


def test_a_person_sees_that_there_is_no_post_at_all(db: Database) -> None:
    register(db)
    seen = attest(db, T0 + HOUR, None)
    assert (seen.sight.covered_from, seen.sight.covered_to) == (None, T0 + HOUR)
    assert seen.sight.last_post is None


def test_a_person_does_not_mend_our_own_reading(db: Database) -> None:
    register(db)
    read(db, failure(T0))
    read(db, failure(T0 + HOUR))
    sight = attest(db, T0 + 2 * HOUR, T0 - DAY).sight
    assert (sight.trouble, sight.failures, sight.trouble_since) == (Trouble.BLOCKED, 2, T0)
    again = read(db, failure(T0 + 3 * HOUR)).sight
    assert again.failures == 3
    assert again.attested_until == sight.attested_until


def test_a_complete_list_overrules_it(db: Database) -> None:
    register(db)
    attest(db, T0 + HOUR, T0)
    old = post(1, T0 - 30 * DAY)
    seen = read(db, snapshot(T0 + 2 * HOUR, old, reaches=T0 - 30 * DAY))
    assert (seen.sight.attested_until, seen.sight.attested_by) == (None, "")
    assert seen.sight.last_post == old
    assert [each.post for each in seen.posts] == [old]
    assert rules_broken(seen, T0 + 2 * HOUR)["UPD-04"]["days"] == 30
    assert seen.profile is not None
    assert seen.profile.name == "三亚教育1"


def test_a_post_that_the_list_does_not_reach_back_to_is_not_denied(db: Database) -> None:
    register(db)
    attest(db, T0 + HOUR, T0 - 5 * DAY)
    seen = read(db, snapshot(T0 + 2 * HOUR, post(1, T0 - DAY), reaches=T0 - DAY))
    assert len(seen.posts) == 2
    assert seen.sight.last_post == post(1, T0 - DAY)


def test_a_list_that_ends_before_the_post_does_not_deny_it(db: Database) -> None:
    register(db)
    told = attest(db, T0 + HOUR, T0).sight.last_post
    seen = read(db, snapshot(T0 + 2 * HOUR, reaches=None, until=T0 - HOUR))
    assert seen.sight.last_post == told
    later = read(db, snapshot(T0 + DAY, reaches=None, until=T0 + HOUR))
    assert later.sight.last_post is None


def test_a_part_that_shows_nothing_new_leaves_it_and_one_that_does_ends_it(db: Database) -> None:
    register(db)
    until = attest(db, T0 + HOUR, T0 - DAY).sight.attested_until
    same = read(db, partial(T0 + 2 * HOUR, post(1, T0 - DAY + 30 * SECOND)))
    assert same.sight.attested_until == until
    fresh = read(db, partial(T0 + 3 * HOUR, post(2, T0 + 2 * HOUR)))
    assert fresh.sight.attested_until == until
    known = read(db, partial(T0 + 4 * HOUR, post(3, T0 + HOUR)))
    assert known.sight.attested_until == until  # no later than what is known by now
    attest(db, T0 + 5 * HOUR, T0 + 2 * HOUR)
    missed = read(db, partial(T0 + 6 * HOUR, post(4, T0 + 4 * HOUR)))
    assert missed.sight.attested_until is None
    assert missed.sight.last_post == post(4, T0 + 4 * HOUR)


def test_a_second_look_corrects_the_first(db: Database) -> None:
    register(db)
    attest(db, T0 + HOUR, T0)
    seen = attest(db, T0 + 2 * HOUR, T0 - 20 * DAY)
    assert seen.sight.last_post is not None
    assert seen.sight.last_post.at == T0 - 20 * DAY
    assert len(seen.posts) == 1
    assert not any(each.backdatable for each in seen.posts)


def test_two_faces_of_one_moment_are_one(db: Database) -> None:
    register(db)
    read(db, snapshot(T0, post(1, T0 - DAY)))
    seen = attest(db, T0, T0 - DAY)
    assert seen.profile is not None
    assert seen.profile.name == "三亚教育"


def test_what_is_heard_unasked_stands_beside_our_own_looks(db: Database) -> None:
    register(db)
    ours = replace(failure(T0), looks=(Look("weibo", "blocked", "验证码"), Look("feed")))
    read(db, ours)
    pushed = replace(partial(T0 + HOUR, post(1, T0 + HOUR)), source=PUSHED)
    pasted = replace(partial(T0 + 2 * HOUR, post(2, T0)), source=f"{PASTED}weibo")
    read(db, pushed)
    looks = read(db, pasted).sight.looks
    assert [(look.source, look.at) for look in looks] == [
        ("weibo", T0),
        ("feed", None),
        (PUSHED, T0 + HOUR),
        ("pasted:weibo", T0 + 2 * HOUR),
    ]
    again = read(db, replace(ours, at=T0 + 3 * HOUR)).sight.looks
    assert [look.source for look in again] == ["weibo", "feed", PUSHED, "pasted:weibo"]


def test_a_pasted_article_is_no_sign_that_a_vanished_account_lives(db: Database) -> None:
    register(db)
    read(db, failure(T0, Trouble.GONE))
    pasted = replace(partial(T0 + HOUR, post(1, T0)), source=f"{PASTED}weibo")
    assert read(db, pasted).sight.absent_since == T0
    assert attest(db, T0 + 2 * HOUR, T0).sight.absent_since is None


def test_an_account_without_sources_is_blind_until_somebody_looks(db: Database) -> None:
    register(db, account(sources=()))
    with db.read() as c:
        d = dossiers(c, ["weibo-1"], T0)["weibo-1"]
    assert rules_broken(d, T0 + 11 * HOUR) == {}
    facts = rules_broken(d, T0 + 12 * HOUR)["SYS-01"]
    assert facts["by_people_only"] is True
    assert "watcher attest" in str(facts["detail"])
    assert rules_broken(attest(db, T0 + 13 * HOUR, T0), T0 + 14 * DAY) == {}


# -- whatever people say ---------------------------------------------------------------------

hours = st.integers(0, 30 * 24)
EVENT = st.one_of(
    st.tuples(st.just("complete"), hours, st.integers(1, 4)),
    st.tuples(st.just("partial"), hours, st.integers(1, 4)),
    st.tuples(st.just("failed"), hours, st.just(0)),
    st.tuples(st.just("attest"), hours, st.integers(-24 * 20, 0)),
)


@cache
def empty_file() -> bytes:
    """A database that is migrated and holds one account: migrating takes longer than the rest."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "watcher.db"
        db = connect(f"sqlite:///{file}")
        migrate(db)
        register(db, now=T0 - 60 * DAY)
        db.close()
        return file.read_bytes()


@contextmanager
def fresh() -> Iterator[Database]:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "watcher.db"
        file.write_bytes(empty_file())
        db = connect(f"sqlite:///{file}")
        try:
            yield db
        finally:
            db.close()


def played(db: Database, events: list[tuple[str, int, int]], truth: list[Post]) -> None:
    for kind, hour, what in sorted(events, key=lambda event: event[1]):
        at = T0 + hour * HOUR
        public = [p for p in sorted(truth, key=lambda p: p.at, reverse=True) if p.at <= at]
        if kind == "attest":
            attest(db, at, at + what * HOUR)
        elif kind == "failed":
            read(db, failure(at))
        elif kind == "partial":
            read(db, partial(at, *public[what : what + 1]))
        else:
            reaches = public[what - 1].at if len(public) > what else None
            read(db, snapshot(at, *public[:what], reaches=reaches))


@settings(max_examples=30, deadline=None)
@given(st.lists(hours, max_size=8, unique=True), st.lists(EVENT, max_size=10))
def test_nothing_that_people_say_hides_silence_from_a_later_list(
    posted: list[int], events: list[tuple[str, int, int]]
) -> None:
    truth = [post(n, T0 + hour * HOUR) for n, hour in enumerate(posted)]
    at = T0 + 45 * DAY
    with fresh() as db:
        played(db, events, truth)
        ordered = sorted(truth, key=lambda p: p.at, reverse=True)
        seen = read(db, snapshot(at, *ordered, reaches=None))
        assert seen.sight.last_post == (ordered[0] if ordered else None)
        assert not [each for each in seen.posts if each.post.id.startswith("attest:")]
        assert (seen.sight.attested_until, seen.sight.attested_by) == (None, "")
    with fresh() as db:
        played(db, [event for event in events if event[0] != "attest"], truth)
        plain = read(db, snapshot(at, *ordered, reaches=None))
    assert {f.key for f in judge(seen, at, RULES, CAL)} == {
        f.key for f in judge(plain, at, RULES, CAL)
    }


@settings(max_examples=30, deadline=None)
@given(st.lists(EVENT, min_size=1, max_size=10), st.integers(0, 90))
def test_an_attestation_claims_nothing_after_its_moment_and_runs_out_to_unknown(
    events: list[tuple[str, int, int]], later: int
) -> None:
    with fresh() as db:
        played(db, events, [post(1, T0 - 30 * DAY)])
        with db.read() as c:
            d = dossiers(c, ["weibo-1"], T0)["weibo-1"]
    looked = [T0 + hour * HOUR for kind, hour, _ in events if kind in ("attest", "complete")]
    now = T0 + 30 * DAY + later * DAY
    found = judge(d, now, RULES, CAL)
    assert all(f.as_of <= max(looked) for f in found if f.rule.startswith("UPD"))
    until = d.sight.attested_until
    seen = d.sight.covered_to
    if (until is None or now >= until) and seen is not None and now - seen >= 12 * HOUR:
        assert "SYS-01" in {f.rule for f in found}
    if until is not None and now < until:
        assert "SYS-01" not in {f.rule for f in found}
