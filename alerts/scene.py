"""What a letter speaks about: a case and its dossier as inert texts, days and terms. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from alerts.escape import inert, link
from alerts.policy import RulePolicy
from alerts.words import (
    PROVISIONAL,
    TROUBLES,
    attested_text,
    day_text,
    due_text,
    moment_text,
    platform_name,
    post_time,
)
from watcher.calendar import WorkCalendar
from watcher.model import Account, Case, CaseState, Dossier, Post, Sight, Trouble, Unit


@dataclass(frozen=True, slots=True)
class Scene:
    """What the sentences speak about; every text in it is inert."""

    case: Case
    rule: RulePolicy
    account: Account
    name: str
    platform: str
    unit: str
    supervisor: str
    post: Post | None  # the last update
    blind_since: datetime | None
    trouble: str
    cal: WorkCalendar
    sent_on: date
    attested: str = ""  # 人工核验 · 日期 · 姓名, where a person's word holds

    @property
    def facts(self) -> Mapping[str, Any]:
        return self.case.finding.facts

    @property
    def seen(self) -> datetime:
        return self.case.finding.as_of

    @property
    def days(self) -> int:
        """Whole days of 24 hours from the last update to the reading that proves the finding."""
        counted = self.facts.get("days")
        if isinstance(counted, int):
            return counted
        return max(0, (self.seen - self.post.latest) // timedelta(days=1)) if self.post else 0

    @property
    def counted(self) -> bool:
        """Whether there is anything to count days from."""
        return self.post is not None or "days" in self.facts

    @property
    def days_text(self) -> str:
        """Where we did not see the beginning of the silence the days are a bound."""
        return f"至少{self.days}天" if self.facts.get("at_least") else f"{self.days}天"

    @property
    def idle(self) -> str:
        return f"已{self.days_text}未更新" if self.counted else "监测以来未见更新"

    @property
    def last(self) -> str:
        return post_time(self.post) if self.post else "（未见更新记录）"

    @property
    def title(self) -> str:
        if self.post is None or not self.post.title:
            return ""
        return f"《{inert(self.post.title, 40)}》" + ("（转发）" if self.post.repost else "")

    def moment(self, name: str) -> datetime | None:
        """A moment among the facts; None where there is none."""
        try:
            found = datetime.fromisoformat(str(self.facts.get(name, "")))
        except ValueError:
            return None
        return found if found.tzinfo else None

    @property
    def overdue(self) -> bool:
        """Whether the letter leaves after the case's term; a provisional one never passes."""
        due = self.case.due_on
        return due is not None and self.case.due_from is None and self.sent_on > due

    def due(self, days: int) -> str:
        """整改期限: that of the case once it has one, else counted from this letter on."""
        if self.case.due_on is not None:
            return day_text(self.case.due_on) + (PROVISIONAL if self.case.due_from else "")
        return due_text(self.cal, self.sent_on, self.rule.deadline_days or days)


def scene_of(
    case: Case,
    dossier: Dossier | None,
    rule: RulePolicy,
    office: Callable[[str], str],
    cal: WorkCalendar,
    sent_on: date,
) -> Scene:
    account = dossier.account if dossier else _stranger(case.finding.account)
    sight = dossier.sight if dossier else None
    unit = account.unit
    return Scene(
        case=case,
        rule=rule,
        account=account,
        name=inert(account.name, 30),
        platform=inert(platform_name(account.platform), 12) or "平台不详",
        unit=inert(unit.name, 40) or "主办单位",
        supervisor=inert(office(unit.daily_supervisor), 40) or "日常主管单位",
        post=_last_update(case, sight),
        blind_since=(sight.last_success_at or sight.watched_since) if sight else None,
        trouble=_trouble(case.finding.facts, sight),
        cal=cal,
        sent_on=sent_on,
        attested=_attested(sight) if sight and sight.attested_until else "",
    )


def proof_of(dossier: Dossier | None, scene: Scene) -> str:
    """证据: the page, when it was read, and the beginning of its hash."""
    pages = dossier.sight.pages if dossier else ()
    if not scene.account.key or not (pages or scene.account.url):
        return ""
    address = link(scene.account.url) or (link(pages[0].url) if pages else "")
    marks = "、".join(page.sha256[:16] for page in pages[:3])
    said = _attested(dossier.sight) if dossier else ""
    how = said or (f"{moment_text(pages[-1].at)}采集" if pages else "")
    proof = f"{how}，SHA-256 {marks}" if pages else ""
    return "证据：" + " ".join(part for part in (address, f"（{proof}）" if proof else "") if part)


# -- inside ----------------------------------------------------------------------------------


def _attested(sight: Sight) -> str:
    return attested_text(sight.pages[0].at, sight.attested_by) if sight.attested_by else ""


def _last_update(case: Case, sight: Sight | None) -> Post | None:
    """The update the finding counts from; for a case that ended, the latest we know.

    The finding goes before the sight: a rule may leave out reposts, or posts dated ahead.
    """
    fact = case.finding.facts.get("last_post")
    if case.state is CaseState.OPEN and "last_post" in case.finding.facts:
        return _post(fact) if isinstance(fact, Mapping) else None
    return sight.last_post if sight else None


def _post(fact: Mapping[str, Any]) -> Post | None:
    try:
        at = datetime.fromisoformat(str(fact["at"]))
    except (KeyError, ValueError):
        return None
    return Post(
        id="",
        at=at,
        title=str(fact.get("title") or ""),
        repost=bool(fact.get("repost")),
        day_only=bool(fact.get("day_only")),
    )


def _trouble(facts: Mapping[str, Any], sight: Sight | None) -> str:
    code = facts.get("trouble") or (sight.trouble if sight else None)
    if code in set(Trouble):
        return TROUBLES[Trouble(code)]
    if facts.get("by_people_only"):
        return "没有采集源"
    return "只能看到部分内容" if facts.get("partial_only") else "原因不明"


def _stranger(key: str) -> Account:
    """An account whose dossier is not at hand; the watch itself has no key."""
    return Account(key, "", key, Unit("", ""))
