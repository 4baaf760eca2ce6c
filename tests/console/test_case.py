"""One case's page: fact, proof, before and after, filings, steps, what to do; nothing breaks it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from alerts.office_tree import Offices
from tests.console.views import HOSTILE, view
from tests.store.given import T0, UNIT, account, register
from watcher.case_view import case_view
from watcher.console import Pulse, build
from watcher.console.case_page import CaseView
from watcher.filings import Filing, FilingKind
from watcher.model import Case, CaseState, Finding, Level
from watcher.rectifying import CaseEvent, Deed, case_number
from watcher.store import Database, add_event, connect, migrate, save_cases
from watcher.store.filed import keep_filings
from watcher.watch import Watch

WELL = Pulse(now=T0, tick_at=T0, started_at=T0)
PAGE = {"url": "https://weibo.com/u/1", "status": 200, "sha256": "cd" * 32, "at": T0.isoformat()}
LOOKS = [{"at": T0.isoformat(), "source": "weibo", "pages": [PAGE]}]
CHANGED: dict[str, Any] = {
    "field": "name",
    "field_name": "账号名称",
    "confirmed": True,
    "before": {"value": "三亚教育1", "since": T0.isoformat(), "until": T0.isoformat()},
    "after": {"value": HOSTILE, "since": T0.isoformat(), "readings": LOOKS},
    "reading": {"source": "weibo", "pages": [PAGE]},
}
FINDING = Finding(
    "CHG-01", "weibo-1", "name", Level.ORANGE, "《办法》第八条、第二十五条", T0, CHANGED
)


@pytest.fixture
def watch(tmp_path: Path) -> Watch:
    url = f"sqlite:///{tmp_path / 'w.sqlite'}"
    db = connect(url)
    migrate(db)
    register(db, account())

    class Stub:
        def __init__(self, kept: Database) -> None:
            self.db, self.book = kept, SimpleNamespace(offices=Offices())

        def now(self) -> datetime:
            return (T0 + timedelta(hours=1)).astimezone(UTC)

    return Stub(db)  # type: ignore[return-value]


def kept(watch: Watch, finding: Finding = FINDING, **more: Any) -> Case:
    with watch.db.write() as c:
        (case,) = save_cases(c, [replace(Case(finding, T0), **more)])
    return case


async def page_of(watch: Watch, number: str) -> httpx.Response:
    app = build(lambda: view(1), lambda: WELL, lambda: b"", case=lambda n: case_view(watch, "1", n))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://watcher") as client:
        return await client.get(f"/cases/{number}")


async def test_a_clerk_sees_all_of_a_case(watch: Watch) -> None:
    case = kept(watch, told_at=T0, told_level=Level.ORANGE, due_on=date(2026, 3, 5))
    assert case.id is not None
    filing = Filing("F1", FilingKind.CHANGE, UNIT.key, "weibo-1", applied_on=date(2026, 2, 3))
    with watch.db.write() as c:
        keep_filings(c, [filing], "王一", T0)
        add_event(c, CaseEvent(case.id, T0, "李二", Deed.ACK))
    answer = await page_of(watch, case_number(case))
    assert answer.status_code == 200
    text = answer.text
    for word in (
        *("CHG-01", "变化：账号名称", "三亚教育1", "2026-03-05", "李二", "签收"),
        *("https://weibo.com/u/1", "cdcdcdcdcdcd", "F1", "变更", "已申请", "2026-02-03"),
        *("下一步", f"watcher cases feedback {case_number(case)}", "watcher accept weibo-1"),
    ):
        assert word in text, word
    assert "<script>alert" not in text
    assert "&lt;script&gt;" in text
    assert "49" not in text.partition("之后")[2].partition("</section>")[0]


async def test_it_is_found_by_its_number_and_by_its_id_and_else_not(watch: Watch) -> None:
    case = kept(watch)
    assert (await page_of(watch, str(case.id))).status_code == 200
    for other in ("0", "99", "UPD-04-260302-ffffff", "x" * 99, "%00", "<b>"):
        answer = await page_of(watch, other)
        assert answer.status_code == 404
        assert "没有此问题" in answer.text


def shown(watch: Watch, case: Case) -> CaseView:
    found = case_view(watch, "1", str(case.id))
    assert found is not None
    return found


def test_what_is_over_asks_for_nothing(watch: Watch) -> None:
    case = kept(watch, state=CaseState.CLOSED, closed_at=T0, closing="复查时已不再出现该情形")
    found = shown(watch, case)
    assert not found.coming
    assert [each.what for each in found.steps] == ["发现", "销号"]


@pytest.mark.parametrize(
    ("rule", "asked"),
    [
        ("SYS-01", ["签收"]),
        ("REC-01", ["签收", "查看所督办的问题", "反馈整改情况"]),
        ("UPD-04", ["签收", "反馈整改情况", "复查", "销号", "不予认定", "静默"]),
    ],
)
def test_what_comes_next_is_what_may_be_done(watch: Watch, rule: str, asked: list[str]) -> None:
    case = kept(watch, replace(FINDING, rule=rule, facts={}))
    assert [what for what, _ in shown(watch, case).coming] == asked


def test_facts_of_any_shape_are_shown_or_left_out(watch: Watch) -> None:
    odd: dict[str, Any] = {
        "days": 15,
        "reading": {"source": "", "pages": []},
        "before": 3,
        "last_post": {"id": "1", "at": T0.isoformat(), "title": "标题", "url": "javascript:1"},
        "domains": ["a.cn", {"b": 1}],
        "late_days": None,
        "unknown_to_clerks": "x",
    }
    case = kept(watch, replace(FINDING, rule="UPD-04", facts=odd))
    facts = dict(shown(watch, case).facts)
    assert facts["未更新天数"] == "15"
    assert facts["域名"] == "a.cn"
    assert facts["有关信息"] == "2026-03-02 09:00《标题》"
    assert "x" not in facts.values()


async def test_no_address_but_of_the_web_is_a_link(watch: Watch) -> None:
    case = kept(watch, replace(FINDING, facts={"url": "javascript:alert(1)"}))
    text = (await page_of(watch, str(case.id))).text
    assert "javascript:alert(1)" in text
    assert 'href="javascript' not in text
