"""Whether a new post is another version of one that was taken down. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from rapidfuzz import fuzz

from watcher.model import StoredPost

SOON = timedelta(days=7)  # a new version comes at the latest so long after the old one went
ALIKE = 90.0  # of 100
_SHORTEST = 6  # signs: shorter titles are alike by chance


def alike(one: str, other: str) -> bool:
    """Whether two titles are versions of one text."""
    a, b = "".join(one.split()), "".join(other.split())
    if min(len(a), len(b)) < _SHORTEST:
        return False
    return fuzz.ratio(a, b, score_cutoff=ALIKE) >= ALIKE


def is_version(
    title: str, first_seen: datetime, old_title: str, old_seen: datetime, missing_since: datetime
) -> bool:
    """Whether a post first seen then is a version of one that was missed from then on.

    The old one was last missed at most SOON before the new one came, and came before it. They are
    missed and seen by readings, so that both may happen in one.
    """
    return (
        old_seen < first_seen
        and abs(first_seen - missing_since) <= SOON
        and alike(title, old_title)
    )


def replaces(stored: StoredPost, others: Iterable[StoredPost]) -> bool:
    """Whether a post follows one that was taken down: then its text is older than itself."""
    if stored.follows:
        return True
    return any(
        is_version(
            stored.post.title,
            stored.first_seen,
            other.post.title,
            other.first_seen,
            other.missing_since,
        )
        for other in others
        if other.missing_since is not None and other.post.id != stored.post.id
    )
