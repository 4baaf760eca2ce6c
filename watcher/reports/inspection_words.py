"""The sentences of 年度专项检查报告. Pure; nothing in them that the facts do not show."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from watcher.annual import Bridge, Impostor, Problem
from watcher.rectifying import MEASURES
from watcher.reports.figures import Rate
from watcher.reports.inspection_facts import (
    MENDING,
    PRESSED,
    InspectionFacts,
    Speech,
    Updating,
    own,
    sections,
    state_of,
)
from watcher.reports.procedure import Procedure, rate
from watcher.reports.template import cleaned
from watcher.reports.words import day_text, listed

_ORDINALS = "一二三四五六七八九"
LONGEST_NAME = 24  # characters of a name in a sentence; the annexes have it whole


def held(facts: InspectionFacts) -> str:
    if not facts.held_on:
        return "系统中未登记本年度专项检查的开展日期，请补充。"
    days = "、".join(day_text(each) for each in facts.held_on)
    return f"本年度专项检查登记于{days}开展。"


def unjudged(updating: Updating) -> str:
    if not updating.unjudged:
        return ""
    return f"另有{updating.unjudged}个账号周未能完整采集，无法判断，不计入分子分母。"


def unseen(updating: Updating, speech: Speech) -> str:
    if updating.coverage.whole == 0:
        return "期内没有采集记录，不对更新情况作任何判断。"
    return (
        "应采集账号日自账号登记入台账的次日起计。" + entered(updating) + _unseen(updating, speech)
    )


def entered(updating: Updating) -> str:
    if not updating.entered:
        return ""
    return f"{updating.entered}个账号在期内登记入台账，登记以前不在监测范围，其间见不到的不作判断。"


def _unseen(updating: Updating, speech: Speech) -> str:
    if not updating.unseen:
        return "应采集的账号日均有效采集，没有盲区账号日。"
    names = [
        f"“{cleaned(each.name, LONGEST_NAME)}”（{speech.platform(each.platform)}）{each.days}天"
        for each in updating.unseen
    ]
    days = sum(each.days for each in updating.unseen)
    blind = f"{len(updating.unseen)}个账号共{days}个账号日未能采集"
    return f"监测盲区：{blind}，期间不作更新判断，其中：{listed(names, '个账号')}。"


def bridged(total: Bridge, late_entries: int) -> str:
    said = f"期初在运行{total.start}个"
    if late_entries:
        said += f"（其中{late_entries}个登记入台账晚于期初，按创建日期计入）"
    said += (
        f"，期内开设{total.opened}个、关停{total.suspended}个、"
        f"注销{total.deregistered}个（其中因整合{total.merged}个），变更{total.changed}件，"
        f"期末在运行{total.end}个。"
    )
    gap = total.unexplained
    if gap:
        way = "增加" if gap > 0 else "减少"
        said += f"另有{abs(gap)}个账号的{way}未见对应备案事项（含台账补录），请核对。"
    return said


_RATES: Sequence[tuple[str, Callable[[Procedure], bool | None]]] = (
    ("审批先行率", lambda each: each.approved_first),
    ("3个工作日内填报备案登记表率", lambda each: each.form_in_time),
    ("3个工作日内录入全国系统率", lambda each: each.national_in_time),
    ("两级审核率", lambda each: each.both_levels),
    ("注销公告满15个工作日率", lambda each: each.notice_kept),
)


def procedures(checked: Sequence[Procedure]) -> list[str]:
    if not checked:
        return ["期内没有登记的开设、变更、整合、关停、注销事项。"]
    rates = [f"{name}{rate(checked, of)}" for name, of in _RATES]
    amiss = [each for each in checked if each.remarks]
    said = [f"期内登记事项{len(checked)}件。" + "；".join(rates) + "。"]
    said.append(
        f"其中{len(amiss)}件的日期与程序要求不符，逐件见附件1。"
        if amiss
        else "已登记的日期未见与程序要求不符的。"
    )
    return said


def found(problems: Sequence[Problem], speech: Speech) -> list[str]:
    standing = [each for each in problems if not each.dismissed]
    grouped = {name: each for name, each in sections(standing).items() if each or name != "其他"}
    said = [_total(problems, standing)]
    for ordinal, (name, found) in zip(_ORDINALS, grouped.items(), strict=False):
        said.append(f"（{ordinal}）{name}。{_group(found, speech)}")
    return said


def _total(problems: Sequence[Problem], standing: Sequence[Problem]) -> str:
    if not problems:
        return "期内没有提出问题；是否看全，以前述监测覆盖率为准。"
    dismissed, counted = len(problems) - len(standing), own(standing)
    more = f"，另有{dismissed}个经人工核实不予认定，不计入" if dismissed else ""
    pressed = len(standing) - len(counted)
    more += f"；其中整改逾期督办{pressed}次，列入“未按要求整改”，不重复计数" if pressed else ""
    return f"期内共有问题{len(counted)}个{more}。以下均为监测和备案数据所示，“疑似”情形以核实为准。"


def _group(found: Sequence[Problem], speech: Speech) -> str:
    if not found:
        return "期内未提出此类问题。"
    by_rule: dict[str, list[Problem]] = {}
    for each in found:
        by_rule.setdefault(each.rule, []).append(each)
    parts = []
    for rule, cases in sorted(by_rule.items()):
        names = list(dict.fromkeys(_whose(each, speech) for each in cases))
        parts.append(f"{speech.rule(rule)}{len(cases)}个：{listed(names)}")
    return "；".join(parts) + "。"


def _whose(problem: Problem, speech: Speech) -> str:
    account = problem.account
    if account is None:
        return problem.subject
    unit = cleaned(account.unit.name, LONGEST_NAME)
    return f"“{cleaned(account.name, LONGEST_NAME)}”（{speech.platform(account.platform)}，{unit}）"


def mended(facts: InspectionFacts, today: date) -> list[str]:
    standing = [each for each in facts.problems if not each.dismissed]
    if not standing:
        return ["期内没有需整改的问题。"]
    states = [state_of(each, today) for each in own(standing)]
    done = Rate(states.count("已整改"), len(states))
    counts = "，".join(f"{name}{states.count(name)}个" for name in MENDING)
    said = [f"整改完成率{done}：{counts}。", _measures(standing)]
    if facts.impostors:
        said.append(_impostors(facts.impostors))
    return said


def _measures(problems: Iterable[Problem]) -> str:
    taken = [measure for each in problems for measure, _ in each.measures]
    if not taken:
        return "系统中没有登记约谈、警告、通报、责令关停等处置措施。"
    counts = (f"{word}{taken.count(measure)}次" for word, measure in MEASURES.items())
    return f"登记处置措施{len(taken)}次：{'、'.join(counts)}。"


def _impostors(found: Sequence[Impostor]) -> str:
    gone = [each.days for each in found if each.days is not None]
    said = f"人工确认假冒账号{len(found)}个，已关停{len(gone)}个"
    return said + (f"，平均用时{sum(gone) / len(gone):.1f}天。" if gone else "。")


def advice(facts: InspectionFacts, speech: Speech) -> list[str]:
    """Facts that next year's work may start from; the advice itself is for people."""
    said = []
    if facts.updating.silent:
        names = [
            f"“{cleaned(each.name, LONGEST_NAME)}”（{speech.platform(each.platform)}）"
            for each in facts.updating.silent
        ]
        said.append(
            f"截至数据截止日，{len(names)}个账号已证实超过90天未更新（{listed(names, '个账号')}），"
            "可核实是否按《办法》第七条整合或关停，名单见附件3。"
        )
    late = sum(e.rule.startswith(PRESSED) and not e.dismissed for e in facts.problems)
    if late:
        said.append(f"期内整改逾期督办{late}次，可对反复逾期的单位加强督办。")
    if (
        facts.updating.coverage.whole
        and facts.updating.coverage.part < facts.updating.coverage.whole
    ):
        said.append("监测覆盖率未达100%，可对采集受限的平台取得主办单位授权接口，或安排人工核验。")
    return said or ["（由人工填写）"]


METHOD = (
    "一、方法。按公开可见的页面或主办单位授权的接口定时采集，逐次保存时间、来源和页面的SHA-256；"
    "只有完整、成功的采集才能证明“没有更新”，部分可见的页面只能证明“更新过”。",
    "二、周更新达标。自然周（周一至周日）内至少有一个工作日的为应更新周；周内见到更新的为达标，"
    "整周都在已证实的采集区间内而未见更新的为未达标，其余为无法判断，不计入。",
    "三、最长间隔只在已证实的采集区间内计算，实际间隔可能更长。",
    "四、局限。验证码、登录墙、限流、改版期间看不到内容，不等于账号没有更新；平台显示的发布时间、"
    "粉丝量以平台为准；名称相似只是线索，是否假冒以人工确认为准。",
    "五、程序执行情况依台账登记的日期计算，未登记的日期不推定。",
)
