"""The metrics say what the snapshot says, whatever names strangers chose."""

from __future__ import annotations

import resource
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from unicodedata import category

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from alerts.metrics import (
    BUCKETS,
    MOST_OFFICES,
    MOST_PLATFORMS,
    AccountSample,
    CaseSample,
    Condition,
    JobSample,
    LaneSample,
    MetricsSnapshot,
    Names,
    PlatformSample,
    SearchSample,
    Tally,
    condition,
    render,
    render_accounts,
)

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def samples(text: bytes) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def value(text: bytes, metric: str, /, **labels: str) -> float:
    return samples(text)[metric, tuple(sorted(labels.items()))]


def account(key: str = "weibo-1", **fields: object) -> AccountSample:
    given_: dict[str, object] = {
        "name": "三亚发布",
        "platform": "weibo",
        "unit": "sanya",
        "unit_kind": "city_department",
        "condition": Condition.FRESH,
        **fields,
    }
    return AccountSample(key=key, **given_)  # type: ignore[arg-type]


def full() -> MetricsSnapshot:
    tally = Tally()
    tally.reading("weibo", "seen", 0.3)
    tally.reading("weibo", "seen", 99.0)
    tally.reading("weibo", "blocked", 0.1)
    return MetricsSnapshot(
        accounts=(
            account("weibo-1", last_post_at=NOW, last_success_at=NOW, next_check_at=NOW),
            account("weibo-2", condition=Condition.OVERDUE),
            account("weibo-3", condition=Condition.BLIND, trouble="blocked", failures=4),
            account("douyin-1", platform="douyin", condition=Condition.NEVER),
        ),
        readings=tally.readings(),
        durations=tally.durations(),
        open_cases={("UPD-04", "red"): 2},
        outbox={"pending": 3, "sent": 8},
        oldest_pending_at=NOW,
        lanes=(LaneSample("weibo", "cooling", NOW),),
        platforms=(PlatformSample("weibo", "blind", NOW), PlatformSample("douyin", "live")),
        jobs=(JobSample("dispatch", NOW, failures=1, missed=2), JobSample("digest")),
        stale={("weibo", "weibo", "city", "red"): 2, ("weibo", "weibo", "other", "yellow"): 1},
        offices={("city", "weibo", "fresh"): 3, ("unassigned", "douyin", "blind"): 1},
        office_cases={
            ("city", "weibo", "UPD-04", "red", "late"): 2,
            ("none", "none", "SYS-03", "operator", "none"): 1,
        },
        collectors={"weibo": True, "weibo_api": False, "weibo_old": False},
        disabled=frozenset({"weibo_old"}),
        candidates={("weibo", "review"): 2},
        takedowns={"sent": 1},
        leads={"open": 3},
        searches=(SearchSample("weibo", {"searched": 4, "not_searched": 1}, NOW),),
        names=Names(
            {"weibo": "新浪微博"}, {"weibo": "微博"}, {"city": "市政府办公室"}, {"UPD-04": "两周"}
        ),
        one_by_one=True,
        cases=(
            CaseSample(12, "UPD-04", "red", NOW, "weibo-2", "三亚发布", "weibo", "city", NOW),
            CaseSample(13, "SYS-03", "operator", NOW),
        ),
        drawn_at=NOW,
        evidence_bytes=1 << 29,
        evidence_limit=1 << 30,
        disk_bytes=1 << 40,
        disk_free=1 << 39,
        dead_man_every=timedelta(minutes=5),
        dead_man_at=NOW,
        alertmanager_at=NOW,
        version="0.1.0",
        commit="abc",
        database_bytes=4096,
        calendar_year=2026,
    )


def test_accounts_are_counted_by_platform_unit_kind_and_state() -> None:
    text = render(full())
    where = {"platform": "weibo", "unit_kind": "city_department"}
    assert value(text, "shouwang_accounts", **where, state="overdue") == 1
    assert value(text, "shouwang_accounts", **where, state="fresh") == 1


def test_blind_and_never_read_accounts_lower_the_coverage() -> None:
    text = render(full())
    assert value(text, "shouwang_coverage_ratio", platform="weibo") == pytest.approx(2 / 3)
    assert value(text, "shouwang_coverage_ratio", platform="douyin") == 0


def test_troubles_are_counted_by_platform() -> None:
    text = render(full())
    labels = {"platform": "weibo", "trouble": "blocked"}
    assert value(text, "shouwang_accounts_in_trouble", **labels) == 1


