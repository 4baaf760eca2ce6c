"""The ledger (台账): eight sheets out, what was edited back in."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from alerts.routing import Offices
from tests.program import Run, place, run
from watcher.filing_desk import ledger_of
from watcher.filings import Filing, FilingKind, National, Paper
from watcher.ledger import (
    COLUMNS,
    FILINGS,
    MAIN,
    PEOPLE,
    SHEETS,
    UNSEEN,
    Pages,
    covered_mail,
    covered_phone,
    is_covered,
)
from watcher.ledger_facts import words_of
from watcher.ledger_import import planned
from watcher.ledger_plan import Plan
from watcher.ledger_rows import (
    Known,
    Pace,
    filing_lines,
    main_lines,
    national_text,
    person_lines,
)
from watcher.ledger_told import NOT_KEPT, case_lines
from watcher.model import (
    Account,
    Case,
    Exemption,
    FiledState,
    Finding,
    Level,
    Person,
    Source,
    Unit,
    UnitKind,
)
from watcher.register import Register, write_register
from watcher.register.ledger import is_ledger, read_ledger
from watcher.register.values import RegisterError
from watcher.reports.ledger import SEAL_HEADING, ledger_book
from watcher.reports.stamp import Scope, Stamp
from watcher.store.ledger import Said, Seen
from watcher.units import PaperKind, UnitPaper, UnitPerson, UnitRole

__all__ = ["place", "run"]  # fixtures

AT = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
JYJ = Unit("jyj", "三亚市教育局", UnitKind.CITY_DEPARTMENT, "jyj_office", "city_office")
QZF = Unit("qzf", "吉阳区人民政府", UnitKind.DISTRICT_GOVERNMENT, "", "city_office")
A1 = Account(
    "weibo-1",
    "weibo",
    "三亚教育",
    JYJ,
    sources=(Source("weibo", "1", {"x": "y"}),),
    platform_id="00123456789012345678",
    opened_on=date(2019, 6, 3),
    approved_on=date(2019, 5, 20),
    verified=True,
    lead=Person("陈某", "副主任", "13800001234"),
    contact=Person("王某", "科员", "0898-88271234、13900005678"),
    email="wang@sanya.gov.cn",
    note="电话13800001234",
    exemptions=(Exemption(("UPD-02",), "机构改革", "市政府办公室", date(2026, 12, 31)),),
    enabled=False,
)
A2 = Account("app-1", "app", "吉阳通", QZF, filed_state=FiledState.SUSPENDED)
FIRST = UnitPerson("jyj", UnitRole.FIRST, Person("李局", "局长", "13700001111"), "li@sanya.gov.cn")
EDITORS = tuple(
    UnitPerson("jyj", UnitRole.EDITOR, Person(name, "", "")) for name in ("甲编", "乙编")
)
F1 = Filing("F1", FilingKind.CHANGE, "jyj", "weibo-1", "weibo", "三亚教育", {"name": "新名"})


def known(**more: Any) -> Known:
    values: dict[str, Any] = {
        "today": date(2026, 11, 23),
        "units": (JYJ, QZF),
        "accounts": (A1, A2),
        "filings": (F1,),
        "people": (*EDITORS, FIRST),
        "offices": {"city_office": "三亚市人民政府办公室", "jyj_office": "三亚市教育局办公室"},
        "seen": {"weibo-1": Seen(AT, AT, 1200, date(2026, 11, 22))},
        "paces": {"weibo-1": Pace(12, "至少3天")},
    }
    return Known(**{**values, **more})


def desks(of: Known) -> Any:
    return ledger_of(of.units, of.accounts, of.filings)


def pages(of: Known) -> Pages:
    sheets = {
        MAIN: tuple(main_lines(of)),
        FILINGS: tuple(filing_lines(of, desks(of))),
        PEOPLE: tuple(person_lines(of)),
    }
    return Pages("全市", sheets, words_of(Offices()), (("数据截止", "现在"),))


def made(of: Known, shared: bool = False) -> bytes:
    return ledger_book(pages(of), Stamp("ledger", Scope(shared=shared), AT, "1", "ab" * 32))


@pytest.fixture
def edit(tmp_path: Path) -> Callable[..., Path]:
    """A ledger written, edited by `change(book)`, saved as a person would."""

    def edit(
        of: Known, change: Callable[[Any], None] = lambda book: None, shared: bool = False
    ) -> Path:
        book = openpyxl.load_workbook(BytesIO(made(of, shared)))
        change(book)
        path = tmp_path / "台账.xlsx"
        book.save(path)
        return path

    return edit


def plan(path: Path, of: Known) -> Plan:
    return planned(read_ledger(path), of, desks(of), "张三", AT)


def column(page: Worksheet, heading: str) -> int:
    return next(cell.column for cell in page[2] if cell.value == heading)


def put(page: Worksheet, row: int, heading: str, value: Any) -> None:
    page.cell(row, column(page, heading)).value = value


def row_of(page: Worksheet, heading: str, value: str) -> int:
    at = column(page, heading)
    return next(row for row in range(3, page.max_row + 1) if page.cell(row, at).value == value)


def unsealed(book: Any) -> None:
    for name in (MAIN, FILINGS, PEOPLE):
        page = book[name]
        page.delete_cols(column(page, SEAL_HEADING))


# -- out -----------------------------------------------------------------------------------------


def test_the_workbook_has_the_eight_sheets_with_real_types_and_is_ready_to_print() -> None:
    book = openpyxl.load_workbook(BytesIO(made(known())))
    assert book.sheetnames == list(SHEETS)
    page = book[MAIN]
    at = row_of(page, "账号编号", "weibo-1")

    def cell(heading: str) -> Any:
        return page.cell(at, column(page, heading))

    assert cell("平台ID").value == "00123456789012345678"
    assert cell("平台ID").number_format == "@"
    assert cell("工作负责人电话").value == "13800001234"
    assert cell("创建日期").value == datetime(2019, 6, 3)  # noqa: DTZ001
    assert cell("创建日期").is_date
    assert cell("粉丝量").value == 1200
    assert cell("最近更新").value == datetime(2026, 11, 23, 10, 30)  # noqa: DTZ001
    assert cell("日常主管单位").value == "三亚市教育局办公室"
    assert cell("第一责任人").value == "李局"
    assert page.freeze_panes == "D3"
    assert page.auto_filter.ref.startswith("A2:")
    assert page.page_setup.orientation == "landscape"
    assert page.page_setup.paperSize == 8  # A3
    assert page.print_title_rows == "$1:$2"
    assert "&P" in str(page.oddFooter.right.text if page.oddFooter else "")
    assert page.column_dimensions[cell("账号名称").column_letter].width > 15
    lists = {each.formula1: str(each.sqref) for each in page.data_validations.dataValidation}
    assert any(formula.startswith(("=字典!$A$3", "字典!$A$3")) for formula in lists)


def test_what_was_not_seen_is_said_so_and_is_no_zero() -> None:
    page = openpyxl.load_workbook(BytesIO(made(known())))[MAIN]
    at = row_of(page, "账号编号", "app-1")
    for heading in ("认证", "粉丝量", "最近更新", "最近采集", "本季发布数", "本季最长间隔"):
        assert page.cell(at, column(page, heading)).value == UNSEEN
    assert page.cell(at, column(page, "未结问题数")).value == 0


def test_hostile_text_is_text_and_no_formula(tmp_path: Path) -> None:
    names = ("=1+1", "@SUM(1)", "+1", "-1", "=cmd|'/c calc'!A1", "长" * 200, "a\x00b\x1bc", "'=x")
    accounts = tuple(
        Account(f"k{n}", "weibo", name, JYJ, note=name, platform_id=str(n))
        for n, name in enumerate(names)
    )
    of = known(accounts=accounts, filings=())
    path = tmp_path / "l.xlsx"
    path.write_bytes(made(of))
    page = openpyxl.load_workbook(path)[MAIN]
    cells = [page.cell(row, column(page, "账号名称")) for row in range(3, 3 + len(names))]
    assert [cell.data_type for cell in cells] == ["s"] * len(names)
    assert cells[0].value == "=1+1"
    assert cells[5].value == "长" * 200
    assert cells[6].value == "a b c"
    assert plan(path, of).empty


def test_the_same_facts_give_the_same_bytes() -> None:
    assert made(known()) == made(known())


def test_a_shared_copy_covers_numbers_and_addresses() -> None:
    text = "".join(
        str(cell.value)
        for page in openpyxl.load_workbook(BytesIO(made(known(), True)))
        for row in page
        for cell in row
    )
    for secret in ("13800001234", "88271234", "13900005678", "13700001111", "wang@", "li@"):
        assert secret not in text
    assert "138****1234" in text
    assert "w***@sanya.gov.cn" in text


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("13800001234", "138****1234"),
        ("0898-88271234", "0898-****1234"),
        ("８８２７１２３４", "****1234"),
        ("13800001234 转801", "138****1234 转801"),
        ("", ""),
    ],
)
def test_a_covered_number_keeps_its_ends(number: str, shown: str) -> None:
    assert covered_phone(number) == shown
    assert is_covered(shown) == ("*" in shown)


def test_covered_addresses_keep_their_first_sign() -> None:
    assert covered_mail("wang@x.cn；li@y.cn") == "w***@x.cn；l***@y.cn"


# -- back ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("sealed", [False, True])
def test_an_untouched_ledger_changes_nothing(
    edit: Callable[..., Path], shared: bool, sealed: bool
) -> None:
    path = edit(known(), (lambda book: None) if sealed else unsealed, shared)
    assert is_ledger(path)
    found = plan(path, known())
    assert found.empty
    assert not found.changes
    assert not found.untaken


_TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
_PERSON = st.builds(
    Person, _TEXT, _TEXT, st.from_regex(r"(1[3-9]\d{9}|0898-\d{8})?", fullmatch=True)
)
_DAY = st.none() | st.dates(date(2000, 1, 1), date(2030, 1, 1))


@st.composite
def registers(draw: st.DrawFn) -> Known:
    units = tuple(
        Unit(f"u{n}", draw(_TEXT.filter(str.strip)), draw(st.sampled_from(UnitKind)), draw(_TEXT))
        for n in range(draw(st.integers(1, 3)))
    )
    accounts = tuple(
        Account(
            key=f"a{n}",
            platform=draw(st.sampled_from(["weibo", "app", "other", "unheard_of"])),
            name=draw(_TEXT),
            unit=draw(st.sampled_from(units)),
            platform_id=draw(_TEXT),
            url=draw(_TEXT),
            opened_on=draw(_DAY),
            verified=draw(st.none() | st.booleans()),
            followers=draw(st.none() | st.integers(0, 10**9)),
            lead=draw(_PERSON),
            contact=draw(_PERSON),
            email=draw(st.sampled_from(["", "a@b.cn", "wang@x.cn;li@y.cn"])),
            exemptions=draw(
                st.sampled_from([(), A1.exemptions, (Exemption(("A-1",), "a|b；c", "x"),)])
            ),
            note=draw(_TEXT),
        )
        for n in range(draw(st.integers(0, 4)))
    )
    return Known(date(2026, 11, 23), units, accounts, people=())


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(of=registers(), shared=st.booleans(), sealed=st.booleans())
def test_whatever_the_register_holds_its_own_ledger_changes_nothing(
    tmp_path: Path, of: Known, shared: bool, sealed: bool
) -> None:
    path = tmp_path / "l.xlsx"
    path.write_bytes(made(of, shared))
    if not sealed:
        book = openpyxl.load_workbook(path)
        unsealed(book)
        book.save(path)
    assert plan(path, of).empty


def test_what_was_edited_is_taken_over_and_the_rest_stays(edit: Callable[..., Path]) -> None:
    def change(book: Any) -> None:
        page = book[MAIN]
        at = row_of(page, "账号编号", "weibo-1")
        put(page, at, "账号名称", "三亚教育发布")
        put(page, at, "审批文号", "三府办〔2026〕1号")
        put(page, at, "认证", UNSEEN)
        put(page, at, "创建日期", "2020年1月2日")
        put(page, at, "备注", None)

    (account,) = plan(edit(known(), change, shared=True), known()).accounts
    assert account.name == "三亚教育发布"
    assert account.approval == "三府办〔2026〕1号"
    assert account.verified is None
    assert account.opened_on == date(2020, 1, 2)
    assert account.note == ""
    assert account.lead == A1.lead
    assert account.contact == A1.contact
    assert (account.sources, account.enabled, account.email) == (A1.sources, False, A1.email)


def test_a_covered_number_never_overwrites_the_real_one(edit: Callable[..., Path]) -> None:
    def change(book: Any) -> None:
        put(book[MAIN], row_of(book[MAIN], "账号编号", "weibo-1"), "工作负责人电话", "139****9999")

    found = plan(edit(known(), change), known())
    assert found.empty
    assert "遮盖" in found.untaken[0].why


def test_what_the_watch_derives_is_not_taken_over_and_named(edit: Callable[..., Path]) -> None:
    def change(book: Any) -> None:
        put(book[MAIN], row_of(book[MAIN], "账号编号", "weibo-1"), "未结问题数", 7)
        put(book[MAIN], row_of(book[MAIN], "账号编号", "weibo-1"), "最近更新", "2026-11-24")

    found = plan(edit(known(open_cases={"weibo-1": 3}), change), known())
    assert found.empty
    assert [(each.column, each.value) for each in found.untaken] == [
        ("最近更新", "2026-11-24"),
        ("未结问题数", "7"),
    ]


def test_an_old_ledger_does_not_undo_what_changed_since(edit: Callable[..., Path]) -> None:
    def change(book: Any) -> None:
        put(book[MAIN], row_of(book[MAIN], "账号编号", "weibo-1"), "负责科室", "宣传科")

    path = edit(known(), change)
    since = known(accounts=(replace(A1, name="改过的名称"), A2))
    (account,) = plan(path, since).accounts
    assert (account.name, account.section) == ("改过的名称", "宣传科")


def test_an_edit_of_what_changed_since_is_refused(edit: Callable[..., Path]) -> None:
    def change(book: Any) -> None:
        put(book[MAIN], row_of(book[MAIN], "账号编号", "weibo-1"), "账号名称", "我的名称")

    path = edit(known(), change)
    with pytest.raises(RegisterError, match="冲突；请重新导出后再改"):
        plan(path, known(accounts=(replace(A1, name="改过的名称"), A2)))


def test_all_mistakes_are_told_at_once_with_sheet_row_and_column(
    edit: Callable[..., Path],
) -> None:
    def change(book: Any) -> None:
        put(book[MAIN], 3, "创建日期", "2026-13-40")
        put(book[MAIN], 4, "运行状态", "关")
        put(book[PEOPLE], 3, "角色", "总管")
        put(book[FILINGS], 3, "事项类型", "新开")

    with pytest.raises(RegisterError) as caught:
        plan(edit(known(), change), known())
    said = [str(each) for each in caught.value.mistakes]
    assert len(said) == 4
    assert any("总台账 第3行「创建日期」" in each for each in said)
    assert any("总台账 第4行「运行状态」" in each and "关停" in each for each in said)
    assert any("单位通讯录 第3行「角色」" in each for each in said)
    assert any("事项台账 第3行「事项类型」" in each for each in said)


def test_an_unknown_column_and_a_lost_header_are_refused(edit: Callable[..., Path]) -> None:
    def change(book: Any) -> None:
        page = book[MAIN]
        page.cell(2, page.max_column + 1).value = "工作负责任人"
        book[PEOPLE].delete_rows(1, 2)

    with pytest.raises(RegisterError) as caught:
        plan(edit(known(), change), known())
    said = "\n".join(map(str, caught.value.mistakes))
    assert "「工作负责任人」：不认识这一列；是否为“工作负责人”？" in said
    assert "单位通讯录：找不到表头" in said


def test_a_row_without_a_key_is_a_new_account(edit: Callable[..., Path]) -> None:
    def change(book: Any) -> None:
        page = book[MAIN]
        for heading, value in {
            "账号名称": "三亚教育",
            "账号类型": "抖音",
            "平台ID": "MS4w",
            "主办单位": "三亚市教育局",
            "粉丝量": UNSEEN,
        }.items():
            put(page, 5, heading, value)

    path = edit(known(), change)
    (account,) = plan(path, known()).accounts
    assert (account.key, account.unit, account.followers) == ("douyin-MS4w", JYJ, None)
    assert plan(path, known(accounts=(A1, A2, account))).empty  # twice is once


def test_a_key_is_not_changed(edit: Callable[..., Path]) -> None:
    def change(book: Any) -> None:
        put(book[MAIN], row_of(book[MAIN], "账号编号", "weibo-1"), "账号编号", "weibo-2")

    with pytest.raises(RegisterError, match="账号编号不能修改"):
        plan(edit(known(), change), known())


def test_rows_of_one_unit_must_agree(edit: Callable[..., Path]) -> None:
    two = known(accounts=(A1, Account("weibo-9", "weibo", "乙", JYJ)))

    def change(book: Any) -> None:
        put(book[MAIN], 3, "单位类别", "事业单位")
        put(book[MAIN], 4, "单位类别", "国有企业")

    with pytest.raises(RegisterError, match="与总台账第3行对同一单位的修改不一致"):
        plan(edit(two, change), two)


def test_an_account_moves_to_another_unit_by_its_name(edit: Callable[..., Path]) -> None:
    def change(book: Any) -> None:
        put(book[MAIN], row_of(book[MAIN], "账号编号", "app-1"), "主办单位", "三亚市教育局")

    (account,) = plan(edit(known(), change), known()).accounts
    assert account.unit == JYJ
    assert plan(edit(known(), change), known()).units == ()


def test_a_unit_nobody_knows_is_asked_about(edit: Callable[..., Path]) -> None:
    def change(book: Any) -> None:
        put(book[MAIN], row_of(book[MAIN], "账号编号", "app-1"), "主办单位", "三亚市教育局局")

    with pytest.raises(RegisterError, match="没有单位“三亚市教育局局”；是否为“三亚市教育局”"):
        plan(edit(known(), change), known())


def test_people_are_replaced_taken_away_and_added(edit: Callable[..., Path]) -> None:
    def change(book: Any) -> None:
        page = book[PEOPLE]
        first = row_of(page, "角色", "第一责任人")
        put(page, first, "姓名", "赵局")
        put(page, first, "电话", "13611112222")
        put(page, row_of(page, "姓名", "甲编"), "姓名", None)
        last = page.max_row + 1
        for heading, value in {"单位编号": "jyj", "角色": "内容审核", "姓名": "孙审"}.items():
            put(page, last, heading, value)

    found = plan(edit(known(), change, shared=True), known())
    people = {place: [each.person for each in these] for place, these in found.people.items()}
    assert people == {
        ("jyj", UnitRole.FIRST): [Person("赵局", "局长", "13611112222")],
        ("jyj", UnitRole.EDITOR): [Person("乙编")],
        ("jyj", UnitRole.REVIEWER): [Person("孙审")],
    }
    assert found.people["jyj", UnitRole.FIRST][0].email == "li@sanya.gov.cn"


def test_the_first_responsible_may_be_named_in_the_main_sheet(edit: Callable[..., Path]) -> None:
    def change(book: Any) -> None:
        put(book[MAIN], row_of(book[MAIN], "账号编号", "weibo-1"), "第一责任人", "赵局")

    found = plan(edit(known(), change), known())
    (person,) = found.people["jyj", UnitRole.FIRST]
    assert person.person == Person("赵局", "局长", "")  # the number was another's


def test_the_people_of_an_account_are_edited_in_the_main_sheet(edit: Callable[..., Path]) -> None:
    def change(book: Any) -> None:
        page = book[PEOPLE]
        put(page, row_of(page, "角色", "工作负责人"), "姓名", "别人")

    found = plan(edit(known(), change), known())
    assert found.empty
    assert found.untaken[0].why == "请在总台账中修改，未采纳"


def test_an_operator_is_entered_as_a_paper_and_not_replaced(edit: Callable[..., Path]) -> None:
    def change(book: Any) -> None:
        put(book[MAIN], row_of(book[MAIN], "账号编号", "weibo-1"), "承办单位", "某传媒公司")
        put(book[MAIN], row_of(book[MAIN], "账号编号", "app-1"), "应用备案号", "琼网备1号")

    path = edit(known(), change)
    first, second = plan(path, known()).papers
    assert (first.unit, first.kind, first.party) == ("jyj", PaperKind.OPERATOR, "某传媒公司")
    assert (second.account, second.kind, second.number) == (
        "app-1",
        PaperKind.APP_FILING,
        "琼网备1号",
    )
    there = known(papers=(UnitPaper("jyj", PaperKind.OPERATOR, party="别家公司"),))
    path = edit(there, change)
    found = plan(path, there)
    assert [each.kind for each in found.papers] == [PaperKind.APP_FILING]
    assert "watcher papers add" in found.untaken[0].why


def test_filings_are_changed_and_added(edit: Callable[..., Path]) -> None:
    def change(book: Any) -> None:
        page = book[FILINGS]
        put(page, 3, "申请日期", datetime(2026, 11, 2))  # noqa: DTZ001
        for heading, value in {
            "事项编号": "F2",
            "事项类型": "关停",
            "主办单位": "吉阳区人民政府",
            "账号编号": "app-1",
        }.items():
            put(page, 4, heading, value)

    one, two = plan(edit(known(), change), known()).filings
    assert one.filing.applied_on == date(2026, 11, 2)
    assert one.filing.changes == {"name": "新名"}
    assert (two.filing.key, two.filing.kind, two.row.number) == ("F2", FilingKind.SUSPEND, 4)


def test_a_plain_register_file_is_no_ledger(tmp_path: Path) -> None:
    path = tmp_path / "总台账.xlsx"
    write_register(path, Register((JYJ,), (A1,)))
    assert not is_ledger(path)
    (tmp_path / "x.xlsx").write_bytes(b"PK no zip")
    assert not is_ledger(tmp_path / "x.xlsx")


def test_every_column_of_the_domain_is_there() -> None:
    wanted = (
        "序号 账号编号 账号名称 账号类型 平台ID 访问链接 主办单位 单位类别 账号主体 日常主管单位 "
        "审批机关 第一责任人 直接责任人 工作负责人 工作联系人 负责科室 电子邮箱 创建日期 审批文号 "
        "备案日期 全国系统状态 认证 粉丝量 运行状态 最近更新 本季发布数 本季最长间隔 承办单位 "
        "应用备案号 豁免 未结问题数 最近采集 备注"
    )
    headings = [each.heading for each in COLUMNS[MAIN]]
    assert [each for each in headings if each in wanted.split()] == wanted.split()


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_opens_it(tmp_path: Path) -> None:
    path = tmp_path / "l.xlsx"
    path.write_bytes(made(known()))
    home = f"-env:UserInstallation=file://{tmp_path}/lo"
    words = ["soffice", home, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path)]
    done = subprocess.run([*words, str(path)], capture_output=True, timeout=55, check=False)
    if b"could not be loaded" in done.stderr:
        pytest.skip("LibreOffice has no spreadsheet module here")
    assert (tmp_path / "l.pdf").read_bytes().startswith(b"%PDF")


# -- by hand -------------------------------------------------------------------------------------

REGISTER = """units:
- {key: jyj, name: 三亚市教育局, kind: city_department, daily_supervisor: education_office}
accounts:
- {key: w1, name: 三亚教育, platform: weibo, platform_id: '1', unit: jyj, sources: [],
   lead: {name: 陈某, phone: '13800001234'}}
