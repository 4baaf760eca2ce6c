"""The ledger (台账) of an office: its eight sheets, their columns, how cells compare. Pure.

domain.md §6.6(c). Who writes the workbook and who reads an edited one back share this, so that what
was exported and not touched is known to be just that. A hidden column holds a short hash of every
other cell of its row (`seal`): a cell that still fits its hash was not edited, however much the
register has moved on since.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from typing import Any, Literal, TypeAlias

from watcher.calendar import local
from watcher.units import UnitRole

UNSEEN = "未采集到"
SEAL = "seal"  # the field of the hidden column
_SIGNS = 6  # of the hash of one cell, hexadecimal: 24 bits
_MOST = 31_000  # characters of a cell that are compared
_HALF = timedelta(seconds=1)

Kind: TypeAlias = Literal["text", "number", "ordinal", "day", "moment"]
Cell: TypeAlias = str | int | float | date | datetime | None


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a sheet.

    `edited`: what people change there is taken over on import. `choices`: the list of 字典 that
    it is chosen from. `personal`: covered in copies for others.
    """

    field: str
    heading: str
    width: float = 12
    kind: Kind = "text"
    edited: bool = False
    choices: str = ""
    personal: Literal["", "phone", "mail", "text"] = ""


@dataclass(frozen=True, slots=True)
class Pages:
    """A ledger as it stands at a moment: the rows of each sheet, without their seals.

    `lists` are the words of 字典 by list. `scope` says whose ledger it is, for the title.
    """

    scope: str
    sheets: Mapping[str, Sequence[Sequence[Cell]]]
    lists: Mapping[str, Sequence[str]] = field(default_factory=dict)
    remarks: Sequence[tuple[str, str]] = ()  # 说明: what, and how to read it


MAIN, FILINGS, CASES, SUSPECTS = "总台账", "事项台账", "问题台账", "假冒台账"
CHECKS, PEOPLE, WORDS, REMARKS = "检查记录", "单位通讯录", "字典", "说明"
SHEETS = (MAIN, FILINGS, CASES, SUSPECTS, CHECKS, PEOPLE, WORDS, REMARKS)
READ_BACK = (MAIN, FILINGS, PEOPLE)  # sheets whose edits are taken over

ROLES: Mapping[UnitRole, str] = {
    UnitRole.FIRST: "第一责任人",
    UnitRole.DIRECT: "直接责任人",
    UnitRole.EDITOR: "内容编辑",
    UnitRole.REVIEWER: "内容审核",
    UnitRole.TECHNICIAN: "技术保障",
    UnitRole.DUTY: "值班联系",
}
OF_ACCOUNT = ("工作负责人", "工作联系人")  # roles that the form of an account names

