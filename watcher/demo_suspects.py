"""The demo's look-alikes: two impersonators among neighbours, searched for and judged."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from alerts.words import platform_name
from watcher import showing
from watcher.candidates import Candidate, CandidateState
from watcher.casting import Casting
from watcher.config import Settings
from watcher.replica.impostors import IMPOSTORS, with_crowd
from watcher.replica.sample import Sample
from watcher.searching import search_due
from watcher.store.candidates import load_candidates
from watcher.suspects import judge_candidates
from watcher.watch import Watch

SEARCHED = ("weibo_search", "app_apple_search")
LOOKALIKES = frozenset({"三亚发步", "三业公安", "三亚日报", "海口公安", "三亚交警粉丝团"})


def with_lookalikes(people: Sample, begin: datetime) -> Sample:
    """The sample with two impersonators and three neighbours that resemble offices' accounts."""
    chosen = [one for one in IMPOSTORS if one.name in LOOKALIKES]
    return replace(people, world=with_crowd(people.world, begin, chosen))


def searching(settings: Settings) -> Settings:
    """The settings with searches that an operator's session makes, which here is nobody's."""
    said = settings.impersonation
    ways = tuple(
        replace(way, enabled=way.name in SEARCHED, per_day=24) for way in said.searches.ways
    )
    searches = replace(said.searches, ways=ways, begins=0, ends=24)
    return replace(settings, impersonation=replace(said, searches=searches))


async def look(watch: Watch, casting: Casting, known: Collection[int]) -> list[Candidate]:
    """One search a way, and what is made of what it showed: the suspects that are new."""
    if await search_due(watch):
        await judge_candidates(watch, casting)
    with watch.db.read() as c:
        listed = load_candidates(c, (CandidateState.REVIEW,))
    return [one for one in listed if one.id not in known]


def said(one: Candidate) -> str:
    """A new suspect in one line."""
    match = one.judgement.match if one.judgement else ""
    return (
        f"[magenta]疑似假冒[/magenta] {platform_name(one.platform)} "
        f"{showing.plain(one.profile.name, 30)}，近似“{match}”，待人工确认"
    )
