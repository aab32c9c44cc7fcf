"""Pictures of a campaign: true to their figures, safe to put into a page, legible without colours (P-02, P-37)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

from madoguchi.rewards.budget import DayForecast
from madoguchi.rewards.charts import (
    BarWords,
    BurnWords,
    MapWords,
    Words,
    burn_chart,
    day_bars,
    prefecture_map,
    service_bars,
)
from madoguchi.rewards.charts_drawing import Days, date_ticks, lines_of, round_scale, width_of
from madoguchi.rewards.charts_map import shades_of
from madoguchi.rewards.prefecture_tiles import FREE_COLUMNS, FREE_ROWS, PREFECTURE_TILES, TILE_COLUMNS, TILE_ROWS

FIRST = date(2019, 10, 1)
CODES = [f"{number:02}" for number in range(1, 48)]
SVG = "{http://www.w3.org/2000/svg}"
STYLES = Path(__file__).parents[2] / "web_assets" / "css" / "charts.css"
SAID: dict[str, Any] = {
    "title": "予算の使われ方",
    "description": "10月1日から",
    "number": "{:,}".format,
    "empty": "まだ何もありません。",
}


def short(day: date) -> str:
    return f"{day.month}/{day.day}"


BURN = BurnWords(**SAID, day=short, budget="予算", so_far="付与済み", expected="見込み", band="9割の範囲", today="今日")
BARS = BarWords(**SAID, day=short, by_week="1本が1週間です", to="〜")
PLAIN = Words(**SAID)
MAP = MapWords(**SAID, to="〜", nothing="なし")


def days(count: int, points: int = 1_000) -> dict[date, int]:
    return {FIRST + timedelta(days=number): points for number in range(count)}


def shapes(svg: str, class_: str) -> list[Element]:
    """The shapes of a class, in the order in which they are drawn."""
    return [one for one in fromstring(svg).iter() if class_ in one.get("class", "").split()]


def texts(svg: str) -> list[str]:
    return [one.text or "" for one in fromstring(svg).iter(f"{SVG}text")]


def corners(svg: str, class_: str) -> list[tuple[float, float]]:
    """The places of a stretched line or area: thousandths of the width, and pixels."""
    [found] = [one for one in shapes(svg, class_) if one.get("points")]
    return [tuple(map(float, place.split(","))) for place in found.attrib["points"].split()]  # type: ignore[misc]


def heights(svg: str) -> dict[str, float]:
    """The pixel of each figure of the vertical axis."""
    drawn = [one for one in shapes(svg, "chart__tick") if one.get("text-anchor") == "end" and one.get("x") == "-8"]
    return {one.text or "": float(one.attrib["y"]) - 5 for one in drawn}


def every_chart() -> Iterator[str]:
    coming = [DayForecast(FIRST + timedelta(days=5), 5_500, 6_000, 6_500)]
    yield burn_chart(granted=days(5), coming=coming, budget_points=8_000, words=BURN)
    yield burn_chart(granted={}, coming=[], budget_points=8_000, words=BURN)
    yield day_bars(values=days(200), words=BARS)
    yield day_bars(values={}, words=BARS)
    yield service_bars([("PayPay", 5), ("三井住友VISAカード・三井住友マスターカード", -3)], PLAIN)
    yield service_bars([], PLAIN)
    yield prefecture_map({"13": 5, "27": 3}, names={"13": "東京", "14": "神奈川"}, words=MAP)


@pytest.mark.parametrize("svg", [*every_chart()])
def test_a_chart_is_one_picture_with_a_title_and_no_styles_of_its_own(svg: str):
    """The pages' policy forbids styles within them, and would leave the picture black."""
    root = fromstring(svg)

    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    assert [(one.tag, one.text) for one in root[:2]] == [
        (f"{SVG}title", "予算の使われ方"),
        (f"{SVG}desc", "10月1日から"),
    ]
    assert not [one for one in root.iter() if one.tag == f"{SVG}style" or "style" in one.attrib or "id" in one.attrib]


