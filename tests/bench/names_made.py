"""A benchmark of names that ships with the project: victims, attacks and innocents, by a seed.

Victims are organs × places, as cities like 三亚 name their accounts. The attacks are those of the
public benchmark, written from what was seen in the field and without the detector's tables: pairs
of look-alikes are listed by hand, homophones come from pypinyin, old forms from OpenCC. A variant
that is itself the name of a victim or of another real place is left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from opencc import OpenCC
from pypinyin import Style, lazy_pinyin
from pypinyin.constants import PINYIN_DICT


@dataclass(frozen=True, slots=True)
class Official:
    """An organ's account; `leads` says whether the place stands before the organ."""

    place: str
    level: str  # 市, 县, 区 or ""
    organ: str
    leads: bool = True

    @property
    def name(self) -> str:
        place = self.place + self.level
        return place + self.organ if self.leads else self.organ + place


@dataclass(frozen=True, slots=True)
class Variant:
    target: str
    name: str
    attack: str


@dataclass(frozen=True, slots=True)
class Innocent:
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Made:
    protected: tuple[str, ...]
    variants: tuple[Variant, ...]
    innocents: tuple[Innocent, ...]


def _read() -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for line in Path(__file__).with_name("names_words.txt").read_text("utf8").splitlines():
        if not line.startswith("#"):
            name, _, words = line.partition(": ")
            found[name] += words.split()
    return found


WORDS = _read()
ONE = {word: words for words in WORDS["one"] for word in words.split("=")}
WRAPS = ("「{}」", "【{}】", "{}®", "《{}》", "★{}★", "{}™")
UNSEEN = ("\u200b", "\u2060", "\u00ad", "\ufeff", "\u3164", "\U000e0020", "\u200d")
SYNONYMS = {
    "公安": "警方", "交警": "交通警察", "发布": "公告", "卫健委": "卫生健康委", "公安局": "警察局",
    "文旅": "文化旅游", "政务服务": "政务", "气象": "天气", "疾控": "疾病预防控制",
}  # fmt: skip
COMPAT = dict(zip("气西网文水人生工", "⽓⻄⽹⽂⽔⼈⽣⼯", strict=True))
CROSS = dict(zip("工口三力二卜", "エロミカニト", strict=True))
CYRILLIC = str.maketrans("aeopcxyi", "аеорсхуі")


