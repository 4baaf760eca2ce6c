"""One account for people and as JSON; what became of pasted links."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any

from rich.markup import escape
from rich.table import Table

from alerts.fact import fact
from alerts.words import LEVELS, TROUBLES, attested_text, platform_name, source_name
from watcher.model import Attestation, Case, Look, Trouble
from watcher.pasting import Pasted
from watcher.personal import covered, masked
from watcher.showing import account_json, moment, plain, standing
from watcher.store import AccountDetail, ListedPost

RESULTS = {"complete": "完整", "partial": "部分", "": "未询问（前面的来源已完整）"}


# -- as JSON ---------------------------------------------------------------------------------


def detail_json(found: AccountDetail) -> dict[str, Any]:
    """All that is known of an account, as JSON."""
    account, sight = found.account, found.sight
    return {
        **account_json(found.state),
        "register": _plain(asdict(account)),
        "sight": _plain(asdict(sight)),
        "profile": _plain(asdict(found.profile)) if found.profile else None,
        "looks": [_plain(asdict(look)) for look in sight.looks],
        "posts": [_plain(asdict(each)) for each in found.posts],
        "posts_total": found.posts_total,
        "attestations": [attestation_json(each) for each in found.attestations],
        "cases": [_case_json(case) for case in found.cases],
    }


def attestation_json(said: Attestation) -> dict[str, Any]:
    values: dict[str, Any] = _plain(asdict(said))
    return values


def pasted_json(done: Pasted) -> dict[str, Any]:
    safe = replace(done, posts=tuple(covered(post) for post in done.posts))
    values: dict[str, Any] = _plain(asdict(safe))
    return {**values, "ok": not done.problem}


def _case_json(case: Case) -> dict[str, Any]:
    values: dict[str, Any] = _plain(asdict(case))
    return {**values, "fact": fact(case)}


def _plain(value: Any) -> Any:
    """JSON values: moments and days as ISO 8601."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(each) for each in value]
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    return value


# -- for people ------------------------------------------------------------------------------


def account_parts(found: AccountDetail, now: datetime) -> Iterator[Table]:
    """The account, its sources, posts, attestations and open cases; empty ones are left out."""
    yield _register_table(found, now)
    if found.sight.looks:
        yield _looks_table(found.sight.looks)
    if found.posts:
        yield _posts_table(found)
    if found.attestations:
        yield _attestations_table(found.attestations)
    if found.cases:
        yield _cases_table(found.cases)


def _register_table(found: AccountDetail, now: datetime) -> Table:
    table = Table(title=f"账号 {plain(found.account.name)}", show_header=False)
    for name, text in _register_rows(found, now):
        if text:
            table.add_row(name, plain(text, 400))
    return table


def _register_rows(found: AccountDetail, now: datetime) -> Iterator[tuple[str, str]]:
    yield from register_lines(found)
    yield "状态", standing(found.state, now)
    yield from known_lines(found)


def known_lines(found: AccountDetail) -> Iterator[tuple[str, str]]:
    """What the readings came to, by names; "" where nothing is known."""
    sight, profile = found.sight, found.profile
    covered = f"{moment(sight.covered_from)} 至 {moment(sight.covered_to)}"
    yield "已知时段", covered if sight.covered_to else ""
    yield "最近采集", moment(sight.last_reading_at)
    yield "最近成功", moment(sight.last_success_at)
    yield "下次采集", moment(found.state.next_check_at) if found.account.sources else "无采集源"
    yield "异常说明", sight.trouble_detail
    if profile is not None:
        yield "所见名称", profile.name
        yield "所见认证", profile.verified_as or ""
        yield "所见简介", profile.bio or ""
        yield from (profile.traits or {}).items()


