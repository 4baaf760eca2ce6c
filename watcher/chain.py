"""Verifying the chain of evidence, file by file and link by link, and taking a case out of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from watcher import store
from watcher.evidence import place
from watcher.manifest import GENESIS, link_of, registered
from watcher.stamping import StampError, check_stamp
from watcher.store import Connection, Link

_EPOCH = (1980, 1, 1, 0, 0, 0)  # of the files in a ZIP: what counts is in the manifest


@dataclass(frozen=True, slots=True)
class Break:
    """Where the chain is broken: which package, what is wrong, and which file or row."""

    number: int
    what: str
    where: str


@dataclass(slots=True)
class Audit:
    """What a verification came to; `first` is the first break, None where all is whole."""

    links: int = 0
    files: int = 0
    bytes: int = 0
    stamps: int = 0
    first: Break | None = None
    unchecked: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Ground:
    """All that the database says, read in one transaction."""

    links: tuple[Link, ...]
    files: Mapping[int, Mapping[str, tuple[str, int]]]
    head: str | None
    stamps: Mapping[int, str]


def ground(c: Connection) -> _Ground:
    """What the database says of the chain."""
    return _Ground(
        store.links(c), store.evidence_files(c), store.evidence_head(c), store.stamp_marks(c)
    )


def verify(known: _Ground, folder: Path, roots: bytes, now: datetime) -> Audit:
    """Recompute every file, manifest and link, up to the first break.

    `roots`: certificates (PEM) that time stamps must lead to; without them stamps are only held
    against their own hashes.
    """
    audit, previous = Audit(), GENESIS
    for expected, link in enumerate(known.links, 1):
        audit.first = next(
            _breaks(known, link, expected, previous, folder, roots, now, audit), None
        )
        if audit.first is not None:
            return audit
        audit.links += 1
        previous = link.link
    audit.first = next(_loose_ends(known), None)
    if audit.stamps and not roots:
        audit.unchecked.append("未配置 evidence.stamp_roots，时间戳的签名未核验")
    return audit


def _breaks(
    known: _Ground,
    link: Link,
    expected: int,
    previous: str,
    folder: Path,
    roots: bytes,
    now: datetime,
    audit: Audit,
) -> Iterator[Break]:
    """What is wrong with one package, gravest first."""
    if link.number != expected:
        yield Break(expected, "链中缺少这一环", f"evidence_link {expected}")
    if link.link != link_of(previous, link.manifest):
        yield Break(link.number, "环与上一环及清单不符", f"evidence_link {link.number}")
    file = place(link.manifest, folder)
    manifest = _manifest(file, link.manifest)
    if isinstance(manifest, str):
        yield Break(link.number, f"清单{manifest}", str(file))
        return
    wrong = _disagreement(link, manifest, now)
    if wrong:
        yield Break(link.number, f"登记与清单不符：{wrong}", f"evidence_link {link.number}")
    wanted = registered(manifest, link.manifest, file.stat().st_size)
    if known.files.get(link.number, {}) != wanted:
        yield Break(link.number, "文件登记与清单不符", f"evidence_file {link.number}")
    yield from _files(link, wanted, folder, audit)
    yield from _stamp(known, link, roots, audit)


def _manifest(file: Path, digest: str) -> Any:
    """The manifest, or what is wrong with it."""
    try:
        body = file.read_bytes()
    except OSError as error:
        return "缺失" if isinstance(error, FileNotFoundError) else f"不能读取（{error.strerror}）"
    if sha256(body).hexdigest() != digest:
        return "被改动"
    return json.loads(body)


def _disagreement(link: Link, manifest: Mapping[str, Any], now: datetime) -> str:
    """Which column of the row says something else than the manifest; "" where none does."""
    said = {
        "at": (link.at, _moment(manifest["made_at"])),
        "keep_until": (link.keep_until, _moment(manifest["keep_until"])),
        "case_id": (link.case_id, manifest["case"]),
        "account": (link.account, manifest["account"]["key"]),
        "kind": (link.kind, manifest["kind"]),
        "level": (link.level, manifest["finding"]["level"]),
    }
    wrong = next((name for name, (here, there) in said.items() if here != there), "")
    early = link.state == "expired" and link.keep_until >= now
    odd = link.state not in ("kept", "expired")
    return wrong or ("state" if early or odd else "")


def _moment(both: Mapping[str, str]) -> datetime:
    """A moment of a manifest, to the millisecond as databases keep it."""
    at = datetime.fromisoformat(both["utc"])
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _files(
    link: Link, wanted: Mapping[str, tuple[str, int]], folder: Path, audit: Audit
) -> Iterator[Break]:
    for digest, (name, size) in wanted.items():
        file = place(digest, folder)
        if not file.is_file():
            if link.state != "expired":
                yield Break(link.number, f"文件缺失：{name}", str(file))
            continue
        with file.open("rb") as opened:
            if file_digest(opened, "sha256").hexdigest() != digest:
                yield Break(link.number, f"文件被改动：{name}", str(file))
        audit.files += 1
        audit.bytes += size


def _stamp(known: _Ground, link: Link, roots: bytes, audit: Audit) -> Iterator[Break]:
    here, mark = link.stamp, known.stamps.get(link.number)
    found = sha256(here).hexdigest() if here is not None else None
    if found != mark:
        what = "时间戳缺失" if here is None else "时间戳被改动"
        yield Break(link.number, what, f"evidence_link {link.number}")
    if here is None:
        return
    audit.stamps += 1
    try:
        check_stamp(here, link.link, roots)
    except StampError as error:
        yield Break(link.number, f"时间戳不能成立：{error}", f"evidence_link {link.number}")


def _loose_ends(known: _Ground) -> Iterator[Break]:
    """What is missing at the end, and rows that belong to no package."""
    last = known.links[-1] if known.links else None
    head = f"{last.number} {last.link}" if last else None
    number = (last.number if last else 0) + 1
    if known.head != head:
        yield Break(number, "链的末尾被删去或改动", "mark evidence_head")
    numbers = {link.number for link in known.links}
    for table, found in (("evidence_file", known.files), ("mark evidence_stamp", known.stamps)):
        for each in sorted(set(found) - numbers):
            yield Break(each, "登记了不在链中的内容", f"{table} {each}")


# -- taking a case out ---------------------------------------------------------------------

GUIDE = """本压缩包是一个问题（或一个假冒候选账号）的证据。

