"""How a demo month breathes: opening hours, weekdays, seasons and what people buy, for each kind of place.

The figures are examples chosen to look like a town's month; none is a published statistic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Protocol

from madoguchi.core.clock import is_bank_business_day, start_of_day

SERVICE_SHARES = {"paypay": 60, "au_pay": 22, "line_pay": 18}
OTHER_SERVICE_SHARE = 5
# Nobody begins to pay in the last minutes: the till is being counted.
LAST_MINUTES = 5


@dataclass(frozen=True)
class Shape:
    """One kind of place. Hours are minutes after midnight in Japan; `curve` gives a weight to each stretch of hours."""

    size: int
    curve: tuple[tuple[int, int, int], ...]  # from minute, to minute, weight per hour
    by_weekday: tuple[int, ...]  # Monday to Sunday, in percent; 0 is closed
    on_holiday: int  # a public holiday on a weekday, in percent; 0 is closed
    by_month: tuple[int, ...]  # January to December, in percent
    weather: int  # how far a day's chance may take it from the usual, in percent


def _curve(*points: tuple[str, int]) -> tuple[tuple[int, int, int], ...]:
    """`("8:30", 5), ("10:00", 9), ("17:15", 0)`: weight 5 from 8:30 to 10:00, then 9 to 17:15."""
    minutes = [(int(text.split(":")[0]) * 60 + int(text.split(":")[1]), weight) for text, weight in points]
    return tuple((start, end, weight) for (start, weight), (end, _) in pairwise(minutes))


SHAPES = {
    "town_hall": Shape(
        size=10,
        curve=_curve(("8:30", 6), ("10:00", 10), ("12:00", 8), ("13:00", 9), ("15:00", 7), ("17:15", 0)),
        by_weekday=(120, 95, 90, 95, 110, 0, 0),
        on_holiday=0,
        by_month=(95, 105, 150, 140, 95, 95, 95, 90, 95, 95, 95, 90),  # people move in March and April
        weather=12,
    ),
    "museum": Shape(
        size=14,
        curve=_curve(("9:00", 4), ("10:00", 9), ("11:00", 13), ("14:00", 11), ("15:30", 5), ("16:30", 0)),
        by_weekday=(45, 55, 55, 60, 75, 190, 210),
        on_holiday=200,
        by_month=(60, 65, 90, 105, 140, 80, 95, 125, 100, 130, 130, 60),
        weather=35,
    ),
    "community_centre": Shape(
        size=6,
        curve=_curve(("9:00", 3), ("12:00", 2), ("13:00", 4), ("17:00", 7), ("18:00", 12), ("20:30", 5), ("21:30", 0)),
        by_weekday=(0, 95, 105, 100, 110, 130, 110),
        on_holiday=60,
        by_month=(85, 95, 105, 105, 100, 100, 95, 80, 100, 115, 110, 90),
        weather=15,
    ),
    "family_centre": Shape(
        size=3,
        curve=_curve(("9:00", 5), ("10:00", 11), ("12:00", 4), ("13:00", 7), ("15:00", 9), ("17:00", 0)),
        by_weekday=(90, 95, 95, 95, 100, 130, 0),
        on_holiday=0,
        by_month=(95, 95, 105, 95, 95, 115, 120, 105, 95, 95, 95, 100),
        weather=20,
    ),
    "post_office": Shape(
        size=4,
        curve=_curve(("9:00", 8), ("10:30", 10), ("12:00", 7), ("13:30", 9), ("16:00", 6), ("17:00", 0)),
        by_weekday=(120, 100, 95, 95, 105, 0, 0),
        on_holiday=0,
        by_month=(90, 100, 130, 120, 95, 95, 95, 95, 95, 100, 100, 115),
        weather=12,
    ),
}
# Well-known places are busier than others of their kind.
BUSIER = {"富岡製糸場": 3, "富岡市役所 市民課窓口": 2, "東郷町役場 住民課": 2}


def shape_name(kind: str, purposes: Sequence[str]) -> str:
    """The name in SHAPES of a place of `kind` that takes money for `purposes`."""
    if kind == "post_office":
        return "post_office"
    if "admission_fee" in purposes:
        return "museum"
    if kind == "division":
        return "town_hall"
    return "family_centre" if list(purposes) == ["facility_fee"] else "community_centre"


def day_weight(shape: Shape, day: date) -> int:
    """How busy a kind of place is on `day`; 0 on a day on which it is closed."""
    if (day.month, day.day) in {(12, 29), (12, 30), (12, 31), (1, 1), (1, 2), (1, 3)}:
        return 0
    is_holiday = day.weekday() < 5 and not is_bank_business_day(day)
    usual = shape.on_holiday if is_holiday else shape.by_weekday[day.weekday()]
    return usual * shape.by_month[day.month - 1]


def weather(rng: Random, shape: Shape) -> int:
    """A day's chance factor in percent around 100."""
    return rng.randint(100 - shape.weather, 100 + shape.weather)


