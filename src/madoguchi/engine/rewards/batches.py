"""Rows of payments as NumPy columns of one shape, whatever the file's types were, with what is wrong with each."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from madoguchi.core.errors import Refusal
from madoguchi.engine.rewards.files import COLUMNS, OPTIONAL, UNREADABLE, PaymentFile, Payments, canonical_numbers
from madoguchi.engine.rewards.interning import Table
from madoguchi.engine.rewards.services import Service
from madoguchi.engine.rewards.times import ABSURD, instants

# int64 in NumPy, or an Arrow array of strings.
Ids = Any
LARGEST_YEN = 1_000_000_000
LARGEST_EXACT_FLOAT = 2**53
PAYMENT, REFUND, OTHER = 0, 1, 2
# Why a row is refused, the first that applies; 0 is none.
PROBLEMS = (
    "",
    "no_payment_id",
    "unknown_kind",
    "amount_unreadable",
    "no_amount",
    "amount_not_positive",
    "amount_absurd",
    "no_service_id",
    "no_member_id",
    "no_store_id",
    "no_paid_at",
    "paid_at_absurd",
    "doubled_id",
    "refund_without_payment",
)
# More combinations of a batch's services and channels than this are looked for by sorting.
MOST_COMBINATIONS = 1 << 20


@dataclass(frozen=True)
class Batch:
    """Rows of one file from `first_row` (0-based) on. Ids are int64 or Arrow strings, 0 or "" where there is none.

    `pair` and `store` are codes of Pairs and of the table of stores; `paid_at` nanoseconds UTC; `problem` an index of
    PROBLEMS; `gaps` has a bit for each of member, store and time that is missing, and one for a transaction excluded.
    """

    file: int
    first_row: int
    payment_id: Ids
    original_id: Ids
    has_original: np.ndarray
    member_id: Ids
    kind: np.ndarray
    pair: np.ndarray
    store: np.ndarray
    amount_yen: np.ndarray
    paid_at: np.ndarray
    problem: np.ndarray
    is_excluded: np.ndarray
    gaps: np.ndarray

    def __len__(self) -> int:
        return len(self.problem)


class Pairs:
    """Service and channel as one number, in the order in which they came; safe from several threads."""

    def __init__(self, services: Sequence[Service]) -> None:
        self._rows = {(one.service_id, one.channel): place for place, one in enumerate(services)}
        self._codes: dict[tuple[str | None, str | None], int] = {}
        self._lock = threading.Lock()

    def code(self, service: str | None, channel: str | None) -> int:
        """The number of a service and channel."""
        with self._lock:
            return self._codes.setdefault((service, channel), len(self._codes))

    def names(self) -> list[tuple[str | None, str | None]]:
        """What the numbers stand for."""
        return list(self._codes)

    def service_rows(self) -> np.ndarray:
        """int32 for each number: the row of the services' table, -1 if it has none."""
        with self._lock:
            keys = list(self._codes)
        return np.array([self._rows.get((one[0] or "", one[1] or ""), -1) for one in keys], np.int32)


