"""The kinds of reports there are, by name: what each rests on and how it is made."""

from __future__ import annotations

from collections.abc import Mapping

from watcher.ledger_facts import LEDGER
from watcher.report_circulars import QUARTERLY, STALENESS
from watcher.report_dossier import DOSSIER
from watcher.report_form import FORM
from watcher.report_inspection import INSPECTION
from watcher.report_matrix import MATRIX
from watcher.report_national import NATIONAL
from watcher.reporting import Kind

_ALL: tuple[Kind, ...] = (INSPECTION, STALENESS, QUARTERLY, LEDGER, FORM, NATIONAL, MATRIX, DOSSIER)
KINDS: Mapping[str, Kind] = {kind.name: kind for kind in _ALL}
