"""Rates as circulars print them (domain.md §6.5): one decimal, the counts always beside. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

NOTHING = "无可检查对象"
UNSEEN = "未采集到"


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many. Raises ValueError where the part is more than the whole."""

    part: int
    whole: int

    def __post_init__(self) -> None:
        if not 0 <= self.part <= self.whole:
            raise ValueError(f"{self.part} of {self.whole} is no rate")

    @property
    def percent(self) -> str:
        """One decimal. All is 100.0%, and only all; none is 0.0%, and only none."""
        if self.whole == 0:
            return NOTHING
        exact = Decimal(100 * self.part) / Decimal(self.whole)
        tenth = exact.quantize(Decimal("0.1"), ROUND_HALF_UP)
        if tenth == 100 and self.part < self.whole:
            tenth = Decimal("99.9")
        if tenth == 0 and self.part > 0:
            tenth = Decimal("0.1")
        return f"{tenth}%"

    @property
    def share(self) -> float | None:
        """0 to 1, for charts; None where there is nothing to divide by."""
        return self.part / self.whole if self.whole else None

    def __str__(self) -> str:
        return self.percent if self.whole == 0 else f"{self.percent}（{self.part}/{self.whole}）"

    def __add__(self, other: Rate) -> Rate:
        return Rate(self.part + other.part, self.whole + other.whole)
