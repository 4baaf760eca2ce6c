"""Candidates for people and programs: the queue, one candidate beside the real account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.table import Table

from alerts.words import LEVELS, platform_name
from watcher.candidates import (
    STATE_WORDS,
    Candidate,
    CandidateEvent,
    CandidateState,
    Suspect,
    Takedown,
    Tier,
)
from watcher.coverage import WORDS, Covered
from watcher.model import Level
from watcher.personal import masked
from watcher.showing import iso, moment, plain

TIERS: Mapping[Tier, str] = {
    Tier.ALERT: "疑似假冒",
    Tier.REVIEW: "待复核",
    Tier.MEDIA: "媒体类",
    Tier.FAN: "粉丝、民间类",
    Tier.COMMERCIAL: "商业类",
    Tier.OWN_UNIT: "本单位账号",
    Tier.REGISTERED: "已在台账",
    Tier.NONE: "未列入",
}
_EVENTS: Mapping[str, str] = {
    "found": "发现",
    "reopened": "重新列入",
    "look": "复查",
    "letter": "生成关停函",
    "sent": "发函",
    "receipt": "受理回执",
    "result": "处置结果",
    "proof": "证据包",
    "pages": "留存原文",
    "avatar": "留存头像",
    **{state.value: word for state, word in STATE_WORDS.items()},
}
_ORDER = (Tier.ALERT, Tier.REVIEW)
_LOOKS = {"seen": "仍可见", "gone": "平台答复不存在", "unknown": "未能查看"}


def state_text(of: Candidate) -> str:
    """Its state, in the words of the offices."""
    if of.state is CandidateState.NEW and of.judgement is not None:
        return "未列入"
    return STATE_WORDS[of.state]


def tier_text(of: Candidate) -> str:
    """What the rules make of it, with the colour where it is an alert."""
    if of.judgement is None:
        return "—"
    word, level = TIERS[of.judgement.tier], of.judgement.level
    if of.state in (CandidateState.CONFIRMED, CandidateState.BACK, CandidateState.TAKEN_DOWN):
        return "确认假冒"
    return f"{word}·{LEVELS[Level(level)]}" if level else word


def badge_text(of: Candidate) -> str:
    """Whom the platform verified, as far as that was seen."""
    if of.profile.verified_as:
        return of.profile.verified_as
    return {None: "未读到", True: "有认证标识", False: "未认证"}[of.profile.verified]


def gravity(of: Candidate) -> tuple[int, int, int]:
    """The order of the queue: alerts first, then points, the newest first."""
    judged = of.judgement
    tier = _ORDER.index(judged.tier) if judged and judged.tier in _ORDER else len(_ORDER)
    return tier, -(judged.points if judged else 0), -of.id


def candidates_table(found: Iterable[Candidate]) -> Table:
    """The queue, the gravest first."""
    table = Table(title="假冒候选账号")
    for heading in ("编号", "状态", "判定", "平台", "名称", "近似于", "认证", "分", "最近见到"):
        table.add_column(heading, overflow="fold")
    for each in found:
        judged = each.judgement
        table.add_row(
            str(each.id),
            state_text(each),
            tier_text(each),
            platform_name(each.platform),
            plain(each.profile.name, 40),
            plain((judged and judged.match) or "—", 40),
            plain(badge_text(each), 30),
            str(judged.points) if judged else "—",
            moment(each.last_seen),
        )
    return table


def candidate_json(of: Candidate) -> dict[str, Any]:
    """A candidate as JSON."""
    profile, judged = of.profile, of.judgement
    return {
        "id": of.id,
        "state": of.state.value,
        "platform": of.platform,
        "handle": of.handle,
        "url": of.url,
        "name": profile.name,
        "bio": None if profile.bio is None else masked(profile.bio),
        "verified": profile.verified,
        "verified_as": profile.verified_as,
        "followers": profile.followers,
        "post_count": profile.post_count,
        "avatar_sha256": of.avatar_sha256,
        "first_seen": iso(of.first_seen),
        "last_seen": iso(of.last_seen),
        "query": of.query,
        "collector": of.collector,
        "pages": [{"url": p.url, "sha256": p.sha256, "at": iso(p.at)} for p in of.pages],
        "judgement": judged
        and {
            "tier": judged.tier.value,
            "level": judged.level,
            "match": judged.match,
            "account": judged.account,
            "band": judged.band,
            "score": judged.score,
            "points": judged.points,
            "reasons": list(judged.reasons),
        },
        "decided_by": of.decided_by,
        "decided_at": iso(of.decided_at),
        "reason": of.reason,
        "recheck_at": iso(of.recheck_at),
        "gone_since": iso(of.gone_since),
    }


def letter_json(of: Takedown) -> dict[str, Any]:
    """A letter to a platform as JSON."""
    return {
        "candidate": of.candidate,
        "number": of.number,
        "made_at": iso(of.made_at),
        "author": of.author,
        "file_sha256": of.file_sha256,
        "channel": of.channel,
        "sent_at": iso(of.sent_at),
        "receipt": of.receipt,
        "received_at": iso(of.received_at),
        "result": of.result,
        "result_at": iso(of.result_at),
    }


def event_json(of: CandidateEvent) -> dict[str, Any]:
    """A line of the history as JSON."""
    return {"at": iso(of.at), "by": of.actor, "kind": of.kind, "text": of.text, **of.data}


def compared_rows(of: Suspect, real: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Field, the candidate's, the real account's; `real` is what that shows."""
    candidate, victim = of.candidate, of.victim
    profile = candidate.profile
    mine = {
        "平台": platform_name(candidate.platform),
        "账号名称": profile.name,
        "平台账号标识": candidate.handle,
        "主页": candidate.url,
        "认证": badge_text(candidate),
        "简介": masked(profile.bio or "") or "未读到",
        "粉丝": "未读到" if profile.followers is None else str(profile.followers),
        "信息数": "未读到" if profile.post_count is None else str(profile.post_count),
        "头像SHA-256": candidate.avatar_sha256 or "未取得",
        "最近见到": moment(candidate.last_seen),
    }
    theirs = {
        "平台": platform_name(victim.platform) if victim else "",
        "账号名称": victim.name if victim else "",
        "平台账号标识": victim.platform_id if victim else "",
        "主页": victim.url if victim else "",
        **real,
    }
    for name, text in mine.items():
        yield name, text, theirs.get(name) or "—"
    if victim is not None:
        yield "主办单位", "—", victim.unit.name


