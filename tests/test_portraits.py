from __future__ import annotations

import random
from io import BytesIO

import pytest
from PIL import Image, ImageDraw, ImageOps

from watcher.pictures import NotAPictureError
from watcher.portraits import CROPPED, MIRRORED, ROUND, WHOLE, Portrait, portrait_of, shown_as


def picture(seed: int, side: int = 400) -> Image.Image:
    """Something that no other seed looks like."""
    chance = random.Random(seed)
    made = Image.new("RGB", (side, side), tuple(chance.randrange(256) for _ in "rgb"))
    draw = ImageDraw.Draw(made)
    for _ in range(14):
        x, y, r = chance.randrange(side), chance.randrange(side), chance.randrange(30, 90)
        colour = tuple(chance.randrange(256) for _ in "rgb")
        draw.ellipse((x - r, y - r, x + r, y + r), fill=colour)
    return made


def portrait(of: Image.Image, kind: str = "JPEG", **how: int) -> Portrait:
    written = BytesIO()
    of.save(written, kind, **how)
    return portrait_of(written.getvalue())


def cut(of: Image.Image, share: float) -> Image.Image:
    edge = round(of.width * share)
    return of.crop((edge, edge, of.width - edge, of.height - edge))


def masked(of: Image.Image) -> Image.Image:
    mask = Image.new("L", of.size)
    ImageDraw.Draw(mask).ellipse((0, 0, of.width - 1, of.height - 1), fill=255)
    return Image.composite(of, Image.new("RGB", of.size, "white"), mask)


@pytest.mark.parametrize("seed", range(4))
def test_a_copied_picture_is_known_in_every_form(seed: int) -> None:
    real = picture(seed)
    mine = portrait(real, "PNG")
    assert shown_as(mine, portrait(real, quality=60)) == WHOLE
    assert shown_as(mine, portrait(real.resize((180, 180)))) == WHOLE
    for share in (0.06, 0.09, 0.12):
        assert shown_as(mine, portrait(cut(real, share))) == CROPPED
        assert shown_as(portrait(cut(real, share)), mine) == CROPPED
    assert shown_as(mine, portrait(masked(real))) == ROUND
    assert shown_as(mine, portrait(ImageOps.mirror(real))) == MIRRORED


def test_different_pictures_are_not_each_other() -> None:
    made = [portrait(picture(seed)) for seed in range(12)]
    assert not [(a, b) for a in range(12) for b in range(a) if shown_as(made[a], made[b])]


def test_a_picture_turned_grey_is_no_copy() -> None:
    real = picture(1)
    assert shown_as(portrait(real), portrait(real.convert("L").convert("RGB"))) == ""


def test_a_plain_picture_is_nobodys() -> None:
    plain = portrait(Image.new("RGB", (200, 200), "navy"))
    assert shown_as(plain, plain) == ""


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(NotAPictureError):
        portrait_of(b"<html>")
