"""Offices as labels of metrics and alerts: keys of offices.yaml, a short list. Pure.

Units of a register name their office by key or by name, or not at all.
"""

from __future__ import annotations

from alerts.metrics import UNASSIGNED
from alerts.routing import Offices


def office_label(spelt: str, offices: Offices) -> str:
    """The label of the office that a unit names by key or by name; "unassigned" for others."""
    if spelt in offices.offices:
        return spelt
    named = (key for key, office in offices.offices.items() if office.name == spelt)
    return next(named, UNASSIGNED) if spelt else UNASSIGNED


def spellings(label: str, offices: Offices) -> tuple[tuple[str, ...], bool]:
    """How units may name the office of a label; for "unassigned", all offices but these."""
    if label in offices.offices:
        return (label, offices.offices[label].name), False
    if label == UNASSIGNED:
        named = ((key, office.name) for key, office in offices.offices.items())
        return tuple(text for pair in named for text in pair), True
    return (label,), False
