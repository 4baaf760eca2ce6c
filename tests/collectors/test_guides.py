"""The table of platforms says what the collectors are. `--update` writes it anew."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from collectors import Collector, Need, Sure, discover
from collectors.guides import GUIDES, Guide
from watcher.model import Coverage
from watcher.register.columns import PLATFORMS

README = Path(__file__).parents[2] / "collectors" / "README.md"
COLLECTORS = discover()
BEGIN, END = "<!-- platforms: written by tests/collectors/test_guides.py -->", "<!-- end -->"
_NEEDS = {
    Need.BROWSER: "a browser",
    Need.CREDENTIAL: "the owner's credential",
    Need.PERSON: "a person",
}
_FIELDS = (
    "bio",
    "avatar",
    "verified",
    "verified_type",
    "verified_as",
    "followers",
    "post_count",
    "traits",
)


def _row(guide: Guide) -> str:
    cells = (
        f"{guide.title} `{guide.form}`",
        " → ".join(_source(COLLECTORS[name]) for name in guide.sources),
        guide.search,
        guide.remark,
    )
    return f"| {' | '.join(cells)} |"


def _source(collector: Collector) -> str:
    needs = ", ".join(_NEEDS[need] for need in sorted(collector.needs)) or "nothing"
    fields = ", ".join(name for name in _FIELDS if name in collector.sees)
    coverage = collector.coverage.value.upper()
    return (
        f"`{collector.name}` ({coverage}; needs {needs}; sees {fields or 'the name at most'};"
        f" {collector.sure.value})"
    )


def _table() -> str:
    head = "| platform | sources in order | search for look-alikes | remark |\n|---|---|---|---|"
    return "\n".join((head, *map(_row, GUIDES)))


def test_the_table_of_platforms_is_what_the_collectors_are(update: bool) -> None:
    text = README.read_text("utf-8")
    assert BEGIN in text
    assert END in text
    head, rest = text.split(BEGIN)
    table, tail = rest.split(END, 1)
    if update:
        README.write_text(f"{head}{BEGIN}\n{_table()}\n{END}{tail}", "utf-8")
    else:
        assert table.strip() == _table()


def test_every_box_of_the_filing_form_has_a_guide() -> None:
    assert set(PLATFORMS) - {"other"} <= {guide.form for guide in GUIDES}
    assert len({guide.form for guide in GUIDES}) == len(GUIDES)


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.form)
def test_the_sources_of_a_platform_read_its_accounts(guide: Guide) -> None:
    for name in guide.sources:
        assert name in COLLECTORS
        forms = COLLECTORS[name].forms
        assert not forms or guide.form in forms or "other" in forms, name


def test_every_collector_is_a_way_into_some_platform() -> None:
    listed = {name for guide in GUIDES for name in guide.sources}
    assert set(COLLECTORS) <= listed


_SURE = {
    Sure.CAPTURED: ("captured",),
    Sure.REPORTED: ("reported", "RSS and Atom as specified"),
    Sure.UNCONFIRMED: ("unconfirmed", "asserted"),
}


@pytest.mark.parametrize("name", COLLECTORS)
def test_the_row_of_a_collector_says_what_the_collector_says(name: str) -> None:
    text = README.read_text("utf-8").partition("## Failure signs")[0]
    row = re.search(rf"^\| `{re.escape(name)}` \|(.*)\|$", text, re.MULTILINE)
    assert row is not None
    _, coverage, needs, _, _, sure = (cell.strip() for cell in row[1].split(" | "))
    collector = COLLECTORS[name]
    assert coverage.upper().startswith(collector.coverage.value.upper())
    assert all(need.value.upper() in needs for need in collector.needs)
    assert sure.startswith(_SURE[collector.sure])


@pytest.mark.parametrize("name", COLLECTORS)
def test_a_collector_says_what_it_is(name: str) -> None:
    collector = COLLECTORS[name]
    assert collector.title
    assert collector.sees <= set(_FIELDS)
    partial_only = Need.PERSON in collector.needs
    assert not partial_only or collector.coverage is Coverage.PARTIAL


@pytest.mark.parametrize("name", COLLECTORS)
def test_the_failure_signs_of_a_collector_are_written_down(name: str) -> None:
    signs = README.read_text("utf-8").partition("## Failure signs")[2]
    assert re.search(rf"^\| .*`{re.escape(name)}`.* \|", signs, re.MULTILINE)
