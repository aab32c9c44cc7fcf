"""A small quiet town, and payments added to it by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from madoguchi.engine.suspicion import find

Row = dict[str, Any]
PLACES, CUSTOMERS = 40, 25
TEXTS = ("kind", "service_id", "channel", "transaction")


class Town:
    """Forty cafés, open from 8 to 20, each with 25 customers who come once for an odd sum; ids by the order added."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: list[Row] = []
        self.places = [
            {
                "store_id": place,
                "trade": "cafe",
                "municipality": "10201",
                "opening_from": "08:00",
                "opening_to": "20:00",
            }
            for place in range(PLACES)
        ]
        for place in range(PLACES):
            for customer in range(CUSTOMERS):
                # Everybody has another café besides.
                member = 1_000 + place * CUSTOMERS + customer
                for number, where in enumerate((place, (place + 7) % PLACES)):
                    at = f"2019-10-{1 + (customer + 11 * number) % 28:02} {9 + customer % 10:02}:{place:02}"
                    self.pay(member, where, 510 + 7 * customer + 13 * number, at)

    def pay(self, member: Any, place: Any, yen: int, at: str, **more: Any) -> int:
        """A payment; returns its id."""
        payment_id = len(self.rows) + 1
        self.rows.append(
            {
                "payment_id": payment_id,
                "kind": "payment",
                "original_payment_id": None,
                "service_id": "paypay",
                "channel": None,
                "member_id": member,
                "store_id": place,
                "amount_yen": yen,
                "paid_at": datetime.fromisoformat(at),
                "transaction": None,
                **more,
            }
        )
        return payment_id

    def give_back(self, payments: Iterable[int], part: float = 1) -> None:
        for payment_id in payments:
            given = self.rows[payment_id - 1]
            refund = {"kind": "refund", "original_payment_id": payment_id}
            self.rows.append({**given, **refund, "payment_id": len(self.rows) + 1})
            self.rows[-1]["amount_yen"] = int(given["amount_yen"] * part)

    def write(self, text_ids: bool = False) -> tuple[Path, Path]:
        rows = pa.Table.from_pylist(self.rows)
        columns = {name: rows[name].cast(pa.string()) if name in TEXTS else rows[name] for name in rows.column_names}
        columns["original_payment_id"] = columns["original_payment_id"].cast(pa.int64())
        places = pa.Table.from_pylist(self.places)
        if text_ids:
            for name in ("payment_id", "original_payment_id", "member_id", "store_id"):
                columns[name] = pa.array([None if one is None else f"x{one}" for one in columns[name].to_pylist()])
            texts = pa.array([f"x{one}" for one in places["store_id"].to_pylist()])
            places = places.set_column(0, "store_id", texts)
        parquet.write_table(pa.table(columns), self.folder / "payments.parquet")
        parquet.write_table(places, self.folder / "places.parquet")
        return self.folder / "payments.parquet", self.folder / "places.parquet"

    def held(self, **more: Any) -> dict[str, set[int]]:
        """By rule, the payments that are held."""
        found: dict[str, set[int]] = {}
        for row in self.found(**more):
            found.setdefault(row["rule"], set()).add(row["payment_id"])
        return found

    def found(self, with_places: bool = True, **more: Any) -> list[Row]:
        payments, places = self.write()
        return find([payments], places if with_places else None, **more).to_pylist()

    def evidence(self, rule: str, payment_id: int) -> Row:
        row = next(row for row in self.found() if row["rule"] == rule and row["payment_id"] == payment_id)
        return dict(json.loads(row["evidence"]))


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


@pytest.fixture
def till_like() -> Callable[[Town, int, int, int], list[int]]:
    """A clerk's card on some days: so many payments a day, an hour apart, all different."""

    def pay(town: Town, member: int, days: int, a_day: int) -> list[int]:
        return [
            town.pay(member, 3, 480 + 37 * number + 11 * day, f"2019-10-{7 + day:02} {9 + number:02}:1{day}")
            for day in range(days)
            for number in range(a_day)
        ]

    return pay
