"""Registrations read from a table, checked, and brought to the forms that are compared, a column at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from madoguchi.core.errors import Refusal
from madoguchi.engine.linkage.address import spot_of
from madoguchi.engine.linkage.words import (
    is_branch_like,
    marks_of,
    normal_corporate_number,
    normal_name,
    normal_phone,
    normal_postal_code,
    reading,
)

REQUIRED = ("registration_id", "provider", "name")
OPTIONAL = ("kana", "prefecture", "municipality", "address", "postal_code", "phone", "corporate_number")
SHORTEST_BEGINNING = 2


def checked(table: pa.Table) -> pa.Table:
    """The ten columns in their order, ordered by registration_id; text columns as text, absent ones null.

    Raises Refusal `column_missing`, `column_type_wrong`, `registration_id_missing`, `registration_id_repeated`,
    `registration_fact_missing`.
    """
    for column in REQUIRED:
        if column not in table.column_names:
            raise Refusal("column_missing", column=column, needed=" ".join(REQUIRED))
    ids = _plain("registration_id", table["registration_id"])
    if not (pa.types.is_integer(ids.type) or pa.types.is_string(ids.type)):
        raise Refusal("column_type_wrong", column="registration_id", type=str(ids.type))
    missing = pc.is_null(ids)
    if pa.types.is_string(ids.type):
        missing = pc.or_kleene(missing, pc.equal(pc.utf8_length(pc.utf8_trim_whitespace(ids)), 0))
    if count := pc.sum(missing).as_py():
        raise Refusal("registration_id_missing", rows=count)
    if pc.count_distinct(ids).as_py() < len(ids):
        counted = pc.value_counts(ids)
        first = pc.min(counted.field("values").filter(pc.greater(counted.field("counts"), 1))).as_py()
        raise Refusal("registration_id_repeated", registration_id=first)
    columns = {"registration_id": ids}
    for column in (*REQUIRED[1:], *OPTIONAL):
        is_given = column in table.column_names
        columns[column] = _text(column, table[column]) if is_given else pa.nulls(len(ids), pa.string())
    for column in REQUIRED[1:]:
        if count := columns[column].null_count:
            raise Refusal("registration_fact_missing", column=column, rows=count)
    return pa.table(columns).sort_by("registration_id").combine_chunks()


def _plain(name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Text, whichever way it is stored, as plain text; other types as they are."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    as_bytes = pa.types.is_binary(kind) or pa.types.is_large_binary(kind)
    if as_bytes or pa.types.is_large_string(kind) or pa.types.is_string_view(kind) or pa.types.is_null(kind):
        try:
            return column.cast(pa.string())
        except pa.ArrowInvalid as error:
            raise Refusal("column_type_wrong", column=name, type=str(kind)) from error
    return column


def _text(name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    column = _plain(name, column)
    if pa.types.is_string(column.type):
        return column
    if pa.types.is_floating(column.type):
        # A numeric column with gaps comes out of pandas as floats; 3700000.0 was 3700000.
        column = pc.round(column).cast(pa.int64(), safe=False)
    if pa.types.is_integer(column.type):
        return column.cast(pa.string())
    raise Refusal("column_type_wrong", column=name, type=str(column.type))


def normalised(registrations: pa.Table) -> pa.Table:
    """What is compared of each registration, with `row`, its number by order of registration_id; null for "".

    `registrations` as `checked` gives it. Each different text is taken apart once.
    """
    names = _each(normal_name, registrations["name"])
    columns: dict[str, Any] = {
        "row": pa.array(range(len(registrations)), pa.int64()),
        "name": names,
        "beginning": _each(lambda name: name[:SHORTEST_BEGINNING], names),
        "marks": _each(marks_of, names, empty_is_null=False),
        "closes": pc.equal(_each(lambda name: "yes" if is_branch_like(name) else "no", names), "yes"),
        "kana": _pairwise(lambda kana, name: reading(kana, name or ""), [registrations["kana"], names]),
        "postal_code": _each(normal_postal_code, registrations["postal_code"]),
        "phone": _each(normal_phone, registrations["phone"]),
        "corporate_number": _each(normal_corporate_number, registrations["corporate_number"]),
    }
    columns |= _spots(registrations)
    return pa.table(columns)


def _spots(registrations: pa.Table) -> dict[str, pa.Array]:
    given = [registrations[name].to_pylist() for name in ("prefecture", "municipality", "address")]
    known: dict[tuple[str | None, ...], tuple[str | None, ...]] = {}
    found = []
    for key in zip(*given, strict=True):
        spot = known.get(key)
        if spot is None:
            taken = spot_of(*key)
            # A house number without a town is an address all the same, as in a village of one name.
            town = taken.town if taken.town or taken.numbers else None
            region = (taken.prefecture or None, taken.municipality or None, taken.ward or None)
            spot = known[key] = (*region, town, taken.numbers or None)
        found.append(spot)
    columns = list(zip(*found, strict=True)) or [()] * 5
    names = ("prefecture", "municipality", "ward", "town", "numbers")
    return {name: pa.array(column, pa.string()) for name, column in zip(names, columns, strict=True)}


def _each(change: Callable[[Any], str], column: pa.ChunkedArray | pa.Array, *, empty_is_null: bool = True) -> pa.Array:
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    encoded = array.dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    changed = [change(value) for value in encoded.dictionary.to_pylist()]
    texts = pa.array([value or None if empty_is_null else value for value in changed], pa.string())
    return texts.take(encoded.indices)


def _pairwise(change: Callable[[Any, Any], str], columns: list[Any]) -> pa.Array:
    first, second = (column.to_pylist() for column in columns)
    known: dict[tuple[Any, Any], str | None] = {}
    found = []
    for key in zip(first, second, strict=True):
        if key not in known:
            known[key] = change(*key) or None
        found.append(known[key])
    return pa.array(found, pa.string())
