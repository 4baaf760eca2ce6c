"""Case folders: recorded pages of one account, as `case.yaml` and body files beside it.

    account: {handle: "42", name: Example City, url: "https://example.test/42"}
    pages:
      - {url: "https://api.example.test/user/42", status: 200, body: user.json,
         at: 2026-01-02T03:04:05Z}

The collector is named by `collector:` or `platform:`, at the top or in `account`, else by the
parent folder. Notes (note, description, expected, …) are left alone. Every mistake of a folder is
reported at once.
"""

from __future__ import annotations

import dataclasses
import difflib
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml

from watcher.fetch.names import asked_host
from watcher.model import Account, Page, Source, Unit

_LARGEST = 64 << 20  # bytes of a body, unpacked
_NOTES = ("note", "notes", "comment", "description", "origin", "license", "expected", "truth")
_TOP = ("account", "pages", "collector", "platform", "settings", "at", "time", "name", *_NOTES)
_ACCOUNT = (
    "handle",
    "collector",
    "settings",
    *(f.name for f in dataclasses.fields(Account) if f.name != "sources"),
    *_NOTES,
)
_PAGE = ("url", "status", "body", "at", "time", "headers", "method", *_NOTES)
_METHODS = ("GET", "POST", "HEAD", "PUT")


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong with a case: in which file, at which field."""

    file: str
    field: str
    text: str

    def __str__(self) -> str:
        return (
            f"{self.file}: {self.field}: {self.text}" if self.field else f"{self.file}: {self.text}"
        )


class CaseError(Exception):
    """Everything that is wrong with a case folder."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(map(str, self.mistakes)))


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recorded page; `method` is "" where any will do."""

    page: Page
    method: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """A recorded reading. `collector` is the name it gives, which may be a platform's."""

    name: str
    collector: str
    source: Source
    account: Account
    pages: tuple[Recorded, ...]


@dataclass(slots=True)
class _Folder:
    """A folder being read, and what was wrong so far."""

    path: Path
    mistakes: list[Mistake] = field(default_factory=list)

    def wrong(self, where: str, text: str, file: str = "case.yaml") -> None:
        self.mistakes.append(Mistake(file, where, text))


def load_case(folder: Path) -> Case:
    """The case in a folder. Raises CaseError with every mistake found."""
    here = _Folder(folder)
    top = _mapping(here, _read_yaml(here), "", _TOP)
    account = _mapping(here, top.get("account"), "account", _ACCOUNT)
    pages = _pages(here, top)
    handle = _text(here, account, "handle", "account.handle", required=True)
    collector = _collector(here, top, account)
    settings = {
        **_settings(here, account.get("settings"), "account.settings"),
        **_settings(here, top.get("settings"), "settings"),
    }
    name = _text(here, account, "name", "account.name")
    source = Source(collector, handle, settings, name)
    known = _account(here, account, collector, folder.name, source)
    if here.mistakes:
        raise CaseError(here.mistakes)
    return Case(folder.name, collector, source, known, pages)


def _read_yaml(here: _Folder) -> Any:
    file = here.path / "case.yaml"
    try:
        return yaml.safe_load(file.read_text("utf-8"))
    except FileNotFoundError:
        here.wrong("", f"there is no such file in {here.path}")
    except (OSError, UnicodeDecodeError) as error:
        here.wrong("", f"cannot be read: {error}")
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date such as 2026-02-30
        here.wrong("", f"no YAML: {' '.join(str(error).split())}")
    raise CaseError(here.mistakes)


def _mapping(here: _Folder, value: Any, where: str, allowed: tuple[str, ...]) -> dict[str, Any]:
    """A mapping with known keys only; {} where it is none."""
    if not isinstance(value, dict):
        here.wrong(where, "is missing" if value is None else "must be a mapping (key: value)")
        return {}
    for key in value:
        if key not in allowed:
            close = difflib.get_close_matches(str(key), allowed, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(allowed)}"
            here.wrong(f"{where}.{key}".lstrip("."), f"unknown key; {hint}")
    return value


def _text(
    here: _Folder, table: Mapping[str, Any], key: str, where: str, *, required: bool = False
) -> str:
    """A text, or a number written without quotes."""
    value = table.get(key)
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        text = str(value).strip()
        if text or not required:
            return text
        here.wrong(where, "is empty")
    elif value is not None:
        here.wrong(where, f"must be a text, not {type(value).__name__}")
    elif required:
        here.wrong(where, "is missing")
    return ""


def _collector(here: _Folder, top: Mapping[str, Any], account: Mapping[str, Any]) -> str:
    for table, prefix in ((top, ""), (account, "account.")):
        if "collector" in table:
            return _text(here, table, "collector", f"{prefix}collector", required=True)
    for table, prefix in ((top, ""), (account, "account.")):
        if "platform" in table:
            return _text(here, table, "platform", f"{prefix}platform", required=True)
    return here.path.resolve().parent.name


