"""Asks a Prometheus what the panels ask, as Grafana would: variables first, then the queries."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

Json = dict[str, Any]
_VARIABLE = re.compile(r"\$\{(\w+)(?::\w+)?\}|\$(\w+)")


@dataclass(frozen=True, slots=True)
class Choice:
    """One value that a variable can have, and the words for it."""

    text: str
    value: str


@dataclass(frozen=True, slots=True)
class Sampled:
    """One series: its labels, and its values by seconds since 1970."""

    labels: Mapping[str, str]
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Prometheus:
    """A server, asked over HTTP. Raises ValueError for what it refuses, with its own words."""

    url: str
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=60))

    def now(self, expr: str, at: float | None = None) -> list[Sampled]:
        """The samples of one moment."""
        asked = {"query": expr} | ({} if at is None else {"time": str(at)})
        found = self._ask("query", asked)
        return [Sampled(each["metric"], [_point(each["value"])]) for each in found]

    def over(self, expr: str, start: float, end: float, step: float) -> list[Sampled]:
        """The samples of a stretch of time."""
        asked = {"query": expr, "start": str(start), "end": str(end), "step": str(step)}
        found = self._ask("query_range", asked)
        return [Sampled(each["metric"], [_point(p) for p in each["values"]]) for each in found]

    def _ask(self, what: str, asked: Mapping[str, str]) -> list[Json]:
        answer = self.client.post(f"{self.url}/api/v1/{what}", data=dict(asked)).json()
        if answer["status"] != "success":
            raise ValueError(f"{answer.get('error')}: {asked['query']}")
        return list(answer["data"]["result"])


def load(folder: Path) -> list[Json]:
    """The dashboards of a folder, by name."""
    return [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))]


def panels(dashboard: Json) -> Iterator[Json]:
    """The panels, without headings."""
    return (each for each in dashboard["panels"] if each["type"] != "row")


def variables(dashboard: Json) -> list[Json]:
    return list(dashboard["templating"]["list"])


def choices(variable: Json, server: Prometheus, at: float | None = None) -> list[Choice]:
    """What a query variable offers."""
    pattern = re.compile(variable["regex"].strip("/").replace("(?<", "(?P<"))
    inner = variable["query"]["query"].removeprefix("query_result(").removesuffix(")")
    lines = (_line(each.labels) for each in server.now(inner, at))
    found = (pattern.search(line) for line in lines)
    return sorted(
        (Choice(each["text"], each["value"]) for each in found if each),
        key=lambda choice: choice.text,
    )


def _line(labels: Mapping[str, str]) -> str:
    """A series as Grafana writes it for the regex of a variable."""
    return "{" + ",".join(f'{key}="{value}"' for key, value in labels.items()) + "}"


def chosen(
    dashboard: Json, server: Prometheus, office: str = "", at: float | None = None
) -> dict[str, str]:
    """A value for each variable: all, or the first where all cannot be chosen."""
    values: dict[str, str] = {}
    for variable in variables(dashboard):
        if variable["type"] == "textbox":
            values[variable["name"]] = variable["current"]["value"]
        elif variable.get("includeAll"):
            values[variable["name"]] = variable["allValue"]
        else:
            offered = choices(variable, server, at)
            values[variable["name"]] = office or (offered[0].value if offered else "")
    return values


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with the variables it names; others stay as they are."""

    def value(found: re.Match[str]) -> str:
        return values.get(found[1] or found[2], found[0])

    return _VARIABLE.sub(value, text)


def _point(pair: Sequence[Any]) -> tuple[float, float]:
    return float(pair[0]), float(pair[1])
