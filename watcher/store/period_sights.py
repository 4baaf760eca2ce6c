"""What was seen of accounts in a period: posts by week, days of readings, stretches.

The posts of a batch are walked once, in the order of their index; what comes back is one row an
account and week.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from watcher.annals import PostWeek, Question, Stretch
from watcher.calendar import midnight
from watcher.store.columns import day_of, from_ms, to_ms
from watcher.store.schema import DAILY_COUNTS, daily, post, reading, watch
from watcher.store.schema_stretches import stretch

_HOUR = 3_600_000
_DAY, _WEEK = 24 * _HOUR, 7 * 24 * _HOUR
_REPOST, _DAY_ONLY = 1, 4  # flags of posts.py
_PACK = 1 << 28  # seconds of eight years
_COMPLETE = DAILY_COUNTS.index("complete")
_EDGE = timedelta(days=2)  # a list may end so long before its reading
IDS: sa.BindParameter[Any] = sa.bindparam("ids", expanding=True)


def _number(column: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:
    return sa.type_coerce(column, sa.BigInteger)


def _given(name: str) -> sa.BindParameter[int]:
    return sa.bindparam(name, type_=sa.BigInteger)


_at, _first_seen = _number(post.c.at), _number(post.c.first_seen)
_FLAGS = sa.type_coerce(post.c.flags, sa.Integer)
# The last moment at which it can have been published (a post of which only the day is known).
_LATEST = _at + sa.case((_FLAGS.op("&")(_DAY_ONLY) != 0, _DAY - 1000), else_=0)
# What counts as an update: known at the cut-off, not dated ahead, no forward where those do not.
_COUNTS = (
    _first_seen <= _given("as_of"),
    _at <= _first_seen + _DAY,
    sa.or_(_given("reposts") == 1, _FLAGS.op("&")(_REPOST) == 0),
)


def _values(ids: Sequence[int], ask: Question) -> dict[str, Any]:
    return {
        "ids": list(ids),
        "as_of": to_ms(ask.as_of),
        "reposts": int(ask.terms.reposts),
        "monday": to_ms(midnight(ask.monday)),
        "begins": to_ms(ask.begins),
        # One upper bound, so that the index is walked no further than it needs be.
        "until": to_ms(ask.horizon),
    }


_WALKED = (
    sa.select(
        post.c.account_id,
        _at.label("at"),
        _LATEST.label("latest"),
        sa.func.max(_LATEST)
        .over(partition_by=post.c.account_id, order_by=post.c.at, rows=(None, -1))
        .label("before"),
    )
    .where(post.c.account_id.in_(IDS), _at >= _given("monday"), _at < _given("until"), *_COUNTS)
    .subquery()
)
_week = ((_WALKED.c.at - _given("monday")) // _WEEK).label("week")
# The longest gap and its end in one number, since no database here hands out the row of a maximum.
_gap = sa.case(
    (
        sa.and_(_WALKED.c.at >= _given("begins"), _WALKED.c.at > _WALKED.c.before),
        (_WALKED.c.at - _WALKED.c.before) // 1000 * _PACK
        + (_WALKED.c.at - _given("monday")) // 1000,
    )
)
_WEEKS = (
    sa.select(
        _WALKED.c.account_id,
        _week,
        sa.func.count(),
        sa.func.sum(sa.case((_WALKED.c.at >= _given("begins"), 1), else_=0)),
        sa.func.min(_WALKED.c.at),
        sa.func.max(_WALKED.c.latest),
        sa.func.max(_gap),
    )
    .group_by(_WALKED.c.account_id, _week)
    .order_by(_WALKED.c.account_id, _week)
)


def post_weeks(
    connection: sa.Connection, ids: Sequence[int], ask: Question
) -> dict[int, tuple[PostWeek, ...]]:
    """The posts of these accounts, week by week from the question's Monday to the period's end."""
    base = to_ms(midnight(ask.monday))
    found: dict[int, list[PostWeek]] = {}
    for ident, week, posts, counted, first, last, packed in connection.execute(
        _WEEKS, _values(ids, ask)
    ):
        gap = end = None
        if packed is not None:
            length, at = divmod(packed, _PACK)
            gap, end = timedelta(seconds=length), from_ms(base + 1000 * at)
        row = PostWeek(week, posts, int(counted), from_ms(first), from_ms(last), gap, end)
        found.setdefault(ident, []).append(row)
    return {ident: tuple(rows) for ident, rows in found.items()}


def last_posts(connection: sa.Connection, ids: Sequence[int], ask: Question) -> dict[int, datetime]:
    """The last post of each account before the question's Monday."""
    rows = connection.execute(_LAST, _values(ids, ask))
    return {ident: from_ms(at) for ident, at in rows if at is not None}


