"""Avatars end to end over the replica: fetched, kept, compared; and what is found of them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from collectors import discover
from tests.replica.stage import get
from tests.test_rounds import OFFICES, T0
from watcher import store
from watcher.avatar_links import link_to
from watcher.avatars import NO_ROOM, fetch_avatars
from watcher.config import load
from watcher.daemon import assemble
from watcher.evidence import place
from watcher.faces import NO_FACE, Face, Picture, looks_alike, pictured
from watcher.fetch import Fetcher
from watcher.gallery import TRIES, Gallery, Wanted, note_avatar, recall, take
from watcher.lookout import Lookout
from watcher.model import (
    Case,
    Coverage,
    Failure,
    Level,
    Page,
    Profile,
    Sighting,
    Snapshot,
    Trouble,
    Unit,
    UnitKind,
)
from watcher.proving import has_room, prove
from watcher.reading import Seen
from watcher.replica.sample import account_of, make_actor
from watcher.replica.timetable import regular
from watcher.replica.transport import ReplicaTransport
from watcher.replica.world import Act, Scene, world
from watcher.rounds import dispatch, judge_due
from watcher.simulate import VirtualClock
from watcher.store.schema import watch as watch_table
from watcher.watch import Watch, drain, lane_of, stop

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
FOUND = discover()
CONFIG = Path(__file__).parent.parent / "config" / "watcher.yaml"
CHANGE = T0 + DAY


@asynccontextmanager
async def watching(folder: Path, *scenes: Scene) -> AsyncIterator[tuple[Watch, VirtualClock]]:
    """A watch over one Weibo account of the replica that plays these scenes from `CHANGE` on."""
    clock = VirtualClock(T0)
    posts = regular("avatars", (T0 - 20 * DAY).date(), (T0 + 5 * DAY).date(), 1.0)
    one = make_actor("weibo", 1, "三亚试验", posts, tuple(Act(s, CHANGE) for s in scenes))
    unit = Unit("unit1", "三亚市第一局", UnitKind.CITY_DEPARTMENT, "city_office", "city_office")
    account = account_of("weibo", 1, one, unit, T0)
    settings = replace(load(CONFIG, {}, targets=False), state=folder)
    transport = ReplicaTransport(world([one]), clock.now)
    url = f"sqlite:///{folder}/watcher.sqlite"
    db = store.connect(url)
    store.migrate(db)
    db.close()
    fetcher = Fetcher(settings.fetch, clock.now, transport, clock.stamp)
    watch = assemble(settings, url, clock.now, FOUND, fetcher, OFFICES)
    watch.lookout = Lookout({}, folder)
    try:
        with watch.db.write() as c:
            store.save_register(
                c, (unit,), (account,), "test", T0, lane=lambda each: lane_of(each, FOUND)
            )
        yield watch, clock
    finally:
        await stop(watch, patience=0.1)
        watch.db.close()


async def walk(watch: Watch, clock: VirtualClock, span: timedelta) -> None:
    """All rounds that matter, once an hour."""
    end = clock.moment + span
    while clock.moment < end:
        await judge_due(watch)
        await dispatch(watch)
        await drain(watch)
        while await fetch_avatars(watch):
            pass
        await prove(watch)
        clock.moment += HOUR


def changes(watch: Watch) -> list[Case]:
    with watch.db.read() as c:
        return [case for case in store.list_cases(c) if case.finding.rule == "CHG-01"]


def face_of(watch: Watch) -> Face:
    with watch.db.read() as c:
        (dossier,) = store.dossiers(c, [each.key for each in store.load_accounts(c)]).values()
    return dossier.face or NO_FACE


async def test_another_picture_is_a_change_with_both_pictures_in_its_package(
    tmp_path: Path,
) -> None:
    async with watching(tmp_path, Scene.NEW_AVATAR) as (watch, clock):
        await walk(watch, clock, DAY)
        assert changes(watch) == []
        (first,) = face_of(watch).pictures.values()
        assert first.sure
        assert place(first.sha256, tmp_path / "evidence").is_file()
        await walk(watch, clock, DAY)
        (case,) = changes(watch)
        assert watch.proofs.folder is not None
        with watch.db.read() as c:
            link = next(each for each in store.links(c) if each.case_id == case.id)
        made = json.loads(place(link.manifest, watch.proofs.folder).read_bytes())
    assert (case.finding.subject, case.finding.level) == ("avatar", Level.ORANGE)
    assert case.finding.facts["apart"] is True
    files = {each["name"]: each for each in made["files"]}
    assert {"avatar-before", "avatar-after"} <= set(files)
    for side in ("before", "after"):
        told = case.finding.facts[side]["picture"]["sha256"]
        assert files[f"avatar-{side}"]["sha256"] == told
        assert place(told, tmp_path / "evidence" / "packages").is_file()


async def test_the_same_picture_encoded_anew_at_another_address_is_nothing(tmp_path: Path) -> None:
    async with watching(tmp_path, Scene.MOVED_AVATAR) as (watch, clock):
        await walk(watch, clock, 4 * DAY)
        face = face_of(watch)
        assert changes(watch) == []
    assert len({each.sha256 for each in face.pictures.values()}) == 2
    assert looks_alike(face, *face.pictures) is True


async def test_a_picture_that_is_not_to_be_had_is_unknown_and_a_blue_hint_after_a_day(
    tmp_path: Path,
) -> None:
    async with watching(tmp_path, Scene.AVATAR_LOST) as (watch, clock):
        await walk(watch, clock, DAY + 20 * HOUR)
        assert changes(watch) == []
        await walk(watch, clock, DAY)
        (case,) = changes(watch)
        lost = [each for each in face_of(watch).pictures.values() if not each.sha256]
    assert (case.finding.level, case.finding.facts["apart"]) == (Level.BLUE, False)
    assert "404" in case.finding.facts["after"]["no_picture"]
    assert lost[0].tries >= TRIES


async def test_a_first_difference_is_read_again_within_two_minutes_and_then_is_sure(
    tmp_path: Path,
) -> None:
    async with watching(tmp_path, Scene.NEW_AVATAR) as (watch, clock):
        await walk(watch, clock, DAY)
        while face_of(watch).features["avatar"].next is None:
            await walk(watch, clock, HOUR)
        first, seen = face_of(watch).features["avatar"].next, clock.moment - HOUR
        with watch.db.read() as c:
            (coming,) = c.execute(sa.select(watch_table.c.next_check_at)).scalars()
        assert first is not None
        assert timedelta(seconds=30) <= coming - seen <= timedelta(seconds=120)
        clock.moment = coming
        await dispatch(watch)
        await drain(watch)
        assert face_of(watch).features["avatar"].now.value == first.value
        with watch.db.read() as c:
            (later,) = c.execute(sa.select(watch_table.c.next_check_at)).scalars()
        assert later - coming > HOUR


async def test_kept_pictures_count_towards_the_cap_of_evidence(tmp_path: Path) -> None:
    async with watching(tmp_path) as (watch, clock):
        await walk(watch, clock, DAY)
        (first,) = face_of(watch).pictures.values()
        size = place(first.sha256, tmp_path / "evidence").stat().st_size
        assert watch.proofs.beside == size
        with watch.db.read() as c:
            packages = store.evidence_bytes(c)
        watch.proofs.most = packages + size + 10
        assert await has_room(watch, 10)
        assert not await has_room(watch, 11)
        watch.proofs.beside = None  # as after a start
        assert not await has_room(watch, 11)


async def test_a_picture_for_which_there_is_no_room_is_unknown_and_not_kept(
    tmp_path: Path,
) -> None:
    async with watching(tmp_path, Scene.NEW_AVATAR) as (watch, clock):
        watch.proofs.most = 100
        await walk(watch, clock, DAY)
        (first,) = face_of(watch).pictures.values()
        assert (first.sha256, first.why) == ("", NO_ROOM)
        assert not list((tmp_path / "evidence").glob("??/*"))


async def test_nothing_is_fetched_behind_a_wall(tmp_path: Path) -> None:
    async with watching(tmp_path) as (watch, clock):
        await walk(watch, clock, 2 * HOUR)
        watch.gallery.waiting["x", "y"] = Wanted("x", "weibo", "y.jpg", None, T0)
        watch.lanes["weibo"] = replace(watch.lanes["weibo"], walls=1)
        assert await fetch_avatars(watch) is False
    assert list(watch.gallery.waiting) == [("x", "y")]


# -- which are fetched ---------------------------------------------------------------------


def shown(avatar: str | None, at: Any = T0, body: bytes = b"") -> Seen:
    profile = Profile("1", "三亚试验", avatar=avatar)
    page = Page("https://m.weibo.cn/api?x=1", 200, body, at)
    return Seen(Snapshot("a", at, Sighting(profile), "weibo"), {}, kept=(page,))


def test_an_avatar_waits_until_two_pictures_of_it_came() -> None:
    gallery = Gallery()
    note_avatar(gallery, "a", "weibo", shown("abcdef.jpg"))
    recall(gallery, {"a": {"abcdef.jpg": Picture(T0 - DAY, "aa", "aa", times=2)}})
    assert not gallery.waiting  # it was noted before the database was asked, which knew it
    gallery.known = {}
    note_avatar(gallery, "a", "weibo", shown("abcdef.jpg"))
    assert list(gallery.waiting) == [("a", "abcdef.jpg")]
    assert take(gallery, frozenset({"weibo"}), T0) is None
    assert take(gallery, frozenset(), T0) is not None
    for known, later, wanted in (
        (Picture(T0, "aa", "aa", times=1), timedelta(0), False),
        (Picture(T0, "aa", "aa", times=1), HOUR, True),
        (Picture(T0, "aa", "aa", times=2), DAY, False),
        (Picture(T0, tries=TRIES - 1), HOUR, True),
        (Picture(T0, tries=TRIES), HOUR, False),
        (Picture(T0, tries=TRIES), DAY, True),
    ):
        gallery.known = {"a": {"abcdef.jpg": known}}
        note_avatar(gallery, "a", "weibo", shown("abcdef.jpg", T0 + later))
        assert (take(gallery, frozenset(), T0) is not None) is wanted, known


def test_what_a_credential_opened_tells_the_address_and_is_kept_nowhere() -> None:
    gallery, body = Gallery(known={}), f'{{"avatar":"{SIGNED}","access_token":"SECRET"}}'.encode()
    plain = shown("ab12.jpg")
    note_avatar(gallery, "a", "weibo", replace(plain, private=(replace(plain.kept[0], body=body),)))
    (wanted,) = gallery.waiting.values()
    assert wanted.link is not None
    assert wanted.link.url == SIGNED
    assert "SECRET" not in repr(wanted)


def test_what_shows_no_avatar_wants_none() -> None:
    gallery = Gallery(known={})
    failure = Failure("a", T0, Trouble.BLOCKED, "")
    partial = Snapshot("a", T0, Sighting(None, coverage=Coverage.PARTIAL), "weibo")
    for seen in (shown(None), shown(""), Seen(failure, {}), Seen(partial, {})):
        note_avatar(gallery, "a", "weibo", seen)
    assert not gallery.waiting


SIGNED = "https://tvax1.sinaimg.cn/crop.0.0.512.512.180/ab12.jpg?KID=imgbed,tva&Expires=1&ssig=x"


@pytest.mark.parametrize(
    ("avatar", "body", "url"),
    [
        ("ab12.jpg", f'{{"profile_image_url":"{SIGNED}"}}', SIGNED),
        ("ab12.jpg", '{"a":"https:\\/\\/tva1.sinaimg.cn\\/crop.1.180\\/ab12.jpg?a=1\\u0026b=2"}',
         "https://tva1.sinaimg.cn/crop.1.180/ab12.jpg?a=1&b=2"),
        ("ab12.jpg", '<img src="//p.sinaimg.cn/ab12.jpg?a=1&amp;b=2">',
         "https://p.sinaimg.cn/ab12.jpg?a=1&b=2"),
        ("ab12.jpg", "url(http://p.sinaimg.cn/ab12.jpg)", "https://p.sinaimg.cn/ab12.jpg"),
        ("ab12.jpg", "?src=https%3A%2F%2Fp.sinaimg.cn%2Fab12.jpg", "https://p.sinaimg.cn/ab12.jpg"),
        ("/mmhead/XaBcDe/0", '"http://wx.qlogo.cn/mmhead/XaBcDe/0"',
         "https://wx.qlogo.cn/mmhead/XaBcDe/132"),
        ("ab12.jpg", '"https://w.sinaimg.cn/orj1080/ab12.jpg" "https://w.sinaimg.cn/orj360/ab12.jpg"',
         "https://w.sinaimg.cn/orj360/ab12.jpg"),
        ("ab12.jpg", "nothing of it", None),
        ("ab12.jpg", "no address but ab12.jpg", None),
        ("0", '"https://wx.qlogo.cn/0"', None),
    ],
)  # fmt: skip
def test_the_address_of_an_avatar_is_found_in_the_page(
    avatar: str, body: str, url: str | None
) -> None:
    link = link_to(avatar, [Page("https://m.weibo.cn/u/1?a=b", 200, body.encode(), T0)])
    assert (link and link.url) == url
    assert link is None or link.referer == "https://m.weibo.cn/"


def test_of_many_addresses_only_needed_ones_and_the_newest_are_remembered() -> None:
    face = pictured(NO_FACE, "first.jpg", Picture(T0, "aa", "aa", times=1), "first.jpg")
    for number in range(20):
        at = T0 + number * DAY
        face = pictured(face, f"{number}.jpg", Picture(at, "bb", "bb", times=1), "first.jpg")
    assert len(face.pictures) == 8
    assert "first.jpg" in face.pictures
    assert "19.jpg" in face.pictures


def test_another_look_at_the_same_address_begins_anew_and_a_failure_forgets_nothing() -> None:
    face = pictured(NO_FACE, "a.jpg", Picture(T0, "aa", "aa", times=1), None)
    face = pictured(face, "a.jpg", Picture(T0, "ab", "aa", times=1), None)
    assert face.pictures["a.jpg"].sure
    face = pictured(face, "a.jpg", Picture(T0, why="404", tries=1), None)
    assert (face.pictures["a.jpg"].sure, face.pictures["a.jpg"].sha256) == (True, "ab")
    face = pictured(face, "a.jpg", Picture(T0, "cc", "cc", ("aa",), times=1), None)
    assert not face.pictures["a.jpg"].sure


# -- what comes ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((200, b""), "empty"),
        ((200, "<html>防盗链</html>".encode()), "UnidentifiedImageError"),
        ((404, b""), "404"),
        ((403, b""), "403"),
        ((200, b"GIF89a" + bytes(60)), "Error"),
    ],
)
async def test_what_is_no_picture_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: tuple[int, bytes], why: str
) -> None:
    async with watching(tmp_path) as (watch, clock):
        ask: Callable[..., Any] = watch.fetcher.http.ask

        async def other(request: Any, *more: Any, **rest: Any) -> Page:
            if "sinaimg" in request.url:
                return Page(request.url, *answer, clock.now())
            page: Page = await ask(request, *more, **rest)
            return page

        monkeypatch.setattr(watch.fetcher.http, "ask", other)
        await walk(watch, clock, 2 * HOUR)
        face = face_of(watch)
        refused = watch.gallery.resting
    (kept,) = face.pictures.values()
    assert (kept.sha256, kept.look, kept.times) == ("", "", 0)
    assert why in kept.why
    assert bool(refused) is (answer[0] == 403)


def test_the_replica_serves_the_same_picture_at_the_moved_address() -> None:
    here = "https://tvax1.sinaimg.cn/crop.0.0.512.512.180/00gy1replica"
    first, moved, other, lost = (
        get(world([]), f"{here}{end}.jpg") for end in ("", "moved", "new", "lost")
    )
    assert first.body != moved.body
    assert first.body != other.body
    assert [each.status for each in (first, moved, other, lost)] == [200, 200, 200, 404]
