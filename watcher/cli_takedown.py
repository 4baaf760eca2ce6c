"""`watcher candidates proof|letter|sent|receipt|result`: proof, the letter, what came of it."""

from __future__ import annotations

import asyncio
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer

from watcher import store
from watcher.calendar import local
from watcher.candidate_proof import make_proof
from watcher.candidates import CandidateEvent, Suspect, Takedown
from watcher.chain import export_links
from watcher.cli_candidates import NumberArgument, review
from watcher.config import Settings
from watcher.daemon import assemble, now
from watcher.evidence import keep_bytes
from watcher.lookout import EVIDENCE
from watcher.proofs import PACKAGES
from watcher.service import refresh
from watcher.showing import moment
from watcher.showing_candidates import candidate_json, event_words, letter_json, state_text
from watcher.store import Link
from watcher.store.candidates import add_candidate_event, candidate_events
from watcher.suspect_deeds import (
    LONGEST,
    Answer,
    Step,
    made_letter,
    note_answer,
    suspect_of,
    witnessed,
)
from watcher.suspect_looks import keep_look, look_at
from watcher.takedown_letter import LetterError, Wanted, fields_of, render
from watcher.terminal import (
    DEFAULT_CONFIG,
    BadInputError,
    ByOption,
    ConfigOption,
    HandOption,
    JsonOption,
    filled,
    moment_of,
    out,
    person,
    print_json,
    settings_of,
)
from watcher.watch import stop

OutputOption = Annotated[Path, typer.Option("-o", "--output", help="写入的文件")]
NumberOption = Annotated[str, typer.Option("--number", help="关停函文号；只有一份时可不写")]
AtOption = Annotated[str, typer.Option("--at", help="时刻，如 2026-11-20T10:00；默认现在")]


