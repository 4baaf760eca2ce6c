"""静默: no letters about some cases for a while, with an end. Pure.

A silence holds back what would be said; it closes nothing, judges nothing and loses nothing. What
is red it holds only where a person said so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from watcher.model import Account, Case, CaseState, Level
from watcher.rectifying import LATE

_LONGEST_NAME, _LONGEST_REASON = 60, 500  # characters
SCOPE_WORDS: Mapping[str, str] = {
    "number": "问题",
    "rule": "规则",
    "platform": "平台",
    "office": "主管机构",
    "account": "账号",
    "unit": "主办单位",
}


@dataclass(frozen=True, slots=True)
class Silence:
    """No letters until a moment: about one case, or about all that fit every part that is given.

    `rule` may end with `*`; `office` and `unit` are keys, `platform` an account type. `number` is
    that of the case. `concluded_at`: what it held was said. The names are those the register has
    today, of the account (or that of the case) and the unit; "" where there is none.
    """

    until: datetime
    reason: str
    author: str
    begins_at: datetime
    case_id: int | None = None
    number: str = ""
    rule: str = ""
    platform: str = ""
    office: str = ""
    account: str = ""
    unit: str = ""
    even_red: bool = False
    id: int | None = None
    ended_at: datetime | None = None
    ended_by: str = ""
    concluded_at: datetime | None = None
    account_name: str = field(default="", compare=False)
    unit_name: str = field(default="", compare=False)

    @property
    def snooze(self) -> bool:
        """Whether it is about one case."""
        return self.case_id is not None

    def lasts(self, now: datetime) -> bool:
        return self.ended_at is None and now < self.until


def covers(
    silence: Silence, case: Case, about: Account | None, name_of: Callable[[str], str]
) -> bool:
    """Whether a silence holds what would be said of a case; `about` is its account, or the unit
    or office it is about, as far as it is about one. `name_of` gives an office's name by its key.

    A snooze ends with its case: that it is over is said.
    """
    if case.finding.level is Level.RED and not silence.even_red:
        return False
    if silence.snooze:
        pressing = case.finding.rule == LATE and case.finding.subject == silence.number
        return case.state is CaseState.OPEN and (case.id == silence.case_id or pressing)
    return all(_fits(silence, case, about, name_of))


def _fits(
    silence: Silence, case: Case, about: Account | None, name_of: Callable[[str], str]
) -> Iterator[bool]:
    finding = case.finding
    if silence.rule:
        family = silence.rule.endswith("*") and finding.rule.startswith(silence.rule[:-1])
        yield family or finding.rule == silence.rule
    if silence.platform:
        whole = finding.account == "" and finding.subject == silence.platform  # SYS-03, SYS-04
        yield whole or (about is not None and about.platform == silence.platform)
    if silence.account:
        yield finding.account == silence.account
    if silence.unit:
        yield about is not None and about.unit.key == silence.unit
    if silence.office:
        spelt = about.unit.daily_supervisor if about is not None else ""
        yield spelt in (silence.office, name_of(silence.office))


def longest(
    silences: Iterable[Silence], case: Case, about: Account | None, name_of: Callable[[str], str]
) -> Silence | None:
    """Of the silences that hold a case, the one that lasts longest; None where none does."""
    found = (each for each in silences if covers(each, case, about, name_of))
    return max(found, key=lambda each: each.until, default=None)


def refusal(silence: Silence, most: timedelta) -> tuple[str, ...]:
    """Why such a silence cannot be; for people."""
    return tuple(_wrong(silence, most))


def _wrong(silence: Silence, most: timedelta) -> Iterator[str]:
    if not 0 < len(silence.author.strip()) <= _LONGEST_NAME:
        yield f"请用 --by 写明操作人（不超过 {_LONGEST_NAME} 个字）"
    if not 0 < len(silence.reason.strip()) <= _LONGEST_REASON:
        yield f"请用 --reason 写明理由（不超过 {_LONGEST_REASON} 个字）"
    if silence.until <= silence.begins_at:
        yield "静默的截止时间应晚于现在"
    elif silence.until - silence.begins_at > most:
        days = most / timedelta(days=1)
        yield f"静默最长 {days:g} 天（watcher.yaml 的 silences.most）；到期仍需要的，再设一次"
    if not silence.snooze and not scope_of(silence):
        yield "请写明静默什么：--rule、--platform、--office、--account、--unit 至少一项"


def scope_of(silence: Silence) -> tuple[tuple[str, str], ...]:
    """What a silence is about: pairs of a part and its value, as `SCOPE_WORDS` has the parts."""
    pairs = ((name, getattr(silence, name)) for name in SCOPE_WORDS)
    return tuple((name, value) for name, value in pairs if value)


def scope_text(silence: Silence, name_of: Callable[[str], str] = lambda key: "") -> str:
    """The same in one line, keys with their names, and whether red is held too.

    `name_of` gives an office's name by its key.
    """
    names = {
        "number": silence.account_name,
        "account": silence.account_name,
        "unit": silence.unit_name,
        "office": name_of(silence.office) if silence.office else "",
    }
    said = []
    for part, value in scope_of(silence):
        name = names.get(part, "")
        beside = f"（{name}）" if name and name != value else ""
        said.append(f"{SCOPE_WORDS[part]} {value}{beside}")
    return "，".join(said) + ("（含红色）" if silence.even_red else "")
