"""The rounds of evidence: a package for every case, then a picture of the page, then upkeep.

Files first, then the row: a crash in between leaves files that nobody names, which upkeep finds.
A case never waits for its package, nor a package for the picture.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from watcher import store
from watcher.evidence import keep_bytes, place, size_of
from watcher.manifest import (
    DEFAULT_DAYS,
    GENESIS,
    MANIFEST,
    Item,
    Kind,
    Package,
    hashes_in,
    link_of,
    package,
    page_items,
    reading_of,
    registered,
    sighting_item,
)
from watcher.model import ATTEST, Account, Case
from watcher.proofs import Held, Proofs, at_hand
from watcher.store import Connection, Database, Link
from watcher.watch import Watch

log = logging.getLogger(__name__)

PATIENCE = timedelta(days=1)  # so long a case waits for a reading whose bytes are at hand
ORPHAN = timedelta(days=1)  # files that nobody names may be as old as this
FULL = "full"
DISK = "disk"
CAPPED = "证据总量已达上限，仅留清单，未留文件"


async def prove(watch: Watch) -> tuple[str, ...]:
    """Make the packages that open cases lack; what operators must be told, each thing once."""
    if watch.proofs.folder is None:
        return ()
    now = watch.now()
    cases = await watch.writer.submit(store.unproved)
    ready = [(case, found) for case in cases if (found := _gathered(watch, case, now)) is not None]
    if not ready:
        return ()
    keys = {case.finding.account for case, _ in ready}
    dossiers = await watch.writer.submit(lambda c: store.dossiers(c, keys))
    told: list[str] = []
    for case, found in ready:
        if case.finding.account in dossiers:  # else it left the register, and its case will end
            account = dossiers[case.finding.account].account
            told += await keep_package(watch, Kind.CASE, case, account, found)
    return tuple(told)


@dataclass(frozen=True, slots=True)
class Found:
    """What goes into a package besides the case: the reading, files, remarks."""

    held: Held | None = None
    items: tuple[Item, ...] = ()
    notes: tuple[str, ...] = ()


def _gathered(watch: Watch, case: Case, now: datetime) -> Found | None:
    """What proves a case; None while a reading may still come that does."""
    finding = case.finding
    hashes = hashes_in(finding.facts)
    held = at_hand(watch.proofs, finding.account, finding.as_of, hashes)
    if held is not None:
        items = (
            *page_items(held.pages),
            sighting_item(held.outcome),
            *_pictures(watch, finding.facts),
        )
        left = (f"有 {held.left_out} 个页面过大，未保留原文",) if held.left_out else ()
        return Found(held, items, left)
    attested = _attested(watch, finding.facts)
    if attested is not None:
        return Found(items=(attested,), notes=("依据为人工核验，附核验人提交的文件",))
    if hashes and now - case.opened_at < PATIENCE:
        return None
    note = "采集原文已不在手边，仅留哈希" if hashes else "依据为台账与备案，不涉及采集原文"
    return Found(items=tuple(_pictures(watch, finding.facts)), notes=(note,))


def _attested(watch: Watch, facts: Mapping[str, object]) -> Item | None:
    """The file of a person's word, where the case rests on one."""
    reading = facts.get("reading")
    if not isinstance(reading, Mapping) or reading.get("source") != ATTEST:
        return None
    digest = str((reading.get("attested") or {}).get("evidence", ""))
    folder = watch.proofs.folder
    if not digest or folder is None:
        return None
    try:
        body = place(digest, folder.parent).read_bytes()
    except OSError:
        return None
    same = sha256(body).hexdigest() == digest
    return Item("attested", body, {"kind": "attested"}) if same else None


def _pictures(watch: Watch, facts: Mapping[str, Any]) -> Iterator[Item]:
    """The avatars before and after a change, as they came; kept beside the packages till then."""
    folder = watch.proofs.folder
    for side in ("before", "after"):
        told = facts.get(side)
        shown = told.get("picture") if isinstance(told, Mapping) else None
        if folder is None or not shown:
            continue
        try:
            body = place(str(shown["sha256"]), folder.parent).read_bytes()
        except OSError:
            continue
        if sha256(body).hexdigest() == shown["sha256"]:
            yield Item(f"avatar-{side}", body, {"kind": "avatar", "at": shown["at"]})