@pytest.mark.parametrize("svg", [*every_chart()])
def test_every_class_of_a_chart_has_its_look(svg: str):
    styles = STYLES.read_text(encoding="utf-8")
    plain_groups = {"chart--burn", "chart--days", "chart--services", "tile", "chart__keys", "chart__value"}

    used = {one for element in fromstring(svg).iter() for one in element.get("class", "").split()} - plain_groups
    assert [one for one in sorted(used) if f".{one}" not in styles] == []


def test_words_are_escaped_and_what_xml_cannot_hold_becomes_a_space():
    words = Words("<b>&", '"\x00', lambda value: f"<{value}>", "")
    root = fromstring(service_bars([("<script>alert(1)</script>\x0b'", 7)], words))

    assert [one.text for one in root[:2]] == ["<b>&", '" ']
    assert [one.text for one in root.iter(f"{SVG}text")] == ["<script>alert(1)</script> '", "<7>"]


def test_points_in_all_rise_to_where_the_axis_says():
    """1,000 points a day for four days; the second is missing and had none. The forecast is of four more."""
    known = days(4)
    del known[FIRST + timedelta(days=1)]
    coming = [
        DayForecast(FIRST + timedelta(days=ahead), 3_000, 3_000 + 500 * (ahead - 3), 3_000 + 1_000 * (ahead - 3))
        for ahead in range(4, 8)
    ]
    svg = burn_chart(granted=known, coming=coming, budget_points=6_000, words=BURN)
    y = heights(svg)

    assert list(y) == ["0", "2,000", "4,000", "6,000", "8,000"]
    known_at = [(0, y["0"]), (125, y["0"] - 30), (250, y["0"] - 30), (375, y["2,000"]), (500, y["2,000"] - 30)]
    assert y["0"] - y["2,000"] == 60
    assert corners(svg, "chart__known") == known_at
    assert corners(svg, "chart__area") == [*known_at, (500, y["0"]), (0, y["0"])]
    assert corners(svg, "chart__expected") == [
        (500, y["2,000"] - 30),
        (625, y["4,000"] + 15),
        (750, y["4,000"]),
        (875, y["4,000"] - 15),
        (1000, y["4,000"] - 30),
    ]


def test_the_band_goes_out_along_its_highest_and_comes_back_along_its_lowest():
    coming = [DayForecast(FIRST + timedelta(days=ahead), 1_000, 2_000, 3_000) for ahead in (1, 2)]
    svg = burn_chart(granted=days(1, 2_000), coming=coming, budget_points=4_000, words=BURN)
    y = heights(svg)

    assert [height for _, height in corners(svg, "chart__band")] == [
        y["2,000"], y["3,000"], y["3,000"], y["1,000"], y["1,000"],
    ]  # fmt: skip


def test_the_budget_is_a_line_with_its_name_at_its_height():
    svg = burn_chart(granted=days(4), coming=[], budget_points=6_000, words=BURN)
    [line] = shapes(svg, "chart__budget")

    assert (line.get("x1"), line.get("x2")) == ("0", "100%")
    assert float(line.attrib["y1"]) == float(line.attrib["y2"]) == heights(svg)["6,000"]
    assert "予算 6,000" in texts(svg)


@pytest.mark.parametrize(("today", "at", "said"), [(None, "50%", "今日 10/4"), (date(2019, 10, 6), "75%", "今日 10/6")])
def test_today_is_marked_where_it_ends(today: date | None, at: str, said: str):
    coming = [DayForecast(FIRST + timedelta(days=7), 8_000, 8_000, 8_000)]
    svg = burn_chart(granted=days(4), coming=coming, budget_points=6_000, words=BURN, today=today)

    assert [one.get("x1") for one in shapes(svg, "chart__today")] == [at]
    assert said in texts(svg)
    assert [one.get("cx") for one in shapes(svg, "chart__dot")] == ["50%"]


