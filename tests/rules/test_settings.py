"""config/rules.yaml: what ships is the catalogue, and what is wrong is said all at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from alerts.unit_words import UNIT_RULES
from tests.rules.world import CONFIG, RULES
from watcher.model import Level, Role
from watcher.rules import RulesError, RuleSet, load_rules
from watcher.rules.catalogue import catalogue

SHIPPED = (CONFIG / "rules.yaml").read_text(encoding="utf-8")


def mistakes(tmp_path: Path, text: str) -> dict[str, str]:
    path = tmp_path / "rules.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RulesError) as caught:
        load_rules(path)
    assert all(each.file == str(path) for each in caught.value.mistakes)
    return {each.path: f"{each.message} {each.suggestion}" for each in caught.value.mistakes}


def test_the_shipped_thresholds_are_the_defaults() -> None:
    assert replace(RULES, rules={}) == replace(RuleSet(), rules={})


def test_every_rule_of_the_catalogue_is_there_with_name_article_and_roles() -> None:
    assert set(RULES.rules) <= set(catalogue())
    assert set(UNIT_RULES) <= set(RULES.rules)
    for name, rule in RULES.rules.items():
        assert rule.rule == name
        assert rule.name
        assert rule.roles or rule.digest_roles
        assert bool(rule.article) is not name.startswith("SYS")
    assert RULES.rules["UPD-03"].high is Level.ORANGE
    assert RULES.rules["UPD-03"].orange_roles == (Role.SUPERVISOR,)
    assert RULES.rules["UPD-01"].reminder is None


def test_every_mistake_is_reported_with_its_path_and_a_suggestion(tmp_path: Path) -> None:
    text = (
        SHIPPED.replace("UPD-02:", "UPD-2:")
        .replace("near_days: 10", "nearr_days: 10")
        .replace("severity: red", "severity: purple", 1)
        .replace("blind_hours: 12", "blind_hours: soon")
        .replace('remind_at: "10:00"', 'remind_at: "25:00"')
        .replace("roles: [O]", "roles: [X]", 1)
    )
    found = mistakes(tmp_path, text)
    assert found.keys() == {
        "rules.UPD-01.remind_at",
        "rules.UPD-02",
        "rules.UPD-2",
        "rules.UPD-03.near_days",
        "rules.UPD-03.nearr_days",
        "rules.UPD-04.severity",
        "rules.UPD-07.roles[0]",
        "rules.SYS-01.blind_hours",
    }
    assert "不认识这一项 是否指“UPD-02”？" in found["rules.UPD-2"]
    assert "是否指“near_days”？" in found["rules.UPD-03.nearr_days"]
    assert "应为其中之一：blue、yellow" in found["rules.UPD-04.severity"]


def test_thresholds_out_of_order_and_mild_escalations_are_refused(tmp_path: Path) -> None:
    text = (
        SHIPPED.replace("urgent_days: 13", "urgent_days: 9")
        .replace("zombie_days: 90", "zombie_days: 30")
        .replace("severity_repeated: orange", "severity_repeated: blue")
        .replace("roles: [C]", "roles: []", 1)
        .replace("severity: operator", "severity: red", 1)
    )
    assert mistakes(tmp_path, text).keys() >= {
        "rules.UPD-03.urgent_days",
        "rules.UPD-05.zombie_days",
        "rules.UPD-02",
        "rules.UPD-01.roles",
        "rules.SYS-01.severity",
    }


@pytest.mark.parametrize(
    "text", ["", "- a", "rules: 3", "rules: [", "a: &a [*a]", "[" * 5000, "\x00", "? {a: 1}\n: 2"]
)
def test_a_file_that_is_no_rules_file_is_refused_with_its_name(tmp_path: Path, text: str) -> None:
    assert mistakes(tmp_path, text)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RulesError, match=r"none\.yaml"):
        load_rules(tmp_path / "none.yaml")
