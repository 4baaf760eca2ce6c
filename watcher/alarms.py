"""What Alertmanager tells us: alarms as values, and which cases they concern. Pure.

An alarm is one stretch in which an alert fires: the same fingerprint with the same beginning. Its
labels say what it is about: `case` (a number) or `account` name it, `case_rules` names rules
(`UPD-03,UPD-04`), narrowed by `platform`, `lane`, `office` and `level`. One with neither concerns
no case and is a note for the operators.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

LEVELS = ("red", "orange", "yellow", "blue", "operator")  # the worst first
SILENT = ("UPD-02", "UPD-03", "UPD-04", "UPD-05")  # rules of silence that has already lasted


class Ring(StrEnum):
    """How an alarm stands. Alertmanager says no more of one that is suppressed than that it is."""

    FIRING = "firing"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm as Alertmanager knows it; `heard_at` is our own clock.

    `suppressed` says by what it is kept silent there: "silence ID", "inhibited by FINGERPRINT".
    """

    fingerprint: str
    starts_at: datetime
    state: Ring
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    ends_at: datetime | None = None
    receiver: str = ""
    heard_at: datetime | None = None
    first_heard: datetime | None = None
    times: int = 1  # how often it was told
    suppressed: tuple[str, ...] = ()
    id: int | None = None

    @property
    def name(self) -> str:
        return self.labels.get("alertname", "")

    @property
    def text(self) -> str:
        """What it says to people."""
        return self.annotations.get("summary") or self.annotations.get("description") or self.name


@dataclass(frozen=True, slots=True)
class Concern:
    """The open cases an alarm is about: all that fit every part that is given.

    `offices` are the spellings of one office as units name it; with `elsewhere`, every unit that
    names none of them.
    """

    case: str = ""
    account: str = ""
    rules: str = ""
    platform: str = ""
    lane: str = ""
    level: str = ""
    offices: tuple[str, ...] = ()
    elsewhere: bool = False


def concern(
    labels: Mapping[str, str], spell: Callable[[str], tuple[tuple[str, ...], bool]]
) -> Concern | None:
    """What these labels point at; None where it is no case.

    `spell` gives the spellings of an office's label, and whether all others are meant.
    """
    case, account, rules = (labels.get(name, "") for name in ("case", "account", "case_rules"))
    if not (case or account or rules):
        return None
    office = labels.get("office", "")
    names, elsewhere = spell(office) if office else ((), False)
    platform, lane, level = (labels.get(name, "") for name in ("platform", "lane", "level"))
    return Concern(case, account, rules, platform, lane, level, names, elsewhere)
