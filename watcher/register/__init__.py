"""Register files (xlsx, csv, yaml): units and accounts as the filing form knows them."""

from __future__ import annotations

import os
from pathlib import Path

from watcher.register.build import build
from watcher.register.tables import read_csv, read_xlsx, write_csv, write_xlsx
from watcher.register.values import MAX_BYTES, Mistake, Register, RegisterError
from watcher.register.yaml_file import read_yaml, write_yaml

__all__ = ["Mistake", "Register", "RegisterError", "read_register", "write_register"]

_READ = {".xlsx": read_xlsx, ".csv": read_csv, ".yaml": read_yaml, ".yml": read_yaml}
_WRITE = {".xlsx": write_xlsx, ".csv": write_csv, ".yaml": write_yaml, ".yml": write_yaml}


def read_register(path: Path) -> Register:
    """All units and accounts of a file.

    Raises RegisterError with every mistake of the file, each with its row and column.
    """
    read = _READ.get(path.suffix.lower())
    if read is None:
        raise RegisterError([_kind(path)])
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            message = f"文件超过{MAX_BYTES >> 20}MB，拒绝读取"
            raise RegisterError([Mistake(path.name, 0, "", message)])
        rows, mistakes = read(path)
    except OSError as error:
        message = f"无法读取：{error.strerror or error}"
        raise RegisterError([Mistake(path.name, 0, "", message)]) from error
    return build(path.name, rows, mistakes)


def write_register(path: Path, register: Register) -> None:
    """Write a file that `read_register` reads back as the same values; never half a file."""
    write = _WRITE.get(path.suffix.lower())
    if write is None:
        raise RegisterError([_kind(path)])
    draft = path.with_name(f".{path.name}.part{path.suffix}")
    try:
        write(draft, register)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _kind(path: Path) -> Mistake:
    message = f"不支持“{path.suffix}”文件"
    return Mistake(path.name, 0, "", message, "请用 .xlsx、.csv 或 .yaml")
