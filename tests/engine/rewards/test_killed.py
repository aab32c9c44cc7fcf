"""A run that is killed leaves either the old result or the new one, never a half."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from madoguchi.engine.rewards import run
from tests.engine.rewards.results import fingerprint
from tests.engine.rewards.worlds import at, row_of
from tests.engine.rewards.writing import PaymentsFile, World, services_2019

# Kills itself, as nothing else can be so exact, when the named function is called for the n-th time.
KILLED = """
import os, signal, sys
from pathlib import Path
from madoguchi.engine.rewards import running, publishing, grants, run
from madoguchi.engine.rewards import local  # so that its names are there to replace

owner, name, times, when = sys.argv[1:5]
module = {"publishing": publishing, "running": running, "grants": grants.GrantsWriter, "local": local}[owner]
real, calls = getattr(module, name), []

def killing(*given, **named):
    calls.append(1)
    if len(calls) == int(times) and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    done = real(*given, **named)
    if len(calls) == int(times):
        os.kill(os.getpid(), signal.SIGKILL)
    return done

setattr(module, name, killing)
payments, enrolments, services, out = map(Path, sys.argv[5:9])
run(payments=[payments], enrolments=enrolments, services=services, out=out)
"""


def inputs(folder: Path, yen: int) -> dict[str, Any]:
    folder.mkdir()
    rows = [
        row_of("payment", number, None, ("paypay", "code"), 1, 1, yen, at(f"2019-10-{number:02} 12:00"))
        for number in range(1, 29)
    ]
    shop = {"store_id": 1, "service_id": "*", "rate_bps": 500, "starts_on": date(2019, 10, 1), "ends_on": None}
    return World([PaymentsFile(rows=rows)], [shop], services_2019()).write(folder)


def kill(given: dict[str, Any], out: Path, *point: str) -> None:
    """Run with these inputs in another process, which is killed at the point."""
    (payments,) = given["payments"]
    command = [sys.executable, "-c", KILLED, *point, payments, given["enrolments"], given["services"], out]
    ended = subprocess.run([str(word) for word in command], check=False, env={**os.environ}, timeout=120)
    assert ended.returncode == -signal.SIGKILL


@pytest.mark.parametrize(
    ("point", "is_new"),
    [
        pytest.param(("running", "open_payments", "1", "after"), False, id="files opened"),
        pytest.param(("local", "scan", "1", "after"), False, id="read"),
        pytest.param(("grants", "open_day", "14", "after"), False, id="half of the days written"),
        pytest.param(("running", "write_rows", "1", "after"), False, id="one table written"),
        pytest.param(("running", "write_facts", "1", "after"), False, id="everything written"),
        pytest.param(("publishing", "put_in_place", "1", "before"), False, id="about to be put in place"),
        pytest.param(("publishing", "_exchange", "1", "after"), True, id="put in place"),
    ],
)
def test_a_killed_run_leaves_the_old_result_or_the_new_one(tmp_path: Path, point: tuple[str, ...], is_new: bool):
    out = tmp_path / "out"
    before, now = inputs(tmp_path / "a", 1_000), inputs(tmp_path / "b", 2_000)
    run(**now, out=tmp_path / "expected")
    run(**before, out=out)
    old, new = fingerprint(out), fingerprint(tmp_path / "expected")
    assert old != new

    kill(now, out, *point)

    found = fingerprint(out)
    if is_new:
        # The report alone tells of its own time and memory.
        assert set(found) == set(new)
        assert {name: found[name] for name in found if name != "run.json"} == {
            name: new[name] for name in new if name != "run.json"
        }
    else:
        assert found == old


def test_what_a_killed_run_left_behind_is_gone_after_the_next(tmp_path: Path):
    given = inputs(tmp_path / "a", 1_000)
    (tmp_path / "results").mkdir()
    out = tmp_path / "results" / "out"

    kill(given, out, "running", "write_facts", "1", "after")
    assert not out.exists()
    assert len(list(out.parent.iterdir())) == 1

    run(**given, out=out)
    assert list(out.parent.iterdir()) == [out]
