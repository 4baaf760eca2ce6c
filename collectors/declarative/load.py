"""YAML text to a Spec, with every mistake at once; the collectors that are shipped so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from collectors.declarative.compile import compile_spec
from collectors.declarative.mending import mended_mistakes
from collectors.declarative.schema import CollectorTable
from collectors.declarative.spec import Spec
from watcher.mistakes import Mistake, Words, parse_yaml
from watcher.wording import mistakes_of

LARGEST = 64 << 10  # characters of a file
MOST = 20_000  # nodes of a file, aliases followed
DEEPEST = 100  # levels of a file
_ALIAS = re.compile(r"(?:^|[\s\[{,:])\*\w")
_NESTING = re.compile(r"[\[\]{}]|(?:[-?:] +)+")
FOLDER = Path(__file__).parents[1]


@lru_cache(256)  # the same text says the same, and many ask
def read_spec(text: str, file: str) -> tuple[Spec | None, tuple[Mistake, ...]]:
    """The collector that a YAML text describes, or all that is wrong with it; never raises."""
    if len(text) > LARGEST:
        return None, (Mistake(file, "", f"超过 {LARGEST >> 10} 千字符"),)
    if _depth(text) > DEEPEST:
        return None, (Mistake(file, "", "嵌套太深"),)
    if _grown(text) > MOST:
        return None, (Mistake(file, "", "别名展开后过大", "请直接写出"),)
    value, wrong = parse_yaml(text, file, Words)
    if wrong:
        return None, wrong
    if not isinstance(value, dict) or not value:
        return None, (Mistake(file, "", "不是采集器", "从 platform: 和 request: 写起"),)
    try:
        table = CollectorTable.model_validate(value)
    except ValidationError as error:
        return None, (
            *mistakes_of(error, file, CollectorTable),
            *mended_mistakes(value, error, file),
        )
    except RecursionError:
        return None, (Mistake(file, "", "嵌套太深"),)
    return compile_spec(table, file)


def _depth(text: str) -> int:
    """How deep brackets and dashes nest, roughly: deep ones take a YAML reader forever."""
    depth = deepest = 0
    for sign in _NESTING.findall(text):
        depth += 1 if sign in "[{" else -1 if sign in "]}" else 0
        deepest = max(deepest, depth, len(sign))
    return deepest


def _grown(text: str) -> int:
    """How many nodes a text has once its aliases are followed; too many where one holds itself."""
    if _ALIAS.search(text) is None:
        return 0
    try:
        root = yaml.compose(text, Words)
    except (yaml.YAMLError, ValueError, RecursionError):
        return 0  # parse_yaml says what is wrong
    sizes: dict[int, int] = {}

    def size(node: yaml.Node | None) -> int:
        if node is None or isinstance(node, yaml.ScalarNode):
            return 1
        if id(node) not in sizes:
            sizes[id(node)] = MOST + 1  # while it is being counted: it would hold itself
            inner = [
                n for pair in node.value for n in (pair if isinstance(pair, tuple) else [pair])
            ]
            sizes[id(node)] = 1 + sum(map(size, inner))
        return sizes[id(node)]

    return size(root)


def shipped(folder: Path = FOLDER) -> Iterator[tuple[str, Spec]]:
    """Every `*.yaml` of a folder. Raises ValueError with all mistakes of all of them."""
    found: list[tuple[str, Spec]] = []
    wrong: list[Mistake] = []
    for path in sorted(folder.glob("*.yaml")):
        spec, mistakes = read_spec(path.read_text(encoding="utf-8"), path.name)
        wrong += mistakes
        if spec is not None:
            found.append((path.name, spec))
    if wrong:
        raise ValueError("\n".join(map(str, wrong)))
    return iter(found)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a collector's YAML, for editors."""
    schema = CollectorTable.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