_ACCOUNTS = (
    Column("number", "序号", 6, "ordinal"),
    Column("key", "账号编号", 24),
    Column("name", "账号名称", 20, edited=True),
    Column("platform", "账号类型", 12, edited=True, choices="账号类型"),
    Column("platform_id", "平台ID", 18, edited=True),
    Column("url", "访问链接", 26, edited=True),
    Column("unit_name", "主办单位", 22, edited=True),
    Column("unit_kind", "单位类别", 11, edited=True, choices="单位类别"),
    Column("filed_subject", "账号主体", 20, edited=True),
    Column("daily_supervisor", "日常主管单位", 18, edited=True, choices="主管单位"),
    Column("approval_authority", "审批机关", 18, edited=True, choices="主管单位"),
    Column("first", "第一责任人", 10, edited=True),
    Column("direct", "直接责任人", 10, edited=True),
    Column("lead_name", "工作负责人", 10, edited=True),
    Column("lead_post", "工作负责人职务", 12, edited=True),
    Column("lead_phone", "工作负责人电话", 14, edited=True, personal="phone"),
    Column("contact_name", "工作联系人", 10, edited=True),
    Column("contact_post", "工作联系人职务", 12, edited=True),
    Column("contact_phone", "工作联系人电话", 14, edited=True, personal="phone"),
    Column("section", "负责科室", 12, edited=True),
    Column("email", "电子邮箱", 20, edited=True, personal="mail"),
    Column("opened_on", "创建日期", 11, "day", edited=True),
    Column("approval", "审批文号", 18, edited=True),
    Column("approved_on", "审批日期", 11, "day", edited=True),
    Column("filed_on", "备案日期", 11, "day", edited=True),
    Column("national", "全国系统状态", 17),
    Column("verified", "认证", 8, edited=True, choices="认证"),
    Column("followers", "粉丝量", 10, "number"),
    Column("followers_on", "粉丝量采集日", 11, "day"),
    Column("filed_state", "运行状态", 9, edited=True, choices="运行状态"),
    Column("last_post", "最近更新", 16, "moment"),
    Column("posts", "本季发布数", 9, "number"),
    Column("gap", "本季最长间隔", 25),
    Column("operator", "承办单位", 18, edited=True),
    Column("contract_until", "合同到期", 11, "day"),
    Column("nda_until", "保密协议到期", 11, "day"),
    Column("app_filing", "应用备案号", 18, edited=True),
    Column("exemptions", "豁免", 22, edited=True, personal="text"),
    Column("cases", "未结问题数", 8, "number"),
    Column("last_reading", "最近采集", 16, "moment"),
    Column("note", "备注", 20, edited=True, personal="text"),
)
_FILINGS = (
    Column("number", "序号", 6, "ordinal"),
    Column("key", "事项编号", 23),
    Column("kind", "事项类型", 8, edited=True, choices="事项类型"),
    Column("unit", "主办单位", 22, edited=True),
    Column("account", "账号编号", 24, edited=True),
    Column("platform", "平台", 12, edited=True, choices="账号类型"),
    Column("account_name", "账号名称", 20, edited=True),
    Column("changes", "变更内容", 24, edited=True, personal="text"),
    Column("reason", "理由", 24, edited=True, personal="text"),
    Column("decided_on", "集体研究日期", 11, "day", edited=True),
    Column("decision", "纪要文号", 16, edited=True),
    Column("applied_on", "申请日期", 11, "day", edited=True),
    Column("reviewed_on", "初审日期", 11, "day", edited=True),
    Column("approved_on", "审批日期", 11, "day", edited=True),
    Column("approval", "审批文号", 16, edited=True),
    Column("notice_from", "公告起始日期", 11, "day", edited=True),
    Column("notice_url", "公告链接", 22, edited=True),
    Column("carried_out_on", "实施日期", 11, "day", edited=True),
    Column("form_on", "登记表日期", 11, "day", edited=True),
    Column("national_on", "全国系统日期", 11, "day", edited=True),
    Column("ended_on", "终止日期", 11, "day", edited=True),
    Column("rejected", "是否不予批准", 8, edited=True, choices="是否"),
    Column("parent", "所属整合", 16, edited=True),
    Column("keeps", "保留账号", 16, edited=True),
    Column("override", "例外批准", 18, edited=True, personal="text"),
    Column("step", "进度", 12),
    Column("next", "下一步", 20),
    Column("note", "备注", 18, edited=True, personal="text"),
)
_CASES = (
    Column("number", "序号", 6, "ordinal"),
    Column("case", "问题编号", 22),
    Column("unit", "主办单位", 22),
    Column("account", "账号编号", 24),
    Column("account_name", "账号名称", 20),
    Column("platform", "账号类型", 12),
    Column("rule", "规则", 9),
    Column("level", "级别", 6),
    Column("article", "依据条款", 12),
    Column("fact", "事实", 50, personal="text"),
    Column("as_of", "数据时间", 16, "moment"),
    Column("opened_at", "发现时间", 16, "moment"),
    Column("told_at", "最近通知", 16, "moment"),
    Column("due_on", "整改期限", 11, "day"),
    Column("feedback_at", "反馈时间", 16, "moment"),
    Column("standing", "状态", 12),
    Column("closed_at", "销号时间", 16, "moment"),
    Column("closing", "销号依据", 30, personal="text"),
)
_SUSPECTS = (
    Column("number", "序号", 6, "ordinal"),
    Column("candidate", "候选编号", 8, "ordinal"),
    Column("state", "状态", 10),
    Column("tier", "判定", 12),
    Column("platform", "平台", 12),
    Column("name", "账号名称", 22),
    Column("handle", "账号ID", 18),
    Column("url", "主页", 26),
    Column("badge", "认证信息", 20),
    Column("followers", "粉丝量", 10, "number"),
    Column("match", "近似于", 20),
    Column("unit", "被仿冒单位", 22),
    Column("first_seen", "首次发现", 16, "moment"),
    Column("last_seen", "最近见到", 16, "moment"),
    Column("decided_by", "认定人", 10),
    Column("decided_at", "认定时间", 16, "moment"),
    Column("reason", "认定理由", 30, personal="text"),
    Column("letter", "关停函文号", 16),
    Column("sent_at", "发函时间", 16, "moment"),
    Column("receipt", "受理回执", 16),
    Column("result", "处置结果", 18, personal="text"),
    Column("result_at", "处置时间", 16, "moment"),
)
_CHECKS = (
    Column("number", "序号", 6, "ordinal"),
    Column("office", "主管单位", 28),
    Column("year", "年度", 8, "ordinal"),
    Column("held_on", "检查日期", 12, "day"),
    Column("note", "范围、结论、文号", 60, personal="text"),
    Column("author", "登记人", 12),
    Column("at", "登记时间", 16, "moment"),
)
_PEOPLE = (
    Column("number", "序号", 6, "ordinal"),
    Column("unit_key", "单位编号", 20),
    Column("unit_name", "单位名称", 24, edited=True),
    Column("unit_kind", "单位类别", 11, edited=True, choices="单位类别"),
    Column("daily_supervisor", "日常主管单位", 20, edited=True, choices="主管单位"),
    Column("approval_authority", "审批机关", 20, edited=True, choices="主管单位"),
    Column("first_reviewer", "初审机关", 20, edited=True, choices="主管单位"),
    Column("role", "角色", 11, edited=True, choices="角色"),
    Column("name", "姓名", 10, edited=True),
    Column("post", "职务", 14, edited=True),
    Column("phone", "电话", 15, edited=True, personal="phone"),
    Column("email", "电子邮箱", 22, edited=True, personal="mail"),
    Column("account", "账号编号", 24),
)
_REMARKS = (Column("what", "项目", 18), Column("how", "说明", 100))
COLUMNS: Mapping[str, tuple[Column, ...]] = {
    MAIN: _ACCOUNTS,
    FILINGS: _FILINGS,
    CASES: _CASES,
    SUSPECTS: _SUSPECTS,
    CHECKS: _CHECKS,
    PEOPLE: _PEOPLE,
    REMARKS: _REMARKS,
}


