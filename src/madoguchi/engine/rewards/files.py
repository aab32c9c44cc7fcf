"""The files of payments of a run: found, put in order, their columns checked, CSV made Parquet row by row."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv, parquet

from madoguchi.core.errors import Refusal
from madoguchi.engine.rewards.tables import csv_names, open_text

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
# What kind of transaction it was, where a provider says it (P-14).
OPTIONAL = ("transaction",)
IDS = ("payment_id", "original_payment_id", "member_id", "store_id")
WORDS = ("kind", "service_id", "channel", "transaction")
# Marks rows of a CSV file whose amount is there but is no whole number.
UNREADABLE = "amount_is_unreadable"
CSV_BLOCK_BYTES = 4 << 20
SHORT_NUMBER = r"^(?:0|-?[1-9][0-9]{0,17})$"
LONG_NUMBER = r"^-?[1-9][0-9]{18}$"


@dataclass(frozen=True)
class PaymentFile:
    """A file of payments: the name it is told by, and where its rows are read from (as Parquet)."""

    name: str
    given: Path
    rows_in: Path
    rows: int


@dataclass(frozen=True)
class Payments:
    """All files in the order of their names, and whether ids are whole numbers in every one of them."""

    files: tuple[PaymentFile, ...]
    payment_id: pa.DataType
    member_id: pa.DataType
    store_id: pa.DataType

    @property
    def rows(self) -> int:
        """Rows in all files."""
        return sum(file.rows for file in self.files)


def open_payments(paths: Iterable[Path], scratch: Path) -> Payments:
    """The files that `paths` (files and folders) name; CSV is made Parquet in `scratch`, row for row.

    Raises Refusal `payments_missing`, `file_unreadable`, `payments_columns_missing`, `payments_column_type`.
    """
    found = _found(paths)
    names = _names(found)
    opened, numeric = [], dict.fromkeys(IDS, True)
    for number, (name, path) in enumerate(zip(names, found, strict=True)):
        try:
            if path.suffix.lower() == ".csv":
                rows_in, is_numeric = _from_csv(path, scratch / f"payments-{number}.parquet")
            else:
                rows_in, is_numeric = path, _checked(path)
            with parquet.ParquetFile(rows_in) as file:
                opened.append(PaymentFile(name, path, rows_in, file.metadata.num_rows))
        except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
            raise Refusal("file_unreadable", file=str(path), reason=" ".join(str(error).split())) from error
        numeric = {column: numeric[column] and is_numeric[column] for column in IDS}
    kinds = {column: pa.int64() if numeric[column] else pa.string() for column in IDS}
    return Payments(tuple(opened), kinds["payment_id"], kinds["member_id"], kinds["store_id"])


def checksum(file: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def canonical_numbers(texts: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """int64 of each text that is a whole number written the one usual way (no +, no 007), else null."""
    is_short = pc.match_substring_regex(texts, SHORT_NUMBER)
    numbers = pc.if_else(is_short, texts, None).cast(pa.int64())
    is_long = pc.fill_null(pc.match_substring_regex(texts, LONG_NUMBER), False)
    if not pc.any(is_long).as_py():
        return numbers
    # Nineteen digits may or may not fit into 64 bits; such are few.
    longs = [
        int(text) if is_one and -(2**63) <= int(text) < 2**63 else None
        for text, is_one in zip(texts.to_pylist(), is_long.to_pylist(), strict=True)
    ]
    return pc.coalesce(numbers, pa.array(longs, pa.int64()))


def _found(paths: Iterable[Path]) -> list[Path]:
    """Every file once, however often it is named."""
    files: dict[Path, Path] = {}
    for path in paths:
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        for one in inside:
            is_named = one == path
            is_hidden = any(part.startswith((".", "_")) for part in one.relative_to(path).parts) and not is_named
            if is_named or (one.suffix.lower() in {".parquet", ".csv"} and one.is_file() and not is_hidden):
                files.setdefault(one.resolve(), one)
    if not files:
        raise Refusal("payments_missing", paths=" ".join(str(path) for path in paths))
    return sorted(files, key=str)


def _names(files: Sequence[Path]) -> list[str]:
    """The shortest way to tell the files apart: from the folder on that holds them all."""
    if len(files) == 1:
        return [files[0].name]
    above = os.path.commonpath([file.parent for file in files])
    return [file.relative_to(above).as_posix() for file in files]


def _checked(path: Path) -> dict[str, bool]:
    """Refuse a Parquet file whose columns cannot be read as they must; tell which ids are whole numbers."""
    with parquet.ParquetFile(path) as file:
        schema = file.schema_arrow
    if missing := [name for name in COLUMNS if name not in schema.names]:
        raise Refusal("payments_columns_missing", file=str(path), missing=" ".join(missing))
    kinds = {name: _plain(schema.field(name).type) for name in (*COLUMNS, *OPTIONAL) if name in schema.names}
    fits: dict[str, Callable[[pa.DataType], bool]] = {
        **dict.fromkeys(IDS, _is_id),
        **dict.fromkeys(WORDS, _is_text),
        "amount_yen": _is_number,
        "paid_at": _is_time,
    }
    for name, kind in kinds.items():
        if not fits[name](kind):
            raise Refusal("payments_column_type", file=str(path), column=name, type=str(kind))
    return {name: _is_number(kinds[name]) for name in IDS}


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _is_text(kind: pa.DataType) -> bool:
    checks = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_null)
    return any(check(kind) for check in checks)


def _is_number(kind: pa.DataType) -> bool:
    # Tables with gaps are often written with floats; that they are whole is checked when they are read.
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_null(kind))


def _is_time(kind: pa.DataType) -> bool:
    return pa.types.is_timestamp(kind) or _is_text(kind)


def _is_id(kind: pa.DataType) -> bool:
    return _is_text(kind) or _is_number(kind)


def _from_csv(path: Path, out: Path) -> tuple[Path, dict[str, bool]]:
    """A CSV file as Parquet with as many rows: texts as they are, amounts as numbers or marked unreadable."""
    read = csv.ReadOptions(block_size=CSV_BLOCK_BYTES)
    names = csv_names(path)
    if missing := [name for name in COLUMNS if name not in names]:
        raise Refusal("payments_columns_missing", file=str(path), missing=" ".join(missing))
    wanted = [name for name in (*COLUMNS, *OPTIONAL) if name in names]
    convert = csv.ConvertOptions(
        column_types={name: pa.string() for name in names},
        include_columns=wanted,
        null_values=[""],
        strings_can_be_null=True,
    )
    numeric = dict.fromkeys(IDS, True)
    schema = pa.schema([(name, pa.int64() if name == "amount_yen" else pa.string()) for name in wanted])
    schema = schema.append(pa.field(UNREADABLE, pa.bool_()))
    with (
        open_text(path) as opened,
        csv.open_csv(opened, read_options=read, convert_options=convert) as rows,
        parquet.ParquetWriter(out, schema, compression="lz4") as writer,
    ):
        for batch in rows:
            for name in IDS:
                numeric[name] = (
                    numeric[name] and canonical_numbers(batch.column(name)).null_count == batch.column(name).null_count
                )
            writer.write_batch(_with_amounts(batch, schema))
    return out, numeric


def _with_amounts(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    given = batch.column("amount_yen")
    text = pc.utf8_trim_whitespace(given)
    is_one = pc.match_substring_regex(text, r"^-?[0-9]+$")
    # Longer than an int64 holds: as absurd, or as negative, as its like that fits.
    text = pc.replace_substring_regex(text, r"^[0-9]{19,}$", "999999999999999999")
    text = pc.replace_substring_regex(text, r"^-[0-9]{19,}$", "-999999999999999999")
    amounts = pc.if_else(is_one, text, None).cast(pa.int64())
    columns = [amounts if name == "amount_yen" else batch.column(name) for name in schema.names[:-1]]
    is_unreadable = pc.and_(given.is_valid(), pc.invert(pc.fill_null(is_one, False)))
    return pa.RecordBatch.from_arrays([*columns, is_unreadable], schema=schema)
