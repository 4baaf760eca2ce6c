"""`watcher papers` and `watcher inspections`: what units hand in, and what offices inspected."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from alerts.routing import Offices
from alerts.unit_words import KINDS
from watcher import store
from watcher.calendar import local
from watcher.config import Settings
from watcher.daemon import now
from watcher.evidence import EvidenceError, keep
from watcher.rules.unit_seen import LACKS
from watcher.showing_units import inspection_json, inspections_table, paper_json, papers_table
from watcher.terminal import (
    DEFAULT_CONFIG,
    BadInputError,
    ByOption,
    ConfigOption,
    JsonOption,
    open_database,
    out,
    print_json,
    settings_of,
)
from watcher.units import Inspection, PaperKind, UnitPaper, rules_of

papers_app = typer.Typer(
    no_args_is_help=True, help="单位材料：承办合同、保密协议、等保、应用备案、互动核查、更名、豁免"
)
inspections_app = typer.Typer(no_args_is_help=True, help="年度专项检查的登记")

OF_ACCOUNT = (PaperKind.MLPS, PaperKind.APP_FILING, PaperKind.INTERACTION)  # papers of one account
NEEDS_PARTY = (PaperKind.OPERATOR, PaperKind.CONTRACT, PaperKind.NDA)
NEEDS_FILE = (PaperKind.CONTRACT, PaperKind.NDA, PaperKind.MLPS)
DATED = (PaperKind.INTERACTION, PaperKind.RENAMED)  # of a day that has come


@papers_app.command("add")
def add_paper(
    unit: Annotated[str, typer.Option("--unit", help="单位编号")],
    kind: Annotated[
        PaperKind,
        typer.Option(
            "--kind",
            help="operator 委托承办、contract 承办合同、nda 保密协议、mlps 等保测评、"
            "app_filing 应用备案、interaction 互动功能核查、renamed 机构更名、exemption 豁免",
        ),
    ],
    by: ByOption = "",
    account: Annotated[
        str, typer.Option("--account", help="账号编号（等保、应用备案、互动核查）")
    ] = "",
    party: Annotated[
        str, typer.Option("--party", help="承办单位、测评机构、批准人；更名则为原名")
    ] = "",
    number: Annotated[
        str, typer.Option("--number", help="文号、备案号；互动核查填 有 或 无；豁免则为规则")
    ] = "",
    valid_from: Annotated[
        str, typer.Option("--valid-from", help="起始日、核查日或更名之日，如 2026-01-01")
    ] = "",
    valid_until: Annotated[str, typer.Option("--valid-until", help="截止日（含当日）")] = "",
    file: Annotated[Path | None, typer.Option("--file", help="材料扫描件，存为证据")] = None,
    note: Annotated[str, typer.Option("--note", help="备注；豁免则为理由")] = "",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """登记一份单位材料；委托终止的，登记 --kind operator --valid-until 终止日。"""
    wrong: list[str] = []
    begin, end = _day("--valid-from", valid_from, wrong), _day("--valid-until", valid_until, wrong)
    paper = UnitPaper(
        *(unit.strip(), kind, account.strip(), party.strip(), number.strip()),
        *(begin, end, note.strip()),
        author=by,
        at=now().replace(microsecond=0),
    )
    settings = settings_of(config)
    wrong += _unfit(paper, settings, file)
    saved = _save_paper(settings, paper, file, wrong)
    if as_json:
        print_json(paper_json(saved))
    else:
        whose = saved.account or saved.unit
        out.print(f"已登记：{whose} {KINDS[kind]}（第 {saved.id} 号）。", markup=False)


@papers_app.command("list")
def list_papers(
    unit: Annotated[str, typer.Option("--unit", help="只列一个单位")] = "",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """列出登记的单位材料及其有效期。"""
    db, today = open_database(settings_of(config)), local(now()).date()
    try:
        with db.read() as c:
            papers = [p for p in store.list_papers(c) if unit in ("", p.unit)]
    finally:
        db.close()
    if as_json:
        print_json({"papers": [paper_json(each) for each in papers]})
        return
    out.print(papers_table(papers, today))


@inspections_app.command("add")
def add_inspection(
    office: Annotated[str, typer.Option("--office", help="主管单位编号或名称")],
    held_on: Annotated[str, typer.Option("--held-on", help="检查日期，如 2026-10-20")],
    by: ByOption = "",
    year: Annotated[int | None, typer.Option("--year", help="年度；默认检查日期所在年")] = None,
    note: Annotated[str, typer.Option("--note", help="范围、结论、文号")] = "",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """登记一次年度专项检查（《办法》第二十五条）。"""
    wrong: list[str] = []
    moment, settings = now().replace(microsecond=0), settings_of(config)
    day = _day("--held-on", held_on, wrong)
    if day is None and not wrong:
        wrong.append("--held-on 不能为空")
    if day is not None and day > local(moment).date():
        wrong.append(f"--held-on {day} 尚未到；只登记已经开展的检查")
    if day is not None and year is not None and not day.year - 1 <= year <= day.year:
        wrong.append(f"--year {year} 与检查日期 {day} 不符；应为当年或上一年")
    saved = _save_inspection(settings, office.strip(), day, year, note, by, moment, wrong)
    if as_json:
        print_json(inspection_json(saved))
    else:
        out.print(f"已登记：{saved.office} {saved.year} 年度专项检查。", markup=False)


@inspections_app.command("list")
def list_inspections(
    year: Annotated[int | None, typer.Option("--year", help="只列一个年度")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """列出登记的专项检查。"""
    settings = settings_of(config)
    db = open_database(settings)
    try:
        with db.read() as c:
            found = store.list_inspections(c, year)
    finally:
        db.close()
    if as_json:
        print_json({"inspections": [inspection_json(each) for each in found]})
        return
    out.print(inspections_table(found, settings.offices.name_of))


# -- checking and keeping --------------------------------------------------------------------


def _unfit(paper: UnitPaper, settings: Settings, file: Path | None) -> list[str]:
    """What a paper of its kind lacks, all at once."""
    kind, wrong = paper.kind, list[str]()
    if kind in OF_ACCOUNT and not paper.account:
        wrong.append(f"--account 不能为空：{KINDS[kind]}属于某一个账号")
    if kind not in OF_ACCOUNT and paper.account:
        wrong.append(f"{KINDS[kind]}属于单位，不填 --account")
    if kind in NEEDS_PARTY and not paper.party:
        wrong.append("--party 不能为空：请写明承办单位")
    if kind is PaperKind.APP_FILING and not paper.number:
        wrong.append("--number 不能为空：请填备案号")
    if kind in NEEDS_FILE and file is None:
        wrong.append(f"--file 不能为空：请附{KINDS[kind]}的扫描件")
    if paper.valid_from and paper.valid_until and paper.valid_until < paper.valid_from:
        wrong.append(f"--valid-until {paper.valid_until} 早于 --valid-from {paper.valid_from}")
    wrong += _undated(paper, file) if kind in DATED else []
    return wrong + (_exemption(paper, settings) if kind is PaperKind.EXEMPTION else [])


def _undated(paper: UnitPaper, file: Path | None) -> list[str]:
    """What a look of somebody, or the renaming of a unit, lacks: its day, and what it says."""
    day, wrong = paper.valid_from, list[str]()
    if day is None:
        wrong.append(f"--valid-from 不能为空：请写明{KINDS[paper.kind]}的日期")
    elif paper.at is not None and day > local(paper.at).date():
        wrong.append(f"--valid-from {day} 尚未到")
    if paper.kind is PaperKind.RENAMED:
        return wrong if paper.party else [*wrong, "--party 不能为空：请写明更名前的名称"]
    if paper.number not in ("有", LACKS):
        wrong.append(f"--number {paper.number!r} 不对：互动功能核查填 有 或 {LACKS}")
    if paper.number == LACKS and file is None:
        wrong.append("--file 不能为空：核查未见互动功能的，请附截图")
    return wrong


def _exemption(paper: UnitPaper, settings: Settings) -> list[str]:
    """An exemption names rules there are, who allowed it, and why."""
    wrong, known = [], settings.rules.rules
    patterns = rules_of(paper.number)
    if not patterns:
        wrong.append("--number 不能为空：请写豁免的规则，如 ORG-02 或 APP-*")
    wrong += [
        f"--number：没有规则 {each}；用 watcher rules list 查看"
        for each in patterns
        if not any(name == each or name.startswith(each.rstrip("*")) for name in known)
        or (each not in known and not each.endswith("*"))
    ]
    if not paper.party:
        wrong.append("--party 不能为空：请写明豁免的批准人")
    if not paper.note:
        wrong.append("--note 不能为空：请写明豁免的理由")
    return wrong


def _save_paper(
    settings: Settings, paper: UnitPaper, file: Path | None, wrong: list[str]
) -> UnitPaper:
    """Keep the file, the paper and a line in the audit log. Raises BadInputError."""
    db = open_database(settings)
    try:
        with db.read() as c:
            wrong += _unknown(c, paper)
        if wrong:
            raise BadInputError(wrong)
        kept = keep(file, settings.state / "evidence").sha256 if file else ""
        with db.write() as c:
            saved = store.save_paper(c, replace(paper, evidence=kept))
            row, who = paper_json(saved), paper.author
            store.audit(c, who, "paper.add", f"unit:{paper.unit}", None, row, paper.at or now())
        return saved
    except EvidenceError as error:
        raise BadInputError([error]) from None
    finally:
        db.close()


def _unknown(c: store.Connection, paper: UnitPaper) -> list[str]:
    """Whether there is such a unit, and such an account of it."""
    if paper.unit not in {each.key for each in store.load_units(c)}:
        return [f"没有编号为 {paper.unit} 的单位；用 watcher accounts export 查看台账"]
    accounts = store.load_accounts(c, [paper.account]) if paper.account else ()
    if paper.account and not accounts:
        return [f"没有编号为 {paper.account} 的账号；用 watcher accounts list 查看"]
    if accounts and accounts[0].unit.key != paper.unit:
        return [f"账号 {paper.account} 属于单位 {accounts[0].unit.key}，不属于 {paper.unit}"]
    return []


def _save_inspection(
    settings: Settings,
    office: str,
    day: date | None,
    year: int | None,
    note: str,
    by: str,
    moment: datetime,
    wrong: list[str],
) -> Inspection:
    db = open_database(settings)
    try:
        with db.write() as c:
            key = _office(office, settings.offices, set(store.supervised(c)))
            if key is None:
                wrong.append(f"没有主管单位 {office}；应为 offices.yaml 中的编号或名称")
            if wrong or key is None or day is None:
                raise BadInputError(wrong)
            value = Inspection(key, year or day.year, day, note.strip(), by, moment)
            saved = store.save_inspection(c, value)
            row = inspection_json(saved)
            store.audit(c, by, "inspection.add", f"office:{key}", None, row, moment)
        return saved
    finally:
        db.close()


def _office(given: str, offices: Offices, supervising: set[str]) -> str | None:
    """The key of an office by key or name; what only the register names is taken as it is."""
    if given in offices.offices:
        return given
    by_name = {each.name: key for key, each in offices.offices.items()}
    return by_name.get(given) or (given if given in supervising else None)


def _day(option: str, text: str, wrong: list[str]) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        wrong.append(f"{option} {text!r} 不是日期；写法如 2026-11-20")
        return None