# -- what a cell says --------------------------------------------------------------------------


def said(value: Any) -> str:
    """A cell as it is compared: the same before it is written and after it was read.

    A day is a day whether Excel kept it as one or somebody typed it; seconds are not counted.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        near = (local(value) if value.tzinfo else value) + _HALF  # Excel keeps fractions of a day
        return near.date().isoformat() if near.time() < time(0, 1) else f"{near:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    kept = "".join(sign if sign.isprintable() else " " for sign in str(value)[:_MOST])
    return " ".join(kept.split()).removeprefix("'")  # the mark that keeps a formula from running


def seal(columns: Sequence[Column], row: Iterable[Cell]) -> str:
    """The hidden cell of a row: by its columns, what each said when it was written."""
    pairs = zip(columns, row, strict=True)
    return f"{len(columns)}." + "".join(_mark(each.field, value) for each, value in pairs)


def touched(columns: Sequence[Column], sealed: str, name: str, value: Any) -> bool | None:
    """Whether a cell was edited since it was written; None where its row has no seal of ours."""
    size, dot, marks = sealed.partition(".")
    if not dot or size != str(len(columns)) or len(marks) != _SIGNS * len(columns):
        return None
    at = next(n for n, each in enumerate(columns) if each.field == name) * _SIGNS
    return marks[at : at + _SIGNS] != _mark(name, value)


def _mark(name: str, value: Any) -> str:
    return sha256(f"{name}\0{said(value)}".encode("utf-8", "surrogatepass")).hexdigest()[:_SIGNS]


# -- what others may see -----------------------------------------------------------------------

_NUMBER = re.compile(r"\d(?:[\d \-—()（）]*\d)?")
_COVERED = re.compile(r"\d\*{2,}|\*{2,}\d|\w\*{3}@")
_WIDE = str.maketrans("０１２３４５６７８９", "0123456789")


def covered_phone(text: str) -> str:
    """A telephone number, or several, with the middle covered: 138****1234, 0898-****5678."""
    return _NUMBER.sub(_covered, text.translate(_WIDE))


def _covered(match: re.Match[str]) -> str:
    signs = list(match.group())
    places = [at for at, sign in enumerate(signs) if sign.isdigit()]
    if len(places) < 5:
        return match.group()
    first = max(0, len(places) - 8)
    for at in places[first : first + 4]:
        signs[at] = "*"
    return "".join(signs)


def covered_mail(text: str) -> str:
    """An address with all but the first sign of its name covered: w***@sanya.gov.cn."""
    return re.sub(r"([^\s@;；,，、])[^\s@;；,，、]*@", r"\1***@", text)


def is_covered(text: str) -> bool:
    """Whether a cell holds a number or an address that was covered in a copy for others."""
    return _COVERED.search(text) is not None
