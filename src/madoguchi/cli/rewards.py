"""`madoguchi rewards`: what every payment of a campaign earns."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from madoguchi.cli.output import console
from madoguchi.cli.rewards_explain import explain_command
from madoguchi.cli.rewards_suspicious import suspicious_command
from madoguchi.core.errors import Refusal

if TYPE_CHECKING:
    from madoguchi.engine.rewards import RunReport

HELP = "Reward campaigns: what every payment earns, exact to the yen."
STEPS = {
    "scan": "Reading payments",
    "doubles": "Looking into repeated ids",
    "grants": "Granting, day by day",
}
UNITS = {"": 1, "K": 1000, "M": 1000**2, "G": 1000**3, "KI": 1 << 10, "MI": 1 << 20, "GI": 1 << 30}
app = typer.Typer(no_args_is_help=True, help=HELP)


@app.callback()
def _group() -> None:
    """Reward campaigns: what every payment earns, exact to the yen."""


app.command("suspicious")(suspicious_command)
app.command("explain")(explain_command)


@app.command("run")
def run_command(
    enrolments: Annotated[Path, typer.Option(help="Which place takes part from when to when, at which rate.")],
    out: Annotated[Path, typer.Option(help="The folder of the results; an earlier run's is replaced as a whole.")],
    payments: Annotated[list[Path], typer.Option(help="Files or folders of payments, Parquet or CSV.")],
    more: Annotated[list[Path] | None, typer.Argument(help="More of them.", metavar="[PAYMENTS]...")] = None,
    services: Annotated[Path | None, typer.Option(help="The services and their caps; those of 2019 if none.")] = None,
    campaign: Annotated[Path | None, typer.Option(help="A campaign in TOML; the programme of 2019 if none.")] = None,
    holds: Annotated[Path | None, typer.Option(help="Payments on hold: a table with payment_id.")] = None,
    engine: Annotated[str, typer.Option(help="local, duckdb or spark: all give the same bytes.")] = "local",
    memory: Annotated[str, typer.Option(help="What a run may use, such as 512MiB or 2GiB.")] = "1GiB",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Compute grants, claims and a report of a campaign from payments (P-34 to P-38).

    OUT gets grants/*.parquet (a row for each payment), claims.csv, rejected.csv (rows refused, with the reason) and
    run.json. Exit status 2 if an input cannot be taken; then what stood in OUT stands there still.
    """
    from madoguchi.engine.rewards import run

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    errors = Console(stderr=True)
    shown = Progress(*columns, TimeRemainingColumn(), console=errors, transient=True, disable=not errors.is_terminal)
    with shown as progress:
        task = progress.add_task("Opening files", total=None)

        def show(step: str, done: int, whole: int) -> None:
            progress.update(task, description=STEPS.get(step, step), completed=done, total=whole)

        report = run(
            payments=[*payments, *(more or [])],
            enrolments=enrolments,
            services=services,
            campaign=campaign,
            holds=holds,
            out=out,
            engine=engine,
            memory=memory_bytes(memory),
            progress=show,
        )
    if as_json:
        typer.echo(json.dumps(asdict(report), ensure_ascii=False))
        return
    _print(report)


@app.command("compare")
def compare_command(
    before: Annotated[Path, typer.Argument(help="The folder of the last approved run.")],
    after: Annotated[Path, typer.Argument(help="The folder of the new run.")],
    out: Annotated[Path, typer.Option(help="Where the adjustments are written, as Parquet.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Write what changes from one run to the next: one row for each payment whose points differ."""
    from madoguchi.engine.rewards import compare

    found = asdict(compare(before, after, out))
    if as_json:
        typer.echo(json.dumps(found))
        return
    table = Table(show_header=False)
    for name, value in found.items():
        table.add_row(name.replace("_", " "), f"{value:,}")
    console().print(table)


def memory_bytes(text: str) -> int:
    """Bytes of `1GiB`, `512 MB`, `1.5g` or a plain number. Raises Refusal `memory_unreadable`."""
    found = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([KMG]?I?)B?\s*", text.upper())
    if found is None or found[2] not in UNITS:
        raise Refusal("memory_unreadable", memory=text)
    return int(float(found[1]) * UNITS[found[2]])


def _print(report: RunReport) -> None:
    table = Table(title=str(report.campaign["name"]), show_header=False)
    for name, value in {**report.counts, **report.totals}.items():
        table.add_row(name.replace("_", " "), f"{value:,}")
    table.add_section()
    table.add_row("seconds", f"{report.seconds:,.1f}")
    table.add_row("peak memory, MiB", f"{report.peak_memory_bytes / (1 << 20):,.0f}")
    console().print(table)
