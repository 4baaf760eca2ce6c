"""What is said of paper: leads, approvals, terms, the national system. Pure.

Each function gives the long text and what follows the name in a text message (domain.md §6.4).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from alerts.escape import inert, link
from alerts.hours import beijing
from alerts.scene import Scene
from alerts.words import PROVISIONAL, day_text, moment_text, platform_name
from watcher.calendar import is_working_day
from watcher.filings import COMPARED

DAY = timedelta(days=1)
EVENTS: Mapping[str, str] = {
    "open": "开设",
    "change": "变更",
    "merge": "整合",
    "suspend": "关停",
    "deregister": "注销",
}
_STATES = {"active": "正常", "suspended": "关停", "notice_period": "公告期", "deregistered": "注销"}
FORM = "《三亚市政务新媒体备案登记表》"


def found_outside(s: Scene) -> tuple[str, str]:
    """FIL-01: an account that is in no register."""
    facts = s.facts
    last, followers = s.moment("last_post_at"), facts.get("followers")
    known = (
        f"ID {inert(str(facts['handle']), 40)}" if facts.get("handle") else "",
        f"认证主体：{inert(str(facts['verified_as']), 40)}" if facts.get("verified_as") else "",
        f"{followers}粉丝" if isinstance(followers, int) else "",
        f"最近更新{moment_text(last)}" if last else "",
    )
    text = (
        f'【未备案线索】发现{s.platform}账号"{s.name}"（{"，".join(filter(None, known))}）'
        f"疑似由{s.unit}开设，不在备案台账中。{_noted(facts)}请{s.supervisor}于{s.due(5)}前核实："
        "属本辖区的，督促补办开设审批和备案；不属的，标记“非政务”或转假冒处置。"
    )
    return text, "疑似未备案，请核实。"


def _noted(facts: Mapping[str, Any]) -> str:
    note = inert(str(facts.get("note") or ""), 80)
    return f"{note}。" if note else ""


def opened_first(s: Scene) -> tuple[str, str]:
    """FIL-02: opened before it was approved."""
    text = (
        f"【审批核实】{_who(s)}{_early(s.facts)}，疑似未经审批先行开设。"
        f"依据《办法》第八条（二）、第二十五条，请{s.supervisor}于{s.due(3)}前核实并说明情况；"
        "日期登记有误的，请更正台账。"
    )
    return text, "疑似未经审批先行开设，请核实。"


def form_due(s: Scene) -> tuple[str, str]:
    """FIL-03: the form, three working days after the act."""
    facts = s.facts
    national = "已报" if facts.get("national_on") else "未报"
    what = f"填报{FORM}并录入全国政务新媒体信息报送系统。目前：登记表未报，全国系统{national}。"
    if facts.get("late"):
        text = f"【备案超期】{_done(s)}，应于{_due(facts)}前{what}期限已过，请{s.unit}立即补报。"
        return text, f"备案登记表逾期未报（期限{_due(facts)}），请补报。"
    text = f"【备案提醒】{_done(s)}，应在3个工作日内（{_due(facts)}前）{what}"
    return text, f"备案登记表请于{_due(facts)}前填报。"


def national(s: Scene) -> tuple[str, str]:
    """FIL-04: not in the national system in time, or not as in the register."""
    facts = s.facts
    if facts.get("differ"):
        text = (
            f"【全国系统核对】{_who(s)}{_national_fact(facts)}。请{s.unit}于{s.due(3)}前核对更正。"
        )
        return text, "全国系统登记与台账不一致，请核对。"
    if facts.get("missing"):
        text = (
            f"【全国系统核对】{_who(s)}{_national_fact(facts)}。"
            f"依据《办法》第八条（一），请{s.unit}于{s.due(3)}前核实并补报。"
        )
        return text, "未见于全国系统导出名单，请核实补报。"
    text = (
        f"【全国系统报送】{_done(s)}，应于{_due(facts)}前录入全国政务新媒体信息报送系统，"
        f"台账未见录入日期。请{s.unit}于{s.due(3)}前补报或更正台账。"
    )
    return text, "未见全国系统录入记录，请补报。"


def procedures(s: Scene) -> tuple[str, str]:
    """FIL-05: an account older than the regulation."""
    facts = s.facts
    owed = f"应于{_due(facts)}（公布之日起30个工作日）前补办手续"
    if facts.get("late"):
        text = (
            f"【补办超期】{_who(s)}为《办法》公布前开设，{owed}，期限已过，"
            "台账未见审批、备案记录。请立即补办；已办理的，请更正台账。"
        )
        return text, f"补办手续期限{_due(facts)}已过，请立即补办。"
    left = _working_days_left(s)
    text = f"【补办倒计时】{_who(s)}为《办法》公布前开设，{owed}，还剩{left}个工作日。"
    return text, f"应于{_due(facts)}前补办手续，还剩{left}个工作日。"


def closing(s: Scene) -> tuple[str, str]:
    """FIL-06: an account to be closed within 30 days of the regulation."""
    facts = s.facts
    event = EVENTS.get(str(facts.get("kind")), "关停")
    owed = f"拟{event}，应于{_due(facts)}（公布之日起30日）前完成"
    if facts.get("late"):
        text = f"【整合关停超期】{_who(s)}{owed}，期限已过。请{s.supervisor}督促{s.unit}尽快办结。"
        return text, f"拟{event}，期限{_due(facts)}已过，请办结。"
    due = _day(facts.get("due"))
    left = (due - beijing(s.seen).date()).days if due else 0
    text = (
        f"【整合关停倒计时】{_who(s)}{owed}，还剩{left}天。请{s.supervisor}督促{s.unit}按期办结。"
    )
    return text, f"拟{event}，应于{_due(facts)}前完成，还剩{left}天。"


def unreviewed(s: Scene) -> tuple[str, str]:
    """FIL-07: approved without the district's review."""
    text = (
        f"【审核核实】{_who(s)}{_unreviewed_fact(s.facts)}。依据《办法》第八条（二）2，"
        f"区人民政府部门的事项须先经区政府办公室审核。请于{s.due(3)}前核实；已审核的，请补登日期。"
    )
    return text, "事项已审批而未见区政府办公室审核记录，请核实。"


