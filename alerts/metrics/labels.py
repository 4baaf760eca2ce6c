"""Text from strangers, made harmless for a Prometheus label."""

from __future__ import annotations

_PLAIN = {
    **dict.fromkeys((*range(32), *range(127, 160), 0x2028, 0x2029), " "),
    **dict.fromkeys(range(0xD800, 0xE000), "\ufffd"),  # half characters cannot be encoded
}
_ESCAPED = {**_PLAIN, ord("\\"): "\\\\", ord('"'): '\\"'}


def plain(text: str) -> str:
    """Text without control characters, line breaks and half characters."""
    return text.translate(_PLAIN)


def escaped(text: str) -> str:
    """Plain text as it may stand between the quotes of a label."""
    return text.translate(_ESCAPED)
