"""What a ledger (台账) rests on: register, filings, cases and candidates as of a moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from alerts.routing import Offices
from watcher import store
from watcher.annals import Question, Record, Silence, Terms
from watcher.calendar import local
from watcher.candidates import Candidate, CandidateState, Takedown, Tier
from watcher.config import Settings
from watcher.filing_columns import KINDS as EVENTS
from watcher.filing_desk import ledger_of
from watcher.ledger import (
    CASES,
    CHECKS,
    COLUMNS,
    FILINGS,
    MAIN,
    OF_ACCOUNT,
    PEOPLE,
    ROLES,
    SUSPECTS,
    UNSEEN,
    Pages,
)
from watcher.ledger_rows import Known, Pace, filing_lines, main_lines, person_lines
from watcher.ledger_told import case_lines, check_lines, suspect_lines
from watcher.model import Account, Case, Unit
from watcher.recording import recorded
from watcher.register.columns import KINDS, PLATFORMS, STATES
from watcher.reporting import Desk, Kind, ReportError
from watcher.reports.figures import Rate
from watcher.reports.ledger import ledger_book
from watcher.reports.period import Period, quarter, weeks
from watcher.reports.stamp import Scope, Stamp
from watcher.reports.words import moment_text, span_text
from watcher.store.candidates import load_candidates
from watcher.store.ledger import Said, cases_between, last_said, seen_accounts
from watcher.store.period import pasts
from watcher.store.register_then import register_as_of
from watcher.store.takedowns import takedowns
from watcher.units import UNIT, unit_scope

_LISTED = (
    CandidateState.REVIEW,
    CandidateState.WATCHED,
    CandidateState.CONFIRMED,
    CandidateState.TAKEN_DOWN,
    CandidateState.BACK,
)


def ledger_pages(desk: Desk, scope: Scope, as_of: datetime) -> Pages:
    """The eight sheets of one office's units, or of all."""
    c, offices = desk.connection, desk.settings.offices
    season = scope.period or quarter_of(as_of)
    known = known_at(c, scope.office, offices, as_of)
    if scope.office and not known.units and scope.office not in _words_of_offices(offices):
        raise ReportError(
            f"--office：没有主管单位“{scope.office}”；请写 offices.yaml 中的编号或名称"
        )
    records = _records(desk, known, season, as_of)
    accounts = {each.key: each for each in known.accounts}
    cases = cases_between(c, season.begins, as_of)
    found = [each for each in cases if _concerned(each, accounts, known, scope)]
    known = replace(known, open_cases=_open(found, as_of), paces=_paces(records, desk.settings))
    desks = ledger_of(known.units, known.accounts, known.filings)
    sheets = {
        MAIN: tuple(main_lines(known)),
        FILINGS: tuple(filing_lines(known, desks)),
        CASES: tuple(case_lines(found, accounts, as_of, _said(c, found, as_of))),
        SUSPECTS: tuple(_suspects(c, accounts, scope, as_of)),
        CHECKS: tuple(_checks(c, scope.office, offices, as_of)),
        PEOPLE: tuple(person_lines(known)),
    }
    area = offices.name_of(scope.office) if scope.office else "全市"
    return Pages(area, sheets, words_of(offices), tuple(_remarks(season, records, as_of, scope)))


def known_at(c: store.Connection, office: str, offices: Offices, as_of: datetime) -> Known:
    """What paper said, at a moment, of the units that an office looks after, or of all."""
    then = register_as_of(c, as_of)
    units = tuple(each for each in then.units if looked_after(each, office, offices))
    keys = {each.key for each in units}
    return Known(
        today=local(as_of).date(),
        units=units,
        accounts=tuple(each for each in then.accounts if each.unit.key in keys),
        filings=tuple(each for each in then.filings if each.unit in keys),
        people=tuple(each for each in then.people if each.unit in keys),
        papers=tuple(
            each
            for each in store.list_papers(c)
            if each.unit in keys and (each.at is None or each.at <= as_of)
        ),
        seen=seen_accounts(c, as_of),
        offices={key: each.name for key, each in offices.offices.items()},
    )


