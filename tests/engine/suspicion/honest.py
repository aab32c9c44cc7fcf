"""Honest payments of a made-up month, and honest habits that look like fraud."""

from __future__ import annotations

import numpy as np

from tests.engine.suspicion.month import DAYS, EVENT_DAY, FIRST_WEEKDAY, HOUR, Rows, Town


def add_honest(town: Town, rows: Rows, payments: int) -> None:
    """Fill up to `payments`: the habits first, ordinary customers for the rest."""
    for habit in (
        regulars,
        staff_who_eat_there,
        vending_machines,
        canteens,
        bar_evenings,
        event,
        wholesale,
        rents,
        fleets,
        early_birds,
        top_ups,
    ):
        habit(town, rows, payments)
    ordinary(town, rows, payments - rows.count)


def ordinary(town: Town, rows: Rows, count: int) -> None:
    """One payment each; some come back within minutes for what they forgot, a few pay after closing time."""
    random, again = town.random, 0.012
    count = round(count / (1 + again * 1.1))
    place = np.searchsorted(town.sums, random.random(count))
    member, day, minute = town.some_members(place), town.some_days(place), town.some_minutes(place)
    closes = town.places.closes[place]
    is_late = (random.random(count) < 0.002) & (closes != 24 * HOUR)
    minute = np.where(is_late, closes + random.exponential(20, count), minute)
    rows.add(place, member, day, minute, town.some_yen(place))
    for part in (again, again * 0.1):
        comes_again = random.random(count) < part
        place, member, day, minute = (column[comes_again] for column in (place, member, day, minute))
        count = len(place)
        minute = minute + random.uniform(1, 9, count)
        rows.add(place, member, day, minute, town.some_yen(place))
    buys = town.pick(rows.count // 1_500, "tickets", busy=True)
    member, day, minute = town.some_members(buys), town.some_days(buys), town.some_minutes(buys)
    yen = random.choice([4_900, 9_800], len(buys))
    for extra in range(2):  # two of the same ticket, one after the other
        rows.add(buys, member, day, minute + extra * 1.5, yen)


def regulars(town: Town, rows: Rows, payments: int) -> None:
    """A coffee each working day, a paper and a drink at the station morning and evening: small, punctual, the same."""
    random, count = town.random, payments // 260
    place = town.pick(count, "cafe", "kiosk", "grocery", busy=True)
    member, visits = town.some_members(place), random.choice([1, 1, 1, 2, 2, 3], count)
    hours = np.array([8.0, 12.3, 18.4])
    for number in range(3):
        comes = np.flatnonzero(visits > number)
        minute = hours[number] * HOUR + random.normal(0, 30, len(comes))
        price = np.array([130, 150, 300, 380, 420, 550, 620])[random.integers(0, 7, len(comes))]
        for day in range(DAYS):
            is_there = (random.random(len(comes)) < 0.9) & ((day + FIRST_WEEKDAY) % 7 < 5)
            who = comes[is_there]
            paid = price[is_there] + random.choice([0, 0, 0, 130, 210], len(who))
            when = minute[is_there] + random.normal(0, 6, len(who))
            when = np.clip(when, town.places.opens[place[who]] + 3, town.places.closes[place[who]] - 3)
            rows.add(place[who], member[who], day, when, paid)


def staff_who_eat_there(town: Town, rows: Rows, payments: int) -> None:
    """People who work at a shop and buy their drinks and lunch in it, up to four times a day."""
    count = max(payments // 12_000, 2)
    for place in town.pick(count, "kiosk", "grocery", "cafe", busy=True):
        member = town.some_members(np.array([place]))[0]
        for day in town.random.choice(DAYS, 16, replace=False):
            times = town.random.choice([1, 2, 2, 3, 4])
            minute = np.sort(town.random.uniform(9.2, 17.8, times)) * HOUR
            rows.add(place, member, day, minute, town.random.choice([120, 130, 150, 298, 498, 540], times))


def vending_machines(town: Town, rows: Rows, payments: int) -> None:
    """A drink from the machine at work, three to five times a day, all month."""
    random = town.random
    for place in town.pick(max(payments // 40_000, 2), "kiosk"):
        member = town.some_members(np.array([place]))[0]
        for day in range(DAYS):
            if (day + FIRST_WEEKDAY) % 7 < 5:
                times = random.integers(2, 6)
                rows.add(
                    place, member, day, random.uniform(8.5, 18.5, times) * HOUR, random.choice([110, 130, 160], times)
                )


def canteens(town: Town, rows: Rows, payments: int) -> None:
    """People who use their service for nothing but lunch at work: all their money goes to one place, of many people."""
    random = town.random
    for place in town.pick(max(payments // 100_000, 1), "restaurant"):
        for member in town.new_members(random.integers(8, 40)):
            days = random.choice(DAYS, random.integers(8, 20), replace=False)
            minute = np.maximum(12.2 * HOUR + random.normal(0, 15, len(days)), town.places.opens[place])
            rows.add(place, member, days, minute, random.choice([480, 550, 620], len(days)))


def bar_evenings(town: Town, rows: Rows, payments: int) -> None:
    """Each round is paid when it comes: four to seven payments in an evening."""
    random = town.random
    for place in town.pick(payments // 2_500, "bar", busy=True):
        rounds = random.integers(3, 8)
        minute = 19.5 * HOUR + random.uniform(0, 90) + np.cumsum(random.uniform(12, 45, rounds))
        member = town.some_members(np.array([place]))[0]
        rows.add(place, member, random.integers(0, DAYS), minute, random.choice([600, 750, 800, 1_100], rounds))


def event(town: Town, rows: Rows, payments: int) -> None:
    """A festival: a few places take many times what they take else, of many people, some at stall after stall."""
    random = town.random
    stalls = town.pick(max(payments // 25_000, 3), "cafe", "restaurant", "clothing", "tickets")
    guests = max(payments // 250, 20)
    place = random.choice(stalls, guests)
    member = random.choice(town.members, guests, replace=False)
    times = random.choice([1, 1, 1, 2, 2, 3, 4, 5], guests)
    for number in range(5):
        comes = times > number
        minute = random.uniform(11 * HOUR, 18 * HOUR, comes.sum())
        rows.add(place[comes], member[comes], EVENT_DAY, minute, town.some_yen(place[comes]))


def wholesale(town: Town, rows: Rows, payments: int) -> None:
    """Restaurants that pay their wholesaler week by week, often round sums on account, and pay nothing else so."""
    random = town.random
    for place in town.places.of("wholesale"):
        for member in town.new_members(random.integers(2, 12)):
            times = random.integers(3, 9)
            days = np.sort(random.choice(DAYS, times, replace=False))
            yen = random.lognormal(np.log(24_000), 0.5) * random.lognormal(0, 0.3, times)
            is_round = random.random() < 0.5
            paid = np.maximum((yen / 10_000).round(), 1) * 10_000 if is_round else yen.round()
            rows.add(place, member, days, random.uniform(6.5, 16.5, times) * HOUR, paid)
            if random.random() < 0.6:
                private = np.repeat(town.pick(1, "grocery", "restaurant"), 3)
                rows.add(
                    private, member, random.integers(0, DAYS, 3), town.some_minutes(private), town.some_yen(private)
                )


def rents(town: Town, rows: Rows, payments: int) -> None:
    """Tenants who pay the same round sum once a month, some of them nothing else."""
    random = town.random
    for place in town.places.of("rent"):
        tenants = random.integers(2, 20)
        known = random.random(tenants) < 0.6
        member = np.where(known, random.integers(0, town.members, tenants), town.new_members(tenants))
        yen = (random.lognormal(np.log(62_000), 0.25, tenants) / 1_000).round() * 1_000
        minute = random.uniform(9.5, 17.5, tenants) * HOUR
        rows.add(place, member, random.integers(24, 31, tenants), minute, yen)


def fleets(town: Town, rows: Rows, payments: int) -> None:
    """Vans that fill up for the same round sum every other day."""
    random = town.random
    for place in town.pick(max(payments // 12_000, 2), "petrol", busy=True):
        times = random.integers(8, 22)
        member = town.some_members(np.array([place]))[0]
        days = random.choice(DAYS, times, replace=True)
        rows.add(place, member, days, random.uniform(6, 19, times) * HOUR, random.choice([3_000, 5_000, 5_000], times))


def early_birds(town: Town, rows: Rows, payments: int) -> None:
    """Let in before the door is open, most mornings."""
    random = town.random
    for place in town.pick(max(payments // 50_000, 1), "grocery", "cafe", "pharmacy"):
        member, days = town.some_members(np.array([place]))[0], random.choice(DAYS, 14, replace=False)
        minute = town.places.opens[place] - random.uniform(5, 40, 14)
        rows.add(place, member, days, minute, town.some_yen(np.repeat(place, 14)))


def top_ups(town: Town, rows: Rows, payments: int) -> None:
    """Prepaid value charged in round sums; half of it is spent at the same place a little later."""
    random, count = town.random, payments // 50
    place = town.pick(count, "kiosk", "grocery", busy=True)
    member, day, minute = town.some_members(place), town.some_days(place), town.some_minutes(place)
    yen = random.choice([1_000, 2_000, 3_000, 5_000, 10_000], count)
    rows.add(place, member, day, minute, yen, is_top_up=True)
    spends = random.random(count) < 0.5
    later = minute[spends] + random.uniform(1, 25, spends.sum())
    rows.add(place[spends], member[spends], day[spends], later, np.minimum(town.some_yen(place[spends]), yen[spends]))
