"""A reading told rule by rule: what each selector found on the pages, and what came of it.

The reading itself is the ordinary one; its pages are then asked once more, field by field.
Variables that may be credentials, and what requests that carry them answered to, are not shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from selectolax.lexbor import LexborNode

from collectors.declarative.fields import View, collapsed, raw, read
from collectors.declarative.paths import text_of
from collectors.declarative.posts import MOST, rows_of
from collectors.declarative.run import collect
from collectors.declarative.saying import Notes
from collectors.declarative.sheet import NOTHING, Sheet
from collectors.declarative.spec import Ask, Field, Posts, Spec, Time
from collectors.declarative.states import Verdict
from collectors.declarative.suggest import suggestion
from collectors.declarative.times import time_of
from watcher.model import CollectError, Fetch, Sighting, Source

SHOWN = 3  # values of a rule
WIDTH = 120  # characters of a value


@dataclass(frozen=True, slots=True)
class Step:
    """One rule: its place in the file, how it is written, what it found and how often."""

    rule: str
    selector: str
    found: tuple[str, ...] = ()
    count: int = 0
    note: str = ""
    suggestion: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """A whole reading: its rules in order, and what it came to: one of sighting and error."""

    steps: tuple[Step, ...]
    sighting: Sighting | None = None
    error: CollectError | None = None


async def examine(spec: Spec, source: Source, fetch: Fetch) -> Told:
    """Read an account and tell how. Raises nothing that a reading may raise."""
    notes = Notes()
    sighting, error = None, None
    try:
        sighting = await collect(spec, source, fetch, notes)
    except CollectError as trouble:
        error = trouble
    steps = (*_steps(spec, notes), _verdict(sighting, error))
    return Told(steps, sighting, error)


def _steps(spec: Spec, notes: Notes) -> Iterator[Step]:
    yield from _variables(spec, notes.values)
    verdicts = dict(notes.verdicts)
    if spec.before is not None and notes.answered is not None:
        view = View(notes.answered, notes.values)
        yield _answer("request.before", spec.before, notes.answered)
        yield from _states("request.before", spec.before, view, verdicts)
        for name, field in spec.before.take.items():
            yield _field(f"request.before.take.{name}", field, [view], name in spec.secrets)
    if notes.sheet is None:
        return
    view = View(notes.sheet, notes.values, notes.earlier)
    yield _answer("request", spec.ask, notes.sheet)
    yield from _states("", spec.ask, view, verdicts)
    for name, field in spec.account.fields.items():
        yield _field(f"account.{name}", field, [view])
    for name, field in spec.account.traits.items():
        yield _field(f"account.traits.{name}", field, [view])
    if spec.posts is not None:
        yield from _posts(spec.posts, view)
    if spec.identity.id is not None:
        yield _field("identity.id", spec.identity.id, [view])


def _variables(spec: Spec, values: Mapping[str, str]) -> Iterator[Step]:
    origins = {variable.name: variable.origin for variable in spec.variables}
    for name, value in values.items():
        hidden = name in spec.secrets or origins.get(name) in spec.secrets
        shown = ("…",) if hidden else (short(value),)
        found = shown if value else ()
        yield Step(f"variables.{name}", origins.get(name, ""), found, len(found))


def _answer(rule: str, ask: Ask, sheet: Sheet) -> Step:
    page = sheet.page
    url = urlunsplit(urlsplit(page.url)._replace(query="")) if ask.secret else page.url
    note = f"status {page.status}, {len(page.body)} bytes"
    shown = "…" if ask.secret else short(sheet.text[: WIDTH * 8])
    return Step(rule, f"{ask.method} {url}"[:300], (shown,), 1, note)


def _states(where: str, ask: Ask, view: View, verdicts: Mapping[str, Verdict]) -> Iterator[Step]:
    rule = f"{where}.states" if where else "states"
    verdict = verdicts.get(rule, Verdict())
    if verdict.entry is None and verdict.state != "ok":
        yield Step(rule, "what every platform means by it", (verdict.why,), 1, verdict.state)
        return
    for number, state in enumerate(ask.states):
        here = f"{rule}[{number}]"
        if number == verdict.entry:
            yield Step(here, state.text, (verdict.why,), 1, f"the page is {state.state}")
            return
        yield Step(here, state.text, note=f"not {state.state}")


def _field(
    rule: str, field: Field, views: Iterable[View], hidden: bool = False, note: str = ""
) -> Step:
    """What a field finds in one view, or row by row in several."""
    seen = list(views)
    values = [(view, read(field, view)) for view in seen]
    found = [value for _, value in values if value is not None]
    shown = tuple("…" if hidden else short(value) for value in found[:SHOWN])
    count = len(raw(field, seen[0])) if len(seen) == 1 and field.test is None else len(found)
    if found or not seen:
        lacking = len(seen) - len(found)
        return Step(
            rule, field.text, shown, count, note or (f"{lacking} rows without" * (lacking > 0))
        )
    stands = raw(field, seen[0])
    if stands:
        said = f"finds {short(stands[0])!r}, but nothing of it fits"
        return Step(rule, field.text, (), 0, said, "see decode, regex, map and number")
    return Step(rule, field.text, (), 0, note or "finds nothing", suggestion(field, seen[0]))


def _posts(posts: Posts, view: View) -> Iterator[Step]:
    rows = rows_of(posts, view)
    if rows is None:
        hint = suggestion(posts.list, view)
        yield Step("posts.list", posts.list.text, note="finds nothing", suggestion=hint)
        return
    yield Step("posts.list", posts.list.text, tuple(map(short, rows[:SHOWN])), len(rows))
    if posts.more is not None:
        yield _field("posts.more", posts.more, [view])
    views = [View(view.sheet, view.values, view.earlier, row) for row in rows[:MOST]]
    for number, drop in enumerate(posts.drop_if):
        dropped = [each for each in views if read(drop, each) is True]
        yield Step(f"posts.drop_if[{number}]", drop.text, count=len(dropped), note="rows dropped")
        views = [each for each in views if read(drop, each) is not True]
    if posts.own is not None:
        answers = [read(posts.own, each) for each in views]
        note = f"{answers.count(True)} own, {answers.count(False)} of others, "
        note += f"{answers.count(None)} that do not say"
        hint = suggestion(posts.own, views[0]) if answers and set(answers) == {None} else ""
        yield Step("posts.own", posts.own.text, (), answers.count(True), note, hint)
        views = [each for each, own in zip(views, answers, strict=True) if own is not False]
    for name, field in posts.fields.items():
        yield _field(f"posts.{name}", field, views)
    yield _time("posts.time", posts.time, views)
    if posts.edited is not None:
        yield _time("posts.edited", posts.edited, views)


def _time(rule: str, time: Time, views: list[View]) -> Step:
    read_so = [time_of(time, view, view.sheet.page.at) for view in views]
    moments = [(text, moment) for moment, text in read_so if moment is not None]
    unread = list(dict.fromkeys(text for moment, text in read_so if moment is None and text))
    shown = tuple(
        f"{short(text)} = {moment.at:%Y-%m-%d %H:%M:%S} UTC" + (" (day)" if moment.day_only else "")
        for text, moment in moments[:SHOWN]
    )
    if unread:
        note = f"cannot read {', '.join(map(repr, map(short, unread[:SHOWN])))}"
        hint = f"formats tried: {', '.join(time.formats)}"
        return Step(rule, time.field.text, shown, len(moments), note, hint)
    if moments or not views:
        return Step(rule, time.field.text, shown, len(moments))
    hint = suggestion(time.field, views[0])
    return Step(rule, time.field.text, (), 0, "finds nothing", hint)


def _verdict(sighting: Sighting | None, error: CollectError | None) -> Step:
    if error is not None or sighting is None:
        return Step("verdict", "", (str(error),), 0, error.trouble.value if error else "")
    newest = max((post.latest for post in sighting.posts), default=None)
    said = [f"{len(sighting.posts)} posts"]
    said += [f"newest {newest:%Y-%m-%d %H:%M} UTC"] if newest else []
    said += [f"complete from {sighting.reaches:%Y-%m-%d %H:%M} UTC on"] if sighting.reaches else []
    return Step("verdict", "", tuple(said), len(sighting.posts), sighting.coverage.value)


def short(value: Any) -> str:
    """A value in one short line."""
    if isinstance(value, LexborNode):
        value = value.text()
    if value is NOTHING:
        return "the page itself"
    text = text_of(value)
    try:
        line = collapsed(text if text is not None else repr(value)[: WIDTH * 4])
    except RecursionError:
        line = "a value nested too deeply"
    return line if len(line) <= WIDTH else line[: WIDTH - 1] + "…"
