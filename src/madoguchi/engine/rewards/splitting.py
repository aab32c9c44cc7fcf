"""A day's rows in pieces that fit into memory, each piece later in the day than the one before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from madoguchi.engine.rewards.kernels import PAID
from madoguchi.engine.rewards.spill import Spill
from madoguchi.engine.rewards.times import NANOSECONDS_OF_DAY, NANOSECONDS_TO_JST

Piece = tuple[np.ndarray, dict[str, pa.Array]]


def pieces_of(
    spills: Sequence[Spill], day: int, rows_at_once: int, scratch: Path, texts: tuple[str, ...]
) -> Iterator[Piece]:
    """The rows of a day, all at once if they are no more than `rows_at_once`, else in parts of the day.

    Parts are equal spans of time; a day most of whose rows share an instant still comes in one piece.
    """
    rows = sum(spill.count(day) for spill in spills)
    if rows <= rows_at_once:
        yield _joined([piece for spill in spills for piece in spill.read(day)], texts)
        return
    parts = 2 * -(-rows // rows_at_once)
    spread = Spill(scratch, f"day-{day}", PAID, texts)
    try:
        span = -(-NANOSECONDS_OF_DAY // parts)
        begin = day * NANOSECONDS_OF_DAY - NANOSECONDS_TO_JST
        for spill in spills:
            for kept, words in spill.read(day):
                place = (kept["paid_at"] - begin) // span
                order = np.argsort(place, kind="stable")
                counts = np.bincount(place, minlength=parts)
                ordered = {name: column.take(pa.array(order)) for name, column in words.items()}
                spread.append(kept[order], 0, counts, ordered)
        for part in spread.keys():  # noqa: SIM118  # not a mapping
            yield _joined(list(spread.read(part)), texts)
    finally:
        spread.close()


def _joined(pieces: list[Piece], texts: tuple[str, ...]) -> Piece:
    if len(pieces) == 1:
        return pieces[0]
    kept = np.concatenate([rows for rows, _ in pieces])
    return kept, {name: pa.concat_arrays([words[name] for _, words in pieces]) for name in texts}
