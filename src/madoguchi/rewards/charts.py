"""Pictures of a campaign as SVG: its budget day by day, its points by day and by service, its prefectures.

Every function returns one `<svg>` as text, escaped, without styles of its own: the classes are in `charts.css`.
All words come from the caller, who also shows the figures as a table: a picture is read out as its title only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from madoguchi.rewards.budget import DayForecast
from madoguchi.rewards.charts_drawing import (
    AXIS,
    LETTER,
    NARROWEST,
    ROW,
    Days,
    Scale,
    Words,
    anchor,
    date_axis,
    element,
    lines_of,
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
    width_of,
)
from madoguchi.rewards.charts_map import MapWords, prefecture_map

__all__ = ["BarWords", "BurnWords", "MapWords", "Words", "burn_chart", "day_bars", "prefecture_map", "service_bars"]

BURN_HEIGHT, BARS_HEIGHT = 240, 180
# Bars of single days become too thin for a phone beyond this.
MOST_DAYS = 120
# The longest bar; beside it its figure has room on a phone.
LONGEST = 0.56
SERVICE_BAR = 14
# Of a chart's width, that one day alone does not become a wall.
WIDEST = 0.1
SWATCH = 26

# A share of the width and the points there.
Place = tuple[float, int]


@dataclass(frozen=True)
class BurnWords(Words):
    """`day` writes a date short (10/1); `band` names the bounds in which the points will be nine times in ten."""

    day: Callable[[date], str]
    budget: str
    so_far: str
    expected: str
    band: str
    today: str


@dataclass(frozen=True)
class BarWords(Words):
    """`day` writes a date short (10/1); `by_week` says that each bar is a week, `to` stands between two dates."""

    day: Callable[[date], str]
    by_week: str
    to: str


def burn_chart(
    *,
    granted: Mapping[date, int],
    coming: Sequence[DayForecast],
    budget_points: int,
    words: BurnWords,
    today: date | None = None,
) -> str:
    """Points granted in all by the end of each day, what is expected of the coming ones, and the budget.

    `granted` has the points of each day so far (a day that is missing had none), `coming` what `budget.forecast` made
    of it. `today` is the last day known unless said otherwise.
    """
    if not granted and not coming:
        return nothing_yet("burn", words)
    named = [*granted, *(one.on for one in coming)]
    days = Days(min(named), max(named))
    known = _running(granted, days)
    entries, top = _legend_places(_burn_legend(known, coming, words))
    heights = [so_far for _, so_far in known] + [one.high_points for one in coming]
    scale = round_scale(min(heights), max(*heights, budget_points), top=top + 2 * ROW, height=BURN_HEIGHT)
    room = room_for(scale, words.number)
    return picture(
        "burn",
        words,
        scale.foot + AXIS,
        *[_entry(kind, named, x - room, y) for kind, named, x, y in entries],
        value_axis(scale, words.number),
        stretched(scale, *_burn_lines(known, coming, days, scale)),
        _budget_line(budget_points, scale),
        date_axis(days, scale, words.day),
        _today(today or max(granted, default=None), known, days, scale, words),
        _budget_label(budget_points, scale, words),
        room=room,
    )


def _running(granted: Mapping[date, int], days: Days) -> list[Place]:
    """The points in all, from nothing at the start of the first day to the end of the last known."""
    if not granted:
        return [(0.0, 0)]
    first, last = min(granted), max(granted)
    found, total = [(days.start(first), 0)], 0
    for ahead in range((last - first).days + 1):
        day = first + timedelta(days=ahead)
        total += granted.get(day, 0)
        found.append((days.end(day), total))
    return found


def _burn_lines(known: Sequence[Place], coming: Sequence[DayForecast], days: Days, scale: Scale) -> list[str]:
    """Band, area and lines, the ones above others last."""

    def drawn(places: Sequence[Place]) -> str:
        return points([(x, scale.y(value)) for x, value in places])

    now_at, so_far = known[-1]
    area = [*known, (now_at, 0), (known[0][0], 0)]
    expected = [known[-1], *((days.end(one.on), one.expected_points) for one in coming)]
    above = [(days.end(one.on), one.high_points) for one in coming]
    below = [(days.end(one.on), one.low_points) for one in reversed(coming)]
    found = []
    if coming:
        found.append(element("polygon", points=drawn([(now_at, so_far), *above, *below]), class_="chart__band"))
    found.append(element("polygon", points=drawn(area), class_="chart__area"))
    found.append(element("polyline", points=drawn(known), class_="chart__known"))
    if coming:
        found.append(element("polyline", points=drawn(expected), class_="chart__expected"))
    return found


def _budget_line(budget_points: int, scale: Scale) -> str:
    y = scale.y(budget_points)
    return element("line", x1="0", x2="100%", y1=y, y2=y, class_="chart__budget")


def _budget_label(budget_points: int, scale: Scale, words: BurnWords) -> str:
    label = f"{words.budget} {words.number(budget_points)}"
    return text(label, LETTER, scale.y(budget_points) - 6, "chart__label")


def _today(on: date | None, known: Sequence[Place], days: Days, scale: Scale, words: BurnWords) -> str:
    """A mark from top to bottom where today ends, its name above, and a dot where the points stand."""
    if on is None or not days.first <= on <= days.last:
        return ""
    share = days.end(on)
    top = scale.top - ROW
    dot_at, so_far = known[-1]
    return (
        element("line", x1=percent(share), x2=percent(share), y1=top, y2=scale.foot, class_="chart__today")
        + text(f"{words.today} {words.day(on)}", percent(share), top - 6, "chart__label", text_anchor=anchor(share))
        + element("circle", cx=percent(dot_at), cy=scale.y(so_far), r=4, class_="chart__dot")
    )


def _burn_legend(known: Sequence[Place], coming: Sequence[DayForecast], words: BurnWords) -> list[tuple[str, str]]:
    found = [("known", f"{words.so_far} {words.number(known[-1][1])}")]
    if coming:
        found.append(("expected", f"{words.expected} {words.number(coming[-1].expected_points)}"))
        found.append(("band", words.band))
    return found


def _legend_places(entries: Sequence[tuple[str, str]]) -> tuple[list[tuple[str, str, float, int]], int]:
    """Kind, words, x and y of each, side by side as far as a phone has room; and the pixel below them."""
    found, x, y = [], 0.0, 0
    for kind, words in entries:
        wide = SWATCH + width_of(words)
        if x and x + wide > NARROWEST:
            x, y = 0.0, y + ROW
        found.append((kind, words, x, y))
        x += wide + LETTER
    return found, y + ROW + 4


def _entry(kind: str, words: str, x: float, y: int) -> str:
    shape = (
        element("rect", x=x, y=y + 3, width=SWATCH - 8, height=14, class_="chart__band")
        if kind == "band"
        else element("line", x1=x, x2=x + SWATCH - 8, y1=y + 10, y2=y + 10, class_=f"chart__{kind}")
    )
    return shape + text(words, x + SWATCH, y + 15, "chart__label")


def day_bars(*, values: Mapping[date, int], words: BarWords) -> str:
    """Points or payments by day as bars from the first day to the last; by week from Monday beyond 120 days."""
    if not values:
        return nothing_yet("days", words)
    days = Days(min(values), max(values))
    bars = _bars(values, days)
    by_week = days.count > MOST_DAYS
    heights = [value for _, _, value in bars]
    scale = round_scale(min(heights), max(heights), top=2 * ROW if by_week else ROW, height=BARS_HEIGHT)
    room = room_for(scale, words.number)
    return picture(
        "days",
        words,
        scale.foot + AXIS,
        text(words.by_week, -room, 15, "chart__label") if by_week else "",
        value_axis(scale, words.number),
        *[_bar(bar, days, scale, words) for bar in bars],
        date_axis(days, scale, words.day),
        room=room,
    )


def _bars(values: Mapping[date, int], days: Days) -> list[tuple[date, date, int]]:
    """First day, last day and sum of each bar."""
    every = [days.first + timedelta(days=ahead) for ahead in range(days.count)]
    if days.count <= MOST_DAYS:
        return [(day, day, values.get(day, 0)) for day in every]
    weeks: dict[date, list[date]] = {}
    for day in every:
        weeks.setdefault(day - timedelta(days=day.weekday()), []).append(day)
    return [(week[0], week[-1], sum(values.get(day, 0) for day in week)) for week in weeks.values()]


def _bar(bar: tuple[date, date, int], days: Days, scale: Scale, words: BarWords) -> str:
    first, last, value = bar
    middle = (days.start(first) + days.end(last)) / 2
    wide = min(WIDEST, 0.8 * (days.end(last) - days.start(first)))
    named = words.day(first) if first == last else f"{words.day(first)}{words.to}{words.day(last)}"
    return element(
        "rect",
        tip(f"{named} {words.number(value)}"),
        x=percent(middle - wide / 2),
        width=percent(wide),
        y=min(scale.y(value), scale.y(0)),
        height=abs(scale.y(value) - scale.y(0)),
        class_="chart__bar",
    )


def service_bars(rows: Sequence[tuple[str, int]], words: Words) -> str:
    """A bar for each service in the order given, its name above, its figure beside; what is below 0 is only outlined.

    A name that is too long for a phone is cut into lines there.
    """
    if not rows:
        return nothing_yet("services", words)
    most = max(abs(value) for _, value in rows) or 1
    drawn, y = [], 0
    for name, value in rows:
        lines = lines_of(name, NARROWEST)
        y += ROW * len(lines)
        drawn.append(_name(name, lines, y - 6) + _service_bar(value, abs(value) / most, y, words))
        y += SERVICE_BAR + LETTER
    return picture("services", words, y, *drawn)


def _name(name: str, lines: Sequence[str], y: int) -> str:
    """A name in its lines, the last at `y`; in fewer where the page is wide."""
    if len(lines) == 1:
        return text(name, "0", y, "chart__name")
    wide = lines_of(name, 2 * NARROWEST)
    return element("g", *_stacked(lines, y), class_="chart__narrow") + element(
        "g", *_stacked(wide, y), class_="chart__wide"
    )


def _stacked(lines: Sequence[str], y: int) -> list[str]:
    return [text(line, "0", y - ROW * (len(lines) - 1 - number), "chart__name") for number, line in enumerate(lines)]


def _service_bar(value: int, share: float, y: int, words: Words) -> str:
    kind = "chart__bar" if value >= 0 else "chart__bar chart__bar--below"
    length = LONGEST * share
    return (
        element("rect", x="0", y=y, width=percent(length), height=SERVICE_BAR, class_=kind)
        + element("line", x1="0", x2="0", y1=y - 2, y2=y + SERVICE_BAR + 2, class_="chart__line chart__line--zero")
        + text(words.number(value), percent(length), y + SERVICE_BAR - 2, "chart__value", dx=8)
    )
