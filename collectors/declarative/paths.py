"""Ways into JSON: `a.b.0.c`, `*`, `[key=value]`, `[a.b=value]`, `[^prefix]`, `["a.b"]`.

A step into a text that is itself JSON decodes it first. Nothing found is an empty list, never an
error; null counts as nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from itertools import islice
from typing import Any

from collectors.declarative.patterns import WrongError
from collectors.declarative.spec import Each, Key, Path, Starting, Step, Template, Where

MOST = 5000  # values a step may hand on
DEEPEST = 24  # steps of a path
_TOKEN = re.compile(r"\[(?:\"([^\"]*)\"|\^([^\]]+)|([^\]=]+)=([^\]]*)|(\d+|\*))\]|([^.\[\]]+)")


def parse_path(text: str) -> Path:
    """The steps of a path; "" and "." are the value itself. Raises WrongError."""
    steps: list[Step] = []
    at = 0
    rest = text.removeprefix("$").strip()
    while at < len(rest):
        if rest[at] == "." and rest != ".":
            at += 1
            continue
        if rest == ".":
            break
        found = _TOKEN.match(rest, at)
        if found is None or not found[0].strip():
            raise WrongError(
                f"路径在 {rest[at : at + 20]!r} 处写错",
                "write a.b.0.c, *, [key=value], [a.b=value] or [^prefix]",
            )
        steps.append(_step(found))
        at = found.end()
    if len(steps) > DEEPEST:
        raise WrongError(f"超过 {DEEPEST} 级")
    return Path(text, tuple(steps))


def _step(found: re.Match[str]) -> Step:
    quoted, prefix, key, equals, index, word = found.groups()
    if prefix is not None:
        return Starting(Template(prefix.strip()))
    if key is not None:
        return Where(tuple(key.strip().split(".")), Template(equals.strip().strip("\"'")))
    if quoted is not None:
        return Key(Template(quoted))
    plain = (index or word).strip()
    return Each() if plain == "*" else Key(Template(plain))


def chooses(path: Path) -> bool:
    """Whether what the path leads to are the elements of a list, not the list."""
    last = path.steps[-1] if path.steps else Key(Template(""))
    return not isinstance(last, Key) or last.word.text.isdigit()


def find(value: Any, path: Path, values: Mapping[str, str]) -> list[Any]:
    """What stands at the end of the path, null aside. Raises KeyError for a missing variable."""
    here = [value]
    for step in path.steps:
        here = list(islice(_all(here, step, values), MOST))
        if not here:
            break
    return [found for found in here if found is not None]


def _all(here: Iterable[Any], step: Step, values: Mapping[str, str]) -> Iterator[Any]:
    for value in here:
        yield from _into(opened(value), step, values)


def opened(value: Any) -> Any:
    """A text that is JSON as its value, anything else as it is."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def _into(value: Any, step: Step, values: Mapping[str, str]) -> Iterable[Any]:
    if isinstance(step, Key):
        return _keyed(value, step.word.fill(values))
    if isinstance(value, dict):
        if isinstance(step, Starting):
            prefix = step.prefix.fill(values)
            return [inner for key, inner in value.items() if str(key).startswith(prefix)]
        value = list(value.values())
    if not isinstance(value, list) or isinstance(step, Starting):
        return ()
    if isinstance(step, Each):
        return value
    wanted = step.equals.fill(values)
    return [element for element in value if _holds(element, step.inner, wanted)]


def _keyed(value: Any, word: str) -> Iterable[Any]:
    if isinstance(value, dict):
        return (value[word],) if word in value else ()
    if isinstance(value, list) and word.isdecimal() and len(word) < 7 and int(word) < len(value):
        return (value[int(word)],)
    return ()


def _holds(element: Any, inner: tuple[str, ...], wanted: str) -> bool:
    for word in inner:
        found = tuple(_keyed(opened(element), word))
        if not found:
            return False
        element = found[0]
    return text_of(element) == wanted


def text_of(value: Any) -> str | None:
    """A scalar as text: 404, 1.5, true; None for lists, maps and null."""
    if isinstance(value, str):
        return value if value.isascii() else _whole(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, int):
        return str(value) if abs(value) < 10**40 else None
    return str(value) if isinstance(value, float) else None


def _whole(text: str) -> str:
    """A text without halves of surrogate pairs, which JSON may hold and nothing else can."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def broken_at(value: Any, path: Path, values: Mapping[str, str]) -> str:
    """Where a path that finds nothing breaks, and which keys are there instead."""
    here = [value]
    for number, step in enumerate(path.steps):
        deeper = list(islice(_all(here, step, values), MOST))
        if not deeper:
            return _offer(opened(here[0]), step, number, values)
        here = deeper
    return "it is null there" if here and here[0] is None else ""


def _offer(value: Any, step: Step, number: int, values: Mapping[str, str]) -> str:
    word = step.word.fill(values) if isinstance(step, Key) else ""
    if isinstance(value, list):
        inner = next((v for v in value if isinstance(v, dict)), None)
        keys = f" of {', '.join(map(str, list(inner)[:8]))}" if inner else ""
        return f"step {number + 1}: a list of {len(value)}{keys}; take 0, * or [key=value]"
    if not isinstance(value, dict):
        return f"step {number + 1}: there is {type(value).__name__} {str(value)[:30]!r}, no map"
    known = [str(key)[:40] for key in value]
    near = get_close_matches(word, known, 3, 0.5)
    near += [k for k in known if word and word.lower() in k.lower() and k not in near][:3]
    if near:
        return f"step {number + 1}: did you mean {' or '.join(repr(k) for k in near)}?"
    return f"step {number + 1}: the keys there are {', '.join(known[:12]) or 'none'}"