def government(s: Scene) -> tuple[str, str]:
    """DER-01: a government's account is to be deregistered."""
    text = (
        f"【注销拦截】{_who(s)}登记了注销事项（{_key(s.facts)}）。依据《办法》第九条，"
        "市、区两级政府开设的政务新媒体账号原则上不得注销。请市政府办公室确认；未经同意请勿实施。"
    )
    return text, "登记了注销事项，政府账号原则上不得注销，请确认。"


def undecided(s: Scene) -> tuple[str, str]:
    """DER-03: nothing of the unit's collective decision."""
    text = (
        f"【材料提示】{_who(s)}注销事项（{_key(s.facts)}）缺单位集体研究材料（日期和纪要文号均未登记）。"
        f"依据《办法》第九条，请{s.unit}于{s.due(3)}前补充。"
    )
    return text, "注销事项缺集体研究材料，请补充。"


FILING_TEXTS: Mapping[str, Callable[[Scene], tuple[str, str]]] = {
    "FIL-01": found_outside,
    "FIL-02": opened_first,
    "FIL-03": form_due,
    "FIL-04": national,
    "FIL-05": procedures,
    "FIL-06": closing,
    "FIL-07": unreviewed,
    "DER-01": government,
    "DER-03": undecided,
}


def basis(s: Scene) -> str:
    """依据: what a finding about paper rests on, in place of a page that was read."""
    facts = s.facts
    if facts.get("filing"):
        return f"依据：事项台账 {_key(facts)}"
    if export := _day(facts.get("export_on")):
        return f"依据：{export.isoformat()}全国系统导出名单"
    address = link(str(facts.get("url") or ""))
    return f"线索：{address}" if address else ""


def filing_news(rule: str) -> str:
    """What ended a case about paper."""
    return "线索已核实处理" if rule == "FIL-01" else "台账已补齐或更正"


