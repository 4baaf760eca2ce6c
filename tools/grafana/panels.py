"""The kinds of panels that our dashboards are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from grafana_foundation_sdk.builders import common, dashboard, statetimeline, text
from grafana_foundation_sdk.builders import stat as stats
from grafana_foundation_sdk.builders import table as tables
from grafana_foundation_sdk.builders import timeseries as curves
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.models import common as kinds
from grafana_foundation_sdk.models.dashboard import (
    DashboardLinkType,
    DataTransformerConfig,
    DynamicConfigValue,
    FieldColorModeId,
    Threshold,
    ThresholdsMode,
    ValueMapping,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat
from grafana_foundation_sdk.models.text import TextMode

from tools.grafana.looks import PLAIN

Panel: TypeAlias = stats.Panel | tables.Panel | curves.Panel | statetimeline.Panel | text.Panel
NOT_SEEN = "未采集到"
SOURCE = kinds.DataSourceRef(type_val="prometheus", uid="shouwang-prometheus")
REFS = "ABCDEFGHIJKLM"
DAY, MOMENT = "time:YYYY-MM-DD", "time:YYYY-MM-DD HH:mm"  # units: milliseconds since 1970


@dataclass(frozen=True, slots=True)
class Link:
    """Where a value leads. `text` is what a person reads."""

    text: str
    url: str
    leaves: bool = True  # opens another page than Grafana's own


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: a label, or the value of a query by its letter."""

    name: str
    title: str
    unit: str = ""
    words: Sequence[ValueMapping] = ()
    steps: Sequence[Threshold] = ()
    link: Link | None = None
    hidden: bool = False
    width: int = 0
    decimals: int | None = None
    nothing: str = "—"  # in a cell


@dataclass(frozen=True, slots=True)
class Curves:
    """How lines look: `names` are words and colours by the series' own name."""

    unit: str = "short"
    names: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    stacked: bool = False
    most: float | None = None
    least: float | None = 0
    steps: Sequence[Threshold] = ()


def stat(
    title: str,
    about: str,
    expr: str,
    unit: str = "short",
    steps: Sequence[Threshold] = (),
    words: Sequence[ValueMapping] = (),
    link: Link | None = None,
    decimals: int | None = None,
    nothing: str = NOT_SEEN,
    legend: str = "",
) -> stats.Panel:
    """One number. With a legend the label's text is shown in its place."""
    panel = (
        stats.Panel()
        .title(title)
        .description(about)
        .datasource(SOURCE)
        .with_target(_query(expr, "A", legend).instant())
        .unit(unit)
        .no_value(nothing)
        .mappings(list(words))
        .thresholds(_thresholds(steps))
        .color_scheme(dashboard.FieldColor().mode(FieldColorModeId.THRESHOLDS))
        .color_mode(kinds.BigValueColorMode.VALUE)
        .graph_mode(kinds.BigValueGraphMode.NONE)
        .justify_mode(kinds.BigValueJustifyMode.CENTER)
        .text_mode(kinds.BigValueTextMode.NAME if legend else kinds.BigValueTextMode.VALUE)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(False))
    )
    if decimals is not None:
        panel = panel.decimals(decimals)
    return panel.data_links([_link(link)]) if link else panel


def lines(title: str, about: str, queries: Sequence[tuple[str, str]], look: Curves) -> curves.Panel:
    """Lines over time: queries with their legends."""
    panel = (
        curves.Panel()
        .title(title)
        .description(about)
        .datasource(SOURCE)
        .unit(look.unit)
        .no_value(NOT_SEEN)
        .line_width(1 if look.stacked else 2)
        .fill_opacity(70 if look.stacked else 5)
        .show_points(kinds.VisibilityMode.NEVER)
        .span_nulls(False)
        .color_scheme(dashboard.FieldColor().mode(FieldColorModeId.PALETTE_CLASSIC))
        .thresholds(_thresholds(look.steps))
        .legend(
            common.VizLegendOptions()
            .display_mode(kinds.LegendDisplayMode.LIST)
            .placement(kinds.LegendPlacement.BOTTOM)
            .show_legend(True)
        )
        .tooltip(common.VizTooltipOptions().mode(kinds.TooltipDisplayMode.MULTI))
    )
    if look.least is not None:
        panel = panel.min(look.least)
    if look.most is not None:
        panel = panel.max(look.most)
    if look.stacked:
        panel = panel.stacking(common.StackingConfig().mode(kinds.StackingMode.NORMAL).group("A"))
    for ref, (expr, legend) in zip(REFS, queries, strict=False):
        panel = panel.with_target(_query(expr, ref, legend).range())
    for name, (shown, colour) in look.names.items():
        panel = panel.override_by_name(name, _named(shown, colour))
    return panel


