"""How fast a reward campaign is computed, beside others' ways to compute it and beside reading and writing alone.

    python -m benchmarks.rewards [--rows 1 20 100] [--engines local duckdb …] [--shuffled] [--memory-mib 1024]

`--rows` in millions. Each way runs in a process of its own: wall and CPU seconds, and its peak memory, are of the whole
process. The floor is DuckDB reading the payments, joining the enrolments and writing as many columns, computing
nothing. Ways that hold everything in memory are left out where they would need more than the machine has. Exits 1 if
two ways disagree on a sum.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import rewards_data, rewards_peers

MILLION = 1_000_000
# A way, and up to how many million rows it is tried.
WAYS: dict[str, tuple[Callable[[Path, Path], dict[str, int]] | None, float]] = {
    "floor": (rewards_peers.floor, 1_000),
    "local": (None, 1_000),
    "duckdb": (None, 100),
    "spark": (None, 20),
    "DuckDB SQL": (rewards_peers.duckdb_window, 100),
    "Polars": (rewards_peers.polars_window, 20),
    "pandas": (rewards_peers.pandas_window, 5),
    "PostgreSQL": (rewards_peers.postgresql_window, 5),
    "Python loop": (rewards_peers.python_loop, 1),
}


def child(way: str, folder: Path, memory: int) -> None:
    """Run one way here and print what it took."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        out = Path(scratch)
        started = time.perf_counter()
        peer = WAYS[way][0]
        sums = peer(folder, out) if peer else rewards_peers.engine(way, folder, out, memory)
        wall = time.perf_counter() - started
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        print(
            json.dumps(
                {
                    "wall": sums.pop("wall_ms", int(1000 * wall)) / 1000,
                    "cpu": sum(one.ru_utime + one.ru_stime for one in used),
                    "peak_mib": max(one.ru_maxrss for one in used) / 1024,
                    "sums": sums,
                }
            )
        )


def measured(way: str, folder: Path, memory: int) -> dict[str, Any]:
    """What a way took, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.rewards", "--child", way, "--data", str(folder)]
    done = subprocess.run(
        [*command, "--memory-mib", str(memory >> 20)], check=False, capture_output=True, text=True, env={**os.environ}
    )
    if done.returncode != 0:
        return {"failed": done.stderr.strip().splitlines()[-1][:80] if done.stderr.strip() else "killed"}
    return dict(json.loads(done.stdout.splitlines()[-1]))


def table_of(title: str, rows: int, found: dict[str, dict[str, Any]]) -> Table:
    """What each way took, beside the floor."""
    table = Table(title=title)
    for head in ("way", "seconds", "M rows/s", "CPU s", "CPU × floor", "peak MiB", "granted points"):
        table.add_column(head, justify="left" if head == "way" else "right")
    floor = found.get("floor", {}).get("cpu")
    for way, one in found.items():
        if "failed" in one:
            table.add_row(way, one["failed"])
            continue
        ratio = f"{one['cpu'] / floor:.2f}" if floor else ""
        points = f"{one['sums']['granted_points']:,}" if one["sums"] else ""
        speed = f"{rows / one['wall'] / MILLION:.2f}"
        # PostgreSQL's work is done by its server, whose CPU this process does not see.
        cpu = ("", "") if way == "PostgreSQL" else (f"{one['cpu']:.1f}", ratio)
        table.add_row(way, f"{one['wall']:.1f}", speed, *cpu, f"{one['peak_mib']:,.0f}", points)
    return table


def disagreements(found: dict[str, dict[str, Any]]) -> list[str]:
    """Ways whose sums are not those of the first that has any."""
    told = {way: one["sums"] for way, one in found.items() if one.get("sums")}
    first = next(iter(told.values()), {})
    return [way for way, sums in told.items() if sums != first]


def main() -> int:
    """Make the data, run every way, and say what took how long."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=float, nargs="+", default=[1, 20])
    parser.add_argument("--engines", nargs="+", default=list(WAYS))
    parser.add_argument("--shuffled", action="store_true")
    parser.add_argument("--memory-mib", type=int, default=1024)
    parser.add_argument("--data", type=Path, help="Where the data is kept; a temporary folder if none.")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child, options.data, options.memory_mib << 20)
        return 0
    console, wrong = Console(width=110), False
    for millions in options.rows:
        rows = int(millions * MILLION)
        folder = (options.data or Path(tempfile.mkdtemp())) / f"{rows}{'-shuffled' if options.shuffled else ''}"
        if not (folder / "enrolments.parquet").is_file():
            started = time.perf_counter()
            rewards_data.make(folder, rows, shuffled=options.shuffled)
            console.print(f"{rows:,} rows made in {time.perf_counter() - started:.0f} s")
        found = {}
        for way in options.engines:
            if WAYS[way][1] >= millions:
                found[way] = measured(way, folder, options.memory_mib << 20)
        order = "in no order" if options.shuffled else "in files by day"
        console.print(table_of(f"{rows:,} rows {order}", rows, found))
        if bad := disagreements(found):
            console.print(f"[bold red]other sums: {', '.join(bad)}[/]")
            wrong = True
        if not options.data:
            shutil.rmtree(folder.parent)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
