"""What each channel takes: how long, how escaped, how often. Pure.

Limits are the platforms' own: 企业微信 4096 bytes of Markdown, 钉钉 20000 bytes and 飞书 20 KB of a
whole request, an SMS of two parts. The caps are per robot: 20 a minute at 企业微信 and 钉钉 (which
then shuts it up for ten minutes), 100 a minute and 5 a second at 飞书.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.escape import Measure, feishu, json_size, markdown, shorten, size, sms_size, split
from alerts.links import Invitation

PARTS = 8  # messages that one letter may be cut into
FRAME = 40  # what stands around title and text: stars, a line break, （1/8）
TITLE = 100  # characters of a title above the text
CLOCK = timedelta(minutes=2)  # a post noted further ahead was noted by a clock that was wrong
MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Cap:
    """At most so many posts within a stretch of time, whichever minute it begins in."""

    posts: int
    within: timedelta


@dataclass(frozen=True, slots=True)
class Limits:
    """`most` by `measure` in one message; `picture` is bytes of one picture, 0 where none is taken.

    `gap` lies between two posts of one message.
    """

    most: int
    measure: Measure
    escape: Callable[[str], str]
    parts: int = PARTS
    frame: int = FRAME
    caps: tuple[Cap, ...] = ()
    gap: timedelta = timedelta()
    picture: int = 0


def _plain(text: str) -> str:
    return text


def _dingtalk(text: str) -> str:
    """DingTalk joins single line breaks; two blanks before one keep it."""
    return markdown(text).replace("\n", "  \n")


def _sms(text: str) -> str:
    """One line; the only 【】 that a gateway may see is the signature."""
    return " ".join(text.split()).replace("【", "〔").replace("】", "〕")


_MINUTE = timedelta(minutes=1)
_A_MINUTE = (Cap(20, _MINUTE),)
LIMITS: Mapping[str, Limits] = {
    "wecom": Limits(4096, size, markdown, caps=_A_MINUTE, picture=2 * MEGABYTE),
    "dingtalk": Limits(19000, json_size, _dingtalk, caps=_A_MINUTE),
    "feishu": Limits(
        19000,
        json_size,
        feishu,
        caps=(Cap(100, _MINUTE), Cap(5, timedelta(seconds=1))),
        gap=timedelta(milliseconds=250),
    ),
    "sms": Limits(134, sms_size, _sms, parts=1, frame=0),
    "mail": Limits(MEGABYTE, size, _plain, parts=1, picture=5 * MEGABYTE),
    "webhook": Limits(MEGABYTE, size, _plain, parts=1, picture=5 * MEGABYTE),
    "apprise": Limits(MEGABYTE, size, feishu, parts=1),
}


def heading(title: str, kind: str) -> str:
    """The title as it stands above the text: one line, escaped and short."""
    return shorten(LIMITS[kind].escape(" ".join(title.split()))[:TITLE], 300)


def fit(
    text: str, kind: str, title: str = "", more: str = "监测台账", end: str = ""
) -> tuple[str, ...]:
    """A text as the messages of a channel, escaped, each within its limit beside the title.

    Cut at line ends, else at sentence ends, never inside a character, a tag or an address. Where
    even all parts do not hold it, the last one ends with （内容过长，全文见{more}）. `end` is ours
    and stands below the last part as it is: never escaped, never cut.
    """
    limits = LIMITS[kind]
    end = f"\n\n{end}" if end else ""
    room = limits.most - limits.measure(title + end) - limits.frame
    pieces = split(limits.escape(text), room, limits.measure)
    if len(pieces) > limits.parts:
        rest = "\n".join(pieces[limits.parts - 1 :])
        last = shorten(rest, room, f"……（内容过长，全文见{more}）", limits.measure)
        pieces = (*pieces[: limits.parts - 1], last)
    return (*pieces[:-1], pieces[-1] + end) if pieces else pieces


def invitation(link: Invitation | None, kind: str) -> str:
    """The line with the link of a message, as its channel makes it one to tap; "" without one."""
    if link is None or kind == "sms":  # a text message has no room, and gateways refuse links
        return ""
    if kind in ("wecom", "dingtalk"):
        return f"[{link.text}]({link.url})"
    return f"{link.text}：{link.url}"


def free_at(taken: Sequence[datetime], posts: int, kind: str, now: datetime) -> datetime:
    """The first moment from `now` at which so many posts more stay within the channel's caps.

    `taken` are the moments of posts before.
    """
    earlier = sorted(moment for moment in taken if moment <= now + CLOCK)
    return max((_under(cap, earlier, posts, now) for cap in LIMITS[kind].caps), default=now)


def stamps(posts: int, kind: str, now: datetime) -> tuple[datetime, ...]:
    """The moments at which a message of so many posts takes them."""
    return tuple(now + LIMITS[kind].gap * number for number in range(posts))


def remembered(kind: str) -> int:
    """How many posts back a channel's caps look; 0 where it has none."""
    return max((cap.posts for cap in LIMITS[kind].caps), default=0)


def _under(cap: Cap, taken: Sequence[datetime], posts: int, now: datetime) -> datetime:
    allowed = cap.posts - min(posts, cap.posts)  # of those before, that the stretch may hold
    if len(taken) <= allowed:
        return now
    return max(now, taken[len(taken) - allowed - 1] + cap.within)
