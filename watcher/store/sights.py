"""What one reading adds to what we know; pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from operator import attrgetter, is_
from typing import Any

from watcher.model import (
    ATTEST,
    PASTED,
    PUSHED,
    Coverage,
    Failure,
    Look,
    Outcome,
    PageRef,
    Post,
    Profile,
    Sight,
    Sighting,
    Snapshot,
    StoredPost,
    Trouble,
)
from watcher.personal import covered as covered_title
from watcher.store.absences import came_back, missed
from watcher.store.columns import dumps, trim

_SKEW = timedelta(minutes=5)  # a server's clock may be that much ahead of ours
_MINUTE = timedelta(minutes=1)  # people tell a time to the minute
_BLIND = timedelta(days=1)  # readings were good: the last complete one is no older than this
_HIDDEN = timedelta(days=2)  # and what we know reaches back at least so far
_BEGINNING = datetime.min.replace(tzinfo=UTC)
_TITLE, _URL, _ID, _DETAIL = 300, 2000, 200, 1000  # characters kept
_values_of = attrgetter(*Post.__dataclass_fields__)
_MOST_TRAITS = 20
_MOST = 2**53  # a larger count is nonsense, and more than a column holds


def unasked(source: str) -> bool:
    """Whether a source speaks by itself: people and events, which say nothing about our reading."""
    return source in (ATTEST, PUSHED) or source.startswith(PASTED)


def advance(
    sight: Sight,
    outcome: Outcome,
    attested_until: datetime | None = None,
    ended: bool = False,
) -> Sight:
    """What we know after this reading.

    Only a complete reading extends the covered stretch; a gap between the old stretch and the new
    one is never bridged: the later of the two is kept. The stretch never moves back.
    `attested_until` is how long an attestation holds, where this is one. `ended`: on paper the
    account is deregistered, so that being seen after an absence is a return to be remembered.
    """
    at = outcome.at
    looks = _looks(sight, outcome)
    sight = replace(sight, last_reading_at=_later(sight.last_reading_at, at), looks=looks)
    if isinstance(outcome, Failure):
        return replace(
            missed(sight, outcome),
            trouble=outcome.trouble,
            trouble_detail=outcome.detail,
            trouble_since=sight.trouble_since if sight.trouble else at,
            failures=sight.failures + 1,
        )
    vouched = attested_until if outcome.source == ATTEST else _still_attested(sight, outcome)
    told = _told(sight, outcome) if unasked(outcome.source) else _read(sight, outcome)
    seen = replace(
        told,
        absent_before=came_back(sight, told.absent_since is None) if ended else None,
        last_success_at=_later(sight.last_success_at, at),
        last_post=_last(sight, outcome),
        attested_until=vouched,
    )
    stretch = covered(sight, outcome)
    if stretch is None:
        return seen
    seen = replace(seen, covered_from=stretch[0], covered_to=stretch[1], pages=outcome.pages)
    if outcome.source == ATTEST:
        return seen
    return replace(seen, listed=len(outcome.sighting.posts), listed_usual=_usual(sight))


def _last(sight: Sight, outcome: Snapshot) -> Post | None:
    """The last post known now, its title covered as in all posts that the store hands out."""
    last = newest((sight.last_post, *outcome.sighting.posts), outcome.at + _SKEW)
    return last and covered_title(last)


def _read(sight: Sight, outcome: Snapshot) -> Sight:
    return replace(
        sight,
        # A partial source that stood in for a better one: posts were seen, silence was not.
        trouble=outcome.trouble,
        trouble_detail=outcome.detail,
        trouble_since=(sight.trouble_since or outcome.at) if outcome.trouble else None,
        failures=0,
        absent_since=None,
        absent_looks=0,
        absent_by={},
        absent_last=None,
        banned=None,
        absent_pages=(),
        source=outcome.source,
    )


def _told(sight: Sight, outcome: Snapshot) -> Sight:
    """What is heard from a person or an event leaves our own trouble with the account as it is.

    An article outlives its account, so a pasted link says nothing against an absence.
    """
    only_posts = outcome.sighting.coverage is Coverage.PARTIAL and sight.source
    present = not outcome.source.startswith(PASTED)
    return replace(
        sight,
        source=sight.source if only_posts else outcome.source,
        absent_since=None if present else sight.absent_since,
        absent_looks=0 if present else sight.absent_looks,
        absent_by={} if present else sight.absent_by,
        absent_last=None if present else sight.absent_last,
        banned=None if present else sight.banned,
        absent_pages=() if present else sight.absent_pages,
    )


def _still_attested(sight: Sight, outcome: Snapshot) -> datetime | None:
    """Until when a person's word holds after this reading; None where the reading ends it.

    A complete list overrules it. A partial one does so only with a post that the person ought to
    have seen: else an account that is read in part could never be vouched for.
    """
    if sight.attested_until is None or outcome.sighting.coverage is Coverage.COMPLETE:
        return None
    said = sight.pages[0].at if sight.pages else outcome.at
    after = sight.last_post.latest + _MINUTE if sight.last_post else _BEGINNING
    missed = any(after < post.at <= said for post in outcome.sighting.posts)
    return None if missed else sight.attested_until


def _looks(sight: Sight, outcome: Outcome) -> tuple[Look, ...]:
    """The looks of the last reading, and the last that each person or event told us."""
    looks = outcome.looks
    if not looks and isinstance(outcome, Snapshot) and unasked(outcome.source):
        last = max((post.latest for post in outcome.sighting.posts), default=None)
        result, posts = outcome.sighting.coverage.value, len(outcome.sighting.posts)
        looks = (Look(outcome.source, result, outcome.detail, posts, last),)
    looks = tuple(replace(look, at=outcome.at) if look.result else look for look in looks)
    if unasked(outcome.source):
        return (*(look for look in sight.looks if look.source != outcome.source), *looks)
    return (*looks, *(look for look in sight.looks if unasked(look.source)))


def _usual(sight: Sight) -> int | None:
    """How many posts the complete lists before showed at their best; what is long ago fades."""
    if sight.listed is None or sight.listed_usual is None:
        return sight.listed
    return max(sight.listed, round(sight.listed_usual * 0.9))


def covered(sight: Sight, snapshot: Snapshot) -> tuple[datetime | None, datetime] | None:
    """The stretch known after a reading, or None where the reading leaves it as it was."""
    sighting = snapshot.sighting
    if sighting.coverage is not Coverage.COMPLETE:
        return None
    start, end = sighting.reaches, sighting.until or snapshot.at
    if start is not None and start > end:
        return None
    if sight.covered_to is None:
        return start, end
    low, old = start or _BEGINNING, sight.covered_from or _BEGINNING
    if low > sight.covered_to:
        return start, end
    if end < old:
        return None
    union = min(low, old)
    return None if union == _BEGINNING else union, max(end, sight.covered_to)


def newest(posts: Iterable[Post | None], limit: datetime) -> Post | None:
    """The post that can have been published last; one dated after `limit` is not believed yet."""
    best = None
    for post in posts:
        if post is None or post.at > limit:
            continue
        same = best is not None and (post.id, post.latest) == (best.id, best.latest)
        if best is None or same or post.latest > best.latest:
            best = post
    return best


def last_seen(sight: Sight, posts: Iterable[StoredPost], at: datetime) -> Sight:
    """The sight with the last of these posts for its last, as a reading at `at` believes them."""
    return replace(sight, last_post=newest((stored.post for stored in posts), at + _SKEW))


def backdatable(sight: Sight, covered_by: str | None, post: Post, snapshot: Snapshot) -> bool:
    """Whether a post seen for the first time ought to have been seen before, had it been there.

    `sight` is what was known before this reading. True where the same source had read everything
    from two days ago or longer until a day ago or less, and until after the claimed time.
    """
    end, first_seen = sight.covered_to, snapshot.at
    if end is None or covered_by != snapshot.source:
        return False
    if snapshot.sighting.coverage is not Coverage.COMPLETE or snapshot.source == ATTEST:
        return False
    start = sight.covered_from or _BEGINNING
    return (
        start <= min(post.at, first_seen - _HIDDEN)
        and end > post.latest
        and end >= first_seen - _BLIND
    )


def fingerprint(snapshot: Snapshot) -> bytes:
    """Equal for two readings that show the same posts and the same face, whatever the moment."""
    sighting = snapshot.sighting
    face = sighting.profile and replace(sighting.profile, followers=None, post_count=None)
    shown = (snapshot.source, sighting.coverage, sighting.reaches, face, sighting.posts)
    return hashlib.blake2b(dumps(shown), digest_size=12).digest()


def tidy(outcome: Outcome) -> Outcome:
    """The outcome as the store can keep it: whole milliseconds, storable text, bounded lengths.

    A sighting that holds what cannot be kept (a time without a zone) becomes `unreadable`.
    """
    at, pages = trim(outcome.at), tuple(_page(page) for page in outcome.pages)
    looks = tuple(replace(look, detail=_text(look.detail, _URL)) for look in outcome.looks)
    if isinstance(outcome, Failure):
        detail = _text(outcome.detail, _DETAIL)
        return replace(outcome, at=at, pages=pages, detail=detail, looks=looks)
    try:
        sighting = _sighting(outcome.sighting)
    except (TypeError, ValueError, OverflowError, AttributeError) as error:
        detail = _text(f"the collector returned what cannot be kept: {error}", _DETAIL)
        return Failure(
            outcome.account, at, Trouble.UNREADABLE, detail, outcome.source, pages, looks=looks
        )
    return replace(outcome, at=at, pages=pages, sighting=sighting, looks=looks)


def _sighting(value: Sighting) -> Sighting:
    posts = {post.id: post for post in map(_post, value.posts)}
    return Sighting(
        profile=value.profile and _profile(value.profile),
        posts=tuple(posts.values()),
        coverage=Coverage(value.coverage),
        reaches=value.reaches and trim(value.reaches),
        until=value.until and trim(value.until),
    )


def _post(post: Post) -> Post:
    ident = _text(post.id, None)
    if len(ident) > _ID:
        ident = "sha256:" + hashlib.sha256(ident.encode()).hexdigest()
    values = (
        ident,
        trim(post.at),
        _text(post.title, _TITLE),
        None if post.url is None else _text(post.url, _URL),
        bool(post.repost),
        bool(post.pinned),
        None if post.edited_at is None else trim(post.edited_at),
        bool(post.day_only),
    )
    untouched = all(map(is_, values, _values_of(post)))
    return post if untouched else Post(*values)


def _profile(face: Profile) -> Profile:
    texts: dict[str, Any] = {
        name: None if (value := getattr(face, name)) is None else _text(value, _URL)
        for name in ("handle", "name", "bio", "avatar", "verified_type", "verified_as")
    }
    return replace(
        face,
        followers=_number(face.followers),
        post_count=_number(face.post_count),
        traits=_traits(face.traits) if face.traits else None,
        **texts,
    )


def _traits(traits: Mapping[str, str]) -> dict[str, str]:
    """So many of them, each so long; in one order, so that equal ones look equal."""
    kept = sorted(traits.items())[:_MOST_TRAITS]
    return {_text(name, _ID): _text(str(value), _TITLE) for name, value in kept}


def _page(page: PageRef) -> PageRef:
    return PageRef(_text(page.url, _URL), page.status, page.sha256, trim(page.at))


def _number(value: int | None) -> int | None:
    return None if value is None else max(0, min(int(value), _MOST))


def _text(value: str, most: int | None) -> str:
    """Text that both databases take: no NUL, no half of a surrogate pair."""
    try:
        value.encode()
    except UnicodeEncodeError:
        value = value.encode("utf-8", "replace").decode()
    if "\0" in value:
        value = value.replace("\0", "\N{REPLACEMENT CHARACTER}")
    return value if most is None or len(value) <= most else value[: most - 1] + "…"


def _later(old: datetime | None, new: datetime) -> datetime:
    return new if old is None or new > old else old
