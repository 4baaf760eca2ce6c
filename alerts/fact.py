"""One sentence for what a case says, for lists and pages: the fact and nothing else. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from alerts.escape import inert
from alerts.words import TROUBLES, attested_text, moment_text, platform_name, store_name
from watcher.model import Case, Trouble


def fact(case: Case) -> str:
    """What was found, in Chinese, from the finding's own facts."""
    said = attested(case.finding.facts)
    return f"{_found(case)}（{said}）" if said else _found(case)


def attested(facts: Mapping[str, Any]) -> str:
    """Who vouches for what a finding rests on, and when he saw it; "" where a machine read it."""
    said = (facts.get("reading") or {}).get("attested")
    return attested_text(datetime.fromisoformat(said["at"]), said["by"]) if said else ""


def _found(case: Case) -> str:
    facts, rule = case.finding.facts, case.finding.rule
    if rule.startswith("UPD-0") and rule != "UPD-07":
        return _silence(rule, facts)
    if rule == "UPD-07":
        return "发布时间存疑：首次见到的时间远晚于其声称的发布时间"
    if rule == "APP-01":
        return _absent(facts)
    if rule == "SYS-01":
        return _blind(facts)
    if rule == "SYS-02":
        return f"缺少{facts.get('year', '下一年度')}年放假安排"
    if rule == "SYS-03":
        return _dark(facts)
    if rule == "SYS-04":
        return _changed(facts)
    return inert(case.finding.subject, 80)


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


def _dark(facts: Mapping[str, Any]) -> str:
    since, failing, trouble = facts.get("since"), facts.get("failing"), facts.get("trouble")
    begun = f"自{moment_text(datetime.fromisoformat(since))}起" if since else ""
    text = f"{platform_of(facts)}{begun}读不到：{inert(str(facts.get('why') or '原因不明'), 60)}"
    cause = f"（{TROUBLES[Trouble(trouble)]}）" if trouble in set(Trouble) else ""
    paused = f"，涉及{facts['accounts']}个账号" if facts.get("accounts") and failing else ""
    return f"{text}{cause}{paused}"


def _changed(facts: Mapping[str, Any]) -> str:
    missing = inert(str(facts.get("missing") or "页面读不懂"), 80)
    number, of = facts.get("accounts", "多"), facts.get("of")
    share = f"{of}个账号中{number}个" if of else f"{number}个账号"
    return f"{platform_of(facts)}疑似版式变化，{share}受影响：{missing}"


def platform_of(facts: Mapping[str, Any]) -> str:
    """The name of the platform that a finding of the watch itself is about."""
    return inert(str(facts.get("title") or platform_name(str(facts.get("platform", "")))), 20)


def _blind(facts: Mapping[str, Any]) -> str:
    if facts.get("by_people_only"):
        return "没有采集源，人工核验已到期" if attested(facts) else "没有采集源，尚未人工核验"
    since, why = facts.get("blind_since") or facts.get("since"), facts.get("trouble")
    text = f"自{moment_text(datetime.fromisoformat(since))}起未成功采集" if since else "未成功采集"
    return f"{text}（{TROUBLES[Trouble(why)]}）" if why else text
