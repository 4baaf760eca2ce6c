"""What a person saw is never told as if a machine had seen it: 人工核验 · 日期 · 姓名."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from alerts.fact import fact
from alerts.message import Words, compose
from alerts.policy import DEFAULT_POLICY
from alerts.words import attested_text
from tests.alerts.examples import CAL, DAY, OFFICES, at, case, dossier, finding
from watcher.model import CaseState, Dossier, Level, Notice, PageRef, Why

SEEN = at(11, 20, 9)
WORDS = "人工核验 · 2026-11-20 · 王五"
SAID = {
    "by": "王五",
    "at": SEEN.isoformat(),
    "until": (SEEN + 2 * DAY).isoformat(),
    "evidence": "cd" * 32,
}
READING = {"source": "attest", "pages": [], "attested": SAID}


def vouched(days: int = 30) -> Dossier:
    known = dossier()
    page = PageRef("attest:7/王五", 0, "cd" * 32, SEEN)
    sight = replace(known.sight, pages=(page,), attested_until=SEEN + days * DAY)
    return replace(known, sight=sight)


def words(known: Dossier, rule: str, why: Why = Why.FIRST, **facts: Any) -> Words:
    found = finding(rule, Level.RED, as_of=SEEN, reading=READING, **facts)
    ended: dict[str, Any] = (
        {"state": CaseState.CLOSED, "closed_at": at(11, 23)} if why is Why.RESOLVED else {}
    )
    notice = Notice(case(found, **ended), why, ())
    return compose(notice, known, DEFAULT_POLICY.of(rule), OFFICES.name_of, CAL, at(11, 23))


@pytest.mark.parametrize("rule", ["UPD-02", "UPD-03", "UPD-04", "UPD-05", "UPD-06"])
def test_a_letter_names_the_person_and_does_not_claim_to_have_watched(rule: str) -> None:
    body = words(vouched(), rule, days=15).body
    assert "经人工核验" in body
    assert "经监测，" not in body
    assert f"（{WORDS}，SHA-256 cdcdcdcdcdcdcdcd）" in body


def test_a_case_shows_who_vouches_for_it() -> None:
    last = {"at": at(11, 1).isoformat(), "title": ""}
    found = finding("UPD-04", as_of=SEEN, reading=READING, days=19, last_post=last)
    assert fact(case(found)) == f"已19天未更新，最近更新2026年11月1日10:00（{WORDS}）"
    assert WORDS not in fact(case(replace(found, facts={**found.facts, "reading": {}})))


def test_an_account_that_only_people_see_reminds_of_the_next_look() -> None:
    found = finding("SYS-01", reading=READING, by_people_only=True)
    assert fact(case(found)) == f"没有采集源，人工核验已到期（{WORDS}）"
    never = finding("SYS-01", reading={"source": "", "pages": []}, by_people_only=True)
    assert fact(case(never)) == "没有采集源，尚未人工核验"
    letter = words(vouched(2), "SYS-01", hours=13, by_people_only=True)
    assert f"上次{WORDS}，已到期；请重新核验" in letter.body
    assert "原因：没有采集源" in letter.body


def test_blindness_that_a_person_ended_is_not_called_mended() -> None:
    assert f"已有{WORDS}" in words(vouched(), "SYS-01", Why.RESOLVED).body
    assert "已恢复采集" in words(dossier(), "SYS-01", Why.RESOLVED).body


def test_a_strange_name_stays_on_its_line() -> None:
    text = attested_text(SEEN, "王五\n@所有人 http://evil.test " + "长" * 99)
    assert "\n" not in text
    assert "http:" not in text
    assert len(text) < 50
