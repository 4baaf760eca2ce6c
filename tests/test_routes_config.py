"""routes.yaml: what it comes to, and every mistake of it at once."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path
from textwrap import dedent

import pytest

from alerts.hours import USUAL
from alerts.offices import load_offices
from alerts.policy import Policy
from alerts.routes import Manner, Occasion
from alerts.steps import DEFAULT_STEPS, Hearers, Unmet
from watcher.config import load
from watcher.config.load import policy_from
from watcher.config.routes import load_routes
from watcher.model import Level, Role, UnitKind
from watcher.rules import load_rules

CONFIG = Path(__file__).parents[1] / "config"
RULES = load_rules(CONFIG / "rules.yaml")
OFFICES = load_offices(CONFIG / "offices.yaml")


def mistakes(folder: Path, text: str) -> list[str]:
    (folder / "routes.yaml").write_text(dedent(text), "utf-8")
    return [str(each) for each in load_routes(folder / "routes.yaml", RULES, OFFICES)[1]]


def policy(folder: Path, text: str) -> Policy:
    (folder / "routes.yaml").write_text(dedent(text), "utf-8")
    made, wrong = load_routes(folder / "routes.yaml", RULES, OFFICES)
    assert wrong == ()
    return policy_from(made.rules, made.policy, made.steps)


def test_the_shipped_file_says_what_holds_without_one() -> None:
    shipped = load(CONFIG / "watcher.yaml", {}, targets=False).policy
    assert (shipped.hours, shipped.routes) == (USUAL, ())
    assert shipped.steps == DEFAULT_STEPS
    assert shipped.rules == policy_from(RULES).rules


def test_hours_gathering_steps_rules_and_routes_are_read(tmp_path: Path) -> None:
    made = policy(
        tmp_path,
        """
        hours: {quiet_from: "21:30", quiet_until: "07:30", digest: "08:30", office: ["08:00-18:00"]}
        gather: {wait: 3min, most: 1h}
        escalation:
          yellow: []
          red: [{when: unrectified, after: 4wh, to: {offices: [city_office]}}]
        policy:
          UPD-*: {reminder: 2d, deadline_days: 3}
          UPD-04: {reminder: never, digest_roles: [S], escalation: [{after: 1wd, to: {roles: [A]}}]}
        routes:
          - {name: 市里, rules: [UPD-*, OFF-01], at_least: orange, platforms: [weibo],
             kinds: [district_government], offices: [city_office], why: [first], do: instead,
             to: {roles: [A], targets: [city_wecom]}, digest: true}
        """,
    )
    assert (made.hours.night, made.hours.morning, made.hours.digest) == (
        time(21, 30),
        time(7, 30),
        time(8, 30),
    )
    assert (made.hours.settle, made.hours.longest) == (timedelta(minutes=3), timedelta(hours=1))
    assert made.steps[Level.YELLOW] == ()
    assert made.steps[Level.ORANGE] == DEFAULT_STEPS[Level.ORANGE]
    (red,) = made.steps[Level.RED]
    assert (red.unmet, red.hours, red.to) == (
        Unmet.UNRECTIFIED,
        4,
        Hearers(offices=("city_office",)),
    )
    assert (made.of("UPD-03").reminder, made.of("UPD-03").deadline_days) == (timedelta(days=2), 3)
    assert (made.of("UPD-04").reminder, made.of("UPD-04").digest_roles) == (
        None,
        (Role.SUPERVISOR,),
    )
    assert [step.to.roles for step in made.steps_of("UPD-04", Level.RED)] == [(Role.CITY,)]
    assert made.of("OFF-01").reminder == timedelta(days=1)
    (route,) = made.routes
    assert route.manner is Manner.INSTEAD
    assert route.rules is not None
    assert {"UPD-01", "OFF-01"} <= route.rules
    assert route.levels == {Level.ORANGE, Level.RED}
    assert route.kinds == {UnitKind.DISTRICT_GOVERNMENT}
    assert route.offices is not None
    assert {"city_office", "haitang_office", "police_office"} <= route.offices  # its subtree
    assert route.occasions == {Occasion.FIRST}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("hours: {quiet_from: 22:00}", "hours.quiet_from"),
        ('hours: {quiet_until: "23:00"}', "hours.quiet_until"),
        ('hours: {digest: "23:00"}', "hours.digest"),
        ('hours: {office: ["08:00-07:00"]}', "hours.office[0]"),
        ('hours: {office: ["14:00-17:00", "08:00-12:00"]}', "hours.office"),
        ('hours: {office: ["07:00-12:00"]}', "hours.office"),
        ("gather: {wait: 20min, most: 10min}", "gather.wait"),
        ("escalation: {orange: [{after: 2d, to: {roles: [S]}}]}", "escalation.orange[0].after"),
        ("escalation: {orange: [{after: 2wd, to: {}}]}", "escalation.orange[0].to"),
        ("escalation: {blue: []}", "escalation.blue"),
        ("policy: {UPD-99: {reminder: 1d}}", "policy"),
        ("policy: {UPD-01: {reminder: weekly}}", "policy.UPD-01.reminder"),
        ("policy: {UPD-01: {roles: []}}", "policy.UPD-01"),
        ("routes: [{to: {roles: [X]}}]", "routes[0].to.roles[0]"),
        ("routes: [{rules: [UPX-*], to: {roles: [S]}}]", "routes[0].rules"),
        ("routes: [{to: {targets: [nobody]}}]", "routes[0].to.targets"),
        ("routes: [{to: {offices: [nobody]}}]", "routes[0].to.offices"),
        ("routes: [{offices: [nobody], to: {roles: [S]}}]", "routes[0].offices"),
        ("routes: [{platforms: [twitter], to: {roles: [S]}}]", "routes[0].platforms"),
        ("routes: [{kinds: [army], to: {roles: [S]}}]", "routes[0].kinds"),
        ("routes: [{level: red, at_least: blue, to: {roles: [S]}}]", "routes[0].level"),
        ("routes: [{rules: [SYS-*], level: red, to: {roles: [S]}}]", "routes[0]"),
        ("routes: [{rules: [UPD-*], level: operator, to: {roles: [S]}}]", "routes[0]"),
        ("routes: [{level: red, digest: true, to: {roles: [S]}}]", "routes[0].digest"),
        ("routes: [{rules: [UPD-04]}]", "routes[0].to"),
        ("routes: [{do: mute}]", "routes[0].do"),
        ("routes: [{do: mute, level: yellow, why: [reminder]}]", "routes[0].do"),
        ("routes: [{do: mute, level: blue, why: [first]}]", "routes[0].do"),
        (
            "routes: [{do: mute, level: blue, why: [resolved], to: {roles: [S]}}]",
            "routes[0].to",
        ),
        ("routes: [{wen: red, to: {roles: [S]}}]", "routes[0].wen"),
        ("routs: []", "routs"),
    ],
)
def test_a_mistake_is_named_by_its_place(tmp_path: Path, text: str, place: str) -> None:
    (told,) = mistakes(tmp_path, text)
    assert told.startswith(f"routes.yaml: {place}: ")


def test_all_mistakes_are_told_at_once_the_unreachable_route_too(tmp_path: Path) -> None:
    told = mistakes(
        tmp_path,
        """
        hours: {digest: "05:00"}
        policy: {UPX-01: {reminder: 1d}}
        routes:
          - {name: 宽, rules: [UPD-*], do: instead, to: {targets: [city_wecom]}}
          - {name: 窄, rules: [UPD-04], level: red, to: {roles: [S]}}
          - {name: 窄, offices: [haitang_offce], to: {targets: [city_wecomm]}}
        """,
    )
    assert len(told) == 5
    assert any("是否指“haitang_office”？" in line for line in told)
    assert any("是否指“city_wecom”？" in line for line in told)
    assert "routes.yaml: routes[1]: 永远用不到：routes[0] 已包括它的全部情形" in told[-1]


def test_mute_is_for_reminders_and_ends_of_blue(tmp_path: Path) -> None:
    text = "routes: [{do: mute, level: blue, why: [reminder, resolved]}]"
    (route,) = policy(tmp_path, text).routes
    assert (route.manner, route.levels) == (Manner.MUTE, frozenset({Level.BLUE}))


def test_mistakes_of_other_files_do_not_hide_those_of_this(tmp_path: Path) -> None:
    (tmp_path / "routes.yaml").write_text("routes: [{rules: [UPX-1], to: {targets: [x]}}]")
    told = load_routes(tmp_path / "routes.yaml", RULES, None)[1]
    assert [each.path for each in told] == ["routes[0].rules"]
