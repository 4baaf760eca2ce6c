"""A package for every case: what is in it, when it is made, and what never is."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.test_lookout import DAY, HOUR, MINUTE, T0, open_now, watching
from watcher import proving, store
from watcher.evidence import place
from watcher.manifest import GENESIS, link_of
from watcher.model import Fetch, Level, Page, Post, Profile, Request, Sighting, Source
from watcher.proofs import Proofs, hold
from watcher.proving import prove, upkeep
from watcher.reading import Seen
from watcher.rounds import dispatch, judge_due
from watcher.sight import Plan
from watcher.store import Link
from watcher.watch import Watch, drain

BODY = '{"token": "abcdefghijkl", "name": "三亚0号", "page": 1}'.encode()


class Paper:
    """A fetcher's stand-in: every page is BODY."""

    @staticmethod
    def page(url: str = "https://example.cn/1?token=abcdefghijkl") -> Page:
        return Page(url, 200, BODY, T0, {"content-type": "application/json"})


@pytest.fixture(autouse=True)
def plain_reading(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Readings whose pages come without a network."""

    async def ask(self: Any, request: Request, *more: Any, **other: Any) -> Page:
        return Paper.page(request.url)

    monkeypatch.setattr("watcher.fetch.http.Http.ask", ask)
    return iter(())


async def silent(watch: Watch) -> None:
    """Read all accounts, and let their cases of UPD-04 open."""
    rules = watch.book.rules
    watch.book = replace(watch.book, rules=replace(rules, rules={"UPD-04": rules.rules["UPD-04"]}))
    stage = watch.collectors["stage"]
    inner = stage.collect

    async def collect(source: Source, fetch: Fetch) -> Sighting:
        await fetch(Request(f"https://example.cn/{source.handle}?token=abcdefghijkl"))
        return await inner(source, fetch)

    watch.adopt({"stage": replace(stage, collect=collect)})
    await dispatch(watch)
    await drain(watch)
    await judge_due(watch)


def chain(watch: Watch) -> tuple[Link, ...]:
    with watch.db.read() as c:
        return store.links(c)


def manifest(watch: Watch, link: Link) -> dict[str, Any]:
    assert watch.proofs.folder is not None
    found: dict[str, Any] = json.loads(place(link.manifest, watch.proofs.folder).read_bytes())
    return found


async def test_a_case_gets_the_pages_that_prove_it_scrubbed_and_hashed(tmp_path: Path) -> None:
    async with watching(tmp_path, accounts=1, plan=Plan()) as (watch, _):
        await silent(watch)
        assert await prove(watch) == ()
        (case,), (link,) = open_now(watch), chain(watch)
        made = manifest(watch, link)
        assert watch.proofs.folder is not None
        files = {each["name"]: each for each in made["files"]}
        body = place(files["01.json"]["sha256"], watch.proofs.folder).read_bytes()
        said = json.loads(place(files["sighting.json"]["sha256"], watch.proofs.folder).read_bytes())
    assert (link.number, link.case_id, link.level) == (1, case.id, "red")
    assert link.link == link_of(GENESIS, link.manifest)
    assert b"abcdefghijkl" not in body
    assert "三亚0号".encode() in body
    assert "abcdefghijkl" not in json.dumps(made)
    assert (
        files["01.json"]["read_sha256"] == made["finding"]["facts"]["reading"]["pages"][0]["sha256"]
    )
    assert files["01.json"]["scrubbed"] is True
    assert said["sighting"]["profile"]["name"] == "三亚0号"
    assert made["opened_at"] == {
        "utc": "2026-03-03T01:00:00+00:00",
        "beijing": "2026-03-03T09:00:00+08:00",
    }
    assert made["reading"]["collector"] == "stage"
    assert made["fetcher"].startswith("shouwang ")
    assert link.keep_until == T0 + 1096 * DAY


async def test_a_case_has_one_package_and_another_when_it_turns_red(tmp_path: Path) -> None:
    async with watching(tmp_path, accounts=1, plan=Plan()) as (watch, _):
        await silent(watch)
        with watch.db.write() as c:
            (case,) = store.list_cases(c)
            low = replace(case, finding=replace(case.finding, level=Level.ORANGE))
            store.save_cases(c, [low])
        for _ in range(2):
            await prove(watch)
        assert [link.level for link in chain(watch)] == ["orange"]
        with watch.db.write() as c:
            store.save_cases(c, [case])
        for _ in range(2):
            await prove(watch)
        first, second = chain(watch)
    assert (first.level, second.level) == ("orange", "red")
    assert second.link == link_of(first.link, second.manifest)


async def test_a_case_waits_a_day_for_bytes_and_then_keeps_the_hashes(tmp_path: Path) -> None:
    async with watching(tmp_path, accounts=1, plan=Plan()) as (watch, platform):
        await silent(watch)
        watch.proofs.held.clear()  # as after a restart
        await prove(watch)
        assert chain(watch) == ()
        platform.clock.moment += DAY - MINUTE
        await prove(watch)
        assert chain(watch) == ()
        platform.clock.moment += MINUTE
        await prove(watch)
        (link,) = chain(watch)
        made = manifest(watch, link)
    assert made["files"] == []
    assert "不在手边" in made["notes"][0]


async def test_over_the_cap_only_manifests_are_kept_and_operators_hear_it_once(
    tmp_path: Path,
) -> None:
    async with watching(tmp_path, accounts=3, plan=Plan()) as (watch, _):
        watch.proofs.most = 100
        await silent(watch)
        (said,) = await prove(watch)
        assert "上限" in said
        assert await prove(watch) == ()
        assert len(chain(watch)) == 3
        for link in chain(watch):
            made = manifest(watch, link)
            assert all(not each["kept"] and each["sha256"] for each in made["files"])
            assert any("上限" in note for note in made["notes"])
        assert len(list((tmp_path / "evidence/packages").glob("??/*"))) == 3


async def test_a_full_disk_is_told_once_and_the_case_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    async with watching(tmp_path, accounts=2, plan=Plan()) as (watch, _):
        await silent(watch)
        with monkeypatch.context() as full:
            full.setattr(proving, "keep_bytes", no_room)
            (said,) = await prove(watch)
            assert "No space left" in said
            assert await prove(watch) == ()
        assert len(open_now(watch)) == 2
        assert chain(watch) == ()
        await prove(watch)
        assert len(chain(watch)) == 2


async def test_equal_bytes_lie_there_once(tmp_path: Path) -> None:
    async with watching(tmp_path, accounts=3, plan=Plan()) as (watch, _):
        await silent(watch)
        await prove(watch)
        with watch.db.read() as c:
            used = store.evidence_bytes(c)
        files = [f for f in (tmp_path / "evidence/packages").glob("??/*") if f.is_file()]
    assert used == sum(file.stat().st_size for file in files)
    assert len(files) == 3 + 3 + 1  # manifests, sightings, one page


async def test_expired_files_go_and_the_chain_stays(tmp_path: Path) -> None:
    async with watching(tmp_path, accounts=2, plan=Plan()) as (watch, platform):
        await silent(watch)
        await prove(watch)
        first, _ = open_now(watch)
        platform.clock.moment += 1096 * DAY + MINUTE
        await upkeep(watch)
        assert [link.state for link in chain(watch)] == ["kept", "kept"], "their cases are open"
        with watch.db.write() as c:
            closed = replace(first, state=type(first.state).CLOSED, closed_at=T0)
            store.save_cases(c, [closed])
        await upkeep(watch)
        states = {link.case_id: link for link in chain(watch)}
        over = states[first.id]
        assert over.state == "expired"
        files = {each["name"]: each["sha256"] for each in manifest(watch, over)["files"]}
        assert watch.proofs.folder is not None
        assert not place(files["sighting.json"], watch.proofs.folder).exists()
        assert place(files["01.json"], watch.proofs.folder).exists(), "another package needs it"


async def test_files_that_nobody_names_are_cleared_away_after_a_day(tmp_path: Path) -> None:
    async with watching(tmp_path, accounts=1, plan=Plan()) as (watch, _):
        await silent(watch)
        await prove(watch)
        folder = watch.proofs.folder
        assert folder is not None
        young, old = folder / "ab" / ("0" * 62), folder / "cd" / ("0" * 62)
        for file, at in ((young, T0 - HOUR), (old, T0 - 2 * DAY)):
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(b"left by a crash")
            os.utime(file, (at.timestamp(), at.timestamp()))
        with watch.db.write() as c:
            head = store.evidence_head(c)
            store.set_mark(c, "evidence_head", "2 torn")
        await upkeep(watch)
        assert old.exists(), "a chain without its end is not tidied"
        with watch.db.write() as c:
            store.set_mark(c, "evidence_head", str(head))
        await upkeep(watch)
        assert young.exists()
        assert not old.exists()
        assert len(chain(watch)) == 1


def seen(account: str, size: int, at: timedelta = timedelta()) -> Seen:
    from watcher.model import Snapshot

    page = Page("https://example.cn/", 200, b"x" * size, T0 + at)
    sighting = Sighting(Profile("1", "三亚"), (Post("p", T0),))
    return Seen(Snapshot(account, T0 + at, sighting, "stage"), {}, page, (page,))


def test_what_is_held_is_bounded_and_the_oldest_goes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watcher.proofs._AROUND", 0)
    proofs = Proofs(tmp_path, room=100)
    for name in ("a", "b", "c"):
        hold(proofs, name, seen(name, 40))
    assert [key[0] for key in proofs.held] == ["b", "c"]
    assert proofs.size == 80
    hold(proofs, "b", seen("b", 10))
    assert [key[0] for key in proofs.held] == ["c", "b"]
    hold(proofs, "d", seen("d", 1000))
    assert (proofs.held, proofs.size) == ({}, 0)
    hold(Proofs(), "a", seen("a", 1))
