"""Filed state × observed state: what each pair means, which rules answer it (domain.md §6.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from watcher.model import FiledState


class Observed(StrEnum):
    """What an account does, as far as readings prove it."""

    POSTING = "posting"
    SILENT = "silent"
    NOTICE_POSTED = "notice_posted"  # the last post is a 停更公告
    GONE = "gone"  # the platform says: deleted, or no such account
    BANNED = "banned"
    RENAMED = "renamed"
    PRESENT = "present"  # it is there, but seen too little to say whether it posts
    BLIND = "blind"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the matrix: what it means, and the rules that answer it; none: it is in order."""

    says: str
    rules: tuple[str, ...] = ()


_LEAD = Cell("自行开设（瞒报漏报）线索，或疑似假冒", ("FIL-01",))
_LADDER = Cell("更新时限", tuple(f"UPD-0{n}" for n in range(1, 7)))
_CHANGED = Cell("疑似自行变更", ("CHG-01",))
_STILL = Cell("注销未落实", ("DER-04", "DER-05"))
_BLIND = Cell("不对单位认定，只告运维", ("SYS-01",))
_FINE, _NOTE, _NOBODY = Cell("正常"), Cell("记录在案，不认定"), Cell("不适用")

# filed state (None: in no register) × observed state
MATRIX: Mapping[FiledState | None, Mapping[Observed, Cell]] = {
    None: {
        Observed.POSTING: _LEAD,
        Observed.SILENT: _LEAD,
        Observed.NOTICE_POSTED: _LEAD,
        Observed.GONE: _NOBODY,
        Observed.BANNED: _NOBODY,
        Observed.RENAMED: _NOBODY,
        Observed.PRESENT: _LEAD,
        Observed.BLIND: _NOBODY,
    },
    FiledState.ACTIVE: {
        Observed.POSTING: _FINE,
        Observed.SILENT: _LADDER,
        Observed.NOTICE_POSTED: Cell("疑似自行关停", ("SUS-01",)),
        Observed.GONE: Cell("疑似自行下线", ("OFF-01", "APP-01", "DER-02")),
        Observed.BANNED: Cell("平台封禁或限制", ("OFF-02",)),
        Observed.RENAMED: _CHANGED,
        Observed.PRESENT: _FINE,
        Observed.BLIND: _BLIND,
    },
    FiledState.SUSPENDED: {
        Observed.POSTING: Cell("关停后仍更新", ("SUS-03",)),
        Observed.SILENT: Cell("关停未见公告", ("SUS-02",)),
        Observed.NOTICE_POSTED: _FINE,
        Observed.GONE: Cell("已注销未备案", ("OFF-01", "DER-02")),
        Observed.BANNED: _NOTE,
        Observed.RENAMED: _CHANGED,
        Observed.PRESENT: _FINE,
        Observed.BLIND: _BLIND,
    },
    FiledState.NOTICE_PERIOD: {
        Observed.POSTING: _FINE,
        Observed.SILENT: _FINE,
        Observed.NOTICE_POSTED: _FINE,
        Observed.GONE: Cell("公告期未满即注销", ("DER-02",)),
        Observed.BANNED: _NOTE,
        Observed.RENAMED: _CHANGED,
        Observed.PRESENT: _FINE,
        Observed.BLIND: _BLIND,
    },
    FiledState.DEREGISTERED: {
        Observed.POSTING: Cell("注销后重新上线，或名称被他人使用", ("DER-06",)),
        Observed.SILENT: _STILL,
        Observed.NOTICE_POSTED: _STILL,
        Observed.GONE: Cell("已注销", ("DER-02",)),  # a notice may still have been too short
        Observed.BANNED: _FINE,
        Observed.RENAMED: Cell("名称被他人使用，疑似假冒", ("DER-06",)),
        Observed.PRESENT: _STILL,
        Observed.BLIND: Cell("不对单位认定"),
    },
}


def answering(filed: FiledState | None, states: Iterable[Observed]) -> frozenset[str]:
    """The rules that answer an account in this state on paper, seen in these."""
    return frozenset(rule for state in states for rule in MATRIX[filed][state].rules)


def speaks_of(rule: str) -> frozenset[FiledState]:
    """The states on paper in which a rule of the matrix may speak; empty for any other rule."""
    return _SPEAKS.get(rule, frozenset())


_SPEAKS: Mapping[str, frozenset[FiledState]] = {
    rule: frozenset(
        filed
        for filed, cells in MATRIX.items()
        if filed is not None and any(rule in cell.rules for cell in cells.values())
    )
    for cells in MATRIX.values()
    for cell in cells.values()
    for rule in cell.rules
}
