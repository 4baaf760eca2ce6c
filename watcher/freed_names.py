"""Leads about names that deregistered accounts set free (Art. 25): who bears them now.

Whoever was read since the last look is held against all such names; after an account was
deregistered, everybody is. People's answers about a lead stand: none is written twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256

from watcher import store
from watcher.filings import Lead
from watcher.rules.freed import AUTHOR, Bearer, Freed, freed_name, lead_of
from watcher.rules.observed import same_form
from watcher.store import Connection
from watcher.store.filed import save_lead
from watcher.store.freed import deregistered, faces_shown, is_known, suspects_since

MARK = "freed_names"


def note_freed_names(c: Connection, now: datetime) -> tuple[Lead, ...]:
    """Write a lead for each account, not known so far, that bears a freed name; those written."""
    freed, taken = _freed(c)
    if not freed:
        return ()
    mark = sha256("\n".join(each.account.key for each in freed).encode()).hexdigest()[:16]
    last, _, when = (store.get_mark(c, MARK) or "").partition("@")
    since = datetime.fromisoformat(when) if last == mark else None
    store.set_mark(c, MARK, f"{mark}@{now.isoformat()}")
    written = []
    for bearer in (*taken, *_candidates(c, freed, since)):
        was = freed_name(bearer, freed)
        if was is not None and not is_known(c, was.account.platform, bearer.handle):
            written.append(save_lead(c, lead_of(bearer, was, now), AUTHOR, now))
    return tuple(written)


def _freed(c: Connection) -> tuple[list[Freed], list[Bearer]]:
    """Deregistered accounts with the names they bore, and others seen on their pages now."""
    accounts = deregistered(c)
    shown = faces_shown(c, [each.key for each in accounts]) if accounts else {}
    freed, taken = [], []
    for account in accounts:
        names = {account.name}
        for face, current in shown.get(account.key, ()):
            if (
                not same_form(account.platform_id, face.handle)
                or face.handle == account.platform_id
            ):
                names.add(face.name)
            elif current:
                about = (face.handle, face.name, account.url, face.verified_as or "")
                taken.append(Bearer(account.platform, *about))
        freed.append(Freed(account, frozenset(names)))
    return freed, taken


def _candidates(c: Connection, freed: list[Freed], since: datetime | None) -> Iterator[Bearer]:
    platforms = {each.account.platform for each in freed}
    if platforms & {"wechat_service", "wechat_subscription"}:
        platforms |= {"wechat", "wechat_service", "wechat_subscription"}
    for platform, handle, url, face in suspects_since(c, platforms, since):
        yield Bearer(platform, handle, face.name, url, face.verified_as or "", face.followers)
