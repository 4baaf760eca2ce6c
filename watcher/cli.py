"""The `watcher` program. Exit status 2: bad input; 1: failure. Errors go to stderr.

`--json` prints one JSON document on stdout and nothing else. What commands there are says
`watcher/commands.py`; here nothing is imported that a command may not need.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

import typer

from watcher.commands import Commands
from watcher.terminal import BadInputError, fail

app = typer.Typer(
    cls=Commands, no_args_is_help=True, add_completion=False, help="政务新媒体监测（守望）"
)


@app.callback()
def _all() -> None:
    """What every command does first: nothing."""


def _misuse(error: typer._click.exceptions.UsageError) -> str:
    """How the command line is wrong, in Chinese where it is one of the usual ways."""
    if isinstance(error, typer._click.exceptions.NoSuchOption):
        return f"没有选项 {error.option_name}"
    if isinstance(error, typer._click.exceptions.MissingParameter) and error.param is not None:
        return f"缺少 {error.param.get_error_hint()}"
    return error.format_message()


def main() -> None:
    """Run the program; every foreseen error ends in one clear text and an exit status."""
    try:
        status = app(standalone_mode=False)
    except BadInputError as error:
        fail(error.lines, 2)
    except typer.Exit as error:
        sys.exit(error.exit_code)
    except (typer.Abort, KeyboardInterrupt):
        fail(("中断",), 1)
    except typer._click.exceptions.UsageError as error:
        fail((_misuse(error), "用法见 --help"), 2)
    except Exception as error:
        if told := _foreseen(error):
            fail(*told)
        raise
    sys.exit(status if isinstance(status, int) else 0)


def _foreseen(error: Exception) -> tuple[Iterable[object], int] | None:
    """What an error of our own is told by, and the status; what raised it is imported by now."""
    from watcher.calendar import CalendarError
    from watcher.config import ConfigError
    from watcher.fetch.record import CaseError
    from watcher.register import RegisterError
    from watcher.store import StoreUnavailable

    if isinstance(error, ConfigError):
        return (f"配置有 {len(error.mistakes)} 处错误：", *error.mistakes), 2
    if isinstance(error, RegisterError):
        return (f"台账文件有 {len(error.mistakes)} 处错误，未导入任何内容：", *error.mistakes), 2
    if isinstance(error, CalendarError | CaseError):
        return getattr(error, "mistakes", (error,)), 2
    return ((error,), 1) if isinstance(error, StoreUnavailable | OSError) else None
