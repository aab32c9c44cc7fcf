"""A corrupted copy of the notice is refused with the place (P-42, P-43)."""

from __future__ import annotations

import re
from functools import cache

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from madoguchi.engine.published.names import variant_reason
from tests.engine.published.conftest import changed, mapping_of, notice, official_names, read_notice, told

AIBETSU = "北海道\t愛別町\t12\n"
AOMORI = "青森県\t4,070\t2,457\t381\t794\t96\t342\n"
FEW = settings(max_examples=25)


@cache
def lines_of(name: str) -> list[int]:
    """The numbers of the rows' lines, from 0."""
    return [row.line - 1 for row in read_notice(name).rows]


@cache
def summed_lines_of(name: str) -> list[int]:
    """The numbers of all lines with figures, from 0."""
    table = read_notice(name)
    return sorted([*lines_of(name), *(row.line - 1 for row in (*table.subtotals, *table.totals))])


def with_line(number: int, *instead: str) -> str:
    lines = notice().split("\n")
    lines[number : number + 1] = instead
    return "\n".join(lines)


tables = st.sampled_from(["applications", "registrations"])


@given(data=st.data(), name=tables)
@FEW
def test_any_digit_changed_in_any_figure_is_refused(data: st.DataObject, name: str) -> None:
    """P-42, P-43: rows, subtotals and totals alike."""
    number = data.draw(st.sampled_from(summed_lines_of(name)))
    line = notice().split("\n")[number]
    at = data.draw(st.sampled_from([found.start() for found in re.finditer("[0-9]", line)]))
    digit = data.draw(st.sampled_from("0123456789"))
    assume(digit != line[at])

    table = read_notice(name, with_line(number, line[:at] + digit + line[at + 1 :]))

    assert len(table.problems) == 1
    problem = table.problems[0]
    if name == "registrations":
        assert (problem.line, problem.code) == (number + 1, "cell_wrong")
    elif number in lines_of(name):
        assert problem.code == "rows_differ"
        assert problem.facts["from_line"] <= number + 1 <= problem.facts["to_line"]
    else:
        assert problem.line == number + 1
        assert problem.code in {"subtotal_wrong", "total_wrong"}


@given(data=st.data(), name=tables)
@FEW
def test_any_row_left_out_is_refused_and_named(data: st.DataObject, name: str) -> None:
    """P-42, P-43: also a row of nought, which no sum misses."""
    number = data.draw(st.sampled_from(lines_of(name)))
    row = next(row for row in read_notice(name).rows if row.line == number + 1)

    table = read_notice(name, with_line(number))

    assert [problem.code for problem in table.problems] == ["name_missing"]
    facts = table.problems[0].facts
    assert facts["name"] == (row.name or row.prefecture)
    assert facts["figures"] == list(row.figures.values())


@given(data=st.data(), name=tables)
@FEW
def test_any_row_printed_twice_is_refused_with_both_lines(data: st.DataObject, name: str) -> None:
    """P-42, P-43."""
    number = data.draw(st.sampled_from(lines_of(name)))
    line = notice().split("\n")[number]

    table = read_notice(name, with_line(number, line, line))

    assert told(table) == [(number + 2, "name_twice")]
    assert table.problems[0].facts["first"] == number + 1


