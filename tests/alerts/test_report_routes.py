"""Reports of the plan go by route: beside or instead of their office, and never nowhere."""

from __future__ import annotations

from dataclasses import replace

import pytest

from alerts.planning import plan_report
from alerts.policy import DEFAULT_POLICY
from alerts.routes import Manner, ReportTopic, Route, fits, shadowed
from alerts.steps import Hearers
from tests.alerts.examples import OFFICES
from tests.alerts.test_routes import heard, said
from watcher.model import Level, Role

POLICE = Hearers(targets=("police",))
QUARTERLY = frozenset({"quarterly"})
CITY_WIDE, OF_EDUCATION = ReportTopic("quarterly"), ReportTopic("quarterly", "education_office")


def told(topic, *routes, targets=(), offices=OFFICES):
    policy = replace(DEFAULT_POLICY, routes=routes)
    return [each.target for each in plan_report(topic, targets, offices, policy).errands]


def test_without_routes_its_office_and_the_targets_of_the_plan_hear() -> None:
    city, edu = told(CITY_WIDE), told(OF_EDUCATION)
    assert city != edu
    assert told(OF_EDUCATION, targets=("police", *edu)) == [*edu, "police"]


def test_a_route_adds_its_hearers_or_stands_instead_of_all_others() -> None:
    add = Route("抄送", Manner.ADD, POLICE, reports=QUARTERLY)
    instead = replace(add, name="代", manner=Manner.INSTEAD)
    assert told(CITY_WIDE, add) == [*told(CITY_WIDE), "police"]
    assert told(CITY_WIDE, instead, targets=("ops",)) == ["police"]
    made = plan_report(CITY_WIDE, (), OFFICES, replace(DEFAULT_POLICY, routes=(instead, add)))
    assert made.routes == ("代",)
    assert made.errands[0].reason == "指定渠道（代）"


def test_a_route_holds_for_its_kinds_and_offices_alone() -> None:
    route = Route(
        "x", Manner.INSTEAD, POLICE, reports=QUARTERLY, offices=frozenset({"education_office"})
    )
    assert told(OF_EDUCATION, route) == ["police"]
    assert "police" not in told(CITY_WIDE, route)
    assert "police" not in told(ReportTopic("ledger", "education_office"), route)


def test_routes_about_cases_and_routes_about_reports_never_touch_each_other() -> None:
    cases = Route("问题", Manner.INSTEAD, POLICE)
    reports = Route("报告", Manner.INSTEAD, POLICE, reports=QUARTERLY)
    assert told(CITY_WIDE, cases) == told(CITY_WIDE)
    assert heard([reports]) == heard()
    assert said([reports], rule="UPD-04", level=Level.RED).routes == ()
    assert not fits(cases, CITY_WIDE)
    assert list(shadowed([cases, reports])) == []
    assert list(shadowed([reports, cases])) == []


def test_a_report_route_behind_one_that_takes_all_it_is_for_is_never_reached() -> None:
    wide = Route("宽", Manner.INSTEAD, POLICE, reports=frozenset({"quarterly", "ledger"}))
    narrow = Route(
        "窄", Manner.ADD, POLICE, reports=QUARTERLY, offices=frozenset({"education_office"})
    )
    assert list(shadowed([wide, narrow])) == [(narrow, wide)]
    assert list(shadowed([narrow, wide])) == []


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.CITY])
def test_what_reaches_nobody_goes_to_the_last_resort(role: Role) -> None:
    lost = replace(OFFICES, offices={}, roles={})
    route = Route("x", Manner.INSTEAD, Hearers((role,)), reports=QUARTERLY)
    assert told(CITY_WIDE, route, offices=lost) == list(OFFICES.fallback)
    assert told(OF_EDUCATION, offices=lost) == list(OFFICES.fallback)
