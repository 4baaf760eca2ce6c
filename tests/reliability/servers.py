"""The real Prometheus and Alertmanager of Debian beside the real daemon, on loopback."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.reliability import stage as stages
from tests.reliability.stage import ROOT, Stage, _free_port, stage
from watcher.model import Account
from watcher.replica.app import serve
from watcher.replica.world import Actor, World

TOKEN = "alertmanager-token-123456"
# What is told too early, while the other is not found yet, must soon be told again.
PROMETHEUS = ("prometheus", "--rules.alert.resend-delay", "1s", "--storage.tsdb.path")
ALERTMANAGER = ("prometheus-alertmanager", "--cluster.listen-address", "", "--storage.path")
MISSING = [name for name, *_ in (PROMETHEUS, ALERTMANAGER) if shutil.which(name) is None]
WAIT = 45.0  # seconds for one step, on a machine that is busy with other tests
needed = pytest.mark.skipif(
    bool(MISSING), reason=f"not installed: {', '.join(MISSING)} (`make test` as root installs them)"
)


@dataclass(slots=True)
class Stand:
    """The daemon, the two servers, and the switch that makes the silent account post."""

    s: Stage
    prometheus: str
    alertmanager: str
    spoken: bool = False

    async def ask(self, query: str) -> list[dict[str, Any]]:
        """The samples of a query, as Prometheus has them now."""
        async with httpx.AsyncClient(timeout=5) as client:
            path = f"{self.prometheus}/api/v1/query"
            answer = (await client.get(path, params={"query": query})).json()
        assert answer["status"] == "success", answer
        return list(answer["data"]["result"])

    async def silence(self, name: str) -> None:
        """Silence an alert in Alertmanager for an hour."""
        now = datetime.now(UTC)
        match = {"name": "alertname", "value": name, "isRegex": False, "isEqual": True}
        asked = {
            "matchers": [match],
            "startsAt": now.isoformat(),
            "endsAt": (now + timedelta(hours=1)).isoformat(),
            "createdBy": "测试",
            "comment": "试",
        }
        async with httpx.AsyncClient(timeout=5) as client:
            answer = await client.post(f"{self.alertmanager}/api/v2/silences", json=asked)
        assert answer.status_code == 200, answer.text


async def until(what: str, found: Callable[[], Any], log: Callable[[], str]) -> Any:
    """Wait until it is found; what it is."""
    for _ in range(int(WAIT * 5)):
        if result := found():
            return result
        await asyncio.sleep(0.2)
    raise AssertionError(f"never: {what}\n{log()[-3000:]}")


@asynccontextmanager
async def stand(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    cast: Sequence[tuple[Account, Actor]],
    one_by_one: bool = False,
) -> AsyncIterator[Stand]:
    """All of it, running. The clock is real, since Prometheus has no other.

    `one_by_one`: accounts and cases are shown and scraped one by one.
    """
    made: list[Stand] = []

    @asynccontextmanager
    async def replica(shown: World, shift: timedelta) -> AsyncIterator[str]:
        def clock() -> datetime:
            late = bool(made) and made[0].spoken
            return datetime.now(UTC) + (timedelta(minutes=11) if late else timedelta(0))

        async with serve(shown, 0, clock) as base:
            yield base

    monkeypatch.setattr(stages, "_replica", replica)
    async with stage(folder, cast, shift=timedelta(0)) as s:
        ports = _free_port(), _free_port()
        open_door(s, f"http://127.0.0.1:{ports[1]}", one_by_one)
        made.append(Stand(s, *(f"http://127.0.0.1:{port}" for port in ports)))
        configure(folder, s.port, *ports, one_by_one=one_by_one)
        await s.go(every=1, rest=1)
        await s.says("/healthz", 200)
        async with (
            program(folder, *ALERTMANAGER, str(folder / "am"), port=ports[1]),
            program(folder, *PROMETHEUS, str(folder / "tsdb"), port=ports[0]),
        ):
            yield made[0]
        assert await s.end() == 0


def open_door(s: Stage, alertmanager: str, one_by_one: bool) -> None:
    """Give the daemon and Alertmanager the same token."""
    path = s.folder / "watcher.yaml"
    settings = json.loads(path.read_text("utf-8"))
    asked = {"token": {"file": "alertmanager.token"}, "url": alertmanager, "every": "1s"}
    settings["alertmanager"] = asked
    settings["metrics"]["accounts"] = one_by_one
    path.write_text(json.dumps(settings), "utf-8")
    (s.folder / "alertmanager.token").write_text(TOKEN)


def configure(
    folder: Path, daemon: int, prometheus: int, alertmanager: int, one_by_one: bool
) -> None:
    """The delivered configuration, quick and on free ports; the expressions stay as they are."""
    ports = {"8710": daemon, "9090": prometheus, "9093": alertmanager}
    text = (ROOT / "deploy/prometheus/prometheus.yml").read_text("utf-8")
    if one_by_one:  # as an operator does: the job is there, commented out
        text = re.sub(r"^  # (?=- job_name|  )", "  ", text, flags=re.M)
    for old, new in ports.items():
        text = text.replace(f"127.0.0.1:{old}", f"127.0.0.1:{new}")
    settings = yaml.safe_load(text)
    quick = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    settings["global"].update(quick)
    for job in settings["scrape_configs"]:
        job.pop("scrape_interval", None)
    (folder / "prometheus.yml").write_text(yaml.safe_dump(settings), "utf-8")
    rules = yaml.safe_load((ROOT / "deploy/prometheus/rules.yml").read_text("utf-8"))
    for group in rules["groups"]:
        for rule in group["rules"]:
            if "for" in rule and rule["alert"] != "ShouwangDown":  # true until the first scrape
                rule["for"] = "1s"
    (folder / "rules.yml").write_text(yaml.safe_dump(rules, allow_unicode=True), "utf-8")
    text = (ROOT / "deploy/alertmanager/alertmanager.yml").read_text("utf-8")
    text = text.replace("127.0.0.1:8710", f"127.0.0.1:{daemon}")
    settings = yaml.safe_load(text.replace("education_office", "bureau"))
    quick = {"group_wait": "0s", "group_interval": "1s", "repeat_interval": "1h"}
    settings["route"].update(quick)
    (folder / "prometheus-alertmanager.yml").write_text(yaml.safe_dump(settings), "utf-8")


@asynccontextmanager
async def program(folder: Path, name: str, *more: str, port: int) -> AsyncIterator[None]:
    """One of the servers, once it answers; what it writes goes to a file."""
    with (folder / f"{name}.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            name,
            *("--config.file", str(folder / f"{name}.yml"), "--log.level", "warn"),
            *("--web.listen-address", f"127.0.0.1:{port}", *more),
            stdout=log,
            stderr=log,
            cwd=folder,
        )
        try:
            await _answers(f"http://127.0.0.1:{port}/-/ready", folder / f"{name}.log")
            yield
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


async def _answers(url: str, log: Path) -> None:
    async with httpx.AsyncClient(timeout=5) as client:
        for _ in range(int(WAIT * 5)):
            try:
                if (await client.get(url)).is_success:
                    return
            except httpx.TransportError:  # it does not listen yet
                pass
            await asyncio.sleep(0.2)
    raise AssertionError(f"never ready: {url}\n{log.read_text('utf-8', 'replace')[-3000:]}")
