"""`watcher silences`, and `watcher cases snooze`: no letters for a while, always with an end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter, ValidationError

from alerts.office_tree import Offices
from alerts.words import PLATFORMS
from watcher import store
from watcher.casework import CaseworkError, Wish, snooze
from watcher.cli_cases import CaseArgument, ReasonOption
from watcher.config import Settings
from watcher.config.schema import Span
from watcher.daemon import book_of, now
from watcher.hushing import begin, stop_early
from watcher.quiet import Silence, refusal, scope_text
from watcher.rectifying import Deed
from watcher.showing import moment, plain
from watcher.showing_silences import silence_json, silences_table
from watcher.silence_end import conclude_due
from watcher.store import Connection
from watcher.store.silences import Held, find_silence, held_by, list_silences
from watcher.terminal import (
    DEFAULT_CONFIG,
    BadInputError,
    ByOption,
    ConfigOption,
    JsonOption,
    moment_of,
    open_database,
    out,
    print_json,
    settings_of,
)

app = typer.Typer(no_args_is_help=True, help="静默：一段时间内不发告知，必有截止时间")

UntilOption = Annotated[str, typer.Option("--until", help="截止时刻，如 2026-12-01T09:00")]
ForOption = Annotated[str, typer.Option("--for", help="时长，如 4h、2d；与 --until 二者写一")]
RedOption = Annotated[bool, typer.Option("--even-red", help="红色问题也静默（须有充分理由）")]
_SPAN = TypeAdapter[timedelta](Span)


@app.command()
def add(
    reason: ReasonOption,
    by: ByOption,
    until: UntilOption = "",
    for_: ForOption = "",
    rule: Annotated[str, typer.Option("--rule", help="规则，如 UPD-03 或 UPD-*")] = "",
    platform: Annotated[str, typer.Option("--platform", help="账号类型，如 weibo")] = "",
    office: Annotated[str, typer.Option("--office", help="日常主管机构的编号或名称")] = "",
    account: Annotated[str, typer.Option("--account", help="账号编号")] = "",
    unit: Annotated[str, typer.Option("--unit", help="主办单位的编号或名称")] = "",
    even_red: RedOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """静默符合全部所写条件的告知；问题照常立案、判定，到期后仍未结的各告知一次。"""
    settings, moment_ = settings_of(config), now()
    ends, wrong = _end(until, for_, moment_)
    scope = {"rule": rule, "platform": platform, "office": office, "account": account, "unit": unit}
    db = open_database(settings)
    try:
        with db.write() as c:
            known, unknown = _known(c, scope, settings)
            plain = Silence(ends, reason.strip(), by.strip(), moment_, even_red=even_red)
            silence = replace(plain, **known)
            mistakes = [*wrong, *unknown]
            if not wrong:
                mistakes += refusal(silence, settings.longest_silence)
            if mistakes:
                raise BadInputError(mistakes)
            kept = begin(c, silence, settings.offices, moment_)
            held = held_by(c, [kept.id or 0])
    finally:
        db.close()
    _told(kept, held, moment_, settings.offices, as_json)


@app.command("list")
def list_(
    every: Annotated[bool, typer.Option("--all", help="包括已结束的")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """列出静默，及其期间未发的告知。"""
    settings, moment_ = settings_of(config), now()
    db = open_database(settings)
    try:
        with db.read() as c:
            shown = [each for each in list_silences(c) if every or each.lasts(moment_)]
            held = held_by(c, [each.id or 0 for each in shown])
    finally:
        db.close()
    if as_json:
        rows = [silence_json(each, held[each.id or 0], moment_) for each in shown]
        print_json({"silences": rows})
    else:
        out.print(silences_table(shown, held, moment_, settings.offices.name_of))


@app.command()
def end(
    number: Annotated[int, typer.Argument(metavar="号", help="静默的号", min=1, max=2**31)],
    by: ByOption,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """提前结束静默：仍未结的问题随即各告知一次。"""
    settings, moment_ = settings_of(config), now()
    db = open_database(settings)
    try:
        with db.write() as c:
            silence = find_silence(c, number)
            if silence is None:
                raise BadInputError([f"没有第 {number} 号静默；见 watcher silences list --all"])
            if not silence.lasts(moment_):
                raise BadInputError([f"第 {number} 号静默已经结束"])
            if not 0 < len(by.strip()) <= 60:
                raise BadInputError(["请用 --by 写明操作人（不超过 60 个字）"])
            held = held_by(c, [number])
            ended = stop_early(c, silence, by.strip(), moment_)
            conclude_due(
                c,
                settings.offices,
                settings.policy,
                settings.calendar,
                moment_,
                settings.alive_roles,
            )
    finally:
        db.close()
    _told(ended, held, moment_, settings.offices, as_json)


def snooze_case(
    case: CaseArgument,
    reason: ReasonOption,
    by: ByOption,
    until: UntilOption = "",
    for_: ForOption = "",
    even_red: RedOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """静默一个问题：截止前不再提醒、升级；整改期限照旧，销号照常告知。"""
    settings, moment_ = settings_of(config), now()
    ends, wrong = _end(until, for_, moment_)
    if wrong:
        raise BadInputError(wrong)
    db = open_database(settings)
    try:
        with db.write() as c:
            wish = Wish(Deed.SNOOZE, by, reason)
            book, most = book_of(settings), settings.longest_silence
            *_, kept = snooze(c, case, wish, ends, even_red, book, moment_, most)
            held = held_by(c, [kept.id or 0])
    except CaseworkError as error:
        raise BadInputError([error]) from None
    finally:
        db.close()
    _told(kept, held, moment_, settings.offices, as_json)


# -- inside --------------------------------------------------------------------------------


def _end(until: str, for_: str, moment_: datetime) -> tuple[datetime, list[str]]:
    """When a silence ends, and what is wrong with how that was said."""
    if bool(until) == bool(for_):
        return moment_, ["请写明截止时间：--until 时刻 或 --for 时长，二者写一"]
    if until:
        return moment_of("--until", until), []
    try:
        return moment_ + _SPAN.validate_python(for_), []
    except (ValidationError, OverflowError):
        return moment_, [f"--for {for_!r} 不是时长；写法如 30min、4h、2d"]


def _known(
    c: Connection, scope: Mapping[str, str], settings: Settings
) -> tuple[dict[str, Any], list[str]]:
    """The scope with keys in the place of names, and what of it is not known."""
    found = {name: value.strip() for name, value in scope.items() if value.strip()}
    units = {each.key: each.name for each in store.load_units(c)} if "unit" in found else {}
    found["unit"] = _key(found.get("unit", ""), units)
    offices = {key: office.name for key, office in settings.offices.offices.items()}
    found["office"] = _key(found.get("office", ""), offices)
    return {k: v for k, v in found.items() if v}, [*_unknown(c, found, units, settings)]


def _unknown(
    c: Connection, found: Mapping[str, str], units: Mapping[str, str], settings: Settings
) -> Iterator[str]:
    rules, rule = settings.rules.rules, found.get("rule", "")
    family = rule.endswith("*") and any(each.startswith(rule[:-1]) for each in rules)
    if rule and rule not in rules and not family:
        yield f"--rule {rule!r} 不是规则。{_near(rule, rules) or '用 watcher rules list 查看'}"
    platform = found.get("platform", "")
    if platform and platform not in {*PLATFORMS, *settings.pace}:
        hint = _near(platform, PLATFORMS) or "写账号类型的代码，如 weibo"
        yield f"--platform {platform!r} 不是账号类型。{hint}"
    account = found.get("account", "")
    if account and not store.load_accounts(c, [account]):
        yield f"没有账号 {account!r}；用 watcher accounts list 查看"
    if found["unit"] and found["unit"] not in units:
        yield f"没有主办单位 {found['unit']!r}；写编号或全称"
    yield from _unknown_office(found["office"], settings.offices)


def _unknown_office(office: str, offices: Offices) -> Iterator[str]:
    if office and office not in offices.offices:
        known = {**offices.offices, **{each.name: key for key, each in offices.offices.items()}}
        yield f"没有机构 {office!r}。{_near(office, known) or '见 offices.yaml'}"


def _near(word: str, known: Iterable[str]) -> str:
    """What may have been meant, in Chinese; "" where nothing is near."""
    near = get_close_matches(word, list(known), 1)
    return f"是否指 {near[0]}？" if near else ""


def _key(written: str, names: Mapping[str, str]) -> str:
    """The key of what was written by key or by name; what is neither stays."""
    return next((key for key, name in names.items() if written in (key, name)), written)


def _told(
    silence: Silence,
    held: Mapping[int, Sequence[Held]],
    moment_: datetime,
    offices: Offices,
    as_json: bool,
) -> None:
    mine = held.get(silence.id or 0, ())
    if as_json:
        print_json({"silence": silence_json(silence, mine, moment_)})
        return
    letters = sum(each.letters for each in mine)
    if silence.lasts(moment_):
        scope = plain(scope_text(silence, offices.name_of), 300)
        said = f"第 {silence.id} 号静默：{scope}，至 {moment(silence.until)}。"
        said += f"已暂停待发告知 {letters} 条；" if letters else ""
        said += "问题照常立案、判定，到期后仍未结的各告知一次。"
    else:
        said = f"第 {silence.id} 号静默已结束；期间未发告知 {letters} 条，仍未结的随即各告知一次。"
    out.print(said, markup=False, highlight=False)
