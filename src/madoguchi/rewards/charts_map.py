"""The 47 prefectures as squares, shaded by fifths of those that have anything; the shade is also a bar's length."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from madoguchi.rewards.charts_drawing import Words, element, plain, text, tip, width_of
from madoguchi.rewards.prefecture_tiles import FREE_ROWS, PREFECTURE_TILES, TILE_COLUMNS, TILE_ROWS

STEPS = 5
# Units of the drawing, about half a pixel on a phone and one and a quarter on a desk.
PITCH, SIDE = 50, 46
MARGIN = 5
LEGEND_PITCH = (FREE_ROWS * PITCH - 10) // (STEPS + 1)
# Letters of a name as in charts.css: Japanese ones, and those of names that do not all fit so.
NAME_LETTER, SMALL_LETTER = 14.0, 11.0
VALUE_LETTER = 11.0
# Letters so much narrower than the rest that a name of them must not be taken for too long, and stretched.
NARROW_LETTERS, NARROW_LETTER = "Ifijlrt", 0.25
SQUEEZED = {"textLength": SIDE - 2, "lengthAdjust": "spacingAndGlyphs"}
SHORT_LETTERS = 3


@dataclass(frozen=True)
class MapWords(Words):
    """`to` stands between the least and the most of a shade; `nothing` names the prefectures that have nothing."""

    to: str
    nothing: str


def prefecture_map(values: Mapping[str, int], *, names: Mapping[str, str], words: MapWords) -> str:
    """A square for each prefecture by JIS code 01 to 47, with its name and figure; codes without a value have 0.

    Shade 0 is nothing (or less), 1 to 5 are fifths of the others; equal figures have one shade.
    """
    shades = shades_of(values)
    is_small = any(width_of(name, NAME_LETTER) > SIDE - 2 for name in names.values())
    tiles = [
        _tile(code, (names.get(code, code), words.number(values.get(code, 0))), shades[code], is_small)
        for code in sorted(PREFECTURE_TILES)
    ]
    return element(
        "svg",
        tip(words.title),
        element("desc", plain(words.description)),
        _legend(values, shades, words),
        *tiles,
        xmlns="http://www.w3.org/2000/svg",
        class_="chart chart--map",
        role="img",
        viewBox=f"0 0 {TILE_COLUMNS * PITCH} {TILE_ROWS * PITCH}",
    )


def shades_of(values: Mapping[str, int]) -> dict[str, int]:
    """The shade of each prefecture, 0 to 5."""
    some = sorted(value for code in PREFECTURE_TILES if (value := values.get(code, 0)) > 0)
    return {
        code: 1 + STEPS * bisect_left(some, values[code]) // len(some) if values.get(code, 0) > 0 else 0
        for code in PREFECTURE_TILES
    }


def _tile(code: str, shown: tuple[str, str], shade: int, is_small: bool) -> str:
    column, row = PREFECTURE_TILES[code]
    x, y = column * PITCH, row * PITCH
    return element(
        "g",
        tip(" ".join(shown)),
        *_square(x, y, SIDE, shade),
        element("g", _short_name(shown[0], x, y), class_="chart__narrow"),
        element("g", *_name_and_value(shown, x, y, is_small), class_="chart__wide"),
        class_=f"tile tile-{shade}",
        data_code=code,
    )


def _square(x: int, y: int, side: int, shade: int) -> list[str]:
    """The square, and at its foot a bar that is as long as the shade is dark."""
    found = [element("rect", x=x, y=y, width=side, height=side, rx=4, class_="tile__square")]
    if shade:
        wide = (side - 2 * MARGIN) * shade / STEPS
        found.append(element("rect", x=x + MARGIN, y=y + side - 7, width=wide, height=4, class_="tile__bar"))
    return found


def _short_name(name: str, x: int, y: int) -> str:
    """What a square of 24 pixels has room for: three Japanese letters, made narrow, or three Latin ones."""
    middle = x + SIDE / 2
    if unicodedata.east_asian_width(name[:1] or " ") not in "WF":
        return text(name[:SHORT_LETTERS], middle, y + 28, "tile__short tile__short--latin", text_anchor="middle")
    if len(name) < 3:
        return text(name, middle, y + 28, "tile__short", text_anchor="middle")
    # Narrow letters as on a road sign: two lines of them would be too small to read.
    return text(name[:SHORT_LETTERS], middle, y + 28, "tile__short", text_anchor="middle", **SQUEEZED)


def _name_and_value(shown: tuple[str, str], x: int, y: int, is_small: bool) -> list[str]:
    """A name, made narrow if need be, and a figure if it fits; else it is in the tip and in the table beside."""
    (name, written), middle = shown, x + SIDE / 2
    kind, letter = ("tile__name tile__name--small", SMALL_LETTER) if is_small else ("tile__name", NAME_LETTER)
    squeezed = (
        SQUEEZED
        if width_of(name, letter) - NARROW_LETTER * letter * sum(map(name.count, NARROW_LETTERS)) > SIDE - 2
        else {}
    )
    found = [text(name, middle, y + 19, kind, text_anchor="middle", **squeezed)]
    if width_of(written, VALUE_LETTER) <= SIDE:
        found.append(text(written, middle, y + 34, "tile__value", text_anchor="middle"))
    return found


def _legend(values: Mapping[str, int], shades: Mapping[str, int], words: MapWords) -> str:
    """The shades that occur, each with its least and most, in the corner of the map that is sea."""
    drawn = []
    for number, shade in enumerate(sorted(set(shades.values()))):
        inside = [values[code] for code, one in shades.items() if one == shade and shade]
        y = number * LEGEND_PITCH
        square = element("g", *_square(0, y, LEGEND_PITCH - 6, shade), class_=f"tile tile-{shade}")
        drawn.append(square + text(_range(inside, words), LEGEND_PITCH + 4, y + 25, "chart__key"))
    return element("g", *drawn, class_="chart__keys")


def _range(inside: Sequence[int], words: MapWords) -> str:
    if not inside:
        return words.nothing
    least, most = words.number(min(inside)), words.number(max(inside))
    return least if least == most else f"{least}{words.to}{most}"
