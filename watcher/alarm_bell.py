"""The door at which Alertmanager tells its alarms: POST /api/alertmanager.

It is shut (404) without `alertmanager.token` in watcher.yaml; Alertmanager sends that token as
`Authorization: Bearer`. A 4xx is never sent again, so it is for what would be refused again; what
could not be kept is answered 503, which Alertmanager repeats.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from dataclasses import dataclass

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from alerts.office_labels import spellings
from alerts.routing import Offices
from watcher import store
from watcher.alarm_message import Message, MessageError, read_message
from watcher.alarms import concern
from watcher.store.alarms import keep_alarm
from watcher.watch import Watch

log = logging.getLogger(__name__)

MOST = 1 << 20  # bytes of a message; an alert has about one KiB
PATIENCE = 10.0  # seconds
NO_STORE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


@dataclass(frozen=True, slots=True)
class Bell:
    """Takes the messages of one Alertmanager. `token` is the shared secret, "" for none."""

    watch: Watch
    token: str

    def routes(self) -> list[Route]:
        return [Route("/api/alertmanager", self.answer, methods=["POST"])]

    async def answer(self, request: Request) -> Response:
        """The answer to Alertmanager, or to whoever pretends to be it."""
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._answer(request)
        except ClientDisconnect:
            return _said(400, "the sender went away")
        except (TimeoutError, store.StoreUnavailable) as error:
            log.error("a message of Alertmanager was not kept: %r", error)
            return _said(503, "not kept; send it again")

    async def _answer(self, request: Request) -> Response:
        if not self.token:
            return _said(404, "off: set alertmanager.token in watcher.yaml")
        if not _bears(request, self.token):
            log.warning("a message of Alertmanager is refused: wrong or missing token")
            return _said(
                401, "wrong or missing bearer token", headers={"WWW-Authenticate": "Bearer"}
            )
        if request.headers.get("content-type", "").split(";")[0].strip() != "application/json":
            return _said(415, "Content-Type must be application/json")
        body = await _body(request)
        if body is None:
            return _said(413, f"more than {MOST} bytes; set max_alerts of the receiver")
        try:
            message = read_message(body, self.watch.now())
        except MessageError as error:
            log.warning("a message of Alertmanager cannot be read: %s", error)
            return _said(400, *error.mistakes)
        await self.watch.writer.submit(lambda c: keep(c, message, self.watch.book.offices))
        return JSONResponse({"ok": True, "alerts": len(message.alarms)}, 200, NO_STORE)


def keep(connection: store.Connection, message: Message, offices: Offices) -> None:
    """Keep all alarms of a message with the cases they concern."""
    for each in message.alarms:
        about = concern(each.labels, lambda label: spellings(label, offices))
        keep_alarm(connection, each, about)


def _bears(request: Request, token: str) -> bool:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    right = hmac.compare_digest(given.strip().encode("latin-1", "replace"), token.encode())
    return right and scheme.lower() == "bearer"


async def _body(request: Request) -> bytes | None:
    """The message; None where it is too long, of which no more than that is held."""
    held = bytearray()
    async for chunk in request.stream():
        held += chunk
        if len(held) > MOST:
            return None
    return bytes(held)


def _said(status: int, *why: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"ok": False, "mistakes": why}, status, {**NO_STORE, **(headers or {})})
