"""The reports of the plan: made once, kept, told of, taken along by mail, given by the console."""

from __future__ import annotations

import errno
import re
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import partial
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import pytest
from aiosmtpd.controller import Controller
from docx import Document
from httpx import ASGITransport, AsyncClient
from starlette.applications import Starlette

from alerts.deliver import send
from alerts.hours import Hours
from alerts.merge import POSSIBLY_SENT, Outgoing
from alerts.robots import Delivery
from alerts.routes import Manner, Route
from alerts.routing import Office, Offices, Secret, Target
from alerts.steps import Hearers
from tests.test_rounds import watching
from watcher import store
from watcher.calendar import local
from watcher.config import Settings, load
from watcher.config.values import LinkSettings
from watcher.letter_round import deliver_due
from watcher.model import Role
from watcher.report_kinds import KINDS
from watcher.report_plan import Planned
from watcher.report_round import make_planned, make_reports
from watcher.report_view import report_routes
from watcher.reporting import Kind
from watcher.simulate import VirtualClock
from watcher.store.columns import from_ms
from watcher.store.reports_made import occasions_met, reports_made
from watcher.watch import Watch

MONDAY = datetime(2026, 11, 2, 1, tzinfo=UTC)  # 09:00 of the first working day of November
OFFICES = Offices(
    offices={
        "city": Office("city", "市政府办公室", "city", targets={"": ("mail",)}),
        "ops": Office("ops", "监测运维", "operator", targets={"": ("hook",)}),
    },
    targets={
        "mail": Target("mail", "mail", url=Secret("env", "MAIL")),
        "hook": Target("hook", "webhook", url="http://127.0.0.1:9/hook"),
    },
    roles={Role.CITY: "city", Role.OPERATOR: "ops"},
    fallback=("hook",),
)
PLAN = (Planned("matrix", "month", 1), Planned("inspection", "month", 1, targets=("hook",)))


def broken_facts(*given: object) -> Any:
    raise KeyError("nothing")


MONTHLY = (Planned("inspection", "month", 1),)


@contextmanager
def mail_server(largest: int = 33_554_432) -> Iterator[tuple[str, list[EmailMessage]]]:
    """An SMTP server on loopback that takes mails up to so many bytes; its address, what came."""
    got: list[EmailMessage] = []

    class Handler:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            got.append(message_from_bytes(envelope.content, policy=policy.default))
            return "250 OK"

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    server = Controller(Handler(), hostname="127.0.0.1", port=port, data_size_limit=largest)
    server.start()
    try:
        yield f"mailto://127.0.0.1:{port}?from=watch@example.cn&to=city@example.cn", got
    finally:
        server.stop()


@asynccontextmanager
async def planning(
    folder: Path, sent: list[tuple[str, Outgoing]]
) -> AsyncIterator[tuple[Watch, VirtualClock, Settings]]:
    settings = replace(load(Path("config/watcher.yaml"), {}, targets=False), state=folder / "state")
    settings = replace(settings, reports=PLAN, offices=OFFICES)
    async with watching(folder, {}, ()) as (watch, clock):

        async def send(message: Outgoing, target: Target) -> Delivery:
            sent.append((target.name, message))
            return Delivery(True, "1")

        watch.send, watch.state = send, settings.state
        watch.book = replace(watch.book, offices=OFFICES)
        clock.moment = MONDAY
        yield watch, clock, settings


async def test_a_report_is_made_once_and_its_office_hears_of_it(tmp_path: Path) -> None:
    sent: list[tuple[str, Outgoing]] = []
    async with planning(tmp_path, sent) as (watch, clock, settings):
        clock.moment = MONDAY - timedelta(minutes=1)
        assert await make_reports(watch, settings) == 0
        clock.moment = MONDAY
        assert await make_reports(watch, settings) == 2
        assert await make_reports(watch, settings) == 0
        clock.moment += timedelta(minutes=5)
        await deliver_due(watch)
        with watch.db.read() as c:
            made = {each.kind: each for each in reports_made(c)}
    assert set(made) == {"matrix", "inspection"}
    for each in made.values():
        for file in each.files:
            assert (settings.state / "reports" / file.name).stat().st_size == file.size
    told = [(to, message.title) for to, message in sent]
    assert sorted(told) == [
        ("hook", "【报告】年度专项检查报告-2026年10月"),
        ("mail", "【报告】年度专项检查报告-2026年10月"),
        ("mail", "【报告】政务新媒体矩阵-2026年10月"),
    ]


