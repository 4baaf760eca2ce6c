"""The order of a list: what is pinned on top of it, and whether the rest runs newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from watcher.model import Post

_SLACK = timedelta(hours=1)  # a list is sorted by release, a time may be that of upload
_MOST_PINS = 5  # more old posts on top than that are no pins


def pins_on_top(posts: Sequence[Post]) -> tuple[tuple[Post, ...], bool]:
    """The posts, with those marked as pinned that lead the list though newer ones follow; and
    whether the rest runs newest first. Some lists say nothing of pins."""
    late = _above_newer(posts)
    lead = 0
    while lead < len(posts) and (late[lead] or posts[lead].pinned):
        lead += 1
    guessed = sum(late[:lead])
    if guessed > _MOST_PINS or any(late[lead:]):
        return tuple(posts), False
    marked = (replace(post, pinned=True) if late[n] else post for n, post in enumerate(posts))
    return tuple(marked), True


def _above_newer(posts: Sequence[Post]) -> list[bool]:
    """For each post that is not said to be pinned, whether a newer one stands below it."""
    late: list[bool] = []
    newest = None
    for post in reversed(posts):
        late.append(not post.pinned and newest is not None and newest > post.at + _SLACK)
        if not post.pinned:
            newest = post.at if newest is None else max(newest, post.at)
    return late[::-1]