@given(data=st.data(), printed=st.text("山川田島町村市ヶの一二A ", min_size=1, max_size=6))
@FEW
def test_any_name_that_is_no_variant_is_refused_with_its_line(data: st.DataObject, printed: str) -> None:
    """P-42: a name is never guessed, even where only one is left."""
    number = data.draw(st.sampled_from(lines_of("applications")))
    prefecture, _, figure = notice().split("\n")[number].split("\t")
    row = next(row for row in read_notice("applications").rows if row.line == number + 1)
    assume(
        all(variant_reason(printed.strip(), other) is None for other in official_names().municipalities[row.prefecture])
    )

    table = read_notice("applications", with_line(number, f"{prefecture}\t{printed}\t{figure}"))

    assert told(table) == [(number + 1, "name_unknown")]
    assert table.problems[0].facts["missing"] == [row.name]


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        (AIBETSU, "北海道\t愛別町\t13\n", (85, "rows_differ"),
         "applications of 北海道, lines 86 to 268: the rows sum to 38,420, the subtotal says 38,419,"
         " a difference of +1."),
        ("札幌市\t15, 371", "札幌市\t25, 371", (85, "rows_differ"),
         "applications of 北海道, lines 86 to 268: the rows sum to 48,419, the subtotal says 38,419,"
         " a difference of +10,000. If it is one digit, look at line 148."),
        ("青森県小計\t\t5,802", "青森県小計\t\t5,902", (269, "subtotal_wrong"),
         "the subtotal of 青森県 (applications) says 5,902, but its rows sum to 5,802, which agrees with the total"),
        ("都道府県総計\t\t730,493", "都道府県総計\t\t730,492", (1912, "total_wrong"),
         "the total (applications) says 730,492, but the table sums to 730,493, a difference of +1"),
        ("旭川市", "旭山市", (89, "name_unknown"),
         "“旭山市” is no municipality of 北海道; not found there yet: 旭川市."
         " If it is a misprint of 旭川市, add it to the mapping's readings."),
        ("北海道\t旭川市", "北海道\t札幌市", (148, "name_twice"),
         "札幌市 also stands in line 89; not found yet: 旭川市"),
        (AIBETSU, "", (85, "name_missing"),
         "there is no line for 北海道愛別町 in lines 86 to 267. The printed sum leaves it 12."),
        (AIBETSU, AIBETSU * 2, (87, "name_twice"), "愛別町 also stands in line 86; not found yet: none"),
        ("青森県小計\t\t5,802\n", "", (269, "subtotal_missing"), "there is no subtotal of 青森県"),
        ("青森県小計\t\t5,802\n", "青森県小計\t\t5,802\n" * 2, (270, "subtotal_twice"),
         "a subtotal of 青森県 also stands in line 269"),
        ("愛別町\t12\n", "愛別町\tl2\n", (86, "figure_unreadable"), "“l2” in applications is no number"),
        ("申請件数", "登録件数", (80, "headings_not_found"),
         "the column titles “都道府県 | 市区町村 | 申請件数” were not found"),
        ("ポイント還元事業 加盟店申請数", "加盟店申請数", (0, "table_not_found"),
         "the table's beginning (^ポイント還元事業 加盟店申請数（市区町村別）$) was not found"),
    ],
)  # fmt: skip
def test_applications_tell_the_place(old: str, new: str, place: tuple[int, str], words: str) -> None:
    """P-42: as exactly as the print allows."""
    table = read_notice("applications", changed(old, new))

    assert told(table) == [place]
    assert table.problems[0].words("en") == words
    assert table.problems[0].words("ja") not in {"", words}


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("青森県\t4,070\t2,457", "青森県\t4,070\t2,458", (1922, "cell_wrong"),
         "青森県の小売業は2,458ですが、この行と列の合計はどちらも2,457であれば合います。"),
        ("498,281\t229,919", "498,281\t229,918", (1968, "cell_wrong"),
         "総計の小売業は229,918ですが、この行と列の合計はどちらも229,919であれば合います。"),
        (AOMORI, "", (1967, "name_missing"),
         "青森県の行がありません（1921〜1966行目のうち）。"
         "印字された合計から求めると4,070, 2,457, 381, 794, 96, 342です。"),
        (AOMORI, AOMORI * 2, (1923, "name_twice"), "青森県は1922行目にもあります。まだ見つからないもの：なし。"),
    ],
)  # fmt: skip
def test_registrations_tell_the_cell(old: str, new: str, place: tuple[int, str], words: str) -> None:
    """P-43: every row and every column has a sum, so that one wrong figure is where they cross."""
    table = read_notice("registrations", changed(old, new))

    assert told(table) == [place]
    assert table.problems[0].words("ja") == words


def test_another_date_is_another_table() -> None:
    """P-44: the next print needs its own date in the mapping."""
    later = notice().replace("2019年9月25日時点", "2019年10月11日時点")

    assert told(read_notice("applications", later)) == [(80, "date_not_found")]
    assert told(read_notice("registrations", later)) == [(1915, "date_not_found")]


def test_two_misprints_that_look_like_names_are_held_against_the_rest_of_the_prefecture() -> None:
    """P-42: 長瀬町 is read as 長瀞町 only while 長瀞町 itself is not printed."""
    both = changed("埼玉県\t長瀬町\t21\n", "埼玉県\t長瀬町\t21\n埼玉県\t長瀞町\t0\n")

    assert told(read_notice("applications", both)) == [(653, "name_twice")]
    assert {reading.read for reading in mapping_of("applications").readings} == {"長瀞町", "楢葉町"}


def test_nothing_of_an_empty_text_is_read() -> None:
    table = read_notice("applications", "")

    assert told(table) == [(0, "table_not_found")]
    assert table.rows == []