TITLE = "年度专项检查报告-2026年10月"


async def test_the_files_go_along_by_mail_and_others_are_told_where_they_lie(
    tmp_path: Path,
) -> None:
    sent: list[tuple[str, Outgoing]] = []
    async with planning(tmp_path, sent) as (watch, clock, settings):
        public = replace(settings, links=LinkSettings("https://watch.example.cn"))
        await make_reports(watch, public)
        clock.moment += timedelta(minutes=5)
        await deliver_due(watch)
    told = {(to, message.title): message for to, message in sent}
    mail, hook = told[("mail", f"【报告】{TITLE}")], told[("hook", f"【报告】{TITLE}")]
    assert [each.name for each in mail.documents] == [f"{TITLE}.docx", f"{TITLE}.xlsx"]
    word = Document(BytesIO(mail.documents[0].content))
    assert "专项检查情况的报告" in word.paragraphs[1].text
    assert mail.body.endswith(f"随附：{TITLE}.docx、{TITLE}.xlsx。")
    assert hook.documents == ()
    assert "下载：https://watch.example.cn/reports（第2号）" in hook.body
    assert "随附" not in hook.body
    for each in (mail, hook):
        assert str(tmp_path) not in each.body
        assert "编号：report-2-" in each.body
    (page,) = told[("mail", "【报告】政务新媒体矩阵-2026年10月")].documents
    assert page.name.endswith(".html")


async def test_a_file_too_large_for_a_mail_stays_and_the_mail_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[str, Outgoing]] = []
    async with planning(tmp_path, sent) as (watch, clock, settings):
        await make_reports(watch, settings)
        with watch.db.read() as c:
            files = {f.name: f.size for each in reports_made(c) for f in each.files}
        word = max(size for name, size in files.items() if name.endswith(".docx"))
        monkeypatch.setattr("watcher.enclosing.LARGEST", word)
        clock.moment += timedelta(minutes=5)
        await deliver_due(watch)
    (mail,) = [m for to, m in sent if to == "mail" and TITLE in m.title]
    assert [each.name for each in mail.documents] == [f"{TITLE}.docx"]
    assert f"未随附：{TITLE}.xlsx（过大或已不在原处），请在“报告”页下载。" in mail.body


async def test_a_mail_server_that_takes_no_such_size_gets_the_words_alone(tmp_path: Path) -> None:
    async with planning(tmp_path, []) as (watch, clock, settings):
        with mail_server(largest=20_000) as (url, got):
            watch.send = partial(send, resolve=lambda _: url, now=clock.moment)
            offices = replace(OFFICES, targets={"mail": OFFICES.targets["mail"]})
            watch.book = replace(watch.book, offices=replace(offices, fallback=("mail",)))
            await make_reports(watch, replace(settings, reports=MONTHLY))
            clock.moment += timedelta(minutes=5)
            await deliver_due(watch)
            await deliver_due(watch)
    (mail,) = got
    assert not list(mail.iter_attachments())
    text = mail.get_content()
    assert "随附文件未被邮件服务器接收，请在“报告”页下载。" in text
    assert f"随附：{TITLE}" not in text


async def test_the_mail_that_a_server_takes_holds_the_files_as_they_were_made(
    tmp_path: Path,
) -> None:
    async with planning(tmp_path, []) as (watch, clock, settings):
        with mail_server() as (url, got):
            watch.send = partial(send, resolve=lambda _: url, now=clock.moment)
            await make_reports(watch, replace(settings, reports=MONTHLY))
            clock.moment += timedelta(minutes=5)
            await deliver_due(watch)
        with watch.db.read() as c:
            (made,) = reports_made(c)
    files = {each.get_filename(): each for each in got[0].iter_attachments()}
    assert list(files) == [Path(each.name).name for each in made.files]
    for each in made.files:
        came = files[Path(each.name).name].get_payload(decode=True)
        assert isinstance(came, bytes)
        assert sha256(came).hexdigest() == each.sha256


