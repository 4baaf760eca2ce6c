"""A picture of an account's page for each case, taken politely in the lane of its platform."""

from __future__ import annotations

import asyncio
import logging
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from urllib.parse import urlsplit

from watcher import store
from watcher.fetch.lanes import finished, room
from watcher.fetch.record import scrub, scrub_url
from watcher.fetch.visit import SHOT
from watcher.manifest import Item, Kind, both, page_items
from watcher.model import Account, Case, CollectError, Dossier, Page, Request, Source, Trouble
from watcher.proofs import at_hand
from watcher.proving import PATIENCE, Found, keep_package
from watcher.store import Connection
from watcher.watch import Watch, begin, lane_of

log = logging.getLogger(__name__)

LONGEST = 90.0  # seconds for one picture


async def picture(watch: Watch) -> int:
    """Begin to picture the pages of accounts whose cases lack it, as the lanes have room."""
    if watch.proofs.folder is None:
        return 0
    cases, dossiers = await watch.writer.submit(_wanting)
    begun, now = 0, watch.now()
    for key, theirs in _by_account(cases).items():
        dossier = dossiers.get(key)
        if dossier is None or key in watch.proofs.shooting:
            continue
        url, lane = (
            _page_of(watch, dossier.account, theirs),
            lane_of(dossier.account, watch.collectors),
        )
        late = all(now - case.opened_at >= PATIENCE for case in theirs)
        if not url:
            await _keep(watch, dossier.account, theirs, Found(notes=("没有可截图的公开网页",)))
        elif lane in watch.lanes and not watch.lanes[lane].walls and room(watch.lanes[lane], now):
            watch.proofs.shooting.add(key)
            begin(watch, lane, f"picture-{key}", now, _shoot(watch, lane, dossier, theirs, url))
            begun += 1
        elif late:
            await _keep(
                watch, dossier.account, theirs, Found(notes=("平台通道一日内不通，未能截图",))
            )
    return begun


def _wanting(c: Connection) -> tuple[tuple[Case, ...], Mapping[str, Dossier]]:
    cases = store.unpictured(c)
    return cases, store.dossiers(c, {case.finding.account for case in cases}) if cases else {}


def _by_account(cases: Iterable[Case]) -> Mapping[str, list[Case]]:
    found: dict[str, list[Case]] = {}
    for case in cases:
        found.setdefault(case.finding.account, []).append(case)
    return found


def _page_of(watch: Watch, account: Account, cases: Iterable[Case]) -> str:
    """The address people open: the filed one, else the web page that was read; "" where none."""
    if account.url.startswith(("http://", "https://")):
        return account.url
    for case in cases:
        held = at_hand(watch.proofs, account.key, case.finding.as_of, ())
        for page in held.pages if held else ():
            if "html" in page.headers.get("content-type", "") and page.url.startswith("http"):
                return page.url
    return ""


async def _shoot(
    watch: Watch, lane: str, dossier: Dossier, cases: Iterable[Case], url: str
) -> None:
    """Take the picture; what came of it goes into a package of its own for each case."""
    account, wait = dossier.account, None
    try:
        async with asyncio.timeout(LONGEST):
            page = await _opened(watch, lane, dossier, url)
    except (CollectError, TimeoutError) as error:
        wait = error.retry_after if isinstance(error, CollectError) else None
        why = error.detail if isinstance(error, CollectError) else f"{LONGEST:.0f} 秒内未完成"
        found = Found(notes=(f"未能截图 {scrub_url(url)}：{why}",))
    else:
        found = Found(items=tuple(_items(page)), notes=tuple(_remarks(page)))
    finally:
        _free(watch, lane, wait)
        watch.proofs.shooting.discard(account.key)
    await _keep(watch, account, cases, found)


async def _opened(watch: Watch, lane: str, dossier: Dossier, url: str) -> Page:
    """The page in the browser, as a guest sees it; its own pictures only where it is the avatar."""
    account, host = dossier.account, urlsplit(url).hostname or ""
    source = account.sources[0] if account.sources else Source("", "")
    collector = watch.collectors.get(source.collector)
    hosts = collector.hosts_for(source) if collector else frozenset()
    reader = watch.fetcher.reader(
        collector=source.collector,
        platform=lane,
        hosts=hosts | {host},
        source=source,
        evidence=True,
    )
    avatar = dossier.profile.avatar if dossier.profile else None
    wanted = (urlsplit(avatar).path,) if avatar and len(urlsplit(avatar).path) > 4 else ()
    mobile = host.startswith(("m.", "mobile.", "h5."))
    return await reader(Request(url, render=True, capture=wanted, mobile=mobile))


def _free(watch: Watch, lane: str, wait: float | None) -> None:
    """Give the lane back. A picture that failed is no wall to readings, unless it says for how
    long; one that came is no proof that readings go well."""
    before = watch.lanes[lane]
    after = finished(before, watch.now(), Trouble.BLOCKED if wait else Trouble.UNREACHABLE, wait)
    watch.lanes[lane] = after if wait else replace(after, blocked=before.blocked)


def _items(page: Page) -> Iterable[Item]:
    """The picture, the page as the browser had it, and the avatar where the page showed it."""
    *others, shot = page.captured
    about = {"url": scrub_url(page.url), "status": page.status, "at": both(page.at)}
    whole = shot.headers["x-whole-page"] == "true"
    extra = {"kind": "picture", "type": SHOT, "whole_page": whole, "chinese_fonts": chinese_fonts()}
    yield Item("screenshot.png", shot.body, about | extra)
    yield Item("page.html", scrub(page.body), about | {"kind": "rendered", "type": "text/html"})
    pictures = [p for p in others if p.headers.get("content-type", "").startswith("image/")]
    for item in page_items(pictures[:1]):
        yield replace(item, name=f"avatar{item.name[2:]}", about={**item.about, "kind": "avatar"})


def _remarks(page: Page) -> Iterable[str]:
    if page.status >= 400:
        yield f"网页应答为 {page.status}"
    if page.captured[-1].headers["x-whole-page"] != "true":
        yield "网页过长，只截取首屏"
    if not chinese_fonts():
        yield "本机没有中文字体，截图中的汉字不可辨；请安装 fonts-noto-cjk"


@cache
def chinese_fonts() -> bool:
    """Whether this machine can draw Chinese."""
    program = shutil.which("fc-list")
    if program is None:
        return False
    done = subprocess.run([program, ":lang=zh", "file"], capture_output=True, check=False)  # noqa: S603
    return bool(done.stdout.strip())


async def _keep(watch: Watch, account: Account, cases: Iterable[Case], found: Found) -> None:
    for case in cases:
        for text in await keep_package(watch, Kind.PAGE, case, account, found):
            log.error("%s", text)
