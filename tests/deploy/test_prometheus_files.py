"""The delivered configuration of Prometheus and Alertmanager: sound, tested, explained."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from alerts.metrics import render
from tests.alerts.test_metrics import full
from watcher.alarms import SILENT

ROOT = Path(__file__).parents[2]
RULES = ROOT / "deploy/prometheus/rules.yml"
TESTS = ROOT / "deploy/prometheus/rules_test.yml"
YEAR = ROOT / "deploy/prometheus/rules_year_test.yml"
ALERTMANAGER = ROOT / "deploy/alertmanager/alertmanager.yml"
# Made by Prometheus itself.
FOREIGN = {"up"}


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


def needs(program: str) -> pytest.MarkDecorator:
    missing = shutil.which(program) is None
    return pytest.mark.skipif(missing, reason=f"{program} is not installed (`make test` does)")


def run(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def rules() -> list[dict[str, Any]]:
    return [rule for group in read(RULES)["groups"] for rule in group["rules"]]


def alerts() -> dict[str, dict[str, Any]]:
    return {rule["alert"]: rule for rule in rules() if "alert" in rule}


@needs("promtool")
def test_promtool_finds_the_configuration_and_the_rules_sound() -> None:
    run("promtool", "check", "config", ROOT / "deploy/prometheus/prometheus.yml")
    assert "SUCCESS" in run("promtool", "check", "rules", RULES)


@needs("promtool")
@pytest.mark.slow
def test_every_alert_waits_fires_and_ends_when_it_should() -> None:
    run("promtool", "test", "rules", TESTS)


@needs("promtool")
@pytest.mark.slow
def test_the_calendar_of_the_next_year_is_missed_from_mid_november_on(tmp_path: Path) -> None:
    """Alone with its own rules: a year of hours of all rules takes half a minute."""
    groups = [group for group in read(RULES)["groups"] if group["name"] == "shouwang_calendar"]
    assert groups
    (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": groups}, allow_unicode=True))
    shutil.copy(YEAR, tmp_path / "rules_year_test.yml")
    run("promtool", "test", "rules", tmp_path / "rules_year_test.yml")


def test_every_alert_is_tested_before_and_at_its_moment() -> None:
    tested: dict[str, list[bool]] = {}
    for path in (TESTS, YEAR):
        for test in read(path)["tests"]:
            for case in test["alert_rule_test"]:
                tested.setdefault(case["alertname"], []).append(bool(case["exp_alerts"]))
    assert set(tested) == set(alerts())
    for name, seen in tested.items():
        assert True in seen, name
        assert False in seen or "for" not in alerts()[name], name


@pytest.mark.parametrize("name", sorted(alerts()))
def test_every_alert_says_how_bad_it_is_what_it_means_and_what_to_do(name: str) -> None:
    rule = alerts()[name]
    severity = rule["labels"]["severity"]
    assert severity in {"critical", "warning", "info", "none"} or severity.startswith("{{ if")
    notes = rule["annotations"]
    assert notes["summary"]
    assert notes["description"]
    file, _, anchor = notes["runbook_url"].partition("#")
    book = (ROOT / file).read_text("utf-8")
    section = book.partition(f'<a id="{anchor}"></a>\n## ')[2].partition('<a id="')[0]
    assert name in section.splitlines()[0]
    for part in ("**含义**", "**看什么**", "**做什么**"):
        assert part in section


def test_rules_ask_only_for_metrics_that_there_are() -> None:
    page = render(full()).decode()
    known = set(re.findall(r"^([a-z_]+)(?:\{| )", page, re.M)) | FOREIGN
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    for rule in rules():
        asked = set(re.findall(r"\b(?:shouwang|process)_[a-z0-9_]+\b", rule["expr"]))
        asked -= {part for name in recorded for part in name.split(":")}
        assert asked <= known, rule
        assert set(re.findall(r"\b[a-z_]+:[a-z0-9_:]+\b", rule["expr"])) <= recorded, rule


def test_the_alert_of_silence_names_the_rules_that_are_counted() -> None:
    assert alerts()["ShouwangAccountsStale"]["labels"]["case_rules"] == ",".join(SILENT)


@needs("amtool")
def test_amtool_finds_the_configuration_sound() -> None:
    assert "SUCCESS" in run("amtool", "check-config", ALERTMANAGER)


@needs("amtool")
@pytest.mark.slow
def test_every_office_has_its_route_and_the_rest_goes_to_the_operators() -> None:
    offices = read(ROOT / "config/offices.yaml")["offices"]
    asked = {key: key for key, office in offices.items() if office["kind"] != "operator"}
    asked |= {"unassigned": "city_office", "other": "city_office"}
    for office, receiver in asked.items():
        assert routed("alertname=ShouwangAccountsStale", f"office={office}") == receiver
    assert routed("alertname=ShouwangOutboxStuck") == "operators"
    assert routed("alertname=ShouwangWatchdog") == "heartbeat"


def routed(*labels: str) -> str:
    return run(
        "amtool", "config", "routes", "test", f"--config.file={ALERTMANAGER}", *labels
    ).strip()


def test_blindness_silences_silence_on_its_own_lane_only() -> None:
    blind = [
        rule
        for rule in read(ALERTMANAGER)["inhibit_rules"]
        if rule["source_matchers"] == ['alertname="ShouwangPlatformBlind"']
    ]
    assert len(blind) == 1
    assert "ShouwangAccountsStale" in blind[0]["target_matchers"][0]
    assert blind[0]["equal"] == ["lane"]


def test_every_receiver_leads_to_the_watcher_with_a_token_from_a_file() -> None:
    for receiver in read(ALERTMANAGER)["receivers"]:
        (hook,) = receiver["webhook_configs"]
        assert hook["url"].endswith("/api/alertmanager")
        assert hook["send_resolved"] is True
        assert "credentials_file" in hook["http_config"]["authorization"]
