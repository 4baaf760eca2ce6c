"""Candidates judged, and the cases that follow (办法 Art. 20): in a round, and at a person's desk.

What a person decided holds until the candidate shows something else. Nothing here ends a case
because something could not be seen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256

from watcher import store
from watcher.candidates import (
    Candidate,
    CandidateEvent,
    CandidateState,
    Judgement,
    Suspect,
    Tier,
)
from watcher.casting import Casting, grounds_at, mark_of, portrait_at
from watcher.deciding import Book, conclude, keep_beside
from watcher.filings import Lead
from watcher.model import Case, CaseState
from watcher.rules.impersonation import judge_candidate, silent
from watcher.rules.suspicion import Grounds
from watcher.rules.takedown import judge_suspect, suspected
from watcher.store import Connection
from watcher.store.candidates import (
    add_candidate_event,
    by_numbers,
    decide,
    is_back,
    judge_again,
    keep_judgement,
    load_candidates,
    set_recheck,
    unjudged,
    with_open_cases,
)
from watcher.store.filed import load_leads, save_lead
from watcher.store.takedowns import suspects
from watcher.watch import Watch

BATCH = 100  # candidates judged at a time
LAGGING = timedelta(days=1)  # search pages may still list an account that was closed
SETTLING = timedelta(minutes=10)  # time alone turns the terms of letters, which count hours
AUTOMATIC = "自动判定"
_DECIDED = (CandidateState.DISMISSED, CandidateState.OWN, CandidateState.WATCHED)
_STANDING = (CandidateState.CONFIRMED, CandidateState.BACK, CandidateState.TAKEN_DOWN)
ENDINGS: Mapping[CandidateState, str] = {
    CandidateState.DISMISSED: "经人工核实，不属假冒",
    CandidateState.OWN: "经核实为本单位账号，转未备案线索",
    CandidateState.WATCHED: "转为继续观察",
    CandidateState.TAKEN_DOWN: "平台已关停",
    CandidateState.BACK: "该账号再次出现",
    CandidateState.NEW: "重新判定后未达告警条件",
    CandidateState.REVIEW: "重新判定后未达告警条件，转人工复核",
    CandidateState.CONFIRMED: "平台已回应",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was made of one candidate: the judgement, and whether a decision still holds."""

    candidate: Candidate
    judgement: Judgement
    silent: bool


# -- judging -----------------------------------------------------------------------------------


def verdicts(
    c: Connection, casting: Casting, now: datetime, found: Iterable[Candidate] | None = None
) -> tuple[Verdict, ...]:
    """What is to be made of these, or of those that are due; reads only."""
    wanted = unjudged(c, BATCH) if found is None else tuple(found)
    if not wanted:
        return ()
    grounds = grounds_at(c, casting)
    return tuple(_verdict(each, grounds, casting, now) for each in wanted)


def _verdict(candidate: Candidate, grounds: Grounds, casting: Casting, now: datetime) -> Verdict:
    portrait = portrait_at(casting, candidate.avatar_sha256)
    made = judge_candidate(candidate, grounds, casting.weights, portrait, now)
    return Verdict(candidate, made, silent(candidate, grounds, portrait))


def keep_verdicts(
    c: Connection, made: Iterable[Verdict], casting: Casting, book: Book, now: datetime
) -> None:
    """Write what was made of candidates, and all that follows from it."""
    for verdict in made:
        _keep(c, verdict, casting, now)
    settle_suspects(c, book, now)


def _keep(c: Connection, verdict: Verdict, casting: Casting, now: datetime) -> None:
    candidate, made = verdict.candidate, verdict.judgement
    state = _state_after(verdict)
    keep_judgement(c, candidate.id, made, state, now)
    if candidate.state in _DECIDED and state is CandidateState.REVIEW:
        said = f"{candidate.profile.name}：所示名称、主体、头像或简介已变，重新列入复核"
        add_candidate_event(c, candidate.id, CandidateEvent(now, AUTOMATIC, "reopened", said))
    if made.tier is Tier.OWN_UNIT and candidate.state in (
        CandidateState.NEW,
        CandidateState.REVIEW,
    ):
        file_lead(c, candidate, made.own_unit, AUTOMATIC, now)
        why = made.reasons[-1] if made.reasons else ""

        mark = mark_of(candidate, casting)
        decide(c, candidate.id, CandidateState.OWN, AUTOMATIC, why, mark, now)


def _state_after(verdict: Verdict) -> CandidateState:
    """Where a judgement takes a candidate. What a person decided is not undone by rules."""
    state, tier = verdict.candidate.state, verdict.judgement.tier
    if state in _STANDING or verdict.silent:
        return state
    if tier in (Tier.ALERT, Tier.REVIEW):
        return CandidateState.REVIEW
    return state if state in _DECIDED else CandidateState.NEW


