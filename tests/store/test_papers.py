"""Filings come back as they were written, and stand beside their account."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from tests.store.given import account, register
from watcher.filings import Filing, FilingKind
from watcher.store import Database, dossiers
from watcher.store.papers import accept, load_filings, save_filings

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
FILING = Filing(
    "F1",
    FilingKind.CHANGE,
    account().unit.key,
    account=account().key,
    changes={"name": "新名称"},
    applied_on=date(2026, 9, 1),
    approved_on=date(2026, 9, 10),
)


def test_a_filing_comes_back_as_it_was_written(db: Database) -> None:
    register(db, account())
    other = replace(FILING, key="F2", applied_on=date(2026, 9, 20), approved_on=None)
    with db.write() as c:
        save_filings(c, [FILING, other])
        save_filings(c, [replace(FILING, carried_out_on=date(2026, 9, 11))])
    with db.read() as c:
        assert load_filings(c) == (other, replace(FILING, carried_out_on=date(2026, 9, 11)))
        assert load_filings(c, keys=["F2"]) == (other,)


def test_a_dossier_holds_the_filings_and_the_accepted_face(db: Database) -> None:
    key = account().key
    register(db, account())
    with db.write() as c:
        assert dossiers(c, [key])[key].paper is None
        save_filings(c, [FILING])
        accept(c, 1, {"name": "新名称"}, NOW)
        accept(c, 1, {"bio": "简介"}, NOW)
        save_filings(c, [replace(FILING, note="已补")])
        paper = dossiers(c, [key])[key].paper
    assert paper is not None
    assert paper.filings == (replace(FILING, note="已补"),)
    assert paper.accepted == {"name": "新名称", "bio": "简介"}
    assert paper.accepted_at == NOW
