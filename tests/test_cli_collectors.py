"""`watcher collectors` as an administrator uses it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.program import ROOT, Done, Run, place, run
from watcher import store
from watcher.config import Settings, load

__all__ = ["place", "run"]  # fixtures

SPEC = """
collector: yazhoutong
title: 崖州通政务号
coverage: complete
sure: reported
request: {url: "https://api.yazhoutong.example/v1/posts?uid={id}"}
parse: json
states: [{state: gone, when: {path: code, equals: 404}}, {state: error, missing: data.list}]
account: {handle: data.user.uid, name: data.user.name, post_count: data.user.posts}
identity: {id: data.user.uid}
posts:
  list: data.list
  id: id
  title: title
  time: {path: published, format: ["%Y-%m-%d %H:%M"]}
  more: data.more
"""
POST = {"id": 12, "title": "崖州天气[red]", "published": "2026-03-01 10:00"}
USER = {"uid": 310086, "name": "崖州发布", "posts": 1}
PAGE = {"code": 0, "data": {"user": USER, "more": False, "list": [POST]}}
URL = "https://api.yazhoutong.example/v1/posts?uid=310086"
ON_PAGE = ("--handle", "310086", "--page", "page.json", "--url", URL)
AT = ("--at", "2026-03-02T09:00+08:00")
ADD = ("collectors", "add", "y.yaml", "--by", "王工", *ON_PAGE, *AT)
REGISTER = """账号编号,账号名称,账号类型,平台ID,主办单位,采集源
y1,崖州发布,其他,310086,崖州区人民政府,yazhoutong:310086
y2,崖州文旅,其他,310087,崖州区旅文局,yazhoutong:310087; feed:https://feeds.example.cn/y2
w1,崖州微博,新浪微博,7,崖州区人民政府,weibo:7
"""


@pytest.fixture(autouse=True)
def configured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The configuration does not change within a test, and reading it takes most of a command."""
    known: dict[tuple[Path, bool], Settings] = {}

    def once(path: Path, env: Mapping[str, str], targets: bool = True) -> Settings:
        key = (path.absolute(), targets)
        if key not in known:
            known[key] = load(path, env, targets=targets)
        return known[key]

    monkeypatch.setattr("watcher.config.load", once)


@pytest.fixture
def files(place: Path) -> Path:
    """A collector, a page for it, and a register of accounts that use it."""
    (place / "y.yaml").write_text(SPEC, "utf-8")
    (place / "page.json").write_text(json.dumps(PAGE), "utf-8")
    (place / "accounts.csv").write_text(REGISTER, "utf-8")
    return place


def said(done: Done) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def listed(run: Run) -> Mapping[str, Mapping[str, Any]]:
    return {row["name"]: row for row in said(run("collectors", "list", "--json"))["collectors"]}


def in_use(run: Run) -> None:
    """The collector added, its accounts imported."""
    assert run("migrate").returncode == 0
    done = run(*ADD)
    assert done.returncode == 0, done.stderr
    done = run("accounts", "import", "accounts.csv")
    assert done.returncode == 0, done.stderr


# -- check and schema ------------------------------------------------------------------------


def test_check_names_every_mistake_of_every_file_with_place_and_suggestion(
    run: Run, files: Path
) -> None:
    broken = SPEC.replace("parse: json", "parse: jsom").replace("state: gone", "state: gon")
    (files / "bad.yaml").write_text(broken, "utf-8")
    (files / "no.yaml").write_bytes(b"\xff\xfe")
    done = run("collectors", "check", "y.yaml", "bad.yaml")
    assert done.returncode == 2
    assert "y.yaml: 无误" in done.stdout
    places, hints = ("bad.yaml: parse", "bad.yaml: states[0].state"), ("“json”", "“gone”")
    for word in (*places, *(f"是否指{each}？" for each in hints)):
        assert word in done.stderr
    assert "不是 UTF-8" in run("collectors", "check", "no.yaml").stderr
    assert run("collectors", "check", "nowhere.yaml").returncode == 2
    assert run("collectors", "check", "y.yaml").returncode == 0


def test_the_schema_is_one_json_document_for_editors(run: Run) -> None:
    schema = said(run("collectors", "schema"))
    jsonschema.Draft202012Validator.check_schema(schema)
    assert {"request", "posts", "states"} <= schema["properties"].keys()


