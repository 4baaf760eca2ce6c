"""Pictures: re-encoded and resized ones are the same, others are not; hostile bytes are refused."""

from __future__ import annotations

import struct
import zlib
from contextlib import suppress
from io import BytesIO
from random import Random

import imagehash
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageOps

from watcher.pictures import (
    MOST_BYTES,
    Likeness,
    NotAPictureError,
    colour_distance,
    distance,
    format_of,
    is_nobody,
    likeness,
    opened,
    print_of,
    print_of_picture,
)


def drawn(seed: int, side: int = 400) -> Image.Image:
    """An invented emblem: a ground, a ring, shapes and strokes; large parts stay plain."""
    rng = Random(seed)

    def colour() -> tuple[int, int, int]:
        return rng.randrange(256), rng.randrange(256), rng.randrange(256)

    picture = Image.new("RGB", (400, 400), colour())
    draw = ImageDraw.Draw(picture)
    draw.ellipse((30, 30, 370, 370), fill=colour(), outline=colour(), width=rng.randrange(4, 24))
    for _ in range(rng.randrange(4, 9)):
        x, y = rng.randrange(40, 300), rng.randrange(40, 300)
        box = (x, y, x + rng.randrange(20, 120), y + rng.randrange(20, 120))
        rng.choice((draw.rectangle, draw.ellipse))(box, fill=colour())
    for _ in range(6):
        draw.line([rng.randrange(400) for _ in range(4)], fill=colour(), width=rng.randrange(3, 12))
    return picture if side == 400 else picture.resize((side, side), Image.Resampling.LANCZOS)


def saved(picture: Image.Image, form: str = "PNG", **how: object) -> bytes:
    kept = BytesIO()
    picture.save(kept, form, **how)
    return kept.getvalue()


SEEDS = st.integers(0, 10_000)


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.integers(70, 95), st.sampled_from((132, 180, 300, 400, 480)))
def test_a_recompressed_or_resized_picture_is_the_same(seed: int, quality: int, side: int) -> None:
    first = print_of(saved(drawn(seed)))
    again = print_of(saved(drawn(seed, side), "JPEG", quality=quality))
    assert likeness(first, again) is Likeness.ALIKE, (
        distance(first, again),
        colour_distance(first, again),
    )


@settings(max_examples=60, deadline=None)
@given(SEEDS, SEEDS)
def test_another_picture_is_another(one: int, other: int) -> None:
    if one != other:
        assert likeness(print_of(saved(drawn(one))), print_of(saved(drawn(other)))) is (
            Likeness.APART
        )


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_a_picture_in_other_colours_is_another(seed: int) -> None:
    picture = drawn(seed)
    red, green, blue = picture.split()
    recoloured = Image.merge("RGB", (blue, ImageOps.invert(red), green))
    first, then = print_of(saved(picture)), print_of(saved(recoloured))
    assert likeness(first, then) is Likeness.APART or colour_distance(first, then) <= 4


def test_a_face_turned_grey_in_mourning_is_another_though_its_shapes_are_the_same() -> None:
    picture = Image.open(BytesIO(saved(drawn(3))))
    first, grey = print_of_picture(picture), print_of(saved(ImageOps.grayscale(picture)))
    assert distance(first, grey) <= 16
    assert (colour_distance(first, grey) > 4, likeness(first, grey)) == (True, Likeness.APART)


def test_the_hash_is_the_one_that_was_measured() -> None:
    for seed in range(20):
        picture = drawn(seed)
        known = imagehash.phash(picture, hash_size=16)
        assert (int(str(known), 16) ^ int(print_of_picture(picture).bits, 16)).bit_count() <= 1


def test_a_small_rendition_proves_no_difference() -> None:
    large, thumb = print_of(saved(drawn(5))), print_of(saved(drawn(6, 50)))
    assert likeness(large, thumb) is Likeness.UNSURE
    assert likeness(print_of(saved(drawn(5, 50))), thumb) is Likeness.APART


def test_one_plain_colour_is_flat_and_equal_to_itself_re_encoded() -> None:
    plain = Image.new("RGB", (200, 200), (230, 230, 231))
    one, again = print_of(saved(plain)), print_of(saved(plain, "JPEG", quality=70))
    assert (one.flat, print_of(saved(drawn(1))).flat) == (True, False)
    assert likeness(one, again) is Likeness.ALIKE


def test_of_an_animated_picture_the_first_frame_counts_and_transparent_is_white() -> None:
    frames = [drawn(1), drawn(2), drawn(3)]
    moving = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert likeness(print_of(moving), print_of(saved(frames[0], "GIF"))) is Likeness.ALIKE
    clear = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    assert opened(saved(clear)).getpixel((5, 5)) == (255, 255, 255)


def png(width: int, height: int) -> bytes:
    """A file of a few bytes that says it has so many pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(99))) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"<html>404</html>", "UnidentifiedImageError"),
        (saved(drawn(1), "BMP"), "UnidentifiedImageError"),
        (saved(drawn(1), "TIFF"), "UnidentifiedImageError"),
        (b"\xff\xd8\xff" + bytes(MOST_BYTES), "larger than 4 MiB"),
        (saved(drawn(1))[:3000], "Error"),
        (png(5000, 5000), "too many"),
        (png(30_000, 30_000), "Decompression"),
        (png(12_000, 12_000), "too many"),
        (saved(Image.new("RGB", (1, 1))), "too few"),
        (png(200, 200), "Error"),
    ],
)
def test_what_is_no_picture_or_too_large_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(NotAPictureError, match=why):
        print_of(content)


@settings(max_examples=80, deadline=None)
@given(
    st.binary(max_size=300), st.sampled_from(("PNG", "JPEG", "GIF", "WEBP")), st.integers(0, 999)
)
def test_damaged_bytes_are_refused_or_read_and_nothing_else(
    noise: bytes, form: str, place: int
) -> None:
    whole = saved(drawn(4, 80), form)
    at = place * len(whole) // 1000
    with suppress(NotAPictureError):
        assert len(print_of(whole[:at] + noise + whole[at + len(noise) :]).bits) == 64


@pytest.mark.parametrize(
    ("address", "known"),
    [
        ("https://tvax4.sinaimg.cn/default/images/default_avatar_male_180.gif", True),
        ("https://p3.douyinpic.com/aweme/noavatar.jpeg", True),
        ("https://tvax1.sinaimg.cn/crop.0.0.512.512.180/006QZngZly8.jpg", False),
    ],
)
def test_addresses_of_pictures_for_those_who_have_none(address: str, known: bool) -> None:
    assert is_nobody(address) is known


@pytest.mark.parametrize(
    ("kind", "ending"), [("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp"), ("GIF", "gif")]
)
def test_a_file_is_named_by_what_its_bytes_are(kind: str, ending: str) -> None:
    written = BytesIO()
    Image.new("RGB", (20, 20), "red").save(written, kind)
    assert format_of(written.getvalue()) == (ending, f"image/{kind.lower()}")
    assert format_of(b"<html>") == ("bin", "application/octet-stream")
