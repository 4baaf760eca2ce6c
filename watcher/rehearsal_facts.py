"""Made-up facts for a rehearsal without a case, so that its words are whole sentences. Pure.

Each value that could be taken for a finding says 示例; the command says so as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from alerts.hours import beijing

DAY = timedelta(days=1)
# A silence that such a finding would rest on, in days.
_SILENT = {"UPD-01": 8, "UPD-02": 8, "UPD-03": 10, "UPD-04": 14, "UPD-05": 31, "UPD-06": 181}
_ROW = {"name": "示例账号", "platform": "weibo"}
_ROWS = [_ROW, {**_ROW, "name": "示例账号二"}]
_PLATFORM = {"why": "示例原因", "accounts": 3, "of": 5, "missing": "示例字段"}
_LOOKALIKE = {
    "name": "示例假冒号",
    "platform": "weibo",
    "handle": "示例",
    "account_name": "示例备案号",
    "letter": "示例函号",
}
_PLAIN: Mapping[str, Mapping[str, Any]] = {
    "CHG-01": {
        "field": "name",
        "field_name": "账号名称",
        "before": {"value": "示例原名称"},
        "after": {"value": "示例新名称"},
        "confirmed": True,
    },
    "VER-02": {"subject": "示例公司"},
    "APP-02": {"count": 2, "accounts": _ROWS},
    "APP-03": {"host": "示例域名"},
    "CON-01": {"domains": ["示例域名"]},
    "DUP-01": {"count": 2, "platform": "weibo", "accounts": _ROWS},
    "FIL-01": {"handle": "示例", "platform": "weibo", "name": "示例账号", "unit": "示例单位"},
    "FIL-07": {"filing": "示例事项编号", "kind": "open"},
    "DER-01": {"filing": "示例事项编号"},
    "DER-03": {"filing": "示例事项编号"},
    "NAM-01": {"names": _ROWS},
    "NAM-02": {"pictures": _ROWS},
    "ORG-01": {"kind": "contract", "party": "示例承办单位"},
    "ORG-02": {"accounts": [{**_ROW, "lacking": ["contact"]}]},
    "IMP-01": _LOOKALIKE,
    "IMP-02": _LOOKALIKE,
    "IMP-03": _LOOKALIKE,
    "SYS-03": _PLATFORM,
    "SYS-04": _PLATFORM,
}


def example_facts(rule: str, subject: str, now: datetime) -> Mapping[str, Any]:
    """What a finding of this rule might say at this moment; nothing where its words need none."""
    today = beijing(now).date()
    if days := _SILENT.get(rule):
        last = {"id": "示例", "at": (now - days * DAY).isoformat(), "title": ""}
        return {"days": days, "last_post": last}
    if rule in ("SUS-02", "SUS-03"):
        return {"suspended_on": (today - 20 * DAY).isoformat()}
    if rule == "DER-02":
        start, gone = (today - 8 * DAY).isoformat(), (today - DAY).isoformat()
        return {"notice_from": start, "gone_on": gone, "days": 5}
    if rule == "DER-04":
        return {"deadline": (today - DAY).isoformat(), "cooling_days": 7}
    if rule in ("FIL-03", "FIL-04", "FIL-05", "FIL-06"):
        return {"due": (today + 3 * DAY).isoformat(), "filing": "示例事项编号"}
    if rule == "REC-01":
        due = (today - DAY).isoformat()
        return {"case": "UPD-04-示例", "rule": "UPD-04", "due_on": due, "late_days": 1}
    found = dict(_PLAIN.get(rule, {}))
    if rule in ("SYS-03", "SYS-04"):
        found["platform"] = subject
    return found
