"""The real Prometheus and Alertmanager beside the real daemon: from the page to the case."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.reliability.servers import WAIT, needed, stand, until
from tests.reliability.test_signals import silent
from watcher.replica.world import Item

HEARTBEAT = (
    "SELECT state, (SELECT count(*) FROM alarm_case WHERE alarm_id = alarm.id)"
    " FROM alarm WHERE receiver = 'heartbeat'"
)


def speaks_later() -> list[Any]:
    """A silent account with one more post, which shows when the replica's clock jumps."""
    [(account, one)] = silent(1)
    now = datetime.now(UTC)
    late = Item(len(one.items), now, "终于更新了", shown=now + timedelta(minutes=10))
    times = (*one.shown_at, late.visible_from)
    return [(account, replace(one, items=(*one.items, late), shown_at=times))]


@needed
@pytest.mark.slow
async def test_a_stale_account_travels_from_the_page_to_its_case_by_alertmanager_and_resolves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stand(tmp_path, monkeypatch, speaks_later()) as at:
        s = at.s

        def log() -> str:
            return "".join(
                (tmp_path / name).read_text("utf-8", "replace")
                for name in ("log.txt", "prometheus.log", "prometheus-alertmanager.log")
            )

        def alarms(state: str) -> list[tuple[Any, ...]]:
            return s.rows(
                "SELECT c.id, a.receiver, a.labels FROM alarm a JOIN alarm_case l ON a.id ="
                " l.alarm_id JOIN cases c ON c.id = l.case_id WHERE c.account = 'weibo-001'"
                f" AND c.rule = 'UPD-04' AND a.state = '{state}'"
            )

        [(case, receiver, labels)] = await until(
            "the case hears of its alert", lambda: alarms("firing"), log
        )
        assert receiver == "bureau"
        known = json.loads(labels)
        assert (known["alertname"], known["severity"]) == ("ShouwangAccountsStale", "critical")
        assert (known["platform"], known["office"], known["level"]) == ("weibo", "bureau", "red")
        [stale] = await at.ask("sum(shouwang_accounts_stale)")
        assert float(stale["value"][1]) >= 1
        page = (await s.get(f"/cases/{case}"))[1]
        assert "ShouwangAccountsStale" in page
        assert "告警解除" not in page

        at.spoken = True
        await s.until("SELECT state FROM cases WHERE id = " + str(case), "closed", WAIT)
        await until("the case hears that it ended", lambda: alarms("resolved"), log)
        assert alarms("firing") == []
        assert "告警解除" in (await s.get(f"/cases/{case}"))[1]
        assert await at.ask("sum(shouwang_accounts_stale)") == []
        heart = await until("the heartbeat is noted", lambda: s.rows(HEARTBEAT), log)
        assert heart == [("firing", 0)]  # it concerns no case
        await at.silence("ShouwangWatchdog")
        silent = "SELECT suppressed FROM alarm WHERE receiver = 'heartbeat' AND suppressed <> '[]'"
        [(why,)] = await until("the silence is noted", lambda: s.rows(silent), log)
        assert json.loads(why)[0].startswith("静默 ")
