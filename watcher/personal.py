"""Personal data in what accounts publish: found, counted, and covered. Pure.

《办法》Art. 21. The store covers every title it hands out, so that nothing behind it (rules,
letters, pages, commands, metrics) ever holds a number that may be somebody's.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, replace
from datetime import date

from watcher.model import Post

_WIDE = str.maketrans("０１２３４５６７８９Ｘｘ－　", "0123456789Xx- ")  # one sign for one
_ID = re.compile(r"(?<!\d)\d{6}[- ]?\d{8}[- ]?\d{3}[\dXx](?![\dA-Za-z])")
_MOBILE = re.compile(r"(?:(?<!\d)|(?<=(?<!\d)86)|(?<=0086))(1[3-9]\d[- ]?\d{4}[- ]?\d{4})(?!\d)")
_DIGIT = re.compile(r"\d")  # of any width
_MANY = re.compile(r"\d(?:[- ]?\d){10}")  # nothing shorter is either
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_FIRST_YEAR = 1900
COVER = "*"


@dataclass(frozen=True, slots=True)
class Personal:
    """How many numbers of each kind a text holds."""

    ids: int = 0  # 身份证号: a valid date and the right check sign
    mobiles: int = 0  # 手机号

    @property
    def any(self) -> bool:
        return bool(self.ids or self.mobiles)


NONE = Personal()


def _few_digits(text: str) -> bool:
    """Whether no such number can be in a text, found before the dearer looking."""
    return len(_DIGIT.findall(text)) < 11


def personal_in(text: str) -> Personal:
    """What a text seems to disclose."""
    if _few_digits(text):
        return NONE
    plain = text.translate(_WIDE)
    if _MANY.search(plain) is None:
        return NONE
    ids = sum(is_id(_digits(match)) for match in _ID.finditer(plain))
    return Personal(ids, len(_mobiles(plain)))


def masked(text: str) -> str:
    """The text with those numbers covered, sign by sign; its length stays.

    A number with a date of birth in it is covered even where its check sign is wrong: it may be a
    slip of the pen, and somebody's all the same.
    """
    if _few_digits(text):
        return text
    plain = text.translate(_WIDE)
    if _MANY.search(plain) is None:
        return text
    spans = [m.span() for m in _ID.finditer(plain) if _born(_digits(m)) is not None]
    for start, end in spans:
        text = _covered(text, start, end, 2, 1)
    for start, end in _mobiles(plain):
        if not any(a < end and start < b for a, b in spans):
            text = _covered(text, start, end, 3, 2)
    return text


def covered(post: Post) -> Post:
    """The post with its title covered; the same value where there is nothing to cover."""
    title = masked(post.title)
    return post if title == post.title else replace(post, title=title)


def is_id(number: str) -> bool:
    """Whether 18 signs are a 公民身份号码 (GB 11643): a valid date of birth, the check sign."""
    if len(number) != 18 or not number[:17].isdecimal() or _born(number) is None:
        return False
    return check_sign(number[:17]) == number[17].upper()


def check_sign(first: str) -> str:
    """The 18th sign for the first 17 (ISO 7064, MOD 11-2)."""
    total = sum(int(digit) * weight for digit, weight in zip(first, _WEIGHTS, strict=True))
    return _CHECKS[total % 11]


class Covering(logging.Filter):
    """Covers personal numbers in what a program logs; never drops a line."""

    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        safe = masked(said)
        if safe != said:
            record.msg, record.args = safe, ()
        return True


def _digits(match: re.Match[str]) -> str:
    return re.sub(r"[- ]", "", match.group())


def _born(number: str) -> date | None:
    year, month, day = int(number[6:10]), int(number[10:12]), int(number[12:14])
    try:
        return date(year, month, day) if year >= _FIRST_YEAR and number[0] != "0" else None
    except ValueError:
        return None


def _mobiles(plain: str) -> list[tuple[int, int]]:
    """Where mobile numbers stand; one behind the country's own prefix is one too."""
    return [match.span(1) for match in _MOBILE.finditer(plain)]


def _covered(text: str, start: int, end: int, head: int, tail: int) -> str:
    """The text with the signs of a number covered but for its first and last ones."""
    signs = list(text)
    places = [place for place in range(start, end) if signs[place].isalnum()]
    for place in places[head : len(places) - tail]:
        signs[place] = COVER
    return "".join(signs)
