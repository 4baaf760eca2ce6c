"""Units and accounts: what paper says, kept with a trace of who changed it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa

from watcher.calendar import local
from watcher.canonical import text_key
from watcher.model import Account, Unit
from watcher.store.columns import dumps
from watcher.store.leads import settle_leads
from watcher.store.rows import (
    ACCOUNT_COLUMNS,
    account_row,
    chunks,
    to_account,
    to_unit,
    unit_row,
    upsert,
)
from watcher.store.schema import account, audit_log, post, profile_version, unit, watch
from watcher.store.stretches import forget_stretches
from watcher.store.units import save_paper, units_changed
from watcher.units import PaperKind, UnitPaper


@dataclass(frozen=True, slots=True)
class Changes:
    """Keys of units ("unit:KEY") and accounts by what saving did to them."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()


def _by_platform(value: Account) -> str:
    return value.platform


def save_register(
    connection: sa.Connection,
    units: Iterable[Unit],
    accounts: Iterable[Account],
    actor: str,
    now: datetime,
    lane: Callable[[Account], str] = _by_platform,
) -> Changes:
    """Add or change what is given, and leave the rest; each change leaves a row in the audit log.

    `lane` names the lane in which an account is read. A new account is due at once. Where the
    platform id changes, the account is another one: what was seen of the old one is forgotten.
    """
    accounts = tuple(accounts)
    every = {value.key: value for value in (*(a.unit for a in accounts), *units)}
    changes = [_save_units(connection, every, actor, now)]
    units_changed(connection)
    changes += (_save_accounts(connection, batch, actor, now, lane) for batch in chunks(accounts))
    settle_leads(connection, actor, now)
    return Changes(
        added=tuple(key for change in changes for key in change.added),
        changed=tuple(key for change in changes for key in change.changed),
        unchanged=tuple(key for change in changes for key in change.unchanged),
    )


def load_units(connection: sa.Connection) -> tuple[Unit, ...]:
    """All units, by key."""
    rows = connection.execute(sa.select(unit).order_by(unit.c.key)).mappings()
    return tuple(to_unit(row, prefix="") for row in rows)


def load_accounts(
    connection: sa.Connection, keys: Iterable[str] | None = None
) -> tuple[Account, ...]:
    """The accounts of these keys, or all; by key. Unknown keys are left out."""
    if keys is None:
        rows = connection.execute(_ACCOUNTS).mappings()
        return tuple(to_account(row) for row in rows)
    found: list[Account] = []
    for batch in chunks(keys):
        rows = connection.execute(_ACCOUNTS_OF, {"keys": batch}).mappings()
        found.extend(to_account(row) for row in rows)
    return tuple(sorted(found, key=lambda value: value.key))


_ACCOUNTS = sa.select(*ACCOUNT_COLUMNS).join_from(account, unit).order_by(account.c.key)
_ACCOUNTS_OF = _ACCOUNTS.where(account.c.key.in_(sa.bindparam("keys", expanding=True)))


def _save_units(
    connection: sa.Connection, units: Mapping[str, Unit], actor: str, now: datetime
) -> Changes:
    old = {value.key: value for value in load_units(connection)}
    new = {key: value for key, value in units.items() if old.get(key) != value}
    if new:
        statement = upsert(connection, unit)
        names = [column.name for column in unit.c if column.name != "key"]
        statement = statement.on_conflict_do_update(
            index_elements=["key"], set_={name: statement.excluded[name] for name in names}
        )
        connection.execute(statement, [unit_row(value) for value in new.values()])
    before = {f"unit:{key}": unit_row(old[key]) for key in new if key in old}
    after = {f"unit:{key}": unit_row(value) for key, value in new.items()}
    _note(connection, before, after, actor, now)
    _note_renamed(connection, old, new, actor, now)
    same = (f"unit:{key}" for key in units if key not in new)
    return _changes(before, after, same)


def _note_renamed(
    connection: sa.Connection,
    old: Mapping[str, Unit],
    new: Mapping[str, Unit],
    actor: str,
    now: datetime,
) -> None:
    """Remember what a unit was called before, from the day on which the register says otherwise;
    Art. 8 gives its accounts a while to follow (CHG-02)."""
    for key, value in new.items():
        before = old[key].name if key in old else ""
        if text_key(before) and text_key(before) != text_key(value.name):
            save_paper(
                connection,
                UnitPaper(
                    *(key, PaperKind.RENAMED),
                    party=before,
                    valid_from=local(now).date(),
                    note="台账中的单位名称已变更",
                    author=actor,
                    at=now,
                ),
            )


