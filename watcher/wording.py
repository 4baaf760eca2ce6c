"""What pydantic found wrong, said in words with the place and a guess at what was meant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from typing_extensions import TypeAliasType

from watcher.mistakes import Mistake, meant

_WORDS = {
    "missing": "is missing",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "string_type": "must be text",
    "dict_type": "must be a section with keys",
    "model_type": "must be a section with keys",
    "model_attributes_type": "must be a section with keys",
    "list_type": "must be a list",
    "finite_number": "must be a number",
    "literal_error": "must be {expected}",
    "string_pattern_mismatch": "must match {pattern}",
    "string_too_short": "must not be empty",
    "string_too_long": "is longer than {max_length} characters",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
}


def mistakes_of(error: ValidationError, name: str, model: type[BaseModel]) -> tuple[Mistake, ...]:
    """Every mistake of a validated file, in the file's own words."""
    found: dict[tuple[str, str], Mistake] = {}
    for detail in error.errors(include_url=False):
        mistake = _mistake(detail, name, model)
        found.setdefault((mistake.path, mistake.message), mistake)
    return tuple(found.values())


def _mistake(detail: ErrorDetails, name: str, model: type[BaseModel]) -> Mistake:
    steps = place_of(detail["loc"])
    path = spelled(steps)
    if detail["type"] == "extra_forbidden":
        known = _fields(model, steps[:-1])
        hint = meant(str(steps[-1]), known) or f"known here: {', '.join(known)}"
        return Mistake(name, path, "unknown key", hint)
    if detail["type"] == "literal_error":
        words = re.findall(r"'([^']*)'", detail.get("ctx", {}).get("expected", ""))
        return Mistake(name, path, _words(detail), meant(detail["input"], words))
    return Mistake(name, path, _words(detail))


def _words(detail: ErrorDetails) -> str:
    context: Mapping[str, Any] = detail.get("ctx", {})
    if detail["type"] == "value_error":
        return str(context["error"])
    said = _WORDS.get(detail["type"], detail["msg"])
    return said.format_map(context) + _given(detail)


def _given(detail: ErrorDetails) -> str:
    """The value itself, where it is short and cannot be a secret."""
    value = detail["input"]
    if detail["type"] == "missing" or not isinstance(value, int | float | str):
        return ""
    return f", not {str(value)[:40]!r}" if isinstance(value, str) else f", not {value}"


def place_of(loc: tuple[int | str, ...]) -> list[int | str]:
    """The keys and numbers that lead to a place in the file."""
    return [step for step in loc if not _internal(step)]


def _internal(step: int | str) -> bool:
    """Steps that name a branch of a union or a key's own check, not a place in the file."""
    word = str(step)
    return word in ("str", "[key]") or word.startswith(("function-", "is-instance[", "<"))


def spelled(steps: list[int | str]) -> str:
    """A place as mistakes name it: states[0].body."""
    path = ""
    for step in steps:
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else step
    return path


def _fields(model: type[BaseModel], steps: list[int | str]) -> tuple[str, ...]:
    """The keys that may stand at a place of the file."""
    here: list[Any] = [model]
    for step in steps:
        here = [inner for kind in here for inner in _inside(kind, step)]
    names = (_keys(kind) for kind in here for kind in _branches(kind) if _is_model(kind))
    return tuple(dict.fromkeys(name for keys in names for name in keys))


def _inside(kind: Any, step: int | str) -> Iterator[Any]:
    """What may stand at a key or index of a value of this kind."""
    for branch in _branches(kind):
        if _is_model(branch):
            for name, info in branch.model_fields.items():
                if step in (name, info.alias):
                    yield info.annotation
        elif get_origin(branch) in (list, tuple, dict, Mapping):
            yield get_args(branch)[-1 if not isinstance(step, int) else 0]


def _branches(kind: Any) -> Iterator[Any]:
    """The kinds of a union, each without its annotations."""
    if get_origin(kind) is Annotated:
        yield from _branches(get_args(kind)[0])
    elif get_origin(kind) in (Union, UnionType):
        for branch in get_args(kind):
            yield from _branches(branch)
    elif isinstance(kind, TypeAliasType):
        yield from _branches(kind.__value__)
    else:
        yield kind


def _keys(model: type[BaseModel]) -> Iterator[str]:
    for name, info in model.model_fields.items():
        yield info.alias or name


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
