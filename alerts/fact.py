"""One sentence for what a case says, for lists and pages: the fact and nothing else. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from alerts.change_words import change_fact
from alerts.content_words import CONTENT_RULES, content_fact
from alerts.escape import inert
from alerts.filing_words import filing_fact
from alerts.impersonation_words import IMPERSONATION, impersonation_fact
from alerts.late_words import late_fact
from alerts.life_words import LIFE_RULES, life_fact
from alerts.platform_words import changed_fact, dark_fact
from alerts.unit_words import unit_fact
from alerts.words import TROUBLES, attested_text, moment_text, store_name
from watcher.filings import on_paper
from watcher.model import Case, Trouble
from watcher.units import collective


def fact(case: Case) -> str:
    """What was found, in Chinese, from the finding's own facts."""
    if on_paper(case.finding.rule):
        return filing_fact(case.finding.rule, case.finding.facts)
    said = attested(case.finding.facts)
    return f"{_found(case)}（{said}）" if said else _found(case)


def attested(facts: Mapping[str, Any]) -> str:
    """Who vouches for what a finding rests on, and when he saw it; "" where a machine read it."""
    said = (facts.get("reading") or {}).get("attested")
    return attested_text(datetime.fromisoformat(said["at"]), said["by"]) if said else ""


def _found(case: Case) -> str:
    facts, rule = case.finding.facts, case.finding.rule
    said = unit_fact(rule, facts) if collective(case.finding.account) else change_fact(rule, facts)
    if said:
        return said
    if rule.startswith("UPD-0") and rule != "UPD-07":
        return _silence(rule, facts)
    if rule == "UPD-07":
        return "发布时间存疑：首次见到的时间远晚于其声称的发布时间"
    if rule == "APP-01":
        return _absent(facts)
    if rule == "APP-03":
        return f"服务域名{inert(str(facts.get('host', '')), 60)}无IPv6地址（AAAA记录）"
    if rule in CONTENT_RULES:
        return content_fact(rule, facts)
    if rule == "SYS-01":
        return _blind(facts)
    if rule == "SYS-02":
        return f"缺少{facts.get('year', '下一年度')}年放假安排"
    if rule in _SAID:
        return _SAID[rule](facts)
    return inert(case.finding.subject, 80)


_SAID: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    **{rule: partial(life_fact, rule) for rule in LIFE_RULES},
    **{rule: partial(impersonation_fact, rule) for rule in IMPERSONATION},
    "REC-01": late_fact,
    "SYS-03": dark_fact,
    "SYS-04": changed_fact,
}


def _silence(rule: str, facts: Mapping[str, Any]) -> str:
    last = facts.get("last_post")
    week = {"UPD-01": "本周尚未更新，", "UPD-02": "自然周未更新，"}.get(rule, "")
    days = facts.get("days", "若干")
    bound = "至少" if facts.get("at_least") else "已"
    if not last:
        return f"{week}监测以来{bound}{days}天未见更新"
    title = f"《{inert(last['title'], 30)}》" if last.get("title") else ""
    forward = "（转发）" if last.get("repost") else ""
    at = moment_text(datetime.fromisoformat(last["at"]))
    if last.get("day_only"):
        at = at.partition("日")[0] + "日"
    return f"{week}{bound}{days}天未更新，最近更新{at}{title}{forward}"


def _absent(facts: Mapping[str, Any]) -> str:
    since, looks = facts.get("absent_since"), facts.get("absent_looks")
    begun = f"自{moment_text(datetime.fromisoformat(since))}起" if since else ""
    where = "、".join(dict.fromkeys(store_name(str(each)) for each in facts.get("stores") or ()))
    return f"{begun}在{where or '应用商店'}无法下载（{looks or '多'}次核查）"


def _blind(facts: Mapping[str, Any]) -> str:
    if facts.get("by_people_only"):
        return "没有采集源，人工核验已到期" if attested(facts) else "没有采集源，尚未人工核验"
    since, why = facts.get("blind_since") or facts.get("since"), facts.get("trouble")
    text = f"自{moment_text(datetime.fromisoformat(since))}起未成功采集" if since else "未成功采集"
    return f"{text}（{TROUBLES[Trouble(why)]}）" if why else text