def test_readings_are_counters_and_their_times_a_cumulative_histogram() -> None:
    text = render(full())
    assert value(text, "shouwang_readings_total", lane="weibo", outcome="seen") == 2
    name = "shouwang_reading_duration_seconds"
    assert value(text, f"{name}_bucket", lane="weibo", le="0.1") == 1
    assert value(text, f"{name}_bucket", lane="weibo", le="0.5") == 2
    assert value(text, f"{name}_bucket", lane="weibo", le="+Inf") == 3
    assert value(text, f"{name}_count", lane="weibo") == 3
    assert value(text, f"{name}_sum", lane="weibo") == pytest.approx(99.4)


def test_a_reading_on_a_bucket_edge_belongs_to_that_bucket() -> None:
    tally = Tally()
    for edge in BUCKETS:
        tally.reading("weibo", "seen", edge)
    assert tally.durations()["weibo"].counts == (*([1] * len(BUCKETS)), 0)


def test_a_copy_of_the_tally_does_not_change_afterwards() -> None:
    tally = Tally()
    before = tally.readings(), tally.durations()
    tally.reading("weibo", "seen", 1)
    assert before == ({}, {})


def test_cases_outbox_lanes_jobs_and_the_watch_itself_are_shown() -> None:
    text = render(full())
    at = NOW.timestamp()
    assert value(text, "shouwang_cases_open", rule="UPD-04", level="red") == 2
    assert value(text, "shouwang_outbox_letters", state="pending") == 3
    assert value(text, "shouwang_outbox_oldest_pending_timestamp_seconds") == at
    assert value(text, "shouwang_lane_state", lane="weibo", state="cooling") == 1
    assert value(text, "shouwang_lane_state", lane="weibo", state="open") == 0
    assert value(text, "shouwang_lane_opens_timestamp_seconds", lane="weibo") == at
    assert value(text, "shouwang_job_heartbeat_timestamp_seconds", task="dispatch") == at
    assert value(text, "shouwang_job_failures_total", task="dispatch") == 1
    assert value(text, "shouwang_job_missed_total", task="dispatch") == 2
    assert value(text, "shouwang_database_bytes") == 4096
    assert value(text, "shouwang_calendar_known_through_year") == 2026
    assert value(text, "process_open_fds") > 0
    assert b"shouwang_build_info{" in text


def test_the_first_letter_that_fails_is_seen_as_one_more() -> None:
    assert value(render(full()), "shouwang_outbox_letters", state="failed") == 0


def test_each_platform_is_in_one_state_and_its_canary_has_a_moment() -> None:
    text = render(full())
    for state in ("live", "degraded", "blind", "unconfirmed", "closed"):
        labels = {"lane": "weibo", "state": state}
        assert value(text, "shouwang_platform_state", **labels) == (state == "blind")
    moment = "shouwang_canary_last_success_timestamp_seconds"
    assert value(text, moment, lane="weibo") == NOW.timestamp()
    assert (moment, (("lane", "douyin"),)) not in samples(text)


def test_what_alerts_rest_on_is_shown() -> None:
    text = render(full())
    where = {"lane": "weibo", "platform": "weibo", "office": "city", "level": "red"}
    assert value(text, "shouwang_accounts_stale", **where) == 2
    where = {"office": "unassigned", "platform": "douyin", "state": "blind"}
    assert value(text, "shouwang_office_accounts", **where) == 1
    where = {"office": "city", "platform": "weibo", "rule": "UPD-04", "level": "red"}
    assert value(text, "shouwang_office_cases", term="late", **where) == 2
    assert value(text, "shouwang_collector_in_service", collector="weibo_api") == 0
    assert value(text, "shouwang_evidence_limit_bytes") == 1 << 30
    assert value(text, "shouwang_state_disk_free_bytes") == 1 << 39
    assert value(text, "shouwang_dead_man_interval_seconds") == 300
    for name in ("snapshot", "dead_man_last_success", "alertmanager_last_heard"):
        assert value(text, f"shouwang_{name}_timestamp_seconds") == NOW.timestamp()


def test_what_is_not_configured_has_no_series() -> None:
    text = render(MetricsSnapshot())
    assert b"\nshouwang_dead_man_interval_seconds " not in text
    assert b"\nshouwang_evidence_limit_bytes " not in text