def table(
    title: str,
    about: str,
    queries: Sequence[str],
    columns: Sequence[Column],
    sort: tuple[str, bool] | None = None,
    nothing: str = NOT_SEEN,
) -> tables.Panel:
    """Rows of what is now. Several queries are joined on their labels, which must be the same."""
    panel = (
        tables.Panel()
        .title(title)
        .description(about)
        .datasource(SOURCE)
        .no_value(nothing)
        .align(kinds.FieldTextAlignment.LEFT)
        .cell_height(kinds.TableCellHeight.SM)
        .thresholds(_thresholds(()))
    )
    for ref, expr in zip(REFS, queries, strict=False):
        asked = _query(expr, ref, "").instant().format(PromQueryFormat.TABLE)
        panel = panel.with_target(asked)
    if len(queries) > 1:
        panel = panel.with_transformation(DataTransformerConfig("merge", options={}))
    panel = panel.with_transformation(_arranged(columns, len(queries)))
    for column in columns:
        panel = panel.override_by_name(field_name(column.name, len(queries)), _column(column))
    if sort:
        name, down = sort
        panel = panel.sort_by([common.TableSortByFieldState().display_name(name).desc(down)])
    return panel


def timeline(
    title: str, about: str, expr: str, legend: str, words: Sequence[ValueMapping]
) -> statetimeline.Panel:
    """Bars over time, one row for each series; every number is a word."""
    return (
        statetimeline.Panel()
        .title(title)
        .description(about)
        .datasource(SOURCE)
        .with_target(_query(expr, "A", legend).range())
        .no_value(NOT_SEEN)
        .mappings(list(words))
        .thresholds(_thresholds(()))
        .color_scheme(dashboard.FieldColor().mode(FieldColorModeId.THRESHOLDS))
        .merge_values(True)
        .row_height(0.8)
        .fill_opacity(85)
        .show_value(kinds.VisibilityMode.AUTO)
        .legend(
            common.VizLegendOptions()
            .display_mode(kinds.LegendDisplayMode.LIST)
            .placement(kinds.LegendPlacement.BOTTOM)
            .show_legend(True)
        )
    )


def note(title: str, content: str) -> text.Panel:
    """Words in Markdown."""
    return text.Panel().title(title).mode(TextMode.MARKDOWN).content(content).transparent(True)


def field_name(name: str, queries: int) -> str:
    """The field that holds a column: values are lettered only where there are several."""
    if name in REFS:
        return "Value" if queries == 1 else f"Value #{name}"
    return name


def _query(expr: str, ref: str, legend: str) -> Dataquery:
    query = Dataquery().expr(expr).ref_id(ref).datasource(SOURCE)
    return query.legend_format(legend) if legend else query


def _arranged(columns: Sequence[Column], queries: int) -> DataTransformerConfig:
    """Columns in their order, without the time of the sample."""
    order = {field_name(each.name, queries): place for place, each in enumerate(columns)}
    options = {"excludeByName": {"Time": True}, "indexByName": order, "renameByName": {}}
    return DataTransformerConfig("organize", options=options)


def _column(column: Column) -> list[DynamicConfigValue]:
    found = [
        DynamicConfigValue("displayName", column.title),
        DynamicConfigValue("noValue", column.nothing),
    ]
    if column.unit:
        found.append(DynamicConfigValue("unit", column.unit))
    if column.decimals is not None:
        found.append(DynamicConfigValue("decimals", column.decimals))
    if column.words:
        found.append(DynamicConfigValue("mappings", list(column.words)))
    if column.steps:
        steps = {"mode": "absolute", "steps": list(column.steps)}
        found.append(DynamicConfigValue("thresholds", steps))
    if column.steps or column.words:
        found.append(DynamicConfigValue("custom.cellOptions", {"type": "color-text"}))
    if column.link:
        to = column.link
        shown = {"title": to.text, "url": to.url, "targetBlank": to.leaves}
        found.append(DynamicConfigValue("links", [shown]))
    if column.width:
        found.append(DynamicConfigValue("custom.width", column.width))
    if column.hidden:
        found.append(DynamicConfigValue("custom.hidden", True))
    return found


def _named(shown: str, colour: str) -> list[DynamicConfigValue]:
    return [
        DynamicConfigValue("displayName", shown),
        DynamicConfigValue("color", {"mode": "fixed", "fixedColor": colour}),
    ]


def _thresholds(steps: Sequence[Threshold]) -> dashboard.ThresholdsConfig:
    made = list(steps) or [Threshold(None, PLAIN)]
    return dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(made)


def _link(to: Link) -> dashboard.DashboardLink:
    made = dashboard.DashboardLink(to.text).type(DashboardLinkType.LINK).url(to.url)
    return made.target_blank(to.leaves)
