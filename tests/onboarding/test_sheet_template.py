"""The template of a places sheet: nothing in it but an example, lists to choose from, and how to fill it in (J-22)."""

import io

import pytest
from openpyxl import load_workbook

from madoguchi.onboarding.sheets import template_csv, template_xlsx
from tests.conftest import refused
from tests.onboarding.made_sheets import HEADS, PURPOSES, SERVICES, line, read


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("filename", ["places.csv", "places.xlsx"])
def test_a_template_as_it_comes_holds_no_place(filename, language):
    """The example's row is marked as one and skipped."""
    template = template_csv if filename.endswith("csv") else template_xlsx
    with refused("sheet_empty", filename=filename):
        read(template(language, SERVICES, PURPOSES), filename)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_template_filled_in_is_read_and_its_example_skipped(language):
    book = load_workbook(io.BytesIO(template_xlsx(language, SERVICES, PURPOSES)))
    book.worksheets[0].append(line())
    out = io.BytesIO()
    book.save(out)
    reading = read(out.getvalue(), "places.xlsx")

    assert reading.faults == ()
    assert [row.place.name for row in reading.rows] == ["市民課"]


def test_a_templates_example_would_be_a_good_row():
    """Whoever overwrites it must not find that the example itself was wrong."""
    for language in ("ja", "en"):
        data = template_csv(language, SERVICES, PURPOSES).decode("utf-8-sig")
        unmarked = data.replace("【記入例】", "").replace("[Example] ", "")
        assert read(unmarked.encode()).faults == ()


def test_a_template_offers_lists_to_choose_from():
    book = load_workbook(io.BytesIO(template_xlsx("en", SERVICES, PURPOSES)))
    offered = {}
    for choice in book.worksheets[0].data_validations.dataValidation:
        sheet, cells = choice.formula1.replace("'", "").split("!")
        column = str(choice.sqref).split(":", 1)[0][0]
        words = [cell.value for (cell,) in book[sheet][cells.replace("$", "")]]
        offered[book.worksheets[0][f"{column}1"].value] = (words, choice.showErrorMessage)

    assert offered["Kind"] == (["Division", "Facility", "Shop", "Post office", "Vehicle"], True)
    assert offered["Payment services"] == (["PayPay", "d払い", "クレジットカード"], False)
    assert offered["Purposes"] == (["証明書発行手数料", "観覧料"], False)
    assert sorted(offered) == ["Class", "Kind", "Payment services", "Purposes", "Services already used"]


def test_a_template_tells_how_to_fill_in_every_column():
    guide = load_workbook(io.BytesIO(template_xlsx("ja", SERVICES, PURPOSES)))["記入方法"]
    told = {row[0]: row[2] for row in guide.iter_rows(values_only=True) if row[2]}
    assert [head for head in HEADS if head not in told] == []
