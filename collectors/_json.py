"""What a reading said, as JSON: for `watcher replay --json` and for tests' expected.json.

Every key is always there; moments are ISO 8601 in UTC; what was not read is null.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from watcher.model import CollectError, Hits, Post, Profile, Sighting, Trouble

_OUTCOMES = {Trouble.GONE: "gone", Trouble.BANNED: "banned"}


def sighting_json(sighting: Sighting) -> dict[str, Any]:
    """A successful reading. `last_post_at` is the time of the newest post, pinned or not."""
    newest = max(sighting.posts, key=lambda post: post.latest, default=None)
    return {
        "outcome": "seen",
        "trouble": None,
        "detail": None,
        "coverage": sighting.coverage.value,
        "reaches": _moment(sighting.reaches),
        "until": _moment(sighting.until),
        "profile": _profile(sighting.profile),
        "posts": [_post(post) for post in sighting.posts],
        "last_post_at": _moment(newest.at) if newest else None,
    }


def trouble_json(error: CollectError) -> dict[str, Any]:
    """A reading that did not see: gone and banned are answers, the rest is `failed`."""
    return {
        "outcome": _OUTCOMES.get(error.trouble, "failed"),
        "trouble": error.trouble.value,
        "detail": error.detail,
        "coverage": None,
        "reaches": None,
        "until": None,
        "profile": None,
        "posts": [],
        "last_post_at": None,
    }


def _moment(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat() if at else None


def _profile(profile: Profile | None) -> dict[str, Any] | None:
    if profile is None:
        return None
    return {
        "handle": profile.handle,
        "name": profile.name,
        "bio": profile.bio,
        "avatar": profile.avatar,
        "verified": profile.verified,
        "verified_type": profile.verified_type,
        "verified_as": profile.verified_as,
        "followers": profile.followers,
        "post_count": profile.post_count,
        "traits": dict(profile.traits) if profile.traits else None,
    }


def _post(post: Post) -> dict[str, Any]:
    return {
        "id": post.id,
        "at": _moment(post.at),
        "title": post.title,
        "url": post.url,
        "repost": post.repost,
        "pinned": post.pinned,
        "edited_at": _moment(post.edited_at),
        "day_only": post.day_only,
    }


def hits_json(hits: Hits) -> dict[str, Any]:
    """What a search that was answered showed."""
    return {
        "outcome": "searched",
        "trouble": None,
        "detail": hits.detail or None,
        "complete": hits.complete,
        "profiles": [_profile(profile) for profile in hits.profiles],
    }


def blind_json(error: CollectError) -> dict[str, Any]:
    """A search that could not see: never the same as one that found nobody."""
    return {
        "outcome": "not_searched",
        "trouble": error.trouble.value,
        "detail": error.detail,
        "complete": False,
        "profiles": [],
    }
