"""What all commands share: the two consoles, the common options, the configuration, bad input."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import orjson
import typer
from rich.console import Console

from watcher.calendar import ZONE

if TYPE_CHECKING:  # they take seconds to load, and not every command needs them
    from watcher import store
    from watcher.config import Settings

# A pipe has no width: tables get enough for a Chinese name not to break at every character.
out = Console(width=None if sys.stdout.isatty() else 160)
err = Console(stderr=True, soft_wrap=True)

ConfigOption = Annotated[
    Path, typer.Option("--config", "-c", envvar="SHOUWANG_CONFIG", help="配置文件")
]
JsonOption = Annotated[bool, typer.Option("--json", help="只输出一个 JSON 文档")]
BY = "SHOUWANG_BY"  # the environment variable that names the person at a terminal
LONGEST_NAME = 60
NOBODY = "命令行"  # what stands before the login name where no person was named
DEFAULT_CONFIG = Path("config/watcher.yaml")


class BadInputError(Exception):
    """What the user gave cannot be used; each line names where and what to do."""

    def __init__(self, lines: Iterable[object]) -> None:
        self.lines = [str(line) for line in lines]
        super().__init__("\n".join(self.lines))


def fail(lines: Iterable[object], status: int) -> NoReturn:
    """End the program with these lines on stderr."""
    for line in lines:
        err.print(str(line), markup=False, highlight=False)
    sys.exit(status)


def print_json(value: Any) -> None:
    """One JSON document on stdout."""
    sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n")
    sys.stdout.flush()


def moment_of(option: str, text: str) -> datetime:
    """A moment as it was typed, in UTC; without a zone it is Beijing's. Raises BadInputError."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadInputError(
            [f"{option} {text!r} 不是时刻；写法如 2026-11-20T10:00+08:00"]
        ) from None
    return (found if found.tzinfo else found.replace(tzinfo=ZONE)).astimezone(UTC)


def filled(*options: tuple[str, str]) -> None:
    """Every option must say something. Raises BadInputError with all that do not."""
    empty = [name for name, text in options if not text.strip()]
    if empty:
        raise BadInputError([f"{'、'.join(empty)} 不能为空"])


def person(by: str) -> str:
    """Who decides: a name, since a decision is one person's. Raises BadInputError."""
    name = by.strip()
    if not name or name.partition(":")[0] == NOBODY:
        raise BadInputError([f"须写明操作人：用 --by 姓名，或设置环境变量 {BY}；决定要记到人"])
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise BadInputError([f"--by 应为姓名，不超过 {LONGEST_NAME} 个字，不含控制字符"])
    return name


def hand(by: str) -> str:
    """Who enters what is no decision: the name given, else the login. Raises BadInputError."""
    return person(by) if by else f"{NOBODY}:{_login()}"


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in some containers
        return f"uid{os.getuid()}"


def _by(callback: Callable[[str], str], otherwise: str) -> Any:
    said = f"操作人姓名，记入审计日志；不写则取环境变量 {BY}，{otherwise}"
    return typer.Option("--by", envvar=BY, callback=callback, show_envvar=False, help=said)


# Decisions name a person; what is only entered or asked for names at least the login.
ByOption = Annotated[str, _by(person, "二者都没有则不执行")]
HandOption = Annotated[str, _by(hand, "再无则记登录名")]


def settings_of(config: Path, targets: bool = False) -> Settings:
    """The configuration; only what sends letters needs the secrets of its targets."""
    if not config.is_file():
        raise BadInputError([f"没有配置文件 {config}；用 --config 指定，或在项目目录下运行"])
    from watcher.config import load

    return load(config, os.environ, targets=targets)


def one_of(option: str, word: str, known: Iterable[str], where: str) -> str:
    """The word, where it is known; else what may be meant, and `where` all are listed."""
    every = sorted(known)
    if word in every:
        return word
    near = get_close_matches(word, every, 1)
    hint = f"是否指 {near[0]}？" if near else ""
    raise BadInputError([f"{option}：没有 {word}；{hint}用 {where} 查看"])


def writable(file: Path) -> Path:
    """A file that may be written, its folder being there. Raises BadInputError."""
    if file.is_dir():
        raise BadInputError([f"{file} 是文件夹，请写明文件名"])
    if not file.parent.is_dir():
        raise BadInputError([f"没有文件夹 {file.parent}；请先建立，或换一个位置"])
    if not os.access(file.parent, os.W_OK):
        raise BadInputError([f"文件夹 {file.parent} 不可写；请换一个位置"])
    return file


def open_database(settings: Settings) -> store.Database:
    """The database of a configuration. Raises BadInputError when it must be migrated first."""
    from watcher import store

    db = store.connect(settings.database.reveal())
    if not store.at_head(db):
        db.close()
        raise BadInputError(["数据库结构不是最新版本；请先运行: watcher migrate"])
    return db