def _save_accounts(
    connection: sa.Connection,
    accounts: list[Account],
    actor: str,
    now: datetime,
    lane: Callable[[Account], str],
) -> Changes:
    keys = [value.key for value in accounts]
    old = {value.key: value for value in load_accounts(connection, keys)}
    new = {value.key: value for value in accounts if not _same(old.get(value.key), value)}
    if new:
        statement = upsert(connection, account)
        names = [c.name for c in account.c if c.name not in ("id", "key")]
        statement = statement.on_conflict_do_update(
            index_elements=["key"], set_={name: statement.excluded[name] for name in names}
        )
        connection.execute(statement, [account_row(value) for value in new.values()])
    _watch(connection, {value.key: value for value in accounts}, now, lane)
    _forget(connection, old, new)
    before = {key: account_row(old[key]) for key in new if key in old}
    after = {key: account_row(value) for key, value in new.items()}
    _note(connection, before, after, actor, now)
    return _changes(before, after, (key for key in keys if key not in new))


def _same(old: Account | None, new: Account) -> bool:
    """Whether both are kept as the same row; the unit's own fields are its own affair."""
    return old is not None and dumps(account_row(old)) == dumps(account_row(new))


def _changes(before: Mapping[str, Any], after: Mapping[str, Any], same: Iterable[str]) -> Changes:
    return Changes(tuple(key for key in after if key not in before), tuple(before), tuple(same))


def _note(
    connection: sa.Connection,
    before: Mapping[str, Mapping[str, Any]],
    after: Mapping[str, Mapping[str, Any]],
    actor: str,
    now: datetime,
) -> None:
    """One audit row for each thing, with the fields that changed."""
    rows = []
    for key, values in after.items():
        old = before.get(key)
        changed = [
            name for name in values if old is None or _json(old[name]) != _json(values[name])
        ]
        rows.append(
            {
                "at": now,
                "actor": actor,
                "action": "register.add" if old is None else "register.change",
                "object": key,
                "before": None if old is None else {name: old[name] for name in changed},
                "after": {name: values[name] for name in changed},
            }
        )
    if rows:
        connection.execute(audit_log.insert(), rows)


def _json(value: Any) -> Any:
    return orjson.loads(dumps(value))


def _watch(
    connection: sa.Connection,
    accounts: Mapping[str, Account],
    now: datetime,
    lane: Callable[[Account], str],
) -> None:
    """Give each account its row in `watch`, with its lane and whether it is read at all."""
    chosen = sa.select(account.c.key, account.c.id).where(account.c.key.in_(list(accounts)))
    rows = [
        {
            "account_id": row.id,
            "lane": lane(accounts[row.key]),
            "enabled": accounts[row.key].enabled,
            "next_check_at": now,
            "watched_since": now,
            # Nobody reads an account without sources: the clock alone finds that it is not seen.
            "judge_at": None if accounts[row.key].sources else now,
        }
        for row in connection.execute(chosen)
    ]
    statement = upsert(connection, watch)
    new = statement.excluded
    statement = statement.on_conflict_do_update(
        index_elements=["account_id"],
        set_={
            "lane": new.lane,
            "enabled": new.enabled,
            "judge_at": sa.func.coalesce(new.judge_at, watch.c.judge_at),
        },
        where=sa.or_(watch.c.lane != new.lane, watch.c.enabled != new.enabled),
    )
    if rows:
        connection.execute(statement, rows)


_NO_SIGHT = dict.fromkeys(
    [
        "covered_from",
        "covered_to",
        "covered_by",
        "last_success_at",
        "last_post",
        "last_post_at",
        "pages",
        "followers",
        "post_count",
    ]
)


def _elsewhere(old: Account, new: Account) -> bool:
    """Whether the register now means another account of the platform: its face is another's."""
    if old.platform_id not in ("", new.platform_id):
        return True
    before = {source.collector: source.handle for source in old.sources}
    return any(before.get(each.collector, each.handle) != each.handle for each in new.sources)


def _forget_faces(connection: sa.Connection, keys: list[str]) -> None:
    """What these accounts showed, and what of it was accepted; their filings stay."""
    if not keys:
        return
    query = sa.select(watch.c.account_id, watch.c.paper).join(account)
    for ident, paper in connection.execute(query.where(account.c.key.in_(keys))).all():
        kept = {k: v for k, v in (paper or {}).items() if not k.startswith("accepted")}
        values = {"face": None, "paper": kept or None}
        connection.execute(watch.update().where(watch.c.account_id == ident).values(values))


def _forget(
    connection: sa.Connection, old: Mapping[str, Account], new: Mapping[str, Account]
) -> None:
    """Other sources: read afresh. Another platform id: nothing seen before is about this one."""
    other = [
        key for key in new if key in old and old[key].platform_id not in ("", new[key].platform_id)
    ]
    moved = [key for key in new if key in old and old[key].sources != new[key].sources]
    for keys, values in ((moved + other, {}), (other, _NO_SIGHT)):
        if keys:
            ids = sa.select(account.c.id).where(account.c.key.in_(keys))
            fresh = {"sighting_hash": None, "validators": None, **values}
            connection.execute(watch.update().where(watch.c.account_id.in_(ids)).values(fresh))
    _forget_faces(connection, [k for k in new if k in old and _elsewhere(old[k], new[k])])
    if other:
        ids = sa.select(account.c.id).where(account.c.key.in_(other))
        forget_stretches(connection, ids)
        for table in (post, profile_version):
            connection.execute(table.delete().where(table.c.account_id.in_(ids)))
