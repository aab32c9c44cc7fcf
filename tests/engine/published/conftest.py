"""What the reader's tests start from: the two tables of the notice as they were printed, and the official names."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import Any

import pytest

from madoguchi.engine.published import Mapping, Official, PrintedTable, read_mapping, read_printed

DATA = files("madoguchi.opendata").joinpath("data")


def _official_rows(name: str) -> list[dict[str, str]]:
    text = files("madoguchi.registry").joinpath("data", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def official_names() -> Official:
    return Official.from_rows(_official_rows("prefectures.csv"), _official_rows("municipalities.csv"))


@cache
def notice() -> str:
    return DATA.joinpath("notice_2019-10-02_as_printed.txt").read_text(encoding="utf-8")


@cache
def mapping_of(name: str) -> Mapping:
    return read_mapping(DATA.joinpath(f"{name}_2019-10-02.toml").read_text(encoding="utf-8"))


def read_notice(name: str, text: str | None = None) -> PrintedTable:
    """The table `applications` or `registrations` of the notice, or of a changed copy."""
    return _as_printed(name) if text is None else read_printed(text, mapping_of(name), official_names())


@cache
def _as_printed(name: str) -> PrintedTable:
    return read_printed(notice(), mapping_of(name), official_names())


def changed(old: str, new: str) -> str:
    """The notice with a passage that stands in it once put otherwise."""
    assert notice().count(old) == 1
    return notice().replace(old, new)


def told(table: PrintedTable) -> list[tuple[int, str]]:
    """The problems' lines and codes."""
    return [(problem.line, problem.code) for problem in table.problems]


@pytest.fixture
def small() -> dict[str, Any]:
    """The facts of a mapping of a table of two columns of figures, exported from a spreadsheet."""
    return {
        "name": "small",
        "title": "小さな表",
        "title_en": "A small table",
        "source": "試験",
        "as_of_on": "2026-04-01",
        "level": "municipality",
        "begins": "^小さな表",
        "separator": ",",
        "headings": [["都道府県", "市町村", "店舗", "移動"]],
        "columns": [
            {"name": "prefecture"},
            {"name": "municipality"},
            {"name": "shops", "label": "店舗", "label_en": "shops"},
            {"name": "mobile", "label": "移動", "label_en": "mobile"},
        ],
        "subtotal": {"column": "municipality", "text": "計"},
    }


@pytest.fixture
def two_towns() -> Official:
    """A country of one prefecture with three towns."""
    return Official({"甲県": "01"}, {"甲県": {"乙市": "01100", "丙ヶ丘町": "01101", "丁村": "01102"}})
