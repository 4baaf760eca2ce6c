"""What is said of a face that changed, and of verification (domain.md §6.4). Pure.

Each function gives the long text and what follows the name in a text message.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from alerts.escape import inert
from alerts.scene import Scene
from alerts.words import moment_text

_LAW = "依据《办法》第八条、第二十五条，"


def changed_face(s: Scene) -> tuple[str, str]:
    """CHG-01: which field, from what to what, seen when; what is to be filed until when."""
    what, field = _change(s.facts), _field(s.facts)
    if s.facts.get("grade") == "variant":
        text = (
            f"【变更核实】{moment_text(s.seen)}监测到{s.unit}{s.platform}账号“{s.name}”的{what}，"
            f"仅有不可见或形近字符不同（{_characters(s.facts)}），系统未查到对应的变更审批和备案。"
            f"请于{s.due(3)}前核实；非本单位操作的，请立即核查账号安全。"
        )
        return text, f"{field}出现不可见或形近字符，请核实。"
    if s.facts.get("field") == "avatar" and not s.facts.get("apart"):
        text = (
            f"【变更提示】{moment_text(s.seen)}监测到{s.unit}{s.platform}账号“{s.name}”的{what}。"
            f"如确已更换，请于{s.due(3)}前补报备案；非本单位操作的，请立即核查账号安全。"
        )
        return text, "头像地址变化，图片未能比对，如确已更换请补报备案。"
    if not s.facts.get("confirmed"):
        text = (
            f"【变更待复核】{moment_text(s.seen)}一次采集到{s.unit}{s.platform}账号“{s.name}”的"
            f"{what}，待复核。下一次采集仍如此的，将另行告知；如非本单位操作，请立即核查账号安全。"
        )
        return text, f"{field}疑似变化（待复核），如非本单位操作请核查账号安全。"
    since = moment_in(s.facts, "after", "since")
    first = f"（{moment_text(since)}首次见到）" if since else ""
    text = (
        f"【变更核实】经监测，截至{moment_text(s.seen)}，{s.unit}{s.platform}账号“{s.name}”信息变化："
        f"{what}{first}，系统未查到对应的变更审批和备案。{_LAW}请于{s.due(3)}前补报备案登记表"
        "并同步全国政务新媒体信息报送系统；如非本单位操作，请立即核查账号安全。"
    )
    return text, f"{field}疑似自行变更，请于{s.due(3)}前补报备案；非本单位操作请核查账号安全。"


def unverified(s: Scene) -> tuple[str, str]:
    """VER-01: no badge, or none any more."""
    how = "认证已失效" if s.facts.get("lost") else "未见平台认证"
    text = (
        f"【认证核实】经监测，截至{moment_text(s.seen)}，“{s.name}”（{s.platform}，{s.unit}）{how}。"
        f"《办法》第七条要求实名认证。请于{s.due(10)}前完成认证或说明情况。"
    )
    return text, f"{how}，请完成认证或说明情况。"


def misnamed(s: Scene) -> tuple[str, str]:
    """VER-02: another subject than the sponsor."""
    subject = inert(str(s.facts.get("subject", "")), 60)
    text = (
        f"【认证核实】经监测，“{s.name}”（{s.platform}）认证主体为“{subject}”，"
        f"与主办单位“{s.unit}”不一致。如因机构改革更名，请于{s.due(10)}前变更认证并备案；"
        "如为同一单位的简称，请告知监测人员登记。"
    )
    return text, f"认证主体“{subject[:16]}”与主办单位不一致，请核实。"


def change_fact(rule: str, facts: Mapping[str, Any]) -> str:
    """One sentence for lists; "" for the rules of others."""
    if rule == "VER-01":
        return "平台认证已失效" if facts.get("lost") else "未见平台认证"
    if rule == "VER-02":
        return f"认证主体“{inert(str(facts.get('subject', '')), 60)}”与主办单位不一致"
    if rule != "CHG-01":
        return ""
    if facts.get("grade") == "variant":
        return f"{_change(facts)}（{_characters(facts)}）"
    return _change(facts) + ("" if facts.get("confirmed") else "（一次采集，待复核）")


def change_news(rule: str, facts: Mapping[str, Any]) -> str:
    """What ended the case; "" for the rules of others."""
    if rule == "CHG-01":
        told = "现与备案或认可的信息一致" if facts.get("confirmed") else "复核未再见到该变化"
        return f"{_field(facts)}{told}"
    return {"VER-01": "已见平台认证", "VER-02": "认证主体已相符"}.get(rule, "")


def _field(facts: Mapping[str, Any]) -> str:
    return inert(str(facts.get("field_name", "账号信息")), 20)


def _change(facts: Mapping[str, Any]) -> str:
    before, after = facts.get("before") or {}, facts.get("after") or {}
    old, new = _value(before.get("value")), _value(after.get("value"))
    if facts.get("field") == "avatar":
        return _pictures(facts, before, after, f"图片文件“{old}”变为“{new}”")
    if "since" not in before:
        return f"{_field(facts)}备案为“{old}”，现显示“{new}”"
    return f"{_field(facts)}由“{old}”变为“{new}”"


def _pictures(
    facts: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any], files: str
) -> str:
    """Two pictures by their hashes; where they were not compared, addresses name no picture."""
    old, new = (str((each.get("picture") or {}).get("sha256", ""))[:12] for each in (before, after))
    if facts.get("apart") and old and new:
        return f"头像已更换（图片内容不同，前后原图已留存，SHA-256 {old}… 变为 {new}…）"
    return f"头像地址已变（{files}，图片未能比对，可能并未更换）"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "已认证" if value else "未认证"
    return inert(str(value or ""), 60)


def _characters(facts: Mapping[str, Any]) -> str:
    points = facts.get("code_points") or {}
    gone, new = (
        "、".join(inert(str(each), 50) for each in (points.get(side) or ())[:4])
        for side in ("before", "after")
    )
    return "；".join(
        part for part in (f"原为 {gone}" if gone else "", f"现为 {new}" if new else "") if part
    )


def moment_in(facts: Mapping[str, Any], part: str, name: str) -> datetime | None:
    """A moment inside a part of the facts; None where there is none."""
    try:
        found = datetime.fromisoformat(str((facts.get(part) or {}).get(name, "")))
    except ValueError:
        return None
    return found if found.tzinfo else None
