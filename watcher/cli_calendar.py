"""`watcher calendar`: terms in working days, and weeks."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from watcher.calendar import WorkCalendar, deadline, load_calendar, week
from watcher.terminal import (
    BadInputError,
    JsonOption,
    out,
    print_json,
)

app = typer.Typer(no_args_is_help=True, help="工作日与自然周")

HolidaysOption = Annotated[Path, typer.Option("--holidays", help="放假安排目录")]
DEFAULT_HOLIDAYS = Path("config/holidays")


@app.command("due")
def calendar_due(
    start: Annotated[str, typer.Argument(metavar="DATE", help="起算日，不计入")],
    days: Annotated[int, typer.Argument(metavar="N", help="工作日数")],
    holidays: HolidaysOption = DEFAULT_HOLIDAYS,
    as_json: JsonOption = False,
) -> None:
    """起算日之后第 N 个工作日。"""
    if not 0 <= days <= 2000:
        raise BadInputError([f"N 应在 0 到 2000 之间，给的是 {days}"])
    due = deadline(_calendar(holidays), _day(start), days)
    if as_json:
        print_json(
            {
                "start": start,
                "days": days,
                "due": due.on.isoformat(),
                "provisional": due.provisional,
            }
        )
    else:
        note = "（预计，待国办放假通知）" if due.provisional else ""
        out.print(f"{due.on.isoformat()}{note}", markup=False)


@app.command("week")
def calendar_week(
    week_id: Annotated[str, typer.Argument(metavar="WEEK", help="如 2026-W08")],
    holidays: HolidaysOption = DEFAULT_HOLIDAYS,
    as_json: JsonOption = False,
) -> None:
    """一个自然周有几个工作日、是否须更新。"""
    try:
        found = week(_calendar(holidays), week_id)
    except ValueError as error:
        raise BadInputError([f"WEEK {week_id!r}: {error}；写法如 2026-W08"]) from None
    if as_json:
        print_json(
            {
                "week": found.id,
                "start": found.start.isoformat(),
                "end": found.end.isoformat(),
                "working_days": found.working_days,
                "required": found.required,
                "provisional": found.provisional,
            }
        )
        return
    duty = "须更新" if found.required else "无工作日，免更新"
    note = "（预计，待国办放假通知）" if found.provisional else ""
    out.print(
        f"{found.id} {found.start}至{found.end} 工作日{found.working_days}天 {duty}{note}",
        markup=False,
    )


def _calendar(holidays: Path) -> WorkCalendar:
    return load_calendar(holidays if holidays.is_dir() else None)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInputError([f"DATE {text!r} 不是日期；写法如 2026-02-11"]) from None
