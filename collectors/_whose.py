"""Whose payload it is: ids where two of a kind can be compared, else the filed name.

Platforms name an account in several ways at once (快手: 3x… id, number, 快手号; 今日头条: token,
number). Two ids of one kind that differ are two accounts, whatever their names say: an impersonator
bears the same name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

from watcher.model import Source

_KINDS = (
    ("token", re.compile(r"MS4wLjAB[\w-]+")),
    ("eid", re.compile(r"3x[0-9a-z]{8,16}")),
    ("hex", re.compile(r"[0-9a-f]{24}")),
    ("number", re.compile(r"\d{1,20}")),
)


@dataclass(frozen=True, slots=True)
class Owner:
    """The account that a source is about: every id known to be its own, and its filed name."""

    ids: frozenset[str]
    name: str = ""

    def learns(self, ids: Iterable[str]) -> Owner:
        """The same account with more ids, from a payload that was proved to be its own."""
        return replace(self, ids=self.ids | frozenset(ids))


def owner_of(source: Source, *settings: str) -> Owner:
    """The handle, the other ids that these settings give, and the filed name."""
    given = (source.handle, *(source.settings.get(name) for name in settings))
    return Owner(frozenset(names(given)), source.account_name.strip())


def names(values: Iterable[Any]) -> Iterable[str]:
    """Those values that can be an id: texts and numbers, neither empty nor 0."""
    for value in values:
        if isinstance(value, str | int) and not isinstance(value, bool):
            text = str(value).strip()
            if text not in ("", "0") and len(text) <= 200:
                yield text


def ids_in(value: Any, *keys: str) -> frozenset[str]:
    """The ids that an object carries under these keys."""
    table = value if isinstance(value, Mapping) else {}
    return frozenset(names(table.get(key) for key in keys))


def kind_of(ident: str) -> str:
    """The kind of an id; ids of a kind "word" are chosen by people and prove no difference."""
    return next((kind for kind, form in _KINDS if form.fullmatch(ident)), "word")


def main_id(ids: frozenset[str]) -> str:
    """The id by which an account is best kept: one that nobody chose; "" where there is none."""
    order = [kind for kind, _ in _KINDS]
    ranked = sorted(ids, key=lambda i: (order.index(k) if (k := kind_of(i)) in order else 9, i))
    return ranked[0] if ranked else ""


def differ(mine: frozenset[str], theirs: frozenset[str]) -> bool:
    """Whether both sides name an id of one kind, and never the same."""
    for kind, _ in _KINDS:
        here = {ident for ident in mine if kind_of(ident) == kind}
        there = {ident for ident in theirs if kind_of(ident) == kind}
        if here and there and not here & there:
            return True
    return False


class Match(IntEnum):
    """On what grounds a payload counts as the owner's."""

    NONE = 0  # it is somebody else's, or nothing says whose
    ASKED = 1  # it answers a question about him, and bears an id that cannot be compared
    NAME = 2  # it bears his filed name, and an id that cannot be compared
    ID = 3


def match(
    owner: Owner, ids: frozenset[str], name: Any = "", asked: frozenset[str] = frozenset()
) -> Match:
    """Whether a payload is the owner's; `asked` are the ids in the address that it answers."""
    if differ(owner.ids, asked) or differ(owner.ids, ids):
        return Match.NONE
    if ids & owner.ids:
        return Match.ID
    said = name.strip() if isinstance(name, str) else ""
    if said and said in owner.ids:  # the handle is the name
        return Match.NAME
    if said and owner.name:
        return Match.NAME if said == owner.name else Match.NONE
    return Match.ASKED if ids and asked & owner.ids else Match.NONE
