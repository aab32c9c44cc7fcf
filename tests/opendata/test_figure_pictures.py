"""Maps and lines of statistics read without colour, and tell nothing that is withheld (P-44)."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from madoguchi.opendata.figure_lines import LineWords, month_line
from madoguchi.opendata.figure_map import MapWords, area_map, shades_of, tile_map

SQUARE = "M{x} 0h90v90h-90z"
PATHS = {code: SQUARE.format(x=100 * number) for number, code in enumerate(("01", "02", "03", "04"))}
MAP = MapWords(
    title="Places",
    description="",
    number=str,
    empty="",
    figure=str,
    to=" to ",
    withheld="withheld",
    none="none",
    unknown="no figure",
)
LINE = LineWords(
    title="Payments", description="", number=str, empty="nothing yet", month=str, withheld="withheld", unit="Payments"
)
SVG = "{http://www.w3.org/2000/svg}"


def drawn(markup: str) -> ElementTree.Element:
    """All pictures of a markup under one root; an error if it is not well-formed."""
    return ElementTree.fromstring(f'<svg xmlns="http://www.w3.org/2000/svg">{markup}</svg>')  # noqa: S314  # our own


def areas(markup: str) -> dict[str, tuple[str, str]]:
    """The class and the tip of each area by its code."""
    found = {}
    for path in drawn(markup).iter(f"{SVG}path"):
        if code := path.get("data-code"):
            found[code] = (path.get("class", ""), "".join(path.itertext()))
    return found


def test_areas_are_shaded_by_fifths_and_equal_figures_alike() -> None:
    shades = shades_of({"a": 1, "b": 2, "c": 2, "d": 4, "e": 50, "f": 0, "g": None})
    assert shades.steps == {"a": 1, "b": 2, "c": 2, "d": 4, "e": 5, "f": 0}
    assert shades.ranges[2] == (2, 2)


def test_a_map_tells_figures_withheld_none_and_unknown_apart() -> None:
    markup = area_map(
        {"01": 12, "02": 0},
        withheld=frozenset({"03"}),
        view_box="0 0 400 100",
        paths=PATHS,
        names={"01": "A & B"},
        words=MAP,
    )
    assert areas(markup) == {
        "01": ("area area-1", "A & B 12"),
        "02": ("area area-0", "02 0"),
        "03": ("area area-withheld", "03 withheld"),
        "04": ("area area-unknown", "04 no figure"),
    }
    assert {"withheld", "none", "no figure", "12"} <= {text.text for text in drawn(markup).iter(f"{SVG}text")}


def test_a_steps_digit_stands_in_the_middle_of_its_area() -> None:
    markup = area_map(
        {"02": 3}, withheld=frozenset(), view_box="0 0 400 100", paths={"02": PATHS["02"]}, names={}, words=MAP
    )
    (digit,) = [one for one in drawn(markup).iter(f"{SVG}text") if one.get("x") == "145"]
    assert digit.text == "1"


@pytest.mark.parametrize("path", ["m 10,10 80,0 0,80 -80,0 z", "M10 10L90 10L90 90L10 90Z", "M10 10H90V90H10Z"])
def test_outlines_in_each_spelling_of_paths_are_read(path: str) -> None:
    markup = area_map({"1": 3}, withheld=frozenset(), view_box="0 0 100 100", paths={"1": path}, names={}, words=MAP)
    assert 'x="50"' in markup


def test_without_outlines_the_47_prefectures_are_squares() -> None:
    markup = tile_map({"13": 7}, withheld=frozenset({"14"}), names={"13": "東京"}, words=MAP)
    said = [
        "".join(one.find(f"{SVG}title").itertext()) for one in drawn(markup).iter(f"{SVG}g") if one.get("data-code")
    ]  # type: ignore[union-attr]
    assert len(said) == 47
    assert {"東京 7", "14 withheld", "47 no figure"} <= set(said)


def test_a_withheld_month_is_a_gap_in_the_line_and_has_no_figure() -> None:
    markup = month_line([("2026-07", 10), ("2026-08", 20), ("2026-09", None), ("2026-10", 40)], LINE)
    picture = drawn(markup)
    lines = [one.get("points", "").split() for one in picture.iter(f"{SVG}polyline")]
    assert [len(one) for one in lines] == [2]
    tips = {"".join(one.itertext()) for one in picture.iter(f"{SVG}title")}
    assert {"2026-07 10", "2026-08 20", "2026-09 withheld", "2026-10 40"} <= tips


def test_a_line_without_any_figure_says_so() -> None:
    assert "nothing yet" in month_line([("2026-09", None)], LINE)
