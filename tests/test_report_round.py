"""The reports of the plan: made once, kept, told of, taken along by mail, given by the console."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from httpx import ASGITransport, AsyncClient
from starlette.applications import Starlette

from alerts.merge import Outgoing
from alerts.robots import Delivery
from alerts.routing import Office, Offices, Secret, Target
from tests.test_rounds import watching
from watcher import store
from watcher.config import Settings, load
from watcher.letter_round import deliver_due
from watcher.model import Role
from watcher.report_plan import Planned
from watcher.report_round import make_reports
from watcher.report_view import report_routes
from watcher.simulate import VirtualClock
from watcher.store.reports_made import reports_made
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


async def test_the_word_file_goes_along_by_mail_alone(tmp_path: Path) -> None:
    sent: list[tuple[str, Outgoing]] = []
    async with planning(tmp_path, sent) as (watch, clock, settings):
        await make_reports(watch, settings)
        clock.moment += timedelta(minutes=5)
        await deliver_due(watch)
    enclosed = {(to, message.title): message.documents for to, message in sent}
    (document,) = enclosed[("mail", "【报告】年度专项检查报告-2026年10月")]
    assert document.name == "年度专项检查报告-2026年10月.docx"
    assert "专项检查情况的报告" in Document(BytesIO(document.content)).paragraphs[1].text
    assert enclosed[("hook", "【报告】年度专项检查报告-2026年10月")] == ()
    assert enclosed[("mail", "【报告】政务新媒体矩阵-2026年10月")] == ()


async def test_a_report_that_cannot_be_made_is_told_once_and_tried_again(tmp_path: Path) -> None:
    sent: list[tuple[str, Outgoing]] = []
    async with planning(tmp_path, sent) as (watch, clock, settings):
        broken = replace(settings, folder=tmp_path)  # where there are no templates
        for _ in range(3):
            assert await make_reports(watch, broken) == 0
            clock.moment += timedelta(minutes=10)
            await deliver_due(watch)
        assert [to for to, _ in sent] == ["hook", "hook"]
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