def file_lead(c: Connection, candidate: Candidate, unit: str, by: str, now: datetime) -> Lead:
    """A lead (FIL-01) about a unit's own account; one that is known already stays as it is."""
    same = (candidate.platform, candidate.handle)
    known = (each for each in load_leads(c) if (each.platform, each.handle) == same)
    profile = candidate.profile
    return next(known, None) or save_lead(
        c,
        Lead(
            candidate.platform,
            candidate.handle,
            profile.name,
            now,
            subject=profile.verified_as or "",
            url=candidate.url,
            unit=unit,
            note=f"假冒候选{candidate.id}",
            author=by,
            followers=profile.followers,
        ),
        by,
        now,
    )


# -- cases -------------------------------------------------------------------------------------


def settle_suspects(c: Connection, book: Book, now: datetime) -> None:
    """Open, keep and close the cases about candidates."""
    listed = load_candidates(
        c, (CandidateState.REVIEW, CandidateState.CONFIRMED, CandidateState.BACK)
    )
    live = {each.id: each for each in listed if each.state is not CandidateState.REVIEW}
    live |= {each.id: each for each in listed if suspected(each)}
    rest = with_open_cases(c) - live.keys()
    every = (*live.values(), *by_numbers(c, rest))
    found = {
        each.scope: (each, tuple(judge_suspect(each, now, book.rules, book.calendar)))
        for each in suspects(c, every)
    }
    held = store.open_cases(c, list(found))
    for scope, (suspect, findings) in found.items():
        kept = {finding.key for finding in findings}
        for case in held[scope]:
            if case.finding.key not in kept:
                _end(c, case, suspect, book, now)
    keep_beside(c, {key: (s.dossier, f) for key, (s, f) in found.items()}, book, now)


def _end(c: Connection, case: Case, suspect: Suspect, book: Book, now: datetime) -> None:
    """Close a case for what became of its candidate, and say so to those who heard of it."""
    why = ENDINGS[suspect.candidate.state]
    ended = replace(case, state=CaseState.CLOSED, closed_at=now, closing=why)
    store.save_cases(c, [ended])
    if case.told_at is not None:
        conclude(c, ended, book, now, suspect.dossier)


def returned(c: Connection, candidate: Candidate, by: str, why: str, now: datetime) -> None:
    """Note that a closed account is there again: IMP-03."""
    decide(c, candidate.id, CandidateState.BACK, by, why, candidate.fingerprint, now, now)


def closed_down(
    c: Connection, candidate: Candidate, by: str, why: str, mark: str, now: datetime
) -> None:
    """Note that the platform closed it; it is looked for again, first tomorrow."""
    decide(c, candidate.id, CandidateState.TAKEN_DOWN, by, why, mark, now)
    set_recheck(c, candidate.id, now + timedelta(days=1), 1, None)


def _back(c: Connection, now: datetime) -> None:
    """Closed accounts that searches showed again, longer after than their lists lag behind."""
    for each in is_back(c, LAGGING):
        returned(c, each, AUTOMATIC, f"检索又见到该账号（{each.collector}）", now)


# -- the round ---------------------------------------------------------------------------------


async def judge_candidates(watch: Watch, casting: Casting) -> int:
    """Judge what is new or changed, all of it where the register did, and what time turns."""
    now = watch.now()
    back, register = await asyncio.to_thread(_looked_up, watch)
    if back:
        await watch.writer.submit(lambda c: _back(c, now))
    if register != casting.judged_by:
        await watch.writer.submit(judge_again)
        casting.judged_by = register
    judged = 0
    while made := await asyncio.to_thread(_due, watch, casting, now):
        await watch.writer.submit(partial(_write, made, casting, watch.book, now))
        judged += len(made)
    if judged or back or casting.settled_at is None or now - casting.settled_at >= SETTLING:
        await watch.writer.submit(lambda c: settle_suspects(c, watch.book, now))
        casting.settled_at = now
    return judged


def _looked_up(watch: Watch) -> tuple[bool, str]:
    """Whether a closed account is there again, and the mark of the register."""
    with watch.db.read() as c:
        back = bool(is_back(c, LAGGING))
    return back, _register(watch)


def _write(
    made: tuple[Verdict, ...], casting: Casting, book: Book, now: datetime, c: Connection
) -> None:
    keep_verdicts(c, made, casting, book, now)


def _due(watch: Watch, casting: Casting, now: datetime) -> tuple[Verdict, ...]:
    with watch.db.read() as c:
        return verdicts(c, casting, now)


def _register(watch: Watch) -> str:
    """A mark of what the register says of its accounts; another one, and all are judged anew."""
    register = sha256()
    with watch.db.read() as c:
        accounts = store.load_accounts(c)
    for account in accounts:
        said = (account.key, account.name, account.platform_id, account.url, account.filed_subject)
        register.update("\x1f".join((*said, account.unit.name)).encode())
    return register.hexdigest()
