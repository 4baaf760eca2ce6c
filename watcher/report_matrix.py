"""The public matrix page (《办法》Art. 23): its accounts from the register, its file."""

from __future__ import annotations

from datetime import datetime

from alerts.routing import Office, Offices
from alerts.words import platform_name
from watcher.annual import Named
from watcher.calendar import local
from watcher.model import FiledState
from watcher.report_updates import area_of
from watcher.reporting import Desk, Kind
from watcher.reports.matrix import Entry, MatrixFacts, page
from watcher.reports.stamp import Scope, Stamp
from watcher.store import annual
from watcher.store.period import unit_standings

TEMPLATE = "templates/matrix.html"
CITY = "市直单位"
WEBSITE = "govsite"
_DISTRICTS = ("district", "committee")
_OFFICE = ("人民政府办公室", "管理委员会办公室", "管委会办公室", "办公室")


def collect(desk: Desk, scope: Scope, as_of: datetime) -> MatrixFacts:
    """The accounts that paper has in operation. Raises ReportError for an office nobody knows."""
    offices, city = desk.settings.offices, desk.settings.impersonation.takedown.city
    area = area_of(offices, scope.office, unit_standings(desk.connection, as_of))
    named = annual.names_as_of(desk.connection, as_of).values()
    entries = [
        _entry(each, offices)
        for each in named
        if each.state is FiledState.ACTIVE and area.holds(each.unit.key, as_of)
    ]
    entries.sort(key=lambda e: (e.district != CITY, e.district, e.unit, e.platform, e.name))
    name = shortened(offices.name_of(scope.office)) if scope.office else city
    return MatrixFacts(name, local(as_of).date(), tuple(entries))


def district_of(supervisor: str, offices: Offices) -> str:
    """The district or committee above an office (key or name), as people call it; else 市直单位."""
    by_name = {each.name: each for each in offices.offices.values()}
    office: Office | None = offices.offices.get(supervisor) or by_name.get(supervisor)
    seen: set[str] = set()
    while office is not None and office.key not in seen:
        if office.kind in _DISTRICTS:
            return shortened(office.name)
        seen.add(office.key)
        office = offices.offices.get(office.parent)
    return CITY


def shortened(name: str) -> str:
    """海棠区 of 海棠区人民政府办公室."""
    ending = next((each for each in _OFFICE if name.endswith(each)), "")
    return name.removesuffix(ending) or name


def _entry(named: Named, offices: Offices) -> Entry:
    return Entry(
        district=district_of(named.unit.daily_supervisor, offices),
        unit=named.unit.name,
        platform=platform_name(named.platform),
        name=named.name,
        url=named.url,
        ident=""
        if named.platform == WEBSITE
        else named.ident,  # a path, which tells nobody anything
    )


def make(facts: MatrixFacts, stamp: Stamp, desk: Desk, ending: str) -> bytes:
    """The page."""
    return page(facts, stamp, desk.settings.folder / TEMPLATE)


MATRIX = Kind("matrix", "政务新媒体矩阵", ("html",), collect, make)
