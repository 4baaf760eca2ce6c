"""A backup file as a container: a gzipped tar of plain files, written once, read with suspicion.

`tar xzf` opens it and `sha256sum -c SHA256SUMS` checks it without this program. The reader takes
only what the writer makes: regular files, names in rising order, each within its bounds. Links,
devices, paths that lead outside, and bodies that unpack without end are refused unread.
"""

from __future__ import annotations

import re
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from gzip import GzipFile
from hashlib import sha256
from tempfile import SpooledTemporaryFile
from typing import IO, BinaryIO

BLOCK = 512
PIECE = 1 << 20  # bytes that are handled at a time
LARGEST = 64 << 20  # bytes of one file of evidence
LEVEL = 4  # of gzip: evidence is mostly text and pictures; more costs time and saves little
SUMS = "SHA256SUMS"
HEADER, MANIFEST = "shouwang.json", "manifest.json"
# Sections in the order in which they come, and the bytes that one file of each may have.
SECTIONS = (HEADER, "config", "tables", "evidence", "reports", SUMS, MANIFEST)
_MOST = {HEADER: 4 << 20, "config": 8 << 20, "tables": 256 << 20, "evidence": LARGEST}
_MOST |= {"reports": LARGEST, SUMS: 2 << 30, MANIFEST: 4 << 20}
_FILES = 5_000_000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9%][A-Za-z0-9%._-]*){0,6}", re.ASCII)
_PATIENCE = 256 << 20  # unpacked bytes before the ratio is looked at …
_RATIO = 400  # … which honest tables stay far below
_SPOOL = 8 << 20  # bytes of sums in memory; more go to a temporary file


class ArchiveError(Exception):
    """The file is no backup, or not whole; for people."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a backup as it was written or read to its end."""

    name: str
    size: int
    sha256: str


class Packer:
    """Writes members one after another; `sums` lists what was written."""

    def __init__(self, target: BinaryIO, mtime: int) -> None:
        self._mtime, self.files, self.bytes = mtime, 0, 0
        self._out = GzipFile("", "wb", LEVEL, target, mtime)
        self._sums: IO[bytes] = SpooledTemporaryFile(_SPOOL)  # noqa: SIM115 (closed by `close`)

    def add(self, name: str, body: bytes) -> Member:
        """One file whose bytes are at hand."""
        self._header(name, len(body))
        self._out.write(body)
        return self._ended(name, len(body), sha256(body).hexdigest())

    def add_stream(self, name: str, size: int, source: BinaryIO) -> Member:
        """One file of a size that is known. Raises EOFError where it turns out shorter."""
        self._header(name, size)
        digest, left = sha256(), size
        while left:
            piece = source.read(min(PIECE, left))
            if not piece:
                raise EOFError(name)
            digest.update(piece)
            self._out.write(piece)
            left -= len(piece)
        return self._ended(name, size, digest.hexdigest())

    def finish(self, manifest: bytes) -> None:
        """The list of sums, the manifest, the end."""
        size = self._sums.tell()
        self._sums.seek(0)
        self.add_stream(SUMS, size, self._sums)  # type: ignore[arg-type]
        self.add(MANIFEST, manifest)
        self._out.write(bytes(2 * BLOCK))
        self.close()

    def close(self) -> None:
        """Give back what is open; before `finish` nothing whole was written."""
        self._out.close()
        self._sums.close()

    def sums(self) -> str:
        """The hash over the list of all files so far."""
        place = self._sums.tell()
        self._sums.seek(0)
        digest = sha256()
        while piece := self._sums.read(PIECE):
            digest.update(piece)
        self._sums.seek(place)
        return digest.hexdigest()

    def _header(self, name: str, size: int) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mtime, info.mode = size, self._mtime, 0o600
        self._out.write(info.tobuf(tarfile.USTAR_FORMAT, "ascii", "strict"))

    def _ended(self, name: str, size: int, digest: str) -> Member:
        self._out.write(bytes(-size % BLOCK))
        self.files += 1
        self.bytes += size
        if name not in (SUMS, MANIFEST):
            self._sums.write(_line(name, digest))
        return Member(name, size, digest)


def _line(name: str, digest: str) -> bytes:
    return f"{digest}  {name}\n".encode()


class Body:
    """The bytes of the member that the reader stands at."""

    def __init__(self, source: _Source, size: int) -> None:
        self._source, self.left, self.size = source, size, size
        self.digest = sha256()

    def pieces(self) -> Iterator[bytes]:
        """What is left of it, piece by piece. Raises ArchiveError."""
        while self.left:
            piece = self._source.take(min(PIECE, self.left))
            self.left -= len(piece)
            self.digest.update(piece)
            yield piece

    def read(self) -> bytes:
        """All of it: bounded, since its section is."""
        return b"".join(self.pieces())


