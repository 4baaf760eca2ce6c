"""The delivered dashboards: made by the generator, sound, and in the language of the offices."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from alerts.metrics import render, render_accounts
from tests.alerts.test_metrics import full
from tests.deploy.test_prometheus_files import alerts
from tools.grafana.__main__ import boards
from tools.grafana.asking import load, panels, variables
from tools.grafana.board import in_sight, made
from tools.grafana.looks import ALERTS, GREEN, GREY, STATES
from watcher.console.page import CONDITIONS

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy/grafana"
BOARDS = load(FOLDER / "dashboards")
FOREIGN = {"up", "ALERTS"}  # made by Prometheus itself
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def every() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each panel with its dashboard."""
    return ((board, panel) for board in BOARDS for panel in panels(board))


def expressions() -> Iterator[str]:
    for board, panel in every():
        yield from (target["expr"] for target in panel.get("targets", ()))
        yield from (note["expr"] for note in board["annotations"]["list"])
    for board in BOARDS:
        yield from (v["query"]["query"] for v in variables(board) if v["type"] == "query")


@pytest.mark.parametrize("board", boards(), ids=lambda board: board.uid)
def test_the_committed_file_is_what_the_generator_makes(board: Any) -> None:
    committed = (FOLDER / "dashboards" / f"{board.uid}.json").read_text("utf-8")
    assert committed == made(board), "run `python -m tools.grafana`"


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board["uid"])
def test_grafana_s_own_schema_knows_every_part(board: Any) -> None:
    """What the schema does not know is dropped by it, so nothing may be."""
    from grafana_foundation_sdk.cog.encoder import JSONEncoder
    from grafana_foundation_sdk.models.dashboard import Dashboard

    again = json.loads(json.dumps(Dashboard.from_json(board), cls=JSONEncoder))
    assert in_sight(again) == board


def test_there_are_five_and_no_other_files_lie_beside_them() -> None:
    names = {path.name for path in (FOLDER / "dashboards").iterdir()}
    assert names == {f"{board['uid']}.json" for board in BOARDS}
    assert len(names) == 5


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board["uid"])
def test_panels_have_their_own_ids_and_places(board: Any) -> None:
    ids = [panel["id"] for panel in board["panels"]]
    assert len(set(ids)) == len(ids)
    places = [panel["gridPos"] for panel in board["panels"]]
    assert all(p["x"] >= 0 and p["x"] + p["w"] <= 24 and p["h"] > 0 for p in places)
    for a, b in combinations(places, 2):
        beside = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
        below = a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"]
        assert beside or below, (a, b)


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board["uid"])
def test_times_are_beijing_s_and_people_read_chinese(board: Any) -> None:
    assert (board["timezone"], board["weekStart"], board["refresh"]) == (
        "Asia/Shanghai",
        "monday",
        "1m",
    )
    assert CHINESE.search(board["title"])
    assert CHINESE.search(board["description"])
    for panel in panels(board):
        assert CHINESE.search(panel["title"])
        if panel["type"] == "text":
            continue
        assert CHINESE.search(panel["description"]), panel["title"]
        for rule in panel["fieldConfig"]["overrides"]:
            shown = {p["id"]: p["value"] for p in rule["properties"]}
            hidden = shown.get("custom.hidden", False)
            assert hidden or CHINESE.search(shown["displayName"]) or "9" in shown["displayName"]
    for variable in variables(board):
        assert CHINESE.search(variable["label"])


def test_what_was_not_seen_is_said_so_and_is_never_zero() -> None:
    for _, panel in every():
        if panel["type"] != "text":
            text = panel["fieldConfig"]["defaults"]["noValue"]
            assert CHINESE.search(text), panel["title"]


def test_what_needs_accounts_one_by_one_says_so_and_no_dashboard_consists_of_it() -> None:
    single = re.compile(r"shouwang_(account|case)_(?!metrics)|_truncated")
    for board in BOARDS:
        asking = [p for p in panels(board) if single.search(json.dumps(p.get("targets", ())))]
        assert len(asking) * 3 < len(list(panels(board)))
        for panel in asking:
            assert "逐账号指标未开启" in panel["fieldConfig"]["defaults"]["noValue"]


def test_blindness_is_grey_and_never_green() -> None:
    assert STATES["blind"] == GREY
    assert set(STATES) == set(CONDITIONS)
    assert [state for state, colour in STATES.items() if colour == GREEN] == ["fresh"]
    for _, panel in every():
        if panel["title"].startswith("未能采集"):
            steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
            assert {step["color"] for step in steps} <= {GREY, "text"}


def test_coverage_stands_beside_every_count_of_silence() -> None:
    for board in BOARDS:
        rows: dict[int, str] = {}
        for panel in panels(board):
            asked = " ".join(t["expr"] for t in panel.get("targets", ()))
            rows[panel["gridPos"]["y"]] = rows.get(panel["gridPos"]["y"], "") + asked
        for asked in rows.values():
            if 'state=~"overdue"' in asked:
                assert 'state!~"ended|blind|never"' in asked


def test_every_metric_asked_for_is_one_of_ours() -> None:
    text = render(full()) + render_accounts(full(), 100)
    known = set(re.findall(r"^# TYPE (\S+)", text.decode(), re.M)) | FOREIGN
    known |= {f"{name}_bucket" for name in known}
    for expr in expressions():
        asked = set(re.findall(r"\b(?:shouwang|process)_[a-z0-9_]+\b", expr))
        assert asked <= known | {"shouwang_accounts"}, expr


def test_every_link_leads_to_the_status_page_or_to_one_of_the_dashboards() -> None:
    uids = {board["uid"] for board in BOARDS}
    for url in re.findall(r'"url": "([^"]*)"', json.dumps(BOARDS, ensure_ascii=False)):
        path = re.match(r"/d/([a-z-]+)\?", url)
        assert url.startswith("${console:raw}/") or (path and path[1] in uids) or url == "", url


def test_a_row_with_a_case_or_an_account_leads_to_its_page() -> None:
    pages = re.compile(r"\$\{console:raw\}/(cases|accounts)/\$\{__data\.fields\.(\w+)")
    found = {
        (board["uid"], *match)
        for board, panel in every()
        for match in pages.findall(json.dumps(panel))
    }
    for uid in ("shouwang-overview", "shouwang-office", "shouwang-impersonation"):
        assert (uid, "cases", "case") in found
        assert (uid, "accounts", "account") in found


def test_every_alert_has_a_chinese_name() -> None:
    assert set(ALERTS) == set(alerts())


def test_provisioning_names_the_folder_and_the_source_that_panels_ask() -> None:
    (provider,) = yaml.safe_load(
        (FOLDER / "provisioning/dashboards/shouwang.yaml").read_text("utf-8")
    )["providers"]
    assert (provider["folder"], provider["type"]) == ("守望", "file")
    (source,) = yaml.safe_load(
        (FOLDER / "provisioning/datasources/shouwang.yaml").read_text("utf-8")
    )["datasources"]
    asked = {json.dumps(panel["datasource"]) for _, panel in every() if panel["type"] != "text"}
    assert asked == {json.dumps({"type": source["type"], "uid": source["uid"]})}
