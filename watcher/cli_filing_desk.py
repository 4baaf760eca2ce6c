"""The desk behind `watcher filings` and `watcher leads`: one transaction, checks, what follows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime

from collectors import discover
from watcher import store
from watcher.calendar import local
from watcher.config import Settings
from watcher.daemon import book_of
from watcher.deciding import Book
from watcher.filing_columns import HEADINGS, KIND_OF, changes_of
from watcher.filing_desk import Ledger, completed, faults, ledger_of
from watcher.filings import Filing, FilingKind
from watcher.judging import judge_papers, rejudge
from watcher.lookout import sky_over, unproved_of
from watcher.register.cells import UnknownWordError, day
from watcher.register.columns import PLATFORM_OF, plain
from watcher.service import service_of
from watcher.store.filed import keep_filings
from watcher.store.papers import load_filings
from watcher.terminal import BadInputError, open_database
from watcher.watch import lane_of


@contextmanager
def desk(settings: Settings, write: bool = True) -> Iterator[tuple[store.Connection, Ledger]]:
    """A transaction with all that a filing may name."""
    db = open_database(settings)
    try:
        with db.write() if write else db.read() as c:
            yield c, ledger_at(c)
    finally:
        db.close()


def ledger_at(c: store.Connection) -> Ledger:
    return ledger_of(store.load_units(c), store.load_accounts(c), load_filings(c))


def take(
    c: store.Connection,
    settings: Settings,
    filings: Iterable[Filing],
    ledger: Ledger,
    by: str,
    moment: datetime,
    as_happened: bool,
) -> None:
    """Check, keep and judge. Raises BadInputError with everything that is wrong."""
    whole = [completed(each, ledger) for each in filings]
    after = replace(ledger, filings={**ledger.filings, **{f.key: f for f in whole}})
    today = local(moment).date()
    wrong = [
        f"事项 {filing.key}「{HEADINGS[each.field][0]}」：{each.message}"
        for filing in whole
        for each in faults(filing, after, today, settings.calendar, as_happened)
    ]
    if wrong:
        raise BadInputError(wrong)
    keep_filings(c, whole, by, moment)
    follow(c, settings, moment)


def follow(c: store.Connection, settings: Settings, moment: datetime) -> None:
    """Judge at once what these papers are about."""
    book = book_at(c, settings)
    rejudge(c, book, moment)
    judge_papers(c, book, moment)


def book_at(c: store.Connection, settings: Settings) -> Book:
    """What decisions rest on at this moment, the state of the platforms among it."""
    collectors = service_of(c, discover()).collectors
    sky = sky_over(
        store.platform_sights(c),
        settings.platforms,
        lambda each: lane_of(each, collectors),
        unproved_of(collectors),
    )
    return replace(book_of(settings), sky=sky)


# -- reading arguments -------------------------------------------------------------------------


def known(key: str, ledger: Ledger) -> Filing:
    if key not in ledger.filings:
        raise BadInputError([f"没有编号为 {key} 的事项；用 watcher filings list 查看"])
    return ledger.filings[key]


def unit_of(account: str, ledger: Ledger) -> str:
    found = ledger.accounts.get(account)
    if found is None and account:
        raise BadInputError([f"没有编号为 {account} 的账号；用 watcher accounts list 查看"])
    if found is None:
        raise BadInputError(["--unit 不能为空：请写明主办单位"])
    return found.unit.key


def kind_of(option: str, word: str) -> FilingKind:
    found = KIND_OF.get(plain(word))
    if found is None:
        raise BadInputError([f"{option} {word!r}: 应为 开设、变更、整合、关停、注销 之一"])
    return found


def platform_of(word: str) -> str:
    if not word:
        return ""
    found = PLATFORM_OF.get(plain(word))
    if found is None:
        raise BadInputError([f"--platform {word!r}: 不认识这个平台；如 weibo、微信订阅号"])
    return found


def changes_given(given: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for word in given:
        try:
            found |= changes_of(word)
        except UnknownWordError as error:
            raise BadInputError([f"--change {word!r}: {error}；{error.suggestion}"]) from None
        except ValueError as error:
            raise BadInputError([f"--change {word!r}: {error}"]) from None
    return found


def day_of(option: str, word: str) -> date | None:
    try:
        return day(word)
    except ValueError as error:
        raise BadInputError([f"{option}: {error}"]) from None