def looked_after(unit: Unit, office: str, offices: Offices) -> bool:
    """Whether a unit is under an office, directly or through an office below it."""
    if not office:
        return True
    above = (unit.daily_supervisor, unit.first_reviewer)
    return any(office in ways for word in above if word for ways in (_upwards(word, offices),))


def _upwards(word: str, offices: Offices) -> set[str]:
    """An office by key or name, and all above it, by both."""
    by_name = {each.name: key for key, each in offices.offices.items()}
    key, found = by_name.get(word, word), {word}
    while key in offices.offices and key not in found - {word}:
        found |= {key, offices.offices[key].name}
        key = offices.offices[key].parent
    return found


def quarter_of(at: datetime) -> Period:
    """本季: the quarter that a moment lies in."""
    day = local(at).date()
    return quarter(day.year, (day.month + 2) // 3)


def words_of(offices: Offices) -> Mapping[str, Sequence[str]]:
    """字典: the words of each list."""
    return {
        "账号类型": tuple(PLATFORMS.values()),
        "单位类别": tuple(KINDS.values()),
        "运行状态": tuple(STATES.values()),
        "认证": ("是", "否", UNSEEN),
        "事项类型": tuple(EVENTS.values()),
        "是否": ("是", "否"),
        "角色": (*ROLES.values(), *OF_ACCOUNT),
        "主管单位": tuple(each.name for each in offices.offices.values()),
    }


# -- inside ------------------------------------------------------------------------------------


def _words_of_offices(offices: Offices) -> set[str]:
    return {*offices.offices, *(each.name for each in offices.offices.values())}


def _records(desk: Desk, known: Known, season: Period, as_of: datetime) -> tuple[Record, ...]:
    """What may be said of the updates of these accounts in the quarter."""
    rules, cal = desk.settings.rules, desk.settings.calendar
    terms = Terms(rules.reposts_count, rules.not_updated_weekly, rules.new_account_by)
    ask = Question(season.since, season.until, weeks(season, cal), as_of, terms)
    units = {each.key for each in known.units}

    def told(done: int, whole: int) -> None:
        desk.told("读取账号", done, whole)

    found = pasts(desk.connection, ask, lambda said: said[-1].unit in units, told)
    return tuple(recorded(each, ask) for each in found)


def _paces(records: Iterable[Record], settings: Settings) -> Mapping[str, Pace]:
    """本季 by account: no count where nothing was seen, no gap that is not proven."""
    apart = settings.rules.not_updated_weekly
    return {
        each.key: Pace(
            posts=each.posts if each.posts or each.seen_days else None,
            gap="不按周考核" if each.platform in apart else gap_text(each.longest),
        )
        for each in records
    }


def gap_text(longest: Silence | None) -> str:
    """12天（9月3日至9月15日）; 至少 where an end of it was not seen."""
    if longest is None:
        return UNSEEN
    least = "" if longest.begun and longest.ended else "至少"
    if least and not longest.days:
        return "未见1天以上的间隔"
    first, last = local(longest.since), local(longest.until)
    days = f"{longest.days}天" if longest.days else "不足1天"
    return f"{least}{days}（{first.month}月{first.day}日至{last.month}月{last.day}日）"


def _concerned(case: Case, accounts: Mapping[str, Account], known: Known, scope: Scope) -> bool:
    """Whether a case is of this ledger; that of the watch itself is of none."""
    about = case.finding.account
    if not about or case.finding.rule.startswith("SYS-"):
        return False
    units = {unit_scope(each.key) for each in known.units} if about.startswith(UNIT) else set()
    return not scope.office or about in accounts or about in units


def _open(found: Iterable[Case], as_of: datetime) -> Mapping[str, int]:
    open_ones = (each for each in found if each.closed_at is None or each.closed_at > as_of)
    return Counter(each.finding.account for each in open_ones)


def _said(c: store.Connection, found: Iterable[Case], as_of: datetime) -> Mapping[int, Said]:
    """The letters about cases of which more was found or told since."""
    moved = [e for e in found if max(e.finding.as_of, e.told_at or e.opened_at) > as_of]
    return last_said(c, (each.id for each in moved if each.id is not None), as_of)


def _suspects(
    c: store.Connection, accounts: Mapping[str, Account], scope: Scope, as_of: datetime
) -> Iterator[Any]:
    found = [
        each
        for each in load_candidates(c)
        if each.first_seen <= as_of and _listed(each) and _victim_in(each, accounts, scope)
    ]
    letters: dict[int, Takedown] = {}
    for letter in takedowns(c, [each.id for each in found]) if found else ():
        if letter.made_at <= as_of:
            letters[letter.candidate] = letter
    yield from suspect_lines(found, letters, accounts)


def _listed(each: Candidate) -> bool:
    """疑似 and what people decided; what was ruled out, and what nobody may be told, is not."""
    suspected = each.judgement is not None and each.judgement.tier is Tier.ALERT
    return each.state in _LISTED or (each.state is CandidateState.NEW and suspected)


def _victim_in(each: Candidate, accounts: Mapping[str, Account], scope: Scope) -> bool:
    return not scope.office or bool(each.judgement and each.judgement.account in accounts)


def _checks(c: store.Connection, office: str, offices: Offices, as_of: datetime) -> Iterator[Any]:
    names = {key: each.name for key, each in offices.offices.items()}
    found = [
        each
        for each in store.list_inspections(c)
        if (each.at is None or each.at <= as_of)
        and (not office or names.get(each.office, each.office) == names.get(office, office))
    ]
    yield from check_lines(found, names)


def _remarks(
    season: Period, records: Sequence[Record], as_of: datetime, scope: Scope
) -> Iterator[tuple[str, str]]:
    seen = Rate(sum(r.seen_days for r in records), sum(r.due_days for r in records))
    edited = "、".join(each.heading for each in COLUMNS[MAIN] if each.edited)
    yield "数据截止", f"{moment_text(as_of)}（北京时间）。之后发现、登记的不在表中。"
    yield "本季", f"{season.label}，{span_text(season.since, season.until)}。"
    yield "监测覆盖率", f"本季 {seen}：有效采集账号日/应采集账号日。没有采集到的日子不作判断。"
    yield "未采集到", "系统没有读到，不等于没有，也不等于0。"
    yield "最近更新", "已知最新一条的发布时间；最近采集之后是否更新，本表不作判断。"
    yield (
        "本季最长间隔",
        "只在证明期间内没有发布的时段中计算；写“至少”的，起止有一端没有采集到。",
    )
    yield "全国系统状态", "以最近一次核对全国系统导出表为准；没有核对过的写“未核对”。"
    yield (
        "问题台账",
        "本季内曾处于未结状态的问题，监测系统自身的采集异常不在其中。未经人工认定的均为疑似。"
        "截止时刻之后又有新采集的，事实写截止时刻前最近一次通知的内容。",
    )
    yield (
        "假冒台账",
        "疑似与已认定的账号；已排除的不列。“已确认”以外的均为疑似。"
        "状态、认定与处置为生成时所知；没有列出的不等于没有假冒账号。",
    )
    yield "截止时刻", "台账、事项、人员、备案材料按截止时刻还原；签收、整改期限为生成时所知。"
    yield "可填写的列", f"总台账：{edited}。事项台账、单位通讯录中除序号、进度、下一步以外各列。"
    yield (
        "导回系统",
        "watcher accounts import 文件 --dry-run 先看有哪些改动，去掉 --dry-run 即导入。"
        "其他列由系统得出，改了不采纳，导入时逐处指出。删去的行不表示删除账号。"
        "最右有一列隐藏的校验，请勿改动；导出后台账又有变化的项目不会被旧文件覆盖。",
    )
    yield "新增账号", "在总台账末尾另起一行，账号名称、账号类型、平台ID、主办单位必填。"
    yield "人员", "第一责任人、直接责任人等在单位通讯录填写；清空姓名即为撤去该人。"
    if scope.shared:
        yield "共享版", "电话、邮箱已遮盖；遮盖的内容导回时不会改动原有号码。"


def _make(pages: Pages, stamp: Stamp, desk: Desk, ending: str) -> bytes:
    return ledger_book(pages, stamp)


def _about(desk: Desk, scope: Scope) -> str:
    whose = desk.settings.offices.name_of(scope.office) if scope.office else ""
    return "-".join(part for part in (whose, "共享版" if scope.shared else "") if part)


LEDGER = Kind("ledger", "政务新媒体台账", ("xlsx",), ledger_pages, _make, _about)
