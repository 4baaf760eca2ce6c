"""三亚市政务新媒体备案登记表: the regulation's annex, filled as far as the register can. Pure.

domain.md §1.4, §6.6(d). Rows and wording are the template's; here are its boxes and texts. What is
for people to write stays blank: signatures, seals, the dates of both opinions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType

from markupsafe import Markup

from watcher.filings import Filing, FilingKind
from watcher.model import Account, FiledState, Person
from watcher.reports.stamp import Stamp
from watcher.reports.template import cleaned, render
from watcher.reports.word import finished, packed

TICKED, BLANK = "☑", "□"
NO_NAME = "_" * 26  # the line after 其他
NO_DAY = Markup("年   月   日")  # its blanks stay
NO_REASON = "_" * 12
TITLE = "三亚市政务新媒体备案登记表"
WECHAT = ("wechat_service", "wechat_subscription", "wechat_miniprogram", "wechat_channels")
TYPES: Mapping[str, str] = MappingProxyType(
    {
        "weibo": "新浪微博",
        "wechat": "微信",
        "wechat_service": "服务号",
        "wechat_subscription": "订阅号",
        "wechat_miniprogram": "小程序",
        "wechat_channels": "视频号",
        "meipian": "美篇",
        "app": "移动客户端（APP）",
        "douyin": "抖音短视频",
        "kuaishou": "快手短视频",
        "weishi": "腾讯微视",
        "toutiao": "今日头条",
        "renminhao": "人民号",
        "baijiahao": "百家号",
        "neteasehao": "网易号",
        "sohuhao": "搜狐号",
        "dayuhao": "大鱼号",
        "yidianhao": "一点号",
        "pengpaihao": "澎湃号",
        "qiehao": "企鹅号",
        "nanfanghao": "南方号",
        "other": "其他",
    }
)
FIELDS: Mapping[str, str] = {
    "unit": "单位名称",
    "filled_on": "填表时间",
    "name": "账号名称",
    "opened_on": "创建/注册日期",
    "subject": "账号主体",
    "box_active": "运行状态 正常 的方框",
    "box_closed": "运行状态 关停注销 的方框",
    "followers": "关注量/粉丝量",
    "box_verified": "通过认证 是 的方框",
    "box_unverified": "通过认证 否 的方框",
    **{
        f"{role}_{name}": f"{who}{word}"
        for role, who in (("lead", "工作负责人"), ("contact", "工作联系人"))
        for name, word in (("name", "姓名"), ("post", "职务"), ("phone", "联系电话"))
    },
    **{f"box_{code}": f"账号类型 {name} 的方框" for code, name in TYPES.items()},
    "other_name": "其他平台的名称",
    "section": "负责科室",
    "email": "电子邮箱",
    "url": "访问链接",
    "reason": "开设、变更、关停、整合理由",
}
# A form without these is none.
NEEDED = ("unit", "name", "subject", "box_active", "box_closed", "box_weibo", "box_wechat")


@dataclass(frozen=True, slots=True)
class FormFacts:
    """One form. `platform_name` is how people call its platform; None: not known."""

    account: str  # key, "" for one that is still to be opened
    unit: str
    name: str
    platform: str
    platform_name: str
    filled_on: date
    subject: str = ""
    opened_on: date | None = None
    closed: bool = False
    followers: int | None = None
    verified: bool | None = None
    lead: Person = Person()
    contact: Person = Person()
    section: str = ""
    email: str = ""
    url: str = ""
    reason: str = ""


def form_day(day: date | None) -> str:
    """2026年 9月 30日, as the form writes it; blanks to fill in where no day is known."""
    return NO_DAY if day is None else f"{day.year}年 {day.month}月 {day.day}日"


def fields_of(form: FormFacts) -> Mapping[str, str]:
    """The template's fields."""
    boxes = {f"box_{code}": _box(code in _ticked(form.platform)) for code in TYPES}
    people = {
        f"{role}_{name}": getattr(person, name)
        for role, person in (("lead", form.lead), ("contact", form.contact))
        for name in ("name", "post", "phone")
    }
    return {
        **boxes,
        **people,
        "unit": form.unit,
        "filled_on": form_day(form.filled_on),
        "name": form.name,
        "opened_on": form_day(form.opened_on),
        "subject": form.subject,
        "box_active": _box(not form.closed),
        "box_closed": _box(form.closed),
        "followers": "" if form.followers is None else f"{form.followers}",
        "box_verified": _box(form.verified is True),
        "box_unverified": _box(form.verified is False),
        "other_name": _other_name(form),
        "section": form.section,
        "email": form.email,
        "url": form.url,
        "reason": form.reason,
    }