def test_a_day_outside_the_chart_is_not_marked():
    svg = burn_chart(granted=days(4), coming=[], budget_points=1, words=BURN, today=date(2020, 1, 1))

    assert shapes(svg, "chart__today") == []


def test_lines_are_told_apart_by_their_kind_and_name_not_by_colour_alone():
    """Each has its own dashes or shape in charts.css, and its name and figure in the key."""
    coming = [DayForecast(FIRST + timedelta(days=4), 4_000, 5_000, 6_000)]
    svg = burn_chart(granted=days(4), coming=coming, budget_points=9_000, words=BURN)

    assert texts(svg)[:3] == ["付与済み 4,000", "見込み 5,000", "9割の範囲"]
    assert "stroke-dasharray" in STYLES.read_text(encoding="utf-8").split(".chart__expected {")[1].split("}")[0]


def test_without_a_day_the_chart_says_what_will_be_here():
    assert texts(burn_chart(granted={}, coming=[], budget_points=9_000, words=BURN)) == ["まだ何もありません。"]
    assert texts(day_bars(values={}, words=BARS)) == ["まだ何もありません。"]
    assert texts(service_bars([], PLAIN)) == ["まだ何もありません。"]


def test_one_day_rises_from_nothing_at_its_start():
    svg = burn_chart(granted=days(1), coming=[], budget_points=1_000, words=BURN)
    y = heights(svg)

    assert corners(svg, "chart__known") == [(0, y["0"]), (1000, y["1,000"])]
    assert shapes(svg, "chart__band") == shapes(svg, "chart__expected") == []


def test_a_budget_of_nothing_is_a_line_at_the_foot():
    svg = burn_chart(granted={FIRST: 0}, coming=[], budget_points=0, words=BURN)
    [line] = shapes(svg, "chart__budget")

    assert float(line.attrib["y1"]) == heights(svg)["0"]
    assert corners(svg, "chart__known") == [(0, heights(svg)["0"]), (1000, heights(svg)["0"])]


def test_far_over_budget_all_is_still_within_the_chart():
    """Fifty times the budget: the line is drawn whole, and the budget low at its own height."""
    svg = burn_chart(granted=days(50, 1_000_000), coming=[], budget_points=1_000_000, words=BURN)
    y = heights(svg)

    assert list(y) == ["0", "10,000,000", "20,000,000", "30,000,000", "40,000,000", "50,000,000"]
    assert corners(svg, "chart__known")[-1] == (1000, y["50,000,000"])
    [line] = shapes(svg, "chart__budget")
    assert float(line.attrib["y1"]) == pytest.approx(y["0"] - (y["0"] - y["10,000,000"]) / 10)


def test_a_year_of_days_has_few_dates_on_a_phone_and_more_on_a_desk():
    svg = burn_chart(granted=days(366), coming=[], budget_points=1, words=BURN)
    narrow, wide = ([one.text for one in group.iter(f"{SVG}text")] for group in
                    (*shapes(svg, "chart__narrow"), *shapes(svg, "chart__wide")))  # fmt: skip

    assert narrow == ["10/1", "1/1", "4/1", "7/1"]
    assert wide == ["10/1", "12/1", "2/1", "4/1", "6/1", "8/1"]


@pytest.mark.parametrize("count", [*range(1, 80), 120, 200, 274, 366, 800, 4_000])
def test_dates_never_crowd(count: int):
    axis = Days(FIRST, FIRST + timedelta(days=count - 1))

    for most in (4, 10):
        ticks = date_ticks(axis, most)
        assert 1 <= len(ticks) <= most
        assert all(axis.first <= one <= axis.last for one in ticks)


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 0, [0, 1]),
        (0, 1, [0, 1]),
        (0, 7, [0, 2, 4, 6, 8]),
        (0, 100_000_000, [0, 20_000_000, 40_000_000, 60_000_000, 80_000_000, 100_000_000]),
        (-30, 70, [-50, 0, 50, 100]),
        (-5, 0, [-5, -4, -3, -2, -1, 0]),
    ],
)
def test_an_axis_has_round_figures_and_zero(low: int, high: int, ticks: list[int]):
    assert round_scale(low, high, top=0, height=100).ticks == ticks


