"""Real-looking accounts, cases and offices for the tests of alerts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import settings

from alerts.routing import Office, Offices, Secret, Target
from watcher.calendar import load_calendar
from watcher.model import (
    Account,
    Case,
    Dossier,
    Finding,
    Level,
    PageRef,
    Post,
    Role,
    Sight,
    Trouble,
    Unit,
)

STEADY = settings(deadline=None, derandomize=True)  # the same examples on every machine
BEIJING = ZoneInfo("Asia/Shanghai")
CAL = load_calendar(None)
RECENT = timedelta(hours=12)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)

UNIT = Unit("education", "三亚市教育局", daily_supervisor="education_office")
ACCOUNT = Account(
    "weibo-2803301701", "weibo", "三亚教育", UNIT, url="https://weibo.com/u/2803301701"
)


def at(month: int, day: int, hour: int = 10, minute: int = 0, year: int = 2026) -> datetime:
    """A moment of Beijing, in UTC."""
    return datetime(year, month, day, hour, minute, tzinfo=BEIJING).astimezone(UTC)


def dossier(
    last: Post | None = None, account: Account = ACCOUNT, seen: datetime | None = None
) -> Dossier:
    seen = seen or at(11, 23)
    page = PageRef(
        "https://m.weibo.cn/api/container/getIndex", 200, "3fa9c1d2e0b4" + "0" * 52, seen
    )
    return Dossier(
        account,
        Sight(
            covered_to=seen,
            last_success_at=seen,
            watched_since=at(1, 5),
            pages=(page,),
            last_post=last or Post("p1", at(11, 9, 16, 30), "教师节活动圆满举行"),
        ),
    )


def blind(account: Account = ACCOUNT, trouble: Trouble = Trouble.BLOCKED) -> Dossier:
    made = dossier(account=account)
    return replace(made, sight=replace(made.sight, last_success_at=at(11, 22, 20), trouble=trouble))


def finding(
    rule: str = "UPD-02",
    level: Level = Level.YELLOW,
    as_of: datetime | None = None,
    account: str = ACCOUNT.key,
    subject: str = "posts",
    **facts: object,
) -> Finding:
    return Finding(rule, account, subject, level, "办法第十二条", as_of or at(11, 23), facts)


def case(found: Finding | None = None, opened: datetime | None = None, **fields: object) -> Case:
    made = Case(found or finding(), opened or at(11, 23))
    return replace(made, **fields) if fields else made  # type: ignore[arg-type]


def target(name: str) -> Target:
    return Target(name, "wecom", token=Secret("env", name.upper()))


OFFICES = Offices(
    offices={
        "city_office": Office("city_office", "三亚市人民政府办公室", "city", "", {"": ("city",)}),
        "education_office": Office(
            "education_office", "三亚市教育局办公室", "department", "city_office", {"": ("edu",)}
        ),
        "yazhou_office": Office("yazhou_office", "崖州区人民政府办公室", "district", "city_office"),
        "police_office": Office("police_office", "三亚市公安局办公室", "", "", {"": ("police",)}),
        "operator": Office("operator", "监测运维", "operator", "", {"": ("ops",)}),
    },
    targets={name: target(name) for name in ("city", "edu", "police", "ops", "own", "lead")},
    units={
        "三亚市卫生健康委员会": Office(
            "三亚市卫生健康委员会",
            "三亚市卫生健康委员会",
            targets={Role.CONTACT: ("own",), Role.LEAD: ("own", "lead")},
        )
    },
    roles={Role.CITY: "city_office", Role.POLICE: "police_office", Role.OPERATOR: "operator"},
    fallback=("ops",),
)

TODAY = date(2026, 11, 23)
