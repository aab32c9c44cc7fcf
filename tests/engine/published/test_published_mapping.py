"""A mapping for the next table of the kind: what it can say, and what is refused (P-44)."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from madoguchi.engine.published import Official, PrintedTable, read_mapping, read_printed
from madoguchi.engine.published.names import resolve
from tests.conftest import refused
from tests.engine.published.conftest import told

EXPORTED = """\
小さな表,2026年4月1日,,
都道府県,市町村,店舗,移動
甲県,計,"1,234",7
甲県,乙市,"1,200",5
,丙ケ丘町,３０,-
,丁 村,4,2
"""


def read(small: dict[str, Any], official: Official, text: str = EXPORTED, **more: Any) -> PrintedTable:
    mapping = read_mapping(json.dumps({"zero_signs": ["-"], "fills_down": True, **small, **more}))
    return read_printed(text, mapping, official)


def test_a_table_exported_from_a_spreadsheet_is_read_with_its_quotes_and_merged_cells(
    small: dict[str, Any], two_towns: Official
) -> None:
    """P-44: commas as separator, quoted figures, an empty prefecture below its first row, a dash for nought."""
    table = read(small, two_towns, as_of_printed="2026年4月1日")

    assert table.problems == []
    assert table.mapping.as_of_on == date(2026, 4, 1)
    assert [(row.code, row.name, row.figures) for row in table.rows] == [
        ("01100", "乙市", {"shops": 1200, "mobile": 5}),
        ("01101", "丙ヶ丘町", {"shops": 30, "mobile": 0}),
        ("01102", "丁村", {"shops": 4, "mobile": 2}),
    ]
    assert [(row.line, row.column, row.printed, row.read, row.reason) for row in table.repairs] == [
        (5, "shops", "３０", "30", "wide_digits"),
        (5, "mobile", "-", "0", "sign_for_zero"),
        (5, "prefecture", "", "甲県", "filled_down"),
        (5, "municipality", "丙ケ丘町", "丙ヶ丘町", "small_ke"),
        (6, "prefecture", "", "甲県", "filled_down"),
        (6, "municipality", "丁 村", "丁村", "space_in_name"),
    ]
    assert table.total == {"shops": 1234, "mobile": 7}


def test_a_table_without_a_total_still_holds_its_rows_against_the_subtotals(
    small: dict[str, Any], two_towns: Official
) -> None:
    table = read(small, two_towns, EXPORTED.replace("1,234", "1,235"))

    assert told(table) == [(3, "rows_differ")]
    assert table.problems[0].facts["difference"] == -1


def test_a_misprint_is_told_with_the_only_name_left_and_read_once_the_mapping_agrees(
    small: dict[str, Any], two_towns: Official
) -> None:
    """P-42: an officer decides, the file remembers."""
    misprinted = EXPORTED.replace("乙市", "Z市")
    first = read(small, two_towns, misprinted)
    assert told(first) == [(4, "name_unknown")]
    assert first.problems[0].facts["suggestion"] == "乙市"

    reading = {"prefecture": "甲県", "printed": "Z市", "read": "乙市"}
    second = read(small, two_towns, misprinted, readings=[reading])

    assert second.problems == []
    assert ("Z市", "乙市", "misprint") in {(row.printed, row.read, row.reason) for row in second.repairs}


def test_of_a_name_printed_twice_the_mapping_says_which_line_is_the_other_one(
    small: dict[str, Any], two_towns: Official
) -> None:
    doubled = EXPORTED.replace("丁 村", "乙市")
    assert told(read(small, two_towns, doubled)) == [(6, "name_twice")]

    reading = {"prefecture": "甲県", "printed": "乙市", "read": "丁村", "reason": "plausible_name", "occurrence": 2}
    table = read(small, two_towns, doubled, readings=[reading])

    assert table.problems == []
    assert [(row.line, row.name, row.as_printed) for row in table.rows][2] == (6, "丁村", "乙市")


def test_a_misprinted_prefecture_is_read_once_the_mapping_agrees(small: dict[str, Any], two_towns: Official) -> None:
    misprinted = EXPORTED.replace("甲県,乙市", "申県,乙市")
    assert (4, "prefecture_unknown") in told(read(small, two_towns, misprinted))

    reading = {"prefecture": "", "printed": "申県", "read": "甲県"}
    assert read(small, two_towns, misprinted, readings=[reading]).problems == []


def test_a_reading_as_a_name_that_does_not_exist_is_told(small: dict[str, Any], two_towns: Official) -> None:
    table = read(small, two_towns, readings=[{"prefecture": "甲県", "printed": "Z市", "read": "Y市"}])

    assert told(table) == [(0, "reading_unknown")]


def test_lines_that_belong_to_the_page_are_passed_over_and_others_told(
    small: dict[str, Any], two_towns: Official
) -> None:
    paged = EXPORTED.replace(",丁 村", "- 1 -\n,丁 村")

    assert read(small, two_towns, paged, skips=["^- [0-9]+ -$"]).problems == []
    assert told(read(small, two_towns, paged)) == [(6, "line_unreadable")]


def test_a_name_that_is_a_variant_of_two_is_neither() -> None:
    """嶋 is another form of both 島 and 嶌: where both are towns, nobody can tell."""
    assert resolve("嶋町", ["島町", "山町"]) == ("島町", "old_form")
    assert resolve("嶋町", ["島町", "嶌町"]) is None
    assert resolve("嶋町", ["島町", "嶌町", "嶋町"]) == ("嶋町", "")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"level": "town"}, "level: town"),
        ({"name": "Small table"}, "name: Small table"),
        ({"separator": ", "}, "separator: one character"),
        ({"headings": []}, "headings: none"),
        ({"whole": "sum"}, "whole: sum"),
        ({"total": {"column": "sum", "text": "計"}}, "marks: municipality, sum"),
        ({"columns": [{"name": "prefecture"}, {"name": "shops"}]}, "columns: without municipality"),
        ({"title": "長" * 121}, "title: 120 characters at most"),
        ({"readings": [{"prefecture": "甲県", "printed": "a", "read": "b", "reason": "guess"}]},
         "readings: an unknown reason"),
        ({"begins": ""}, "begins: empty"),
    ],
)  # fmt: skip
def test_a_mapping_that_contradicts_itself_is_refused(
    small: dict[str, Any], change: dict[str, Any], reason: str
) -> None:
    with refused("mapping_unreadable", reason=reason):
        read_mapping(json.dumps({**small, **change}))


@pytest.mark.parametrize("text", ["", "{", "name = ", "name = 'x'", '{"name": 1}', "[]"])
def test_what_is_no_mapping_is_refused(text: str) -> None:
    with refused("mapping_unreadable"):
        read_mapping(text)


def test_a_broken_pattern_or_an_unknown_field_is_refused(small: dict[str, Any]) -> None:
    for change in ({"begins": "("}, {"colour": "red"}, {"as_of_on": "yesterday"}):
        with refused("mapping_unreadable"):
            read_mapping(json.dumps({**small, **change}))
