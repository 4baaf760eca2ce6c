"""`watcher routes`: who hears what, when and in what words; tried, and tested over the channels."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import RenderableType

from alerts.deliver import resolver, send
from alerts.merge import Outgoing
from alerts.office_tree import office_key
from alerts.planning import Errand
from alerts.routes import Occasion
from watcher import store
from watcher.config import Settings
from watcher.daemon import now
from watcher.deciding import addressed_to
from watcher.model import Case, CaseState, Dossier, Level
from watcher.posting import turn
from watcher.rehearsing import Wish, rehearse, trial_message
from watcher.rehearsing_reports import rehearse_report, report_trial
from watcher.report_plan import KINDS
from watcher.rules.ruleset import Rule
from watcher.showing_report_routes import report_json, report_parts
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
    rule: Annotated[str, typer.Option("--rule", help="规则编号，如 UPD-04")] = "",
    report: Annotated[str, typer.Option("--report", help="定期报告类别，如 quarterly")] = "",
    office: Annotated[
        str, typer.Option("--office", help="报告所属主管单位编号或名称，默认全市")
    ] = "",
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
    """试看：这条规则的通知（--rule）或定期报告（--report），谁在何时经哪个渠道收到什么文字、
    什么文件，以及此后的逐级报告。"""
    if bool(rule) == bool(report):
        raise BadInputError(["--rule、--report 须且只须给一个"])
    about = About(account, unit, platform)
    if report and (level or why is not Why.FIRST or about != About()):
        raise BadInputError(["--report 只与 --office、--at、--send 同用"])
    if office and not report:
        raise BadInputError(["--office 只与 --report 同用"])
    settings = settings_of(config, targets=sending)
    moment = moment_of("--at", at) if at else now()
    with closing(open_database(settings)) as db:
        if report:
            trial = _try_report(db, settings, report, office, moment if at else None)
        else:
            wish = Wish(found := _rule(rule, settings), _level(found, level), Occasion(why), moment)
            trial = _try_rule(db, settings, about, wish)
        rows = asyncio.run(_send_all(trial, settings, db, by)) if sending else None
    _show(trial, rows, moment, settings, as_json)
    if rows is not None and not all(ok for _, ok, _ in rows):
        raise typer.Exit(1)


# -- what would be said ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Trial:
    """What would be said, for people and as JSON; who would hear it, and the test message for each
    of them at a moment. `about` names it in the audit log."""

    about: str
    parts: tuple[RenderableType, ...]
    said: Mapping[str, Any]
    errands: tuple[Errand, ...]
    message: Callable[[Errand, datetime], Outgoing]


def _try_rule(db: store.Database, settings: Settings, about: About, wish: Wish) -> Trial:
    offices, policy = settings.offices, settings.policy
    with db.read() as c:
        dossier, case, subject = _subject(c, about, wish.rule, wish.now)
    told = rehearse(wish, case, dossier, subject, policy, offices, settings.calendar)
    return Trial(
        wish.rule.rule,
        tuple(rehearsal_parts(told, policy, offices)),
        rehearsal_json(told, offices),
        told.plan.errands,
        lambda errand, at: trial_message(errand, replace(wish, now=at)),
    )


def _try_report(
    db: store.Database, settings: Settings, kind: str, office: str, at: datetime | None
) -> Trial:
    offices = settings.offices
    if kind not in KINDS:
        hint = _near(kind, KINDS) or f"可用：{'、'.join(KINDS)}"
        raise BadInputError([f"没有定期报告 {kind}；{hint}"])
    key = office_key(office, offices)
    if office and not key:
        hint = _near(office, [*offices.offices, *(o.name for o in offices.offices.values())])
        raise BadInputError([f"没有编号或名称为 {office} 的机构；{hint or '见 offices.yaml'}"])
    with db.read() as c:
        told = rehearse_report(settings, c, kind, key, now(), at)
    return Trial(
        f"report:{kind}",
        tuple(report_parts(told, offices)),
        report_json(told, offices),
        told.plan.errands,
        lambda errand, moment: report_trial(errand, KINDS[kind], moment),
    )


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
    trial: Trial,
    rows: list[tuple[str, bool, str]] | None,
    at: datetime,
    settings: Settings,
    as_json: bool,
) -> None:
    if as_json:
        sent = [{"target": t, "ok": ok, "outcome": said} for t, ok, said in rows or ()]
        more = {} if rows is None else {"sent": sent}
        print_json({**trial.said, **more})
        return
    for part in trial.parts:
        out.print(part, soft_wrap=True)
    if rows is not None:
        table = [(target, kind_of(target, settings.offices), said) for target, _, said in rows]
        out.print(sent_table(table, at))


async def _send_all(
    trial: Trial, settings: Settings, db: store.Database, by: str
) -> list[tuple[str, bool, str]]:
    """A test message to each target, within the caps: target, whether it took it, and what it
    said. Noted in the audit log."""
    writer = store.Writer(db)
    try:
        rows = [
            (errand.target, *await _send(errand, trial, settings, writer))
            for errand in trial.errands
        ]
        outcome, at = {target: said for target, _, said in rows}, now()
        await writer.submit(
            lambda c: store.audit(c, by, "routes_test", trial.about, None, outcome, at)
        )
        return rows
    finally:
        await writer.aclose()


async def _send(
    errand: Errand, trial: Trial, settings: Settings, writer: store.Writer
) -> tuple[bool, str]:
    target, at = settings.offices.targets.get(errand.target), now()
    if target is None:
        return False, "没有这个渠道"
    message = trial.message(errand, at)
    free = await turn(message, target, writer, at)
    if free is not None:
        return False, f"渠道每分钟条数已满，请在 {(free - at).total_seconds():.0f} 秒后再试"
    resolve = resolver(folder=settings.folder)
    result = await send(message, target, resolve=resolve, now=at)
    if result.ok:
        return True, "已送达" + (f"（{result.provider_id}）" if result.provider_id else "")
    return False, f"未送达：{result.error}"