def test_a_bars_height_is_its_days_share():
    svg = day_bars(values={FIRST: 1_000, FIRST + timedelta(days=3): 4_000}, words=BARS)
    bars = shapes(svg, "chart__bar")
    y = heights(svg)

    assert [float(one.attrib["height"]) for one in bars] == [45, 0, 0, 180]
    assert [one.attrib["x"] for one in bars] == ["7.5%", "32.5%", "57.5%", "82.5%"]
    assert {one.attrib["width"] for one in bars} == {"10%"}
    assert [float(one.attrib["y"]) for one in bars] == [y["1,000"], y["0"], y["0"], y["4,000"]]
    assert [one[0].text for one in bars] == ["10/1 1,000", "10/2 0", "10/3 0", "10/4 4,000"]


def test_a_day_below_zero_hangs_from_the_line():
    svg = day_bars(values={FIRST: 2_000, FIRST + timedelta(days=1): -1_000}, words=BARS)
    above, below = shapes(svg, "chart__bar")
    y = heights(svg)

    assert float(above.attrib["y"]) == y["2,000"]
    assert float(below.attrib["y"]) == y["0"]
    assert float(below.attrib["y"]) + float(below.attrib["height"]) == y["-1,000"]


def test_more_than_120_days_are_bars_of_weeks_from_monday():
    """2019-10-01 is a Tuesday, so the first bar has six days; the chart says that a bar is a week."""
    by_day, by_week = day_bars(values=days(120), words=BARS), day_bars(values=days(121), words=BARS)

    assert len(shapes(by_day, "chart__bar")) == 120
    assert "1本が1週間です" not in texts(by_day)
    bars = [one[0].text for one in shapes(by_week, "chart__bar")]
    assert bars[:2] == ["10/1〜10/6 6,000", "10/7〜10/13 7,000"]
    assert bars[-1] == "1/27〜1/29 3,000"
    assert len(bars) == 18
    assert "1本が1週間です" in texts(by_week)


def test_services_have_bars_in_proportion_and_what_is_paid_back_is_only_outlined():
    svg = service_bars([("PayPay", 4_000), ("Suica", 1_000), ("nanaco", -2_000), ("WAON", 0)], PLAIN)
    bars = shapes(svg, "chart__bar")

    assert [one.attrib["width"] for one in bars] == ["56%", "14%", "28%", "0%"]
    assert ["chart__bar--below" in one.attrib["class"] for one in bars] == [False, False, True, False]
    assert texts(svg) == ["PayPay", "4,000", "Suica", "1,000", "nanaco", "-2,000", "WAON", "0"]


def test_services_without_any_points_have_bars_of_no_length():
    assert [one.attrib["width"] for one in shapes(service_bars([("PayPay", 0)], PLAIN), "chart__bar")] == ["0%"]


def test_a_long_name_is_cut_into_lines_on_a_phone_and_lost_nowhere():
    name = "三井住友VISAカード・三井住友マスターカード"
    svg = service_bars([(name, 1)], PLAIN)
    [narrow], [wide] = shapes(svg, "chart__narrow"), shapes(svg, "chart__wide")

    lines = [one.text or "" for one in narrow]
    assert len(lines) == 2
    assert "".join(lines) == name
    assert max(map(width_of, lines)) <= 280
    assert [one.text for one in wide] == [name]


@pytest.mark.parametrize("words", ["", "券", "A" * 200, "地域 振興 券 " * 20, "Payment service of a region " * 4])
def test_lines_hold_every_letter_and_none_is_too_wide(words: str):
    lines = lines_of(words, 280)

    assert "".join(lines).replace(" ", "") == words.replace(" ", "")
    assert max(map(width_of, lines)) <= 280


