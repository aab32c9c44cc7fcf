"""How wide text is in the stickers' font, and the largest size at which it fits its place on paper.

Typesetting each page several times until it fits took 11 s of a thousand pages' 13; adding up the font's own widths
takes a tenth of a second.
"""

import functools
import importlib.util
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from madoguchi.jpqr.errors import StickerError
from madoguchi.jpqr.names import fit_name, name_phrases

MM_PER_PT = 25.4 / 72
LEADING_EM = 0.3  # white between two lines; the lines themselves are one em high
# A Latin word, or one character with those after it with which Japanese typesetting never starts a line.
_LEANING = (
    "、。，．・：；？！）」』】〕〉》ーぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ々ゝヽ)}.,!?"
    "\u200c\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef"
)
_WORD = re.compile(f"(?:[!-~]+|.)[{_LEANING}]*", re.DOTALL)
# They choose a variant of the character before them (葛󠄀城市) or join two; none has a shape of its own.
_SHAPELESS = frozenset((0x200C, 0x200D, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))


@dataclass(frozen=True, slots=True)
class Room:
    """A rectangle for text: `sizes_pt` from the best to the smallest that people still read."""

    width_mm: float
    height_mm: float
    sizes_pt: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Fit:
    """Lines of text that fit at a size."""

    lines: tuple[str, ...]
    size_pt: float
    height_mm: float


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a page that stands under another, at least `above_mm` away from it, or further if it stretches."""

    name: str
    height_mm: float
    above_mm: float = 0.0
    stretches: bool = False


def fitted(text: str, room: Room) -> Fit | None:
    """`text` at the largest of the room's sizes at which all its lines fit; None if it fits at none."""
    for size_pt in room.sizes_pt:
        lines = lines_of(text, room.width_mm / (size_pt * MM_PER_PT))
        height_mm = (len(lines) + (len(lines) - 1) * LEADING_EM) * size_pt * MM_PER_PT
        if height_mm <= room.height_mm:
            return Fit(tuple(lines), size_pt, height_mm)
    return None


def lines_of(text: str, width_em: float) -> list[str]:
    """`text` in lines of at most `width_em`, broken between phrases, and inside one only if it alone is wider."""
    lines = [""]
    used_em = 0.0
    for piece in _pieces(text, width_em):
        if lines[-1] and used_em + width(piece.rstrip()) > width_em:
            lines.append("")
            used_em = 0.0
        lines[-1] += piece
        used_em += width(piece)
    return [line.strip() for line in lines]


def cut_to(text: str, width_em: float) -> str:
    """`text`, or as much of it as is at most `width_em` wide, cut where `fit_name` cuts a name; maybe nothing."""
    if width(text) <= width_em:
        return text
    shorter = (fit_name(text, limit) for limit in range(len(text), 0, -1))
    return next((one for one in shorter if width(one) <= width_em), "")


def rows_of(words: Iterable[float], gap: float, width: float) -> list[int]:
    """How many of some boxes, given their widths, stand in each row of `width`, with `gap` between them."""
    counts = [0]
    used = 0.0
    for word in words:
        if counts[-1] and used + gap + word > width:
            counts.append(0)
        used = word if not counts[-1] else used + gap + word
        counts[-1] += 1
    return counts


def stacked(blocks: Iterable[Block | None], top_mm: float, height_mm: float) -> dict[str, float]:
    """Where each block's upper edge lies, in mm, by name; the blocks that stretch share what height is left."""
    present = [one for one in blocks if one is not None]
    left_mm = height_mm - sum(one.above_mm + one.height_mm for one in present)
    stretch_mm = left_mm / max(1, sum(one.stretches for one in present))
    edges = {}
    y_mm = top_mm
    for one in present:
        y_mm += one.above_mm + stretch_mm * one.stretches
        edges[one.name] = y_mm
        y_mm += one.height_mm
    return edges


def width(text: str) -> float:
    """The width in em of a line of characters that the font has; kerning, which narrows it a little, left out."""
    return sum(map(_widths().__getitem__, text))


def require_drawable(texts: Iterable[str]) -> None:
    """Raises StickerError `cannot_draw` for a character that the font lacks and would print as an empty box."""
    widths = _widths()
    if missing := [one for one in set().union(*texts) if one not in widths]:
        one = min(missing)
        shown = one if one.isprintable() else f"U+{ord(one):04X}"
        raise StickerError("cannot_draw", f"the font has no {shown}; write it another way")


def _pieces(text: str, width_em: float) -> Iterator[str]:
    """Phrases of `text`; the words of those wider than `width_em`; the characters of words still wider."""
    for phrase in name_phrases(text):
        if width(phrase.rstrip()) <= width_em:
            yield phrase
            continue
        for word in _WORD.findall(phrase):
            yield from (word,) if width(word) <= width_em else word


@functools.cache
def _widths() -> dict[str, float]:
    """The width in em of every character that the font has."""
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # here, since only printing needs it

    font = TTFont(font_folder() / "ipaexg.ttf", lazy=True)
    units = font["head"].unitsPerEm
    advances = font["hmtx"].metrics
    widths = {chr(code): advances[glyph][0] / units for code, glyph in font.getBestCmap().items()}
    return dict.fromkeys(map(chr, _SHAPELESS), 0.0) | widths


@functools.cache
def font_folder() -> Path:
    """Where IPAex Gothic lies, the stickers' only font. Raises StickerError `no_font`."""
    # Found, not imported: importing the package would start matplotlib, which nothing here needs.
    spec = importlib.util.find_spec("matplotlib_fontja")
    if spec is None or spec.origin is None:
        raise StickerError("no_font", "IPAex Gothic is missing: install matplotlib-fontja")
    return Path(spec.origin).parent / "fonts"
