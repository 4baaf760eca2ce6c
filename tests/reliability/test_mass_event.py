"""Fifty accounts fall silent while the process is killed again and again: few messages."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from tests.reliability.stage import Stage, open_hours, stage, weibo
from watcher.model import Account
from watcher.replica.world import Actor

MANY, DEATHS = 50, 12
OVERDUE = timedelta(days=14)
WAITING = "SELECT count(*) FROM outbox WHERE merge <> 'digest' AND state IN ('pending', 'sending')"


def cast(begin: datetime) -> list[tuple[Account, Actor]]:
    """Accounts whose two weeks run out within half a minute."""
    over = [begin + timedelta(seconds=10 + n * 0.5) for n in range(MANY)]
    return [
        weibo(n, [at - OVERDUE - timedelta(days=day) for day in range(9)])
        for n, at in enumerate(over, 1)
    ]


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_deaths_in_the_middle_of_a_mass_event_make_few_messages(tmp_path: Path) -> None:
    dice, shift = Random(3), open_hours(datetime.now(UTC))
    actors = cast(datetime.now(UTC) + shift)
    # Letters wait five seconds for each other here, and a minute in all.
    wishes = {"lease": 1.5, "letter_lease": 3, "every": 2.5, "settle": 5, "longest": 60}
    async with stage(tmp_path, actors, shift=shift) as s:
        for _ in range(DEATHS):
            await s.go(**wishes)
            await asyncio.sleep(dice.uniform(1.0, 4.0))
            assert await s.end(signal.SIGKILL) == -signal.SIGKILL, s.log[-3000:]
        await s.go(**wishes)
        query = "SELECT count(*) FROM cases WHERE rule = 'UPD-04' AND state = 'open'"
        await s.until(query, MANY, 60)
        await s.until(WAITING, 0, 90)
        assert await s.end() == 0
        told_once(s)


def told_once(s: Stage) -> None:
    """Every case was told to both offices, in a few messages each."""
    rows = s.rows(
        "SELECT target, case_id FROM outbox JOIN cases ON cases.id = case_id"
        " WHERE rule = 'UPD-04' AND why = 'first' AND outbox.state IN ('sent', 'merged')"
    )
    assert Counter(target for target, _ in rows) == {"bureau": MANY, "city": MANY}
    assert len(set(rows)) == 2 * MANY
    messages = Counter(message.path for message in s.box.got)
    # One, and where a death fell between its sending and noting it, once more with the sentence
    # that says so. Readings that a death delayed may have missed it.
    assert max(messages.values()) <= 6, messages
    arrived = {key for message in s.box.got for key in message.letters}
    assert len({key for key in arrived if key.startswith("UPD-04")}) == 2 * MANY
