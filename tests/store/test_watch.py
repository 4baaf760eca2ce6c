from __future__ import annotations

import threading
from datetime import timedelta

from tests.store.given import DAY, HOUR, T0, account, read, register, snapshot
from watcher.model import FiledState
from watcher.store import (
    Claim,
    Database,
    Slot,
    claim,
    due_for_judging,
    next_due,
    schedule,
)

LEASE = timedelta(minutes=5)


def take(db: Database, number: int, hours: float = 0) -> tuple[Claim, ...]:
    with db.write() as c:
        return claim(c, {"weibo": number}, T0 + hours * HOUR, LEASE, "w")


def put(db: Database, *rows: object) -> None:
    with db.write() as c:
        schedule(c, rows)  # type: ignore[arg-type]


def keys(claims: tuple[Claim, ...]) -> list[str]:
    return [one.account.key for one in claims]


def test_the_longest_due_are_claimed_first_and_no_more_than_there_is_room(db: Database) -> None:
    register(db, *(account(number) for number in range(1, 6)))
    put(db, *((f"weibo-{n}", T0 - n * HOUR, None) for n in range(1, 6)))
    assert keys(take(db, 2)) == ["weibo-5", "weibo-4"]
    assert keys(take(db, 9)) == ["weibo-3", "weibo-2", "weibo-1"]
    assert take(db, 9) == ()
    assert len(take(db, 9, hours=1)) == 5


def test_each_lane_has_its_own_room(db: Database) -> None:
    register(db, account(1), account(2, platform="douyin"), account(3, platform="douyin"))
    with db.write() as c:
        claims = claim(c, {"weibo": 0, "douyin": 1, "feed": 5}, T0, LEASE, "w")
    assert keys(claims) == ["weibo-2"]


def test_suspended_and_deregistered_accounts_are_still_read(db: Database) -> None:
    states = (FiledState.SUSPENDED, FiledState.DEREGISTERED)
    register(db, *(account(n, filed_state=state) for n, state in enumerate(states)))
    assert len(take(db, 9)) == 2


def test_finishing_sets_the_next_time_and_ends_the_lease(db: Database) -> None:
    register(db)
    (held,) = take(db, 1)
    with db.read() as c:
        assert next_due(c, ["weibo", "feed"]) == {}
    put(db, Slot("weibo-1", T0 + 4 * HOUR, T0 + DAY, held.lease_owner))
    with db.read() as c:
        assert next_due(c, ["weibo", "feed"]) == {"weibo": T0 + 4 * HOUR}
        assert due_for_judging(c, T0 + HOUR) == ()
        assert due_for_judging(c, T0 + DAY) == ("weibo-1",)
    assert take(db, 1, hours=3) == ()


def test_a_late_worker_cannot_finish_a_newer_lease(db: Database) -> None:
    register(db)
    (late,) = take(db, 1)
    (newer,) = take(db, 1, hours=1)
    put(db, Slot("weibo-1", T0 + 9 * HOUR, None, late.lease_owner))
    assert read(db, snapshot(T0 + HOUR), lease_owner=newer.lease_owner) is not None


def test_judging_by_the_clock_leaves_a_reading_in_progress_alone(db: Database) -> None:
    register(db)
    (held,) = take(db, 1)
    put(db, ("weibo-1", None, T0 + DAY))
    assert read(db, snapshot(T0), lease_owner=held.lease_owner) is not None
    with db.read() as c:
        assert due_for_judging(c, T0 + DAY) == ("weibo-1",)


def test_workers_side_by_side_never_claim_the_same_account(db: Database) -> None:
    register(db, *(account(number) for number in range(60)))
    taken: list[str] = []

    def work() -> None:
        for _ in range(5):
            taken.extend(keys(take(db, 4)))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 60
