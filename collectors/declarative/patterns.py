"""Regular expressions that cannot run away: google-re2, bounded, with mistakes in plain words."""

from __future__ import annotations

import re
from functools import lru_cache

import re2

from collectors.declarative.spec import Pattern

LONGEST = 300  # characters of an expression
_UNSUPPORTED = {
    "(?=": "look-ahead",
    "(?!": "look-ahead",
    "(?<": "look-behind",
}


class WrongError(ValueError):
    """What is wrong with a pattern or selector, and what to do instead."""

    def __init__(self, message: str, suggestion: str = "") -> None:
        super().__init__(message)
        self.message, self.suggestion = message, suggestion


def compile_pattern(text: str) -> Pattern:
    """The pattern. Raises WrongError."""
    if len(text) > LONGEST:
        raise WrongError(f"is longer than {LONGEST} characters", "a shorter pattern says more")
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
                f"{name} {sign!r} is not supported (patterns run in linear time)",
                "match the neighbour too and put what you want in one group: 'a(b)'",
            )
    if "invalid escape sequence" in text and re.search(r"\\[1-9kg]", text):
        return (
            "a back-reference is not supported (patterns run in linear time)",
            "write the repeated text out",
        )
    if "too large" in text or "repetition size" in text:
        return f"the pattern is too large: {text}", "use a smaller repetition, or +"
    return f"no pattern: {text}", "google-re2 syntax; \\d \\s [^x] (a|b) are as usual"
