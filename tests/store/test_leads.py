"""A lead ends by itself once what it found is registered or was approved."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.store.given import UNIT, account, register
from watcher.filings import Filing, FilingKind, Lead
from watcher.model import FiledState
from watcher.store import Database, list_audit
from watcher.store.filed import keep_filings, load_leads, save_lead

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
FOUND = Lead("weibo", "99", "三亚新号", NOW, unit=UNIT.key)
OPENING = Filing(
    "O1",
    FilingKind.OPEN,
    UNIT.key,
    platform="weibo",
    account_name="三亚新 号",
    applied_on=date(2026, 11, 2),
    approved_on=date(2026, 11, 9),
)


@pytest.fixture
def found(db: Database) -> Database:
    register(db, account())
    with db.write() as c:
        save_lead(c, FOUND, "王一", NOW)
    return db


def states(db: Database) -> list[str]:
    with db.read() as c:
        return [each.state for each in load_leads(c)]


def test_its_account_in_the_register_ends_it_and_the_audit_log_names_the_account(
    found: Database,
) -> None:
    register(found, account(99))
    assert states(found) == ["filed"]
    with found.read() as c:
        line, _ = list_audit(c, "lead:1")
    assert (line.action, line.before, line.after) == (
        "lead.change",
        {"state": "open"},
        {"state": "filed", "by": "weibo-99"},
    )


@pytest.mark.parametrize(
    "more",
    [
        {"platform_id": "98", "sources": ()},
        {"platform": "douyin"},
        {"filed_state": FiledState.DEREGISTERED},
    ],
    ids=["another id", "another platform", "deregistered"],
)
def test_another_account_does_not(found: Database, more: dict[str, Any]) -> None:
    register(found, account(99, **more))
    assert states(found) == ["open"]


@pytest.mark.parametrize(
    ("filing", "state"),
    [
        (OPENING, "filed"),
        (replace(OPENING, approved_on=None), "open"),
        (replace(OPENING, ended_on=date(2026, 11, 12), rejected=True), "open"),
        (replace(OPENING, account_name="三亚别号"), "open"),
        (replace(OPENING, platform="douyin"), "open"),
        (replace(OPENING, kind=FilingKind.CHANGE), "open"),
    ],
    ids=["approved", "applied", "rejected", "another name", "another platform", "another kind"],
)
def test_an_approved_opening_of_its_name_ends_it(
    found: Database, filing: Filing, state: str
) -> None:
    with found.write() as c:
        keep_filings(c, [filing], "王一", NOW)
    assert states(found) == [state]


def test_what_a_person_said_of_a_lead_stands(found: Database) -> None:
    with found.write() as c:
        save_lead(c, replace(load_leads(c)[0], state="foreign"), "王一", NOW)
    register(found, account(99))
    assert states(found) == ["foreign"]
