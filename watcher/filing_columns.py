"""The columns of 事项台账, its words, and how an approved change is written."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from watcher.filings import FilingKind
from watcher.register.cells import UnknownWordError, text
from watcher.register.columns import plain

HEADINGS: Mapping[str, tuple[str, ...]] = {
    "key": ("事项编号",),
    "kind": ("事项类型", "事项"),
    "unit": ("主办单位", "单位名称", "单位编号"),
    "account": ("账号编号",),
    "platform": ("平台", "账号类型"),
    "account_name": ("账号名称",),
    "changes": ("变更内容",),
    "reason": ("理由",),
    "decided_on": ("集体研究日期",),
    "decision": ("纪要文号",),
    "applied_on": ("申请日期",),
    "reviewed_on": ("初审日期", "审核日期"),
    "approved_on": ("审批日期",),
    "approval": ("审批文号",),
    "notice_from": ("公告起始日期",),
    "notice_url": ("公告链接",),
    "carried_out_on": ("实施日期",),
    "form_on": ("登记表日期",),
    "national_on": ("全国系统日期",),
    "ended_on": ("终止日期",),
    "rejected": ("是否不予批准",),
    "parent": ("所属整合",),
    "keeps": ("保留账号",),
    "override": ("例外批准",),
    "note": ("备注",),
}
IGNORED = ("序号", "进度", "下一步")
KINDS: Mapping[FilingKind, str] = {
    FilingKind.OPEN: "开设",
    FilingKind.CHANGE: "变更",
    FilingKind.MERGE: "整合",
    FilingKind.SUSPEND: "关停",
    FilingKind.DEREGISTER: "注销",
}
KIND_OF = {plain(word): kind for kind, name in KINDS.items() for word in (kind.value, name)}
FIELDS: Mapping[str, tuple[str, ...]] = {
    "name": ("名称", "账号名称"),
    "bio": ("简介",),
    "avatar": ("头像",),
    "verified_as": ("认证主体", "认证说明", "账号主体"),
    "verified": ("认证",),
    "handle": ("账号ID", "平台ID"),
}
_FIELD_OF = {plain(word): name for name, words in FIELDS.items() for word in (*words, name)}
FIELD_OF = {plain(word): name for name, words in HEADINGS.items() for word in (*words, name)}


def changes_of(value: Any) -> dict[str, str]:
    """ "名称=新名称；简介=…", or JSON: field of Profile to the approved value."""
    found = text(value) if not isinstance(value, Mapping) else value
    if isinstance(found, str) and found.startswith("{"):
        try:
            found = json.loads(found)
        except (ValueError, RecursionError):
            raise ValueError("不是有效的JSON") from None
    if isinstance(found, Mapping):
        return {_field(str(name)): str(each) for name, each in found.items()}
    parts = [part.strip() for part in re.split(r"[;；\n]", found) if part.strip()]
    pairs = [part.replace("＝", "=", 1).partition("=") for part in parts]
    for part, (name, sign, _) in zip(parts, pairs, strict=True):
        if not sign or not name.strip():
            raise ValueError(f"变更内容“{part}”应写成 字段=新值，如 名称=新名称")
    return {_field(name): new.strip() for name, _, new in pairs}


def _field(word: str) -> str:
    found = _FIELD_OF.get(plain(word))
    if found is None:
        known = "、".join(words[0] for words in FIELDS.values())
        raise UnknownWordError(f"变更内容中不认识“{word.strip()}”", f"可写：{known}")
    return found


def changes_text(value: Mapping[str, str]) -> str:
    """The short form where it says all, else JSON."""
    short = "；".join(f"{FIELDS[name][0]}={new}" for name, new in value.items() if name in FIELDS)
    try:
        if changes_of(short) == dict(value):
            return short
    except ValueError:
        pass
    return json.dumps(dict(value), ensure_ascii=False) if value else ""
