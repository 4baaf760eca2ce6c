"""What the configuration comes to: frozen values, and the mistakes that stand in its way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from alerts.policy import Policy
from alerts.routing import Offices
from watcher.calendar import WorkCalendar
from watcher.discovery import Searches
from watcher.due import Cadence
from watcher.fetch import FetchSettings
from watcher.mistakes import Mistake
from watcher.model import Pace, Role
from watcher.portraits import Portrait
from watcher.report_plan import Planned
from watcher.rules.ruleset import RuleSet
from watcher.rules.suspicion import Weights
from watcher.sight import Plan


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that is never shown: only `reveal` gives it out."""

    _value: str = field(repr=False)

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "***"

    def __str__(self) -> str:
        return "***"


class ConfigError(Exception):
    """The configuration cannot be used. `mistakes` holds every one of them."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))


@dataclass(frozen=True, slots=True)
class Listen:
    """Where the console and the metrics are served."""

    host: str = "127.0.0.1"
    port: int = 8710


@dataclass(frozen=True, slots=True)
class MetricsSettings:
    """/metrics/accounts: whether, for how many accounts at most, rendered how often."""

    accounts: bool = False
    cap: int = 2000
    render_every: timedelta = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Dispatch:
    """The metronome: how often what is due is looked for, and how long a claim holds."""

    tick: timedelta = timedelta(seconds=5)
    lease: timedelta = timedelta(minutes=10)
    batch: int = 200  # accounts judged or readings stored at a time


@dataclass(frozen=True, slots=True)
class DeadMan:
    """An address that is asked as long as all is well; its silence is the alarm."""

    url: Secret
    every: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class AlertmanagerSettings:
    """The token that opens our door to it, and where and how often it is asked in turn."""

    token: Secret
    url: str | None = None
    every: timedelta = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """The address under which offices reach the console, what signs links, how long they hold.

    `key` None: one is made in the state folder.
    """

    public_url: str
    key: Secret | None = None
    valid: timedelta = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class EvidenceSettings:
    """Packages of evidence: bytes of all of them, and who stamps the time (RFC 3161).

    `stamp_roots` holds the certificates (PEM) that its stamps must lead to.
    """

    most: int = 20 << 30
    stamp_url: str | None = None
    stamp_roots: bytes = b""


@dataclass(frozen=True, slots=True)
class PlatformDesk:
    """The company behind a platform, and how it takes complaints about impersonation."""

    company: str
    channel: str


@dataclass(frozen=True, slots=True)
class TakedownSettings:
    """Letters to platforms (关停函): the Word template, and what every letter says alike."""

    template: Path = Path("templates/takedown.docx")
    law: str = "《三亚市政务新媒体管理办法》第二十条"
    city: str = "三亚市"
    contact: str = ""
    phone: str = ""
    copies: tuple[str, ...] = ()  # 抄送, beside the sponsoring unit
    platforms: Mapping[str, PlatformDesk] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Impersonation:
    """impersonation.yaml; without the file nothing is searched."""

    searches: Searches = Searches()
    weights: Weights = Weights()
    emblems: tuple[Portrait, ...] = ()  # pictures that name nobody
    takedown: TakedownSettings = TakedownSettings()


@dataclass(frozen=True, slots=True)
class Settings:
    """All of the configuration, checked; every path is absolute and every secret resolved."""

    folder: Path  # of watcher.yaml
    state: Path  # what the program writes
    database: Secret  # SQLAlchemy URL; may hold a password
    listen: Listen
    fetch: FetchSettings = field(repr=False)  # a proxy address may hold a password
    pace: Mapping[str, Pace]  # by platform, for every platform that has a collector
    cadence: Cadence
    rules: RuleSet
    policy: Policy
    offices: Offices
    calendar: WorkCalendar
    recent: timedelta  # a reading older than this opens no case
    metrics: MetricsSettings
    dispatch: Dispatch
    retention: timedelta  # for the log of single readings
    dead_man: DeadMan | None
    platforms: Mapping[str, Plan] = field(default_factory=dict)  # by lane
    evidence: EvidenceSettings = EvidenceSettings()
    impersonation: Impersonation = Impersonation()
    alertmanager: AlertmanagerSettings | None = None  # None: its door is shut
    links: LinkSettings | None = None  # None: no letter has a link
    reports: tuple[Planned, ...] = ()  # made again and again
    longest_silence: timedelta = timedelta(days=30)
    alive_roles: tuple[Role, ...] = (Role.OPERATOR,)  # who hears each working day that we live
