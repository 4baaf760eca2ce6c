"""What else is wrong with a file whose shape is wrong: the rest of it is looked at too.

What does not fit is taken out, what is missing is stood in for, and the remainder is compiled for
its mistakes alone. Those that may only follow from the mending are not said.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from pydantic import ValidationError

from collectors.declarative.compile import compile_spec
from collectors.declarative.schema import CollectorTable
from watcher.mistakes import Mistake
from watcher.wording import place_of, spelled

_ROUNDS = 8  # a mended file may show new mistakes of its shape
_STAND_INS: dict[str, Any] = {
    "url": "https://stand-in.invalid/",
    "request": {"url": "https://stand-in.invalid/"},
    "list": ".",
    "id": {"const": "x"},
    "time": {"const": "x"},
    "state": "ok",
    "json_in_html": {"marker": "x"},
}


def mended_mistakes(value: Any, error: ValidationError, file: str) -> Iterator[Mistake]:
    """The mistakes that compiling would find in the parts that fit."""
    value, touched = deepcopy(value), list[str]()
    for _ in range(_ROUNDS):
        for detail in error.errors(include_url=False):
            steps = place_of(detail["loc"])
            if not steps or (steps[0] in ("parse", "request") and steps[-1] == "parse"):
                return  # what a field's text means is not known
            touched.append(spelled(steps))
            if not _mend(value, steps, detail["type"] == "missing"):
                return
        try:
            table = CollectorTable.model_validate(value)
        except ValidationError as again:
            error = again
            continue
        _, wrong = compile_spec(table, file, partial=True)
        yield from (mistake for mistake in wrong if not _follows(mistake.path, touched))
        return


def _mend(value: Any, steps: list[int | str], missing: bool) -> bool:
    """Take a part out or put a stand-in there; False where that cannot be done."""
    if isinstance(steps[-1], int) and not missing:  # a list goes as a whole: numbers are names
        steps = steps[:-1]
    *above, last = steps
    for step in above:
        try:
            value = value[step]
        except (LookupError, TypeError):
            return True  # taken out already with what holds it
    if missing and isinstance(value, dict):
        value[last] = deepcopy(_STAND_INS.get(str(last)))
        return value[last] is not None
    if isinstance(value, dict):
        found = next((key for key in value if str(key) == str(last)), None)
        if found is not None:
            del value[found]
    return True


def _follows(path: str, touched: list[str]) -> bool:
    """Whether a mistake lies in, or right around, a part that was mended."""
    return any(_within(path, each) or _within(each, path) for each in touched)


def _within(inner: str, outer: str) -> bool:
    return inner == outer or inner.startswith((f"{outer}.", f"{outer}["))
