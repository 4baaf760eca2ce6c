"""Whom the demo watches: the sample, a known-good account, a dark half day, few browsers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from collectors import Need, discover
from watcher.calendar import local
from watcher.model import Account
from watcher.replica.sample import Sample, make_actor
from watcher.replica.timetable import regular
from watcher.replica.world import Outage
from watcher.sight import Canary, Plan

BEGIN = datetime(2026, 11, 8, 16, tzinfo=UTC)  # Monday 9 November, 00:00 in Beijing
DAYS = 12
CANARY_NUMBER = 990  # of the sample's accounts there are fewer
IN_BROWSER = 2  # accounts: each of their pages takes a second of real time
# These are read without a browser as well, in part.
PLAINLY = frozenset({"kuaishou", "toutiao", "xiaohongshu"})


def with_canary(people: Sample) -> Sample:
    """The sample with the known-good account of Weibo, and half a day on which Weibo is dark."""
    first, last = local(BEGIN).date() - timedelta(days=9), local(BEGIN).date()
    posts = regular("canary", first, last + timedelta(days=DAYS), 0.3)
    one = make_actor("weibo", CANARY_NUMBER, "参照账号（替身）", posts)
    shown = people.world
    actors = {**shown.actors, (one.platform, one.handle): one}
    dark = Outage("weibo", BEGIN + timedelta(days=6.1), BEGIN + timedelta(days=6.7))
    return replace(people, world=replace(shown, actors=actors, outages=(*shown.outages, dark)))


def plans_of(people: Sample) -> Mapping[str, Plan]:
    """What platforms.yaml would say of the replica."""
    one = next(a for a in people.world.actors.values() if a.name == "参照账号（替身）")
    canary = Canary("weibo", one.handle, one.name)
    return {"weibo": Plan(title="新浪微博", canary=canary, every=timedelta(hours=6))}


def few_in_browser(people: Sample) -> Sample:
    """The sample without most of the accounts that need a browser; the troubled ones stay.

    Accounts of PLAINLY keep the sources that need none, if they have any.
    """
    slow = [account.key for account in people.accounts if account.platform == "douyin"]
    left_out = set(slow[: len(slow) - IN_BROWSER])
    kept = (_plainly(each) for each in people.accounts if each.key not in left_out)
    return replace(people, accounts=tuple(each for each in kept if each.sources))


def _plainly(account: Account) -> Account:
    if account.platform not in PLAINLY:
        return account
    needs = {name: collector.needs for name, collector in discover().items()}
    sources = tuple(s for s in account.sources if Need.BROWSER not in needs[s.collector])
    return replace(account, sources=sources)
