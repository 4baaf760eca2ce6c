"""How columns are kept: moments as milliseconds, days as numbers, JSON as text."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BEIJING = timezone(timedelta(hours=8))  # no summer time since 1991
_FIRST_DAY = date(1970, 1, 1).toordinal()
_MILLISECOND = timedelta(milliseconds=1)


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970. Raises TypeError for a naive moment."""
    return (moment - EPOCH) // _MILLISECOND


def from_ms(value: int) -> datetime:
    """The aware UTC moment."""
    return EPOCH + timedelta(milliseconds=value)


def trim(moment: datetime) -> datetime:
    """The moment as the store keeps it: UTC, whole milliseconds."""
    if moment.tzinfo is UTC and not moment.microsecond % 1000:
        return moment
    return from_ms(to_ms(moment))


def day_of(moment: datetime) -> date:
    """The Beijing day of a moment."""
    return moment.astimezone(BEIJING).date()


def _moment(value: int | None) -> datetime | None:
    return None if value is None else from_ms(value)


class Moment(TypeDecorator[datetime]):
    """An aware datetime, kept as milliseconds since 1970."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else to_ms(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else from_ms(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        return _moment  # without the calls between: rows have twenty of these


class Day(TypeDecorator[date]):
    """A day, kept as days since 1970."""

    impl = sa.Integer
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> int | None:
        return None if value is None else value.toordinal() - _FIRST_DAY

    def process_result_value(self, value: Any, dialect: Dialect) -> date | None:
        return None if value is None else date.fromordinal(value + _FIRST_DAY)


class Json(TypeDecorator[Any]):
    """Any JSON value, dataclasses and moments included, kept as text by orjson."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else dumps(value).decode()

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else orjson.loads(value)


def dumps(value: Any) -> bytes:
    """JSON bytes. Raises TypeError for what JSON cannot hold."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_UTC_Z | orjson.OPT_SORT_KEYS)


def _plain(value: Any) -> Any:
    """Mappings and sets that orjson does not know, as those that it does."""
    if hasattr(value, "items"):
        return dict(value.items())
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} cannot be kept as JSON")
