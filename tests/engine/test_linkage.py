"""Registrations linked: which are one place, surely or perhaps (P-21, P-29, P-30)."""

from __future__ import annotations

import random
from typing import Any

import pyarrow as pa
import pytest

from madoguchi.engine.linkage import LinkageResult, link
from madoguchi.engine.linkage import scoring as scoring_module
from tests.conftest import refused
from tests.engine.registrations import COLUMNS, generated, score

SHOP = {
    "provider": "paypay",
    "name": "㈱髙橋商店 富岡店",
    "kana": "タカハシショウテン",
    "prefecture": "群馬県",
    "municipality": "富岡市",
    "address": "富岡1丁目2番3号",
    "postal_code": "370-2316",
    "phone": "0274-62-1151",
    "corporate_number": "1234567890123",
}


def table(*changes: dict[str, Any]) -> pa.Table:
    """SHOP with the given changes, one row each; ids a, b, c …"""
    rows = [{"registration_id": "abcdefgh"[at], **SHOP, **change} for at, change in enumerate(changes)]
    return pa.table({name: pa.array([row[name] for row in rows]) for name in COLUMNS})


def decided(result: LinkageResult) -> dict[str, tuple[str, str]]:
    """registration_id → cluster_id, decision."""
    rows = result.rows.to_pylist()
    return {row["registration_id"]: (row["cluster_id"], row["decision"]) for row in rows}


@pytest.mark.parametrize(
    "other",
    [
        {
            "name": "髙橋商店（株）　富岡店",
            "address": "群馬県富岡市富岡１－２－３ 富岡ビル2F",
            "municipality": None,
            "prefecture": None,
        },
        {"name": "高橋商店", "address": "大字富岡一丁目2-3"},
        {"phone": "+81 274 62 1151", "corporate_number": None, "postal_code": None, "kana": None},
        {"phone": "027-000-1234", "kana": "ﾀｶﾊｼ ｼｮｳﾃﾝ"},
        {"phone": None, "corporate_number": None, "kana": "", "postal_code": " "},
        {"address": "富岡1-2"},
        {"address": "富岡1-2-3-201"},
        {"address": "富岡", "corporate_number": None},
    ],
)
def test_one_place_in_two_ways_of_writing_is_merged(other: dict[str, Any]) -> None:
    assert decided(link(table({}, other))) == {"a": ("a", "auto"), "b": ("a", "auto")}


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(
            {"name": "高橋商店 高崎店", "municipality": "高崎市", "address": "本町5-6", "postal_code": None},
            id="another branch",
        ),
        pytest.param(
            {"municipality": "高崎市", "address": "本町5-6", "phone": None, "postal_code": None}, id="another town"
        ),
        pytest.param(
            {"name": "喫茶青空", "kana": None, "phone": "0274-60-1", "corporate_number": None}, id="same building"
        ),
        pytest.param(
            {"name": "青空薬局", "kana": None, "address": "富岡1-2-4", "phone": None, "corporate_number": None},
            id="neighbour",
        ),
    ],
)
def test_near_misses_are_left_alone(other: dict[str, Any]) -> None:
    """P-29: a company's branches share its name, number and often its telephone."""
    assert decided(link(table({}, other))) == {"a": ("a", "single"), "b": ("b", "single")}


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"name": "高橋食堂", "kana": None}, id="two shops of one company at one address"),
        pytest.param({"name": "高橋商店 本町店"}, id="two branches at one address"),
        pytest.param({"address": "富岡1-2-4"}, id="a house number that differs in one figure"),
        pytest.param({"address": None, "municipality": None, "prefecture": None, "postal_code": None}, id="no address"),
        pytest.param(
            {"name": "髙橋商占 富岡店", "kana": None, "phone": None}, id="a slip in a name that says a branch"
        ),
    ],
)
def test_what_only_a_person_can_tell_is_queued(other: dict[str, Any]) -> None:
    result = link(table({}, other))
    assert decided(result) == {"a": ("a", "review"), "b": ("a", "review")}
    assert all(probability < 0.99 for probability in result.rows["match_probability"].to_pylist())


def test_two_branches_are_not_merged_through_a_registration_that_names_none() -> None:
    result = decided(
        link(table({"name": "高橋商店 東店"}, {"name": "高橋商店", "phone": None}, {"name": "高橋商店 西店"}))
    )
    assert sorted(decision for _, decision in result.values()) == ["auto", "auto", "review"]
    assert {cluster for cluster, _ in result.values()} <= {"a", "b"}
    assert {result["a"][1], result["c"][1]} == {"auto", "review"}


