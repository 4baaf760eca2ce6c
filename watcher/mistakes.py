"""What is wrong with a file people write: where, what, and what may have been meant."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake: the file, the field inside it, what is wrong, what would be right."""

    file: str
    path: str
    message: str
    suggestion: str = ""

    def __str__(self) -> str:
        where = f"{self.file}: {self.path}" if self.path else self.file
        return f"{where}: {self.message}" + (f" ({self.suggestion})" if self.suggestion else "")


def meant(word: object, known: Iterable[str]) -> str:
    """A suggestion for a word that is not known, or the empty string."""
    near = get_close_matches(str(word), list(known), 1)
    return f"did you mean {near[0]!r}?" if near else ""


_BOOL, _TIMESTAMP = "tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp"


class Words(yaml.SafeLoader):
    """YAML as people mean it: `off` is a word, a day is text until somebody wants a day."""

    yaml_implicit_resolvers = {  # noqa: RUF012 (as its base class has it)
        first: [pair for pair in pairs if pair[0] not in (_BOOL, _TIMESTAMP)]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


class _Loader(Words):
    """And the same key twice is refused (the second would silently win)."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, Hashable) and key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} is here twice", key_node.start_mark
                )
            if isinstance(key, Hashable):
                seen.add(key)
        return super().construct_mapping(node, deep)


Words.add_implicit_resolver(_BOOL, re.compile(r"^(?:true|false)$", re.I), list("tTfF"))


def load_yaml(text: str) -> Any:
    """The values of a YAML document. Raises ValueError with line and column where it is none."""
    try:
        return yaml.load(text, _Loader)  # noqa: S506 (a SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise ValueError(f"{where}{error.problem or error.context or 'no YAML'}") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(f"no YAML: {str(error).splitlines()[0]}") from error


def parse_yaml(
    text: str, name: str, loader_type: type[yaml.SafeLoader] = yaml.SafeLoader
) -> tuple[Any, tuple[Mistake, ...]]:
    """The values of a YAML text and every mistake of its syntax; never raises.

    Unlike `load_yaml` it names every key that is given twice. `name` is the file as mistakes
    call it.
    """
    try:
        loader = loader_type(text)
        try:
            node = loader.get_single_node()
            if node is None:
                return {}, ()
            twice = tuple(_duplicates(node, name, "", frozenset()))
            return loader.construct_document(node), twice
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        at = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        said = " ".join(filter(None, (error.context, error.problem)))
        return None, (Mistake(name, "", f"{at}not valid YAML: {said}"),)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return None, (Mistake(name, "", f"not valid YAML: {error}"),)


def _duplicates(node: yaml.Node, name: str, path: str, above: frozenset[int]) -> Iterator[Mistake]:
    if id(node) in above:  # an alias may hold itself
        return
    above |= {id(node)}
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _duplicates(item, name, f"{path}[{index}]", above)
    if isinstance(node, yaml.MappingNode):
        first: dict[Hashable, int] = {}
        for key, value in node.value:
            word, line = str(key.value), key.start_mark.line + 1
            here = f"{path}.{word}" if path else word
            if word in first:
                message = f"is given twice, in lines {first[word]} and {line}"
                yield Mistake(name, here, message, "keep one of them")
            first.setdefault(word, line)
            yield from _duplicates(value, name, here, above)
