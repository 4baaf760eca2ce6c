"""`watcher routes`: what a user sees, and what reaches the channels."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.program import Run, place, run
from watcher import store
from watcher.daemon import now

__all__ = ["place", "run"]  # fixtures

KEY = "robot-key-123456"
NIGHT = "2026-11-21T23:00"  # a Saturday
NOON = "2026-11-23T11:00"
UNIT = "三亚市试验局"
REGISTER = """账号名称,账号类型,平台ID,主办单位,日常主管单位
试验发布,新浪微博,2803301701,三亚市试验局,education_office
"""
ACCOUNT = "weibo-2803301701"


@dataclass(slots=True)
class Robot:
    url: str = ""
    errcode: int = 0
    got: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture
def robot() -> Iterator[Robot]:
    """A robot of 企业微信 on loopback."""
    made = Robot()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.got.append(json.loads(body))
            answer = json.dumps({"errcode": made.errcode, "errmsg": "x"}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture
def office(place: Path, robot: Robot, run: Run) -> Path:
    """A register of one account, whose offices are robots on loopback."""
    (place / "robot.key").write_text(KEY)
    (place / "config" / "robot.key").write_text(KEY)
    token = {"file": "robot.key"}
    offices = {
        "targets": {
            name: {"kind": "wecom", "token": token, "base_url": robot.url}
            for name in ("city", "edu", "ops")
        },
        "offices": {
            "city_office": {"name": "三亚市人民政府办公室", "targets": ["city"]},
            "education_office": {
                "name": "三亚市教育局办公室",
                "parent": "city_office",
                "targets": ["edu"],
            },
            "operator": {"name": "监测运维", "targets": ["ops"]},
        },
        "roles": {"A": "city_office", "O": "operator"},
        "fallback": ["ops"],
    }
    text = yaml.safe_dump(offices, allow_unicode=True)
    (place / "config" / "offices.yaml").write_text(text, "utf-8")
    (place / "register.csv").write_text(REGISTER, "utf-8")
    assert run("migrate").returncode == 0
    done = run("accounts", "import", "register.csv")
    assert done.returncode == 0, done.stderr
    return place


def tried(run: Run, *words: str, rule: str = "UPD-04", account: str = ACCOUNT) -> dict[str, Any]:
    done = run("routes", "test", "--rule", rule, "--account", account, "--json", *words)
    assert done.stderr == ""
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_routes_are_listed_in_order_with_hours_and_steps(run: Run, place: Path) -> None:
    routes = place / "config" / "routes.yaml"
    text = routes.read_text("utf-8").replace(
        "routes: []",
        "routes: [{name: 另告网信, rules: [IMP-*], at_least: orange, to: {roles: [N]}}]",
    )
    routes.write_text(text, "utf-8")
    shown = run("routes", "list")
    assert shown.returncode == 0
    for said in ("22:00", "另告网信", "网信部门", "超过1个工作日未签收", "IMP-01"):
        assert said in shown.stdout
    listed = json.loads(run("routes", "list", "--json").stdout)
    assert listed["routes"][0]["levels"] == ["orange", "red"]
    assert listed["hours"]["digest"] == "09:00"
    assert listed["escalation"]["orange"][0]["after"] == "4wh"


def test_mistakes_are_told_before_anything_else(run: Run, place: Path) -> None:
    (place / "config" / "routes.yaml").write_text("routes: [{rules: [UPX-*]}, {to: {roles: [Q]}}]")
    done = run("routes", "list")
    assert done.returncode == 2
    assert "routes[1].to.roles[0]" in done.stderr


def test_a_user_sees_who_hears_it_when_and_in_what_words(run: Run, office: Path) -> None:
    shown = run("routes", "test", "--rule", "upd-04", "--account", ACCOUNT, "--at", NOON)
    assert shown.returncode == 0, shown.stderr
    for said in ("edu", "city", "三亚市教育局办公室", "本单位未登记渠道", "2026-11-23 11:01"):
        assert said in shown.stdout
    for said in ("标题：【告警】试验发布", "正文：【告警】经监测", "短信：【政务新媒体监测】"):
        assert said in shown.stdout
    assert "不是监测发现" in shown.stdout  # there is no such case


def test_what_must_wait_says_until_when_and_why(run: Run, office: Path) -> None:
    yellow = tried(run, "--at", NIGHT, rule="UPD-02")
    assert yellow["held"] == "静默时段或节假日"
    assert [each["not_before"] for each in yellow["targets"]] == ["2026-11-23T00:00:00+00:00"]
    red = tried(run, "--at", NIGHT)
    assert red["held"] == ""
    assert {each["not_before"] for each in red["targets"]} == {"2026-11-21T15:01:00+00:00"}
    digest = tried(run, "--at", NOON, rule="DUP-01", account=ACCOUNT)
    (only,) = digest["targets"]
    assert (only["target"], only["digest"]) == ("edu", True)
    assert only["not_before"] == "2026-11-24T01:00:00+00:00"


def test_the_steps_up_that_follow_are_shown_with_their_times(run: Run, office: Path) -> None:
    shown = tried(run, "--at", NOON, rule="CHG-01")
    assert [(row["after"], row["targets"], row["why_not"]) for row in shown["steps"]] == [
        ("4wh", [], "没有尚未告知的上级，不报"),
        ("1wd", [], "没有尚未告知的上级，不报"),
        ("3wd", ["city"], ""),
    ]
    assert shown["steps"][2]["at"] == "2026-11-26T03:00:00+00:00"
    step = tried(run, "--at", NOON, "--why", "step", rule="CHG-01")
    assert [each["target"] for each in step["targets"]] == ["city"]
    assert "逐级报告" in step["title"]
    assert "超过3个工作日未签收，现逐级报告" in step["body"]


def test_a_muted_reason_and_a_fallback_are_named(run: Run, office: Path) -> None:
    mute = "routes: [{name: 静, do: mute, level: blue, why: [resolved]}]"
    (office / "config" / "routes.yaml").write_text(mute, "utf-8")
    quiet = tried(run, "--why", "resolved", rule="UPD-01")
    assert (quiet["muted"], quiet["targets"]) == ("静", [])
    nowhere = "routes: [{to: {roles: [N]}}]"
    (office / "config" / "routes.yaml").write_text(nowhere, "utf-8")
    lost = tried(run)
    assert "转兜底渠道" in next(
        each["reason"] for each in lost["targets"] if each["target"] == "ops"
    )


def test_units_and_platforms_can_be_asked_for(run: Run, office: Path) -> None:
    unit = run("routes", "test", "--rule", "DUP-01", "--unit", UNIT, "--json")
    assert [each["target"] for each in json.loads(unit.stdout)["targets"]] == ["edu"]
    dark = run("routes", "test", "--rule", "SYS-03", "--platform", "weibo", "--json")
    assert [each["target"] for each in json.loads(dark.stdout)["targets"]] == ["ops"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--rule", "UPD-O4", "--account", ACCOUNT), "是否指 UPD-04"),
        (("--rule", "UPD-04", "--account", "weibo-280330170"), f"是否指 {ACCOUNT}"),
        (("--rule", "UPD-04"), "请给 --account 或 --unit"),
        (("--rule", "DUP-01", "--unit", "某某局"), "没有编号或名称为 某某局 的单位"),
        (("--rule", "UPD-04", "--account", ACCOUNT, "--unit", UNIT), "只能给一个"),
        (("--rule", "SYS-03", "--level", "red"), "没有颜色级别"),
        (("--rule", "UPD-04", "--account", ACCOUNT, "--at", "noon"), "--at"),
    ],
)
def test_bad_input_says_what_to_do(
    run: Run, office: Path, words: tuple[str, ...], said: str
) -> None:
    done = run("routes", "test", *words)
    assert done.returncode == 2
    assert said in done.stderr


def test_a_test_is_marked_says_so_and_accuses_nobody(run: Run, office: Path, robot: Robot) -> None:
    told = tried(run, "--send", "--by", "张三")
    assert [(each["target"], each["ok"]) for each in told["sent"]] == [
        ("edu", True),
        ("city", True),
    ]
    assert len(robot.got) == 2
    for message in robot.got:
        text = message["markdown"]["content"]
        assert "【测试】" in text
        assert "不是监测发现，无需处理" in text
        assert "试验发布" not in text
        assert "UPD" in text
    with sqlite3.connect(office / "var" / "watcher.sqlite") as c:
        actor, action, after = c.execute(
            "SELECT actor, action, after FROM audit WHERE action = 'routes_test'"
        ).fetchone()
        assert (actor, action) == ("张三", "routes_test")
        assert set(json.loads(after)) == {"edu", "city"}
        assert c.execute("SELECT count(*) FROM outbox").fetchone() == (0,)
    c.close()


def test_a_refusal_is_shown_without_secrets_and_ends_in_one(
    run: Run, office: Path, robot: Robot
) -> None:
    robot.errcode = 93000
    done = run("routes", "test", "--rule", "UPD-04", "--account", ACCOUNT, "--send")
    assert done.returncode == 1
    assert "未送达" in done.stdout
    assert KEY not in done.stdout + done.stderr


def test_tests_count_towards_the_cap_of_the_robot(run: Run, office: Path, robot: Robot) -> None:
    db = store.connect(f"sqlite:///{office / 'var' / 'watcher.sqlite'}")
    with db.write() as c:  # all targets share one robot, which takes twenty posts a minute
        store.note_posted(c, "wecom file:robot.key", [now()] * 19)
    db.close()
    full = run("routes", "test", "--rule", "UPD-04", "--account", ACCOUNT, "--send")
    assert full.returncode == 1
    assert "已送达" in full.stdout
    assert "条数已满" in full.stdout
    assert len(robot.got) == 1