def form_file(form: FormFacts, template: Path, stamp: Stamp) -> bytes:
    """One form as Word. Raises TemplateProblemError."""
    return finished(render(template, fields_of(form), FIELDS, NEEDED), stamp, TITLE)


def forms_file(forms: Sequence[FormFacts], template: Path, stamp: Stamp, line: bytes) -> bytes:
    """One form for each account, in one zip; `line` is the stamp as it lies beside them."""
    parts = {"stamp.json": line}
    for number, form in enumerate(forms, start=1):
        parts[f"{number:03}-{_file_name(form)}.docx"] = form_file(form, template, stamp)
    return packed(parts, stamp.as_of)


# -- what the reason row says ------------------------------------------------------------------

EVENTS: Mapping[FilingKind, str] = {
    FilingKind.OPEN: "开设",
    FilingKind.CHANGE: "变更",
    FilingKind.MERGE: "整合",
    FilingKind.SUSPEND: "关停",
    FilingKind.DEREGISTER: "注销",
}
_CHANGED: Mapping[str, str] = {
    "name": "账号名称",
    "bio": "简介",
    "avatar": "头像",
    "verified_as": "账号主体",
    "verified": "认证",
    "handle": "账号ID",
}
_STATES: Mapping[FiledState, str] = {
    FiledState.SUSPENDED: "关停",
    FiledState.NOTICE_PERIOD: "注销（公告期）",
    FiledState.DEREGISTERED: "注销",
}


def closed_by(account: Account | None, filing: Filing | None) -> bool:
    """Whether 关停注销 is to be ticked: by what is being filed, else by the register."""
    if filing is not None and filing.kind in (FilingKind.SUSPEND, FilingKind.DEREGISTER):
        return True
    if filing is not None and filing.kind is FilingKind.OPEN:
        return False
    return account is not None and account.filed_state in _STATES


def reason_of(
    account: Account | None,
    filing: Filing | None,
    platform: str,
    before: Mapping[str, str],
    keeps: str = "",
) -> str:
    """The draft for the reason row; a filing tells what is to be done, the register what was.

    `before` is what the account shows now by field of a change; `keeps` names the account into
    which this one is merged.
    """
    if filing is None:
        return _of_register(account)
    name = filing.account_name or (account.name if account else "")
    why = _why(filing.reason)
    done = filing.carried_out_on
    act = f"已于{form_day(done)}" if done else "拟"
    said = f"{why}{act}{EVENTS[filing.kind]}{platform}账号“{name}”。"
    if filing.kind is FilingKind.CHANGE:
        said += _changes(filing, before)
    if keeps:
        said += f"与账号“{keeps}”整合，保留“{keeps}”。"
    return said


def _of_register(account: Account | None) -> str:
    if account is None:
        return ""
    state = _STATES.get(account.filed_state)
    return f"（{state}）{account.reason}" if state else account.reason


def _why(reason: str) -> str:
    """因…，; nothing is made up where no reason is known."""
    plain = reason.strip().rstrip("。．.，,；;")
    if not plain:
        return f"因{NO_REASON}，"
    return (
        f"{plain}，" if plain.startswith(("因", "由于", "为", "根据", "按照")) else f"因{plain}，"
    )


def _changes(filing: Filing, before: Mapping[str, str]) -> str:
    pairs = [
        (_CHANGED.get(name, name), before.get(name, ""), new)
        for name, new in filing.changes.items()
    ]
    told = [
        f"{word}：原“{old}”，现“{new}”" if old else f"{word}：现“{new}”" for word, old, new in pairs
    ]
    return "；".join(told) + "。" if told else ""


# -- inside ------------------------------------------------------------------------------------


def _ticked(platform: str) -> tuple[str, ...]:
    """The boxes of a platform: WeChat's four stand inside a box of their own; what the form does
    not name is 其他."""
    if platform in WECHAT:
        return ("wechat", platform)
    return (platform,) if platform in TYPES and platform != "wechat" else ("other",)


def _other_name(form: FormFacts) -> str:
    """The name on the line after 其他; the empty line where nobody wrote one down."""
    told = "other" in _ticked(form.platform) and form.platform_name not in ("", TYPES["other"])
    return f"__{form.platform_name}__" if told else NO_NAME


def _box(ticked: bool) -> str:
    return TICKED if ticked else BLANK


def _file_name(form: FormFacts) -> str:
    """A name that every system takes."""
    joined = cleaned(f"{form.name}-{form.platform_name}", 60)
    return "".join("_" if sign in '\\/:*?"<>|' else sign for sign in joined).strip(". ")
