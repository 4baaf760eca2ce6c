"""From the database to a document an office signs, and back: making and verifying reports.

A report is made of facts as they were known at its cut-off, carries their digest, and is written
beside its place and renamed: whoever looks sees the old file or the new one, never half of one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from importlib.metadata import version
from io import BytesIO
from itertools import zip_longest
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from zipfile import BadZipFile, ZipFile

import orjson

from watcher import store
from watcher.config import Settings
from watcher.reports.stamp import PROPERTY, Scope, Stamp, StampError, digest_of, read, written
from watcher.reports.template import cleaned
from watcher.reports.word import stamp_of

LARGEST = 200 * 1024 * 1024  # bytes of a file that is verified
MOST_DIFFERENT = 20
BEFORE = 12  # signs shown before the first difference of a line
SIDECAR = ".stamp.json"
Told = Callable[[str, int, int], None]  # what is being done, how far, of how much


class ReportError(ValueError):
    """A report cannot be made or read; every reason, for people."""

    def __init__(self, *reasons: str) -> None:
        self.reasons = reasons
        super().__init__("\n".join(reasons))


def _untold(what: str, done: int, whole: int) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Desk:
    """Where reports are made: a reading connection, the configuration, whom progress is told."""

    connection: store.Connection
    settings: Settings
    told: Told = _untold


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of report. `formats` are file endings, the usual one first.

    `collect` gives its facts as frozen values that JSON can hold, as they were known at a moment;
    `make` the bytes of one format of them. Both raise ReportError. `name` gives a file its name.
    """

    name: str
    title: str
    formats: tuple[str, ...]
    collect: Callable[[Desk, Scope, datetime], Any]
    make: Callable[[Any, Stamp, Desk, str], bytes]
    about: Callable[[Desk, Scope], str] = lambda desk, scope: ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a verification: whether the facts are the same, and which lines differ."""

    stamp: Stamp
    same_facts: bool
    differing: tuple[str, ...]
    more: int = 0  # lines that differ beside those


def stamped(kind: Kind, desk: Desk, scope: Scope, as_of: datetime) -> tuple[Any, Stamp]:
    """The facts of a report and the stamp they get."""
    desk.told("读取数据", 0, 1)
    facts = kind.collect(desk, scope, as_of)
    return facts, Stamp(kind.name, scope, as_of, version("shouwang"), digest_of(facts))


def write(
    kind: Kind, desk: Desk, scope: Scope, as_of: datetime, place: Path, formats: tuple[str, ...]
) -> tuple[Stamp, tuple[Path, ...]]:
    """Make a report in these formats, and say where it lies. `place` is a folder, or the file of
    a single format."""
    facts, stamp = stamped(kind, desk, scope, as_of)
    written_to = []
    for number, ending in enumerate(formats, start=1):
        desk.told(f"生成 {ending}", number, len(formats) + 1)
        target = place / f"{file_name(kind, desk, scope)}.{ending}" if place.is_dir() else place
        _replace(target, kind.make(facts, stamp, desk, ending))
        if ending == "csv":
            _replace(target.with_name(target.name + SIDECAR), written(stamp).encode())
        written_to.append(target)
    desk.told("完成", 1, 1)
    return stamp, tuple(written_to)


def file_name(kind: Kind, desk: Desk, scope: Scope) -> str:
    """The title, what it is about, the period; without signs that a file name may not have."""
    parts = (kind.title, kind.about(desk, scope), scope.period.label if scope.period else "")
    joined = "-".join(part for part in parts if part)
    return "".join("_" if sign in '\\/:*?"<>|' else sign for sign in cleaned(joined, 100)).lstrip(
        "."
    )


def verify(file: Path, kinds: Mapping[str, Kind], desk: Desk) -> Verdict:
    """Hold a file against the database. Raises ReportError where it cannot be held against it."""
    body = _bytes_of(file)
    stamp = _stamp(file, body)
    kind = kinds.get(stamp.kind)
    ending = file.suffix.removeprefix(".").lower()
    if kind is None or ending not in kind.formats:
        raise ReportError(f"{file.name} 的类别“{stamp.kind}”（{ending}）本版本不能核对")
    facts, again = stamped(kind, desk, stamp.scope, stamp.as_of)
    same = again.digest == stamp.digest
    # With the old stamp, so that only what a person changed differs, not the line of the stamp.
    differing = _differing(ending, body, kind.make(facts, stamp, desk, ending))
    return Verdict(stamp, same, differing[:MOST_DIFFERENT], max(0, len(differing) - MOST_DIFFERENT))


# -- inside ------------------------------------------------------------------------------------


def _replace(target: Path, body: bytes) -> None:
    """Written beside and renamed. The folder must be there."""
    with NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as beside:
        try:
            beside.write(body)
            beside.flush()
            os.fsync(beside.fileno())
            os.fchmod(beside.fileno(), 0o640)
            os.replace(beside.name, target)
        except BaseException:
            os.unlink(beside.name)
            raise


def _bytes_of(file: Path) -> bytes:
    if not file.is_file():
        raise ReportError(f"没有文件 {file}")
    if file.stat().st_size > LARGEST:
        raise ReportError(f"{file.name} 超过 {LARGEST // 1024 // 1024} MiB，不是本系统生成的文件")
    return file.read_bytes()


def _stamp(file: Path, body: bytes) -> Stamp:
    reader = _STAMPS.get(file.suffix.removeprefix(".").lower())
    if reader is None:
        raise ReportError(f"{file.name}：可核对 {'、'.join(_STAMPS)} 文件")
    try:
        return reader(file, body)
    except StampError as error:
        raise ReportError(f"{file.name}：{error}") from error


def _of_json(file: Path, body: bytes) -> Stamp:
    try:
        return read(orjson.dumps(orjson.loads(body)["stamp"]).decode())
    except (ValueError, KeyError, TypeError) as error:
        raise StampError("文件中没有守望的校验信息") from error


def _of_csv(file: Path, body: bytes) -> Stamp:
    beside = file.with_name(file.name + SIDECAR)
    if not beside.is_file():
        raise StampError(f"缺少同时生成的 {beside.name}，请放在一起再核对")
    return read(beside.read_text("utf-8", errors="replace"))


def _of_html(file: Path, body: bytes) -> Stamp:
    from selectolax.lexbor import LexborHTMLParser

    found = LexborHTMLParser(body).css_first(f'meta[name="{PROPERTY}"]')
    if found is None:
        raise StampError("页面中没有守望的校验信息")
    return read(found.attributes.get("content") or "")


def _of_zip(file: Path, body: bytes) -> Stamp:
    try:
        with ZipFile(BytesIO(body)) as parts:
            if parts.getinfo("stamp.json").file_size > 64 * 1024:
                raise StampError("校验信息过大")
            return read(parts.read("stamp.json").decode("utf-8", errors="replace"))
    except (BadZipFile, KeyError) as error:
        raise StampError("压缩包中没有守望的校验信息") from error


_STAMPS: Mapping[str, Callable[[Path, bytes], Stamp]] = {
    "docx": lambda _, body: stamp_of(body),
    "xlsx": lambda _, body: stamp_of(body),
    "json": _of_json,
    "csv": _of_csv,
    "html": _of_html,
    "zip": _of_zip,
}


def _differing(ending: str, given: bytes, made: bytes) -> tuple[str, ...]:
    """The lines of text in which a file differs from what is made again, as people find them."""
    ours, theirs = _lines(ending, made), _lines(ending, given)
    matcher = SequenceMatcher(None, ours, theirs)
    return tuple(
        f"第{at + 1}处：{_apart(was, there)}"
        for tag, low, high, first, last in matcher.get_opcodes()
        if tag != "equal"
        for at, (was, there) in enumerate(
            zip_longest(ours[low:high], theirs[first:last]), start=low
        )
    )


def _apart(was: str | None, there: str | None) -> str:
    """Both lines, from a little before the first sign in which they differ."""
    pairs = enumerate(zip_longest(was or "", there or ""))
    start = max(0, next((at for at, (one, other) in pairs if one != other), 0) - BEFORE)
    return f"应为“{_cut(was, start)}”，文件中为“{_cut(there, start)}”"


def _cut(text: str | None, start: int) -> str:
    if text is None:
        return "（无）"
    return ("…" if start else "") + cleaned(text[start:], 60)


def _lines(ending: str, body: bytes) -> list[str]:
    try:
        return _READERS.get(ending, _text_lines)(body)
    except (ValueError, KeyError, OSError, BadZipFile) as error:
        raise ReportError("文件已损坏，不能读取其内容") from error


def _text_lines(body: bytes) -> list[str]:
    return body.decode("utf-8-sig", errors="replace").splitlines()


def _word_lines(body: bytes) -> list[str]:
    """Every paragraph that says something, those of tables in their order."""
    from docx import Document
    from docx.oxml.ns import qn

    root = Document(BytesIO(body)).element.body
    texts = ("".join(t.text or "" for t in p.iter(qn("w:t"))) for p in root.iter(qn("w:p")))
    return [text for text in texts if text.strip()]


def _sheet_lines(body: bytes) -> list[str]:
    from openpyxl import load_workbook

    book = load_workbook(BytesIO(body), read_only=True)
    return [
        f"{page.title}｜" + "｜".join("" if cell is None else str(cell) for cell in row)
        for page in book.worksheets
        for row in page.iter_rows(values_only=True)
    ]


def _zip_lines(body: bytes) -> list[str]:
    """Each part by name and digest."""
    from hashlib import sha256

    with ZipFile(BytesIO(body)) as parts:
        return [f"{name} {sha256(parts.read(name)).hexdigest()}" for name in parts.namelist()]


_READERS: Mapping[str, Callable[[bytes], list[str]]] = {
    "docx": _word_lines,
    "xlsx": _sheet_lines,
    "zip": _zip_lines,
}
