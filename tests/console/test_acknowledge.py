"""签收 by a link: following it only shows, a button acknowledges once; nothing else gets in."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from alerts.links import Signing, token_of
from alerts.merge import Outgoing, merge_letters
from alerts.policy import DEFAULT_POLICY
from alerts.routing import DIGEST, Office, Offices, Target
from tests.rules.world import CAL, RULES
from tests.store.given import DAY, HOUR, T0, account, case, finding, letter, register
from watcher.acknowledging import EACH, AckDoor
from watcher.deciding import Book
from watcher.due import Cadence
from watcher.model import Case, CaseState, Level, Role, Why
from watcher.posting import with_link
from watcher.rectifying import case_number
from watcher.store import Database, Writer, case_events, connect, list_audit, migrate, save_cases
from watcher.store.letter_links import LetterLink, cases_by_id, prune_links

SIGNING = Signing("k" * 40, "https://watch.example.gov.cn")
BUREAU = Target("bureau_hook", "webhook", url="http://127.0.0.1:9/hook")
OFFICES = Offices(
    offices={
        "bureau": Office("bureau", "三亚市教育局办公室", targets={"": ("bureau_hook",)}),
        "op": Office("op", "监测运维", targets={"": ("op",)}),
    },
    targets={"bureau_hook": BUREAU, "op": Target("op", "webhook", url="http://127.0.0.1:9/op")},
    roles={Role.OPERATOR: "op"},
    fallback=("op",),
)
HOSTILE = '<script>alert(1)</script>"@所有人[点](http://evil.cn)\x00'


@dataclass
class Stub:
    """What the door needs of a watch."""

    db: Database
    writer: Writer
    links: Signing | None = SIGNING
    moment: datetime = T0
    book: Book = field(
        default_factory=lambda: Book(RULES, DEFAULT_POLICY, OFFICES, CAL, Cadence(), DAY)
    )

    def now(self) -> datetime:
        return self.moment


@pytest.fixture
async def watch(tmp_path: Path) -> AsyncIterator[Stub]:
    db = connect(f"sqlite:///{tmp_path / 'w.sqlite'}")
    migrate(db)
    register(db, account(), account(2), account(3))
    stub = Stub(db, Writer(db))
    yield stub
    await stub.writer.aclose()
    db.close()


def opened(watch: Stub, count: int = 1, **more: Any) -> list[Case]:
    """Open cases that were told."""
    found = [
        case(finding=finding("UPD-04", f"weibo-{n}"), told_at=T0, told_level=Level.RED, **more)
        for n in range(1, count + 1)
    ]
    with watch.db.write() as c:
        return list(save_cases(c, found))


async def message(
    watch: Stub, cases: list[Case], why: Why = Why.FIRST, merge: str = "m"
) -> Outgoing:
    group = [
        replace(letter(f"k{each.id}", "bureau_hook", merge=merge, case_id=each.id), why=why)
        for each in cases
    ]
    made = merge_letters(group)
    links, writer = watch.links, watch.writer
    return await with_link(made, group, BUREAU, links, writer, watch.now())


async def link(watch: Stub, cases: list[Case], **more: Any) -> str:
    """The path of the link in the message about these cases."""
    made = await message(watch, cases, **more)
    assert made.link is not None
    return made.link.url.removeprefix(SIGNING.public_url)


@dataclass
class Browser:
    """Somebody with a browser, at one address."""

    watch: Stub
    door: AckDoor
    address: str = "198.51.100.7"

    async def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        transport = httpx.ASGITransport(
            Starlette(routes=self.door.routes()), client=(self.address, 1234)
        )
        base = SIGNING.public_url
        async with httpx.AsyncClient(transport=transport, base_url=base) as client:
            return await client.request(method, path, **more)

    async def get(self, path: str) -> httpx.Response:
        return await self.ask("GET", path)

    async def press(self, path: str, name: str = "", **headers: str) -> httpx.Response:
        """Fill in the form of the page and press its button."""
        page = (await self.get(path)).text
        mark = re.search(r'name="mark" value="([0-9a-f]+)"', page)
        form = {"mark": mark[1] if mark else "", "name": name}
        sent = {"origin": "null", "sec-fetch-site": "same-origin"} | headers
        return await self.ask("POST", path, data=form, headers=sent)


@pytest.fixture
def browser(watch: Stub) -> Browser:
    return Browser(watch, AckDoor(watch))  # type: ignore[arg-type]


def now_is(watch: Stub, each: Case) -> Case:
    with watch.db.read() as c:
        return cases_by_id(c, [each.id or 0])[0]


async def test_following_a_link_shows_the_case_and_acknowledges_nothing(
    watch: Stub, browser: Browser
) -> None:
    (one,) = opened(watch)
    path = await link(watch, [one])
    for _ in range(5):  # scanners and previews come as often as they like
        answer = await browser.get(path)
        assert answer.status_code == 200
    head = await browser.ask("HEAD", path)
    assert (head.status_code, head.content) == (200, b"")
    for word in ("三亚教育1（新浪微博）", case_number(one), "签收人姓名（可不填）", "待签收"):
        assert word in answer.text
    assert now_is(watch, one).acknowledged_by == ""
    for name, value in {
        "referrer-policy": "no-referrer",
        "cache-control": "no-store",
        "x-robots-tag": "noindex, nofollow, noarchive",
        "x-content-type-options": "nosniff",
    }.items():
        assert answer.headers[name] == value
    assert "form-action 'self'" in answer.headers["content-security-policy"]
    assert not re.search(r"(?:src|href)=|url\(|@import", answer.text)


async def test_pressing_the_button_acknowledges_once_and_says_by_whom(
    watch: Stub, browser: Browser
) -> None:
    (one,) = opened(watch)
    path = await link(watch, [one])
    watch.moment = T0 + HOUR
    first = await browser.press(path, "张三")
    assert first.status_code == 200
    assert "已签收，谢谢" in first.text
    assert "不再重复提醒" in first.text
    assert now_is(watch, one).acknowledged_by == "张三（三亚市教育局办公室）"
    second = await browser.press(path, "李四")
    assert second.status_code == 403  # the page shows no form any more
    again = await browser.get(path)
    assert again.status_code == 200
    assert "已由张三（三亚市教育局办公室）于2026-03-02 10:00签收" in again.text
    assert "<form" not in again.text
    with watch.db.read() as c:
        (event,) = case_events(c, one.id or 0)
        (line,) = list_audit(c, case_number(one))
    assert event.data["address"] == "198.51.100.7"
    assert (event.data["target"], event.data["name"]) == ("bureau_hook", "张三")
    assert (line.action, line.actor) == ("case_ack", "张三（三亚市教育局办公室）")
    assert "198.51.100.7" not in again.text


async def test_two_who_press_at_once_are_one_acknowledgement(watch: Stub, browser: Browser) -> None:
    (one,) = opened(watch)
    path = await link(watch, [one])
    answers = await asyncio.gather(*(browser.press(path, f"第{n}人") for n in range(5)))
    assert sorted(each.status_code for each in answers) == [200, 409, 409, 409, 409]
    with watch.db.read() as c:
        assert len(case_events(c, one.id or 0)) == 1


async def test_one_link_acknowledges_all_that_waits_of_a_merged_letter(
    watch: Stub, browser: Browser
) -> None:
    cases = opened(watch, 3)
    path = await link(watch, cases)
    with watch.db.write() as c:
        save_cases(c, [replace(cases[1], state=CaseState.CLOSED, closed_at=T0, closing="已更新")])
    page = (await browser.get(path)).text
    assert "一并签收2项" in page
    assert "销号" in page
    assert (await browser.press(path)).status_code == 200
    assert [now_is(watch, each).acknowledged_by for each in cases] == [
        "三亚市教育局办公室",
        "",
        "三亚市教育局办公室",
    ]


async def test_a_digest_is_a_list_without_a_button(watch: Stub, browser: Browser) -> None:
    cases = opened(watch, 2)
    path = await link(watch, cases, merge=DIGEST)
    page = (await browser.get(path)).text
    assert "监测事项清单（2项）" in page
    assert "供知悉，无需签收" in page
    assert "<form" not in page
    forced = await browser.ask("POST", path, data={"mark": "0" * 32})
    assert forced.status_code == 403
    assert now_is(watch, cases[0]).acknowledged_by == ""


async def test_good_news_and_text_messages_carry_no_link(watch: Stub) -> None:
    cases = opened(watch, 2)
    assert (await message(watch, cases, Why.RESOLVED)).link is None
    group = [letter("k", "sms", case_id=cases[0].id)]
    made, texts = merge_letters(group), Target("sms", "sms")
    assert (await with_link(made, group, texts, SIGNING, watch.writer, T0)).link is None
    watch.links = None
    assert (await message(watch, cases)).link is None
    assert AckDoor(watch).routes() == []  # type: ignore[arg-type]


async def test_a_message_that_is_tried_again_has_the_link_it_had(watch: Stub) -> None:
    cases = opened(watch)
    first = await link(watch, cases)
    watch.moment = T0 + 6 * DAY
    assert await link(watch, cases) == first
    watch.moment = T0 + 8 * DAY  # it expired before it arrived
    assert await link(watch, cases) != first


async def test_a_link_that_expired_is_gone(watch: Stub, browser: Browser) -> None:
    cases = opened(watch)
    path = await link(watch, cases)
    watch.moment = T0 + 7 * DAY
    answer = await browser.get(path)
    assert answer.status_code == 410
    assert "链接已过期" in answer.text
    assert (await browser.press(path)).status_code == 403
    with watch.db.write() as c:
        assert prune_links(c, T0 + 8 * DAY, 90) == 0
        assert prune_links(c, T0 + 100 * DAY, 90) == 1
    assert (await browser.get(path)).status_code == 404


async def test_a_forged_link_is_none(watch: Stub, browser: Browser) -> None:
    cases = opened(watch, 2)
    path = await link(watch, cases[:1])
    nonce = b"0" * 9
    guessed = LetterLink("bureau_hook", (cases[0].id or 0,), True, nonce, T0 + 7 * DAY, 1)
    others = (
        "/ack/" + token_of("another key", guessed),
        "/ack/" + token_of(SIGNING.key, guessed),
        "/ack/" + token_of(SIGNING.key, replace(guessed, id=99)),
        path[:-1] + ("A" if path[-1] != "A" else "B"),
        path[:-1],
        path + "=",
        "/ack/x",
        "/ack/" + "%00" * 70,
    )
    for each in others:
        for method in ("GET", "POST"):
            answer = await browser.ask(
                method, each, data={"mark": "1"} if method == "POST" else None
            )
            assert answer.status_code in (404, 403), each
            assert "三亚教育" not in answer.text
    assert now_is(watch, cases[0]).acknowledged_by == ""
    assert (await browser.ask("PUT", path)).status_code == 405


async def test_a_form_from_elsewhere_is_refused(watch: Stub, browser: Browser) -> None:
    (one,) = opened(watch)
    path = await link(watch, [one])
    for headers in (
        {"origin": "https://evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"origin": "http://watch.example.gov.cn"},
    ):
        assert (await browser.press(path, **headers)).status_code == 403
    assert (await browser.ask("POST", path)).status_code == 403
    assert (await browser.ask("POST", path, content=b"a=" + b"b" * 5000)).status_code == 413
    assert now_is(watch, one).acknowledged_by == ""
    assert (await browser.press(path, origin="https://watch.example.gov.cn")).status_code == 200


async def test_a_case_that_was_acknowledged_or_closed_elsewhere_says_so(
    watch: Stub, browser: Browser
) -> None:
    one, two = opened(watch, 2)
    first, second = await link(watch, [one]), await link(watch, [two])
    closed = replace(two, state=CaseState.CLOSED, closed_at=T0 + HOUR, closing="已更新")
    with watch.db.write() as c:
        save_cases(c, [replace(one, acknowledged_by="值班员"), closed])
    page = (await browser.get(first)).text
    assert "本问题已由值班员签收，无需再次签收" in page
    page = (await browser.get(second)).text
    assert "本问题已于2026-03-02 10:00销号，无需再次签收" in page
    assert "<form" not in page


async def test_hostile_names_are_text_and_bounded(watch: Stub, browser: Browser) -> None:
    (one,) = opened(watch)
    path = await link(watch, [one])
    answer = await browser.press(path, HOSTILE + "长" * 200)
    assert answer.status_code == 200
    assert "<script" not in answer.text
    assert len(now_is(watch, one).acknowledged_by) <= 60
    assert "@" not in now_is(watch, one).acknowledged_by
    assert "http://" not in now_is(watch, one).acknowledged_by


async def test_who_asks_too_often_waits_and_the_others_do_not(
    watch: Stub, browser: Browser
) -> None:
    (one,) = opened(watch)
    path = await link(watch, [one])
    for _ in range(EACH):
        await browser.get("/ack/x")
    hasty = await browser.get(path)
    assert (hasty.status_code, hasty.headers["retry-after"]) == (429, "60")
    assert (await replace(browser, address="203.0.113.9").get(path)).status_code == 200
    watch.moment = T0 + timedelta(minutes=1)
    assert (await browser.get(path)).status_code == 200


async def test_a_page_of_two_hundred_cases_with_long_names_is_whole(
    watch: Stub, browser: Browser
) -> None:
    long = [account(n, name="名" * 300 + HOSTILE.replace("\x00", "")) for n in range(1, 201)]
    register(watch.db, *long)
    cases = opened(watch, 200)
    page = (await browser.get(await link(watch, cases))).text
    assert page.count("<article>") == 200
    assert "一并签收200项" in page
    assert "<script" not in page
