"""Candidates as rows: what was found, what was made of it, what people decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from watcher.candidates import (
    SCOPE,
    Candidate,
    CandidateEvent,
    CandidateState,
    Found,
    Judgement,
    Tier,
)
from watcher.model import CaseState, Profile
from watcher.store.audit import audit
from watcher.store.rows import chunks, pages_json, to_pages
from watcher.store.schema import cases
from watcher.store.schema_candidates import candidate as table
from watcher.store.schema_candidates import candidate_event

_MOVING = ("followers", "post_count")  # these change all the time and say nothing new
_SIGNED = ("avatar_url",)
AVATAR = "avatar"  # the event of a picture that was fetched
_SAME = ("id", "platform", "handle", "url", "first_seen", "last_seen", "query", "collector")
_MORE = (
    "judged_at",
    "decided_by",
    "decided_at",
    "reason",
    "fingerprint",
    "avatar_sha256",
    "recheck_at",
    "rechecks",
    "gone_since",
)


def found(connection: sa.Connection, value: Found) -> Candidate:
    """Keep an account that was found; one found again is refreshed, and judged if it changed."""
    known = by_handle(connection, value.platform, value.handle)
    if known is None:
        return _insert(connection, value)
    if value.at < known.last_seen:
        return known
    profile = _merged(known.profile, value.profile)
    values: dict[str, Any] = {
        "url": value.url or known.url,
        "profile": profile,
        "last_seen": value.at,
        "pages": pages_json(value.pages),
    }
    if _face(profile) != _face(known.profile):
        values["judged_at"] = None
    _update(connection, known.id, values)
    return _must_have(connection, known.id)


def _insert(connection: sa.Connection, value: Found) -> Candidate:
    values = {
        "platform": value.platform,
        "handle": value.handle,
        "url": value.url,
        "profile": value.profile,
        "first_seen": value.at,
        "last_seen": value.at,
        "query": value.query,
        "collector": value.collector,
        "pages": pages_json(value.pages),
        "state": CandidateState.NEW.value,
    }
    number = connection.scalar(table.insert().values(values).returning(table.c.id))
    assert number is not None
    seen = {"query": value.query, "collector": value.collector, "pages": pages_json(value.pages)}
    add_candidate_event(
        connection, number, CandidateEvent(value.at, "", "found", value.profile.name, seen)
    )
    return _must_have(connection, number)


def _merged(old: Profile, new: Profile) -> Profile:
    """What a look did not show is as it was: None means "not shown", never "not there"."""
    kept = {
        name: getattr(old, name)
        for name in Profile.__dataclass_fields__
        if getattr(new, name) is None
    }
    traits = {**(old.traits or {}), **(new.traits or {})} or None
    return replace(new, **(kept | {"traits": traits}))


def _face(profile: Profile) -> dict[str, Any]:
    """What is judged: without what moves by itself, and addresses whose signatures expire."""
    face = {name: value for name, value in asdict(profile).items() if name not in _MOVING}
    traits = {k: v for k, v in (profile.traits or {}).items() if k not in _SIGNED}
    return face | {"traits": traits}


def candidate(connection: sa.Connection, number: int) -> Candidate | None:
    """One candidate by its number."""
    row = connection.execute(sa.select(table).where(table.c.id == number)).mappings().first()
    return None if row is None else _candidate(row)


def _must_have(connection: sa.Connection, number: int) -> Candidate:
    kept = candidate(connection, number)
    assert kept is not None, number
    return kept


def by_handle(connection: sa.Connection, platform: str, handle: str) -> Candidate | None:
    """The candidate of a platform's id."""
    query = sa.select(table).where(table.c.platform == platform, table.c.handle == handle)
    row = connection.execute(query).mappings().first()
    return None if row is None else _candidate(row)


def load_candidates(
    connection: sa.Connection,
    states: Iterable[CandidateState] | None = None,
    limit: int | None = None,
) -> tuple[Candidate, ...]:
    """Candidates, the last found first; in any of these states, or in all."""
    query = sa.select(table).order_by(table.c.first_seen.desc(), table.c.id.desc())
    if states is not None:
        query = query.where(table.c.state.in_([state.value for state in states]))
    rows = connection.execute(query if limit is None else query.limit(limit)).mappings()
    return tuple(_candidate(row) for row in rows)


def unjudged(connection: sa.Connection, limit: int = 500) -> tuple[Candidate, ...]:
    """Candidates that are new or changed, in the order in which they were found."""
    query = sa.select(table).where(table.c.judged_at.is_(None)).order_by(table.c.id).limit(limit)
    return tuple(_candidate(row) for row in connection.execute(query).mappings())


def judge_again(connection: sa.Connection, numbers: Iterable[int] | None = None) -> None:
    """Let these, or all, be judged at the next round: the register or the weights changed."""
    query = table.update().values(judged_at=None)
    connection.execute(query if numbers is None else query.where(table.c.id.in_(list(numbers))))


def due_for_recheck(
    connection: sa.Connection, now: datetime, limit: int = 100
) -> tuple[Candidate, ...]:
    """Candidates that are to be looked at again, the most overdue first."""
    query = sa.select(table).where(table.c.recheck_at <= now).order_by(table.c.recheck_at)
    return tuple(_candidate(row) for row in connection.execute(query.limit(limit)).mappings())


