"""A published table as a file: CSV, XLSX, JSON, Parquet."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

import pyarrow as pa
from pyarrow import parquet

from madoguchi.core.tables import csv_lines, xlsx_bytes
from madoguchi.opendata.models import PublishedTable
from madoguchi.opendata.published_tables import rows_of

Row = list[str | int]


def head_of(table: PublishedTable) -> list[str]:
    """The columns of a file: code, official names, the name as printed, then the figures in the order of the print."""
    names = ["code", "prefecture", "municipality", "as_printed"]
    if table.level == "prefecture":
        names.remove("municipality")
    return names + [column["name"] for column in table.columns]


def file_rows(table: PublishedTable) -> list[Row]:
    """The rows of a file, in the order of the print; codes are text, because they begin with zeros."""
    figures = [column["name"] for column in table.columns]
    by_town = table.level == "municipality"
    return [
        [
            row.code,
            row.prefecture,
            *((row.municipality, row.as_printed) if by_town else (row.as_printed_prefecture,)),
            *(row.figures[name] for name in figures),
        ]
        for row in rows_of(table)
    ]


def arrow_table(table: PublishedTable) -> pa.Table:
    """The rows as Arrow: names and codes as text, figures as 64-bit integers."""
    head, rows = head_of(table), file_rows(table)
    figures = {column["name"] for column in table.columns}
    fields = [pa.field(name, pa.int64() if name in figures else pa.string(), nullable=False) for name in head]
    facts = {"title": table.title, "source": table.source, "as_of_on": table.as_of_on.isoformat()}
    columns = [[row[at] for row in rows] for at in range(len(head))]
    return pa.table(columns, schema=pa.schema(fields, metadata=facts))


def as_csv(table: PublishedTable) -> bytes:
    """UTF-8 with a byte-order mark; cells that a spreadsheet would run are made harmless."""
    return b"".join(csv_lines(head_of(table), file_rows(table)))


def as_xlsx(table: PublishedTable) -> bytes:
    """One sheet with a frozen head."""
    return xlsx_bytes(head_of(table), file_rows(table), title=table.name)


def as_json(table: PublishedTable) -> bytes:
    """An array of objects, one row a line."""
    head = head_of(table)
    lines = [json.dumps(dict(zip(head, row, strict=True)), ensure_ascii=False) for row in file_rows(table)]
    return ("[\n" + ",\n".join(lines) + "\n]\n").encode()


def as_parquet(table: PublishedTable) -> bytes:
    """Parquet, with title, source and date in the file's own metadata."""
    out = io.BytesIO()
    parquet.write_table(arrow_table(table), out)
    return out.getvalue()


FORMATS: dict[str, Callable[[PublishedTable], bytes]] = {
    "csv": as_csv,
    "xlsx": as_xlsx,
    "json": as_json,
    "parquet": as_parquet,
}
