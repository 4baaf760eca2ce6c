"""A world for `watcher simulate`: many accounts, months of posts, and the truth about them.

One reading in ten fails, platforms are dark for hours and days, and some accounts are banned or
delete themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random

from watcher.model import Account, Exemption, FiledState, Unit, UnitKind
from watcher.replica.sample import account_of, make_actor
from watcher.replica.timetable import ZONE, items, office_moment, pinned
from watcher.replica.truth import Eyes, Truth, truths
from watcher.replica.wechat import READY
from watcher.replica.world import Act, Actor, Outage, Scene, World, world

SURFACES = (
    "weibo", "weibo", "weibo", "weibo", "weibo", "wechat_api", "wechat_api", "feed", "govsite",
    "govsite",
)  # fmt: skip
HABITS = ("lively", "daily", "weekly", "office", "silences", "silences", "stops", "long")
HISTORY = timedelta(days=150)
FLAKY = 10  # per cent of minutes in which an account cannot be read


@dataclass(frozen=True, slots=True)
class Simulated:
    """Register, world and truth; iterates as those (units, accounts, world, truth)."""

    units: tuple[Unit, ...]
    accounts: tuple[Account, ...]
    world: World
    truth: tuple[Truth, ...]

    def __iter__(
        self,
    ) -> Iterator[tuple[Unit, ...] | tuple[Account, ...] | World | tuple[Truth, ...]]:
        return iter((self.units, self.accounts, self.world, self.truth))


def simulated_world(seed: int, accounts: int, start: datetime, end: datetime) -> Simulated:
    """So many accounts between two aware moments. Equal arguments, equal worlds."""
    rng = Random(f"simulated:{seed}")
    outages = tuple(_outages(rng, start, end))
    units = tuple(
        Unit(f"unit{n}", f"三亚市第{n}局", UnitKind.CITY_DEPARTMENT, "city_office", "city_office")
        for n in range(1, accounts // 3 + 2)
    )
    cast: list[tuple[Account, Actor]] = []
    truth: list[Truth] = []
    for number in range(accounts):
        surface = SURFACES[number % len(SURFACES)]
        one = _actor(seed, number, surface, start, end)
        unit = units[number % len(units)]
        one = replace(one, verified_as=unit.name if one.verified_as else "")
        account = _standing(account_of(surface, number + 1, one, unit, start), number)
        cast.append((account, one))
        truth += _truth_of(account, one, surface, outages, start, end)
    shown = world((one for _, one in cast), outages)
    return Simulated(units, tuple(account for account, _ in cast), shown, tuple(truth))


def _actor(seed: int, number: int, surface: str, start: datetime, end: datetime) -> Actor:
    name = f"simulated:{seed}:{number}"
    habit = HABITS[(number * 5 + number // 8) % len(HABITS)]
    if surface == "govsite" and habit == "lively":
        habit = "daily"  # a list page tells minutes only through the two newest articles
    rng = Random(f"{name}:{habit}")
    moments = tuple(_moments(habit, rng, start, end))
    posts = items(name, moments)
    if number % 6 == 1 and len(posts) > 30:
        posts = pinned(posts, rng.randrange(len(posts) // 2))
    title = f"三亚{habit}{number + 1}号"
    acts = tuple(_away(Random(f"{name}:away"), number, start, end)) if surface == "weibo" else ()
    return make_actor(surface, number + 1, title, posts, acts, flaky=FLAKY)


def _away(rng: Random, number: int, start: datetime, end: datetime) -> Iterator[Act]:
    """Every 20th account is banned for days or weeks, every 20th deletes itself for good, half
    of these with a return: nobody may say of them that they were silent meanwhile."""
    scene = {3: Scene.BANNED, 11: Scene.GONE}.get(number % 20)
    if scene is None:
        return
    begins = start + (end - start) * rng.uniform(0.2, 0.7)
    back = scene is Scene.BANNED or rng.random() < 0.5
    yield Act(scene, begins, begins + timedelta(days=rng.randint(2, 30)) if back else None)


def _standing(account: Account, number: int) -> Account:
    """Every 19th account is suspended on paper, every 13th excused from the update rules."""
    if number % 19 == 18:
        return replace(account, filed_state=FiledState.SUSPENDED)
    if number % 13 == 12:
        rules = tuple(f"UPD-{n:02d}" for n in range(1, 7))
        excuse = Exemption(rules, "机构改革期间暂停更新", "三亚市人民政府办公室")
        return replace(account, exemptions=(excuse,))
    return account


def _truth_of(
    account: Account,
    one: Actor,
    surface: str,
    outages: tuple[Outage, ...],
    start: datetime,
    end: datetime,
) -> tuple[Truth, ...]:
    if surface == "feed" or account.exemptions or account.filed_state is not FiledState.ACTIVE:
        return ()  # a feed proves no silence, and the others are excused
    closed = [o for o in outages if o.platform == one.platform]
    away = [Outage(one.platform, a.begins or start, a.ends or end) for a in one.acts]
    eyes = Eyes(tuple(closed + away), daily=surface == "wechat_api", ready=READY)
    return truths(account.key, [item.at for item in one.items], start, end, eyes)


# -- when they post ------------------------------------------------------------------------


def _moments(habit: str, rng: Random, start: datetime, end: datetime) -> Iterator[datetime]:
    day, last = (start - HISTORY).astimezone(ZONE).date(), end.astimezone(ZONE).date()
    quiet = _quiet(habit, rng, start, end)
    step = {"lively": 0.5, "daily": 1.0, "weekly": 5.0, "office": 1.0}.get(habit, 2.0)
    at = 0.0
    while (on := day + timedelta(days=int(at))) <= last:
        at += step * rng.uniform(0.7, 1.4)
        if habit == "office" and (on.weekday() > 4 or _holiday(on)):
            continue
        if not any(a <= on < b for a, b in quiet):
            yield office_moment(on, rng)


def _quiet(habit: str, rng: Random, start: datetime, end: datetime) -> list[tuple[date, date]]:
    """The days on which such an account says nothing."""
    first, days = start.astimezone(ZONE).date(), (end - start).days
    if habit == "stops":
        return [(first + timedelta(days=rng.randrange(max(days * 2 // 3, 1))), date.max)]
    stretches = {"silences": (3, 8, 35), "long": (1, 60, 120)}.get(habit)
    if stretches is None:
        return []
    count, shortest, longest = stretches
    begins = [first + timedelta(days=rng.randrange(-20, max(days, 1))) for _ in range(count)]
    return [(day, day + timedelta(days=rng.randint(shortest, longest))) for day in begins]


def _holiday(day: date) -> bool:
    """Roughly the two golden weeks: an office that posts on working days falls silent in them."""
    return (day.month == 10 and day.day <= 8) or (day.month == 2 and 14 <= day.day <= 24)


def _outages(rng: Random, start: datetime, end: datetime) -> Iterator[Outage]:
    hours = max(int((end - start).total_seconds() // 3600), 1)
    for platform in ("weibo", "wechat", "feed", "govsite"):
        for _ in range(1 + hours // (24 * 60)):
            begins = start + timedelta(hours=rng.randrange(hours))
            yield Outage(platform, begins, begins + timedelta(hours=rng.choice((2, 5, 9, 30, 60))))
