"""What is said of accounts that stop, go, are closed or come back (domain.md §6.4). Pure.

Each function gives the long text and what follows the name in a text message.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from alerts.escape import inert
from alerts.scene import Scene
from alerts.words import PROVISIONAL, day_text, moment_text, store_name

Words = tuple[str, str]
_STEPS = {"draft": "拟申请", "applied": "已申请、尚未审批", "reviewed": "已初审、尚未审批"}


def life_text(s: Scene) -> Words:
    return _TEXTS[s.case.finding.rule](s)


def life_fact(rule: str, facts: Mapping[str, Any]) -> str:
    """The fact alone, for lists and pages."""
    return _FACTS[rule](facts)


def life_news(s: Scene) -> str:
    """The fact that ended the case."""
    return _NEWS.get(s.case.finding.rule, "复查时已不再出现该情形")


# -- pieces --------------------------------------------------------------------------------------


def _day(facts: Mapping[str, Any], name: str) -> str:
    """A day of the facts with its year, as offices write it; "" where there is none."""
    try:
        day = date.fromisoformat(str(facts.get(name) or ""))
    except ValueError:
        return ""
    return f"{day.year}年{day_text(day)}"


def _paper(facts: Mapping[str, Any], wanted: str) -> str:
    """What paper says, or that it says nothing."""
    step = _STEPS.get(str(facts.get("step")))
    if facts.get("filing") and step:
        return f"台账中的{wanted}事项（{inert(str(facts['filing']), 30)}）{step}"
    return f"未查到{wanted}备案"


def _title(post: object) -> str:
    title = str(post.get("title") or "") if isinstance(post, Mapping) else ""
    return f"《{inert(title, 40)}》" if title else "1条信息"


def _posted(s: Scene, name: str) -> str:
    return _when(s.facts.get(name))


def _when(post: object) -> str:
    try:
        at = datetime.fromisoformat(str(post["at"]))  # type: ignore[index]
    except (KeyError, TypeError, ValueError):
        return "近日"
    text = moment_text(at)
    only_day = isinstance(post, Mapping) and post.get("day_only")
    return text.partition("日")[0] + "日" if only_day else text


def _looked(s: Scene) -> tuple[str, str]:
    since, looks = s.moment("absent_since"), s.facts.get("absent_looks")
    begun = f"自{moment_text(since)}起" if since else ""
    said = _quoted(s.facts.get("detail"))
    often = f"连续{looks}次" if isinstance(looks, int) else "多次"
    return f"{begun}{often}", f'，平台返回"{said}"' if said else ""


def _quoted(detail: object) -> str:
    """What the platform said in Chinese words; our collectors' own notes are for operators."""
    said = inert(str(detail or ""), 60)
    return said if re.search(r"[\u4e00-\u9fff]", said) else ""


# -- gone and banned -----------------------------------------------------------------------------


def _offline(s: Scene) -> Words:
    often, said = _looked(s)
    if s.facts.get("kind") == "deregistered":
        text = (
            f'【注销核实】经监测，已关停的"{s.name}"（{s.platform}，{s.unit}）{often}无法访问{said}，'
            f"{_paper(s.facts, '注销')}，疑似已注销未备案。依据《办法》第八条，"
            f"请{s.unit}于{s.due(1)}前核实并补报。"
        )
        return text, "关停后已无法访问，未查到注销备案，请核实补报。"
    guard = (
        "该账号为政府账号，依据《办法》第九条原则上不得注销，请立即联系平台恢复。"
        if s.facts.get("government")
        else ""
    )
    text = (
        f"【下线核实】经监测，{s.name}（{s.platform}，{s.unit}）{often}无法访问{said}，"
        f"{_paper(s.facts, '关停或注销')}，疑似自行下线。依据《办法》第二十五条，"
        f"请{s.unit}于{s.due(1)}前核实：①平台处置；②单位自行注销；③其他。{guard}"
    )
    return text, f"{often.partition('起')[2] or often}无法访问，未查到关停或注销备案，请核实。"


def _banned(s: Scene) -> Words:
    often, said = _looked(s)
    text = (
        f"【封禁核实】经监测，{s.name}（{s.platform}，{s.unit}）{often}显示已被平台封禁或限制{said}。"
        f"依据《办法》第十九条、第二十条，请{s.unit}立即与平台核实原因、保全账号，"
        f"并于{s.due(1)}前书面说明。"
    )
    return text, "疑似被平台封禁或限制，请立即与平台核实。"


