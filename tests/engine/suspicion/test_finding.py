"""What `find` takes and gives: the same table for the same payments, ids of any kind, bad input refused."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import csv, parquet

from madoguchi.engine.suspicion import SENTENCES, find, read_rules, rules_2019, sentence
from madoguchi.engine.suspicion.finding import COLUMNS, LOOKS
from madoguchi.engine.suspicion.rules import FAMILIES, FIGURES, RULES, rules_of
from tests.conftest import refused

BUSY = range(10)
HOLD = {"hold_at": 0.5, "weak_at": 0.4, "least_peers": 30, "top_ups": ["prepaid_value"]}


@pytest.fixture
def suspicious(town):
    """The town with two of the rules' cases; some payments are of both."""
    for number in BUSY:
        town.pay(1, 5, 300 + 17 * number, f"2019-10-09 0{number // 6 + 1}:{5 * number:02}")
    for day in (10, 11, 12):
        town.pay(1, 5, 800 + day, f"2019-10-{day} 03:00")
    return town


def test_the_table_has_a_row_for_each_payment_and_rule_in_order(suspicious):
    table = find(suspicious.write()[:1], suspicious.write()[1])

    first = len(suspicious.rows) - 12
    rules = [(one, "outside_hours") for one in range(first, first + 13)]
    rules += [(one, "same_member_place") for one in range(first, first + 10)]
    assert table.column_names == list(COLUMNS)
    assert list(zip(table["payment_id"].to_pylist(), table["rule"].to_pylist(), strict=True)) == sorted(rules)
    assert [table.schema.field(name).type for name in COLUMNS[:3]] == [pa.int64()] * 3
    assert set(table["service_id"].to_pylist()) == {"paypay"}


def test_rules_of_different_families_add_up_and_are_told(suspicious):
    """10 of 6 payments are 0.625, 13 of 4 are 0.765: together 1 - 0.375 x 0.235 = 0.912."""
    rows = suspicious.found()

    scores = {row["rule"]: (row["score"], json.loads(row["evidence"])["all_rules_together"]) for row in rows[:2]}
    assert scores == {"outside_hours": (0.765, 0.912), "same_member_place": (0.625, 0.912)}


def test_ids_of_text_come_back_as_text_and_hold_the_same(suspicious):
    numbers = find(suspicious.write()[:1], suspicious.write()[1])
    payments, places = suspicious.write(text_ids=True)
    texts = find([payments], places)

    for name in COLUMNS[:3]:
        assert texts.schema.field(name).type == pa.string()
        assert sorted(texts[name].to_pylist()) == sorted(f"x{one}" for one in numbers[name].to_pylist())
    assert texts["payment_id"].to_pylist() == sorted(texts["payment_id"].to_pylist())
    assert json.loads(texts["evidence"][0].as_py())["payments"][0].startswith("x")


def test_order_of_rows_files_and_memory_do_not_matter(suspicious, tmp_path: Path):
    payments, places = suspicious.write()
    expected = find([payments], places)
    table = parquet.read_table(payments)
    backwards = table.take(pa.array(range(len(table) - 1, -1, -1)))
    folder = tmp_path / "parts"
    folder.mkdir()
    for number in range(3):
        parquet.write_table(
            backwards.slice(number * 800, 800 if number < 2 else None), folder / f"{2 - number}.parquet"
        )

    assert find([folder], places, memory=128 << 20).equals(expected)


def test_csv_and_doubled_rows_give_the_same(suspicious, tmp_path: Path):
    payments, places = suspicious.write()
    expected = find([payments], places)
    table = parquet.read_table(payments)
    csv.write_csv(pa.concat_tables([table, table.slice(len(table) - 5)]), tmp_path / "payments.csv")
    csv.write_csv(parquet.read_table(places), tmp_path / "places.csv")

    assert find([tmp_path / "payments.csv"], tmp_path / "places.csv").equals(expected)


def test_without_places_hours_are_not_looked_at(suspicious):
    assert {row["rule"] for row in suspicious.found(with_places=False)} == {"same_member_place"}


def test_no_payments_at_all_are_no_holds(town):
    town.rows = town.rows[:1]
    town.give_back([1])

    assert town.found() == []