def keep_judgement(
    connection: sa.Connection,
    number: int,
    judgement: Judgement,
    state: CandidateState,
    now: datetime,
) -> None:
    """Write what the rules made of a candidate, and where that takes it."""
    values = {"judgement": asdict(judgement), "judged_at": now, "state": state.value}
    _update(connection, number, values)


def decide(
    connection: sa.Connection,
    number: int,
    state: CandidateState,
    by: str,
    reason: str,
    fingerprint: str,
    now: datetime,
    recheck_at: datetime | None = None,
) -> Candidate:
    """Write what a person, or a look at the platform, made of a candidate; audited.

    `fingerprint` is that of what it shows now: what is decided holds as long as that does.
    """
    before = _must_have(connection, number)
    values = {
        "state": state.value,
        "decided_by": by,
        "decided_at": now,
        "reason": reason,
        "fingerprint": fingerprint,
        "recheck_at": recheck_at,
        "rechecks": 0,
        "gone_since": None,
    }
    _update(connection, number, values)
    data = {"before": before.state.value, "after": state.value, "fingerprint": fingerprint}
    add_candidate_event(connection, number, CandidateEvent(now, by, state.value, reason, data))
    audit(
        connection,
        by,
        f"candidate.{state.value}",
        f"{SCOPE}{number}",
        {"state": before.state.value},
        {"state": state.value, "reason": reason},
        now,
    )
    return _must_have(connection, number)


def set_avatar(
    connection: sa.Connection, number: int, sha256: str, address: str, now: datetime
) -> None:
    """Note the picture that was fetched; another one than before lets it be judged anew.

    `address` is what names the picture at its platform (`picture_key`).
    """
    if _must_have(connection, number).avatar_sha256 != sha256:
        _update(connection, number, {"avatar_sha256": sha256, "judged_at": None})
    told = CandidateEvent(now, "", AVATAR, sha256, {"address": address})
    add_candidate_event(connection, number, told)


def pictures_kept(connection: sa.Connection) -> Mapping[int, str]:
    """What named the picture that was fetched last, by candidate."""
    query = (
        sa.select(candidate_event.c.candidate_id, candidate_event.c.data)
        .where(candidate_event.c.kind == AVATAR)
        .order_by(candidate_event.c.id)
    )
    rows = connection.execute(query)
    return {number: str((data or {}).get("address", "")) for number, data in rows}


def is_back(connection: sa.Connection, lag: timedelta) -> tuple[Candidate, ...]:
    """Closed accounts that were seen so long after they were closed."""
    closed = load_candidates(connection, (CandidateState.TAKEN_DOWN,))
    return tuple(
        each
        for each in closed
        if each.decided_at is not None and each.last_seen - each.decided_at >= lag
    )


def with_open_cases(connection: sa.Connection) -> frozenset[int]:
    """Numbers of the candidates that an open case is about."""
    query = sa.select(cases.c.account).where(
        cases.c.state == sa.literal_column(f"'{CaseState.OPEN.value}'"),
        cases.c.account.startswith(SCOPE),
    )
    return frozenset(int(key.removeprefix(SCOPE)) for key in connection.scalars(query.distinct()))


def by_numbers(connection: sa.Connection, numbers: Iterable[int]) -> tuple[Candidate, ...]:
    """The candidates of these numbers."""
    return tuple(
        _candidate(row)
        for batch in chunks(sorted(numbers))
        for row in connection.execute(sa.select(table).where(table.c.id.in_(batch))).mappings()
    )


def set_recheck(
    connection: sa.Connection,
    number: int,
    recheck_at: datetime | None,
    rechecks: int,
    gone_since: datetime | None,
) -> None:
    """Write when a candidate is looked at again, and since when it is not there."""
    values = {"recheck_at": recheck_at, "rechecks": rechecks, "gone_since": gone_since}
    _update(connection, number, values)


def _update(connection: sa.Connection, number: int, values: Mapping[str, Any]) -> None:
    connection.execute(table.update().where(table.c.id == number).values(dict(values)))


def _candidate(row: sa.RowMapping) -> Candidate:
    names = (*_SAME, *_MORE)
    return Candidate(
        profile=Profile(**row["profile"]),
        pages=to_pages(row["pages"]),
        state=CandidateState(row["state"]),
        judgement=_judgement(row["judgement"]),
        **{name: row[name] for name in names},
    )


def _judgement(value: Mapping[str, Any] | None) -> Judgement | None:
    if value is None:
        return None
    return Judgement(
        **(value | {"tier": Tier(value["tier"]), "reasons": tuple(value["reasons"])})  # type: ignore[operator]
    )


# -- history -----------------------------------------------------------------------------------


def add_candidate_event(connection: sa.Connection, number: int, event: CandidateEvent) -> None:
    """Add one line to a candidate's history."""
    connection.execute(
        candidate_event.insert().values(
            candidate_id=number,
            at=event.at,
            actor=event.actor,
            kind=event.kind,
            text=event.text,
            data=event.data,
        )
    )


def candidate_events(connection: sa.Connection, number: int) -> tuple[CandidateEvent, ...]:
    """The history of a candidate, oldest first."""
    query = (
        sa.select(candidate_event)
        .where(candidate_event.c.candidate_id == number)
        .order_by(candidate_event.c.id)
    )
    return tuple(
        CandidateEvent(row["at"], row["actor"], row["kind"], row["text"], row["data"] or {})
        for row in connection.execute(query).mappings()
    )
