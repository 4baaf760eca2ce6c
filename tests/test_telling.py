"""Our own operators hear of the watch's trouble, within the caps of their robots."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from alerts.merge import Outgoing
from alerts.robots import Delivery
from alerts.routing import Office, Offices, Secret, Target
from tests.test_rounds import T0, watching
from watcher import store
from watcher.letter_round import deliver_due
from watcher.model import Role
from watcher.telling import TITLE, tell_operators
from watcher.watch import Watch

ROBOT = Target("robot", "wecom", token=Secret("env", "OPS"))
OFFICES = Offices(
    {"ops": Office("ops", "监测运维", targets={"": ("robot",)})},
    {"robot": ROBOT},
    roles={Role.OPERATOR: "ops"},
    fallback=("robot",),
)


def answering(watch: Watch, ok: bool = True) -> list[Outgoing]:
    """What arrives at the robot from now on."""
    got: list[Outgoing] = []

    async def send(message: Outgoing, target: Target) -> Delivery:
        got.append(message)
        return Delivery(ok, "1" if ok else "", "" if ok else "down")

    watch.send, watch.book = send, replace(watch.book, offices=OFFICES)
    return got


async def test_they_hear_at_once_and_it_counts_towards_the_cap(tmp_path: Path) -> None:
    async with watching(tmp_path, {}, ()) as (watch, _):
        got = answering(watch)
        await tell_operators(watch, "采集循环停止")
        with watch.db.read() as c:
            assert store.posted(c, "wecom env:OPS") == (T0,)
    assert [(message.title, message.body) for message in got] == [(TITLE, "采集循环停止")]


async def test_a_full_robot_is_left_alone_and_hears_it_a_minute_later(tmp_path: Path) -> None:
    async with watching(tmp_path, {}, ()) as (watch, clock):
        got = answering(watch)
        await watch.writer.submit(lambda c: store.note_posted(c, "wecom env:OPS", [T0] * 20))
        await tell_operators(watch, "采集循环停止")
        assert got == []
        await deliver_due(watch)
        assert got == []
        clock.moment += timedelta(minutes=1)
        await deliver_due(watch)
    assert [message.body for message in got] == ["采集循环停止"]


async def test_what_a_robot_refuses_is_tried_again_by_the_outbox(tmp_path: Path) -> None:
    async with watching(tmp_path, {}, ()) as (watch, _):
        answering(watch, ok=False)
        await tell_operators(watch, "证据磁盘已满")
        got = answering(watch)
        await deliver_due(watch)
    assert [message.body for message in got] == ["证据磁盘已满"]


async def test_a_database_in_trouble_keeps_nobody_from_hearing_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with watching(tmp_path, {}, ()) as (watch, _):
        got = answering(watch)

        async def broken(work: object) -> None:
            raise store.StoreUnavailable("disk full")

        with monkeypatch.context() as patch:
            patch.setattr(type(watch.writer), "submit", lambda self, work: broken(work))
            await tell_operators(watch, "数据库不可写")
    assert [message.body for message in got] == ["数据库不可写"]
