"""Whether each platform can be read: what is kept of it, and how its accounts stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from watcher.model import Look, Trouble
from watcher.sight import LaneCount, Layout, PlatformSight, PlatformState
from watcher.store.columns import from_ms, to_ms
from watcher.store.rows import upsert
from watcher.store.schema import watch
from watcher.store.schema_service import platform_sight

_COLUMNS = (
    "since",
    "why",
    "canary_due_at",
    "canary_at",
    "canary_ok_at",
    "canary_detail",
    "confirmed_by",
)
USUAL = 4  # a list this short tells nothing by growing shorter


def platform_sights(connection: sa.Connection) -> Mapping[str, PlatformSight]:
    """What is kept of every platform, by lane."""
    rows = connection.execute(sa.select(platform_sight)).mappings()
    return {row["platform"]: _sight(row) for row in rows}


def save_platform_sights(connection: sa.Connection, sights: Iterable[PlatformSight]) -> None:
    """Write these over what was kept; who confirmed a platform stays, whatever they say."""
    rows = [_row(sight) for sight in sights]
    if not rows:
        return
    statement = upsert(connection, platform_sight)
    new = {
        name: statement.excluded[name]
        for name in rows[0]
        if name not in ("platform", "confirmed_by")
    }
    connection.execute(statement.on_conflict_do_update(index_elements=["platform"], set_=new), rows)


def confirm_platform(connection: sa.Connection, lane: str, by: str, now: datetime) -> None:
    """Note who vouches for the ways of reading of a lane."""
    row = _row(PlatformSight(lane, now, confirmed_by=by))
    statement = upsert(connection, platform_sight).values(row)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["platform"], set_={"confirmed_by": statement.excluded.confirmed_by}
        )
    )


def lane_counts(
    connection: sa.Connection, since: datetime, known: datetime
) -> Mapping[str, LaneCount]:
    """How the accounts of each lane stand: read since `since`, wholly known up to `known`."""
    rows = connection.execute(_COUNTS, {"since": since, "known": known})
    return {row.lane: _count(row) for row in rows}


def lane_looks(
    connection: sa.Connection, lane: str, since: datetime, limit: int = 2000
) -> tuple[tuple[Look, ...], ...]:
    """What the sources said of each account of a lane that was read since then."""
    rows = connection.scalars(_LOOKS, {"lane": lane, "since": since, "wanted": limit})
    return tuple(tuple(Look(*look[:4]) for look in looks or ()) for looks in rows)


def judge_lane(connection: sa.Connection, lane: str, now: datetime) -> int:
    """Let the accounts of a lane be judged anew; their number."""
    return connection.execute(_JUDGE_LANE, {"this": lane, "at": now}).rowcount


# -- rows ------------------------------------------------------------------------------------


def _row(sight: PlatformSight) -> dict[str, Any]:
    trouble, layout = sight.canary_trouble, sight.layout
    return {name: getattr(sight, name) for name in _COLUMNS} | {
        "platform": sight.platform,
        "state": sight.state.value,
        "canary_trouble": trouble.value if trouble else None,
        "extra": {
            "failures": sight.canary_failures,
            "partial": sight.canary_partial,
            "doubts": [[to_ms(begin), end and to_ms(end)] for begin, end in sight.doubts],
            "layout": layout and _layout_row(layout),
            "walls": sight.walls,
            "closed_until": sight.closed_until and to_ms(sight.closed_until),
        },
    }


def _layout_row(layout: Layout) -> list[Any]:
    return [
        layout.collector,
        layout.missing,
        layout.accounts,
        layout.of,
        to_ms(layout.since),
        layout.url,
        layout.sha256,
        layout.file,
    ]


def _sight(row: sa.RowMapping) -> PlatformSight:
    extra, trouble = row["extra"] or {}, row["canary_trouble"]
    doubts = extra.get("doubts", ())
    return PlatformSight(
        platform=row["platform"],
        state=PlatformState(row["state"]),
        canary_trouble=Trouble(trouble) if trouble else None,
        canary_failures=extra.get("failures", 0),
        canary_partial=extra.get("partial", False),
        doubts=tuple((from_ms(begin), _moment(end)) for begin, end in doubts),
        layout=_layout(extra.get("layout")),
        walls=extra.get("walls", 0),
        closed_until=_moment(extra.get("closed_until")),
        **{name: row[name] for name in _COLUMNS},
    )


def _layout(values: list[Any] | None) -> Layout | None:
    if values is None:
        return None
    collector, missing, accounts, of, since, *saved = values
    return Layout(collector, missing, accounts, of, from_ms(since), *saved)


def _moment(value: int | None) -> datetime | None:
    return None if value is None else from_ms(value)


_NUMBERS = (
    "accounts",
    "read",
    "seen",
    "stood_in",
    "complete",
    "blocked",
    "unreadable",
    "unreachable",
    "listed",
    "shrunk",
)


def _count(row: Any) -> LaneCount:
    numbers = {name: int(row[n] or 0) for n, name in enumerate(_NUMBERS, start=1)}
    return LaneCount(**numbers, failing_since=row[-1])


# -- queries ---------------------------------------------------------------------------------

_lately = watch.c.last_reading_at >= sa.bindparam("since")
_saw = sa.and_(_lately, watch.c.last_success_at >= watch.c.last_reading_at)
_missed = sa.and_(
    _lately,
    sa.or_(watch.c.last_success_at.is_(None), watch.c.last_success_at < watch.c.last_reading_at),
)
_usual = sa.and_(_saw, watch.c.listed_usual >= USUAL)
_failed = sa.and_(
    _missed,
    watch.c.trouble.in_(
        [trouble.value for trouble in (Trouble.BLOCKED, Trouble.UNREADABLE, Trouble.UNREACHABLE)]
    ),
)


def _how_many(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((condition, 1), else_=0))


def _troubled(trouble: Trouble) -> sa.ColumnElement[int]:
    return _how_many(sa.and_(_missed, watch.c.trouble == trouble.value))


# in the order of _NUMBERS
_COUNTS = (
    sa.select(
        watch.c.lane,
        sa.func.count(),
        _how_many(_lately),
        _how_many(_saw),
        _how_many(sa.and_(_saw, watch.c.trouble.isnot(None))),
        _how_many(watch.c.covered_to >= sa.bindparam("known")),
        _troubled(Trouble.BLOCKED),
        _troubled(Trouble.UNREADABLE),
        _troubled(Trouble.UNREACHABLE),
        _how_many(_usual),
        _how_many(sa.and_(_usual, watch.c.listed * 2 < watch.c.listed_usual)),
        sa.func.min(
            sa.case(
                (
                    sa.and_(_failed, watch.c.trouble_since >= sa.bindparam("since")),
                    watch.c.trouble_since,
                )
            )
        ),
    )
    .where(watch.c.enabled)
    .group_by(watch.c.lane)
)
_LOOKS = (
    sa.select(watch.c.looks)
    .where(watch.c.enabled, watch.c.lane == sa.bindparam("lane"), _lately)
    .order_by(watch.c.last_reading_at.desc())
    .limit(sa.bindparam("wanted"))
)
_JUDGE_LANE = (
    watch.update()
    .where(watch.c.lane == sa.bindparam("this"), watch.c.enabled)
    .values(judge_at=sa.bindparam("at"))
)
