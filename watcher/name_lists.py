"""Files with one name a line, as people make them: their encoding, empty lines, lengths."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LARGEST = 256 << 20  # bytes of a file: some millions of names
LONGEST = 200  # characters of a line; no platform lets a name be so long
_NUL = "名称中不能有它，请删去；若文件是不带标记的 UTF-16，请另存为 UTF-8"
_SHOWN = 5  # mistakes of one kind that are told one by one


class NameListError(ValueError):
    """A file that cannot be used; each line says where and what to do."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        super().__init__("\n".join(lines))


@dataclass(frozen=True, slots=True)
class NameList:
    """The names in the order of the file, as written but for spaces at both ends."""

    names: tuple[str, ...]
    empty: int  # lines without a name, left out
    encoding: str


def read_names(path: Path) -> NameList:
    """The names of a file. UTF-8 with or without a mark, UTF-16 with one, or GB 18030."""
    data = _bytes(path)
    text, encoding = _decoded(path, data)
    lines = [line.strip(" \t\r\f\v\u3000") for line in text.split("\n")]
    if lines and not lines[-1]:
        lines.pop()
    if mistakes := list(_mistakes(path, lines)):
        raise NameListError(mistakes)
    names = tuple(line for line in lines if line)
    return NameList(names, len(lines) - len(names), encoding)


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise NameListError([f"{path}: 超过 {LARGEST >> 20} MiB；请分成几个文件"])
        return path.read_bytes()
    except OSError as error:
        raise NameListError([f"{path}: 不能读取（{error.strerror}）"]) from None


def _decoded(path: Path, data: bytes) -> tuple[str, str]:
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError as error:
            if encoding == "utf-8-sig" and _is_spoilt(data):
                line = data.count(b"\n", 0, error.start) + 1
                raise NameListError(
                    [f"{path}: 第 {line} 行不是完整的 UTF-8；请检查该行，或另存为 UTF-8"]
                ) from None
            continue
        if "\0" in text:
            line = text.count("\n", 0, text.index("\0")) + 1
            raise NameListError([f"{path}: 第 {line} 行含有空字符（NUL）；{_NUL}"])
        return text, encoding
    raise NameListError([f"{path}: 不是 UTF-8 或 GB 18030 的文本文件；请另存为 UTF-8"])


def _is_spoilt(data: bytes) -> bool:
    """Whether this is UTF-8 with some bytes broken: as GB 18030 it would be read as nonsense."""
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    whole = sum(not char.isascii() for char in text) - broken
    return whole > 3 * broken


def _mistakes(path: Path, lines: list[str]) -> Iterator[str]:
    """Lines that are no names, the first few by number."""
    long = [number for number, line in enumerate(lines, 1) if len(line) > LONGEST]
    for number in long[:_SHOWN]:
        yield (
            f"{path}: 第 {number} 行有 {len(lines[number - 1])} 个字符，"
            f"名称不超过 {LONGEST} 个；每行应只有一个名称"
        )
    if len(long) > _SHOWN:
        yield f"{path}: 另有 {len(long) - _SHOWN} 行过长"
