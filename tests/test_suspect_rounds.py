"""The rounds about candidates against the replica: first sight, pictures, looking again, proof."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from random import Random

import pytest
from PIL import Image, ImageDraw

from tests.replica.stage import CHROMIUM
from tests.test_searching import MORNING, T0, ask, candidates, crowded, watching
from watcher import store, suspect_pictures
from watcher.candidate_proof import NOT_ASKED, _shot_items, make_proof
from watcher.candidates import Candidate, CandidateState, Found
from watcher.canonical import picture_key
from watcher.casting import Casting
from watcher.chain import ground, verify
from watcher.evidence import place
from watcher.fetch.lanes import Lane
from watcher.model import CaseState, CollectError, Page, Request, Trouble
from watcher.pictures import Print, print_of
from watcher.replica.app import serve
from watcher.simulate import VirtualClock
from watcher.store.candidates import candidate, candidate_events, found
from watcher.suspect_deeds import (
    Answer,
    Step,
    made_letter,
    note_answer,
    reviewed,
    suspect_of,
)
from watcher.suspect_looks import look_at, recheck
from watcher.suspect_pictures import Studio, fetch_candidate_picture
from watcher.suspects import judge_candidates
from watcher.watch import Watch

FAKE = "weibo", "三亚发步"


async def judged(watch: Watch, victim: str = "三亚发布", name: str = "三亚发步") -> int:
    """An impostor on Weibo, found and judged; its number."""
    await ask(watch, "weibo_search", victim)
    casting = Casting(
        searches=watch.searches.asked,
        evidence=watch.proofs.folder.parent if watch.proofs.folder else None,
    )
    await judge_candidates(watch, casting)
    return candidates(watch)["weibo", name].id


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


def face(seed: int) -> bytes:
    """A picture of coloured squares, another one for each seed."""
    random, shown = Random(seed), Image.new("RGB", (200, 200), "white")
    draw = ImageDraw.Draw(shown)
    for _ in range(30):
        x, y = random.randrange(170), random.randrange(170)
        colour = tuple(random.randrange(256) for _ in range(3))
        draw.rectangle((x, y, x + random.randrange(10, 80), y + 30), fill=colour)
    written = BytesIO()
    shown.save(written, "PNG")
    return written.getvalue()


def shows(watch: Watch, number: int, picture: str) -> None:
    """A search shows the candidate again, with this picture."""
    url = f"https://tva1.sinaimg.cn/{picture}?Expires=1"
    with watch.db.write() as c:
        one = candidate(c, number)
        assert one is not None
        traits = {**(one.profile.traits or {}), "avatar_url": url}
        shown = replace(one.profile, avatar=picture, traits=traits)
        found(c, Found(one.platform, one.handle, one.url, shown, watch.now()))


def standing(watch: Watch, number: int) -> Candidate:
    with watch.db.read() as c:
        one = candidate(c, number)
    assert one is not None
    return one


async def test_what_was_dismissed_wakes_when_it_shows_another_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bodies = {"a.jpg": face(1), "b.jpg": face(2)}
    asked: list[str] = []

    async def fetched(watch: Watch, request: Request, lane: str) -> tuple[bytes, Print]:
        name = picture_key(request.url)
        if name not in bodies:
            raise CollectError(Trouble.UNREACHABLE, name)
        asked.append(name)
        return bodies[name], print_of(bodies[name])

    monkeypatch.setattr(suspect_pictures, "fetch_picture", fetched)
    async with watching(tmp_path) as (watch, clock):
        number, studio = await judged(watch), Studio()
        casting = Casting(evidence=watch.proofs.folder.parent if watch.proofs.folder else None)

        async def round_() -> None:
            clock.moment += timedelta(hours=1)
            while await fetch_candidate_picture(watch, studio):
                pass
            await judge_candidates(watch, casting)

        shows(watch, number, "a.jpg")
        await round_()
        with watch.db.write() as c:
            reviewed(c, number, "dismiss", "李", "同名企业", casting, watch.book, clock.now())
        shows(watch, number, "a.jpg")
        await round_()
        assert standing(watch, number).state is CandidateState.DISMISSED
        clock.moment += timedelta(days=1)
        shows(watch, number, "b.jpg")
        await round_()
        assert asked == ["a.jpg", "b.jpg"]
        assert standing(watch, number).state is CandidateState.REVIEW
        assert events(watch, number)[-2:] == ["avatar", "reopened"]


async def days(watch: Watch, clock: VirtualClock, until: datetime) -> None:
    """Let the slow rounds come every six hours."""
    casting = Casting(searches=watch.searches.asked)
    while clock.now() < until:
        clock.moment += timedelta(hours=6)
        await recheck(watch)
        await judge_candidates(watch, casting)


@pytest.mark.slow
async def test_what_was_confirmed_is_looked_for_after_1_7_30_and_90_days(tmp_path: Path) -> None:
    async with watching(tmp_path) as (watch, clock):
        number = await judged(watch)
        begun = clock.now()
        with watch.db.write() as c:
            reviewed(c, number, "confirm", "李", "冒名", Casting(), watch.book, begun)
        for _ in range(95):
            clock.moment += timedelta(days=1)
            await recheck(watch)
        with watch.db.read() as c:
            looks = [e for e in candidate_events(c, number) if e.kind == "look"]
        assert [(look.at - begun).days for look in looks] == [1, 2, 7, 30, 90]
        assert {look.text for look in looks} == {"seen"}
        assert standing(watch, number).recheck_at is None


@pytest.mark.slow
@pytest.mark.parametrize("found_by", ["look", "search"])
async def test_an_impostor_that_is_gone_and_comes_back_is_imp_03(
    tmp_path: Path, found_by: str
) -> None:
    """The replica hides 三亚交警官方 from the third to the sixth day."""
    async with watching(tmp_path) as (watch, clock):
        number = await judged(watch, "三亚交警", "三亚交警官方")
        with watch.db.write() as c:
            reviewed(c, number, "confirm", "李", "冒名", Casting(), watch.book, clock.now())
        assert open_rules(watch, number) == {"IMP-01"}
        await days(watch, clock, T0 + timedelta(days=4))
        with watch.db.write() as c:
            made_letter(c, suspect_of(c, number), "1号", "投诉", "", "李", clock.now())
            closed = Answer(Step.RESULT, clock.now(), "已封禁", gone=True)
            note_answer(c, number, "", closed, "李", Casting(), watch.book, clock.now())
        assert open_rules(watch, number) == set()
        await days(watch, clock, T0 + timedelta(days=5, hours=12))
        assert standing(watch, number).state is CandidateState.TAKEN_DOWN
        if found_by == "search":
            clock.moment = T0 + timedelta(days=7)
            await ask(watch, "weibo_search", "三亚交警")
            await judge_candidates(watch, Casting(searches=watch.searches.asked))
        else:
            await days(watch, clock, T0 + timedelta(days=12))
        assert standing(watch, number).state is CandidateState.BACK
        assert open_rules(watch, number) == {"IMP-03"}


def open_rules(watch: Watch, number: int) -> set[str]:
    with watch.db.read() as c:
        cases = store.list_cases(c, CaseState.OPEN, f"candidate:{number}")
    return {case.finding.rule for case in cases}


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
        said = " ".join(proved.notes)
        assert all(
            word in said for word in (NOT_ASKED, "未取得候选账号头像：", "未取得真账号头像：")
        )
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
        (page,) = (
            place(each["sha256"], watch.proofs.folder).read_bytes().decode()
            for each in manifest["files"]
            if each["name"] == "page-candidate.html"
        )
    names = {each["name"] for each in manifest["files"]}
    wanted = {"screenshot-candidate.png", "screenshot-real.png", "01.json"}
    assert wanted <= names, manifest["notes"]
    assert "三亚发步" in page, "it is the account's page that was taken"


def test_the_picture_of_a_refusal_is_no_screenshot() -> None:
    shot = Page("https://weibo.com/u/1", 200, b"png", T0)
    page = Page("https://weibo.com/u/1", 403, b"<p>Forbidden</p>", T0, captured=(shot,))
    names = [item.name for item in _shot_items("candidate", page)]
    assert names == ["refused-candidate.png", "page-candidate.html"]
    names = [item.name for item in _shot_items("real", replace(page, status=200))]
    assert names == ["screenshot-real.png", "page-real.html"]
