"""The picture servers of the replica: an invented emblem for every address of an avatar.

The file name says which picture it is. A name that ends in `moved` is the picture of the name
without it, encoded anew; one that ends in `lost` is not there any more.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from random import Random
from zlib import crc32

from PIL import Image, ImageDraw

from watcher.avatar_links import HOSTS
from watcher.canonical import picture_key
from watcher.replica.web import NOT_FOUND, Answer, Ask
from watcher.replica.world import Scene, View, World

JPEG = ("content-type", "image/jpeg")
__all__ = ["HOSTS", "answer", "serves", "suffix"]
MOVED, LOST = "moved", "lost"
_BARE_SIZE = re.compile(r"\d+x\d+")  # stores of apps name a picture by its folder
_SIZE = re.compile(r"(?:crop[\d.]*\.|orj)(\d{2,3})/")


def suffix(seen: View) -> str:
    """What an account's scenes do to the file name of its picture."""
    if Scene.AVATAR_LOST in seen.scenes:
        return LOST
    if Scene.RENAMED in seen.scenes or Scene.NEW_AVATAR in seen.scenes:
        return "new"
    return MOVED if Scene.MOVED_AVATAR in seen.scenes else ""


def serves(host: str) -> bool:
    """Whether a host is one of pictures and nothing else of the replica."""
    return host in HOSTS or any(host.endswith(each[1:]) for each in HOSTS if each[0] == "*")


def answer(world: World, ask: Ask, now: datetime) -> Answer:
    """The picture of an address, in the size that it names."""
    name = picture_key(ask.path).partition(".")[0].partition("~")[0]
    stem = ask.path if _BARE_SIZE.match(name) else name
    if not stem or stem.endswith(LOST):
        return NOT_FOUND
    size = _SIZE.search(ask.path)
    moved = stem.endswith(MOVED)
    body = _encoded(stem.removesuffix(MOVED), int(size[1]) if size else 300, 72 if moved else 92)
    return Answer(200, body, (JPEG,))


@lru_cache(maxsize=512)
def _encoded(name: str, side: int, quality: int) -> bytes:
    kept = BytesIO()
    emblem(name).resize((side, side), Image.Resampling.LANCZOS).save(kept, "JPEG", quality=quality)
    return kept.getvalue()


def emblem(name: str) -> Image.Image:
    """A round badge with a few shapes on it, its own for each name."""
    rng = Random(crc32(name.encode()))

    def colour() -> tuple[int, int, int]:
        return rng.randrange(256), rng.randrange(256), rng.randrange(256)

    picture = Image.new("RGB", (400, 400), "white")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((20, 20, 380, 380), fill=colour(), outline=colour(), width=18)
    for _ in range(7):
        x, y = rng.randrange(60, 260), rng.randrange(60, 260)
        box = (x, y, x + rng.randrange(30, 120), y + rng.randrange(30, 120))
        rng.choice((draw.rectangle, draw.ellipse))(box, fill=colour())
    return picture