def test_a_column_that_is_missing_is_refused(town, tmp_path: Path):
    payments, places = town.write()
    less = tmp_path / "less.parquet"
    parquet.write_table(parquet.read_table(payments).drop_columns(["member_id"]), less)
    with refused("payments_columns_missing", file=str(less), missing="member_id"):
        find([less], places)
    parquet.write_table(parquet.read_table(places).drop_columns(["opening_to"]), less)
    with refused("places_columns_missing", file=str(less), missing="opening_to"):
        find([payments], less)


@pytest.mark.parametrize(("field", "value"), [("opening_from", "8 o'clock"), ("opening_to", "25:00"), ("store_id", 0)])
def test_a_place_that_cannot_be_read_is_refused_with_its_row(town, field: str, value: object):
    town.places[2][field] = value

    with refused("place_wrong", file=str(town.folder / "places.parquet"), row=3, field=field):
        town.found()


def test_too_little_memory_is_refused(town):
    with refused("memory_too_small", memory=1 << 20, least=64 << 20):
        town.found(memory=1 << 20)


def test_figures_are_those_in_force_on_the_last_day(suspicious):
    """From 9 November on twelve a day are allowed; a rule without figures is not used."""
    of_october = {"starts_on": date(2019, 10, 1), **HOLD}
    often = {"a_day": 6, "a_week": 100, "different_part": 0.5, "usual_quantile": 0.9995, "usual_visits": 10_000}
    sets = [
        {"starts_on": date(2019, 11, 9), **often, "times_usual": 1.3, "a_day": 12},
        {"starts_on": date(2019, 10, 1), **often, "times_usual": 1.3},
    ]
    rules = rules_of({"hold": [of_october], "same_member_place": sets})
    assert {row["rule"] for row in suspicious.found(rules=rules)} == {"same_member_place"}

    suspicious.pay(77, 4, 640, "2019-11-09 10:00")

    assert suspicious.found(rules=rules) == []


@pytest.mark.parametrize(
    ("given", "rule", "field"),
    [
        ("[[same_people]]\nstarts_on = 2019-10-01\n", "same_people", ""),
        ("[[outside_hours]]\nstarts_on = 2019-10-01\nminutes = 60\n", "outside_hours", "payments"),
        ("[[hold]]\nstarts_on = '2019-10-01'\n", "hold", "hold_at"),
        ("", "hold", ""),
    ],
)
def test_rules_that_cannot_be_read_are_refused(tmp_path: Path, given: str, rule: str, field: str):
    (tmp_path / "rules.toml").write_text(given, "utf-8")

    with refused("suspicion_rules_wrong", rule=rule, field=field):
        read_rules(tmp_path / "rules.toml")


def test_figures_of_another_kind_are_refused():
    for wrong in ({"hold_at": "0.5"}, {"least_peers": 1.5}, {"least_peers": 0}, {"top_ups": []}, {"weak_at": True}):
        field = next(iter(wrong))
        with refused("suspicion_rules_wrong", rule="hold", field=field):
            rules_of({"hold": [{"starts_on": date(2019, 10, 1), **HOLD, **wrong}]})


def test_nothing_is_held_by_figures_that_are_not_yet_in_force(town):
    rules = rules_of({"hold": [{"starts_on": date(2020, 1, 1), **HOLD}]})

    with refused("suspicion_rules_wrong", rule="hold", field="starts_on"):
        town.found(rules=rules)


def test_every_rule_has_figures_a_search_a_family_and_sentences():
    shipped = rules_2019().on(date(2019, 10, 1))

    assert set(LOOKS) == set(RULES) == set(FAMILIES) == set(SENTENCES) == set(shipped) - {"hold"}
    assert set(shipped) == set(FIGURES)
    assert all(set(words) == {"ja", "en"} and all(words.values()) for words in SENTENCES.values())


def test_evidence_reads_as_a_sentence_in_both_languages(suspicious):
    first = next(row for row in suspicious.found() if row["rule"] == "same_member_place")
    evidence = json.loads(first["evidence"])

    assert sentence("same_member_place", evidence, "en") == (
        "The same member pays at the same place again and again in a day or a week. "
        "10 payments on 2019-10-09 (limit 6)."
    )
    assert sentence("same_member_place", evidence, "ja") == (
        "同じ会員が、同じ店舗で、1日または1週間に何度も支払っています。2019-10-09の1日に10回の支払いがありました（目安は6回）。"
    )
