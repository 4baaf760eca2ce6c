"""`watcher routes`: who hears what, when and in what words; tried, and tested over the channels."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches
from enum import StrEnum
from typing import Annotated

import typer

from alerts.deliver import resolver, send
from alerts.planning import Errand
from alerts.routes import Occasion
from watcher import store
from watcher.config import Settings
from watcher.daemon import now
from watcher.deciding import addressed_to
from watcher.model import Case, CaseState, Dossier, Level
from watcher.posting import turn
from watcher.rehearsing import Rehearsal, Wish, rehearse, trial_message
from watcher.rules.ruleset import Rule
from watcher.showing_routes import (
    kind_of,
    rehearsal_json,
    rehearsal_parts,
    routes_json,
    routes_parts,
    sent_table,
)
from watcher.terminal import (
    DEFAULT_CONFIG,
    BadInputError,
    ConfigOption,
    HandOption,
    JsonOption,
    moment_of,
    open_database,
    out,
    print_json,
    settings_of,
)

app = typer.Typer(no_args_is_help=True, help="通知路由：谁在何时收到什么；试看、试发")


class Why(StrEnum):
    FIRST = "first"
    REMINDER = "reminder"
    ESCALATION = "escalation"
    STEP = "step"
    RESOLVED = "resolved"


class Severity(StrEnum):
    BLUE = "blue"
    YELLOW = "yellow"
    ORANGE = "orange"
    RED = "red"


@dataclass(frozen=True, slots=True)
class About:
    """What a rehearsal is about: one of these, or nothing."""

    account: str = ""
    unit: str = ""
    platform: str = ""


@app.command("list")
def list_(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """列出路由、逐级报告、静默时段；自上而下对照，先到先得。"""
    settings = settings_of(config)
    if as_json:
        print_json(routes_json(settings.policy))
        return
    for part in routes_parts(settings.policy, settings.offices):
        out.print(part)


@app.command("test")
def try_(
    rule: Annotated[str, typer.Option("--rule", help="规则编号，如 UPD-04")],
    account: Annotated[str, typer.Option("--account", help="账号编号")] = "",
    unit: Annotated[str, typer.Option("--unit", help="主办单位编号（单位类规则）")] = "",
    platform: Annotated[
        str, typer.Option("--platform", help="平台通道，如 weibo（SYS 规则）")
    ] = "",
    level: Annotated[Severity | None, typer.Option("--level", help="级别，默认规则的级别")] = None,
    why: Annotated[Why, typer.Option("--why", help="何种通知")] = Why.FIRST,
    at: Annotated[str, typer.Option("--at", help="假定的时刻，默认现在")] = "",
    sending: Annotated[
        bool, typer.Option("--send", help="向这些渠道各发一条标明【测试】的消息")
    ] = False,
    by: HandOption = "",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """试看：这条规则的通知，谁在何时经哪个渠道收到什么文字，以及此后的逐级报告。"""
    settings = settings_of(config, targets=sending)
    moment = moment_of("--at", at) if at else now()
    found = _rule(rule, settings)
    wish = Wish(found, _level(found, level), Occasion(why.value), moment)
    db = open_database(settings)
    try:
        with db.read() as c:
            dossier, case, subject = _subject(c, About(account, unit, platform), found, moment)
        told = rehearse(
            wish, case, dossier, subject, settings.policy, settings.offices, settings.calendar
        )
        rows = asyncio.run(_send_all(told, settings, db, by)) if sending else None
    finally:
        db.close()
    _show(told, rows, settings, as_json)
    if rows is not None and not all(ok for _, ok, _ in rows):
        raise typer.Exit(1)


# -- what it is about ----------------------------------------------------------------------------


def _rule(given: str, settings: Settings) -> Rule:
    name = given.strip().upper()
    found = settings.rules.rules.get(name)
    if found is None:
        hint = _near(name, settings.rules.rules) or "用 watcher rules list 查看"
        raise BadInputError([f"没有规则 {given}；{hint}"])
    return found


def _near(given: str, known: Iterable[str]) -> str:
    near = get_close_matches(given, list(known), n=1)
    return f"是否指 {near[0]}？" if near else ""


def _level(rule: Rule, given: Severity | None) -> Level:
    if given is None:
        return rule.level
    if rule.level is Level.OPERATOR:
        raise BadInputError([f"{rule.rule} 只告运维，没有颜色级别；请去掉 --level"])
    return Level(given.value)


def _subject(
    c: store.Connection, about: About, rule: Rule, at: datetime
) -> tuple[Dossier | None, Case | None, str]:
    """Whom it is about, the open case of the rule where there is one, and a subject."""
    given = [name for name in ("account", "unit", "platform") if getattr(about, name)]
    if len(given) > 1:
        raise BadInputError(["--account、--unit、--platform 只能给一个"])
    if about.account:
        return _account(c, about.account, rule, at)
    if about.unit:
        unit = next((u for u in store.load_units(c) if about.unit in (u.key, u.name)), None)
        if unit is None:
            raise BadInputError([f"没有编号或名称为 {about.unit} 的单位"])
        dossier = addressed_to(unit)
        return dossier, _open(c, dossier.account.key, rule), about.unit
    if about.platform or rule.level is Level.OPERATOR:
        return None, None, about.platform
    raise BadInputError([f"{rule.rule} 是关于账号或单位的；请给 --account 或 --unit"])


def _account(
    c: store.Connection, key: str, rule: Rule, at: datetime
) -> tuple[Dossier, Case | None, str]:
    dossier = store.dossiers(c, [key], at).get(key)
    if dossier is None:
        keys = [each.key for each in store.load_accounts(c)]
        hint = _near(key, keys) or "用 watcher accounts list 查看"
        raise BadInputError([f"没有编号为 {key} 的账号；{hint}"])
    return dossier, _open(c, key, rule), ""


def _open(c: store.Connection, scope: str, rule: Rule) -> Case | None:
    cases = store.list_cases(c, CaseState.OPEN, scope)
    return next((case for case in cases if case.finding.rule == rule.rule), None)


# -- what comes of it ----------------------------------------------------------------------------


def _show(
    told: Rehearsal,
    rows: list[tuple[str, bool, str]] | None,
    settings: Settings,
    as_json: bool,
) -> None:
    offices = settings.offices
    if as_json:
        sent = [{"target": t, "ok": ok, "outcome": said} for t, ok, said in rows or ()]
        more = {} if rows is None else {"sent": sent}
        print_json({**rehearsal_json(told, offices), **more})
        return
    for part in rehearsal_parts(told, settings.policy, offices):
        out.print(part, soft_wrap=True)
    if rows is not None:
        table = [(target, kind_of(target, offices), said) for target, _, said in rows]
        out.print(sent_table(table, told.wish.now))


async def _send_all(
    told: Rehearsal, settings: Settings, db: store.Database, by: str
) -> list[tuple[str, bool, str]]:
    """A test message to each target, within the caps: target, whether it took it, and what it
    said. Noted in the audit log."""
    writer = store.Writer(db)
    try:
        rows = [
            (errand.target, *await _send(errand, replace(told.wish, now=now()), settings, writer))
            for errand in told.plan.errands
        ]
        outcome = {target: said for target, _, said in rows}
        rule, at = told.wish.rule.rule, now()
        await writer.submit(lambda c: store.audit(c, by, "routes_test", rule, None, outcome, at))
        return rows
    finally:
        await writer.aclose()


async def _send(
    errand: Errand, wish: Wish, settings: Settings, writer: store.Writer
) -> tuple[bool, str]:
    target = settings.offices.targets.get(errand.target)
    if target is None:
        return False, "没有这个渠道"
    message = trial_message(errand, wish)
    free = await turn(message, target, writer, wish.now)
    if free is not None:
        return False, f"渠道每分钟条数已满，请在 {(free - wish.now).total_seconds():.0f} 秒后再试"
    resolve = resolver(folder=settings.folder)
    result = await send(message, target, resolve=resolve, now=wish.now)
    if result.ok:
        return True, "已送达" + (f"（{result.provider_id}）" if result.provider_id else "")
    return False, f"未送达：{result.error}"
