"""Times of posts: the formats of a collector in order, the first that fits.

`cn` and `cn_relative` are the forms of collectors/_times.py (Beijing time); `iso` and strptime
patterns without a zone are in the field's zone. A pattern without %Y is the latest such date that
is not in the future; one without %H is day-only.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from collectors._times import BEIJING, EARLIEST, Moment, is_future, read_time
from collectors.declarative.fields import View, read
from collectors.declarative.paths import text_of
from collectors.declarative.spec import Time

_RELATIVE = re.compile(r"[今昨前刚]|秒|小时|分钟")
_JUST_NOW = frozenset({"刚刚", "刚才", "just now"})


def time_of(time: Time, view: View, seen_at: datetime) -> tuple[Moment | None, str]:
    """The moment, and the text it was read from; None where no format fits."""
    value = read(time.field, view)
    text = (text_of(value) or "").strip()
    if not text or len(text) > 80:
        return None, text[:80]
    for form in time.formats:
        moment = _by(form, text, time.zone, seen_at)
        if moment is not None and moment.at >= EARLIEST:
            return (_day(moment) if time.day_only else moment), text
    return None, text


def _day(moment: Moment) -> Moment:
    midnight = moment.at.astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
    return Moment(midnight.astimezone(UTC), day_only=True)


def _by(form: str, text: str, zone: str, seen_at: datetime) -> Moment | None:
    try:
        match form:
            case "epoch_s" | "epoch_ms":
                return _epoch(text, 1000 if form == "epoch_ms" else 1)
            case "iso":
                return _iso(text, _zone(zone))
            case "cn":
                return None if _RELATIVE.search(text) else read_time(text, seen_at)
            case "cn_relative":
                return _relative(text, seen_at)
            case _:
                return _by_pattern(form, text, _zone(zone), seen_at)
    except (ValueError, OverflowError, OSError):
        return None


@lru_cache(32)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _epoch(text: str, unit: int) -> Moment | None:
    digits = re.fullmatch(r"(\d{9,14})(?:\.\d{1,9})?", text)
    if digits is None or not 10**8 < int(digits[1]) / unit < 10**10:
        return None
    return Moment(datetime.fromtimestamp(int(digits[1]) // unit, UTC))


def _iso(text: str, zone: ZoneInfo) -> Moment | None:
    if re.match(r"\d{4}-\d\d-\d\d", text) is None:
        return None
    at = datetime.fromisoformat(text)
    aware = at if at.tzinfo else at.replace(tzinfo=zone)
    return Moment(aware.astimezone(UTC).replace(microsecond=0), day_only=len(text) == 10)


def _relative(text: str, seen_at: datetime) -> Moment | None:
    if text.lower() in _JUST_NOW:
        return Moment(seen_at)
    return read_time(text, seen_at) if _RELATIVE.search(text) else None


def _by_pattern(form: str, text: str, zone: ZoneInfo, seen_at: datetime) -> Moment | None:
    day_only = not any(code in form for code in ("%H", "%I", "%T", "%R"))
    if any(code in form for code in ("%Y", "%y", "%D", "%F")):
        return _aware(datetime.strptime(text, form), zone, day_only)  # noqa: DTZ007
    here = seen_at.astimezone(zone)
    for year in range(here.year, here.year - 5, -1):  # 29 February comes once in four years
        try:
            at = datetime.strptime(f"{year} {text}", f"%Y {form}")  # noqa: DTZ007
        except ValueError:
            continue
        moment = _aware(at, zone, day_only)
        if not is_future(moment.at, seen_at):
            return moment
    return None


def _aware(at: datetime, zone: ZoneInfo, day_only: bool) -> Moment:
    aware = at if at.tzinfo else at.replace(tzinfo=zone)
    return Moment(aware.astimezone(UTC).replace(microsecond=0), day_only)
