"""The name service of the replica: whether the hosts that apps talk to have IPv6 addresses.

Nobody here speaks DNS: the fetcher asks whoever stands in for a host over HTTP.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from watcher.replica.web import NOT_FOUND, Answer, Ask, as_json, misbehaviour
from watcher.replica.world import World, view

LANE = "dns"
WITH_IPV6, WITHOUT_IPV6 = HOSTS = ("app6.sanya.gov.cn", "app4.sanya.gov.cn")
_RECORDS: Mapping[tuple[str, str], list[str]] = {
    (WITH_IPV6, "AAAA"): ["2d00:5a4e:59::18"],
    (WITH_IPV6, "A"): ["192.0.2.18"],
    (WITHOUT_IPV6, "A"): ["192.0.2.4"],
}


def answer(world: World, ask: Ask, now: datetime) -> Answer:
    """What a resolver would say of a host."""
    kind = ask.query.get("type", "")
    if ask.path != "/dns-query" or kind not in ("A", "AAAA"):
        return NOT_FOUND
    actor = world.find(LANE, ask.host)
    if actor and (wall := misbehaviour(view(actor, now), ask)):
        return wall
    return as_json({kind: _RECORDS.get((ask.host, kind), [])})