# -- 关停 ------------------------------------------------------------------------------------------


def _unfiled(s: Scene) -> Words:
    text = (
        f'【关停核实】经监测，"{s.name}"（{s.platform}，{s.unit}）于{_posted(s, "notice")}'
        f"发布{_title(s.facts.get('notice'))}，疑似停更公告，{_paper(s.facts, '关停或注销')}。"
        f"依据《办法》第八条、第二十五条，请于{s.due(3)}前说明或补报。"
    )
    return text, "疑似已发停更公告，未查到关停备案，请说明或补报。"


def _unsaid(s: Scene) -> Words:
    text = (
        f'【关停公告】"{s.name}"（{s.platform}，{s.unit}）已于{_day(s.facts, "suspended_on")}关停，'
        f"经监测，截至{moment_text(s.seen)}未见在平台发布停更公告。《办法》第八条：关停须停止更新"
        f"并在第三方平台发布公告。请于{s.due(5)}前补发；已在别处公告的，请登记公告链接。"
    )
    return text, "关停后未见停更公告，请补发或登记公告链接。"


def _after(s: Scene) -> Words:
    post = s.facts.get("post")
    text = (
        f'【关停后更新】经监测，"{s.name}"（{s.platform}，{s.unit}）已于'
        f"{_day(s.facts, 'suspended_on')}备案关停，{_when(post)}又发布{_title(post)}。"
        f"请于{s.due(5)}前核实是否被盗用或恢复运行；恢复运行须重新申请开设。"
    )
    return text, "备案关停后又发布信息，请核实是否被盗用。"


# -- 注销 ------------------------------------------------------------------------------------------


def _notice(s: Scene) -> Words:
    start, marked = _day(s.facts, "notice_from"), PROVISIONAL if s.facts.get("provisional") else ""
    if s.case.finding.subject == "notice":
        first = _day(s.facts, "earliest")
        text = (
            f'【公告期提醒】"{s.name}"（{s.platform}，{s.unit}）注销公告{start}发布，'
            f"按《办法》第九条公告不少于15个工作日，最早可于{first}{marked}办理注销。"
        )
        return text, f"注销公告期内，最早可于{first}办理注销。"
    gone, days = _day(s.facts, "gone_on"), s.facts.get("days")
    said = f"注销公告{start}发布，公告仅{days}个工作日" if start else "台账中没有注销公告"
    law = "按《办法》第九条公告不少于15个工作日"
    if not s.facts.get("merged_or_abolished"):
        law += "（主办单位未撤并的，建议参照）"
    text = (
        f'【公告期核实】经监测，"{s.name}"（{s.platform}，{s.unit}）于{gone}已无法访问，'
        f"{said}。{law}，请{s.unit}于{s.due(3)}前说明。"
    )
    return text, f"公告期未满即无法访问（{gone}），请说明。"


def _undeleted(s: Scene) -> Words:
    days = s.facts.get("cooling_days", 0)
    text = (
        f'【注销未落实】经监测，"{s.name}"（{s.platform}，{s.unit}）'
        f"应于{_day(s.facts, 'deadline')}前完成注销（含平台冷静期{days}天），"
        f"截至{moment_text(s.seen)}主页及历史信息仍可访问。请于{s.due(5)}前落实并反馈。"
    )
    return text, "备案注销后仍可访问，请落实注销。"


def _listed(s: Scene) -> Words:
    day = _day(s.facts, "deregistered_on")
    stores = s.facts.get("stores")
    names = "、".join(dict.fromkeys(store_name(str(x)) for x in stores or ())) or "应用商店"
    text = (
        f'【应用下架】经监测，"{s.name}"（{s.unit}）{f"已于{day}" if day else "已"}备案注销，'
        f"截至{moment_text(s.seen)}{names}仍可查到。《办法》第九条：在各类平台下架。"
        f"请于{s.due(5)}前办理下架并反馈。"
    )
    return text, f"备案注销后{names if '、' not in names else '应用商店'}仍可查到，请下架。"


