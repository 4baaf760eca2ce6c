"""An edited ledger (台账) taken over by `watcher accounts import`: shown first, then written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from rich.table import Table

from watcher import store
from watcher.calendar import local
from watcher.cli_filing_desk import follow, ledger_at
from watcher.config import Settings
from watcher.daemon import now
from watcher.filing_columns import HEADINGS
from watcher.filing_desk import Ledger, completed, faults
from watcher.ledger import FILINGS
from watcher.ledger_facts import known_at
from watcher.ledger_import import planned
from watcher.ledger_plan import FilingEdit, Plan
from watcher.model import Account
from watcher.register.ledger import read_ledger
from watcher.register.values import Mistake, RegisterError
from watcher.showing import plain
from watcher.showing_units import paper_json
from watcher.store.filed import keep_filings
from watcher.store.people import save_people
from watcher.terminal import open_database, out, print_json

MOST_SHOWN = 200  # lines of a table on a terminal; --json has them all


def import_ledger(
    file: Path,
    settings: Settings,
    by: str,
    moment: datetime,
    lane: Callable[[store.Connection, tuple[Account, ...]], Callable[[Account], str]],
    dry_run: bool = False,
    as_happened: bool = False,
    as_json: bool = False,
) -> None:
    """Take over what was edited in a ledger, or only show it. Raises RegisterError.

    `lane` checks the accounts that would be written, and tells in which lane each is read.
    """
    read, db = read_ledger(file), open_database(settings)
    try:
        with db.read() if dry_run else db.write() as c:
            ledger = ledger_at(c)
            # Nobody else writes from here on: the register of this very moment.
            known = known_at(c, "", settings.offices, max(moment, now()))
            plan = planned(read, known, ledger, by, moment.replace(microsecond=0))
            lane_of = lane(c, plan.accounts)
            today = local(moment).date()
            filings = _checked(plan, ledger, settings, today, as_happened, read.place(FILINGS))
            plan = replace(plan, filings=filings)
            if not dry_run:
                _write(c, plan, by, moment, lane_of, settings)
    finally:
        db.close()
    if as_json:
        print_json(plan_json(plan, dry_run))
    else:
        _show(plan, dry_run)


def _checked(
    plan: Plan, ledger: Ledger, settings: Settings, today: date, as_happened: bool, place: str
) -> tuple[FilingEdit, ...]:
    """The filings made whole. Raises RegisterError with everything for which one is refused."""
    units = {**ledger.units, **{each.key: each for each in plan.units}}
    accounts = {**ledger.accounts, **{each.key: each for each in plan.accounts}}
    after = replace(ledger, units=units, accounts=accounts)
    edits = [replace(each, filing=completed(each.filing, after)) for each in plan.filings]
    kept = {**ledger.filings, **{each.filing.key: each.filing for each in edits}}
    after = replace(after, filings=kept)
    wrong = [
        Mistake(
            *(place, each.row.number),
            each.row.headings.get(fault.field) or HEADINGS[fault.field][0],
            fault.message,
        )
        for each in edits
        for fault in faults(each.filing, after, today, settings.calendar, as_happened)
    ]
    if wrong:
        raise RegisterError(wrong)
    return tuple(edits)


def _write(
    c: store.Connection,
    plan: Plan,
    by: str,
    moment: datetime,
    lane: Callable[[Account], str],
    settings: Settings,
) -> None:
    """All of it in one transaction, with a trace of who did it; then it is judged."""
    if plan.empty:
        return
    store.save_register(c, plan.units, plan.accounts, by, moment, lane=lane)
    if plan.people:
        save_people(c, plan.people, by, moment)
    for paper in plan.papers:
        saved = store.save_paper(c, paper)
        store.audit(c, by, "paper.add", f"unit:{paper.unit}", None, paper_json(saved), moment)
    if plan.filings:
        keep_filings(c, [each.filing for each in plan.filings], by, moment)
    follow(c, settings, moment)


# -- showing it --------------------------------------------------------------------------------


def plan_json(plan: Plan, dry_run: bool) -> dict[str, Any]:
    """What is taken over and what is not, as JSON."""
    return {
        "dry_run": dry_run,
        "changes": [asdict(each) for each in plan.changes],
        "not_taken_over": [asdict(each) for each in plan.untaken],
    }


def _show(plan: Plan, dry_run: bool) -> None:
    if plan.changes:
        out.print(_changes(plan))
    if plan.untaken:
        out.print(_untaken(plan))
    if not plan.changes:
        out.print("台账没有需要导入的改动。")
    elif dry_run:
        out.print(f"以上 {len(plan.changes)} 处改动尚未写入；去掉 --dry-run 即导入。")
    else:
        out.print(f"导入完成：{len(plan.changes)} 处改动已写入。")
    if plan.untaken:
        out.print(f"另有 {len(plan.untaken)} 处未采纳，见上表。")


def _changes(plan: Plan) -> Table:
    table = Table(title="改动", caption=_more(len(plan.changes)))
    for heading in ("工作表", "行", "编号", "列", "原为", "改为"):
        table.add_column(heading, overflow="fold")
    for each in plan.changes[:MOST_SHOWN]:
        table.add_row(
            *(each.sheet, str(each.row), plain(each.about), plain(each.column)),
            *(plain(each.before, 100), plain(each.after, 100)),
        )
    return table


def _untaken(plan: Plan) -> Table:
    table = Table(title="未采纳", caption=_more(len(plan.untaken)))
    for heading in ("工作表", "行", "编号", "列", "文件中", "原因"):
        table.add_column(heading, overflow="fold")
    for each in plan.untaken[:MOST_SHOWN]:
        table.add_row(
            *(each.sheet, str(each.row), plain(each.about), plain(each.column)),
            *(plain(each.value, 100), each.why),
        )
    return table


def _more(count: int) -> str | None:
    left = count - MOST_SHOWN
    return f"另有 {left} 处，用 --json 查看全部" if left > 0 else None
