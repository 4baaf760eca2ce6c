"""`watcher demo`: the main job on an embedded SQLite and the replica, at a speed one can follow.

The rounds are the daemon's own; the clock is virtual and moves on when a round has ended, no
faster than the demo's length allows. Messages go to receivers on loopback that answer as the real
robots do.
"""

from __future__ import annotations

import asyncio
import re
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from importlib.metadata import version
from pathlib import Path
from time import monotonic

import uvicorn
from rich.console import Console
from rich.panel import Panel
from starlette.applications import Starlette

from alerts.deliver import send
from alerts.merge import Outgoing
from alerts.robots import Delivery
from alerts.routing import Offices, Secret, Target
from alerts.words import TROUBLES, platform_name
from watcher import console as pages
from watcher import daemon, showing, store
from watcher.account_view import account_view
from watcher.acknowledging import AckDoor
from watcher.avatars import fetch_avatars
from watcher.calendar import local
from watcher.candidate_view import candidate_routes
from watcher.candidates import Candidate
from watcher.case_view import case_view
from watcher.casting import Casting
from watcher.config import LinkSettings, Settings
from watcher.demo_people import BEGIN, DAYS, few_in_browser, plans_of, with_canary
from watcher.demo_reports import take_home
from watcher.demo_suspects import look, said, searching, with_lookalikes
from watcher.duty import report_duty
from watcher.fetch import Fetcher
from watcher.model import Account, CaseState, Failure, Outcome, Pace
from watcher.replica.app import serve
from watcher.replica.core import origins
from watcher.replica.receivers import Arrived, Strictness, receivers
from watcher.replica.sample import Sample, sample, secrets
from watcher.replica.search import SESSIONS
from watcher.report_view import report_routes
from watcher.simulate import VirtualClock, drive
from watcher.views import Beats, Pictures
from watcher.watch import Watch, lane_of, stop

CAP = 2000  # accounts in /metrics/accounts
NOTE = "这是演示：时间是加速的，账号和平台都是替身。"
STATE = Path("var/demo")
ROBOT_KEY = "demonstration"  # what every target of the demo has for a key
# A page in a browser takes a second of real time, so the demo watches few such accounts, seldom.
PACES: Mapping[str, Pace] = {
    "douyin": Pace(gap=4 * 3600),
    "bilibili": Pace(gap=6 * 3600),
}
LINKS = 2  # of messages that are shown
_LINK = re.compile(r"http://127\.0\.0\.1:\d+/ack/[\w-]+")
CADENCE = {"base": timedelta(hours=10), "lively": timedelta(hours=12)}


@dataclass(slots=True)
class Story:
    """What the demo saw happen, for its summary."""

    out: Console
    clock: VirtualClock
    readings: Counter[str] = field(default_factory=Counter)
    troubles: dict[tuple[str, str], int] = field(default_factory=dict)
    messages: Counter[str] = field(default_factory=Counter)
    failed: int = 0
    links: int = 0  # that were shown
    suspects: dict[int, Candidate] = field(default_factory=dict)

    def say(self, text: str) -> None:
        self.out.print(f"[dim]{local(self.clock.now()):%m-%d %H:%M}[/dim] {text}")

    def on_reading(self, account: Account, outcome: Outcome) -> None:
        failed = isinstance(outcome, Failure)
        self.readings["未能采集" if failed else "读到"] += 1
        if isinstance(outcome, Failure):
            key = (account.key, outcome.trouble.value)
            self.troubles[key] = self.troubles.get(key, 0) + 1
            if self.troubles[key] == 1:
                name = showing.plain(account.name, 30)
                why = showing.plain(outcome.detail, 60)
                self.say(f"[yellow]未能采集[/yellow] {name}：{TROUBLES[outcome.trouble]}（{why}）")

    def on_arrival(self, arrived: Arrived) -> None:
        self.messages[arrived.channel] += 1
        title = showing.plain(arrived.title.strip(), 60)
        self.say(f"[cyan]{arrived.channel}[/cyan] 收到 {title}")
        link = _LINK.search(arrived.text)
        if link and self.links < LINKS:
            self.links += 1
            self.say(f"签收链接（可在浏览器中打开） {link[0]}")

    def on_letter(self, message: Outgoing, target: str, result: Delivery) -> None:
        if not result.ok:
            self.failed += 1
            self.say(f"[red]发送失败[/red] {target}：{showing.plain(result.error, 80)}")


