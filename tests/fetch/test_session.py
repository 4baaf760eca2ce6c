"""Guest sessions: one handshake for everybody, and not too often."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from tests.fetch.conftest import HOST, Clock, Make, Site, reader
from watcher.model import CollectError, Fetch, Request, Session, Source, Trouble

SITE = f"http://{HOST}"


class Desk:
    """A handshake that counts, and fails when told to."""

    def __init__(self, lifetime: float = 1200.0) -> None:
        self.count, self.lifetime = 0, lifetime
        self.error: CollectError | None = None

    async def __call__(self, source: Source, fetch: Fetch) -> Session:
        self.count += 1
        mine = self.count
        await fetch(Request(f"{SITE}/handshake?n={mine}", secret=True, session="guest"))
        await asyncio.sleep(0.02)
        if self.error is not None:
            raise self.error
        return Session({"sub": str(mine)}, {"ticket": f"t{mine}"}, self.lifetime)


Ask = Callable[..., Coroutine[Any, Any, str]]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def asker(make: Make, desk: Desk) -> Callable[[], Ask]:
    fetcher = make()

    def new() -> Ask:
        read = reader(fetcher, handshake=desk)

        async def ask(renew: bool = False, name: str = "guest") -> str:
            page = await read(Request(f"{SITE}/echo", session=name, renew=renew))
            return str(page.json()["headers"]["cookie"])

        return ask

    return new


async def test_twenty_readers_make_one_handshake(make: Make, desk: Desk, site: Site) -> None:
    new = asker(make, desk)
    assert set(await asyncio.gather(*(new()() for _ in range(20)))) == {"sub=1"}
    assert desk.count == 1
    assert sum("ticket=t1" in path for path in site.paths) == 20


async def test_sessions_have_names_and_end(make: Make, clock: Clock) -> None:
    desk = Desk(lifetime=100.0)
    ask = asker(make, desk)()
    assert [await ask(), await ask(name="other")] == ["sub=1", "sub=2"]
    clock.move(99)
    assert await ask() == "sub=1"
    clock.move(1)
    assert await ask() == "sub=3"


async def test_a_refused_session_is_renewed_once_for_all(
    make: Make, desk: Desk, clock: Clock
) -> None:
    new = asker(make, desk)
    askers = [new() for _ in range(5)]
    for ask in askers:
        assert await ask() == "sub=1"
    clock.move(61)
    answers = [await ask(renew=True) for ask in askers[:3]]
    answers += await asyncio.gather(*(ask(renew=True) for ask in askers[3:]))
    assert answers == ["sub=2"] * 5
    assert desk.count == 2


async def test_a_session_refused_as_soon_as_made_is_a_wall(make: Make, desk: Desk) -> None:
    ask = asker(make, desk)()
    await ask()
    with pytest.raises(CollectError, match="as soon as") as caught:
        await ask(renew=True)
    assert caught.value.trouble is Trouble.BLOCKED
    assert desk.count == 1


async def test_a_failed_handshake_fails_all_and_is_not_repeated_for_a_minute(
    make: Make, desk: Desk, clock: Clock
) -> None:
    desk.error = CollectError(Trouble.BLOCKED, "captcha", 90.0)
    new = asker(make, desk)
    results = await asyncio.gather(*(new()() for _ in range(5)), return_exceptions=True)
    for error in results:
        assert isinstance(error, CollectError)
        assert (error.trouble, error.detail, error.retry_after) == (Trouble.BLOCKED, "captcha", 90)
    with pytest.raises(CollectError):
        await new()()
    assert desk.count == 1
    desk.error = None
    clock.move(60)
    assert await new()() == "sub=2"


async def test_a_reader_that_gives_up_does_not_take_the_others_along(
    make: Make, desk: Desk
) -> None:
    new = asker(make, desk)
    first, second = asyncio.create_task(new()()), asyncio.create_task(new()())
    await asyncio.sleep(0.01)
    first.cancel()
    assert await second == "sub=1"
    assert first.cancelled()


async def test_what_opens_doors_is_not_kept_and_the_rest_is_up_to_a_bound(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watcher.fetch.reader.KEPT", 100)

    async def shake(source: Source, fetch: Fetch) -> Session:
        await fetch(Request(f"{SITE}/handshake", session="guest"))
        return Session(params={"ticket": "t1"})

    read = reader(make(), handshake=shake)
    await read(Request(f"{SITE}/open", session="guest"))
    await read(Request(f"{SITE}/token?secret=1", secret=True))
    await read(Request(f"{SITE}/{'long' * 30}"))
    await read(Request(f"{SITE}/short"))
    assert [page.url for page in read.kept] == [f"{SITE}/open", f"{SITE}/short"]
    assert read.left_out == 1
    assert len(read.pages) == 5
