"""When to look again: cadence, deadlines, back-off, deterministic jitter. Pure.

Nothing is random: a restart computes the same moments, so it neither stampedes nor forgets.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b

from watcher.calendar import WorkCalendar, local, week_of
from watcher.model import Dossier, FiledState, Trouble
from watcher.rules import RuleSet
from watcher.rules.evidence import Silence, silence
from watcher.rules.update import counts_for, empty_since, owes_updates, reminder_at

DAY = timedelta(days=1)
SETTLE = timedelta(seconds=5)  # a reading begins this long after the mark it is to prove


@dataclass(frozen=True, slots=True)
class Cadence:
    """How often an account is read. `base` holds for all but those that posted just now."""

    base: timedelta = timedelta(hours=4)
    lively: timedelta = timedelta(hours=4)  # between readings of an account that posts
    lively_for: timedelta = timedelta(days=3)  # … that is, within this time
    urgent: timedelta = timedelta(hours=1)  # in the last day before a limit
    retry_first: timedelta = timedelta(minutes=10)  # doubled with each failure …
    retry_most: timedelta = timedelta(hours=6)  # … up to here
    outage_most: timedelta = timedelta(hours=2)  # … and here where nobody answered at all
    gone_first: timedelta = timedelta(hours=6)  # a vanished account is looked at again after …
    gone_most: timedelta = timedelta(hours=8)
    ended: timedelta = DAY  # a deregistered account is watched on, for good
    spread: timedelta = timedelta(hours=1)  # first readings after registration
    after_mark: timedelta = timedelta(minutes=2)  # a mark is read at most this late
    doubt_first: timedelta = timedelta(seconds=30)  # a face seen otherwise for the first time is
    doubt_most: timedelta = timedelta(seconds=120)  # … looked at again after this, once
    retry_after_most: timedelta = timedelta(hours=24)  # however long a platform asks to wait

    @property
    def longest(self) -> timedelta:
        """No account waits longer than this, unless its platform asked for it."""
        return max(
            self.base,
            self.lively,
            self.retry_most,
            self.gone_most,
            self.ended,
            self.spread,
            self.after_mark,
        )


def next_check(
    dossier: Dossier,
    now: datetime,
    rules: RuleSet,
    cal: WorkCalendar,
    cadence: Cadence,
    retry_after: float | None = None,
) -> datetime:
    """When the account is to be read next: after `now`, within `cadence.longest`.

    `retry_after` in seconds, as its platform asked after the last failure; at most 24 h count.
    """
    sight, key = dossier.sight, dossier.account.key
    if sight.last_reading_at is None:
        wait = _share(key, "first") * cadence.spread
    elif dossier.account.filed_state is FiledState.DEREGISTERED:
        wait = _ended(dossier, cadence, retry_after)
    elif sight.trouble is not None:
        wait = _back_off(dossier, now, rules, cadence, retry_after)
    else:
        wait = _regular(dossier, now, rules, cal, cadence)
    return now + max(wait, timedelta(seconds=1))


def _ended(dossier: Dossier, cadence: Cadence, retry_after: float | None) -> timedelta:
    """Of a deregistered account: rarely, whatever came of it; its return is found within a day."""
    wait = cadence.ended * (0.85 + 0.15 * _share(dossier.account.key, "ended"))
    return max(wait, min(_asked(retry_after), cadence.retry_after_most))


def _asked(retry_after: float | None) -> timedelta:
    return timedelta(seconds=min(max(retry_after or 0.0, 0.0), 10.0**6))


def _back_off(
    dossier: Dossier, now: datetime, rules: RuleSet, cadence: Cadence, retry_after: float | None
) -> timedelta:
    """After a failure: doubling; a little less than the round figure, each account its own.

    In the last day before a limit, and while one that has passed is not yet proved, the wait is
    no longer than `urgent`. Where nobody answered, nobody is bothered: after an outage readings
    resume within `outage_most`.
    """
    sight, key = dossier.sight, dossier.account.key
    if sight.trouble in (Trouble.GONE, Trouble.BANNED):
        span = max(cadence.gone_most - cadence.gone_first, timedelta(0))
        wait = cadence.gone_first + _share(key, "gone") * span
    else:
        doubled = cadence.retry_first * 2 ** min(max(sight.failures - 1, 0), 16)
        silent = silence(dossier, rules) if owes_updates(dossier.account, rules) else None
        near = silent is not None and any(
            silent.as_of < silent.since + limit <= now + DAY for limit in _limits(rules)
        )
        bounds = [cadence.retry_most]
        bounds += [cadence.outage_most] if sight.trouble is Trouble.UNREACHABLE else []
        bounds += [cadence.urgent] if near else []
        most = min(bounds)
        wait = min(doubled, most) * (0.85 + 0.15 * _share(key, "retry"))
    return max(wait, min(_asked(retry_after), cadence.retry_after_most))


def _regular(
    dossier: Dossier, now: datetime, rules: RuleSet, cal: WorkCalendar, cadence: Cadence
) -> timedelta:
    """After a reading that saw: the cadence, or just after the first mark before it; soon where
    it showed another face than before."""
    key = dossier.account.key
    if in_doubt(dossier):
        span = max(cadence.doubt_most - cadence.doubt_first, timedelta(0))
        return cadence.doubt_first + _share(key, "doubt") * span
    silent = silence(dossier, rules) if owes_updates(dossier.account, rules) else None
    wait = _interval(dossier, silent, now, rules, cadence) * (0.9 + 0.1 * _share(key, "base"))
    late = SETTLE + _share(key, "mark") * max(cadence.after_mark - SETTLE, timedelta(0))
    marks = _marks(dossier, silent, rules, cal) if silent else ()
    ahead = (mark + late - now for mark in marks if mark + late > now)
    return min(wait, min(ahead, default=wait))


def in_doubt(dossier: Dossier) -> bool:
    """Whether the last reading was the first to show a field of the face otherwise.

    Only the first: a source that does not show the field can neither confirm nor refute it, and
    must not be asked over and over.
    """
    face, last = dossier.face, dossier.sight.last_reading_at
    return face is not None and any(
        each.next is not None and each.next.looks == 1 and each.next.last == last
        for each in face.features.values()
    )


def _interval(
    dossier: Dossier, silent: Silence | None, now: datetime, rules: RuleSet, cadence: Cadence
) -> timedelta:
    if silent is not None and any(
        timedelta(0) < silent.since + limit - now <= DAY for limit in _limits(rules)
    ):
        return min(cadence.urgent, cadence.base)
    last = dossier.sight.last_post
    lively = last is not None and now - last.latest <= cadence.lively_for
    return cadence.lively if lively else cadence.base


def _limits(rules: RuleSet) -> tuple[timedelta, ...]:
    return (rules.near, rules.urgent, rules.overdue, rules.dormant, rules.zombie)


def _marks(
    dossier: Dossier, silent: Silence, rules: RuleSet, cal: WorkCalendar
) -> Iterator[datetime]:
    """Moments not yet covered just after which a reading proves most: limits and week marks."""
    for limit in _limits(rules):
        if silent.since + limit > silent.as_of:
            yield silent.since + limit
    week = week_of(cal, local(silent.as_of).date())
    if empty_since(silent, week.begins) and counts_for(dossier.account, week, rules):
        reminder = reminder_at(cal, week, rules)
        if reminder is not None and reminder > silent.as_of:
            yield reminder
        yield week.ends


def _share(key: str, what: str) -> float:
    """A number in [0, 1) that belongs to an account and a purpose."""
    digest = blake2b(f"{what}\n{key}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2.0**64
