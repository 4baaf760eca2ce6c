"""What Alertmanager told stands on the status page: notes for the operators, and harmless."""

from __future__ import annotations

from datetime import timedelta

from tests.console.views import HOSTILE, NOW
from watcher.alarms import Alarm, Ring
from watcher.console import View
from watcher.console.page import render
from watcher.view_rows import alarm_rows


def alarm(severity: str, summary: str = "平台失明", **more: str) -> Alarm:
    labels = {"alertname": "ShouwangPlatformBlind", "severity": severity, **more}
    suppressed = ("静默 1",) if more else ()
    since = NOW - timedelta(hours=2)
    return Alarm("c0ffee", since, Ring.FIRING, labels, {"summary": summary}, suppressed=suppressed)


def test_alarms_are_shown_with_the_cases_they_concern_and_the_heartbeat_is_not() -> None:
    told = [(alarm("critical"), 3), (alarm("warning", "消息滞留", a="b"), 0), (alarm("none"), 0)]
    page = render(View(NOW, alarms=alarm_rows(told)), {})
    section = page.partition('<section id="alarms">')[2].partition("</section>")[0]
    assert section.count("<tr>") == 3  # a head and two alarms
    for word in ("严重", "平台失明", "消息滞留", "已抑制：静默 1", "—（运维事项）", ">3<"):
        assert word in section


def test_a_page_without_alarms_has_no_such_section() -> None:
    assert '<section id="alarms">' not in render(View(NOW), {})


def test_hostile_words_of_an_alarm_are_escaped() -> None:
    page = render(View(NOW, alarms=alarm_rows([(alarm(HOSTILE, HOSTILE), 0)])), {})
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
