"""`madoguchi demo`: fill a believable month, make a bank statement to try, and remove it all again."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from django.conf import settings
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from madoguchi.cli.output import console
from madoguchi.core.yen import format_yen
from madoguchi.jobs.demo_deposits import Settled, as_csv, deposits_for_town, forget_statements, settle_month
from madoguchi.jobs.demo_month import MOST_PAYMENTS, Filled, Tell, fill_month, plan_for, previous_month
from madoguchi.jobs.demo_provider import NoAnswer, ProviderDesk, open_client
from madoguchi.jobs.demo_removal import remove_demo

app = typer.Typer(no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


@app.command()
def month(
    *,
    payments: Annotated[int, typer.Option(min=1, max=MOST_PAYMENTS, help="How many payments.")] = 50_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same month.")] = 1,
    of: Annotated[str, typer.Option("--month", help="YYYY-MM; the last full month if not given.")] = "",
    url: Annotated[str, typer.Option(help="Where the server answers.")] = f"http://127.0.0.1:{settings.PORT}",
    deposits: Annotated[bool, typer.Option(help="Read in the bank's deposits, too, with a few differences.")] = True,
    as_json: AsJson = False,
) -> None:
    """Fill a month: orders at the tills, payments and refunds through the provider API, payouts and deposits.

    Run again, it adds nothing. Needs a running server that uses this database.
    """
    chosen = _month(of) if of else previous_month()
    beside = Console(stderr=True)
    with _no_answer(), open_client(url) as client:
        desk = ProviderDesk(client)
        desk.check()
        with beside.status("Planning the month…"):
            plan = plan_for(chosen, seed=seed, payments=payments)
        with _bar(beside) as tell:
            filled = fill_month(plan=plan, seed=seed, desk=desk, tell=tell)
    with beside.status("Closing the month and reading in deposits…"):
        settled = settle_month(chosen, with_deposits=deposits)
    if as_json:
        typer.echo(json.dumps({**asdict(filled), "settlement": asdict(settled)}, ensure_ascii=False))
    else:
        console().print(_summary(filled, settled))


@app.command("deposits")
def make_statement(
    town: Annotated[str, typer.Option(help="The municipality's five-digit code, e.g. 10210.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The CSV to write.", dir_okay=False, writable=True)],
) -> None:
    """Write what a town's bank would have said by today and has not been read in: a file to try the upload with."""
    rows = deposits_for_town(town)
    output.write_bytes(as_csv(rows))
    if rows:
        typer.echo(f"{output}: {len(rows)} deposits, {format_yen(sum(row.amount_yen for row in rows))}")
    else:
        typer.echo(f"{output}: no deposits. Either nothing is due, or all is read in; see `demo month --no-deposits`")


@app.command()
def remove(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False, as_json: AsJson = False
) -> None:
    """Remove every demo month with its payouts, deposits and books; the demo's towns, its people and the log stay."""
    if not yes:
        typer.confirm("Remove all demo months from this database?", abort=True)
    gone = remove_demo()
    forget_statements()
    if as_json:
        typer.echo(json.dumps(gone))
        return
    shown = Table("removed", "rows")
    shown.columns[1].justify = "right"
    for name, number in gone.items():
        shown.add_row(name.replace("_", " "), f"{number:,}")
    console().print(shown)


def _month(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007  # a month has no time zone
    except ValueError:
        raise typer.BadParameter("a month is written YYYY-MM, e.g. 2026-10", param_hint="--month") from None


@contextmanager
def _no_answer() -> Iterator[None]:
    try:
        yield
    except NoAnswer as error:
        print(f"madoguchi: {error}", file=sys.stderr)  # noqa: T201  # the command's own output
        raise typer.Exit(2) from error


@contextmanager
def _bar(console: Console) -> Iterator[Tell]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    tasks: dict[str, TaskID] = {}
    with Progress(*columns, console=console) as shown:

        def tell(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = shown.add_task(what, total=total)
            shown.update(tasks[what], completed=done)

        yield tell


def _summary(filled: Filled, settled: Settled) -> Table:
    shown = Table(title=f"Demo month {filled.month}, seed {filled.seed}", show_header=False)
    shown.add_column()
    shown.add_column(justify="right")
    states = ", ".join(f"{number} {state.replace('_', ' ')}" for state, number in settled.by_state.items())
    rows: list[tuple[str, Any]] = [
        ("payments", f"{filled.payments:,}  {format_yen(filled.payments_yen)}"),
        ("of these new", f"{filled.new:,}"),
        ("matched", f"{filled.matched:,}  ({filled.matched_percent} %)"),
        ("booked by hand", f"{filled.booked:,}"),
        ("unmatched", f"{filled.unmatched:,}, {filled.to_clear} to clear"),
        ("refunds", f"{filled.refunds:,}  {format_yen(filled.refunds_yen)}"),
        ("cash orders", f"{filled.cash_orders:,}  {format_yen(filled.cash_yen)}"),
        ("till days closed now", f"{filled.days_closed:,}, {filled.days_over_or_short} over or short"),
        ("payouts", f"{settled.payouts:,}  {format_yen(settled.payouts_yen)}"),
        ("deposits", f"{settled.deposits:,}  {format_yen(settled.deposits_yen)}  {states}".rstrip()),
        ("payments per second", f"{filled.payments_per_second:,}  ({filled.payments_seconds} s of {filled.seconds} s)"),
    ]
    if filled.refused:
        rows.append(("refused", ", ".join(f"{code}: {number}" for code, number in filled.refused.items())))
    for name, value in rows:
        shown.add_row(name, str(value))
    return shown
