"""`watcher cases`: 签收, 反馈, 复查, 销号, 不予认定, 处置措施; each goes to the audit log."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from alerts.office_tree import Offices
from collectors import discover
from watcher import store
from watcher.calendar import is_working_day
from watcher.casework import CaseworkError, Wish, found, note, observed, perform
from watcher.config import Settings
from watcher.daemon import assemble, book_of, now
from watcher.deciding import Book
from watcher.evidence import MOST, Evidence, EvidenceError, keep
from watcher.hushing import silence_of
from watcher.lookout import sky_over
from watcher.model import Account, Case, CaseState, Coverage, Failure, Outcome
from watcher.rectifying import DEEDS, MEASURES, CaseEvent, Deed, case_number
from watcher.rounds import look
from watcher.rules.catalogue import catalogue
from watcher.service import refresh, service_of
from watcher.showing import due_text
from watcher.showing_cases import (
    History,
    case_json,
    cases_table,
    event_json,
    history_json,
    history_parts,
    standing_of,
)
from watcher.store.alarms import alarms_of
from watcher.terminal import (
    DEFAULT_CONFIG,
    BadInputError,
    ByOption,
    ConfigOption,
    HandOption,
    JsonOption,
    one_of,
    open_database,
    out,
    person,
    print_json,
    settings_of,
)
from watcher.watch import lane_of, stop

app = typer.Typer(no_args_is_help=True, help="问题办理：签收、反馈、复查、销号、不予认定、处置")

MOST_FILES = 20  # attachments of one feedback
CaseArgument = Annotated[
    str, typer.Argument(metavar="CASE", help="问题编号，如 UPD-02-261123-…，或号")
]
ReasonOption = Annotated[str, typer.Option("--reason", help="理由")]
TextOption = Annotated[str, typer.Option("--text", help="内容")]
AttachOption = Annotated[
    list[Path] | None,
    typer.Option("--attach", help=f"佐证材料，可重复；每个不超过 {MOST >> 20} MB"),
]
TermOption = Annotated[str, typer.Option("--new-deadline", help="新的整改期限，如 2026-12-01")]


@app.command("list")
def list_(
    account: Annotated[str, typer.Option("--account", help="只看一个账号")] = "",
    rule: Annotated[str, typer.Option("--rule", help="只看一条规则，如 UPD-02")] = "",
    closed: Annotated[bool, typer.Option("--all", help="包括已销号、不予认定的")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """列出问题：编号、事实、整改期限、办理状态。"""
    settings = settings_of(config)
    if rule:
        known = (*catalogue(), *settings.rules.rules)
        rule = one_of("--rule", rule.strip().upper(), known, "watcher rules list")
    db = open_database(settings)
    try:
        with db.read() as c:
            cases = store.list_cases(c, None if closed else CaseState.OPEN, account or None)
            accounts = {each.key: each for each in store.load_accounts(c)}
            if account and account not in accounts and not store.list_cases(c, None, account):
                one_of("--account", account, accounts, "watcher accounts list")
    finally:
        db.close()
    shown = [case for case in cases if not rule or case.finding.rule == rule]
    if as_json:
        rows = [case_json(case, accounts.get(case.finding.account)) for case in shown]
        print_json({"cases": rows})
    else:
        out.print(cases_table(shown, accounts))


@app.command()
def show(
    case: CaseArgument, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False
) -> None:
    """显示一个问题的全部经过：发现、告知、签收、反馈、复查、销号，附证据的 SHA-256。"""
    settings = settings_of(config)
    db = open_database(settings)
    try:
        with db.read() as c:
            told = _history(c, case, settings.offices)
    except CaseworkError as error:
        raise BadInputError([error]) from None
    finally:
        db.close()
    if as_json:
        print_json(history_json(told))
        return
    for part in history_parts(told):
        out.print(part)


@app.command()
def ack(
    cases: Annotated[list[str], typer.Argument(metavar="CASE", help="问题编号或号，可多个")],
    by: ByOption = "",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """签收：不再重复提醒；整改期限照旧。"""
    _do(settings_of(config), cases, Wish(Deed.ACK, by), as_json)


@app.command()
def feedback(
    case: CaseArgument,
    text: TextOption,
    by: ByOption = "",
    attach: AttachOption = None,
    new_deadline: TermOption = "",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """反馈整改情况，可附佐证材料；材料按内容保存，不打开、不执行。"""
    settings, data = settings_of(config), _term(new_deadline)
    with_files = {**data, "files": _kept(attach or [], settings)} if attach else data
    _do(settings, [case], Wish(Deed.FEEDBACK, by, text, with_files), as_json)


@app.command()
def recheck(
    case: CaseArgument,
    ok: Annotated[
        bool | None, typer.Option("--ok/--not-ok", help="人工复查结论：整改到位或不到位")
    ] = None,
    text: TextOption = "",
    by: HandOption = "",
    new_deadline: TermOption = "",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """复查：不给结论则立即采集并按规则判定；给结论则记下人工复查。"""
    settings = settings_of(config)
    if ok is not None:
        data = {"ok": ok, **_term(new_deadline)}
        _do(settings, [case], Wish(Deed.RECHECK, person(by), text, data), as_json)
        return
    if new_deadline:
        raise BadInputError(["--new-deadline 须与 --not-ok 同用"])
    open_database(settings).close()
    done, event = asyncio.run(_look_again(settings, case, Wish(Deed.RECHECK, by, text)))
    _told([(done, event)], {}, as_json)


@app.command()
def close(
    case: CaseArgument,
    reason: ReasonOption,
    by: ByOption = "",
    despite: Annotated[
        bool, typer.Option("--despite", help="最近一次采集仍见该情形，仍予销号")
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """销号：经人工复查整改到位；最近一次采集仍见该情形的不予销号，除非 --despite。"""
    data = {"despite": True} if despite else {}
    _do(settings_of(config), [case], Wish(Deed.CLOSE, by, reason, data), as_json)


@app.command()
def dismiss(
    case: CaseArgument,
    reason: ReasonOption,
    by: ByOption = "",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """不予认定（误报）：结束问题；事实不变则同一情形不再立案。"""
    _do(settings_of(config), [case], Wish(Deed.DISMISS, by, reason), as_json)


@app.command()
def measure(
    case: CaseArgument,
    kind: Annotated[str, typer.Option("--kind", help="约谈、警告、通报、责令关停")],
    text: TextOption,
    by: ByOption = "",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """记录处置措施（《办法》第二十七条）。"""
    if kind not in MEASURES:
        raise BadInputError([f"--kind {kind!r} 不是处置措施；可选：{'、'.join(MEASURES)}"])
    data = {"measure": MEASURES[kind].value}
    _do(settings_of(config), [case], Wish(Deed.MEASURE, by, text, data), as_json)


# -- inside --------------------------------------------------------------------------------


def _do(settings: Settings, given: Sequence[str], wish: Wish, as_json: bool) -> None:
    """Do it about every case, or about none where one of them does not allow it."""
    db, moment = open_database(settings), now()
    done: list[tuple[Case, CaseEvent]] = []
    wrong: list[CaseworkError] = []
    try:
        with db.write() as c:
            book = _book(c, settings)
            for each in dict.fromkeys(given):
                try:
                    done.append(perform(c, each, wish, book, moment))
                except CaseworkError as error:
                    wrong.append(error)
            if wrong:
                raise BadInputError(wrong)
            accounts = _accounts(c, [case for case, _ in done])
    finally:
        db.close()
    _warn_of_rest_days(wish, settings)
    _told(done, accounts, as_json)


def _book(c: store.Connection, settings: Settings) -> Book:
    """What decisions rest on, with how far each platform is to be seen at this moment."""
    collectors = service_of(c, discover()).collectors
    sky = sky_over(
        store.platform_sights(c), settings.platforms, lambda each: lane_of(each, collectors)
    )
    return replace(book_of(settings), sky=sky)


def _accounts(c: store.Connection, cases: Sequence[Case]) -> Mapping[str, Account]:
    keys = {case.finding.account for case in cases}
    return {each.key: each for each in store.load_accounts(c, keys)}


def _told(
    done: Sequence[tuple[Case, CaseEvent]], accounts: Mapping[str, Account], as_json: bool
) -> None:
    """What was done, for people or as JSON."""
    if as_json:
        rows = [
            {**case_json(case, accounts.get(case.finding.account)), "event": event_json(event)}
            for case, event in done
        ]
        print_json({"cases": rows})
        return
    for case, event in done:
        outcome = f"：{event.data['outcome']}" if "outcome" in event.data else ""
        text = f"{case_number(case)} 已记录{DEEDS[event.kind]}{outcome}；{standing_of(case)}"
        term = f"，期限 {due_text(case)}" if case.due_on and case.state is CaseState.OPEN else ""
        out.print(f"{text}{term}。", markup=False, highlight=False)


def _warn_of_rest_days(wish: Wish, settings: Settings) -> None:
    term = wish.data.get("due_on")
    if term and not is_working_day(settings.calendar, date.fromisoformat(term)):
        typer.echo(f"注意：新期限 {term} 不是工作日", err=True)


def _history(c: store.Connection, given: str, offices: Offices) -> History:
    case = found(c, given)
    assert case.id is not None
    return History(
        case,
        _accounts(c, [case]).get(case.finding.account),
        store.case_events(c, case.id),
        store.case_letters(c, case.id),
        store.case_manifests(c, case.id),
        alarms_of(c, case.id),
        silence_of(c, case, offices, now()),
    )


def _kept(files: Sequence[Path], settings: Settings) -> list[dict[str, Any]]:
    """The attachments by their content; all mistakes at once, and then nothing is noted."""
    if len(files) > MOST_FILES:
        raise BadInputError([f"附件 {len(files)} 个，一次最多 {MOST_FILES} 个"])
    kept: list[Evidence] = []
    wrong: list[EvidenceError] = []
    for file in files:
        try:
            kept.append(keep(file, settings.state / "evidence"))
        except EvidenceError as error:
            wrong.append(error)
    if wrong:
        raise BadInputError(wrong)
    return [{"sha256": each.sha256, "name": each.name, "size": each.size} for each in kept]


def _term(text: str) -> dict[str, str]:
    if not text:
        return {}
    try:
        return {"due_on": date.fromisoformat(text).isoformat()}
    except ValueError:
        raise BadInputError([f"--new-deadline {text!r} 不是日期；写法如 2026-12-01"]) from None


async def _look_again(settings: Settings, given: str, wish: Wish) -> tuple[Case, CaseEvent]:
    """Read the account at once, judge it, and note what came of it."""
    watch = assemble(settings)
    try:
        await refresh(watch)
        with watch.db.read() as c:
            case = found(c, given)
            known = store.load_accounts(c, [case.finding.account])
        if case.state is CaseState.CLOSED:
            raise BadInputError([f"{case_number(case)} 已销号，不再复查"])
        if not known or not known[0].sources:
            raise BadInputError(
                [f"{case_number(case)} 没有可采集的账号；请用 --ok 或 --not-ok 记录人工复查"]
            )
        outcome = await look(watch, known[0])
        return await watch.writer.submit(lambda c: _noted(c, str(case.id), wish, outcome))
    except CaseworkError as error:
        raise BadInputError([error]) from None
    finally:
        await stop(watch)
        watch.db.close()


def _noted(c: store.Connection, given: str, wish: Wish, outcome: Outcome) -> tuple[Case, CaseEvent]:
    """Keep that it was looked at again; the look itself may have ended the case."""
    case = found(c, given, lock=True)
    data = {**observed(outcome), "outcome": _came_to(case, outcome)}
    return case, note(c, case, replace(wish, data=data), now())


def _came_to(case: Case, outcome: Outcome) -> str:
    if isinstance(outcome, Failure):
        return "未能采集，无法判定"
    if case.state is CaseState.CLOSED:
        return "不再见该情形，已销号"
    if outcome.sighting.coverage is Coverage.PARTIAL:
        return "只读到部分内容，尚不能销号"
    return "尚未销号"
