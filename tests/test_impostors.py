"""Every impersonator of the replica is found and told of, and no neighbour is accused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import pytest

from collectors import searchers
from tests.test_searching import CONFIG, FORM, MORNING, PEOPLE, ask, crowded, watching
from watcher.candidates import Candidate, CandidateState, SearchStatus, Tier
from watcher.casting import Casting
from watcher.config import load
from watcher.discovery import Search, Way
from watcher.model import Fetch, Page, Request, Source
from watcher.queries import queries_for
from watcher.replica.core import answer
from watcher.replica.impostors import IMPOSTORS, Impostor, Truth
from watcher.replica.web import Ask as Question
from watcher.searching import Searched, keep
from watcher.store.candidates import load_candidates
from watcher.suspects import keep_verdicts, verdicts
from watcher.watch import Watch

VICTIMS = sorted({one.victim for one in IMPOSTORS if one.victim})
PLAIN = ("weibo_search", "wechat_searchbiz", "app_apple_search")
XHR = {
    "douyin_search": ("www.douyin.com", "/aweme/v1/web/discover/search/", "keyword"),
    "kuaishou_search": ("www.kuaishou.com", "/rest/v/search/user", ""),
}
Judged = Mapping[tuple[str, str], list[Candidate]]


def in_browser(way: str, query: str) -> Fetch:
    """What a browser would give: the page, and the answer that its script asks for."""
    host, path, key = XHR[way]

    async def fetch(request: Request) -> Page:
        body = json.dumps({"keyword": query}).encode()
        said = answer(
            crowded(), Question("POST", host, path, {key: query} if key else {}, {}, body), MORNING
        )
        url = f"https://{host}{path}" + (f"?{key}={quote(query)}" if key else "")
        xhr = Page(url, said.status, said.body, MORNING)
        return Page(request.url, 200, b"", MORNING, captured=(xhr,))

    return fetch


async def _search_in_browser(watch: Watch, way: Way, name: str) -> None:

    search = searchers()[way.name].search
    assert search is not None
    hits = await search(Source(way.name, name), in_browser(way.name, name))
    row = Search(name, way.platform, name, way.name, MORNING, SearchStatus.SEARCHED)
    await watch.writer.submit(lambda c: keep(c, way, Searched(row, hits)))


async def _judged(folder: Path) -> Judged:
    """The victims searched for on every platform, and all that was found judged once."""
    settings = load(CONFIG, {}, targets=False)
    async with watching(folder) as (watch, clock):
        for name in VICTIMS:
            for plainly in PLAIN:
                for query in queries_for(name):
                    await ask(watch, plainly, name, query)
            for way in watch.searches.asked.ways:
                if way.name in XHR:
                    await _search_in_browser(watch, way, name)
        casting = Casting(searches=watch.searches.asked)
        with watch.db.write() as c:
            while made := verdicts(c, casting, clock.now()):
                keep_verdicts(c, made, casting, watch.book, clock.now())
        found: dict[tuple[str, str], list[Candidate]] = {}
        with watch.db.read() as c:
            for one in load_candidates(c):
                found.setdefault((one.platform, one.profile.name), []).append(one)
    assert settings.impersonation.searches.ways
    return found


def _tiers(found: Judged, one: Impostor) -> set[Tier]:
    """The tiers of all accounts of its name on its platform, the office's own aside."""
    named = found.get((FORM.get(one.platform, one.platform), one.name), [])
    return {c.judgement.tier for c in named if c.judgement} - {Tier.REGISTERED}


@pytest.mark.slow
async def test_each_is_told_of_or_rightly_not(tmp_path: Path) -> None:
    found = await _judged(tmp_path)
    wrong = [
        f"{one.platform} {one.name!r} ({one.attack}): {one.truth}, but {_tiers(found, one)}"
        for one in IMPOSTORS
        if not _is_right(one.truth, _tiers(found, one))
    ]
    assert not wrong, "\n".join(wrong)
    own = [c for every in found.values() for c in every if c.judgement]
    registered = {account.platform_id for account in PEOPLE.accounts}
    for one in own:
        if one.handle in registered:
            assert one.judgement is not None
            assert one.judgement.tier is Tier.REGISTERED, one.profile.name
    assert not any(c.state is CandidateState.NEW and c.judgement is None for c in own)


def _is_right(truth: Truth, tiers: set[Tier]) -> bool:
    if truth is Truth.ALERT:
        return tiers == {Tier.ALERT}
    if truth is Truth.FOUND:
        return bool(tiers) and tiers <= {Tier.ALERT, Tier.REVIEW}
    if truth is Truth.OWN:
        return tiers == {Tier.OWN_UNIT}
    return Tier.ALERT not in tiers
