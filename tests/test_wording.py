"""Mistakes are told in Chinese, whatever pydantic or PyYAML call them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from pydantic_core._pydantic_core import list_all_errors

from collectors.declarative.schema import CollectorTable
from watcher.config.impersonation import ImpersonationTable
from watcher.config.judgement import JudgementTable, TakedownTable
from watcher.config.platforms import PlatformTable
from watcher.config.reading import read_yaml
from watcher.config.route_tables import RoutesTable
from watcher.config.schema import WatcherTable
from watcher.mistakes import load_yaml, parse_yaml, reason_of
from watcher.rules.tables import RulesFile
from watcher.wording import mistakes_of, words_of

TABLES = (
    WatcherTable,
    RoutesTable,
    PlatformTable,
    ImpersonationTable,
    JudgementTable,
    TakedownTable,
    CollectorTable,
    RulesFile,
)
HAN = re.compile(r"[一-鿿]")
# English sentences have these; names of keys and values in the file may be English.
ENGLISH = re.compile(r"\b(should|must|input|valid|expected|the|is|not|Input|Value)\b")


def in_chinese(words: str) -> bool:
    return bool(HAN.search(words)) and not ENGLISH.search(words)


@pytest.mark.parametrize("each", list_all_errors(), ids=lambda each: each["type"])
def test_every_type_of_error_there_is_has_chinese_words(each: Any) -> None:
    context = dict(each["example_context"] or {})
    if each["type"] in ("value_error", "assertion_error"):
        context["error"] = "不对"  # what a validator of ours says
    detail = ErrorDetails(type=each["type"], loc=("a",), msg=each["message_template_python"],
                          input=None, ctx=context)  # fmt: skip
    assert in_chinese(words_of(detail))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text("值0-:", max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.just("值"), inner, max_size=1),
    max_leaves=4,
)


def _shaped(model: Any, deep: int = 3) -> st.SearchStrategy[Any]:
    """The section as it is written, with whatever at its places."""
    inner = {
        info.alias or name: _under(info.annotation, deep)
        for name, info in model.model_fields.items()
    }
    return st.fixed_dictionaries({}, optional=inner) if deep else values


def _under(kind: Any, deep: int) -> st.SearchStrategy[Any]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return values | _shaped(kind, deep - 1)
    tables: list[type[BaseModel]] = [
        each for each in get_args(kind) if isinstance(each, type) and issubclass(each, BaseModel)
    ]
    many = [st.lists(_shaped(each, deep - 1), max_size=2) for each in tables]
    keyed = [st.dictionaries(st.just("UPD-01"), _shaped(t, deep - 1), max_size=1) for t in tables]
    return st.one_of(values, *many, *keyed)


@given(st.sampled_from(TABLES).flatmap(lambda t: st.tuples(st.just(t), values | _shaped(t))))
def test_whatever_stands_in_a_file_is_answered_in_chinese(
    pair: tuple[type[BaseModel], Any],
) -> None:
    model, given_ = pair
    try:
        model.model_validate(given_)
    except ValidationError as error:
        for each in mistakes_of(error, "x.yaml", model):
            assert in_chinese(each.message), each
            assert not each.suggestion or HAN.search(each.suggestion), each


@contextmanager
def raises_in_chinese() -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        said = str(error)
        if not in_chinese(said):
            pytest.fail(said)
        raise


@given(st.text("a:[]{}-'\"\t\n &*!|>%@ 中", max_size=30))
def test_whatever_is_no_yaml_is_answered_in_chinese(text: str) -> None:
    for each in parse_yaml(text, "x.yaml")[1]:
        assert in_chinese(each.message), each
    with suppress(ValueError), raises_in_chinese():
        load_yaml(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: b: c", "第 1 行第 5 列：不是有效的 YAML：多了一个冒号"),
        ("a:\n\tb: 1", "第 2 行第 1 列：不是有效的 YAML：缩进用了制表符"),
        ("a: @b", "值以特殊符号开头"),
        ("a: 'b", "引号或括号没有成对"),
        ("a: [b", "括号没有成对"),
        ("a: 1\n b: 2", "冒号"),
        ("a: *b", "别名"),
        ("a: !x b", "不认识的标签"),
        ("a: 1\n---\nb: 2", "只能有一份文档"),
        ("a: \x00", "控制字符"),
        ("a: 2026-02-31", "有一个值读不出来"),
    ],
)
def test_a_mistake_of_syntax_says_what_to_do(text: str, words: str) -> None:
    (mistake,) = parse_yaml(text, "x.yaml")[1]
    assert words in mistake.message


def test_a_file_that_the_system_does_not_give_is_told_in_chinese(tmp_path: Path) -> None:
    assert read_yaml(tmp_path)[1][0].message == "不能读取：是文件夹，不是文件"
    assert reason_of(OSError(4711, "Odd thing")) == "系统错误 4711"
    assert reason_of(UnicodeDecodeError("utf-8", b"\xff", 0, 1, "x")).startswith("不是 UTF-8")
