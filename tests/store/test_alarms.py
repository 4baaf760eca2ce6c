"""Alarms of Alertmanager are kept once each, with the open cases they concern."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rich.console import Console

from alerts.policy import DEFAULT_POLICY
from alerts.routing import Offices
from tests.rules.world import CAL, RULES
from tests.store.given import (
    DAY,
    HOUR,
    T0,
    account,
    case,
    finding,
    post,
    read,
    register,
    snapshot,
)
from watcher.alarms import Alarm, Concern, Ring
from watcher.deciding import Book
from watcher.due import Cadence
from watcher.judging import settle
from watcher.model import Case, CaseState, Level, Unit
from watcher.rectifying import case_number
from watcher.showing_alarms import alarm_json, alarms_table
from watcher.showing_cases import History, history_json, history_parts, steps
from watcher.store import Database, Reading, list_cases, save_cases, save_register
from watcher.store.alarms import (
    alarms_of,
    keep_alarm,
    last_heard,
    list_alarms,
    note_suppressed,
    prune_alarms,
    stale_accounts,
)


def alarm(**more: Any) -> Alarm:
    values: dict[str, Any] = {
        "fingerprint": "c0ffee",
        "starts_at": T0,
        "state": Ring.FIRING,
        "labels": {"alertname": "ShouwangAccountsStale", "severity": "critical"},
        "annotations": {"summary": "账号未更新"},
        "receiver": "szf",
        "heard_at": T0 + HOUR,
    }
    return Alarm(**(values | more))


def told(db: Database, value: Alarm, about: Concern | None = None) -> Alarm:
    with db.write() as c:
        return keep_alarm(c, value, about)


def opened(db: Database, *values: Case) -> tuple[Case, ...]:
    with db.write() as c:
        return save_cases(c, values)


def concerned(db: Database, about: Concern) -> set[int]:
    """The ids of the cases that an alarm about this is linked to."""
    kept = told(db, alarm(fingerprint="a" + str(abs(hash(about)))), about)
    with db.read() as c:
        return {
            number
            for number in range(1, 20)
            if kept.fingerprint in {each.fingerprint for each in alarms_of(c, number)}
        }


def test_an_alarm_told_again_is_the_same_one_heard_once_more(db: Database) -> None:
    first = told(db, alarm())
    again = told(db, alarm(heard_at=T0 + 2 * HOUR, annotations={"summary": "三个账号"}))
    assert (again.id, again.times, again.first_heard) == (first.id, 2, T0 + HOUR)
    assert (again.text, again.heard_at) == ("三个账号", T0 + 2 * HOUR)
    with db.read() as c:
        assert [each.id for each, _ in list_alarms(c)] == [first.id]
        assert last_heard(c) == T0 + 2 * HOUR


def test_the_same_alert_that_begins_anew_is_another_alarm(db: Database) -> None:
    told(db, alarm())
    told(db, alarm(starts_at=T0 + DAY, heard_at=T0 + DAY))
    with db.read() as c:
        assert len(list_alarms(c)) == 2


def test_an_end_is_not_undone_by_a_message_that_comes_late(db: Database) -> None:
    ended = alarm(state=Ring.RESOLVED, ends_at=T0 + 2 * HOUR, heard_at=T0 + 3 * HOUR)
    told(db, alarm())
    told(db, ended)
    late = told(db, alarm(heard_at=T0 + 4 * HOUR))
    assert (late.state, late.ends_at, late.times) == (Ring.RESOLVED, T0 + 2 * HOUR, 3)
    with db.read() as c:
        assert list_alarms(c) == ()
        assert len(list_alarms(c, ended=True)) == 1


def test_what_alertmanager_keeps_silent_is_noted_and_taken_back(db: Database) -> None:
    told(db, alarm())
    quiet = alarm(suppressed=("静默 1",), times=0, heard_at=T0 + 2 * HOUR)
    never = alarm(fingerprint="beef", suppressed=("被告警 c0ffee 抑制",), times=0)
    with db.write() as c:
        note_suppressed(c, [(quiet, None), (never, None)])
        note_suppressed(c, [(quiet, None), (never, None)])
        rows = {each.fingerprint: each for each, _ in list_alarms(c)}
        assert {key: each.suppressed for key, each in rows.items()} == {
            "c0ffee": ("静默 1",),
            "beef": ("被告警 c0ffee 抑制",),
        }
        assert (rows["c0ffee"].times, rows["beef"].times) == (1, 0)
        assert rows["c0ffee"].heard_at == T0 + HOUR  # it told us nothing
        note_suppressed(c, [])
        assert {each.suppressed for each, _ in list_alarms(c)} == {()}


def test_an_alarm_is_linked_to_the_open_cases_that_fit_its_labels(db: Database) -> None:
    elsewhere = Unit("wjj", "三亚市卫健委", daily_supervisor="市卫健委办公室")
    register(db, account(1), account(2))
    with db.write() as c:
        save_register(c, [elsewhere], [account(3, unit=elsewhere, platform="wechat")], "测", T0)
    yellow = replace(finding("UPD-03", "weibo-2"), level=Level.YELLOW)
    opened(
        db,
        case(),  # 1: weibo-1 UPD-04 red
        case(finding=yellow),  # 2
        case(finding=finding(key="weibo-3")),  # 3: another office and platform
        case(finding=finding("SYS-03", "", "weibo")),  # 4: the platform itself
        case(finding=finding("UPD-05"), state=CaseState.CLOSED, closed_at=T0),  # 5
    )
    silent = "UPD-03,UPD-04,UPD-05"
    assert concerned(db, Concern(rules=silent)) == {1, 2, 3}
    assert concerned(db, Concern(rules=silent, level="red")) == {1, 3}
    assert concerned(db, Concern(rules=silent, platform="weibo")) == {1, 2}
    assert concerned(db, Concern(rules=silent, offices=("szf", "市政府办公室"))) == {1, 2}
    assert concerned(db, Concern(rules=silent, offices=("szf",), elsewhere=True)) == {3}
    assert concerned(db, Concern(rules="SYS-03", lane="weibo")) == {4}
    assert concerned(db, Concern(rules="SYS-03", lane="douyin")) == set()
    assert concerned(db, Concern(account="weibo-1")) == {1}
    assert concerned(db, Concern(rules="UPD%")) == set()


def test_an_alarm_may_name_one_case_by_its_number(db: Database) -> None:
    register(db)
    [saved] = opened(db, case())
    assert concerned(db, Concern(case=case_number(saved))) == {saved.id}
    assert concerned(db, Concern(case="1")) == set()
    assert concerned(db, Concern(case="UPD-04-260302-ffffff")) == set()


def test_a_case_that_opens_later_is_linked_when_the_alarm_is_told_again(db: Database) -> None:
    register(db, account(1), account(2))
    about = Concern(rules="UPD-04")
    opened(db, case())
    told(db, alarm(), about)
    [later] = opened(db, case(finding=finding(key="weibo-2")))
    assert later.id is not None
    with db.read() as c:
        assert alarms_of(c, later.id) == ()
    told(db, alarm(heard_at=T0 + 2 * HOUR), about)
    with db.read() as c:
        assert [each.fingerprint for each in alarms_of(c, later.id)] == ["c0ffee"]
        assert [cases for _, cases in list_alarms(c)] == [2]


def test_the_case_tells_of_its_alarm_and_of_its_end(db: Database) -> None:
    register(db)
    [saved] = opened(db, case())
    assert saved.id is not None
    about = Concern(account="weibo-1")
    told(db, alarm(annotations={"summary": "[red]两个账号[/] <b>"}), about)
    ended = alarm(state=Ring.RESOLVED, ends_at=T0 + 5 * HOUR, heard_at=T0 + 5 * HOUR)
    told(db, ended, about)
    with db.read() as c:
        history = History(saved, account(), alarms=alarms_of(c, saved.id))
        rows = list_alarms(c, ended=True)
    words = {row[2]: row[3] for _, row in steps(history)}
    assert "ShouwangAccountsStale：账号未更新" in words["告警"]
    assert "指纹 c0ffee" in words["告警"]
    assert "经 szf 推送" in words["告警"]
    assert "已推送 2 次" in words["告警"]
    assert "c0ffee" in words["告警解除"]
    [shown] = history_json(history)["alarms"]
    assert (shown["state"], shown["ends_at"]) == ("resolved", (T0 + 5 * HOUR).isoformat())
    console = Console(width=200, record=True)
    for part in (*history_parts(history), alarms_table(rows)):
        console.print(part)
    assert "已解除" in console.export_text()


def test_hostile_words_of_an_alarm_are_shown_as_they_are() -> None:
    hostile = alarm(annotations={"summary": "[red]a[/]\x1b[2J"}, suppressed=("silence 1",))
    console = Console(width=200, record=True, force_terminal=False)
    console.print(alarms_table([(hostile, 0)]))
    text = console.export_text()
    assert "[red]a" in text
    assert "\x1b" not in text
    assert "运维事项" in text
    assert alarm_json(hostile)["annotations"]["summary"].startswith("[red]")


def test_alarms_of_no_case_are_dropped_after_their_time_those_of_cases_are_kept(
    db: Database,
) -> None:
    register(db)
    opened(db, case())
    told(db, alarm(), Concern(account="weibo-1"))
    told(db, alarm(fingerprint="beef"))
    just, late = T0 + HOUR + 90 * DAY, T0 + HOUR + 91 * DAY
    with db.write() as c:
        assert prune_alarms(c, just, 90) == 0
        assert prune_alarms(c, late, 90) == 1
        assert [each.fingerprint for each, _ in list_alarms(c)] == ["c0ffee"]


def test_stale_accounts_are_counted_once_each_by_their_worst_case(db: Database) -> None:
    register(db, account(1), account(2), account(3))
    yellow = replace(finding("UPD-03", "weibo-1"), level=Level.YELLOW)
    opened(
        db,
        case(),
        case(finding=yellow),
        case(finding=replace(finding("UPD-02", "weibo-2"), level=Level.ORANGE)),
        case(finding=finding("UPD-07", "weibo-3")),  # a doubtful time is no silence
        case(finding=finding("UPD-05", "weibo-3"), state=CaseState.CLOSED, closed_at=T0),
    )
    with db.read() as c:
        assert stale_accounts(c) == {
            ("weibo", "weibo", "szf", "red"): 1,
            ("weibo", "weibo", "szf", "orange"): 1,
        }


def test_a_case_that_opens_while_an_alarm_rings_is_linked_at_once(db: Database) -> None:
    labels = {"alertname": "ShouwangAccountsStale", "case_rules": "UPD-04", "platform": "weibo"}
    register(db)
    told(db, alarm(fingerprint="a", labels=labels))
    told(db, alarm(fingerprint="b", labels=labels | {"platform": "douyin"}))
    told(db, alarm(fingerprint="c", labels=labels, state=Ring.RESOLVED))
    silent = post(1, T0 - 20 * DAY)
    read(db, snapshot(T0 - 3 * DAY, silent))
    book = Book(RULES, DEFAULT_POLICY, Offices(fallback=("op",)), CAL, Cadence(), DAY)
    with db.write() as c:
        settle(c, [Reading("weibo-1", snapshot(T0, silent))], book, T0)
    with db.read() as c:
        (case,) = (each for each in list_cases(c) if each.finding.rule == "UPD-04")
        assert [each.fingerprint for each in alarms_of(c, case.id or 0)] == ["a"]
