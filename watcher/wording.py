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

# What each type of pydantic's errors means to who wrote the file; by the whole name, else by its
# first word (int_parsing: int).
_WORDS = {
    "missing": "没有写，必须写",
    "none_required": "不能有值",
    "frozen": "不能更改",
    "invalid_key": "名称应为文字",
    "model": "应为若干“名称: 值”",
    "dataclass": "应为若干“名称: 值”",
    "dict": "应为若干“名称: 值”",
    "mapping": "应为若干“名称: 值”",
    "list": "应为列表",
    "tuple": "应为列表",
    "set": "应为列表",
    "frozen_set_type": "应为列表",
    "iterable": "应为列表",
    "bool": "应为 true 或 false",
    "int": "应为整数",
    "int_parsing_size": "数字太大",
    "float": "应为数字",
    "finite_number": "应为数字",
    "decimal": "应为数字",
    "multiple_of": "应为 {multiple_of} 的倍数",
    "string": "应为文字",
    "string_too_short": "至少要有 {min_length} 个字",
    "string_too_long": "超过 {max_length} 个字",
    "string_pattern_mismatch": "写法不对，应符合 {pattern}",
    "string_not_ascii": "只能用英文字母、数字和半角符号",
    "bytes": "应为文字",
    "too_short": "至少要有 {min_length} 项",
    "too_long": "最多 {max_length} 项",
    "greater_than": "须大于 {gt}",
    "greater_than_equal": "不能小于 {ge}",
    "less_than": "须小于 {lt}",
    "less_than_equal": "不能大于 {le}",
    "literal_error": "应为其中之一：{expected}",
    "enum": "应为其中之一：{expected}",
    "date": "应为日期，写法如 2026-11-23",
    "time": "应为钟点，写法如 22:00",
    "time_delta_type": "应为时长",
    "time_delta_parsing": "应为时长",
    "datetime": "应为时刻，写法如 2026-11-23T10:00+08:00",
    "timezone": "时区不对",
    "url": "应为网址",
    "uuid": "应为 UUID",
    "is_instance_of": "应为文字，或 {{env: 变量名}}、{{file: 路径}}",
    "union_tag_invalid": "不认识的种类，应为其中之一：{expected_tags}",
    "union_tag_not_found": "没有写明种类",
    "recursion": "嵌套太深，或自己包含自己",
}
_OTHERWISE = "这里不能用这个值"


def mistakes_of(error: ValidationError, name: str, model: type[BaseModel]) -> tuple[Mistake, ...]:
    """Every mistake of a validated file, in the file's own words."""
    found: dict[tuple[str, str], Mistake] = {}
    for detail in error.errors(include_url=False):
        mistake = _mistake(detail, name, model)
        if detail["type"] == "is_instance_of" and any(at == mistake.path for at, _ in found):
            continue  # the other branch of `text or secret` has said it
        found.setdefault((mistake.path, mistake.message), mistake)
    return tuple(found.values())


def _mistake(detail: ErrorDetails, name: str, model: type[BaseModel]) -> Mistake:
    steps = place_of(detail["loc"])
    path = spelled(steps)
    if detail["type"] == "extra_forbidden":
        known = _fields(model, steps[:-1])
        hint = meant(str(steps[-1]), known) or f"这里可用：{'、'.join(known)}"
        return Mistake(name, path, "不认识这一项", hint)
    hint = ""
    if detail["type"] in ("literal_error", "enum"):
        hint = meant(detail["input"], _allowed(detail))
    return Mistake(name, path, words_of(detail), hint)


def _allowed(detail: ErrorDetails) -> list[str]:
    """The words of a choice, which pydantic tells as `'a', 'b' or 'c'`."""
    return re.findall(r"'([^']*)'", str(detail.get("ctx", {}).get("expected", "")))


def words_of(detail: ErrorDetails) -> str:
    """What one error of pydantic's says, in Chinese whatever its type."""
    kind = detail["type"]
    context: dict[str, Any] = {
        name: f"{value:g}" if isinstance(value, float) else value
        for name, value in (detail.get("ctx") or {}).items()
    }
    if kind == "value_error":
        return str(context["error"])
    if kind in ("literal_error", "enum"):
        context["expected"] = "、".join(_allowed(detail)) or context.get("expected", "")
    said = _WORDS.get(kind) or _WORDS.get(kind.partition("_")[0], _OTHERWISE)
    return said.format_map(context) + _given(detail)


def _given(detail: ErrorDetails) -> str:
    """The value itself, where it is short and cannot be a secret."""
    value = detail["input"]
    if detail["type"] == "missing" or not isinstance(value, int | float | str):
        return ""
    return f"，现在是“{value[:40]}”" if isinstance(value, str) else f"，现在是 {value}"


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
