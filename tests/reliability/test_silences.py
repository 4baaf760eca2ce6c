"""Sudden deaths around a silence, a link and the report of duty: nothing is lost, nothing twice."""

from __future__ import annotations

import asyncio
import json
import re
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from urllib.parse import urlencode

import pytest

from tests.reliability.stage import Stage, open_hours, stage, weibo
from watcher import store
from watcher.quiet import Silence
from watcher.store.schema_letters import silence
from watcher.store.silences import add_silence

ACCOUNTS = 12
WISHES = {"lease": 1.5, "letter_lease": 2, "every": 2.5}
ENDS = 4  # seconds until the silence ends, once it holds all there is
DUTY = "SELECT count(*) FROM outbox WHERE key LIKE '值守%'"
SAID = "SELECT count(*) FROM outbox WHERE why = 'first' AND state IN ('sent', 'merged')"


def changed(s: Stage, **values: object) -> None:
    """Write more into the configuration of the next life."""
    path = s.folder / "watcher.yaml"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | values), "utf-8")


@pytest.mark.slow
async def test_a_silence_ends_once_whatever_befalls_the_process(tmp_path: Path) -> None:
    dice, shift = Random(7), open_hours(datetime.now(UTC))
    last = datetime.now(UTC) + shift - timedelta(days=11)
    cast = [weibo(n, [last - timedelta(days=k) for k in range(9)]) for n in range(1, ACCOUNTS + 1)]
    async with stage(tmp_path, cast, shift=shift) as s:
        db = store.connect(f"sqlite:///{s.database}")
        with db.write() as c:
            hour = s.now() + timedelta(hours=1)
            add_silence(c, Silence(hour, "演练", "值班员", s.now(), rule="UPD-*"))
        await s.go(**WISHES)
        await s.until("SELECT count(*) FROM held_notice WHERE why = 'first'", ACCOUNTS, 60)
        until = s.now() + timedelta(seconds=ENDS)
        with db.write() as c:
            c.execute(silence.update().values(until=until))
        db.close()
        await s.end(signal.SIGKILL)
        while s.now() < until + timedelta(seconds=5):
            await s.go(**WISHES)
            await asyncio.sleep(dice.uniform(0.4, 1.6))
            assert await s.end(signal.SIGKILL) == -signal.SIGKILL, s.log[-3000:]
            if s.now() < until:
                assert s.box.got == [], s.box.got
        await s.go(**WISHES)
        await s.until("SELECT count(*) FROM silence WHERE concluded_at IS NOT NULL", 1, 60)
        query = "SELECT count(*) FROM cases WHERE state = 'open' AND told_at IS NOT NULL"
        await s.until(query, ACCOUNTS, 60)
        ((targets,),) = s.rows(
            "SELECT count(DISTINCT target) FROM outbox WHERE case_id IS NOT NULL"
        )
        await s.until(SAID, ACCOUNTS * targets, 60)
        assert await s.end() == 0
        assert s.rows("PRAGMA integrity_check") == [("ok",)]
        held = s.rows("SELECT count(*), min(letters) FROM held_notice WHERE why = 'first'")
        assert held == [(ACCOUNTS, targets)]
        once = s.rows(
            "SELECT case_id, target, count(*) FROM outbox WHERE why = 'first' GROUP BY 1, 2"
        )
        assert {number for *_, number in once} == {1}
        summaries = s.rows("SELECT title FROM outbox WHERE key LIKE '静默1-%'")
        assert summaries == [("【静默结束】第1号静默",)]
        seen: set[str] = set()
        for message in s.box.got:
            assert message.marked or not seen & set(message.letters), message.text
            seen.update(message.letters)


@pytest.mark.slow
async def test_a_link_from_a_letter_acknowledges_across_lives(tmp_path: Path) -> None:
    shift = open_hours(datetime.now(UTC))
    last = datetime.now(UTC) + shift - timedelta(days=11)
    cast = [weibo(1, [last - timedelta(days=k) for k in range(9)])]
    async with stage(tmp_path, cast, shift=shift) as s:
        changed(s, public_url=f"http://127.0.0.1:{s.port}", alive={"roles": ["O"]})
        await s.go(**WISHES)
        await s.until(SAID, 1, 40)
        await s.until(
            "SELECT count(*) FROM outbox WHERE key LIKE '值守%' AND state = 'sent'", 1, 40
        )
        await s.end(signal.SIGKILL)
        key = tmp_path / "var" / "links.key"
        assert key.stat().st_mode & 0o777 == 0o600
        (letter,) = [each for each in s.box.raw if each.get("link")]
        path = letter["link"]["url"].removeprefix(f"http://127.0.0.1:{s.port}")
        await s.go(**WISHES)
        page = await s.says(path, 200)
        mark = re.search(r'name="mark" value="(\w+)"', page)
        assert mark is not None
        assert s.rows("SELECT acknowledged_by FROM cases WHERE rule = 'UPD-03'") == [("",)]
        status, said = await post(s, path, {"mark": mark[1], "name": "张三"})
        await s.end(signal.SIGKILL)  # right after the answer
        assert (status, "已签收" in said) == (200, True)
        by = "张三（试验局办公室）"
        assert s.rows("SELECT acknowledged_by FROM cases WHERE rule = 'UPD-03'") == [(by,)]
        await s.go(**WISHES)
        assert f"已由{by}于" in await s.says(path, 200)
        assert (await s.get("/ack/" + "A" * 70))[0] == 404
        await asyncio.sleep(3)
        assert await s.end() == 0
        token = path.rpartition("/")[2]
        assert token not in s.log
        everything = s.rows("SELECT body || short || title || last_error FROM outbox")
        assert all(token not in text for (text,) in everything)
        # Three lives on one working day, one report of duty.
        assert s.rows(DUTY) == [(1,)]
        assert sum("【值守日报】" in message.text for message in s.box.got) == 1


async def post(s: Stage, path: str, form: dict[str, str]) -> tuple[int, str]:
    """Send a form to the console."""
    body = urlencode(form).encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", s.port)
    head = f"POST {path} HTTP/1.0\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    answer = (await asyncio.wait_for(reader.read(), 10)).decode()
    writer.close()
    head, _, text = answer.partition("\r\n\r\n")
    return int(head.split()[1]), text
