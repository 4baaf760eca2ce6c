"""A case's own page, made of what is kept: facts in Chinese, proof, filings, steps, what next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from alerts.words import source_name
from watcher import store
from watcher.calendar import local
from watcher.casework import CaseworkError, found
from watcher.console.case_page import CaseView, ReadingRow, Side, StepRow
from watcher.filing_columns import HEADINGS, KINDS
from watcher.filings import Filing, step_of
from watcher.hushing import silence_of
from watcher.model import Case, CaseState
from watcher.rectifying import case_number
from watcher.showing import due_text
from watcher.showing_cases import History, standing_of, steps
from watcher.showing_filings import STEPS
from watcher.showing_silences import silenced_text
from watcher.store.alarms import alarms_of
from watcher.store.census import states_of
from watcher.store.papers import load_filings
from watcher.view_rows import case_row
from watcher.watch import Watch

_MOST = 60  # pages of proof that are listed
# The facts that say something to a clerk, in the order in which they are read.
_LABELS = """
week_start=本周自 week_end=本周至 days=未更新天数 field_name=变化的字段 confirmed=已两次读到
unit=单位 subject=认证主体 absent_since=不可访问始于 absent_until=最近一次不可访问
absent_looks=不可访问次数 detail=平台的说法 last_success_at=最近一次可见 government=市、区政府账号
suspended_on=关停日期 deregistered_on=注销日期 notice_from=公告起始 notice_until=公告期满
earliest=最早可注销 gone_on=不可访问之日 visible_at=仍可见于 cooling_days=平台冷静期（天）
deadline=应在此日前 gone_from=此前不可访问自 gone_until=此前不可访问至 shown_name=现名称
shown_id=现平台ID shown_subject=现认证主体 filing=有关事项 title=标题 url=链接 first_seen=首次见到
domains=域名 pattern=转载字样 ids=疑似身份证号（处） mobiles=疑似手机号（处） case=所督办的问题
due_on=原期限 late_days=逾期工作日 others=同因逾期 stores=应用商店 act_on=实际日期
approved_on=审批日期 export_on=全国系统导出日期 handle=平台ID verified_as=认证主体 note=说明
count=个数 canary=参照账号 canary_ok_at=参照账号正常于
"""
LABELS: Mapping[str, str] = dict(pair.split("=") for pair in _LABELS.split())
_DAYS = (
    *("decided_on", "applied_on", "reviewed_on", "approved_on", "notice_from"),
    *("carried_out_on", "form_on", "national_on", "ended_on"),
)


def case_view(watch: Watch, version: str, given: str) -> CaseView | None:
    """The case of an id or a number; None where there is none."""
    if "\0" in given or len(given) > 64:
        return None
    now = watch.now()
    with watch.db.read() as c:
        try:
            case = found(c, given)
        except CaseworkError:
            return None
        assert case.id is not None
        key = case.finding.account
        states = states_of(c, [key]) if key else {}
        accounts = {each.key: each for each in store.load_accounts(c, [key])} if key else {}
        told = History(
            case,
            accounts.get(key),
            store.case_events(c, case.id),
            store.case_letters(c, case.id),
            store.case_manifests(c, case.id),
            alarms_of(c, case.id),
        )
        filings = load_filings(c, accounts=[key]) if accounts else ()
        silence = silence_of(c, case, watch.book.offices, now)
    return CaseView(
        now=now,
        row=case_row(case, states.get(key)),
        number=case_number(case),
        standing=standing_of(case),
        due=due_text(case),
        facts=[*_facts(case.finding.facts)],
        changed=_changed(case.finding.facts),
        readings=[*_readings(case.finding.facts)][:_MOST],
        filings=[_filing(each) for each in filings],
        manifests=told.manifests,
        steps=[StepRow(*row) for _, row in sorted(steps(told, _bounded), key=lambda s: s[0])],
        coming=[*_coming(case)],
        silenced=silenced_text(silence),
        version=version,
    )


def _bounded(text: str, limit: int = 80) -> str:
    return text if len(text) <= limit * 3 else text[: limit * 3] + "…"


# -- facts -----------------------------------------------------------------------------------


def _facts(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The facts that have a name in Chinese, as they are read; the others are for programs."""
    for name, label in LABELS.items():
        text = _said(facts.get(name))
        if text:
            yield label, text
    post = facts.get("last_post") or facts.get("post") or facts.get("notice")
    if isinstance(post, Mapping):
        yield "有关信息", f"{_said(post.get('at'))}《{post.get('title') or post.get('id') or ''}》"
        if post.get("url"):
            yield "信息链接", str(post["url"])


