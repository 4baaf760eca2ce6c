"""Keys under which names are found again: two names with a key in common may be one to a reader.

Each family of keys forgives one kind of change: another character of the same sound, one character
more, less or other, another order, letters for the place, another word for the organ, words before
or after the name. Where there are many of a family a key is a hash, which holds within one process.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Set
from functools import cache, lru_cache
from itertools import islice, product
from typing import NamedTuple, TypeVar

from watcher.names import organs
from watcher.names.normal import is_han
from watcher.names.places import Place, find_places
from watcher.names.sound import (
    fuzzy,
    latin,
    readings,
    syllables,
    without_level,
    without_level_initial,
)

SHORTEST = 3  # characters of a name that is looked for inside another
LATIN = re.compile(r"[a-z]{2,}")
_LEVEL = "(?:[省县区]|市(?!场))"
_TURNED = "民人(?=政府|法院|检察院)"
_OPTIONAL = re.compile(
    f"人民(?=政府|法院|检察院)|{_TURNED}|(?<=..)人民(?=..)|(?<=..){_LEVEL}(?=.)|和(?=旅游)"
)
_OPTIONAL_AFTER_PLACE = re.compile(
    f"人民(?=..)|{_TURNED}|^{_LEVEL}(?=..)|(?<=..){_LEVEL}(?=.)|和(?=旅游)"
)
READINGS = 9  # of a place, by those of its characters
MOST = 80  # names of one key: a key of more says nothing
_FIRST_CLASS = 0xE000  # private characters stand for the classes of syllables


K = TypeVar("K", str, int)
Owners = dict[K, tuple[int, ...]]  # the numbers of the names that have a key, rising


class Form(NamedTuple):
    """A name as it is looked for: without what people add or leave out of it."""

    text: str  # places in short, 人民 and 市 left out
    sound: str  # a private character for the class of each syllable
    places: tuple[Place, ...]  # of `text`


class Seen(NamedTuple):
    """A stretch of a name that seems to be a place."""

    start: int
    end: int
    base: str


class _Sounds(dict[int, str]):
    """For str.translate: a character's class of syllable, the same for all that sound alike."""

    def __init__(self) -> None:
        super().__init__()
        self.classes: dict[str, str] = {}

    def __missing__(self, code: int) -> str:
        char = chr(code)
        self[code] = self.of(readings(char)[0]) if is_han(char) else char
        return self[code]

    def of(self, syllable: str) -> str:
        """The private character of a syllable's class."""
        return self.classes.setdefault(fuzzy(syllable), chr(_FIRST_CLASS + len(self.classes)))


_SOUNDS = _Sounds()


def sound(text: str) -> str:
    """The text by ear, character for character as each is mostly read."""
    return text.translate(_SOUNDS)


def sounds(char: str) -> set[str]:
    """A character by ear in each way it is read."""
    return {_SOUNDS.of(one) for one in readings(char)}


@lru_cache(maxsize=1 << 14)
def phrase_sound(text: str) -> str:
    """The text by ear, with the readings of phrases and places: 重庆 is chong qing."""
    heard = zip(text, syllables(text), strict=True)
    return "".join(_SOUNDS.of(one) if is_han(char) else char for char, one in heard)


def form(skeleton: str) -> Form:
    """A skeleton as it is looked for."""
    text, at, optional = "", 0, _OPTIONAL
    places = find_places(skeleton)
    for place in places:
        text += optional.sub("", skeleton[at : place.start]) + place.base
        at, optional = place.start + len(place.text), _OPTIONAL_AFTER_PLACE
    text += optional.sub("", skeleton[at:])
    return Form(text, sound(text), places if text == skeleton else find_places(text))


class Keys(NamedTuple):
    """The keys of protected names, by family, each with the numbers of the names that have it."""

    heard: Owners[str]  # the whole by ear …
    begins: set[str]  # … and what those begin with, as long as the shortest
    less: Owners[int]  # by ear, whole and without each of its characters
    any_order: Owners[str]  # the characters, sorted
    spelt: Owners[str]  # the whole in letters
    by_letters: Owners[str]  # a place in letters, and what stands beside it
    at: dict[str, Beside]  # by place


class Beside(NamedTuple):
    """Of the names with one place, the keys of what stands beside it."""

    heard: Owners[str]  # by ear
    less: Owners[int]  # by ear, without each of its characters
    organ: Owners[str]  # the organ that is meant


def no_keys() -> Keys:
    return Keys({}, set(), {}, {}, {}, {}, {})


def add(keys: Keys, number: int, skeleton: str, form: Form) -> None:
    """Adds all keys of a protected name."""
    own = (number,)
    pieces = list(_pieces(form.text, form.places))
    for heard in {form.sound, "".join(map(phrase_sound, pieces))}:
        _own(keys.heard, heard, own)
        _own_all(keys.less, shortened(heard), own)
    _own(keys.any_order, "".join(sorted(form.text)), own)
    _own(keys.spelt, "".join(map(spelt, pieces)), own)
    if len(form.text) != len(skeleton):
        _own(keys.spelt, "".join(map(spelt, _pieces(skeleton, find_places(skeleton)))), own)
    for place in form.places:
        _add_place(keys, own, form, place)


