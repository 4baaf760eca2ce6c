"""What is said of single posts: CON-01 to CON-03. Pure.

Each function gives the long text and what follows the name in a text message. Only titles and
short texts were seen, and the texts say so. Numbers in titles are covered before they come here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from alerts.escape import inert
from alerts.scene import Scene
from alerts.words import moment_text

CONTENT_RULES = frozenset({"CON-01", "CON-02", "CON-03"})
_ONLY = "（仅核对采集到的标题和短文字，未核对正文）"


def strange_links(s: Scene) -> tuple[str, str]:
    """CON-01: which domains."""
    text = (
        f'【外链提示】经监测，"{s.name}"（{s.platform}，{s.unit}）{_post(s)}'
        f"含有允许名单以外的链接：{_domains(s.facts)}{_ONLY}，疑似商业广告或外链。"
        f"《办法》第十三条、第二十二条。请{s.unit}于{s.due(5)}前核实；"
        "确属工作需要的，请说明，由管理员加入允许名单。"
    )
    return text, f"有信息含名单外链接{_domains(s.facts, 1)}，请核实。"


def without_origin(s: Scene) -> tuple[str, str]:
    """CON-02: a repost in whose visible text no origin is named."""
    text = (
        f'【转载提示】经监测，"{s.name}"（{s.platform}，{s.unit}）{_post(s)}疑似转载，'
        f"所见文字中未见来源{_ONLY}。《办法》第十三条。正文已注明来源的，请忽略本提示。"
    )
    return text, "有转载信息未见注明来源，请核实；正文已注明的请忽略。"


def discloses(s: Scene) -> tuple[str, str]:
    """CON-03: how many numbers of which kind; never the numbers."""
    word = inert(str(s.facts.get("disclosure") or ""), 12)
    note = "惩戒公示、强制性披露的请说明。"
    if word:
        note = f"标题含“{word}”，可能属惩戒公示或强制性披露，如是请说明依据。"
    text = (
        f'【个人信息】经监测，"{s.name}"（{s.platform}，{s.unit}）{_post(s)}'
        f"疑似含未去标识化的个人信息（{numbers(s.facts)}，已遮盖）{_ONLY}。"
        f"《办法》第二十一条。请立即核实处理，并于{s.due(1)}前反馈；{note}"
    )
    return text, f"有信息疑似含个人信息（{numbers(s.facts)}），请立即核实处理。"


def content_fact(rule: str, facts: Mapping[str, Any]) -> str:
    """One sentence for lists and pages."""
    title = f"《{inert(str(facts['title']), 30)}》" if facts.get("title") else "有信息"
    said: Mapping[str, Callable[[], str]] = {
        "CON-01": lambda: f"含名单外链接{_domains(facts)}",
        "CON-02": lambda: "疑似转载，所见文字中未见来源",
        "CON-03": lambda: f"疑似含个人信息（{numbers(facts)}，已遮盖）",
    }
    return f"{title}{said[rule]()}（仅看标题和短文字）"


def numbers(facts: Mapping[str, Any]) -> str:
    """身份证号…处、手机号…处."""
    kinds = (("身份证号", facts.get("ids")), ("手机号", facts.get("mobiles")))
    return "、".join(f"{name}{count}处" for name, count in kinds if count) or "号码"


def _post(s: Scene) -> str:
    at, title = _moment(s.facts.get("at")), inert(str(s.facts.get("title") or ""), 40)
    when = f"{moment_text(at)}发布的" if at else ""
    return f"{when}《{title}》" if title else f"{when}1条信息"


def _moment(value: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        return None


def _domains(facts: Mapping[str, Any], most: int = 3) -> str:
    given = facts.get("domains")
    names = [inert(str(each), 40) for each in given] if isinstance(given, list) else []
    return "、".join(names[:most]) + ("等" if len(names) > most else "")
