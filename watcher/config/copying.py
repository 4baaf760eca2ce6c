"""The files of the configuration for a backup: without secrets, and with the names of those.

A secret is named by `{env: …}` or `{file: …}`; the files so named are left out. Where somebody
wrote one out all the same (a password in an address, a token in a comment), it is blotted out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from watcher.config.reading import LARGEST, read_yaml

_TEXT = (".yaml", ".yml")
_OTHER = (".docx", ".pem", ".png", ".jpg", ".jpeg", ".md", ".csv")
_FILES = 500  # more are no configuration of ours
_DEPTH = 4
_LONGEST = 90  # characters of a name in a tar of the plain kind
_IN_URL = re.compile(r"(://[^/\s:@'\"]*:)[^/\s@'\"]+(@)")
_LITERAL = re.compile(
    r"((?:token|secret|password|passwd|api_?key|app_?secret|private_key)['\"]?[^\S\n]*[:=][^\S\n]*)"
    r"(?![\s{&*|>#\[])('[^'\n]*'|\"[^\"\n]*\"|[^\s,}#]+)",
    re.IGNORECASE,
)
_BLOT = "***"


def config_copies(
    folder: Path, state: Path, others: Iterable[object] = ()
) -> tuple[tuple[tuple[str, bytes], ...], Mapping[str, tuple[str, ...]], int]:
    """Names (quoted, ASCII) and bytes of the files; names of secrets; how many were blotted out.

    `others` are values from elsewhere that name secrets as well: the sources of the register.
    """
    files = tuple(_files(folder, state))
    secrets = _secrets(files, others)
    hidden = {(folder / name).resolve() for name in secrets["file"]}
    copies, masked = [], 0
    for file in files:
        name = quoted(str(file.relative_to(folder)))
        if file.resolve() in hidden or len(name) > _LONGEST:
            continue
        body, blots = _without_secrets(file)
        if body is not None:
            copies.append((name, body))
        masked += blots
    return tuple(sorted(copies)), secrets, masked


def quoted(name: str) -> str:
    """A path as it stands in a backup: ASCII, each part by itself."""
    return "/".join(quote(part, safe="") for part in name.split("/"))


def unquoted(name: str) -> Path:
    """And back. Raises ValueError for what would lead elsewhere."""
    parts = [unquote(part, errors="strict") for part in name.split("/")]
    for part in parts:
        if part in ("", ".", "..") or "/" in part or not part.isprintable():
            raise ValueError(f"not a file name: {name!r}")
    return Path(*parts)


def _files(folder: Path, state: Path) -> Iterator[Path]:
    """Files of the kinds that a configuration has; hidden ones and links are nobody's business."""
    found = 0
    for file in sorted(folder.rglob("*")):
        inner = file.relative_to(folder).parts
        if len(inner) > _DEPTH or any(part.startswith(".") for part in inner):
            continue
        if file.is_symlink() or not file.is_file() or state in file.parents:
            continue
        if file.suffix.lower() in (*_TEXT, *_OTHER) and file.stat().st_size <= LARGEST:
            found += 1
            if found > _FILES:
                return
            yield file


def _secrets(files: tuple[Path, ...], others: Iterable[object]) -> Mapping[str, tuple[str, ...]]:
    """Names of environment variables and files that hold secrets."""
    found: dict[str, set[str]] = {"env": set(), "file": set()}
    for other in others:
        _collect(other, found)
    for file in files:
        if file.suffix.lower() in _TEXT and "examples" not in file.parts:
            _collect(read_yaml(file)[0], found)
    return {kind: tuple(sorted(names)) for kind, names in found.items()}


def _collect(value: Any, found: dict[str, set[str]]) -> None:
    if isinstance(value, Mapping):
        for kind, names in found.items():
            if len(value) == 1 and isinstance(value.get(kind), str):
                names.add(value[kind])
        value = list(value.values())
    for item in value if isinstance(value, list) else ():
        _collect(item, found)


def _without_secrets(file: Path) -> tuple[bytes | None, int]:
    """The bytes, and how many secrets were blotted out; None for what is one as a whole."""
    body = file.read_bytes()
    if b"PRIVATE KEY" in body:
        return None, 1
    if file.suffix.lower() not in _TEXT:
        return body, 0
    text = body.decode("utf-8", "replace")
    text, urls = _IN_URL.subn(rf"\1{_BLOT}\2", text)
    text, words = _LITERAL.subn(rf"\1'{_BLOT}'", text)
    return text.encode(), urls + words
