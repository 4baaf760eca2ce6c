"""`watcher accept`: a person accepts what an account shows now, instead of what was accepted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.table import Table

from watcher import store
from watcher.accepted import Move, settled
from watcher.canonical import Value, same
from watcher.daemon import now
from watcher.faces import FIELDS, Face
from watcher.model import Dossier
from watcher.showing import plain
from watcher.store.faces import accepted_by_person
from watcher.terminal import (
    DEFAULT_CONFIG,
    BadInputError,
    ConfigOption,
    HandOption,
    JsonOption,
    open_database,
    out,
    print_json,
    settings_of,
)


def accept_face(
    account: Annotated[str, typer.Argument(help="账号编号")],
    reason: Annotated[str, typer.Option("--reason", help="理由，记入审计日志")],
    field: Annotated[
        list[str] | None,
        typer.Option("--field", help=f"只认可这些字段，可重复：{'、'.join(FIELDS)}"),
    ] = None,
    by: HandOption = "",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """认可账号现在显示的信息（名称、简介、头像、认证）；相应的变更问题在随后的判定中销号。"""
    wrong = [
        f"--field {each!r}: 没有这个字段；可用：{'、'.join(FIELDS)}"
        for each in field or ()
        if each not in FIELDS
    ]
    if not reason.strip():
        wrong.append("--reason 不能为空")
    if wrong:
        raise BadInputError(wrong)
    db, moment = open_database(settings_of(config)), now()
    try:
        with db.write() as c:
            said = _accepted(c, account, field, by, reason.strip(), moment)
    finally:
        db.close()
    if as_json:
        print_json({"account": account, "accepted": [_json(move) for move in said]})
    else:
        _print(account, said)


def _accepted(
    c: store.Connection,
    key: str,
    fields: list[str] | None,
    by: str,
    reason: str,
    moment: datetime,
) -> tuple[Move, ...]:
    dossier = store.dossiers(c, [key], moment).get(key)
    if dossier is None:
        raise BadInputError([f"没有编号为 {key} 的账号；用 watcher accounts list 查看"])
    face = dossier.face
    unseen = [each for each in fields or () if face is None or each not in face.features]
    if face is None or unseen:
        what = "、".join(FIELDS[each] for each in unseen) or "任何信息"
        raise BadInputError([f"账号 {key} 还没有采集到{what}；请先采集（watcher poll {key}）"])
    said = tuple(_moves(dossier, face, fields or FIELDS, by, reason))
    accepted_by_person(c, key, said, moment, settled(face, said))
    return said


def _moves(
    dossier: Dossier, face: Face, fields: Iterable[str], by: str, reason: str
) -> Iterable[Move]:
    """What differs from what was accepted; a look that is not yet confirmed counts as well."""
    accepted = dossier.paper.accepted if dossier.paper else {}
    for name in FIELDS:
        feature = face.features.get(name) if name in fields else None
        if feature is not None:
            shown = (feature.next or feature.now).value
            before: Value | None = accepted.get(name)
            if before is None or not same(name, before, shown):
                yield Move(name, before, shown, by, reason)


def _json(move: Move) -> dict[str, Any]:
    return {
        "field": move.field,
        "name": FIELDS[move.field],
        "before": move.before,
        "after": move.after,
        "by": move.author,
        "reason": move.reason,
    }


def _print(account: str, said: tuple[Move, ...]) -> None:
    if not said:
        out.print(f"{account}：现在显示的与已认可的一致，未作改动。", markup=False)
        return
    table = Table(title=f"已认可 {plain(account)} 的 {len(said)} 项信息")
    for heading in ("字段", "原认可", "现认可"):
        table.add_column(heading)
    for move in said:
        before = "（无）" if move.before is None else _text(move.before)
        table.add_row(FIELDS[move.field], plain(before, 200), plain(_text(move.after), 200))
    out.print(table)


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "已认证" if value else "未认证"
    return value
