"""A compiled collector: frozen values, ready to run; nothing in it can be wrong any more."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from watcher.model import Coverage, Pace

_VARIABLE = re.compile(r"\{([a-z][a-z0-9_]{0,39})\}")


class Match(Protocol):
    def group(self, name: int | str = 0) -> str | None: ...
    def groups(self) -> tuple[str | None, ...]: ...
    def groupdict(self) -> dict[str, str | None]: ...


class Pattern(Protocol):
    """A google-re2 pattern: linear in the text, whatever the text."""

    groups: int
    groupindex: Mapping[str, int]
    pattern: str

    def search(self, text: str) -> Match | None: ...


@dataclass(frozen=True, slots=True)
class Template:
    """A text with {variables}; any other brace is a brace."""

    text: str

    @property
    def names(self) -> frozenset[str]:
        return frozenset(_VARIABLE.findall(self.text)) if "{" in self.text else frozenset()

    def fill(self, values: Mapping[str, str], quote: Callable[[str], str] = str) -> str:
        """The text with its variables in place. Raises KeyError naming one that is not there."""
        if "{" not in self.text:
            return self.text
        return _VARIABLE.sub(lambda found: quote(values[found[1]]), self.text)


@dataclass(frozen=True, slots=True)
class Key:
    """Into a map by key, or into a list by number."""

    word: Template


@dataclass(frozen=True, slots=True)
class Each:
    """Every element of a list, every value of a map."""


@dataclass(frozen=True, slots=True)
class Where:
    """Those elements in which `inner` leads to this text."""

    inner: tuple[str, ...]
    equals: Template


@dataclass(frozen=True, slots=True)
class Starting:
    """Values of the keys that begin so."""

    prefix: Template


Step = Key | Each | Where | Starting


@dataclass(frozen=True, slots=True)
class Path:
    """A way into a JSON value; `text` is how it is written."""

    text: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Css:
    """Elements of a page, and which attribute of them; "" is their text, no selector the row."""

    text: str
    selector: Template
    attribute: str = ""


@dataclass(frozen=True, slots=True)
class Header:
    name: str


@dataclass(frozen=True, slots=True)
class InText:
    """The group of a pattern in the page's text."""

    pattern: Pattern


@dataclass(frozen=True, slots=True)
class Before:
    """The same in the earlier answer."""

    inner: Path | Css | Header | InText


@dataclass(frozen=True, slots=True)
class Given:
    """A variable or a constant."""

    value: Template


Where_ = Path | Css | Header | InText | Before | Given


@dataclass(frozen=True, slots=True)
class Test:
    """What must hold; every part that is given."""

    equals: tuple[Template, ...] = ()
    pattern: Template | None = None  # re2, compiled when its variables are in place
    compiled: Pattern | None = None  # … already, where it has none
    present: bool | None = None
    empty: bool | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """One value: the places to look, in order, and what is done with what stands there."""

    text: str  # as written, for people
    places: tuple[Where_ | Field, ...]
    decode: str = ""
    regex: Pattern | None = None
    map: Mapping[str, str] | None = None
    number: bool = False
    prefix: Template = Template("")
    suffix: Template = Template("")
    test: Test | None = None


@dataclass(frozen=True, slots=True)
class Time:
    field: Field
    formats: tuple[str, ...]
    zone: str
    day_only: bool = False


@dataclass(frozen=True, slots=True)
class InHtml:
    """JSON inside a page: in the first script that a selector finds, or after a marker."""

    script: str = ""
    marker: str = ""
    decode: str = ""
    optional: bool = False


Parse = str | InHtml


@dataclass(frozen=True, slots=True)
class State:
    """A state and its conditions, all of which must hold."""

    state: str
    text: str  # the conditions as written
    why: str = ""
    status: frozenset[int] = frozenset()
    url: Pattern | None = None
    body: Pattern | None = None
    header: tuple[tuple[str, Pattern], ...] = ()
    tests: tuple[Field, ...] = ()
    smaller: int | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """One request and how its answer is read."""

    url: Template
    method: str
    headers: Mapping[str, Template]
    form: Mapping[str, Template] | None
    json: Any  # JSON value whose texts are Templates
    redirects: bool
    charset: str
    conditional: bool
    secret: bool
    parse: Parse
    states: tuple[State, ...]
    take: Mapping[str, Field]
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Variable:
    name: str
    origin: str
    pattern: Pattern | None


@dataclass(frozen=True, slots=True)
class Account:
    """The fields of a Profile that are read."""

    fields: Mapping[str, Field]
    traits: Mapping[str, Field]


@dataclass(frozen=True, slots=True)
class Posts:
    list: Field
    fields: Mapping[str, Field]  # id, title, url, pinned, repost
    time: Time
    edited: Time | None
    require: frozenset[str]
    drop_if: tuple[Field, ...]
    own: Field | None
    more: Field | None
    bound: frozenset[str]  # the variables by which the list itself is chosen


@dataclass(frozen=True, slots=True)
class Identity:
    id: Field | None = None
    id_wanted: Template = Template("{id}")
    given: frozenset[str] = frozenset()  # variables that may stand in for the page's id
    name: Template | None = None


@dataclass(frozen=True, slots=True)
class Spec:
    """A collector as data."""

    name: str
    platform: str
    title: str
    forms: tuple[str, ...]
    sure: str
    coverage: Coverage
    needs: tuple[str, ...]
    hosts: frozenset[str]
    paths: tuple[str, ...]
    variables: tuple[Variable, ...]
    secrets: frozenset[str]  # variables that are never shown
    links: tuple[Pattern, ...]
    ask: Ask
    before: Ask | None
    account: Account
    posts: Posts | None
    identity: Identity
    pace: Pace
    mandatory: tuple[str, ...]
