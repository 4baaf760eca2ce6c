"""The rows of the ledger (台账) that are read back: accounts, filings, people. Pure.

Words as the register's files have them, so that a sheet can be read back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from watcher.filing_columns import KINDS as EVENTS
from watcher.filing_columns import changes_text
from watcher.filing_desk import Ledger
from watcher.filings import NO_PAPER, Filing, Paper, step_of
from watcher.ledger import COLUMNS, FILINGS, MAIN, OF_ACCOUNT, PEOPLE, ROLES, UNSEEN, Cell
from watcher.model import Account, Person, Unit
from watcher.register.cells import exemptions, exemptions_json
from watcher.register.columns import KINDS, PLATFORMS, STATES
from watcher.register.yaml_file import dump_json
from watcher.showing_filings import STEPS, coming_text
from watcher.store.ledger import Seen
from watcher.units import ALONE, PaperKind, UnitPaper, UnitPerson, UnitRole, operators

Line = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Pace:
    """本季: how many posts, and the longest gap as it may be said ("至少12天")."""

    posts: int | None = None  # None: nothing was seen in the quarter
    gap: str = UNSEEN


@dataclass(frozen=True, slots=True)
class Known:
    """All that the sheets of paper rest on, at a moment."""

    today: date
    units: Sequence[Unit] = ()
    accounts: Sequence[Account] = ()
    filings: Sequence[Filing] = ()
    people: Sequence[UnitPerson] = ()
    papers: Sequence[UnitPaper] = ()
    seen: Mapping[str, Seen] = field(default_factory=dict)
    paces: Mapping[str, Pace] = field(default_factory=dict)
    open_cases: Mapping[str, int] = field(default_factory=dict)
    offices: Mapping[str, str] = field(default_factory=dict)  # names by key


def main_lines(known: Known) -> Iterator[Line]:
    """总台账: one line for each account, by unit and key."""
    names = unit_names(known.units)
    people, papers = _by_place(known.people), _by_unit(known.papers)
    filings: dict[str, list[Filing]] = {}
    for filing in known.filings:
        filings.setdefault(filing.account, []).append(filing)
    order = sorted(known.accounts, key=lambda each: (each.unit.key, each.key))
    for number, account in enumerate(order, start=1):
        held = papers.get(account.unit.key, [])
        values = {
            "number": number,
            **_account(account),
            **_unit(account.unit, names, known.offices),
            **{role.value: _person_name(people, account.unit.key, role) for role in ALONE},
            **_papers(account, held, known.today),
            **_watched(account, known, filings.get(account.key, ())),
        }
        yield line_of(MAIN, values)


def filing_lines(known: Known, ledger: Ledger) -> Iterator[Line]:
    """事项台账: one line for each filing, the oldest first."""
    names = unit_names(known.units)
    for number, filing in enumerate(reversed(known.filings), start=1):
        values: dict[str, Any] = {
            name: getattr(filing, name) for name in Filing.__dataclass_fields__
        }
        values |= {
            "number": number,
            "kind": EVENTS[filing.kind],
            "unit": names.get(filing.unit, filing.unit),
            "platform": PLATFORMS.get(filing.platform, filing.platform),
            "changes": changes_text(filing.changes),
            "rejected": "是" if filing.rejected else "",
            "step": STEPS[step_of(filing)],
            "next": coming_text(filing, ledger),
        }
        yield line_of(FILINGS, values)


def person_lines(known: Known) -> Iterator[Line]:
    """单位通讯录: each unit with its people, then those whom the forms of its accounts name."""
    people: dict[str, list[UnitPerson]] = {}
    for each in known.people:
        people.setdefault(each.unit, []).append(each)
    accounts: dict[str, list[Account]] = {}
    for account in sorted(known.accounts, key=lambda one: one.key):
        accounts.setdefault(account.unit.key, []).append(account)
    number = 0
    for unit in known.units:
        for values in _people_of(unit, people.get(unit.key, ()), accounts.get(unit.key, ())):
            number += 1
            about = {"number": number, "unit_key": unit.key, **_unit(unit, {}, known.offices)}
            yield line_of(PEOPLE, {**about, **values})


def _people_of(
    unit: Unit, people: Iterable[UnitPerson], accounts: Iterable[Account]
) -> Iterator[dict[str, Any]]:
    """Both whom Art. 24 wants have a line, named or not; the others have one where they are."""
    held: dict[UnitRole, list[UnitPerson]] = {role: [] for role in UnitRole}
    for each in people:
        held[each.role].append(each)
    for role, found in held.items():
        for person in found or ([UnitPerson(unit.key, role, Person())] if role in ALONE else []):
            yield {"role": ROLES[role], **_person(person.person), "email": person.email}
    for account in accounts:
        for role_word, one in zip(OF_ACCOUNT, (account.lead, account.contact), strict=True):
            if one != Person():
                mail = account.email if one is account.contact else ""
                yield {"role": role_word, **_person(one), "email": mail, "account": account.key}


# -- inside ------------------------------------------------------------------------------------


def line_of(sheet: str, values: Mapping[str, Any]) -> Line:
    """The cells of a line of a sheet, by the fields of its columns."""
    return tuple(values.get(column.field) for column in COLUMNS[sheet])


def minute(at: datetime | None) -> datetime | None:
    """A moment to the minute, as sheets show it."""
    return None if at is None else at.replace(second=0, microsecond=0)


def unit_names(units: Iterable[Unit]) -> Mapping[str, str]:
    """How a unit is called in a sheet: by its name; by its key where another has the same name."""
    kept = tuple(units)
    counts: dict[str, int] = {}
    for unit in kept:
        counts[unit.name] = counts.get(unit.name, 0) + 1
    return {unit.key: unit.name if counts[unit.name] == 1 else unit.key for unit in kept}


ABOVE = ("daily_supervisor", "approval_authority", "first_reviewer")


def _unit(unit: Unit, names: Mapping[str, str], offices: Mapping[str, str]) -> dict[str, Any]:
    above = {name: offices.get(key := getattr(unit, name), key) for name in ABOVE}
    about = {"unit_name": names.get(unit.key, unit.name), "unit_kind": KINDS[unit.kind]}
    return {**about, **above}


_SAME = ("key", "name", "platform_id", "url", "filed_subject", "section", "email", "approval")


def _account(account: Account) -> dict[str, Any]:
    people = {
        f"{role}_{name}": value
        for role, person in (("lead", account.lead), ("contact", account.contact))
        for name, value in _person(person).items()
    }
    return {
        **{name: getattr(account, name) for name in _SAME},
        **{name: getattr(account, name) for name in ("opened_on", "approved_on", "filed_on")},
        **people,
        "platform": PLATFORMS.get(account.platform, account.platform),
        "filed_state": STATES[account.filed_state],
        "exemptions": exemptions_text(account),
        "note": account.note,
    }


def _person(person: Person) -> dict[str, str]:
    return {"name": person.name, "post": person.post, "phone": person.phone}


def exemptions_text(account: Account) -> str:
    """规则|理由|批准人|截止日期, several parted by "；"; JSON where that would not be read back."""
    short = "；".join(
        "|".join((",".join(one.rules), one.reason, one.approver, *_until(one.until)))
        for one in account.exemptions
    )
    try:
        if exemptions(short) == account.exemptions:
            return short
    except ValueError:
        pass
    return dump_json(exemptions_json(account.exemptions))


def _until(day: date | None) -> tuple[str, ...]:
    return () if day is None else (day.isoformat(),)


def _watched(account: Account, known: Known, filings: Iterable[Filing]) -> dict[str, Any]:
    """What was seen of it; 未采集到 where nothing was, never 0."""
    seen, pace = known.seen.get(account.key, Seen()), known.paces.get(account.key, Pace())
    verified = account.verified if account.verified is not None else seen.verified
    followers = seen.followers if seen.followers is not None else account.followers
    return {
        "verified": UNSEEN if verified is None else "是" if verified else "否",
        "followers": UNSEEN if followers is None else followers,
        "followers_on": seen.followers_on,
        "last_post": minute(seen.last_post) or UNSEEN,
        "last_reading": minute(seen.last_reading) or UNSEEN,
        "posts": UNSEEN if pace.posts is None else pace.posts,
        "gap": pace.gap,
        "cases": known.open_cases.get(account.key, 0),
        "national": national_text(seen.paper or NO_PAPER, filings, known.today),
    }


def national_text(paper: Paper, filings: Iterable[Filing], today: date) -> str:
    """全国系统状态: what its last export said, else what our own filings say.

    Only the last comparison is kept: what one before it said is not known any more.
    """
    said = paper.national
    if said is not None and said.on <= today:
        return f"{'未见' if said.fields is None else '已报送'}（{said.on}核对）"
    open_ = "未核对" if said is None else "当时的核对结果未留存"
    days = [each.national_on for each in filings if each.national_on and each.national_on <= today]
    return f"已填报（{max(days)}），{open_}" if days else open_


def _papers(account: Account, held: Iterable[UnitPaper], today: date) -> dict[str, Any]:
    kept = tuple(held)
    return {
        "operator": operators_text(kept, today),
        "contract_until": _last(kept, PaperKind.CONTRACT),
        "nda_until": _last(kept, PaperKind.NDA),
        "app_filing": app_filing_of(kept, account.key),
    }


def operators_text(held: Iterable[UnitPaper], today: date) -> str:
    """承办单位 of today; of whom only a contract or NDA is known counts too, as for ORG-01."""
    return "、".join(operators(held, today))


def app_filing_of(held: Iterable[UnitPaper], account: str) -> str:
    """应用备案号: the last that was entered for the account."""
    found = [p.number for p in held if p.kind is PaperKind.APP_FILING and p.account == account]
    return found[-1] if found else ""


def _last(held: Iterable[UnitPaper], kind: PaperKind) -> Cell:
    """The last day of the papers of a kind; 长期 where one of them has none."""
    days = [each.valid_until for each in held if each.kind is kind]
    return "长期" if None in days else max((day for day in days if day), default=None)


def _by_place(people: Iterable[UnitPerson]) -> Mapping[tuple[str, UnitRole], str]:
    found: dict[tuple[str, UnitRole], str] = {}
    for each in people:
        found.setdefault((each.unit, each.role), each.person.name)
    return found


def _person_name(people: Mapping[tuple[str, UnitRole], str], unit: str, role: UnitRole) -> str:
    return people.get((unit, role), "")


def _by_unit(papers: Iterable[UnitPaper]) -> Mapping[str, list[UnitPaper]]:
    found: dict[str, list[UnitPaper]] = {}
    for each in papers:
        found.setdefault(each.unit, []).append(each)
    return found
