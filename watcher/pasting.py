"""Pasted links: a person shows a post, the post's own page proves whose it is and when it came.

Each link is read once through the normal fetcher; what is asked about several accounts is asked of
the pages already read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from difflib import get_close_matches

from alerts.words import TROUBLES
from collectors import Collector, Need
from watcher import store
from watcher.judging import hear
from watcher.model import (
    PASTED,
    Account,
    CollectError,
    Coverage,
    Failure,
    Fetch,
    Outcome,
    Page,
    PageRef,
    Post,
    Profile,
    Request,
    Sighting,
    Snapshot,
    Source,
    Trouble,
    Unit,
)
from watcher.reading import ask_once, pages, reader_for
from watcher.store import Connection, Reading
from watcher.watch import Watch
from watcher.whose import belongs, ids_of

PATIENCE = 60.0  # seconds for one link
MOST_PAGES = 8  # read for one link, whoever is asked about it
OTHER = "other"  # 其他: several platforms share this type of the filing form
_APPID = re.compile(r"wx[0-9a-f]{16}")
_ANOTHER = re.compile(r"wrong account|shows account")  # as collectors say it
_NOBODY = Account("", "", "", Unit("", ""))


@dataclass(frozen=True, slots=True)
class Pasted:
    """What became of one pasted link; `problem` is for people, "" where its post was taken."""

    url: str
    account: str = ""  # key
    name: str = ""  # 账号名称 as filed
    author: str = ""  # … and as the page names it
    source: str = ""  # collector that read it
    posts: tuple[Post, ...] = ()
    pages: tuple[PageRef, ...] = ()
    problem: str = ""


async def paste(watch: Watch, urls: Sequence[str], key: str = "", by: str = "") -> list[Pasted]:
    """Read the links and keep the posts behind them; with `key` they must be this account's.

    Raises LookupError, before anything is read, for an unknown key and where no collector
    recognises any of the links.
    """
    with watch.db.read() as c:
        accounts = store.load_accounts(c, [key] if key else None)
    if key and not accounts:
        raise LookupError(f"没有编号为 {key} 的账号；用 watcher accounts list 查看")
    known = {url: recognised(url, watch.collectors) for url in dict.fromkeys(urls)}
    if not any(known.values()):
        raise LookupError("没有采集器认得这些链接；请粘贴单篇文章或作品的分享链接")
    done = []
    for url, ways in known.items():
        result = await _one(watch, url, ways, accounts, bool(key))
        if not result.problem:
            await _keep(watch, result, by)
        done.append(result)
    return done


def recognised(url: str, collectors: Mapping[str, Collector]) -> list[tuple[Collector, Source]]:
    """The ways to read a link, those that need no browser first."""
    found = []
    for collector in collectors.values():
        source = None if collector.out else collector.recognise(url)
        if source is not None:
            found.append((collector, source))
    return sorted(found, key=lambda way: (Need.BROWSER in way[0].needs, way[0].name))


def fits(account: Account, collector: Collector, collectors: Mapping[str, Collector]) -> bool:
    """Whether the account is on the platform that a collector reads.

    Accounts of one office bear one name on every platform, so a name alone would mix them up.
    """
    if account.platform != OTHER and account.platform in collector.forms:
        return True
    used = (collectors[s.collector] for s in account.sources if s.collector in collectors)
    lanes = {each.platform for each in used}
    if collector.platform in lanes:
        return not collector.forms or account.platform in (*collector.forms, OTHER)
    return not lanes and account.platform in (collector.platform, OTHER)


async def _one(
    watch: Watch,
    url: str,
    ways: Iterable[tuple[Collector, Source]],
    accounts: Iterable[Account],
    chosen: bool,
) -> Pasted:
    """Read one link, by the first way that shows whose post it is; never raises."""
    result = Pasted(url, problem="没有采集器认得此链接")
    for collector, source in ways:
        fitting = [each for each in accounts if fits(each, collector, watch.collectors)]
        if not chosen:  # of 其他 without any source nobody knows the platform
            fitting = [each for each in fitting if each.sources or each.platform != OTHER]
        if not fitting:
            what = collector.title or collector.name
            who = "该账号不在此平台" if chosen else "台账中没有此平台的账号"
            result = replace(result, source=collector.name, problem=f"{who}（{what}）")
            continue
        result = await _read(watch, Pasted(url, source=collector.name), collector, source, fitting)
        if not result.problem:
            break
    return result


@dataclass(slots=True)
class _Asked:
    """One link under way: its pages are read once, whoever is asked about them."""

    collector: Collector
    fetch: Fetch
    now: datetime
    kept: dict[str, Page | CollectError] = field(default_factory=dict)

    @property
    def pages(self) -> tuple[PageRef, ...]:
        return pages(self.fetch)

    async def __call__(self, request: Request) -> Page:
        mark = repr((request.method, request.url, request.form, request.json, request.mobile))
        if mark not in self.kept:
            if len(self.kept) >= MOST_PAGES:
                raise CollectError(Trouble.UNREADABLE, f"more than {MOST_PAGES} pages for one link")
            try:
                self.kept[mark] = await self.fetch(request)
            except CollectError as error:
                self.kept[mark] = error
        found = self.kept[mark]
        if isinstance(found, CollectError):
            raise CollectError(found.trouble, found.detail, found.retry_after)
        return found

    async def ask(self, account: Account, source: Source) -> Outcome:
        return await ask_once(account, source, self.collector, self, self.now, PATIENCE)


async def _read(
    watch: Watch, result: Pasted, collector: Collector, source: Source, accounts: list[Account]
) -> Pasted:
    try:
        revealed = watch.reveal(source)
    except Exception as error:  # a secret that is not there
        return replace(result, problem=str(error)[:300])
    reader = reader_for(watch.fetcher, collector, revealed)
    asked = _Asked(collector, reader, watch.now())
    stranger = await asked.ask(_NOBODY, revealed)
    author = _author(stranger)
    result = replace(result, author=author.name if author else "", pages=asked.pages)
    owners = await _owners(asked, revealed, stranger, accounts)
    if len(owners) != 1:
        return replace(
            result, pages=asked.pages, problem=_refusal(stranger, author, owners, accounts)
        )
    account, told = owners[0]
    face, posts = _author(told), told.sighting.posts if isinstance(told, Snapshot) else ()
    return replace(
        result,
        account=account.key,
        name=account.name,
        author=face.name if face else result.author,
        posts=posts,
        pages=asked.pages,
        problem="" if posts else "页面上没有可用的信息",
    )


async def _owners(
    asked: _Asked, source: Source, stranger: Outcome, accounts: Iterable[Account]
) -> list[tuple[Account, Outcome]]:
    """The accounts whose post it is: by what the page shows, else by what their own ids find."""
    accounts, author = list(accounts), _author(stranger)
    found: list[tuple[Account, Outcome]] = []
    if author is not None:
        similar = [each for each in accounts if belongs(each, author)]
        found = [(a, stranger) for a in similar if not await _denied(asked, a, author, source)]
    for account in () if found else accounts:
        if (seen := await _as_own(asked, account, source)) is not None:
            found.append((account, seen))
    return found


async def _denied(asked: _Asked, account: Account, author: Profile, source: Source) -> bool:
    """Whether the collector, asked about this account by its ids, says that the post is another's.

    It may know ids of the page that its profile does not show: an impersonator bears the name.
    """
    if author.handle in ids_of(account):
        return False
    for own in _own_sources(account, source):
        seen = await asked.ask(account, own)
        if isinstance(seen, Failure) and _ANOTHER.search(seen.detail):
            return True
    return False


async def _as_own(asked: _Asked, account: Account, source: Source) -> Snapshot | None:
    """What the collector sees where it looks for this account's post; None for another's."""
    for own in _own_sources(account, source):
        seen = await asked.ask(account, own)
        author = _author(seen)
        if isinstance(seen, Snapshot) and author is not None and belongs(account, author):
            return seen
    return None


def _own_sources(account: Account, source: Source) -> Iterable[Source]:
    """The link's source with the names by which the account is known, one set after another."""
    for own in account.sources:
        told = {k: v for k, v in own.settings.items() if isinstance(v, str | int)}
        both = {**told, **source.settings}
        handle = "" if _APPID.fullmatch(own.handle) else own.handle  # no page shows an AppID
        yield Source(source.collector, handle, both, account.name)
    if all(own.handle != account.platform_id for own in account.sources):
        yield replace(source, handle=account.platform_id, account_name=account.name)


