"""What candidates are held against: the register, what its accounts show, names and pictures."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from watcher import store
from watcher.candidates import Candidate
from watcher.discovery import Searches, known_of
from watcher.evidence import place
from watcher.model import Account
from watcher.names.normal import skeleton
from watcher.pictures import NotAPictureError
from watcher.portraits import Portrait, portrait_of
from watcher.rules.impersonation import fingerprint
from watcher.rules.suspicion import Grounds, Known, Weights, family
from watcher.store import Connection
from watcher.store.takedowns import register_faces
from watcher.whose import ids_of

if TYPE_CHECKING:
    from watcher.names.index import Names

log = logging.getLogger(__name__)

_PORTRAITS = 4096  # pictures whose looks are remembered


@dataclass(slots=True)
class Casting:
    """What candidates are judged by: weights, names beyond the register, pictures by their hash.

    `judged_by` names the register that they were last judged by: another one judges all anew.
    """

    weights: Weights = Weights()
    searches: Searches = Searches()
    emblems: tuple[Portrait, ...] = ()
    evidence: Path | None = None  # the folder of pictures, None: none are kept
    portraits: OrderedDict[str, Portrait | None] = field(default_factory=OrderedDict)
    names: tuple[tuple[str, ...], Names] | None = None
    judged_by: str = ""
    settled_at: datetime | None = None  # when the cases were last settled


def grounds_at(c: Connection, casting: Casting) -> Grounds:
    """The register as candidates are held against it, at this moment."""
    accounts, faces = store.load_accounts(c), register_faces(c)
    units = store.load_units(c)
    names = _names(casting, known_of(accounts, units, casting.searches).names)
    known: dict[str, list[Known]] = {}
    pictures: list[tuple[str, Portrait]] = []
    for account in accounts:
        face = faces.get(account.key)
        portrait = portrait_at(casting, face.avatar_sha256) if face else None
        if portrait is not None:
            pictures.append((account.unit.key, portrait))
        each = Known(
            account,
            face.bio if face else None,
            portrait,
            face.avatar_sha256 if face else "",
            face.followers if face and face.followers is not None else account.followers,
            bool(ids_of(account)),
        )
        for name in dict.fromkeys((account.name, account.unit.name)):
            known.setdefault(name, []).append(each)
    return Grounds(
        best=names.best,
        skeleton=skeleton,
        ids=frozenset(_ids(accounts)),
        known={name: tuple(each) for name, each in known.items()},
        subjects=_subjects(accounts, ((unit.name, unit.key) for unit in units)),
        pictures=tuple(pictures),
        emblems=casting.emblems,
    )


def _names(casting: Casting, wanted: tuple[str, ...]) -> Names:
    if casting.names is None or casting.names[0] != wanted:
        from watcher.names.index import Names  # its tables take a second to load

        casting.names = wanted, Names.of(wanted)
    return casting.names[1]


def _ids(accounts: Iterable[Account]) -> Iterable[tuple[str, str]]:
    for account in accounts:
        kind = family(account.platform)
        yield from ((kind, each) for each in (*ids_of(account), account.url) if each)


def _subjects(accounts: Iterable[Account], units: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    named = {skeleton(each.filed_subject): each.unit.key for each in accounts if each.filed_subject}
    return named | {skeleton(name): key for name, key in units if skeleton(name)}


def portrait_at(casting: Casting, digest: str) -> Portrait | None:
    """The picture of this hash as it looks; None where it is not kept, or is none."""
    if not digest or casting.evidence is None:
        return None
    if digest not in casting.portraits:
        casting.portraits[digest] = _portrait(digest, casting.evidence)
        while len(casting.portraits) > _PORTRAITS:
            casting.portraits.popitem(last=False)
    return casting.portraits[digest]


def _portrait(digest: str, folder: Path) -> Portrait | None:
    try:
        content = place(digest, folder).read_bytes()
        if sha256(content).hexdigest() != digest:
            raise NotAPictureError("the file is not what it was")
        return portrait_of(content)
    except (OSError, NotAPictureError) as error:
        log.warning("cannot compare with the picture %s: %s", digest[:12], error)
        return None


def mark_of(candidate: Candidate, casting: Casting) -> str:
    """The fingerprint of what a candidate shows now."""
    grounds = Grounds(lambda name: None, skeleton)
    return fingerprint(candidate, grounds, portrait_at(casting, candidate.avatar_sha256))
