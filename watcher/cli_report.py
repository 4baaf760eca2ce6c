"""`watcher report`: what an office signs and sends on, and whether a file still says the same."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from watcher.calendar import local
from watcher.daemon import now
from watcher.national_header import columns_in
from watcher.report_kinds import KINDS
from watcher.report_round import noted
from watcher.reporting import Desk, Kind, ReportError, Told, file_name, verify, write
from watcher.reports.period import Period, period_of
from watcher.reports.stamp import Scope
from watcher.reports.template import TemplateProblemError
from watcher.store.reports_made import MadeReport, keep_report, reports_made
from watcher.terminal import (
    BY,
    DEFAULT_CONFIG,
    BadInputError,
    ConfigOption,
    JsonOption,
    err,
    hand,
    moment_of,
    open_database,
    out,
    print_json,
    settings_of,
)

app = typer.Typer(no_args_is_help=True, help="报告、台账与表格：生成与核对")

AsOf = Annotated[str, typer.Option("--as-of", help="数据截止时刻（北京时间），默认现在")]
Out = Annotated[Path, typer.Option("-o", "--output", help="文件或文件夹")]
Office = Annotated[str, typer.Option("--office", help="主管单位编号或名称，默认全市")]
Force = Annotated[bool, typer.Option("--force", help="覆盖已有文件")]
HERE = Path()


@app.command()
def inspection(
    year: Annotated[int, typer.Option("--year", min=2020, max=2099, help="年度")],
    place: Out = HERE,
    office: Office = "",
    as_of: AsOf = "",
    force: Force = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> int:
    """年度专项检查报告（《办法》第二十五条）：Word 报告与 Excel 附件，写入 -o 文件夹。"""
    scope = Scope(period=period("--year", str(year)), office=office)
    return make(KINDS["inspection"], config, scope, place, ("docx", "xlsx"), as_of, force)


@app.command()
def staleness(
    wanted: Annotated[
        str, typer.Option("--period", help="2026、2026Q3 或 2026-07-01..2026-09-30")
    ] = "",
    since: Annotated[str, typer.Option("--since", help="起始日，如 2026-07-01")] = "",
    until: Annotated[str, typer.Option("--until", help="截止日，含当日")] = "",
    office: Office = "",
    platform: Annotated[str, typer.Option("--platform", help="平台代码，默认全部")] = "",
    formats: Annotated[
        list[str] | None, typer.Option("--format", help="docx、xlsx、csv、json；可重复")
    ] = None,
    place: Out = HERE,
    as_of: AsOf = "",
    force: Force = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> int:
    """更新情况监测报告：谁在何时多久未更新、何以为证；自然周与连续天数分列，未能采集的另列。"""
    if bool(wanted) == bool(since or until) or bool(since) != bool(until):
        raise BadInputError(["请用 --period 写明时段，或同时写明 --since 和 --until"])
    chosen = period("--period" if wanted else "--since/--until", wanted or f"{since}..{until}")
    scope = Scope(period=chosen, office=office, platform=platform)
    ending = place.suffix.removeprefix(".").lower()
    endings = tuple(dict.fromkeys(formats or ())) or ((ending,) if ending else ("docx",))
    return make(KINDS["staleness"], config, scope, place, endings, as_of, force)


@app.command()
def quarterly(
    quarter: Annotated[str, typer.Option("--quarter", help="季度，如 2026Q3")],
    place: Out = HERE,
    office: Office = "",
    as_of: AsOf = "",
    force: Force = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> int:
    """季度更新情况通报稿：Word（含附表）与 Excel 附表，写入 -o 文件夹；或 -o 写明一个文件。"""
    scope = Scope(period=period("--quarter", quarter), office=office)
    ending = place.suffix.removeprefix(".").lower()
    endings = (ending,) if ending and not place.is_dir() else ("docx", "xlsx")
    return make(KINDS["quarterly"], config, scope, place, endings, as_of, force)


@app.command()
def ledger(
    place: Out = HERE,
    office: Office = "",
    shared: Annotated[bool, typer.Option("--shared", help="共享版：遮盖电话、邮箱")] = False,
    as_of: AsOf = "",
    force: Force = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> int:
    """台账（Excel，八个工作表）；改后可用 watcher accounts import 导回。"""
    scope = Scope(office=office, shared=shared)
    return make(KINDS["ledger"], config, scope, place, ("xlsx",), as_of, force)


@app.command()
def form(
    place: Out = HERE,
    account: Annotated[str, typer.Option("--account", help="账号编号：一张登记表")] = "",
    filing: Annotated[str, typer.Option("--filing", help="事项编号：为这个事项填一张")] = "",
    unit: Annotated[str, typer.Option("--unit", help="单位编号或名称：全部账号，一个压缩包")] = "",
    as_of: AsOf = "",
    force: Force = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> int:
    """备案登记表（Word，按《办法》附件）；签字、印章、意见日期留空。"""
    if sum(map(bool, (account, filing, unit))) != 1:
        raise BadInputError(["--account、--filing、--unit 须且只须填一项"])
    about = f"filing:{filing}" if filing else account
    scope = Scope(account=about, unit=unit)
    return make(KINDS["form"], config, scope, place, ("zip" if unit else "docx",), as_of, force)


@app.command()
def dossier(
    account: Annotated[str, typer.Option("--account", help="账号编号")],
    place: Out = HERE,
    ending: Annotated[str, typer.Option("--format", help="docx 或 pdf")] = "docx",
    shared: Annotated[bool, typer.Option("--shared", help="共享版：遮盖电话、邮箱")] = False,
    as_of: AsOf = "",
    force: Force = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> int:
    """账号档案（一账号一档）：台账、备案、资料变化、更新、问题与证据清单。"""
    scope = Scope(account=account, shared=shared)
    return make(KINDS["dossier"], config, scope, place, (ending,), as_of, force)


@app.command()
def matrix(
    place: Out = HERE,
    office: Office = "",
    as_of: AsOf = "",
    force: Force = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> int:
    """公开矩阵页（《办法》第二十三条）：一个静态 HTML 文件，可直接放到网站上。"""
    return make(KINDS["matrix"], config, Scope(office=office), place, ("html",), as_of, force)


@app.command("list")
def list_made(
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="最多几条")] = 50,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> int:
    """出具过的报告：手工生成的和按计划生成的，新的在前。"""
    with _desk(config, silent=True) as desk:
        rows = reports_made(desk.connection, limit)
    if as_json:
        print_json({"reports": [_row(each) for each in rows]})
    elif not rows:
        out.print("还没有出具过报告；定期生成见 watcher.yaml 的 reports")
    else:
        out.print(_table(rows))
    return 0


@app.command()
def national(
    place: Out = HERE,
    office: Office = "",
    unit: Annotated[str, typer.Option("--unit", help="单位编号或名称，默认全部")] = "",
    form_: Annotated[
        str, typer.Option("--format", help="xlsx、csv，或 zip（一个单位一张表）")
    ] = "",
    as_of: AsOf = "",
    force: Force = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> int:
    """全国系统报送表：列名、次序、固定值、日期格式、用词见 national.yaml 的 export。"""
    wanted = form_ or (place.suffix.removeprefix(".").lower() if not place.is_dir() else "xlsx")
    scope = Scope(office=office, unit=unit)
    return make(KINDS["national"], config, scope, place, (wanted,), as_of, force)


@app.command("national-columns")
def national_columns(
    template: Annotated[Path, typer.Argument(help="全国系统的导入模板（.xlsx 或 .csv）")],
    config: ConfigOption = DEFAULT_CONFIG,
) -> int:
    """由全国系统导入模板的表头写出 national.yaml 的 export 一节，核对后粘贴进去。"""
    text = columns_in(template, settings_of(config).folder / "national.yaml")
    out.print(text, markup=False, highlight=False, soft_wrap=True, end="")
    return 0


@app.command("verify")
def verify_file(
    file: Annotated[Path, typer.Argument(help="本系统生成的报告文件")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> int:
    """对照数据库核对一份报告：数据是否一致，正文哪些地方被改动过。"""
    with _desk(config, silent=as_json) as desk:
        verdict = verify(file, KINDS, desk)
    said = {
        "file": str(file),
        "kind": verdict.stamp.kind,
        "as_of": verdict.stamp.as_of.isoformat(),
        "version": verdict.stamp.version,
        "digest": verdict.stamp.digest,
        "same_facts": verdict.same_facts,
        "differing": list(verdict.differing),
        "more": verdict.more,
    }
    if as_json:
        print_json(said)
    else:
        out.print(verdict.stamp.line, markup=False)
        out.print("数据与数据库一致" if verdict.same_facts else "数据与数据库不一致", markup=False)
        for line in verdict.differing:
            out.print(line, markup=False)
        if verdict.more:
            out.print(f"另有 {verdict.more} 处不同", markup=False)
        if not verdict.differing:
            out.print("正文与重新生成的相同", markup=False)
    return 0 if verdict.same_facts and not verdict.differing else 1


def make(
    kind: Kind,
    config: Path,
    scope: Scope,
    place: Path,
    formats: tuple[str, ...],
    as_of: str = "",
    force: bool = False,
) -> int:
    """Make one report for a command: into a folder under its own name, or into the file named.

    Raises BadInputError for what cannot be made or written.
    """
    at = moment_of("--as-of", as_of) if as_of else now()
    if at > now():
        raise BadInputError([f"--as-of {as_of} 在将来；数据只到现在"])
    if unknown := [each for each in formats if each not in kind.formats]:
        raise BadInputError(
            [f"{kind.title}没有 {'、'.join(unknown)} 格式；可用：{'、'.join(kind.formats)}"]
        )
    with _desk(config) as desk:
        _free(kind, desk, scope, place, formats, force)
        stamp, files = write(kind, desk, scope, at, place, formats)
        title = file_name(kind, desk, scope)
        made = noted(kind, title, stamp, files, place, now(), author=hand(os.environ.get(BY, "")))
    _note(config, made)
    for file in files:
        out.print(str(file), markup=False, soft_wrap=True)
    return 0


def period(option: str, text: str) -> Period:
    """The period that was typed. Raises BadInputError."""
    try:
        return period_of(text)
    except ValueError as error:
        raise BadInputError([f"{option}：{error}"]) from error


# -- inside ------------------------------------------------------------------------------------


def _note(config: Path, made: MadeReport) -> None:
    """Put a report that a person made on the list."""
    db = open_database(settings_of(config))
    try:
        with db.write() as c:
            keep_report(c, made)
    finally:
        db.close()


def _row(made: MadeReport) -> dict[str, object]:
    return {
        "id": made.id,
        "kind": made.kind,
        "title": made.title,
        "as_of": made.as_of.isoformat(),
        "made_at": made.made_at.isoformat(),
        "author": made.author,
        "planned": made.occasion is not None,
        "digest": made.digest,
        "files": [{"name": f.name, "sha256": f.sha256, "size": f.size} for f in made.files],
    }


def _table(rows: Iterable[MadeReport]) -> Table:
    table = Table("编号", "报告", "数据截至", "生成", "生成者", "校验码", "文件")
    for each in rows:
        by = "按计划" if each.occasion is not None else each.author
        files = "\n".join(escape(file.name) for file in each.files)
        dates = (f"{local(at):%Y-%m-%d %H:%M}" for at in (each.as_of, each.made_at))
        table.add_row(str(each.id), escape(each.title), *dates, escape(by), each.digest[:16], files)
    return table


def _free(
    kind: Kind, desk: Desk, scope: Scope, place: Path, formats: tuple[str, ...], force: bool
) -> None:
    """Raises BadInputError where a file would be overwritten, or cannot be written."""
    if not place.is_dir():
        if len(formats) > 1:
            raise BadInputError([f"{place} 不是文件夹；生成 {'、'.join(formats)} 需要 -o 文件夹"])
        if place.suffix.removeprefix(".").lower() != formats[0]:
            raise BadInputError([f"{place} 的扩展名应为 .{formats[0]}，或用 -o 指定已有的文件夹"])
        if not place.parent.is_dir():
            raise BadInputError([f"没有文件夹 {place.parent}；请先建立，或换一个位置"])
    name = file_name(kind, desk, scope)
    targets = [place / f"{name}.{each}" for each in formats] if place.is_dir() else [place]
    if there := [str(each) for each in targets if each.exists() and not force]:
        raise BadInputError([f"已有文件 {each}；加 --force 覆盖，或换一个位置" for each in there])


@contextmanager
def _desk(config: Path, silent: bool = False) -> Iterator[Desk]:
    """A desk whose progress stands on stderr; what goes wrong there is bad input."""
    settings = settings_of(config)
    db = open_database(settings)
    try:
        with db.read() as connection, _telling(silent) as told:
            yield Desk(connection, settings, told)
    except (ReportError, TemplateProblemError) as error:
        raise BadInputError(error.reasons) from error
    finally:
        db.close()


@contextmanager
def _telling(silent: bool) -> Iterator[Told]:
    """A bar on stderr while something is being made; a pipe gets none."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(
        *columns, console=err, transient=True, disable=silent or not err.is_terminal
    ) as bar:
        task = bar.add_task("", total=None)

        def told(what: str, done: int, whole: int) -> None:
            bar.update(task, description=what, completed=done, total=whole)

        yield told
