"""What cannot be so on paper, and what should not have happened so. Pure.

A soft wrong is an order that the regulation forbids but that offices do not always keep. It is
refused unless it is written down "as it happened": then FIL-02, FIL-07, DER-01 to DER-03 find it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from watcher.filings import (
    AFTER_THE_ACT,
    BEFORE_THE_ACT,
    FIELD_WORDS,
    GOVERNMENTS,
    Filing,
    FilingKind,
    FilingStep,
    Route,
    route_of,
    step_of,
)
from watcher.model import UnitKind

AS_HAPPENED = "确已如此发生的，用 --as-happened 据实登记"


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing on paper that cannot be: at which field, and what to do."""

    field: str
    message: str
    soft: bool = False  # it may have happened all the same


def wrongs(
    filing: Filing,
    kind: UnitKind,
    today: date,
    route: Route | None = None,
    as_happened: bool = False,
) -> tuple[Wrong, ...]:
    """Everything about a filing that cannot be so; `as_happened` lets the soft ones pass.

    `route` is the way of the unit's applications where more than its kind is known.
    """
    found = (
        *_disorder(filing),
        *_not_yet(filing, today),
        *_gaps(filing, route or route_of(kind)),
        *_guards(filing, kind),
        *_unfit(filing),
    )
    return tuple(wrong for wrong in found if not (as_happened and wrong.soft))


def next_step(filing: Filing, route: Route) -> tuple[FilingStep, str] | None:
    """The step that comes next and who takes it; None where nothing is left to do."""
    step = step_of(filing)
    review = route is Route.TWO_STEPS and filing.reviewed_on is None
    if step is FilingStep.DRAFT:
        decide = "经集体研究同意后" if filing.kind is FilingKind.DEREGISTER else ""
        return FilingStep.APPLIED, f"主办单位{decide}提出申请"
    if step is FilingStep.APPLIED and review:
        return FilingStep.REVIEWED, "区政府办公室审核"
    if step in (FilingStep.APPLIED, FilingStep.REVIEWED):
        return FilingStep.APPROVED, "市政府办公室审批"
    if step is FilingStep.APPROVED and filing.kind is FilingKind.DEREGISTER:
        return FilingStep.NOTICE, "主办单位发布注销公告（不少于15个工作日）"
    if step in (FilingStep.APPROVED, FilingStep.NOTICE):
        return FilingStep.CARRIED_OUT, "主办单位实施"
    if step is FilingStep.CARRIED_OUT:
        return FilingStep.FILED, "主办单位填报备案登记表并录入全国系统（3个工作日内）"
    return None


def _disorder(filing: Filing) -> Iterator[Wrong]:
    last: tuple[date, str] | None = None
    for name, word in BEFORE_THE_ACT:
        day: date | None = getattr(filing, name)
        if day is None:
            continue
        if last is not None and day < last[0]:
            text = f"{word} {day} 早于{last[1]} {last[0]}；请核对两个日期，{AS_HAPPENED}"
            yield Wrong(name, text, soft=True)
        last = (day, word)
    yield from _early(filing)
    act = filing.carried_out_on
    for name, word in AFTER_THE_ACT:
        day = getattr(filing, name)
        if day is not None and act is None:
            yield Wrong(name, f"有{word}而没有实施日期；请补填实施日期")
        elif day is not None and act is not None and day < act:
            yield Wrong(name, f"{word} {day} 早于实施日期 {act}；请核对两个日期")


def _early(filing: Filing) -> Iterator[Wrong]:
    """An act before its approval, or without one."""
    act, approved = filing.carried_out_on, filing.approved_on
    if act is None or filing.ended_on is not None:
        return
    if approved is None:
        text = f"有实施日期而没有审批日期：应先经审批再实施（《办法》第八条（二））；{AS_HAPPENED}"
        yield Wrong("approved_on", text, soft=True)
    elif act < approved:
        text = (
            f"实施日期 {act} 早于审批日期 {approved}：应先经审批再实施（《办法》第八条（二））；"
            f"{AS_HAPPENED}"
        )
        yield Wrong("carried_out_on", text, soft=True)


def _not_yet(filing: Filing, today: date) -> Iterator[Wrong]:
    for name, word in FIELD_WORDS.items():
        day: date | None = getattr(filing, name)
        if day is not None and day > today:
            yield Wrong(name, f"{word} {day} 尚未到；只登记已经发生的日期")


_NEEDS = (
    ("reviewed_on", "applied_on"),
    ("approved_on", "applied_on"),
    ("notice_from", "approved_on"),
)


def _gaps(filing: Filing, route: Route) -> Iterator[Wrong]:
    missing = {
        earlier: later
        for later, earlier in _NEEDS
        if getattr(filing, later) is not None and getattr(filing, earlier) is None
    }
    for name, later in missing.items():
        word = FIELD_WORDS[name]
        text = f"有{FIELD_WORDS[later]}而没有{word}；请补填{word}，{AS_HAPPENED}"
        yield Wrong(name, text, soft=True)
    unseen = filing.approved_on is not None and filing.reviewed_on is None
    if route is Route.TWO_STEPS and unseen:
        text = (
            "该单位的事项须先经区政府办公室审核（《办法》第八条（二）2），缺初审日期；"
            f"{AS_HAPPENED}"
        )
        yield Wrong("reviewed_on", text, soft=True)
    if filing.notice_from is not None and not filing.notice_url:
        yield Wrong("notice_url", "有公告起始日期而没有公告链接；请补填")
    if filing.notice_url and not filing.notice_url.lower().startswith(("http://", "https://")):
        yield Wrong(
            "notice_url", f"公告链接“{filing.notice_url[:80]}”应以 http:// 或 https:// 开头"
        )


def _guards(filing: Filing, kind: UnitKind) -> Iterator[Wrong]:
    closing = filing.kind is FilingKind.DEREGISTER and filing.ended_on is None
    if closing and kind in GOVERNMENTS and not filing.override:
        text = (
            "市、区两级政府开设的账号原则上不得注销（《办法》第九条）；"
            f"确经市政府办公室同意的，用 --override 写明批准人和理由；{AS_HAPPENED}"
        )
        yield Wrong("kind", text, soft=True)


def _unfit(filing: Filing) -> Iterator[Wrong]:
    if filing.kind is FilingKind.CHANGE and not filing.changes:
        yield Wrong("changes", "变更事项须写明变更后的内容，如 名称=新名称")
    if filing.kind is FilingKind.MERGE and not filing.keeps:
        yield Wrong("keeps", "整合事项须写明保留哪个账号")
    if filing.kind not in (FilingKind.OPEN, FilingKind.MERGE) and not filing.account:
        yield Wrong("account", "缺账号编号")
    if filing.kind is FilingKind.OPEN and not (filing.account or filing.account_name):
        yield Wrong("account_name", "开设事项须有账号编号或拟用名称")
    if filing.parent and filing.kind not in (FilingKind.SUSPEND, FilingKind.DEREGISTER):
        yield Wrong("parent", "整合中的其他账号只能关停或注销")
    if filing.rejected and filing.ended_on is None:
        yield Wrong("ended_on", "不予批准的事项须有终止日期")
