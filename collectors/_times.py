"""Reading the times that Chinese pages and feeds print.

A time without a zone is Beijing time (UTC+8, no summer time since 1991). A date without a time
is day-only: its moment is Beijing midnight. Nothing here guesses: unreadable is None.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

BEIJING = timezone(timedelta(hours=8))
EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)  # there was no government site before
AHEAD = timedelta(minutes=10)  # what two clocks may differ; later than that is the future

_LABEL = r"(?:(?:发布|发稿|发文|成文|更新)?(?:时间|日期)|发布于|发表于)?\s*[:：]?\s*"
_DATE = r"(?P<y>(?:19|20)\d\d)\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})\s*日?"
_CLOCK = (
    r"(?P<h>\d{1,2})\s*[:：时]\s*(?P<min>\d{1,2})\s*分?"
    r"(?:\s*[:：]?\s*(?P<s>\d{1,2})\s*秒?)?(?:\.\d+)?"
)
_ZONE = r"(?P<zone>Z|[+-]\d\d:?\d\d)?"
_FULL = re.compile(rf"{_DATE}(?:[T\s]*{_CLOCK}\s*{_ZONE})?")
_NO_YEAR = re.compile(rf"(?P<m>\d{{1,2}})\s*[-/.月]\s*(?P<d>\d{{1,2}})\s*日?(?:\s*{_CLOCK})?")
_DAY_FIRST = re.compile(r"(?P<d>\d{1,2})\s+(?P<y>20\d\d)\s*[-/.年]\s*(?P<m>\d{1,2})\s*月?")
_NAMED_DAY = re.compile(rf"(?P<day>今天|昨天|前天)(?:\s*{_CLOCK})?")
_AGO = re.compile(r"(?P<n>\d{1,4})\s*(?P<unit>秒|分钟|小时|天|周)前")
_EPOCH = re.compile(r"(?P<s>1\d{9})(?P<ms>\d{3})?")
_DAYS = {"今天": 0, "昨天": 1, "前天": 2}
_UNITS = {
    "秒": timedelta(seconds=1),
    "分钟": timedelta(minutes=1),
    "小时": timedelta(hours=1),
}
_DAY_UNITS = {"天": 1, "周": 7}


@dataclass(frozen=True, slots=True)
class Moment:
    """A time as printed: in UTC, and whether only its Beijing day is known."""

    at: datetime
    day_only: bool = False


def read_time(text: str, seen_at: datetime) -> Moment | None:
    """The time that the whole text is; `seen_at` anchors 昨天, 3小时前 and a date without year."""
    text = re.sub(rf"^{_LABEL}", "", text.strip().strip("[]【】()（） \u3000\xa0")).strip()
    if not text or len(text) > 60:
        return None
    for pattern, reader in _READERS:
        if match := pattern.fullmatch(text):
            return _sane(reader(match, seen_at))
    return _sane(_rfc(text))


def find_time(text: str, seen_at: datetime) -> Moment | None:
    """The first full date inside a longer text; a date without a year is too easily a number."""
    whole = read_time(text, seen_at)
    match = None if whole else _FULL.search(text)
    return whole or (_sane(_calendar(match, seen_at)) if match else None)


def is_future(at: datetime, seen_at: datetime) -> bool:
    """True where a page claims a time after it was read: a misprint or a planned event."""
    return at > seen_at + AHEAD


def _sane(moment: Moment | None) -> Moment | None:
    return moment if moment and moment.at >= EARLIEST else None


def _calendar(match: re.Match[str], seen_at: datetime) -> Moment | None:
    parts = match.groupdict()
    try:
        day = datetime(int(parts["y"]), int(parts["m"]), int(parts["d"]), tzinfo=_zone(parts))
        return _at_clock(day, parts)
    except (ValueError, OverflowError):
        return None


def _zone(parts: dict[str, str | None]) -> timezone:
    name = parts.get("zone")
    if not name:
        return BEIJING
    if name == "Z":
        return UTC
    minutes = int(name[1:3]) * 60 + int(name[-2:])
    return timezone(timedelta(minutes=-minutes if name[0] == "-" else minutes))


def _at_clock(day: datetime, parts: dict[str, str | None]) -> Moment:
    """The day with its clock time if one is printed. Raises ValueError for 25:00."""
    hour = parts.get("h")
    if hour is None:
        return Moment(day.astimezone(UTC), day_only=True)
    second = int(parts.get("s") or 0)
    at = day.replace(hour=int(hour), minute=int(parts.get("min") or 0), second=second)
    return Moment(at.astimezone(UTC))


def _without_year(match: re.Match[str], seen_at: datetime) -> Moment | None:
    """The latest such day that is not in the future."""
    parts = match.groupdict()
    today = seen_at.astimezone(BEIJING)
    for year in (today.year, today.year - 1):
        try:
            day = datetime(year, int(parts["m"]), int(parts["d"]), tzinfo=BEIJING)
            moment = _at_clock(day, parts)
        except ValueError:
            continue
        if not is_future(moment.at, seen_at):
            return moment
    return None


def _named_day(match: re.Match[str], seen_at: datetime) -> Moment | None:
    day = _midnight(seen_at) - timedelta(days=_DAYS[match["day"]])
    try:
        return _at_clock(day, match.groupdict())
    except ValueError:
        return None


def _ago(match: re.Match[str], seen_at: datetime) -> Moment:
    count, unit = int(match["n"]), match["unit"]
    if unit in _DAY_UNITS:  # "3天前" is rounded down: its day is all that is said
        day = _midnight(seen_at) - timedelta(days=count * _DAY_UNITS[unit])
        return Moment(day.astimezone(UTC), day_only=True)
    return Moment((seen_at - count * _UNITS[unit]).astimezone(UTC))


def _midnight(seen_at: datetime) -> datetime:
    return seen_at.astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)


def _epoch(match: re.Match[str], seen_at: datetime) -> Moment:
    return Moment(datetime.fromtimestamp(int(match["s"]), UTC))


def _rfc(text: str) -> Moment | None:
    """RFC 2822 dates as RSS has them; no zone at all is taken as Beijing time."""
    try:
        at = parsedate_to_datetime(text)
        unzoned = UTC if text.rstrip().endswith("-0000") else BEIJING
        aware = at if at.tzinfo else at.replace(tzinfo=unzoned)
        return Moment(aware.astimezone(UTC))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


_READERS = (
    (_FULL, _calendar),
    (_DAY_FIRST, _calendar),
    (_NAMED_DAY, _named_day),
    (_AGO, _ago),
    (_EPOCH, _epoch),
    (_NO_YEAR, _without_year),
)