def proof(
    number: NumberArgument,
    target: OutputOption,
    pictures: Annotated[
        bool, typer.Option("--pictures/--no-pictures", help="现在截图、读取原文；否则只用已留存的")
    ] = True,
    by: ByOption = "",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """证据包（zip）：对比表、双方截图、原文、头像对照、哈希与清单，并入证据链。"""
    settings = settings_of(config)
    _new_file(target)
    with review(settings, write=False) as (c, _, _):
        suspect_of(c, number)
    link, notes = asyncio.run(_proved(settings, number, pictures, by))
    with review(settings, write=False) as (c, _, _):
        try:
            export_links(c, (link,), settings.state / PACKAGES, target)
        except OSError as error:
            raise BadInputError([f"{target} 不能写入（{error.strerror}）"]) from None
    if as_json:
        made = {"candidate": number, "link": link.link, "manifest": link.manifest}
        print_json({**made, "notes": notes})
        return
    out.print(f"已写入 {target}；证据链第 {link.number} 环，清单 {link.manifest}。", markup=False)
    for text in notes:
        out.print(f"请注意：{text}", markup=False, highlight=False)


async def _proved(
    settings: Settings, number: int, pictures: bool, by: str
) -> tuple[Link, tuple[str, ...]]:
    """The link of the new package, and what must be said of it."""
    watch = assemble(settings)
    try:
        await refresh(watch)
        made = await make_proof(watch, number, pictures)
        link = made.link
        if link is None:
            raise BadInputError(["证据包未能写入；请检查 state 目录的空间与权限"])
        at = now()
        said = "；".join((f"证据链第{link.number}环", *made.notes))

        def note(c: store.Connection) -> None:
            kept = {"number": link.number, "manifest": link.manifest}
            add_candidate_event(c, number, CandidateEvent(at, by, "proof", said, kept))
            after = {"manifest": link.manifest}
            store.audit(c, by, "candidate.proof", f"candidate:{number}", None, after, at)

        await watch.writer.submit(note)
        return link, made.notes
    finally:
        await stop(watch)
        watch.db.close()


def letter(
    number: NumberArgument,
    target: OutputOption,
    given: Annotated[str, typer.Option("--number", help="文号；默认 关停函〔年〕编号号")] = "",
    office: Annotated[str, typer.Option("--office", help="发函单位；默认日常主管单位")] = "",
    contact: Annotated[str, typer.Option("--contact", help="联系人")] = "",
    phone: Annotated[str, typer.Option("--phone", help="电话")] = "",
    by: ByOption = "",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """关停函（Word）：只为已人工确认的账号生成；由人打印、盖章、送达。"""
    settings, moment_now = settings_of(config), now()
    _new_file(target)
    desks = settings.impersonation.takedown
    with review(settings) as (c, book, _):
        suspect = suspect_of(c, number)
        unit = suspect.victim.unit if suspect.victim else None
        sender = office or (book.offices.name_of(unit.daily_supervisor) if unit else "")
        year = local(moment_now).year
        wanted = Wanted(
            sender,
            given.strip() or f"关停函〔{year}〕{number}号",
            contact,
            phone,
            _pictures(c, suspect),
        )
        try:
            fields = fields_of(suspect, desks, wanted, moment_now)
            body = render(desks.template, fields)
        except LetterError as error:
            raise BadInputError(error.reasons) from None
        channel = desks.platforms[suspect.candidate.platform].channel
        digest = sha256(body).hexdigest()
        made = made_letter(c, suspect, wanted.number, channel, digest, by, moment_now)
        keep_bytes(body, settings.state / EVIDENCE, f"{number}.docx")
        try:
            target.write_bytes(body)
        except OSError as error:
            raise BadInputError([f"{target} 不能写入（{error.strerror}）"]) from None
    _told(made, f"已写入 {target}。请核对后打印、盖章，经“{channel}”送达", as_json)


def _pictures(c: store.Connection, of: Suspect) -> int:
    """How many screenshots the last package of proof holds: two at most, one of each."""
    made = [each for each in candidate_events(c, of.candidate.id) if each.kind == "proof"]
    if not made:
        return 0
    files = store.evidence_files(c).get(int(made[-1].data["number"]), {})
    return sum(name.startswith("screenshot-") for name, _ in files.values())


def sent(
    number: NumberArgument,
    given: NumberOption = "",
    at: AtOption = "",
    by: ByOption = "",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """登记关停函已发出：24小时内应有受理，3个工作日内应有结果（IMP-02）。"""
    made = _noted(config, number, given, by, Answer(Step.SENT, _when(at)))
    _told(made, f"已登记发函 {moment(made.sent_at)}", as_json)


def receipt(
    number: NumberArgument,
    code: Annotated[str, typer.Option("--receipt", help="平台的受理编号")],
    given: NumberOption = "",
    at: AtOption = "",
    by: ByOption = "",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """登记平台的受理编号。"""
    filled(("--receipt", code))
    answer = Answer(Step.RECEIPT, _when(at), code.strip()[:200])
    made = _noted(config, number, given, by, answer)
    _told(made, f"已登记受理编号 {made.receipt}", as_json)


def result(
    number: NumberArgument,
    text: Annotated[str, typer.Option("--text", help="平台的处置结果")],
    gone: Annotated[bool, typer.Option("--gone", help="经核实该账号已关停")] = False,
    given: NumberOption = "",
    at: AtOption = "",
    by: ByOption = "",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """登记处置结果；--gone 表示已关停，此后1、7、30、90天复查是否再次出现。"""
    filled(("--text", text))
    answer = Answer(Step.RESULT, _when(at), text.strip()[:LONGEST], gone)
    made = _noted(config, number, given, by, answer)
    _told(made, "已登记处置结果" + ("，账号已关停" if gone else ""), as_json)


def recheck(
    number: NumberArgument,
    there: Annotated[
        bool | None, typer.Option("--seen/--gone", help="人工复查所见；不写则现在按平台标识读取")
    ] = None,
    by: HandOption = "",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """复查是否仍在：自动读取，或登记人工所见；未能查看的不据以结案。"""
    settings, who = settings_of(config), by if there is None else person(by)
    if there is None:
        with review(settings, write=False) as (c, _, _):
            suspect_of(c, number)
        asyncio.run(_looked(settings, number))
    with review(settings) as (c, book, casting):
        if there is not None:
            at = now()
            witnessed(c, number, there, who, casting, book, at)
            after = {"seen": there}
            store.audit(c, who, "candidate.look", f"candidate:{number}", None, after, at)
        kept = suspect_of(c, number).candidate
        last = [each for each in candidate_events(c, number) if each.kind == "look"][-1:]
    said = event_words(last[0])[1] if last else "通道不空，稍后由系统复查"
    if as_json:
        print_json({**candidate_json(kept), "look": last[0].text if last else None})
        return
    out.print(f"候选账号 {number}：{said}；{state_text(kept)}。", markup=False, highlight=False)


async def _looked(settings: Settings, number: int) -> None:
    """Read the candidate at once, and keep what came of it."""
    watch = assemble(settings)
    try:
        await refresh(watch)
        with watch.db.read() as c:
            found = suspect_of(c, number).candidate
        outcomes = await look_at(watch, found)
        if outcomes is not None:
            await keep_look(watch, found, outcomes)
    finally:
        await stop(watch)
        watch.db.close()


def _noted(config: Path, number: int, given: str, by: str, answer: Answer) -> Takedown:
    """Note a step of a letter."""
    with review(settings_of(config)) as (c, book, casting):
        return note_answer(c, number, given.strip(), answer, by, casting, book, now())


def _when(at: str) -> datetime:
    return moment_of("--at", at) if at else now()


def _told(made: Takedown, text: str, as_json: bool) -> None:
    if as_json:
        print_json(letter_json(made))
    else:
        out.print(f"{made.number}：{text}。", markup=False, highlight=False)


def _new_file(target: Path) -> None:
    if target.exists():
        raise BadInputError([f"{target} 已存在；请另给文件名"])


DEEDS = (proof, letter, sent, receipt, result, recheck)
