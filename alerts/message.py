"""The words of a letter: title, long text, text message. Pure.

The sentences are those of domain.md §6.4. Whatever comes from outside passes `inert`; a finding
is what monitoring suggests, so the texts say 经监测 and 疑似 and name their evidence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from alerts.apps import off_the_shelf, without_ipv6
from alerts.change_words import change_news, changed_face, misnamed, unverified
from alerts.content_words import discloses, strange_links, without_origin
from alerts.escape import inert
from alerts.fact import attested
from alerts.filing_words import FILING_TEXTS, basis, filing_news
from alerts.hours import beijing
from alerts.impersonation_words import (
    IMPERSONATION,
    TEXTS,
    concluded,
    impersonation_basis,
)
from alerts.late_words import ended_by_person, late, relieved
from alerts.life_words import LIFE_RULES, life_news, life_text
from alerts.platform_words import ABOUT, back, changed, dark, platform_of
from alerts.policy import RulePolicy
from alerts.scene import Scene, proof_of, scene_of
from alerts.unit_words import UNIT_RULES, about_unit, unit_news, unit_text
from alerts.words import LEVELS, day_text, moment_text
from watcher.calendar import WorkCalendar, is_working_day
from watcher.filings import on_paper
from watcher.model import Dossier, Notice, Why
from watcher.rectifying import LATE, case_number

SMS = 70  # characters of one text message
LAW = "《三亚市政务新媒体管理办法》"


@dataclass(frozen=True, slots=True)
class Words:
    title: str
    body: str
    short: str  # at most SMS characters


def compose(
    notice: Notice,
    dossier: Dossier | None,
    rule: RulePolicy,
    office: Callable[[str], str],
    cal: WorkCalendar,
    sent_at: datetime,
) -> Words:
    """The words of one notice. `office` gives the name of an office by its key.

    `sent_at` is when the letter may leave: terms count from that day.
    """
    scene = scene_of(notice.case, dossier, rule, office, cal, beijing(sent_at).date())
    if notice.why is Why.RESOLVED:
        return _resolved(scene)
    text, short = _text_of(scene)
    if attested(scene.facts):  # a person saw it, and the letter must not claim that we did
        text = text.replace("经监测", "经人工核验", 1)
    tag = text[: text.find("】") + 1]
    body = _preface(scene, notice) + text
    proof = _proof(scene, dossier)
    short = short[:SMS]
    again = {Why.REMINDER: "（再次提醒）", Why.ESCALATION: "（升级）"}.get(notice.why, "")
    again = "（逐级报告）" if notice.step else again
    title = f"{tag}{again}{_whom(scene)}"
    return Words(title, "\n".join(part for part in (body, proof) if part), short)


def _proof(s: Scene, dossier: Dossier | None) -> str:
    rule = s.case.finding.rule
    if rule in IMPERSONATION:
        return impersonation_basis(s)
    return basis(s) if on_paper(rule) else proof_of(dossier, s)


def _whom(s: Scene) -> str:
    """Whom or what a title names; nothing where it is the watch itself."""
    if s.account.key:
        return s.unit if about_unit(s) else f"{s.name}（{s.platform}）"
    return platform_of(s.facts) if s.case.finding.rule in ABOUT else ""


def _preface(scene: Scene, notice: Notice) -> str:
    number, why = case_number(scene.case), notice.why
    if notice.step is not None:
        opened = moment_text(scene.case.opened_at)
        return f"【逐级报告】{number}号问题自{opened}提出以来{notice.step.said}，现逐级报告。"
    if why is Why.REMINDER:
        opened = moment_text(scene.case.opened_at)
        said = f"【再次提醒】{number}号问题自{opened}提出以来尚未整改。"
        if scene.case.finding.rule == LATE or scene.case.due_on is None:
            return said
        if scene.case.feedback_at is not None:
            return f"【再次提醒】{number}号问题已反馈，监测仍见该情形，待复查。"
        return said + (f"整改期限{scene.due(0)}已过。" if scene.overdue else "")
    if why is Why.ESCALATION:
        return f"【升级】{number}号问题升为{LEVELS[scene.case.finding.level]}色。"
    return ""


def _text_of(s: Scene) -> tuple[str, str]:
    if about_unit(s) and s.case.finding.rule in UNIT_RULES:
        text, rest = unit_text(s)
        return text, _sms(text[: text.find("】") + 1], s, rest)
    return _TEXTS.get(s.case.finding.rule, _other)(s)


# -- the sentences, one function for each rule: long text, short text --------------------------


def _upd01(s: Scene) -> tuple[str, str]:
    monday = _monday(s.seen)
    week = [monday + timedelta(days=n) for n in range(7)]
    last = next((day for day in reversed(week) if is_working_day(s.cal, day)), week[-1])
    text = (
        f'【更新提醒】{s.unit}：贵单位{s.platform}账号"{s.name}"本周（{day_text(week[0])}至'
        f"{day_text(week[6])}）截至{moment_text(s.seen)}尚未更新，最近一次更新为{s.last}{s.title}。"
        f'按照{LAW}第十二条"除节假日外，原则上每周至少更新发布1条信息"的要求，'
        f"请于{day_text(last)}前发布。"
    )
    return text, _sms("【更新提醒】", s, f"本周尚未更新，请于{day_text(last)}前发布。")


def _upd02(s: Scene) -> tuple[str, str]:
    monday = _week_of_finding(s)
    week = [monday + timedelta(days=n) for n in range(7)]
    working = sum(is_working_day(s.cal, day) for day in week)
    # After a week that is all holiday the week that was missed is not the last one.
    which = "上周" if monday == _monday(s.seen) - timedelta(days=7) else "应更新周"
    row = s.facts.get("weeks_in_a_row")
    again = f"（连续第{row}个应更新周）" if isinstance(row, int) and row > 1 else ""
    left = 14 - s.days
    veto = f'距"2周内无更新"单项否决情形还有{left}天。' if s.counted else ""
    if left <= 0:
        veto = '已达"2周内无更新"单项否决情形。'
    text = (
        f'【更新预警】经监测，{s.unit}{s.platform}账号"{s.name}"{which}（{day_text(week[0])}至'
        f"{day_text(week[6])}，其间工作日{working}天）未更新{again}，{_without_news(s)}，"
        f"最近更新{s.last}。"
        f"依据《办法》第十二条，请立即更新，并于{s.due(2)}前反馈原因。{veto}"
    )
    return text, _sms("【更新预警】", s, f"{which}未更新，{s.idle}，请立即更新并反馈原因。")


def _upd03(s: Scene) -> tuple[str, str]:
    left = max(0, 14 - s.days)
    over = s.moment("overdue_at") or s.seen + timedelta(days=left)
    before = day_text(beijing(over).date())
    text = (
        f'【临界超期】经监测，"{s.name}"（{s.platform}，{s.unit}）{s.idle}，最近更新{s.last}，'
        f'{left}天后触及"2周内无更新"，请于{before}前更新。'
    )
    return text, _sms("【临界超期】", s, f"{s.idle}，{left}天后触及单项否决，请于{before}前更新。")


def _upd04(s: Scene) -> tuple[str, str]:
    text = (
        f"【告警】经监测，{s.name}（{s.platform}，{s.unit}）截至{moment_text(s.seen)}{s.idle}，"
        f"最近更新{s.last}，属《政府网站与政务新媒体检查指标》内容不更新情形（单项否决）。"
        f"请{s.unit}今日更新并于{s.due(2)}前书面说明；确无力维护的，请按《办法》第七条、第八条"
        f"申请关停注销。已抄报{s.supervisor}、市政府办公室。"
    )
    return text, _sms("【政务新媒体监测】", s, f"{s.idle}，触及单项否决，请今日更新。")


def _upd05(s: Scene) -> tuple[str, str]:
    kind = "僵尸账号情形" if s.days > 90 else "休眠账号情形"
    text = (
        f'【长期未更新】经监测，"{s.name}"（{s.platform}，{s.unit}）{s.idle}（最近{s.last}），'
        f"疑似{kind}。请{s.supervisor}督促{s.unit}于{s.due(10)}前明确：恢复更新，"
        "或按《办法》第七条申请整合、关停、注销。"
    )
    return text, _sms("【长期未更新】", s, f"{s.idle}，请督促恢复更新或申请整合、关停、注销。")


def _upd06(s: Scene) -> tuple[str, str]:
    text = (
        f'【注销风险】经监测，"{s.name}"（{s.platform}，{s.unit}）未见认证且{s.idle}（最近{s.last}），'
        "按平台规则可能被自动注销，名称释放后可能被他人注册。"
        f"请{s.supervisor}督促{s.unit}于{s.due(10)}前恢复更新并完成认证；不再使用的，"
        "请按《办法》第七条、第八条申请关停注销。"
    )
    return text, _sms("【注销风险】", s, f"未认证且{s.idle}，可能被平台自动注销，请核实。")


def _upd07(s: Scene) -> tuple[str, str]:
    claimed, first = (s.moment(name) for name in ("claimed_at", "first_seen"))
    title = inert(str(s.facts.get("title", "")), 40)
    what = f"《{title}》" if title else "有1条信息"
    text = (
        f'【时间存疑】经监测，"{s.name}"（{s.platform}，{s.unit}）{what}'
        f"标注发布于{moment_text(claimed) if claimed else '较早时间'}，"
        f"监测系统{moment_text(first) if first else '其后'}首次见到，"
        "其间采集正常，疑似补发或倒填时间。"
        f"请人工核实；确认后由{s.supervisor}于{s.due(5)}前了解原因。"
    )
    return text, _sms("【时间存疑】", s, "有信息标注时间早于首次监测到的时间，请人工核实。")


def _app(words: Callable[[Scene], tuple[str, str]]) -> Callable[[Scene], tuple[str, str]]:
    """Long text and text message of a rule whose words stand in alerts/apps.py."""

    def made(s: Scene) -> tuple[str, str]:
        text, rest = words(s)
        return text, _sms(text[: text.find("】") + 1], s, rest)

    return made


def _sys01(s: Scene) -> tuple[str, str]:
    hours = (s.seen - s.blind_since) // timedelta(hours=1) if s.blind_since else None
    counted = s.facts.get("hours", hours)
    hours_text = f"超过{counted}小时" if isinstance(counted, int) else "一直"
    text = (
        f'【采集异常】{s.platform}账号"{s.name}"{hours_text}未成功采集（原因：{s.trouble}）。'
        "期间不对单位发更新类告警。"
    )
    if said := attested(s.facts):
        text += f"上次{said}，已到期；请重新核验（watcher attest）。"
    detail = inert(str(s.facts.get("detail") or ""), 120)
    text += f"详情：{detail}" if detail else ""
    return text, _sms("【采集异常】", s, f"{hours_text}未成功采集（原因：{s.trouble}）")


def _sys02(s: Scene) -> tuple[str, str]:
    found = str(s.facts.get("year") or s.case.finding.subject)
    year = int(found) if re.fullmatch(r"\d{4}", found) else beijing(s.seen).year + 1
    text = (
        f"【日历缺失】{year}年国务院办公厅放假安排尚未载入。"
        f"公布后请写入 config/holidays/{year}.yaml（或升级 chinesecalendar）。"
        "载入前跨年期限只按法定节日推算并标注“（预计，待国办放假通知）”，不据以认定逾期。"
    )
    return text, f"【日历缺失】{year}年放假安排尚未载入，请在公布后写入config/holidays。"


def _other(s: Scene) -> tuple[str, str]:
    """A rule without a text of its own: 级别, 账号, 单位, 事实, 条款, 时限."""
    level, article = LEVELS[s.case.finding.level], inert(s.case.finding.article, 60)
    due = f"请于{s.due(3)}前核实。" if s.rule.deadline_days else "请核实。"
    text = (
        f'【{inert(s.rule.name, 20)}·{level}】经监测发现，"{s.name}"（{s.platform}，{s.unit}）'
        f"疑似存在{inert(s.rule.name, 30)}情形" + (f"（{article}）" if article else "") + f"。{due}"
    )
    return text, _sms(f"【{inert(s.rule.name, 12)}】", s, "疑似存在该情形，请核实。")


_TEXTS: Mapping[str, Callable[[Scene], tuple[str, str]]] = {
    "UPD-01": _upd01,
    "UPD-02": _upd02,
    "UPD-03": _upd03,
    "UPD-04": _upd04,
    "UPD-05": _upd05,
    "UPD-06": _upd06,
    "UPD-07": _upd07,
    **dict.fromkeys(LIFE_RULES, _app(life_text)),
    "APP-01": _app(off_the_shelf),
    "APP-03": _app(without_ipv6),
    **{rule: _app(words) for rule, words in FILING_TEXTS.items()},
    **{rule: _app(words) for rule, words in TEXTS.items()},
    "REC-01": late,
    "CON-01": _app(strange_links),
    "CON-02": _app(without_origin),
    "CON-03": _app(discloses),
    "CHG-01": _app(changed_face),
    "VER-01": _app(unverified),
    "VER-02": _app(misnamed),
    "SYS-01": _sys01,
    "SYS-02": _sys02,
    "SYS-03": lambda s: dark(s.facts),
    "SYS-04": lambda s: changed(s.facts),
}


def _resolved(s: Scene) -> Words:
    number, at = case_number(s.case), moment_text(s.case.closed_at or s.seen)
    if s.case.finding.rule == LATE:
        return Words(*relieved(s, at))
    if s.case.dismissed:
        return Words(*ended_by_person(s, number, at))
    if s.case.finding.rule in IMPERSONATION:
        title, body, short = concluded(s, number, at)
        return Words(title, body, short[:SMS])
    if s.case.finding.rule in ABOUT:
        title, body, short = back(s.facts, number, s.rule.name, at)
        return Words(title, body, short[:SMS])
    who = f"（{whom}，{s.rule.name}）" if (whom := _quoted(s)) else f"（{s.rule.name}）"
    news = _news(s)
    body = f"【销号】{number}号问题{who}经{at}复查已整改（{news}），予以销号。"
    short = _sms("【销号】", s, f"{s.rule.name}问题经复查已整改，予以销号。")
    return Words(f"【销号】{_whom(s)}", body, short)


def _quoted(s: Scene) -> str:
    if not s.account.key:
        return ""
    return s.unit if about_unit(s) else f'"{s.name}"（{s.platform}）'


def _news(s: Scene) -> str:
    """The fact that ended the case. Only a post later than the last proof is an update."""
    if about_unit(s):
        return unit_news(s)
    if on_paper(s.case.finding.rule):
        return filing_news(s.case.finding.rule)
    if s.case.finding.rule == "SYS-01":
        return f"已有{s.attested}" if s.attested else "已恢复采集"
    if said := change_news(s.case.finding.rule, s.facts):
        return said
    if s.case.finding.rule in LIFE_RULES:
        return life_news(s)
    if s.case.finding.rule == "APP-01":
        return "商店已可查到该应用"
    if s.case.finding.rule == "APP-03":
        return "服务域名已有IPv6地址"
    if s.case.finding.rule.startswith("UPD") and s.post and s.post.latest >= s.seen:
        return f"已于{s.last}更新{s.title}"
    return inert(s.case.closing, 60) or "已恢复正常"


# -- pieces ----------------------------------------------------------------------------------


def _without_news(s: Scene) -> str:
    return f"已连续{s.days_text}无新内容" if s.counted else "监测以来未见更新"


def _monday(at: datetime) -> date:
    day = beijing(at).date()
    return day - timedelta(days=day.weekday())


def _week_of_finding(s: Scene) -> date:
    """The Monday of the week that the finding is about; without a fact, of the week before."""
    for text in (str(s.facts.get("week", "")), s.case.finding.subject):
        try:
            return datetime.strptime(text + "-1", "%G-W%V-%u").date()  # noqa: DTZ007 (a day)
        except ValueError:
            continue
    return _monday(s.seen) - timedelta(days=7)


def _sms(tag: str, s: Scene, rest: str) -> str:
    """A text message of at most SMS characters; the name gives way before the fact does."""
    if not s.account.key:
        return (tag + rest)[:SMS]
    if about_unit(s):
        return f"{tag}{s.unit[: max(SMS - len(tag) - len(rest), 3)]}{rest}"[:SMS]
    room = SMS - len(tag) - len(rest) - len(s.platform) - 4
    name = s.name if len(s.name) <= room else s.name[: max(room - 1, 3)] + "…"
    return f'{tag}"{name}"（{s.platform}）{rest}'[:SMS]