async def test_after_two_sendings_of_unknown_fate_the_words_go_alone(tmp_path: Path) -> None:
    sent: list[tuple[str, Outgoing]] = []
    async with planning(tmp_path, sent) as (watch, clock, settings):

        async def slow(message: Outgoing, target: Target) -> Delivery:
            sent.append((target.name, message))
            return Delivery(False, "", "60秒内没有应答（可能已送达）", uncertain=True)

        watch.send = slow
        await make_reports(watch, replace(settings, reports=PLAN[:1]))
        for _ in range(3):
            clock.moment += timedelta(minutes=5)
            await deliver_due(watch)
    assert [len(message.documents) for _, message in sent] == [1, 1, 0]
    assert "随附文件曾随前一封发送" in sent[-1][1].body
    assert all(POSSIBLY_SENT in message.body for _, message in sent[1:])


async def test_letters_keep_the_quiet_hours_of_routes_yaml_even_where_making_took_long(
    tmp_path: Path,
) -> None:
    async with planning(tmp_path, []) as (watch, clock, settings):
        hours = Hours(night=time(17), morning=time(10, 30))
        early = replace(settings, policy=replace(settings.policy, hours=hours))
        await make_reports(watch, replace(early, reports=PLAN[:1]))
        clock.moment = MONDAY + timedelta(hours=12, minutes=59)  # 21:59

        def late(*given: Any) -> Any:
            clock.moment += timedelta(minutes=5)
            return make_planned(*given)

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("watcher.report_round.make_planned", late)
            await make_reports(watch, replace(settings, reports=PLAN[1:]))
        with watch.db.read() as c:
            leaves = c.exec_driver_sql("SELECT key, not_before FROM outbox").all()
    assert {key: local(from_ms(at)).strftime("%d %H:%M") for key, at in leaves} == {
        "report-1-mail": "02 10:30",
        "report-2-mail": "03 08:00",
        "report-2-hook": "03 08:00",
    }


async def test_a_report_whose_receiver_was_away_till_night_is_told_of_in_the_morning(
    tmp_path: Path,
) -> None:
    sent: list[tuple[str, Outgoing]] = []
    async with planning(tmp_path, sent) as (watch, clock, settings):
        await make_reports(watch, replace(settings, reports=PLAN[:1]))
        for hour, arrived in ((14, 0), (20, 0), (23, 1)):  # 23:00, 05:00 and 08:00 in Beijing
            clock.moment = MONDAY + timedelta(hours=hour)
            await deliver_due(watch)
            assert len(sent) == arrived


async def test_a_route_sends_a_report_elsewhere(tmp_path: Path) -> None:
    sent: list[tuple[str, Outgoing]] = []
    route = Route("改发", Manner.INSTEAD, Hearers(targets=("hook",)), reports=frozenset({"matrix"}))
    async with planning(tmp_path, sent) as (watch, clock, settings):
        routed = replace(settings, policy=replace(settings.policy, routes=(route,)))
        await make_reports(watch, routed)
        clock.moment += timedelta(minutes=5)
        await deliver_due(watch)
    assert sorted((to, message.title[4:8]) for to, message in sent) == [
        ("hook", "年度专项"),
        ("hook", "政务新媒"),
        ("mail", "年度专项"),
    ]


async def test_one_that_fails_for_no_known_reason_keeps_no_other_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    sent: list[tuple[str, Outgoing]] = []
    async with planning(tmp_path, sent) as (watch, clock, settings):
        broken = replace(KINDS["matrix"], collect=broken_facts)
        monkeypatch.setitem(cast("dict[str, Kind]", KINDS), "matrix", broken)
        assert await make_reports(watch, settings) == 1
        clock.moment += timedelta(minutes=5)
        await deliver_due(watch)
    (failed,) = [message for to, message in sent if "未能生成" in message.title]
    assert "程序出错（KeyError），详见日志" in failed.body
    assert "Traceback" in caplog.text


