"""Small words that all texts about units share. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from alerts.escape import inert
from alerts.words import day_text, platform_name

SHOWN = 10  # accounts named in one text


def rows_of(facts: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The rows that facts hold under a name."""
    found = facts.get(name)
    return [row for row in found if isinstance(row, Mapping)] if isinstance(found, list) else []


def name_of(row: Mapping[str, Any]) -> str:
    """The name of an account, safe to write."""
    return inert(str(row.get("name", "")), 30)


def where_of(row: Mapping[str, Any]) -> str:
    """The platform of an account, in the words of the offices."""
    return inert(platform_name(str(row.get("platform", ""))), 12)


def some(parts: Iterable[str]) -> str:
    """The first of many, and how many there are."""
    every = list(parts)
    more = f"等{len(every)}个" if len(every) > SHOWN else ""
    return "、".join(every[:SHOWN]) + more


def day_of(value: Any, year: bool = False) -> str:
    """A day of the facts; "" where there is none."""
    try:
        day = date.fromisoformat(str(value))
    except ValueError:
        return ""
    return (f"{day.year}年" if year else "") + day_text(day)
