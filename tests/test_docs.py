"""What the guides say is so: commands, options, files, keys and libraries that they name exist."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import BaseModel
from typer.core import TyperGroup

from tests.program import ROOT
from watcher.commands import COMMANDS, loaded
from watcher.config.schema import WatcherTable

READMES = ("README.md", "README.zh-CN.md")
GUIDES = (
    *READMES,
    "CONTRIBUTING.md",
    "collectors/README.md",
    "deploy/README.md",
    "deploy/README.zh-CN.md",
    "deploy/runbook.md",
    "tests/bench/README.md",
)
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
SPAN = re.compile(r"`([^`\n]+(?:\n[^`\n]+)?)`")
CALL = re.compile(r"(?:^|[\s(;/])watcher ([a-z].*)")
WORDS = re.compile(r"[a-z][a-z-]*(?:\|[a-z-]+)*")
OPTION = re.compile(r"(?<![\w-])--[a-z][\w-]*")
FILE = re.compile(
    r"(?:watcher|alerts|collectors|config|deploy|tests|tools)/[\w./-]*"
    r"\.(?:py|md|yaml|yml|docx|html|sh|conf|service|timer|tsv|npz|txt)"
)
OURS_TO_NAME = re.compile(r"/(?:NAME|YEAR|年份)\.yaml|^deploy/container/run/")  # made by the reader


def text(guide: str) -> str:
    return (ROOT / guide).read_text("utf-8")


def said(guide: str) -> list[str]:
    """The code of a guide: lines of its blocks, and what stands between backticks."""
    whole = text(guide)
    lines = [line for _, body in FENCE.findall(whole) for line in body.splitlines()]
    spans = [" ".join(each.split()) for each in SPAN.findall(FENCE.sub("", whole))]
    return [*lines, *spans]


def calls(guide: str) -> list[str]:
    """What is asked of the program, without its name."""
    found = [CALL.search(each.replace("\\|", "|")) for each in said(guide)]
    return [match[1].split(" #")[0] for match in found if match]


def rows(guide: str) -> Iterator[list[str]]:
    """The cells of each row of each table."""
    for line in text(guide).splitlines():
        if line.startswith("| "):
            yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def wrong_with(call: str) -> str:
    """What of a call of the program does not exist; "" for nothing."""
    first, *rest = (word.strip("[]…,") for word in call.split())
    if first not in {command.name for command in COMMANDS}:
        return f"no command {first}"
    meant: list[Any] = [loaded(first)]
    if isinstance(meant[0], TyperGroup):
        if not rest or not WORDS.fullmatch(rest[0]):
            return ""  # the group itself is meant
        known = meant[0].commands
        if missing := [name for name in rest[0].split("|") if name not in known]:
            return f"no {first} {missing}"
        meant = [known[name] for name in rest[0].split("|")]
    options = {name for each in meant for p in each.params for name in (*p.opts, *p.secondary_opts)}
    lacking = set(OPTION.findall(call)) - options - {"--help"}
    return f"no {lacking}" if lacking else ""


def keys_of(table: type[BaseModel], before: str = "") -> Iterator[str]:
    """The keys of watcher.yaml, as READMEs write them; those of a list have `[]` before them."""
    for name, field in table.model_fields.items():
        kinds = [field.annotation, *get_args(field.annotation)]
        inner = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
        mark = "[]" if "list[" in str(field.annotation) else ""
        mark = ".*" if "dict[" in str(field.annotation) else mark
        if not inner:
            yield before + name
        for kind in inner:
            yield from keys_of(kind, f"{before}{name}{mark}.")


def keys_told(readme: str) -> Iterator[str]:
    """The keys of the table of configuration; `.port` after `listen.host` is `listen.port`."""
    for cells in rows(readme):
        last = ""
        for key in re.findall(r"`([\w.\[\]\u4e00-\u9fff]+)`", cells[0]):
            last = last.rpartition(".")[0] + key if key.startswith(".") else key
            yield re.sub(r"^pace\.[^.]+", "pace.*", last)


def shape(readme: str) -> list[str]:
    """The levels of its headings, with the number of rows and blocks under each."""
    whole = FENCE.sub("```", text(readme))
    _, *parts = re.split(r"^(#+) .*$", whole, flags=re.M)
    return [
        f"{level} {part.count(chr(10) + '| ')} {part.count('```')}"
        for level, part in zip(parts[::2], parts[1::2], strict=True)
    ]


def anchors(guide: str) -> set[str]:
    """Of its headings, as GitHub makes them, and those it sets itself."""
    whole = FENCE.sub("", text(guide))
    heads = re.findall(r"^#+ (.*)$", whole, flags=re.M)
    made = {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}
    return made | set(re.findall(r'<a id="([^"]+)">', whole))


@pytest.mark.parametrize("guide", GUIDES)
def test_every_command_and_option_that_is_named_exists(guide: str) -> None:
    assert not {call: why for call in calls(guide) if (why := wrong_with(call))}


def test_a_command_that_does_not_exist_would_be_found() -> None:
    assert wrong_with("chekc") == "no command chekc"
    assert wrong_with("cases lost|show") == "no cases ['lost']"
    assert wrong_with("poll KEY --fast") == "no {'--fast'}"


@pytest.mark.parametrize("readme", READMES)
def test_every_command_has_a_row(readme: str) -> None:
    told = {word for cells in rows(readme) for word in re.findall(r"^`watcher ([a-z]+)", cells[0])}
    assert not {command.name for command in COMMANDS} - told


@pytest.mark.parametrize("guide", GUIDES)
def test_every_file_that_is_named_is_there(guide: str) -> None:
    folders = (ROOT, (ROOT / guide).parent)
    named = {found[0] for each in said(guide) for found in FILE.finditer(each)}
    lost = {name for name in named if not any((folder / name).exists() for folder in folders)}
    assert not {name for name in lost if not OURS_TO_NAME.search(name)}


@pytest.mark.parametrize("guide", GUIDES)
def test_every_link_leads_somewhere(guide: str) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", text(guide))
    lost = [link for link, _ in links if not (ROOT / guide).parent.joinpath(link).exists()]
    assert not lost
    assert not {place for link, place in links if not link and place} - anchors(guide)


@pytest.mark.parametrize("readme", READMES)
def test_every_key_of_the_configuration_has_a_row(readme: str) -> None:
    assert not set(keys_of(WatcherTable)) - set(keys_told(readme))


@pytest.mark.parametrize("readme", READMES)
def test_every_library_has_a_row_with_its_reason_and_licence(readme: str) -> None:
    project = tomllib.loads(text("pyproject.toml"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    names = {re.split(r"[\[<>=]", each)[0].lower() for each in wanted}
    full = (cells for cells in rows(readme) if len(cells) == 3 and all(cells))
    assert not names - {name for cells in full for name in re.split(r", |、", cells[0])}


def test_both_readmes_have_the_same_parts_with_as_many_rows_and_blocks() -> None:
    english, chinese = map(shape, READMES)
    assert english == chinese
