"""Whether one account shows another's picture: whole, cropped, cut round or mirrored. Pure.

Hashes of whole pictures miss a crop of 6 %, a round mask and a mirror image (impersonation.md §7),
so each picture is looked at in these forms too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageOps

from watcher.pictures import (
    RESIZED_COLOURS,
    Print,
    colour_distance,
    distance,
    opened,
    print_of_picture,
)

SIDE = 192  # pixels to which a picture is brought before its forms are made
CROPS = (0.06, 0.09, 0.12)  # cut off on each side
PART_BITS = 40  # of 256: a form differs more than a mere re-encoding does …
PART_COLOURS = 18.0  # … also in its colours, where the cuts are not quite the same
WHOLE, CROPPED, ROUND, MIRRORED = "whole", "cropped", "round", "mirrored"
FORM_WORDS: Mapping[str, str] = {
    WHOLE: "相同",
    CROPPED: "相同（经裁切）",
    ROUND: "相同（圆形遮罩）",
    MIRRORED: "相同（左右镜像）",
}


@dataclass(frozen=True, slots=True)
class Portrait:
    """A picture in the forms in which it is compared; prints of whole, crops, circle, mirror."""

    whole: Print
    crops: tuple[Print, ...]
    round: Print
    mirror: Print


def portrait_of(content: bytes) -> Portrait:
    """The portrait of a picture's bytes. Raises NotAPictureError; not for the event loop."""
    picture = opened(content).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    return Portrait(
        print_of_picture(picture),
        tuple(print_of_picture(_cropped(picture, share)) for share in CROPS),
        print_of_picture(_round(picture)),
        print_of_picture(ImageOps.mirror(picture)),
    )


def shown_as(one: Portrait, other: Portrait) -> str:
    """How `other` is the picture of `one`: WHOLE, CROPPED, ROUND, MIRRORED, or "" where it is not.

    A plain picture is like every plain picture: it is nobody's.
    """
    if one.whole.flat or other.whole.flat:
        return ""
    if _close(one.whole, other.whole):
        return WHOLE
    cut = (*((crop, other.whole) for crop in one.crops), *((one.whole, c) for c in other.crops))
    if any(_near(a, b) for a, b in cut):
        return CROPPED
    if _near(one.round, other.round):
        return ROUND
    return MIRRORED if _near(one.mirror, other.whole) else ""


def _close(one: Print, other: Print) -> bool:
    """The same picture, but for encoding and size."""
    return distance(one, other) <= PART_BITS // 2 and colour_distance(one, other) <= RESIZED_COLOURS


def _near(one: Print, other: Print) -> bool:
    return distance(one, other) <= PART_BITS and colour_distance(one, other) <= PART_COLOURS


def _cropped(picture: Image.Image, share: float) -> Image.Image:
    edge = round(SIDE * share)
    return picture.crop((edge, edge, SIDE - edge, SIDE - edge))


def _round(picture: Image.Image) -> Image.Image:
    mask = Image.new("L", picture.size)
    ImageDraw.Draw(mask).ellipse((0, 0, SIDE - 1, SIDE - 1), fill=255)
    return Image.composite(picture, Image.new("RGB", picture.size, "white"), mask)