def filing_fact(rule: str, facts: Mapping[str, Any]) -> str:
    """One sentence: the fact and nothing else."""
    event = EVENTS.get(str(facts.get("kind")), "")
    late = f"期限{_due(facts)}" + ("已过" if facts.get("late") else "")
    return {
        "FIL-01": lambda: (
            f'{platform_name(str(facts.get("platform")))}账号"{inert(str(facts.get("name")), 30)}"'
            f"疑似由{inert(str(facts.get('unit')), 40)}开设，不在备案台账中"
        ),
        "FIL-02": lambda: _early(facts),
        "FIL-03": lambda: f"{event}事项{_key(facts)}登记表未报，{late}",
        "FIL-04": lambda: _national_fact(facts),
        "FIL-05": lambda: f"《办法》公布前开设，未见补办记录，{late}",
        "FIL-06": lambda: f"{event}事项{_key(facts)}未完成，{late}",
        "FIL-07": lambda: _unreviewed_fact(facts),
        "DER-01": lambda: f"登记了注销事项{_key(facts)}（政府账号原则上不得注销）",
        "DER-03": lambda: f"注销事项{_key(facts)}缺集体研究材料",
    }.get(rule, lambda: "")()


# -- pieces ------------------------------------------------------------------------------------


def _who(s: Scene) -> str:
    return f'"{s.name}"（{s.platform}，{s.unit}）'


def _done(s: Scene) -> str:
    event = EVENTS.get(str(s.facts.get("kind")), "")
    act = _day(s.facts.get("carried_out_on"))
    return f"{_who(s)}{event}已于{_full(act)}实施" if act else f"{_who(s)}{event}已实施"


def _early(facts: Mapping[str, Any]) -> str:
    act, approved = _day(facts.get("act_on")), _day(facts.get("approved_on"))
    when = f"{inert(str(facts.get('act', '')), 10)}为{_full(act)}" if act else "已开设"
    return f"{when}，" + (f"早于审批日期{_full(approved)}" if approved else "台账没有审批日期")


def _unreviewed_fact(facts: Mapping[str, Any]) -> str:
    event, approved = EVENTS.get(str(facts.get("kind")), ""), _day(facts.get("approved_on"))
    when = f"{_full(approved)}" if approved else ""
    return f"{event}事项（{_key(facts)}）{when}已审批，台账未见区政府办公室审核记录"


def _national_fact(facts: Mapping[str, Any]) -> str:
    export = _day(facts.get("export_on"))
    when = f"{_full(export)}导出的全国系统名单" if export else "全国系统"
    if facts.get("missing"):
        return f"主办单位已见于{when}，而未见该账号"
    if facts.get("differ"):
        said = "；".join(_difference(each) for each in facts["differ"])
        return f"在{when}中与台账不一致：{said}"
    event = EVENTS.get(str(facts.get("kind")), "")
    return f"{event}事项{_key(facts)}未见全国系统录入日期，期限{_due(facts)}已过"


def _difference(each: Mapping[str, str]) -> str:
    name = each["field"]
    ours, theirs = (_value(name, each[side]) for side in ("ours", "theirs"))
    return f"{COMPARED.get(name, name)}（台账“{ours}”，全国系统“{theirs}”）"


def _value(name: str, text: str) -> str:
    if name == "platform":
        text = platform_name(text)
    return inert(_STATES.get(text, text) if name == "filed_state" else text, 40)


def _key(facts: Mapping[str, Any]) -> str:
    return inert(str(facts.get("filing", "")), 40)


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None


def _full(day: date | None) -> str:
    return f"{day.year}年{day_text(day)}" if day else ""


def _due(facts: Mapping[str, Any]) -> str:
    due = _day(facts.get("due"))
    return (day_text(due) if due else "") + (PROVISIONAL if facts.get("provisional") else "")


def _working_days_left(s: Scene) -> int:
    due, today = _day(s.facts.get("due")), beijing(s.seen).date()
    if due is None:
        return 0
    days = (today + n * DAY for n in range(1, max(0, (due - today).days) + 1))
    return sum(is_working_day(s.cal, day) for day in days)
