"""What the charts of a campaign are drawn with: escaped SVG, round ticks, dates along an axis, text cut into lines.

A chart has no viewBox of its own: widths are shares of the page's, heights and letters are pixels, so that a label is
as large on a phone as on a desk. Where a phone has no room for every date, CSS shows `chart__narrow` for `chart__wide`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape

# Pixels that a chart has on a phone 320 px wide.
NARROWEST = 280
LETTER = 14
TICKS_NARROW, TICKS_WIDE = 4, 10
MONTHS_A_YEAR = 12
# A line or an area is drawn on this width and stretched to the page's.
STRETCHED = 1_000
ROW = 22
FIGURE_GAP = 8
# Widths of the room left of a chart, for which charts.css has a class each: a percentage starts right of it.
ROOMS = (24, 44, 68, 96)
AXIS = 30


@dataclass(frozen=True)
class Words:
    """What every chart says; `number` writes a figure, `empty` stands in place of a chart without figures."""

    title: str
    description: str
    number: Callable[[int], str]
    empty: str


@dataclass(frozen=True)
class Scale:
    """A vertical axis from `low` to `high`, both multiples of `step`, drawn from pixel `top` downwards."""

    low: int
    high: int
    step: int
    top: int
    height: int

    @property
    def ticks(self) -> list[int]:
        return list(range(self.low, self.high + 1, self.step))

    @property
    def foot(self) -> int:
        """The pixel of its lowest value."""
        return self.top + self.height

    def y(self, value: int) -> float:
        """The pixel of a value."""
        return self.top + self.height * (self.high - value) / (self.high - self.low)


@dataclass(frozen=True)
class Days:
    """A horizontal axis of whole days, both ends inside; places on it are shares of its width."""

    first: date
    last: date

    @property
    def count(self) -> int:
        return (self.last - self.first).days + 1

    def start(self, day: date) -> float:
        return (day - self.first).days / self.count

    def end(self, day: date) -> float:
        return ((day - self.first).days + 1) / self.count


def plain(text: str) -> str:
    """Text for between tags and for attributes; what XML cannot hold becomes a space."""
    return escape("".join(one if one.isprintable() else " " for one in text))


def figure(value: float) -> str:
    """A coordinate to a thousandth, without trailing zeros."""
    written = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if written == "-0" else written


def percent(share: float) -> str:
    """`12.5%` for 0.125."""
    return figure(100 * share) + "%"


def element(name: str, *inside: str, **attributes: object) -> str:
    """An element with finished markup inside; `class_` is class, `text_anchor` is text-anchor."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{figure(value) if isinstance(value, float) else plain(str(value))}"'
        for key, value in attributes.items()
    )
    return f"<{name}{written}>{''.join(inside)}</{name}>" if inside else f"<{name}{written}/>"


def text(words: str, x: object, y: float, class_: str, **more: object) -> str:
    """A line of text, its baseline at `y`."""
    return element("text", plain(words), x=x, y=y, class_=class_, **more)


def tip(words: str) -> str:
    """What a pointer that rests on a shape is told."""
    return element("title", plain(words))


def picture(kind: str, words: Words, height: int, *inside: str, room: int = 0) -> str:
    """A whole chart, as high as said and as wide as its place on the page less the `room` left of it."""
    return element(
        "svg",
        tip(words.title),
        element("desc", plain(words.description)),
        *inside,
        xmlns="http://www.w3.org/2000/svg",
        class_=f"chart chart--{kind}" + (f" chart--room-{room}" if room else ""),
        role="img",
        width="100%",
        height=height,
    )


def nothing_yet(kind: str, words: Words) -> str:
    """A chart without figures: what will be here, in as many lines as it takes."""
    lines = lines_of(words.empty, NARROWEST - 2 * LETTER)
    height = 48 + ROW * len(lines)
    drawn = [
        text(line, "50%", 38 + ROW * number, "chart__empty", text_anchor="middle") for number, line in enumerate(lines)
    ]
    frame = element("rect", x="0", y=1, width="100%", height=height - 2, class_="chart__frame")
    return picture(kind, words, height, frame, *drawn)


def stretched(scale: Scale, *inside: str) -> str:
    """Lines and areas as wide as the page: x from 0 to STRETCHED, y in the chart's pixels."""
    return element(
        "svg",
        *inside,
        x="0",
        y=scale.top,
        width="100%",
        height=scale.height,
        viewBox=f"0 {scale.top} {STRETCHED} {scale.height}",
        preserveAspectRatio="none",
        class_="chart__plot",
    )


def points(places: Sequence[tuple[float, float]]) -> str:
    """Shares of the width and pixels as the `points` of a stretched line or area."""
    return " ".join(f"{figure(STRETCHED * x)},{figure(y)}" for x, y in places)


