"""Rows to units and accounts, with every mistake; and back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from watcher.model import Account, FiledState, Person, Source, Unit, UnitKind
from watcher.register.cells import (
    UnknownWordError,
    day,
    exemptions,
    ident,
    number,
    one_of,
    sources,
    text,
    yes,
)
from watcher.register.columns import HEADINGS, KIND_OF, PLATFORM_OF, STATE_OF, UNIT_FIELDS
from watcher.register.values import Mistake, Register, RegisterError, Row

_KEY = re.compile(r"[\w.@:-]{1,120}")
_NO_SOURCE = ("无", "-")
_DEFAULT_SOURCE = {"weibo": "weibo", "douyin": "douyin"}  # read by their platform id

# An app's id tells its store: Apple's number, Huawei's, an Android package.
_STORES = (
    (re.compile(r"\d{5,12}"), "app_apple"),
    (re.compile(r"C\d{4,24}"), "app_huawei"),
    (re.compile(r"[A-Za-z]\w*(?:\.\w+)+"), "app_yyb"),
)


def _reader(platform: str, own: str) -> str | None:
    """The collector that needs nothing but the platform's id."""
    if platform == "app":
        return next((name for form, name in _STORES if form.fullmatch(own)), None)
    return _DEFAULT_SOURCE.get(platform)


def _kind(value: Any) -> UnitKind | None:
    return one_of(value, KIND_OF) if text(value) else None


def _state(value: Any) -> FiledState:
    return one_of(value, STATE_OF, FiledState.ACTIVE)


def _platform(value: Any) -> str:
    return one_of(value, PLATFORM_OF) if text(value) else ""


def _sources(value: Any) -> tuple[Source, ...] | None:
    """None: nothing said; an empty tuple: said to have none."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    return () if isinstance(value, str) and value.strip() in _NO_SOURCE else sources(value)


READ: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(HEADINGS, text),
    **dict.fromkeys(("key", "platform_id", "unit_key", "lead_phone", "contact_phone"), ident),
    **dict.fromkeys(("opened_on", "approved_on", "filed_on"), day),
    **dict.fromkeys(("verified", "enabled"), yes),
    "platform": _platform,
    "unit_kind": _kind,
    "filed_state": _state,
    "followers": number,
    "sources": _sources,
    "exemptions": exemptions,
}


class _Builder:
    """Gathers values and mistakes over the rows of one file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.mistakes: list[Mistake] = []
        self.units: dict[str, dict[str, Any]] = {}
        self.accounts: dict[str, tuple[dict[str, Any], str]] = {}  # key -> values, unit key
        self.rows: dict[str, int] = {}

    def wrong(self, row: Row, field: str, message: str, suggestion: str = "") -> None:
        column = row.headings.get(field) or HEADINGS[field][0]
        self.mistakes.append(Mistake(self.file, row.number, column, message, suggestion))

    def add(self, row: Row) -> None:
        before = len(self.mistakes)
        values = self._values(row)
        unit_key = self._unit(row, values)
        if not any(text(row.cells.get(name)) for name in HEADINGS if name not in UNIT_FIELDS):
            return  # a unit without accounts
        for field in ("name", "platform"):
            if field in values and not values[field]:
                self.wrong(row, field, "必填，不能为空")
        if len(self.mistakes) == before:
            self._account(row, values, unit_key)

    def _values(self, row: Row) -> dict[str, Any]:
        """The cells read; those that cannot be are left out, and noted."""
        values = {}
        for field, read in READ.items():
            try:
                values[field] = read(row.cells.get(field))
            except UnknownWordError as error:
                self.wrong(row, field, str(error), error.suggestion)
            except (ValueError, TypeError, OverflowError) as error:
                self.wrong(row, field, str(error))
        return values

    def _unit(self, row: Row, values: Mapping[str, Any]) -> str:
        """Merge what this row says of its unit into what others said; returns the unit's key."""
        key = values.get("unit_key") or values.get("unit_name") or ""
        if not key:
            self.wrong(row, "unit_name", "必填，不能为空")
            return ""
        known = self.units.setdefault(key, {})
        for field in UNIT_FIELDS:
            new, old = values.get(field), known.get(field)
            if new and old and new != old:
                self.wrong(
                    row, field, f"与前面所填同一单位的“{text(old)}”不一致", "请统一后重新导入"
                )
            elif new:
                known[field] = new
        return str(key)

    def _account(self, row: Row, values: dict[str, Any], unit_key: str) -> None:
        given = values["sources"]
        platform, own = values["platform"], values["platform_id"]
        if given is None:
            reader = _reader(platform, own)
            given = (Source(reader, own),) if reader and own else ()
        handle = own or next((one.handle for one in given if _KEY.fullmatch(one.handle)), "")
        key = values["key"] or (f"{platform}-{handle}" if handle else "")
        if not key:
            self.wrong(row, "platform_id", "账号编号、平台ID、采集源至少填一项", "用来区分账号")
            return
        if not _KEY.fullmatch(key):
            self.wrong(row, "key", f"“{key}”含有空格等字符", "请用字母、数字、“-”和“_”")
            return
        if key in self.accounts:
            self.wrong(row, "key", f"账号编号“{key}”与第{self.rows[key]}行重复")
            return
        self.rows[key] = row.number
        self.accounts[key] = (values | {"key": key, "sources": given}, unit_key)