async def show(settings: Settings, port: int, seconds: int, keep: bool, out: Console) -> int:
    """Run the demo for about `seconds` of real time; the exit status.

    Raises OSError where the port is taken.
    """
    clock = VirtualClock(BEGIN)
    story = Story(out, clock)
    shutil.rmtree(STATE, ignore_errors=True)
    async with AsyncExitStack() as stack:
        people = with_lookalikes(with_canary(few_in_browser(sample(BEGIN))), BEGIN)
        replica = await stack.enter_async_context(serve(people.world, 0, clock.now))
        mailbox = await stack.enter_async_context(
            _web(receivers(story.on_arrival, Strictness(ROBOT_KEY)), 0)
        )
        links = LinkSettings(f"http://127.0.0.1:{port}") if port else None
        watch = _watch(replace(settings, links=links), clock, story, people, replica, mailbox)
        stack.push_async_callback(_close, watch)
        pictures = Pictures(
            watch, Beats(daemon.now()), daemon.now, version("shouwang"), CAP, notes=(NOTE,)
        )
        page = await stack.enter_async_context(_web(console_of(watch, pictures), port))
        _welcome(out, page, replica)
        casting = daemon.casting_of(replace(settings, state=STATE))
        await _follow(watch, story, pictures, seconds, casting)
        await pictures.refresh()
        first = local(BEGIN).date()
        last = first + timedelta(days=DAYS - 1)
        files = await take_home(watch, settings, STATE, first, last)
        _summary(watch, story, page)
        for file in files:
            out.print(f"报告：{file}", markup=False, soft_wrap=True)
        out.print(f"　　　（也在 {page}/reports）", markup=False)
        if keep:
            out.print("状态页继续开放；按 Ctrl-C 结束。")
            await asyncio.Event().wait()
    return 0


def console_of(watch: Watch, pictures: Pictures) -> Starlette:
    """The status page with all that it links to: accounts, candidates, cases, acknowledging,
    reports."""
    return pages.build(
        pictures.view,
        pictures.pulse,
        pictures.metrics,
        pictures.accounts,
        partial(account_view, watch, pictures.version),
        [
            *candidate_routes(watch, pictures.version),
            *AckDoor(watch).routes(),
            *report_routes(watch, pictures.version),
        ],
        partial(case_view, watch, pictures.version),
    )


def _watch(
    settings: Settings,
    clock: VirtualClock,
    story: Story,
    people: Sample,
    replica: str,
    mailbox: str,
) -> Watch:
    """The daemon's watch with the replica for platforms and the mailbox for every target."""
    url = f"sqlite:///{STATE / 'watcher.sqlite'}"
    db = store.connect(url)
    store.migrate(db)
    db.close()
    fetch = replace(settings.fetch, origins=origins(replica), read_timeout=2.0, total_timeout=4.0)
    fetcher = Fetcher(fetch, clock.now, stamp=clock.stamp)
    offices = _to_mailbox(settings.offices, mailbox)
    quick = replace(
        searching(settings),
        pace={**settings.pace, **PACES},
        cadence=replace(settings.cadence, **CADENCE),
        platforms=plans_of(people),
        state=STATE,
    )
    watch = daemon.assemble(
        quick,
        url,
        clock.now,
        fetcher=fetcher,
        offices=offices,
        environ={**secrets(people.world), **SESSIONS},
    )

    async def deliver(message: Outgoing, target: Target) -> Delivery:
        return await send(message, target, resolve=lambda secret: ROBOT_KEY, now=daemon.now())

    watch.send = deliver
    watch.on_reading, watch.on_letter = story.on_reading, story.on_letter
    with watch.db.write() as c:
        store.save_register(
            c,
            people.units,
            people.accounts,
            "demo",
            clock.now(),
            lane=lambda account: lane_of(account, watch.collectors),
        )
    return watch


