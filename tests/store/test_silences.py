"""Silences on both databases: nothing is said while they last, nothing is lost when they end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from alerts.policy import DEFAULT_POLICY
from alerts.routing import Office, Offices, Target
from tests.rules.world import CAL, RULES
from tests.store.given import DAY, HOUR, T0, account, post, read, register, snapshot
from watcher.casework import CaseworkError, Wish, perform, snooze
from watcher.deciding import Book
from watcher.due import Cadence
from watcher.hushing import begin, stop_early
from watcher.judging import rejudge, settle
from watcher.model import Case, CaseState, Level, Post, Role
from watcher.quiet import Silence
from watcher.rectifying import Deed, case_number
from watcher.silence_end import conclude_due
from watcher.store import (
    Database,
    Reading,
    case_events,
    list_audit,
    list_cases,
    mark_sent,
    take_letters,
)
from watcher.store.schema import outbox
from watcher.store.silences import held_by, list_silences, open_silences

HOOK = Target("hook", "webhook", url="http://127.0.0.1:9/hook")
OFFICES = Offices(
    offices={"szf": Office("szf", "市政府办公室", targets={"": ("hook",)})},
    targets={"hook": HOOK, "op": Target("op", "webhook", url="http://127.0.0.1:9/op")},
    roles={Role.CITY: "szf"},
    fallback=("op",),
)
ONLY = {
    name: replace(each, enabled=name in ("UPD-03", "UPD-04")) for name, each in RULES.rules.items()
}
BOOK = Book(replace(RULES, rules=ONLY), DEFAULT_POLICY, OFFICES, CAL, Cadence(), DAY)
OLD = post(1, T0 - 20 * DAY)  # silent for 20 days: red
NEAR = post(1, T0 - 10 * DAY - HOUR)  # silent for 10 days: yellow, orange from the 13th on
END = T0 + 2 * DAY
MONTH = timedelta(days=30)


def silence(until: Any = END, **more: Any) -> Silence:
    scope = (
        {} if more.keys() & {"rule", "platform", "office", "account", "unit"} else {"rule": "UPD-*"}
    )
    return Silence(until, "系统迁移", "值班员", T0, **(scope | more))


def quiet(db: Database, value: Silence, at: Any = T0) -> Silence:
    with db.write() as c:
        return begin(c, value, OFFICES, at)


def seen(db: Database, at: Any, *posts: Post, key: str = "weibo-1") -> None:
    with db.write() as c:
        settle(c, [Reading(key, snapshot(at, *(posts or (OLD,)), key=key))], BOOK, at)


def watched(db: Database, *posts: Post) -> None:
    register(db)
    read(db, snapshot(T0 - 3 * DAY, *posts))


def over(db: Database, at: Any) -> int:
    """The round that ends silences, and the judging that follows."""
    with db.write() as c:
        ended = conclude_due(c, OFFICES, DEFAULT_POLICY, CAL, at)
        rejudge(c, BOOK, at)
    return ended


def letters(db: Database, *states: str) -> list[tuple[str, str, str]]:
    with db.read() as c:
        rows = c.execute(outbox.select().order_by(outbox.c.id)).mappings()
        return [
            (row["target"], row["why"], row["state"])
            for row in rows
            if not states or row["state"] in states
        ]


def deliver(db: Database, at: Any) -> list[str]:
    """Send all that is due; why each was sent."""
    with db.write() as c:
        groups = take_letters(c, at, HOUR, 100)
        for group in groups:
            mark_sent(c, [each.id or 0 for each in group], "", at)
    return [each.why.value for group in groups for each in group]


def one(db: Database, rule: str) -> Case:
    with db.read() as c:
        return next(each for each in list_cases(c) if each.finding.rule == rule)


def test_while_a_silence_lasts_nothing_is_said_and_afterwards_once(db: Database) -> None:
    watched(db, NEAR)
    kept = quiet(db, silence())
    for hours in (0, 6, 30):
        seen(db, T0 + hours * HOUR, NEAR)
    case = one(db, "UPD-03")
    assert (case.state, case.told_at, case.due_on) == (CaseState.OPEN, None, None)
    assert letters(db) == []
    with db.read() as c:
        (held,) = held_by(c, [kept.id or 0])[kept.id or 0]
    assert (held.case_id, held.why) == (case.id, "first")
    assert held.letters > 0
    assert over(db, T0 + 1 * DAY) == 0
    assert over(db, END) == 1
    said = letters(db)
    assert [each for each in said if each[1] == "first"] != []
    assert {each[1] for each in said} == {"first", "digest"}  # the case, and the summary
    assert one(db, "UPD-03").told_at == END
    assert over(db, END) == 0
    assert letters(db) == said


def test_what_came_and_went_inside_is_one_line_of_a_summary(db: Database) -> None:
    watched(db, NEAR)
    quiet(db, silence())
    seen(db, T0, NEAR)
    number = case_number(one(db, "UPD-03"))
    seen(db, T0 + DAY, post(2, T0 + 20 * HOUR), NEAR)
    assert one(db, "UPD-03").state is CaseState.CLOSED
    over(db, END)
    assert [each[1] for each in letters(db)] == ["digest"]
    with db.read() as c:
        row = c.execute(outbox.select()).mappings().one()
    assert row["target"] == "op"
    assert f"期间立案又了结1个，不再逐一告知：{number}" in row["body"]
    assert "理由：系统迁移；设置人：值班员" in row["body"]
    assert len(row["short"]) <= 70


def test_red_is_held_only_where_a_person_said_so(db: Database) -> None:
    watched(db, OLD)
    quiet(db, silence())
    seen(db, T0)
    assert one(db, "UPD-04").told_at == T0
    assert letters(db) != []


def test_red_too_where_it_was_included(db: Database) -> None:
    watched(db, OLD)
    quiet(db, silence(even_red=True))
    seen(db, T0)
    assert one(db, "UPD-04").told_at is None
    assert letters(db) == []


def test_a_case_that_turns_red_within_a_silence_is_said(db: Database) -> None:
    watched(db, NEAR)
    quiet(db, silence(T0 + 10 * DAY))
    seen(db, T0, NEAR)
    seen(db, T0 + 4 * DAY, NEAR)  # fifteen days
    assert one(db, "UPD-04").told_at == T0 + 4 * DAY


def test_letters_that_wait_when_a_silence_begins_wait_on_and_leave_once(db: Database) -> None:
    watched(db, NEAR)
    seen(db, T0, NEAR)
    before = letters(db, "pending")
    assert before
    quiet(db, silence(), T0 + timedelta(seconds=10))
    assert [state for *_, state in letters(db)] == ["silenced"] * len(before)
    assert deliver(db, T0 + HOUR) == []
    seen(db, T0 + 30 * HOUR, NEAR)  # a reminder would be due
    assert deliver(db, T0 + 40 * HOUR) == []
    over(db, END)
    said = deliver(db, END + 6 * HOUR + DAY)
    assert sorted(said) == sorted([*(why for _, why, _ in before), "digest"])


def test_who_did_not_hear_yet_hears_once_where_others_did(db: Database) -> None:
    watched(db, NEAR)
    seen(db, T0, NEAR)
    with db.write() as c:  # another target had its letter at once
        row = dict(c.execute(outbox.select()).mappings().one())
        del row["id"]
        c.execute(outbox.insert(), row | {"key": "k2", "target": "b", "state": "sent"})
    quiet(db, silence(), T0 + timedelta(seconds=10))
    over(db, END)
    assert sorted(deliver(db, END + HOUR)) == ["digest", "first"]
    assert one(db, "UPD-03").told_at == END
    seen(db, END + HOUR, NEAR)
    assert "reminder" not in {why for _, why, _ in letters(db)}


def test_the_end_of_a_case_that_was_told_is_told_when_the_silence_ends(db: Database) -> None:
    watched(db, NEAR)
    seen(db, T0, NEAR)
    assert set(deliver(db, T0 + 6 * HOUR)) == {"first"}
    quiet(db, silence(), T0 + 7 * HOUR)
    seen(db, T0 + DAY, post(2, T0 + 20 * HOUR), NEAR)
    assert [state for _, why, state in letters(db) if why == "resolved"] == ["silenced"]
    over(db, END)
    assert sorted(deliver(db, END + 6 * HOUR + DAY)) == ["digest", "resolved"]


def test_who_did_not_hear_the_beginning_does_not_hear_the_end(db: Database) -> None:
    watched(db, NEAR)
    seen(db, T0, NEAR)  # its letter waits
    quiet(db, silence(), T0 + timedelta(seconds=10))
    seen(db, T0 + DAY, post(2, T0 + 20 * HOUR), NEAR)
    over(db, END)
    assert deliver(db, END + 6 * HOUR + DAY) == ["digest"]
    assert {state for *_, state in letters(db)} == {"sent", "dropped"}


def test_a_second_silence_takes_over_what_it_covers(db: Database) -> None:
    watched(db, NEAR)
    first = quiet(db, silence())
    seen(db, T0, NEAR)
    second = quiet(db, silence(END + 12 * HOUR, platform="weibo"), T0 + HOUR)
    over(db, END)
    assert one(db, "UPD-03").told_at is None
    with db.read() as c:
        held = held_by(c, [first.id or 0, second.id or 0])
        assert [each.number for each in open_silences(c)] == [""]
    assert [len(each) for each in held.values()] == [0, 1]
    over(db, END + 12 * HOUR)
    assert one(db, "UPD-03").told_at is not None


@pytest.mark.parametrize(
    ("scope", "held"),
    [
        ({"rule": "UPD-03"}, True),
        ({"rule": "UPD-04"}, False),
        ({"rule": "CHG-*"}, False),
        ({"platform": "weibo"}, True),
        ({"platform": "douyin"}, False),
        ({"office": "szf"}, True),
        ({"office": "other"}, False),
        ({"account": "weibo-1"}, True),
        ({"account": "weibo-2"}, False),
        ({"unit": "jyj"}, True),
        ({"unit": "other"}, False),
        ({"rule": "UPD-03", "platform": "douyin"}, False),
    ],
)
def test_a_silence_holds_what_fits_every_part(
    db: Database, scope: dict[str, str], held: bool
) -> None:
    watched(db, NEAR)
    quiet(db, silence(**scope))
    seen(db, T0, NEAR)
    assert (one(db, "UPD-03").told_at is None) is held


def test_ending_a_silence_by_hand_says_what_is_still_so(db: Database) -> None:
    watched(db, NEAR)
    kept = quiet(db, silence())
    seen(db, T0, NEAR)
    with db.write() as c:
        stop_early(c, kept, "王五", T0 + HOUR)
    over(db, T0 + HOUR)
    assert "first" in {why for _, why, _ in letters(db)}
    with db.read() as c:
        (after,) = list_silences(c)
        actions = [each.action for each in list_audit(c)]
        body = c.execute(outbox.select().where(outbox.c.why == "digest")).mappings().one()["body"]
    assert (after.ended_by, after.concluded_at) == ("王五", T0 + HOUR)
    assert actions[:2] == ["silence_end", "silence_begin"]
    assert "由王五于" in body
    assert "提前结束" in body


def put_off(db: Database, case: Case, until: Any, at: Any, **more: Any) -> Silence:
    with db.write() as c:
        wish = Wish(Deed.SNOOZE, "值班员", "已电话告知")
        even_red = bool(more.get("even_red"))
        return snooze(c, str(case.id), wish, until, even_red, BOOK, at, MONTH)[2]


def test_a_snoozed_case_is_not_recalled_until_then_and_its_end_is_said(db: Database) -> None:
    watched(db, NEAR)
    seen(db, T0, NEAR)
    deliver(db, T0 + 6 * HOUR)
    case = one(db, "UPD-03")
    put_off(db, case, T0 + 3 * DAY, T0 + 7 * HOUR)
    seen(db, T0 + DAY + HOUR, NEAR)
    assert deliver(db, T0 + 30 * HOUR) == []
    with db.read() as c:
        (event,) = case_events(c, case.id or 0)
    assert (event.kind, event.text) == (Deed.SNOOZE, "已电话告知")
    seen(db, END, post(2, T0 + 30 * HOUR), NEAR)
    assert deliver(db, END + HOUR) == ["resolved"]
    over(db, END)
    assert "first" not in deliver(db, END + 6 * HOUR + DAY)


def test_who_was_snoozed_before_the_first_letter_hears_neither_beginning_nor_end(
    db: Database,
) -> None:
    watched(db, NEAR)
    seen(db, T0, NEAR)
    put_off(db, one(db, "UPD-03"), END, T0 + timedelta(seconds=10))
    seen(db, T0 + DAY, post(2, T0 + 20 * HOUR), NEAR)
    assert deliver(db, T0 + DAY + HOUR) == []
    over(db, END)
    assert deliver(db, END + DAY) == ["digest"]


def test_a_snooze_that_cannot_be_says_why(db: Database) -> None:
    watched(db, OLD)
    seen(db, T0)
    case = one(db, "UPD-04")
    with pytest.raises(CaseworkError, match="--even-red"):
        put_off(db, case, T0 + DAY, T0)
    with pytest.raises(CaseworkError, match="最长 30 天"):
        put_off(db, case, T0 + 31 * DAY, T0, even_red=True)
    with pytest.raises(CaseworkError, match="晚于现在"):
        put_off(db, case, T0, T0, even_red=True)
    put_off(db, case, T0 + DAY, T0, even_red=True)
    with db.write() as c:
        perform(c, str(case.id), Wish(Deed.DISMISS, "值班员", "误报"), BOOK, T0 + HOUR)
    with pytest.raises(CaseworkError, match="不再办理"):
        put_off(db, case, T0 + DAY, T0 + HOUR, even_red=True)


def test_other_accounts_are_heard_of_as_ever(db: Database) -> None:
    register(db, account(), account(2))
    for key in ("weibo-1", "weibo-2"):
        read(db, replace(snapshot(T0 - 3 * DAY, NEAR, key=key)))
    quiet(db, silence(account="weibo-1", rule=""))
    for key in ("weibo-1", "weibo-2"):
        seen(db, T0, NEAR, key=key)
    with db.read() as c:
        told = {each.finding.account: each.told_at for each in list_cases(c)}
    assert told["weibo-1"] is None
    assert told["weibo-2"] == T0
    assert Level.YELLOW in {each.finding.level for each in [one(db, "UPD-03")]}
