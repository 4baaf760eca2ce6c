"""What Alertmanager keeps silent: asked of its API, since it never tells it by itself."""

from __future__ import annotations

from typing import Annotated

import httpx
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from alerts.office_labels import spellings
from watcher import store
from watcher.alarm_message import MOST_ALERTS, Texts
from watcher.alarms import Alarm, Ring, concern
from watcher.store.alarms import note_suppressed
from watcher.watch import Watch

MOST = 8 << 20  # bytes of its answer
PATIENCE = 10.0  # seconds
_Id = Annotated[str, Field(pattern=r"^[0-9a-zA-Z-]{1,64}$")]


class AlertmanagerError(Exception):
    """Alertmanager cannot be asked, or answers something else."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Status(_Table):
    state: str
    silences: list[_Id] = Field(alias="silencedBy", default=[], max_length=1000)
    inhibitors: list[_Id] = Field(alias="inhibitedBy", default=[], max_length=10_000)


class _Receiver(_Table):
    name: Annotated[str, Field(max_length=256)]


class _Alert(_Table):
    fingerprint: str = Field(pattern=r"^[0-9a-f]{1,64}$")
    starts: AwareDatetime = Field(alias="startsAt")
    labels: Texts
    annotations: Texts = {}
    receivers: list[_Receiver] = Field(default=[], max_length=1000)
    status: _Status


_ANSWER = TypeAdapter(Annotated[list[_Alert], Field(max_length=MOST_ALERTS)])


async def ask_alertmanager(watch: Watch, url: str) -> int:
    """Note which alarms are silenced or inhibited now; how many. Raises AlertmanagerError."""
    try:
        alerts = _ANSWER.validate_json(await _asked(f"{url.rstrip('/')}/api/v2/alerts"))
    except (httpx.HTTPError, TimeoutError) as error:
        raise AlertmanagerError(f"cannot be asked: {error!r}"[:300]) from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise AlertmanagerError(f"answers something else: {first['loc']}: {first['msg']}") from None
    held = [_alarm(watch, each) for each in alerts if each.status.state == "suppressed"]

    def work(c: store.Connection) -> None:
        offices = watch.book.offices
        note_suppressed(
            c, [(each, concern(each.labels, lambda o: spellings(o, offices))) for each in held]
        )

    await watch.writer.submit(work)
    return len(held)


async def _asked(url: str) -> bytes:
    """The answer. The address is configured, so it may be private."""
    held = bytearray()
    async with (
        httpx.AsyncClient(timeout=PATIENCE) as client,
        client.stream("GET", url) as answer,
    ):
        if answer.status_code != 200:
            raise AlertmanagerError(f"answers {answer.status_code}")
        async for chunk in answer.aiter_bytes():
            held += chunk
            if len(held) > MOST:
                raise AlertmanagerError(f"answers more than {MOST} bytes")
    return bytes(held)


def _alarm(watch: Watch, each: _Alert) -> Alarm:
    """An alarm that nobody is told of, and why; the first few causes are enough."""
    why = (
        *(f"静默 {name}" for name in each.status.silences),
        *(f"被告警 {name} 抑制" for name in each.status.inhibitors),
    )
    return Alarm(
        fingerprint=each.fingerprint,
        starts_at=each.starts,
        state=Ring.FIRING,
        labels=each.labels,
        annotations=each.annotations,
        receiver="、".join(receiver.name for receiver in each.receivers)[:256],
        heard_at=watch.now(),
        times=0,
        suppressed=why[:10] or ("原因未说明",),
    )
