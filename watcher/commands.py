"""The commands of `watcher`: what each is called, where it is, and its line in the help.

Only the command that is run is imported, since what all of them need takes seconds to load. A new
command is a row of COMMANDS (its first line of help told again here, which `tests/test_startup.py`
compares), or of GUESTS where it joins the group of another module.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group


class Command(NamedTuple):
    """`where` is MODULE:NAME of a function or of a group; `line` is the first line of its help."""

    name: str
    where: str
    line: str


COMMANDS = (  # as `watcher --help` lists them
    Command(
        "attest",
        "watcher.cli_people:attest_account",
        "人工核验：记下某人何时见到账号最近一条信息，附证据；到期后视为未知，机器采集到即作废。",
    ),
    Command(
        "accept",
        "watcher.cli_accept:accept_face",
        "认可账号现在显示的信息（名称、简介、头像、认证）；相应的变更问题在随后的判定中销号。",
    ),
    Command("poll", "watcher.cli_reading:poll", "立即采集一个账号，并按规则判定、入库。"),
    Command("try", "watcher.cli_reading:try_", "试读一个账号：只显示读到什么，不入库。"),
    Command(
        "record", "watcher.cli_reading:record", "录制一次采集为用例目录（去除凭据与个人标识）。"
    ),
    Command(
        "replay",
        "watcher.cli_reading:replay",
        "重放一个录制的用例，显示读到什么；默认只用随程序安装的采集器，不需要配置和数据库。",
    ),
    Command("check", "watcher.cli_watch:check", "检查全部配置，一次报告所有错误。"),
    Command("run", "watcher.cli_watch:run", "运行监测程序，直到收到 SIGTERM 或 Ctrl-C。"),
    Command("demo", "watcher.cli_watch:demo", "在内置数据库和平台替身上演示主要流程。"),
    Command("migrate", "watcher.cli_watch:migrate", "把数据库结构升级到最新版本（只向前）。"),
    Command(
        "backup",
        "watcher.cli_backup:backup",
        "备份数据库、证据与配置（不含密钥）到一个文件；监测程序照常运行。",
    ),
    Command(
        "restore",
        "watcher.cli_restore:restore_",
        "从备份恢复（先停止监测程序）；备份中可能已发出的消息先扣留，由人放行或作废。",
    ),
    Command("findings", "watcher.cli_watch:findings", "列出问题，每条附依据。"),
    Command(
        "simulate",
        "watcher.cli_watch:simulate",
        "在虚拟时钟下运行同一套流程，并与事先写好的真值比较。",
    ),
    Command("accounts", "watcher.cli_accounts:app", "账号台账：导入、导出、查看"),
    Command(
        "duty",
        "watcher.cli_duty:duty_report",
        "试看值守日报：现在发出会是什么文字、何时发给谁；不发送，也不算已发。",
    ),
    Command("alarms", "watcher.cli_alarms:app", "Alertmanager 推送来的告警"),
    Command("calendar", "watcher.cli_calendar:app", "工作日与自然周"),
    Command("collectors", "watcher.cli_collectors:app", "采集器：列表、检查、试用、投入使用、停用"),
    Command("platforms", "watcher.cli_platforms:app", "平台：能否读到、参照账号、由谁证实"),
    Command("evidence", "watcher.cli_evidence:app", "证据：证据包、哈希链、核验、导出"),
    Command("filings", "watcher.cli_filings:app", "备案事项：开设、变更、整合、关停、注销"),
    Command("leads", "watcher.cli_leads:app", "线索：发现而不在台账中的账号"),
    Command("names", "watcher.cli_names:app", "名称：与受保护名称比对"),
    Command("report", "watcher.cli_report:app", "报告、台账与表格：生成与核对"),
    Command("routes", "watcher.cli_routes:app", "通知路由：谁在何时收到什么；试看、试发"),
    Command("rules", "watcher.cli_rules:app", "规则：总目、依据、阈值、告知对象"),
    Command(
        "papers",
        "watcher.cli_units:papers_app",
        "单位材料：承办合同、保密协议、等保、应用备案、互动核查、更名、豁免",
    ),
    Command("inspections", "watcher.cli_units:inspections_app", "年度专项检查的登记"),
    Command("posts", "watcher.cli_people:posts_app", "信息：粘贴链接补录"),
    Command("cases", "watcher.cli_cases:app", "问题办理：签收、反馈、复查、销号、不予认定、处置"),
    Command("silences", "watcher.cli_silences:app", "静默：一段时间内不发告知，必有截止时间"),
    Command("candidates", "watcher.cli_candidates:app", "假冒候选账号：检索、复核、证据、关停函"),
)

GUESTS: Mapping[str, tuple[tuple[str, str], ...]] = {  # group → commands that other modules add
    "accounts": (("show", "watcher.cli_people:show_account"),),
    "cases": (("snooze", "watcher.cli_silences:snooze_case"),),
    "filings": (
        ("national", "watcher.cli_leads:national"),
        ("read-form", "watcher.cli_form:read_form_file"),
    ),
    "candidates": (
        ("search", "watcher.cli_search:search"),
        ("coverage", "watcher.cli_search:coverage"),
        ("proof", "watcher.cli_takedown:proof"),
        ("letter", "watcher.cli_takedown:letter"),
        ("sent", "watcher.cli_takedown:sent"),
        ("receipt", "watcher.cli_takedown:receipt"),
        ("result", "watcher.cli_takedown:result"),
        ("recheck", "watcher.cli_takedown:recheck"),
    ),
}


class Commands(TyperGroup):
    """A group that knows its commands by the table, and imports the one that is run."""

    def __init__(self, **attrs: Any) -> None:
        super().__init__(**attrs)
        for name, _, line in COMMANDS:
            self.add_command(TyperCommand(name, help=line))

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The command that the words name, in full."""
        name, known, rest = super().resolve_command(ctx, args)
        return name, known and loaded(known.name or ""), rest


@cache
def loaded(name: str) -> Any:
    """A command of the table with all that belongs to it, as click runs it."""
    where = next(command.where for command in COMMANDS if command.name == name)
    alone = typer.Typer()
    found = _imported(where)
    if isinstance(found, typer.Typer):
        for guest, place in GUESTS.get(name, ()):
            found.command(guest)(_imported(place))
        alone.add_typer(found, name=name)
    else:
        alone.command(name)(found)
    return get_group(alone).commands[name]


def _imported(where: str) -> Any:
    module, _, name = where.partition(":")
    return getattr(import_module(module), name)
