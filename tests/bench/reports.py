"""(g) Reports over a year of a large register: seconds and memory, each in a process of its own.

The database is filled by the database itself: it is what a year of watching leaves behind, without
the watching. Run as `python -m tests.bench.reports FOLDER URL KIND PERIOD FORMAT` it makes one
report and tells what that took; of PostgreSQL, the memory is that of our process alone.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.bench.checks import CONFIG
from tests.postgres import cluster, database
from watcher import store
from watcher.config import load
from watcher.config.values import Secret
from watcher.model import Account, Unit, UnitKind
from watcher.store.columns import EPOCH, to_ms

OFFICES = ("city_office", "haitang_office", "jiyang_office", "tianya_office", "yazhou_office")
PLATFORMS = ("wechat_subscription", "weibo", "douyin", "wechat_channels", "toutiao", "kuaishou")
BEGIN = datetime(2025, 12, 31, 16, tzinfo=UTC)  # 2026 in Beijing
NAME = "reports.sqlite"
AS_OF = datetime(2027, 1, 8, 1, tzinfo=UTC)
MADE: tuple[tuple[str, str, str], ...] = (
    ("inspection", "2026", "docx"),
    ("staleness", "2026", "docx"),
    ("staleness", "2026", "xlsx"),
    ("quarterly", "2026Q3", "docx"),
    ("quarterly", "2026Q3", "xlsx"),
)


def measure(
    accounts: int,
    posts: int,
    folder: Path,
    made: tuple[tuple[str, str, str], ...] = MADE,
    url: str = "",
) -> dict[str, Any]:
    """Seconds and the largest memory of each report; `ratio` is against walking the posts once.

    `url` is that of an empty database; SQLite in `folder` where there is none.
    """
    begun, url = time.perf_counter(), url or f"sqlite:///{folder / NAME}"
    fill(url, accounts, posts)
    told: dict[str, Any] = {
        "accounts": accounts,
        "posts": accounts * posts,
        "fill_seconds": round(time.perf_counter() - begun, 1),
        "bare_cpu_seconds": round(bare(url), 2),
        "reports": {},
    }
    for kind, period, ending in made:
        words = (str(folder), url, kind, period, ending)
        command = [sys.executable, "-m", "tests.bench.reports", *words]
        done = subprocess.run(command, check=True, capture_output=True, cwd=CONFIG.parent)
        told["reports"][f"{kind}.{ending}"] = json.loads(done.stdout)
    worst = max(each["cpu_seconds"] for each in told["reports"].values())
    return told | {"ratio": round(worst / max(told["bare_cpu_seconds"], 0.01), 1)}


def measure_postgres(
    accounts: int, posts: int, folder: Path, made: tuple[tuple[str, str, str], ...] = MADE
) -> dict[str, Any]:
    """The same on a throw-away PostgreSQL, as its package sets it up."""
    with cluster() as server, database(server) as url:
        return measure(accounts, posts, folder, made, url)


def fill(url: str, accounts: int, posts: int) -> None:
    """A year of so many accounts with so many posts each: some silent, some blind for a while."""
    db = store.connect(url)
    store.migrate(db)
    units = [
        Unit(f"unit{n}", f"三亚市第{n + 1}局", UnitKind.CITY_DEPARTMENT, OFFICES[n % len(OFFICES)])
        for n in range(max(1, accounts // 3))
    ]
    with db.write() as c:
        for first in range(0, accounts, 2000):
            some = [
                Account(
                    f"acc-{n:06}",
                    PLATFORMS[n % len(PLATFORMS)],
                    f"三亚政务{n}号",
                    units[n % len(units)],
                )
                for n in range(first, min(first + 2000, accounts))
            ]
            store.save_register(c, (), some, "bench", BEGIN - timedelta(days=30))
        wildcard = "%" if c.dialect.name == "sqlite" else "%%"  # of a driver that has formats
        for statement in _FILLING:
            c.exec_driver_sql(statement.format(**_fill_values(posts)).replace("%", wildcard))
        c.exec_driver_sql("ANALYZE")
    db.close()


# Every 25th account was silent for a tenth of the year, every 40th was not seen from March to June,
# every seventh posts twelve times less.
_FILLING = (
    """
    INSERT INTO post (account_id, id, at, title, url, flags, backdatable, first_seen, last_seen,
                      source, gone_looks)
    WITH RECURSIVE n(i) AS (
        SELECT CAST(0 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {posts}
    )
    SELECT account.id, CAST(10000000000000000 + account.id * 100000 + i AS TEXT), {at},
           '关于做好2026年服务保障工作有关事项的通知（第' || i || '号）',
           'https://weibo.com/1000000000/' || (account.id * 100000 + i),
           0, FALSE, {at} + 7200000, {at} + 86400000, 'weibo', 0
    FROM account, n
    WHERE NOT (account.id % 25 = 0 AND i * 10 / {posts} = 2) AND (account.id % 7 > 0 OR i % 12 = 0)
    ORDER BY account.id, i
    """,
    """
    INSERT INTO daily (account_id, day, complete)
    WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 371)
    SELECT account.id, {day} + i, 6 FROM account, n
    WHERE NOT (account.id % 40 = 0 AND i BETWEEN 60 AND 180) ORDER BY account.id, i
    """,
    """
    INSERT INTO stretch (account_id, began_at, covered_from, covered_to, ended_at)
    SELECT id, {begin} - 1, {begin} - 1, {begin} + 5184000000, {begin} + 15638400000
    FROM account WHERE id % 40 = 0
    """,
    """
    INSERT INTO stretch (account_id, began_at)
    SELECT id, {begin} - 1 + CASE WHEN id % 40 = 0 THEN 15638400001 ELSE 0 END FROM account
    """,
    """
    UPDATE watch SET covered_to = {as_of} - 3600000, last_reading_at = {as_of} - 3600000,
        covered_from = {begin} - 1 + CASE WHEN account_id % 40 = 0 THEN 15638400001 ELSE 0 END
    """,
    """
    INSERT INTO cases (account, rule, subject, level, article, as_of, facts, opened_at, state,
                       closed_at, closing, dismissed)
    SELECT key, column1, 'week', 'yellow', '办法12', 0, '{{}}', {begin} + column2 * {milliseconds},
           'closed', {begin} + (column2 + 3) * {milliseconds}, '复查时已不再出现该情形', FALSE
    FROM account, (VALUES ('UPD-02', 82), ('UPD-03', 84), ('UPD-04', 88)) AS told
    WHERE account.id % 25 = 0
    """,
    """
    INSERT INTO outbox (key, target, why, level, title, body, short, not_before, merge, case_id,
                        state, due_at, attempts, possibly_sent, done_at)
    SELECT rule || '-' || id || '-' || column1, 'city_wecom', 'first', level, '【更新预警】', '',
           '账号已连续多日未更新', opened_at, '', id, 'sent', opened_at, 1, FALSE, opened_at
    FROM cases, (VALUES (1), (2), (3)) AS again
    """,
    # Each account was opened by a filing; its name changed three times in the year, once later.
    """
    INSERT INTO filing (key, kind, unit_key, account, changes, rejected, applied_on, approved_on,
                        carried_out_on, form_on, national_on)
    SELECT 'f-' || key, 'open', unit_key, key, '{{}}', FALSE, {day} + id % 300,
           {day} + id % 300 + 5, {day} + id % 300 + 6, {day} + id % 300 + 7, {day} + id % 300 + 8
    FROM account
    """,
    """
    INSERT INTO audit (at, actor, action, object, before, after)
    SELECT {begin} + (id % 300) * {milliseconds}, 'bench', 'filing.add', 'filing:f-' || key, NULL,
           '{{}}' FROM account
    """,
    """
    INSERT INTO audit (at, actor, action, object, before, after)
    SELECT {begin} + column1 * {milliseconds}, 'bench', 'register.change', key,
           '{{"name": "三亚政务旧名' || column1 || '"}}', '{{"name": "' || name || '"}}'
    FROM account, (VALUES (60), (160), (260), (420)) AS days
    """,
)


def _fill_values(posts: int) -> dict[str, Any]:
    begin, year = to_ms(BEGIN), 365 * 86_400_000
    return {
        "posts": posts,
        "begin": begin,
        "milliseconds": "CAST(86400000 AS BIGINT)",
        "as_of": to_ms(AS_OF),
        "day": (BEGIN + timedelta(hours=8)).date().toordinal() - EPOCH.date().toordinal(),
        "at": f"({begin} + i * {year // posts} + account.id % 24 * 3600000 / 24)",
    }


def bare(url: str) -> float:
    """Seconds of our CPU that it takes to walk the posts of the year once."""
    db, begun = store.connect(url), time.process_time()
    with db.read() as c:
        c.exec_driver_sql(
            "SELECT account_id, count(*), max(at), max(first_seen), sum(flags) FROM post"
            " GROUP BY account_id"
        ).all()
    db.close()
    return time.process_time() - begun


def make(folder: Path, url: str, kind: str, period: str, ending: str) -> dict[str, Any]:
    """One report; what it took this process from its start."""
    from watcher.report_kinds import KINDS
    from watcher.reporting import Desk, stamped
    from watcher.reports.period import period_of
    from watcher.reports.stamp import Scope

    settings = load(CONFIG / "watcher.yaml", {}, targets=False)
    settings = replace(settings, database=Secret(url))
    db, begun = store.connect(settings.database.reveal()), time.perf_counter()
    with db.read() as c:
        desk, chosen = Desk(c, settings), KINDS[kind]
        facts, stamp = stamped(chosen, desk, Scope(period_of(period)), AS_OF)
        collected = time.perf_counter() - begun
        made = chosen.make(facts, stamp, desk, ending)
    used = resource.getrusage(resource.RUSAGE_SELF)
    (folder / f"{kind}.{ending}").write_bytes(made)
    return {
        "seconds": round(time.perf_counter() - begun, 1),
        "collecting_seconds": round(collected, 1),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
        "peak_rss_mb": round(used.ru_maxrss * 1024 / 1e6),
        "bytes": len(made),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(make(Path(sys.argv[1]), *sys.argv[2:6])))