async def test_a_full_disk_is_named_and_leaves_no_half_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[str, Outgoing]] = []
    async with planning(tmp_path, sent) as (watch, clock, settings):

        def full(handle: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        with monkeypatch.context() as patched:
            patched.setattr("watcher.reporting.os.fsync", full)
            assert await make_reports(watch, settings) == 0
        clock.moment += timedelta(minutes=5)
        await deliver_due(watch)
        assert [p for p in (settings.state / "reports").rglob("*") if p.is_file()] == []
        assert all("文件不能写入：磁盘空间不足" in message.body for _, message in sent)
        assert await make_reports(watch, settings) == 2


async def test_what_another_process_made_meanwhile_is_told_of_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with planning(tmp_path, []) as (watch, _, settings):
        with monkeypatch.context() as patched:  # the other one was not seen when this one began
            plan = replace(settings, reports=PLAN[:1])
            assert await make_reports(watch, plan) == 1
            both: Iterator[frozenset[str]] = iter([frozenset()])
            patched.setattr(
                "watcher.report_round.occasions_met",
                lambda c, keys: next(both, None) or occasions_met(c, keys),
            )
            assert await make_reports(watch, plan) == 0
        with watch.db.read() as c:
            assert len(reports_made(c)) == 1
            assert c.exec_driver_sql("SELECT count(*) FROM outbox").scalar() == 1


async def test_an_office_without_accounts_gets_a_report_that_says_so(tmp_path: Path) -> None:
    async with planning(tmp_path, []) as (watch, _, settings):
        kinds = ("staleness", "inspection", "ledger", "matrix")
        plan = [Planned(kind, "month", 1, ("", "ops")) for kind in kinds]
        plan.append(Planned("quarterly", "quarter", 15, ("", "ops")))
        assert await make_reports(watch, replace(settings, reports=tuple(plan))) == 10
        with watch.db.read() as c:
            made = reports_made(c)
        words = [f for each in made for f in each.files if f.name.endswith(".docx")]
        for file in words:
            document = Document(str(settings.state / "reports" / file.name))
            said = "".join(p.text for p in document.paragraphs)
            assert "100.0%" not in said
            assert re.search("没有|无|未", said)


async def test_a_report_that_cannot_be_made_is_told_once_and_tried_again(tmp_path: Path) -> None:
    sent: list[tuple[str, Outgoing]] = []
    async with planning(tmp_path, sent) as (watch, clock, settings):
        broken = replace(settings, folder=tmp_path)  # where there are no templates
        for _ in range(3):
            assert await make_reports(watch, broken) == 0
            clock.moment += timedelta(minutes=10)
            await deliver_due(watch)
        assert [to for to, _ in sent] == ["hook", "hook"]
        assert len({message.key for _, message in sent}) == 2
        assert all("未能生成" in message.title for _, message in sent)
        assert any("inspection.docx" in message.body for _, message in sent)
        assert await make_reports(watch, settings) == 2


async def test_a_report_made_by_a_process_that_died_is_made_again_under_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[str, Outgoing]] = []
    async with planning(tmp_path, sent) as (watch, _, settings):

        def dies(connection: store.Connection, made: object) -> None:
            raise SystemError("killed")

        with monkeypatch.context() as patched:
            patched.setattr("watcher.report_round.keep_report", dies)
            with pytest.raises(SystemError):
                await make_reports(watch, settings)
        before = sorted((settings.state / "reports").rglob("*.*"))
        (before[0].parent / ".half.docx.x1").write_bytes(b"half")
        assert await make_reports(watch, settings) == 2
        after = sorted((settings.state / "reports").rglob("*.*"))
    assert set(before) <= set(after)
    assert not [each for each in after if each.name.startswith(".")]


async def test_the_console_lists_reports_and_gives_their_files(tmp_path: Path) -> None:
    async with planning(tmp_path, []) as (watch, _, settings):
        app = Starlette(routes=list(report_routes(watch, "0.1.0")))
        client = AsyncClient(transport=ASGITransport(app), base_url="http://console")
        assert "还没有出具过报告" in (await client.get("/reports")).text
        await make_reports(watch, settings)
        page = (await client.get("/reports")).text
        assert "年度专项检查报告-2026年10月" in page
        answer = await client.get("/reports/1/0")
        assert answer.headers["content-disposition"].startswith("attachment")
        assert "%E6" in answer.headers["content-disposition"]
        assert (await client.get("/reports/1/9")).status_code == 404
        assert (await client.get("/reports/99/0")).status_code == 404
        with watch.db.read() as c:
            file = reports_made(c)[-1].files[0]
        (settings.state / "reports" / file.name).write_bytes(b"other")
        assert (await client.get("/reports/1/0")).status_code == 409
        (settings.state / "reports" / file.name).unlink()
        assert (await client.get("/reports/1/0")).status_code == 404
