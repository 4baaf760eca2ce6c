"""Links of letters: signed for one purpose, whole in every channel, in no log."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.channels import LIMITS, fit, heading, invitation
from alerts.links import Hiding, Signing, claimed, form_mark, genuine, hidden, invited, token_of
from alerts.merge import Outgoing
from alerts.robots import CHANNELS, webhook_call
from tests.alerts.examples import at
from watcher.model import Level
from watcher.store.letter_links import LetterLink

NOW = at(11, 23)
KEY, OTHER = "k" * 32, "x" * 32
LINK = LetterLink("city", (7, 9), True, b"123456789", NOW + timedelta(days=7), 42)
SIGNING = Signing(KEY, "https://watch.example.gov.cn/shouwang/")


def test_a_token_is_genuine_for_the_link_it_was_made_for() -> None:
    token = token_of(KEY, LINK)
    assert claimed(token) == 42
    assert genuine(KEY, token, LINK)
    assert len(token) == 70


@pytest.mark.parametrize(
    "change",
    [
        {"id": 43},
        {"target": "bureau"},
        {"cases": (7,)},
        {"cases": (7, 10)},
        {"acts": False},
        {"nonce": b"12345678x"},
        {"expires_at": NOW + timedelta(days=8)},
    ],
)
def test_whatever_a_link_stands_for_is_signed(change: dict[str, Any]) -> None:
    assert not genuine(KEY, token_of(KEY, LINK), replace(LINK, **change))


def test_another_key_makes_another_token() -> None:
    assert not genuine(OTHER, token_of(KEY, LINK), LINK)
    assert form_mark(KEY, "t") != form_mark(OTHER, "t") != form_mark(OTHER, "u")


@given(st.integers(0, 69), st.characters(codec="ascii"))
def test_one_sign_changed_is_no_token_of_ours(place: int, sign: str) -> None:
    token = token_of(KEY, LINK)
    changed = token[:place] + sign + token[place + 1 :]
    if changed != token:
        assert claimed(changed) != 42 or not genuine(KEY, changed, LINK)


@given(st.text(max_size=100))
def test_any_text_may_be_asked_for(text: str) -> None:
    assert claimed(text) is None or len(text) == 70
    assert not genuine(KEY, text, LINK)


def test_an_invitation_says_how_many_it_acknowledges_and_leads_to_the_public_address() -> None:
    found = invited(SIGNING, LINK)
    assert found.url == f"https://watch.example.gov.cn/shouwang/ack/{token_of(KEY, LINK)}"
    assert found.text == "点此签收以上2项（无需登录，7日内有效）"
    assert invited(SIGNING, replace(LINK, acts=False)).text == "查看清单"


def test_secrets_are_not_shown_where_values_are_printed_or_logged() -> None:
    found, token = invited(SIGNING, LINK), token_of(KEY, LINK)
    message = Outgoing("题", "文", "短", "键", Level.RED, link=found)
    assert KEY not in repr(SIGNING)
    assert token not in repr(message)
    assert hidden(f"GET /ack/{token} HTTP/1.1") == "GET /ack/*** HTTP/1.1"
    record = logging.LogRecord("x", 20, "f", 1, "got %s", (found.url,), None)
    assert Hiding().filter(record)
    assert token not in record.getMessage()


LONG = "【告警】经监测，三亚试验局账号未更新。\n" * 3000


@pytest.mark.parametrize("kind", ["wecom", "dingtalk", "feishu"])
@pytest.mark.parametrize("body", ["短。", LONG, "字" * 60000, "🙂" * 9000])
def test_a_link_is_never_cut_or_escaped_however_long_the_letter(kind: str, body: str) -> None:
    url = invited(SIGNING, LINK).url
    line = invitation(invited(SIGNING, LINK), kind)
    title = heading("【告警】" + "名" * 90, kind)
    parts = fit(body, kind, title, "监测台账", line)
    assert parts[-1].endswith(f"\n\n{line}")
    assert sum(part.count(url) for part in parts) == 1
    assert len(parts) <= LIMITS[kind].parts
    assert all(LIMITS[kind].measure(title + part) <= LIMITS[kind].most for part in parts)


def test_each_channel_makes_a_link_to_tap() -> None:
    found = invited(SIGNING, LINK)
    assert invitation(found, "wecom") == f"[{found.text}]({found.url})"
    assert invitation(found, "dingtalk") == f"[{found.text}]({found.url})"
    assert invitation(found, "feishu") == f"{found.text}：{found.url}"
    assert invitation(found, "mail") == f"{found.text}：{found.url}"
    assert invitation(found, "sms") == invitation(None, "mail") == ""
    (part,) = fit("文", "wecom", "题", "", "[签](http://a/b)")
    said = CHANNELS["wecom"].call("", "t", "", "题", part, NOW)
    assert json.loads(said.body)["markdown"]["content"] == "**题**\n文\n\n[签](http://a/b)"


def test_a_webhook_gets_the_link_as_a_field() -> None:
    found = invited(SIGNING, LINK)
    message = Outgoing("题", "文", "短", "键", Level.RED, link=found)
    said = json.loads(webhook_call("http://a", "", message).body)
    assert said["link"] == {"text": found.text, "url": found.url, "acknowledges": True}
    assert said["body"] == "文"
    assert "link" not in json.loads(webhook_call("http://a", "", replace(message, link=None)).body)