def first_posts(
    connection: sa.Connection, ids: Sequence[int], ask: Question
) -> dict[int, datetime]:
    """The oldest post of each account that was known at the cut-off."""
    rows = connection.execute(_FIRST, _values(ids, ask))
    return {ident: from_ms(at) for ident, at in rows if at is not None}


_OF = (post.c.account_id == watch.c.account_id, *_COUNTS)
_LAST = sa.select(
    watch.c.account_id,
    sa.select(_LATEST)
    .where(*_OF, _at < _given("monday"))
    .order_by(post.c.at.desc())
    .limit(1)
    .scalar_subquery(),
).where(watch.c.account_id.in_(IDS))
_FIRST = sa.select(
    watch.c.account_id,
    sa.select(_at)
    .where(*_OF, _at < _given("until"))
    .order_by(post.c.at)
    .limit(1)
    .scalar_subquery(),
).where(watch.c.account_id.in_(IDS))


# -- readings --------------------------------------------------------------------------------------

_day = sa.type_coerce(daily.c.day, sa.Integer)
_since_monday = _day - sa.bindparam("monday_day", type_=sa.Integer)
_SEEN_DAYS = (
    sa.select(
        daily.c.account_id,
        (_since_monday // 7).label("week"),
        # Each day is there but once, so the sum of the bits is their union.
        sa.func.sum(sa.literal(1, sa.Integer).op("<<")(sa.func.mod(_since_monday, 7))),
    )
    .where(
        daily.c.account_id.in_(IDS),
        _day >= sa.bindparam("monday_day", type_=sa.Integer),
        _day <= sa.bindparam("last_day", type_=sa.Integer),
        daily.c.complete + daily.c.partial > 0,
    )
    .group_by(daily.c.account_id, sa.literal_column("week"))
)


def days_seen(connection: sa.Connection, ids: Sequence[int], ask: Question) -> dict[int, int]:
    """The days with a reading that saw, a bit each from the question's Monday on."""
    last = min(ask.until, day_of(ask.as_of))
    epoch = from_ms(0).date().toordinal()
    values = {
        "ids": list(ids),
        "monday_day": ask.monday.toordinal() - epoch,
        "last_day": last.toordinal() - epoch,
    }
    found: dict[int, int] = {}
    for ident, week, bits in connection.execute(_SEEN_DAYS, values):
        found[ident] = found.get(ident, 0) | (int(bits) << (7 * week))
    return found


def stretches_of(
    connection: sa.Connection, ids: Sequence[int], as_of: datetime
) -> dict[int, tuple[Stretch, ...]]:
    """What was known of each account at a moment, in order."""
    values = {"ids": list(ids), "as_of": as_of, "as_of_day": day_of(as_of)}
    whole: dict[int, list[Stretch]] = {}
    cut: dict[int, list[Stretch]] = {}
    for row in connection.execute(_STRETCHES, values).mappings():
        since, until = row["covered_from"], row["covered_to"]
        later = row["read_at"] is not None and row["read_at"] > as_of
        if later:  # what is known now was not known all then
            until = _reached(row, until, as_of)
        if until is not None and (since is None or since < until):
            kept = cut if later else whole
            kept.setdefault(row["account_id"], []).append(Stretch(since, until))
    for ident, stretches in _unhidden(connection, cut, as_of).items():
        whole.setdefault(ident, []).extend(stretches)
    return {ident: tuple(joined(each)) for ident, each in whole.items()}


def _reached(row: sa.RowMapping, until: datetime | None, as_of: datetime) -> datetime | None:
    """How far it reached at the cut-off: to the last complete reading. Where the log of readings is
    pruned, to the beginning of the last day that had one."""
    day = row["complete_day"]
    known = [row["complete_at"], midnight(day) if day else None, row["began_at"]]
    reached = max((each for each in known if each is not None and each <= as_of), default=None)
    return None if reached is None or until is None else min(reached, until)


def _unhidden(
    connection: sa.Connection, cut: dict[int, list[Stretch]], as_of: datetime
) -> dict[int, list[Stretch]]:
    """Less far where a post near the end was seen only after the cut-off: the list that ended
    there had ended before it."""
    if not cut:
        return {}
    values = {
        "ids": list(cut),
        "as_of": to_ms(as_of),
        "low": to_ms(min(each[-1].until for each in cut.values()) - _EDGE),
    }
    hidden: dict[int, list[datetime]] = {}
    for ident, at in connection.execute(_HIDDEN, values):
        hidden.setdefault(ident, []).append(from_ms(at))
    return {
        ident: [
            replace(one, until=min([one.until, *_near(one, hidden.get(ident, ()))]))
            for one in stretches
        ]
        for ident, stretches in cut.items()
    }


def _near(one: Stretch, hidden: Sequence[datetime]) -> list[datetime]:
    return [at for at in hidden if one.until - _EDGE < at and (one.since is None or at > one.since)]


def joined(stretches: Sequence[Stretch]) -> list[Stretch]:
    """The same time, without overlaps, in order."""
    floor = from_ms(-(2**45))
    made: list[Stretch] = []
    for each in sorted(stretches, key=lambda s: (s.since or floor, s.until)):
        last = made[-1] if made else None
        if last is not None and (each.since is None or each.since <= last.until):
            made[-1] = Stretch(last.since, max(last.until, each.until))
        else:
            made.append(each)
    return made


_CUT = sa.bindparam("as_of", type_=stretch.c.began_at.type)
_COMPLETE_AT = (
    sa.select(reading.c.at)
    .where(
        reading.c.account_id == stretch.c.account_id,
        reading.c.at <= _CUT,
        reading.c.outcome == _COMPLETE,
    )
    .order_by(reading.c.at.desc())
    .limit(1)
    .scalar_subquery()
)
_COMPLETE_DAY = (
    sa.select(daily.c.day)
    .where(
        daily.c.account_id == stretch.c.account_id,
        daily.c.day < sa.bindparam("as_of_day", type_=daily.c.day.type),
        daily.c.complete > 0,
    )
    .order_by(daily.c.day.desc())
    .limit(1)
    .scalar_subquery()
)
# The running stretch has its bounds in `watch`.
_RUNS = stretch.c.ended_at.is_(None)
_READ_AT = sa.func.coalesce(stretch.c.ended_at, watch.c.last_reading_at)
_STRETCHES = (
    sa.select(
        stretch.c.account_id,
        stretch.c.began_at,
        sa.case((_RUNS, watch.c.covered_from), else_=stretch.c.covered_from).label("covered_from"),
        sa.case((_RUNS, watch.c.covered_to), else_=stretch.c.covered_to).label("covered_to"),
        _READ_AT.label("read_at"),
        sa.case((_READ_AT > _CUT, _COMPLETE_AT)).label("complete_at"),
        sa.case((_READ_AT > _CUT, _COMPLETE_DAY)).label("complete_day"),
    )
    .join(watch, watch.c.account_id == stretch.c.account_id)
    .where(stretch.c.account_id.in_(IDS), stretch.c.began_at <= _CUT)
    .order_by(stretch.c.account_id, stretch.c.began_at)
)
_HIDDEN = sa.select(post.c.account_id, _at).where(
    post.c.account_id.in_(IDS),
    _at > _given("low"),
    _at <= _given("as_of"),
    _first_seen > _given("as_of"),
    sa.not_(post.c.backdatable),
)