"""


def test_a_ledger_goes_out_and_comes_back_by_the_commands(place: Path, run: Run) -> None:
    (place / "r.yaml").write_text(REGISTER, "utf-8")
    assert run("migrate").returncode == 0
    assert run("accounts", "import", "r.yaml").returncode == 0
    done = run("report", "ledger", "--shared", "--office", "三亚市教育局办公室", "-o", "l.xlsx")
    assert done.returncode == 0, done.stderr
    assert run("report", "verify", "l.xlsx").returncode == 0
    book = openpyxl.load_workbook(place / "l.xlsx")
    put(book[MAIN], 3, "负责科室", "宣传科")
    put(book[MAIN], 3, "最近更新", "2026-11-24")
    put(book[PEOPLE], 3, "姓名", "李局")
    book.save(place / "l.xlsx")
    done = run("accounts", "import", "l.xlsx", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "以上 2 处改动尚未写入" in done.stdout
    assert "未采纳" in done.stdout
    assert "宣传科" not in run("accounts", "show", "w1").stdout
    done = run("accounts", "import", "l.xlsx", "--by", "张三", "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert {each["after"] for each in said["changes"]} == {"宣传科", "李局"}
    assert said["not_taken_over"][0]["column"] == "最近更新"
    assert json.loads(run("accounts", "import", "l.xlsx", "--json").stdout)["changes"] == []
    assert run("accounts", "export", "x.yaml").returncode == 0
    kept = (place / "x.yaml").read_text("utf-8")
    assert "宣传科" in kept
    assert "13800001234" in kept
    assert run("report", "verify", "l.xlsx").returncode == 1


def test_a_ledger_with_mistakes_changes_nothing(place: Path, run: Run) -> None:
    (place / "r.yaml").write_text(REGISTER, "utf-8")
    assert run("migrate").returncode == 0
    assert run("accounts", "import", "r.yaml").returncode == 0
    assert run("report", "ledger", "-o", "l.xlsx").returncode == 0
    book = openpyxl.load_workbook(place / "l.xlsx")
    put(book[MAIN], 3, "负责科室", "宣传科")
    for heading, value in {
        "事项编号": "F1",
        "事项类型": "注销",
        "主办单位": "三亚市教育局",
        "账号编号": "w9",
        "实施日期": "2026-01-05",
    }.items():
        put(book[FILINGS], 3, heading, value)
    book.save(place / "l.xlsx")
    done = run("accounts", "import", "l.xlsx")
    assert done.returncode == 2
    assert "l.xlsx 事项台账 第3行「账号编号」：没有编号为“w9”的账号" in done.stderr
    assert run("report", "ledger", "--office", "nobody", "-o", "m.xlsx").returncode == 2
    assert run("accounts", "export", "x.yaml").returncode == 0
    assert "宣传科" not in (place / "x.yaml").read_text("utf-8")


def test_a_ledger_as_of_the_past_has_the_register_of_then(place: Path, run: Run) -> None:
    (place / "r.yaml").write_text(REGISTER, "utf-8")
    assert run("migrate").returncode == 0
    assert run("accounts", "import", "r.yaml").returncode == 0
    assert run("report", "ledger", "-o", "before.xlsx").returncode == 0
    book = openpyxl.load_workbook(place / "before.xlsx")
    put(book[MAIN], 3, "负责科室", "宣传科")
    put(book[MAIN], 3, "创建日期", date(2020, 2, 29))
    put(book[PEOPLE], 3, "姓名", "李局")
    book.save(place / "edited.xlsx")
    assert run("accounts", "import", "edited.xlsx").returncode == 0
    assert run("report", "ledger", "-o", "after.xlsx").returncode == 0
    after = openpyxl.load_workbook(place / "after.xlsx")
    assert "李局" in {cell.value for row in after[PEOPLE] for cell in row}
    done = run("report", "verify", "before.xlsx")
    assert done.returncode == 0, done.stdout


FOUND = Finding(
    *("UPD-04", "w1", "三亚教育", Level.RED, "《办法》第十二条"),
    facts={"days": 30, "last_post": None},
    as_of=AT,
)


def test_a_case_is_told_as_it_was_known_at_the_cut_off() -> None:
    case = Case(FOUND, AT - timedelta(days=20), 7, told_at=AT, told_level=Level.RED)
    then = AT - timedelta(days=10)
    headings = [each.field for each in COLUMNS["问题台账"]]

    def told(at: datetime, said: dict[int, Said]) -> dict[str, Any]:
        return dict(zip(headings, next(case_lines([case], {}, at, said)), strict=True))

    assert "30天" in str(told(AT, {})["fact"])
    letter = Said(then - timedelta(days=1), Level.ORANGE, "已20天未更新")
    row = told(then, {7: letter})
    assert (row["fact"], row["level"], row["told_at"]) == ("已20天未更新", "橙", letter.at)
    assert row["as_of"] == letter.at
    assert row["standing"] == "已通知"
    row = told(then, {})
    assert (row["fact"], row["as_of"], row["standing"]) == (NOT_KEPT, None, "待通知")


def test_a_comparison_after_the_cut_off_says_nothing_of_the_national_system() -> None:
    later = Paper(national=National(date(2026, 11, 20), {"name": "三亚教育"}))
    assert national_text(later, [], date(2026, 11, 23)) == "已报送（2026-11-20核对）"
    assert national_text(later, [], date(2026, 11, 1)) == "当时的核对结果未留存"
    filed = replace(F1, national_on=date(2026, 11, 2))
    assert national_text(Paper(), [filed], date(2026, 11, 1)) == "未核对"
    assert national_text(Paper(), [filed], date(2026, 11, 3)) == "已填报（2026-11-02），未核对"


def test_a_role_an_office_and_an_id_that_cannot_be_are_named(edit: Callable[..., Path]) -> None:
    twin = replace(A1, key="weibo-2", name="三亚教育二", platform_id="77")
    of = known(accounts=(A1, A2, twin))

    def change(book: Any) -> None:
        put(book[PEOPLE], row_of(book[PEOPLE], "姓名", "甲编"), "角色", "内容编缉")
        main = book[MAIN]
        put(main, row_of(main, "账号编号", "app-1"), "日常主管单位", "某办公室")
        put(main, row_of(main, "账号编号", "weibo-2"), "平台ID", A1.platform_id)

    with pytest.raises(RegisterError) as wrong:
        plan(edit(of, change), of)
    said = [str(each) for each in wrong.value.mistakes]
    assert len(said) == 3
    assert any("单位通讯录" in one and "是否指“内容编辑”" in one for one in said)
    assert any("没有主管单位“某办公室”" in one for one in said)
    assert any("平台ID“00123456789012345678”已是账号“weibo-1”的" in one for one in said)


def test_accounts_that_share_an_id_already_are_no_mistake_of_the_file(
    edit: Callable[..., Path],
) -> None:
    twin = replace(A1, key="weibo-2", name="三亚教育二")
    of = known(accounts=(A1, A2, twin))

    def change(book: Any) -> None:
        put(book[MAIN], row_of(book[MAIN], "账号编号", "weibo-2"), "负责科室", "宣传科")

    assert [each.after for each in plan(edit(of, change), of).changes] == ["宣传科"]
