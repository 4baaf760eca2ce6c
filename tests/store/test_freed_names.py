"""A name that a deregistered account set free and another bears is a lead, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.store.given import UNIT, account, register
from watcher.candidates import Found
from watcher.filings import Lead
from watcher.freed_names import note_freed_names
from watcher.model import FiledState, Profile
from watcher.rules.freed import Bearer, Freed, freed_name, lead_of
from watcher.store import Database
from watcher.store.candidates import found
from watcher.store.filed import load_leads, save_lead
from watcher.store.schema import account as accounts
from watcher.store.schema import profile_version

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
GONE = account(filed_state=FiledState.DEREGISTERED, name="三亚旅文")
FREED = Freed(GONE, frozenset({"三亚旅文", "三亚旅游"}))
OTHER = Bearer("weibo", "99", "三亚旅文", subject="某公司")


@pytest.mark.parametrize(
    "bearer",
    [
        OTHER,
        replace(OTHER, name="三亚旅文\u200b"),
        replace(OTHER, name="三亚 旅文"),
        replace(OTHER, name="三亚旅游"),
    ],
    ids=["same", "invisible", "spaced", "an earlier name"],
)
def test_the_name_of_a_deregistered_account_is_known_again(bearer: Bearer) -> None:
    assert freed_name(bearer, [FREED]) is FREED


@pytest.mark.parametrize(
    "bearer",
    [
        replace(OTHER, name="三亚旅文局"),
        replace(OTHER, platform="douyin"),
        replace(OTHER, handle="1"),
        replace(OTHER, handle=""),
        replace(OTHER, name=""),
    ],
    ids=["another name", "another platform", "itself", "nobody", "no name"],
)
def test_another_name_another_platform_and_the_account_itself_are_none(bearer: Bearer) -> None:
    assert freed_name(bearer, [FREED]) is None


@pytest.mark.parametrize("state", [each for each in FiledState if each is not GONE.filed_state])
def test_only_a_deregistered_account_sets_its_name_free(state: FiledState) -> None:
    assert freed_name(OTHER, [replace(FREED, account=replace(GONE, filed_state=state))]) is None


def test_the_kinds_of_official_accounts_share_one_set_of_names() -> None:
    gone = replace(FREED, account=replace(GONE, platform="wechat_service"))
    assert freed_name(replace(OTHER, platform="wechat"), [gone]) is gone


def test_the_lead_goes_to_the_unit_that_bore_the_name() -> None:
    lead = lead_of(OTHER, FREED, NOW)
    assert (lead.unit, lead.handle, lead.name, lead.subject) == (
        UNIT.key,
        "99",
        "三亚旅文",
        "某公司",
    )
    assert "三亚旅文" in lead.note
    assert GONE.key in lead.note


# -- as it is written --------------------------------------------------------------------------


def suspect(db: Database, handle: str, name: str, at: datetime = NOW) -> None:
    with db.write() as c:
        found(c, Found("weibo", handle, "https://weibo.com/u/9", Profile(handle, name), at))


def noted(db: Database, at: datetime = NOW) -> list[str]:
    with db.write() as c:
        return [lead.handle for lead in note_freed_names(c, at)]


def leads(db: Database) -> tuple[Lead, ...]:
    with db.read() as c:
        return load_leads(c)


def test_a_candidate_that_bears_it_becomes_a_lead_once(db: Database) -> None:
    register(db, GONE, account(2))
    suspect(db, "99", "三亚旅文")
    suspect(db, "98", "别的名字")
    assert noted(db) == ["99"]
    assert noted(db, NOW + timedelta(days=1)) == []
    (lead,) = leads(db)
    assert (lead.state, lead.unit, lead.author) == ("open", UNIT.key, "守望")


def test_who_is_seen_later_is_held_against_it_too(db: Database) -> None:
    register(db, GONE)
    assert noted(db) == []
    suspect(db, "99", "三亚旅文", NOW + timedelta(hours=1))
    assert noted(db, NOW + timedelta(hours=2)) == ["99"]


def test_after_a_deregistration_everybody_is_looked_at(db: Database) -> None:
    register(
        db,
        account(2, filed_state=FiledState.DEREGISTERED),
        replace(GONE, filed_state=FiledState.ACTIVE),
    )
    suspect(db, "99", "三亚旅文")
    assert noted(db) == []
    register(db, GONE)
    assert noted(db, NOW + timedelta(days=9)) == ["99"]


def test_what_a_person_said_of_it_stands_and_registered_accounts_are_none(db: Database) -> None:
    register(db, GONE, account(98, name="三亚旅文"))
    with db.write() as c:
        save_lead(c, Lead("weibo", "99", "三亚旅文", NOW, state="foreign"), "王一", NOW)
    suspect(db, "99", "三亚旅文")
    suspect(db, "98", "三亚旅文")
    assert noted(db) == []
    assert [each.state for each in leads(db)] == ["foreign"]


def test_another_on_the_accounts_own_page_is_a_lead(db: Database) -> None:
    register(db, GONE)
    with db.write() as c:
        ident = c.scalar(sa.select(accounts.c.id))
        for seen, until, handle in ((3, 1, "1"), (1, None, "97")):
            values = {"handle": handle, "name": "三亚旅文", "verified_as": "某公司"}
            span = {
                "seen_from": NOW - timedelta(days=seen),
                "seen_to": NOW - timedelta(days=until) if until else None,
            }
            c.execute(profile_version.insert().values(account_id=ident, **values, **span))
    assert noted(db) == ["97"]
    assert leads(db)[0].subject == "某公司"


def test_without_deregistered_accounts_nothing_is_asked(db: Database) -> None:
    register(db, account(2))
    suspect(db, "99", "三亚教育2")
    assert noted(db) == []
