"""A world for `watcher simulate`: many accounts, months of posts, and the truth about them.

One reading in ten fails, platforms are dark for hours and days, and some accounts are banned or
delete themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random

import chinese_calendar

from watcher.model import Account, Exemption, FiledState, Unit, UnitKind
from watcher.replica.sample import account_of, make_actor
from watcher.replica.stories import Entry, Story, kinds, posted, story_of
from watcher.replica.timetable import ZONE, items, office_moment, pinned
from watcher.replica.truth import Eyes, Truth, truths
from watcher.replica.truth_stories import truths_of_acts, truths_of_story
from watcher.replica.wechat import READY
from watcher.replica.world import Act, Actor, Outage, Scene, World, world

SURFACES = (
    "weibo", "weibo", "weibo", "weibo", "weibo", "wechat_api", "wechat_api", "feed", "govsite",
    "govsite",
)  # fmt: skip
HABITS = ("lively", "daily", "weekly", "office", "silences", "silences", "stops", "long")
HISTORY = timedelta(days=150)
DAY = timedelta(days=1)
LONGEST = 100 * DAY  # of a story: its terms are known only where the year's holidays are
_AWAY = {3: Scene.BANNED, 11: Scene.GONE}  # what becomes of every 20th account
FLAKY = 10  # per cent of minutes in which an account cannot be read


@dataclass(frozen=True, slots=True)
class Simulated:
    """Register, world and truth; iterates as those (units, accounts, world, truth)."""

    units: tuple[Unit, ...]
    accounts: tuple[Account, ...]
    world: World
    truth: tuple[Truth, ...]
    ledger: tuple[Entry, ...] = ()  # what paper comes to say in the course of it, in order

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
    ledger: list[Entry] = []
    more: list[Unit] = []
    for number in range(accounts):
        surface = SURFACES[number % len(SURFACES)]
        one = _actor(seed, number, surface, start, end)
        unit = units[number % len(units)]
        account = _standing(account_of(surface, number + 1, one, unit, start), number)
        story = _story(rng, account, number, surface, start, end)
        if story is not None:
            one, unit = _told(story, one, unit)
            account = replace(account, unit=unit)
            ledger += [_named(entry, one, unit) for entry in story.ledger]
            more += [unit] if unit not in units else []
        one = replace(one, verified_as=unit.name if one.verified_as else "")
        cast.append((account, one))
        truth += _truth_of(account, one, surface, outages, start, end, story)
    shown = world((one for _, one in cast), outages)
    ledger.sort(key=lambda entry: entry.at)
    known = tuple(account for account, _ in cast)
    return Simulated((*units, *more), known, shown, tuple(truth), tuple(ledger))


def _story(
    rng: Random, account: Account, number: int, surface: str, start: datetime, end: datetime
) -> Story | None:
    """Weibo accounts that nothing else befalls have a story, each kind in turn, but for one in
    five. It begins when the account is known, and early enough to come to its end."""
    begins = start + max(40 * DAY, (end - start) * rng.uniform(0.12, 0.5))
    turn, rest = divmod(number, len(SURFACES))
    place = turn * SURFACES.count("weibo") + rest
    plain = account.filed_state is FiledState.ACTIVE and not account.exemptions
    told = begins < end and (begins + LONGEST).year <= max(chinese_calendar.holidays).year
    if surface != "weibo" or not plain or number % 20 in _AWAY or place % 5 == 4 or not told:
        return None
    day = begins.astimezone(ZONE).date()
    while not chinese_calendar.is_workday(day):
        day += DAY
    return story_of(kinds()[place % len(kinds())], account.key, account.unit.key, day)


def _told(story: Story, one: Actor, unit: Unit) -> tuple[Actor, Unit]:
    """The account and its unit as the story wants them."""
    items = tuple(sorted(posted(story, one.items), key=lambda item: item.visible_from))
    one = replace(
        one,
        items=items,
        shown_at=tuple(item.visible_from for item in items),
        acts=(*one.acts, *story.acts),
    )
    if story.unit is not unit.kind:
        unit = replace(unit, key=f"{unit.key}-{story.kind}", kind=story.unit)
    return one, unit


def _named(entry: Entry, one: Actor, unit: Unit) -> Entry:
    """The entry with the name that the account is to have from then on."""
    changes = {name: one.new_name if name == "name" else text
               for name, text in entry.filing.changes.items()}  # fmt: skip
    return replace(entry, filing=replace(entry.filing, unit=unit.key, changes=changes))


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
    scene = _AWAY.get(number % 20)
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
    story: Story | None,
) -> tuple[Truth, ...]:
    """What must be found of an account: of its silence, of its absence, and of its story."""
    closed = tuple(o for o in outages if o.platform == one.platform)
    posts, there = [item.at for item in one.items], Eyes(closed)
    if story is not None:
        told = truths_of_story(story, account.key, posts, there, end)
    else:
        suspended = account.filed_state is FiledState.SUSPENDED
        told = truths_of_acts(account.key, one.acts, suspended, there, end)
    if surface == "feed" or account.exemptions or account.filed_state is not FiledState.ACTIVE:
        return told  # a feed proves no silence, and the others are excused
    away = [Outage(one.platform, a.begins or start, a.ends or end) for a in one.acts
            if a.scene in _AWAY.values()]  # fmt: skip
    eyes = Eyes((*closed, *away), daily=surface == "wechat_api", ready=READY)
    over = min(end, _owes_until(story) or end)
    silent = truths(account.key, posts, start, over, eyes)
    return (*(_ended(each, over) if over < end else each for each in silent), *told)


def _owes_until(story: Story | None) -> datetime | None:
    """From when on paper says that an account need not post: its end, or the notice of it."""
    turns = story.turns if story else {}
    return turns.get("notice", turns.get("ended"))


def _ended(truth: Truth, over: datetime) -> Truth:
    """What is still open then ends with what paper says."""
    return replace(truth, until=over, visible_end=over) if truth.until is None else truth


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
