"""Problems, events, impersonators and an account's history, as of a moment, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from tests.store.given import FULL, T0, UNIT, account, finding, post, read, snapshot
from watcher.candidates import CandidateState, Found
from watcher.filings import Filing, FilingKind
from watcher.model import Case, CaseState, FiledState, Letter, Level, Profile, Unit, UnitKind, Why
from watcher.rectifying import CaseEvent, Deed, Measure, case_number
from watcher.store import (
    Database,
    add_event,
    audit,
    enqueue,
    mark_sent,
    save_cases,
    save_register,
    take_letters,
)
from watcher.store.annual import entered_late, events, impostors, names_as_of, owners, problems
from watcher.store.candidates import decide, found
from watcher.store.filed import keep_filings
from watcher.store.history import history

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FOR_EVER = T0 + 4000 * DAY
FILING = Filing("F1", FilingKind.CHANGE, "jyj", "weibo-1", approved_on=date(2026, 3, 2))


def entered(db: Database, *accounts, at: datetime = T0) -> None:
    with db.write() as c:
        save_register(c, [UNIT], accounts or (account(),), "测试", at)


def case_of(db: Database, at: datetime = T0, **changes) -> Case:
    with db.write() as c:
        (saved,) = save_cases(c, [replace(Case(finding(), opened_at=at), **changes)])
    return saved


def named(db: Database, at: datetime) -> dict[str, tuple[str, str, FiledState]]:
    with db.read() as c:
        return {
            key: (each.name, each.unit.name, each.state) for key, each in names_as_of(c, at).items()
        }


def test_the_register_is_given_back_as_it_was(db: Database) -> None:
    entered(db)
    moved = Unit("wsj", "三亚市卫生健康委员会", UnitKind.CITY_DEPARTMENT)
    with db.write() as c:
        renamed = replace(account(), name="三亚卫健", unit=moved, filed_state=FiledState.SUSPENDED)
        save_register(c, [moved], [renamed], "测试", T0 + 10 * DAY)
        save_register(c, [replace(UNIT, name="三亚市教育体育局")], [], "测试", T0 + 20 * DAY)
        save_register(c, [], [account(2)], "测试", T0 + 30 * DAY)
    active, ended = FiledState.ACTIVE, FiledState.SUSPENDED
    assert named(db, T0 - DAY) == {}
    assert named(db, T0 + 9 * DAY) == {"weibo-1": ("三亚教育1", "三亚市教育局", active)}
    assert named(db, T0 + 15 * DAY)["weibo-1"] == ("三亚卫健", "三亚市卫生健康委员会", ended)
    assert set(named(db, T0 + 40 * DAY)) == {"weibo-1", "weibo-2"}


def test_filings_are_given_back_as_they_were(db: Database) -> None:
    entered(db)
    with db.write() as c:
        keep_filings(c, [FILING], "测试", T0)
        done = replace(FILING, carried_out_on=date(2026, 3, 9))
        keep_filings(c, [done], "测试", T0 + 7 * DAY)
    with db.read() as c:
        assert events(c, T0 - DAY) == ()
        (before,) = events(c, T0 + 6 * DAY)
        (after,) = events(c, T0 + 8 * DAY)
    assert before.filing == FILING
    assert after.filing == done
    assert (after.name, after.unit.name, after.platform) == ("三亚教育1", "三亚市教育局", "weibo")


def test_a_problem_stands_as_it_did_then(db: Database) -> None:
    entered(db)
    opened = case_of(db)
    letter = Letter("k1", "t", Why.FIRST, Level.RED, "题", "正文", "短信一", T0, case_id=opened.id)
    with db.write() as c:
        enqueue(c, [letter, replace(letter, key="k2", short="短信二", not_before=T0 + 5 * DAY)])
        for at in (T0 + HOUR, T0 + 6 * DAY):
            taken = take_letters(c, at, HOUR)
            mark_sent(c, [each.id for group in taken for each in group], "1", at)
        deed = CaseEvent(opened.id, T0 + 2 * DAY, "李四", Deed.FEEDBACK, "已改")
        add_event(c, deed)
        measure = {"measure": Measure.TALK.value}
        add_event(c, replace(deed, kind=Deed.MEASURE, at=T0 + 3 * DAY, data=measure))
        ended = replace(
            opened, state=CaseState.CLOSED, closed_at=T0 + 8 * DAY, closing="复查时已不再出现"
        )
        save_cases(c, [ended])
    with db.read() as c:
        assert problems(c, T0 - DAY, FOR_EVER, T0 - HOUR) == ()
        (first,) = problems(c, T0 - DAY, FOR_EVER, T0 + DAY)
        (last,) = problems(c, T0 - DAY, FOR_EVER, T0 + 9 * DAY)
        assert problems(c, T0 + 9 * DAY, FOR_EVER, T0 + 10 * DAY) == ()  # it ended before
        assert problems(c, T0 - DAY, FOR_EVER, T0 + DAY, "other") == ()
    assert (first.said, first.feedback_at, first.closed_at, first.measures) == (
        "短信一",
        None,
        None,
        (),
    )
    assert first.told_at == T0 + HOUR
    assert (last.said, last.closed_at) == ("短信二", T0 + 8 * DAY)
    assert not last.late(date(2026, 12, 31))  # it was answered
    assert last.feedback_at == T0 + 2 * DAY
    assert [kind for kind, _ in last.measures] == [Measure.TALK]


def test_the_all_clear_is_not_what_a_problem_was(db: Database) -> None:
    entered(db)
    opened = case_of(db)
    letter = Letter("k1", "t", Why.FIRST, Level.RED, "题", "正文", "已15天", T0, case_id=opened.id)
    with db.write() as c:
        enqueue(c, [letter, replace(letter, key="k2", why=Why.RESOLVED, short="予以销号")])
        taken = take_letters(c, T0 + HOUR, HOUR)
        mark_sent(c, [each.id for group in taken for each in group], "1", T0 + HOUR)
    with db.read() as c:
        (found,) = problems(c, T0 - DAY, FOR_EVER, T0 + DAY)
    assert found.said == "已15天"


def test_what_was_told_is_no_feedback_once_a_recheck_found_it_wanting(db: Database) -> None:
    entered(db)
    opened = case_of(db)
    with db.write() as c:
        add_event(c, CaseEvent(opened.id, T0 + DAY, "李四", Deed.FEEDBACK, "已改"))
        wanting = {"ok": False}
        add_event(c, CaseEvent(opened.id, T0 + 2 * DAY, "张三", Deed.RECHECK, "未改", wanting))
    with db.read() as c:
        (answered,) = problems(c, T0 - DAY, FOR_EVER, T0 + DAY)
        (wanted,) = problems(c, T0 - DAY, FOR_EVER, T0 + 3 * DAY)
    assert (answered.feedback_at, wanted.feedback_at) == (T0 + DAY, None)


def test_a_term_that_was_moved_since_is_the_one_of_then(db: Database) -> None:
    entered(db)
    before, after = date(2026, 3, 9), date(2026, 3, 20)
    moved = case_of(db, due_on=after)
    with db.write() as c:
        number = case_number(moved)
        audit(
            *(c, "李四", "case_recheck", number),
            *({"due_on": before.isoformat()}, {"due_on": after.isoformat()}, T0 + 2 * DAY),
        )
    with db.read() as c:
        (then,) = problems(c, T0 - DAY, FOR_EVER, T0 + DAY)
        (now,) = problems(c, T0 - DAY, FOR_EVER, T0 + 3 * DAY)
    assert (then.due_on, now.due_on) == (before, after)


def test_an_account_older_than_its_entry_is_known_as_it_was_entered(db: Database) -> None:
    old, new = (replace(account(n), opened_on=date(2020 + 6 * (n == 2), 3, 1)) for n in (1, 2))
    entered(db, old, new, account(3))
    with db.write() as c:
        renamed = replace(old, name="改名", filed_state=FiledState.SUSPENDED)
        save_register(c, [], [renamed], "测试", T0 + 5 * DAY)
    with db.read() as c:
        found = entered_late(c, date(2026, 1, 1), T0 + 10 * DAY)
        assert entered_late(c, date(2026, 1, 1), T0 - DAY) == {}
        assert entered_late(c, date(2027, 1, 1), FOR_EVER) == {}
    assert {key: each.name for key, each in found.items()} == {"weibo-1": "三亚教育1"}
    assert found["weibo-1"].state is FiledState.ACTIVE


def test_the_watchs_own_troubles_are_no_problems_of_anybody(db: Database) -> None:
    entered(db)
    with db.write() as c:
        save_cases(c, [Case(replace(finding(), rule="SYS-01"), opened_at=T0)])
    with db.read() as c:
        assert problems(c, T0 - DAY, FOR_EVER, FOR_EVER) == ()


def test_an_impersonator_is_one_from_its_confirmation_until_it_is_taken_back(db: Database) -> None:
    entered(db)
    face = Profile("9", "三亚教肓")
    with db.write() as c:
        seen = found(c, Found("weibo", "9", "https://weibo.com/9", face, T0))
        states = (CandidateState.CONFIRMED, CandidateState.TAKEN_DOWN, CandidateState.DISMISSED)
        for day, state in enumerate(states, start=1):
            decide(c, seen.id, state, "张三", "核实", "f", T0 + day * DAY)
    with db.read() as c:
        assert impostors(c, T0 + HOUR) == ()
        (confirmed,) = impostors(c, T0 + DAY)
        (gone,) = impostors(c, T0 + 2 * DAY)
        assert impostors(c, T0 + 3 * DAY) == ()
    assert (confirmed.name, confirmed.confirmed_by, confirmed.days) == ("三亚教肓", "张三", None)
    assert gone.days == 1


def test_cases_without_an_account_have_the_unit_they_are_about(db: Database) -> None:
    entered(db)
    with db.write() as c:
        keep_filings(c, [FILING], "测试", T0)
    with db.read() as c:
        assert owners(c) == {"filing:F1": "jyj"}


def test_the_history_of_an_account_holds_what_was_known_then_and_no_more(db: Database) -> None:
    entered(db, FULL)
    read(db, snapshot(T0 + HOUR, post(1), key="weibo-7"))
    read(db, snapshot(T0 + 40 * DAY, post(2, T0 + 39 * DAY), key="weibo-7"))
    with db.write() as c:
        keep_filings(c, [replace(FILING, account="weibo-7")], "测试", T0 + 20 * DAY)
        save_register(c, [], [replace(FULL, name="新名")], "李四", T0 + 30 * DAY)
    with db.read() as c:
        assert history(c, "weibo-7", T0 - DAY) is None
        assert history(c, "nope", FOR_EVER) is None
        early = history(c, "weibo-7", T0 + 2 * DAY)
        late = history(c, "weibo-7", T0 + 60 * DAY)
    assert early is not None
    assert late is not None
    assert (early.register["name"], late.register["name"]) == ("三亚教育7", "新名")
    assert (early.posts_known, late.posts_known) == (1, 2)
    assert (len(early.events), len(late.events)) == (0, 1)
    assert [each.actor for each in late.entered] == ["测试", "李四"]
    assert sum(each.posts for each in late.months) == 2
    assert len(early.shown) <= len(late.shown)
