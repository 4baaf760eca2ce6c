"""`watcher candidates`: the review queue, and what people decide about each (办法 Art. 20)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from watcher import store
from watcher.candidates import STATE_WORDS, Candidate, CandidateState, Found, Suspect
from watcher.casting import Casting
from watcher.cli_filing_desk import book_at, platform_of
from watcher.config import Settings
from watcher.coverage import Covered, coverage
from watcher.daemon import casting_of, now
from watcher.deciding import Book
from watcher.discovery import known_of
from watcher.model import Profile
from watcher.showing_candidates import (
    candidate_json,
    candidate_parts,
    candidates_table,
    event_json,
    gravity,
    letter_json,
    state_text,
)
from watcher.store.candidates import candidate_events, found, judge_again, load_candidates
from watcher.store.searches import last_searches
from watcher.suspect_deeds import ReviewError, real_face, reviewed, suspect_of
from watcher.suspects import keep_verdicts, verdicts
from watcher.terminal import (
    DEFAULT_CONFIG,
    BadInputError,
    ByOption,
    ConfigOption,
    JsonOption,
    filled,
    open_database,
    out,
    print_json,
    settings_of,
)

app = typer.Typer(no_args_is_help=True, help="假冒候选账号：检索、复核、证据、关停函")
NumberArgument = Annotated[int, typer.Argument(metavar="编号", help="见 watcher candidates list")]
ReasonOption = Annotated[str, typer.Option("--reason", help="理由，记入审计日志")]
QUEUE = (CandidateState.REVIEW, CandidateState.CONFIRMED, CandidateState.BACK)
STATES = "、".join(f"{state}（{word}）" for state, word in STATE_WORDS.items())
SHOWN = 100  # rows of the table; --json has all


@contextmanager
def review(
    settings: Settings, write: bool = True
) -> Iterator[tuple[store.Connection, Book, Casting]]:
    """A transaction with what decisions rest on; what cannot be done is bad input."""
    db = open_database(settings)
    try:
        with db.write() if write else db.read() as c:
            yield c, book_at(c, settings), casting_of(settings)
    except ReviewError as error:
        raise BadInputError([error]) from None
    finally:
        db.close()


@app.command("list")
def list_(
    every: Annotated[bool, typer.Option("--all", help="包括已排除、已关停和未列入的")] = False,
    state: Annotated[str, typer.Option("--state", help=f"只看一种状态：{STATES}")] = "",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """列出待复核、已确认的候选账号；分数只定先后，未经人工确认一律为疑似。"""
    if state and state not in set(CandidateState):
        raise BadInputError([f"--state {state!r}: 应为 {STATES} 之一"])
    wanted = (CandidateState(state),) if state else None if every else QUEUE
    with review(settings_of(config), write=False) as (c, _, _):
        listed = sorted(load_candidates(c, wanted), key=gravity)
        new = load_candidates(c, (CandidateState.NEW,))
    if as_json:
        print_json({"candidates": [candidate_json(each) for each in listed]})
        return
    out.print(candidates_table(listed[:SHOWN]))
    rest = f"，此处列出 {SHOWN} 个，其余用 --json" if len(listed) > SHOWN else ""
    out.print(
        f"共 {len(listed)} 个{rest}。检索情况见 watcher candidates coverage；未检索不等于没有。"
    )
    unjudged = sum(each.judgement is None for each in new)
    if unjudged and wanted == QUEUE:
        out.print(
            f"另有 {unjudged} 个尚待判定：由运行中的监测程序判定，或 watcher candidates judge。"
        )


@app.command()
def show(
    number: NumberArgument, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False
) -> None:
    """一个候选账号：与真账号逐项对照、判定理由、检索情况、关停函、全部经过。"""
    settings = settings_of(config)
    with review(settings, write=False) as (c, _, _):
        suspect = suspect_of(c, number)
        events, real = candidate_events(c, number), real_face(c, suspect)
        searched = searched_for(c, suspect, settings)
    if as_json:
        print_json(
            {
                **candidate_json(suspect.candidate),
                "real": dict(real),
                "letters": [letter_json(each) for each in suspect.letters],
                "events": [event_json(each) for each in events],
            }
        )
        return
    for part in candidate_parts(suspect, real, events, searched):
        out.print(part)


def searched_for(c: store.Connection, of: Suspect, settings: Settings) -> tuple[Covered, ...]:
    """How far the protected name that it is like has been searched for, platform by platform."""
    name = of.candidate.judgement.match if of.candidate.judgement else None
    if not name:
        return ()
    asked = settings.impersonation.searches
    known = known_of(store.load_accounts(c), store.load_units(c), asked)
    rows = coverage(known, asked, last_searches(c), now())
    return tuple(row for row in rows if row.name == name)


@app.command()
def add(
    platform: Annotated[str, typer.Option("--platform", help="平台")],
    handle: Annotated[str, typer.Option("--handle", help="平台账号标识")],
    name: Annotated[str, typer.Option("--name", help="账号名称")],
    url: Annotated[str, typer.Option("--url", help="主页链接")] = "",
    bio: Annotated[str, typer.Option("--bio", help="简介")] = "",
    subject: Annotated[str, typer.Option("--subject", help="认证主体")] = "",
    verified: Annotated[
        bool | None, typer.Option("--verified/--unverified", help="平台显示是否认证；没看到不写")
    ] = None,
    followers: Annotated[int | None, typer.Option("--followers", min=0, help="粉丝量")] = None,
    by: ByOption = "",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """登记人工发现的疑似账号（检索不到的平台），随即判定。"""
    settings, moment, kind = settings_of(config), now(), platform_of(platform)
    filled(("--handle", handle), ("--name", name))
    face = Profile(
        handle.strip(),
        name.strip(),
        bio=bio or None,
        verified=True if subject else verified,
        verified_as=subject or None,
        followers=followers,
    )
    with review(settings) as (c, book, casting):
        seen = found(c, Found(kind, face.handle, url, face, moment, collector=by))
        after = {"platform": kind, "handle": face.handle, "name": face.name}
        store.audit(c, by, "candidate.add", f"candidate:{seen.id}", None, after, moment)
        keep_verdicts(c, verdicts(c, casting, moment, (seen,)), casting, book, moment)
        kept = suspect_of(c, seen.id).candidate
    _said(kept, as_json)


@app.command()
def judge(
    every: Annotated[bool, typer.Option("--all", help="全部重新判定，如改动权重之后")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """立即判定新发现和有变化的候选账号。"""
    moment, count = now(), 0
    with review(settings_of(config)) as (c, book, casting):
        if every:
            judge_again(c)
        while made := verdicts(c, casting, moment):
            keep_verdicts(c, made, casting, book, moment)
            count += len(made)
    if as_json:
        print_json({"judged": count})
    else:
        out.print(f"已判定 {count} 个候选账号。")


@app.command()
def own(
    number: NumberArgument,
    by: ByOption = "",
    unit: Annotated[
        str, typer.Option("--unit", help="开设单位的编号或名称；默认近似账号的单位")
    ] = "",
    reason: ReasonOption = "",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """认定为本单位未备案账号：转为线索（FIL-01），督促补办。"""
    _decided(settings_of(config), number, "own", by, reason, as_json, unit)


def _deciding(decision: str) -> Callable[..., None]:
    """The command of one decision; which need a reason, the deed itself knows."""

    def decide(
        number: NumberArgument,
        reason: ReasonOption = "",
        by: ByOption = "",
        config: ConfigOption = DEFAULT_CONFIG,
        as_json: JsonOption = False,
    ) -> None:
        _decided(settings_of(config), number, decision, by, reason, as_json)

    return decide


for _decision, _said_of in {
    "confirm": "确认为假冒：立案（红），告知主管单位、网信、公安，此后按期复查；须写 --reason。",
    "dismiss": "排除：不再提示，直到其名称、认证主体、头像或简介变化；须写 --reason。",
    "watch": "继续观察：暂不立案，定期复查；有变化时重新列入。",
}.items():
    app.command(_decision, help=_said_of)(_deciding(_decision))


def _decided(
    settings: Settings,
    number: int,
    decision: str,
    by: str,
    reason: str,
    as_json: bool,
    unit: str = "",
) -> None:
    with review(settings) as (c, book, casting):
        units = {each.key: each.name for each in store.load_units(c)}
        named = [key for key, name in units.items() if unit in (key, name)]
        if unit and not named:
            raise BadInputError([f"--unit: 没有单位“{unit}”；请先在台账中登记该单位"])
        mine = named[0] if unit else ""
        kept = reviewed(c, number, decision, by, reason, casting, book, now(), mine)
    _said(kept, as_json)


def _said(kept: Candidate, as_json: bool) -> None:
    if as_json:
        print_json(candidate_json(kept))
        return
    out.print(
        f"候选账号 {kept.id}“{kept.profile.name}”：{state_text(kept)}。",
        markup=False,
        highlight=False,
    )
