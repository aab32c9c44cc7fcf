"""The notice of 2019-10-02: what its two tables say, and everything that was read otherwise than printed."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import date

from tests.engine.published.conftest import mapping_of, notice, official_names, read_notice

# line, column, printed, read, reason: every change but those of a prefecture's own name.
REPAIRS = [
    (140, "applications", "1, 247", "1247", "split_number"),
    (148, "applications", "15, 371", "15371", "split_number"),
    (212, "municipality", "二セコ町", "ニセコ町", "similar_glyph"),
    (271, "municipality", "鱒ヶ沢町", "鰺ヶ沢町", "similar_glyph"),
    (319, "municipality", "金ヶ崎町", "金ケ崎町", "small_ke"),
    (485, "municipality", "檜葉町", "楢葉町", "plausible_name"),
    (552, "municipality", "龍ヶ崎市", "龍ケ崎市", "small_ke"),
    (603, "municipality", "嬭恋村", "嬬恋村", "similar_glyph"),
    (652, "municipality", "長瀬町", "長瀞町", "plausible_name"),
    (697, "municipality", "鎌ヶ谷市", "鎌ケ谷市", "small_ke"),
    (712, "municipality", "袖ヶ浦市", "袖ケ浦市", "small_ke"),
    (920, "applications", "2, 854", "2854", "split_number"),
    (924, "applications", "6, 627", "6627", "split_number"),
    (931, "applications", "2, 293", "2293", "split_number"),
    (952, "applications", "12, 919", "12919", "split_number"),
    (981, "municipality", "木曾町", "木曽町", "old_form"),
    (1013, "municipality", "南木曾町", "南木曽町", "old_form"),
    (1054, "municipality", "関ヶ原町", "関ケ原町", "small_ke"),
    (1178, "municipality", "木曾岬町", "木曽岬町", "old_form"),
    (1360, "municipality", "曾爾村", "曽爾村", "old_form"),
    (1623, "municipality", "梲原町", "檮原町", "similar_glyph"),
    (1825, "municipality", "姪良市", "姶良市", "similar_glyph"),
    (1847, "municipality", "曾於市", "曽於市", "old_form"),
    (1880, "municipality", "沖繩市", "沖縄市", "old_form"),
]
SHIMANE = ("鳥根県", "島根県", "similar_glyph")
OKINAWA = ("沖繩県", "沖縄県", "old_form")
ZERO_ROWS = ["青ヶ島村", "粟島浦村", "北山村", "大川村", "十島村", "三島村", "渡名喜村"]


def test_applications_are_1741_rows_and_47_subtotals_that_sum_to_730493() -> None:
    """P-42."""
    table = read_notice("applications")

    assert table.problems == []
    assert (len(table.rows), len(table.subtotals), len(table.totals)) == (1741, 47, 1)
    assert table.total == {"applications": 730_493}
    assert sum(row.figures["applications"] for row in table.rows) == 730_493
    assert sum(row.figures["applications"] for row in table.subtotals) == 730_493
    assert Counter(row.code for row in table.rows) == Counter(
        code for towns in official_names().municipalities.values() for code in towns.values()
    )
    assert sorted(row.name for row in table.rows if row.figures["applications"] == 0) == sorted(ZERO_ROWS)


def test_registrations_are_47_rows_whose_trades_sum_to_498281() -> None:
    """P-43: 498,281 = 229,919 + 78,640 + 116,000 + 13,187 + 60,535."""
    table = read_notice("registrations")

    assert (table.problems, table.repairs, table.subtotals) == ([], [], [])
    assert [row.code for row in table.rows] == [f"{number:02}" for number in range(1, 48)]
    assert table.total == {
        "total": 498_281,
        "retail": 229_919,
        "restaurants": 78_640,
        "other_services": 116_000,
        "mobile": 13_187,
        "mail_order": 60_535,
    }
    assert table.rows[12].figures == {
        "total": 77_515,
        "retail": 25_999,
        "restaurants": 16_337,
        "other_services": 19_376,
        "mobile": 4_337,
        "mail_order": 11_466,
    }


def test_every_repair_is_told_with_its_line_and_reason() -> None:
    """P-42: split numbers, wrong glyphs, old forms, small ke, misprints that look like names."""
    repairs = [(row.line, row.column, row.printed, row.read, row.reason) for row in read_notice("applications").repairs]

    assert [row for row in repairs if row[1] != "prefecture"] == REPAIRS
    prefectures = [row for row in repairs if row[1] == "prefecture"]
    # Shimane's subtotal and its 19 rows; Okinawa's name changes after its third row and a page break.
    assert [row[0] for row in prefectures if row[2:] == SHIMANE] == list(range(1429, 1449))
    assert [row[0] for row in prefectures if row[2:] == OKINAWA] == list(range(1874, 1912))
    assert len(prefectures) == 20 + 38
    assert len(repairs) == 82


def test_a_repaired_row_keeps_what_was_printed() -> None:
    """P-42: the official name and code beside the print."""
    rows = {row.code: row for row in read_notice("applications").rows}

    nagatoro, matsue = rows["11363"], rows["32201"]
    assert (nagatoro.line, nagatoro.name, nagatoro.as_printed) == (652, "長瀞町", "長瀬町")
    assert nagatoro.figures == {"applications": 21}
    assert (matsue.prefecture, matsue.as_printed_prefecture) == ("島根県", "鳥根県")
    assert rows["01100"].figures == {"applications": 15_371}


def test_every_reason_has_words_in_both_languages() -> None:
    reasons = {row.reason: (row.words("ja"), row.words("en")) for row in read_notice("applications").repairs}

    assert reasons["split_number"] == ("数値が空白で分かれている", "a space within the number")
    assert all(ja and en and ja != en for ja, en in reasons.values())


def test_the_contradiction_of_the_dates_is_a_note_of_the_table() -> None:
    """X-01: the letter says the 26th, the table the 25th."""
    mapping = mapping_of("applications")

    assert mapping.as_of_on == date(2019, 9, 25)
    assert [note.about for note in mapping.notes] == ["X-01"]
    assert "9月26日" in mapping.notes[0].ja
    assert "26 September" in mapping.notes[0].en


def test_a_table_is_the_same_in_a_longer_text_with_other_line_ends_and_page_breaks() -> None:
    """P-44: the checksum is of what was printed, not of the file around it."""
    longer = "\ufeff" + ("前文です。\n" * 7 + notice()).replace("\n北海道\t小平町", "\n\f\n北海道\t小平町")
    table = read_notice("applications", longer.replace("\n", "\r\n"))

    assert table.problems == []
    assert table.sha256 == read_notice("applications").sha256
    printed = [line for line in notice().split("\n")[79:1912] if line.strip()]
    assert table.sha256 == hashlib.sha256("\n".join(printed).encode()).hexdigest()


def test_the_headings_may_come_again_after_a_page_break() -> None:
    again = notice().replace("\n北海道\t小平町", "\n都道府県\t市区町村\t申請件数\n北海道\t小平町")

    assert read_notice("applications", again).problems == []