def test_pairs_say_what_agreed() -> None:
    """For the preview before a merge."""
    pairs = link(table({}, {"name": "高橋商店", "phone": "0274-99-9999", "corporate_number": None})).pairs.to_pylist()
    assert [{name: pair[name] for name in pair if name != "match_probability"} for pair in pairs] == [
        {
            "registration_id_l": "a",
            "registration_id_r": "b",
            "decision": "auto",
            "name": "branch_left_out",
            "place": "same_spot",
            "phone": "other",
            "corporate_number": "unknown",
        }
    ]


def test_the_order_of_rows_makes_no_difference() -> None:
    labelled = generated(3_000, seed=5)
    order = list(range(3_000))
    random.Random(1).shuffle(order)
    assert link(labelled.table.take(order)).rows.equals(link(labelled.table).rows)


def test_a_probability_does_not_depend_on_what_else_is_in_the_file() -> None:
    pair = table({}, {"phone": "027-000-1234"})
    alone = link(pair).rows["match_probability"].to_pylist()
    among = link(pa.concat_tables([pair, generated(2_000).table])).rows.to_pylist()
    assert [row["match_probability"] for row in among if row["registration_id"] in ("a", "b")] == alone


def test_rows_come_by_id_with_its_type_and_columns_may_be_stored_in_any_way() -> None:
    given = table(
        {}, {}, {"name": "喫茶青空", "kana": None, "address": "妙義1", "phone": None, "corporate_number": None}
    )
    stored = given.set_column(0, "registration_id", pa.array([30, 4, 5], pa.int32()))
    stored = stored.set_column(2, "name", stored["name"].dictionary_encode())
    stored = stored.set_column(6, "address", stored["address"].cast(pa.large_string()))
    stored = stored.set_column(9, "corporate_number", pa.array([1234567890123, 1234567890123, None], pa.int64()))
    found = link(stored).rows
    assert found.schema.field("cluster_id").type == pa.int32()
    assert found.to_pydict() | {"match_probability": None} == {
        "registration_id": [4, 5, 30],
        "cluster_id": [4, 5, 4],
        "match_probability": None,
        "decision": ["auto", "single", "auto"],
    }


def test_the_first_three_columns_are_enough() -> None:
    given = table({}, {"name": "富岡製糸場"}).select(["registration_id", "provider", "name"])
    assert decided(link(given)) == {"a": ("a", "single"), "b": ("b", "single")}


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_registrations_have_nothing_to_be_linked_with(count: int) -> None:
    result = link(table({}).slice(0, count))
    assert result.rows["decision"].to_pylist() == ["single"] * count
    assert result.pairs.num_rows == 0
    assert result.counts["registrations"] == count


def test_wrong_tables_are_refused() -> None:
    given = table({}, {})
    with refused("column_missing", column="name"):
        link(given.drop_columns(["name"]))
    with refused("registration_id_repeated", registration_id="a"):
        link(pa.concat_tables([given, given.slice(0, 1)]))
    with refused("registration_id_missing", rows=2):
        link(given.set_column(0, "registration_id", pa.array([" ", None])))
    with refused("registration_fact_missing", column="provider", rows=1):
        link(given.set_column(1, "provider", pa.array(["paypay", None])))
    with refused("column_type_wrong", column="name", type="bool"):
        link(given.set_column(2, "name", pa.array([True, False])))


def test_the_job_stops_before_it_scores_with_an_untrained_level(monkeypatch: pytest.MonkeyPatch) -> None:
    """Through Splink itself: what it saves of a model without one u says so, and nothing is predicted."""
    whole = scoring_module.settings

    def untrained(**options: Any) -> dict[str, Any]:
        model = whole(**options)
        del model["comparisons"][0]["comparison_levels"][3]["u_probability"]
        return model

    monkeypatch.setattr(scoring_module, "settings", untrained)
    with refused("linkage_level_untrained", comparison="name", level="same_reading", value="u"):
        link(table({}, {}))


def test_200_000_registrations_of_a_country_are_linked_well() -> None:
    """P-29: precision of merges and recall of merges and queue, with branches, neighbours and shared telephones."""
    labelled = generated(200_000)

    result = link(labelled.table)

    rows = result.rows
    found = score(labelled.places, rows["cluster_id"].to_pylist(), rows["decision"].to_pylist())
    assert found.precision >= 0.99
    assert found.recall >= 0.97
    # The queue is for people: most of what is one place must not need them.
    assert found.automatic >= 0.88
    assert result.counts["pairs_to_review"] < 0.12 * len(rows)
