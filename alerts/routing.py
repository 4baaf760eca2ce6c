"""To whom: from the roles of a notice to letters for targets. Pure.

A notice never goes nowhere: who has no target hands it to the office above, at last to the
fallback. Several roles that lead to one target are one letter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256

from alerts.hours import next_digest, patience, send_from
from alerts.message import Words, compose
from alerts.office_tree import Office, Offices, Secret, Target, targets_for
from alerts.planning import is_urgent, plan
from alerts.policy import DEFAULT_POLICY, Policy
from alerts.routes import occasion_of
from watcher.calendar import WorkCalendar
from watcher.model import Dossier, Letter, Notice, Why
from watcher.rectifying import case_number
from watcher.units import collective

__all__ = [
    "DIGEST",
    "UNITS",
    "Office",
    "Offices",
    "Secret",
    "Target",
    "letter_key",
    "letters",
    "targets_for",
]

DIGEST = "digest"
UNITS = "/units"  # ends the merge key of letters that are about units, not accounts
SILENCE = "UPD"  # begins that of all rules of one silence
SILENT = frozenset({"UPD-01", "UPD-02", "UPD-03", "UPD-04", "UPD-05", "UPD-06"})


def letters(
    notice: Notice,
    dossier: Dossier | None,
    offices: Offices,
    cal: WorkCalendar,
    now: datetime,
    policy: Policy = DEFAULT_POLICY,
) -> tuple[Letter, ...]:
    """One letter for each distinct target; who hears at once needs no line in the digest."""
    errands = plan(notice, dossier, offices, policy).errands
    at_once = tuple(each.target for each in errands if not each.digest)
    digest = tuple(each.target for each in errands if each.digest)
    leaves = send_from(notice, now, cal, policy.hours)
    daily = next_digest(now, cal, policy.hours)
    return (
        *_write(notice, dossier, offices, cal, policy, at_once, leaves, ""),
        *_write(notice, dossier, offices, cal, policy, digest, daily, DIGEST),
    )


def letter_key(notice: Notice, target: str) -> str:
    """Idempotency key: the same decision for the same target has the same key for ever."""
    case = notice.case
    told = case.told_at.isoformat() if case.told_at else ""
    parts = [*case.finding.key, notice.why, case.finding.level, case.opened_at.isoformat(), told]
    if notice.step is not None:
        parts.append(notice.step.key)
    mark = sha256("\n".join((*parts, target)).encode(errors="backslashreplace")).hexdigest()[:10]
    return f"{case_number(case)}-{mark}"


# -- inside ----------------------------------------------------------------------------------


def _write(
    notice: Notice,
    dossier: Dossier | None,
    offices: Offices,
    cal: WorkCalendar,
    policy: Policy,
    targets: tuple[str, ...],
    not_before: datetime,
    merge: str,
) -> Iterator[Letter]:
    if not targets:
        return
    rule = policy.of(notice.case.finding.rule)
    words = compose(notice, dossier, rule, offices.name_of, cal, not_before)
    for target in targets:
        letter = _letter(notice, words, target, not_before, merge or _merge_key(notice, dossier))
        waits = timedelta() if merge else patience(letter.level, notice.why, policy.hours)
        yield replace(letter, patience=waits)


def _letter(notice: Notice, words: Words, target: str, not_before: datetime, merge: str) -> Letter:
    key = letter_key(notice, target)
    return Letter(
        key=key,
        target=target,
        why=notice.why,
        level=notice.case.finding.level,
        title=words.title,
        body=f"{words.body}\n编号：{key}",
        short=words.short,
        not_before=not_before,
        merge=merge,
        case_id=notice.case.id,
    )


def _merge_key(notice: Notice, dossier: Dossier | None) -> str:
    """Letters of one kind to one target become one message: 50 blind accounts are one trouble,
    and so is one silence, whichever rules it breaks. What is urgent waits for nothing else."""
    rule = notice.case.finding.rule
    if rule == "SYS-01" and notice.why is not Why.RESOLVED:
        platform = dossier.account.platform if dossier else notice.case.finding.subject
        return f"{rule}/{platform}"
    kind = SILENCE if rule in SILENT else rule
    why = f"{occasion_of(notice)}" + ("!" if is_urgent(notice) else "")
    return f"{kind}/{why}" + (UNITS if collective(notice.case.finding.account) else "")
