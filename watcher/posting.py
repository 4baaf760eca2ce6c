"""What a letter waits for and takes along: its turn at the robot, pictures, a link."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from alerts.channels import free_at, remembered, stamps
from alerts.deliver import posts
from alerts.hours import RANK, beijing
from alerts.links import NONCE, Signing, invited
from alerts.merge import Outgoing, Picture, pointing
from alerts.routing import DIGEST, Target
from watcher import store
from watcher.evidence import place
from watcher.model import Letter, Why
from watcher.store import Writer
from watcher.store.letter_links import LetterLink, make_link

PICTURES = 3  # with one message
LINK = 300  # characters that a line with a link may have
LINKED = 300  # cases of one link, the gravest first


async def turn(message: Outgoing, target: Target, writer: Writer, now: datetime) -> datetime | None:
    """Take the posts that a message needs of its robot's cap; when to come again where it is full.

    They are noted before the message leaves: a process killed in between posts too little, never
    too much.
    """
    kept, wanted = remembered(target.kind), posts(message, target)
    if not kept:
        return None

    def take(c: store.Connection) -> datetime | None:
        taken = store.posted(c, _robot(target))
        free = free_at(taken, wanted, target.kind, now)
        if free > now:
            return free
        noted = (*taken, *stamps(wanted, target.kind, now))
        store.note_posted(c, _robot(target), noted[-max(kept, wanted) :])
        return None

    return await writer.submit(take)


def one_post(message: Outgoing, target: Target) -> bool:
    """Whether a message is one post to a target, with a link that may be put to it later."""
    return posts(replace(message, body=message.body + "0" * LINK), target) == 1


def _robot(target: Target) -> str:
    """Names the robot by where its key lies: two targets with one key share its cap."""
    token = target.token
    return f"{target.kind} {token.source}:{token.name}" if token else f"{target.kind} {target.name}"


async def with_pictures(
    message: Outgoing,
    letters: Sequence[Letter],
    target: Target,
    writer: Writer,
    folder: Path | None,
) -> Outgoing:
    """The message with the newest picture of each case's page, where the target wants them.

    A letter waits for none; that all is well again needs none.
    """
    about = [each.case_id for each in letters if each.case_id and each.why is not Why.RESOLVED]
    if folder is None or not target.pictures or not about:
        return message
    found = await writer.submit(lambda c: store.page_pictures(c, about[:PICTURES]))
    return replace(message, pictures=await asyncio.to_thread(_read, found, folder))


async def with_link(
    message: Outgoing,
    letters: Sequence[Letter],
    target: Target,
    signing: Signing | None,
    writer: Writer,
    now: datetime,
) -> Outgoing:
    """The message with its one link, where links are made and its channel has room for one.

    Letters that came at once ask somebody to act: their link acknowledges. A digest is for
    information: its link shows how its cases stand now. Nobody acknowledges good news.
    """
    about = _linked(letters)
    if signing is None or target.kind == "sms" or not about:
        return message
    acts = letters[0].merge != DIGEST
    ends = (now + signing.valid).replace(microsecond=0)
    wanted = LetterLink(target.name, about, acts, secrets.token_bytes(NONCE), ends)
    link = await writer.submit(lambda c: make_link(c, message.key, wanted, now))
    whole = len(letters) <= LINKED  # the page behind it shows all of them
    body = pointing(message.body) if whole else message.body
    return replace(message, body=body, link=invited(signing, link))


def _linked(letters: Sequence[Letter]) -> tuple[int, ...]:
    """The cases that a link is about: none where all is over."""
    if all(each.why is Why.RESOLVED for each in letters):
        return ()
    telling = (each for each in letters if each.merge == DIGEST or each.why is not Why.RESOLVED)
    gravest = sorted(telling, key=lambda each: (-RANK[each.level], each.key))
    ids = (each.case_id for each in gravest if each.case_id is not None)
    return tuple(dict.fromkeys(ids))[:LINKED]


def _read(found: Mapping[int, tuple[str, datetime]], folder: Path) -> tuple[Picture, ...]:
    made = []
    for case_id, (digest, at) in found.items():
        try:
            content = place(digest, folder).read_bytes()
        except OSError:  # expired, or its disk is away: the words go without it
            continue
        made.append(Picture(f"case-{case_id}-{beijing(at):%Y%m%d-%H%M}.png", content))
    return tuple(made)
