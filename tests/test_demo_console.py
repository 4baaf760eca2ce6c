"""What `make demo` shows of impersonators: its own console over its own world."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import httpx

from tests.test_searching import PEOPLE, T0, ask, watching
from watcher import store
from watcher.casting import Casting
from watcher.demo import CAP, console_of
from watcher.demo_suspects import LOOKALIKES, with_lookalikes
from watcher.model import CaseState
from watcher.suspects import judge_candidates
from watcher.views import Beats, Pictures

IMPOSTORS = {"三亚发步", "三业公安"}


async def test_the_demos_console_serves_two_impersonators_with_their_cases(tmp_path: Path) -> None:
    shown = replace(with_lookalikes(PEOPLE, T0).world, outages=())
    async with watching(tmp_path, shown=shown) as (watch, clock):
        for name in ("三亚发布", "三亚公安"):
            await ask(watch, "weibo_search", name)
        await judge_candidates(watch, Casting(searches=watch.searches.asked))
        with watch.db.read() as c:
            cases = {
                str(each.finding.facts["name"]): each
                for each in store.list_cases(c, CaseState.OPEN)
                if each.finding.rule == "IMP-01"
            }
        assert set(cases) == IMPOSTORS
        pictures = Pictures(watch, Beats(clock.now()), clock.now, "1", CAP)
        await pictures.refresh()
        transport = httpx.ASGITransport(app=console_of(watch, pictures))
        async with httpx.AsyncClient(transport=transport, base_url="http://demo") as client:
            queue = (await client.get("/candidates")).text
            listed = {name for name in LOOKALIKES if f">{name}<" in queue}
            assert listed == IMPOSTORS
            for name, case in cases.items():
                number = case.finding.account.removeprefix("candidate:")
                for path in (f"/candidates/{number}", f"/cases/{case.id}"):
                    page = await client.get(path)
                    assert (page.status_code, name in page.text) == (200, True), path
                assert f"/cases/{case.id}" in (await client.get("/")).text
