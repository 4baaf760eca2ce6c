"""Documents that go along with a mail: which of a report's files, and what is said of the others.

Other channels carry no files; what they say of where a report lies stands in its letter.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from alerts.merge import Outgoing, Picture
from alerts.routing import Target
from watcher.model import Letter
from watcher.store import Writer
from watcher.store.reports_made import REPORT, MadeFile, report_made

REPORTS = "reports"  # where reports of the plan lie in the state folder
LARGEST = 10 * 1024 * 1024  # bytes of all documents of one mail; its coding makes them a third more
TYPES = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".html": "text/html",
}
ELSEWHERE = "请在“报告”页下载"
REFUSED = f"随附文件未被邮件服务器接收，{ELSEWHERE}。"
TRIED = f"随附文件曾随前一封发送，本封不再附；如未收到，{ELSEWHERE}。"


async def with_documents(
    message: Outgoing,
    letters: Sequence[Letter],
    target: Target,
    writer: Writer,
    folder: Path | None,
) -> Outgoing:
    """The message with the files of the report that it tells of, where it goes by mail.

    Where a mail with them was sent twice and nobody knows whether it came, the words go alone.
    """
    numbers = [number for each in letters if (number := _report(each.key))]
    if folder is None or target.kind != "mail" or not numbers:
        return message
    if any(each.possibly_sent and each.attempts > 1 for each in letters):
        return replace(message, body=f"{message.body}\n{TRIED}")
    made = [await writer.submit(partial(report_made, number=number)) for number in numbers]
    files = [file for each in made if each for file in each.files]
    read = await asyncio.to_thread(_read, files, folder / REPORTS)
    return replace(message, documents=read, body=f"{message.body}\n{_said(files, read)}")


def words_alone(message: Outgoing) -> Outgoing:
    """The same message without the documents that a mail server would not take."""
    kept = "\n".join(line for line in message.body.splitlines() if not line.startswith(_WITH))
    return replace(message, documents=(), body=f"{kept}\n{REFUSED}")


def enclosed(files: Iterable[MadeFile]) -> tuple[MadeFile, ...]:
    """Those of a report's files that go along, Word first, as far as there is room."""
    found, room = [], LARGEST
    for file in sorted(files, key=_rank):
        if _rank(file) < len(TYPES) and file.size <= room:
            found.append(file)
            room -= file.size
    return tuple(found)


# -- inside ------------------------------------------------------------------------------------

_WITH = "随附："


def _rank(file: MadeFile) -> int:
    known = list(TYPES)
    ending = Path(file.name).suffix
    return known.index(ending) if ending in known else len(known)


def _report(key: str) -> int | None:
    """The number of the report that a letter tells of."""
    number = key.removeprefix(REPORT).partition("-")[0] if key.startswith(REPORT) else ""
    return int(number) if number.isascii() and number.isdigit() else None


def _read(files: Sequence[MadeFile], folder: Path) -> tuple[Picture, ...]:
    """Those that are still there; the words go without the others."""
    found = []
    for file in enclosed(files):
        path = folder / file.name
        try:
            found.append(Picture(path.name, path.read_bytes(), TYPES[path.suffix]))
        except OSError:
            continue
    return tuple(found)


def _said(files: Sequence[MadeFile], read: Sequence[Picture]) -> str:
    """Which files come along, and which do not."""
    there = [each.name for each in read]
    left = [name for file in files if (name := Path(file.name).name) not in there]
    said = [f"{_WITH}{'、'.join(there)}。"] if there else []
    if left:
        said.append(f"未随附：{'、'.join(left)}（过大或已不在原处），{ELSEWHERE}。")
    return "".join(said)
