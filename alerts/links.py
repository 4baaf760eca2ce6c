"""Links in letters by which an office acknowledges (签收) without a login. Pure.

Whoever holds the address may use it, so it is signed, expires, counts once, and stands in no
database, log or metric: a letter gets it as it leaves. Mail scanners and chat previews follow
links, so following one only shows; a button acknowledges.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

PATH = "/ack/"
NONCE = 9  # bytes
_ID, _TIME, _MAC = 6, 5, 32  # bytes of the parts of a token
_SIZE = _ID + _TIME + NONCE + _MAC
_TOKEN = re.compile(r"[A-Za-z0-9_-]{70}")
_ANYWHERE = re.compile(r"(?<=/ack/)[A-Za-z0-9_-]{8,}")


@dataclass(frozen=True, slots=True)
class Signing:
    """What makes links: the key, the address under which offices reach us, how long they hold."""

    key: str = field(repr=False)
    public_url: str
    valid: timedelta = timedelta(days=7)


class Link(Protocol):
    """What one link stands for. `acts`: it acknowledges these cases; else it only shows them."""

    @property
    def id(self) -> int: ...
    @property
    def target(self) -> str:
        """To which its message went."""

    @property
    def cases(self) -> tuple[int, ...]: ...
    @property
    def acts(self) -> bool: ...
    @property
    def nonce(self) -> bytes: ...
    @property
    def expires_at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link as a message carries it: what it says, and where it leads."""

    text: str
    url: str = field(repr=False)
    acts: bool = True


def token_of(key: str, link: Link) -> str:
    """The token of a link, for the path of its address."""
    head = link.id.to_bytes(_ID, "big") + _seconds(link).to_bytes(_TIME, "big") + link.nonce
    return _text(head + _mac(key, link))


def claimed(token: str) -> int | None:
    """Which link a token claims to be; None where it is none. Says nothing of its being right."""
    raw = _raw(token)
    return None if raw is None else int.from_bytes(raw[:_ID], "big")


def genuine(key: str, token: str, link: Link) -> bool:
    """Whether this token was made for this link; takes as long for a wrong one."""
    return hmac.compare_digest(token_of(key, link).encode(), token.encode("utf-8", "replace"))


def form_mark(key: str, token: str) -> str:
    """What the page's form sends along: who sends a form without it did not see the page."""
    return hmac.new(key.encode(), f"form\n{token}".encode(), hashlib.sha256).hexdigest()[:32]


def invited(signing: Signing, link: Link) -> Invitation:
    """The invitation of a message with this link."""
    url = signing.public_url.rstrip("/") + PATH + token_of(signing.key, link)
    if not link.acts:
        return Invitation("查看清单", url, False)
    many = f"以上{len(link.cases)}项" if len(link.cases) > 1 else ""
    days = max(1, round(signing.valid / timedelta(days=1)))
    return Invitation(f"点此签收{many}（无需登录，{days}日内有效）", url)


def hidden(text: str) -> str:
    """The text without the tokens in it."""
    return _ANYWHERE.sub("***", text)


class Hiding(logging.Filter):
    """Takes tokens out of what a program logs; never drops a line."""

    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        if (safe := hidden(said)) != said:
            record.msg, record.args = safe, ()
        return True


# -- inside ----------------------------------------------------------------------------------


def _mac(key: str, link: Link) -> bytes:
    """Of all that the link stands for: another case or another target is another link."""
    said = ["ack", link.id, link.target, link.cases, link.acts, link.nonce.hex(), _seconds(link)]
    return hmac.new(key.encode(), json.dumps(said).encode(), hashlib.sha256).digest()


def _seconds(link: Link) -> int:
    return int(link.expires_at.timestamp())


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _raw(token: str) -> bytes | None:
    """The bytes of a token that is written as we write it; None for anything else."""
    if not _TOKEN.fullmatch(token):
        return None
    raw = base64.urlsafe_b64decode(token + "==")
    return raw if len(raw) == _SIZE and _text(raw) == token else None
