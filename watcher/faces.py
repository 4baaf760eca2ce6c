"""The face of an account, field by field: what it shows, since when, and what was accepted. Pure.

A reading that shows something else is only an oddity until a second one shows the same, with none
between that showed the old. What a reading does not show is unknown and never differs. Sources
spell the same face in their own ways; so a source that comes new says nothing of a change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from watcher.canonical import Value, picture_key, same
from watcher.model import ATTEST, PASTED, PUSHED, Coverage, PageRef, Profile, Snapshot

# Fields of Profile that make the face, with the words of the offices.
FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "name": "账号名称",
        "handle": "平台账号标识",
        "verified": "认证状态",
        "verified_type": "认证类型",
        "verified_as": "认证主体",
        "bio": "简介",
        "avatar": "头像",
    }
)
CONFIRMING = 2  # equal observations that make a change
KNOWN = 5  # past states remembered
PICTURES = 8  # addresses of avatars of which we keep what came from them
_PAGES = 2  # kept of a look


@dataclass(frozen=True, slots=True)
class Glance:
    """One reading that showed a state: when, which source, which bytes."""

    at: datetime
    source: str
    pages: tuple[PageRef, ...] = ()


@dataclass(frozen=True, slots=True)
class State:
    """A value that was shown: how often in a row, how often by complete readings, when last.

    `proof` are the first two looks that showed it; empty where it was taken from paper.
    """

    value: Value
    looks: int
    full: int
    last: datetime
    proof: tuple[Glance, ...] = ()

    @property
    def since(self) -> datetime:
        return self.proof[0].at if self.proof else self.last

    @property
    def confirmed(self) -> bool:
        return self.looks >= CONFIRMING


@dataclass(frozen=True, slots=True)
class Past:
    """A state that is over and was not the accepted one; an unconfirmed one was an oddity."""

    value: Value
    last: datetime
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Feature:
    """One field: what it shows; what it may be about to show; what it showed before, unaccepted.

    `by` are the sources that showed `now`, each with its own spelling where that differs.
    """

    now: State
    next: State | None = None
    past: tuple[Past, ...] = ()  # newest first
    by: Mapping[str, Value | None] = field(default_factory=dict)
    was: State | None = None  # the accepted state that it showed last before


@dataclass(frozen=True, slots=True)
class Picture:
    """What came from an address of an avatar, and what it looks like.

    A look is named by the SHA-256 of the first picture that was known to look so. `why` says what
    was wrong with what came last; then `tries` such answers came in a row.
    """

    at: datetime
    sha256: str = ""  # of the last picture that came; "": none ever did
    look: str = ""
    apart: tuple[str, ...] = ()  # looks that this surely is not
    bits: str = ""  # of its print (watcher/pictures.py)
    times: int = 0  # pictures of this look in a row
    tries: int = 0
    why: str = ""

    @property
    def sure(self) -> bool:
        return self.times >= CONFIRMING


@dataclass(frozen=True, slots=True)
class Face:
    """All fields ever shown, and how many readings showed the present version of the face.

    `pictures` are by the key of their address (`picture_key`).
    """

    features: Mapping[str, Feature] = field(default_factory=dict)
    looks: int = 0
    pictures: Mapping[str, Picture] = field(default_factory=dict)


NO_FACE = Face()


# -- looking ---------------------------------------------------------------------------------


def observe(face: Face, seen: Snapshot, accepted: Mapping[str, Value], renewed: bool) -> Face:
    """The face after a reading of ours; what people and events tell shows no face.

    `renewed`: the reading began a new version of the profile.
    """
    shown = seen.sighting.profile
    if shown is None or seen.source in (ATTEST, PUSHED) or seen.source.startswith(PASTED):
        return face
    glance = Glance(seen.at, seen.source, seen.pages[:_PAGES])
    full = seen.sighting.coverage is Coverage.COMPLETE
    features = dict(face.features)
    for name in FIELDS:
        value = shown_in(shown, name)
        if value is not None:
            old = features.get(name)
            features[name] = _after(name, old, value, glance, full, accepted.get(name))
    return replace(face, features=features, looks=1 if renewed else face.looks + 1)


def shown_in(profile: Profile, name: str) -> Value | None:
    """What a profile shows in a field; None where it shows nothing, for blank says nothing."""
    value: Value | None = getattr(profile, name)
    return None if isinstance(value, str) and not value.strip() else value


def _after(
    name: str, old: Feature | None, value: Value, look: Glance, full: bool, accepted: Value | None
) -> Feature:
    if old is None:
        return Feature(_begun(value, look, full), by={look.source: None})
    if look.at <= max(old.now.last, old.next.last if old.next else old.now.last):
        return old
    own = old.by.get(look.source)
    if same(name, old.now.value, value) or (own is not None and same(name, own, value)):
        return _again(name, old, look, full, accepted)
    stranger = look.source not in old.by and name != "name"
    if stranger and not (accepted is not None and same(name, accepted, value)):
        return replace(old, by={**old.by, look.source: value})
    pending = old.next
    if pending is None or not same(name, pending.value, value):
        past = _past(name, old.past, pending, accepted)
        return replace(old, next=_begun(value, look, full), past=past)
    coming = _counted(pending, look, full)
    if not coming.confirmed:
        return replace(old, next=coming)
    allowed = accepted is not None and same(name, accepted, old.now.value)
    past = _past(name, old.past, old.now, accepted)
    return Feature(coming, None, past, {look.source: None}, was=old.now if allowed else old.was)


def _begun(value: Value, look: Glance, full: bool) -> State:
    return State(value, 1, int(full), look.at, (look,))


def _again(name: str, old: Feature, look: Glance, full: bool, accepted: Value | None) -> Feature:
    by = old.by if look.source in old.by else {**old.by, look.source: None}
    past = _past(name, old.past, old.next, accepted)
    return Feature(_counted(old.now, look, full), None, past, by, old.was)


def _counted(state: State, look: Glance, full: bool) -> State:
    proof = (*state.proof, look) if len(state.proof) < CONFIRMING else state.proof
    return State(state.value, state.looks + 1, state.full + full, look.at, proof)


def _past(
    name: str, past: tuple[Past, ...], left: State | None, accepted: Value | None
) -> tuple[Past, ...]:
    """The past states with the one that just ended; what is accepted needs no remembering."""
    if left is None or accepted is None or same(name, accepted, left.value):
        return past
    sure = left.confirmed or any(p.confirmed and same(name, p.value, left.value) for p in past)
    others = (each for each in past if not same(name, each.value, left.value))
    return (Past(left.value, left.last, sure), *others)[:KNOWN]


# -- pictures --------------------------------------------------------------------------------


def looks_alike(face: Face, before: Value, after: Value) -> bool | None:
    """Whether the avatars at two addresses are one picture; None where that is not proved.

    They are where the bytes or the looks are equal; they are not where two pictures from each
    address were alike and those of the one surely are not those of the other.
    """
    one, other = (face.pictures.get(picture_key(str(each))) for each in (before, after))
    if one is None or other is None or not (one.look and other.look):
        return None
    if one.look == other.look:
        return True
    apart = one.look in other.apart or other.look in one.apart
    return False if apart and one.sure and other.sure else None


def pictured(face: Face, address: str, new: Picture, accepted: Value | None) -> Face:
    """The face with what came from an address; of old addresses only the last are remembered."""
    key, old = picture_key(address), face.pictures.get(picture_key(address))
    if old is not None and not new.sha256:
        new = replace(old, at=new.at, tries=old.tries + 1, why=new.why)
    elif old is not None and old.look == new.look:
        apart = tuple(dict.fromkeys((*old.apart, *new.apart)))
        new = replace(new, times=old.times + 1, apart=apart)
    others = {name: each for name, each in face.pictures.items() if name != key}
    needed = {picture_key(str(each)) for each in (accepted, *_addresses(face)) if each is not None}
    spare = sorted(others.keys() - needed, key=lambda name: others[name].at)
    for name in spare[: max(0, len(others) + 1 - PICTURES)]:
        del others[name]
    return replace(face, pictures={**others, key: new})


def _addresses(face: Face) -> Iterator[Value]:
    """The addresses of the avatar that the face shows, or is about to show."""
    feature = face.features.get("avatar")
    if feature is not None:
        yield feature.now.value
        if feature.next is not None:
            yield feature.next.value