def _add_place(keys: Keys, own: tuple[int], form: Form, place: Place) -> None:
    before, after = form.text[: place.start], form.text[place.start + len(place.text) :]
    other = before + after
    heard = sound(other)
    beside = keys.at.get(place.base) or keys.at.setdefault(place.base, Beside({}, {}, {}))
    _own_all(beside.organ, meant("", other), own)
    _own(beside.heard, heard, own)
    _own_all(beside.less, less_one(heard), own)
    for way in _letters(place.base):
        _own(keys.by_letters, f"{way}|{other}", own)
        _own(keys.spelt, f"{spelt(before)}{way}{spelt(after)}", own)


def _own_all(owners: Owners[K], keys: Iterable[K], own: tuple[int]) -> None:
    for key in keys:
        _own(owners, key, own)


def _own(owners: Owners[K], key: K, own: tuple[int]) -> None:
    """Adds a name to those of a key, once, up to the number at which the key says nothing."""
    before = owners.get(key)
    if before is None:
        owners[key] = own
    elif before[-1] != own[0] and len(before) < MOST:
        owners[key] = before + own


def prune(keys: Keys) -> None:
    """Takes out the keys of so many names that they say nothing; what is left is complete."""
    for by_text in (keys.heard, keys.any_order, keys.spelt, keys.by_letters):
        _prune(by_text)
    _prune(keys.less)
    keys.begins.update(heard[:SHORTEST] for heard in keys.heard)
    for beside in keys.at.values():
        _prune(beside.heard)
        _prune(beside.less)
        _prune(beside.organ)


def _prune(owners: Owners[K]) -> None:
    for key in [key for key, found in owners.items() if len(found) >= MOST]:
        del owners[key]


def _pieces(text: str, places: tuple[Place, ...]) -> Iterator[str]:
    """The name cut at its places; few pieces make up many names, so their readings are kept."""
    at = 0
    for place in places:
        end = place.start + len(place.text)
        yield text[at : place.start]
        yield text[place.start : end]
        at = end
    yield text[at:]


@lru_cache(maxsize=1 << 14)
def spelt(text: str) -> str:
    return latin("".join(syllables(text)))


@cache
def _letters(place: str) -> frozenset[str]:
    """A place in Latin letters and by its initials, in every way its characters may be read."""
    ways = [*islice(product(*map(readings, place)), READINGS), syllables(place)]
    whole = {latin("".join(way)) for way in ways}
    return frozenset(whole | {"".join(syllable[:1] for syllable in way) for way in ways})


def meant(before: str, after: str) -> set[str]:
    """The organ that is meant by what stands before or after a place."""
    texts = {before + after, after or before}
    return {organs.loose_form(text) for text in texts} - texts


def heard_beside(before: str, after: str) -> list[str]:
    """What is heard beside a place, less words before or after it."""
    found = [before + after]
    if before:
        found += cuts(before)
    if after:
        found += cuts(after)
    return found


def cuts(text: str) -> list[str]:
    """What stands beside a place, whole and with words before or after it taken off."""
    found = [text]
    for length in range(2, len(text)):
        found += (text[:length], text[-length:])
    return found


def less_one(heard: str) -> list[int]:
    """The text without each of its characters."""
    return [hash(heard[:at] + heard[at + 1 :]) for at in range(len(heard))]


def shortened(heard: str) -> list[int]:
    """The whole, and the whole without each of its characters."""
    return [hash(heard), *less_one(heard)] if len(heard) > SHORTEST else [hash(heard)]


def telling(keys: Keys, form: Form) -> set[int]:
    """The names that a candidate tells by itself, beside those of a place it seems to name."""
    found = _owners(keys.heard, _within(form.sound, keys.begins))
    found.update(keys.any_order.get("".join(sorted(form.text)), ()))
    if LATIN.search(form.text):
        found.update(_by_letters(keys, form.text))
    return found


def _within(heard: str, begins: Set[str]) -> list[str]:
    """The stretches of a text that may be a name: most places in it are where none begins."""
    end = len(heard) + 1
    starts = [at for at in range(end - SHORTEST) if heard[at : at + SHORTEST] in begins]
    return [heard[start:stop] for start in starts for stop in range(start + SHORTEST, end)]


def _by_letters(keys: Keys, text: str) -> Iterator[int]:
    """By the whole in letters, and by each run of them as a place with what stands beside it."""
    for one in {latin(text), latin(text.rstrip("0123456789")), spelt(text)}:  # spelt: 三亚fabu
        yield from keys.spelt.get(one, ())
    for run in LATIN.findall(text):
        before, _, after = text.partition(run)
        heard = latin(run)
        for way in {heard, without_level(heard), without_level_initial(heard)}:
            for other in cuts(before + after):
                yield from keys.by_letters.get(f"{way}|{other}", ())


def nearly(keys: Keys, form: Form) -> set[int]:
    """The names that sound like the candidate but for a character."""
    return _owners(keys.less, shortened(form.sound))


def of_place(keys: Keys, form: Form, seen: Seen) -> tuple[set[int], set[int]]:
    """The names that a candidate tells with a place it seems to name, and those near to it."""
    beside = keys.at[seen.base]
    before, after = form.sound[: seen.start], form.sound[seen.end :]
    found = _owners(beside.heard, heard_beside(before, after))
    if beside.organ:
        for organ in meant(form.text[: seen.start], form.text[seen.end :]):
            found.update(beside.organ.get(organ, ()))
    return found, _owners(beside.less, less_one(before + after))


def _owners(owners: Owners[K], keys: Iterable[K]) -> set[int]:
    """The names that have any of the keys; few have one, so most of it is looking in vain."""
    found = owners.keys() & keys
    return {number for key in found for number in owners[key]} if found else set()