def build(file: str, rows: Iterable[Row], mistakes: Iterable[Mistake] = ()) -> Register:
    """All rows as values. Raises RegisterError with every mistake, those given among them."""
    builder = _Builder(file)
    builder.mistakes.extend(mistakes)
    for row in rows:
        builder.add(row)
    if builder.mistakes:
        raise RegisterError(builder.mistakes)
    units = {key: _to_unit(key, values) for key, values in builder.units.items()}
    accounts = (to_account(values, units[key]) for values, key in builder.accounts.values())
    return Register(tuple(units[key] for key in sorted(units)), tuple(accounts))


def _to_unit(key: str, values: Mapping[str, Any]) -> Unit:
    return Unit(
        key=key,
        name=values.get("unit_name") or key,
        kind=values.get("unit_kind") or UnitKind.OTHER,
        daily_supervisor=values.get("daily_supervisor", ""),
        approval_authority=values.get("approval_authority", ""),
        first_reviewer=values.get("first_reviewer", ""),
    )


_SAME = (
    "key",
    "platform",
    "name",
    "sources",
    "url",
    "platform_id",
    "filed_state",
    "opened_on",
    "approved_on",
    "filed_on",
    "filed_subject",
    "verified",
    "followers",
    "section",
    "email",
    "reason",
    "approval",
    "exemptions",
    "note",
)


def to_account(values: Mapping[str, Any], unit: Unit) -> Account:
    return Account(
        unit=unit,
        lead=Person(values["lead_name"], values["lead_post"], values["lead_phone"]),
        contact=Person(values["contact_name"], values["contact_post"], values["contact_phone"]),
        enabled=values["enabled"] is not False,
        **{name: values[name] for name in _SAME},
    )


def unit_values(unit: Unit) -> dict[str, Any]:
    """A unit by the fields of a row."""
    return {
        "unit_key": unit.key,
        "unit_name": unit.name,
        "unit_kind": unit.kind,
        "daily_supervisor": unit.daily_supervisor,
        "approval_authority": unit.approval_authority,
        "first_reviewer": unit.first_reviewer,
    }


def account_values(account: Account) -> dict[str, Any]:
    """An account by the fields of a row, without its unit."""
    people = {
        f"{role}_{name}": getattr(person, name)
        for role, person in (("lead", account.lead), ("contact", account.contact))
        for name in ("name", "post", "phone")
    }
    return {name: getattr(account, name) for name in (*_SAME, "enabled")} | people
