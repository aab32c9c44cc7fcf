"""A table of residents is read whole or not at all, and what is wrong is listed by line (P-44)."""

from __future__ import annotations

import io
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from typer.testing import CliRunner

from madoguchi.cli import opendata
from madoguchi.opendata.models import Population
from madoguchi.opendata.population import check_digit, import_population, residents_now
from madoguchi.people.access import provider_actor, system_actor
from madoguchi.registry.models import Municipality
from tests.conftest import refused

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")


def kept() -> list[tuple[str, int, date]]:
    rows = Population.objects.order_by("municipality_code", "as_of_on")
    return list(rows.values_list("municipality_code", "residents", "as_of_on"))


def text(*rows: str, head: str = "code,residents,date") -> bytes:
    return "\n".join([head, *rows, ""]).encode()


@pytest.fixture(autouse=True)
def world(towns: Any, clock: Any) -> None:
    """The 1,741 municipalities, on 20 November 2026."""


@pytest.mark.parametrize("code", ["011002", "102105", "131016", "472018"])
def test_the_sixth_digit_of_a_code(code: str) -> None:
    """札幌市, 富岡市, 千代田区 and 那覇市 in the ministry's list."""
    assert check_digit(code[:5]) == code[5]


def test_five_digits_or_six_commas_full_width_and_japanese_dates_are_read() -> None:
    content = text("10210,47000,2026-01-01", '131016,"67,911",2026年1月1日', "１０２０２,３７００００,2026/01/01")
    assert import_population(actor=SYSTEM, content=content, source="住民基本台帳") == 3
    day = date(2026, 1, 1)
    assert kept() == [("10202", 370_000, day), ("10210", 47_000, day), ("13101", 67_911, day)]


def test_a_spreadsheet_that_lost_its_leading_zero_is_read() -> None:
    """Excel makes a number of 011002, and a moment of a day."""
    book = Workbook()
    book.active.append(["団体コード", "人口", "基準日"])
    book.active.append([11002, 1_959_313, datetime(2026, 1, 1)])  # noqa: DTZ001  # as a spreadsheet has it
    book.active.append([1202, 240_000, "2026-01-01"])
    out = io.BytesIO()
    book.save(out)
    import_population(actor=SYSTEM, content=out.getvalue())
    assert [row[:2] for row in kept()] == [("01100", 1_959_313), ("01202", 240_000)]


def test_a_file_in_cp932_is_read() -> None:
    content = "コード,人口,年月日\n10210,47000,2026年1月1日\n".encode("cp932")
    assert import_population(actor=SYSTEM, content=content) == 1


def test_one_wrong_row_keeps_all_out_and_each_is_told_by_its_line() -> None:
    content = text(
        "10210,47000,2026-01-01",
        "131017,1,2026-01-01",
        "99999,1,2026-01-01",
        "abc,1,2026-01-01",
        "10202,many,2026-01-01",
        "10202,-5,2026-01-01",
        "10202,5,2026-02-30",
        "",
        "10210,47001,2026-01-01",
    )
    problems = [
        {"line": 3, "code": "check_digit_wrong", "text": "131017"},
        {"line": 4, "code": "municipality_unknown", "text": "99999"},
        {"line": 5, "code": "code_wrong", "text": "abc"},
        {"line": 6, "code": "residents_wrong", "text": "many"},
        {"line": 7, "code": "residents_wrong", "text": "-5"},
        {"line": 8, "code": "date_wrong", "text": "2026-02-30"},
        {"line": 10, "code": "row_twice", "text": "10210"},
    ]
    with refused("population_not_accepted", problems=problems):
        import_population(actor=SYSTEM, content=content)
    assert kept() == []


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"town,residents,date\n", "columns_missing"),
        (b"", "columns_missing"),
        (b"code,residents,date\n", "rows_missing"),
        (b"PK\x03\x04 not a workbook", "file_unreadable"),
        (b"\xff\xfe\x00\x81", "file_unreadable"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(Exception, match="population_not_accepted") as caught:
        import_population(actor=SYSTEM, content=content)
    assert [one["code"] for one in caught.value.details["problems"]] == [code]  # type: ignore[attr-defined]


def test_the_same_day_again_replaces_and_another_day_adds() -> None:
    import_population(actor=SYSTEM, content=text("10210,47000,2026-01-01"))
    import_population(actor=SYSTEM, content=text("10210,47100,2026-01-01", "10210,46000,2025-01-01"))
    assert kept() == [("10210", 46_000, date(2025, 1, 1)), ("10210", 47_100, date(2026, 1, 1))]
    assert residents_now()["10210"] == (47_100, date(2026, 1, 1))


def test_a_prefecture_has_residents_once_all_its_towns_have() -> None:
    codes = list(Municipality.objects.filter(code__startswith="10").values_list("code", flat=True))
    import_population(actor=SYSTEM, content=text(*(f"{code},1000,2026-01-01" for code in codes[1:])))
    assert "10" not in residents_now()
    import_population(actor=SYSTEM, content=text(f"{codes[0]},1000,2026-02-01"))
    assert residents_now()["10"] == (1_000 * len(codes), date(2026, 2, 1))
    assert "00" not in residents_now()


def test_residents_of_a_day_to_come_are_not_used_yet() -> None:
    import_population(actor=SYSTEM, content=text("10210,47000,2026-12-01"))
    assert residents_now() == {}


def test_a_provider_may_not_import() -> None:
    with refused("not_allowed"):
        import_population(actor=provider_actor("paypay"), content=text("10210,1,2026-01-01"))
    assert kept() == []


def test_the_command_reads_standard_input_and_says_how_many() -> None:
    result = CliRunner().invoke(opendata.app, ["population", "-"], input=text("10210,47000,2026-01-01"))
    assert (result.exit_code, result.stdout) == (0, "1 municipalities' residents are kept\n")
    assert len(kept()) == 1


def test_the_command_lists_wrong_lines_and_fails(tmp_path: Path) -> None:
    file = tmp_path / "residents.csv"
    file.write_bytes(text("10210,47000,2026-01-01", "99999,1,2026-01-01"))
    result = CliRunner().invoke(opendata.app, ["population", str(file)])
    assert result.exit_code == 1
    assert result.stderr == "line 3: 99999 is no municipality of today\n"
    assert kept() == []
