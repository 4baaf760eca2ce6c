"""The round of letters: those that are due leave, each target's in turn, and none is lost."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from alerts.deliver import next_try
from alerts.hours import RANK, next_permitted
from alerts.merge import Outgoing, belated, merge_letters
from alerts.robots import Delivery
from alerts.routing import Target
from watcher import store
from watcher.enclosing import with_documents, words_alone
from watcher.model import Letter, Level
from watcher.posting import one_post, turn, with_link, with_pictures
from watcher.watch import Watch

log = logging.getLogger(__name__)

LETTER_LEASE = timedelta(minutes=5)  # longer than a round of letters may last
_AT_ANY_HOUR = (Level.RED, Level.OPERATOR)
LAST_RESORT = timedelta(hours=1)  # between tries where nobody else is left to be told


async def deliver_due(watch: Watch, limit: int = 20) -> int:
    """Send the letters that are due, each group of mergeable ones as one message."""
    now = watch.now()
    groups = await watch.writer.submit(lambda c: store.take_letters(c, now, LETTER_LEASE, limit))
    groups = await _by_day(watch, groups, now)
    by_target: dict[str, list[tuple[Letter, ...]]] = {}
    for group in groups:
        by_target.setdefault(group[0].target, []).append(group)
    await asyncio.gather(*(_say_all(watch, each) for each in by_target.values()))
    return len(groups)


async def _by_day(
    watch: Watch, groups: tuple[tuple[Letter, ...], ...], now: datetime
) -> tuple[tuple[Letter, ...], ...]:
    """Without letters that come late, in quiet hours (the watch or their receiver was away since):
    all but what is red or our own operators' go back until the offices are open."""
    opens = next_permitted(now, watch.book.calendar, watch.book.policy.hours)
    if opens == now:
        return groups
    late = tuple(each for each in groups if {one.level for one in each}.isdisjoint(_AT_ANY_HOUR))
    ids = [each.id for group in late for each in group if each.id is not None]
    if ids:
        await watch.writer.submit(lambda c: store.put_back(c, ids, opens))
    return tuple(group for group in groups if group not in late)


async def _say_all(watch: Watch, groups: Sequence[tuple[Letter, ...]]) -> None:
    """Send one target its messages in turn, the gravest first; where one fails for now or the
    target's cap is full, the others wait with it.

    So a receiver that hangs costs one wait a round, and never the other receivers' threads.
    """
    groups = sorted(groups, key=lambda group: -RANK[group[0].level])
    for done, group in enumerate(groups, 1):
        message, target, free = await _prepared(watch, group)
        if free is not None:
            ids = [each.id for rest in groups[done - 1 :] for each in rest if each.id is not None]
            await watch.writer.submit(partial(store.put_back, ids=ids, until=free))
            return
        failed = await _say(watch, group, message, target)
        if failed is not None:
            await _postpone(watch, groups[done:], *failed)
            return


async def _prepared(
    watch: Watch, group: tuple[Letter, ...]
) -> tuple[Outgoing, Target | None, datetime | None]:
    """The message of a group, its target, and when it may leave where that is not now."""
    target = _target(watch, group[0].target)
    if target is None:
        return merge_letters(group), None, None
    message = merge_letters(group, partial(one_post, target=target))
    folder = watch.proofs.folder
    message = belated(message, group, watch.now())
    message = await with_pictures(message, group, target, watch.writer, folder)
    message = await with_documents(message, group, target, watch.writer, watch.state)
    message = await with_link(message, group, target, watch.links, watch.writer, watch.now())
    return message, target, await turn(message, target, watch.writer, watch.now())


async def _postpone(
    watch: Watch, groups: Iterable[tuple[Letter, ...]], error: str, again: datetime
) -> None:
    ids = [letter.id for group in groups for letter in group if letter.id is not None]
    now = watch.now()
    await watch.writer.submit(lambda c: store.mark_failed(c, ids, error, again, now))


async def _say(
    watch: Watch, group: tuple[Letter, ...], message: Outgoing, to: Target | None
) -> tuple[str, datetime] | None:
    """Send one message and note what became of it; its letters share its fate.

    Why it failed and when it is tried again, where a later try may succeed; else None.
    """
    target = group[0].target
    ids = [letter.id for letter in group if letter.id is not None]
    if to is None:
        result = Delivery(False, error=f"no target named {target!r} is configured")
    else:
        result = await watch.send(message, to)
        if message.documents and not (result.ok or result.uncertain):  # too large, or of a kind
            message = words_alone(message)
            result = await watch.send(message, to)
    now, failed = watch.now(), None
    if result.ok:
        await watch.writer.submit(lambda c: store.mark_sent(c, ids, result.provider_id, now))
    else:
        tries = 1 + max(letter.attempts for letter in group)
        again = next_try(tries, now, result.retry_after, result.permanent)
        heirs = () if again else _handed_on(watch, group, result.error)
        if again is None and not heirs:  # the last resort itself refuses: it is asked for ever
            again = now + LAST_RESORT

        def note(c: store.Connection) -> None:
            store.mark_failed(c, ids, result.error, again, now, result.uncertain)
            store.enqueue(c, heirs)

        await watch.writer.submit(note)
        if again is None:
            log.error("%s refused %d letter(s) for good: %s", target, len(group), result.error)
        elif not result.permanent:
            failed = result.error, again
    watch.on_letter(message, target, result)
    return failed


def _handed_on(watch: Watch, group: tuple[Letter, ...], error: str) -> tuple[Letter, ...]:
    """Letters that a target refuses for good, to the last resort: none may be lost."""
    refused = group[0].target
    last = [name for name in watch.book.offices.fallback if name != refused]
    return tuple(
        replace(
            letter,
            id=None,
            key=f"{letter.key}-{name}",
            target=name,
            title=f"【转送】{letter.title}",
            body=f"{letter.body}\n原通知渠道 {refused} 拒收：{error}",
            merge="",
            attempts=0,
        )
        for letter in group
        for name in last
        if not letter.title.startswith("【转送】")
    )


def _target(watch: Watch, name: str) -> Target | None:
    """The target of a letter; the last resort where the configuration changed while it waited."""
    offices = watch.book.offices
    found = (offices.targets.get(each) for each in (name, *offices.fallback))
    return next((each for each in found if each is not None), None)
