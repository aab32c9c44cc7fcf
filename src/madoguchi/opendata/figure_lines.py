"""A figure month by month as a line of dots, from zero; a month that is withheld leaves a gap with a hatched bar."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from madoguchi.rewards.charts_drawing import (
    AXIS,
    ROW,
    TICKS_NARROW,
    TICKS_WIDE,
    Scale,
    Words,
    element,
    nothing_yet,
    percent,
    picture,
    points,
    room_for,
    round_scale,
    stretched,
    text,
    tip,
    value_axis,
)

HEIGHT = 220
DOT = 4
EDGE = 0.94


@dataclass(frozen=True)
class LineWords(Words):
    """`month` writes a month (`2026-10`) short; `withheld` says what a gap is; `unit` stands above the axis."""

    month: Callable[[str], str]
    withheld: str
    unit: str


# A month and its figure, None where it is withheld.
Month = tuple[str, int | None]


def month_line(months: Sequence[Month], words: LineWords) -> str:
    """The months in their order, each with its figure as a tip; the last one's is written beside its dot."""
    known = [figure for _, figure in months if figure is not None]
    if not known:
        return nothing_yet("months", words)
    scale = round_scale(0, max(known), top=2 * ROW, height=HEIGHT)
    room = room_for(scale, words.number)
    return picture(
        "months",
        words,
        scale.foot + AXIS,
        text(words.unit, -room, 15, "chart__label"),
        value_axis(scale, words.number),
        stretched(scale, *_lines(months, scale)),
        *[_dot(number, months, scale, words) for number in range(len(months))],
        _last(months, scale, words),
        _axis(months, scale, words),
        room=room,
    )


def _share(number: int, months: Sequence[Month]) -> float:
    """The middle of a month's part of the width."""
    return (number + 0.5) / len(months)


def _lines(months: Sequence[Month], scale: Scale) -> list[str]:
    """A line for each run of months without a gap."""
    runs: list[list[tuple[float, float]]] = [[]]
    for number, (_, figure) in enumerate(months):
        if figure is None:
            runs.append([])
        else:
            runs[-1].append((_share(number, months), scale.y(figure)))
    return [element("polyline", points=points(run), class_="chart__known") for run in runs if len(run) > 1]


def _dot(number: int, months: Sequence[Month], scale: Scale, words: LineWords) -> str:
    month, figure = months[number]
    x = percent(_share(number, months))
    if figure is None:
        said = tip(f"{words.month(month)} {words.withheld}")
        line = element("line", x1=x, x2=x, y1=scale.top, y2=scale.foot, class_="chart__gap")
        return element("g", said, line)
    said = tip(f"{words.month(month)} {words.number(figure)}")
    return element("circle", said, cx=x, cy=scale.y(figure), r=DOT, class_="chart__dot")


def _last(months: Sequence[Month], scale: Scale, words: LineWords) -> str:
    number = max(number for number, (_, figure) in enumerate(months) if figure is not None)
    figure = months[number][1] or 0
    x = percent(_share(number, months))
    return text(words.number(figure), x, scale.y(figure) - 10, "chart__label", text_anchor="end")


def _axis(months: Sequence[Month], scale: Scale, words: LineWords) -> str:
    return "".join(
        element("g", *[_tick(number, months, scale, words) for number in _ticks(len(months), most)], class_=kind)
        for most, kind in ((TICKS_NARROW, "chart__narrow"), (TICKS_WIDE, "chart__wide"))
    )


def _ticks(count: int, most: int) -> list[int]:
    """Every month, every second, third, sixth or twelfth: as many as there is room for, the last one always."""
    step = next((step for step in (1, 2, 3, 6, 12, 24) if -(-count // step) <= most), 60)
    return list(range(count - 1, -1, -step))


def _tick(number: int, months: Sequence[Month], scale: Scale, words: LineWords) -> str:
    share = _share(number, months)
    x = percent(share)
    mark = element("line", x1=x, x2=x, y1=scale.foot, y2=scale.foot + 5, class_="chart__notch")
    # The last one would leave a phone's page on the right.
    side = "end" if share > EDGE else "middle"
    return mark + text(words.month(months[number][0]), x, scale.foot + 20, "chart__tick", text_anchor=side)
