"""PromQL of the panels: what is asked, by which labels, and with which names.

Two rules hold for every query. What is known to be none is 0, and what nobody saw has no value, so
that a panel says 未采集到 and not 0. And labels are joined with their Chinese names.
"""

from __future__ import annotations

CHOSEN = 'office=~"$office",platform=~"$platform"'
ACCOUNTS = "shouwang_office_accounts"
CASES = "shouwang_office_cases"
UNSEEN = "blind|never"  # 未能采集 and 尚未采集: neither says anything of the account
DRAWN = "max(shouwang_snapshot_timestamp_seconds)"
# 24:00 of the Beijing day on which the numbers were drawn, as seconds since 1970.
TONIGHT = f"(floor(({DRAWN} + 28800) / 86400) + 1) * 86400 - 28800"
OFF = (
    "没有这样的问题或账号，或逐账号指标未开启（watcher.yaml 设 metrics.accounts: true，"
    "并启用 prometheus.yml 中的 shouwang_accounts）"
)


def labels(*parts: str) -> str:
    """A selector of the parts that there are."""
    inside = ",".join(part for part in parts if part)
    return f"{{{inside}}}" if inside else ""


def total(metric: str, *by: str, where: str = "") -> str:
    """The sum of a metric, by these labels."""
    grouped = f" by ({', '.join(by)})" if by else ""
    return f"sum{grouped} ({metric}{labels(where)})"


def accounts(state: str = "", *by: str, where: str = CHOSEN) -> str:
    """Accounts in a state (an expression for several); 0 where there are others, but none so."""
    every = total(ACCOUNTS, *by, where=where)
    if not state:
        return every
    some = total(ACCOUNTS, *by, where=f'{where},state=~"{state}"')
    return f"{some} or 0 * {every}"


def coverage(*by: str, where: str = CHOSEN) -> str:
    """The share of accounts that still have to post and that we see, from 0 to 1."""
    held = total(ACCOUNTS, *by, where=f'{where},state!="ended"')
    seen = total(ACCOUNTS, *by, where=f'{where},state!~"ended|{UNSEEN}"')
    return f"({seen} or 0 * {held}) / ({held} > 0)"


def cases(what: str = "", *by: str, where: str = CHOSEN) -> str:
    """Open cases; without labels 0 where there are none and the watch runs."""
    some = total(CASES, *by, where=",".join(part for part in (where, what) if part))
    return some if by else known(some)


def case_column(what: str, *by: str, where: str = CHOSEN) -> str:
    """The same as one column of a table: 0 in the rows of those that have other cases."""
    return f"{cases(what, *by, where=where)} or 0 * {total(CASES, *by, where=where)}"


def known(expr: str) -> str:
    """0 instead of nothing, where the watch runs."""
    return f"{expr} or 0 * {DRAWN}"


def named(expr: str, *by: str) -> str:
    """With the Chinese name of each of these labels, beside the label itself."""
    for label in by:
        info = f"max by ({label}, {label}_name) (shouwang_{label}_info)"
        expr = f"({expr}) * on ({label}) group_left ({label}_name) {info}"
    return expr


def age(metric: str, *by: str, where: str = "") -> str:
    """Seconds between a moment and the moment the numbers were drawn."""
    grouped = f" by ({', '.join(by)})" if by else ""
    return f"scalar({DRAWN}) - max{grouped} ({metric}{labels(where)})"


def coded(metric: str, label: str, codes: tuple[str, ...]) -> str:
    """A set of states as one number for each lane: the place in `codes`, counted from 1."""
    each = (
        f'{place} * max by (lane, {label}) ({metric}{{{label}="{code}"}})'
        for place, code in enumerate(codes, 1)
    )
    return f"max by (lane) ({' or '.join(each)})"
