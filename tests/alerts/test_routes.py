"""Routes: in order, beside or instead of what rules say, and never nowhere."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.planning import plan, topic_of
from alerts.policy import DEFAULT_POLICY, notice_of
from alerts.routes import Manner, Occasion, Route, fits, shadowed, taken
from alerts.routing import letters
from alerts.steps import Hearers
from tests.alerts.examples import (
    ACCOUNT,
    CAL,
    OFFICES,
    STEADY,
    UNIT,
    at,
    case,
    dossier,
    finding,
)
from watcher.model import Level, Role, Unit, UnitKind, Why

NOW = at(11, 23)
POLICE = Hearers(targets=("police",))
SCHOOL = Unit("school", "某校", UnitKind.PUBLIC_INSTITUTION, "三亚市教育局办公室")


def said(routes=(), rule="UPD-02", level=Level.YELLOW, why=Why.FIRST, known=None, **fields):
    """The plan for a notice under these routes."""
    policy = replace(DEFAULT_POLICY, routes=tuple(routes))
    known = known or dossier()
    one = case(finding(rule, level), **fields)
    return plan(notice_of(one, why, NOW, policy.of(rule)), known, OFFICES, policy)


def heard(*given, **more):
    return [(each.target, each.digest) for each in said(*given, **more).errands]


def test_a_route_adds_beside_those_the_rule_names():
    route = Route("抄送", Manner.ADD, POLICE)
    assert heard() == [("edu", False)]
    assert heard([route]) == [("edu", False), ("police", False)]
    assert said([route]).routes == ("抄送",)


def test_a_route_stands_instead_and_no_later_one_is_tried():
    routes = [
        Route("先", Manner.ADD, Hearers(targets=("ops",))),
        Route("代", Manner.INSTEAD, POLICE),
        Route("后", Manner.ADD, Hearers(targets=("city",))),
    ]
    assert heard(routes) == [("ops", False), ("police", False)]
    assert said(routes).routes == ("先", "代")


def test_what_can_wait_goes_into_the_digest_unless_it_is_red():
    route = Route("日报", Manner.ADD, POLICE, digest=True)
    assert ("police", True) in heard([route])
    assert ("police", False) in heard([route], rule="UPD-04", level=Level.RED)
    policy = replace(DEFAULT_POLICY, routes=(route,))
    notice = notice_of(case(), Why.FIRST, NOW, policy.of("UPD-02"))
    made = letters(notice, dossier(), OFFICES, CAL, NOW, policy)
    assert [(x.target, x.not_before) for x in made if x.merge == "digest"] == [
        ("police", at(11, 24, 9))
    ]


def test_who_hears_at_once_by_a_route_needs_no_line_in_the_digest():
    health = Unit("h", "三亚市卫生健康委员会", daily_supervisor="education_office")
    own = dossier(account=replace(ACCOUNT, unit=health))
    assert ("edu", True) in heard(known=own)
    route = Route("立即", Manner.ADD, Hearers(roles=(Role.SUPERVISOR,)))
    assert ("edu", False) in heard([route], known=own)
    assert ("edu", True) not in heard([route], known=own)


def test_an_office_without_targets_hands_up_what_a_route_gives_it():
    route = Route("崖州", Manner.INSTEAD, Hearers(offices=("yazhou_office",)))
    (errand,) = said([route]).errands
    assert errand.target == "city"
    assert "崖州区人民政府办公室未设渠道，由其代收" in errand.reason


def test_a_muted_reminder_is_said_to_nobody_and_why():
    quiet = frozenset({Occasion.REMINDER})
    route = Route("静", Manner.MUTE, levels=frozenset({Level.BLUE}), occasions=quiet)
    made = said([route], "NAM-01", Level.BLUE, Why.REMINDER)
    assert (made.errands, made.muted) == ((), "静")
    assert heard([route], rule="NAM-01", level=Level.BLUE) != []


CONDITIONS = {
    "rules": (frozenset({"UPD-02"}), frozenset({"UPD-03"})),
    "levels": (frozenset({Level.YELLOW, Level.RED}), frozenset({Level.RED})),
    "platforms": (frozenset({"weibo"}), frozenset({"douyin"})),
    "kinds": (frozenset({UnitKind.PUBLIC_INSTITUTION}), frozenset({UnitKind.SOE})),
    "offices": (frozenset({"education_office"}), frozenset({"city_office"})),
    "occasions": (frozenset({Occasion.FIRST}), frozenset({Occasion.RESOLVED})),
}


@pytest.mark.parametrize("name", CONDITIONS)
def test_every_condition_must_hold(name):
    known = dossier(account=replace(ACCOUNT, unit=SCHOOL))  # its supervisor is written by name
    right, wrong = CONDITIONS[name]
    topic = topic_of(notice_of(case(), Why.FIRST, NOW, DEFAULT_POLICY.of("UPD-02")), known, OFFICES)
    assert fits(Route("", Manner.ADD, POLICE, **{name: right}), topic)
    assert not fits(Route("", Manner.ADD, POLICE, **{name: wrong}), topic)


def test_a_step_up_has_routes_of_its_own():
    route = Route("代", Manner.INSTEAD, POLICE)
    topic = topic_of(notice_of(case(), Why.FIRST, NOW, DEFAULT_POLICY.of("UPD-02")), None, OFFICES)
    assert fits(route, topic)
    assert not fits(route, replace(topic, occasion=Occasion.STEP))


def test_who_heard_of_red_hears_of_its_end_though_it_has_paled():
    route = Route("红", Manner.ADD, POLICE, levels=frozenset({Level.RED}))
    paled = {"told_at": NOW, "told_level": Level.RED, "why": Why.RESOLVED}
    assert ("police", False) in heard([route], rule="UPD-04", level=Level.ORANGE, **paled)


def test_what_an_earlier_route_takes_whole_is_never_reached():
    wide = Route("宽", Manner.INSTEAD, POLICE, rules=frozenset({"UPD-02", "UPD-03"}))
    narrow = Route("窄", Manner.ADD, POLICE, rules=frozenset({"UPD-02"}))
    assert [(a.name, b.name) for a, b in shadowed([wide, narrow])] == [("窄", "宽")]
    assert list(shadowed([narrow, wide])) == []
    beside = replace(wide, platforms=frozenset({"weibo"}))
    assert list(shadowed([beside, narrow])) == []
    adding = replace(wide, manner=Manner.ADD)
    assert list(shadowed([adding, narrow])) == []


# -- whatever is configured -------------------------------------------------------------------

some_roles = st.lists(st.sampled_from(list(Role)), max_size=3, unique=True).map(tuple)
hearers = st.builds(
    Hearers,
    some_roles,
    st.lists(st.sampled_from(["city_office", "yazhou_office", "nobody"]), max_size=2).map(tuple),
    st.lists(st.sampled_from(["police", "own"]), max_size=2).map(tuple),
)


def maybe(values):
    return st.none() | st.frozensets(st.sampled_from(values), min_size=1)


routes = st.lists(
    st.builds(
        Route,
        name=st.sampled_from("甲乙丙丁"),
        manner=st.sampled_from([Manner.ADD, Manner.INSTEAD]),
        to=hearers,
        digest=st.booleans(),
        rules=maybe(["UPD-02", "UPD-04", "SYS-01"]),
        levels=maybe(list(Level)),
        platforms=maybe(["weibo", "douyin"]),
        kinds=maybe(list(UnitKind)),
        offices=maybe(["education_office", "city_office"]),
        occasions=st.frozensets(st.sampled_from(list(Occasion)), min_size=1),
    ),
    max_size=6,
)
units = st.sampled_from([UNIT, SCHOOL, Unit("x", "某单位", daily_supervisor="nobody")])


@STEADY
@given(
    routes,
    st.sampled_from(["UPD-02", "UPD-04", "UPD-05", "SYS-01", "FIL-07", "XXX-99"]),
    st.sampled_from(list(Level)),
    st.sampled_from([Why.FIRST, Why.REMINDER, Why.ESCALATION, Why.RESOLVED]),
    units,
)
def test_nothing_ever_goes_nowhere(given_routes, rule, level, why, unit):
    known = dossier(account=replace(ACCOUNT, unit=unit))
    fields = {} if why is Why.FIRST else {"told_at": at(11, 20), "told_level": level}
    made = said(given_routes, rule, level, why, known, **fields)
    assert made.errands
    assert {each.target for each in made.errands} <= set(OFFICES.targets)
    assert len({each.target for each in made.errands}) == len(made.errands)
    red = level is Level.RED and why in (Why.FIRST, Why.ESCALATION)
    assert not (red and any(each.digest for each in made.errands))


@STEADY
@given(routes)
def test_routes_are_gone_through_in_order_up_to_the_first_that_ends_it(given_routes):
    topic = topic_of(
        notice_of(case(), Why.FIRST, NOW, DEFAULT_POLICY.of("UPD-02")), dossier(), OFFICES
    )
    applied = list(taken(given_routes, topic))
    fitting = [route for route in given_routes if fits(route, topic)]
    assert applied == fitting[: len(applied)]
    assert all(not route.ends for route in applied[:-1])
    assert len(applied) == len(fitting) or applied[-1].ends


@STEADY
@given(routes)
def test_an_unreachable_route_never_applies(given_routes):
    named = [replace(route, name=str(n)) for n, route in enumerate(given_routes)]
    dead = {route.name for route, _ in shadowed(named)}
    for rule in ("UPD-02", "UPD-04", "SYS-01"):
        for level in Level:
            for known in (None, dossier(), dossier(account=replace(ACCOUNT, platform="douyin"))):
                one = case(finding(rule, level))
                topic = topic_of(
                    notice_of(one, Why.FIRST, NOW, DEFAULT_POLICY.of(rule)), known, OFFICES
                )
                assert dead.isdisjoint(route.name for route in taken(named, topic))
