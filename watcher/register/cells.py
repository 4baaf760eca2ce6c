"""One cell to a value and back. A cell that cannot be read raises ValueError, in Chinese."""

from __future__ import annotations

import difflib
import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from watcher.model import Exemption, Source
from watcher.register.columns import plain

T = TypeVar("T")
_DATE = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]00:00(?::00)?)?"
)
_YES = {"是", "已认证", "已通过", "通过", "y", "yes", "true", "1", "☑是", "启用"}
_NO = {"否", "未认证", "未通过", "n", "no", "false", "0", "☑否", "停用"}
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "'")


def text(value: Any) -> str:
    """A cell as text: whole numbers without a point or an exponent, the rest as it stands."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        if not value.is_integer():
            return repr(value)
        if abs(value) >= 10**15:
            raise ValueError("数字超过15位，表格软件已丢失末位；请把单元格设为文本后重新填写")
        return str(int(value))
    if isinstance(value, int) and abs(value) >= 10**15:
        raise ValueError("数字超过15位，表格软件可能已改动末位；请把单元格设为文本后重新填写")
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else str(value)
    if isinstance(value, (date, int)):
        return str(value)
    return str(value).strip()


def ident(value: Any) -> str:
    """An id or a phone number. Raises ValueError where a spreadsheet has spoilt it."""
    found = text(value)
    if re.fullmatch(r"\d(\.\d+)?[eE]\+?\d+", found):
        raise ValueError(f"“{found}”是被表格软件改写的数字；请把单元格设为文本后重新填写")
    return found


def day(value: Any) -> date | None:
    """A date: 2026-09-30, 2026/9/30, 2026年9月30日, or a date cell."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    found = unicodedata.normalize("NFKC", text(value))
    if not found:
        return None
    match = _DATE.fullmatch(found)
    if not match:
        raise ValueError(f"“{found}”不是日期；写成 2026-09-30 或 2026年9月30日")
    try:
        return date(*(int(part) for part in match.groups()))
    except ValueError:
        raise ValueError(f"“{found}”：没有这一天") from None


def yes(value: Any) -> bool | None:
    found = plain(text(value))
    if not found:
        return None
    if found in _YES or found in _NO:
        return found in _YES
    raise ValueError(f"“{text(value)}”应为“是”或“否”")


def number(value: Any) -> int | None:
    """A count of people: 12345, 12,345, 1.2万."""
    found = unicodedata.normalize("NFKC", text(value)).replace(",", "").replace(" ", "")
    if not found:
        return None
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(万|w)?", found, re.IGNORECASE)
    if not match:
        raise ValueError(f"“{found}”不是数量")
    whole = float(match[1]) * 10000 if match[2] else match[1]
    if not match[2] and "." in match[1]:
        raise ValueError(f"“{found}”不是整数")
    return round(float(whole)) if match[2] else int(match[1])


def one_of(value: Any, words: Mapping[str, T], default: T | None = None) -> T:
    """The meaning of a word. Raises ValueError with the nearest word there is."""
    found = text(value)
    if not found and default is not None:
        return default
    meaning = words.get(plain(found))
    if meaning is None:
        near = difflib.get_close_matches(plain(found), words, n=1, cutoff=0.3)
        raise UnknownWordError(
            f"不认识“{found}”", f"是否为“{near[0]}”？" if near else "见说明中的字典"
        )
    return meaning


class UnknownWordError(ValueError):
    """A word that is not in the dictionary, with what may have been meant."""

    def __init__(self, message: str, suggestion: str) -> None:
        super().__init__(message)
        self.suggestion = suggestion


def sources(value: Any) -> tuple[Source, ...]:
    """JSON, or "weibo:123; feed:https://…": collector and handle, several parted by ";"."""
    if isinstance(value, (list, tuple)):
        return tuple(_source(one) for one in value)
    found = text(value)
    if found.startswith("["):
        return sources(_json(found))
    parts = [part.strip() for part in re.split(r"[;；\n]", found) if part.strip()]
    return tuple(_source(part) for part in parts)


