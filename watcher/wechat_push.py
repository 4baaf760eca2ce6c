"""Events that WeChat sends to an account's callback address: whose they are, what they say; pure.

Signature and encryption as in official_apis §11.4: SHA-1 over the sorted token, timestamp, nonce
(and, in safe mode, the ciphertext); AES-256-CBC with PKCS#7 to 32 bytes around 16 random bytes, a
length, the message and the AppID.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime
from xml.etree.ElementTree import Element, ParseError

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from collectors._wechat import article_ref, clean, unix
from watcher.model import Post

BLOCK = 32  # bytes that the padding fills up to; AES itself has 16
MOST_ARTICLES = 20  # of one event; WeChat allows 8
_KEY = re.compile(r"[0-9A-Za-z+/]{43}")
_SENT, _PUBLISHED = "MASSSENDJOBFINISH", "PUBLISHJOBFINISH"


class PushError(ValueError):
    """A message that is not what it claims to be, or not what we can read."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What an account's owner agreed with WeChat; `former` is the AES key before the change."""

    token: str
    aes: str = ""
    former: str = ""
    appid: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One message: for whom, of what kind, what was published; `failure` says why nothing was."""

    to: str  # gh_… of the account; "" in a notice of the platform itself
    kind: str  # name of the event, "" for a message that is none
    at: datetime | None = None
    posts: tuple[Post, ...] = ()
    failure: str = ""


def signed(given: str, *parts: str) -> bool:
    """Whether a signature is that of these parts; takes the same time wherever it differs."""
    digest = hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()  # noqa: S324 - WeChat's
    return hmac.compare_digest(digest.encode(), given.lower().encode("utf-8", "replace"))


def decrypt(encrypted: str, keys: Keys) -> bytes:
    """The message of a ciphertext, by the present key or the former one. Raises PushError."""
    trouble = PushError("no key")
    for key in (keys.aes, keys.former):
        if key:
            try:
                return _decrypted(encrypted, key, keys.appid)
            except PushError as error:
                trouble = error
    raise trouble


def _decrypted(encrypted: str, key: str, appid: str) -> bytes:
    if not _KEY.fullmatch(key):
        raise PushError("push_aes_key is no EncodingAESKey of 43 characters")
    try:
        raw = base64.b64decode(encrypted, validate=True)
        secret = base64.b64decode(key + "=")
    except (binascii.Error, ValueError) as error:
        raise PushError(f"no base64: {error}") from None
    if not raw or len(raw) % 16 or len(secret) != 32:
        raise PushError("no AES ciphertext")
    opened = Cipher(algorithms.AES(secret), modes.CBC(secret[:16])).decryptor()
    text = _unpadded(opened.update(raw) + opened.finalize())
    length = int.from_bytes(text[16:20])
    message, owner = text[20 : 20 + length], text[20 + length :]
    if len(text) < 20 or len(message) != length:
        raise PushError("the length inside is wrong")
    if not appid or not hmac.compare_digest(owner, appid.encode()):
        raise PushError("the message is for another AppID")
    return message


def _unpadded(text: bytes) -> bytes:
    size = text[-1] if text else 0
    if not 1 <= size <= BLOCK or text[-size:] != bytes([size]) * size:
        raise PushError("wrong padding: another key")
    return text[:-size]


def read_xml(body: bytes) -> Element:
    """The root of a message. Raises PushError for what is no plain XML: no DTD, no entities."""
    try:
        root: Element = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise PushError(f"no plain XML: {type(error).__name__}") from None
    if root.tag != "xml":
        raise PushError("no message of WeChat")
    return root


def read_event(root: Element) -> Event:
    """What a message says. Raises PushError for an event of publishing without a time."""
    kind = _text(root, "Event") if _text(root, "MsgType") == "event" else ""
    to, at = _text(root, "ToUserName"), unix(_text(root, "CreateTime"))
    if kind not in (_SENT, _PUBLISHED):
        return Event(to, kind, at)
    if at is None:
        raise PushError(f"{kind} without CreateTime")
    failure = _failure(root, kind)
    posts = () if failure else tuple(_posts(root, kind, at))
    return Event(to, kind, at, posts, failure)


def _failure(root: Element, kind: str) -> str:
    """Why nothing was published; "" where it was."""
    if kind == _SENT:
        status = _text(root, "Status")
        done = status.lower().replace("_", " ") == "send success"
    else:
        status = _text(root, "PublishEventInfo/publish_status")
        done = status == "0"
    return "" if done else (status[:60] or "no status")


def _posts(root: Element, kind: str, at: datetime) -> list[Post]:
    """A post for each article; without any address one that proves that something was published."""
    if kind == _SENT:
        spare = f"push:{_word(root, 'MsgID')}"
        items, names = (
            root.findall("ArticleUrlResult/ResultList/item"),
            ("ArticleIdx", "ArticleUrl"),
        )
    else:
        info = "PublishEventInfo"
        spare = _word(root, f"{info}/article_id") or f"push:{_word(root, f'{info}/publish_id')}"
        items, names = root.findall(f"{info}/article_detail/item"), ("idx", "article_url")
    posts = [
        _post(_word(item, names[0]) or str(number), _text(item, names[1]), spare, at)
        for number, item in enumerate(items[:MOST_ARTICLES], start=1)
    ]
    return posts or [Post(f"{spare}_1", at)]


def _post(idx: str, url: str, spare: str, at: datetime) -> Post:
    """The id is `mid_idx` where the address tells it, as every WeChat source has it; else the short
    link's own, else that of the job."""
    url = re.sub("^http:", "https:", url)
    if not re.match(r"https://mp\.weixin\.qq\.com/", url):
        return Post(f"{spare}_{idx}", at)
    _, mid, number = article_ref(url)
    short = re.match(r"https://mp\.weixin\.qq\.com/s/([\w-]{8,64})", url)
    ident = f"{mid}_{number or idx}" if mid else short[1] if short else f"{spare}_{idx}"
    return Post(ident, at, url=url)


def _text(root: Element, path: str) -> str:
    found = root.find(path)
    return clean((found.text or "").strip())[:2000] if found is not None else ""


def _word(root: Element, path: str) -> str:
    """A number or name of WeChat's; anything else is none."""
    text = _text(root, path)
    return text if re.fullmatch(r"[\w.=-]{1,64}", text, re.ASCII) else ""
