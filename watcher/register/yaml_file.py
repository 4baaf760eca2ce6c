"""YAML: `units:` and `accounts:`, with the field names of watcher.model."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any

import yaml

from watcher.register.build import account_values, unit_values
from watcher.register.cells import exemptions_json, source_map
from watcher.register.columns import HEADINGS, UNIT_FIELDS
from watcher.register.values import MAX_ROWS, Mistake, Register, RegisterError, Row

_UNIT_NAMES = {name.removeprefix("unit_"): name for name in UNIT_FIELDS}
_NESTED = ("lead", "contact")
_STRUCTURED = ("sources", "exemptions")


def dump_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def read_yaml(path: Path) -> tuple[list[Row], list[Mistake]]:
    """The rows of a YAML register; a row's number is its line.

    Scalars are taken as written: 013800000000 stays a phone number and is no octal.
    """
    try:
        content = path.read_text("utf-8-sig")
        typed = yaml.load(content, yaml.CSafeLoader)
        written = yaml.load(content, yaml.CBaseLoader)  # noqa: S506 - makes strings only
        lines = _lines(yaml.compose(content, yaml.CSafeLoader))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        message = f"不是可读的YAML（{error}）"
        raise RegisterError([Mistake(path.name, 0, "", message)]) from error
    parts = [typed.get(name) if isinstance(typed, dict) else None for name in ("units", "accounts")]
    if not isinstance(typed, dict) or any(not isinstance(part or [], list) for part in parts):
        message = "最上层应为 units: 和 accounts: 两个列表"
        raise RegisterError([Mistake(path.name, 0, "", message)])
    if sum(len(part or []) for part in parts) > MAX_ROWS:
        raise RegisterError([Mistake(path.name, 0, "", f"超过{MAX_ROWS}项，请拆分后导入")])
    mistakes = [
        Mistake(path.name, 0, str(name), "不认识这一项", "只有 units 和 accounts")
        for name in typed
        if name not in ("units", "accounts")
    ]
    reader = _Reader(path.name, mistakes)
    for index, value in enumerate(parts[0] or []):
        reader.unit(lines["units"][index], value, written["units"][index])
    for index, value in enumerate(parts[1] or []):
        reader.account(lines["accounts"][index], value, written["accounts"][index])
    return reader.rows, mistakes


def _lines(node: yaml.Node | None) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(value, yaml.SequenceNode):
                found[key.value] = [item.start_mark.line + 1 for item in value.value]
    return found


class _Reader:
    """Turns items into rows, and gathers what is wrong with their shape."""

    def __init__(self, file: str, mistakes: list[Mistake]) -> None:
        self.file, self.mistakes = file, mistakes
        self.rows: list[Row] = []
        self.units: set[str] = set()

    def unit(self, line: int, value: Any, written: Any) -> None:
        cells = self._flat(line, value, written, _UNIT_NAMES)
        self.units.add(str(cells.get("unit_key", cells.get("unit_name", ""))))
        self.rows.append(Row(line, cells, {field: name for name, field in _UNIT_NAMES.items()}))

    def account(self, line: int, value: Any, written: Any) -> None:
        names = {name: name for name in HEADINGS if name not in UNIT_FIELDS} | {"unit": "unit_key"}
        if isinstance(value, dict):
            value, written = _unnest(value), _unnest(written)
        cells = self._flat(line, value, written, names)
        unit = str(cells.get("unit_key") or "")
        if unit and unit not in self.units:
            near = difflib.get_close_matches(unit, self.units, n=1, cutoff=0.4)
            hint = f"是否为“{near[0]}”？" if near else "请先在 units 中写明"
            self.mistakes.append(Mistake(self.file, line, "unit", f"没有单位“{unit}”", hint))
        self.rows.append(
            Row(
                line,
                cells,
                {name: name for name in HEADINGS} | {"unit_key": "unit", "unit_name": "unit"},
            )
        )

    def _flat(
        self, line: int, value: Any, written: Any, names: Mapping[str, str]
    ) -> dict[str, Any]:
        if not isinstance(value, dict):
            self.mistakes.append(Mistake(self.file, line, "", "每一项应为 名称: 值 的形式"))
            return {}
        cells: dict[str, Any] = {}
        for name, each in value.items():
            field = names.get(str(name))
            if field is None:
                near = difflib.get_close_matches(str(name), names, n=1, cutoff=0.4)
                hint = f"是否为“{near[0]}”？" if near else ""
                self.mistakes.append(Mistake(self.file, line, str(name), "不认识这一项", hint))
            elif field in _STRUCTURED and isinstance(each, list):
                cells[field] = each
            elif isinstance(each, (dict, list)):
                self.mistakes.append(Mistake(self.file, line, str(name), "应为一个值"))
            else:
                cells[field] = None if each is None else written[str(name)]
        return cells


def _unnest(value: Mapping[Any, Any]) -> dict[Any, Any]:
    """`lead: {name: …}` as lead_name."""
    flat: dict[Any, Any] = {}
    for name, each in value.items():
        if name in _NESTED and isinstance(each, dict):
            flat.update({f"{name}_{part}": one for part, one in each.items()})
        else:
            flat[name] = each
    return flat


def write_yaml(path: Path, register: Register) -> None:
    """All units and accounts; what says nothing is left out."""
    known = {account.unit.key: account.unit for account in register.accounts}
    known |= {unit.key: unit for unit in register.units}
    document = {
        "units": [_unit(unit_values(known[key])) for key in sorted(known)],
        "accounts": [
            _account(account_values(account)) | {"unit": account.unit.key}
            for account in register.accounts
        ],
    }
    content = yaml.dump(document, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False)
    path.write_text(content, "utf-8")


def _unit(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _plain(values[field]) for name, field in _UNIT_NAMES.items() if values[field]}


def _account(values: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {
        name: _plain(value) for name, value in values.items() if value not in ("", None, ())
    }
    flat["sources"] = [source_map(one) for one in values["sources"]]
    if values["exemptions"]:
        flat["exemptions"] = exemptions_json(values["exemptions"])
    return flat


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, date) else value
