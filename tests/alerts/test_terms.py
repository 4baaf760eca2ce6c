"""A term that runs is recalled on its own days; once it has run out, others hear of it too."""

from __future__ import annotations

from alerts.policy import DEFAULT_POLICY, after, notices, reconcile
from tests.alerts.examples import CAL, DAY, HOUR, RECENT, at, finding
from watcher.model import Case, CaseState, Finding, Level, Notice, Role, Why

FIRST, SECOND = at(10, 30, 0), at(11, 10, 0)  # the 20th and the 27th working day


def running(now_mark: object, as_of: object) -> Finding:
    return finding("FIL-05", Level.BLUE, as_of, remind_at=now_mark.isoformat(), late=False)  # type: ignore[attr-defined, arg-type]


def step(cases: tuple[Case, ...], found: Finding) -> tuple[tuple[Notice, ...], tuple[Case, ...]]:
    changes = reconcile(cases, [found], found.as_of, RECENT)
    said = notices(changes, found.as_of, DEFAULT_POLICY, CAL)
    return said, tuple(c for c in after(changes, said) if c.state is CaseState.OPEN)


def test_a_term_is_recalled_on_its_marks_and_on_no_other_day() -> None:
    said, cases = step((), running(FIRST, FIRST + HOUR))
    assert [(n.why, n.roles) for n in said] == [(Why.FIRST, (Role.CONTACT,))]
    for days in range(1, 11):
        said, cases = step(cases, running(FIRST, FIRST + days * DAY + HOUR))
        assert said == ()
    said, cases = step(cases, running(SECOND, SECOND + HOUR))
    assert [n.why for n in said] == [Why.REMINDER]
    assert Role.SUPERVISOR in said[0].digest_roles
    assert Role.CITY not in said[0].digest_roles
    said, cases = step(cases, running(SECOND, SECOND + 2 * DAY))
    assert said == ()


def test_when_it_has_run_out_supervisor_and_city_office_hear_of_it() -> None:
    _, cases = step((), running(SECOND, SECOND + HOUR))
    late = finding("FIL-05", Level.YELLOW, at(11, 14, 10), remind_at=None, late=True)
    said, _ = step(cases, late)
    assert [n.why for n in said] == [Why.ESCALATION]
    assert said[0].digest_roles == (Role.SUPERVISOR, Role.CITY)
