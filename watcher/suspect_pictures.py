"""Fetching the pictures of candidates, so that faces can be compared: each once a day at most."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from watcher.avatars import fetch_picture, keep_picture_bytes
from watcher.candidates import Candidate, CandidateState
from watcher.canonical import picture_key
from watcher.model import CollectError, Request
from watcher.pictures import NotAPictureError
from watcher.store import Connection
from watcher.store.candidates import candidate, load_candidates, pictures_kept, set_avatar
from watcher.watch import Watch

log = logging.getLogger(__name__)

DAY = timedelta(days=1)
REAL_UNPICTURED = "采集结果中没有，或图片未能取得"  # of the account of the register
_WORTH = frozenset({"same", "alert", "review", "weak"})  # names whose pictures are fetched
# What was dismissed wakes by another picture too; of what is closed none is to be had.
_PICTURED = tuple(each for each in CandidateState if each is not CandidateState.TAKEN_DOWN)
AFRESH = timedelta(minutes=5)  # the list of pictures that wait is made anew after this


@dataclass(slots=True)
class Studio:
    """Candidates whose pictures wait, and when each was asked for: none is twice a day."""

    asked: dict[int, datetime] = field(default_factory=dict)
    waiting: deque[int] = field(default_factory=deque)
    listed_at: datetime | None = None  # when the list was made


async def fetch_candidate_picture(watch: Watch, studio: Studio) -> bool:
    """Fetch the picture of one candidate whose name is near; whether one was asked for."""
    folder, now = watch.proofs.folder, watch.now()
    if folder is None:
        return False
    wanted = await asyncio.to_thread(_wanted, watch, studio, now)
    if wanted is None:
        return False
    url, lane = _picture_url(wanted), _lane(watch, wanted)
    rests = watch.gallery.resting.get(lane)
    if (lane in watch.lanes and watch.lanes[lane].walls) or (rests is not None and rests > now):
        return False
    studio.asked[wanted.id] = now
    try:
        request = Request(url, headers={"referer": wanted.url})
        body, _ = await fetch_picture(watch, request, lane)
        digest = sha256(body).hexdigest()
        await keep_picture_bytes(watch, body, digest, folder.parent)
    except (CollectError, NotAPictureError, OSError) as error:
        log.info("no picture of candidate %d: %s", wanted.id, error)
        return True
    address = picture_key(url)
    await watch.writer.submit(lambda c: set_avatar(c, wanted.id, digest, address, now))
    return True


def _wanted(watch: Watch, studio: Studio, now: datetime) -> Candidate | None:
    """The next candidate whose picture waits; the list is made anew now and then."""
    if not studio.waiting and (studio.listed_at is None or now - studio.listed_at >= AFRESH):
        with watch.db.read() as c:
            studio.waiting.extend(_unpictured(c, studio, now))
        studio.listed_at = now
    if not studio.waiting:
        return None
    with watch.db.read() as c:
        return candidate(c, studio.waiting.popleft())


def _unpictured(c: Connection, studio: Studio, now: datetime) -> Iterator[int]:
    """Those whose name is near and that show a picture which is not the one that was fetched."""
    kept = pictures_kept(c)
    for each in load_candidates(c, _PICTURED):
        url = _picture_url(each)
        near = each.judgement is not None and each.judgement.band in _WORTH
        asked = studio.asked.get(each.id)
        again = asked is None or now - asked >= DAY
        if url and near and again and kept.get(each.id) != picture_key(url):
            yield each.id


def why_unpictured(of: Candidate) -> str:
    """Why there is no picture of a candidate, for people; "" where there is one."""
    if of.avatar_sha256:
        return ""
    if not _picture_url(of):
        return "检索结果没有给出头像地址"
    if of.judgement is None or of.judgement.band not in _WORTH:
        return "名称不近似，不取头像"
    if of.state is CandidateState.TAKEN_DOWN:
        return "关停前未取得"
    return "平台未给出或尚未取得，每天重试"


def _picture_url(of: Candidate) -> str:
    url = (of.profile.traits or {}).get("avatar_url", "")
    return url if url.startswith(("http://", "https://")) else ""


def _lane(watch: Watch, of: Candidate) -> str:
    searcher = watch.searches.ways.get(of.collector)
    return searcher.platform if searcher else of.platform