def _source(value: Any) -> Source:
    if isinstance(value, str):
        name, colon, handle = value.replace("：", ":", 1).partition(":")
        if not colon or not name.strip() or not handle.strip():
            raise ValueError(f"采集源“{value}”应写成 采集器:标识，例如 weibo:2803301701")
        return Source(name.strip(), handle.strip())
    _only(value, {"collector", "handle", "settings"}, "采集源")
    settings = value.get("settings") or {}
    if not isinstance(settings, dict) or not value.get("collector"):
        raise ValueError("采集源缺少 collector，或 settings 不是对象")
    return Source(str(value["collector"]), str(value.get("handle", "")), settings)


def sources_text(values: tuple[Source, ...]) -> str:
    """The short form where it says all, else JSON."""
    short = "; ".join(f"{one.collector}:{one.handle}" for one in values)
    try:
        if sources(short) == values:
            return short
    except ValueError:
        pass
    return json.dumps([source_map(one) for one in values], ensure_ascii=False)


def source_map(value: Source) -> dict[str, Any]:
    found: dict[str, Any] = {"collector": value.collector, "handle": value.handle}
    return found | ({"settings": dict(value.settings)} if value.settings else {})


def exemptions(value: Any) -> tuple[Exemption, ...]:
    """JSON, or "UPD-02,UPD-04|理由|批准人|2026-12-31", several parted by ";"."""
    if isinstance(value, (list, tuple)):
        return tuple(_exemption(one) for one in value)
    found = text(value)
    if found.startswith("["):
        return exemptions(_json(found))
    return tuple(_exemption_text(part) for part in re.split(r"[;；\n]", found) if part.strip())


def _exemption_text(part: str) -> Exemption:
    fields = [field.strip() for field in re.split(r"[|｜]", part)]
    if len(fields) not in (3, 4):
        raise ValueError(f"豁免“{part}”应写成 规则|理由|批准人|截止日期")
    rules = tuple(rule.strip() for rule in re.split(r"[,，、]", fields[0]) if rule.strip())
    until = day(fields[3]) if len(fields) == 4 else None
    return _checked(Exemption(rules, fields[1], fields[2], until))


def _exemption(value: Any) -> Exemption:
    _only(value, {"rules", "reason", "approver", "until"}, "豁免")
    rules = value.get("rules")
    if not isinstance(rules, list):
        raise ValueError("豁免的 rules 应为列表")
    reason, approver = str(value.get("reason") or ""), str(value.get("approver") or "")
    return _checked(Exemption(tuple(map(str, rules)), reason, approver, day(value.get("until"))))


def _checked(value: Exemption) -> Exemption:
    if not value.rules or not value.reason or not value.approver:
        raise ValueError("豁免须写明规则、理由和批准人")
    return value


def exemptions_json(values: tuple[Exemption, ...]) -> list[dict[str, Any]]:
    return [
        {"rules": list(one.rules), "reason": one.reason, "approver": one.approver}
        | ({"until": one.until.isoformat()} if one.until else {})
        for one in values
    ]


def _json(found: str) -> Any:
    try:
        return json.loads(found)
    except (ValueError, RecursionError):
        raise ValueError("不是有效的JSON") from None


def _only(value: Any, names: set[str], what: str) -> None:
    if not isinstance(value, dict):
        raise ValueError(f"{what}应为对象")
    if extra := set(map(str, value)) - names:
        raise ValueError(f"{what}中有不认识的字段：{'、'.join(sorted(extra))}")


def safe(value: str) -> str:
    """Text that no spreadsheet runs as a formula; `bare` takes the mark off again."""
    return f"'{value}" if value.startswith(_DANGEROUS) else value


def bare(value: str) -> str:
    """Text without the mark that `safe` puts before it."""
    return value[1:] if value.startswith("'") and value[1:].startswith(_DANGEROUS) else value