class _Source:
    """The unpacked stream: whole or an error, and never without end."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw, self._out, self.unpacked = raw, GzipFile(fileobj=raw), 0

    def take(self, size: int) -> bytes:
        """Exactly so many bytes."""
        found = self._read(size)
        if len(found) < size:
            raise ArchiveError("备份文件不完整（被截断）")
        return found

    def _read(self, size: int) -> bytes:
        found = b""
        try:
            while len(found) < size and (piece := self._out.read(size - len(found))):
                found += piece
        except EOFError:
            raise ArchiveError("备份文件不完整（被截断）") from None
        except (OSError, zlib.error) as error:
            if isinstance(error, OSError) and error.errno:
                raise
            raise ArchiveError(f"不是守望的备份文件，或已损坏（{error}）") from None
        self.unpacked += len(found)
        if self.unpacked > _PATIENCE and self.unpacked > _RATIO * max(self._raw.tell(), 1):
            raise ArchiveError("解压后的内容异常庞大，疑似压缩炸弹，已拒绝")
        return found

    def end(self) -> None:
        """Only the end of a tar may follow."""
        if any(self.take(BLOCK)) or self._read(1):
            raise ArchiveError("备份文件末尾有多余的内容")


def read(file: BinaryIO) -> Iterator[tuple[str, Body]]:
    """The members in order, each hash held against SHA256SUMS at the end. Raises ArchiveError.

    A body that was not read to its end is passed over, hashed all the same. When the iterator has
    ended without an error the file was whole.
    """
    source, before, count = _Source(file), "", 0
    with SpooledTemporaryFile(_SPOOL) as seen:
        while True:
            name, size = _entry(source.take(BLOCK), before)
            count += 1
            if count > _FILES:
                raise ArchiveError(f"备份文件的成员超过 {_FILES} 个，已拒绝")
            if name == SUMS:
                _compare(source, size, seen)
            else:
                body = Body(source, size)
                yield name, body
                for _ in body.pieces():
                    pass
                if name != MANIFEST:
                    seen.write(_line(name, body.digest.hexdigest()))
            source.take(-size % BLOCK)
            before = name
            if name == MANIFEST:
                break
        source.take(BLOCK)
        source.end()


def _entry(block: bytes, before: str) -> tuple[str, int]:
    """Name and size of the next member, having passed every check."""
    if not any(block):
        raise ArchiveError("备份文件不完整：没有清单（manifest.json）")
    try:
        info = tarfile.TarInfo.frombuf(block, "ascii", "strict")
    except (tarfile.HeaderError, UnicodeDecodeError):
        raise ArchiveError("不是守望的备份文件，或已损坏（成员头不能识别）") from None
    shown = info.name[:120].encode("ascii", "replace").decode()
    shown = "".join(sign if sign.isprintable() else "?" for sign in shown)
    if info.type not in (tarfile.REGTYPE, tarfile.AREGTYPE):
        raise ArchiveError(f"备份文件含有链接、目录或设备等成员（{shown}），已拒绝")
    if not _NAME.fullmatch(info.name):
        raise ArchiveError(f"备份文件含有不允许的成员名（{shown}），可能企图写到目录之外，已拒绝")
    section = info.name.split("/", 1)[0]
    alone = section in (HEADER, SUMS, MANIFEST)
    if section not in SECTIONS or alone != ("/" not in info.name):
        raise ArchiveError(f"备份文件含有不认识的成员（{shown}），已拒绝")
    if not before and section != HEADER:
        raise ArchiveError("不是守望的备份文件（缺少文件头 shouwang.json）")
    if before and _rank(info.name) <= _rank(before):
        raise ArchiveError(f"备份文件的成员重复或次序不对（{shown}），已拒绝")
    if info.size > _MOST[section]:
        raise ArchiveError(f"备份文件的成员过大（{shown}，{info.size} 字节），已拒绝")
    return info.name, info.size


def _rank(name: str) -> tuple[int, str]:
    return SECTIONS.index(name.split("/", 1)[0]), name


def _compare(source: _Source, size: int, seen: IO[bytes]) -> None:
    """Hold the list of sums against what was read; name the first file that differs."""
    seen.seek(0)
    body, rest = Body(source, size), b""
    for piece in body.pieces():
        lines = (rest + piece).split(b"\n")
        rest = lines.pop()
        for line in lines:
            _same(line + b"\n", seen.readline())
    if rest or seen.readline():
        raise ArchiveError("备份文件的 SHA256SUMS 与内容不符")


def _same(said: bytes, found: bytes) -> None:
    if said != found:
        name = (found or said).decode("ascii", "replace").strip()[66:186]
        raise ArchiveError(f"备份文件中的 {name} 与其 SHA-256 不符，文件已被改动或损坏")
