from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from tests.store.given import (
    DAY,
    HOUR,
    T0,
    account,
    case,
    finding,
    letter,
    read,
    register,
    snapshot,
)
from watcher.model import CaseState, Level
from watcher.store import (
    Database,
    enqueue,
    list_cases,
    mark_failed,
    mark_sent,
    note_posted,
    open_cases,
    overview,
    posted,
    put_back,
    save_cases,
    take_letters,
)


def test_cases_come_back_as_they_were_saved_and_in_order(db: Database) -> None:
    values = [case(), case(finding=finding("SYS-02", key="")), case(finding=finding("UPD-05"))]
    with db.write() as c:
        saved = save_cases(c, values)
        assert [replace(one, id=None) for one in saved] == values
        assert all(one.id for one in saved)
        assert open_cases(c, ["weibo-1", "", "weibo-2"]) == {
            "weibo-1": (saved[0], saved[2]),
            "": (saved[1],),
            "weibo-2": (),
        }


def test_a_second_open_case_of_one_finding_is_refused(db: Database) -> None:
    with db.write() as c:
        save_cases(c, [case()])
    with pytest.raises(sa.exc.IntegrityError), db.write() as c:
        save_cases(c, [case()])


def test_a_case_closes_and_its_finding_may_open_another_in_the_same_call(db: Database) -> None:
    with db.write() as c:
        (first,) = save_cases(c, [case()])
        closed = replace(
            first, state=CaseState.CLOSED, closed_at=T0 + DAY, closing="已更新", told_at=T0,
            told_level=Level.RED, acknowledged_by="王一",
        )  # fmt: skip
        second, again = save_cases(c, [case(opened_at=T0 + DAY), closed])
        assert again == closed
        assert open_cases(c, ["weibo-1"])["weibo-1"] == (second,)
        assert list_cases(c) == (second, closed)
        assert list_cases(c, CaseState.CLOSED) == (closed,)
        assert list_cases(c, account="weibo-2") == ()


def test_a_letter_is_queued_once_and_taken_when_due(db: Database) -> None:
    with db.write() as c:
        assert enqueue(
            c, [letter("a"), replace(letter("a"), body="另"), letter("b", not_before=T0 + DAY)]
        )
        assert enqueue(c, [letter("a")]) == 0
        ((taken,),) = take_letters(c, T0, HOUR)
        assert replace(taken, id=None) == letter("a")
        assert take_letters(c, T0, HOUR) == ()


def test_a_letter_whose_fate_was_not_noted_comes_back_and_says_so(db: Database) -> None:
    with db.write() as c:
        enqueue(c, [letter("a")])
        take_letters(c, T0, HOUR)
        ((again,),) = take_letters(c, T0 + HOUR, HOUR)
        assert (again.possibly_sent, again.attempts) == (True, 1)
        mark_failed(c, [again.id or 0], "超时", T0 + 2 * HOUR, T0 + HOUR)
        assert take_letters(c, T0 + HOUR, HOUR) == ()
        ((third,),) = take_letters(c, T0 + 2 * HOUR, HOUR)
        assert (third.possibly_sent, third.attempts) == (True, 2)


def test_due_letters_of_one_target_and_merge_key_come_together(db: Database) -> None:
    with db.write() as c:
        enqueue(
            c,
            [
                letter("a", merge="digest"),
                letter("b"),
                letter("c", merge="digest"),
                letter("d", target="other", merge="digest"),
                letter("e", merge="digest", not_before=T0 + DAY),
            ],
        )
        groups = take_letters(c, T0, HOUR, limit=2)
        assert [[one.key for one in group] for group in groups] == [["a", "c"], ["b"]]
        mark_sent(c, [one.id or 0 for one in groups[0]], "msg-1", T0)
        mark_failed(c, [groups[1][0].id or 0], "拒收", None, T0)
        assert dict(overview(c, T0).outbox) == {"sent": 1, "merged": 1, "failed": 1, "pending": 2}
        assert take_letters(c, T0 + 2 * DAY, HOUR)[0][0].key == "d"


def test_a_letter_that_went_out_stays_sent(db: Database) -> None:
    with db.write() as c:
        enqueue(c, [letter("a")])
        ((taken,),) = take_letters(c, T0, HOUR)
        mark_sent(c, [taken.id or 0], "m", T0)
        mark_failed(c, [taken.id or 0], "late", T0, T0)
        assert take_letters(c, T0 + DAY, HOUR) == ()


def test_the_overview_counts_what_there_is(db: Database) -> None:
    register(db, account(1), account(2))
    read(db, snapshot(T0))
    with db.write() as c:
        save_cases(c, [case()])
        enqueue(c, [letter("a", case_id=1), letter("b", not_before=T0 + DAY)])
        seen = overview(c, T0 + HOUR)
    first, second = seen.accounts
    assert (first.covered_to, first.unit_name, first.trouble) == (T0, "三亚市教育局", None)
    assert (second.last_success_at, second.next_check_at) == (None, T0)
    assert seen.cases == {("UPD-04", Level.RED, CaseState.OPEN): 1}
    assert (seen.outbox, seen.outbox_oldest) == ({"pending": 2}, T0)


def test_a_letter_that_was_put_back_was_not_tried(db: Database) -> None:
    with db.write() as c:
        enqueue(c, [letter("a")])
        ((taken,),) = take_letters(c, T0, HOUR)
        put_back(c, [taken.id or 0], T0 + 2 * HOUR)
        assert take_letters(c, T0 + HOUR, HOUR) == ()
        ((again,),) = take_letters(c, T0 + 2 * HOUR, HOUR)
        assert (again.attempts, again.possibly_sent) == (taken.attempts, False)
        mark_sent(c, [again.id or 0], "m", T0)
        put_back(c, [again.id or 0], T0)
        assert take_letters(c, T0 + DAY, HOUR) == ()


def test_the_posts_of_a_robot_are_remembered_as_they_were_noted(db: Database) -> None:
    moments = tuple(T0 + n * HOUR / 14400 for n in range(3))
    with db.write() as c:
        assert posted(c, "feishu env:A") == ()
        note_posted(c, "feishu env:A", moments)
    with db.write() as c:
        assert posted(c, "feishu env:A") == moments
        assert posted(c, "feishu env:B") == ()
        note_posted(c, "feishu env:A", moments[1:])
        assert posted(c, "feishu env:A") == moments[1:]
