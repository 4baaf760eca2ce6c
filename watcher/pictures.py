"""What a picture looks like, and when two are the same but for their encoding. Pure.

Two measures, since each is blind to something (measured in tests and on synthetic emblems): a
256-bit hash of the luminance sees shapes and no colour; the mean difference of a 64 by 64
miniature sees colour, so a face turned grey in mourning too. Bytes are hostile: few formats, few
pixels, the first frame only.
"""

from __future__ import annotations

import math
import re
import warnings
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from io import BytesIO

import numpy as np
from PIL import Image

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_STARTS = {
    b"\xff\xd8\xff": ("jpg", "image/jpeg"),
    b"\x89PNG\r\n\x1a\n": ("png", "image/png"),
    b"GIF8": ("gif", "image/gif"),
}
MOST_BYTES = 4 << 20  # of a file
MOST_PIXELS = 16 << 20  # of a frame; refused before it is unpacked
SMALLEST = 16  # pixels a side: less is a spacer, no picture
SIDE = 64  # of the miniature
_BITS = 16  # the hash is so many rows of so many bits
APART_BITS = 16  # of 256: re-encoding and other sizes flip at most 14 (measured) …
APART_COLOURS = 4.0  # of 255: … and move the miniature of the same size by 3.7 at most …
RESIZED_COLOURS = 10.0  # … but of a fine picture of another size by 8.7; one turned grey by 26
_EQUAL_COLOURS = 0.75  # … below which nothing can be seen, whatever the bits of a plain one say
_FLAT = 2.0  # standard deviation of the miniature below which nothing is on the picture
_SURE_SIDE = 120  # pixels: smaller renditions lose too much to be told apart from others
_NOBODY = re.compile(r"default|no_?avatar|no_?head|no_?face|placeholder|anonymous", re.IGNORECASE)


class NotAPictureError(ValueError):
    """The bytes are no picture that we look at, and why."""


class Likeness(StrEnum):
    """What two pictures are to each other."""

    ALIKE = "alike"  # the same, but for its encoding or size
    APART = "apart"
    UNSURE = "unsure"  # their sizes do not allow to say


@dataclass(frozen=True, slots=True)
class Print:
    """What is compared of a picture: 256 bits as hexadecimal text, and a miniature as RGB bytes."""

    bits: str
    colours: bytes
    width: int
    height: int

    @property
    def flat(self) -> bool:
        """Whether it shows one plain colour: what platforms put where there is no picture."""
        return float(_miniature(self).std(axis=(0, 1)).max()) < _FLAT


def print_of(content: bytes) -> Print:
    """The print of a picture's bytes. Raises NotAPictureError."""
    return print_of_picture(opened(content))


def opened(content: bytes) -> Image.Image:
    """The first frame as RGB, transparent parts white. Raises NotAPictureError.

    Takes time and memory in proportion to its pixels: not for the event loop.
    """
    if not content:
        raise NotAPictureError("empty")
    if len(content) > MOST_BYTES:
        raise NotAPictureError(f"larger than {MOST_BYTES >> 20} MiB")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd metadata, and of sizes that we refuse below
            with Image.open(BytesIO(content), formats=FORMATS) as picture:
                _check(*picture.size)
                return _on_white(picture)
    except NotAPictureError:
        raise
    except Exception as error:  # decoders meet hostile bytes with whatever exception comes first
        raise NotAPictureError(f"{type(error).__name__}: {error}"[:200]) from error


def format_of(content: bytes) -> tuple[str, str]:
    """The ending of a file and the media type that its first bytes tell; `bin` where none does."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp", "image/webp"
    known = ((start, told) for start, told in _STARTS.items() if content.startswith(start))
    return next((told for _, told in known), ("bin", "application/octet-stream"))


def _check(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise NotAPictureError(f"{width} by {height} pixels are too many")
    if min(width, height) < SMALLEST:
        raise NotAPictureError(f"{width} by {height} pixels are too few")


def _on_white(picture: Image.Image) -> Image.Image:
    if "A" not in picture.getbands() and "transparency" not in picture.info:
        return picture.convert("RGB")
    shown = picture.convert("RGBA")
    white = Image.new("RGBA", shown.size, "white")
    return Image.alpha_composite(white, shown).convert("RGB")


def print_of_picture(picture: Image.Image) -> Print:
    """The print of an RGB picture, for example a part or the mirror image of an opened one."""
    grey = np.asarray(_small(picture.convert("L")), dtype=np.float64)
    waves = _cosines()
    low = (waves @ grey @ waves.T)[:_BITS, :_BITS]
    bits = np.packbits(low > np.median(low)).tobytes().hex()
    return Print(bits, _small(picture).tobytes(), *picture.size)


def _small(picture: Image.Image) -> Image.Image:
    return picture.resize((SIDE, SIDE), Image.Resampling.LANCZOS)


@lru_cache(maxsize=1)
def _cosines() -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """The matrix of the discrete cosine transform (type II) of so many values."""
    number = np.arange(SIDE)
    return np.cos(math.pi / SIDE * np.outer(number, number + 0.5))


def distance(one: Print, other: Print) -> int:
    """In how many of the 256 bits two prints differ."""
    return (int(one.bits, 16) ^ int(other.bits, 16)).bit_count()


def colour_distance(one: Print, other: Print) -> float:
    """The mean absolute difference of the miniatures, in steps of 255."""
    return float(np.abs(_miniature(one) - _miniature(other)).mean())


def _miniature(one: Print) -> np.ndarray[tuple[int, int, int], np.dtype[np.int16]]:
    return np.frombuffer(one.colours, np.uint8).reshape(SIDE, SIDE, 3).astype(np.int16)


def likeness(one: Print, other: Print) -> Likeness:
    """Whether two pictures are the same, but for encoding and size."""
    colours = colour_distance(one, other)
    if colours < _EQUAL_COLOURS:
        return Likeness.ALIKE
    resized = (one.width, one.height) != (other.width, other.height)
    most = RESIZED_COLOURS if resized else APART_COLOURS
    if distance(one, other) <= APART_BITS and colours <= most:
        return Likeness.ALIKE
    # A small rendition blurs what a large one shows.
    small = min(one.width, one.height, other.width, other.height) < _SURE_SIDE
    return Likeness.UNSURE if resized and small else Likeness.APART


def is_nobody(address: str) -> bool:
    """Whether an address names a platform's picture for accounts that have none."""
    return bool(_NOBODY.search(address))
