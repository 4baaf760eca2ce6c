"""Pictures of the state: for the console and for Prometheus, made ahead and never on request."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from time import monotonic

from alerts.metrics import (
    BLIND,
    LIMIT,
    NEAR,
    AccountSample,
    Condition,
    Durations,
    JobSample,
    LaneSample,
    MetricsSnapshot,
    PlatformSample,
    render,
    render_accounts,
)
from watcher import store
from watcher.console import (
    AccountRow,
    Accounts,
    JobRow,
    LaneRow,
    OutboxRow,
    Pulse,
    View,
)
from watcher.fetch.lanes import Lane, opens_at, state
from watcher.gauges import case_samples, gauged, read_gauges
from watcher.model import Case, CaseState
from watcher.search_state import covered
from watcher.store import AccountState, Database, Overview, TargetState
from watcher.store.alarms import list_alarms
from watcher.store.case_counts import whose_cases
from watcher.store.census import (
    Limits,
    account_page,
    census_by_office,
    states_of,
    without_offices,
)
from watcher.store.silences import held_by, open_silences
from watcher.view_rows import (
    account_row,
    alarm_rows,
    case_row,
    platform_rows,
    sample,
    search_rows,
    search_samples,
    silence_rows,
)
from watcher.watch import Watch, stuck

Census = Mapping[tuple[str, str, str, str], int]
LIMITS = Limits(NEAR, LIMIT, BLIND)
ELSEWHERE = ("dead_man", "alertmanager")  # others' trouble: the work is done all the same
REST = 100.0  # a picture that took a second is drawn again after so many …
LONGEST_REST = 600.0  # … but at least so often
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
    dead_man: timedelta | None = None  # how often the dead man's switch is told
    _view: View | None = None
    _metrics: bytes = b""
    _accounts: bytes | None = None
    _again_at: float = 0.0  # monotonic

    async def refresh_in_turn(self) -> None:
        """Refresh, unless the last one took so long that it is too early: most time is for work."""
        if monotonic() < self._again_at:
            return
        begun = monotonic()
        await self.refresh()
        took = monotonic() - begun
        self._again_at = begun + min(took * REST, LONGEST_REST)

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
                if name not in ELSEWHERE
            ],
        )

    def _draw(self, now: datetime, lanes: Mapping[str, Lane], counted: _Counted) -> None:
        cap = self.accounts_cap
        with self.watch.db.read() as c:
            overview = store.overview(c, now, accounts=False)
            gauges = read_gauges(c, census_by_office(c, now, LIMITS), now)
            shown = account_page(c, now, LIMITS, count=cap) if cap else ()
            whose = whose_cases(c) if cap is not None else {}
            cases = store.list_cases(c, CaseState.OPEN, limit=SHOWN)
            known = states_of(c, (case.finding.account for case in cases))
            targets = store.outbox_by_target(c)
            proofs = store.evidence_of(c, [case.id for case in cases if case.id is not None])
            alarms = list_alarms(c)
            quiet = [each for each in open_silences(c) if each.lasts(now)]
            held = held_by(c, [each.id or 0 for each in quiet])
        counts = without_offices(gauges.census)
        accounts = Register(self.watch.db, now, _by_condition(counts))
        status = self._status(now, accounts, known, cases, targets, lanes, proofs)
        rows = silence_rows(quiet, held, self.watch.book.offices.name_of)
        self._view = replace(status, alarms=alarm_rows(alarms), silences=rows)
        offices = self.watch.book.offices
        samples = [sample(each, Condition(stands), offices) for each, stands in shown]
        snapshot = self._snapshot(now, overview, counts, samples, lanes, counted)
        snapshot = gauged(snapshot, gauges, self.watch, now)
        snapshot = replace(
            snapshot,
            silences=Counter("case" if each.snooze else "many" for each in quiet),
            silenced_letters=sum(row.letters for row in rows),
        )
        if cap is not None:
            single = case_samples(cases, known, whose, offices)
            snapshot = replace(snapshot, cases=single, one_by_one=True)
            self._accounts = render_accounts(snapshot, cap)
        self._metrics = render(snapshot)

    def _status(
        self,
        now: datetime,
        accounts: Accounts,
        known: Mapping[str, AccountState],
        cases: Iterable[Case],
        targets: Iterable[TargetState],
        lanes: Mapping[str, Lane],
        proofs: Mapping[int, str],
    ) -> View:
        rows = sorted(
            (
                case_row(case, known.get(case.finding.account), proofs.get(case.id or 0, ""))
                for case in cases
            ),
            key=lambda row: (RANK[row.case.finding.level], row.case.opened_at),
        )
        return View(
            now=now,
            accounts=accounts,
            cases=rows,
            lanes=[
                LaneRow(name, state(lane, now), lane.inflight, opens_at(lane, now))
                for name, lane in sorted(lanes.items())
            ],
            platforms=platform_rows(self.watch.lookout.sights, self.watch.lookout.plans),
            searches=search_rows(covered(self.watch.searches, now)),
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
        counts: Census,
        samples: Sequence[AccountSample],
        lanes: Mapping[str, Lane],
        counted: _Counted,
    ) -> MetricsSnapshot:
        readings, durations = counted
        return MetricsSnapshot(
            accounts=samples,
            census=counts,
            readings=readings,
            durations=durations,
            open_cases={
                (rule, level.value): count
                for (rule, level, case_state), count in overview.cases.items()
                if case_state is CaseState.OPEN
            },
            outbox=overview.outbox,
            attested=overview.attested,
            oldest_pending_at=overview.outbox_oldest,
            lanes=[
                LaneSample(name, state(lane, now), opens_at(lane, now))
                for name, lane in lanes.items()
            ],
            platforms=[
                PlatformSample(name, sight.state.value, sight.canary_ok_at)
                for name, sight in sorted(self.watch.lookout.sights.items())
                if sight.count.accounts or name in self.watch.lookout.plans
            ],
            searches=search_samples(covered(self.watch.searches, now)),
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
            evidence_bytes=overview.evidence_bytes + (self.watch.proofs.beside or 0),
            calendar_year=max(self.watch.book.calendar.announced, default=None),
            dead_man_every=self.dead_man,
            dead_man_at=self.beats.last.get("dead_man"),
        )


@dataclass(frozen=True, slots=True)
class Register:
    """The accounts of the status page, as they stood at a moment: a page of them is read when
    somebody looks at it, since all of them would not fit."""

    db: Database
    now: datetime
    totals: Mapping[str, int]

    def counts(self) -> Mapping[str, int]:
        return self.totals

    def rows(self, condition: str, first: int, count: int) -> Sequence[AccountRow]:
        with self.db.read() as c:
            page = account_page(c, self.now, LIMITS, condition, first, count)
        return [account_row(each, stands, self.now) for each, stands in page]


def _by_condition(counts: Census) -> Mapping[str, int]:
    totals: Counter[str] = Counter()
    for (_, _, stands, _), number in counts.items():
        totals[stands] += number
    return totals


_Counted = tuple[Mapping[tuple[str, str], int], Mapping[str, Durations]]
