"""How well fraud is found in made-up months, rule by rule, and how fast.

    python -m benchmarks.suspicion [--payments 1000000] [--seeds 701,702,703,704,705] [--memory 1GiB]

The months (tests/engine/suspicion) are of other seeds than those on which the figures of the rules were chosen. Each is
searched in a process of its own whose peak memory is told. Recall of a rule is told twice: of its own kind of fraud
what the rule itself finds, and what any rule finds; its precision is of the payments it holds those that are fraud of
any kind. Exits 1 if over all months less than 90 % of fraud is held, or more than 0.1 % of payments.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from madoguchi.cli.rewards import memory_bytes
from madoguchi.engine.suspicion import find
from tests.engine.suspicion.judging import THIRDS, judged
from tests.engine.suspicion.month import generated

LEAST_RECALL, MOST_HELD = 0.9, 0.001


def child(memory: int, folder: Path) -> None:
    """Search one month, written before, and print seconds and peak memory; the holds stand beside it."""
    from pyarrow import parquet

    started = time.perf_counter()
    held = find([folder / "payments.parquet"], folder / "places.parquet", memory=memory)
    seconds = time.perf_counter() - started
    parquet.write_table(held, folder / "holds.parquet")
    print(json.dumps({"seconds": seconds, "mib": peak_mib()}))


def peak_mib() -> float:
    """The most memory this process has used; what the kernel tells of resources counts the parent's, too."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def month(payments: int, seed: int, memory: int) -> tuple[dict[str, Any], Counter[str]]:
    """Seconds, MiB and rows of a month, and the counts that it is judged by."""
    from pyarrow import parquet

    with tempfile.TemporaryDirectory(prefix="suspicion-") as scratch:
        folder = Path(scratch)
        made = generated(payments, seed=seed)
        made.write(folder)
        facts = {"rows": len(made.payments)}
        command = [sys.executable, "-m", "benchmarks.suspicion", "--child", scratch, "--memory", str(memory)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        return {**facts, **json.loads(done.stdout)}, judged(made, parquet.read_table(folder / "holds.parquet"))


def shown(counts: Counter[str], kinds: list[str]) -> Table:
    """Precision and recall of each rule and of all."""
    table = Table("rule", "fraud", "found by the rule", "found by any", "held by the rule", "of them fraud")
    for kind in [*kinds, "all"]:
        whole, held = counts[f"{kind}:fraud"], counts[f"{kind}:held"]
        table.add_row(
            kind,
            f"{whole:,}",
            f"{counts[f'{kind}:found'] / whole:.1%}" if whole else "",
            f"{counts[f'{kind}:found_by_any'] / whole:.1%}" if whole else "",
            f"{held:,}",
            f"{counts[f'{kind}:right'] / held:.1%}" if held else "",
        )
    return table


def main() -> int:
    """Measure and print; 1 if the aim is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--payments", type=int, default=1_000_000)
    parser.add_argument("--seeds", default="701,702,703,704,705")
    parser.add_argument("--memory", default="1GiB")
    parser.add_argument("--child", type=Path)
    options = parser.parse_args()
    memory = memory_bytes(options.memory)
    if options.child:
        child(memory, options.child)
        return 0
    console, counts = Console(width=120), Counter[str]()
    months = Table("seed", "payments", "recall", "precision", "share held", "seconds", "rows/s", "peak MiB")
    for seed in map(int, options.seeds.split(",")):
        facts, found = month(options.payments, seed, memory)
        counts += found
        months.add_row(
            str(seed),
            f"{found['all:payments']:,}",
            f"{found['all:found'] / found['all:fraud']:.1%}",
            f"{found['all:right'] / found['all:held']:.1%}",
            f"{found['all:held'] / found['all:payments']:.3%}",
            f"{facts['seconds']:.1f}",
            f"{facts['rows'] / facts['seconds']:,.0f}",
            f"{facts['mib']:,.0f}",
        )
    kinds = sorted({name.partition(":")[0] for name in counts} - {"all", *THIRDS})
    console.print(months)
    console.print(shown(counts, kinds))
    thirds = Table("cases", "fraud", "found")
    for third in THIRDS:
        whole = counts[f"{third}:fraud"]
        thirds.add_row(third, f"{whole:,}", f"{counts[f'{third}:found'] / whole:.1%}")
    console.print(thirds)
    recall = counts["all:found"] / counts["all:fraud"]
    share = counts["all:held"] / counts["all:payments"]
    return 0 if recall >= LEAST_RECALL and share <= MOST_HELD else 1


if __name__ == "__main__":
    sys.exit(main())
