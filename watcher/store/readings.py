"""Writing down what readings brought: many at a time, and only what they changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from watcher.faces import CONFIRMING, NO_FACE, Face, observe
from watcher.model import Dossier, FiledState, Outcome, Profile, Sight, Snapshot
from watcher.store.attestations import refuted
from watcher.store.columns import EPOCH, day_of
from watcher.store.faces import face_json, to_face
from watcher.store.papers import to_paper
from watcher.store.posts import (
    Shown,
    count_looks,
    merged,
    recent_posts,
    renewed,
    write_posts,
    write_profiles,
)
from watcher.store.prepared import prepared
from watcher.store.rows import (
    DOSSIER,
    absence_json,
    chunks,
    looks_json,
    pages_json,
    post_json,
    to_account,
    to_profile,
    to_sight,
)
from watcher.store.schema import DAILY_COUNTS, account, daily, reading, watch
from watcher.store.sights import advance, covered, fingerprint, last_seen, tidy
from watcher.store.stretches import begins, note_stretches, prune_stretches

POSTS_DAYS = 200  # a dossier's posts reach back so far


@dataclass(frozen=True, slots=True)
class Reading:
    """One outcome, and the lease under which it was read (None: by hand, whoever holds it)."""

    account_key: str
    outcome: Outcome
    lease_owner: str | None = None
    validators: Mapping[str, Any] | None = None  # by URL; None: those kept from before stay
    attested_until: datetime | None = None  # how long an attestation holds


@dataclass(frozen=True, slots=True)
class _Step:
    """One account's row before, and what the reading makes of it."""

    row: sa.RowMapping
    reading: Reading
    outcome: Outcome
    before: Sight
    sight: Sight
    old_profile: Profile | None
    profile: Profile | None
    hash: bytes | None
    face: Face | None

    @property
    def profile_since(self) -> datetime | None:
        """Since when the face has been as it is after this reading."""
        since: datetime | None = self.row["profile_since"]
        return self.outcome.at if renewed(self.old_profile, self.profile) else since

    @property
    def is_news(self) -> bool:
        """Whether posts and face need writing: they differ, or were last noted on another day."""
        if not isinstance(self.outcome, Snapshot):
            return False
        same = self.hash == self.row["sighting_hash"]
        return not same or self.row["listed_on"] != day_of(self.outcome.at)


def record(
    connection: sa.Connection, results: Sequence[Reading], now: datetime
) -> Mapping[str, Dossier]:
    """Write down readings, and return the dossiers after them, by account key.

    A result whose lease has passed to another, or whose account is unknown, is dropped.
    """
    done: dict[str, Dossier] = {}
    for wave in _waves(results):
        done.update(_record(connection, wave, now))
    return done


def dossiers(
    connection: sa.Connection, keys: Iterable[str], now: datetime | None = None
) -> Mapping[str, Dossier]:
    """The dossiers of these accounts; posts reach back from `now`, else from the last reading."""
    found = {}
    for batch in chunks(dict.fromkeys(keys)):
        rows = _load(connection, batch)
        steps = [
            (row, to_sight(row), to_profile(row), row["profile_since"], to_face(row["face"]))
            for row in rows.values()
        ]
        found.update(_assemble(connection, steps, now))
    return found


def _waves(results: Sequence[Reading]) -> Iterable[list[Reading]]:
    """Batches in which each account comes but once, in the order given."""
    rest = list(results)
    while rest:
        wave: dict[str, Reading] = {}
        later = []
        for one in rest:
            if one.account_key in wave or len(wave) == 500:
                later.append(one)
            else:
                wave[one.account_key] = one
        yield list(wave.values())
        rest = later


