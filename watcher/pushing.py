"""The door at which WeChat delivers events: /push/wechat/{account key}.

It is shut for every account whose source has no `push_token`. What is refused is answered 403 and
nothing else; why, is in the log. What is taken is kept before WeChat hears `success`, so that it
sends again what we lost. Settings of the account's source, all given by reference: `push_token`,
`push_aes_key`, `push_aes_key_former`; and `appid`.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import timedelta

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from watcher import store
from watcher.judging import hear
from watcher.model import PUSHED, Account, Coverage, Sighting, Snapshot
from watcher.store import Reading
from watcher.watch import Watch
from watcher.wechat_push import Event, Keys, PushError, decrypt, read_event, read_xml, signed
from watcher.whose import ids_of

log = logging.getLogger(__name__)

MOST = 64 << 10  # bytes of a message
SKEW = timedelta(minutes=10)  # of the timestamp that is signed, and of CreateTime
MEMORY = 10_000  # messages remembered, each as long as its timestamp would be believed
PATIENCE = 4.0  # seconds; WeChat waits five, then sends again
_WORD = re.compile(r"[\w.~=-]{1,128}", re.ASCII)


class RefusedError(Exception):
    """A message that is not taken, and why; only the log hears it."""


@dataclass(slots=True)
class Door:
    """Takes messages for the accounts of a watch, each once."""

    watch: Watch
    _seen: OrderedDict[tuple[str, str, str], float] = field(default_factory=OrderedDict)

    def routes(self) -> list[Route]:
        return [Route("/push/wechat/{key}", self.answer, methods=["GET", "POST"])]

    async def answer(self, request: Request) -> Response:
        """The answer to WeChat, or to whoever pretends to be it."""
        key = request.path_params["key"]
        try:
            async with asyncio.timeout(PATIENCE):
                return PlainTextResponse(await self._taken(key, request))
        except RefusedError as error:
            log.warning("a push for %.60r is refused: %s", key, error)
            return PlainTextResponse("", 403)
        except PushError as error:
            log.warning("a push for %.60r cannot be read: %s", key, error)
            return PlainTextResponse("", 400)
        except ClientDisconnect:
            return PlainTextResponse("", 400)
        except (TimeoutError, store.StoreUnavailable) as error:
            log.error("a push for %.60r was not kept: %r", key, error)
            return PlainTextResponse("", 503)

    async def _taken(self, key: str, request: Request) -> str:
        query = request.query_params
        stamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        self._require_fresh(stamp, nonce)
        account, keys = await asyncio.to_thread(self._account, key)
        if not signed(query.get("signature", ""), keys.token, stamp, nonce):
            raise RefusedError("wrong signature")
        if request.method != "POST":
            echo = query.get("echostr", "")
            if not _WORD.fullmatch(echo):
                raise RefusedError("no echostr")
            return echo
        body = _opened(await _body(request), keys, query.get("msg_signature", ""), stamp, nonce)
        event = read_event(read_xml(body))
        _require_own(event, account)
        await self._once((key, stamp, nonce), account, event)
        return "success"

    def _require_fresh(self, stamp: str, nonce: str) -> None:
        """Raises RefusedError for a timestamp of another time, and for what is no nonce."""
        if not re.fullmatch(r"\d{9,11}", stamp, re.ASCII) or not _WORD.fullmatch(nonce):
            raise RefusedError("no timestamp or nonce")
        if abs(int(stamp) - self.watch.now().timestamp()) > SKEW.total_seconds():
            raise RefusedError("the timestamp is of another time")

    def _account(self, key: str) -> tuple[Account, Keys]:
        """The account and what its owner agreed with WeChat. Raises RefusedError."""
        with self.watch.db.read() as c:
            accounts = store.load_accounts(c, [key] if "\0" not in key else [])
        for account in accounts:
            for source in account.sources:
                if account.enabled and source.settings.get("push_token"):
                    try:
                        told = self.watch.reveal(source).settings
                    except Exception as error:  # a secret that is not there
                        raise RefusedError(str(error)[:300]) from None
                    names = ("push_token", "push_aes_key", "push_aes_key_former", "appid")
                    token, aes, former, appid = (str(told.get(name) or "") for name in names)
                    return account, Keys(token, aes, former, appid)
        raise RefusedError("no such account, or it has no push_token")

    async def _once(self, mark: tuple[str, str, str], account: Account, event: Event) -> None:
        """Keep an event unless it came before; one that could not be kept may come again."""
        now = self.watch.now().timestamp()
        while self._seen and (len(self._seen) >= MEMORY or next(iter(self._seen.values())) < now):
            self._seen.popitem(last=False)
        if mark in self._seen:
            raise RefusedError("it came before")
        self._seen[mark] = now + 2 * SKEW.total_seconds()
        try:
            await self._keep(account, event)
        except BaseException:
            self._seen.pop(mark, None)
            raise

    async def _keep(self, account: Account, event: Event) -> None:
        if event.failure:
            log.info("%s: %s published nothing: %s", account.key, event.kind, event.failure)
        if not event.posts:
            return
        now = self.watch.now()
        if event.posts[0].at > now + SKEW:
            raise PushError("CreateTime is ahead of us")
        seen = Snapshot(account.key, now, Sighting(None, event.posts, Coverage.PARTIAL), PUSHED)
        reading = Reading(account.key, seen)
        await self.watch.writer.submit(lambda c: hear(c, [reading], self.watch.book, now))


async def _body(request: Request) -> bytes:
    """The message, while it is short enough. Raises PushError."""
    held = bytearray()
    async for chunk in request.stream():
        held += chunk
        if len(held) > MOST:
            raise PushError(f"more than {MOST} bytes")
    return bytes(held)


def _opened(body: bytes, keys: Keys, signature: str, stamp: str, nonce: str) -> bytes:
    """The message in plain; an account with an AES key takes no other than encrypted ones.

    In plain mode nothing signs the body itself: the address must be reached by https.
    """
    if not keys.aes:
        return body
    inside = read_xml(body).findtext("Encrypt") or ""
    if not inside or not signed(signature, keys.token, stamp, nonce, inside):
        raise RefusedError("wrong msg_signature, or not encrypted")
    return decrypt(inside, keys)


def _require_own(event: Event, account: Account) -> None:
    """Raises RefusedError where an event is not for this account; a notice of the platform is."""
    own = {each for each in ids_of(account) if each.startswith("gh_")}
    if event.to not in own and (event.to or event.posts):
        raise RefusedError(f"for {event.to[:40]!r}, not {sorted(own) or 'a known gh_ id'}")
