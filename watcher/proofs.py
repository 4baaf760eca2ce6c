"""The bytes of each account's last reading, kept for a moment in case they prove something."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from watcher.model import Coverage, Failure, Outcome, Page, Snapshot, Trouble
from watcher.reading import Seen

ROOM = 48 << 20  # bytes of all readings that are held
PACKAGES = "evidence/packages"  # under the state folder; nothing else lies there
_AROUND = 16 << 10
_ANSWERS = (Trouble.GONE, Trouble.BANNED)


@dataclass(frozen=True, slots=True)
class Held:
    """One reading and its pages; `left_out` counts pages that were too large."""

    outcome: Outcome
    pages: tuple[Page, ...]
    left_out: int = 0

    @property
    def size(self) -> int:
        """Bytes of it in memory, about: what was understood takes room as well."""
        return _AROUND + sum(len(page.body) for page in self.pages)


@dataclass(slots=True)
class Proofs:
    """What is at hand for packages, and where they go. `folder` None: nothing is kept."""

    folder: Path | None = None
    most: int = 20 << 30  # bytes of all evidence together: packages and what lies beside them
    version: str = ""  # of this program
    room: int = ROOM
    held: dict[tuple[str, bool], Held] = field(default_factory=dict)  # oldest first
    size: int = 0
    shooting: set[str] = field(default_factory=set)  # accounts whose page is being pictured
    told: dict[str, str] = field(default_factory=dict)  # what operators were told, by cause
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)  # while files and rows disagree
    beside: int | None = None  # bytes beside the packages when last counted: avatars and the like


def hold(proofs: Proofs, account: str, seen: Seen) -> None:
    """Hold a reading that says something about the account, in place of its last one.

    A partial one does not take the place of a complete one: each may prove what the other cannot.
    """
    outcome = seen.outcome
    if proofs.folder is None or not _says(outcome):
        return
    key = (account, isinstance(outcome, Snapshot) and _complete(outcome))
    _drop(proofs, key)
    proofs.held[key] = held = Held(outcome, seen.kept, seen.left_out)
    proofs.size += held.size
    while proofs.size > proofs.room:
        _drop(proofs, next(iter(proofs.held)))


def _drop(proofs: Proofs, key: tuple[str, bool]) -> None:
    before = proofs.held.pop(key, None)
    if before is not None:
        proofs.size -= before.size


def _says(outcome: Outcome) -> bool:
    return not isinstance(outcome, Failure) or outcome.trouble in _ANSWERS


def _complete(outcome: Snapshot) -> bool:
    return outcome.sighting.coverage is Coverage.COMPLETE


def at_hand(proofs: Proofs, account: str, as_of: datetime, hashes: Collection[str]) -> Held | None:
    """The reading that proves a finding: one with a page it names, or of the same moment."""
    known = [proofs.held[key] for key in ((account, True), (account, False)) if key in proofs.held]
    for held in known:
        if any(page.sha256 in hashes for page in held.outcome.pages):
            return held
    return next((held for held in known if held.outcome.at == as_of), None)