def register_lines(found: AccountDetail) -> Iterator[tuple[str, str]]:
    """The fields of the filing form that are filled in, by their names; "" where not."""
    account = found.account
    verified = {True: "是", False: "否", None: ""}[account.verified]
    yield "编号", account.key
    yield "平台", platform_name(account.platform)
    yield "账号名称", account.name
    yield "平台 ID", account.platform_id
    yield "访问链接", account.url
    yield "主办单位", account.unit.name
    yield "备案状态", account.filed_state.value + ("" if account.enabled else "（停止监测）")
    yield "创建日期", _day(account.opened_on)
    yield "批准日期", _day(account.approved_on)
    yield "备案日期", _day(account.filed_on)
    yield "账号主体", account.filed_subject
    yield "通过认证", verified
    yield "粉丝数", "" if account.followers is None else str(account.followers)
    yield "负责人", " ".join((account.lead.name, account.lead.post, account.lead.phone)).strip()
    contact = account.contact
    yield "联系人", " ".join((contact.name, contact.post, contact.phone)).strip()
    yield "负责科室", account.section
    yield "电子邮箱", account.email
    yield "理由", account.reason
    yield "例外", "；".join(f"{'、'.join(e.rules)}（{e.reason}）" for e in account.exemptions)
    yield "备注", account.note
    yield "采集源", "；".join(f"{each.collector} {each.handle}" for each in account.sources)


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _looks_table(looks: Iterable[Look]) -> Table:
    table = Table(title="各采集源所见")
    for heading in ("采集源", "时间", "结果", "条数", "其中最新", "说明"):
        table.add_column(heading, overflow="fold")
    for look in looks:
        seen = look.result in ("complete", "partial")
        table.add_row(
            plain(source_name(look.source)),
            moment(look.at),
            look_result(look),
            str(look.posts) if seen else "",
            moment(look.newest) if look.newest else "",
            plain(look.detail, 200),
        )
    return table


def look_result(look: Look) -> str:
    """What one source came to, in words."""
    if look.result in set(Trouble):
        return TROUBLES[Trouble(look.result)]
    return RESULTS.get(look.result, look.result)


def _posts_table(found: AccountDetail) -> Table:
    table = Table(title=f"信息（最近 {len(found.posts)} / 共 {found.posts_total} 条）")
    for heading in ("发布时间", "标题", "来源", "首次见到", "标记"):
        table.add_column(heading, overflow="fold")
    for each in found.posts:
        post = each.post
        at = moment(post.at)
        table.add_row(
            at[:10] if post.day_only else at,
            plain(post.title or post.id, 80),
            plain(source_name(each.source)),
            moment(each.first_seen),
            escape("、".join(post_marks(each))),
        )
    return table


def post_marks(each: ListedPost) -> list[str]:
    """What is to be known of a post beside its time."""
    marks = (
        ("置顶", each.post.pinned),
        ("转发", each.post.repost),
        ("已修改", each.post.edited_at is not None),
        ("时间存疑", each.backdatable and not each.follows),
        ("已删除", each.removed_at is not None),
        ("已不见", each.missing_since is not None and each.removed_at is None),
        (f"替换已删除的 {each.follows[:40]}", bool(each.follows)),
    )
    return [word for word, holds in marks if holds]


def _attestations_table(said: Iterable[Attestation]) -> Table:
    table = Table(title="人工核验")
    for heading in ("核验", "有效至", "最近更新", "所见名称", "证据", "备注"):
        table.add_column(heading, overflow="fold")
    for each in said:
        table.add_row(
            plain(attested_text(each.at, each.author)),
            moment(each.valid_until),
            moment(each.last_post.at) if each.last_post else "没有信息",
            plain(each.name),
            f"{plain(each.evidence_name)} {each.evidence[:12]}",
            plain(each.note, 120),
        )
    return table


def _cases_table(cases: Iterable[Case]) -> Table:
    table = Table(title="未结问题")
    for heading in ("级别", "规则", "事实", "依据截至", "发现"):
        table.add_column(heading, overflow="fold")
    for case in cases:
        finding = case.finding
        table.add_row(
            LEVELS[finding.level],
            finding.rule,
            plain(fact(case), 160),
            moment(finding.as_of),
            moment(case.opened_at),
        )
    return table


def pasted_table(done: Iterable[Pasted]) -> Table:
    """What became of each link."""
    table = Table(title="补录")
    for heading in ("链接", "账号", "页面作者", "信息", "结果"):
        table.add_column(heading, overflow="fold")
    for each in done:
        shown = "；".join(
            f"{moment(post.at)} {masked(post.title) or post.id}" for post in each.posts[:3]
        )
        table.add_row(
            plain(each.url, 120),
            plain(f"{each.account} {each.name}".strip()),
            plain(each.author),
            plain(shown, 120),
            f"[red]{plain(each.problem, 200)}[/red]" if each.problem else "已入库",
        )
    return table
