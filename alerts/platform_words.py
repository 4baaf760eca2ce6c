"""The words about whole platforms, for our operators: SYS-03, SYS-04, and their end. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from alerts.escape import inert
from alerts.words import TROUBLES, moment_text, platform_name
from watcher.model import Trouble

ABOUT = ("SYS-03", "SYS-04")  # the rules about platforms
DEAF = "期间不对该平台单位立案或提醒"


def platform_of(facts: Mapping[str, Any]) -> str:
    """The name of the platform that a finding of the watch itself is about."""
    return inert(str(facts.get("title") or platform_name(str(facts.get("platform", "")))), 20)


def dark_fact(facts: Mapping[str, Any]) -> str:
    """SYS-03 in one sentence."""
    count = facts.get("accounts")
    concerned = f"，涉及{count}个账号" if count else ""
    return f"{platform_of(facts)}{_begun(facts)}读不到：{_why(facts)}{concerned}"


def changed_fact(facts: Mapping[str, Any]) -> str:
    """SYS-04 in one sentence."""
    return f"{platform_of(facts)}疑似版式变化，{_share(facts)}受影响：{_missing(facts)}"


def dark(facts: Mapping[str, Any]) -> tuple[str, str]:
    """SYS-03, long and short."""
    name, count = platform_of(facts), facts.get("accounts")
    ok = _moment(facts, "canary_ok_at")
    last = f"参照账号最近一次正常读到：{ok}。" if ok else ""
    whose = f"{count}个账号" if count else "全部账号"
    text = (
        f"【平台失明】{name}{_begun(facts)}读不到：{_why(facts)}。{last}"
        f"涉及{whose}，{DEAF}；恢复后自动复查。"
    )
    detail = inert(str(facts.get("detail") or ""), 120)
    short = f"【平台失明】{name}{_begun(facts)}读不到，该平台账号的判断已暂停，请检查。"
    return text + (f"详情：{detail}" if detail else ""), short


def changed(facts: Mapping[str, Any]) -> tuple[str, str]:
    """SYS-04, long and short."""
    name, reader = platform_of(facts), inert(str(facts.get("collector") or ""), 40)
    file, mark = inert(str(facts.get("file") or ""), 120), str(facts.get("sha256") or "")[:16]
    saved = f"已留存页面 {file}（SHA-256 {mark}）。" if mark else ""
    text = (
        f"【版式变化】{name}疑似改版：{f'采集器{reader}读取的' if reader else ''}{_share(facts)}"
        f"同时受影响（{_missing(facts)}）。{saved}{DEAF}；"
        "请核对页面并更新采集器（watcher collectors try）。"
    )
    short = f"【版式变化】{name}疑似改版，{_share(facts)}受影响，判断已暂停，请更新采集器。"
    return text, short


def back(facts: Mapping[str, Any], number: str, rule: str, at: str) -> tuple[str, str, str]:
    """Title, long and short text of the end of either."""
    name = platform_of(facts)
    body = f"【恢复】{number}号问题（{name}，{rule}）：{at}已恢复采集，该平台账号即行复查。"
    return f"【恢复】{name}", body, f"【恢复】{name}已恢复采集，{rule}问题结束。"


def _begun(facts: Mapping[str, Any]) -> str:
    since = _moment(facts, "since")
    return f"自{since}起" if since else ""


def _moment(facts: Mapping[str, Any], name: str) -> str:
    try:
        return moment_text(datetime.fromisoformat(str(facts.get(name) or "")))
    except ValueError:
        return ""


def _why(facts: Mapping[str, Any]) -> str:
    why, trouble = inert(str(facts.get("why") or "原因不明"), 80), facts.get("trouble")
    return why + (f"（{TROUBLES[Trouble(trouble)]}）" if trouble in set(Trouble) else "")


def _missing(facts: Mapping[str, Any]) -> str:
    return inert(str(facts.get("missing") or "页面读不懂"), 160)


def _share(facts: Mapping[str, Any]) -> str:
    number, of = facts.get("accounts", "多"), facts.get("of")
    return f"{of}个账号中{number}个" if of else f"{number}个账号"
