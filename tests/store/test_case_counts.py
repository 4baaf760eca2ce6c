"""Open cases are counted by whose they are and by how their term stands, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from tests.store.given import T0, account, case, finding, register
from tests.store.test_candidates import FOUND, JUDGED
from watcher.candidates import CandidateState, Takedown
from watcher.filings import Lead
from watcher.model import Case, CaseState
from watcher.store import Database, save_cases
from watcher.store.candidates import found, keep_judgement
from watcher.store.case_counts import (
    candidates_by_state,
    leads_by_state,
    open_by_office,
    takedowns_by_step,
    whose_cases,
)
from watcher.store.filed import save_lead
from watcher.store.takedowns import save_takedown

TODAY = date(2026, 3, 2)  # the Beijing day of T0
TELL: dict[str, Any] = {"told_at": T0}


def counts(db: Database, *values: Case) -> dict[tuple[str | None, str | None, str, str, str], int]:
    with db.write() as c:
        save_cases(c, values)
    with db.read() as c:
        return dict(open_by_office(c, TODAY))


def about(account_key: str, rule: str = "UPD-04", **more: Any) -> Case:
    return case(finding=finding(rule, account_key), **more)


def test_a_case_belongs_to_the_office_of_its_account_its_unit_or_its_lead(db: Database) -> None:
    register(db, account())
    with db.write() as c:
        number = save_lead(c, Lead("douyin", "9", "某号", T0, unit="jyj"), "某人", T0).id
        strange = save_lead(c, Lead("douyin", "8", "某号", T0), "某人", T0).id
        suspect = found(c, FOUND).id
        assert leads_by_state(c) == {"open": 2}
        assert candidates_by_state(c) == {("weibo", "new"): 1}
    seen = counts(
        db,
        about("weibo-1"),
        about("unit:jyj", "DUP-01"),
        about("office:szf", "INS-01"),
        about(f"lead:{number}", "FIL-01"),
        about(f"lead:{strange}", "FIL-01"),
        about(f"candidate:{suspect}", "IMP-01"),
        about("", "SYS-03"),
        about("weibo-1", "UPD-05", state=CaseState.CLOSED, closed_at=T0),
    )
    assert seen == {
        ("szf", "weibo", "UPD-04", "red", "none"): 1,
        ("szf", None, "DUP-01", "red", "none"): 1,
        ("szf", None, "INS-01", "red", "none"): 1,
        ("szf", "douyin", "FIL-01", "red", "none"): 1,
        (None, "douyin", "FIL-01", "red", "none"): 1,
        (None, "weibo", "IMP-01", "red", "none"): 1,
        (None, None, "SYS-03", "red", "none"): 1,
    }
    with db.read() as c:
        each = sorted(whose_cases(c).values(), key=str)
    assert each == sorted(((office, platform) for office, platform, *_ in seen), key=str)


def test_a_lookalike_belongs_to_the_office_of_the_unit_it_resembles(db: Database) -> None:
    register(db, account())
    with db.write() as c:
        suspect, other = found(c, FOUND).id, found(c, replace(FOUND, handle="901")).id
        for number, key in ((suspect, "weibo-1"), (other, "gone")):
            likeness = replace(JUDGED, account=key)
            keep_judgement(c, number, likeness, CandidateState.REVIEW, T0)
    seen = counts(
        db, about(f"candidate:{suspect}", "IMP-01"), about(f"candidate:{other}", "IMP-01")
    )
    assert seen == {
        ("szf", "weibo", "IMP-01", "red", "none"): 1,
        (None, "weibo", "IMP-01", "red", "none"): 1,
    }
    with db.read() as c:
        assert set(whose_cases(c).values()) == {(None, "weibo"), ("szf", "weibo")}


def test_a_term_is_past_only_where_it_is_firm_told_and_unanswered(db: Database) -> None:
    register(db, *(account(number) for number in range(1, 8)))
    yesterday = TODAY - timedelta(days=1)
    seen = counts(
        db,
        about("weibo-1", due_on=yesterday, **TELL),
        about("weibo-2", due_on=TODAY, **TELL),
        about("weibo-3", due_on=TODAY + timedelta(days=1), **TELL),
        about("weibo-4", due_on=yesterday, due_from=yesterday, **TELL),
        about("weibo-5", due_on=yesterday, feedback_at=T0, **TELL),
        about("weibo-6", due_on=yesterday),  # nobody was told
        about("weibo-7", **TELL),
    )
    assert {key[-1]: number for key, number in seen.items()} == {
        "late": 1,
        "today": 1,
        "later": 1,
        "provisional": 1,
        "answered": 1,
        "none": 2,
    }


def test_letters_to_platforms_are_counted_by_how_far_they_came(db: Database) -> None:
    with db.write() as c:
        number = found(c, FOUND).id
        for text, more in (
            ("1", {}),
            ("2", {"sent_at": T0}),
            ("3", {"sent_at": T0, "received_at": T0}),
            ("4", {"sent_at": T0, "received_at": T0, "result_at": T0}),
        ):
            save_takedown(c, Takedown(number, text, T0, "某人", **more), "某人", T0)
        assert takedowns_by_step(c) == {"made": 1, "sent": 1, "received": 1, "settled": 1}