# -- try -------------------------------------------------------------------------------------


def test_a_try_on_a_saved_page_shows_each_rule_and_the_verdict(run: Run, files: Path) -> None:
    done = run("collectors", "try", "y.yaml", *ON_PAGE, *AT)
    assert done.returncode == 0, done.stderr
    for word in ("posts.time", "published", "崖州天气[red]", "结论：完整，共 1 条", "23小时"):
        assert word in done.stdout
    assert "没有更新方面的问题" in done.stdout
    assert not (files / "var").exists()  # nothing was kept


def test_a_try_tells_what_the_rules_would_say_by_the_age(run: Run, files: Path) -> None:
    late = ("--at", "2026-03-20T09:00+08:00")
    told = said(run("collectors", "try", "y.yaml", *ON_PAGE, *late, "--json"))
    assert (told["saw"], told["verdict"]["proves_silence"]) == (True, True)
    assert told["verdict"]["age_days"] == 18
    assert "UPD-04" in {each["rule"] for each in told["verdict"]["findings"]}
    steps = {step["rule"]: step for step in told["steps"]}
    assert steps["posts.title"]["found"] == ["崖州天气[red]"]
    assert told["reading"]["pages"][0]["url"] == URL


def test_a_rule_that_finds_nothing_gets_a_suggestion_and_status_1(run: Run, files: Path) -> None:
    (files / "y.yaml").write_text(SPEC.replace("data.user.uid}", "data.usr.uid}"), "utf-8")
    done = run("collectors", "try", "y.yaml", *ON_PAGE, *AT)
    assert done.returncode == 1
    assert "data.usr.uid" in done.stdout
    assert "'user'" in done.stdout
    assert "未能采集" in done.stdout


@pytest.mark.parametrize(
    ("words", "trouble"),
    [
        (("--status", "403"), "blocked"),
        (("--handle", "999"), "unreadable"),  # the page is another account's
    ],
)
def test_a_wall_or_a_foreign_page_is_no_sighting(
    run: Run, files: Path, words: tuple[str, ...], trouble: str
) -> None:
    done = run("collectors", "try", "y.yaml", *ON_PAGE, *words, "--json")
    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert told["verdict"]["trouble"] == trouble
    assert told["verdict"]["findings"] == []


def test_a_page_from_another_address_is_read_with_a_note(run: Run, files: Path) -> None:
    elsewhere = ("--handle", "310086", "--page", "page.json", "--url", "https://www.a.example/x")
    told = said(run("collectors", "try", "y.yaml", *elsewhere, "--json"))
    assert "https://www.a.example/x" in told["notes"][0]


def test_a_collector_with_an_earlier_request_takes_its_pages_in_order(
    run: Run, files: Path
) -> None:
    before = """
  before:
    url: "https://api.yazhoutong.example/v1/key?uid={id}"
    parse: json
    take: {key: key}
"""
    text = SPEC.replace(
        'request: {url: "https://api.yazhoutong.example/v1/posts?uid={id}"}',
        f'request:\n  url: "https://api.yazhoutong.example/v1/posts?key={{key}}"{before}',
    )
    (files / "y.yaml").write_text(text, "utf-8")
    (files / "key.json").write_text('{"key": "k1"}', "utf-8")
    pages = ("--handle", "310086", "--page", "key.json", "--page", "page.json")
    told = said(run("collectors", "try", "y.yaml", *pages, *AT, "--json"))
    assert [page["url"] for page in told["reading"]["pages"]] == [
        "https://api.yazhoutong.example/v1/key?uid=310086",
        "https://api.yazhoutong.example/v1/posts?key=k1",
    ]
    alone = run("collectors", "try", "y.yaml", "--handle", "310086", "--page", "key.json")
    assert alone.returncode == 1
    assert "no saved page for" in alone.stdout


def test_a_python_collector_is_tried_on_a_page_with_its_outcome_alone(
    run: Run, files: Path
) -> None:
    feed = '<rss version="2.0"><channel><title>崖州</title><item><title>一</title><guid>1</guid>'
    feed += "<link>https://feeds.example.cn/y/1</link><author>崖州</author>"
    feed += "<pubDate>Sun, 01 Mar 2026 02:00:00 GMT</pubDate></item></channel></rss>"
    (files / "feed.xml").write_text(feed, "utf-8")
    words = (
        "--handle",
        "https://feeds.example.cn/y",
        "--set",
        "author=崖州",
        "--page",
        "feed.xml",
        *AT,
    )
    told = said(run("collectors", "try", "feed", *words, "--json"))
    assert (told["steps"], told["saw"]) == ([], True)
    assert told["verdict"]["proves_silence"] is False
    assert told["verdict"]["findings"] == []


