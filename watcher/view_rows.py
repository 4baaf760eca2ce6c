"""Rows of the console and of the metrics: cases, platforms and accounts as people see them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from alerts.fact import fact
from alerts.metrics import AccountSample, Condition, SearchSample
from alerts.office_labels import office_label
from alerts.routing import Offices
from alerts.unit_words import whose
from alerts.words import TROUBLES, platform_name, vouched_text
from watcher.alarms import Alarm
from watcher.candidates import SearchStatus
from watcher.console import AccountRow, AlarmRow, CaseRow, PlatformRow, SearchRow, SilenceRow
from watcher.coverage import Covered
from watcher.model import Case, Finding
from watcher.quiet import Silence, scope_text
from watcher.sight import Plan, PlatformSight
from watcher.store import AccountState
from watcher.store.silences import Held


def case_row(case: Case, account: AccountState | None, evidence: str = "") -> CaseRow:
    """An open case with what a person needs to understand it."""
    finding = case.finding
    pages = finding.facts.get("reading", {}).get("pages", ())
    name, platform = (account.name, account.platform) if account else _outside(finding)
    return CaseRow(
        case=case,
        account=name,
        platform=platform_name(platform) if platform else "",
        unit=account.unit_name if account else whose(finding),
        fact=fact(case),
        last_post_at=account.last_post_at if account else None,
        proof=tuple(page["sha256"] for page in pages),
        evidence=evidence,
    )


def _outside(finding: Finding) -> tuple[str, str]:
    """Name and platform of an account outside the register: a look-alike, or a lead's."""
    if not finding.account.startswith(("candidate:", "lead:")):
        return "", ""
    return str(finding.facts.get("name", "")), str(finding.facts.get("platform", ""))


WORST = ("blind", "degraded", "unconfirmed", "live", "closed")


def platform_rows(
    sights: Mapping[str, PlatformSight], plans: Mapping[str, Plan]
) -> Sequence[PlatformRow]:
    """The platforms somebody is watched on, or that are configured; those in trouble first."""
    shown = (s for name, s in sights.items() if s.count.accounts or name in plans)
    ordered = sorted(shown, key=lambda s: (WORST.index(s.state.value), s.platform))
    return [_platform_row(sight, plans.get(sight.platform, Plan())) for sight in ordered]


def search_rows(rows: Iterable[Covered]) -> Sequence[SearchRow]:
    """Coverage platform by platform; those with most names unsearched first."""
    by_platform: dict[str, list[Covered]] = {}
    for row in rows:
        by_platform.setdefault(row.platform, []).append(row)
    found = [_search_row(platform, every) for platform, every in by_platform.items()]
    return sorted(found, key=lambda row: (-row.not_searched, row.platform))


def search_samples(rows: Iterable[Covered]) -> Sequence[SearchSample]:
    """The same for the metrics."""
    counts: dict[str, Counter[str]] = {}
    latest: dict[str, datetime] = {}
    for row in rows:
        counts.setdefault(row.platform, Counter())[row.status.value] += 1
        if row.searched_at is not None:
            latest[row.platform] = max(row.searched_at, latest.get(row.platform, row.searched_at))
    return [SearchSample(name, count, latest.get(name)) for name, count in sorted(counts.items())]


def _search_row(platform: str, rows: Sequence[Covered]) -> SearchRow:
    count = Counter(row.status for row in rows)
    open_ = [row for row in rows if row.status is not SearchStatus.SEARCHED]
    worst = [row for row in open_ if row.status is SearchStatus.NOT_SEARCHED] or open_
    reasons = Counter(row.detail for row in worst if row.detail)
    return SearchRow(
        platform_name(platform),
        count[SearchStatus.SEARCHED],
        count[SearchStatus.PARTIAL],
        count[SearchStatus.NOT_SEARCHED],
        max((row.searched_at for row in rows if row.searched_at), default=None),
        next((reason for reason, _ in reasons.most_common(1)), ""),
    )


def _platform_row(sight: PlatformSight, plan: Plan) -> PlatformRow:
    trouble, count = sight.canary_trouble, sight.count
    return PlatformRow(
        name=plan.title or platform_name(sight.platform),
        lane=sight.platform,
        state=sight.state.value,
        since=sight.since,
        why=sight.why,
        canary=plan.canary.name if plan.canary else "",
        canary_ok_at=sight.canary_ok_at,
        canary_trouble=TROUBLES[trouble] if trouble and plan.canary else "",
        accounts=count.accounts,
        read=count.read,
        failing=count.failing,
    )


def alarm_rows(rows: Iterable[tuple[Alarm, int]]) -> Sequence[AlarmRow]:
    """Alarms of Alertmanager that ring now, but for its heartbeat."""
    return [
        AlarmRow(
            severity=each.labels.get("severity", ""),
            name=each.name,
            text=each.text,
            since=each.starts_at,
            cases=cases,
            suppressed="；".join(each.suppressed),
        )
        for each, cases in rows
        if each.labels.get("severity") != "none"
    ]


def silence_rows(
    silences: Iterable[Silence],
    held: Mapping[int, Sequence[Held]],
    name_of: Callable[[str], str],
) -> Sequence[SilenceRow]:
    """Silences that last, the one that ends first before the others; `name_of` as in quiet.py."""
    rows = [
        SilenceRow(
            number=each.id or 0,
            scope=scope_text(each, name_of),
            since=each.begins_at,
            until=each.until,
            author=each.author,
            reason=each.reason,
            letters=sum(one.letters for one in held.get(each.id or 0, ())),
            cases=len({one.case_id for one in held.get(each.id or 0, ())}),
        )
        for each in silences
    ]
    return sorted(rows, key=lambda row: row.until)


def account_row(each: AccountState, stands: str, now: datetime) -> AccountRow:
    """An account on the status page."""
    return AccountRow(
        key=each.key,
        name=each.name,
        platform=platform_name(each.platform),
        unit=each.unit_name,
        condition=stands,
        last_post_at=each.last_post_at,
        last_reading_at=each.last_reading_at,
        next_reading_at=each.next_check_at,
        source=each.lane,
        attested=vouched_text(each.attested_at, each.attested_by, each.attested_until, now),
        trouble=TROUBLES[each.trouble] if each.trouble else "",
    )


def sample(each: AccountState, stands: Condition, offices: Offices) -> AccountSample:
    """An account for Prometheus."""
    return AccountSample(
        key=each.key,
        name=each.name,
        platform=each.platform,
        unit=each.unit_key,
        unit_kind=each.unit_kind,
        condition=stands,
        trouble=each.trouble.value if each.trouble else "",
        failures=each.failures,
        last_post_at=each.last_post_at,
        last_success_at=each.last_success_at,
        next_check_at=each.next_check_at,
        unit_name=each.unit_name,
        office=office_label(each.supervisor, offices),
    )
