"""`madoguchi rewards suspicious`: which payments should be held, by which rule, on which evidence."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from madoguchi.cli.output import console
from madoguchi.core.errors import Refusal

if TYPE_CHECKING:
    import pyarrow as pa

ENDINGS = (".parquet", ".csv")


def suspicious_command(
    payments: Annotated[list[Path], typer.Option(help="Files or folders of payments, Parquet or CSV.")],
    out: Annotated[Path, typer.Option(help="The file of holds, .parquet or .csv.")],
    more: Annotated[list[Path] | None, typer.Argument(help="More payments.", metavar="[PAYMENTS]...")] = None,
    places: Annotated[
        Path | None, typer.Option(help="store_id, trade, municipality, opening_from, opening_to of each place.")
    ] = None,
    rules: Annotated[Path | None, typer.Option(help="The rules' figures in TOML; those of 2019 if none.")] = None,
    memory: Annotated[str, typer.Option(help="What may be used, such as 512MiB or 2GiB.")] = "1GiB",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Look for payments that should be held, and write them for `madoguchi rewards run --holds`.

    OUT gets a row for each payment and rule, with a score and the evidence; it is written whole or not at all. Exit
    status 2 if an input cannot be taken.
    """
    from madoguchi.cli.rewards import memory_bytes
    from madoguchi.engine.suspicion import find, read_rules

    if out.suffix.lower() not in ENDINGS:
        raise Refusal("out_format_unknown", out=str(out), known=" ".join(ENDINGS))
    started = time.perf_counter()
    with Console(stderr=True).status("Looking for suspicious payments"):
        held = find(
            [*payments, *(more or [])],
            places,
            rules=read_rules(rules) if rules else None,
            memory=memory_bytes(memory),
        )
    _write(held, out)
    seconds = round(time.perf_counter() - started, 1)
    facts = _facts(held)
    if as_json:
        typer.echo(json.dumps({**facts, "seconds": seconds}, ensure_ascii=False))
        return
    _print(facts, seconds)


def _facts(held: pa.Table) -> dict[str, Any]:
    """Payments held in all and by rule: a payment that several rules hold counts for each of them."""
    by_rule: dict[str, int] = {}
    for rule in held["rule"].to_pylist():
        by_rule[rule] = by_rule.get(rule, 0) + 1
    return {"payments_held": len(held["payment_id"].unique()), "by_rule": dict(sorted(by_rule.items()))}


def _write(held: pa.Table, out: Path) -> None:
    """The file under another name first, so that a reader never finds half of it."""
    from pyarrow import csv, parquet

    part = out.with_name(f".{out.name}-{os.getpid()}")
    try:
        if out.suffix.lower() == ".csv":
            csv.write_csv(held, part)
        else:
            parquet.write_table(held, part)
        part.replace(out)
    except OSError as error:
        raise Refusal("out_unwritable", out=str(out), reason=error.strerror) from error
    finally:
        part.unlink(missing_ok=True)


def _print(facts: dict[str, Any], seconds: float) -> None:
    from madoguchi.engine.suspicion import SENTENCES

    table = Table("rule", "payments", "what it looks for", title=f"{facts['payments_held']:,} payments to hold")
    for rule, count in facts["by_rule"].items():
        table.add_row(rule, f"{count:,}", SENTENCES[rule]["en"])
    table.caption = f"{seconds:,.1f} seconds"
    console().print(table)
