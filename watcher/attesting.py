"""人工核验: a person's word about an account becomes a reading like any other.

It claims nothing after the moment it speaks of, runs out to *unknown*, and yields to the next
complete list of a machine.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alerts.words import moment_text
from watcher import store
from watcher.deciding import Book
from watcher.evidence import Evidence
from watcher.judging import hear
from watcher.model import (
    ATTEST,
    Attestation,
    Dossier,
    PageRef,
    Post,
    Profile,
    Sighting,
    Snapshot,
    StoredPost,
)
from watcher.store import Connection, Reading, pseudo_id

LONGEST = timedelta(days=90)  # of validity
_LONGEST_NAME = 60  # characters
_SKEW = timedelta(minutes=5)  # clocks differ
_MINUTE = timedelta(minutes=1)  # people tell a time to the minute


@dataclass(frozen=True, slots=True)
class Word:
    """What a person says to have seen at `at`; `last_post` None: no post is to be seen at all."""

    at: datetime
    author: str
    last_post: Post | None
    name: str = ""  # 账号名称 as it was shown
    valid_for: timedelta = timedelta(days=30)
    note: str = ""


class AttestError(ValueError):
    """A word that cannot be taken, and why; for people."""


def attest(
    c: Connection, key: str, word: Word, evidence: Evidence, book: Book, now: datetime
) -> Attestation:
    """Take a person's word, with all that follows from it. Raises AttestError."""
    dossier = store.dossiers(c, [key], now).get(key)
    if dossier is None:
        raise AttestError(f"没有编号为 {key} 的账号；用 watcher accounts list 查看")
    check(word, dossier, now)
    said = store.save_attestation(
        c,
        Attestation(
            account=key,
            at=word.at,
            valid_until=word.at + word.valid_for,
            author=word.author,
            evidence=evidence.sha256,
            evidence_name=evidence.name,
            evidence_size=evidence.size,
            last_post=word.last_post,
            name=word.name,
            note=word.note,
        ),
    )
    store.audit(c, word.author, "attest", key, None, _audited(said), now)
    reading = Reading(key, snapshot(said, dossier), attested_until=said.valid_until)
    hear(c, [reading], book, now)
    return said


def check(word: Word, dossier: Dossier, now: datetime) -> None:
    """Raises AttestError where the word contradicts itself or comes too late."""
    seen = dossier.sight.last_success_at
    if not 0 < len(word.author.strip()) <= _LONGEST_NAME:
        raise AttestError("请用 --by 写明核验人姓名（不超过 60 个字）")
    if word.at > now + _SKEW:
        raise AttestError(f"核验时间 {moment_text(word.at)} 晚于现在")
    if word.last_post is not None and word.last_post.at > word.at:
        raise AttestError(f"最近更新 {moment_text(word.last_post.at)} 晚于核验时间")
    if not timedelta(days=1) <= word.valid_for <= LONGEST:
        raise AttestError(f"有效期应为 1 至 {LONGEST.days} 天")
    if word.at + word.valid_for <= now:
        raise AttestError("按所填核验时间和有效期，此次核验已经到期")
    if seen is not None and word.at < seen:
        raise AttestError(
            f"监测已于 {moment_text(seen)} 成功采集，晚于所填核验时间 {moment_text(word.at)}；"
            "以采集结果为准，请重新核验"
        )


def remarks(word: Word, dossier: Dossier) -> Iterable[str]:
    """What the person should know of a word that is taken all the same; for people."""
    filed, last = dossier.account.name.strip(), dossier.sight.last_post
    if word.name and word.name.strip() != filed:
        yield f"所填名称“{word.name}”与备案名称“{filed}”不同"
    if last is not None and (word.last_post is None or last.at > word.last_post.latest + _MINUTE):
        yield f"监测见过更新的信息（{moment_text(last.at)}），仍以其为最近更新"


def snapshot(said: Attestation, dossier: Dossier) -> Snapshot:
    """The word as a reading: complete from the last post on; its page is the evidence."""
    posts: tuple[Post, ...] = ()
    reaches = None
    if said.last_post is not None:
        real = _known(said.last_post, dossier.posts)
        named = replace(said.last_post, id=pseudo_id(said.id))
        posts, reaches = () if real else (named,), (real or named).at
    known = dossier.profile.handle if dossier.profile else dossier.account.platform_id
    profile = Profile(known, said.name) if said.name else None
    page = PageRef(f"{ATTEST}:{said.id}/{said.author}", 0, said.evidence, said.at)
    sighting = Sighting(profile, posts, reaches=reaches)
    return Snapshot(said.account, said.at, sighting, ATTEST, (page,), detail=said.author)


def _known(post: Post, posts: Iterable[StoredPost]) -> Post | None:
    """The same post as a machine saw it, if one did: by address, else to the minute."""
    for stored in posts:
        each = stored.post
        near = not (each.day_only or post.day_only) and abs(each.at - post.at) < _MINUTE
        if not each.id.startswith(f"{ATTEST}:") and (near or (post.url and each.url == post.url)):
            return each
    return None


def _audited(said: Attestation) -> dict[str, object]:
    return {
        "id": said.id,
        "at": said.at.isoformat(),
        "valid_until": said.valid_until.isoformat(),
        "last_post_at": said.last_post.at.isoformat() if said.last_post else None,
        "name": said.name,
        "evidence": said.evidence,
    }