def _said(value: Any) -> str:
    if value is None or value == "" or value == []:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list | tuple):
        return "、".join(str(each) for each in value[:20] if not isinstance(each, Mapping))
    if isinstance(value, Mapping):
        return ""
    at = _moment(value)
    return local(at).strftime("%Y-%m-%d %H:%M") if at else str(value)


def _moment(value: Any) -> datetime | None:
    """A moment as facts write it; a day alone is a day."""
    if not isinstance(value, str) or "T" not in value:
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return at if at.tzinfo else None


def _changed(facts: Mapping[str, Any]) -> tuple[str, Side, Side] | None:
    """Before and after of a change."""
    before, after = facts.get("before"), facts.get("after")
    if not (isinstance(before, Mapping) and isinstance(after, Mapping)):
        return None
    return str(facts.get("field_name") or facts.get("field") or ""), _side(before), _side(after)


def _side(shown: Mapping[str, Any]) -> Side:
    picture = shown.get("picture")
    return Side(
        _said(shown.get("value")),
        _moment(shown.get("since")),
        _moment(shown.get("until")),
        str(picture.get("sha256", "")) if isinstance(picture, Mapping) else "",
    )


# -- proof -----------------------------------------------------------------------------------


def _readings(facts: Mapping[str, Any]) -> Iterator[ReadingRow]:
    """Every page that the finding names."""
    reading = facts.get("reading")
    if isinstance(reading, Mapping):
        yield from _pages("现状", reading)
    if facts.get("pages"):
        yield from _pages("不可访问", {"source": "", "pages": facts["pages"]})
    for what, name in (("之前", "before"), ("之后", "after"), ("所见", "shown")):
        side = facts.get(name)
        for each in (side.get("readings") or ()) if isinstance(side, Mapping) else ():
            yield from _pages(what, each)


def _pages(what: str, reading: Mapping[str, Any]) -> Iterator[ReadingRow]:
    source = str(reading.get("source") or "")
    for page in reading.get("pages") or ():
        yield ReadingRow(
            what,
            _moment(page.get("at")),
            source_name(source) if source else "",
            str(page.get("url") or ""),
            page.get("status"),
            str(page.get("sha256") or ""),
        )


def _filing(each: Filing) -> tuple[str, str, str, str]:
    days = (
        f"{HEADINGS[name][0]} {day.isoformat()}"
        for name in _DAYS
        if isinstance(day := getattr(each, name), date)
    )
    return each.key, KINDS[each.kind], STEPS[step_of(each)], "，".join(days)


# -- what is next ----------------------------------------------------------------------------


def _coming(case: Case) -> Iterator[tuple[str, str]]:
    """What may be done now, with the command that does it."""
    number, rule = case_number(case), case.finding.rule
    if case.state is CaseState.CLOSED:
        return
    if not case.acknowledged_by:
        yield "签收", f"watcher cases ack {number} --by 姓名"
    if rule.startswith("SYS-"):
        return
    if rule == "REC-01":
        about = case.finding.subject
        yield "查看所督办的问题", f"watcher cases show {about}"
        yield "反馈整改情况", f"watcher cases feedback {about} --by 姓名 --text 内容"
        return
    if rule == "CHG-01":
        field = case.finding.subject
        yield (
            "认可这项变化",
            f"watcher accept {case.finding.account} --field {field} --by 姓名 --reason 理由",
        )
    if rule == "FIL-01":
        lead = case.finding.account.removeprefix("lead:")
        yield "核实线索", f"watcher leads close {lead} --as 已备案|非政务 --by 姓名"
    if case.feedback_at is None:
        yield "反馈整改情况", f"watcher cases feedback {number} --by 姓名 --text 内容 --attach 文件"
    yield "复查", f"watcher cases recheck {number} --by 姓名"
    yield "销号", f"watcher cases close {number} --by 姓名 --reason 理由"
    yield "不予认定", f"watcher cases dismiss {number} --by 姓名 --reason 理由"
    yield "静默", f"watcher cases snooze {number} --for 2d --by 姓名 --reason 理由"
