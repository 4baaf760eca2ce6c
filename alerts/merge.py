"""Several letters to one target as one message. Pure.

The outbox keeps text, not findings; what a merged message needs beside the letters' own text is
read back from sentences that alerts.message wrote, which is why it lies next to it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256

from alerts.escape import ELLIPSIS
from alerts.hours import RANK, beijing
from alerts.links import Invitation
from alerts.message import SMS
from alerts.routing import DIGEST, UNITS
from alerts.words import LEVELS, day_text, platform_name
from watcher.model import Letter, Level, Why

FULL_TEXTS = 5  # up to so many letters keep their whole text; more become a list
LISTED = 200  # and a list ends somewhere,
NAMED = (LISTED, 100, 50, 30, 20, 15, 10, 5)  # sooner where it would be more than one post
POSSIBLY_SENT = "（系统恢复后补发：如已收到同编号通知，请忽略本条。）"
BELATED = timedelta(days=1)  # what leaves so long after it was to says so
_REST = re.compile(r"^(……另有\d+项，)见监测台账。$", re.MULTILINE)
_AGAIN = re.compile(r"^【[^】]*】(（(?:再次提醒|升级|逐级报告)）)")
_BLIND = re.compile(r'账号"([^"]*)"(?:超过(\d+)小时|一直)未成功采集（原因：([^）]*)）')


@dataclass(frozen=True, slots=True)
class Picture:
    """A file that goes with a message: a picture of a page as it was seen, or a document."""

    name: str
    content: bytes = field(repr=False)
    type: str = "image/png"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message as it leaves: plain text, to be escaped by the channel."""

    title: str
    body: str
    short: str
    key: str
    level: Level
    pictures: tuple[Picture, ...] = ()
    documents: tuple[Picture, ...] = ()  # files that go along by mail
    link: Invitation | None = None  # by which the receiver acknowledges; it stands in no letter


def merge_letters(
    group: Sequence[Letter], fits: Callable[[Outgoing], bool] = lambda message: True
) -> Outgoing:
    """One message of one or more letters to the same target with the same merge key.

    A list names as many as `fits` lets stand in one post, and says how many more there are.
    """
    if not group:
        raise ValueError("no letters to merge")
    letters = sorted(group, key=lambda each: (-RANK[each.level], each.key))
    if letters[0].merge == DIGEST:
        made = _digest(letters)
    elif len(letters) == 1:
        made = _single(letters[0])
    elif letters[0].merge.startswith("SYS-01/") and letters[0].why is not Why.RESOLVED:
        made = _fitted(_blind, letters, fits)
    else:
        made = _fitted(_alike, letters, fits)
    return _marked(made, letters)


def pointing(body: str) -> str:
    """The text of a message that carries a link to its whole list: what was left out is there."""
    return _REST.sub(r"\1见文末链接。", body)


def belated(made: Outgoing, letters: Sequence[Letter], now: datetime) -> Outgoing:
    """The message, saying so where it leaves late: an outage, a silence or a night lay between.

    What it tells was so then; whether a term has passed counts from its arrival.
    """
    meant = max(letter.not_before for letter in letters)
    if now - meant <= BELATED:
        return made
    at = beijing(meant)
    asked = any(each.case_id is not None and each.why is not Why.RESOLVED for each in letters)
    terms = "，所列期限自收到之日起算" if asked else ""
    when = f"{day_text(at.date())}{at.hour}时{at.minute:02d}分"
    mark = f"（本通知原定于{when}发出，今迟发；所述为当时情况{terms}。）"
    return replace(made, body=f"{made.body}\n{mark}")


# -- inside ----------------------------------------------------------------------------------


def _fitted(
    made_of: Callable[[Sequence[Letter], int], Outgoing],
    letters: Sequence[Letter],
    fits: Callable[[Outgoing], bool],
) -> Outgoing:
    """The message that lists the most and still fits; at least a few are named."""
    made = (made_of(letters, most) for most in NAMED)
    return next((each for each in made if fits(each)), made_of(letters, NAMED[-1]))


def _marked(made: Outgoing, letters: Sequence[Letter]) -> Outgoing:
    if not any(letter.possibly_sent for letter in letters):
        return made
    return replace(made, body=f"{made.body}\n{POSSIBLY_SENT}")


def _single(letter: Letter) -> Outgoing:
    return Outgoing(letter.title, letter.body, letter.short, letter.key, letter.level)


def _group_key(letters: Sequence[Letter]) -> str:
    """The same letters, the same key, so that a repetition can be recognised."""
    mark = sha256("\n".join(sorted(each.key for each in letters)).encode()).hexdigest()[:10]
    return f"合并{len(letters)}-{mark}" if len(letters) > 1 else letters[0].key


