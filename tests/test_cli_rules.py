"""`watcher rules`, `papers` and `inspections`, as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from alerts.message import _TEXTS
from alerts.policy import DEFAULT_POLICY
from alerts.unit_words import UNIT_RULES
from tests.program import Run, place, run
from tests.rules.world import RULES
from watcher.rules.catalogue import catalogue

__all__ = ["place", "run"]  # fixtures


def listed(run: Run) -> dict[str, Any]:
    return {each["id"]: each for each in json.loads(run("rules", "list", "--json").stdout)["rules"]}


@pytest.fixture
def ready(run: Run) -> Run:
    assert run("migrate").returncode == 0
    assert run("accounts", "import", "config/examples/register.yaml").returncode == 0
    return run


@pytest.fixture
def unit(ready: Run) -> str:
    assert ready("accounts", "export", "out.yaml").returncode == 0
    text = Path("out.yaml").read_text("utf-8")
    return next(
        line.split(":", 1)[1].strip() for line in text.splitlines() if "key:" in line
    ).strip("'\"")


@pytest.mark.parametrize("rule", [name for name in RULES.rules if RULES.rules[name].enabled])
def test_every_active_rule_has_its_law_its_audience_and_its_words(rule: str) -> None:
    entry = catalogue()[rule]
    assert entry.name
    if not rule.startswith("SYS"):
        assert entry.articles or entry.documents
        assert all("".join(each.text).strip() for each in entry.articles)
        assert RULES.rules[rule].article
    assert rule in DEFAULT_POLICY.rules
    assert rule in _TEXTS or rule in UNIT_RULES


def test_the_default_audience_is_that_of_the_shipped_file() -> None:
    for name in UNIT_RULES:
        rule, policy = RULES.rules[name], DEFAULT_POLICY.rules[name]
        assert (rule.roles, rule.digest_roles) == (policy.roles, policy.digest_roles)
        assert (rule.reminder, rule.deadline_days) == (policy.reminder, policy.deadline_days)


def test_the_whole_catalogue_is_listed_and_what_is_not_built_is_called_so(run: Run) -> None:
    rules = listed(run)
    assert len(rules) >= 54
    assert list(rules)[:2] == ["UPD-01", "UPD-02"]
    assert set(RULES.rules) == {name for name, each in rules.items() if each["implemented"]}
    assert not rules["CON-04"]["implemented"]
    assert (rules["CON-04"]["enabled"], rules["CON-04"]["thresholds"]) == (False, {})
    assert "未实现" in run("rules", "list").stdout


def test_a_rule_is_shown_with_its_figures_and_the_regulations_own_sentence(run: Run) -> None:
    shown = json.loads(run("rules", "show", "upd-04", "--json").stdout)
    assert shown["thresholds"] == {"overdue_days": 14.0}
    assert shown["documents"] == ["《政府网站与政务新媒体检查指标》（国办秘函〔2019〕19号）"]
    text = run("rules", "show", "DUP-01").stdout
    assert "一个单位原则上在同一平台只开设一个政务新媒体账号。" in text
    assert "日常主管单位" in text
    unbuilt = run("rules", "show", "CON-04").stdout
    assert "本版本不作判断" in unbuilt
    assert "要求第三方平台立即关停" in run("rules", "show", "IMP-01").stdout


def test_a_rule_that_was_switched_off_and_its_new_figure_are_shown(run: Run, place: Path) -> None:
    file = place / "config" / "rules.yaml"
    text = file.read_text("utf-8").replace("expiring_days: 30", "expiring_days: 45")
    head, rest = text.split("  DUP-01:\n", 1)
    file.write_text(head + "  DUP-01:\n" + rest.replace("enabled: true", "enabled: false", 1))
    assert listed(run)["DUP-01"]["enabled"] is False
    assert listed(run)["ORG-01"]["thresholds"] == {"expiring_days": 45}


def test_an_unknown_rule_and_an_unknown_key_are_told_with_what_was_meant(
    run: Run, place: Path
) -> None:
    done = run("rules", "show", "DUP-1")
    assert done.returncode == 2
    assert "DUP-01" in done.stderr
    file = place / "config" / "rules.yaml"
    file.write_text(file.read_text("utf-8").replace("held_by:", "held_buy:"))
    done = run("check")
    assert done.returncode == 2
    assert "rules.INS-01.held_buy" in done.stderr
    assert "held_by" in done.stderr


# -- papers and inspections ------------------------------------------------------------------


def test_a_contract_is_kept_with_its_file_and_its_term(ready: Run, unit: str, place: Path) -> None:
    (place / "contract.pdf").write_bytes(b"%PDF-1.4")
    words = ("papers", "add", "--unit", unit, "--kind", "contract", "--by", "王一")
    more = ("--party", "南海传媒", "--valid-until", "2027-06-30", "--file", "contract.pdf")
    done = ready(*words, *more, "--json")
    assert done.returncode == 0, done.stderr
    saved = json.loads(done.stdout)
    assert (saved["kind"], saved["valid_until"]) == ("contract", "2027-06-30")
    assert len(saved["evidence"]) == 64
    assert any(place.rglob(f"evidence/{saved['evidence'][:2]}/{saved['evidence'][2:]}"))
    assert json.loads(ready("papers", "list", "--json").stdout)["papers"] == [saved]
    assert "承办合同" in ready("papers", "list").stdout


def test_everything_a_paper_lacks_is_told_at_once(ready: Run, unit: str) -> None:
    done = ready(
        *("papers", "add", "--unit", unit, "--kind", "contract", "--by", "王一"),
        *("--valid-from", "2026-09-01", "--valid-until", "2026-08-01"),
    )
    assert done.returncode == 2
    assert all(word in done.stderr for word in ("--party", "--file", "早于"))
    done = ready("papers", "add", "--unit", "nobody", "--kind", "mlps", "--by", "王一")
    assert done.returncode == 2
    assert all(word in done.stderr for word in ("--account", "--file", "nobody"))
    assert json.loads(ready("papers", "list", "--json").stdout)["papers"] == []


def test_an_exemption_names_rules_there_are_an_approver_and_a_reason(ready: Run, unit: str) -> None:
    words = ("papers", "add", "--unit", unit, "--kind", "exemption", "--by", "王一")
    done = ready(*words, "--number", "DUP-9")
    assert done.returncode == 2
    assert all(word in done.stderr for word in ("DUP-9", "--party", "--note"))
    good = ("--number", "DUP-01,APP-*", "--party", "市政府办公室", "--note", "双语账号")
    assert ready(*words, *good, "--valid-until", "2026-12-31").returncode == 0


def test_what_a_look_or_a_renaming_lacks_is_told_at_once(ready: Run, unit: str) -> None:
    words = ("papers", "add", "--unit", unit, "--by", "王一")
    done = ready(*words, "--kind", "interaction", "--number", "没有", "--valid-from", "2099-01-01")
    assert done.returncode == 2
    assert all(word in done.stderr for word in ("--account", "没有", "2099-01-01 尚未到"))
    done = ready(*words, "--kind", "renamed")
    assert done.returncode == 2
    assert all(word in done.stderr for word in ("--party", "--valid-from"))
    done = ready(*words, "--kind", "interaction", "--number", "无", "--valid-from", "2026-11-02")
    assert (done.returncode, "--file" in done.stderr) == (2, True)


def test_a_look_for_interaction_and_a_renaming_are_recorded(
    ready: Run, unit: str, place: Path
) -> None:
    accounts = json.loads(ready("accounts", "list", "--json").stdout)["accounts"]
    (place / "shot.png").write_bytes(b"PNG")
    text = ready("accounts", "export", "all.yaml")
    assert text.returncode == 0
    register = yaml.safe_load((place / "all.yaml").read_text("utf-8"))
    key = next(a["key"] for a in register["accounts"] if a.get("unit") == unit)
    assert key in {each["key"] for each in accounts}
    words = ("papers", "add", "--unit", unit, "--by", "王一", "--valid-from", "2026-11-02")
    look = ("--kind", "interaction", "--account", key, "--number", "无", "--file", "shot.png")
    done = ready(*words, *look)
    assert done.returncode == 0, done.stderr
    assert "互动功能核查" in done.stdout
    done = ready(*words, "--kind", "renamed", "--party", "三亚市旅游发展委员会")
    assert done.returncode == 0, done.stderr
    found = json.loads(ready("papers", "list", "--json").stdout)["papers"]
    assert [each["kind"] for each in found] == ["interaction", "renamed"]


def test_an_inspection_is_recorded_for_an_office_there_is(ready: Run, place: Path) -> None:
    words = ("inspections", "add", "--by", "王一")
    done = ready(*words, "--office", "nobody", "--held-on", "2099-01-01")
    assert done.returncode == 2
    assert all(word in done.stderr for word in ("nobody", "尚未到"))
    office = _first_office(place)
    done = ready(*words, "--office", office, "--held-on", "2026-10-20")
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(ready("inspections", "list", "--json").stdout)["inspections"]
    assert (row["office"], row["year"], row["author"]) == (office, 2026, "王一")
    assert "2026-10-20" in ready("inspections", "list", "--year", "2026").stdout


def _first_office(place: Path) -> str:
    raw = yaml.safe_load((place / "config" / "offices.yaml").read_text("utf-8"))
    return str(next(iter(raw["offices"])))


def test_roles_and_steps_of_a_rule_are_read_as_words(run: Run) -> None:
    assert "weighty_roles=网信部门、公安机关" in run("rules", "show", "IMP-01").stdout
    steps = run("rules", "show", "DER-04").stdout
    assert "至10000：15" in steps
    assert "{" not in steps
