"""Values that store tests start from."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from watcher.model import (
    Account,
    Case,
    Coverage,
    Exemption,
    Failure,
    Finding,
    Letter,
    Level,
    PageRef,
    Person,
    Post,
    Profile,
    Sighting,
    Snapshot,
    Source,
    Trouble,
    Unit,
    UnitKind,
    Why,
)
from watcher.store import (
    Database,
    Reading,
    mark_failed,
    mark_sent,
    record,
    save_register,
    take_letters,
)

T0 = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # a Monday, 09:00 in Beijing
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
UNIT = Unit("jyj", "三亚市教育局", UnitKind.CITY_DEPARTMENT, "szf", "szf", "qzf")


def account(number: int = 1, **more: Any) -> Account:
    values: dict[str, Any] = {
        "key": f"weibo-{number}",
        "platform": "weibo",
        "name": f"三亚教育{number}",
        "unit": UNIT,
        "platform_id": str(number),
        "sources": (Source("weibo", str(number), {"deep": [1, "二"]}),),
    }
    return Account(**(values | more))


FULL = account(
    7,
    url="https://weibo.com/7",
    opened_on=date(2019, 5, 6),
    approved_on=date(2019, 5, 1),
    filed_on=date(1969, 12, 31),
    filed_subject="三亚市教育局",
    verified=True,
    followers=12345,
    lead=Person("王一", "主任", "013800000000"),
    contact=Person("李二"),
    section="办公室",
    email="a@b.cn",
    reason="公开",
    exemptions=(Exemption(("UPD-02", "UPD-04"), "寒假", "市府办", date(2026, 2, 28)),),
    note="注",
)


def post(number: int = 1, at: datetime = T0 - HOUR, **more: Any) -> Post:
    return Post(id=f"p{number}", at=at, title=f"第{number}条", **more)


def snapshot(at: datetime, *posts: Post, key: str = "weibo-1", **more: Any) -> Snapshot:
    source = more.pop("source", "weibo")
    face = more.pop("profile", Profile(handle="1", name="三亚教育1", followers=10))
    page = PageRef("https://m.weibo.cn/u/1", 200, "ab" * 32, at)
    return Snapshot(key, at, Sighting(face, posts, **more), source, (page,))


def partial(at: datetime, *posts: Post, key: str = "weibo-1", **more: Any) -> Snapshot:
    return snapshot(at, *posts, key=key, coverage=Coverage.PARTIAL, **more)


def failure(at: datetime, trouble: Trouble = Trouble.BLOCKED, key: str = "weibo-1") -> Failure:
    return Failure(key, at, trouble, "验证码", "weibo")


def register(db: Database, *accounts: Account, now: datetime = T0) -> None:
    with db.write() as c:
        save_register(c, [UNIT], accounts or (account(),), "测试", now)


def read(db: Database, outcome: Any, **more: Any) -> Any:
    """Write down one reading made by hand; the dossier after it."""
    with db.write() as c:
        done = record(c, [Reading(outcome.account, outcome, **more)], outcome.at)
    return done.get(outcome.account)


def finding(rule: str = "UPD-04", key: str = "weibo-1", subject: str = "") -> Finding:
    return Finding(rule, key, subject, Level.RED, "检查指标", T0, {"days": 15, "last": "2026"})


def case(**more: Any) -> Case:
    values: dict[str, Any] = {"finding": finding(), "opened_at": T0}
    return Case(**(values | more))


def letter(key: str, target: str = "jyj", not_before: datetime = T0, **more: Any) -> Letter:
    return Letter(key, target, Why.FIRST, Level.RED, "题", "正文", "短", not_before, **more)


def deliver(db: Database, moment: datetime, to: str = "") -> None:
    """The dispatch of the letters that wait, or of those to one target; the others are refused."""
    with db.write() as c:
        for group in take_letters(c, moment + 10 * DAY, HOUR):
            ids = [each.id for each in group if each.id is not None]
            if to in ("", group[0].target):
                mark_sent(c, ids, "1", moment)
            else:
                mark_failed(c, ids, "refused", moment + HOUR, moment)
