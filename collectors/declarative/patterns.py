"""Regular expressions that cannot run away: google-re2, bounded, with mistakes in plain words."""

from __future__ import annotations

import re
from functools import lru_cache

import re2

from collectors.declarative.spec import Pattern

LONGEST = 300  # characters of an expression
_UNSUPPORTED = {
    "(?=": "前瞻",
    "(?!": "否定前瞻",
    "(?<": "后顾",
}


class WrongError(ValueError):
    """What is wrong with a pattern or selector, and what to do instead."""

    def __init__(self, message: str, suggestion: str = "") -> None:
        super().__init__(message)
        self.message, self.suggestion = message, suggestion


def compile_pattern(text: str) -> Pattern:
    """The pattern. Raises WrongError."""
    if len(text) > LONGEST:
        raise WrongError(f"超过 {LONGEST} 个字符", "写短一些")
    try:
        return _compiled(text)
    except re2.error as error:
        raise WrongError(*_words(error)) from error


@lru_cache(512)
def _compiled(text: str) -> Pattern:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 21
    compiled: Pattern = re2.compile(text, options)
    return compiled


def _words(error: Exception) -> tuple[str, str]:
    said = error.args[0] if error.args else ""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    for sign, name in _UNSUPPORTED.items():
        if sign in text:
            return (
                f"不支持{name} {sign}（匹配须在线性时间内完成）",
                "连同前后的字一起匹配，把要取的放进一个分组，如 'a(b)'",
            )
    if "invalid escape sequence" in text and re.search(r"\\[1-9kg]", text):
        return (
            "不支持反向引用（匹配须在线性时间内完成）",
            "把重复的内容直接写出",
        )
    if "too large" in text or "repetition size" in text:
        return "展开后过大", "把重复次数写小，或用 +"
    return "不是正则表达式", "google-re2 语法；\\d \\s [^x] (a|b) 照常可用"
