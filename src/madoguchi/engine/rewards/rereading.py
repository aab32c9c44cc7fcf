"""Ids whose rows say different things: found again in the files, so that each can be told and none is counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from madoguchi.engine.rewards.batches import PAYMENT, Batch, row_groups
from madoguchi.engine.rewards.doubles import A_PAYMENT, A_REFUND, Doubles, contents, is_among
from madoguchi.engine.rewards.plan import Plan
from madoguchi.engine.rewards.refunds import as_bits, take
from madoguchi.engine.rewards.scanning import Scanned, reader_of


@dataclass(frozen=True)
class Dropped:
    """Ids of which no row counts: as bits (sorted), of text also the ids; `refunds` marks the refunds among them."""

    bits: np.ndarray
    texts: pa.Array | None = None
    refunds: np.ndarray | None = None

    def without(self, kept: np.ndarray, texts: dict[str, pa.Array]) -> tuple[np.ndarray, dict[str, pa.Array]]:
        """The rows whose ids are not among them."""
        if not len(self.bits):
            return kept, texts
        is_out = is_among(self.bits, np.ascontiguousarray(kept["payment"]))
        if self.texts is not None and is_out.any():
            rows = np.flatnonzero(is_out)
            is_out[rows] = np.asarray(pc.is_in(texts["payment"].take(pa.array(rows)), value_set=self.texts))
        if not is_out.any():
            return kept, texts
        return kept[~is_out], {name: column.filter(pa.array(~is_out)) for name, column in texts.items()}


def drop_doubles(plan: Plan, scanned: Scanned, doubles: Doubles) -> Dropped:
    """Read the files again for the rows of ids that differ; tell each as refused.

    Of text ids only the hash was compared, so here the ids themselves are.
    """
    if not len(doubles.differing):
        return Dropped(doubles.differing)
    reader = reader_of(plan, scanned.pairs, scanned.stores)
    found: list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, pa.Array | None]] = []
    for number, file in enumerate(plan.payments.files):
        for batch in reader.batches(number, range(len(row_groups(file))), 0):
            plan.progress("doubles", batch.first_row, file.rows)
            bits = as_bits(batch.payment_id)
            rows = np.flatnonzero(is_among(doubles.differing, bits) & (batch.problem == 0))
            if len(rows):
                texts = None if plan.has_number_ids else take(batch.payment_id, rows)
                found.append(
                    (np.full(len(rows), number), batch.first_row + rows, bits[rows], _said(batch, rows), texts)
                )
    files, places, bits, said = (np.concatenate([one[part] for one in found]) for part in range(4))
    texts, is_double = None, np.ones(len(files), bool)
    if not plan.has_number_ids:
        ids = pa.concat_arrays([one[4] for one in found])
        is_double = _differ(ids, said)
        texts = ids.filter(pa.array(is_double)).unique()
    scanned.rejected.add(files[is_double], places[is_double], "doubled_id")
    return Dropped(np.unique(bits[is_double]), texts, _marked(scanned, files[is_double], places[is_double]))


def _said(batch: Batch, rows: np.ndarray) -> np.ndarray:
    """What each row says, the two kinds never alike; of a payment its original id is not read."""
    is_payment = batch.kind[rows] == PAYMENT
    original = np.where(is_payment, 0, as_bits(take(batch.original_id, rows)))
    said = contents(
        A_REFUND, original, batch.paid_at[rows], as_bits(take(batch.member_id, rows)), batch.amount_yen[rows],
        batch.store[rows], batch.pair[rows],
        batch.gaps[rows] | np.where(is_payment, 0, batch.has_original[rows] << 7).astype(np.uint8),
    )  # fmt: skip
    return np.where(is_payment, said ^ np.uint64(A_PAYMENT), said)


def _differ(ids: pa.Array, said: np.ndarray) -> np.ndarray:
    """Which rows have an id that says more than one thing."""
    codes = np.asarray(ids.dictionary_encode().indices)
    pairs = np.unique(np.rec.fromarrays([codes, said]))
    return np.asarray(np.bincount(pairs["f0"], minlength=int(codes.max()) + 1)[codes] > 1)


def _marked(scanned: Scanned, files: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Which refunds stand in these rows."""
    _, refund_files, refund_rows = scanned.refunds.numbered()
    width = np.int64(1) << 40
    return np.isin(refund_files * width + refund_rows, files * width + places)
