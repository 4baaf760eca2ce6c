"""The face of an account as its row keeps it, and how the accepted one moves, never unnoted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from watcher.accepted import Move
from watcher.faces import Face, Feature, Glance, Past, Picture, State
from watcher.store.audit import audit
from watcher.store.columns import from_ms, to_ms
from watcher.store.papers import accepting
from watcher.store.prepared import prepared
from watcher.store.rows import chunks, pages_json, to_pages
from watcher.store.schema import account, watch
from watcher.store.schema_paper import acceptance


def to_face(value: Mapping[str, Any] | None) -> Face | None:
    """A face from its JSON: the looks once, and by number where fields rest on them."""
    if not value:
        return None
    looks = [Glance(from_ms(at), source, to_pages(pages)) for at, source, pages in value["g"]]
    features = {name: _feature(kept, looks) for name, kept in value["f"].items()}
    pictures = {name: _picture(kept) for name, kept in value.get("p", {}).items()}
    return Face(features, value["n"], pictures)


def face_json(face: Face) -> dict[str, Any]:
    """A face as JSON; moments as milliseconds."""
    looks: dict[int, Glance] = {}  # by identity: the fields of one reading share its look
    features = {
        name: [
            _state_json(each.now, looks),
            each.next and _state_json(each.next, looks),
            [[past.value, to_ms(past.last), past.confirmed] for past in each.past],
            dict(each.by),
            each.was and _state_json(each.was, looks),
        ]
        for name, each in face.features.items()
    }
    kept = [[to_ms(look.at), look.source, pages_json(look.pages)] for look in looks.values()]
    pictures = {name: _picture_json(each) for name, each in face.pictures.items()}
    return {"g": kept, "f": features, "n": face.looks} | ({"p": pictures} if pictures else {})


def _picture(kept: list[Any]) -> Picture:
    at, sha256, look, apart, *others = kept
    return Picture(from_ms(at), sha256, look, tuple(apart), *others)


def _picture_json(each: Picture) -> list[Any]:
    return [
        *(to_ms(each.at), each.sha256, each.look, list(each.apart)),
        *(each.bits, each.times, each.tries, each.why),
    ]


def _feature(kept: list[Any], looks: list[Glance]) -> Feature:
    now, coming, past, by, was = kept
    return Feature(
        _state(now, looks),
        coming and _state(coming, looks),
        tuple(Past(value, from_ms(last), confirmed) for value, last, confirmed in past),
        by,
        was and _state(was, looks),
    )


def _state(kept: list[Any], looks: list[Glance]) -> State:
    value, times, full, last, proof = kept
    return State(value, times, full, from_ms(last), tuple(looks[number] for number in proof))


def _state_json(state: State, looks: dict[int, Glance]) -> list[Any]:
    for look in state.proof:
        looks.setdefault(id(look), look)
    order = list(looks)
    proof = [order.index(id(look)) for look in state.proof]
    return [state.value, state.looks, state.full, to_ms(state.last), proof]


def move_face(
    connection: sa.Connection, key: str, moves: Iterable[Move], now: datetime, face: Face | None
) -> None:
    """Accept these fields of an account from now on, each noted; `face`: how it stands after."""
    move_faces(connection, {key: (tuple(moves), face)}, now)


def move_faces(
    connection: sa.Connection,
    moved: Mapping[str, tuple[Sequence[Move], Face | None]],
    now: datetime,
) -> None:
    """The same of many accounts, by key, at the price of one."""
    keys = [key for key, (moves, _) in moved.items() if moves]
    rows = [row for batch in chunks(keys) for row in connection.execute(_PAPERS, {"keys": batch})]
    if not rows:
        return
    noted = [_noted(ident, move, now) for key, ident, *_ in rows for move in moved[key][0]]
    connection.execute(acceptance.insert(), noted)
    papers, faces = [], []
    for key, ident, paper in rows:
        moves, face = moved[key]
        accepted = {move.field: move.after for move in moves}
        papers.append({"b_account": ident, "paper": accepting(paper, accepted, now)})
        if face is not None:
            faces.append({"b_account": ident, "face": face_json(face)})
    _MOVE(connection, papers)
    _MOVE(connection, faces)


_PAPERS = (
    sa.select(account.c.key, account.c.id, watch.c.paper)
    .join_from(account, watch)
    .where(account.c.key.in_(sa.bindparam("keys", expanding=True)))
    .order_by(account.c.id)
)
_MOVE = prepared(watch.update().where(watch.c.account_id == sa.bindparam("b_account")))


def _noted(ident: int, move: Move, now: datetime) -> dict[str, Any]:
    return {
        "account_id": ident,
        "at": now,
        "field": move.field,
        "before": move.before,
        "after": move.after,
        "author": move.author,
        "reason": move.reason,
        "filing": move.filing,
    }


def accepted_by_person(
    connection: sa.Connection, key: str, moves: Iterable[Move], now: datetime, face: Face
) -> None:
    """The same by somebody's decision: audited, and the account is judged anew at once."""
    kept = tuple(moves)
    if not kept:
        return
    move_face(connection, key, kept, now, face)
    before = {move.field: move.before for move in kept}
    after = {move.field: move.after for move in kept} | {"reason": kept[0].reason}
    audit(connection, kept[0].author, "face.accept", key, before, after, now)
    this = sa.select(account.c.id).where(account.c.key == key).scalar_subquery()
    connection.execute(watch.update().where(watch.c.account_id == this).values(judge_at=now))
