"""Candidates: accounts that are in no register and might pass for one that is (办法 Art. 20).

Values only. A candidate is a suspicion from the moment it was found until a person said what it
is; what a search did not show is never "none found".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

from watcher.model import Account, Dossier, PageRef, Profile, Sight, Unit

SCOPE = "candidate:"  # of findings about a candidate, and of its lines in the audit log


class SearchStatus(StrEnum):
    """What may be said of one protected name on one platform."""

    SEARCHED = "searched"  # 已检索: the platform answered, and the answer was whole
    PARTIAL = "partial"  # 部分检索: it answered some queries, or cut its answers short
    NOT_SEARCHED = "not_searched"  # 未检索: it could not be asked, or did not let us see


class CandidateState(StrEnum):
    """How far a candidate has come."""

    NEW = "new"  # 待判
    REVIEW = "review"  # 待复核
    DISMISSED = "dismissed"  # 已排除: silent until what it shows changes
    OWN = "own"  # 本单位账号: its unit opened it, and it is in no register
    WATCHED = "watched"  # 继续观察
    CONFIRMED = "confirmed"  # 已确认
    TAKEN_DOWN = "taken_down"  # 已关停
    BACK = "back"  # 再次出现


STATE_WORDS: Mapping[CandidateState, str] = {
    CandidateState.NEW: "待判",
    CandidateState.REVIEW: "待复核",
    CandidateState.DISMISSED: "已排除",
    CandidateState.OWN: "本单位账号",
    CandidateState.WATCHED: "继续观察",
    CandidateState.CONFIRMED: "已确认",
    CandidateState.TAKEN_DOWN: "已关停",
    CandidateState.BACK: "再次出现",
}


class Tier(StrEnum):
    """What a judgement leads to; only ALERT tells anybody."""

    ALERT = "alert"  # 疑似假冒: a case opens, for the supervisor to confirm
    REVIEW = "review"  # 待复核: the queue, no letter
    MEDIA = "media"  # 媒体类: shown, never alerted …
    FAN = "fan"  # 粉丝、民间类
    COMMERCIAL = "commercial"  # 商业类
    OWN_UNIT = "own_unit"  # a unit's own account outside the register: a lead (FIL-01)
    REGISTERED = "registered"  # it is in the register
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the rules make of a candidate, with one Chinese sentence for each point they count.

    `score` is that of the name, 0 to 1; `points` adds up all signs. `level` is "" below ALERT.
    """

    match: str | None  # the protected name it is most like
    band: str  # same, alert, review, weak, none
    score: float
    points: int
    tier: Tier
    reasons: tuple[str, ...] = ()
    own_unit: str = ""  # key of the unit that seems to have opened it
    account: str = ""  # key of the registered account it is compared with
    level: str = ""  # of model.Level


@dataclass(frozen=True, slots=True)
class Found:
    """One account as a search or a probe showed it, and the bytes that say so."""

    platform: str  # account type of the register: weibo, wechat_subscription, douyin …
    handle: str  # the platform's own id
    url: str
    profile: Profile
    at: datetime
    pages: tuple[PageRef, ...] = ()
    query: str = ""
    collector: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An account that might be an impersonation: what it showed last, and what was decided."""

    id: int
    platform: str
    handle: str
    url: str
    profile: Profile
    first_seen: datetime
    last_seen: datetime
    query: str = ""  # the search that found it first
    collector: str = ""
    pages: tuple[PageRef, ...] = ()  # of the last look
    state: CandidateState = CandidateState.NEW
    judgement: Judgement | None = None
    judged_at: datetime | None = None  # None: what it shows has not been judged yet
    decided_by: str = ""
    decided_at: datetime | None = None
    reason: str = ""
    fingerprint: str = ""  # of what it showed when it was decided upon
    avatar_sha256: str = ""
    recheck_at: datetime | None = None  # the next look at one that was confirmed
    rechecks: int = 0  # of the terms after which it is looked at again, so many are over
    gone_since: datetime | None = None  # all answered looks since then said that it is not there


@dataclass(frozen=True, slots=True)
class CandidateEvent:
    """One line of a candidate's history; never changed."""

    at: datetime
    actor: str
    kind: str
    text: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Takedown:
    """关停函: a letter to a platform about a confirmed candidate, and what came of it."""

    candidate: int
    number: str  # 文号
    made_at: datetime
    author: str
    file_sha256: str = ""
    channel: str = ""  # the platform's complaint channel it went through
    sent_at: datetime | None = None
    receipt: str = ""  # 受理编号
    received_at: datetime | None = None
    result: str = ""
    result_at: datetime | None = None
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Suspect:
    """A candidate with the letters about it and the account it is held against."""

    candidate: Candidate
    letters: tuple[Takedown, ...] = ()
    victim: Account | None = None

    @property
    def scope(self) -> str:
        return f"{SCOPE}{self.candidate.id}"

    @property
    def dossier(self) -> Dossier:
        """What letters about it name, and whose supervisor they go to."""
        candidate = self.candidate
        judged = candidate.judgement
        unit = self.victim.unit if self.victim else Unit("", (judged and judged.match) or "")
        name = candidate.profile.name or candidate.handle
        account = Account(self.scope, candidate.platform, name, unit, url=candidate.url)
        return Dossier(account, Sight())


def altered_parts(mine: str, theirs: str) -> Iterator[tuple[str, bool]]:
    """A name in parts, and whether each stands otherwise in the real one."""
    for tag, start, end, _, _ in SequenceMatcher(None, mine, theirs, autojunk=False).get_opcodes():
        if start != end:
            yield mine[start:end], tag != "equal"
