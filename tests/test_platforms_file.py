"""platforms.yaml: every mistake at once, and what a right one comes to."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from textwrap import dedent

from watcher.config.platforms import load_platforms
from watcher.sight import Canary, Plan

LANES = ("weibo", "douyin", "wechat")
COLLECTORS = {"weibo": "weibo", "douyin": "douyin", "wechat_api": "wechat"}


def read(folder: Path, text: str) -> tuple[dict[str, Plan], dict[str, str]]:
    path = folder / "platforms.yaml"
    path.write_text(dedent(text), "utf-8")
    plans, wrong = load_platforms(path, LANES, COLLECTORS, {"TOKEN": "x"})
    return dict(plans), {each.path: f"{each.message} {each.suggestion}".strip() for each in wrong}


def test_what_is_written_is_what_is_planned(tmp_path: Path) -> None:
    plans, wrong = read(
        tmp_path,
        """
        platforms:
          weibo:
            title: 新浪微博
            every: 1h
            canary:
              collector: weibo
              handle: "2803301701"
              name: 人民日报
              settings: {token: {env: TOKEN}}
              speaks_within: 12h
          douyin: {confirmed_by: 王一, confirmed_on: 2026-11-23}
          weishi: {status: closed, closed_on: 2026-04-01, note: 据平台公告}
        """,
    )
    assert wrong == {}
    settings = {"token": {"env": "TOKEN"}}
    canary = Canary("weibo", "2803301701", "人民日报", settings, timedelta(hours=12))
    assert plans["weibo"] == Plan(title="新浪微博", canary=canary, every=timedelta(hours=1))
    assert plans["douyin"].confirmed_on == date(2026, 11, 23)
    assert plans["weishi"].closed
    assert plans["weishi"].closed_on == date(2026, 4, 1)


def test_an_empty_file_plans_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, "") == ({}, {})
    assert read(tmp_path, "platforms:\n") == ({}, {})


def test_all_mistakes_are_said_at_once_with_their_place(tmp_path: Path) -> None:
    _, wrong = read(
        tmp_path,
        """
        platform: {}
        platforms:
          weibbo: {}
          weibo:
            canary: {collector: weibbo, handle: 2803301701, name: 人民日报}
            evry: 1h
          douyin:
            closed_on: 2026-04-01
            confirmed_by: 王一
            every: 1min
          wechat:
            canary:
              collector: douyin
              handle: gh_1
              name: 三亚发布
              settings: {secret: abc, push_token: abc, token: {env: NOT_THERE}}
          weishi:
            status: closed
            canary: {collector: weibo, handle: a, name: b}
        """,
    )
    assert set(wrong) == {
        "platform",
        "platforms.weibbo",
        "platforms.weibo.canary.handle",
        "platforms.weibo.evry",
        "platforms.douyin.every",
        "platforms.wechat.canary.collector",
        "platforms.wechat.canary.settings.push_token",
        "platforms.wechat.canary.settings.secret",
        "platforms.wechat.canary.settings.token",
        "platforms.weishi.canary",
        "platforms.weishi.canary.collector",
    }
    assert "weibo" in wrong["platforms.weibbo"]
    assert "every" in wrong["platforms.weibo.evry"]
    assert "5min" in wrong["platforms.douyin.every"]


def test_words_that_need_each_other_come_together(tmp_path: Path) -> None:
    _, wrong = read(
        tmp_path,
        """
        platforms:
          weibo: {closed_on: 2026-04-01}
          douyin: {confirmed_by: 王一}
          wechat: {confirmed_on: 2026-04-01}
        """,
    )
    assert set(wrong) == {
        "platforms.weibo.closed_on",
        "platforms.douyin.confirmed_by",
        "platforms.wechat.confirmed_on",
    }


def test_what_is_no_section_is_said(tmp_path: Path) -> None:
    for text in ("- weibo\n", "platforms: [weibo]\n", "platforms: {weibo: live}\n"):
        _, wrong = read(tmp_path, text)
        assert wrong