def round_scale(low: int, high: int, *, top: int, height: int, most: int = 5) -> Scale:
    """A scale with round steps (1, 2 or 5 and zeros) around 0, `low` and `high`, of at most so many steps."""
    low, high = min(0, low), max(0, high)
    if low == high:
        high = 1
    size = 1
    while True:
        for step in (size, 2 * size, 5 * size):
            below, above = low // step * step, -(-high // step) * step
            if (above - below) // step <= most:
                return Scale(below, above, step, top, height)
        size *= 10


def value_axis(scale: Scale, number: Callable[[int], str]) -> str:
    """Lines across the chart and their figures left of it."""
    lines = [
        element("line", x1="0", x2="100%", y1=scale.y(value), y2=scale.y(value), class_=_line_class(value))
        for value in scale.ticks
    ]
    figures = [
        text(number(value), -FIGURE_GAP, scale.y(value) + 5, "chart__tick", text_anchor="end") for value in scale.ticks
    ]
    return "".join([*lines, *figures])


def room_for(scale: Scale, number: Callable[[int], str]) -> int:
    """Pixels left of the chart for the figures of its axis: one of ROOMS."""
    widest = FIGURE_GAP + max(width_of(number(value)) for value in scale.ticks)
    return next((room for room in ROOMS if widest <= room), ROOMS[-1])


def _line_class(value: int) -> str:
    return "chart__line" if value else "chart__line chart__line--zero"


def date_axis(days: Days, scale: Scale, day: Callable[[date], str]) -> str:
    """Dates under the chart: few where it is narrow, more where it is wide."""
    return "".join(
        element("g", *[_date(days, one, scale.foot, day(one)) for one in date_ticks(days, most)], class_=class_)
        for most, class_ in ((TICKS_NARROW, "chart__narrow"), (TICKS_WIDE, "chart__wide"))
    )


def _date(days: Days, on: date, foot: int, words: str) -> str:
    share = days.start(on)
    mark = element("line", x1=percent(share), x2=percent(share), y1=foot, y2=foot + 5, class_="chart__notch")
    # Both ends have some room beside them: the figures' left, the page's margin right.
    side = "middle" if share <= 0.96 else "end"
    return mark + text(words, percent(share), foot + 20, "chart__tick", text_anchor=side)


def anchor(share: float) -> str:
    """On which side of its place a text stands so that it does not leave the chart."""
    if share < 0.08:
        return "start"
    return "end" if share > 0.92 else "middle"


def date_ticks(days: Days, most: int) -> list[date]:
    """At most so many dates: every so many days, up to a fortnight, else the first of months."""
    for step in (1, 2, 3, 5, 7, 14):
        if -(-days.count // step) <= most:
            return [days.first + timedelta(days=ahead) for ahead in range(0, days.count, step)]
    months = [
        date(month // MONTHS_A_YEAR, month % MONTHS_A_YEAR + 1, 1)
        for month in range(_month(days.first), _month(days.last) + 1)
    ]
    months = [one for one in months if one >= days.first]
    years = range(MONTHS_A_YEAR, len(months) + MONTHS_A_YEAR, MONTHS_A_YEAR)
    step = next(step for step in (1, 2, 3, 6, *years) if -(-len(months) // step) <= most)
    return months[::step] or [days.first]


def _month(day: date) -> int:
    return day.year * MONTHS_A_YEAR + day.month - 1


def width_of(words: str, letter: float = LETTER) -> float:
    """About how many pixels a text is wide: a Japanese letter is as wide as it is high, a Latin one a little over half.

    Only to keep texts apart, so rather too much than too little.
    """
    return letter * sum(1 if unicodedata.east_asian_width(one) in "WFA" else 0.6 for one in words)


def lines_of(words: str, width: float) -> list[str]:
    """A text cut into lines of at most `width` pixels: between words where it has them, else anywhere."""
    lines = [""]
    for word in _words(words):
        if lines[-1] and width_of((lines[-1] + word).rstrip()) > width:
            lines.append("")
        lines[-1] += word
    return [line.strip() for line in lines]


def _words(words: str) -> list[str]:
    """Pieces a line may end after: a Japanese letter, a space, and any letter of a word too long for a phone's line."""
    pieces = [""]
    for one in words:
        is_end = pieces[-1] and (
            unicodedata.east_asian_width(one) in "WF"
            or unicodedata.east_asian_width(pieces[-1][-1]) in "WF"
            or pieces[-1][-1] == " "
            or width_of(pieces[-1] + one) > NARROWEST / 2
        )
        if is_end:
            pieces.append("")
        pieces[-1] += one
    return pieces
