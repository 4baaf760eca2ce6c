"""What Alertmanager told us: kept with the cases it concerns, and read back with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from watcher.alarms import LEVELS, SILENT, Alarm, Concern, Ring
from watcher.model import CaseState
from watcher.rectifying import parsed_number
from watcher.store.case_events import find_case
from watcher.store.rows import chunks
from watcher.store.schema import account, cases, unit, watch
from watcher.store.schema_alarms import alarm, alarm_case

MOST_CASES = 500  # that one alarm is linked to: more is an outage, not a list


def keep_alarm(connection: sa.Connection, told: Alarm, about: Concern | None) -> Alarm:
    """Keep what was told now, with the open cases it concerns; tells how often it was heard.

    What is told anew of the same stretch replaces what was told before; an end is never undone,
    since messages may overtake each other.
    """
    now = told.heard_at
    assert now is not None
    known = _known(connection, told)
    if known is not None and known.state is Ring.RESOLVED and told.state is Ring.FIRING:
        told = replace(known, heard_at=now)
    values = {
        "state": told.state.value,
        "ends_at": told.ends_at,
        "labels": dict(told.labels),
        "annotations": dict(told.annotations),
        "receiver": told.receiver,
        "heard_at": told.heard_at,
        "suppressed": list(told.suppressed),
    }
    if known is None:
        row = values | {
            "fingerprint": told.fingerprint,
            "starts_at": told.starts_at,
            "first_heard": told.heard_at,
            "times": told.times,
        }
        number = connection.scalar(alarm.insert().returning(alarm.c.id), row)
    else:
        number = known.id
        again = alarm.update().where(alarm.c.id == number)
        connection.execute(again.values(**values, times=alarm.c.times + 1))
    assert number is not None
    if about is not None:
        _link(connection, number, _concerned(connection, about), now)
    return _one(connection, alarm.c.id == number)


def note_suppressed(
    connection: sa.Connection, held: Sequence[tuple[Alarm, Concern | None]]
) -> None:
    """These, and no others that ring, are kept silent by Alertmanager now.

    One that was silent from the start was never told: it is kept with no telling counted.
    """
    for told, about in held:
        known = _known(connection, told)
        if known is None:
            keep_alarm(connection, told, about)
        elif known.state is Ring.FIRING and known.suppressed != told.suppressed:
            _suppress(connection, alarm.c.id == known.id, told.suppressed)
    now = {(told.fingerprint, told.starts_at) for told, _ in held}
    silent = alarm.c.suppressed != []
    for row in connection.execute(sa.select(alarm).where(silent)).mappings().all():
        if (row["fingerprint"], row["starts_at"]) not in now:
            _suppress(connection, alarm.c.id == row["id"], ())


def _suppress(connection: sa.Connection, where: sa.ColumnElement[bool], why: Sequence[str]) -> None:
    connection.execute(alarm.update().where(where).values(suppressed=list(why)))


def link_ringing(
    connection: sa.Connection,
    about: Callable[[Mapping[str, str]], Concern | None],
    now: datetime,
) -> None:
    """Link the alarms that ring to the cases that are open by now; `about` reads their labels."""
    ringing = sa.select(alarm).where(alarm.c.state == Ring.FIRING.value).order_by(alarm.c.id)
    for row in connection.execute(ringing).mappings().all():
        concern = about(row["labels"])
        if concern is not None:
            _link(connection, row["id"], _concerned(connection, concern), now)


def alarms_of(connection: sa.Connection, case_id: int) -> tuple[Alarm, ...]:
    """The alarms that concerned a case, the oldest first."""
    query = sa.select(alarm).join(alarm_case).where(alarm_case.c.case_id == case_id)
    rows = connection.execute(query.order_by(alarm.c.starts_at, alarm.c.id)).mappings()
    return tuple(_alarm(row) for row in rows)


def list_alarms(
    connection: sa.Connection, ended: bool = False, limit: int = 100
) -> tuple[tuple[Alarm, int], ...]:
    """Alarms that ring, or all with `ended`, the last heard first; with their number of cases."""
    count = sa.select(sa.func.count()).where(alarm_case.c.alarm_id == alarm.c.id).scalar_subquery()
    query = sa.select(alarm, count.label("cases"))
    if not ended:
        query = query.where(alarm.c.state == Ring.FIRING.value)
    query = query.order_by(alarm.c.heard_at.desc(), alarm.c.id.desc()).limit(limit)
    return tuple((_alarm(row), row["cases"]) for row in connection.execute(query).mappings())


def last_heard(connection: sa.Connection) -> datetime | None:
    """When Alertmanager last told us something."""
    query = sa.select(alarm.c.heard_at).where(alarm.c.times > 0)
    return connection.scalar(query.order_by(alarm.c.heard_at.desc()).limit(1))


def prune_alarms(connection: sa.Connection, now: datetime, days: int) -> int:
    """Drop alarms that concerned no case and were last heard so many days ago."""
    of_case = sa.exists().where(alarm_case.c.alarm_id == alarm.c.id)
    old = sa.and_(alarm.c.heard_at < now - timedelta(days=days), sa.not_(of_case))
    return connection.execute(alarm.delete().where(old)).rowcount


def stale_accounts(connection: sa.Connection) -> dict[tuple[str, str, str, str], int]:
    """Accounts with an open case of silence, by lane, platform, daily supervisor as it is spelt,
    and the highest level of these cases."""
    rows = connection.execute(_STALE)
    return {(row[0], row[1], row[2], LEVELS[row[3]]): row[4] for row in rows}


_RANK = sa.case(
    *((cases.c.level == level, rank) for rank, level in enumerate(LEVELS)), else_=len(LEVELS) - 1
)
_GROUP = (watch.c.lane, account.c.platform, unit.c.daily_supervisor)
_WORST = (
    sa.select(*_GROUP, sa.func.min(_RANK).label("rank"))
    .select_from(cases.join(account, account.c.key == cases.c.account).join(unit).join(watch))
    .where(cases.c.state == sa.literal_column("'open'"), cases.c.rule.in_(SILENT))
    .group_by(account.c.id, *_GROUP)
    .subquery()
)
_STALE = sa.select(*_WORST.c, sa.func.count()).group_by(*_WORST.c)


# -- inside ------------------------------------------------------------------------------------


def _known(connection: sa.Connection, told: Alarm) -> Alarm | None:
    query = sa.select(alarm).where(
        alarm.c.fingerprint == told.fingerprint, alarm.c.starts_at == told.starts_at
    )
    row = connection.execute(query.with_for_update()).mappings().first()
    return None if row is None else _alarm(row)


def _one(connection: sa.Connection, where: sa.ColumnElement[bool]) -> Alarm:
    return _alarm(connection.execute(sa.select(alarm).where(where)).mappings().one())


def _alarm(row: sa.RowMapping) -> Alarm:
    return Alarm(
        fingerprint=row["fingerprint"],
        starts_at=row["starts_at"],
        state=Ring(row["state"]),
        labels=row["labels"],
        annotations=row["annotations"],
        ends_at=row["ends_at"],
        receiver=row["receiver"],
        heard_at=row["heard_at"],
        first_heard=row["first_heard"],
        times=row["times"],
        suppressed=tuple(row["suppressed"]),
        id=row["id"],
    )


def _concerned(connection: sa.Connection, about: Concern) -> Sequence[int]:
    """The open cases that fit."""
    if about.case:
        found = find_case(connection, about.case) if parsed_number(about.case) else None
        return [found.id] if found is not None and found.id is not None else []
    held = account.join(unit).join(watch)
    joined = cases.outerjoin(held, account.c.key == cases.c.account)
    query = sa.select(cases.c.id).select_from(joined).where(*_fitting(about))
    return connection.scalars(query.order_by(cases.c.id.desc()).limit(MOST_CASES)).all()


def _fitting(about: Concern) -> Iterable[sa.ColumnElement[bool]]:
    yield cases.c.state == CaseState.OPEN.value
    if about.account:
        yield cases.c.account == about.account
    if about.rules:
        yield cases.c.rule.in_([name.strip() for name in about.rules.split(",")])
    if about.level:
        yield cases.c.level == about.level
    if about.platform:
        yield account.c.platform == about.platform
    if about.lane:  # SYS-03 is about no account: its subject is the lane
        whole = sa.and_(cases.c.account == "", cases.c.subject == about.lane)
        yield sa.or_(watch.c.lane == about.lane, whole)
    if about.offices:
        named = unit.c.daily_supervisor.in_(about.offices)
        yield sa.not_(named) if about.elsewhere else named


def _link(connection: sa.Connection, number: int, found: Sequence[int], at: datetime) -> None:
    """Note the cases that were not noted yet."""
    linked = sa.select(alarm_case.c.case_id).where(alarm_case.c.alarm_id == number)
    known = set(connection.scalars(linked))
    new = [{"alarm_id": number, "case_id": case, "at": at} for case in found if case not in known]
    for batch in chunks(new):
        connection.execute(alarm_case.insert(), list(batch))
