"""A published table as a file that opens in a spreadsheet or a notebook (P-42, P-43)."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pyarrow as pa
import pytest
from openpyxl import load_workbook
from pyarrow import parquet

from madoguchi.opendata.models import PublishedTable
from madoguchi.opendata.published_files import FORMATS, arrow_table
from madoguchi.opendata.published_tables import load_published, newest

pytestmark = pytest.mark.django_db
HEAD = ["code", "prefecture", "municipality", "as_printed", "applications"]
TRADES = [
    "code",
    "prefecture",
    "as_printed",
    "total",
    "retail",
    "restaurants",
    "other_services",
    "mobile",
    "mail_order",
]
NAGATORO = ["11363", "埼玉県", "長瀞町", "長瀬町", 21]


@pytest.fixture
def applications(db: None) -> PublishedTable:
    load_published()
    return newest("applications")


def read(kind: str, content: bytes) -> list[list[Any]]:
    """Head and rows of a file."""
    if kind == "csv":
        return [[*row] for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))]
    if kind == "xlsx":
        return [[*row] for row in load_workbook(io.BytesIO(content)).active.values]
    if kind == "json":
        rows = json.loads(content)
        return [[*rows[0]], *([*row.values()] for row in rows)]
    table = parquet.read_table(io.BytesIO(content))
    return [table.column_names, *([*row.values()] for row in table.to_pylist())]


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json", "parquet"])
def test_applications_are_the_same_rows_in_every_format(applications: PublishedTable, kind: str) -> None:
    """P-42: five-digit codes stay text, figures numbers where the format knows numbers."""
    head, *rows = read(kind, FORMATS[kind](applications))

    assert head == HEAD
    assert len(rows) == 1741
    assert sum(int(row[4]) for row in rows) == 730_493
    assert rows[0] == ["01456", "北海道", "愛別町", "愛別町", "12" if kind == "csv" else 12]
    assert [*NAGATORO[:4], "21" if kind == "csv" else 21] in rows


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json", "parquet"])
def test_registrations_have_a_column_for_each_trade(applications: PublishedTable, kind: str) -> None:
    """P-43."""
    head, *rows = read(kind, FORMATS[kind](newest("registrations")))

    assert head == TRADES
    assert len(rows) == 47
    assert [sum(int(row[at]) for row in rows) for at in range(3, 9)] == [
        498_281, 229_919, 78_640, 116_000, 13_187, 60_535,
    ]  # fmt: skip
    assert rows[46][:3] == ["47", "沖縄県", "沖縄県"]


def test_csv_begins_with_one_byte_order_mark_for_spreadsheets(applications: PublishedTable) -> None:
    content = FORMATS["csv"](applications)

    assert content.startswith(b"\xef\xbb\xbfcode,prefecture,municipality,as_printed,applications\r\n")
    assert content.count(b"\xef\xbb\xbf") == 1


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_printed_name_that_a_spreadsheet_would_run_is_made_harmless(applications: PublishedTable, kind: str) -> None:
    applications.rows.filter(code="01456").update(as_printed="=愛別町")

    assert read(kind, FORMATS[kind](applications))[1][3] == "'=愛別町"


def test_parquet_says_where_it_comes_from(applications: PublishedTable) -> None:
    """Types for notebooks, and the source in the file itself."""
    table = arrow_table(applications)

    assert table.schema.types == [pa.string()] * 4 + [pa.int64()]
    assert table.schema.metadata[b"as_of_on"] == b"2019-09-25"
    assert "別添1" in table.schema.metadata[b"source"].decode()
