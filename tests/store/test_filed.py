"""A filing moves what paper says of its account, in one step, and leaves a trace; twice is once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from tests.store.given import UNIT, account, register
from watcher.filings import Filing, FilingKind, Lead, National
from watcher.model import FiledState
from watcher.store import Database, dossiers, due_for_judging, list_audit, load_accounts
from watcher.store.filed import (
    keep_filings,
    keep_national,
    load_leads,
    loose,
    save_lead,
)
from watcher.store.papers import accept, load_filings

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
KEY = account().key
CLOSING = Filing(
    "F1",
    FilingKind.DEREGISTER,
    UNIT.key,
    account=KEY,
    applied_on=date(2026, 9, 1),
    approved_on=date(2026, 9, 10),
)
NOTICE = replace(CLOSING, notice_from=date(2026, 9, 24), notice_url="https://example.cn/1")
DONE = replace(NOTICE, carried_out_on=date(2026, 10, 26))


def state(db: Database) -> FiledState:
    with db.read() as c:
        return load_accounts(c, [KEY])[0].filed_state


def keep(db: Database, *filings: Filing) -> tuple[tuple[str, ...], ...]:
    with db.write() as c:
        done = keep_filings(c, filings, "王一", NOW)
    return done.added, done.changed, done.unchanged


def test_the_filed_state_moves_with_the_filing(db: Database) -> None:
    register(db, account())
    for filing, expected in (
        (CLOSING, FiledState.ACTIVE),
        (NOTICE, FiledState.NOTICE_PERIOD),
        (DONE, FiledState.DEREGISTERED),
    ):
        keep(db, filing)
        assert state(db) is expected


def test_a_notice_that_is_withdrawn_gives_the_account_back(db: Database) -> None:
    register(db, account())
    keep(db, NOTICE)
    keep(db, replace(NOTICE, ended_on=date(2026, 10, 1)))
    assert state(db) is FiledState.ACTIVE


def test_a_filing_that_says_nothing_leaves_the_register_alone(db: Database) -> None:
    register(db, account(filed_state=FiledState.SUSPENDED))
    keep(db, CLOSING)
    assert state(db) is FiledState.SUSPENDED


def test_the_same_filing_twice_changes_nothing(db: Database) -> None:
    register(db, account())
    assert keep(db, DONE) == (("F1",), (), ())
    with db.write() as c:
        lines, at = list_audit(c), dossiers(c, [KEY])
    assert keep(db, DONE) == ((), (), ("F1",))
    assert keep(db, replace(DONE, note="补")) == ((), ("F1",), ())
    with db.read() as c:
        assert len(list_audit(c)) == len(lines) + 1
        assert at[KEY].account.filed_state is FiledState.DEREGISTERED


def test_who_wrote_what_is_kept(db: Database) -> None:
    register(db, account())
    keep(db, CLOSING)
    keep(db, DONE)
    with db.read() as c:
        change, add = list_audit(c, "filing:F1")
        moved = list_audit(c, KEY)[0]
    assert (add.actor, add.action) == ("王一", "filing.add")
    assert change.action == "filing.change"
    assert change.before is not None
    assert change.before["carried_out_on"] is None
    assert change.after is not None
    assert change.after["carried_out_on"] == "2026-10-26"
    assert moved.before == {"filed_state": "active"}
    assert moved.after == {"filed_state": "deregistered"}


def test_an_account_is_judged_anew_after_its_filing(db: Database) -> None:
    register(db, account(), account(2))
    with db.read() as c:
        assert due_for_judging(c, NOW) == ()
    keep(db, CLOSING)
    with db.read() as c:
        assert due_for_judging(c, NOW) == (KEY,)


def test_a_filing_that_moves_to_another_account_leaves_the_first(db: Database) -> None:
    register(db, account(), account(2))
    keep(db, DONE)
    keep(db, replace(DONE, account=account(2).key))
    with db.read() as c:
        both = dossiers(c, [KEY, account(2).key])
    assert both[KEY].paper is not None
    assert both[KEY].paper.filings == ()
    assert both[KEY].account.filed_state is FiledState.ACTIVE
    assert both[account(2).key].account.filed_state is FiledState.DEREGISTERED


def test_what_the_national_system_says_stands_beside_the_account(db: Database) -> None:
    register(db, account(), account(2))
    keep(db, CLOSING)
    said = {
        KEY: National(date(2026, 11, 20), {"name": "三亚教育"}),
        account(2).key: National(date(2026, 11, 20)),
    }
    with db.write() as c:
        accept(c, 1, {"name": "三亚教育1"}, NOW)
        keep_national(c, said, "全国.xlsx", "王一", NOW)
    keep(db, NOTICE)
    with db.read() as c:
        both = dossiers(c, list(said))
        (line,) = list_audit(c, "全国.xlsx")
    paper = both[KEY].paper
    assert paper is not None
    assert paper.national == said[KEY]
    assert paper.filings == (NOTICE,)
    assert paper.accepted == {"name": "三亚教育1"}
    other = both[account(2).key].paper
    assert other is not None
    assert other.national == National(date(2026, 11, 20))
    assert line.after == {"file": "全国.xlsx", "accounts": 2, "missing": [account(2).key]}


def test_a_filing_without_an_account_stands_by_itself(db: Database) -> None:
    register(db, account())
    opening = Filing("O1", FilingKind.OPEN, UNIT.key, platform="douyin", account_name="三亚新号")
    keep(db, opening, CLOSING, replace(opening, key="O2", ended_on=date(2026, 9, 2)))
    with db.read() as c:
        found = loose(c)
        assert len(load_filings(c)) == 3
    (alone,) = found.dossiers.values()
    assert list(found.dossiers) == ["filing:O1"]
    assert found.leads == {}
    assert (alone.account.name, alone.account.unit) == ("三亚新号", UNIT)


def test_a_lead_found_again_is_the_same_lead(db: Database) -> None:
    register(db, account())
    found = Lead("weibo", "99", "疑似号", NOW, unit=UNIT.key)
    with db.write() as c:
        first = save_lead(c, found, "王一", NOW)
        again = replace(found, found_at=NOW + timedelta(days=1), followers=10)
        second = save_lead(c, again, "王一", NOW)
        third = save_lead(c, again, "王一", NOW)
        assert (first.id, first.found_at) == (second.id, second.found_at)
        assert load_leads(c, "open") == (second,) == (third,)
        save_lead(c, replace(second, state="foreign"), "李二", NOW)
        assert load_leads(c, "open") == ()
        lines = list_audit(c, f"lead:{first.id}")
    assert [line.action for line in lines] == ["lead.change", "lead.change", "lead.add"]
    assert lines[0].after == {"state": "foreign"}