def test_office_labels_stay_bounded_whatever_the_configuration_holds() -> None:
    many = {("weibo", "weibo", f"o{i:04}", "red"): 1 for i in range(3 * MOST_OFFICES)}
    held = {(f"o{i:04}", "weibo", "fresh"): 1 for i in range(3 * MOST_OFFICES)}
    open_ = {(f"o{i:04}", "weibo", "UPD-04", "red", "none"): 1 for i in range(3 * MOST_OFFICES)}
    told = Names(offices={f"o{i:04}": "名" for i in range(3 * MOST_OFFICES)})
    text = render(MetricsSnapshot(stale=many, offices=held, office_cases=open_, names=told))
    for metric in ("accounts_stale", "office_accounts", "office_cases"):
        labels = [dict(key[1])["office"] for key in samples(text) if key[0] == f"shouwang_{metric}"]
        assert len(labels) == MOST_OFFICES + 1
        assert "other" in labels
    named = {dict(key[1])["office"] for key in samples(text) if key[0] == "shouwang_office_info"}
    assert named > set(labels)


def test_a_job_that_never_ran_has_no_heartbeat() -> None:
    assert b'heartbeat_timestamp_seconds{task="digest"}' not in render(full())


def test_an_empty_watch_renders() -> None:
    text = render(MetricsSnapshot())
    assert b"shouwang_accounts{" not in text
    assert b"shouwang_build_info{" in text


def test_names_of_accounts_stand_nowhere_in_the_aggregates() -> None:
    text = render(full()).decode()
    assert "三亚发布" not in text
    assert "weibo-1" not in text


def test_platform_labels_stay_bounded_whatever_the_register_holds() -> None:
    many = tuple(account(f"p-{i}", platform=f"p{i:04}") for i in range(3 * MOST_PLATFORMS))
    text = render(MetricsSnapshot(accounts=many))
    labels = {dict(key[1])["platform"] for key in samples(text) if key[0] == "shouwang_accounts"}
    assert len(labels) == MOST_PLATFORMS + 1
    where = {"platform": "other", "unit_kind": "city_department", "state": "fresh"}
    assert value(text, "shouwang_accounts", **where) == 2 * MOST_PLATFORMS


def test_each_account_has_its_moments_and_one_info_series() -> None:
    text = render_accounts(full(), 2000)
    names = {"name": "三亚发布", "platform": "weibo", "unit": "sanya"}
    whose = {"unit_name": "", "office": "unassigned"}
    assert value(text, "shouwang_account_info", account="weibo-1", **names, **whose) == 1
    assert value(text, "shouwang_account_state", account="weibo-2", state="overdue") == 1
    at = NOW.timestamp()
    assert value(text, "shouwang_account_last_post_timestamp_seconds", account="weibo-1") == at
    assert value(text, "shouwang_account_last_success_timestamp_seconds", account="weibo-1") == at
    assert value(text, "shouwang_account_next_check_timestamp_seconds", account="weibo-1") == at
    assert value(text, "shouwang_account_failed_readings", account="weibo-3") == 4
    assert b'last_post_timestamp_seconds{account="weibo-2"}' not in text


def test_what_the_cap_leaves_out_is_said() -> None:
    text = render_accounts(full(), 1)
    assert value(text, "shouwang_accounts_truncated") == 3
    assert text.count(b"shouwang_account_info{") == 1
    assert value(render_accounts(full(), 4), "shouwang_accounts_truncated") == 0


def test_a_person_s_decision_is_told_from_a_collector_that_broke() -> None:
    text = render(full())
    assert value(text, "shouwang_collector_disabled", collector="weibo_old") == 1
    assert value(text, "shouwang_collector_disabled", collector="weibo_api") == 0
    assert value(text, "shouwang_collector_in_service", collector="weibo_old") == 0


def test_what_people_must_decide_is_counted_also_where_it_is_none() -> None:
    text = render(full())
    assert value(text, "shouwang_candidates", platform="weibo", state="review") == 2
    assert value(text, "shouwang_candidates", platform="weibo", state="confirmed") == 0
    assert value(text, "shouwang_takedown_letters", step="sent") == 1
    assert value(text, "shouwang_takedown_letters", step="settled") == 0
    assert value(text, "shouwang_leads", state="open") == 3
    assert value(text, "shouwang_account_metrics_enabled") == 1
    assert value(render(MetricsSnapshot()), "shouwang_account_metrics_enabled") == 0


def test_labels_have_names_in_the_language_of_the_offices() -> None:
    text = render(full())
    for label, key, name in (
        ("platform", "weibo", "新浪微博"),
        ("lane", "weibo", "微博"),
        ("office", "city", "市政府办公室"),
        ("office", "unassigned", "未登记日常主管单位"),
        ("rule", "UPD-04", "两周"),
    ):
        where = {label: key, f"{label}_name": name}
        assert value(text, f"shouwang_{label}_info", **where) == 1


