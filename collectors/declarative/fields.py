"""The value of a field: found, unpacked, cut out, translated, tested.

What cannot be read is None, never a guess.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from selectolax.lexbor import LexborNode

from collectors.declarative.paths import find, opened, text_of
from collectors.declarative.patterns import WrongError, compile_pattern
from collectors.declarative.sheet import NOTHING, Sheet, decoded, selected
from collectors.declarative.spec import (
    Before,
    Css,
    Field,
    Given,
    Header,
    InText,
    Path,
    Template,
    Test,
    Where_,
)

LONGEST = 4000  # characters of a value
_NUMBER = re.compile(r"(\d{1,3}(?:,\d{3})+|\d{1,15})(\.\d{1,6})?\s*([万亿wWkK千]?)\+?")
_UNITS = {"": 1, "k": 1000, "千": 1000, "w": 10_000, "万": 10_000, "亿": 100_000_000}
_NO = frozenset({"", "0", "false", "no", "none", "null", "undefined", "否", "无", "未认证"})


@dataclass(frozen=True, slots=True)
class View:
    """Where a field is looked for: an answer, one row of it, the earlier answer, the variables."""

    sheet: Sheet
    values: Mapping[str, str]
    earlier: Sheet | None = None
    row: Any = NOTHING  # a node or a JSON value
    found: dict[str, list[LexborNode]] = dataclasses.field(default_factory=dict, compare=False)


def raw(field: Field, view: View) -> list[Any]:
    """Everything that stands where the field is looked for, first place first."""
    for place in field.places:
        if isinstance(place, Field):
            value = read(place, view)
            found = [] if value is None or value == "" else [value]
        else:
            found = _at(place, view)
        if found:
            return found
    return []


def _at(place: Where_, view: View) -> list[Any]:
    try:
        match place:
            case Path():
                root = view.sheet.document if view.row is NOTHING else view.row
                return [] if root is NOTHING else find(root, place, view.values)
            case Css():
                return _css(place, view)
            case Header():
                value = view.sheet.page.headers.get(place.name)
                return [value] if value is not None else []
            case InText():
                found = place.pattern.search(view.sheet.text)
                return [found.groups()[0]] if found and found.groups()[0] is not None else []
            case Before():
                if view.earlier is None:
                    return []
                return _at(place.inner, View(view.earlier, view.values))
            case Given():
                return [place.value.fill(view.values)]
    except KeyError:  # a variable that this source does not have
        return []


def _css(place: Css, view: View) -> list[Any]:
    nodes = nodes_of(place, view)
    if not place.attribute:
        return [collapsed(node.text()) for node in nodes]
    found = (node.attributes.get(place.attribute, NOTHING) for node in nodes)
    return [value or "" for value in found if value is not NOTHING]


def nodes_of(place: Css, view: View) -> list[LexborNode]:
    """The elements that a selector finds in the row, else on the page."""
    inside = view.row if isinstance(view.row, LexborNode) else None
    if not place.selector.text:
        root = inside or view.sheet.tree.root
        return [root] if root is not None else []
    selector = place.selector.fill(view.values, _escaped)
    if selector not in view.found:  # several fields of a row often share one
        place_of = view.sheet.tree if inside is None else inside
        view.found[selector] = selected(place_of, selector)
    return view.found[selector]


def _escaped(value: str) -> str:
    """A value that stays inside the quotes of a selector."""
    return re.sub(r"[\"'\\\n\r\f]", "", value)


def collapsed(text: str | None) -> str:
    return " ".join((text or "").replace("\x00", "").split())


def read(field: Field, view: View) -> Any:
    """The field's value: text, number, bool, a JSON value as it stands, or None."""
    return _read(field, raw(field, view), view)


def _read(field: Field, found: list[Any], view: View) -> Any:
    value = next((v for v in found if v not in ("", None)), None)
    if value is None:
        value = found[0] if found else None
    if value is not None:
        value = _made(field, value, view)
    return _tested(field.test, value, view) if field.test is not None else value


def _made(field: Field, value: Any, view: View) -> Any:
    if field.decode == "json":
        return opened(value)
    if not (field.decode or field.regex or field.map or field.number or _affixed(field)):
        return value
    text = text_of(value)
    text = decoded(text, field.decode) if text is not None and field.decode else text
    if text is not None and field.regex is not None:
        match = field.regex.search(text.strip()[:LONGEST])
        text = match.groups()[0] if match else None
    if text is not None and field.map is not None:
        text = field.map.get(text, text)
    if text is None or text == "":
        return None
    try:
        text = f"{field.prefix.fill(view.values)}{text}{field.suffix.fill(view.values)}"
    except KeyError:
        return None
    return number_of(text) if field.number else text


def _affixed(field: Field) -> bool:
    return bool(field.prefix.text or field.suffix.text)


def _tested(test: Test, value: Any, view: View) -> bool | None:
    """Whether the test holds; None where there is nothing to test."""
    answers: list[bool] = []
    if test.present is not None:
        answers.append((value is not None) == test.present)
    if test.empty is not None:
        answers.append(value is not None and (value in ("", [], {})) == test.empty)
    if test.equals or test.pattern is not None:
        text = text_of(value)
        if text is None:
            return False if answers and not all(answers) else None
        if test.equals:
            answers.append(text in _wanted(test.equals, view.values))
        if test.pattern is not None:
            pattern = test.compiled or _filled(test.pattern, view.values)
            answers.append(pattern is not None and pattern.search(text[:LONGEST]) is not None)
    return all(answers)


def _wanted(templates: tuple[Template, ...], values: Mapping[str, str]) -> set[str]:
    found: set[str] = set()
    for template in templates:
        try:
            filled = template.fill(values)
        except KeyError:
            continue
        if filled or not template.names:  # an empty variable is nobody
            found.add(filled)
    return found


def _filled(template: Template, values: Mapping[str, str]) -> Any:
    try:
        return compile_pattern(template.fill(values, re.escape))
    except (KeyError, WrongError):
        return None


# -- as what it is wanted ------------------------------------------------------------------


def text(field: Field | None, view: View, longest: int = LONGEST) -> str | None:
    """The field as one line of text, None where there is none."""
    if field is None:
        return None
    value = text_of(read(field, view))
    return collapsed(value)[:longest] or None if value is not None else None


def number(field: Field | None, view: View) -> int | None:
    """The field as a count; 1.2万 is 12000; None where it is none."""
    return number_of(read(field, view)) if field is not None else None


def number_of(value: Any) -> int | None:
    """A count as pages print it, or None."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        return value if 0 <= value < 10**15 else None
    if isinstance(value, float):
        return int(value) if value.is_integer() and 0 <= value < 1e15 else None
    if not isinstance(value, str):
        return None
    match = _NUMBER.fullmatch(value.strip())
    if match is None:
        return None
    whole, part, unit = match.groups()
    if part and not unit:
        return None
    return round(float(whole.replace(",", "") + (part or "")) * _UNITS[unit.lower()])


def flag(field: Field | None, view: View) -> bool | None:
    """The field as yes or no; an element that is there says yes; None where nothing is."""
    if field is None:
        return None
    found = raw(field, view)
    value = _read(field, found, view)
    if value is None:
        return None
    if isinstance(value, bool):
        return value
    if value == "" and isinstance(field.places[0], Css):
        return True
    as_text = text_of(value)
    if as_text is None:
        return bool(value)
    return as_text.strip().lower() not in _NO
