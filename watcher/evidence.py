"""Evidence files, kept by what they hold: `<state>/evidence/ab/cdef…`, named by their SHA-256.

A file that is there already is the same file; nothing is ever changed or taken away.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile

MOST = 20 << 20  # bytes of one file
_LONGEST_NAME = 200  # characters of it that are noted


class EvidenceError(ValueError):
    """The file cannot be taken as evidence, and why; for people."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A file that was kept: its content's hash, the name it came under, its size in bytes."""

    sha256: str
    name: str
    size: int


def keep(file: Path, folder: Path) -> Evidence:
    """Copy a file below `folder`. Raises EvidenceError, and OSError where it cannot be written."""
    content = _content(file)
    digest = sha256(content).hexdigest()
    _write(content, place(digest, folder))
    return Evidence(digest, file.name[:_LONGEST_NAME], len(content))


def keep_bytes(content: bytes, folder: Path, name: str) -> Evidence:
    """The same for bytes that are at hand. Raises OSError where they cannot be written."""
    digest = sha256(content).hexdigest()
    _write(content, place(digest, folder))
    return Evidence(digest, name[:_LONGEST_NAME], len(content))


def place(digest: str, folder: Path) -> Path:
    """Where the file of a hash lies."""
    return folder / digest[:2] / digest[2:]


def size_of(folder: Path) -> int:
    """Bytes of the files that are kept in this folder by their hash; folders beside them not."""
    total = 0
    for file in folder.glob("??/*"):
        with suppress(OSError):  # taken away meanwhile
            total += file.stat().st_size
    return total


def _content(file: Path) -> bytes:
    """The bytes of a regular file; what is a link, a device or too large is refused unread."""
    try:
        number = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        why = "是符号链接，请给出文件本身" if file.is_symlink() else f"不能读取（{error.strerror}）"
        raise EvidenceError(f"证据文件 {file} {why}") from None
    try:
        if not stat.S_ISREG(os.fstat(number).st_mode):
            raise EvidenceError(f"证据文件 {file} 不是普通文件")
        with os.fdopen(number, "rb", closefd=False) as opened:
            content = opened.read(MOST + 1)
    finally:
        os.close(number)
    if not content:
        raise EvidenceError(f"证据文件 {file} 是空的")
    if len(content) > MOST:
        raise EvidenceError(f"证据文件 {file} 超过 {MOST >> 20} MB")
    return content


def _write(content: bytes, target: Path) -> None:
    """Whole or not at all, on the disk before it has its name."""
    if target.is_file() and target.read_bytes() == content:
        return
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    with NamedTemporaryFile(dir=target.parent, prefix=".new-", delete=False) as new:
        try:
            new.write(content)
            new.flush()
            os.fsync(new.fileno())
            Path(new.name).chmod(0o440)
            Path(new.name).replace(target)
        except BaseException:
            with suppress(OSError):
                Path(new.name).unlink()
            raise
