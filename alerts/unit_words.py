"""What is said of a unit and of a supervising office: DUP, NAM, APP-02 to 04, ORG, INS. Pure.

Each function gives the long text and what follows the unit's name in a text message. What rests on
the register alone is called 登记, never 监测: nobody looked at anything but our own records.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from alerts.escape import inert
from alerts.scene import Scene
from alerts.unit_pieces import day_of, name_of, rows_of, some, where_of
from alerts.unit_seen_words import SEEN_FACTS, SEEN_TEXTS
from watcher.model import Finding
from watcher.units import collective

KINDS: Mapping[str, str] = {
    "operator": "委托承办",
    "contract": "承办合同",
    "nda": "保密协议",
    "mlps": "等级保护测评",
    "app_filing": "应用程序备案",
    "interaction": "互动功能核查",
    "renamed": "机构更名",
    "exemption": "豁免",
}
_LACKING: Mapping[str, str] = {"lead": "工作负责人", "contact": "工作联系人"}


def about_unit(s: Scene) -> bool:
    """Whether a case is about a unit or an office, which has no platform."""
    return collective(s.case.finding.account)


def whose(finding: Finding) -> str:
    """The name of the unit or office that a finding is about; "" where it is about an account."""
    if not collective(finding.account):
        return ""
    return str(finding.facts.get("unit_name") or finding.facts.get("office") or "")


def unit_fact(rule: str, facts: Mapping[str, Any]) -> str:
    """The fact of one of these rules, without whom it is about; "" for any other rule."""
    made = _FACTS.get(rule)
    return made(facts) if made else ""


def unit_text(s: Scene) -> tuple[str, str]:
    """Long text, and the rest of the text message."""
    return _TEXTS[s.case.finding.rule](s)


def unit_news(s: Scene) -> str:
    """What ended such a case, in the words of the records it rests on."""
    if s.case.finding.rule == "INS-01":
        return f"{s.facts.get('year', '')}年度专项检查已登记"
    if s.case.finding.rule in SEEN_FACTS:
        return "按最新采集和登记，该情形已不再出现"
    return "按最新台账和登记，该情形已不再出现"


# -- the facts -------------------------------------------------------------------------------


def _doubles_fact(facts: Mapping[str, Any]) -> str:
    where = where_of(facts)
    return f"在{where}有{facts.get('count', '多')}个账号：{_accounts(facts)}"


def _apps_fact(facts: Mapping[str, Any]) -> str:
    return f"有{facts.get('count', '多')}个移动客户端：{_accounts(facts)}"


def _names_fact(facts: Mapping[str, Any]) -> str:
    rows = rows_of(facts, "names")
    return f"各平台账号名称不一致：{some(_placed(row) for row in rows)}"


def _persons_fact(facts: Mapping[str, Any]) -> str:
    rows = (f"“{name_of(row)}”缺{_lacking(row)}" for row in rows_of(facts, "accounts"))
    return f"台账中{some(rows)}（姓名或联系电话）"


def _none_fact(facts: Mapping[str, Any]) -> str:
    gone = facts.get("deregistered")
    return "台账中没有政务新媒体账号" + (f"（{gone}个已注销）" if gone else "")


def _entrusted_fact(facts: Mapping[str, Any]) -> str:
    what, party = _kind(facts), inert(str(facts.get("party", "")), 40)
    return f"委托{party or '其他机构'}承办，{what}{_standing(facts)}"


def _paper_fact(facts: Mapping[str, Any]) -> str:
    where = where_of(facts)
    return f"“{name_of(facts)}”（{where}）{_kind(facts)}{_standing(facts)}"


def _inspection_fact(facts: Mapping[str, Any]) -> str:
    due = day_of(facts.get("due"))
    until = f"截至{due}" if due else ""
    return f"{until}系统中尚未登记{facts.get('year', '本')}年度政务新媒体专项检查"


_FACTS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "DUP-01": _doubles_fact,
    "APP-02": _apps_fact,
    "NAM-01": _names_fact,
    "ORG-02": _persons_fact,
    "ORG-03": _none_fact,
    "ORG-01": _entrusted_fact,
    "APP-04": _paper_fact,
    "APP-03": _paper_fact,
    "INS-01": _inspection_fact,
    **SEEN_FACTS,
}


# -- the sentences ---------------------------------------------------------------------------


def _doubles(s: Scene) -> tuple[str, str]:
    text = (
        f"【一平台多号】{s.unit}{_doubles_fact(s.facts)}。"
        "《办法》第七条：原则上同一平台只开设一个。"
        f"请于{s.due(10)}前提出保留账号和整合方案，或说明理由备查。"
    )
    where = where_of(s.facts)
    return text, f"在{where}有{s.facts.get('count', '多')}个账号，请提出整合方案或说明理由。"


def _apps(s: Scene) -> tuple[str, str]:
    text = (
        f"【一单位多应用】{s.unit}{_apps_fact(s.facts)}。"
        "《办法》第七条：严禁“一事一端、一单位一应用”。"
        f"请于{s.due(10)}前提出整合方案，或说明理由备查。"
    )
    return text, f"登记有{s.facts.get('count', '多')}个移动客户端，请提出整合方案或说明理由。"


def _names(s: Scene) -> tuple[str, str]:
    text = (
        f"【名称提示】{s.unit}{_names_fact(s.facts)}。"
        "《办法》第七条：原则上风格统一、名称一致。列入季度清单，请结合下次变更一并规范。"
    )
    return text, "各平台账号名称不一致，列入季度清单，请结合下次变更规范。"


def _persons(s: Scene) -> tuple[str, str]:
    text = (
        f"【人员信息】{s.unit}：{_persons_fact(s.facts)}。"
        "依据《办法》第二十四条，应明晰权责主体、专岗专责。"
        f"请{s.supervisor}督促于{s.due(10)}前补齐。"
    )
    return text, "有账号缺工作负责人或联系人信息，请督促补齐。"


def _none(s: Scene) -> tuple[str, str]:
    text = (
        f"【未开设核实】{s.unit}{_none_fact(s.facts)}。《办法》第七条：除涉密单位等外，"
        f"区政府应当开设政务新媒体。请于{s.due(10)}前核实：已开设的，补登台账；"
        "未开设的，请研究开设。"
    )
    return text, "台账中没有政务新媒体账号，请核实开设情况。"


def _entrusted(s: Scene) -> tuple[str, str]:
    text = (
        f"【承办材料】{s.unit}{_entrusted_fact(s.facts)}。"
        "《办法》第五条：委托其他专门机构承办的，双方须明确约定有关权责，签订保密协议。"
        f"请于{s.due(10)}前补签、续签并上传；已终止委托的，请登记终止日期。"
    )
    return text, f"{_kind(s.facts)}{_standing(s.facts)}，请补签、续签并上传。"


def _unfiled(s: Scene) -> tuple[str, str]:
    text = (
        f"【应用备案核实】{s.unit}{_paper_fact(s.facts)}。"
        "依据《政务移动互联网应用程序规范化管理办法》（国办函〔2026〕12号），"
        f"政务应用程序应在上线前备案。请于{s.due(10)}前登记备案号；尚未备案的，请抓紧办理。"
    )
    return text, f"“{name_of(s.facts)}”{_kind(s.facts)}{_standing(s.facts)}，请登记备案号。"


def _untested(s: Scene) -> tuple[str, str]:
    text = (
        f"【等保材料】{s.unit}{_paper_fact(s.facts)}。"
        "《办法》第七条：应严格按照网络安全等级保护标准进行安全检测。"
        f"请于{s.due(10)}前上传有效的测评材料。"
    )
    return text, f"“{name_of(s.facts)}”{_kind(s.facts)}{_standing(s.facts)}，请上传有效材料。"


def _inspection(s: Scene) -> tuple[str, str]:
    text = (
        f"【专项检查】{s.unit}：{_inspection_fact(s.facts)}。"
        "《办法》第二十五条：各级政务新媒体主管单位应每年定期对开设、变更、关停、注销的"
        f"政务新媒体进行专项检查。已开展的，请登记；未开展的，请于{s.due(10)}前安排。"
    )
    return text, f"尚未登记{s.facts.get('year', '本')}年度专项检查，请登记或安排。"


_TEXTS: Mapping[str, Callable[[Scene], tuple[str, str]]] = {
    "DUP-01": _doubles,
    "APP-02": _apps,
    "NAM-01": _names,
    "ORG-02": _persons,
    "ORG-03": _none,
    "ORG-01": _entrusted,
    "APP-04": _unfiled,
    "APP-03": _untested,
    "INS-01": _inspection,
    **SEEN_TEXTS,
}
UNIT_RULES = tuple(_TEXTS)


# -- pieces ----------------------------------------------------------------------------------


def _accounts(facts: Mapping[str, Any]) -> str:
    return some(
        f"“{name_of(row)}”" + ("（已豁免）" if row.get("exempt") else "")
        for row in rows_of(facts, "accounts")
    )


def _placed(row: Mapping[str, Any]) -> str:
    where = where_of(row)
    return f"{where}“{name_of(row)}”" + ("" if row.get("seen_at") else "（台账）")


def _lacking(row: Mapping[str, Any]) -> str:
    lacking = row.get("lacking")
    roles = lacking if isinstance(lacking, list) else []
    return "、".join(_LACKING.get(str(each), "人员") for each in roles)


def _kind(facts: Mapping[str, Any]) -> str:
    return KINDS.get(str(facts.get("kind")), "材料")


def _standing(facts: Mapping[str, Any]) -> str:
    until, days = day_of(facts.get("until"), year=True), facts.get("days")
    if facts.get("state") == "expired":
        return f"已于{until}到期"
    if facts.get("state") == "expiring":
        return f"将于{until}到期" + (f"（还有{days}天）" if isinstance(days, int) else "")
    return "尚未登记"
