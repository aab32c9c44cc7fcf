"""Choropleths as SVG: areas shaded by fifths, each with its step's digit on it, so that no colour is needed to read it.

Withheld areas are hatched, areas without a figure are left white. The caller shows the figures as a table as well.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from madoguchi.rewards.charts_drawing import LETTER, ROW, Words, element, plain, text, tip
from madoguchi.rewards.prefecture_tiles import PREFECTURE_TILES, TILE_COLUMNS, TILE_ROWS

STEPS = 5
HATCH = "hatch"
# A digit stands on an area that is at least so large, of a drawing's larger side.
DIGIT_SHARE = 1 / 60
DIGIT = 1 / 42
TILE, TILE_SIDE = 50, 46
TOKEN = re.compile(r"[A-Za-z]|-?\d*\.?\d+(?:e-?\d+)?")


@dataclass(frozen=True)
class MapWords(Words):
    """`figure` writes a figure; `to` stands between two; then what an area is called that is withheld, 0, unknown."""

    figure: Callable[[float], str]
    to: str
    withheld: str
    none: str
    unknown: str


@dataclass(frozen=True)
class Shades:
    """The step of each area with a figure, 0 (none) to 5, and the least and the most of each step."""

    steps: dict[str, int]
    ranges: dict[int, tuple[float, float]]


def shades_of(figures: Mapping[str, float | None]) -> Shades:
    """Fifths of the areas above 0; equal figures have one step."""
    some = sorted(figure for figure in figures.values() if figure)
    steps = {
        code: 1 + STEPS * bisect_left(some, figure) // len(some) if figure else 0
        for code, figure in figures.items()
        if figure is not None
    }
    ranges: dict[int, tuple[float, float]] = {}
    for code, step in steps.items():
        figure = figures[code] or 0
        low, high = ranges.get(step, (figure, figure))
        ranges[step] = (min(low, figure), max(high, figure))
    return Shades(steps, ranges)


def area_map(
    figures: Mapping[str, float | None],
    *,
    withheld: frozenset[str],
    view_box: str,
    paths: Mapping[str, str],
    names: Mapping[str, str],
    words: MapWords,
) -> str:
    """The outlines `paths` by code, each with its name and figure as a tip and its step as a digit."""
    shades = shades_of(figures)
    _, _, wide, high = map(float, view_box.split())
    size = max(wide, high)
    areas, digits = [], []
    for code, path in sorted(paths.items()):
        kind = _kind(code, shades, withheld)
        said = f"{names.get(code, code)} {_said(code, figures, withheld, words)}"
        areas.append(element("path", tip(said), d=path, data_code=code, **_look(kind)))
        found = _middle(path, DIGIT_SHARE * size)
        if found and kind not in {"unknown", "withheld", "0"}:
            x, y = found
            digits.append(_digit(kind, x, y + DIGIT * size / 3, DIGIT * size))
    drawn = element(
        "svg",
        tip(words.title),
        element("desc", plain(words.description)),
        _hatch(size),
        *areas,
        *digits,
        xmlns="http://www.w3.org/2000/svg",
        class_="chart chart--areas",
        role="img",
        viewBox=view_box,
    )
    return drawn + legend(shades, withheld & paths.keys(), paths.keys() - figures.keys(), words)


def tile_map(
    figures: Mapping[str, float | None], *, withheld: frozenset[str], names: Mapping[str, str], words: MapWords
) -> str:
    """The prefectures as squares, where there are no outlines: the same steps, digits and legend."""
    shades = shades_of(figures)
    tiles = []
    for code, (column, row) in sorted(PREFECTURE_TILES.items()):
        kind = _kind(code, shades, withheld)
        x, y = column * TILE, row * TILE
        square = element("rect", x=x, y=y, width=TILE_SIDE, height=TILE_SIDE, rx=4, **_look(kind))
        name = text(names.get(code, code)[:3], x + TILE_SIDE / 2, y + 18, f"area__name on-{kind}", text_anchor="middle")
        digit = "" if kind in {"unknown", "withheld", "0"} else _digit(kind, x + TILE_SIDE / 2, y + 38, 16)
        said = f"{names.get(code, code)} {_said(code, figures, withheld, words)}"
        tiles.append(element("g", tip(said), square, name, digit, data_code=code))
    size = TILE * max(TILE_COLUMNS, TILE_ROWS)
    drawn = element(
        "svg",
        tip(words.title),
        element("desc", plain(words.description)),
        _hatch(size),
        *tiles,
        xmlns="http://www.w3.org/2000/svg",
        class_="chart chart--areas chart--tiles",
        role="img",
        viewBox=f"0 0 {TILE_COLUMNS * TILE} {TILE_ROWS * TILE}",
    )
    return drawn + legend(shades, withheld, PREFECTURE_TILES.keys() - figures.keys(), words)


def legend(shades: Shades, withheld: frozenset[str] | set[str], unknown: set[str], words: MapWords) -> str:
    """What each step means, in lines of its own so that a phone's letters are as large as a desk's."""
    rows: list[tuple[str, str]] = []
    for step in sorted(shades.ranges, reverse=True):
        low, high = shades.ranges[step]
        said = words.figure(low) if low == high else f"{words.figure(low)}{words.to}{words.figure(high)}"
        rows.append((str(step), words.none if step == 0 else said))
    rows += [("withheld", words.withheld)] if withheld else []
    rows += [("unknown", words.unknown)] if unknown - withheld else []
    drawn = [_key(kind, said, number) for number, (kind, said) in enumerate(rows)]
    return element(
        "svg", _hatch(400, "key"), *drawn, class_="chart chart--keys", height=len(rows) * (ROW + 6), aria_hidden="true"
    )


def _key(kind: str, said: str, number: int) -> str:
    y = number * (ROW + 6)
    box = element("rect", x=1, y=y + 1, width=30, height=ROW - 2, **_look(kind, "key"))
    digit = "" if kind in {"withheld", "unknown", "0"} else _digit(kind, 16, y + 16, LETTER)
    return box + digit + text(said, 42, y + 16, "chart__key")


def _look(kind: str, pattern: str = "map") -> dict[str, str]:
    # The address of a pattern is the page's, which a style sheet does not know.
    hatched = {"fill": f"url(#{HATCH}-{pattern})"} if kind == "withheld" else {}
    return {"class_": f"area area-{kind}", **hatched}


def _kind(code: str, shades: Shades, withheld: frozenset[str]) -> str:
    return "withheld" if code in withheld else str(shades.steps[code]) if code in shades.steps else "unknown"


def _said(code: str, figures: Mapping[str, float | None], withheld: frozenset[str], words: MapWords) -> str:
    if code in withheld:
        return words.withheld
    figure = figures.get(code)
    return words.unknown if figure is None else words.figure(figure)


def _digit(kind: str, x: float, y: float, size: float) -> str:
    return text(kind, x, y, f"area__digit on-{kind}", text_anchor="middle", font_size=size)


def _hatch(size: float, name: str = "map") -> str:
    """A pattern of slanted lines; its id has the picture's kind, for two may be on a page."""
    pitch = size / 80
    line = element("path", d=f"M0 {pitch:.2f}L{pitch:.2f} 0", class_="hatch__line", stroke_width=pitch / 5)
    ground = element("rect", width=pitch, height=pitch, class_="hatch__ground")
    pattern = element(
        "pattern",
        ground,
        line,
        id=f"{HATCH}-{name}",
        width=pitch,
        height=pitch,
        patternUnits="userSpaceOnUse",
    )
    return element("defs", pattern)


