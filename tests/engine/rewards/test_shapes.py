"""Months of unusual shape: nearly all rows capped, one member only, one instant only, ids that are text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from tests.engine.rewards import results
from tests.engine.rewards.months import Month, month
from tests.engine.rewards.writing import services_2019

ROWS = 30_000
MIB = 1 << 20


def capped_at_one_point(made: Month) -> Month:
    """Every payment but each window's first point is capped."""
    low = [row | {"cap_amount": 1, "cap_unit": "point", "cap_period": "programme"} for row in services_2019()]
    return replace(made, services=low)


def of_one_member(made: Month) -> Month:
    return made.with_column("member_id", lambda column: pc.if_else(pc.is_valid(column), 5, column))


def in_one_instant(made: Month) -> Month:
    """All payments are a tie, decided by payment_id alone."""
    return made.with_column(
        "paid_at", lambda column: pa.chunked_array([pa.array([column[0].as_py()] * len(column), column.type)])
    )


def with_text_ids(made: Month) -> Month:
    """Numbers as text sort otherwise than as numbers, and a letter in one file makes text of all."""
    for column in ("payment_id", "original_payment_id", "member_id"):
        made = made.with_column(column, lambda values: values.cast(pa.string()))
    return made.with_column("member_id", lambda values: pc.binary_join_element_wise("会員", values, ""))


def with_text_in_one_file(made: Month) -> Month:
    """One small file holds its payment ids as text, the others as integers."""
    name = list(made.files)[-1]
    alone = replace(made, files={name: made.files[name]})
    for column in ("payment_id", "original_payment_id"):
        alone = alone.with_column(column, lambda values: values.cast(pa.string()))
    return replace(made, files=made.files | alone.files)


@pytest.mark.parametrize("memory", [64 * MIB, 1024 * MIB])
@pytest.mark.parametrize(
    "shape", [capped_at_one_point, of_one_member, in_one_instant, with_text_ids, with_text_in_one_file]
)
def test_every_row_agrees_with_the_oracle(
    reward_run: Callable[..., Any], tmp_path: Path, shape: Callable[[Month], Month], memory: int
) -> None:
    made = shape(month(ROWS, seed=11))
    told = made.told()

    reward_run(**made.write(tmp_path), out=tmp_path / "out", memory=memory)

    assert results.rejected(tmp_path / "out") == told.rejected
    assert results.grants_by_day(tmp_path / "out") == results.told_by_day(told)
    assert results.claims(tmp_path / "out") == told.claims
