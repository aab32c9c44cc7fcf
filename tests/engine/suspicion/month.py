"""A made-up October 2019 of honest payments, many of which look suspicious, with labelled fraud among them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import parquet

DAYS = 31
HOUR = 60
FIRST_MIDNIGHT_US = 1_569_888_000 * 10**6  # 2019-10-01 00:00 on the clock in Japan, written without a zone
FIRST_WEEKDAY = 1  # a Tuesday
EVENT_DAY = 12
SERVICES = ("paypay", "line_pay", "merpay", "suica", "aeon_card", "rakuten_card")
TOP_UP = "prepaid_value"
HONEST = "honest"


@dataclass(frozen=True)
class Trade:
    """A trade: its part of the places, a usual amount and its spread (of the logarithm), hours, busy hours, volume."""

    name: str
    part: float
    yen: int
    spread: float
    opens: int
    closes: int
    peaks: tuple[float, ...]
    volume: float
    weekend: float = 1.0
    round_part: float = 0.0


TRADES = (
    Trade("grocery", 0.22, 1_800, 0.70, 9, 21, (11, 17.5), 1.6),
    Trade("cafe", 0.12, 650, 0.45, 7, 19, (8.5, 13, 15.5), 1.2, 0.8),
    Trade("restaurant", 0.22, 1_900, 0.60, 11, 22, (12.3, 19), 1.0, 1.3),
    Trade("bar", 0.06, 2_800, 0.65, 18, 26, (20, 23), 0.6, 1.4),
    Trade("kiosk", 0.06, 380, 0.60, 6, 23, (8, 12.3, 18), 3.0, 0.7),
    Trade("pharmacy", 0.07, 1_500, 0.70, 9, 20, (11, 17), 0.9),
    Trade("petrol", 0.05, 3_600, 0.40, 0, 24, (9, 17), 1.1, 1.1, 0.45),
    Trade("clothing", 0.10, 5_500, 0.75, 10, 20, (14, 17), 0.5, 1.8),
    Trade("jewellery", 0.02, 14_000, 1.10, 10, 19, (15,), 0.2, 1.6),
    Trade("wholesale", 0.03, 16_000, 0.90, 6, 17, (8, 13), 0.1, 0.2, 0.4),
    Trade("rent", 0.02, 62_000, 0.25, 9, 18, (11, 15), 0.01, 0.3, 0.9),
    Trade("tickets", 0.03, 4_900, 0.50, 10, 18, (11, 14), 0.8, 2.0),
)
NUMBER = {trade.name: number for number, trade in enumerate(TRADES)}
TICKETS_YEN = (2_900, 4_900, 9_800, 14_800)


@dataclass
class Places:
    """The places of a month, one entry each: what they are, how they trade, what is known of their hours."""

    trade: np.ndarray
    area: np.ndarray
    weight: np.ndarray
    dear: np.ndarray  # a factor on the usual amount
    set_yen: np.ndarray  # a price that half of the customers pay, or 0
    opens: np.ndarray  # minutes of the day
    closes: np.ndarray  # minutes, beyond 1440 after midnight
    told_closes: np.ndarray  # as recorded, which may be wrong

    def of(self, *trades: str) -> np.ndarray:
        return np.flatnonzero(np.isin(self.trade, [NUMBER[name] for name in trades]))


@dataclass
class Rows:
    """Payments in pieces: place, member, day, minute of the day (beyond 1440 after midnight), yen and what they are."""

    pieces: list[tuple[np.ndarray, ...]] = field(default_factory=list)

    def add(self, place, member, day, minute, yen, kind: str = HONEST, is_top_up=False) -> int:  # type: ignore[no-untyped-def]
        yen = np.maximum(np.asarray(yen).round().astype(np.int64), 10)
        columns = np.broadcast_arrays(place, member, day, np.asarray(minute, float), yen, kind, is_top_up)
        self.pieces.append(tuple(np.atleast_1d(np.array(column)) for column in columns))
        return len(self.pieces[-1][0])

    @property
    def count(self) -> int:
        return sum(len(piece[0]) for piece in self.pieces)


@dataclass(frozen=True)
class Month:
    """Payments, places and `kinds`: for each payment (not refund) by its id, what it is; of fraud, how blatant (0 to 1)
    in `intensities`.
    """

    payments: pa.Table
    places: pa.Table
    kinds: dict[int, str]
    intensities: dict[int, float]

    def write(self, folder: Path) -> tuple[Path, Path]:
        folder.mkdir(parents=True, exist_ok=True)
        parquet.write_table(self.payments, folder / "payments.parquet", row_group_size=100_000)
        parquet.write_table(self.places, folder / "places.parquet")
        return folder / "payments.parquet", folder / "places.parquet"


class Town:
    """What everybody who pays in the month shares: random numbers, places, members by area."""

    def __init__(self, payments: int, seed: int, shops: int) -> None:
        self.random = np.random.default_rng(seed)
        self.areas = 12
        self.members = max(payments // 9, 200)
        self.next_member = self.members
        parts = np.sort(self.random.dirichlet(np.full(self.areas, 1.5)))[::-1]
        self.area_ends = np.r_[0, np.cumsum(parts * self.members).astype(int)]
        self.area_ends[-1] = self.members
        self.places = self._places(shops, parts)
        self.sums = np.cumsum(self.places.weight) / self.places.weight.sum()

    def _places(self, count: int, parts: np.ndarray) -> Places:
        random = self.random
        trade = random.choice(len(TRADES), count, p=_parts())
        volume = np.array([trade.volume for trade in TRADES])[trade]
        weight = volume * random.lognormal(0, 1.0, count) * np.where(random.random(count) < 0.02, 0.02, 1)
        dear = random.lognormal(0, 0.2, count) * np.where(random.random(count) < 0.01, random.uniform(4, 8, count), 1)
        has_set = (random.random(count) < 0.04) & np.isin(trade, [NUMBER["cafe"], NUMBER["restaurant"]])
        set_yen = np.where(has_set, random.choice([980, 1_000, 1_000, 3_000], count), 0)
        late = random.choice([-1, 0, 0, 0, 1], count)
        opens = np.array([trade.opens for trade in TRADES])[trade] * HOUR
        closes = (np.array([trade.closes for trade in TRADES])[trade] + late) * HOUR
        is_always = trade == NUMBER["petrol"]
        closes = np.where(is_always, 24 * HOUR, closes)
        is_wrong = (random.random(count) < 0.01) & ~is_always
        told = np.where(is_wrong, closes - 3 * HOUR, closes)
        area = random.choice(self.areas, count, p=parts)
        return Places(trade, area, weight, dear, set_yen, opens, closes, told)

    def some_members(self, place: np.ndarray) -> np.ndarray:
        """A customer of each place, mostly of its own area; a few pay often, most seldom."""
        area = self.places.area[place]
        begin, end = self.area_ends[area], self.area_ends[area + 1]
        at_home = begin + ((end - begin) * self.random.random(len(place)) ** 1.6).astype(int)
        anybody = self.random.integers(0, self.members, len(place))
        return np.where(self.random.random(len(place)) < 0.85, np.minimum(at_home, self.members - 1), anybody)

    def new_members(self, count: int) -> np.ndarray:
        """Members who pay nowhere else unless told to."""
        self.next_member += count
        return np.arange(self.next_member - count, self.next_member)

    def some_days(self, place: np.ndarray) -> np.ndarray:
        weekend = np.array([trade.weekend for trade in TRADES])[self.places.trade[place]]
        day = self.random.integers(0, DAYS, len(place))
        is_weekend = (day + FIRST_WEEKDAY) % 7 >= 5
        # Once more for those whose day does not suit the trade.
        suits = np.where(is_weekend, weekend, 1) / np.maximum(weekend, 1)
        return np.where(self.random.random(len(place)) < suits, day, self.random.integers(0, DAYS, len(place)))

    def some_minutes(self, place: np.ndarray) -> np.ndarray:
        """Within opening hours, more in busy ones."""
        trade, random = self.places.trade[place], self.random
        most = max(len(each.peaks) for each in TRADES)
        peaks = np.array([[each.peaks[number % len(each.peaks)] for number in range(most)] for each in TRADES])
        peak = peaks[trade, random.integers(0, most, len(place))] * HOUR + random.normal(0, 75, len(place))
        opens, closes = self.places.opens[place], self.places.closes[place]
        anyhow = opens + (closes - opens) * random.random(len(place))
        is_open = (peak > opens) & (peak < closes) & (random.random(len(place)) < 0.75)
        return np.where(is_open, peak, anyhow)

    def some_yen(self, place: np.ndarray) -> np.ndarray:
        """Amounts as the trade has them: to the yen or to ten, round where one pays round, set prices."""
        trade, random, count = self.places.trade[place], self.random, len(place)
        usual = np.array([each.yen for each in TRADES])[trade] * self.places.dear[place]
        yen = usual * random.lognormal(0, 1, count) ** np.array([each.spread for each in TRADES])[trade]
        yen = np.where(np.isin(trade, [NUMBER["grocery"], NUMBER["pharmacy"]]), yen.round(), (yen / 10).round() * 10)
        unit = np.where(yen >= 30_000, 10_000, 1_000)
        is_round = random.random(count) < np.maximum(np.array([each.round_part for each in TRADES])[trade], 0.01)
        yen = np.where(is_round, np.maximum((yen / unit).round(), 1) * unit, yen)
        is_set = (self.places.set_yen[place] > 0) & (random.random(count) < 0.5)
        yen = np.where(is_set, self.places.set_yen[place], yen)
        return np.where(trade == NUMBER["tickets"], random.choice(TICKETS_YEN, count, p=[0.35, 0.4, 0.2, 0.05]), yen)

    def pick(self, count: int, *trades: str, busy: bool = False) -> np.ndarray:
        """Places of these trades, each as likely as it has customers if `busy`, else all alike."""
        among = self.places.of(*trades)
        weight = self.places.weight[among]
        return self.random.choice(among, count, p=weight / weight.sum() if busy else None)


def generated(payments: int = 1_000_000, *, seed: int, shops: int | None = None, fraud_part: float = 0.0005) -> Month:
    """About `payments` payments of October 2019, of which `fraud_part` are fraud, the same for a seed."""
    from tests.engine.suspicion.frauds import add_frauds
    from tests.engine.suspicion.honest import add_honest

    town = Town(payments, seed, shops or max(payments // 125, 120))
    rows = Rows()
    add_honest(town, rows, payments)
    add_frauds(town, rows, round(payments * fraud_part))
    return _month(town, rows)


def _month(town: Town, rows: Rows) -> Month:
    place, member, day, minute, yen, kind, is_top_up = (
        np.concatenate([piece[number] for piece in rows.pieces]) for number in range(7)
    )
    at = (day * 24 * 60 + minute) * 60 * 10**6
    fits = (at >= 0) & (at < DAYS * 24 * 3_600 * 10**6)
    order = np.flatnonzero(fits)[np.argsort(at[fits], kind="stable")]
    place, member, yen, kind, is_top_up, at = (
        column[order] for column in (place, member, yen, kind, is_top_up, at.astype(np.int64))
    )
    ids = np.arange(1, len(order) + 1)
    given_back = np.flatnonzero((town.random.random(len(ids)) < 0.004) & (kind == HONEST))
    part = np.where(town.random.random(len(given_back)) < 0.7, 1, 0.5)
    service = pa.DictionaryArray.from_arrays(pa.array(member % len(SERVICES), pa.int32()), list(SERVICES))
    columns = {
        "payment_id": pa.array(np.r_[ids, len(ids) + 1 + np.arange(len(given_back))]),
        "kind": pa.array(["payment"] * len(ids) + ["refund"] * len(given_back)),
        "original_payment_id": pa.concat_arrays([pa.nulls(len(ids), pa.int64()), pa.array(ids[given_back])]),
        "service_id": pa.concat_arrays([service.cast(pa.string()), pa.nulls(len(given_back), pa.string())]),
        "channel": pa.nulls(len(ids) + len(given_back), pa.string()),
        "member_id": pa.array(np.r_[member, member[given_back]]),
        "store_id": pa.array(np.r_[place, place[given_back]]),
        "amount_yen": pa.array(np.r_[yen, np.maximum((yen[given_back] * part).astype(np.int64), 1)]),
        "paid_at": pa.array(np.r_[at, at[given_back] + 600 * 10**6] + FIRST_MIDNIGHT_US).cast(pa.timestamp("us")),
        "transaction": pa.array(np.where(np.r_[is_top_up, np.zeros(len(given_back), bool)], TOP_UP, "")),
    }
    told = {one: label.partition(":") for one, label in zip(ids.tolist(), kind.tolist(), strict=True)}
    kinds = {one: label for one, (label, _, _) in told.items()}
    intensities = {one: float(intensity) for one, (_, _, intensity) in told.items() if intensity}
    return Month(pa.table(columns), _told_places(town.places), kinds, intensities)


def _parts() -> np.ndarray:
    parts = np.array([trade.part for trade in TRADES])
    return parts / parts.sum()


def _told_places(places: Places) -> pa.Table:
    def clock(minutes: np.ndarray) -> list[str]:
        return [f"{minute // 60 % 24 if minute != 24 * 60 else 24:02}:{minute % 60:02}" for minute in minutes.tolist()]

    return pa.table(
        {
            "store_id": pa.array(np.arange(len(places.trade))),
            "trade": pa.array([TRADES[number].name for number in places.trade.tolist()]),
            "municipality": pa.array([f"10{number:03}" for number in places.area.tolist()]),
            "opening_from": pa.array(clock(places.opens)),
            "opening_to": pa.array(clock(places.told_closes)),
        }
    )
