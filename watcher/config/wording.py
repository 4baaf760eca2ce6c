"""What pydantic found wrong, said in words with the place and a guess at what was meant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

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
    steps = [step for step in detail["loc"] if not _internal(step)]
    path = _spelled(steps)
    if detail["type"] == "extra_forbidden":
        known = _fields(model, steps[:-1])
        hint = meant(str(steps[-1]), known) or f"known here: {', '.join(known)}"
        return Mistake(name, path, "unknown key", hint)
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


def _internal(step: int | str) -> bool:
    """Steps that name a branch of a union or a key's own check, not a place in the file."""
    return step in ("str", "[key]", "is-instance[Secret]") or str(step).startswith("function-")


def _spelled(steps: list[int | str]) -> str:
    path = ""
    for step in steps:
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else step
    return path


def _fields(model: type[BaseModel], steps: list[int | str]) -> tuple[str, ...]:
    """The keys that may stand at a place of the file."""
    here: type[BaseModel] | None = model
    inside: Any = None
    for step in steps:
        if here is None:  # the step is a key of a mapping: its values are of this model
            here = inside
            continue
        annotation = here.model_fields[str(step)].annotation
        models = [t for t in (annotation, *get_args(annotation)) if _is_model(t)]
        whole = _is_model(annotation) or type(None) in get_args(annotation)
        inside = models[0] if models else None
        here = inside if whole else None
    return tuple(here.model_fields) if here else ()


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
