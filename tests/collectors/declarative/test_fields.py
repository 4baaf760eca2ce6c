"""Values: ways into JSON, numbers as pages print them, times in every format, patterns."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.declarative.fields import number_of
from collectors.declarative.paths import find, parse_path
from collectors.declarative.patterns import WrongError, compile_pattern
from collectors.declarative.saying import avatar
from tests.collectors.declarative.examples import API, api, read, row
from tests.collectors.serve import any_json

BLOCKS = {
    "a": {"b": [{"c": 1}, {"c": 2, "deep": {"k": "x"}}]},
    "FeedCard_12": {"list": [1, 2]},
    "FeedCard_13": {"list": [3]},
    "packed": '{"list": [{"id": 5}]}',
    "cards": [{"name": "Other", "items": [0]}, {"name": "Detail", "items": [7, 8]}],
    "a.b": "dotted",
    "none": None,
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a.b.0.c", [1]),
        ("$.a.b.0.c", [1]),
        ("a.b.*.c", [1, 2]),
        ("a.b[c=2].deep.k", ["x"]),
        ("a.b.[deep.k=x].c", [2]),
        ("a.b[*].c", [1, 2]),
        ("a.b[1].c", [2]),
        ("[^FeedCard].list.0", [1, 3]),
        ("packed.list.0.id", [5]),
        ("cards[name=Detail].items.*", [7, 8]),
        ("cards.[name={which}].items.0", [7]),
        ('["a.b"]', ["dotted"]),
        ("none", []),
        ("a.missing.c", []),
        ("a.b.9", []),
        ("a.b.c", []),
        ("none.x", []),
    ],
)
def test_ways_into_json(path: str, found: list[Any]) -> None:
    assert find(BLOCKS, parse_path(path), {"which": "Detail"}) == found


@pytest.mark.parametrize("path", ["a[", "a]", "a[b", "[=x", "a[]", ".".join("a" * 30)])
def test_a_path_that_is_none_is_refused(path: str) -> None:
    with pytest.raises(WrongError):
        parse_path(path)


@given(any_json(), st.sampled_from(["a.b.0", "*.*", "[a=1]", "[^a].b", "", "a.*.b", "0.0"]))
def test_any_json_can_be_walked(value: Any, path: str) -> None:
    assert None not in find(value, parse_path(path), {})


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("1.2万", 12000),
        ("3亿", 300_000_000),
        ("1,234", 1234),
        ("12w", 120_000),
        ("1.5k", 1500),
        ("10万+", 100_000),
        (" 0 ", 0),
        (42, 42),
        (42.0, 42),
        ("1.5", None),
        ("12,34", None),
        ("-3", None),
        ("约1万", None),
        ("", None),
        (True, None),
        (-1, None),
        (1.5, None),
        (float("inf"), None),
        (float("nan"), None),
        ([], None),
    ],
)
def test_a_count_is_read_or_none(text: Any, count: int | None) -> None:
    assert number_of(text) == count


@pytest.mark.parametrize(
    ("form", "printed", "at", "day_only"),
    [
        ("epoch_s", "1784300000", datetime(2026, 7, 17, 14, 53, 20, tzinfo=UTC), False),
        ("epoch_ms", 1784300000123, datetime(2026, 7, 17, 14, 53, 20, tzinfo=UTC), False),
        ("iso", "2026-07-17T10:00:00Z", datetime(2026, 7, 17, 10, tzinfo=UTC), False),
        ("iso", "2026-07-17T10:00:00+08:00", datetime(2026, 7, 17, 2, tzinfo=UTC), False),
        ("iso", "2026-07-17 10:00:00", datetime(2026, 7, 17, 2, tzinfo=UTC), False),
        ("iso", "2026-07-17", datetime(2026, 7, 16, 16, tzinfo=UTC), True),
        ("cn", "2026年7月17日 10:00", datetime(2026, 7, 17, 2, tzinfo=UTC), False),
        ("cn", "12-31", datetime(2025, 12, 30, 16, tzinfo=UTC), True),
        ("cn_relative", "昨天 10:00", datetime(2026, 7, 17, 2, tzinfo=UTC), False),
        ("cn_relative", "3天前", datetime(2026, 7, 14, 16, tzinfo=UTC), True),
        ("cn_relative", "刚刚", datetime(2026, 7, 18, 2, tzinfo=UTC), False),
        ("'%Y/%m/%d %H:%M'", "2026/07/17 10:00", datetime(2026, 7, 17, 2, tzinfo=UTC), False),
        ("'%Y.%m.%d'", "2026.07.17", datetime(2026, 7, 16, 16, tzinfo=UTC), True),
        ("'%m-%d %H:%M'", "12-31 08:00", datetime(2025, 12, 31, tzinfo=UTC), False),
        ("'%m-%d'", "02-29", datetime(2024, 2, 28, 16, tzinfo=UTC), True),
        ("'%y%m%d%H%M'", "2607171000", datetime(2026, 7, 17, 2, tzinfo=UTC), False),
    ],
)
def test_times(form: str, printed: Any, at: datetime, day_only: bool) -> None:
    text = API.replace("epoch_s", form)
    (post,) = read(text, api(row(1, ts=printed))).posts
    assert (post.at, post.day_only) == (at, day_only)


@pytest.mark.parametrize(
    ("form", "printed"),
    [
        ("epoch_s", 1784300000123),
        ("epoch_ms", 1784300000),
        ("epoch_s", "0"),
        ("epoch_s", True),
        ("epoch_s", 1e300),
        ("iso", "1601-01-01"),
        ("cn", "昨天"),
        ("cn_relative", "2026-07-17"),
        ("'%Y-%m-%d'", "2026-13-45"),
        ("'%m-%d'", "02-30"),
    ],
)
def test_what_is_no_time_in_a_format_is_not_read(form: str, printed: Any) -> None:
    seen = read(
        API.replace("epoch_s", form + ", '%Y'"), api(row(1, ts=printed), row(2, 9, ts="2025"))
    )
    assert [post.id for post in seen.posts] == ["2"]


def test_the_first_format_that_fits_counts_and_a_zone_may_be_given() -> None:
    text = API.replace("[epoch_s]", "['%Y-%m-%d %H:%M', epoch_s], zone: UTC")
    (post,) = read(text, api(row(1, ts="2026-07-17 10:00"))).posts
    assert post.at == datetime(2026, 7, 17, 10, tzinfo=UTC)


def _value(field: str, **data: Any) -> Any:
    text = API.replace("name: data.nick", f"name: data.nick, bio: {field}")
    profile = read(text, api(row(1), **data)).profile
    assert profile is not None
    return profile.bio


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("{any: [data.no, data.bio]}", "官方 账号"),
        ("{any: [{path: data.bio, regex: '(没有)'}, {const: 5}]}", "5"),
        ("{path: data.bio, regex: '^(..)'}", "官方"),
        ("{path: data.bio, regex: '(没有)'}", None),
        ("{path: data.kind, map: {1: 个人, 2: 机构}}", "机构"),
        ("{path: data.kind, map: {1: 个人}}", "2"),
        ("{path: data.kind, prefix: 'k', suffix: '{id}'}", "k27"),
        ("{path: data.packed, decode: base64}", "三亚"),
        ("{path: data.quoted, decode: url}", "三亚"),
        ("{path: data.bio, decode: base64}", None),
        ("{var: id}", "7"),
        ("{const: 'x{id}'}", "x7"),
        ("{header: x-name}", None),
        ("{path: data.list}", None),
        ("{path: data.yes, equals: true}", "true"),
    ],
)
def test_what_is_done_with_a_value(field: str, value: str | None) -> None:
    data = {"bio": " 官方\n账号 ", "kind": 2, "packed": "5LiJ5Lqa", "quoted": "%E4%B8%89%E4%BA%9A"}
    assert _value(field, **data, yes=True) == value


def test_half_a_surrogate_pair_and_nul_do_not_get_through() -> None:
    bio = _value("data.bio", bio="a\ud800b\x00c")
    assert bio is not None
    bio.encode()
    assert "\x00" not in bio


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        (
            "https://tvax1.sinaimg.cn/crop.0.0.180/abcdef123456789.jpg?KID=1&Expires=2",
            "abcdef123456789.jpg",
        ),
        ("//p3.pstatp.com/img/0123456789abcdef~100x100.image", "0123456789abcdef"),
        (
            "https://is1.mzstatic.com/image/thumb/AppIcon-0/512x512bb.jpg",
            "image/thumb/AppIcon-0/512x512bb.jpg",
        ),
        ("", None),
        ("https://[", None),
    ],
)
def test_the_stable_part_of_an_avatar(url: str, kept: str | None) -> None:
    assert avatar(url) == kept


def test_a_pattern_that_would_run_away_elsewhere_runs_in_linear_time() -> None:
    pattern = compile_pattern(r"^(a+)+$")
    start = time.process_time()
    assert pattern.search("a" * 200_000 + "!") is None
    assert time.process_time() - start < 1.0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("(?=a)", "前瞻"),
        ("(?!a)", "前瞻"),
        ("(?<=a)b", "后顾"),
        (r"(a)\1", "反向引用"),
        ("a{5000}", "过大"),
        ("(", "不是正则"),
        ("a" * 400, "超过 300"),
    ],
)
def test_a_pattern_that_is_not_supported_says_so(text: str, said: str) -> None:
    with pytest.raises(WrongError) as caught:
        compile_pattern(text)
    assert said in caught.value.message
