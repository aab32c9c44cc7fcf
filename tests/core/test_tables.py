"""Tables that leave the platform open in Excel and run nothing there (J-26)."""

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from madoguchi.core.tables import csv_lines, harmless, xlsx_bytes

BOM = b"\xef\xbb\xbf"
HEAD = ["日付", "金額"]


def read_csv(data: bytes, encoding: str = "utf-8-sig") -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(encoding), newline="")))


def read_xlsx(data: bytes) -> list[list[object]]:
    sheet = load_workbook(io.BytesIO(data)).active
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("http://x","y")',
        "+81-27-000-0000",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        # OWASP "CSV Injection": a spreadsheet in Japanese reads the full-width signs as the narrow ones.
        "＝1+1",
        "＋1",
        "－1",
        "＠A1",
    ],
)
def test_a_text_that_would_run_as_a_formula_is_made_text(text):
    assert harmless(text) == "'" + text


@given(st.integers())
def test_a_number_stays_a_number_also_below_zero(number):
    assert harmless(number) == number


@pytest.mark.parametrize("text", ["住民票の写し", "300", "a=b", "'=1", "", " =1"])
def test_other_text_stays_as_it_is(text):
    assert harmless(text) == text


def test_nothing_is_an_empty_cell():
    assert harmless(None) == ""


def test_an_instant_is_written_as_japans_clock_shows_it():
    assert harmless(datetime(2026, 11, 20, 15, 0, 5, tzinfo=UTC)) == "2026-11-21 00:00:05"


def test_csv_begins_with_one_byte_order_mark_so_that_excel_reads_japanese():
    data = b"".join(csv_lines(HEAD, [["2026-11-20", 300], ["2026-11-21", 450]]))

    assert data.startswith(BOM)
    assert data.count(BOM) == 1
    assert read_csv(data) == [HEAD, ["2026-11-20", "300"], ["2026-11-21", "450"]]


def test_a_table_without_rows_still_has_its_head():
    assert read_csv(b"".join(csv_lines(HEAD, []))) == [HEAD]


def test_commas_quotes_and_line_ends_inside_a_cell_survive():
    cell = '一行目\n二行目, "引用"'

    assert read_csv(b"".join(csv_lines(HEAD, [[cell, 1]])))[1] == [cell, "1"]


def test_rows_are_streamed_one_by_one():
    """A year of payments must not be held in memory."""
    asked = []

    def rows():
        for number in range(3):
            asked.append(number)
            yield [number]

    lines = csv_lines(["n"], rows())
    next(lines)
    assert asked == []
    next(lines)
    assert asked == [0]


def test_csv_in_cp932_writes_the_full_width_twin_of_a_sign_it_lacks():
    data = b"".join(csv_lines(HEAD, [["計 ¥1,000", "9〜17時"], ["−1", ""]], encoding="cp932"))

    assert read_csv(data, "cp932")[1:] == [["計 ￥1,000", "9～17時"], ["'－1", ""]]


def test_csv_in_cp932_on_request_with_a_mark_for_what_it_cannot_write():
    data = b"".join(csv_lines(HEAD, [["髙橋 ①", "𠮷野"]], encoding="cp932"))

    assert BOM not in data
    assert read_csv(data, "cp932") == [HEAD, ["髙橋 ①", "?野"]]


def test_xlsx_is_readable_with_numbers_as_numbers_and_no_formula():
    data = xlsx_bytes(HEAD, [["=1+1", -300], [None, 450]], title="売上" * 30)

    assert read_xlsx(data) == [HEAD, ["'=1+1", -300], [None, 450]]
    sheet = load_workbook(io.BytesIO(data)).active
    assert (sheet.freeze_panes, sheet["A1"].font.bold, sheet["A2"].data_type) == ("A2", True, "s")
    assert len(sheet.title) == 31


@given(st.text(max_size=20))
def test_no_text_that_people_can_type_stops_an_export(text):
    """A memo pasted from a document may bring control characters along, which XLSX cannot hold (J-26)."""
    rows = read_xlsx(xlsx_bytes(["memo"], [[text], ["after"]], title="t"))

    assert rows[-1] == ["after"]
