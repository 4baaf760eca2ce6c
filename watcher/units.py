"""一单位一档: what rules about units and supervising offices may look at. Values only.

Days are Beijing days as written on paper; a paper is good through `valid_until`, that day included.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from watcher.model import Dossier, Exemption, Person, Unit

UNIT = "unit:"  # scopes of findings that are about no single account: "unit:KEY" …
OFFICE = "office:"  # … and "office:KEY", a supervising office (主管单位)


def unit_scope(key: str) -> str:
    """The account of a finding that is about a unit."""
    return f"{UNIT}{key}"


def office_scope(key: str) -> str:
    """The account of a finding that is about a supervising office."""
    return f"{OFFICE}{key}"


def collective(scope: str) -> bool:
    """Whether findings of this scope are about a unit or an office, not about an account."""
    return scope.startswith((UNIT, OFFICE))


class PaperKind(StrEnum):
    """Papers that a unit shows its office."""

    OPERATOR = "operator"  # 委托承办: so long another body runs the accounts (Art. 5)
    CONTRACT = "contract"  # 承办合同
    NDA = "nda"  # 保密协议
    MLPS = "mlps"  # 等级保护测评
    APP_FILING = "app_filing"  # 应用程序备案, 国办函〔2026〕12号
    INTERACTION = "interaction"  # 互动功能核查: somebody looked; `number` says 有 or 无
    RENAMED = "renamed"  # 机构更名: `party` is the name before, `valid_from` the day of the change
    EXEMPTION = "exemption"  # 豁免: `number` names the rules, `party` the approver


@dataclass(frozen=True, slots=True)
class UnitPaper:
    """One paper of a unit, or of one of its accounts.

    `evidence` is the SHA-256 of the file, "" where none was handed in.
    """

    unit: str  # key
    kind: PaperKind
    account: str = ""  # key, or "" for the unit
    party: str = ""  # 承办单位, 测评机构, 批准人
    number: str = ""  # 文号, 备案号; of an exemption the rules it covers, by commas
    valid_from: date | None = None
    valid_until: date | None = None  # None: for good
    note: str = ""
    evidence: str = ""
    author: str = ""
    at: datetime | None = None  # when it was entered; needed to keep it
    id: int | None = None

    def good_on(self, day: date) -> bool:
        """Whether it holds on this day."""
        begun = self.valid_from is None or self.valid_from <= day
        return begun and (self.valid_until is None or day <= self.valid_until)


class UnitRole(StrEnum):
    """What people of a unit answer for, beside those whom the form of an account names."""

    FIRST = "first"  # 第一责任人: 主要负责人 (Art. 24)
    DIRECT = "direct"  # 直接责任人: 分管负责人 (Art. 24)
    EDITOR = "editor"  # 内容编辑 (Art. 24)
    REVIEWER = "reviewer"  # 内容审核 (Art. 24)
    TECHNICIAN = "technician"  # 技术保障 (Art. 24)
    DUTY = "duty"  # 值班联系 (Art. 19)


ALONE = (UnitRole.FIRST, UnitRole.DIRECT)  # of whom a unit has one each


@dataclass(frozen=True, slots=True)
class UnitPerson:
    """Somebody of a unit. The same name may stand in several roles, once in each."""

    unit: str  # key
    role: UnitRole
    person: Person
    email: str = ""


@dataclass(frozen=True, slots=True)
class Inspection:
    """专项检查 (Art. 25) that an office held for a year."""

    office: str  # key or name, as it was given
    year: int
    held_on: date
    note: str = ""
    author: str = ""
    at: datetime | None = None  # when it was entered; needed to keep it
    id: int | None = None


@dataclass(frozen=True, slots=True)
class UnitDossier:
    """A unit, its accounts as they were last seen (without posts), and its papers."""

    unit: Unit
    accounts: tuple[Dossier, ...] = ()
    papers: tuple[UnitPaper, ...] = ()
    # Followers at the end of each day on which they were seen, oldest first, by account.
    followers: Mapping[str, tuple[tuple[date, int], ...]] = field(default_factory=dict)

    def exemptions_on(self, day: date) -> tuple[Exemption, ...]:
        """What the unit as a whole is exempt from on this day."""
        return tuple(
            Exemption(rules_of(paper.number), paper.note, paper.party, paper.valid_until)
            for paper in self.papers
            if paper.kind is PaperKind.EXEMPTION and paper.good_on(day)
        )


@dataclass(frozen=True, slots=True)
class OfficeDossier:
    """A supervising office, how many units it looks after, and the inspections it held."""

    key: str
    name: str
    units: int
    inspections: tuple[Inspection, ...] = ()


def rules_of(text: str) -> tuple[str, ...]:
    """The rules an exemption names: "ORG-02, APP-*"."""
    return tuple(each for part in text.replace("，", ",").split(",") if (each := part.strip()))


def of_kind(papers: Iterable[UnitPaper], kind: PaperKind) -> tuple[UnitPaper, ...]:
    """Those of one kind, in their order."""
    return tuple(paper for paper in papers if paper.kind is kind)


def operators(papers: Iterable[UnitPaper], day: date) -> tuple[str, ...]:
    """The bodies that run accounts of a unit on a day (承办, Art. 5): those on record, and those of
    whom only a contract or NDA is known. `papers` in the order they were entered.

    No paper is rewritten: that an operator was let go is a later one of the same party with an end.
    """
    kept = tuple(papers)
    recorded = of_kind(kept, PaperKind.OPERATOR)
    known = {each.party for each in recorded}
    signed = (
        each.party
        for kind in (PaperKind.CONTRACT, PaperKind.NDA)
        for each in of_kind(kept, kind)
        if each.party not in known
    )
    now = (
        each.party
        for number, each in enumerate(recorded, 1)
        if each.good_on(day) and not _let_go(each, recorded[number:], day)
    )
    return tuple(dict.fromkeys((*now, *signed)))


def _let_go(paper: UnitPaper, later: Iterable[UnitPaper], day: date) -> bool:
    """Whether one entered later ends a paper that has no end of its own."""
    ends = (each.valid_until for each in later if each.party == paper.party)
    return paper.valid_until is None and any(
        end is not None and end < day and (paper.valid_from is None or paper.valid_from <= end)
        for end in ends
    )
