"""Fraud of seven kinds, each case with an intensity of its own from subtle (0) to blatant (1)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tests.engine.suspicion.month import DAYS, HOUR, Rows, Town

SHOPS = ("grocery", "cafe", "restaurant", "pharmacy", "clothing", "kiosk")
LIMITS_YEN = (10_000, 20_000, 30_000, 50_000)


def add_frauds(town: Town, rows: Rows, count: int) -> None:
    """Cases of each kind until each has its part of `count` payments."""
    for kind, case in KINDS.items():
        added = 0
        while added < count / len(KINDS):
            intensity = float(town.random.random())
            added += case(town, rows, f"{kind}:{intensity:.3f}", intensity)


def same_member_place(town: Town, rows: Rows, kind: str, intensity: float) -> int:
    """One card, one shop, again and again on one to three days, small sums."""
    random, place, member = town.random, _shop(town, *SHOPS), _customer(town)
    added = 0
    for day in random.choice(DAYS, random.integers(1, 4), replace=False):
        times = round(4 + 10 * intensity + random.uniform(0, 2))
        opens, closes = town.places.opens[place], town.places.closes[place]
        begin = random.uniform(opens, closes - 4 * HOUR)
        minute = np.sort(begin + random.uniform(0, 4 * HOUR, times))
        added += rows.add(place, member, day, minute, town.some_yen(np.repeat(place, times)), kind)
    return added


def closed_loop(town: Town, rows: Rows, kind: str, intensity: float) -> int:
    """A shop that hardly anybody visits, its owner's own cards, charged a moment before."""
    random = town.random
    # Of the shops with few customers, for such a shop lives on its owner's cards.
    among = town.places.of("cafe", "restaurant", "clothing", "pharmacy", "jewellery")
    place = random.choice(among[np.argsort(town.places.weight[among])[: max(len(among) // 10, 3)]])
    added = 0
    for member in town.new_members(random.integers(1, 4)):
        times = round(4 + 10 * intensity + random.uniform(0, 3))
        day, minute = random.integers(0, DAYS, times), town.some_minutes(np.repeat(place, times))
        yen = (random.uniform(4_000, 30_000, times) / 10).round() * 10
        added += rows.add(place, member, day, minute, yen, kind)
        is_charged = random.random(times) < 0.2 + 0.8 * intensity
        charged = np.ceil(yen[is_charged] / 1_000) * 1_000
        kiosk = town.pick(1, "kiosk")[0]
        before = minute[is_charged] - random.uniform(1, 20, is_charged.sum())
        rows.add(kiosk, member, day[is_charged], before, charged, is_top_up=True)
        if intensity < 0.5:
            elsewhere = np.repeat(_shop(town, "grocery"), random.integers(2, 6))
            days = random.integers(0, DAYS, len(elsewhere))
            rows.add(elsewhere, member, days, town.some_minutes(elsewhere), town.some_yen(elsewhere))
    return added


def staff_keys_cash(town: Town, rows: Rows, kind: str, intensity: float) -> int:
    """A clerk's card for what customers paid in cash: as the till goes, hour by hour, on several days."""
    random, place, member = town.random, town.pick(1, *SHOPS, busy=True)[0], _customer(town)
    added = 0
    for day in random.choice(DAYS, round(3 + 5 * random.random()), replace=False):
        times = round(3 + 10 * intensity + random.uniform(0, 2))
        keyed = np.repeat(place, times)
        added += rows.add(place, member, day, town.some_minutes(keyed), town.some_yen(keyed), kind)
    return added


def splitting(town: Town, rows: Rows, kind: str, intensity: float) -> int:
    """One purchase as several payments within minutes: each just below a limit, or together just at it."""
    random, place, member = town.random, _shop(town, "clothing", "jewellery", "restaurant", "grocery"), _customer(town)
    limit, is_each = random.choice(LIMITS_YEN), random.random() < 0.5
    added = 0
    for day in random.choice(DAYS, 1 + round(3 * intensity), replace=False):
        times = 2 + round(intensity + random.random())
        if is_each:
            yen = limit * random.uniform(0.93, 0.999, times)
        else:
            yen = limit * random.uniform(0.95, 1.01) * random.dirichlet(np.full(times, 12))
        begin = town.some_minutes(np.array([place]))[0]
        minute = begin + np.cumsum(random.uniform(0.5, 5, times))
        added += rows.add(place, member, day, minute, yen, kind)
    return added


def far_outside_peers(town: Town, rows: Rows, kind: str, intensity: float) -> int:
    """Sales that a shop of its kind never makes, on a few days, with a few cards."""
    random, place = town.random, _shop(town, *SHOPS)
    cards = np.array([_customer(town) for _ in range(random.integers(2, 5))])
    usual = town.some_yen(np.repeat(place, 200))
    added = 0
    for day in random.choice(DAYS, random.integers(2, 5), replace=False):
        times = random.integers(3, 7)
        yen = np.median(usual) * random.uniform(6, 12 + 30 * intensity, times)
        minute = town.some_minutes(np.repeat(place, times))
        added += rows.add(place, random.choice(cards, times), day, minute, yen, kind)
    return added


def round_amounts(town: Town, rows: Rows, kind: str, intensity: float) -> int:
    """Invented sales, and people invent round sums."""
    random, place = town.random, _shop(town, "grocery", "cafe", "restaurant", "pharmacy", "clothing")
    cards = np.array([_customer(town) for _ in range(random.integers(2, 5))])
    times = len(cards) * random.integers(3, 7)
    unit = random.choice([1_000, 10_000])
    yen = random.integers(3, 10, times) * 1_000 if unit == 1_000 else random.integers(1, 4, times) * 10_000
    is_round = random.random(times) < 0.7 + 0.3 * intensity
    yen = np.where(is_round, yen, yen - random.integers(1, 90, times) * 10)
    minute = town.some_minutes(np.repeat(place, times))
    return rows.add(place, np.resize(cards, times), random.integers(0, DAYS, times), minute, yen, kind)


def outside_hours(town: Town, rows: Rows, kind: str, intensity: float) -> int:
    """Payments in the night at a shop that is closed."""
    random, place = town.random, _shop(town, *SHOPS)
    cards = np.array([_customer(town) for _ in range(random.integers(1, 4))])
    times = round(3 + 8 * intensity)
    days = random.choice(DAYS - 1, times, replace=True)
    minute = town.places.closes[place] + random.uniform(70 + 60 * intensity, 360, times)
    return rows.add(place, np.resize(cards, times), days, minute, town.some_yen(np.repeat(place, times)), kind)


def _shop(town: Town, *trades: str) -> int:
    """A place whose hours are recorded rightly."""
    while True:
        place = int(town.pick(1, *trades)[0])
        if town.places.closes[place] == town.places.told_closes[place]:
            return place


def _customer(town: Town) -> int:
    """A member who lives here and pays elsewhere, too."""
    return int(town.random.integers(0, town.members))


KINDS: dict[str, Callable[[Town, Rows, str, float], int]] = {
    case.__name__: case
    for case in (
        same_member_place,
        closed_loop,
        staff_keys_cash,
        splitting,
        far_outside_peers,
        round_amounts,
        outside_hours,
    )
}
