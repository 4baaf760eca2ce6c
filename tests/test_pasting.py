"""Pasted links: the post's own page says whose it is, and nobody else's post is taken."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from collectors import Collector, discover
from tests.test_rounds import T0, UNIT, watching
from watcher import store
from watcher.fetch import Fetcher, FetchSettings
from watcher.model import (
    Account,
    CollectError,
    Coverage,
    Fetch,
    Post,
    Profile,
    Request,
    Sighting,
    Source,
    Trouble,
)
from watcher.pasting import Pasted, fits, paste
from watcher.watch import Watch

HOUR = timedelta(hours=1)
# What the post pages of a made-up platform say: author's id, author's name; a word for a wall.
PAGES: Mapping[str, tuple[str, str] | Trouble] = {
    "own": ("1001", "三亚一号"),
    "renamed": ("1001", "改了名"),
    "nameless": ("", "三亚二号"),
    "twins": ("", "三亚同名"),
    "same": ("9999", "三亚一号"),
    "other": ("9999", "游客"),
    "wall": Trouble.BLOCKED,
}
ASKED: list[str] = []


async def collect(source: Source, fetch: Fetch) -> Sighting:
    page = await fetch(Request(source.settings["link"]))
    ASKED.append(source.handle)
    said = PAGES[page.url.rpartition("/")[2]]
    if isinstance(said, Trouble):
        raise CollectError(said, "captcha")
    post = Post(f"p-{page.url[-3:]}", T0 - HOUR, "贴上来的", page.url)
    return Sighting(Profile(*said), (post,))


async def collect_own(source: Source, fetch: Fetch) -> Sighting:
    """As those do that know only the account they were asked about."""
    seen = await collect(source, fetch)
    assert seen.profile is not None
    if source.handle != seen.profile.handle and source.account_name != seen.profile.name:
        raise CollectError(Trouble.UNREADABLE, f"wrong account: a post of {seen.profile.name!r}")
    return seen


def recognise(url: str) -> Source | None:
    mine = url.startswith("https://post.test/")
    return Source("post", "", {"link": url}) if mine else None


def reading(**more: object) -> dict[str, Collector]:
    values = {"coverage": Coverage.PARTIAL, "recognise": recognise, **more}
    hosts = frozenset({"post.test"})
    made = {"post": Collector("post", "post", hosts, values.pop("collect", collect), **values)}  # type: ignore[arg-type]
    return made | {"list": Collector("list", "post", hosts, collect)}


ACCOUNTS = (
    Account("post-1", "post", "三亚一号", UNIT, (Source("list", "1001"),)),
    Account("post-2", "post", "三亚二号", UNIT, (Source("list", "1002"),)),
    Account("post-3", "post", "三亚同名", UNIT, (Source("list", "x"),)),
    Account("post-4", "post", "三亚同名", UNIT, (Source("list", "y"),)),
    Account("weibo-1", "weibo", "三亚二号", UNIT, (Source("weibo", "1"),)),
)


def serve(watch: Watch, requests: list[str]) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(str(request.url))
        return httpx.Response(200, text="<p>post</p>")

    watch.fetcher = Fetcher(FetchSettings(), watch.now, httpx.MockTransport(answer))


async def pasted(
    folder: Path, *names: str, key: str = "", collectors: Mapping[str, Collector] | None = None
) -> tuple[list[Pasted], list[str], dict[str, list[str]]]:
    """Paste links; what became of them, what was asked for, and who has which posts now."""
    requests: list[str] = []
    async with watching(folder, collectors or reading(), ACCOUNTS) as (watch, _):
        serve(watch, requests)
        done = await paste(watch, [f"https://post.test/{name}" for name in names], key, "王五")
        with watch.db.read() as c:
            kept = {
                each.key: [p.post.id for p in detail.posts]
                for each in ACCOUNTS
                if (detail := store.account_detail(c, each.key, T0)) and detail.posts
            }
            logged = [row for row in store.list_audit(c) if row.action == "posts.add"]
            sources = {
                p.source
                for each in ACCOUNTS
                if (detail := store.account_detail(c, each.key, T0))
                for p in detail.posts
            }
    assert sources <= {"pasted:post"}
    assert sorted(row.object for row in logged) == sorted(
        each.account for each in done if each.account and not each.problem
    )
    assert all(row.actor == "王五" for row in logged)
    return done, requests, kept


@pytest.mark.parametrize("way", [collect, collect_own])
async def test_the_account_is_found_by_the_author_of_the_page(tmp_path: Path, way: object) -> None:
    (done,), requests, kept = await pasted(tmp_path, "own", collectors=reading(collect=way))
    assert (done.problem, done.account, done.author) == ("", "post-1", "三亚一号")
    assert kept == {"post-1": ["p-own"]}
    assert requests == ["https://post.test/own"]


@pytest.mark.parametrize("way", [collect, collect_own])
async def test_an_id_counts_more_than_a_name(tmp_path: Path, way: object) -> None:
    collectors = reading(collect=way)
    done, _, kept = await pasted(tmp_path, "renamed", "same", collectors=collectors)
    assert [each.account for each in done] == ["post-1", ""]
    assert "三亚一号" in done[1].problem
    assert kept == {"post-1": ["p-med"]}


async def test_without_an_id_the_exact_filed_name_decides_on_the_same_platform(
    tmp_path: Path,
) -> None:
    (done,), _, kept = await pasted(tmp_path, "nameless")
    assert done.account == "post-2"
    assert set(kept) == {"post-2"}


async def test_two_accounts_of_one_name_want_a_word(tmp_path: Path) -> None:
    (done,), _, kept = await pasted(tmp_path, "twins")
    assert "post-3、post-4" in done.problem
    assert kept == {}


async def test_the_chosen_account_must_be_the_author(tmp_path: Path) -> None:
    done, _, kept = await pasted(tmp_path, "twins", "other", key="post-3")
    assert [each.account for each in done] == ["post-3", ""]
    assert "游客（9999）" in done[1].problem
    assert "三亚同名" in done[1].problem
    assert set(kept) == {"post-3"}


async def test_an_account_of_another_platform_is_refused_unread(tmp_path: Path) -> None:
    (done,), requests, kept = await pasted(tmp_path, "nameless", key="weibo-1")
    assert "不在此平台" in done.problem
    assert (requests, kept) == ([], {})


async def test_one_bad_link_does_not_hinder_the_others(tmp_path: Path) -> None:
    async with watching(tmp_path, reading(), ACCOUNTS) as (watch, _):
        serve(watch, [])
        urls = ["https://post.test/wall", "https://elsewhere.test/x", "https://post.test/own"]
        done = await paste(watch, urls)
    assert [bool(each.problem) for each in done] == [True, True, False]
    assert "验证码" in done[0].problem
    assert "没有采集器认得" in done[1].problem


async def test_links_that_nobody_recognises_are_not_read(tmp_path: Path) -> None:
    requests: list[str] = []
    async with watching(tmp_path, reading(), ACCOUNTS) as (watch, _):
        serve(watch, requests)
        with pytest.raises(LookupError, match="没有采集器认得"):
            await paste(watch, ["https://elsewhere.test/x", "nonsense"])
        with pytest.raises(LookupError, match="post-9"):
            await paste(watch, ["https://post.test/own"], "post-9")
    assert requests == []


async def test_many_accounts_are_compared_with_one_page(tmp_path: Path) -> None:
    ASKED.clear()
    (done,), requests, _ = await pasted(tmp_path, "other", collectors=reading(collect=collect_own))
    assert done.problem
    assert requests == ["https://post.test/other"]
    assert {"1001", "1002", "x", "y"} <= set(ASKED)


async def test_a_pasted_post_is_an_update_and_proves_no_silence(tmp_path: Path) -> None:
    async with watching(tmp_path, reading(), ACCOUNTS) as (watch, _):
        serve(watch, [])
        await paste(watch, ["https://post.test/own"])
        with watch.db.read() as c:
            sight = store.dossiers(c, ["post-1"], T0)["post-1"].sight
    assert sight.last_post is not None
    assert sight.covered_to is None
    assert [look.source for look in sight.looks] == ["pasted:post"]
    assert sight.looks[0].detail == ""


BIZ = "MzA4ODUzNjAxOA=="
WECHAT = Account(
    "wx-1",
    "wechat_subscription",
    "三亚教育",
    UNIT,
    (Source("wechat_api", "wx0123456789abcdef", {"gh": "gh_5a5a5a5a5a5a"}),),
)


def article(biz: str, gh: str, name: str) -> str:
    values = {"biz": biz, "user_name": gh, "nickname": name, "ct": "1772000000"}
    values |= {"msg_title": "开学", "mid": "2650707699", "idx": "1"}
    script = "\n".join(f'var {key} = "{value}";' for key, value in values.items())
    return f'<html><script>{script}</script><div id="js_article"></div></html>'


@pytest.mark.parametrize(
    ("gh", "name", "problem"),
    [
        ("gh_5a5a5a5a5a5a", "三亚教育", ""),
        ("gh_5a5a5a5a5a5a", "改了名", ""),
        ("gh_ffffffffffff", "三亚教育", "三亚教育"),
        ("gh_ffffffffffff", "别的号", "别的号"),
    ],
)
@pytest.mark.parametrize("key", ["", "wx-1"])
async def test_an_article_of_wechat_is_known_by_its_ids_and_not_by_a_borrowed_name(
    tmp_path: Path, gh: str, name: str, problem: str, key: str
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, html=article(BIZ, gh, name))

    async with watching(tmp_path, discover(), (WECHAT,)) as (watch, _):
        watch.fetcher = Fetcher(FetchSettings(), watch.now, httpx.MockTransport(answer))
        (done,) = await paste(watch, ["http://mp.weixin.qq.com/s/8yzT20EvmDg37Jso9nsIIw"], key)
    assert bool(done.problem) is bool(problem), done
    assert problem in done.problem
    if not problem:
        assert [post.id for post in done.posts] == ["2650707699_1"]
        assert (done.account, done.source) == ("wx-1", "wechat_article")
    else:
        assert done.author == name


@pytest.mark.parametrize(
    ("platform", "forms", "sources", "wanted"),
    [
        ("wechat_channels", ("wechat_channels",), (), True),
        ("wechat_subscription", ("wechat_channels",), ("post",), False),
        ("other", ("xiaohongshu",), ("post",), True),
        ("other", ("other",), ("else",), False),
        ("other", (), (), True),
        ("weibo", (), (), False),
    ],
)
def test_one_name_on_several_platforms_is_several_accounts(
    platform: str, forms: tuple[str, ...], sources: tuple[str, ...], wanted: bool
) -> None:
    hosts = frozenset({"post.test"})
    known = {name: Collector(name, name, hosts, collect, forms=forms) for name in ("post", "else")}
    account = Account("a", platform, "三亚", UNIT, tuple(Source(name, "1") for name in sources))
    assert fits(account, known["post"], known) is wanted
