"""`watcher duty`: the report of duty as it would be said now; nothing is sent or noted as told."""

from __future__ import annotations

import asyncio
from importlib.metadata import version

from watcher.daemon import assemble
from watcher.duty import Preview, preview
from watcher.evidence import size_of
from watcher.searching import reload
from watcher.showing import iso, moment
from watcher.terminal import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    open_database,
    out,
    print_json,
    settings_of,
)
from watcher.watch import Watch, stop


def duty_report(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """试看值守日报：现在发出会是什么文字、何时发给谁；不发送，也不算已发。"""
    settings = settings_of(config)
    open_database(settings).close()
    watch = assemble(settings)
    try:
        shown = asyncio.run(_preview(watch))
    finally:
        watch.db.close()
    if as_json:
        print_json(_json(shown))
        return
    out.print(_when(shown), markup=False, highlight=False)
    for text in (f"标题：{shown.said.title}", shown.said.body, f"短信：{shown.said.short}"):
        out.print(text, markup=False, highlight=False, soft_wrap=True)


# -- inside --------------------------------------------------------------------------------------


async def _preview(watch: Watch) -> Preview:
    """What the running watch would say, of what is in the database."""
    try:
        await watch.writer.submit(lambda c: reload(c, watch.searches, watch.now()))
        if watch.proofs.folder is not None:
            folder = watch.proofs.folder.parent
            watch.proofs.beside = await asyncio.to_thread(size_of, folder)
        return await asyncio.to_thread(preview, watch, version("shouwang"))
    finally:
        await stop(watch, patience=1.0)


def _when(shown: Preview) -> str:
    how = "以下为试看，不发送；平台状态取自守望最近一次巡查。"
    if not shown.targets:
        return f"{how}没有设接收方（watcher.yaml 的 alive.roles），到时也不会发。"
    who = "、".join(shown.targets)
    last = f"上一期：{shown.told}。" if shown.told else "还没有发过。"
    return f"{how}{last}下一期：{moment(shown.next_at)}，发往 {who}。"


def _json(shown: Preview) -> dict[str, object]:
    return {
        "told": shown.told or None,
        "next_at": iso(shown.next_at),
        "targets": list(shown.targets),
        "title": shown.said.title,
        "body": shown.said.body,
        "short": shown.said.short,
    }
