"""Links and the counts of the report of duty, on both databases."""

from __future__ import annotations

from datetime import timedelta

from tests.store.given import DAY, HOUR, T0, case, failure, post, read, register, snapshot
from tests.store.given import account as an_account
from watcher.calendar import local
from watcher.model import Level
from watcher.rectifying import CaseEvent, Deed
from watcher.store import Database, add_event, save_cases
from watcher.store.duty import duty
from watcher.store.letter_links import (
    LetterLink,
    acknowledgements,
    cases_by_id,
    find_link,
    make_link,
    prune_links,
    use_link,
)

LINK = LetterLink("city", (3, 1), True, b"123456789", T0 + 7 * DAY)


def test_a_link_is_kept_under_the_key_of_its_message_and_used_once(db: Database) -> None:
    with db.write() as c:
        first = make_link(c, "k", LINK, T0)
        other = LetterLink("city", (3, 1), True, b"987654321", T0 + 8 * DAY)
        assert make_link(c, "k", other, T0 + DAY) == first
        assert first.id > 0
        use_link(c, first.id, "张三", T0 + HOUR)
        found = find_link(c, first.id, lock=True)
        assert found is not None
        assert (found.cases, found.nonce, found.used_by) == ((3, 1), b"123456789", "张三")
        assert found.used_at == T0 + HOUR
        renewed = make_link(c, "k", other, T0 + 7 * DAY)
        assert (renewed.nonce, renewed.used_at) == (b"987654321", None)
        assert find_link(c, 99) is None
        assert prune_links(c, T0 + 98 * DAY, 90) == 0
        assert prune_links(c, T0 + 98 * DAY + timedelta(seconds=1), 90) == 1


def test_cases_come_in_the_order_that_was_asked_with_who_acknowledged_them(db: Database) -> None:
    register(db)
    with db.write() as c:
        (one,) = save_cases(c, [case()])
        number = one.id or 0
        for hour, name in enumerate(("甲", "乙")):
            add_event(c, CaseEvent(number, T0 + hour * HOUR, name, Deed.ACK))
        assert cases_by_id(c, [99, number]) == (one,)
        (last,) = acknowledgements(c, [number, 99]).values()
    assert (last.by, last.at) == ("乙", T0 + HOUR)


def test_what_was_done_on_a_day_is_counted(db: Database) -> None:
    register(db, an_account(), an_account(2), now=T0 - DAY)
    read(db, snapshot(T0, post(1, T0)))
    read(db, failure(T0 + HOUR, key="weibo-2"))
    with db.write() as c:
        save_cases(c, [case()])
    today = local(T0).date()
    with db.read() as c:
        found = duty(c, today - DAY, today, T0 + DAY)
    assert [each.state for each in found.accounts] == ["seen", "unread"]
    assert (found.opened, found.closed, found.posts) == (1, 0, 1)
    assert found.idle == [today - DAY]
    assert dict(found.still_open) == {Level.RED: 1}