def _settings(here: _Folder, value: Any, where: str) -> Mapping[str, Any]:
    if value is None:
        return {}
    if isinstance(value, dict):
        return value
    here.wrong(where, "must be a mapping (key: value)")
    return {}


def _account(
    here: _Folder, table: Mapping[str, Any], collector: str, name: str, source: Source
) -> Account:
    """The account as far as a case tells it; the filing's other fields do not matter here."""
    unit = table.get("unit")
    return Account(
        key=_text(here, table, "key", "account.key") or f"{collector}-{source.handle or name}",
        platform=_text(here, table, "platform", "account.platform") or collector,
        name=_text(here, table, "name", "account.name"),
        unit=Unit(key="", name=unit if isinstance(unit, str) else ""),
        sources=(source,),
        url=_text(here, table, "url", "account.url"),
        platform_id=_text(here, table, "platform_id", "account.platform_id"),
    )


def _pages(here: _Folder, top: Mapping[str, Any]) -> tuple[Recorded, ...]:
    rows = top.get("pages")
    if not isinstance(rows, list):
        here.wrong("pages", "is missing" if rows is None else "must be a list of pages")
        return ()
    default = {key: top[key] for key in ("at", "time") if key in top}
    found = (_page(here, row, f"pages[{n}]", default) for n, row in enumerate(rows))
    return tuple([recorded for recorded in found if recorded is not None])


def _page(here: _Folder, row: Any, where: str, default: Mapping[str, Any]) -> Recorded | None:
    before = len(here.mistakes)
    table = _mapping(here, row, where, _PAGE)
    if not isinstance(row, dict):
        return None
    url = _text(here, table, "url", f"{where}.url", required=True)
    if url and not asked_host(url):
        here.wrong(f"{where}.url", f"{url!r} is no http address")
    status = table.get("status")
    if isinstance(status, bool) or not isinstance(status, int) or not 100 <= status <= 599:
        here.wrong(f"{where}.status", "is missing" if status is None else _no(status, "a status"))
    at = _moment(here, {**default, **table}, where)
    method = _text(here, table, "method", f"{where}.method").upper()
    if method and method not in _METHODS:
        here.wrong(f"{where}.method", _no(method, f"one of {', '.join(_METHODS)}"))
    headers = _headers(here, table.get("headers"), f"{where}.headers")
    body = _body(here, table.get("body"), f"{where}.body")
    if len(here.mistakes) > before or at is None or not isinstance(status, int):
        return None
    return Recorded(Page(url, status, body, at, headers), method)


def _no(value: object, wanted: str) -> str:
    return f"{value!r} is not {wanted}"


def _moment(here: _Folder, table: Mapping[str, Any], where: str) -> datetime | None:
    key = "time" if "time" in table and "at" not in table else "at"
    value = table.get(key)
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            here.wrong(f"{where}.{key}", _no(value, "a time such as 2026-01-02T03:04:05Z"))
            return None
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC)
    if isinstance(value, date):  # a datetime without a zone is one too
        here.wrong(f"{where}.{key}", f"{value} has no time of day with its zone (Z or +08:00)")
    elif value is None:
        here.wrong(f"{where}.{key}", "is missing")
    else:
        here.wrong(f"{where}.{key}", _no(value, "a time such as 2026-01-02T03:04:05Z"))
    return None


def _headers(here: _Folder, value: Any, where: str) -> Mapping[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        here.wrong(where, "must be a mapping (name: value)")
        return {}
    return {str(name).lower(): str(text) for name, text in value.items()}


def _body(here: _Folder, value: Any, where: str) -> bytes:
    """The bytes of a body file inside the folder; "" or none is an empty body."""
    if value is None or value == "":
        return b""
    if not isinstance(value, str):
        here.wrong(where, "must be a file name")
        return b""
    root = here.path.resolve()
    file = (root / value).resolve()
    if not file.is_relative_to(root):
        here.wrong(where, f"{value} lies outside the case folder")
        return b""
    try:
        data = file.read_bytes()
        return _unpacked(data) if file.suffix == ".gz" else data
    except FileNotFoundError:
        here.wrong(where, f"there is no file {value}")
    except (OSError, ValueError, zlib.error) as error:
        here.wrong(where, f"{value} cannot be read: {error}")
    return b""


def _unpacked(data: bytes) -> bytes:
    decoder = zlib.decompressobj(16 + zlib.MAX_WBITS)
    body = decoder.decompress(data, _LARGEST)
    if not decoder.eof:
        raise ValueError("it is cut short or too large")
    return body