def test_each_open_case_has_its_number_its_account_and_its_term() -> None:
    text = render_accounts(full(), 2000)
    told = {"case": "12", "rule": "UPD-04", "level": "red", "account": "weibo-2"}
    more = {"name": "三亚发布", "platform": "weibo", "office": "city"}
    assert value(text, "shouwang_case_info", **told, **more) == 1
    at = NOW.timestamp()
    assert value(text, "shouwang_case_opened_timestamp_seconds", case="13") == at
    assert value(text, "shouwang_case_due_timestamp_seconds", case="12") == at
    assert ("shouwang_case_due_timestamp_seconds", (("case", "13"),)) not in samples(text)
    assert value(render_accounts(full(), 1), "shouwang_cases_truncated") == 1


def test_an_empty_accounts_page_is_valid() -> None:
    assert samples(render_accounts(MetricsSnapshot(), 10)) == {
        ("shouwang_accounts_truncated", ()): 0,
        ("shouwang_cases_truncated", ()): 0,
    }


hostile = st.text(st.characters(codec=None, exclude_categories=())) | st.sampled_from(
    ['"} 1\nup 0', "\\", '\\"', "a\r\nb", "\ud800", "# TYPE x counter", "", "名\u2028字", "\x00"]
)


@settings(deadline=None)
@given(st.lists(hostile, max_size=5))
def test_no_name_can_add_a_series_or_break_the_page(names: list[str]) -> None:
    accounts = tuple(account(f"k-{i}", name=n, unit=n) for i, n in enumerate(names))
    seen = samples(render_accounts(MetricsSnapshot(accounts=accounts), 100))
    infos = [dict(key[1]) for key in seen if key[0] == "shouwang_account_info"]
    assert len(infos) == len(names)
    assert {name for name, _ in seen} <= {
        "shouwang_accounts_truncated",
        "shouwang_account_info",
        "shouwang_account_state",
        "shouwang_account_failed_readings",
        "shouwang_cases_truncated",
    }
    shown = [info["name"] for info in sorted(infos, key=lambda info: info["account"])]
    assert [_visible(text) for text in shown] == [_visible(name) for name in names]


def _visible(name: str) -> str:
    """What is left of a name when breaks, controls and half characters are passed over."""
    return "".join(
        c for c in name if c not in "\ufffd\u2028\u2029" and category(c) not in {"Cc", "Cs"}
    ).replace(" ", "")


@settings(deadline=None)
@given(hostile)
def test_no_label_of_the_aggregates_can_break_them(text: str) -> None:
    snapshot = MetricsSnapshot(
        accounts=(account(platform=text, trouble=text),), open_cases={(text, "red"): 1}
    )
    assert len([key for key in samples(render(snapshot)) if key[0] == "shouwang_cases_open"]) == 1


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
@pytest.mark.parametrize("page", [render(full()), render_accounts(full(), 100)])
def test_promtool_finds_nothing_to_say(page: bytes) -> None:
    said = subprocess.run(
        ["promtool", "check", "metrics"], input=page, capture_output=True, check=False
    )
    assert (said.returncode, said.stdout + said.stderr) == (0, b"")


@pytest.mark.slow
def test_a_hundred_thousand_accounts_render_in_under_a_second_of_cpu() -> None:
    many = tuple(
        account(f"weibo-{i}", platform=("weibo", "douyin", "wechat")[i % 3], last_post_at=NOW)
        for i in range(100_000)
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    render(MetricsSnapshot(accounts=many))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_utime - before < 1.0


def days(n: float) -> datetime:
    return NOW - timedelta(days=n)


@pytest.mark.parametrize(
    ("last_post", "last_success", "covered_to", "wanted"),
    [
        (None, None, None, Condition.NEVER),
        (days(1), NOW, NOW, Condition.FRESH),
        (days(10), NOW, NOW, Condition.NEAR),
        (days(14), NOW, NOW, Condition.OVERDUE),
        (None, NOW, NOW, Condition.OVERDUE),
        (days(40), days(1), days(1), Condition.BLIND),
        (days(40), NOW, None, Condition.BLIND),
        (days(2), NOW, None, Condition.FRESH),
        (days(2), days(1), days(1), Condition.BLIND),
    ],
)
def test_the_condition_rests_on_what_is_known_and_not_on_silence(
    last_post: datetime | None,
    last_success: datetime | None,
    covered_to: datetime | None,
    wanted: Condition,
) -> None:
    assert condition(last_post, last_success, covered_to, NOW) is wanted
