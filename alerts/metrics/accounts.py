"""One line per account and number.

Meant to be rendered ahead of the scrape, in a thread. The text is written by hand because
prometheus_client needs ten times as long for it.
"""

from __future__ import annotations

from datetime import datetime

from alerts.metrics.labels import escaped
from alerts.metrics.values import AccountSample, MetricsSnapshot


def _numbers(a: AccountSample) -> tuple[tuple[str, str, float | None], ...]:
    return (
        ("last_post_timestamp_seconds", "Newest post ever seen.", _seconds(a.last_post_at)),
        ("last_success_timestamp_seconds", "Last reading that saw.", _seconds(a.last_success_at)),
        ("next_check_timestamp_seconds", "When it is read next.", _seconds(a.next_check_at)),
        ("failed_readings", "Failed readings in a row.", a.failures),
    )


def render_accounts(snapshot: MetricsSnapshot, cap: int) -> bytes:
    """One series per account and number, for the first `cap` accounts by key.

    By key and not by urgency, so that the set of series stays the same from scrape to scrape;
    how many are left out is `shouwang_accounts_truncated`.
    """
    kept = sorted(snapshot.accounts, key=lambda a: a.key)[: max(cap, 0)]
    out = [
        "# HELP shouwang_accounts_truncated Accounts left out of this page by its cap.",
        "# TYPE shouwang_accounts_truncated gauge",
        f"shouwang_accounts_truncated {sum(snapshot.counted.values()) - len(kept)}",
        "# HELP shouwang_account_info Names of the accounts.",
        "# TYPE shouwang_account_info gauge",
        *(_info(account) for account in kept),
    ]
    families: dict[tuple[str, str], list[str]] = {}
    for account in kept:
        label = escaped(account.key)
        for name, text, value in _numbers(account):
            lines = families.setdefault((name, text), [])
            if value is not None:
                lines.append(f'shouwang_account_{name}{{account="{label}"}} {value!r}')
    for (name, text), lines in families.items():
        out += (f"# HELP shouwang_account_{name} {text}", f"# TYPE shouwang_account_{name} gauge")
        out += lines
    return ("\n".join(out) + "\n").encode()


def _info(a: AccountSample) -> str:
    pairs = (("account", a.key), ("name", a.name), ("platform", a.platform), ("unit", a.unit))
    labels = ",".join(f'{name}="{escaped(value)}"' for name, value in pairs)
    return f"shouwang_account_info{{{labels}}} 1"


def _seconds(at: datetime | None) -> float | None:
    return None if at is None else at.timestamp()
