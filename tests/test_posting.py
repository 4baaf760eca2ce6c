"""Letters wait for their turn at a robot, across a crash, and take pictures along."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from alerts.deliver import send
from alerts.merge import Outgoing
from alerts.robots import Delivery
from alerts.routing import Office, Offices, Secret, Target
from tests.alerts.test_receivers import serving
from tests.test_rounds import T0, watching
from watcher import store
from watcher.evidence import keep_bytes
from watcher.letter_round import deliver_due
from watcher.model import Case, Finding, Letter, Level, Role, Why
from watcher.replica.receivers import Arrived, Strictness, receivers
from watcher.simulate import VirtualClock
from watcher.store import Link
from watcher.watch import Watch

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
KEY = Secret("env", "DING")
TARGETS = {
    "ding": Target("ding", "dingtalk", token=KEY),
    "twin": Target("twin", "dingtalk", token=KEY),
    "hook": Target("hook", "webhook", url="http://127.0.0.1:9/hook", pictures=True),
    "mail": Target("mail", "mail", url=Secret("env", "MAIL")),
}
OFFICES = Offices(
    offices={"o": Office("o", "监测运维", targets={"": ("hook",)})},
    targets=TARGETS,
    roles={Role.OPERATOR: "o"},
    fallback=("hook",),
)


def letters(target: str, count: int, level: Level = Level.YELLOW, begin: int = 0) -> list[Letter]:
    return [
        Letter(f"{target}-{n}", target, Why.FIRST, level, f"第{n}号", "正文。", "短。", T0)
        for n in range(begin, begin + count)
    ]


@asynccontextmanager
async def saying(
    folder: Path, sent: list[tuple[datetime, str, Outgoing]]
) -> AsyncIterator[tuple[Watch, VirtualClock]]:
    async with watching(folder, {}, ()) as (watch, clock):

        async def send(message: Outgoing, target: Target) -> Delivery:
            sent.append((clock.moment, target.name, message))
            return Delivery(True, "1")

        watch.send, watch.book = send, replace(watch.book, offices=OFFICES)
        yield watch, clock


async def test_twenty_leave_in_a_minute_and_the_rest_in_the_next(tmp_path: Path) -> None:
    sent: list[tuple[datetime, str, Outgoing]] = []
    async with saying(tmp_path, sent) as (watch, clock):
        await watch.writer.submit(lambda c: store.enqueue(c, letters("ding", 50)))
        for _ in range(100):
            await deliver_due(watch)
            clock.moment += 2 * SECOND
        with watch.db.read() as c:
            states = c.exec_driver_sql("SELECT state, attempts, possibly_sent FROM outbox").all()
    assert len(sent) == 50
    assert set(states) == {("sent", 1, 0)}
    moments = [at for at, _, _ in sent]
    for start in moments:
        assert sum(start <= at < start + MINUTE for at in moments) <= 20
    assert moments[-1] - moments[0] < 3 * MINUTE


async def test_a_cap_outlives_the_process(tmp_path: Path) -> None:
    sent: list[tuple[datetime, str, Outgoing]] = []
    async with saying(tmp_path, sent) as (watch, _):
        await watch.writer.submit(lambda c: store.enqueue(c, letters("ding", 20)))
        await deliver_due(watch)
    async with saying(tmp_path, sent) as (watch, clock):
        clock.moment = T0 + 30 * SECOND
        await watch.writer.submit(lambda c: store.enqueue(c, letters("ding", 1, begin=20)))
        await deliver_due(watch)
        assert len(sent) == 20
        clock.moment = T0 + MINUTE
        await deliver_due(watch)
    assert len(sent) == 21


async def test_a_post_counts_although_the_process_died_before_it_was_answered(
    tmp_path: Path,
) -> None:
    sent: list[tuple[datetime, str, Outgoing]] = []
    async with saying(tmp_path, sent) as (watch, _):

        async def dies(message: Outgoing, target: Target) -> Delivery:
            raise SystemError("killed")

        watch.send = dies
        await watch.writer.submit(lambda c: store.enqueue(c, letters("ding", 1)))
        with pytest.raises(SystemError):
            await deliver_due(watch)
        with watch.db.read() as c:
            assert len(store.posted(c, "dingtalk env:DING")) == 1


async def test_two_targets_with_one_key_share_its_cap(tmp_path: Path) -> None:
    sent: list[tuple[datetime, str, Outgoing]] = []
    async with saying(tmp_path, sent) as (watch, _):
        both = letters("ding", 15) + letters("twin", 15)
        await watch.writer.submit(lambda c: store.enqueue(c, both))
        await deliver_due(watch, limit=40)
    assert len(sent) == 20


async def test_a_full_robot_holds_up_no_other_target(tmp_path: Path) -> None:
    sent: list[tuple[datetime, str, Outgoing]] = []
    async with saying(tmp_path, sent) as (watch, _):
        many = letters("ding", 40) + letters("mail", 30)
        await watch.writer.submit(lambda c: store.enqueue(c, many))
        for _ in range(4):
            await deliver_due(watch)
    assert [name for _, name, _ in sent].count("mail") == 30


async def test_the_gravest_leaves_first(tmp_path: Path) -> None:
    sent: list[tuple[datetime, str, Outgoing]] = []
    async with saying(tmp_path, sent) as (watch, _):
        mixed = letters("ding", 30) + letters("ding", 3, Level.RED, 30)
        await watch.writer.submit(lambda c: store.enqueue(c, mixed))
        await deliver_due(watch, limit=40)
    assert [message.level for _, _, message in sent[:4]] == [Level.RED] * 3 + [Level.YELLOW]


def pictured(watch: Watch, folder: Path, state: str = "kept") -> int:
    """A case whose page was pictured; its number."""
    kept = keep_bytes(b"\x89PNG of a page", folder, "screenshot.png")
    found = Finding("UPD-04", "", "", Level.RED, "第十二条", T0)
    case = Case(found, T0)
    with watch.db.write() as c:
        (saved,) = store.save_cases(c, [case])
        assert saved.id is not None
        link = Link(1, T0, saved.id, "", "page", "red", T0, "m", "l", state=state)
        store.add_link(c, link, {kept.sha256: ("screenshot.png", kept.size)})
    return saved.id


@pytest.mark.parametrize(
    ("target", "why", "state", "comes"),
    [
        ("hook", Why.FIRST, "kept", True),
        ("hook", Why.REMINDER, "kept", True),
        ("hook", Why.RESOLVED, "kept", False),
        ("hook", Why.FIRST, "expired", False),
        ("mail", Why.FIRST, "kept", False),
    ],
)
async def test_the_picture_of_the_page_goes_where_it_is_wanted(
    tmp_path: Path, target: str, why: Why, state: str, comes: bool
) -> None:
    sent: list[tuple[datetime, str, Outgoing]] = []
    async with saying(tmp_path, sent) as (watch, _):
        watch.proofs.folder = tmp_path / "evidence"
        number = pictured(watch, watch.proofs.folder, state)
        letter = replace(letters(target, 1)[0], case_id=number, why=why)
        await watch.writer.submit(lambda c: store.enqueue(c, [letter]))
        await deliver_due(watch)
    ((_, _, message),) = sent
    assert len(message.pictures) == comes
    for picture in message.pictures:
        assert picture.name.startswith(f"case-{number}-2026")
        assert (picture.content, picture.type) == (b"\x89PNG of a page", "image/png")


async def test_a_letter_goes_without_a_picture_that_is_gone(tmp_path: Path) -> None:
    sent: list[tuple[datetime, str, Outgoing]] = []
    async with saying(tmp_path, sent) as (watch, _):
        number = pictured(watch, tmp_path / "elsewhere")
        watch.proofs.folder = tmp_path / "evidence"
        letter = replace(letters("hook", 1)[0], case_id=number)
        await watch.writer.submit(lambda c: store.enqueue(c, [letter]))
        await deliver_due(watch)
    ((_, _, message),) = sent
    assert message.pictures == ()


async def test_a_flood_of_letters_reaches_the_robot_without_one_refusal(tmp_path: Path) -> None:
    sent: list[tuple[datetime, str, Outgoing]] = []
    arrived: list[Arrived] = []
    async with saying(tmp_path, sent) as (watch, clock):
        app = receivers(arrived.append, Strictness("SECabcdef0123456789", clock.now))
        async with serving(app) as url:
            refused: list[str] = []

            async def really(message: Outgoing, target: Target) -> Delivery:
                there = replace(target, base_url=url, secret=KEY)
                delivery = await send(
                    message, there, resolve=lambda _: "SECabcdef0123456789", now=clock.now()
                )
                refused.extend([] if delivery.ok else [delivery.error])
                return delivery

            watch.send = really
            long = replace(letters("ding", 1)[0], key="long", body="很长的一句话。\n" * 2000)
            await watch.writer.submit(lambda c: store.enqueue(c, [*letters("ding", 44), long]))
            for _ in range(90):
                await deliver_due(watch)
                clock.moment += 2 * SECOND
    assert refused == []
    assert sum("很长的一句话" not in each.text for each in arrived) == 44
    assert sum(each.text.count("很长的一句话。") for each in arrived) == 2000


@pytest.mark.parametrize("level", list(Level))
async def test_what_is_late_keeps_quiet_hours_but_for_red_and_our_operators(
    tmp_path: Path, level: Level
) -> None:
    sent: list[tuple[datetime, str, Outgoing]] = []
    async with saying(tmp_path, sent) as (watch, clock):
        await watch.writer.submit(lambda c: store.enqueue(c, letters("hook", 1, level)))
        clock.moment = T0 + timedelta(hours=13)  # 22:00 in Beijing: the receiver was away
        await deliver_due(watch)
        at_night = len(sent)
        clock.moment = T0 + timedelta(hours=23)  # 08:00 of a Tuesday
        await deliver_due(watch)
    assert at_night == (level in (Level.RED, Level.OPERATOR))
    assert len(sent) == 1


async def test_a_letter_that_an_outage_of_days_held_back_says_when_it_was_meant(
    tmp_path: Path,
) -> None:
    sent: list[tuple[datetime, str, Outgoing]] = []
    async with saying(tmp_path, sent) as (watch, clock):
        await watch.writer.submit(lambda c: store.enqueue(c, letters("hook", 1)))
        clock.moment = T0 + timedelta(days=3)
        await deliver_due(watch)
    ((_, _, message),) = sent
    assert "（本通知原定于3月2日9时00分发出，今迟发；所述为当时情况。）" in message.body
