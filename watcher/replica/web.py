"""Questions and answers over HTTP as values, and the misbehaviours that all platforms share."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

from watcher.replica.world import Scene, View

HUGE_BODY = 64 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Ask:
    """One request. Header names are lower-case."""

    method: str
    host: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def form(self) -> Mapping[str, str]:
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    @property
    def cookies(self) -> Mapping[str, str]:
        pairs = (part.partition("=") for part in self.headers.get("cookie", "").split(";"))
        return {name.strip(): value.strip() for name, _, value in pairs if name.strip()}

    def json(self) -> Any:
        """The body as JSON, an empty mapping where it is none."""
        try:
            return json.loads(self.body or b"{}")
        except ValueError:
            return {}


class Stream(StrEnum):
    """How a body that is no plain body behaves."""

    SLOW = "slow"  # one byte a second
    HANG = "hang"  # not even a status line
    HUGE = "huge"  # HUGE_BODY bytes of nothing


@dataclass(frozen=True, slots=True)
class Answer:
    """One response. `stream` set means: `body` is beside the point, behave so."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    stream: Stream | None = None


JSON = ("content-type", "application/json; charset=utf-8")
HTML = ("content-type", "text/html; charset=utf-8")


def as_json(value: Any, status: int = 200, *headers: tuple[str, str]) -> Answer:
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return Answer(status, body, (JSON, *headers))


def as_html(text: str, status: int = 200, *headers: tuple[str, str]) -> Answer:
    return Answer(status, text.encode(), (HTML, *headers))


def redirect(location: str, *headers: tuple[str, str]) -> Answer:
    return Answer(302, b"", (("location", location), *headers))


NOT_FOUND = as_html("<html><head><title>404 Not Found</title></head><body>404</body></html>", 404)
BAD_GATEWAY = as_html(
    "<html><head><title>502 Bad Gateway</title></head>"
    "<body><center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center></body></html>",
    502,
)


def misbehaviour(seen: View, ask: Ask) -> Answer | None:
    """The answer of a scene that looks the same on every platform, if one plays."""
    for scene in seen.scenes:
        if scene in _SHARED:
            return _SHARED[scene]
        if scene is Scene.REDIRECT_LOOP:
            return _round_again(ask)
        if scene is Scene.BOMB:
            return _bomb()
    return None


_SHARED: Mapping[Scene, Answer] = {
    Scene.SLOW: Answer(stream=Stream.SLOW, headers=(HTML,)),
    Scene.HANG: Answer(stream=Stream.HANG),
    Scene.HUGE: Answer(stream=Stream.HUGE, headers=(HTML,)),
    Scene.EMPTY_BODY: Answer(200, b"", (HTML,)),
    Scene.STATUS_432: as_html("", 432),
    Scene.SERVER_ERROR: BAD_GATEWAY,
    Scene.TOO_MANY: as_html("Too Many Requests", 429, ("retry-after", "600")),
}


def _round_again(ask: Ask) -> Answer:
    turn = int(ask.query.get("turn", "0")) + 1 if ask.query.get("turn", "0").isdigit() else 1
    query = urlencode({**ask.query, "turn": str(turn)})
    return redirect(f"https://{ask.host}{ask.path}?{query}")


@cache
def _bomb() -> Answer:
    packed = gzip.compress(bytes(HUGE_BODY), 6, mtime=0)
    return Answer(200, packed, (HTML, ("content-encoding", "gzip")))
