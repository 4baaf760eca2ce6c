"""(c) What an account costs on the disk in a year: ten posts a week, six readings a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.bench.checks import CONFIG
from tests.bench.world import BEGIN, POSTS_EVERY, ROUND, cast
from watcher import store
from watcher.config import load
from watcher.daemon import book_of
from watcher.judging import settle
from watcher.model import Account, PageRef, Post, Profile, Sighting, Snapshot
from watcher.store import Reading

LOG = 90  # days that the log of single readings is kept
EVERY = timedelta(days=POSTS_EVERY)
NEWEST = 10  # posts on the page


def measure(accounts: int, days: int, folder: Path) -> dict[str, Any]:
    """Bytes of an account-year, from a stretch of so many days scaled up; more than `LOG` days."""
    known, _ = cast(accounts)
    book = book_of(load(CONFIG / "watcher.yaml", {}, targets=False))
    db = store.connect(f"sqlite:///{folder / 'size.sqlite'}")
    store.migrate(db)
    empty = store.size(db)
    with db.write() as c:
        units = {account.unit.key: account.unit for account in known}
        store.save_register(c, units.values(), known, "bench", BEGIN)
    full = 0  # bytes when the log has its whole length
    for day in range(days):
        with db.write() as c:
            for turn in range(6):
                now = BEGIN + timedelta(days=day) + turn * ROUND
                settle(c, _readings(known, now), book, now)
            store.prune(c, BEGIN + timedelta(days=day), LOG)
        if day == LOG:
            full = store.size(db) - empty
    end = store.size(db) - empty
    db.close()
    grows = (end - full) / accounts / (days - 1 - LOG)
    return {
        "accounts": accounts,
        "days": days,
        "bytes_after_log_is_full": round(full / accounts),
        "bytes_per_day_kept_for_ever": round(grows, 1),
        "bytes_per_account_year": round(full / accounts + (365 - LOG) * grows),
    }


def _readings(known: Sequence[Account], now: datetime) -> list[Reading]:
    return [Reading(account.key, _snapshot(account, n, now)) for n, account in enumerate(known)]


def _snapshot(account: Account, n: int, now: datetime) -> Snapshot:
    first = BEGIN - timedelta(days=30, minutes=17 * n)
    last = (now - first) // EVERY
    uid = account.sources[0].handle
    posts = tuple(
        Post(
            str(5_000_000_000_000_000 + 100_000 * n + number),
            first + number * EVERY,
            f"第{number}号通知：" + "各区、各部门要按照职责分工抓好落实，" * 3,
            f"https://weibo.com/{uid}/Kkz{number:06}",
        )
        for number in range(last, last - NEWEST, -1)
    )
    face = Profile(uid, account.name, "官方账号", "face.jpg", True, "1", account.name, 9000, last)
    pages = tuple(
        PageRef(f"https://m.weibo.cn/api/container/getIndex?value={uid}{tail}", 200, "a" * 64, now)
        for tail in ("", f"&containerid=107603{uid}")
    )
    return Snapshot(account.key, now, Sighting(face, posts, reaches=posts[-1].at), "weibo", pages)
