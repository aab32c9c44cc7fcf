"""Spark agrees with the oracle: on made-up worlds, and on every row of the month of a million.

A check looks at a handful of worlds, since each takes Spark seconds; MADOGUCHI_SPARK_WORLDS=200 looks at as many as the
other engines are held against.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, settings

from madoguchi.engine.rewards import run
from tests.engine.rewards.conftest import WORLDS
from tests.engine.rewards.test_month import (  # noqa: F401  # the same month and the same questions
    expected,
    inputs,
    october,
    out,
    test_claims_and_refused_rows_of_the_month_are_the_oracles,
    test_every_day_has_its_file,
    test_every_payment_of_the_month_is_granted_what_the_oracle_says,
    told,
)
from tests.engine.rewards.test_worlds import agree
from tests.engine.rewards.worlds import worlds
from tests.engine.rewards.writing import World

pytestmark = pytest.mark.server
COUNT = int(os.environ.get("MADOGUCHI_SPARK_WORLDS", WORLDS["spark"]))


@pytest.fixture(scope="module", autouse=True)
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One Spark on two threads, in which every run has a session of its own."""
    from pyspark.sql import SparkSession

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.master("local[2]")
    for name, value in {
        "spark.driver.memory": "1g",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.log.level": "ERROR",
        "spark.local.dir": str(tmp_path_factory.mktemp("spark")),
    }.items():
        builder = builder.config(name, value)
    started = builder.getOrCreate()
    yield
    started.stop()


@pytest.fixture(scope="module")
def reward_run() -> Callable[..., Any]:
    return partial(run, engine="spark")


def test_every_row_agrees_with_the_oracle_in_made_up_worlds(reward_run: Callable[..., Any]) -> None:
    """P-34, P-35, P-37, P-38: the same rows from rows parted by member."""

    @settings(max_examples=COUNT, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(worlds())
    def check(world: World) -> None:
        note(repr(world))
        agree(reward_run, world)

    check()