每个目录一个证据包：manifest.json 为清单，其余为清单所列文件。
核对方法（任何计算机均可，无需本程序）：
1. 计算每个文件的 SHA-256，与 manifest.json 中同名文件的 sha256 一致；
2. 计算 manifest.json 的 SHA-256，与 chain.json 中该包的 manifest 一致；
3. 计算 previous 与 manifest 两段十六进制文字相连后的 SHA-256，与 chain.json 中的 link 一致；
4. stamp.tsr（如有）是时间戳机构对 link（32 字节）的 RFC 3161 时间戳，可用 openssl ts -verify 核验。
read_sha256 是采集到的原文的哈希；原文含令牌、机器地址时已隐去，scrubbed 为 true。
"""


def export(c: Connection, case_id: int, folder: Path, target: Path) -> tuple[Link, ...]:
    """Write a case's packages as a ZIP. Raises OSError, LookupError where there is nothing."""
    found = store.links(c, case_id)
    if not found:
        raise LookupError(f"问题 {case_id} 还没有证据包")
    return export_links(c, found, folder, target)


def export_links(
    c: Connection, found: tuple[Link, ...], folder: Path, target: Path
) -> tuple[Link, ...]:
    """Write these packages as a ZIP. Raises OSError."""
    before = {link.number: store.link_before(c, link.number) or GENESIS for link in found}
    with ZipFile(target, "x", ZIP_DEFLATED) as archive:
        _add(archive, "说明.txt", GUIDE.encode())
        _add(archive, "chain.json", json.dumps(_rows(found, before), indent=2).encode())
        for link in found:
            for name, body in _contents(link, folder):
                _add(archive, f"{link.number:06}/{name}", body)
    return found


def _rows(found: tuple[Link, ...], before: Mapping[int, str]) -> list[dict[str, Any]]:
    return [
        {
            "number": link.number,
            "at": link.at.isoformat(),
            "previous": before[link.number],
            "manifest": link.manifest,
            "link": link.link,
            "state": link.state,
        }
        for link in found
    ]


def _contents(link: Link, folder: Path) -> Iterator[tuple[str, bytes]]:
    body = place(link.manifest, folder).read_bytes()
    yield "manifest.json", body
    for each in json.loads(body)["files"]:
        file = place(each["sha256"], folder)
        if each["kept"] and file.is_file():
            yield each["name"], file.read_bytes()
    if link.stamp is not None:
        yield "stamp.tsr", link.stamp


def _add(archive: ZipFile, name: str, body: bytes) -> None:
    info = ZipInfo(name, _EPOCH)
    info.compress_type = ZIP_DEFLATED
    archive.writestr(info, body)
