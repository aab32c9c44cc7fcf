"""The same inputs give the same bytes, whatever the order, the engine, the memory or the shape of the files."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.engine.rewards.months import Month, month
from tests.engine.rewards.results import fingerprint, rejected
from tests.engine.rewards.worlds import JST
from tests.engine.rewards.writing import COLUMNS

Run = Callable[..., Any]
TOLD = ("grants", "claims.csv", "rejected.csv")
MIB = 1 << 20


@pytest.fixture(scope="module")
def week() -> Month:
    return month(60_000, seed=7)


@pytest.fixture(scope="module")
def inputs(week: Month, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return week.write(tmp_path_factory.mktemp("inputs"))


@pytest.fixture(scope="module")
def expected(inputs: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The bytes of a run as it is by default."""
    from madoguchi.engine.rewards import run

    out = tmp_path_factory.mktemp("expected") / "out"
    run(**inputs, out=out)
    told = fingerprint(out, *TOLD)
    assert len(told) > 30
    return told


def test_every_engine_writes_the_same_bytes(
    reward_run: Run, inputs: dict[str, Any], expected: dict[str, str], out: Path
) -> None:
    reward_run(**inputs, out=out)
    assert fingerprint(out, *TOLD) == expected


def test_a_second_run_into_the_same_folder_writes_the_same_bytes(
    reward_run: Run, inputs: dict[str, Any], expected: dict[str, str], out: Path
) -> None:
    for _ in range(2):
        reward_run(**inputs, out=out)
        assert fingerprint(out, *TOLD) == expected


def test_the_order_in_which_files_are_named_does_not_matter(
    reward_run: Run, inputs: dict[str, Any], expected: dict[str, str], out: Path
) -> None:
    files = sorted(inputs["payments"][0].iterdir(), reverse=True)
    reward_run(**{**inputs, "payments": [*files[1:], files[0]]}, out=out)
    assert fingerprint(out, *TOLD) == expected


@pytest.mark.parametrize("memory", [64 * MIB, 256 * MIB, 4 << 30])
def test_the_memory_allowed_does_not_matter(
    reward_run: Run, inputs: dict[str, Any], expected: dict[str, str], out: Path, memory: int
) -> None:
    reward_run(**inputs, out=out, memory=memory)
    assert fingerprint(out, *TOLD) == expected


@pytest.mark.parametrize("group_rows", [997, 1_000_000])
def test_the_row_groups_of_the_files_do_not_matter(
    reward_run: Run, week: Month, expected: dict[str, str], tmp_path: Path, group_rows: int
) -> None:
    reward_run(**week.write(tmp_path / "again", group_rows), out=tmp_path / "out")
    assert fingerprint(tmp_path / "out", *TOLD) == expected


def test_rows_dealt_out_to_other_files_give_the_same_grants_and_claims(
    reward_run: Run, week: Month, inputs: dict[str, Any], expected: dict[str, str], tmp_path: Path
) -> None:
    """Only where a refused row stood is told otherwise; how many of each reason is not."""
    rows = pa.concat_tables(week.files.values())
    rows = rows.take(pa.array(range(len(rows) - 1, -1, -1)))
    folder = tmp_path / "dealt"
    folder.mkdir()
    for number in range(7):
        pq.write_table(rows.slice(number * 9_000, 9_000), folder / f"{number}.parquet")
    reward_run(**{**inputs, "payments": [folder]}, out=tmp_path / "out")

    assert without_rejected(fingerprint(tmp_path / "out", *TOLD)) == without_rejected(expected)
    assert sorted(row[2] for row in rejected(tmp_path / "out")) == sorted(row[2] for row in week.told().rejected)


def test_parquet_and_csv_give_the_same_grants_and_claims(
    reward_run: Run, week: Month, inputs: dict[str, Any], expected: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "sheets"
    folder.mkdir()
    for name, table in week.files.items():
        with (folder / f"{Path(name).stem}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            for *facts, paid_at in zip(*(table[column].to_pylist() for column in COLUMNS), strict=True):
                told = ["" if fact is None else fact for fact in facts]
                writer.writerow([*told, paid_at.replace(tzinfo=JST).isoformat()])
    reward_run(**{**inputs, "payments": [folder]}, out=tmp_path / "out")

    assert without_rejected(fingerprint(tmp_path / "out", *TOLD)) == without_rejected(expected)


@pytest.mark.parametrize("text", [pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())])
def test_the_order_of_columns_further_columns_and_kinds_of_text_do_not_matter(
    reward_run: Run, week: Month, inputs: dict[str, Any], expected: dict[str, str], tmp_path: Path, text: pa.DataType
) -> None:
    """Each library that writes Parquet has its own habits."""
    folder = tmp_path / "other"
    folder.mkdir()
    for name, table in week.files.items():
        columns = {"till": pa.array(["A-1"] * len(table))}
        for column in reversed(COLUMNS):
            is_text = pa.types.is_string(table.schema.field(column).type)
            columns[column] = table[column].cast(text) if is_text else table[column]
        pq.write_table(pa.table(columns), folder / name)
    reward_run(**{**inputs, "payments": [folder]}, out=tmp_path / "out")

    assert fingerprint(tmp_path / "out", *TOLD) == expected


def test_a_folder_is_read_at_any_depth_but_for_what_is_hidden_or_no_table(
    reward_run: Run, week: Month, inputs: dict[str, Any], expected: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "lake"
    (folder / "2019" / "10").mkdir(parents=True)
    (folder / ".cache").mkdir()
    for depth, (name, table) in zip(("", "2019", "2019/10", ""), week.files.items(), strict=True):
        pq.write_table(table, folder / depth / name)
    for name in (".part-9.parquet", ".cache/part-0.parquet", "_SUCCESS", "notes.txt", ".hidden.csv"):
        (folder / name).write_bytes(b"no table")
    reward_run(**{**inputs, "payments": [folder]}, out=tmp_path / "out")

    assert without_rejected(fingerprint(tmp_path / "out", *TOLD)) == without_rejected(expected)
    names = {name for name, _, _ in rejected(tmp_path / "out")}
    assert names == {"part-0.parquet", "2019/part-1.parquet", "2019/10/part-2.parquet"} | (names & {"part-3.parquet"})


def without_rejected(told: dict[str, str]) -> dict[str, str]:
    return {name: digest for name, digest in told.items() if name != "rejected.csv"}
