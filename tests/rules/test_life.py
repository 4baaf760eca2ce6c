"""Terms and returns: just before, at and after each limit; blindness in between counts anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.rules.test_matrix import ACT, NOW, dossier, gone_after, said
from tests.rules.world import CAL, DAY, HOUR, RULES, bj
from watcher.model import Absence, Dossier, FiledState, Finding, Post
from watcher.restraint import restrained
from watcher.rules import judge
from watcher.rules.closing import is_notice
from watcher.rules.matrix import Observed
from watcher.sight import Clearance, PlatformSight


def offline(d: Dossier) -> Finding:
    return next(f for f in judge(d, NOW, RULES, CAL) if f.rule == "OFF-01")


def stands(d: Dossier, *doubts: tuple[float, float]) -> bool:
    """Whether OFF-01 opens under a platform that was blind so many hours ago, from and to."""
    marks = tuple((NOW - begin * HOUR, NOW - end * HOUR) for begin, end in doubts)
    sky = Clearance(PlatformSight("weibo", NOW - 30 * DAY, doubts=marks))
    held = restrained((), (offline(d),), d, sky, NOW, RULES.recent)
    return any(f.rule == "OFF-01" for f in held.findings)


def test_the_day_of_absence_counts_from_the_end_of_the_last_blindness() -> None:
    d = gone_after(40, 30, 20, 10, 0)
    assert stands(d)
    assert stands(d, (38, 24))
    assert not stands(d, (38, 23.9))


def test_without_a_canary_the_facts_say_so() -> None:
    d = gone_after(24, 12, 0)
    held = restrained((), (offline(d),), d, Clearance(), NOW, RULES.recent)
    assert held.findings[0].facts["canary"] is None


def test_a_return_is_told_only_of_a_proved_absence() -> None:
    d = dossier(FiledState.DEREGISTERED, Observed.SILENT)
    for hours, looks, wanted in ((24, 3, "DER-06"), (24, 2, "DER-04"), (23, 3, "DER-04")):
        since = NOW - 9 * DAY
        before = Absence(since, since + timedelta(hours=hours), looks, {"weibo": looks})
        again = replace(d, sight=replace(d.sight, absent_before=before))
        assert said(again) == {wanted}


def test_der_04_waits_for_the_cooling_off_and_five_working_days() -> None:
    assert ACT.isoformat() == "2026-03-02"  # + 15 days = 17 March, + 5 working days = 24 March
    d = dossier(FiledState.DEREGISTERED, Observed.SILENT)
    for at, wanted in (("2026-03-24 23:59", set()), ("2026-03-25 00:00", {"DER-04"})):
        look = tuple(replace(each, at=bj(at)) for each in d.sight.looks)
        sight = replace(d.sight, last_success_at=bj(at), covered_to=bj(at), looks=look)
        assert said(replace(d, sight=sight), bj(at)) == wanted


def test_a_notice_about_water_is_none_of_the_account() -> None:
    for title, wanted in (("停更公告", True), ("停水公告：暂停更新管网", False), ("海风", False)):
        assert is_notice(Post("1", NOW, title), RULES) is wanted