def test_a_shipped_declarative_collector_is_shown_and_tried_rule_by_rule(
    run: Run, files: Path
) -> None:
    shown = said(run("collectors", "show", "meipian", "--json"))
    assert shown["yaml"] == (ROOT / "collectors/meipian.yaml").read_text("utf-8")
    assert (shown["version"], shown["installed"]) == ("installed", True)
    done = run("collectors", "try", "meipian", "--handle", "1", "--page", "page.json", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["steps"][-1]["rule"] == "verdict"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("try", "y.yaml"), "--handle"),
        (("try", "y.yaml", "--handle", "1", "--account", "y1"), "只能给一个"),
        (("try", "y.yaml", "--page", "nowhere.json"), "nowhere.json"),
        (("try", "y.yaml", "--page", "page.json", "--url", "a", "--url", "b"), "--url"),
        (("try", "y.yaml", "--handle", "1", "--page", "page.json", "--at", "gestern"), "--at"),
        (("try", "y.yaml", "--handle", "1", "--set", "x"), "--set"),
        (("try", "yazhoutong", "--handle", "1"), "yazhoutong"),
        (("try", "weibbo", "--handle", "1"), "weibo"),
        (("show", "weibbo"), "weibo"),
        (("add", "y.yaml", *ON_PAGE), "--by"),
        (("add", "y.yaml", "--by", " ", *ON_PAGE), "--by"),
        (("add", "y.yaml", "--by", "王工", *ON_PAGE), "watcher migrate"),
        (("disable", "weibo", "--by", "王工", "--reason", "x"), "watcher migrate"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_bad_arguments_end_with_status_2_and_a_text(
    run: Run, files: Path, words: tuple[str, ...], told: str
) -> None:
    done = run("collectors", *words)
    assert done.returncode == 2, done.stdout + done.stderr
    assert told in done.stderr
    assert "Traceback" not in done.stderr


# -- add, disable, enable --------------------------------------------------------------------


def test_an_added_collector_is_in_service_with_version_author_and_its_yaml(
    run: Run, files: Path
) -> None:
    in_use(run)
    row = listed(run)["yazhoutong"]
    assert (row["version"], row["in_service"], row["accounts"]) == ("1", True, 2)
    assert (row["installed"], row["changed"]["by"]) == (False, "王工")
    shown = said(run("collectors", "show", "yazhoutong", "--json"))
    assert shown["yaml"] == SPEC
    (version,) = shown["versions"]
    assert (version["version"], version["by"]) == (1, "王工")
    assert version["tried"]["summary"].startswith("完整，共 1 条")
    assert shown["hosts"] == ["api.yazhoutong.example"]
    assert "第1版" in run("collectors", "list").stdout


def test_the_same_file_again_changes_nothing_and_another_is_the_next_version(
    run: Run, files: Path
) -> None:
    in_use(run)
    assert "未作改动" in run(*ADD).stdout
    (files / "y.yaml").write_text(SPEC.replace("coverage: complete", "coverage: partial"), "utf-8")
    told = run(*ADD).stdout
    assert "第2版" in told
    assert "替换第1版 yazhoutong，由完整变为部分；涉及 2 个账号" in told
    shown = said(run("collectors", "show", "yazhoutong", "--json"))
    assert [each["version"] for each in shown["versions"]] == [2, 1]


def test_what_does_not_see_is_not_taken_into_service(run: Run, files: Path) -> None:
    run("migrate")
    (files / "page.json").write_text("<html>请输入验证码</html>", "utf-8")
    done = run(*ADD)
    assert done.returncode == 1
    assert "未投入使用" in done.stderr
    assert "逐条规则" in done.stdout
    assert "yazhoutong" not in listed(run)


def test_add_under_json_says_what_changed(run: Run, files: Path) -> None:
    run("migrate")
    first = said(run(*ADD, "--note", "首次", "--json"))
    assert (first["name"], first["version"], first["changed"]) == ("yazhoutong", 1, True)
    assert said(run(*ADD, "--json"))["changed"] is False


def test_a_registered_account_may_be_what_is_tried(run: Run, files: Path) -> None:
    in_use(run)
    words = ("--account", "y1", "--page", "page.json", *AT)
    assert said(run("collectors", "try", "yazhoutong", *words, "--json"))["saw"]
    other = run("collectors", "try", "y.yaml", "--account", "y2", "--page", "page.json", "--json")
    assert json.loads(other.stdout)["verdict"]["trouble"] == "unreadable"
    assert run("collectors", "try", "y.yaml", "--account", "y9").returncode == 2


def test_disabling_names_who_loses_sight_and_asks_first(
    run: Run, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_use(run)
    asked = run("collectors", "disable", "yazhoutong", "--by", "李工", "--reason", "改版")
    assert asked.returncode == 1  # nobody there to confirm
    blind, _, partial = asked.stdout.partition("停用后只能看到部分的账号")
    assert "崖州发布" in blind
    assert "崖州文旅" in partial
    assert "崖州微博" not in asked.stdout
    assert "1 个账号将看不到，1 个账号将只能看到部分" in asked.stdout
    assert listed(run)["yazhoutong"]["in_service"]


def test_a_disabled_collector_says_by_whom_and_why_and_comes_back_as_it_was(
    run: Run, files: Path
) -> None:
    in_use(run)
    words = ("--by", "李工", "--reason", "改版")
    assert run("collectors", "disable", "yazhoutong", *words, "--yes").returncode == 0
    row = listed(run)["yazhoutong"]
    assert (row["in_service"], row["changed"]["by"], row["changed"]["reason"]) == (
        False,
        "李工",
        "改版",
    )
    assert "采集器已停用（李工" in row["why_out"]
    assert "已经停用" in run("collectors", "disable", "yazhoutong", *words, "--yes").stdout
    polled = run("poll", "y1", "--json")
    told = json.loads(polled.stdout)
    assert (told["trouble"], told["detail"].startswith("采集器已停用")) == ("unreadable", True)
    assert run("collectors", "try", "yazhoutong", *ON_PAGE, *AT).returncode == 0
    assert "2 个账号" in run("collectors", "enable", "yazhoutong", "--by", "王工").stdout
    assert listed(run)["yazhoutong"]["version"] == "1"
    assert "本来就在用" in run("collectors", "enable", "yazhoutong", "--by", "王工").stdout
    accused = json.loads(run("findings", "--json").stdout)["findings"]
    assert accused == []


def test_an_installed_collector_is_disabled_and_its_accounts_change_lanes(
    run: Run, files: Path
) -> None:
    in_use(run)
    run("collectors", "disable", "yazhoutong", "--by", "李工", "--reason", "改版", "--yes")
    db = store.connect(f"sqlite:///{files}/var/watcher.sqlite")
    with db.read() as c:
        lanes = {row.key: row.lane for row in store.overview(c, store_now(c)).accounts}
        actions = [row.action for row in store.list_audit(c, "collector:yazhoutong")]
    db.close()
    assert lanes == {"y1": "yazhoutong", "y2": "feed", "w1": "weibo"}
    assert actions == ["collector.disable", "collector.add"]


def store_now(c: store.Connection) -> Any:
    return store.list_audit(c, limit=1)[0].at


def test_import_knows_what_is_in_service_and_refuses_what_nobody_reads(
    run: Run, files: Path
) -> None:
    run("migrate")
    done = run("accounts", "import", "accounts.csv")
    assert done.returncode == 2
    assert "yazhoutong" in done.stderr


def test_the_old_try_reads_with_what_is_in_service(run: Run, files: Path) -> None:
    unknown = run("try", "yazhoutong", "310086")
    assert unknown.returncode == 2
    in_use(run)
    known = run("try", "yazhoutong", "310086", "--json")
    assert json.loads(known.stdout)["trouble"] == "unreachable"  # there is no such host


def test_list_and_replay_work_without_configuration_or_database(
    run: Run, place: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("bare"))
    assert listed(run)["weibo"]["accounts"] is None
    case = str(ROOT / "tests/fixtures/weibo/ordinary")
    assert said(run("replay", case, "--json"))["outcome"] == "seen"
    assert not list(Path.cwd().iterdir())
