"""What each document carries to be held against the database: what it is of, its data cut-off,
the version that made it, and a digest of the facts it rests on. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import orjson

from watcher.reports.period import Period, period_of
from watcher.reports.words import moment_text

PROPERTY = "守望"  # name of the custom property, and of the key in other files
_LONGEST = 4000  # characters of a stamp that we read


class StampError(ValueError):
    """A file carries no stamp that can be read; for people."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a report is about. Keys of the register; "" or None where it does not matter.

    `shared`: a copy for others, with the telephone numbers covered.
    """

    period: Period | None = None
    office: str = ""
    platform: str = ""
    unit: str = ""
    account: str = ""
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Stamp:
    """`as_of`: nothing that we learnt later is in it. `digest`: SHA-256 of its facts, hex."""

    kind: str
    scope: Scope
    as_of: datetime
    version: str
    digest: str

    @property
    def line(self) -> str:
        """As it stands at the end of a document."""
        cut = moment_text(self.as_of)
        return f"数据截至{cut}；守望 {self.version}；校验码 {self.digest[:16]}"


def digest_of(facts: Any) -> str:
    """SHA-256 over the facts as canonical JSON. Raises TypeError for what JSON cannot hold."""
    option = orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS
    return sha256(orjson.dumps(facts, default=_plain, option=option)).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} is no fact")


def written(stamp: Stamp) -> str:
    """A stamp as one line of JSON."""
    scope = {
        name: str(value) if isinstance(value, Period) else value
        for name, value in _parts(stamp.scope).items()
        if value
    }
    said = {
        "kind": stamp.kind,
        "scope": scope,
        "as_of": stamp.as_of.astimezone(UTC).isoformat(),
        "version": stamp.version,
        "digest": stamp.digest,
    }
    return orjson.dumps(said, option=orjson.OPT_SORT_KEYS).decode()


def read(text: str) -> Stamp:
    """The stamp of such a line. Raises StampError."""
    try:
        if len(text) > _LONGEST:
            raise ValueError("too long")
        said = orjson.loads(text)
        scope = {name: said["scope"].get(name) for name in (each.name for each in fields(Scope))}
        period = scope.pop("period")
        return Stamp(
            kind=_text(said["kind"]),
            scope=Scope(
                period_of(_text(period)) if period else None,
                shared=bool(scope.pop("shared")),
                **{name: _text(value or "") for name, value in scope.items()},
            ),
            as_of=datetime.fromisoformat(_text(said["as_of"])).astimezone(UTC),
            version=_text(said["version"]),
            digest=_text(said["digest"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StampError("文件中的校验信息不可读，可能被改动过") from error


def _parts(scope: Scope) -> Mapping[str, Any]:
    return {each.name: getattr(scope, each.name) for each in fields(scope)}


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("text is wanted")
    return value
