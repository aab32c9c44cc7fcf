"""Spark as a cluster: a standalone master with two workers, one of which is killed while it works (issue 5)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest

from madoguchi.engine.rewards import run
from tests.conftest import refused
from tests.engine.rewards.results import fingerprint
from tests.engine.rewards.spark_cluster import BREATH_SECONDS, Cluster, standalone, wait_for
from tests.engine.rewards.test_engines_agree import CASES, RESULTS, world

MEMORY = 512 << 20
WITH_FURTHER_CAPS = "caps of places by month, of members by quarter, and a budget"


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with standalone(tmp_path_factory.mktemp("cluster")) as started:
        yield started


@pytest.fixture
def cluster(master: Cluster, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """Two workers; runs in this process go to their master."""
    master.complete()
    monkeypatch.setenv("MADOGUCHI_SPARK_MASTER", master.url)
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    return master


def given_for(name: str, tmp_path: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """Inputs of a run, and what the local engine makes of them."""
    given = world(CASES[name]).write(tmp_path / "given")
    given["campaign"] = CASES[name].campaign
    run(**given, out=tmp_path / "local")
    return given, fingerprint(tmp_path / "local", *RESULTS)


@pytest.mark.server
def test_a_worker_killed_when_the_first_day_is_written_changes_nothing(cluster: Cluster, tmp_path: Path) -> None:
    """Its rows are made again by the other, and the days that it had written are the same when written twice."""
    given, expected = given_for("numbers", tmp_path)
    days = sum(path.startswith("grants/") for path in expected)
    killed: list[int] = []
    seen: list[int] = []

    def kill(written: Path) -> None:
        wait_for(lambda: any(written.iterdir()), "the first day", BREATH_SECONDS)
        killed.extend(cluster.kill_one())
        seen.append(len(list(written.iterdir())))

    with ThreadPoolExecutor(1) as beside:

        def progress(step: str, done: int, whole: int) -> None:
            if step == "grants" and not done:
                (written,) = tmp_path.glob(".rewards-out-*/grants")
                watching.append(beside.submit(kill, written))

        watching: list[Future[None]] = []
        run(**given, out=tmp_path / "out", engine="spark", memory=MEMORY, progress=progress)
        watching[0].result()

    assert len(killed) == 2
    assert not any(_is_alive(pid) for pid in killed)
    assert 0 < seen[0] < days
    assert fingerprint(tmp_path / "out", *RESULTS) == expected
    assert sorted(path.name for path in tmp_path.iterdir()) == ["given", "local", "out"]


@pytest.mark.server
def test_a_worker_killed_with_the_joins_that_it_kept_changes_nothing(cluster: Cluster, tmp_path: Path) -> None:
    """What it had joined is gone with its disk and is made again, for further caps, too."""
    given, expected = given_for(WITH_FURTHER_CAPS, tmp_path)
    killed: list[int] = []

    def progress(step: str, done: int, whole: int) -> None:
        # All rows are read and joined, none is priced.
        if step == "grants" and not killed:
            killed.extend(cluster.kill_one())

    run(**given, out=tmp_path / "out", engine="spark", memory=MEMORY, progress=progress)

    assert len(killed) == 2
    assert not any(_is_alive(pid) for pid in killed)
    assert fingerprint(tmp_path / "out", *RESULTS) == expected


def test_without_pyspark_a_run_is_refused_and_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)

    with refused("spark_missing", missing="pyspark"):
        run(**world(CASES["numbers"]).write(tmp_path / "given"), out=tmp_path / "out", engine="spark")

    assert sorted(path.name for path in tmp_path.iterdir()) == ["given"]


def test_without_java_a_run_is_refused_and_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))

    with refused("spark_missing", missing="java"):
        run(**world(CASES["numbers"]).write(tmp_path / "given"), out=tmp_path / "out", engine="spark")

    assert not (tmp_path / "out").exists()


def _is_alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
