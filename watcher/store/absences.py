"""What looks that were answered "it is not there" add up to; pure.

A look that was blocked, unreachable or not understood says nothing: the account may be there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from watcher.model import Absence, Failure, Look, Sight, Trouble


def missed(sight: Sight, outcome: Failure) -> Sight:
    """A look that was answered "it is not there" adds to an absence; any other adds nothing."""
    at = outcome.at
    if outcome.trouble not in (Trouble.GONE, Trouble.BANNED):
        return sight
    if any(map(_unanswered, outcome.looks)):
        return sight
    said = [look.source for look in outcome.looks if look.result == outcome.trouble]
    if outcome.trouble is Trouble.BANNED:
        old = sight.banned or Absence(at, at, 0)
        by = _more(old.by, said or [outcome.source])
        run = Absence(old.since, at, old.looks + 1, by)
        return replace(sight, banned=run, absent_pages=outcome.pages)
    return replace(
        sight,
        absent_since=sight.absent_since or at,
        absent_looks=sight.absent_looks + 1,
        absent_by=_more(sight.absent_by, said or [outcome.source]),
        absent_last=at,
        absent_pages=outcome.pages,
    )


def _more(by: Mapping[str, int], said: Iterable[str]) -> Mapping[str, int]:
    return dict(by) | {source: by.get(source, 0) + 1 for source in said}


def came_back(sight: Sight, present: bool) -> Absence | None:
    """The best proved absence that ended while the account was deregistered."""
    since, last, old = sight.absent_since, sight.absent_last, sight.absent_before
    if not present or since is None or last is None:
        return old
    ended = Absence(since, last, sight.absent_looks, sight.absent_by)
    return ended if old is None or ended.looks >= old.looks else old


def _unanswered(look: Look) -> bool:
    """Whether a source was asked and could not tell: the account may be there for all we know."""
    return look.result in (Trouble.BLOCKED, Trouble.UNREACHABLE, Trouble.UNREADABLE)
