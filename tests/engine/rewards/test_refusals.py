"""What is refused before a run begins, and that an earlier result outlives it untouched."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from madoguchi.engine.rewards import run, windowed
from tests.conftest import refused
from tests.engine.rewards.results import fingerprint
from tests.engine.rewards.worlds import at, row_of, service
from tests.engine.rewards.writing import PaymentsFile, World, services_2019, write_enrolments, write_services

Run = Callable[..., Any]
Inputs = dict[str, Any]


def enrolment(**changed: Any) -> dict[str, Any]:
    facts = {"store_id": 1, "service_id": "*", "rate_bps": 500, "starts_on": date(2019, 10, 1), "ends_on": None}
    return {**facts, **changed}


@pytest.fixture
def inputs(tmp_path: Path) -> Inputs:
    """Inputs of a run with nothing wrong in them."""
    row = row_of("payment", 1, None, ("paypay", "code"), 1, 1, 11_000, at("2019-10-05 12:00"))
    return World([PaymentsFile(rows=[row])], [enrolment()], services_2019()).write(tmp_path)


@pytest.fixture
def refuses(reward_run: Run, inputs: Inputs, out: Path) -> Callable[..., None]:
    """`refuses("code", payments=[…])`: a run with that change is refused; the earlier result stays, alone."""
    reward_run(**inputs, out=out)
    before, beside = fingerprint(out), sorted(out.parent.iterdir())

    def check(code: str, **changed: Any) -> None:
        with refused(code):
            reward_run(**{**inputs, "out": out, **changed})
        assert fingerprint(out) == before
        assert sorted(out.parent.iterdir()) == beside

    return check


def without(path: Path, column: str) -> Path:
    """The same file with a column left out."""
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        pq.write_table(table.drop_columns([column]), path)
        return path
    lines = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]
    at_column = lines[0].index(column)
    kept = [",".join(line[:at_column] + line[at_column + 1 :]) for line in lines]
    path.write_text("\n".join(kept) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("service_id", "starts_on", "ends_on"),
    [
        ("*", date(2020, 1, 1), None),
        ("*", date(2019, 9, 1), date(2019, 10, 1)),
        ("*", date(2019, 10, 1), date(2019, 10, 1)),
    ],
)
def test_enrolments_of_one_store_and_service_that_overlap_are_refused(
    refuses: Callable[..., None], inputs: Inputs, service_id: str, starts_on: date, ends_on: date | None
) -> None:
    """P-03: two rates on one day would leave it to chance which is paid; the last day is included."""
    rows = [enrolment(), enrolment(service_id=service_id, starts_on=starts_on, ends_on=ends_on, rate_bps=200)]
    write_enrolments(inputs["enrolments"], rows)
    refuses("enrolments_overlap")


def test_enrolments_that_follow_each_other_or_name_a_service_do_not_overlap(
    reward_run: Run, inputs: Inputs, out: Path
) -> None:
    rows = [
        enrolment(ends_on=date(2019, 12, 31)),
        enrolment(starts_on=date(2020, 1, 1), rate_bps=200),
        enrolment(service_id="paypay", rate_bps=200),
        enrolment(store_id=2),
    ]
    write_enrolments(inputs["enrolments"], rows)
    reward_run(**inputs, out=out)
    assert (out / "run.json").is_file()


@pytest.mark.parametrize(
    "column",
    [
        "payment_id",
        "kind",
        "original_payment_id",
        "service_id",
        "channel",
        "member_id",
        "store_id",
        "amount_yen",
        "paid_at",
    ],
)
def test_payments_without_a_column_are_refused(refuses: Callable[..., None], inputs: Inputs, column: str) -> None:
    without(inputs["payments"][0], column)
    refuses("payments_columns_missing")


def test_payments_in_csv_without_a_column_are_refused(refuses: Callable[..., None], tmp_path: Path) -> None:
    row = row_of("payment", 1, None, ("paypay", "code"), 1, 1, 11_000, at("2019-10-05 12:00"))
    path = PaymentsFile("bad.csv", [row]).write(tmp_path / "payments")
    refuses("payments_columns_missing", payments=[without(path, "amount_yen")])


@pytest.mark.parametrize("column", ["store_id", "service_id", "rate_bps", "starts_on", "ends_on"])
def test_enrolments_without_a_column_are_refused(refuses: Callable[..., None], inputs: Inputs, column: str) -> None:
    without(inputs["enrolments"], column)
    refuses("enrolments_columns_missing")


@pytest.mark.parametrize("column", ["service_id", "channel", "credit_rule", "cap_amount", "cap_unit", "cap_period"])
def test_services_without_a_column_are_refused(refuses: Callable[..., None], inputs: Inputs, column: str) -> None:
    without(inputs["services"], column)
    refuses("services_columns_missing")


@pytest.mark.parametrize("name", ["payments", "enrolments"])
@pytest.mark.parametrize("content", [b"", b"PAR1 this is no table PAR1"])
def test_a_file_that_is_no_table_is_refused(
    refuses: Callable[..., None], inputs: Inputs, name: str, content: bytes
) -> None:
    path = inputs[name][0] if name == "payments" else inputs[name]
    path.write_bytes(content)
    refuses("file_unreadable")


@pytest.mark.parametrize("name", ["payments", "enrolments", "services"])
def test_a_file_that_is_not_there_is_refused(
    refuses: Callable[..., None], inputs: Inputs, tmp_path: Path, name: str
) -> None:
    missing = tmp_path / "nowhere.parquet"
    refuses("file_unreadable", **{name: [missing] if name == "payments" else missing})


@pytest.mark.parametrize(
    "other",
    [
        {"cap_amount": 200},
        {"cap_period": "quarter"},
        {"cap_unit": "yen_of_payment", "cap_period": "payment"},
    ],
)
def test_channels_that_share_a_cap_must_agree_on_it(
    refuses: Callable[..., None], inputs: Inputs, other: dict[str, Any]
) -> None:
    """P-37: one window cannot have two caps."""
    rows = [service("town", "code", cap_amount=100), service("town", "card", **{"cap_amount": 100, **other})]
    write_services(inputs["services"], rows)
    refuses("services_disagree")


def test_channels_with_caps_of_their_own_need_not_agree(reward_run: Run, inputs: Inputs, out: Path) -> None:
    each = {"cap_scope": "channel"}
    rows = [service("town", "code", cap_amount=100, **each), service("town", "card", cap_amount=200, **each)]
    write_services(inputs["services"], rows)
    reward_run(**inputs, out=out)
    assert (out / "run.json").is_file()


def test_a_folder_that_holds_something_else_is_never_written_over(reward_run: Run, inputs: Inputs, out: Path) -> None:
    out.mkdir()
    (out / "家計簿.txt").write_text("大切", encoding="utf-8")
    with refused("out_not_a_run"):
        reward_run(**inputs, out=out)
    assert [path.name for path in out.iterdir()] == ["家計簿.txt"]
    assert (out / "家計簿.txt").read_text(encoding="utf-8") == "大切"


def test_an_empty_folder_is_taken_and_an_earlier_result_is_replaced_as_a_whole(
    reward_run: Run, inputs: Inputs, out: Path
) -> None:
    """No file of the earlier run is left among the new: its other day of grants is gone."""
    out.mkdir()
    reward_run(**inputs, out=out)
    assert [path.name for path in (out / "grants").iterdir()] == ["2019-10-05.parquet"]

    row = row_of("payment", 1, None, ("paypay", "code"), 1, 1, 11_000, at("2019-12-24 12:00"))
    PaymentsFile(rows=[row]).write(inputs["payments"][0].parent)
    reward_run(**inputs, out=out)
    assert [path.name for path in (out / "grants").iterdir()] == ["2019-12-24.parquet"]


def test_too_many_payments_for_the_memory_of_the_duckdb_engine_are_told_and_lose_nothing(
    inputs: Inputs, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise duckdb.OutOfMemoryException("Out of Memory Error: failed to pin block")

    run(**inputs, out=out, engine="duckdb")
    before = fingerprint(out)
    monkeypatch.setattr(windowed, "earned", full)
    with refused("engine_out_of_memory", memory_bytes=1 << 30):
        run(**inputs, out=out, engine="duckdb")
    assert fingerprint(out) == before
