"""Every engine agrees with the oracle on every row of hundreds of made-up worlds."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, note, settings

from tests.engine.rewards import results
from tests.engine.rewards.conftest import WORLDS
from tests.engine.rewards.worlds import worlds
from tests.engine.rewards.writing import World


def agree(run: Callable[..., Any], world: World) -> None:
    """A run over the world says what the oracle says, row by row."""
    told = world.told()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        run(**world.write(Path(folder)), out=out)

        assert results.rejected(out) == told.rejected
        assert results.grants_by_day(out) == results.told_by_day(told)
        assert results.claims(out) == told.claims
        for path in (out / "grants").iterdir():
            schema = pq.read_schema(path)
            assert schema.names == results.grants_schema(told).names
            if told.grants:
                assert schema.remove_metadata() == results.grants_schema(told)


def test_every_row_agrees_with_the_oracle_in_every_world(engine: str, reward_run: Callable[..., Any]) -> None:
    """P-34, P-35, P-37, P-38: grants, claims and refusals, whatever the files look like."""

    @settings(max_examples=WORLDS[engine], deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(worlds())
    def check(world: World) -> None:
        note(repr(world))
        agree(reward_run, world)

    check()
