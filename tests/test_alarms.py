"""What Alertmanager tells: who may, what is taken, and in which cases it is found again."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette

from alerts.office_labels import office_label, spellings
from alerts.routing import Office, Offices
from tests.store.given import T0
from watcher.alarm_bell import MOST, Bell
from watcher.alarm_message import MOST_ALERTS, MessageError, read_message
from watcher.alarm_poll import AlertmanagerError, ask_alertmanager
from watcher.alarms import Ring, concern
from watcher.store import StoreFull

TOKEN = "alertmanager-token-123456"
OFFICES = Offices(
    offices={
        "city": Office("city", "市政府办公室"),
        "bureau": Office("bureau", "试验局办公室"),
    }
)


def alert(**fields: Any) -> dict[str, Any]:
    return {
        "status": "firing",
        "labels": {"alertname": "ShouwangAccountsStale", "lane": "weibo"},
        "annotations": {"summary": "两个账号未更新"},
        "startsAt": "2026-11-23T04:00:00.123456789Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus/graph",
        "fingerprint": "c0ffee1234567890",
        **fields,
    }


def message(*alerts: dict[str, Any], **fields: Any) -> bytes:
    told = {
        "version": "4",
        "groupKey": "{}:{}",
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "operators",
        "groupLabels": {},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager",
        "alerts": list(alerts) or [alert()],
        **fields,
    }
    return json.dumps(told).encode()


def test_an_alarm_is_read_as_it_was_told() -> None:
    [alarm] = read_message(message(), T0).alarms
    assert alarm.name == "ShouwangAccountsStale"
    assert alarm.text == "两个账号未更新"
    assert alarm.starts_at == datetime(2026, 11, 23, 4, 0, 0, 123456, tzinfo=UTC)
    assert (alarm.state, alarm.ends_at, alarm.receiver) == (Ring.FIRING, None, "operators")


def test_the_end_of_an_alarm_counts_only_when_it_has_ended() -> None:
    later = "2026-11-23T05:00:00+08:00"
    [fires] = read_message(message(alert(endsAt=later)), T0).alarms
    [ended] = read_message(message(alert(endsAt=later, status="resolved")), T0).alarms
    assert fires.ends_at is None
    assert ended.ends_at == datetime(2026, 11, 22, 21, 0, tzinfo=UTC)


WRONG = {
    "not JSON": b"{",
    "version": message(version="3"),
    "alerts": message(alerts=[]),
    "alerts.0.status": message(alert(status="maybe")),
    "alerts.0.fingerprint": message(alert(fingerprint="../../etc")),
    "alerts.0.startsAt": message(alert(startsAt="2026-11-23T04:00:00")),
    "alerts.0.labels: no alertname": message(alert(labels={"a": "b"})),
    "alerts.0.labels": message(alert(labels={"alertname": "x" * 5000})),
    "alerts.0.labels.a b": message(alert(labels={"alertname": "x", "a b": ""})),
    "receiver": message(receiver="x" * 300),
}


@pytest.mark.parametrize("place", WRONG)
def test_what_is_wrong_is_said_with_its_place(place: str) -> None:
    with pytest.raises(MessageError) as caught:
        read_message(WRONG[place], T0)
    assert any(each.startswith(place) for each in caught.value.mistakes), caught.value


def test_too_many_alerts_and_too_deep_a_message_are_refused() -> None:
    for body in (message(*[alert()] * (MOST_ALERTS + 1)), b"[" * 100_000, b'{"a": NaN}'):
        with pytest.raises(MessageError):
            read_message(body, T0)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@settings(deadline=None, max_examples=50)
@given(st.dictionaries(st.sampled_from(["version", "receiver", "alerts", "x"]), JSON))
def test_any_other_json_is_a_mistake_and_no_crash(value: dict[str, Any]) -> None:
    with pytest.raises(MessageError):
        read_message(json.dumps(value).encode(), T0)


# -- which cases -------------------------------------------------------------------------------


def about(**labels: str) -> Any:
    return concern(labels, lambda label: spellings(label, OFFICES))


def test_only_labels_that_point_at_cases_concern_one() -> None:
    assert about(alertname="ShouwangDown", lane="weibo", office="city") is None
    found = about(case_rules="UPD-04", lane="weibo", platform="weibo", office="bureau", level="red")
    assert (found.rules, found.lane, found.platform) == ("UPD-04", "weibo", "weibo")
    assert (found.offices, found.elsewhere) == (("bureau", "试验局办公室"), False)
    assert about(account="weibo-1").account == "weibo-1"
    assert about(case="UPD-04-261123-abcdef").case == "UPD-04-261123-abcdef"


def test_an_office_has_one_label_however_units_spell_it() -> None:
    assert [office_label(name, OFFICES) for name in ("city", "市政府办公室", "没听说过", "")] == [
        "city",
        "city",
        "unassigned",
        "unassigned",
    ]
    assert spellings("unassigned", OFFICES) == (
        ("city", "市政府办公室", "bureau", "试验局办公室"),
        True,
    )


# -- the door ----------------------------------------------------------------------------------


@dataclass(slots=True)
class Writer:
    """Counts what would be kept; `wrong` is raised instead."""

    kept: int = 0
    wrong: Exception | None = None

    async def submit(self, work: object) -> None:
        if self.wrong:
            raise self.wrong
        self.kept += 1


@asynccontextmanager
async def door(
    token: str = TOKEN, wrong: Exception | None = None
) -> AsyncIterator[tuple[httpx.AsyncClient, Writer]]:
    writer = Writer(wrong=wrong)
    watch = SimpleNamespace(now=lambda: T0, writer=writer, book=SimpleNamespace(offices=OFFICES))
    app = Starlette(routes=Bell(watch, token).routes())  # type: ignore[arg-type]
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://watcher") as client:
        yield client, writer


async def told(body: bytes | Iterable[bytes], **headers: str) -> tuple[int, dict[str, Any], int]:
    """Status, answer, and how much was kept."""
    sent = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json", **headers}
    async with door() as (client, writer):
        answer = await client.post("/api/alertmanager", content=body, headers=sent)
        return answer.status_code, answer.json(), writer.kept


async def test_a_good_message_is_kept() -> None:
    assert await told(message()) == (200, {"ok": True, "alerts": 1}, 1)


@pytest.mark.parametrize("given_", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", "Bearer é"])
async def test_who_has_no_token_is_refused(given_: str) -> None:
    async with door() as (client, writer):
        answer = await client.post(
            "/api/alertmanager",
            content=message(),
            headers=[(b"authorization", given_.encode("latin-1"))],
        )
        assert (answer.status_code, writer.kept) == (401, 0)
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_without_a_configured_token_the_door_is_shut() -> None:
    async with door(token="") as (client, writer):
        answer = await client.post("/api/alertmanager", content=message())
        assert (answer.status_code, writer.kept) == (404, 0)
        assert "alertmanager.token" in answer.text


async def test_what_is_not_json_too_long_or_wrong_is_refused_in_words() -> None:
    status, said, kept = await told(message(), **{"content-type": "text/plain"})
    assert (status, kept) == (415, 0)
    status, said, kept = await told(b"x" * (MOST + 1))
    assert (status, kept) == (413, 0)
    assert "max_alerts" in said["mistakes"][0]
    status, said, kept = await told(message(alert(status="maybe")))
    assert (status, kept) == (400, 0)
    assert said["mistakes"][0].startswith("alerts.0.status")


async def test_just_the_longest_message_is_read() -> None:
    body = message()
    status, _, kept = await told(body + b" " * (MOST - len(body)))
    assert (status, kept) == (200, 1)


async def test_only_post_is_answered() -> None:
    async with door() as (client, _):
        assert (await client.get("/api/alertmanager")).status_code == 405


async def test_what_could_not_be_kept_is_to_be_sent_again() -> None:
    async with door(wrong=StoreFull("disk full")) as (client, _):
        answer = await client.post(
            "/api/alertmanager",
            content=message(),
            headers={"authorization": f"Bearer {TOKEN}", "content-type": "application/json"},
        )
        assert answer.status_code == 503


# -- what it keeps silent ----------------------------------------------------------------------


def held(**fields: Any) -> dict[str, Any]:
    return {
        "fingerprint": "c0ffee",
        "startsAt": "2026-11-23T04:00:00Z",
        "endsAt": "2026-11-23T05:00:00Z",
        "updatedAt": "2026-11-23T04:00:00Z",
        "labels": {"alertname": "ShouwangLaneWalled", "lane": "weibo"},
        "annotations": {},
        "receivers": [{"name": "operators"}],
        "status": {"state": "suppressed", "silencedBy": ["11-22"], "inhibitedBy": []},
        **fields,
    }


async def asked(
    body: bytes, monkeypatch: pytest.MonkeyPatch, status: int = 200
) -> tuple[int, Writer]:
    real = httpx.AsyncClient

    def client(**more: Any) -> httpx.AsyncClient:
        answer = httpx.MockTransport(lambda _: httpx.Response(status, content=body))
        return real(transport=answer, **more)

    monkeypatch.setattr(httpx, "AsyncClient", client)
    writer = Writer()
    watch = SimpleNamespace(now=lambda: T0, writer=writer, book=SimpleNamespace(offices=OFFICES))
    return await ask_alertmanager(watch, "http://alertmanager/"), writer  # type: ignore[arg-type]


async def test_only_what_is_suppressed_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    active = held(status={"state": "active", "silencedBy": [], "inhibitedBy": []})
    number, writer = await asked(json.dumps([held(), active]).encode(), monkeypatch)
    assert (number, writer.kept) == (1, 1)


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (503, b"", "answers 503"),
        (200, b"<html>", "something else"),
        (200, json.dumps([held(fingerprint="x y")]).encode(), "fingerprint"),
        (200, b"[" + b" " * (8 << 20), "more than"),
    ],
)
async def test_an_alertmanager_that_answers_something_else_is_said(
    status: int, body: bytes, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(AlertmanagerError, match=why):
        await asked(body, monkeypatch, status)
