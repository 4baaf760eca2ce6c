"""What must be found of the stories: worked out from their moments alone.

Written before a run and without a line of `watcher.rules` or `watcher.calendar`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeAlias

from watcher.model import Level
from watcher.replica.stories import Story
from watcher.replica.truth import Eyes, Step, Truth
from watcher.replica.world import Act, Scene

DAY = timedelta(days=1)
PROOF = DAY  # an absence is proved by looks over a day
LATER = timedelta(minutes=1)  # a second look comes after the first
# How long a reading may be waited for: an account that posts is read once a day, one reading in ten
# fails, and an absence takes a day and three looks.
READ, ABSENT, ENDED = timedelta(hours=36), timedelta(hours=66), timedelta(hours=72)
WRITTEN = timedelta(hours=2)  # paper is judged at once
_ON_PAPER = Eyes()


def truths_of_story(
    story: Story, account: str, last_posts: Sequence[datetime], eyes: Eyes, end: datetime
) -> tuple[Truth, ...]:
    """All that must be found of a story until the end; `last_posts`: those after its end."""
    rows = _ROWS.get(story.kind)
    if rows is None:
        return ()
    found = rows(story, account, last_posts, eyes)
    return tuple(_until(each, end) for each in found if each.provable < end)


def truths_of_acts(
    account: str, acts: Sequence[Act], suspended: bool, eyes: Eyes, end: datetime
) -> tuple[Truth, ...]:
    """OFF-01 and OFF-02 of an account without a paper: gone or banned for more than a day."""
    found = []
    for act in acts:
        rule = {Scene.GONE: "OFF-01", Scene.BANNED: "OFF-02"}.get(act.scene)
        if rule is None or act.begins is None or (suspended and act.scene is Scene.BANNED):
            continue
        level = Level.ORANGE if suspended else Level.RED
        steps = [(level, act.begins + PROOF)]
        found.append(_seen(account, rule, "presence", steps, act.ends, eyes, ABSENT))
    return tuple(_until(each, end) for each in found if each.provable < end)


def _until(truth: Truth, end: datetime) -> Truth:
    """What does not end before the run does not end."""
    if truth.until is not None and truth.until >= end:
        truth = replace(truth, until=None, visible_end=None)
    return replace(truth, steps=tuple(step for step in truth.steps if step.provable < end))


_Levels = Sequence[tuple[Level, datetime]]


def _seen(
    account: str,
    rule: str,
    subject: str,
    levels: _Levels,
    until: datetime | None,
    eyes: Eyes,
    patience: timedelta,
) -> Truth:
    """What readings must show."""
    steps = tuple(Step(level, since, eyes.shows(since)) for level, since in levels)
    shown = None if until is None else eyes.shows(until)
    return Truth(account, rule, subject, steps, until, shown, eyes, patience)


def _written(
    account: str, rule: str, subject: str, levels: _Levels, until: datetime | None = None
) -> Truth:
    """What paper alone shows."""
    steps = tuple(Step(level, since, since) for level, since in levels)
    return Truth(account, rule, subject, steps, until, until, _ON_PAPER, WRITTEN)


_Posts = Sequence[datetime]


def _changed(story: Story, account: str, posts: _Posts, eyes: Eyes) -> Iterator[Truth]:
    """CHG-01: asked about after one look, told after two."""
    shown = story.turns["shown"]
    until = story.turns.get("filed", story.turns.get("back"))
    levels = [(Level.YELLOW, shown), (Level.ORANGE, shown + LATER)]
    found = _seen(account, "CHG-01", "name", levels, until, eyes, READ)
    if "filed" in story.turns:  # paper ends it at once, whatever is to be seen
        found = replace(found, visible_end=until)
    yield found
    yield from _pictured(story, account, posts, eyes)


def _pictured(story: Story, account: str, posts: _Posts, eyes: Eyes) -> Iterator[Truth]:
    """CHG-01: who renames itself shows another picture too, of which no paper speaks. Nobody
    fetches pictures in a simulation, so it stays a hint, told after a day."""
    levels = [(Level.BLUE, story.turns["shown"] + DAY)]
    yield _seen(account, "CHG-01", "avatar", levels, story.turns.get("back"), eyes, ABSENT)


def _farewell(story: Story, account: str, posts: _Posts, eyes: Eyes) -> Iterator[Truth]:
    levels = [(Level.ORANGE, story.turns["said"])]
    yield _seen(account, "SUS-01", "notice", levels, None, eyes, READ)


def _unsaid(story: Story, account: str, posts: _Posts, eyes: Eyes) -> Iterator[Truth]:
    levels = [(Level.YELLOW, story.turns["due"])]
    yield _seen(account, "SUS-02", "notice", levels, None, eyes, READ)


def _posting(story: Story, account: str, posts: _Posts, eyes: Eyes) -> Iterator[Truth]:
    """SUS-03: from the first post after the day of suspension until a month after the last."""
    late = [at for at in posts if at >= story.turns["after"]]
    if late:
        levels = [(Level.YELLOW, late[0])]
        until = late[-1] + 30 * DAY
        yield _seen(account, "SUS-03", "posts", levels, until, eyes, READ)


def _reminded(story: Story, account: str, over: datetime, eyes: Eyes) -> Truth:
    """DER-02 in blue: the account is there, and its notice runs."""
    levels = [(Level.BLUE, story.turns["notice"])]
    return _seen(account, "DER-02", "notice", levels, over, eyes, ABSENT)


def _full(story: Story, account: str, posts: _Posts, eyes: Eyes) -> Iterator[Truth]:
    yield _reminded(story, account, story.turns["notice_over"], eyes)


def _back(story: Story, account: str, posts: _Posts, eyes: Eyes) -> Iterator[Truth]:
    yield from _full(story, account, posts, eyes)
    levels = [(Level.RED, story.turns["back"])]
    yield _seen(account, "DER-06", "presence", levels, None, eyes, ENDED)


def _still(story: Story, account: str, posts: _Posts, eyes: Eyes) -> Iterator[Truth]:
    yield from _full(story, account, posts, eyes)
    levels = [(Level.YELLOW, story.turns["due"])]
    yield _seen(account, "DER-04", "presence", levels, None, eyes, ENDED)


def _soon(story: Story, account: str, posts: _Posts, eyes: Eyes) -> Iterator[Truth]:
    proved = story.turns["gone"] + PROOF
    yield _reminded(story, account, proved, eyes)
    yield _seen(account, "DER-02", "early", [(Level.ORANGE, proved)], None, eyes, ABSENT)


def _opened_first(story: Story, account: str, posts: _Posts, eyes: Eyes) -> Iterator[Truth]:
    yield _written(account, "FIL-02", f"sim-{account}", [(Level.ORANGE, story.turns["filed"])])


def _late(story: Story, account: str, posts: _Posts, eyes: Eyes) -> Iterator[Truth]:
    turns, key = story.turns, f"sim-{account}"
    form = [(Level.BLUE, turns["reminded"]), (Level.YELLOW, turns["due"])]
    yield _written(account, "FIL-03", key, form, turns["reported"])
    yield _written(account, "FIL-04", key, [(Level.YELLOW, turns["due"])], turns["reported"])


def _unreviewed(story: Story, account: str, posts: _Posts, eyes: Eyes) -> Iterator[Truth]:
    yield _written(account, "FIL-07", f"sim-{account}", [(Level.ORANGE, story.turns["filed"])])


def _government(story: Story, account: str, posts: _Posts, eyes: Eyes) -> Iterator[Truth]:
    key, filed, over = f"sim-{account}", story.turns["filed"], story.turns["withdrawn"]
    yield _written(account, "DER-01", key, [(Level.RED, filed)], over)
    yield _written(account, "DER-03", key, [(Level.YELLOW, filed)], over)


_Rows: TypeAlias = Callable[[Story, str, _Posts, Eyes], Iterator[Truth]]
_ROWS: Mapping[str, _Rows] = {
    "renamed": _changed,
    "renamed_on_paper": _pictured,
    "renamed_filed_late": _changed,
    "renamed_and_back": _changed,
    "farewell_unfiled": _farewell,
    "suspended_without_a_word": _unsaid,
    "suspended_and_posting": _posting,
    "deregistered": _full,
    "deregistered_and_back": _back,
    "deregistered_and_still_there": _still,
    "deregistered_too_soon": _soon,
    "opened_before_approval": _opened_first,
    "reported_late": _late,
    "unreviewed": _unreviewed,
    "government_that_would_end": _government,
}
