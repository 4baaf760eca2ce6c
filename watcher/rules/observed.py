"""What was seen of an account, against what paper says of it (domain.md §6.2). Pure.

A state stands as of the reading that proves it. Where nothing was read since, it stands as of that
older reading: that keeps an open case and opens none. So blindness neither opens nor closes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from watcher.model import (
    PASTED,
    PUSHED,
    Absence,
    Account,
    Coverage,
    Dossier,
    FiledState,
    Look,
    Sight,
    Trouble,
)
from watcher.rules.app import ASKED_BY
from watcher.rules.closing import ended_on, notice_of, posts_since
from watcher.rules.evidence import page_facts, silence
from watcher.rules.matrix import Observed
from watcher.rules.ruleset import RuleSet

DAY = timedelta(days=1)
_SEEN = (Coverage.COMPLETE.value, Coverage.PARTIAL.value)


@dataclass(frozen=True, slots=True)
class Observation:
    """The states of an account (a new name goes beside another), each as of its proof."""

    proved: Mapping[Observed, datetime]

    @property
    def states(self) -> frozenset[Observed]:
        return frozenset(self.proved) or frozenset({Observed.BLIND})

    def at(self, now: datetime, rules: RuleSet) -> frozenset[Observed]:
        """What may be said at a moment: a state whose proof is too old is none any more."""
        fresh = frozenset(s for s, as_of in self.proved.items() if now - as_of < rules.blind)
        return fresh or frozenset({Observed.BLIND})


def observe(dossier: Dossier, rules: RuleSet) -> Observation:
    """What the readings prove, whenever that was."""
    for state, absence in absences(dossier, rules).items():
        return Observation({state: absence.until})
    return last_seen(dossier, rules)


def last_seen(dossier: Dossier, rules: RuleSet) -> Observation:
    """What it did when it was last seen there, whatever was found since."""
    as_of = visible_as_of(dossier.sight)
    if as_of is None:
        return Observation({})
    found = dict((_activity(dossier, rules, as_of),))
    if renamed(dossier) or taken_by_another(dossier, returned(dossier, rules) is not None):
        found[Observed.RENAMED] = as_of
    return Observation(found)


# -- gone and banned -----------------------------------------------------------------------------


def gone(sight: Sight) -> Absence | None:
    """The absence that runs, proved or not."""
    since, last = sight.absent_since, sight.absent_last
    if since is None or last is None:
        return None
    return Absence(since, last, sight.absent_looks, sight.absent_by)


def absences(dossier: Dossier, rules: RuleSet) -> Mapping[Observed, Absence]:
    """The absences that are proved: gone before banned."""
    sight = dossier.sight
    if sight.absent_since is None and sight.banned is None:
        return {}
    runs = ((Observed.GONE, gone(sight)), (Observed.BANNED, sight.banned))
    return {s: run for s, run in runs if run is not None and proved(run, dossier.account, rules)}


def proved(absence: Absence, account: Account, rules: RuleSet) -> bool:
    """Three looks over a day, by two methods where the account has two (domain.md §6.2)."""
    methods = {s.collector for s in account.sources} - {ASKED_BY}
    return (
        absence.looks >= rules.gone_looks
        and absence.until - absence.since >= rules.gone
        and len(absence.by) >= min(2, len(methods))
    )


def absence_facts(absence: Absence, dossier: Dossier, rules: RuleSet) -> dict[str, Any]:
    """How an absence is proved: looks, methods, and the pages of the last look."""
    sight = dossier.sight
    return {
        "window": [absence.since.isoformat(), absence.until.isoformat()],
        "absent_since": absence.since.isoformat(),
        "absent_until": absence.until.isoformat(),
        "absent_looks": absence.looks,
        "absent_hours": rules.gone / timedelta(hours=1),
        "methods": dict(absence.by),
        "detail": sight.trouble_detail if sight.trouble in (Trouble.GONE, Trouble.BANNED) else "",
        "pages": [page_facts(page) for page in sight.absent_pages],
        "last_success_at": sight.last_success_at.isoformat() if sight.last_success_at else None,
    }


# -- there ---------------------------------------------------------------------------------------


def visible_as_of(sight: Sight) -> datetime | None:
    """The last reading that saw the account there; None where it never was seen.

    A pasted article outlives its account, so it says nothing here. Where another way in says that
    the account is gone, nothing new is known.
    """
    seen, failing = sight.last_success_at, sight.trouble_since
    if seen is None:
        return None
    if sight.trouble not in (Trouble.GONE, Trouble.BANNED):
        looks = [look.at for look in sight.looks if look.at is not None and _there(look)]
        if looks:
            return max(looks)
    return seen if failing is None else min(seen, failing)


def _there(look: Look) -> bool:
    asked = not look.source.startswith(PASTED) and look.source not in (PUSHED, ASKED_BY)
    return asked and look.result in _SEEN


def _activity(dossier: Dossier, rules: RuleSet, as_of: datetime) -> tuple[Observed, datetime]:
    """Whether it posts: after the day on which paper ended it, else within the last ten days."""
    ended = dossier.account.filed_state in (FiledState.SUSPENDED, FiledState.DEREGISTERED)
    day = ended_on(dossier) if ended else None
    silent, notice = silence(dossier, rules), notice_of(dossier, rules)
    if returned(dossier, rules) is not None:
        return Observed.POSTING, as_of
    if day is not None and (late := posts_since(dossier, day, rules)):
        return Observed.POSTING, max(late[0].first_seen, _known_to(dossier.sight, as_of))
    if notice is not None and silent is not None:
        return Observed.NOTICE_POSTED, silent.as_of
    last = dossier.sight.last_post
    if day is None and last is not None and as_of - last.latest < rules.near:
        return Observed.POSTING, as_of
    if silent is not None and (day is not None or silent.age >= rules.near):
        return Observed.SILENT, silent.as_of
    return Observed.PRESENT, as_of


def _known_to(sight: Sight, as_of: datetime) -> datetime:
    return min(as_of, sight.covered_to) if sight.covered_to else as_of


def returned(dossier: Dossier, rules: RuleSet) -> Absence | None:
    """The proved absence of a deregistered account that is there again."""
    before = dossier.sight.absent_before
    if dossier.account.filed_state is not FiledState.DEREGISTERED or before is None:
        return None
    return before if proved(before, dossier.account, rules) else None


def renamed(dossier: Dossier) -> bool:
    """Whether it shows another name than the accepted one, else the filed one."""
    face, paper = dossier.profile, dossier.paper
    if face is None or not face.name:
        return False
    accepted = paper.accepted.get("name") if paper else None
    return _plain(face.name) != _plain(str(accepted or dossier.account.name))


def taken_by_another(dossier: Dossier, came_back: bool) -> bool:
    """Whether a deregistered account's page shows somebody else: another id of the same form, or,
    of one that came back, another subject.

    Ids of different forms (a number, a gh_…) cannot be compared, and then nothing is said.
    """
    account, face = dossier.account, dossier.profile
    if account.filed_state is not FiledState.DEREGISTERED or face is None:
        return False
    mine, theirs = account.platform_id.strip(), face.handle.strip()
    if same_form(mine, theirs):
        return mine != theirs
    subject, shown = account.filed_subject.strip(), (face.verified_as or "").strip()
    return came_back and bool(face.verified and subject and shown) and subject not in shown


def same_form(mine: str, theirs: str) -> bool:
    """Whether two ids can be compared at all."""
    return bool(_form(mine)) and _form(mine) == _form(theirs)


def _form(ident: str) -> str:
    if ident.isdigit():
        return "number"
    return "gh" if ident.startswith("gh_") else ""


@lru_cache(maxsize=8192)
def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