def candidate_parts(
    of: Suspect,
    real: Mapping[str, str],
    events: Iterable[CandidateEvent],
    covered: Iterable[Covered],
) -> Iterator[Table]:
    """One candidate for a terminal: side by side, reasons, letters, search, history."""
    candidate = of.candidate
    table = Table(title=f"候选账号 {candidate.id}：{state_text(candidate)}，{tier_text(candidate)}")
    for heading in ("", "候选账号", "台账账号"):
        table.add_column(heading, overflow="fold")
    for row in compared_rows(of, real):
        table.add_row(row[0], *(plain(text, 200) for text in row[1:]))
    yield table
    if candidate.judgement is not None:
        points = Table(title=f"判定理由（{candidate.judgement.points} 分；未经人工确认只是疑似）")
        points.add_column("理由", overflow="fold")
        for text in candidate.judgement.reasons:
            points.add_row(plain(text, 200))
        yield points
    yield from _letters(of.letters)
    yield from _coverage(covered)
    history = Table(title="经过")
    for heading in ("时间", "操作人", "事项", "内容"):
        history.add_column(heading, overflow="fold")
    for each in events:
        history.add_row(moment(each.at), plain(each.actor or "监测"), *event_words(each))
    yield history


def event_words(of: CandidateEvent) -> tuple[str, str]:
    """What happened, and what was said of it."""
    text = _LOOKS.get(of.text, of.text) if of.kind == "look" else of.text
    return _EVENTS.get(of.kind, of.kind), plain(text, 200)


def _letters(letters: Iterable[Takedown]) -> Iterator[Table]:
    table = Table(title="关停函")
    for heading in ("文号", "生成", "发出", "受理", "结果", "渠道"):
        table.add_column(heading, overflow="fold")
    for each in letters:
        receipt = f"{moment(each.received_at)} {each.receipt}" if each.received_at else "—"
        result = f"{moment(each.result_at)} {each.result}" if each.result_at else "—"
        table.add_row(
            plain(each.number),
            moment(each.made_at),
            moment(each.sent_at),
            plain(receipt),
            plain(result),
            plain(each.channel),
        )
    if table.row_count:
        yield table


def _coverage(covered: Iterable[Covered]) -> Iterator[Table]:
    table = Table(title="检索情况（未检索不等于没有）")
    for heading in ("平台", "状态", "最近检索", "说明"):
        table.add_column(heading, overflow="fold")
    for each in covered:
        table.add_row(
            platform_name(each.platform),
            WORDS[each.status],
            moment(each.searched_at),
            plain(each.detail, 100) or "—",
        )
    if table.row_count:
        yield table