@dataclass(frozen=True)
class Reader:
    """Reads row groups of the files of a run as batches."""

    payments: Payments
    pairs: Pairs
    stores: Table
    excluded: frozenset[str] = frozenset()
    batch_rows: int = 1 << 18

    def batches(self, file: int, row_groups: Sequence[int], first_row: int) -> Iterator[Batch]:
        """The rows of these row groups, of which the first has the number `first_row`."""
        given = self.payments.files[file]
        with _opened(given) as opened:
            present = opened.schema_arrow.names
            wanted = [name for name in (*COLUMNS, *OPTIONAL, UNREADABLE) if name in present]
            rows = opened.iter_batches(self.batch_rows, list(row_groups), columns=wanted, use_threads=False)
            for batch in rows:
                yield self._batch(given, file, first_row, batch)
                first_row += len(batch)

    def _batch(self, given: PaymentFile, file: int, first_row: int, rows: pa.RecordBatch) -> Batch:
        try:
            return self._columns(file, first_row, rows)
        except pa.ArrowInvalid as error:
            raise Refusal("file_unreadable", file=str(given.given), reason=" ".join(str(error).split())) from error

    def _columns(self, file: int, first_row: int, rows: pa.RecordBatch) -> Batch:
        payment_id, no_payment_id = _ids(rows.column("payment_id"), self.payments.payment_id)
        original_id, no_original = _ids(rows.column("original_payment_id"), self.payments.payment_id)
        member_id, no_member = _ids(rows.column("member_id"), self.payments.member_id)
        store, no_store = self._stores(rows.column("store_id"))
        service, channel = _encoded(rows.column("service_id")), _encoded(rows.column("channel"))
        kind = _mapped(_encoded(rows.column("kind")), {"payment": PAYMENT, "refund": REFUND}, OTHER)
        given = rows.column("amount_yen")
        amount, no_amount = _numbers(given)
        paid_at, no_paid_at = instants(rows.column("paid_at"))
        is_payment = kind == PAYMENT
        names = rows.schema.names
        wrong = {
            "no_payment_id": no_payment_id,
            "unknown_kind": kind == OTHER,
            "amount_unreadable": np.asarray(rows.column(UNREADABLE)) if UNREADABLE in names else None,
            "no_amount": no_amount,
            "amount_not_positive": amount <= 0,
            "amount_absurd": amount > LARGEST_YEN,
            "no_service_id": _nulls(service),
            "no_member_id": no_member,
            "no_store_id": no_store,
            "no_paid_at": no_paid_at,
            "paid_at_absurd": paid_at == ABSURD,
        }
        problem = np.zeros(len(rows), np.uint8)
        for name, where in reversed(wrong.items()):
            if where is not None and where.any():
                place = PROBLEMS.index(name)
                concerned = where & is_payment if place >= PROBLEMS.index("no_service_id") else where
                problem[concerned] = place
        excluded = (
            _mapped(_encoded(rows.column("transaction")), dict.fromkeys(self.excluded, 1), 0)
            if ("transaction" in names and self.excluded)
            else np.zeros(len(rows), np.int8)
        )
        return Batch(
            file, first_row, payment_id, original_id, ~no_original, member_id, kind, self._pairs(service, channel),
            store, amount, paid_at, problem, excluded.astype(bool),
            _bits(no_member, no_store, no_paid_at, excluded > 0),
        )  # fmt: skip

    def _stores(self, column: pa.Array) -> tuple[np.ndarray, np.ndarray]:
        if pa.types.is_int64(self.payments.store_id):
            ids, no_store = _ids(column, self.payments.store_id)
            return self.stores.add(ids), no_store
        # Looked up one by one: making a dictionary of so many takes longer than that.
        texts, no_store = _ids(column, pa.string())
        return self.stores.add(texts), no_store

    def _pairs(self, service: pa.DictionaryArray, channel: pa.DictionaryArray) -> np.ndarray:
        services, channels = [None, *service.dictionary.to_pylist()], [None, *channel.dictionary.to_pylist()]
        keys = (_codes(service).astype(np.int64) + 1) * len(channels) + _codes(channel) + 1
        count = len(services) * len(channels)
        if count > MOST_COMBINATIONS:
            present, places = np.unique(keys, return_inverse=True)
            return self._pair_codes(present, services, channels)[places]
        present = np.flatnonzero(np.bincount(keys, minlength=count))
        table = np.zeros(count, np.int32)
        table[present] = self._pair_codes(present, services, channels)
        return np.asarray(table[keys])

    def _pair_codes(self, keys: np.ndarray, services: list[str | None], channels: list[str | None]) -> np.ndarray:
        parts = (divmod(int(key), len(channels)) for key in keys)
        return np.array([self.pairs.code(services[one], channels[other]) for one, other in parts], np.int32)


def _opened(file: PaymentFile) -> parquet.ParquetFile:
    return parquet.ParquetFile(file.rows_in, read_dictionary=["kind", "service_id", "channel"])


def row_groups(file: PaymentFile) -> list[int]:
    """Rows of each row group of a file."""
    with parquet.ParquetFile(file.rows_in) as opened:
        return [opened.metadata.row_group(number).num_rows for number in range(opened.metadata.num_row_groups)]


def _bits(*columns: np.ndarray) -> np.ndarray:
    """uint8 of each row, one bit a column."""
    bits = np.zeros(len(columns[0]), np.uint8)
    for place, column in enumerate(columns):
        if column.any():
            bits |= column.astype(np.uint8) << place
    return bits


def _ids(column: pa.Array, kind: pa.DataType) -> tuple[Ids, np.ndarray]:
    """Ids as int64 or as strings, and which rows have none."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_int64(kind):
        if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
            column = canonical_numbers(column.cast(pa.string()))
        return _numbers(column)
    if pa.types.is_floating(column.type):
        _refuse_rounded(column)
        column = column.cast(pa.int64())
    texts = column.cast(pa.string())
    if not texts.null_count:
        return texts, np.zeros(len(texts), bool)
    return texts.fill_null(""), np.asarray(texts.is_null())


def _numbers(column: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    if pa.types.is_floating(column.type):
        _refuse_rounded(column)
    numbers = column.cast(pa.int64())
    if not numbers.null_count:
        return np.asarray(numbers), np.zeros(len(numbers), bool)
    return np.asarray(numbers.fill_null(0)), np.asarray(numbers.is_null())


def _refuse_rounded(column: pa.Array) -> None:
    """Tables with gaps often become floats; beyond 2^53 these are rounded, and an id would be another payment's."""
    largest = pc.max(pc.abs(column)).as_py()
    if largest is not None and largest > LARGEST_EXACT_FLOAT:
        raise pa.ArrowInvalid("whole numbers above 2^53 stand in a column of floats, which rounds them")


def _encoded(column: pa.Array) -> pa.DictionaryArray:
    return column if pa.types.is_dictionary(column.type) else column.cast(pa.string()).dictionary_encode()


def _codes(column: pa.DictionaryArray) -> np.ndarray:
    """int32 codes, -1 for null."""
    indices = column.indices
    return np.asarray(indices.fill_null(-1) if indices.null_count else indices)


def _nulls(column: pa.DictionaryArray) -> np.ndarray | None:
    return np.asarray(column.is_null()) if column.null_count else None


def _mapped(column: pa.DictionaryArray, meaning: dict[str, int], otherwise: int) -> np.ndarray:
    """int8 for each row by what its word means."""
    table = np.array([*(meaning.get(word, otherwise) for word in column.dictionary.to_pylist()), otherwise], np.int8)
    return np.asarray(table[_codes(column)])