def moment(rng: Random, shape: Shape, day: date) -> datetime:
    """An instant of `day` within opening hours, drawn by the curve; to the second."""
    stretches = [(start, end, weight * (end - start)) for start, end, weight in shape.curve]
    start, end, _ = rng.choices(stretches, [weight for _, _, weight in stretches])[0]
    if end == shape.curve[-1][1]:
        end -= LAST_MINUTES
    return start_of_day(day) + timedelta(seconds=rng.randrange(start * 60, end * 60))


class Sellable(Protocol):
    """An item as the counter offers it."""

    @property
    def code(self) -> str: ...

    @property
    def purpose(self) -> str: ...

    @property
    def unit_yen(self) -> int: ...


# How often an item is the first that somebody asks for; items not named here are as rare as the rarest.
POPULAR = {
    "residence": 40,
    "seal": 30,
    "family": 15,
    "tax": 8,
    "income": 7,
    "room_half": 45,
    "hall_hour": 30,
    "playroom": 25,
}
RAREST = 7


def basket(rng: Random, menu: Sequence[Sellable], at: datetime) -> list[tuple[int, int]]:
    """What one customer buys: `(position in menu, quantity)`. `menu` is not empty."""
    admission = [position for position, item in enumerate(menu) if item.purpose == "admission_fee"]
    if admission:
        return _party(rng, menu, admission)
    choice = _of_the_hour(rng, menu, at)
    first = rng.choices(choice, [POPULAR.get(menu[position].code, RAREST) for position in choice])[0]
    picked = [(first, _quantity(rng, menu[first]))]
    if len(choice) > 1 and rng.random() < 0.12:
        second = rng.choice([position for position in choice if position != first])
        picked.append((second, 1))
    return picked


def _of_the_hour(rng: Random, menu: Sequence[Sellable], at: datetime) -> list[int]:
    """In the evening a community centre lets rooms; its counter for certificates is closed."""
    rooms = [position for position, item in enumerate(menu) if item.purpose == "facility_fee"]
    others = [position for position in range(len(menu)) if position not in rooms]
    if not rooms or not others:
        return rooms or others
    return rooms if at.hour >= 17 or rng.random() < 0.4 else others


def _quantity(rng: Random, item: Sellable) -> int:
    most = {"certificate_fee": (72, 20, 8), "various_certificate_fee": (72, 20, 8), "facility_fee": (60, 30, 10)}
    weights = most.get(item.purpose, (80, 15, 5))
    return rng.choices((1, 2, 3), weights)[0]


def _party(rng: Random, menu: Sequence[Sellable], admission: Sequence[int]) -> list[tuple[int, int]]:
    """Adults, often with children, seldom students; whoever is not on the menu stays at home."""
    by_code = {menu[position].code: position for position in admission}
    wanted = {
        "adult": rng.choices((1, 2, 3, 4, 5, 6), (27, 45, 11, 10, 4, 3))[0],
        "child": rng.choices((0, 1, 2, 3), (72, 13, 12, 3))[0],
        "student": rng.choices((0, 1, 2), (92, 4, 4))[0],
    }
    party = [(by_code[code], number) for code, number in wanted.items() if number and code in by_code]
    return party or [(admission[0], 1)]
