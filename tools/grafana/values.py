"""Values as Grafana would write them: units, words and colours of a panel's fields."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
INK = "#1c2430"
_SPANS = ((86400.0, "天"), (3600.0, "小时"), (60.0, "分钟"))
_SIZES = ((1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))


@dataclass(frozen=True, slots=True)
class Look:
    """How one field is shown."""

    title: str = ""
    unit: str = "short"
    decimals: int | None = None
    words: Sequence[Mapping[str, Any]] = ()
    steps: Sequence[Mapping[str, Any]] = ()
    colour: str = ""
    hidden: bool = False
    linked: bool = False
    nothing: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)


def look_of(panel: Mapping[str, Any], name: str) -> Look:
    """The defaults of a panel, and what its overrides say of this field."""
    config = panel["fieldConfig"]
    defaults = config.get("defaults", {})
    values = {
        "unit": defaults.get("unit", "short"),
        "decimals": defaults.get("decimals"),
        "mappings": defaults.get("mappings", ()),
        "thresholds": defaults.get("thresholds", {}),
        "displayName": name,
        "noValue": defaults.get("noValue", ""),
    }
    for rule in config.get("overrides", ()):
        if rule["matcher"]["options"] == name:
            values |= {each["id"]: each["value"] for each in rule["properties"]}
    return Look(
        title=values["displayName"],
        unit=values["unit"],
        decimals=values["decimals"],
        words=values["mappings"] or (),
        steps=values["thresholds"].get("steps", ()),
        colour=values.get("color", {}).get("fixedColor", ""),
        hidden=bool(values.get("custom.hidden")),
        linked=bool(values.get("links")),
        nothing=values["noValue"],
    )


def shown(look: Look, value: float | str | None) -> tuple[str, str]:
    """Text and colour of a value."""
    if value in (None, "") or (isinstance(value, float) and math.isnan(value)):
        return look.nothing or "—", "#98a2b3"
    for mapping in look.words:
        found = _mapped(mapping, value)
        if found is not None:
            return found.get("text", str(value)), _ink(found.get("color") or "")
    if isinstance(value, str):
        return value, INK
    return number(value, look.unit, look.decimals), _ink(_step(look.steps, value))


def number(value: float, unit: str, decimals: int | None = None) -> str:
    """A number with its unit."""
    if unit.startswith("time:"):
        day = datetime.fromtimestamp(value / 1000, ZONE)
        return day.strftime("%Y-%m-%d %H:%M" if "HH" in unit else "%Y-%m-%d")
    if unit == "percentunit":
        return f"{value * 100:.{1 if decimals is None else decimals}f}%"
    if unit == "s":
        return _span(value)
    if unit == "bytes":
        size, name = next(((s, n) for s, n in _SIZES if abs(value) >= s), (1, "B"))
        return f"{value / size:.1f} {name}" if size > 1 else f"{value:.0f} B"
    if decimals is not None:
        return f"{value:.{decimals}f}"
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.2f}"


def _span(seconds: float) -> str:
    for size, name in _SPANS:
        if abs(seconds) >= size:
            return f"{seconds / size:.1f}{name}"
    return f"{seconds:.1f}秒"


def _mapped(mapping: Mapping[str, Any], value: float | str) -> Mapping[str, Any] | None:
    options = mapping["options"]
    if mapping["type"] == "range":
        inside = not isinstance(value, str) and options["from"] <= value <= options["to"]
        return dict(options["result"]) if inside else None
    key = value if isinstance(value, str) else number(value, "none")
    found = options.get(key)
    return None if found is None else dict(found)


def _step(steps: Sequence[Mapping[str, Any]], value: float) -> str:
    reached = [s["color"] for s in steps if s["value"] is None or value >= s["value"]]
    return reached[-1] if reached else ""


def _ink(colour: str) -> str:
    return INK if colour in ("", "text") else colour