def _back(s: Scene) -> Words:
    ident = inert(str(s.facts.get("platform_id") or ""), 40)
    tag, number = "【重新上线】", f"（ID {ident}）" if ident else ""
    if s.facts.get("kind") == "taken":
        shown = inert(str(s.facts.get("shown_subject") or s.facts.get("shown_id") or ""), 40)
        who = f"，显示的是{shown}" if shown else ""
        text = (
            f'{tag}经监测，已注销账号"{s.name}"{number}（{s.platform}，{s.unit}）的名称疑似被他人使用'
            f"（{moment_text(s.seen)}可见{who}）。请{s.supervisor}于{s.due(1)}前核实；"
            "确非原单位的，转假冒处置。"
        )
        return text, "已注销账号的名称疑似被他人使用，请核实。"
    post = s.facts.get("post")
    wrote = f"，并于{_when(post)}发布{_title(post)}" if post else ""
    text = (
        f'{tag}经监测，已注销账号"{s.name}"{number}（{s.platform}，{s.unit}）'
        f"{moment_text(s.seen)}疑似重新可见{wrote}。请{s.supervisor}于{s.due(1)}前核实："
        "私自恢复，或名称被他人注册（转假冒处置）。"
    )
    return text, "已注销账号疑似重新可见，请核实。"


_TEXTS: Mapping[str, Callable[[Scene], Words]] = {
    "OFF-01": _offline,
    "OFF-02": _banned,
    "SUS-01": _unfiled,
    "SUS-02": _unsaid,
    "SUS-03": _after,
    "DER-02": _notice,
    "DER-04": _undeleted,
    "DER-05": _listed,
    "DER-06": _back,
}
LIFE_RULES = frozenset(_TEXTS)
_NEWS: Mapping[str, str] = {
    "OFF-01": "账号已可访问，或已有关停、注销审批",
    "OFF-02": "账号已可访问",
    "SUS-01": "已有关停、注销审批，或已恢复更新",
    "SUS-02": "已见停更公告",
    "SUS-03": "此后未再发布",
    "DER-04": "已无法访问",
    "DER-05": "应用商店已查不到该应用",
    "DER-06": "已无法访问，或已重新开设",
}


# -- facts ---------------------------------------------------------------------------------------


def _fact_gone(facts: Mapping[str, Any]) -> str:
    since = facts.get("absent_since")
    begun = f"自{moment_text(datetime.fromisoformat(since))}起" if since else ""
    ways = len(facts.get("methods") or ())
    how = f"，{ways}种采集方式" if ways > 1 else ""
    return f"{begun}无法访问（{facts.get('absent_looks') or '多'}次核查{how}）"


def _fact_offline(facts: Mapping[str, Any]) -> str:
    wanted = "注销" if facts.get("kind") == "deregistered" else "关停或注销"
    return f"{_fact_gone(facts)}，{_paper(facts, wanted)}"


def _fact_notice(facts: Mapping[str, Any]) -> str:
    start = _day(facts, "notice_from")
    if facts.get("gone_on"):
        said = f"公告仅{facts.get('days')}个工作日" if start else "没有注销公告"
        return f"{_day(facts, 'gone_on')}已无法访问，{said}"
    return f"注销公告{start}发布，最早可于{_day(facts, 'earliest')}办理注销"


def _fact_back(facts: Mapping[str, Any]) -> str:
    if facts.get("kind") == "taken":
        return "已注销账号的名称疑似被他人使用"
    post = facts.get("post")
    return "已注销账号疑似重新可见" + (f"，{_when(post)}发布{_title(post)}" if post else "")


_FACTS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "OFF-01": _fact_offline,
    "OFF-02": lambda facts: f"平台显示已被封禁或限制，{_fact_gone(facts)}",
    "SUS-01": lambda facts: (
        f"{_when(facts.get('notice'))}发布{_title(facts.get('notice'))}，"
        f"{_paper(facts, '关停或注销')}"
    ),
    "SUS-02": lambda facts: f"{_day(facts, 'suspended_on')}关停，未见停更公告",
    "SUS-03": lambda facts: (
        f"{_day(facts, 'suspended_on')}关停，{_when(facts.get('post'))}又发布"
        f"{_title(facts.get('post'))}"
    ),
    "DER-02": _fact_notice,
    "DER-04": lambda facts: f"应于{_day(facts, 'deadline')}前完成注销，仍可访问",
    "DER-05": lambda facts: "备案注销后应用商店仍可查到",
    "DER-06": _fact_back,
}