async def keep_package(
    watch: Watch, kind: Kind, case: Case, account: Account, found: Found
) -> tuple[str, ...]:
    """Keep a package and its link; what operators must be told. The case stands in any case."""
    proofs, now = watch.proofs, watch.now()
    assert proofs.folder is not None
    rule = watch.book.rules.rules.get(case.finding.rule)
    keep_until = now + timedelta(days=rule.evidence_days if rule else DEFAULT_DAYS)
    async with proofs.lock:
        full, said = await _full(watch, sum(len(item.body) for item in found.items))
        made = package(
            kind,
            case,
            account,
            _reading(watch, found.held),
            found.items,
            (*found.notes, *([CAPPED] if full else [])),
            now,
            proofs.version,
            keep_until,
            bodies=not full,
        )
        try:
            digest = await asyncio.to_thread(write, made, proofs.folder)
        except OSError as error:
            log.error("cannot keep the evidence of case %s: %s", case.id, error)
            why = error.strerror or error
            text = f"证据无法写入 {proofs.folder}（{why}）；问题照常立案，请腾出空间"
            return _once(proofs, DISK, text)
        link = await watch.writer.submit(lambda c: chained(c, made, digest, case, now, keep_until))
    proofs.told.pop(DISK, None)
    log.info("evidence %d of case %s: link %s", link.number, case.id, link.link)
    return said


def _reading(watch: Watch, held: Held | None) -> Mapping[str, object] | None:
    if held is None:
        return None
    name = held.outcome.source
    collector = watch.collectors.get(name)
    version = (collector.version if collector else "") or watch.proofs.version
    return reading_of(held.outcome, name, version)


async def has_room(watch: Watch, more: int) -> bool:
    """Whether files of so many bytes may be kept: the cap is on packages and all beside them."""
    return await _used(watch) + more <= watch.proofs.most


async def _used(watch: Watch) -> int:
    """Bytes of all evidence. What lies beside the packages is counted once an hour (`upkeep`)."""
    proofs = watch.proofs
    assert proofs.folder is not None
    if proofs.beside is None:
        proofs.beside = await asyncio.to_thread(size_of, proofs.folder.parent)
    return await watch.writer.submit(store.evidence_bytes) + proofs.beside


async def _full(watch: Watch, more: int) -> tuple[bool, tuple[str, ...]]:
    """Whether these files would pass the cap, and what to say of it: once, until there is room
    again for a tenth of it."""
    proofs = watch.proofs
    used = await _used(watch)
    if used <= proofs.most * 9 // 10:
        proofs.told.pop(FULL, None)
    if used + more <= proofs.most:
        return False, ()
    size = f"{proofs.most / (1 << 20):,.0f} MiB"
    text = f"证据总量将超过上限 {size}，新问题仅留清单、不留文件；请调高 evidence.max_size"
    return True, _once(proofs, FULL, text)


def _once(proofs: Proofs, cause: str, text: str) -> tuple[str, ...]:
    if cause in proofs.told:
        return ()
    proofs.told[cause] = text
    return (text,)


def write(made: Package, folder: Path) -> str:
    """The files and then the manifest; its hash. Raises OSError."""
    for item in made.items:
        keep_bytes(item.body, folder, item.name)
    return keep_bytes(made.body, folder, MANIFEST).sha256


def chained(
    c: Connection, made: Package, digest: str, case: Case, now: datetime, keep_until: datetime
) -> Link:
    """Register a package that is on the disk, as the end of the chain."""
    last = store.last_link(c)
    link = Link(
        number=last.number + 1 if last else 1,
        at=now,
        case_id=case.id,
        account=case.finding.account,
        kind=made.manifest["kind"],
        level=case.finding.level.value,
        keep_until=keep_until,
        manifest=digest,
        link=link_of(last.link if last else GENESIS, digest),
    )
    store.add_link(c, link, registered(made.manifest, digest, len(made.body)))
    return link


# -- upkeep --------------------------------------------------------------------------------


async def upkeep(watch: Watch) -> None:
    """Let expire what the rules let expire, and clear away files that nobody names."""
    folder, now = watch.proofs.folder, watch.now()
    if folder is None:
        return
    async with watch.proofs.lock:
        gone = await watch.writer.submit(lambda c: store.expire(c, now))
        cleared = await asyncio.to_thread(_clear, watch.db, folder, gone, now)
        watch.proofs.beside = await asyncio.to_thread(size_of, folder.parent)
    if gone or cleared:
        log.info("evidence: files of %d packages expired, %d removed", len(gone), cleared)


def _clear(db: Database, folder: Path, gone: Iterable[str], now: datetime) -> int:
    """Remove files that no package needs; none where the chain has lost its end."""
    found = {*gone, *strays(folder, now)}
    with db.read() as c:
        if not _whole(c):
            log.error("the chain of evidence lacks its end; nothing is cleared away")
            return 0
        old = found - store.kept_among(c, found)
    for digest in old:
        place(digest, folder).unlink(missing_ok=True)
    return len(old)


def _whole(c: Connection) -> bool:
    last = store.last_link(c)
    return store.evidence_head(c) == (f"{last.number} {last.link}" if last else None)


def strays(folder: Path, now: datetime) -> frozenset[str]:
    """The hashes of all files that are older than a day; most of them are named by a package."""
    limit = (now - ORPHAN).timestamp()
    files = (file for file in folder.glob("??/*") if file.stat().st_mtime < limit)
    return frozenset(f"{file.parent.name}{file.name}" for file in files)
