"""Routes about reports: every mistake of routes.yaml by its field, and `watcher routes` as seen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from alerts.offices import load_offices
from tests.program import Run, place, run
from watcher.config.routes import load_routes
from watcher.rules import load_rules

__all__ = ["place", "run"]  # fixtures

CONFIG = Path(__file__).parents[1] / "config"
RULES = load_rules(CONFIG / "rules.yaml")
OFFICES = load_offices(CONFIG / "offices.yaml")
CITY: dict[str, Any] = {"roles": ["A"]}


def read(folder: Path, *routes: dict[str, Any]) -> tuple[Any, list[str]]:
    path = folder / "routes.yaml"
    path.write_text(yaml.safe_dump({"routes": list(routes)}, allow_unicode=True), "utf-8")
    routing, wrong = load_routes(path, RULES, OFFICES)
    return routing.policy.routes, [str(each) for each in wrong]


def test_a_route_names_kinds_and_offices_with_all_below_them(tmp_path: Path) -> None:
    (one, whole, city), wrong = read(
        tmp_path,
        {"reports": ["quarterly", "staleness"], "offices": ["haitang_office"], "to": CITY},
        {"reports": ["*"], "offices": [""], "to": CITY},
        {"reports": ["ledger"], "offices": ["city_office"], "to": CITY},
    )
    assert wrong == []
    assert (one.reports, one.offices) == ({"quarterly", "staleness"}, {"haitang_office"})
    assert whole.reports == {"staleness", "quarterly", "inspection", "ledger", "matrix"}
    assert whole.offices == {""}
    assert city.offices >= {"", "city_office", "haitang_office"}


@pytest.mark.parametrize(
    ("route", "field", "said"),
    [
        ({"reports": ["quartely"]}, "reports", "quarterly"),
        ({"reports": ["ledger"], "rules": ["UPD-04"]}, "rules", "reports"),
        ({"reports": ["ledger"], "level": "red"}, "level", "reports"),
        ({"reports": ["ledger"], "platforms": ["weibo"]}, "platforms", "reports"),
        ({"reports": ["ledger"], "why": ["first"]}, "why", "reports"),
        ({"reports": ["ledger"], "do": "mute"}, "do", "instead"),
        ({"reports": ["ledger"], "digest": True}, "digest", "digest"),
        ({"reports": ["ledger"], "offices": ["haitang"]}, "offices", "haitang_office"),
        ({"reports": ["ledger"], "to": {"roles": ["C"]}}, "to.roles", "offices"),
        ({"reports": ["ledger"], "to": {}}, "to", "roles"),
        ({"reports": ["ledger"], "to": {"targets": ["nobody"]}}, "to.targets", "nobody"),
        ({"offices": [""]}, "offices", "haitang_office"),
    ],
)
def test_each_mistake_names_its_field_and_what_to_do(
    tmp_path: Path, route: dict[str, Any], field: str, said: str
) -> None:
    _, wrong = read(tmp_path, {"to": CITY, **route})
    assert len(wrong) == 1, wrong
    assert wrong[0].startswith(f"routes.yaml: routes[0].{field}:")
    assert said in wrong[0]


# -- `watcher routes` --------------------------------------------------------------------------


@pytest.fixture
def planned(place: Path, run: Run) -> Path:
    """A plan of two reports, and two routes about them."""
    with (place / "config" / "watcher.yaml").open("a", encoding="utf-8") as file:
        file.write(
            '\nreports:\n  - {kind: quarterly, every: quarter, offices: ["", haitang_office]}\n'
        )
    path = place / "config" / "routes.yaml"
    routes = """routes:
  - {name: 另告网信, reports: [quarterly], to: {roles: [N]}}
  - {name: 只发邮箱, reports: ["*"], offices: [haitang_office], do: instead,
     to: {targets: [education_mail]}}
"""
    path.write_text(path.read_text("utf-8").replace("routes: []", routes), "utf-8")
    assert run("migrate").returncode == 0
    return place


def test_the_list_tells_routes_about_reports_from_those_about_cases(
    planned: Path, run: Run
) -> None:
    said = run("routes", "list").stdout
    assert "定期报告" in said
    (first, second) = json.loads(run("routes", "list", "--json").stdout)["routes"]
    assert (first["reports"], first["why"], first["offices"]) == (["quarterly"], None, None)
    assert second["offices"] == ["haitang_office"]


def test_a_trial_says_who_gets_which_files_and_when(planned: Path, run: Run) -> None:
    words = ("routes", "test", "--report", "quarterly", "--at", "2026-11-21T23:00")
    told = json.loads(run(*words, "--office", "海棠区人民政府办公室", "--json").stdout)
    assert told["planned"]
    assert told["routes"] == ["另告网信", "只发邮箱"]
    name = "季度通报稿-海棠区人民政府办公室-2026年第三季度"
    assert told["files"] == [f"{name}.docx", f"{name}.xlsx"]
    assert [(each["target"], each["files"]) for each in told["targets"]] == [
        ("cyberspace_mail", told["files"]),
        ("education_mail", told["files"]),
    ]
    assert {each["not_before"] for each in told["targets"]} == {"2026-11-23T00:00:00+00:00"}
    city = json.loads(run(*words, "--json").stdout)
    assert [(each["target"], each["files"]) for each in city["targets"]] == [
        ("city_wecom", []),
        ("cyberspace_mail", city["files"]),
    ]
    assert str(planned) not in json.dumps([told, city], ensure_ascii=False)
    shown = run(*words).stdout
    assert "每季度结束后第3个工作日生成" in shown
    assert "适用路由：另告网信" in shown


def test_a_trial_without_a_moment_is_of_the_next_time(planned: Path, run: Run) -> None:
    told = json.loads(run("routes", "test", "--report", "quarterly", "--json").stdout)
    (coming,) = told["next"]
    assert (told["now"], told["period"]) == (coming["due"], coming["period"])
    other = json.loads(run("routes", "test", "--report", "ledger", "--json").stdout)
    assert (other["planned"], other["next"]) == (False, [])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "--rule、--report 须且只须给一个"),
        (("--report", "ledger", "--rule", "UPD-04"), "须且只须给一个"),
        (("--report", "quartely"), "是否指 quarterly？"),
        (("--report", "ledger", "--office", "haitang"), "是否指 haitang_office？"),
        (("--report", "ledger", "--account", "x"), "--report 只与"),
        (("--rule", "UPD-04", "--office", "haitang_office"), "--office 只与 --report 同用"),
    ],
)
def test_what_a_trial_cannot_be_of_is_said(
    planned: Path, run: Run, words: tuple[str, ...], said: str
) -> None:
    done = run("routes", "test", *words)
    assert done.returncode == 2
    assert said in done.stderr
