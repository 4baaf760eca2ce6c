"""Whatever a page holds, a reading ends in a sighting of this account or in a CollectError."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.collectors.declarative.examples import (
    API,
    API_URL,
    SITE,
    SITE_URL,
    api,
    item,
    news,
    read,
    row,
    site,
)
from tests.collectors.declarative.test_features import BY_MARKER, IN_SCRIPT
from tests.collectors.serve import any_json, page
from watcher.model import CollectError, Coverage, Page, Sighting, Trouble


def seen(text: str, answer: Page, handle: str) -> Sighting | None:
    """The sighting, None for any other trouble than the two that accuse."""
    try:
        return read(text, answer, handle=handle)
    except CollectError as error:
        if error.trouble in (Trouble.GONE, Trouble.BANNED):
            raise
        return None


@settings(deadline=None, max_examples=150)
@given(st.binary(max_size=400), st.sampled_from([200, 204, 302, 404, 500]))
@pytest.mark.parametrize("text", [API, SITE, BY_MARKER, IN_SCRIPT])
def test_any_bytes(text: str, body: bytes, status: int) -> None:
    handle, url = ("T12", SITE_URL) if text == SITE else ("7", API_URL)
    assert seen(text, page(url, body, status), handle) is None


@settings(deadline=None, max_examples=150)
@given(any_json(), st.sampled_from(["", "list", "uid", "nick", "total", "more"]))
def test_any_json(value: Any, at: str) -> None:
    answer = api(row(1), row(2, 2))
    told = json.loads(answer.body)
    if at:
        told["data"][at] = value
    else:
        told = value
    found = seen(API, page(API_URL, json.dumps(told)), "7")
    if found is not None and at == "uid":
        assert str(value) in ("7", "7.0")
    if found is not None and at == "list":
        assert found.posts == () or found.coverage in Coverage


@settings(deadline=None, max_examples=150)
@given(st.dictionaries(st.sampled_from(["id", "title", "ts", "top"]), any_json()))
def test_any_row_beside_a_good_one(spoiled: dict[str, Any]) -> None:
    found = seen(API, api(row(1), row(2, 2) | spoiled), "7")
    assert found is not None
    assert "1" in [post.id for post in found.posts] or "id" in spoiled
    if len(found.posts) == 1 and spoiled.get("id") not in (1, "1", 1.0):
        assert found.coverage is Coverage.PARTIAL, "a row that was not read"


@settings(deadline=None, max_examples=150)
@given(st.text("<>/ulia=\"' 2026-07:.三", max_size=60), st.integers(0, 400), st.integers(0, 60))
def test_any_damage_to_a_page(noise: str, at: int, cut: int) -> None:
    body = site(news(item("AB", "2026-07-17 10:00"), item("AC", "昨天"))).body.decode()
    seen(SITE, page(SITE_URL, body[:at] + noise + body[at + cut :]), "T12")


@settings(deadline=None)
@given(st.text(max_size=10))
def test_another_id_is_never_a_sighting(other: str) -> None:
    found = seen(API, api(row(1), uid=other), "7")
    assert found is None or other.strip() == "7"


@pytest.mark.parametrize("body", ["[" * 100_000, '{"data":' * 2000, "9" * 5000, '"\\ud800"', "NaN"])
def test_json_made_to_hurt(body: str) -> None:
    assert seen(API, page(API_URL, body), "7") is None
    html = f"<script>window.runtime={body}</script>"
    assert seen(BY_MARKER, page(API_URL, html), "7") is None


def test_an_enormous_list_is_cut_and_never_complete_to_the_first_post() -> None:
    found = seen(API, api(*(row(n, n / 10) for n in range(1, 1500)), more=False), "7")
    assert found is not None
    assert len(found.posts) == 1000
    assert found.reaches == found.posts[-1].at
