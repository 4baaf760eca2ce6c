"""One POST and its answer, bounded in time and size; nothing of it is ever logged."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

CONNECT, READ = 4.0, 10.0  # seconds
ANSWER = 64 << 10  # bytes of an answer that we read
# At DEBUG urllib3 repeats addresses, in which robots have their keys.
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)


@dataclass(frozen=True, slots=True)
class Call:
    """One POST of JSON. URL, parameters and headers may hold secrets."""

    url: str
    body: bytes = field(repr=False)
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)  # lower-case names

    def json(self) -> Mapping[str, Any]:
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


def post(call: Call, timeout: float) -> Answer:
    """POST and read at most ANSWER bytes within `timeout` seconds, however slowly they drip."""
    until = time.monotonic() + timeout
    with requests.Session() as session:
        session.trust_env = False  # no .netrc, no proxy from the environment for our secrets
        with session.post(
            call.url,
            data=call.body,
            params=dict(call.params),
            headers={"Content-Type": "application/json; charset=utf-8", **call.headers},
            timeout=(min(CONNECT, timeout), min(READ, timeout)),
            allow_redirects=False,
            stream=True,
        ) as got:
            body = b""
            # One byte at a time from the socket's buffer: a larger chunk would wait to be full.
            for piece in got.iter_content(1):
                body += piece
                if len(body) >= ANSWER:
                    break
                if time.monotonic() > until:
                    raise requests.Timeout("the answer took too long")
            headers = {name.lower(): value for name, value in got.headers.items()}
            return Answer(got.status_code, body, headers)
