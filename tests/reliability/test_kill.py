"""A hundred sudden deaths: nothing torn, nothing lost, nothing said twice without saying so."""

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

DEATHS = 100
ACCOUNTS = 60
OVERDUE = timedelta(days=14)
# What the next morning's digest will say is not due today.
TODAY = "SELECT {} FROM outbox WHERE merge <> 'digest'"
WAITING = TODAY.format("count(*)") + " AND state IN ('pending', 'sending')"


def cast(begin: datetime) -> list[tuple[Account, Actor]]:
    """Accounts whose two weeks run out one after the other; every third posts 30 s later."""
    found = []
    for number in range(1, ACCOUNTS + 1):
        over = begin + timedelta(seconds=20 + number * 0.6)
        posts = [over - OVERDUE - timedelta(days=n) for n in range(9)]
        if speaks(number):
            posts.append(over + timedelta(seconds=30))
        found.append(weibo(number, posts))
    return found


def speaks(number: int) -> bool:
    return number % 3 == 0


@pytest.mark.slow
@pytest.mark.timeout(1200)
async def test_a_hundred_deaths_lose_nothing(tmp_path: Path) -> None:
    dice, shift = Random(2), open_hours(datetime.now(UTC))
    actors = cast(datetime.now(UTC) + shift)
    wishes = {"lease": 1.5, "letter_lease": 2, "every": 2.5}
    async with stage(tmp_path, actors, shift=shift) as s:
        await s.go(**wishes)
        await asyncio.sleep(2)
        await s.end(signal.SIGKILL)
        for _ in range(DEATHS - 1):
            await s.go(**wishes)
            await asyncio.sleep(dice.uniform(0.1, 0.8))
            assert await s.end(signal.SIGKILL) == -signal.SIGKILL, s.log[-3000:]
        assert s.rows("PRAGMA integrity_check") == [("ok",)]
        # The deaths fell into work: many lives read, decided and sent something.
        assert s.rows("SELECT count(*) FROM reading")[0][0] > ACCOUNTS / 2
        assert len(s.box.got) > 0
        await s.go(**wishes)
        silent = sum(not speaks(number) for number in range(1, ACCOUNTS + 1))
        posts = sum(len(one.items) for _, one in actors)
        await s.until("SELECT count(*) FROM post", posts, 60)
        await s.until(
            "SELECT count(*) FROM cases WHERE rule = 'UPD-04' AND state = 'open'", silent, 60
        )
        await asyncio.sleep(3)  # letters settle for a second
        await s.until(WAITING, 0, 30)
        assert await s.end() == 0
        nothing_torn(s, actors)
        no_finding_lost(s)
        no_notice_lost(s)
        every_repetition_says_so(s)


def nothing_torn(s: Stage, actors: list[tuple[Account, Actor]]) -> None:
    """What one transaction wrote in several tables agrees, for every account."""
    assert s.rows("PRAGMA integrity_check") == [("ok",)]
    assert s.rows("PRAGMA foreign_key_check") == []
    assert (
        s.rows(
            """
            SELECT key FROM account a JOIN watch ON account_id = a.id
            WHERE last_reading_at IS NOT (SELECT max(at) FROM reading r WHERE r.account_id = a.id)
               OR (SELECT count(*) FROM reading r WHERE r.account_id = a.id) IS NOT
                  (SELECT sum(complete + partial + unreachable + blocked + unreadable + gone
                      + banned) FROM daily d WHERE d.account_id = a.id)
               OR last_post_at IS NOT (SELECT max(at) FROM post p WHERE p.account_id = a.id)
               OR lease_owner IS NOT NULL OR covered_to IS NULL OR failures > 0
            """
        )
        == []
    )
    query = "SELECT key FROM account a JOIN post p ON p.account_id = a.id"
    posts = Counter(key for (key,) in s.rows(query))
    assert posts == {account.key: len(one.items) for account, one in actors}
    assert s.rows("SELECT count(*) FROM post") == [
        (s.rows("SELECT count(*) FROM (SELECT DISTINCT account_id, at FROM post)")[0][0],)
    ]


def no_finding_lost(s: Stage) -> None:
    """Who is silent has one open case; who spoke had at most one, as the reading fell."""
    found = s.rows("SELECT account, state FROM cases WHERE rule = 'UPD-04' ORDER BY account")
    assert [row for row in found if row[1] == "open"] == [
        (f"weibo-{number:03d}", "open") for number in range(1, ACCOUNTS + 1) if not speaks(number)
    ]
    ended = [row for row in found if row[1] == "closed"]
    assert set(ended) <= {
        (f"weibo-{number:03d}", "closed") for number in range(1, ACCOUNTS + 1) if speaks(number)
    }
    assert len(ended) == len(set(ended))
    others = s.rows("SELECT DISTINCT rule, state FROM cases WHERE rule <> 'UPD-04'")
    assert set(others) <= {("UPD-03", "closed")}


def no_notice_lost(s: Stage) -> None:
    """Both offices heard once of every case; all that was decided has arrived."""
    assert {key for message in s.box.got for key in message.letters} == {
        key for (key,) in s.rows(TODAY.format("key"))
    }
    assert s.rows(TODAY.format("key") + " AND state NOT IN ('sent', 'merged')") == []
    query = "SELECT cases.id, why, target FROM outbox JOIN cases ON case_id = cases.id"
    told = Counter(row for row in s.rows(f"{query} WHERE rule = 'UPD-04' AND why = 'first'"))
    numbers = s.rows("SELECT id FROM cases WHERE rule = 'UPD-04'")
    assert told == {(n, "first", target): 1 for (n,) in numbers for target in ("bureau", "city")}


def every_repetition_says_so(s: Stage) -> None:
    """A letter that came before comes again only with the sentence that it may have."""
    seen: set[str] = set()
    for message in s.box.got:
        assert message.letters, message.text
        if seen & set(message.letters):
            assert message.marked, message.text
        seen.update(message.letters)
