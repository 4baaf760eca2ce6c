"""Filed state × observed state: every cell of domain.md §6.2, each judged by the rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from tests.rules.world import CAL, DAY, HOUR, RULES, account, bj, day, page, post
from watcher.filings import Filing, FilingKind, Paper
from watcher.model import (
    Account,
    Coverage,
    Dossier,
    Exemption,
    Failure,
    FiledState,
    Look,
    Post,
    Profile,
    Sight,
    Sighting,
    Snapshot,
    Source,
    StoredPost,
    Trouble,
    Unit,
    UnitKind,
)
from watcher.rules import judge
from watcher.rules.matrix import MATRIX, Observed, answering, speaks_of
from watcher.rules.observed import observe
from watcher.store.sights import advance

NOW = bj("2026-05-20 10:00")
ACT = day("2026-03-02")  # suspended or deregistered, Monday
NOTICE = "关于本账号停止更新的公告"
UPD = {f"UPD-0{n}" for n in range(1, 8)}


def filing(kind: FilingKind, **days: Any) -> Filing:
    return replace(Filing("F-1", kind, "tourism", "weibo-1"), **days)


def on_paper(state: FiledState) -> Paper | None:
    """The filings that put an account into this state."""
    steps = {"applied_on": day("2026-02-02"), "approved_on": day("2026-02-10")}
    if state is FiledState.SUSPENDED:
        return Paper((filing(FilingKind.SUSPEND, **steps, carried_out_on=ACT),))
    if state is FiledState.NOTICE_PERIOD:
        late = {**steps, "decided_on": day("2026-02-01"), "notice_from": day("2026-05-11")}
        return Paper((filing(FilingKind.DEREGISTER, **late, notice_url="https://a.cn/1"),))
    if state is FiledState.DEREGISTERED:
        return Paper((filing(FilingKind.DEREGISTER, **steps, carried_out_on=ACT),))
    return None


def read(
    who: Account,
    *posts: Post,
    name: str = "三亚旅文",
    at: datetime = NOW,
    face: Profile | None = None,
) -> Sight:
    """What one complete reading shows."""
    shown = face or Profile("1", name)
    sighting = Sighting(shown, posts, Coverage.COMPLETE)
    look = Look("weibo", "complete")
    return advance(Sight(), Snapshot(who.key, at, sighting, "weibo", (page(at),), looks=(look,)))


def missed(sight: Sight, who: Account, trouble: Trouble, *hours: float) -> Sight:
    """The same after looks that all came to this, so many hours before NOW."""
    sources = [source.collector for source in who.sources] or ["weibo"]
    for before in hours:
        at = NOW - before * HOUR
        looks = tuple(Look(source, trouble.value) for source in sources)
        sight = advance(
            sight, Failure(who.key, at, trouble, "说", "weibo", (page(at),), looks=looks)
        )
    return sight


def dossier(state: FiledState, seen: Observed, **changes: Any) -> Dossier:
    """An account in this state on paper that is seen in that one."""
    who = account(filed_state=state, opened_on=day("2020-01-01"), **changes)
    old = post(bj("2026-02-01 09:00"), title="海风")
    new = post(NOW - 5 * HOUR, title="旅游节开幕")
    end = post(bj("2026-02-27 09:00"), title=NOTICE)
    posts = {
        Observed.POSTING: (new, old),
        Observed.NOTICE_POSTED: (end, old),
        Observed.RENAMED: (new, old) if state is FiledState.ACTIVE else (end, old),
    }.get(seen, (old,))
    early = NOW - 4 * DAY
    if seen is Observed.BLIND:
        sight = missed(Sight(), who, Trouble.BLOCKED, 30, 20, 0)
    elif seen in (Observed.GONE, Observed.BANNED):
        trouble = Trouble.GONE if seen is Observed.GONE else Trouble.BANNED
        sight = missed(
            read(who, *((old,) if state is A else (end, old)), at=early), who, trouble, 26, 13, 0
        )
    elif seen is Observed.RENAMED:
        other = state is FiledState.DEREGISTERED
        face = Profile("2" if other else "1", "三亚文旅")
        who = replace(who, platform_id="1")
        sight = read(who, *posts, face=face)
    else:
        sight = read(who, *posts)
    face = Profile("2" if state is FiledState.DEREGISTERED else "1", "三亚文旅")
    profile = face if seen is Observed.RENAMED else Profile("1", "三亚旅文")
    stored = tuple(StoredPost(each, NOW) for each in posts)
    return Dossier(who, sight, stored, profile, early, on_paper(state))


def said(d: Dossier, now: datetime = NOW) -> set[str]:
    """The rules that speak of the unit."""
    found = {f.rule for f in judge(d, now, RULES, CAL) if f.level.value != "operator"}
    return {rule for rule in found if not rule.startswith(("FIL", "CHG", "DER-01", "DER-03"))}


A, S, N, D = (
    FiledState.ACTIVE,
    FiledState.SUSPENDED,
    FiledState.NOTICE_PERIOD,
    FiledState.DEREGISTERED,
)
O = Observed  # noqa: E741
REMINDED = {"DER-02"}  # in blue: the term of the notice runs
CELLS: tuple[tuple[FiledState, Observed, set[str]], ...] = (
    (A, O.POSTING, set()),
    (A, O.SILENT, {"UPD-04", "UPD-05", "UPD-02"}),
    (A, O.NOTICE_POSTED, {"SUS-01", "UPD-04", "UPD-05", "UPD-02"}),
    (A, O.GONE, {"OFF-01"}),
    (A, O.BANNED, {"OFF-02"}),
    (A, O.RENAMED, set()),
    (S, O.POSTING, {"SUS-03"}),
    (S, O.SILENT, {"SUS-02"}),
    (S, O.NOTICE_POSTED, set()),
    (S, O.GONE, {"OFF-01"}),
    (S, O.BANNED, set()),
    (S, O.RENAMED, set()),
    (N, O.POSTING, REMINDED),
    (N, O.SILENT, REMINDED),
    (N, O.NOTICE_POSTED, REMINDED),
    (N, O.GONE, {"DER-02"}),
    (N, O.BANNED, REMINDED),
    (N, O.RENAMED, REMINDED),
    (D, O.POSTING, {"DER-06"}),
    (D, O.SILENT, {"DER-04"}),
    (D, O.NOTICE_POSTED, {"DER-04"}),
    (D, O.GONE, set()),
    (D, O.BANNED, set()),
    (D, O.RENAMED, {"DER-06"}),
    (A, O.BLIND, set()),
    (S, O.BLIND, set()),
    (N, O.BLIND, set()),
    (D, O.BLIND, set()),
)


@pytest.mark.parametrize(
    ("filed", "seen", "wanted"), CELLS, ids=[f"{filed}-{seen}" for filed, seen, _ in CELLS]
)
def test_every_cell_has_its_answer(filed: FiledState, seen: Observed, wanted: set[str]) -> None:
    d = dossier(filed, seen)
    assert seen in observe(d, RULES).states
    ladder = set() if wanted & UPD else UPD  # of an account that went away, or has another name
    assert said(d) - ladder == wanted
    told = wanted - UPD - (REMINDED if filed is N else set())
    assert told <= answering(filed, observe(d, RULES).states)


@pytest.mark.parametrize("seen", list(Observed))
def test_an_account_in_no_register_is_a_lead_while_it_is_there(seen: Observed) -> None:
    there = {O.POSTING, O.SILENT, O.NOTICE_POSTED, O.PRESENT}
    assert answering(None, [seen]) == ({"FIL-01"} if seen in there else set())


def test_the_matrix_is_whole() -> None:
    assert set(MATRIX) == {None, *FiledState}
    assert all(set(cells) == set(Observed) for cells in MATRIX.values())
    assert all(cell.says for cells in MATRIX.values() for cell in cells.values())
    assert speaks_of("OFF-01") == {A, S}
    assert speaks_of("DER-06") == {D}
    assert not speaks_of("VER-01")


@pytest.mark.parametrize("filed", list(FiledState))
def test_blindness_says_nothing_of_a_unit_and_sys_01_is_silent_of_the_deregistered(
    filed: FiledState,
) -> None:
    found = {f.rule for f in judge(dossier(filed, O.BLIND), NOW, RULES, CAL)}
    assert {rule for rule in found if not rule.startswith(("FIL", "DER-03"))} <= {"SYS-01"}
    assert ("SYS-01" in found) is (filed is not D)


# -- what only absences tell ---------------------------------------------------------------------


def gone_after(*hours: float, **changes: Any) -> Dossier:
    who = account(**changes)
    sight = missed(read(who, post(NOW - 5 * DAY), at=NOW - 4 * DAY), who, Trouble.GONE, *hours)
    return Dossier(who, sight, (), Profile("1", "三亚旅文"))


def offline(d: Dossier, now: datetime = NOW) -> bool:
    return "OFF-01" in said(d, now)


def test_gone_needs_three_looks_over_a_day() -> None:
    assert not offline(gone_after(24, 0))
    assert not offline(gone_after(23.99, 12, 0))
    assert offline(gone_after(24, 12, 0))


def test_one_method_of_two_is_not_enough() -> None:
    two = (Source("weibo", "1"), Source("weibo_search", "1"))
    d = gone_after(24, 12, 0, sources=two)
    assert offline(d)
    one = replace(d, sight=replace(d.sight, absent_by={"weibo": 3}))
    assert not offline(one)


def test_what_is_gone_stands_while_nothing_is_read_and_opens_nothing_then() -> None:
    d = gone_after(60, 40, 30)
    blocked = Failure("weibo-1", NOW, Trouble.BLOCKED, "", looks=(Look("weibo", "blocked"),))
    d = replace(d, sight=advance(d.sight, blocked))
    found = next(f for f in judge(d, NOW, RULES, CAL) if f.rule == "OFF-01")
    assert NOW - found.as_of > RULES.recent


def test_a_government_account_is_told_so() -> None:
    unit = Unit("jiyang", "吉阳区人民政府", UnitKind.DISTRICT_GOVERNMENT)
    city = Unit("city", "三亚市人民政府", UnitKind.CITY_GOVERNMENT)
    for who, wanted in ((unit, True), (city, True), (account().unit, False)):
        found = next(
            f for f in judge(gone_after(24, 12, 0, unit=who), NOW, RULES, CAL) if f.rule == "OFF-01"
        )
        assert found.facts["government"] is wanted
        assert found.facts["pages"][0]["sha256"]
        assert (found.facts["absent_looks"], found.facts["methods"]) == (3, {"weibo": 3})


def test_an_app_is_app_01s_and_never_told_twice() -> None:
    d = gone_after(26, 13, 0, platform="app")
    assert said(d) == {"APP-01"}


def test_an_approved_end_is_no_offline_and_an_application_is_named() -> None:
    d = gone_after(24, 12, 0)
    applied = filing(FilingKind.DEREGISTER, applied_on=day("2026-05-11"))
    named = replace(d, paper=Paper((applied,)))
    found = next(f for f in judge(named, NOW, RULES, CAL) if f.rule == "OFF-01")
    assert (found.facts["filing"], found.facts["step"]) == ("F-1", "applied")
    agreed = replace(applied, approved_on=day("2026-05-12"), decided_on=day("2026-05-08"))
    assert said(replace(d, paper=Paper((agreed,)))) == {"DER-02"}
    ended = replace(applied, ended_on=day("2026-05-13"))
    assert offline(replace(d, paper=Paper((ended,))))


@pytest.mark.parametrize("name", ["OFF-01", "OFF-02"])
def test_switched_off_or_exempt_they_are_silent(name: str) -> None:
    seen = O.GONE if name == "OFF-01" else O.BANNED
    d = dossier(A, seen)
    off = replace(RULES, rules={n: r for n, r in RULES.rules.items() if n != name})
    assert name not in {f.rule for f in judge(d, NOW, off, CAL)}
    spared = replace(d.account, exemptions=(Exemption((name,), "装修", "市政府办公室"),))
    assert name not in said(replace(d, account=spared))