def _to_mailbox(offices: Offices, mailbox: str) -> Offices:
    """Every target sent to the receivers on loopback; mail becomes a webhook, since no mail
    server runs here."""
    targets = {
        name: replace(target, base_url=mailbox, secret=Secret("env", "DEMONSTRATION"))
        if target.kind in ("wecom", "dingtalk", "feishu")
        else replace(target, kind="webhook", url=f"{mailbox}/hook")
        for name, target in offices.targets.items()
    }
    return replace(offices, targets=targets)


@asynccontextmanager
async def _web(app: Starlette, port: int) -> AsyncIterator[str]:
    """Serve an app on loopback while the block runs; yields its base URL."""
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=port,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    server = daemon.Server(config)
    listener = config.bind_socket()
    task = asyncio.create_task(server.serve([listener]))
    try:
        while not server.started and not task.done():  # noqa: ASYNC110 uvicorn has no event for it
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
        listener.close()


async def _close(watch: Watch) -> None:
    await stop(watch)
    watch.db.close()


async def _follow(
    watch: Watch, story: Story, pictures: Pictures, seconds: int, casting: Casting
) -> None:
    """Drive to the end day by day, no faster than the demo's length and the eye allow."""
    began, length = monotonic(), DAYS * 4
    for step in range(1, length + 1):
        await drive(watch, story.clock, BEGIN + timedelta(hours=6 * step))
        for suspect in await look(watch, casting, story.suspects):
            story.suspects[suspect.id] = suspect
            story.say(said(suspect))
        while await fetch_avatars(watch):
            pass
        await report_duty(watch, pictures.version)
        pictures.beats.last["dispatch"] = daemon.now()
        await pictures.refresh()
        ahead = began + seconds * step / length - monotonic()
        await asyncio.sleep(max(0.0, ahead))


def _welcome(out: Console, page: str, replica: str) -> None:
    out.print(
        Panel(
            f"状态页  {page}/\n指标    {page}/metrics\n问题    {page}/api/findings\n"
            f"平台替身 {replica}（Host 头决定平台）",
            title=f"守望 · 演示：2026年11月9日起的{DAYS}天",
            expand=False,
        )
    )


def _summary(watch: Watch, story: Story, page: str) -> None:
    """What was found and which messages went out."""
    with watch.db.read() as c:
        cases = store.list_cases(c, None)
        accounts = {account.key: account for account in store.load_accounts(c)}
    still = [case for case in cases if case.state is CaseState.OPEN]
    out = story.out
    out.print(showing.case_table(still, accounts))
    platforms = Counter(platform_name(account.platform) for account in accounts.values())
    rules = Counter(case.finding.rule for case in cases)
    out.print("账号：" + "，".join(f"{name} {count}" for name, count in platforms.most_common()))
    out.print("采集：" + "，".join(f"{name} {n} 次" for name, n in story.readings.items()))
    out.print("问题：" + "，".join(f"{rule} {n}" for rule, n in sorted(rules.items())))
    sent = "，".join(f"{name} {count} 条" for name, count in story.messages.most_common())
    out.print(f"消息：{sent or '无'}；发送失败 {story.failed} 条")
    told = "，".join(showing.plain(one.profile.name, 30) for one in story.suspects.values())
    out.print(f"疑似假冒（待人工确认）：{told or '无'}")
    out.print(f"数据库：{STATE / 'watcher.sqlite'}    状态页：{page}/", markup=False)
