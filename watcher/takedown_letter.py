"""关停函: the letter that asks a platform to close an impersonating account, as a Word file.

Made from an editable template; a person prints, stamps and sends it. Only for candidates that a
person confirmed. Whatever a stranger wrote is cleaned of what XML cannot hold, and escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from alerts.words import platform_name
from watcher.calendar import local
from watcher.candidates import CandidateState, Suspect
from watcher.config.values import TakedownSettings
from watcher.reports.template import TemplateProblemError, cleaned
from watcher.reports.template import render as filled
from watcher.reports.words import day_text

# The fields of the template, and what stands there.
FIELDS: Mapping[str, str] = {
    "office": "主管单位",
    "number": "文号",
    "company": "平台运营公司",
    "platform": "平台",
    "name": "账号名称",
    "handle": "账号ID",
    "url": "主页",
    "verified": "认证信息",
    "followers": "粉丝（含前置标点，没有读到则为空）",
    "city": "市",
    "unit": "被假冒的主办单位",
    "real": "真账号",
    "points": "具体情形（逐条）",
    "proof": "截图与采集记录",
    "archive": "附件二的名目：有截图时含截图",
    "law": "依据的办法条款",
    "channel": "平台投诉渠道",
    "contact": "联系人",
    "phone": "电话",
    "date": "日期",
    "copies": "抄送",
}
# Without these the letter says nothing that a platform can act on.
NEEDED = ("office", "number", "company", "name", "handle", "unit", "points", "date")
CONFIRMED = (CandidateState.CONFIRMED, CandidateState.BACK)
# Points and the score of a name: figures of ours, which say nothing to a platform.
_SCORED = re.compile(r"（(?:\+\d+分|不计分|[01]\.\d\d)）")
_NUMBERS = "一二三四五六七八九十"


class LetterError(ValueError):
    """The letter cannot be made; every reason, for people."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a letter says beside the facts: who writes it, its number, whom to call."""

    office: str
    number: str
    contact: str = ""
    phone: str = ""
    pictures: int = 0  # screenshots in the package of evidence


def fields_of(
    suspect: Suspect, settings: TakedownSettings, wanted: Wanted, now: datetime
) -> dict[str, Any]:
    """The letter's fields. Raises LetterError with everything that is missing."""
    candidate, victim = suspect.candidate, suspect.victim
    desk = settings.platforms.get(candidate.platform)
    contact, phone = wanted.contact or settings.contact, wanted.phone or settings.phone
    missing = list(_missing(suspect, settings, wanted, contact, phone))
    if missing or desk is None or victim is None:
        raise LetterError(missing)
    profile = candidate.profile
    followers = "" if profile.followers is None else f"，粉丝{profile.followers}"
    copies = dict.fromkeys((*settings.copies, victim.unit.name))
    said: dict[str, Any] = {
        "office": wanted.office,
        "number": wanted.number,
        "company": desk.company,
        "platform": platform_name(candidate.platform),
        "name": profile.name,
        "handle": candidate.handle,
        "url": candidate.url,
        "verified": _verified(suspect),
        "followers": followers,
        "city": "" if victim.unit.name.startswith(settings.city) else settings.city,
        "unit": victim.unit.name,
        "real": _real(suspect),
        "points": list(_points(suspect)),
        "proof": f"截图{wanted.pictures}张及采集记录" if wanted.pictures else "采集记录",
        "archive": "截图及网页存档" if wanted.pictures else "网页存档（采集记录）",
        "law": settings.law,
        "channel": desk.channel,
        "contact": contact,
        "phone": phone,
        "date": day_text(local(now).date()),
        "copies": "、".join(copies),
    }
    return {key: _cleaned(value) for key, value in said.items()}


def _missing(
    suspect: Suspect, settings: TakedownSettings, wanted: Wanted, contact: str, phone: str
) -> Iterator[str]:
    candidate = suspect.candidate
    if candidate.state not in CONFIRMED:
        number = candidate.id
        yield f"候选账号 {number} 尚未人工确认；先运行 watcher candidates confirm {number}"
    if suspect.victim is None:
        yield "没有对应的备案账号，关停函无从写明被假冒的单位"
    if candidate.platform not in settings.platforms:
        name = platform_name(candidate.platform)
        where = f"impersonation.yaml 的 takedown.platforms.{candidate.platform}"
        yield f"{{{{ company }}}}、{{{{ channel }}}}：未配置{name}的公司与投诉渠道；请填写 {where}"
    for field, value, option in (
        ("office", wanted.office, "--office"),
        ("number", wanted.number, "--number"),
        ("contact", contact, "--contact 或 impersonation.yaml 的 takedown.contact"),
        ("phone", phone, "--phone 或 impersonation.yaml 的 takedown.phone"),
    ):
        if not value.strip():
            yield f"{{{{ {field} }}}}（{FIELDS[field]}）没有内容；请用 {option} 填写"


def _verified(suspect: Suspect) -> str:
    profile = suspect.candidate.profile
    if profile.verified_as:
        return profile.verified_as
    if profile.verified is None:
        return "未读到"
    return "有认证标识，主体未显示" if profile.verified else "未认证"


def _real(suspect: Suspect) -> str:
    """Which account of the unit is the real one, on this platform or on none."""
    victim, candidate = suspect.victim, suspect.candidate
    if victim is None:
        return ""
    if victim.platform != candidate.platform:
        platform = platform_name(victim.platform)
        real = f"{victim.unit.name}依法备案的账号为{platform}“{victim.name}”"
        return f"{real}，未在贵平台备案同名账号。"
    ident = f"（ID：{victim.platform_id}）" if victim.platform_id else ""
    return f"{victim.unit.name}在贵平台依法备案的账号为“{victim.name}”{ident}。"


def _points(suspect: Suspect) -> Iterator[str]:
    """What counted, one sentence each; what was not seen is left out, and the figures too."""
    judged = suspect.candidate.judgement
    counted = [
        each for each in (judged.reasons if judged else ()) if "+" in each and "分）" in each
    ]
    if not counted:
        reason = suspect.candidate.reason or "经人工核实，该账号冒用政务账号名义"
        counted = [f"{reason}。"]
    for number, text in enumerate(counted[: len(_NUMBERS)]):
        yield f"{_NUMBERS[number]}、{_SCORED.sub('', text)}"


def _cleaned(value: Any) -> Any:
    if isinstance(value, list):
        return [_cleaned(each) for each in value]
    return cleaned(value) if isinstance(value, str) else value


def render(template: Path, fields: Mapping[str, Any]) -> bytes:
    """The letter as a Word file. Raises LetterError naming the template and the placeholder."""
    try:
        return filled(template, fields, FIELDS, NEEDED)
    except TemplateProblemError as error:
        raise LetterError(error.reasons) from error
