"""impersonation.yaml: every mistake at once, and what a right one comes to."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from textwrap import dedent

import pytest
import yaml

from collectors import searchers
from watcher.config.impersonation import load_impersonation
from watcher.config.values import Impersonation
from watcher.discovery import Searches, Way

SHIPPED = Path(__file__).parents[1] / "config" / "impersonation.yaml"


def read(folder: Path, text: str, **env: str) -> tuple[Searches, dict[str, str]]:
    path = folder / "impersonation.yaml"
    path.write_text(dedent(text), "utf-8")
    found, wrong = load_impersonation(path, env)
    return found.searches, {
        each.path: f"{each.message} {each.suggestion}".strip() for each in wrong
    }


def way(searches: Searches, name: str) -> Way:
    return next(each for each in searches.ways if each.name == name)


def test_what_is_written_is_what_is_searched(tmp_path: Path) -> None:
    searches, wrong = read(
        tmp_path,
        """
        names: {extra: [三亚12345热线], leave_out: [海棠湾], units: false}
        search:
          from_hour: 8
          to_hour: 20
          again: 14d
          ways:
            weibo_probe: {enabled: true, per_day: 30}
            weibo_search: {enabled: true, settings: {cookie: {env: COOKIE}}}
        """,
        COOKIE="SUB=x",
    )
    assert wrong == {}
    assert searches.extra == ("三亚12345热线",)
    assert searches.left_out == {"海棠湾"}
    assert not searches.units
    assert (searches.begins, searches.ends, searches.again) == (8, 20, timedelta(days=14))
    assert way(searches, "weibo_probe") == Way("weibo_probe", "weibo", True, 30, probes=True)
    told = way(searches, "weibo_search")
    assert told.settings == {"cookie": {"env": "COOKIE"}}, "a reference, never the secret"
    assert not way(searches, "douyin_search").enabled


def test_every_way_stands_under_the_platform_its_finds_belong_to(tmp_path: Path) -> None:
    searches, _ = read(tmp_path, "names: {}\n")
    assert {each.name: each.platform for each in searches.ways} == {
        "app_apple_search": "app",
        "bilibili_search": "bilibili",
        "douyin_search": "douyin",
        "kuaishou_search": "kuaishou",
        "wechat_searchbiz": "wechat_subscription",
        "wechat_sogou": "wechat_subscription",
        "weibo_probe": "weibo",
        "weibo_search": "weibo",
    }
    assert not any(each.enabled for each in searches.ways)


def test_without_a_file_nothing_is_searched() -> None:
    assert load_impersonation(None, {}) == (Impersonation(), ())
    assert Impersonation().searches.ways == ()


def test_all_mistakes_are_said_at_once_with_their_place(tmp_path: Path) -> None:
    _, wrong = read(
        tmp_path,
        """
        name: {}
        names: {extra: ["两\\n行"]}
        search:
          from_hour: 25
          again: 1h
          ways:
            weibo_prob: {}
            weibo_probe: {per_day: 0, enabld: true}
            weibo_search: {enabled: true}
            wechat_searchbiz: {enabled: true, settings: {cookie: a=b, token: {env: NONE}}}
        """,
    )
    assert wrong["name"].startswith("不认识这一项")
    assert "search.from_hour" in wrong
    assert "search.again" in wrong
    assert "names.extra[0]" in wrong or "names.extra.0" in wrong
    assert "是否指“weibo_probe”？" in wrong["search.ways.weibo_prob"]
    assert "search.ways.weibo_probe.per_day" in wrong
    assert "search.ways.weibo_probe.enabld" in wrong
    assert "没有给出管理人员的登录会话" in wrong["search.ways.weibo_search"]
    assert wrong["search.ways.wechat_searchbiz.settings.cookie"].startswith("是密钥")
    assert "NONE 没有设置" in wrong["search.ways.wechat_searchbiz.settings.token"]


def test_hours_in_the_wrong_order_are_refused(tmp_path: Path) -> None:
    _, wrong = read(tmp_path, "search: {from_hour: 20, to_hour: 8}\n")
    assert wrong == {"search.to_hour": "须晚于 from_hour from_hour 是 20"}


def test_secrets_may_be_missing_where_nothing_is_sent(tmp_path: Path) -> None:
    path = tmp_path / "impersonation.yaml"
    path.write_text(
        "search: {ways: {weibo_search: {enabled: true, settings: {cookie: {env: NONE}}}}}\n",
        "utf-8",
    )
    assert load_impersonation(path, None)[1] == ()


@pytest.mark.parametrize("name", searchers())
def test_the_shipped_file_prints_each_risk_beside_its_switch(name: str) -> None:
    text, risk = SHIPPED.read_text("utf-8"), searchers()[name].risk
    given = yaml.safe_load(text)["search"]["ways"][name]
    assert given["enabled"] is not bool(risk), "what is risky is off"
    assert f"# {risk}\n    {name}:" in text or not risk


def test_the_shipped_file_is_right() -> None:
    assert load_impersonation(SHIPPED, {})[1] == ()
