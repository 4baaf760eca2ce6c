"""Telling our own operators at once that the watch itself has a trouble."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime

from alerts.merge import Outgoing
from alerts.routing import Target, targets_for
from watcher import store
from watcher.model import Letter, Level, Role, Why
from watcher.posting import turn
from watcher.watch import Watch

log = logging.getLogger(__name__)

TITLE = "【监测程序异常】"
PATIENCE = 5.0  # seconds for the database, which may be what is in trouble


async def tell_operators(watch: Watch, what: str) -> None:
    """Straight to the operators' targets: the outbox's own loop may be what has stopped.

    Within the caps of their robots. What has to wait, or was refused, goes into the outbox.
    """
    at, offices = watch.now(), watch.book.offices
    for name in targets_for(Role.OPERATOR, None, offices):
        key = f"guard-{at:%Y%m%d%H%M%S}-{name}"
        message = Outgoing(TITLE, what, TITLE + what, key, Level.OPERATOR)
        free = await _turn(watch, message, offices.targets[name], at)
        if free is None:
            result = await watch.send(message, offices.targets[name])
            if result.ok:
                continue
            log.error("cannot tell %s: %s", name, result.error)
        await _keep(watch, message, name, free or at)


# -- inside ------------------------------------------------------------------------------------


async def _turn(watch: Watch, message: Outgoing, target: Target, at: datetime) -> datetime | None:
    """When its robot has room again; None: now, or nobody can tell."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await turn(message, target, watch.writer, at)
    except Exception as error:  # whatever ails the database must not keep this from being told
        log.error("the cap of %s cannot be counted: %r", target.name, error)
        return None


async def _keep(watch: Watch, message: Outgoing, target: str, at: datetime) -> None:
    letter = Letter(
        message.key, target, Why.FIRST, message.level, TITLE, message.body, message.short, at
    )
    try:
        async with asyncio.timeout(PATIENCE):
            await watch.writer.submit(lambda c: store.enqueue(c, [letter]))
    except Exception as error:
        log.error("a message to %s is lost: %s: %r", target, message.body, error)
