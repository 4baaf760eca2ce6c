"""What is said of impersonators: IMP-01 to IMP-03 (domain.md §6.4, 《办法》第二十条). Pure.

Until a person confirmed it, every text says 疑似. Names and introductions are strangers' words and
pass `inert`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from alerts.escape import inert, link
from alerts.scene import Scene
from alerts.words import day_text, moment_text, platform_name

IMPERSONATION = frozenset({"IMP-01", "IMP-02", "IMP-03"})
_MOST = 6  # sentences of a judgement that a letter quotes


def suspected(s: Scene) -> tuple[str, str]:
    """IMP-01: what monitoring suggests, or what a person confirmed."""
    if s.facts.get("confirmed_by"):
        return _confirmed(s)
    text = (
        f"【疑似假冒】经监测，{_who(s.facts)}与{_victim(s.facts)}近似，不在备案台账。{_reasons(s.facts)}"
        f"请{s.supervisor}今日人工确认；确认后可生成《关停函》及证据包，并通报网信、公安部门"
        "（《办法》第二十条）。注意：有认证标识不等于真实，未确认前不得认定。"
    )
    return text, "疑似假冒政务账号，请人工确认。"


def _confirmed(s: Scene) -> tuple[str, str]:
    by, at = inert(str(s.facts["confirmed_by"]), 20), s.moment("confirmed_at")
    when = f"于{moment_text(at)}" if at else ""
    text = (
        f"【假冒处置】{_who(s.facts)}经{by}{when}人工确认，系假冒{_victim(s.facts)}。"
        f"{_reasons(s.facts)}请{s.supervisor}依据《办法》第二十条要求平台立即关停，"
        "并请网信、公安部门依法依规处置。"
    )
    return text, "经人工确认为假冒政务账号，请依法处置。"


def unanswered(s: Scene) -> tuple[str, str]:
    """IMP-02: no receipt, or no result, in the time that the letter sets."""
    number, sent = inert(str(s.facts.get("letter", "")), 40), s.moment("sent_at")
    when = f"{moment_text(sent)}" if sent else ""
    said = _lack(s.facts)
    text = (
        f"【关停催办】关于{_who(s.facts)}的关停函（{number}）{when}发出，{said}。"
        f"请{s.supervisor}催办；仍无回应的，请网信、公安部门协助（《办法》第二十条）。"
    )
    return text, f"关停函{said}，请催办。"


def back_again(s: Scene) -> tuple[str, str]:
    """IMP-03: it was closed, and is there again."""
    text = (
        f"【再次出现】已关停的{_who(s.facts)}于{moment_text(s.seen)}重新可见"
        f"（假冒对象：{_victim(s.facts)}）。请{s.supervisor}今日核实，再次要求平台关停，"
        "并通报网信部门（《办法》第二十条）。"
    )
    return text, "已关停的假冒账号再次出现，请核实。"


TEXTS: Mapping[str, Callable[[Scene], tuple[str, str]]] = {
    "IMP-01": suspected,
    "IMP-02": unanswered,
    "IMP-03": back_again,
}


def impersonation_fact(rule: str, facts: Mapping[str, Any]) -> str:
    """One sentence: the fact and nothing else."""
    if rule == "IMP-02":
        return f"关停函（{inert(str(facts.get('letter', '')), 40)}）{_lack(facts)}"
    if rule == "IMP-03":
        return f"已关停的{_who(facts)}重新可见"
    if facts.get("confirmed_by"):
        return f"{_who(facts)}经人工确认，系假冒{_victim(facts)}"
    return f"{_who(facts)}与{_victim(facts)}近似，疑似假冒"


def impersonation_news(rule: str) -> str:
    """What ended a case about a candidate."""
    return {"IMP-01": "已有处置结论", "IMP-02": "平台已回应"}.get(rule, "已再次处置")


def concluded(s: Scene, number: str, at: str) -> tuple[str, str, str]:
    """Title, text and short text of the end of a case about a candidate."""
    why = inert(s.case.closing, 60) or impersonation_news(s.case.finding.rule)
    who = f"{s.name}（{s.platform}）"
    body = f"【处置结束】{number}号问题（{who}，{s.rule.name}）于{at}结束：{why}。"
    return f"【处置结束】{who}", body, f'【处置结束】"{s.name[:16]}"{s.rule.name}：{why[:20]}。'


def impersonation_basis(s: Scene) -> str:
    """证据: the candidate's page, when it was read, and the beginning of the hashes."""
    reading = s.facts.get("reading") or {}
    marks = "、".join(str(page.get("sha256", ""))[:16] for page in (reading.get("pages") or ())[:3])
    at = datetime.fromisoformat(reading["at"]) if reading.get("at") else s.seen
    how = f"（{moment_text(at)}采集" + (f"，SHA-256 {marks}）" if marks else "）")
    return "证据：" + " ".join(filter(None, (link(str(s.facts.get("url") or "")), how)))


def _who(facts: Mapping[str, Any]) -> str:
    followers = facts.get("followers")
    known = (
        f"ID {inert(str(facts.get('handle', '')), 40)}",
        _badge(facts),
        f"{followers}粉丝" if isinstance(followers, int) else "",
    )
    platform = platform_name(str(facts.get("platform", "")))
    name = inert(str(facts.get("name", "")), 30)
    return f'{inert(platform, 12)}账号"{name}"（{"，".join(filter(None, known))}）'


def _badge(facts: Mapping[str, Any]) -> str:
    if facts.get("verified_as"):
        return f"认证：{inert(str(facts['verified_as']), 40)}"
    words = {True: "有认证标识", False: "未认证", None: "认证情况未读到"}
    return words[None if facts.get("verified") is None else bool(facts["verified"])]


def _victim(facts: Mapping[str, Any]) -> str:
    unit = inert(str(facts.get("unit") or ""), 40)
    name = inert(str(facts.get("account_name") or facts.get("match") or ""), 30)
    return f'备案账号"{name}"' + (f"（{unit}）" if unit else "")


def _reasons(facts: Mapping[str, Any]) -> str:
    said = [inert(str(each), 90) for each in (facts.get("reasons") or ())[:_MOST]]
    return "判定理由：" + "".join(f"{n}、{each}" for n, each in enumerate(said, 1)) if said else ""


def _lack(facts: Mapping[str, Any]) -> str:
    if facts.get("lacks") != "result":
        return "逾24小时未见平台受理回执"
    due = _day(facts.get("due"))
    until = f"（期限{day_text(due)}）" if due else ""
    return f"逾3个工作日未见平台处置结果{until}"


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None
