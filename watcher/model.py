"""The values that flow through the watcher, and nothing that does anything.

Every datetime is aware and in UTC; people see it in Asia/Shanghai. Text from pages is hostile
until it is written somewhere: whoever writes it escapes it for that place.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from alerts.steps import Step
    from watcher.faces import Face
    from watcher.filings import Paper

# -- the register: what paper says ---------------------------------------------------------


class UnitKind(StrEnum):
    """Kinds of sponsoring unit (办法 Art. 2, 8, 29)."""

    CITY_GOVERNMENT = "city_government"
    DISTRICT_GOVERNMENT = "district_government"
    DISTRICT_DEPARTMENT = "district_department"
    MANAGEMENT_COMMITTEE = "management_committee"
    CITY_DEPARTMENT = "city_department"
    VERTICAL_DEPARTMENT = "vertical_department"
    STATUTORY_BODY = "statutory_body"
    SOE = "soe"
    PUBLIC_INSTITUTION = "public_institution"
    INTERNAL_ORGAN = "internal_organ"
    OTHER = "other"


class FiledState(StrEnum):
    """The state of an account on paper (domain.md §6.2)."""

    ACTIVE = "active"  # 正常
    SUSPENDED = "suspended"  # 关停
    NOTICE_PERIOD = "notice_period"  # 公告期
    DEREGISTERED = "deregistered"  # 注销


@dataclass(frozen=True, slots=True)
class Person:
    """A person named on the filing form."""

    name: str = ""
    post: str = ""  # 职务
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Unit:
    """A sponsoring unit (主办单位) and the offices above it; offices are keys of offices.yaml."""

    key: str
    name: str
    kind: UnitKind = UnitKind.OTHER
    daily_supervisor: str = ""  # 日常主管单位
    approval_authority: str = ""  # 审批机关
    first_reviewer: str = ""  # 初审机关


@dataclass(frozen=True, slots=True)
class Source:
    """One way to read one account: a collector, the handle it wants, its settings.

    `account_name` is put in place for a reading only: the filed name, for pages that show no id.
    """

    collector: str
    handle: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    account_name: str = ""


@dataclass(frozen=True, slots=True)
class Exemption:
    """An allowed exception (原则上之例外): for which rules, why, by whom, to the last day."""

    rules: tuple[str, ...]
    reason: str
    approver: str
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """An official account we promise to watch: the filing form's fields (domain.md §1.4)."""

    key: str
    platform: str  # account type of the form: weibo, wechat_subscription, douyin, …
    name: str  # 账号名称
    unit: Unit
    sources: tuple[Source, ...] = ()
    url: str = ""  # 访问链接
    platform_id: str = ""
    filed_state: FiledState = FiledState.ACTIVE
    opened_on: date | None = None  # 创建/注册日期
    approved_on: date | None = None
    filed_on: date | None = None
    filed_subject: str = ""  # 账号主体
    verified: bool | None = None  # 是否通过认证
    followers: int | None = None
    lead: Person = Person()
    contact: Person = Person()
    section: str = ""  # 负责科室
    email: str = ""
    reason: str = ""  # 开设、变更、关停、整合理由
    approval: str = ""  # 审批文号
    exemptions: tuple[Exemption, ...] = ()
    note: str = ""
    enabled: bool = True


