"""Registrations as several providers would send them, the place that each truly is, and how well they were linked."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from tests.engine.registration_shops import Country
from tests.engine.registration_writing import USUAL, Noise, Writer

PROVIDERS = ("paypay", "dbarai", "aupay", "rakuten", "yucho", "jcoin", "merpay", "quicpay")
COLUMNS = (
    "registration_id", "provider", "name", "kana", "prefecture", "municipality", "address", "postal_code", "phone",
    "corporate_number",
)  # fmt: skip


@dataclass(frozen=True)
class Labelled:
    """`table` by registration_id; for each row the number of its place, and as which near miss that was made."""

    table: pa.Table
    places: list[int]
    near_misses: list[str]


def generated(registrations: int, *, seed: int = 21, noise: Noise = USUAL) -> Labelled:
    """`registrations` rows of random order, the same for the same arguments."""
    source = random.Random(seed)
    country, writer = Country(source), Writer(source, noise)
    shops = country.shops(registrations)
    source.shuffle(shops)
    rows: list[tuple[tuple[str | None, ...], int, str]] = []
    number = 0
    while len(rows) < registrations:
        shop = shops[number] if number < len(shops) else country.shop()
        times = source.choices((1, 2, 3, 4, 5), (50, 23, 14, 8, 5))[0]
        for provider in source.sample(PROVIDERS, times):
            # Now and then a provider has a shop twice.
            for _ in range(2 if source.random() < 0.01 else 1):
                rows.append(((provider, *writer.registration(shop)), number, shop.hard))
        number += 1
    del rows[registrations:]
    source.shuffle(rows)
    columns = {"registration_id": [f"R{index:07}" for index in range(registrations)]}
    columns |= {name: [row[0][at] for row in rows] for at, name in enumerate(COLUMNS[1:])}
    table = pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})
    return Labelled(table, [row[1] for row in rows], [row[2] for row in rows])


@dataclass(frozen=True)
class Score:
    """How well clusters tell places, by pairs of rows.

    `precision`: of the pairs that share a cluster and are both `auto`, those of one place. `recall`: of the pairs of
    one place, those that share a cluster, merged or queued. `automatic`: the share of them that was merged.
    """

    precision: float
    recall: float
    automatic: float


def score(places: Sequence[int], cluster_ids: Sequence[Hashable], decisions: Sequence[str]) -> Score:
    """The score of rows given in one order."""
    sure = [at for at, decision in enumerate(decisions) if decision == "auto"]
    merged = _pairs([cluster_ids[at] for at in sure])
    rightly = _pairs([(cluster_ids[at], places[at]) for at in sure])
    found = _pairs(list(zip(cluster_ids, places, strict=True)))
    true = _pairs(places)
    return Score(rightly / merged, found / true, rightly / true)


def _pairs(keys: Sequence[Hashable]) -> int:
    return sum(count * (count - 1) // 2 for count in Counter(keys).values())
