"""How long a face has shown what it shows; a trait that comes up begins it anew."""

from __future__ import annotations

from datetime import datetime

from tests.store.given import HOUR, T0, failure, partial, read, register
from watcher.model import Profile
from watcher.store import Database, dossiers


def shown(db: Database, hours: int, **traits: str) -> datetime | None:
    """Since when the face stands after a reading that shows these traits."""
    face = Profile("1", "三亚政务通", traits=traits or None)
    seen = read(db, partial(T0 + hours * HOUR, profile=face))
    with db.read() as c:
        kept = dossiers(c, ["weibo-1"])["weibo-1"]
    assert kept.profile_since == seen.profile_since
    since: datetime | None = seen.profile_since
    return since


def test_a_trait_that_comes_up_begins_the_face_anew(db: Database) -> None:
    register(db)
    assert shown(db, 1) == T0 + HOUR
    assert shown(db, 2, ipv6="no") == T0 + 2 * HOUR
    assert shown(db, 3, ipv6="no") == T0 + 2 * HOUR


def test_what_another_source_shows_stays_and_begins_nothing(db: Database) -> None:
    register(db)
    assert shown(db, 1, version="1.0", ipv6="no") == T0 + HOUR
    assert shown(db, 2, version="1.0") == T0 + HOUR
    assert read(db, failure(T0 + 3 * HOUR)).profile_since == T0 + HOUR
    assert shown(db, 4, ipv6="no") == T0 + HOUR
    assert shown(db, 5, version="1.1") == T0 + 5 * HOUR
    assert shown(db, 6, ipv6="yes") == T0 + 6 * HOUR


def test_an_account_never_seen_has_no_face(db: Database) -> None:
    register(db)
    assert read(db, failure(T0 + HOUR)).profile_since is None
