"""Pictures of the state: for the console and for Prometheus, made ahead and never on request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from alerts.fact import fact
from alerts.metrics import (
    AccountSample,
    Condition,
    Durations,
    JobSample,
    LaneSample,
    MetricsSnapshot,
    condition,
    render,
    render_accounts,
)
from alerts.words import TROUBLES, platform_name
from watcher import store
from watcher.console import AccountRow, CaseRow, JobRow, LaneRow, OutboxRow, Pulse, View
from watcher.fetch.lanes import Lane, opens_at, state
from watcher.model import Case, CaseState
from watcher.rounds import Watch, stuck
from watcher.store import AccountState, Overview, TargetState

SHOWN = 5000  # of more, the console shows the newest
RANK = {"red": 0, "orange": 1, "yellow": 2, "blue": 3, "operator": 4}


@dataclass(slots=True)
class Beats:
    """When each job last ended well, and what went wrong; moments of the real clock."""

    started: datetime
    last: dict[str, datetime] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)
    missed: dict[str, int] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    ran: dict[str, datetime] = field(default_factory=dict)  # … ended, well or badly, not hung
    ended: dict[str, float] = field(default_factory=dict)  # the same by the monotonic clock
    # jobs whose last run failed: since when (monotonic), and why
    failing: dict[str, tuple[float, str]] = field(default_factory=dict)
    names: tuple[str, ...] = ()


@dataclass(slots=True)
class Pictures:
    """The newest picture of each kind. `refresh` makes new ones in a thread."""

    watch: Watch
    beats: Beats
    clock: Callable[[], datetime]  # real time, for the pulse
    version: str
    accounts_cap: int | None = None  # None: no /metrics/accounts
    tick_limit: timedelta = timedelta(minutes=2)
    notes: tuple[str, ...] = ()
    _view: View | None = None
    _metrics: bytes = b""
    _accounts: bytes | None = None

    async def refresh(self) -> None:
        """Read the state and draw it anew; the event loop only waits."""
        now, lanes = self.watch.now(), dict(self.watch.lanes)
        tally = self.watch.tally
        counted = tally.readings(), tally.durations()
        await asyncio.to_thread(self._draw, now, lanes, counted)

    def view(self) -> View:
        return self._view or View(self.watch.now(), version=self.version, notes=("正在启动",))

    def metrics(self) -> bytes:
        return self._metrics

    def accounts(self) -> bytes | None:
        return self._accounts

    def pulse(self) -> Pulse:
        """How the process is; asked at each health check."""
        return Pulse(
            now=self.clock(),
            tick_at=self.beats.ran.get("dispatch") or self.beats.last.get("dispatch"),
            started_at=self.beats.started,
            tick_limit=self.tick_limit,
            writer_alive=self.watch.writer.alive,
            at_head=True,
            stuck=stuck(self.watch),
            failing=[
                f"{name} fails: {why}"
                for name, (_, why) in list(self.beats.failing.items())
                if name != "dead_man"  # somebody else's trouble: the work is done all the same
            ],
        )

    def _draw(self, now: datetime, lanes: Mapping[str, Lane], counted: _Counted) -> None:
        with self.watch.db.read() as c:
            overview = store.overview(c, now)
            cases = store.list_cases(c, CaseState.OPEN, limit=SHOWN)
            targets = store.outbox_by_target(c)
        conditions = {
            each.key: condition(each.last_post_at, each.last_success_at, each.covered_to, now)
            for each in overview.accounts
        }
        self._view = self._status(now, overview, conditions, cases, targets, lanes)
        snapshot = self._snapshot(now, overview, conditions, lanes, counted)
        self._metrics = render(snapshot)
        if self.accounts_cap is not None:
            self._accounts = render_accounts(snapshot, self.accounts_cap)

    def _status(
        self,
        now: datetime,
        overview: Overview,
        conditions: Mapping[str, Condition],
        cases: Iterable[Case],
        targets: Iterable[TargetState],
        lanes: Mapping[str, Lane],
    ) -> View:
        known = {each.key: each for each in overview.accounts}
        rows = sorted(
            (case_row(case, known.get(case.finding.account)) for case in cases),
            key=lambda row: (RANK[row.case.finding.level], row.case.opened_at),
        )
        return View(
            now=now,
            accounts=[_account_row(each, conditions[each.key]) for each in overview.accounts],
            cases=rows,
            lanes=[
                LaneRow(name, state(lane, now), lane.inflight, opens_at(lane, now))
                for name, lane in sorted(lanes.items())
            ],
            jobs=[
                JobRow(
                    name,
                    self.beats.last.get(name),
                    failures=self.beats.failures.get(name, 0),
                    error=self.beats.errors.get(name, ""),
                )
                for name in self.beats.names
            ],
            outbox=[
                OutboxRow(
                    each.target,
                    each.pending,
                    each.sent,
                    each.failed,
                    each.oldest_pending_at,
                    each.error,
                )
                for each in targets
            ],
            version=self.version,
            notes=self.notes,
        )

    def _snapshot(
        self,
        now: datetime,
        overview: Overview,
        conditions: Mapping[str, Condition],
        lanes: Mapping[str, Lane],
        counted: _Counted,
    ) -> MetricsSnapshot:
        readings, durations = counted
        return MetricsSnapshot(
            accounts=[_sample(each, conditions[each.key]) for each in overview.accounts],
            readings=readings,
            durations=durations,
            open_cases={
                (rule, level.value): count
                for (rule, level, case_state), count in overview.cases.items()
                if case_state is CaseState.OPEN
            },
            outbox=overview.outbox,
            oldest_pending_at=overview.outbox_oldest,
            lanes=[
                LaneSample(name, state(lane, now), opens_at(lane, now))
                for name, lane in lanes.items()
            ],
            jobs=[
                JobSample(
                    name,
                    self.beats.last.get(name),
                    self.beats.failures.get(name, 0),
                    self.beats.missed.get(name, 0),
                )
                for name in self.beats.names
            ],
            version=self.version,
            database_bytes=store.size(self.watch.db),
            calendar_year=max(self.watch.book.calendar.announced, default=None),
        )


_Counted = tuple[Mapping[tuple[str, str], int], Mapping[str, Durations]]


def case_row(case: Case, account: AccountState | None) -> CaseRow:
    """An open case with what a person needs to understand it."""
    finding = case.finding
    pages = finding.facts.get("reading", {}).get("pages", ())
    return CaseRow(
        case=case,
        account=account.name if account else "",
        platform=platform_name(account.platform) if account else "",
        unit=account.unit_name if account else "",
        fact=fact(case),
        last_post_at=account.last_post_at if account else None,
        proof=tuple(page["sha256"] for page in pages),
    )


def _account_row(each: AccountState, stands: Condition) -> AccountRow:
    return AccountRow(
        key=each.key,
        name=each.name,
        platform=platform_name(each.platform),
        unit=each.unit_name,
        condition=stands.value,
        last_post_at=each.last_post_at,
        last_reading_at=each.last_reading_at,
        next_reading_at=each.next_check_at,
        source=each.lane,
        trouble=TROUBLES[each.trouble] if each.trouble else "",
    )


def _sample(each: AccountState, stands: Condition) -> AccountSample:
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
    )