# -- asking and answering ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Request:
    """What a collector would like to read; how is the fetcher's business."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] | None = None  # sent as application/x-www-form-urlencoded
    json: Any = None  # sent as application/json
    session: str | None = None  # name of the session whose cookies and parameters go along
    renew: bool = False  # that session was refused: make a new one first
    render: bool = False  # needs a browser: `url` is opened …
    capture: tuple[str, ...] = ()  # … and these paths of its own XHR are what we want
    mobile: bool = False  # a phone's viewport and user agent
    conditional: bool = False  # send the validators kept from last time
    redirects: bool = True  # follow them, inside the collector's hosts
    secret: bool = False  # URL or body carries a credential: never log, never record


@dataclass(frozen=True, slots=True)
class Page:
    """What came back, and when: `at` is the only clock a collector has.

    `url` is the final address after redirects. For a rendered request `captured` holds the XHR
    answers in order of arrival; `body` is then the page's own HTML. `not_modified` means the
    server said 304: nothing is new since last time, and `body` is empty.
    """

    url: str
    status: int
    body: bytes
    at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)  # lower-case names
    captured: tuple[Page, ...] = ()
    not_modified: bool = False

    @property
    def text(self) -> str:
        """The body as text: the header's charset, else UTF-8 with replacement."""
        _, _, tail = self.headers.get("content-type", "").lower().partition("charset=")
        charset = tail.split(";")[0].strip(" \"'") or "utf-8"
        try:
            return self.body.decode("gb18030" if charset in ("gb2312", "gbk") else charset)
        except (LookupError, UnicodeDecodeError):
            return self.body.decode("utf-8", "replace")

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.body).hexdigest()

    def json(self) -> Any:
        """The body as JSON. Raises ValueError where it is none."""
        return json.loads(self.body)


Fetch: TypeAlias = Callable[[Request], Awaitable[Page]]


@dataclass(frozen=True, slots=True)
class Session:
    """What a handshake earned: cookies and query parameters for later requests."""

    cookies: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)  # e.g. access_token; never logged
    lifetime: float = 1200.0  # seconds


Handshake: TypeAlias = Callable[["Source", Fetch], Awaitable[Session]]


# -- what a page says ----------------------------------------------------------------------


class Coverage(StrEnum):
    COMPLETE = "complete"  # sees every public post down to `Sighting.reaches`
    PARTIAL = "partial"  # proves "posted at T", never "nothing since T"


