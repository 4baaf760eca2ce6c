"""The part of the status page that says what was searched, and what was not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from alerts.metrics import MetricsSnapshot
from alerts.metrics import render as metrics
from tests.console.views import HOSTILE, NOW
from watcher.candidates import SearchStatus
from watcher.console import SearchRow, View
from watcher.console.page import render
from watcher.coverage import Covered
from watcher.view_rows import search_rows, search_samples

SEEN, PART, BLIND = SearchStatus.SEARCHED, SearchStatus.PARTIAL, SearchStatus.NOT_SEARCHED


def test_the_page_says_how_many_names_were_searched_and_why_others_were_not() -> None:
    row = SearchRow("新浪微博", 12, 3, 5, NOW - timedelta(hours=1), "search_nil_type verify_check")
    html = render(View(NOW, searches=[row]), {})
    part = html[html.index('id="searches"') : html.index('id="outbox"')]
    for said in ("新浪微博", ">12<", ">3<", ">5<", "verify_check", "不等于没有仿冒账号"):
        assert said in part


def test_a_watch_that_does_not_search_says_so() -> None:
    assert "未启用检索" in render(View(NOW), {})


def test_what_a_platform_says_is_escaped() -> None:
    html = render(View(NOW, searches=[SearchRow("新浪微博", not_searched=1, why=HOSTILE)]), {})
    assert HOSTILE not in html


def test_the_commonest_reason_of_the_worst_names_is_shown() -> None:
    blind = Covered("a", "weibo", BLIND, detail="ok -100")
    rows = search_rows(
        (
            blind,
            replace(blind, name="b"),
            replace(blind, name="c", detail="还没有轮到"),
            Covered("d", "weibo", PART, detail="只完成了1/2个检索词", searched_at=NOW),
            Covered("d", "app", SEEN, searched_at=NOW - timedelta(days=1)),
        )
    )
    assert rows == [
        SearchRow("新浪微博", 0, 1, 3, NOW, "ok -100"),
        SearchRow("移动客户端", 1, 0, 0, NOW - timedelta(days=1), ""),
    ]


def test_the_metrics_count_the_names_of_each_status() -> None:
    rows = (
        Covered("a", "weibo", SEEN, searched_at=NOW),
        Covered("b", "weibo", BLIND, searched_at=NOW - timedelta(days=1)),
        Covered("a", "douyin", BLIND),
    )
    text = metrics(MetricsSnapshot(searches=search_samples(rows))).decode()
    assert 'shouwang_search_names{platform="weibo",status="searched"} 1.0' in text
    assert 'shouwang_search_names{platform="weibo",status="partial"} 0.0' in text
    assert 'shouwang_search_names{platform="douyin",status="not_searched"} 1.0' in text
    last = "shouwang_search_last_answer_timestamp_seconds"
    told = text.partition(f'{last}{{platform="weibo"}} ')[2].split()[0]
    assert float(told) == NOW.timestamp()
    assert f'{last}{{platform="douyin"}}' not in text
