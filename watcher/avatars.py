"""The round of avatars: slowly, one at a time, the pictures that readings showed are fetched.

A path that changed proves nothing: platforms move pictures. So the bytes are kept beside the
evidence, by their SHA-256, and compared. What is no picture, a platform's own picture for those
who have none, or one that several units share, is unknown and never a change.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from watcher import store
from watcher.avatar_links import HOSTS
from watcher.evidence import keep_bytes, place
from watcher.faces import NO_FACE, Face, Picture, pictured
from watcher.fetch.wire import bare
from watcher.gallery import NO_LINK, REST, Wanted, recall, take
from watcher.judging import review
from watcher.model import CollectError, Page, Request, Trouble
from watcher.pictures import (
    Likeness,
    NotAPictureError,
    Print,
    is_nobody,
    likeness,
    print_of,
)
from watcher.proving import has_room
from watcher.store.avatars import keep_picture, pictures_known, units_showing
from watcher.watch import Watch

log = logging.getLogger(__name__)

SHARED = 3  # units of the same picture: it is a platform's, or an emblem that names nobody
NO_ROOM = "证据总量已达上限，图片未保留，无法比对"
_REFUSED = frozenset({401, 403, 418, 429, 432, 503})


@dataclass(frozen=True, slots=True)
class _Come:
    """A picture that came: its bytes' hash and its print."""

    sha256: str
    print: Print


async def fetch_avatars(watch: Watch) -> bool:
    """Fetch one picture that waits; whether there was one. Nothing is asked behind a wall."""
    folder, gallery = watch.proofs.folder, watch.gallery
    if folder is None:
        return False
    if gallery.known is None:
        recall(gallery, await watch.writer.submit(pictures_known))
    closed = frozenset(name for name, lane in watch.lanes.items() if lane.walls)
    wanted = take(gallery, closed, watch.now())
    if wanted is None:
        return False
    try:
        come: _Come | str = await _come(watch, wanted, folder.parent)
    except (CollectError, NotAPictureError) as error:
        come = error.detail if isinstance(error, CollectError) else str(error)
    await _note(watch, wanted, come, folder.parent)
    return True


async def _come(watch: Watch, wanted: Wanted, folder: Path) -> _Come:
    """Fetch the picture and keep its bytes. Raises CollectError and NotAPictureError."""
    if wanted.link is None:
        raise NotAPictureError(NO_LINK)
    request = Request(wanted.link.url, headers={"referer": wanted.link.referer})
    body, shown = await fetch_picture(watch, request, wanted.lane)
    digest = sha256(body).hexdigest()
    others = await watch.writer.submit(lambda c: units_showing(c, digest, wanted.account))
    if others >= SHARED - 1:
        raise NotAPictureError("多家单位共用的图片，不能作为比对依据")
    await keep_picture_bytes(watch, body, digest, folder)
    return _Come(digest, shown)


async def fetch_picture(watch: Watch, request: Request, lane: str) -> tuple[bytes, Print]:
    """A picture's bytes and its print. Raises CollectError and NotAPictureError.

    A platform that refuses its pictures is left alone for a while.
    """
    try:
        page = await watch.fetcher.http.ask(request, lane, HOSTS)
        _check(page)
    except CollectError as error:
        if error.trouble is Trouble.BLOCKED:
            watch.gallery.resting[lane] = watch.now() + REST
        raise
    shown = await asyncio.to_thread(print_of, page.body)
    if shown.flat or is_nobody(page.url):
        raise NotAPictureError("平台默认头像或空白图片")
    return page.body, shown


async def keep_picture_bytes(watch: Watch, body: bytes, digest: str, folder: Path) -> None:
    """Keep the bytes of a picture; one for which there is no room stays unknown."""
    if place(digest, folder).is_file():
        return
    if not await has_room(watch, len(body)):
        raise NotAPictureError(NO_ROOM)
    await asyncio.to_thread(keep_bytes, body, folder, "avatar")
    if watch.proofs.beside is not None:
        watch.proofs.beside += len(body)


def _check(page: Page) -> None:
    """An answer that is no picture is unknown. Raises CollectError."""
    if page.status in _REFUSED:
        raise CollectError(Trouble.BLOCKED, f"{bare(page.url)}: {page.status}")
    if page.status != 200:
        raise CollectError(Trouble.UNREACHABLE, f"{bare(page.url)}: {page.status}")


async def _note(watch: Watch, wanted: Wanted, come: _Come | str, folder: Path) -> None:
    """Keep what came of it and judge the account anew."""
    key, now = wanted.account, watch.now()
    found = await watch.writer.submit(lambda c: store.dossiers(c, [key]))
    if key not in found:
        return  # it left the register meanwhile
    face = found[key].face or NO_FACE
    new = (
        Picture(wanted.at, why=come[:200], tries=1)
        if isinstance(come, str)
        else await asyncio.to_thread(compared, face, wanted, come.sha256, come.print, folder)
    )

    def work(c: store.Connection) -> Face | None:
        dossier = store.dossiers(c, [key]).get(key)
        if dossier is None or dossier.face is None:
            return None
        accepted = (dossier.paper.accepted if dossier.paper else {}).get("avatar")
        after = pictured(dossier.face, wanted.avatar, new, accepted)
        bits = None if isinstance(come, str) else come.print.bits
        keep_picture(c, key, wanted.avatar, after, new.sha256, bits)
        review(c, key, watch.book, now)
        return after

    kept = await watch.writer.submit(work)
    if kept is not None and watch.gallery.known is not None:
        watch.gallery.known[key] = kept.pictures


def compared(face: Face, wanted: Wanted, digest: str, shown: Print, folder: Path) -> Picture:
    """The picture, told by the known ones of the account: which it looks like, which it is not."""
    looks = dict.fromkeys(each.look for each in face.pictures.values() if each.look)
    apart: list[str] = []
    for look in looks:
        said = Likeness.ALIKE if look == digest else _likeness(look, shown, folder)
        if said is Likeness.ALIKE:
            return Picture(wanted.at, digest, look, (), shown.bits, 1)
        if said is Likeness.APART:
            apart.append(look)
    return Picture(wanted.at, digest, digest, tuple(apart), shown.bits, 1)


def _likeness(look: str, shown: Print, folder: Path) -> Likeness:
    """What a kept picture is to this one; unsure where its file is lost or changed."""
    try:
        content = place(look, folder).read_bytes()
        if sha256(content).hexdigest() != look:
            raise NotAPictureError("the file is not what it was")
        return likeness(print_of(content), shown)
    except (OSError, NotAPictureError) as error:
        log.warning("cannot compare with the picture %s: %s", look[:12], error)
        return Likeness.UNSURE
