"""One line per account and number, and per open case.

Meant to be rendered ahead of the scrape, in a thread. The text is written by hand because
prometheus_client needs ten times as long for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from alerts.metrics.labels import escaped
from alerts.metrics.values import AccountSample, CaseSample, MetricsSnapshot

_Pairs = tuple[tuple[str, str], ...]
_Sample = tuple[_Pairs, float | None]


def render_accounts(snapshot: MetricsSnapshot, cap: int) -> bytes:
    """One series per account and number, for the first `cap` accounts by key; then the open cases
    in the same way, for the gravest `cap`.

    Accounts by key and not by urgency, so that the set of series stays the same from scrape to
    scrape; how many are left out is `shouwang_accounts_truncated`.
    """
    kept = sorted(snapshot.accounts, key=lambda a: a.key)[: max(cap, 0)]
    missing = sum(snapshot.counted.values()) - len(kept)
    cases = snapshot.cases[: max(cap, 0)]
    unseen = sum(snapshot.open_cases.values()) - len(cases)
    out = [
        *_family("accounts_truncated", "Accounts left out of this page by its cap.", missing),
        *_family("account_info", "Names of the accounts.", [(_named(a), 1) for a in kept]),
        *_family("account_state", "How the accounts stand.", [(_standing(a), 1) for a in kept]),
        *_numbers(kept),
        *_family("cases_truncated", "Open cases left out of this page by its cap.", unseen),
        *_cases(cases),
    ]
    return ("\n".join(out) + "\n").encode()


def _numbers(kept: Sequence[AccountSample]) -> Iterable[str]:
    keys = [(("account", a.key),) for a in kept]
    told: tuple[tuple[str, str, list[float | None]], ...] = (
        (
            "last_post_timestamp_seconds",
            "Newest post ever seen.",
            [_seconds(a.last_post_at) for a in kept],
        ),
        (
            "last_success_timestamp_seconds",
            "Last reading that saw.",
            [_seconds(a.last_success_at) for a in kept],
        ),
        (
            "next_check_timestamp_seconds",
            "When it is read next.",
            [_seconds(a.next_check_at) for a in kept],
        ),
        ("failed_readings", "Failed readings in a row.", [a.failures for a in kept]),
    )
    for name, text, values in told:
        yield from _family(f"account_{name}", text, list(zip(keys, values, strict=True)))


def _cases(kept: Sequence[CaseSample]) -> Iterable[str]:
    keys = [(("case", str(each.number)),) for each in kept]
    opened = [_seconds(each.opened_at) for each in kept]
    due = [_seconds(each.due_at) for each in kept]
    yield from _family("case_info", "What open cases are about.", [(_told(c), 1) for c in kept])
    yield from _family(
        "case_opened_timestamp_seconds",
        "When an open case was opened.",
        list(zip(keys, opened, strict=True)),
    )
    yield from _family(
        "case_due_timestamp_seconds",
        "End of the term of an open case; absent where none is firm, or it was answered.",
        list(zip(keys, due, strict=True)),
    )


def _named(a: AccountSample) -> _Pairs:
    return (
        *(("account", a.key), ("name", a.name), ("platform", a.platform)),
        *(("unit", a.unit), ("unit_name", a.unit_name), ("office", a.office)),
    )


def _standing(a: AccountSample) -> _Pairs:
    return (("account", a.key), ("state", str(a.condition)))


def _told(c: CaseSample) -> _Pairs:
    return (
        *(("case", str(c.number)), ("rule", c.rule), ("level", c.level)),
        *(("account", c.account), ("name", c.name), ("platform", c.platform), ("office", c.office)),
    )


def _family(name: str, text: str, samples: Sequence[_Sample] | int) -> Iterable[str]:
    """HELP, TYPE and the samples that are known; a plain number has no labels."""
    yield f"# HELP shouwang_{name} {text}"
    yield f"# TYPE shouwang_{name} gauge"
    if isinstance(samples, int):
        yield f"shouwang_{name} {samples}"
        return
    for pairs, value in samples:
        if value is not None:
            labels = ",".join(f'{key}="{escaped(text)}"' for key, text in pairs)
            yield f"shouwang_{name}{{{labels}}} {value!r}"


def _seconds(at: datetime | None) -> float | None:
    return None if at is None else at.timestamp()
