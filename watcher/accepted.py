"""The accepted face: how paper and first sight move it, and what is shown otherwise. Pure.

Art. 8 wants a change filed before it is made. What an approved filing says is accepted as soon as
it is seen; what nobody approved stays a difference until a person accepts it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from watcher.canonical import Grade, Value, grade, name_key, same
from watcher.faces import CONFIRMING, Face, Feature, State, looks_alike
from watcher.filings import NO_PAPER, Filing, FilingKind, FilingStep, Paper, step_of
from watcher.model import Account, FiledState

WEIGHTY = frozenset({"name", "verified", "verified_type", "verified_as"})  # name and subject
PARTLY = 4  # … that make a first face where the account is never read in full
# A site, an app or a feed has a title of its own; what the form calls an account it need not.
TITLED = frozenset({"app", "govsite", "feed", "website", "other", "wechat_miniprogram"})
ANY_PICTURE = frozenset({"*", "见附件", "详见附件"})  # an approved picture that no text can name
FIRST, REGISTER, BADGE, FILED = "首次采集", "台账", "平台认证", "变更备案"


@dataclass(frozen=True, slots=True)
class Move:
    """The accepted face moves: one field, from what to what, by whom, why, on which filing."""

    field: str
    before: Value | None
    after: Value
    author: str
    reason: str = ""
    filing: str = ""


def moves(account: Account, paper: Paper | None, face: Face) -> Iterator[Move]:
    """How the accepted face follows what is shown: at first sight, by paper, by a badge won."""
    paper = paper or NO_PAPER
    for name, feature in face.features.items():
        state, accepted = feature.now, paper.accepted.get(name)
        if not state.confirmed:
            continue
        if accepted is None:
            if state.full >= CONFIRMING or state.looks >= PARTLY:
                yield _first(account, name, state.value)
        elif not same(name, accepted, state.value):
            yield from _allowed(account, paper, name, accepted, state)


def _first(account: Account, name: str, shown: Value) -> Move:
    """The first accepted value: what was seen, but for a name what the register files."""
    if name != "name" or account.platform in TITLED or not account.name.strip():
        return Move(name, None, shown, FIRST)
    alike = grade(name, account.name, shown) is not Grade.CHANGED
    return Move(name, None, shown if alike else account.name, FIRST if alike else REGISTER)


def _allowed(
    account: Account, paper: Paper, name: str, accepted: Value, state: State
) -> Iterator[Move]:
    filing = announced(paper, name, state.value)
    if filing is not None:
        yield Move(name, accepted, state.value, FILED, filing.approval, filing.key)
    elif name == "name" and same(name, account.name, state.value):
        yield Move(name, accepted, state.value, REGISTER, "台账已载明现名称")
    elif name == "verified" and state.value is True:
        yield Move(name, accepted, state.value, BADGE, "账号取得平台认证")


def moved(paper: Paper | None, said: Iterable[Move]) -> Mapping[str, Value]:
    """The accepted fields after these moves."""
    before = paper.accepted if paper else {}
    return {**before, **{move.field: move.after for move in said}}


def settled(face: Face, said: Iterable[Move]) -> Face:
    """The face after these moves: what went before them is no past to remember, and what was
    accepted before it was sure is what the account shows."""
    features = dict(face.features)
    for move in said:
        old = features.get(move.field)
        if old is not None:
            coming = old.next
            taken = coming is not None and same(move.field, coming.value, move.after)
            features[move.field] = replace(
                old,
                now=coming if coming is not None and taken else old.now,
                next=None if taken else coming,
                past=(),
                by={} if taken else old.by,
            )
    return replace(face, features=features)


def announced(paper: Paper, name: str, value: Value) -> Filing | None:
    """The approved change that says so; of several about a field the newest counts."""
    for filing in paper.filings:
        approved = filing.approved_on is not None and step_of(filing) not in _ENDED
        if filing.kind is FilingKind.CHANGE and approved and name in filing.changes:
            return filing if _says(name, filing.changes[name], value) else None
    return None


_ENDED = (FilingStep.REJECTED, FilingStep.WITHDRAWN)
_YES, _NO = frozenset({"是", "已认证", "true", "yes"}), frozenset({"否", "未认证", "false", "no"})


def _says(name: str, approved: str, value: Value) -> bool:
    if isinstance(value, bool):
        return approved.strip().lower() in (_YES if value else _NO)
    if name == "avatar" and approved.strip() in ANY_PICTURE:
        return True
    return same(name, approved, value)


# -- judging ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that shows something else than was accepted.

    `fresh` is False where nothing new is to be said: the state was shown and told of before, or
    the latest look no longer shows it. `apart`: the pictures at two addresses are not the same;
    False where that is not proved, since some could not be fetched.
    """

    field: str
    before: Value
    state: State
    grade: Grade
    confirmed: bool
    critical: bool
    fresh: bool
    was: State | None = None  # how the accepted value was last shown; None: it never was
    apart: bool = True


def differences(
    account: Account, paper: Paper | None, face: Face | None, now: datetime, known: timedelta
) -> Iterator[Difference]:
    """What the face shows otherwise than accepted; past states are remembered for `known`."""
    if paper is None or face is None or not paper.accepted:
        return
    for name, feature in face.features.items():
        accepted = paper.accepted.get(name)
        if accepted is None:
            continue
        for state in (feature.now, feature.next):
            if state is None:
                continue
            found = _difference(account, paper, name, accepted, feature, state, now - known)
            if found is not None and name == "avatar":
                found = _as_pictured(found, face)
            if found is not None:
                yield found
                break


def _as_pictured(found: Difference, face: Face) -> Difference | None:
    """A difference of addresses in the light of the pictures there; None where they are alike."""
    alike = looks_alike(face, found.before, found.state.value)
    return None if alike else replace(found, apart=alike is False)


def _difference(
    account: Account,
    paper: Paper,
    name: str,
    accepted: Value,
    feature: Feature,
    state: State,
    since: datetime,
) -> Difference | None:
    apart = grade(name, accepted, state.value)
    if apart is Grade.SAME or _accounted_for(account, paper, name, state.value):
        return None
    critical = is_critical(name, accepted, state.value)
    if not state.confirmed and not (critical and state is feature.next):
        return None
    steady = feature.next is None or state is feature.next
    told = any(
        same(name, past.value, state.value)
        and past.last >= since
        and (past.confirmed or not state.confirmed)
        for past in feature.past
    )
    was = feature.was if state is feature.now else feature.now
    return Difference(
        name,
        accepted,
        state,
        apart,
        state.confirmed,
        critical,
        fresh=steady and not told,
        was=was if was is not None and same(name, accepted, was.value) else None,
    )


def _accounted_for(account: Account, paper: Paper, name: str, value: Value) -> bool:
    if name == "name" and name_key(account.name) == name_key(str(value)):
        return True
    if name == "verified" and value is True:
        return True
    return announced(paper, name, value) is not None


def is_critical(name: str, before: Value, after: Value) -> bool:
    """Whether one look is worth a question: another name, a badge lost or of another kind."""
    if name == "verified":
        return before is True and after is False
    return name in ("name", "verified_type") and grade(name, before, after) is Grade.CHANGED


def watched(account: Account) -> bool:
    """Whether paper still holds the account to a face; a freed name is an impersonator's."""
    return account.filed_state is not FiledState.DEREGISTERED
