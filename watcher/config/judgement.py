"""Sections `judgement` and `takedown` of impersonation.yaml: weights, letters to platforms."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationError

from watcher.config.schema import Name, Table
from watcher.config.values import PlatformDesk, TakedownSettings
from watcher.mistakes import Mistake, reason_of
from watcher.pictures import NotAPictureError
from watcher.portraits import Portrait, portrait_of
from watcher.rules.suspicion import Weights
from watcher.wording import mistakes_of

BANDS = ("same", "alert", "review", "weak")
MOST_EMBLEM = 4 << 20  # bytes of a picture


def _line(value: str) -> str:
    if value != value.strip() or not value.isprintable():
        raise ValueError("应为一行文字，首尾没有空格")
    return value


Line = Annotated[Name, AfterValidator(_line)]
Points = Annotated[int, Field(ge=0, le=100)]
_W = Weights()


class NamePoints(Table):
    same: Points = _W.name["same"]
    alert: Points = _W.name["alert"]
    review: Points = _W.name["review"]
    weak: Points = _W.name["weak"]


class JudgementTable(Table):
    name: NamePoints = NamePoints()
    unverified: Points = _W.unverified
    person: Points = _W.person
    company: Points = _W.company
    avatar: Points = _W.avatar
    bio: Points = _W.bio
    bio_alike: Annotated[float, Field(gt=0, le=1)] = _W.bio_alike
    claims: Points = _W.claims
    commerce: Points = _W.commerce
    links: Points = _W.links
    young: Points = _W.young
    young_days: Annotated[int, Field(ge=1, le=3650)] = _W.young_days
    few: Points = _W.few
    few_followers: Annotated[int, Field(ge=0)] = _W.few_followers
    few_posts: Annotated[int, Field(ge=0)] = _W.few_posts
    alert: Annotated[int, Field(ge=1, le=300)] = _W.alert
    red: Annotated[int, Field(ge=1, le=300)] = _W.red
    shared: Annotated[int, Field(ge=2, le=100)] = _W.shared
    commerce_words: list[Line] = Field(default_factory=lambda: list(_W.commerce_words))
    emblems: list[Line] = Field(default_factory=list)


class DeskTable(Table):
    company: Line
    channel: Line


_T = TakedownSettings()


class TakedownTable(Table):
    template: Line = str(_T.template)
    law: Line = _T.law
    city: Line = _T.city
    contact: Line | None = None
    phone: Line | None = None
    copies: list[Line] = Field(default_factory=list)
    platforms: dict[str, DeskTable] = Field(default_factory=dict)


def judgement_of(
    given: Mapping[str, Any], file: Path
) -> tuple[Weights, tuple[Portrait, ...], tuple[Mistake, ...]]:
    """The weights, the emblems that name nobody, and every mistake of the section."""
    try:
        table = JudgementTable.model_validate(given)
    except ValidationError as error:
        return (
            Weights(),
            (),
            tuple(_under("judgement", mistakes_of(error, file.name, JudgementTable))),
        )
    wrong = tuple(_senseless(table, file.name))
    emblems, unread = _emblems(table.emblems, file)
    values = table.model_dump(exclude={"emblems", "commerce_words"})
    return Weights(**values, commerce_words=tuple(table.commerce_words)), emblems, wrong + unread


def _senseless(table: JudgementTable, file: str) -> list[Mistake]:
    """What would let a name alone accuse, or turn the tiers round."""
    found = []
    if max(table.name.same, table.name.alert) >= table.alert:
        text = f"仅凭名称就会达到 alert（{table.alert}）"
        found.append(Mistake(file, "judgement.name", text, "请调低；仅凭名称不足以认定"))
    if table.red < table.alert:
        found.append(Mistake(file, "judgement.red", f"不能小于 alert（{table.alert}）"))
    points = [getattr(table.name, band) for band in BANDS]
    if points != sorted(points, reverse=True):
        found.append(Mistake(file, "judgement.name", "从 same 到 weak 须依次降低"))
    return found


def _emblems(names: list[str], file: Path) -> tuple[tuple[Portrait, ...], tuple[Mistake, ...]]:
    made, wrong = [], []
    for number, name in enumerate(names):
        place = file.parent / name
        try:
            if place.stat().st_size > MOST_EMBLEM:
                wrong.append(_bad_emblem(file, number, f"{name}：超过 {MOST_EMBLEM >> 20} MiB"))
                continue
            made.append(portrait_of(place.read_bytes()))
        except OSError as error:
            wrong.append(_bad_emblem(file, number, f"{name}：{reason_of(error)}"))
        except NotAPictureError:
            wrong.append(_bad_emblem(file, number, f"{name}：不是能用的图片"))
    return tuple(made), tuple(wrong)


def _bad_emblem(file: Path, number: int, why: str) -> Mistake:
    return Mistake(file.name, f"judgement.emblems[{number}]", why, "请给 PNG 或 JPEG 图片")


def takedown_of(
    given: Mapping[str, Any], file: Path
) -> tuple[TakedownSettings, tuple[Mistake, ...]]:
    """Letters to platforms as configured, and every mistake of the section."""
    try:
        table = TakedownTable.model_validate(given)
    except ValidationError as error:
        found = _under("takedown", mistakes_of(error, file.name, TakedownTable))
        return TakedownSettings(), tuple(found)
    template = file.parent / table.template
    wrong: tuple[Mistake, ...] = ()
    if given and not template.is_file():
        text = f"没有文件 {table.template}"
        wrong = (Mistake(file.name, "takedown.template", text, "请给 Word 文件（.docx）"),)
    settings = TakedownSettings(
        template=template,
        law=table.law,
        city=table.city,
        contact=table.contact or "",
        phone=table.phone or "",
        copies=tuple(table.copies),
        platforms={
            name: PlatformDesk(desk.company, desk.channel) for name, desk in table.platforms.items()
        },
    )
    return settings, wrong


def _under(section: str, found: Any) -> list[Mistake]:
    return [
        Mistake(each.file, f"{section}.{each.path}", each.message, each.suggestion)
        for each in found
    ]
