"""Evidence is kept whole, once, under its own hash, and only what is a plain file."""

from __future__ import annotations

import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from watcher import evidence
from watcher.evidence import EvidenceError, keep, place


def test_a_file_lies_under_the_hash_of_what_it_holds(tmp_path: Path) -> None:
    file, folder = tmp_path / "截图.png", tmp_path / "evidence"
    file.write_bytes(b"picture")
    kept = keep(file, folder)
    digest = sha256(b"picture").hexdigest()
    assert (kept.sha256, kept.name, kept.size) == (digest, "截图.png", 7)
    target = folder / digest[:2] / digest[2:]
    assert place(digest, folder) == target
    assert target.read_bytes() == b"picture"
    assert keep(file, folder) == kept
    assert [path for path in folder.rglob("*") if path.is_file()] == [target]


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("missing", "不能读取"),
        ("empty", "空的"),
        ("folder", "普通文件"),
        ("link", "符号链接"),
        ("pipe", "普通文件"),
        ("large", "超过"),
    ],
)
def test_what_is_no_plain_file_of_bounded_size_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, word: str
) -> None:
    monkeypatch.setattr(evidence, "MOST", 10)
    file, other = tmp_path / "file", tmp_path / "other"
    other.write_bytes(b"x")
    made: dict[str, Callable[[], object]] = {
        "missing": lambda: None,
        "empty": file.touch,
        "folder": file.mkdir,
        "link": lambda: file.symlink_to(other),
        "pipe": lambda: os.mkfifo(file),
        "large": lambda: file.write_bytes(b"x" * 11),
    }
    made[kind]()
    with pytest.raises(EvidenceError, match=word):
        keep(file, tmp_path / "evidence")
    assert not (tmp_path / "evidence").exists()


def test_a_write_that_breaks_off_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, folder = tmp_path / "file", tmp_path / "evidence"
    file.write_bytes(b"picture")

    def full(number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        keep(file, folder)
    assert [path for path in folder.rglob("*") if path.is_file()] == []


def test_a_spoiled_copy_is_written_anew(tmp_path: Path) -> None:
    file, folder = tmp_path / "file", tmp_path / "evidence"
    file.write_bytes(b"picture")
    target = place(keep(file, folder).sha256, folder)
    target.chmod(0o600)
    target.write_bytes(b"half")
    keep(file, folder)
    assert target.read_bytes() == b"picture"
