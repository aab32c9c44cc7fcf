"""The engines every test of the reward run is held against."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

# Spark has its own file (test_spark_worlds.py), and in a check a handful of worlds instead of hundreds: it is slow.
ENGINES = ["local", "duckdb"]
WORLDS = {"local": 200, "duckdb": 200, "spark": 6}


@pytest.fixture(params=ENGINES, scope="module")
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def reward_run(engine: str) -> Callable[..., Any]:
    """`run` with the engine under test."""
    from madoguchi.engine.rewards import run

    return partial(run, engine=engine)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"
