"""Keys under which names are found again: two names with a key in common may be one to a reader.

A key is a number that holds within one process only. Each family of keys forgives one kind of
change: another character of the same sound, one character more, less or other, another order,
letters for the place, another word for the organ, words before or after the name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import islice, product
from typing import NamedTuple

from watcher.names import organs
from watcher.names.normal import is_han
from watcher.names.places import Place, find_places
from watcher.names.sound import fuzzy, latin, readings, syllables

SHORTEST = 3  # characters of a name that is looked for inside another
LATIN = re.compile(r"[a-z]{2,}")
_LEVEL = "(?:[省县区]|市(?!场))"
_OPTIONAL = re.compile(
    f"人民(?=政府|法院|检察院)|(?<=..)人民(?=..)|(?<=..){_LEVEL}(?=.)|和(?=旅游)"
)
_OPTIONAL_AFTER_PLACE = re.compile(f"人民(?=..)|^{_LEVEL}(?=..)|(?<=..){_LEVEL}(?=.)|和(?=旅游)")
READINGS = 9  # of a place, by those of its characters
_FIRST_CLASS = 0xE000  # private characters stand for the classes of syllables


class Form(NamedTuple):
    """A name as it is looked for: without what people add or leave out of it."""

    text: str  # places in short, 人民 and 市 left out
    sound: str  # a private character for the class of each syllable
    places: tuple[Place, ...]  # of `text`


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


def rest(form: Form, place: Place) -> str:
    """What a name says beside one of its places."""
    return form.text[: place.start] + form.text[place.start + len(place.text) :]


def of_protected(skeleton: str, form: Form) -> Iterator[int]:
    """All keys of a name that is protected."""
    pieces = list(_pieces(form.text, form.places))
    for heard in {form.sound, "".join(map(phrase_sound, pieces))}:
        yield hash("w" + heard)
        yield from shortened(heard)
    yield hash("a" + "".join(sorted(form.text)))
    yield hash("f" + "".join(map(spelt, pieces)))
    if len(form.text) != len(skeleton):
        yield hash("f" + "".join(map(spelt, _pieces(skeleton, find_places(skeleton)))))
    for place in form.places:
        other = rest(form, place)
        yield from beside(place.base, "", other)
        yield hash(f"p{place.base}|{sound(other)}")
        yield from nearly_beside(place.base, sound(other))
        before, after = form.text[: place.start], form.text[place.start + len(place.text) :]
        for way in _letters(place.base):
            yield hash(f"l{way}|{other}")
            yield hash(f"f{spelt(before)}{way}{spelt(after)}")


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


def beside(base: str, before: str, after: str) -> list[int]:
    """The place with the organ that is meant by what stands before or after it."""
    texts = {before + after, after or before}
    meant = {organs.loose_form(text) for text in texts} - texts
    return [hash(f"y{base}|{organ}") for organ in meant]


def heard_beside(base: str, before: str, after: str) -> list[int]:
    """The place with what is heard beside it, less words before or after it."""
    found = [before + after]
    for part in filter(None, (before, after)):
        found += cuts(part)
    return [hash(f"p{base}|{part}") for part in found]


def nearly_beside(base: str, heard: str) -> list[int]:
    """The place with what is heard beside it, less each of its characters."""
    return [hash(f"q{base}|{heard[:at]}{heard[at + 1 :]}") for at in range(len(heard))]


def telling(form: Form) -> list[int]:
    """Keys of a candidate that tell a name, but for those of a place it seems to name."""
    text, heard = form.text, form.sound
    end = len(heard) + 1
    parts = [heard[i:j] for i in range(end - SHORTEST) for j in range(i + SHORTEST, end)]
    wanted = [hash("w" + part) for part in parts]
    wanted.append(hash("a" + "".join(sorted(text))))
    return wanted + _by_letters(text) if LATIN.search(text) else wanted


def _by_letters(text: str) -> list[int]:
    """The whole in letters, and each run of them as a place with what stands beside it."""
    letters = {latin(text), latin(text.rstrip("0123456789")), spelt(text)}  # spelt: 三亚fabu
    wanted = [hash("f" + one) for one in letters]
    for run in LATIN.findall(text):
        before, _, after = text.partition(run)
        wanted += [hash(f"l{latin(run)}|{other}") for other in cuts(before + after)]
    return wanted


def cuts(text: str) -> list[str]:
    """What stands beside a place, whole and with words before or after it taken off."""
    found = [text]
    for length in range(2, len(text)):
        found += (text[:length], text[-length:])
    return found


def shortened(heard: str) -> list[int]:
    """The whole, and the whole without each of its characters."""
    found = [hash("d" + heard)]
    if len(heard) > SHORTEST:
        found += [hash(f"d{heard[:at]}{heard[at + 1 :]}") for at in range(len(heard))]
    return found