def _author(outcome: Outcome) -> Profile | None:
    return outcome.sighting.profile if isinstance(outcome, Snapshot) else None


def _refusal(
    stranger: Outcome,
    author: Profile | None,
    owners: Sequence[tuple[Account, Outcome]],
    accounts: Sequence[Account],
) -> str:
    """Why a link is not taken, with both names."""
    if owners:
        keys = "、".join(account.key for account, _ in owners[:5])
        return f"作者与多个账号相符（{keys}）；请用 --account 指定"
    filed = f"账号备案名称为“{accounts[0].name}”" if len(accounts) == 1 else "台账中没有此账号"
    if author is not None:
        near = get_close_matches(author.name, [each.name for each in accounts], n=1)
        hint = f"（相近的有“{near[0]}”）" if near and len(accounts) > 1 else ""
        who = f"{author.name}（{author.handle}）" if author.handle else author.name
        return f"作者不符：页面作者为“{who}”，{filed}{hint}"
    assert isinstance(stranger, Failure) or stranger.sighting.profile is None
    if isinstance(stranger, Snapshot):
        return f"页面没有写明作者，{filed}"
    if stranger.trouble is Trouble.UNREADABLE:
        return f"不能确认是该账号的信息：{stranger.detail}；{filed}"
    return f"未能采集：{TROUBLES[stranger.trouble]}（{stranger.detail}）"


async def _keep(watch: Watch, result: Pasted, by: str) -> None:
    """Keep the posts of a link as a reading that adds and proves nothing more."""
    now = watch.now()
    seen = Snapshot(
        result.account,
        now,
        Sighting(None, result.posts, Coverage.PARTIAL),
        f"{PASTED}{result.source}",
        result.pages,
        detail=by,
    )
    after = {
        "url": result.url,
        "posts": [post.id for post in result.posts],
        "pages": [page.sha256 for page in result.pages],
    }

    def keep(c: Connection) -> None:
        hear(c, [Reading(result.account, seen)], watch.book, now)
        store.audit(c, by or "命令行", "posts.add", result.account, None, after, now)

    await watch.writer.submit(keep)