def _record(
    connection: sa.Connection, wave: Sequence[Reading], now: datetime
) -> Mapping[str, Dossier]:
    rows = _load(connection, [one.account_key for one in wave])
    steps = [_step(rows[one.account_key], one) for one in wave if _owns(rows, one)]
    if not steps:
        return {}
    shown = [_shown(step, step.outcome) for step in steps if step.is_news]
    write_posts(connection, shown)
    write_profiles(connection, shown)
    count_looks(connection, [looked for step in steps for looked in _looked(step)])
    steps = _corrected(connection, steps)
    _LOG[connection.dialect.name](connection, [_log_row(step) for step in steps])
    _COUNT[connection.dialect.name](connection, [_daily_row(step) for step in steps])
    _UPDATE(connection, [_watch_row(step) for step in steps])
    begun = [step for step in steps if begins(step.before, step.sight)]
    note_stretches(connection, [(s.row["account_id"], s.before, s.outcome.at) for s in begun])
    known = [(s.row, s.sight, s.profile, s.profile_since, s.face) for s in steps]
    return _assemble(connection, known, now)


def _corrected(connection: sa.Connection, steps: Sequence[_Step]) -> list[_Step]:
    """The steps without the posts that a person told of and a complete list does not show."""
    lists = [(s.row["account_id"], s.outcome) for s in steps if isinstance(s.outcome, Snapshot)]
    untrue = refuted(connection, lists)
    last = [step for step in steps if _last_is_in(step, untrue)]
    real = recent_posts(connection, [step.row["account_id"] for step in last], EPOCH)
    fixed = {id(step): real.get(step.row["account_id"], ()) for step in last}
    return [
        replace(step, sight=last_seen(step.sight, fixed[id(step)], step.outcome.at))
        if id(step) in fixed
        else step
        for step in steps
    ]


def _last_is_in(step: _Step, untrue: Mapping[int, Collection[str]]) -> bool:
    last = step.sight.last_post
    return last is not None and last.id in untrue.get(step.row["account_id"], ())


def _owns(rows: Mapping[str, sa.RowMapping], one: Reading) -> bool:
    row = rows.get(one.account_key)
    return row is not None and one.lease_owner in (None, row["lease_owner"])


def _load(connection: sa.Connection, keys: list[str]) -> dict[str, sa.RowMapping]:
    rows = connection.execute(_LOAD, {"keys": keys}).mappings()
    return {row["key"]: row for row in rows}


_LOAD = DOSSIER.where(account.c.key.in_(sa.bindparam("keys", expanding=True)))


def _step(row: sa.RowMapping, one: Reading) -> _Step:
    outcome, before, profile = tidy(one.outcome), to_sight(row), to_profile(row)
    seen = outcome if isinstance(outcome, Snapshot) else None
    now = merged(profile, seen.sighting.profile) if seen else profile
    face = to_face(row["face"])
    if seen:
        accepted = (row["paper"] or {}).get("accepted", {})
        face = observe(face or NO_FACE, seen, accepted, renewed(profile, now))
    ended = row["filed_state"] == FiledState.DEREGISTERED.value
    return _Step(
        row=row,
        reading=one,
        outcome=outcome,
        before=before,
        sight=advance(before, outcome, one.attested_until, ended),
        old_profile=profile,
        profile=now,
        hash=fingerprint(seen) if seen else row["sighting_hash"],
        face=face,
    )


def _shown(step: _Step, outcome: Outcome) -> Shown:
    assert isinstance(outcome, Snapshot)
    row = step.row
    return Shown(row["account_id"], outcome, step.before, row["covered_by"], step.old_profile)


def _assemble(
    connection: sa.Connection,
    steps: Iterable[tuple[sa.RowMapping, Sight, Profile | None, datetime | None, Face | None]],
    now: datetime | None,
) -> dict[str, Dossier]:
    steps = list(steps)
    readings = [sight.last_reading_at for _, sight, *_ in steps if sight.last_reading_at]
    if now is None and not readings:
        posts = {}
    else:
        since = (now or min(readings)) - timedelta(days=POSTS_DAYS)
        posts = recent_posts(connection, [row["account_id"] for row, *_ in steps], since)
    return {
        row["key"]: Dossier(
            to_account(row),
            sight,
            posts.get(row["account_id"], ()),
            profile,
            profile_since,
            to_paper(row["paper"]),
            face,
        )
        for row, sight, profile, profile_since, face in steps
    }


def _looked(step: _Step) -> Iterable[tuple[int, int, datetime]]:
    """How many readings showed the face, when that is worth writing down: a second look confirms
    it; later ones are noted once a day."""
    if step.face is None or not isinstance(step.outcome, Snapshot):
        return
    if step.face.looks == CONFIRMING or (step.is_news and step.face.looks > CONFIRMING):
        yield step.row["account_id"], step.face.looks, step.outcome.at