def _blind(letters: Sequence[Letter], most: int) -> Outgoing:
    """SYS-01: so many accounts of a platform, the shortest blindness, every reason once."""
    found = [match for letter in letters if (match := _BLIND.search(letter.body))]
    hours = [int(match[2]) for match in found if match[2]]
    reasons = "、".join(dict.fromkeys(match[3] for match in found)) or "原因不明"
    platform = platform_name(letters[0].merge.partition("/")[2])
    since = f"超过{min(hours)}小时" if hours else "长时间"
    head = f"【采集异常】{platform}{len(letters)}个账号{since}未成功采集（原因：{reasons}）。"
    names = [match[1] + (f"（{match[2]}小时）" if match[2] else "") for match in found]
    key = _group_key(letters)
    body = f"{head}期间不对单位发更新类告警。\n账号：{_listed(names, '、', most)}\n编号：{key}"
    title = f"【采集异常】{platform}{len(letters)}个账号未成功采集"
    return Outgoing(title, body, _sms(head), key, letters[0].level)


def _alike(letters: Sequence[Letter], most: int) -> Outgoing:
    """Letters of one kind and reason: whole texts while they are few, a list when many."""
    n, key, tags = len(letters), _group_key(letters), _tags(letters)
    tag, again = next(iter(tags)) if len(tags) == 1 else "【监测通知】", _again(letters)
    units = letters[0].merge.endswith(UNITS)
    of, how = ("个单位", "") if units else ("个账号", "经监测，")
    counts = "、".join(f"{each.strip('【】')}{count}项" for each, count in tags.most_common())
    if len(tags) == 1:
        title, head = f"{tag}{again}{n}{of}", f"{tag}{again}{how}以下{n}{of}有同类情形："
        first = f"{tag}{again}{n}{of}有同类情形，首个：{_item(letters[0])}"
    else:
        title, head = f"{tag}{again}{n}项：{counts}", f"{tag}{again}{how}以下{n}项（{counts}）："
        first = f"{title}，首个：{_item(letters[0])}"
    if n <= FULL_TEXTS:
        items = "\n".join(f"{i}. {each.body}" for i, each in enumerate(letters, 1))
    else:
        items = _numbered(letters, most, tagged=len(tags) > 1)
    return Outgoing(title, f"{head}\n{items}\n编号：{key}", _sms(first), key, letters[0].level)


def _tags(letters: Sequence[Letter]) -> Counter[str]:
    """How many letters begin with each tag."""
    return Counter(each.title[: each.title.find("】") + 1] or "【监测通知】" for each in letters)


def _again(letters: Sequence[Letter]) -> str:
    """What all titles say of why it is told again."""
    said = {found[1] if (found := _AGAIN.match(each.title)) else "" for each in letters}
    return said.pop() if len(said) == 1 else ""


def _digest(letters: Sequence[Letter]) -> Outgoing:
    """The daily digest of a supervising office: counts by level, then the items."""
    current = [each for each in letters if each.why is not Why.RESOLVED]
    closed = [each for each in letters if each.why is Why.RESOLVED]
    counts = Counter(each.level for each in current)
    order = sorted(counts, key=lambda level: -RANK[level])
    parts = [f"{LEVELS[level]}{counts[level]}项" for level in order]
    if closed:
        parts.append(f"销号{len(closed)}项")
    at = beijing(max(each.not_before for each in letters))
    day, key = day_text(at.date()), _group_key(letters)
    hour = f"{at.hour}时" + (f"{at.minute}分" if at.minute else "")
    head = (
        f"【监测日报】{day}{hour}，本辖区政务新媒体监测事项{len(letters)}项：{'、'.join(parts)}。"
    )
    blocks = [head]
    if current:
        blocks.append(_numbered(current, with_level=True))
    if closed:
        blocks.append("已销号：\n" + _numbered(closed))
    body = "\n".join((*blocks, f"编号：{key}"))
    level = current[0].level if current else closed[0].level
    return Outgoing(f"【监测日报】{day}共{len(letters)}项", body, _sms(head), key, level)


def _numbered(
    letters: Sequence[Letter], most: int = LISTED, with_level: bool = False, tagged: bool = False
) -> str:
    lines = []
    for i, each in enumerate(letters[:most], 1):
        tag = each.title[1 : each.title.find("】")] if tagged else ""
        marks = (LEVELS[each.level] if with_level else "", tag)
        shown = "".join(f"〔{mark}〕" for mark in marks if mark)
        lines.append(f"{i}. {shown}{_item(each)}（编号：{each.key}）")
    if len(letters) > most:
        lines.append(f"……另有{len(letters) - most}项，见监测台账。")
    return "\n".join(lines)


def _item(letter: Letter) -> str:
    """The short text without its tag; with whom it is about where it has only a case's number."""
    said = letter.short[letter.short.find("】") + 1 :]
    if not letter.key.startswith("REC-01"):
        return said
    title = _AGAIN.sub("", letter.title)
    return f"{title[title.find('】') + 1 :]}：{said}"


def _listed(names: Sequence[str], by: str, most: int) -> str:
    rest = len(names) - most
    return by.join(names[:most]) + (f"等，另有{rest}个" if rest > 0 else "")


def _sms(text: str) -> str:
    return text if len(text) <= SMS else text[: SMS - 1] + ELLIPSIS
