"""How long and in how much memory the country's registrations are linked, and how well, beside exact matching.

    python -m benchmarks.linkage [--registrations 730000] [--seed 8] [--noise usual]
    python -m benchmarks.linkage --measure [--registrations 200000]

Registrations are made up (tests/engine), of another seed than the tests', with every kind of near miss. Each way runs
in a process of its own whose peak memory is told. The floor is what one would do first: registrations are one place
if their normalised names and addresses are equal. Exits 1 if merges are less than 99 % right, if merges and queue
together find less than 97 %, or, at 730,000 and more, if three minutes or 4 GiB do not suffice.

With `--measure`, what Splink estimates of such registrations (m from the labels, u from 200 million random pairs)
stands beside the weights of the model, which are set by hand (ADR 0014).
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet
from rich.console import Console
from rich.table import Table

from madoguchi.engine.linkage import link, normal_address, normal_name
from madoguchi.engine.linkage.model import COMPARISONS, Level, settings
from madoguchi.engine.linkage.rows import checked, normalised
from madoguchi.engine.linkage.scoring import engine
from tests.engine.registration_writing import CALM, ROUGH, USUAL
from tests.engine.registrations import generated, score

NOISES = {"calm": CALM, "usual": USUAL, "rough": ROUGH}
LEAST_PRECISION, LEAST_RECALL = 0.99, 0.97
COUNTRY, MOST_SECONDS, MOST_MIB = 730_000, 180, 4 * 1024
RANDOM_PAIRS = 200_000_000
MEMORY = "2GB"


def by_equality(table: pa.Table) -> tuple[list[Any], list[str]]:
    """The floor: clusters of equal normalised name and address."""
    keys = [
        (normal_name(row["name"]), normal_address(row["address"])) if row["address"] else ("", row["registration_id"])
        for row in table.to_pylist()
    ]
    return keys, ["auto"] * len(keys)


def child(way: str, file: Path) -> None:
    """Link `file` in this process and print seconds, peak MiB and the score as JSON."""
    labelled = parquet.read_table(file)
    places = labelled["place"].to_pylist()
    table = labelled.drop_columns(["place"])
    facts: dict[str, Any] = {}
    started = time.perf_counter()
    if way == "linkage":
        result = link(table)
        facts = dict(result.counts)
        clusters, decisions = result.rows["cluster_id"], result.rows["decision"]
        taken = time.perf_counter() - started
        found: tuple[Sequence[Any], Sequence[str]] = (clusters.to_pylist(), decisions.to_pylist())
    else:
        found = by_equality(table)
        taken = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    reached = score(places, *found)
    print(json.dumps({"seconds": taken, "mib": peak, **vars(reached), **facts}))


def measured(registrations: int, seed: int, random_pairs: int) -> Table:
    """Splink's own estimates beside the model's weights."""
    from splink import DuckDBAPI, Linker

    labelled = generated(registrations, seed=seed)
    rows = normalised(checked(labelled.table)).append_column("place_label", pa.array(labelled.places))
    with engine(MEMORY) as connection:
        linker = Linker(DuckDBAPI(connection).register(rows), settings(keys=("name",)), log_level=None)
        linker.training.estimate_u_using_random_sampling(random_pairs, seed=seed, min_count_per_level=None)
        linker.training.estimate_m_from_label_column("place_label")
        model = linker.misc.save_model_to_json()
    shown = Table("comparison", "level", "m", "u", "bits measured", "bits set", title=f"{random_pairs:,} random pairs")
    for comparison in model["comparisons"]:
        ours = {level.name: level for level in COMPARISONS[comparison["output_column_name"]]}
        for level in comparison["comparison_levels"]:
            if not level.get("is_null_level"):
                shown.add_row(comparison["output_column_name"], *_figures(level, ours[level["label_for_charts"]]))
    return shown


def _figures(found: dict[str, Any], ours: Level) -> list[str]:
    # Splink leaves a value alone of which it met no pair.
    set_by_hand = ours.as_splink()
    m, u = (
        0.0 if found.get(name) == set_by_hand[name] else found.get(name, 0.0)
        for name in ("m_probability", "u_probability")
    )
    bits = f"{math.log2(m / u):.1f}" if m and u else ""
    return [ours.name, f"{m:.2g}" if m else "not met", f"{u:.2g}" if u else "not met", bits, f"{ours.bits:g}"]


def main() -> int:
    """Measure and print; 1 if anything is not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--registrations", type=int, default=COUNTRY)
    parser.add_argument("--seed", type=int, default=8)
    parser.add_argument("--noise", choices=NOISES, default="usual")
    parser.add_argument("--measure", action="store_true")
    parser.add_argument("--random-pairs", type=int, default=RANDOM_PAIRS, help="with --measure")
    parser.add_argument("--child", nargs=2, default=())
    options = parser.parse_args()
    if options.child:
        child(options.child[0], Path(options.child[1]))
        return 0
    console = Console(width=120)
    if options.measure:
        console.print(measured(options.registrations, options.seed, options.random_pairs))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "registrations.parquet"
        labelled = generated(options.registrations, seed=options.seed, noise=NOISES[options.noise])
        parquet.write_table(labelled.table.append_column("place", pa.array(labelled.places)), file)
        del labelled
        return compared(console, file, options.registrations)


def compared(console: Console, file: Path, registrations: int) -> int:
    """Both ways in their own processes; 1 if linkage is not as it should be."""
    head = (
        "way",
        "seconds",
        "peak MiB",
        "precision of merges",
        "recall, merged",
        "recall, merged + queue",
        "to review",
    )
    shown = Table(*head, title=f"{registrations:,} registrations")
    found: dict[str, Any] = {}
    for way, name in (("equality", "equal name and address (floor)"), ("linkage", "linkage")):
        command = [sys.executable, "-m", "benchmarks.linkage", "--child", way, str(file)]
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        rates = [f"{found[name]:.4f}" for name in ("precision", "automatic", "recall")]
        queue = f"{found['pairs_to_review']:,} pairs" if "pairs_to_review" in found else ""
        shown.add_row(name, f"{found['seconds']:.1f}", f"{found['mib']:,.0f}", *rates, queue)
    console.print(shown)
    wrong = []
    if found["precision"] < LEAST_PRECISION:
        wrong.append(f"precision {found['precision']:.4f} is below {LEAST_PRECISION}")
    if found["recall"] < LEAST_RECALL:
        wrong.append(f"recall {found['recall']:.4f} is below {LEAST_RECALL}")
    if registrations >= COUNTRY and (found["seconds"] > MOST_SECONDS or found["mib"] > MOST_MIB):
        wrong.append(f"more than {MOST_SECONDS} s or {MOST_MIB} MiB")
    for line in wrong:
        console.print(f"WRONG: {line}", style="bold red")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