def outcome_name(outcome: Outcome) -> str:
    """How a reading ended, as it is counted: its coverage or its trouble; one of DAILY_COUNTS."""
    if isinstance(outcome, Snapshot):
        return outcome.sighting.coverage.value
    return outcome.trouble.value


def _followers(step: _Step) -> int | None:
    if isinstance(step.outcome, Snapshot) and step.outcome.sighting.profile:
        return step.outcome.sighting.profile.followers
    return None


def _log_row(step: _Step) -> dict[str, Any]:
    outcome = step.outcome
    return {
        "account_id": step.row["account_id"],
        "at": outcome.at,
        "outcome": DAILY_COUNTS.index(outcome_name(outcome)),
        "source": outcome.source or None,
        "detail": None if isinstance(outcome, Snapshot) else outcome.detail,
    }


def _daily_row(step: _Step) -> dict[str, Any]:
    counts = dict.fromkeys(DAILY_COUNTS, 0)
    counts[outcome_name(step.outcome)] = 1
    return {
        "account_id": step.row["account_id"],
        "day": day_of(step.outcome.at),
        "followers": _followers(step),
        **counts,
    }


def _watch_row(step: _Step) -> dict[str, Any]:
    sight, row, outcome = step.sight, step.row, step.outcome
    extended = isinstance(outcome, Snapshot) and covered(step.before, outcome) is not None
    values = step.reading.validators
    return {
        "b_account": row["account_id"],
        "covered_from": sight.covered_from,
        "covered_to": sight.covered_to,
        "covered_by": outcome.source if extended else row["covered_by"],
        "last_reading_at": sight.last_reading_at,
        "last_success_at": sight.last_success_at,
        "trouble": sight.trouble and sight.trouble.value,
        "trouble_detail": sight.trouble_detail,
        "trouble_since": sight.trouble_since,
        "failures": sight.failures,
        "source": sight.source,
        "pages": pages_json(sight.pages) if extended else row["pages"],
        "last_post": sight.last_post and post_json(sight.last_post),
        "last_post_at": sight.last_post and sight.last_post.at,
        "sighting_hash": step.hash,
        "listed_on": day_of(outcome.at) if isinstance(outcome, Snapshot) else row["listed_on"],
        "followers": step.profile and step.profile.followers,
        "post_count": step.profile and step.profile.post_count,
        "validators": row["validators"] if values is None else values,
        "looks": looks_json(sight.looks),
        "face": step.face and face_json(step.face),
        "absent_since": sight.absent_since,
        "absent_looks": sight.absent_looks,
        "absent_by": dict(sight.absent_by) or None,
        "absent_last": sight.absent_last,
        "banned": absence_json(sight.banned),
        "absent_pages": pages_json(sight.absent_pages) or None,
        "absent_before": absence_json(sight.absent_before),
        "attested_until": sight.attested_until,
        "listed": sight.listed,
        "listed_usual": sight.listed_usual,
    }


# the columns to set are those of _watch_row
_UPDATE = prepared(watch.update().where(watch.c.account_id == sa.bindparam("b_account")))


def _count(insert: Any) -> Any:
    statement = insert(daily)
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["account_id", "day"],
        set_={name: daily.c[name] + new[name] for name in DAILY_COUNTS}
        | {"followers": sa.func.coalesce(new.followers, daily.c.followers)},
    )


_INSERT: Mapping[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_COUNT = {name: prepared(_count(insert)) for name, insert in _INSERT.items()}
_LOG = {
    name: prepared(insert(reading).on_conflict_do_nothing()) for name, insert in _INSERT.items()
}


def prune(connection: sa.Connection, now: datetime, days: int = 90) -> int:
    """Drop log rows of readings older than so many days; returns how many.

    The daily counts stay, and the stretches of the last four years, which prove silence in reports.
    Alert history and posts are never pruned.
    """
    prune_stretches(connection, now)
    old = reading.c.at < now - timedelta(days=days)
    return connection.execute(reading.delete().where(old)).rowcount
