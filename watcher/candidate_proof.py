"""The package of proof about a candidate: beside the real account, with pictures and raw pages.

It is a package of evidence like any other: a manifest, files by their hash, a link in the chain.
What could not be read or pictured is said in its notes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image

from watcher import store
from watcher.candidates import CandidateEvent, Suspect
from watcher.comparison import comparison
from watcher.evidence import place
from watcher.fetch.record import scrub, scrub_url
from watcher.manifest import Item, Kind, both, page_items
from watcher.model import Account, Case, CollectError, Finding, Level, Page, Request, Source, Unit
from watcher.pictures import NotAPictureError, format_of, opened
from watcher.picturing import chinese_fonts
from watcher.proving import Found, keep_package
from watcher.reading import observe
from watcher.rules.takedown import facts_of
from watcher.store import Link
from watcher.store.candidates import candidate_events
from watcher.store.takedowns import register_faces
from watcher.suspect_deeds import real_face, suspect_of
from watcher.suspect_looks import ways_of
from watcher.suspect_pictures import REAL_UNPICTURED, why_unpictured
from watcher.watch import Watch

log = logging.getLogger(__name__)

LONGEST = 90.0  # seconds for one picture, and for one reading
SIDE = 320  # pixels of each avatar where they stand side by side
NOT_ASKED = "按 --no-pictures 未截图、未重新读取"
_MARGIN = 24


@dataclass(frozen=True, slots=True)
class Proved:
    """The link that a package became, None where it was not kept; what it lacks, and why."""

    link: Link | None
    notes: tuple[str, ...] = ()


async def make_proof(watch: Watch, number: int, pictures: bool = True) -> Proved:
    """Gather and keep the package. Raises ReviewError where there is no such candidate."""
    with watch.db.read() as c:
        suspect = suspect_of(c, number)
        real, events = real_face(c, suspect), candidate_events(c, number)
        avatars = (suspect.candidate.avatar_sha256, _avatar(c, suspect))
        case = _case(c, suspect, watch.now())
        known = {link.number for link in store.links(c)}
    items: list[Item] = []
    notes = [] if pictures else [NOT_ASKED]
    if pictures:
        for name, url, of in _pages_to_shoot(suspect):
            taken, said = await _shot(watch, name, url, of)
            items += taken
            notes += said
        read, said = await _read(watch, suspect)
        items += read
        notes += said
    folder = watch.proofs.folder
    if folder is not None:
        why = (why_unpictured(suspect.candidate), REAL_UNPICTURED)
        before, said = _kept(folder.parent, avatars, why, events)
        items += before
        notes += said
    names = [item.name for item in items]
    items[:0] = comparison(suspect, real, events, names, notes)
    account = suspect.dossier.account
    made = Found(None, tuple(items), tuple(notes))
    for text in await keep_package(watch, Kind.CANDIDATE, case, account, made):
        log.error("%s", text)
    with watch.db.read() as c:
        links = [link for link in store.links(c) if link.number not in known]
    return Proved(links[-1] if links else None, tuple(notes))


def _case(c: store.Connection, of: Suspect, now: datetime) -> Case:
    """The case about it; where there is none, the suspicion as it stands."""
    cases = [each for each in store.list_cases(c, None, of.scope) if each.finding.rule != "IMP-02"]
    if cases:
        return max(cases, key=lambda each: each.opened_at)
    finding = Finding(
        "IMP-01",
        of.scope,
        "account",
        Level.ORANGE,
        "《办法》第二十条",
        of.candidate.last_seen,
        facts_of(of),
    )
    return Case(finding, now)


def _avatar(c: store.Connection, of: Suspect) -> str:
    face = register_faces(c).get(of.victim.key) if of.victim else None
    return face.avatar_sha256 if face else ""


# -- pictures and pages ------------------------------------------------------------------------


def _pages_to_shoot(of: Suspect) -> Iterator[tuple[str, str, str]]:
    yield "candidate", of.candidate.url, "候选账号"
    yield "real", of.victim.url if of.victim else "", "真账号"


async def _shot(watch: Watch, name: str, url: str, of: str) -> tuple[list[Item], list[str]]:
    """A picture of a page as a guest sees it, and the page as the browser had it."""
    host = urlsplit(url).hostname if url.startswith(("http://", "https://")) else None
    if not host:
        return [], [f"{of}没有可截图的公开网页"]
    mobile = host.startswith(("m.", "mobile.", "h5."))
    reader = watch.fetcher.reader(
        collector="",
        platform="evidence",
        hosts=frozenset({host}),
        source=Source("", ""),
        evidence=True,
    )
    try:
        async with asyncio.timeout(LONGEST):
            page = await reader(Request(url, render=True, mobile=mobile))
    except (CollectError, TimeoutError) as error:
        why = error.detail if isinstance(error, CollectError) else f"{LONGEST:.0f} 秒内未完成"
        return [], [f"未能截图{of} {scrub_url(url)}：{why}"]
    notes = [] if chinese_fonts() else ["本机没有中文字体，截图中的汉字不可辨"]
    if page.status >= 400:
        kept = f"，所见另存为 {_picture_of(name, page)}" if page.captured else ""
        notes.append(f"未能截图{of} {scrub_url(url)}：网页应答为 {page.status}{kept}")
    return list(_shot_items(name, page)), notes


def _picture_of(name: str, page: Page) -> str:
    """The picture of a page that refuses is no screenshot of the account, and not called so."""
    return f"{'refused' if page.status >= 400 else 'screenshot'}-{name}.png"


def _shot_items(name: str, page: Page) -> Iterator[Item]:
    about = {"url": scrub_url(page.url), "status": page.status, "at": both(page.at)}
    if page.captured:
        shot = page.captured[-1]
        extra = {"kind": "picture", "type": "image/png", "chinese_fonts": chinese_fonts()}
        yield Item(_picture_of(name, page), shot.body, about | extra)
    rendered = about | {"kind": "rendered", "type": "text/html"}
    yield Item(f"page-{name}.html", scrub(page.body), rendered)


async def _read(watch: Watch, of: Suspect) -> tuple[list[Item], list[str]]:
    """The raw answers of the platform about the candidate, at this moment."""
    candidate = of.candidate
    notes: list[str] = []
    for collector in ways_of(candidate, watch.collectors):
        account = Account(
            of.scope,
            candidate.platform,
            candidate.profile.name,
            Unit("", ""),
            (Source(collector.name, candidate.handle),),
        )
        seen = await observe(
            account, watch.collectors, watch.fetcher, {}, watch.now(), LONGEST, watch.reveal
        )
        if seen.kept:
            return list(page_items(seen.kept)), notes
        notes.append(f"未能读取（{collector.name}）：{getattr(seen.outcome, 'detail', '')}"[:300])
    return [], notes or ["没有可按平台标识读取该账号的采集方式"]


# -- what was kept before ----------------------------------------------------------------------


def _kept(
    folder: Path,
    avatars: tuple[str, str],
    why: tuple[str, str],
    events: Iterable[CandidateEvent],
) -> tuple[list[Item], list[str]]:
    """Avatars as they came, both side by side, and the pages kept at first sight."""
    items, notes = [], []
    bodies: list[bytes | None] = []
    for name, digest, of, reason in zip(
        ("candidate", "real"), avatars, ("候选账号", "真账号"), why, strict=True
    ):
        body = _file(folder, digest)
        bodies.append(body)
        if body is None:
            notes.append(f"未取得{of}头像：{'留存的文件缺失或已改变' if digest else reason}")
        else:
            ending, mime = format_of(body)
            items.append(Item(f"avatar-{name}.{ending}", body, {"kind": "avatar", "type": mime}))
    both_shown = _side_by_side(bodies)
    if both_shown is not None:
        items.append(Item("avatars.png", both_shown, {"kind": "picture", "type": "image/png"}))
    for event in events:
        for number, page in enumerate(event.data.get("kept", ()), 1):
            body = _file(folder, str(page.get("file", "")))
            if body is not None:
                name = f"first-sight-{event.at:%Y%m%d%H%M%S}-{number:02}.txt"
                items.append(Item(name, body, {"kind": "response", **page}))
    return items, notes


def _file(folder: Path, digest: str) -> bytes | None:
    if not digest:
        return None
    try:
        body = place(digest, folder).read_bytes()
    except OSError:
        return None
    return body if sha256(body).hexdigest() == digest else None


def _side_by_side(bodies: Iterable[bytes | None]) -> bytes | None:
    """Both avatars on one picture, the candidate's on the left; None where one is lacking."""
    try:
        faces = [opened(body).resize((SIDE, SIDE)) for body in bodies if body is not None]
    except NotAPictureError:
        return None
    if len(faces) != 2:
        return None
    sheet = Image.new("RGB", (2 * SIDE + 3 * _MARGIN, SIDE + 2 * _MARGIN), "white")
    for number, face in enumerate(faces):
        sheet.paste(face, (_MARGIN + number * (SIDE + _MARGIN), _MARGIN))
    written = BytesIO()
    sheet.save(written, "PNG")
    return written.getvalue()
