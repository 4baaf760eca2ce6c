"""Every platform of the replica that is a Portal: account pages, and the stores of apps."""

from __future__ import annotations

from collections.abc import Mapping

from watcher.replica import portals
from watcher.replica.apps import STORES
from watcher.replica.portals.common import Portal

PORTALS: Mapping[str, Portal] = {**portals.PORTALS, **{each.key: each for each in STORES}}