@lru_cache(maxsize=4_096)
def _middle(path: str, least: float) -> tuple[float, float] | None:
    """The middle of an outline's largest piece; None if it is too small to write on."""
    pieces = _pieces(path)
    if not pieces:
        return None
    boxes = [(min(x), min(y), max(x), max(y)) for x, y in (zip(*piece, strict=True) for piece in pieces)]
    left, top, right, foot = max(boxes, key=lambda box: (box[2] - box[0]) * (box[3] - box[1]))
    if min(right - left, foot - top) < least:
        return None
    largest = pieces[boxes.index((left, top, right, foot))]
    return _centre(largest) or ((left + right) / 2, (top + foot) / 2)


def _centre(piece: Sequence[tuple[float, float]]) -> tuple[float, float] | None:
    """The centre of gravity of a piece; None if it has no area."""
    area = x_sum = y_sum = 0.0
    for (x, y), (x_next, y_next) in zip(piece, [*piece[1:], piece[0]], strict=True):
        cross = x * y_next - x_next * y
        area, x_sum, y_sum = area + cross, x_sum + (x + x_next) * cross, y_sum + (y + y_next) * cross
    return (x_sum / (3 * area), y_sum / (3 * area)) if area else None


def _pieces(path: str) -> list[list[tuple[float, float]]]:
    """The corners of each closed piece of a path of straight lines, absolute or relative."""
    pieces: list[list[tuple[float, float]]] = []
    tokens = TOKEN.findall(path)
    command, x, y, at = "M", 0.0, 0.0, 0
    while at < len(tokens):
        if tokens[at].isalpha():
            command = tokens[at]
            at += 1
            if command in "Zz" and pieces:
                x, y = pieces[-1][0]
            elif command in "Mm":
                pieces.append([])
            continue
        step = 1 if command in "HhVv" else 2
        values = [float(one) for one in tokens[at : at + step]]
        at += step
        x, y = _moved(command, x, y, values)
        pieces[-1].append((x, y))
        if len(pieces[-1]) == 1:
            command = {"M": "L", "m": "l"}.get(command, command)
    return [piece for piece in pieces if len(piece) > 2]


def _moved(command: str, x: float, y: float, values: Sequence[float]) -> tuple[float, float]:
    relative_x, relative_y = (x, y) if command.islower() else (0.0, 0.0)
    match command.lower():
        case "h":
            return relative_x + values[0], y
        case "v":
            return x, relative_y + values[0]
        case _:
            return relative_x + values[0], relative_y + values[1]
