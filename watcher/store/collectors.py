"""Ways of reading that an administrator added or took out of service, by whom and when."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from watcher.store.audit import audit
from watcher.store.rows import chunks, upsert
from watcher.store.schema import account, watch
from watcher.store.schema_service import collector_service, collector_version


@dataclass(frozen=True, slots=True)
class Added:
    """One version of a declarative collector, as it was given. It is never changed."""

    name: str
    version: int  # from 1
    spec: str  # the YAML
    sha256: str
    author: str
    added_at: datetime
    tried: Mapping[str, Any]  # what the try before it saw


@dataclass(frozen=True, slots=True)
class Standing:
    """Where what is in service differs from what the program ships, and who decided it."""

    name: str
    enabled: bool
    version: int | None  # of an `Added`; None: the one that is shipped
    changed_at: datetime
    author: str
    reason: str = ""


class CollectorRaceError(Exception):
    """Two people added a version of one collector at once; the other was first."""

    def __init__(self, name: str, version: int) -> None:
        super().__init__(f"{name}: version {version} was added at the same moment")
        self.name, self.version = name, version


def standings(connection: sa.Connection) -> tuple[Standing, ...]:
    """All of them, by name. Equal answers mean that the same is in service."""
    rows = connection.execute(_STANDINGS).mappings()
    return tuple(Standing(**row) for row in rows)


_STANDINGS = sa.select(
    *(collector_service.c[name] for name in Standing.__dataclass_fields__)
).order_by(collector_service.c.name)


def added_collectors(
    connection: sa.Connection, name: str | None = None, current: bool = False
) -> tuple[Added, ...]:
    """The versions of one name or of all, the newest first; `current`: only those that stand."""
    query = sa.select(*(collector_version.c[each] for each in Added.__dataclass_fields__))
    if name is not None:
        query = query.where(collector_version.c.name == name)
    if current:
        query = query.join(
            collector_service,
            sa.and_(
                collector_service.c.name == collector_version.c.name,
                collector_service.c.version == collector_version.c.version,
            ),
        )
    order = collector_version.c.name, collector_version.c.version.desc()
    return tuple(Added(**row) for row in connection.execute(query.order_by(*order)).mappings())


def add_collector(
    connection: sa.Connection,
    name: str,
    spec: str,
    author: str,
    now: datetime,
    tried: Mapping[str, Any],
    note: str = "",
) -> Added:
    """Take a declarative collector into service. What stands already is left as it is.

    Raises CollectorRaceError where somebody else adds a version of it at the same moment.
    """
    before, known = _standing(connection, name), added_collectors(connection, name)
    digest = hashlib.sha256(spec.encode()).hexdigest()
    standing = next((each for each in known if before and each.version == before.version), None)
    if before and before.enabled and standing and standing.sha256 == digest:
        return standing
    number = 1 + max((each.version for each in known), default=0)
    added = Added(name, number, spec, digest, author, now, tried)
    row = {each: getattr(added, each) for each in Added.__dataclass_fields__}
    try:
        connection.execute(collector_version.insert(), row)
    except sa.exc.IntegrityError as error:
        raise CollectorRaceError(name, number) from error
    _stand(connection, Standing(name, True, number, now, author, note), "collector.add", digest)
    return added


def disable_collector(
    connection: sa.Connection, name: str, author: str, reason: str, now: datetime
) -> bool:
    """Take a collector out of service; False where it was out already."""
    before = _standing(connection, name)
    if before is not None and not before.enabled:
        return False
    version = before.version if before else None
    after = Standing(name, False, version, now, author, reason)
    _stand(connection, after, "collector.disable")
    return True


def enable_collector(connection: sa.Connection, name: str, author: str, now: datetime) -> bool:
    """Take a collector back into service in the version it had; False where it was not out."""
    before = _standing(connection, name)
    if before is None or before.enabled:
        return False
    _stand(connection, Standing(name, True, before.version, now, author), "collector.enable")
    return True


def set_lanes(connection: sa.Connection, lanes: Mapping[str, str]) -> int:
    """Let these accounts (by key) be read in these lanes; how many were in another one."""
    keys: dict[str, list[str]] = {}
    for key, lane in lanes.items():
        keys.setdefault(lane, []).append(key)
    return sum(
        connection.execute(
            watch.update().where(_of(batch), watch.c.lane != lane).values(lane=lane)
        ).rowcount
        for lane, all_of_it in keys.items()
        for batch in chunks(all_of_it)
    )


def look_again(connection: sa.Connection, keys: Iterable[str], now: datetime) -> int:
    """Those of these accounts that could not be read are due at once; how many."""
    late = sa.and_(watch.c.trouble.isnot(None), watch.c.next_check_at > now)
    return sum(
        connection.execute(
            watch.update().where(_of(batch), late).values(next_check_at=now)
        ).rowcount
        for batch in chunks(keys)
    )


def _of(keys: list[str]) -> sa.ColumnElement[bool]:
    return watch.c.account_id.in_(sa.select(account.c.id).where(account.c.key.in_(keys)))


def _standing(connection: sa.Connection, name: str) -> Standing | None:
    return next((each for each in standings(connection) if each.name == name), None)


def _stand(connection: sa.Connection, new: Standing, action: str, digest: str = "") -> None:
    """Write down what stands now, and who said so."""
    old = _standing(connection, new.name)
    row = {each: getattr(new, each) for each in Standing.__dataclass_fields__}
    statement = upsert(connection, collector_service).values(row)
    values = {each: statement.excluded[each] for each in row if each != "name"}
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))
    said = {"sha256": digest} if digest else {}
    before = None if old is None else _facts(old)
    after = _facts(new) | said
    audit(connection, new.author, action, f"collector:{new.name}", before, after, new.changed_at)


def _facts(standing: Standing) -> dict[str, Any]:
    return {
        "enabled": standing.enabled,
        "version": standing.version,
        "reason": standing.reason,
    }
