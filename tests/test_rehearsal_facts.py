"""What a rehearsal without a case says reads like a letter: no gap where a fact would stand."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alerts.routes import Occasion
from tests.alerts.examples import CAL, OFFICES, dossier
from watcher.config.load import policy_from
from watcher.model import Account, Unit
from watcher.rehearsing import Wish, rehearse
from watcher.rules import load_rules

RULES = load_rules(Path(__file__).parents[1] / "config" / "rules.yaml")
NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)  # a Monday, 10:00 in Beijing
OF_UNITS = ("DUP-01", "APP-02", "NAM-01", "NAM-02", "ORG-01", "ORG-02", "ORG-03", "INS-01")
GAP = re.compile(r"“”|（）|【\w+】号问题|于前|（前）|，）|：。|于(?:备案)?关停|中（姓名")


@pytest.mark.parametrize("rule", sorted(RULES.rules))
def test_every_rule_is_rehearsed_in_whole_sentences(rule: str) -> None:
    unit = Unit("u", "三亚市试验局", daily_supervisor="education_office")
    of_unit = rule in OF_UNITS
    about = Account("unit:u" if of_unit else "w-1", "" if of_unit else "weibo", "三亚试验", unit)
    system = rule in ("SYS-02", "SYS-03", "SYS-04")
    told = rehearse(
        Wish(RULES.rules[rule], RULES.rules[rule].level, Occasion.FIRST, NOW),
        None,
        None if system else dossier(account=about),
        "weibo" if system else "",
        policy_from(RULES),
        OFFICES,
        CAL,
    )
    assert told.letters
    for letter in told.letters:
        assert not GAP.search(letter.body), letter.body
        assert "违规" not in letter.body
