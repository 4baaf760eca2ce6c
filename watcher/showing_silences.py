"""Silences for people and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.table import Table

from watcher.quiet import SCOPE_WORDS, Silence, scope_text
from watcher.showing import iso, moment, plain
from watcher.store.silences import Held


def state_of(silence: Silence, now: datetime) -> str:
    """How a silence stands."""
    if silence.lasts(now):
        return "静默中"
    if silence.ended_at is not None:
        return f"{silence.ended_by}提前结束"
    return "已到期"


def silenced_text(silence: Silence | None) -> str:
    """Why nothing is said of a case, until when; "" where it is said."""
    if silence is None:
        return ""
    by, until = plain(silence.author), moment(silence.until)
    return f"静默中（第 {silence.id} 号，{by}设置）：至 {until} 不发告知。理由：{silence.reason}"


def held_text(held: Sequence[Held]) -> str:
    """How much was held back: letters, and cases."""
    cases = {each.case_id for each in held}
    return f"{sum(each.letters for each in held)} 条，{len(cases)} 个问题" if held else "无"


def silences_table(
    silences: Iterable[Silence],
    held: Mapping[int, Sequence[Held]],
    now: datetime,
    name_of: Callable[[str], str],
) -> Table:
    """`name_of` gives an office's name by its key."""
    table = Table(title="静默：期间不发告知，问题照常立案、判定；红色只有写明的才静默")
    for heading in ("号", "状态", "范围", "自", "至", "设置人", "理由", "未发告知"):
        table.add_column(heading, overflow="fold")
    for each in silences:
        table.add_row(
            str(each.id),
            plain(state_of(each, now)),
            plain(scope_text(each, name_of), 300),
            moment(each.begins_at),
            moment(each.ended_at or each.until),
            plain(each.author),
            plain(each.reason, 200),
            held_text(held.get(each.id or 0, ())),
        )
    return table


def silence_json(silence: Silence, held: Sequence[Held], now: datetime) -> dict[str, Any]:
    return {
        "id": silence.id,
        "active": silence.lasts(now),
        "case": silence.number or None,
        **{name: getattr(silence, name) or None for name in SCOPE_WORDS if name != "number"},
        "account_name": silence.account_name or None,
        "unit_name": silence.unit_name or None,
        "even_red": silence.even_red,
        "begins_at": iso(silence.begins_at),
        "until": iso(silence.until),
        "reason": silence.reason,
        "by": silence.author,
        "ended_at": iso(silence.ended_at),
        "ended_by": silence.ended_by or None,
        "concluded_at": iso(silence.concluded_at),
        "held_letters": sum(each.letters for each in held),
        "held_cases": len({each.case_id for each in held}),
    }
