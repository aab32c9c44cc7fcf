"""Every engine agrees with the oracle on every row of a month of a million rows."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.engine.rewards import results
from tests.engine.rewards.months import Month, month
from tests.engine.rewards.oracle import GRANTS, Told

ROWS = 1_000_000


@pytest.fixture(scope="module")
def october() -> Month:
    return month(ROWS)


@pytest.fixture(scope="module")
def told(october: Month) -> Told:
    return october.told()


@pytest.fixture(scope="module")
def expected(told: Told) -> pa.Table:
    schema = results.grants_schema(told)
    columns = [pa.array([grant[column] for grant in told.grants], schema.field(column).type) for column in GRANTS]
    return pa.table(columns, schema=schema)


@pytest.fixture(scope="module")
def inputs(october: Month, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return october.write(tmp_path_factory.mktemp("october"))


@pytest.fixture(scope="module")
def out(reward_run: Callable[..., Any], inputs: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The result of one run over the month, kept for every test of this engine."""
    out = tmp_path_factory.mktemp("month") / "out"
    reward_run(**inputs, out=out)
    return out


def test_the_month_is_hard_enough(told: Told) -> None:
    """2–5 % of payments meet a cap, a fifth of stores is not enrolled, and one member fills a hundredth of the rows."""
    count = len(told.grants)
    reasons = {reason: sum(grant["reason"] == reason for grant in told.grants) / count for reason in ("capped", "ok")}
    assert 0.02 <= reasons["capped"] <= 0.05
    assert reasons["ok"] > 0.6
    assert sum(grant["member_id"] == 1 for grant in told.grants) > count / 120
    assert told.doubled_rows > 400
    assert len(told.rejected) > 700


def test_every_payment_of_the_month_is_granted_what_the_oracle_says(out: Path, expected: pa.Table) -> None:
    """P-35, P-37: every column of every row, in the order of paid_at, then payment_id."""
    table = results.grants_table(out)
    assert table.schema.remove_metadata() == expected.schema
    assert len(table) == len(expected)
    for column in GRANTS:
        assert table[column].equals(expected[column]), column


def test_every_day_has_its_file(out: Path, told: Told) -> None:
    days = {day.isoformat(): len(list(rows)) for day, rows in groupby(told.grants, key=lambda grant: grant["paid_on"])}
    written = {path.stem: pq.read_metadata(path).num_rows for path in (out / "grants").iterdir()}
    assert written == days


def test_claims_and_refused_rows_of_the_month_are_the_oracles(out: Path, told: Told) -> None:
    assert results.claims(out) == told.claims
    assert results.rejected(out) == told.rejected
