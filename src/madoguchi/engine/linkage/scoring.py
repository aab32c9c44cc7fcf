"""Pairs of registrations scored by Splink on DuckDB, in bounded memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from madoguchi.engine.linkage.blocking import KEYS, keyed
from madoguchi.engine.linkage.model import (
    COMPARISONS,
    DOUBTED_AT_MOST,
    MACROS,
    agrees_sql,
    contradicts_sql,
    require_trained,
    settings,
    weight_of,
)


@contextmanager
def engine(memory: str) -> Iterator[Any]:
    """A DuckDB connection that spills to a folder of its own beyond `memory` (such as 1500MB)."""
    with tempfile.TemporaryDirectory(prefix="madoguchi-linkage-") as folder:
        connection = duckdb.connect(
            ":memory:",
            config={"memory_limit": memory, "temp_directory": folder, "preserve_insertion_order": "false"},
        )
        try:
            # Splink's steps are known by name here; DuckDB's own bar would mix with them.
            connection.execute("set enable_progress_bar = false")
            connection.execute(MACROS)
            yield connection
        finally:
            connection.close()


def scored(connection: Any, rows: pa.Table, *, review_from: float) -> pa.Table:
    """Pairs worth a look: row_l < row_r, match_probability from `review_from` on, and the level of each comparison.

    `rows` as `rows.normalised` gives them. The probability of a pair whose names or places do not agree for themselves
    is held at `DOUBTED_AT_MOST`. Raises Refusal `linkage_level_untrained`.
    """
    connection.register("normalised_rows", rows)
    predicted = _predicted(connection, keyed(connection, "normalised_rows"), "registrations", KEYS, review_from)
    weights = ", ".join(f"round(mw_{name} * 1000)::integer as {name}" for name in COMPARISONS)
    found = connection.sql(
        f"select row_l, row_r, case when {agrees_sql()} then match_probability "  # noqa: S608  # our own names
        f"else least(match_probability, {DOUBTED_AT_MOST}) end as match_probability, {weights} "
        f"from {predicted.physical_name} order by row_l, row_r"
    ).to_arrow_table()
    predicted.drop_table_from_database_and_remove_from_cache()
    return found


def no_pairs() -> pa.Table:
    """A table as `scored` gives it, without rows."""
    levels = {name: pa.int32() for name in COMPARISONS}
    columns = {"row_l": pa.int64(), "row_r": pa.int64(), "match_probability": pa.float64(), **levels}
    return pa.schema(list(columns.items())).empty_table()


def contradictions(connection: Any, rows: pa.Table, groups: Sequence[Sequence[int]]) -> set[tuple[int, int]]:
    """Pairs of rows within `groups` that contradict each other, the lower row first.

    Every pair of a group is scored by the same model, whether or not a blocking key brought it.
    """
    if not groups:
        return set()
    members = pa.array([row for group in groups for row in group], pa.int64())
    numbers = pa.array([number for number, group in enumerate(groups) for _ in group], pa.int64())
    inside = rows.take(members).append_column("component", numbers)
    predicted = _predicted(connection, inside, "would_be_clusters", ("component",), None)
    found = connection.sql(
        f"select row_l, row_r from {predicted.physical_name} where {contradicts_sql()}"  # noqa: S608
    ).fetchall()
    return {(min(pair), max(pair)) for pair in found}


def _predicted(connection: Any, rows: pa.Table, name: str, keys: Sequence[str], above: float | None) -> Any:
    # Splink takes a second to import; normalising alone should not wait for it.
    from splink import DuckDBAPI, Linker

    source = DuckDBAPI(connection=connection).register(rows, table_name=name)
    linker = Linker(source, settings(keys=keys), log_level=None)
    require_trained(linker.misc.save_model_to_json())
    return linker.inference.predict(threshold_match_probability=above)


def level_names(comparison: str, weights: pa.Array) -> pa.Array:
    """Weights in thousandths of a bit as the names of the levels that have them."""
    levels = COMPARISONS[comparison]
    known = pa.array([weight_of(level) for level in levels], pa.int32())
    return pa.array([level.name for level in levels], pa.string()).take(pc.index_in(weights, value_set=known))