@dataclass(frozen=True, slots=True)
class Profile:
    """The face of an account. None means: this source does not show it."""

    handle: str
    name: str
    bio: str | None = None
    avatar: str | None = None  # the stable part: path or file name, never a signed URL
    verified: bool | None = None
    verified_type: str | None = None
    verified_as: str | None = None  # 认证主体 or 认证说明
    followers: int | None = None
    post_count: int | None = None
    # What only some platforms show, as text: version, package, developer, ipv6 …
    traits: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """One thing the account published. A day-only time means: some moment of that Beijing day."""

    id: str
    at: datetime
    title: str = ""
    url: str | None = None
    repost: bool = False  # a forward counts as an update and is marked
    pinned: bool = False
    edited_at: datetime | None = None
    day_only: bool = False

    @property
    def latest(self) -> datetime:
        """The latest moment at which it can have been published."""
        return self.at + timedelta(days=1, seconds=-1) if self.day_only else self.at


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a collector read: no clock, no identity, no judgement.

    `reaches`: the list is complete from here on; None means down to the account's first post.
    `until`: complete up to this moment; None means the moment of reading.
    Both mean something only with COMPLETE coverage.
    """

    profile: Profile | None
    posts: tuple[Post, ...] = ()
    coverage: Coverage = Coverage.COMPLETE
    reaches: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Hits:
    """What one query on one platform showed: the accounts of the first page, best first.

    `Profile.handle` is the platform's id; `traits` may hold url, avatar_url, emails, links, created
    … and whatever else a result shows. Not `complete`: something came, and more was held back.
    """

    profiles: tuple[Profile, ...] = ()
    complete: bool = True
    detail: str = ""


class Trouble(StrEnum):
    UNREACHABLE = "unreachable"  # network, timeout, 5xx: try again
    BLOCKED = "blocked"  # captcha, login wall, 429, empty answer: back off
    UNREADABLE = "unreadable"  # a page we do not understand: our bug
    GONE = "gone"  # the platform says: no such account
    BANNED = "banned"  # the platform says: closed by the platform


class CollectError(Exception):
    """A reading that did not see. `retry_after` in seconds where the platform named one.

    `post_gone`: the platform says that this post was deleted, or never was; it says nothing of
    the account.
    """

    def __init__(
        self,
        trouble: Trouble,
        detail: str,
        retry_after: float | None = None,
        post_gone: bool = False,
    ) -> None:
        super().__init__(f"{trouble}: {detail}")
        self.trouble, self.detail, self.retry_after = trouble, detail, retry_after
        self.post_gone = post_gone


@dataclass(frozen=True, slots=True)
class Pace:
    """How politely a platform is read: seconds between accounts, and accounts at a time."""

    gap: float = 6.0
    concurrency: int = 1


@dataclass(frozen=True, slots=True)
class PageRef:
    """Proof of one page: what was asked, what came, and the hash of the bytes."""

    url: str
    status: int
    sha256: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Look:
    """What one source of an account came to in a reading.

    `result` is a Coverage, a Trouble, or "" for a source that was not asked since a better one saw.
    """

    source: str
    result: str = ""
    detail: str = ""
    posts: int = 0
    newest: datetime | None = None
    at: datetime | None = None


# Sources that nobody asks: what they say comes when a person or a platform says it.
ATTEST = "attest"  # 人工核验
PUSHED = "wechat_push"  # an event that WeChat sent us
PASTED = "pasted:"  # … and the collector that read the pasted link


@dataclass(frozen=True, slots=True)
class Attestation:
    """人工核验: what a person saw of an account, and the file that proves it.

    `at` is when it was seen. After `valid_until` it claims nothing any more.
    """

    account: str  # key
    at: datetime
    valid_until: datetime
    author: str
    evidence: str  # SHA-256 of the file
    evidence_name: str
    evidence_size: int  # bytes
    last_post: Post | None = None  # None: no post is to be seen at all
    name: str = ""  # 账号名称 as it was shown
    note: str = ""
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A sighting at a moment, by a source, with its proof.

    `trouble` is that of a better source which failed first, when only a partial one saw.
    """

    account: str
    at: datetime
    sighting: Sighting
    source: str
    pages: tuple[PageRef, ...] = ()
    trouble: Trouble | None = None
    detail: str = ""
    looks: tuple[Look, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """A reading that did not see."""

    account: str
    at: datetime
    trouble: Trouble
    detail: str
    source: str = ""
    pages: tuple[PageRef, ...] = ()
    retry_after: float | None = None
    looks: tuple[Look, ...] = ()


Outcome: TypeAlias = Snapshot | Failure


# -- what a rule may look at ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Absence:
    """Looks that were all answered, and by the same "it is not there": from when to when.

    `by` says how many of the looks each source answered so.
    """

    since: datetime
    until: datetime  # the last such look
    looks: int
    by: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredPost:
    """A post as the store hands it out: the personal numbers in its title are covered."""

    post: Post
    first_seen: datetime
    backdatable: bool = False  # readings were good for two days before it was first seen
    source: str = ""  # which source saw it last
    ids: int = 0  # 身份证号 in its title …
    mobiles: int = 0  # … and 手机号
    missing_since: datetime | None = None  # a list that covers its time does not show it
    removed_at: datetime | None = None  # … and its own page said twice that it is gone
    follows: str = ""  # id of the post that was taken down, of which this is another version


@dataclass(frozen=True, slots=True)
class Sight:
    """What we know of one account's posts, and since when.

    [covered_from, covered_to] is the stretch in which every post that stayed public is known;
    covered_from None with covered_to set means: from the account's beginning.
    """

    covered_from: datetime | None = None
    covered_to: datetime | None = None
    watched_since: datetime | None = None
    last_reading_at: datetime | None = None
    last_success_at: datetime | None = None
    trouble: Trouble | None = None  # None: the last reading saw
    trouble_detail: str = ""
    trouble_since: datetime | None = None
    failures: int = 0  # failed readings in a row
    source: str = ""  # which source saw last
    pages: tuple[PageRef, ...] = ()  # the proof of the last complete reading
    last_post: Post | None = None  # max(latest) over all posts ever seen
    looks: tuple[Look, ...] = ()  # the last reading, source by source
    absent_since: datetime | None = None  # GONE in every look that was answered, since then
    absent_looks: int = 0  # … and so many of them
    absent_by: Mapping[str, int] = field(default_factory=dict)  # … by source
    absent_last: datetime | None = None  # … the last of them
    banned: Absence | None = None  # the same of BANNED
    absent_pages: tuple[PageRef, ...] = ()  # what was shown instead, at the last such look
    absent_before: Absence | None = None  # a deregistered account was gone before it was seen again
    attested_until: datetime | None = None  # a person vouches for what we know until then
    listed: int | None = None  # posts in the last complete list …
    listed_usual: int | None = None  # … and in those before it, at their best

    @property
    def attested_by(self) -> str:
        """Who says what the last complete reading says; "" where a machine read it."""
        first = self.pages[0].url if self.pages else ""
        return first.partition("/")[2] if first.startswith(f"{ATTEST}:") else ""


@dataclass(frozen=True, slots=True)
class Dossier:
    """一账号一档: all that a rule may look at. `posts` are newest first."""

    account: Account
    sight: Sight
    posts: tuple[StoredPost, ...] = ()
    profile: Profile | None = None
    profile_since: datetime | None = None  # since when it has shown nothing else
    paper: Paper | None = None  # filings and the accepted face; None: there are none
    face: Face | None = None  # what it shows field by field, and how often; None: never seen


class Level(StrEnum):
    """蓝 remind, 黄 warn, 橙 alarm, 红 supervise; OPERATOR is for our own operators."""

    BLUE = "blue"
    YELLOW = "yellow"
    ORANGE = "orange"
    RED = "red"
    OPERATOR = "operator"


class Role(StrEnum):
    """Who hears it (domain.md §6.3)."""

    CONTACT = "C"
    LEAD = "L"
    SUPERVISOR = "S"
    CITY = "A"
    CYBERSPACE = "N"
    POLICE = "P"
    OPERATOR = "O"


Facts: TypeAlias = Mapping[str, Any]  # JSON values; moments as ISO 8601 in UTC


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong, with the facts it rests on. `as_of` is the reading that proves it."""

    rule: str
    account: str  # key, or "" for the watch itself
    subject: str
    level: Level
    article: str
    as_of: datetime
    facts: Facts = field(default_factory=dict)
    # False: nothing new; an open case stands on it, none is opened. No part of what is found.
    opens: bool = field(default=True, compare=False)

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.account, self.rule, self.subject)


class CaseState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Case:
    """问题: the life of a finding, kept between readings."""

    finding: Finding
    opened_at: datetime
    id: int | None = None
    state: CaseState = CaseState.OPEN
    told_at: datetime | None = None  # last notice decided
    told_level: Level | None = None  # the level last told
    acknowledged_by: str = ""
    closed_at: datetime | None = None
    closing: str = ""  # why it closed, with the fact that closed it
    due_on: date | None = None  # 整改期限: the last day, in Beijing
    due_from: date | None = None  # the day it counts from, while its end is provisional
    feedback_at: datetime | None = None  # the unit told how it mended this (反馈)
    dismissed: bool = False  # 不予认定: a person found that it was none
    stepped: tuple[str, ...] = ()  # the steps up (逐级报告) that were said; see alerts/steps.py


class Why(StrEnum):
    FIRST = "first"
    REMINDER = "reminder"
    ESCALATION = "escalation"
    RESOLVED = "resolved"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to say about one case, before it is known to whom and in what words."""

    case: Case
    why: Why
    roles: tuple[Role, ...]
    digest_roles: tuple[Role, ...] = ()  # these hear it in the next daily digest
    step: Step | None = None  # a step up (逐级报告): those of the step alone hear it


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to one target, as the outbox keeps it. Text is plain; channels escape it."""

    key: str  # idempotency key, printed in the message
    target: str  # name of a target in offices.yaml
    why: Why
    level: Level
    title: str
    body: str
    short: str
    not_before: datetime
    merge: str = ""  # letters due with the same target and merge key become one message
    case_id: int | None = None
    id: int | None = None
    attempts: int = 0
    possibly_sent: bool = False  # a crash fell between sending and noting it
    # How long after the first of its kind it waits for more; decides `due_at`, and is not kept.
    patience: timedelta = field(default=timedelta(), compare=False)
