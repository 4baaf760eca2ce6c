"""`watcher alarms`: what Alertmanager told us."""

from __future__ import annotations

from typing import Annotated

import typer

from watcher.showing_alarms import alarm_json, alarms_table
from watcher.store.alarms import list_alarms
from watcher.terminal import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    open_database,
    out,
    print_json,
    settings_of,
)

app = typer.Typer(no_args_is_help=True, help="Alertmanager 推送来的告警")


@app.callback()
def alarms() -> None:
    """Alertmanager 推送来的告警：涉及问题的同时记入该问题的经过。"""


@app.command("list")
def list_(
    ended: Annotated[bool, typer.Option("--all", help="包括已解除的")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="最多几条")] = 100,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """列出告警，最近推送的在前；不涉及任何问题的是运维事项。"""
    db = open_database(settings_of(config))
    try:
        with db.read() as c:
            rows = list_alarms(c, ended, limit)
    finally:
        db.close()
    if as_json:
        print_json({"alarms": [{**alarm_json(each), "cases": cases} for each, cases in rows]})
    else:
        out.print(alarms_table(rows))
