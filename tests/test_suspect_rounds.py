"""The rounds about candidates against the replica: first sight, pictures, looking again, proof."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from tests.replica.stage import CHROMIUM
from tests.test_searching import MORNING, ask, candidates, crowded, watching
from watcher.candidate_proof import NOT_ASKED, make_proof
from watcher.candidates import CandidateState
from watcher.casting import Casting
from watcher.chain import ground, verify
from watcher.evidence import place
from watcher.fetch.lanes import Lane
from watcher.replica.app import serve
from watcher.rounds import Watch
from watcher.simulate import VirtualClock
from watcher.store.candidates import candidate, candidate_events
from watcher.suspect_deeds import reviewed
from watcher.suspect_looks import Studio, fetch_candidate_picture, look_at, recheck
from watcher.suspects import judge_candidates

FAKE = "weibo", "三亚发步"


async def judged(watch: Watch) -> int:
    """The impostor of 三亚发布 on Weibo, found and judged; its number."""
    await ask(watch, "weibo_search", "三亚发布")
    casting = Casting(
        searches=watch.searches.asked,
        evidence=watch.proofs.folder.parent if watch.proofs.folder else None,
    )
    await judge_candidates(watch, casting)
    return candidates(watch)[FAKE].id


def events(watch: Watch, number: int) -> list[str]:
    with watch.db.read() as c:
        return [event.kind for event in candidate_events(c, number)]


async def test_the_pages_that_showed_it_first_are_kept_once(tmp_path: Path) -> None:
    async with watching(tmp_path) as (watch, _):
        number = await judged(watch)
        await ask(watch, "weibo_search", "三亚发布")
        assert events(watch, number).count("pages") == 1
        with watch.db.read() as c:
            (kept,) = [e.data["kept"] for e in candidate_events(c, number) if e.kind == "pages"]
        assert watch.proofs.folder is not None
        for page in kept:
            body = place(page["file"], watch.proofs.folder.parent).read_bytes()
            assert sha256(body).hexdigest() == page["file"]
            assert page["scrubbed"] or page["read_sha256"] == page["file"]


async def test_judged_in_the_round_and_quiet_the_next_time(tmp_path: Path) -> None:
    async with watching(tmp_path) as (watch, _):
        number = await judged(watch)
        with watch.db.read() as c:
            one = candidate(c, number)
        assert one is not None
        assert one.state is CandidateState.REVIEW
        assert one.judgement is not None
        assert one.judgement.match == "三亚发布"
        casting = Casting(searches=watch.searches.asked)
        assert await judge_candidates(watch, casting) > 0  # a new process judges all once
        assert await judge_candidates(watch, casting) == 0


async def test_a_picture_is_fetched_once_and_judged_by(tmp_path: Path) -> None:
    async with watching(tmp_path) as (watch, _):
        await judged(watch)
        studio = Studio()
        tried = 0
        while await fetch_candidate_picture(watch, studio):
            tried += 1
            assert tried < 100
        assert tried == len(studio.asked)
        assert not await fetch_candidate_picture(watch, studio)


async def test_behind_a_wall_nobody_is_looked_at_and_nothing_is_said(tmp_path: Path) -> None:
    async with watching(tmp_path) as (watch, clock):
        number = await judged(watch)
        with watch.db.write() as c:
            reviewed(c, number, "confirm", "李", "冒名", Casting(), watch.book, clock.now())
        watch.lanes["weibo"] = replace(watch.lanes.get("weibo", Lane("weibo")), walls=1)
        assert await look_at(watch, candidates(watch)[FAKE]) is None
        assert await recheck(watch) == 1
        assert "look" not in events(watch, number)


async def test_it_is_looked_at_again_and_there(tmp_path: Path) -> None:
    async with watching(tmp_path) as (watch, clock):
        number = await judged(watch)
        with watch.db.write() as c:
            reviewed(c, number, "confirm", "李", "冒名", Casting(), watch.book, clock.now())
        clock.moment += timedelta(hours=1)  # the lane has been asked just now
        assert await recheck(watch) == 1
        assert await recheck(watch) == 0
        with watch.db.read() as c:
            one, (look,) = (
                candidate(c, number),
                [e for e in candidate_events(c, number) if e.kind == "look"],
            )
        assert one is not None
        assert one.state is CandidateState.CONFIRMED
        assert one.recheck_at is not None
        assert one.recheck_at > clock.now()
        assert look.text == "seen"


async def test_a_package_says_what_could_not_be_had(tmp_path: Path) -> None:
    async with watching(tmp_path) as (watch, clock):
        number = await judged(watch)
        proved = await make_proof(watch, number, pictures=False)
        assert watch.proofs.folder is not None
        assert proved.link is not None
        manifest = json.loads(place(proved.link.manifest, watch.proofs.folder).read_bytes())
        names = {each["name"] for each in manifest["files"]}
        assert {"comparison.html", "comparison.csv", "candidate.json"} <= names
        assert any(name.startswith("first-sight-") for name in names)
        assert manifest["case"] is not None
        assert tuple(manifest["notes"]) == proved.notes
        assert {NOT_ASKED, "未取得候选账号头像", "未取得真账号头像"} <= set(proved.notes)
        with watch.db.read() as c:
            audit = verify(ground(c), watch.proofs.folder, b"", clock.now())
        assert audit.first is None
        assert audit.links == 1


@pytest.mark.slow
@pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="needs Debian's chromium")
async def test_a_package_holds_pictures_of_both_and_the_raw_pages(tmp_path: Path) -> None:
    clock, shown = VirtualClock(MORNING), crowded()
    async with (
        serve(shown, 0, clock.now) as base,
        watching(tmp_path, base=base, clock=clock, shown=shown) as (watch, _),
    ):
        number = await judged(watch)
        proved = await make_proof(watch, number)
        assert watch.proofs.folder is not None
        assert proved.link is not None
        manifest = json.loads(place(proved.link.manifest, watch.proofs.folder).read_bytes())
    names = {each["name"] for each in manifest["files"]}
    assert {"screenshot-candidate.png", "01.json"} <= names, manifest["notes"]