def made(seed: int, victims: int) -> Made:
    """The benchmark of a seed: so many victims, each attacked in every way that fits it."""
    drawn = Random(seed)
    every = _officials()
    places = sorted({one.place for one in every})
    home = set(drawn.sample(places, len(places) * 2 // 3))
    drawn.shuffle(every)
    chosen = [one for one in every if one.place in home][:victims]
    others = [one for one in every if one not in chosen]
    protected = tuple(sorted(one.name for one in chosen))
    return Made(
        protected=protected,
        variants=tuple(_variants(chosen, drawn)),
        innocents=tuple(_innocents(chosen, others, drawn)),
    )


def _officials() -> list[Official]:
    found = []
    for places, level in (
        (WORDS["cities"], "市"),
        (WORDS["counties"], "县"),
        (WORDS["districts"], "区"),
    ):
        for place in places:
            found += [Official(place, "", organ) for organ in WORDS["organs"]]
            found += [Official(place, level, organ) for organ in WORDS["long"]]
            found += [Official(place, "", organ, leads=False) for organ in WORDS["before"]]
    return found


def _variants(chosen: list[Official], drawn: Random) -> list[Variant]:
    taken = {one.name for one in _officials()}
    found = []
    for one in chosen:
        for attack, make in ATTACKS.items():
            name = make(one, drawn)
            if name and (attack == "exact" or name not in taken):
                found.append(Variant(one.name, name, attack))
    return found


def _innocents(chosen: list[Official], others: list[Official], drawn: Random) -> list[Innocent]:
    """What is found beside impersonators: other organs and places, media, fans, shops, people."""
    own = {one.name for one in chosen}
    places = sorted({one.place for one in chosen})
    organs = {(one.place, ONE.get(one.organ, one.organ)) for one in chosen}
    found = [
        Innocent(one.name, "official_same_place" if one.place in places else "official_other_place")
        for one in drawn.sample(others, min(len(others), 2 * len(chosen)))
        if one.name not in own and (one.place, ONE.get(one.organ, one.organ)) not in organs
    ]
    for kind, words in (
        ("media", WORDS["media"]),
        ("fan", WORDS["fans"]),
        ("commercial", WORDS["shops"]),
    ):
        found += [Innocent(place + drawn.choice(words), kind) for place in places for _ in "12"]
    found += [Innocent(name, "random") for name in WORDS["random"]]
    found += [Innocent(f"{name}{drawn.randrange(2, 99)}", "random") for name in WORDS["random"]]
    return sorted(set(found), key=lambda one: (one.kind, one.name))


def _at(text: str, drawn: Random) -> int:
    return drawn.randrange(1, len(text))


def _inserted(text: str, what: str, drawn: Random) -> str:
    at = _at(text, drawn)
    return text[:at] + what + text[at:]


def _swapped(text: str, by: Mapping[str, str], drawn: Random, times: int = 1) -> str:
    """So many characters replaced by what stands for them; "" where fewer can be."""
    able = [at for at, char in enumerate(text) if char in by]
    if len(able) < times:
        return ""
    chars = list(text)
    for at in drawn.sample(able, times):
        chars[at] = by[chars[at]]
    return "".join(chars)


@cache
def _old_forms() -> OpenCC:
    return OpenCC("s2t")


@cache
def _glyphs() -> dict[str, str]:
    pairs = [(pair[0], pair[1]) for pair in WORDS["glyphs"]]
    return dict([(other, char) for char, other in pairs] + pairs)


@cache
def _by_sound() -> Mapping[str, list[str]]:
    """The common characters of each syllable with its tone."""
    found = defaultdict(list)
    for code in range(0xB0A1, 0xD7FA):  # the first level of GB 2312, by sound
        if code & 0xFF >= 0xA1 and code & 0xFF != 0xFF:
            char = code.to_bytes(2, "big").decode("gb2312", "ignore")
            if char and ord(char) in PINYIN_DICT:
                found[PINYIN_DICT[ord(char)].split(",")[0]].append(char)
    return found


def _homophones(text: str, drawn: Random, times: int) -> str:
    by = {}
    for char in text:
        spelt = PINYIN_DICT.get(ord(char), "").split(",")[0]
        others = [other for other in _by_sound().get(spelt, []) if other != char]
        if others:
            by[char] = drawn.choice(others)
    return _swapped(text, by, drawn, times)


def _with_place(one: Official, place: str) -> str:
    return place + one.organ if one.leads else one.organ + place


def _pinyin(text: str, drawn: Random) -> str:
    syllables = lazy_pinyin(text, style=Style.NORMAL)
    change = drawn.choice((str.lower, str.upper, str.title))
    return "".join(change(syllable) for syllable in syllables)


def _initials(text: str) -> str:
    return "".join(syllable[0] for syllable in lazy_pinyin(text)).upper()


def _doubled(text: str, drawn: Random) -> str:
    at = drawn.randrange(len(text))
    return text[: at + 1] + text[at:]


def _transposed(text: str, drawn: Random) -> str:
    at = drawn.randrange(len(text) - 1)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _hidden(text: str, drawn: Random) -> str:
    return _inserted(text, drawn.choice(UNSEEN), drawn)


def _combined(changed: str, more: str) -> str:
    return changed + more if changed else ""


def _synonym(one: Official) -> str:
    other = SYNONYMS.get(one.organ, "")
    return one.place + one.level + other if other else ""


def _traditional(text: str) -> str:
    other = str(_old_forms().convert(text))
    return other if other != text else ""


def _fullwidth(text: str) -> str:
    wide = "".join(chr(ord(char) + 0xFEE0) if char.isascii() else char for char in text)
    return wide if wide != text else ""


def _symbol_between(text: str, drawn: Random) -> str:
    return _inserted(text, drawn.choice(WORDS["symbols"]), drawn) if text else ""


ATTACKS: Mapping[str, Callable[[Official, Random], str]] = {
    "exact": lambda one, drawn: one.name,
    "invisible": lambda one, drawn: _hidden(one.name, drawn),
    "symbol": lambda one, drawn: _symbol_between(one.name, drawn),
    "wrap": lambda one, drawn: drawn.choice(WRAPS).format(one.name),
    "fullwidth": lambda one, drawn: _fullwidth(one.name),
    "compat": lambda one, drawn: _swapped(one.name, COMPAT, drawn),
    "crossscript": lambda one, drawn: _swapped(one.name, CROSS, drawn),
    "traditional": lambda one, drawn: _traditional(one.name),
    "prefix": lambda one, drawn: drawn.choice(WORDS["begun"]) + one.name,
    "suffix": lambda one, drawn: one.name + drawn.choice(WORDS["ended"]),
    "digit_suffix": lambda one, drawn: one.name + drawn.choice(("1", "2", "01", "666", "888")),
    "add_admin": lambda one, drawn: "" if one.level else _with_place(one, one.place + "市"),
    "drop_admin": lambda one, drawn: _with_place(one, one.place) if one.level else "",
    "drop_word": lambda one, drawn: one.name.replace("人民", "") if "人民" in one.name else "",
    "double": lambda one, drawn: _doubled(one.name, drawn),
    "transpose": lambda one, drawn: _transposed(one.name, drawn),
    "order": lambda one, drawn: _with_place(
        Official(one.place, "", one.organ, not one.leads), one.place
    ),
    "synonym": lambda one, drawn: _synonym(one),
    "latin_place": lambda one, drawn: _with_place(one, _pinyin(one.place, drawn)),
    "latin_initials": lambda one, drawn: _with_place(one, _initials(one.place)),
    "latin_full": lambda one, drawn: _pinyin(one.name, drawn),
    "latin_cyrillic": lambda one, drawn: _with_place(
        one, _pinyin(one.place, drawn).lower().translate(CYRILLIC)
    ),
    "glyph1": lambda one, drawn: _swapped(one.name, _glyphs(), drawn),
    "glyph2": lambda one, drawn: _swapped(one.name, _glyphs(), drawn, 2),
    "homophone1": lambda one, drawn: _homophones(one.name, drawn, 1),
    "homophone2": lambda one, drawn: _homophones(one.name, drawn, 2),
    "combo_glyph_suffix": lambda one, drawn: _combined(
        _swapped(one.name, _glyphs(), drawn), drawn.choice(WORDS["ended"])
    ),
    "combo_homo_symbol": lambda one, drawn: _symbol_between(_homophones(one.name, drawn, 1), drawn),
    "combo_trad_invis_suffix": lambda one, drawn: _combined(
        _hidden(str(_old_forms().convert(one.name)), drawn), drawn.choice(WORDS["ended"])
    ),
}