def test_each_of_the_47_prefectures_has_a_place_of_its_own():
    assert sorted(PREFECTURE_TILES) == CODES
    assert max(Counter(PREFECTURE_TILES.values()).values()) == 1
    assert {column for column, _ in PREFECTURE_TILES.values()} == set(range(TILE_COLUMNS))
    assert {row for _, row in PREFECTURE_TILES.values()} == set(range(TILE_ROWS))
    assert PREFECTURE_TILES["01"] == (TILE_COLUMNS - 1, 0)
    assert PREFECTURE_TILES["47"] == (0, TILE_ROWS - 1)


def test_the_key_has_the_sea_to_itself():
    assert not [one for one in PREFECTURE_TILES.values() if one[0] < FREE_COLUMNS and one[1] < FREE_ROWS]


def test_neighbours_lie_as_they_do_in_japan():
    """East of and north of, for some that everybody knows."""
    column = {code: place[0] for code, place in PREFECTURE_TILES.items()}
    row = {code: place[1] for code, place in PREFECTURE_TILES.items()}

    assert row["02"] < row["04"] < row["08"] < row["12"]
    assert column["40"] < column["34"] < column["27"] < column["23"] < column["13"]
    assert row["40"] < row["43"] < row["46"] < row["47"]


def test_each_tile_tells_its_name_and_figure_and_its_shade_as_a_length():
    """So that nobody must tell blues apart: the bar in a tile of shade 3 is three fifths as long as the longest."""
    values = {code: number for number, code in enumerate(CODES)}
    svg = prefecture_map(values, names={"13": "東京"}, words=MAP)
    tiles = {one.get("data-code"): one for one in shapes(svg, "tile") if one.get("data-code")}

    assert sorted(map(str, tiles)) == CODES
    assert tiles["13"][0].text == "東京 12"
    assert tiles["14"][0].text == "14 13"
    lengths = {
        one.attrib["class"]: float(bar.attrib["width"])
        for one in tiles.values()
        for bar in one.iter(f"{SVG}rect")
        if bar.get("class") == "tile__bar"
    }
    assert lengths == {f"tile tile-{shade}": pytest.approx(36 * shade / 5) for shade in range(1, 6)}
    assert [one.get("class") for one in tiles["01"].iter(f"{SVG}rect")] == ["tile__square"]


def test_shades_are_fifths_of_those_that_have_anything():
    shades = shades_of({code: number for number, code in enumerate(CODES[:11])})

    assert [shades[code] for code in CODES[:11]] == [0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert {shades[code] for code in CODES[11:]} == {0}


def test_equal_figures_have_one_shade_and_a_figure_below_zero_has_none():
    shades = shades_of(dict.fromkeys(CODES, 7) | {"47": -7})

    assert Counter(shades.values()) == {1: 46, 0: 1}


def test_the_key_names_the_least_and_the_most_of_each_shade_that_occurs():
    values = {code: number * 100 for number, code in enumerate(CODES[:11])}
    svg = prefecture_map(values, names={}, words=MAP)
    keys = [one.text for one in shapes(svg, "chart__key")]

    assert keys == ["なし", "100〜200", "300〜400", "500〜600", "700〜800", "900〜1,000"]
    assert [one.text for one in shapes(prefecture_map({}, names={}, words=MAP), "chart__key")] == ["なし"]


def test_a_figure_too_long_for_its_tile_is_only_in_the_tip():
    svg = prefecture_map({"13": 123_456_789, "27": 1_234}, names={}, words=MAP)

    assert "1,234" in [one.text for one in shapes(svg, "tile__value")]
    assert "123,456,789" not in [one.text for one in shapes(svg, "tile__value")]
    assert "13 123,456,789" in [one.text for one in fromstring(svg).iter(f"{SVG}title")]


def test_codes_that_are_no_prefecture_are_left_out():
    assert prefecture_map({"48": 5}, names={"48": "?"}, words=MAP) == prefecture_map({}, names={"48": "?"}, words=MAP)
