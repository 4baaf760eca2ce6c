"""A message of Alertmanager's webhook (version 4), checked at the edge."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from watcher.alarms import Alarm, Ring

MOST_ALERTS = 2000
MOST_SAID = 20  # mistakes that are told
_FIRST = datetime(2000, 1, 1, tzinfo=UTC)  # Go's "no moment" is the year 1

Name = Annotated[str, Field(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$", max_length=128)]
Text = Annotated[str, Field(max_length=4096)]
Texts = Annotated[dict[Name, Text], Field(max_length=64)]


class MessageError(ValueError):
    """The message cannot be taken; `mistakes` says why, each with its place."""

    def __init__(self, mistakes: Iterable[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("; ".join(self.mistakes))


class _Table(BaseModel):
    """Alertmanager may add fields; those we read are what they should be."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class _Alert(_Table):
    status: Literal["firing", "resolved"]
    labels: Texts
    annotations: Texts = {}
    starts: AwareDatetime = Field(alias="startsAt")
    ends: AwareDatetime | None = Field(alias="endsAt", default=None)
    fingerprint: str = Field(pattern=r"^[0-9a-f]{1,64}$")


class _Message(_Table):
    version: Literal["4"]
    receiver: Annotated[str, Field(max_length=256)]
    alerts: list[_Alert] = Field(min_length=1, max_length=MOST_ALERTS)


@dataclass(frozen=True, slots=True)
class Message:
    """What one message tells."""

    receiver: str
    alarms: tuple[Alarm, ...]


def read_message(body: bytes, now: datetime) -> Message:
    """The message in these bytes, heard at `now`. Raises MessageError."""
    try:
        raw = json.loads(body, parse_constant=_refused)
    except (ValueError, RecursionError):
        raise MessageError(["not JSON"]) from None
    try:
        message = _Message.model_validate(raw)
    except ValidationError as error:
        raise MessageError(_said(error)) from None
    nameless = [
        f"alerts.{number}.labels: no alertname"
        for number, each in enumerate(message.alerts)
        if not each.labels.get("alertname")
    ]
    if nameless:
        raise MessageError(nameless[:MOST_SAID])
    return Message(
        message.receiver, tuple(_alarm(each, message.receiver, now) for each in message.alerts)
    )


def _refused(word: str) -> None:
    raise ValueError(word)  # NaN and Infinity are no JSON


def _said(error: ValidationError) -> Iterable[str]:
    for each in error.errors(include_url=False, include_input=False)[:MOST_SAID]:
        place = ".".join(str(part)[:40] for part in each["loc"]) or "message"
        yield f"{place}: {each['msg']}"


def _alarm(each: _Alert, receiver: str, now: datetime) -> Alarm:
    ended = each.status == "resolved"
    return Alarm(
        fingerprint=each.fingerprint,
        starts_at=each.starts,
        state=Ring.RESOLVED if ended else Ring.FIRING,
        labels=each.labels,
        annotations=each.annotations,
        # the end of one that fires is when Alertmanager would forget it: no end
        ends_at=each.ends if ended and each.ends and each.ends > _FIRST else None,
        receiver=receiver,
        heard_at=now,
    )
