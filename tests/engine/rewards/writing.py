"""Payments, enrolments and services written to files in the ways the contract allows."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

import madoguchi
from tests.engine.rewards.oracle import PROGRAMME_2019, Row, Told, tell

COLUMNS = (
    "payment_id",
    "kind",
    "original_payment_id",
    "service_id",
    "channel",
    "member_id",
    "store_id",
    "amount_yen",
    "paid_at",
)
ID_COLUMNS = ("payment_id", "member_id", "store_id")
ENROLMENT_COLUMNS = ("store_id", "service_id", "rate_bps", "starts_on", "ends_on")
SERVICES_2019 = Path(madoguchi.__file__).parent / "engine/rewards/data/payment_services_2019.csv"
STEP_NS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
DIGITS = {"s": 0, "ms": 3, "us": 6, "ns": 9}
ZONES = {
    "": timezone(timedelta(hours=9)),
    "Z": UTC,
    "+09:00": timezone(timedelta(hours=9)),
    "-05:00": timezone(timedelta(hours=-5)),
}
INT64 = range(-(2**63), 2**63)


@dataclass
class PaymentsFile:
    """Rows as they will stand in one file, and how it is written.

    `zone` is "" (naive, JST) or a zone: of pyarrow for Parquet, of ZONES for CSV. `text_ids` names the id columns
    that a Parquet file holds as text though every value is an integer.
    """

    name: str = "payments.parquet"
    rows: list[Row] = field(default_factory=list)
    unit: str = "us"
    zone: str = ""
    text_ids: frozenset[str] = frozenset()
    group_rows: int = 1_000
    quoted: bool = False
    line_end: str = "\n"
    separator: str = "T"
    encoded: bool = False

    @property
    def is_csv(self) -> bool:
        return self.name.endswith(".csv")

    def holds_integers(self, column: str) -> bool:
        """Whether the ids of this column are integers in this file."""
        if column == "payment_id":
            values = [row[each] for row in self.rows for each in ("payment_id", "original_payment_id")]
        else:
            values = [row[column] for row in self.rows]
        if self.is_csv:
            values = [row[column] for row in self.rows]
        only_integers = all(value is None or isinstance(value, int) for value in values)
        return only_integers and (self.is_csv or column not in self.text_ids)

    def as_read(self) -> list[Row]:
        """The rows with what the file can tell: instants of its resolution, text only where it has text."""
        step, found = STEP_NS[self.unit], []
        for number, written in enumerate(self.rows, start=1):
            row = {**written, "file": self.name, "row": number}
            if isinstance(row["paid_at"], int):
                row["paid_at"] -= row["paid_at"] % step
            if not self.is_csv:
                for column in ("amount_yen", "paid_at"):
                    row[column] = None if isinstance(row[column], str) else row[column]
            found.append(row)
        return found

    def write(self, folder: Path) -> Path:
        path = folder / self.name
        path.parent.mkdir(parents=True, exist_ok=True)
        if self.is_csv:
            self._write_csv(path)
        else:
            pq.write_table(self._table(), path, row_group_size=self.group_rows)
        return path

    def _table(self) -> pa.Table:
        rows, arrays = self.as_read(), []
        integers = {column: self.holds_integers(column) for column in ID_COLUMNS}
        integers["original_payment_id"] = integers["payment_id"]
        for column in COLUMNS:
            values = [row[column] for row in rows]
            if column == "paid_at":
                arrays.append(self._instants(values))
            elif column == "amount_yen" or integers.get(column):
                arrays.append(pa.array(values, pa.int64()))
            else:
                array = pa.array([None if value is None else str(value) for value in values], pa.string())
                arrays.append(array.dictionary_encode() if self.encoded else array)
        return pa.table(arrays, names=COLUMNS)

    def _instants(self, values: list[int | None]) -> pa.Array:
        # Without a zone, the clock on the wall in Japan is what is written.
        ahead_ns = 0 if self.zone else 9 * 3_600 * 10**9
        step = STEP_NS[self.unit]
        numbers = [None if value is None else (value + ahead_ns) // step for value in values]
        return pa.array(numbers, pa.int64()).cast(pa.timestamp(self.unit, tz=self.zone or None))

    def _write_csv(self, path: Path) -> None:
        quoting = csv.QUOTE_ALL if self.quoted else csv.QUOTE_MINIMAL
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, quoting=quoting, lineterminator=self.line_end, extrasaction="ignore")
            writer.writeheader()
            for row in self.as_read():
                if isinstance(row["paid_at"], int):
                    row["paid_at"] = iso(row["paid_at"], self.zone, DIGITS[self.unit], self.separator)
                writer.writerow({key: "" if value is None else value for key, value in row.items()})


@dataclass(repr=False)
class World:
    """All inputs of one run."""

    files: list[PaymentsFile]
    enrolments: list[Row]
    services: list[Row]
    holds: list[Any] | None = None
    enrolments_name: str = "enrolments.parquet"

    def __repr__(self) -> str:
        """What a reader of a failing world wants to see: no table of 32 services."""
        made_up = [row for row in self.services if row not in services_2019()]
        capped = ("service_id", "channel", "cap_amount", "cap_unit", "cap_period", "cap_scope", "credit_rule")
        told = [repr(replace(file, rows=[])) for file in self.files]
        for number, file in enumerate(self.files):
            told[number] += "".join(f"\n    {row}" for row in file.as_read())
        told += [str(tuple(row[column] for column in capped)) for row in made_up]
        told += [str(tuple(map(str, row.values()))) for row in self.enrolments]
        return "\n".join(["World", *told, f"holds {self.holds}, {self.enrolments_name}"])

    def rows(self) -> list[Row]:
        """The rows of payments and refunds as a run must understand them."""
        rows = [row for file in self.files for row in file.as_read()]
        for column in ID_COLUMNS:
            if not all(file.holds_integers(column) for file in self.files):
                alike = (column, "original_payment_id") if column == "payment_id" else (column,)
                for row in rows:
                    row.update({each: None if row[each] is None else str(row[each]) for each in alike})
        return rows

    def told(self) -> Told:
        return tell(self.rows(), self.enrolments, self.services, PROGRAMME_2019, self.holds or ())

    def write(self, folder: Path) -> dict[str, Any]:
        """Write everything below `folder`; returns what `run` wants to know, but for `out`."""
        inputs = {
            "payments": [file.write(folder / "payments") for file in self.files],
            "enrolments": write_enrolments(folder / self.enrolments_name, self.enrolments),
            "services": write_services(folder / "services.csv", self.services),
        }
        if self.holds is not None:
            inputs["holds"] = folder / "holds.csv"
            write_csv(inputs["holds"], ("payment_id",), [{"payment_id": each} for each in self.holds])
        return inputs


def iso(instant_ns: int, zone: str = "", digits: int = 0, separator: str = "T") -> str:
    """The instant as ISO 8601 with so many digits of the second; without a zone it is told in JST."""
    seconds, fraction = divmod(instant_ns, 10**9)
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    text = moment.astimezone(ZONES[zone]).replace(tzinfo=None).isoformat(separator)
    return text + (f".{fraction:09}"[: digits + 1] if digits else "") + zone


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Row]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows({column: "" if row[column] is None else row[column] for column in columns} for row in rows)
    return path


def write_enrolments(path: Path, rows: list[Row]) -> Path:
    if path.suffix == ".csv":
        return write_csv(path, ENROLMENT_COLUMNS, rows)
    stores = [row["store_id"] for row in rows]
    integers = all(isinstance(store, int) for store in stores)
    table = pa.table(
        {
            "store_id": pa.array(stores if integers else [str(store) for store in stores]),
            "service_id": pa.array([row["service_id"] for row in rows], pa.string()),
            "rate_bps": pa.array([row["rate_bps"] for row in rows], pa.int64()),
            "starts_on": pa.array([row["starts_on"] for row in rows], pa.date32()),
            "ends_on": pa.array([row["ends_on"] for row in rows], pa.date32()),
        }
    )
    pq.write_table(table, path)
    return path


@cache
def services_2019() -> list[Row]:
    """The 32 rows of the project's own copy of annex 9 (P-37); not to be changed."""
    with SERVICES_2019.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_services(path: Path, rows: list[Row]) -> Path:
    return write_csv(path, list(services_2019()[0]), rows)
