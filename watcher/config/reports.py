"""Section `reports` of watcher.yaml: the reports that are made again and again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from alerts.routing import Offices
from watcher.config.schema import ReportTable
from watcher.mistakes import Mistake, meant
from watcher.report_plan import Planned


def plan_of(
    tables: Iterable[ReportTable], offices: Offices, file: str
) -> tuple[tuple[Planned, ...], tuple[Mistake, ...]]:
    """The plan, and every office or target in it that nobody knows."""
    plan: list[Planned] = []
    wrong: list[Mistake] = []
    for number, table in enumerate(tables):
        wrong += _unknown(table, offices, file, f"reports[{number}]")
        if table.kind == "quarterly" and table.every != "quarter":
            place, hint = f"reports[{number}].every", "写 every: quarter，或改用 kind: staleness"
            wrong.append(Mistake(file, place, "季度通报稿只能每季度生成", hint))
        planned = Planned(
            table.kind,
            table.every,
            table.working_day,
            tuple(dict.fromkeys(table.offices)),
            tuple(dict.fromkeys(table.targets)),
        )
        if planned in plan:
            wrong.append(Mistake(file, f"reports[{number}]", "与前面一项相同，请去掉其中一项"))
        plan.append(planned)
    return tuple(plan), tuple(wrong)


def _unknown(table: ReportTable, offices: Offices, file: str, place: str) -> Iterator[Mistake]:
    for number, key in enumerate(table.offices):
        if key and key not in offices.offices:
            hint = meant(key, offices.offices) or '写 offices.yaml 里的办公室，或 ""（全市）'
            yield Mistake(file, f"{place}.offices[{number}]", f"没有办公室 {key}", hint)
    for number, name in enumerate(table.targets):
        if name not in offices.targets:
            hint = meant(name, offices.targets) or "写 offices.yaml 里的推送目标"
            yield Mistake(file, f"{place}.targets[{number}]", f"没有推送目标 {name}", hint)
