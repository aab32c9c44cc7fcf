"""`madoguchi settlement`: close periods, read bank statements, see what is to come, write the books."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from madoguchi.cli.output import console
from madoguchi.core.clock import today
from madoguchi.core.errors import Refusal
from madoguchi.core.ids import short_form
from madoguchi.core.yen import format_yen
from madoguchi.people.access import system_actor
from madoguchi.registry.queries import town_organisation
from madoguchi.settlement import queries
from madoguchi.settlement.agreement import agreement
from madoguchi.settlement.books import Books, books_csv, books_xlsx
from madoguchi.settlement.books import books as make_books
from madoguchi.settlement.closing import close_step_by_step
from madoguchi.settlement.deposits import import_deposits
from madoguchi.settlement.models import Payout

app = typer.Typer(no_args_is_help=True)
ACTOR = system_actor("cli")
DAY = ["%Y-%m-%d"]

Town = Annotated[str, typer.Option("--town", help="Municipality code, five digits, e.g. 10210.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


@app.command()
def close(
    until: Annotated[
        datetime | None, typer.Option(formats=DAY, help="Last day to close; yesterday if left out.")
    ] = None,
    provider: Annotated[str | None, typer.Option(help="Only this provider.")] = None,
    as_json: AsJson = False,
) -> None:
    """Close every period that has ended: work out fees and what each provider will pay out. Safe to run again."""
    day = until.date() if until else today() - timedelta(days=1)
    steps = close_step_by_step(actor=ACTOR, until=day, provider=provider)
    made: list[Payout] = []
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=as_json) as progress:
        task = progress.add_task(f"Closing until {day}")
        for payout in steps:
            made.append(payout)
            progress.update(task, description=f"{len(made)} payouts, {payout.provider_id} {payout.closes_on}")
    if as_json:
        _print_json([_payout_facts(row) for row in made])
        return
    table = _table(f"Closed until {day}", "Provider", "Principal", "Closed", "Due", "=Gross", "=Fee", "=Net")
    for row in made:
        gross, fee = row.payments_yen - row.refunds_yen, row.fee_yen + row.transfer_fee_yen
        names = (row.provider_id, row.principal.name)
        table.add_row(*names, str(row.closes_on), str(row.due_on), *map(format_yen, (gross, fee, row.net_yen)))
    _print(table if made else f"Nothing new to close until {day}.")


@app.command()
def payouts(town: Town, as_json: AsJson = False) -> None:
    """What will be deposited when, less which fee; running periods as they stand now."""
    rows = queries.expected_payouts(ACTOR, _principal(town))
    if as_json:
        _print_json([asdict(row) for row in rows])
        return
    table = _table("Expected payouts", "Due", "Provider", "Closed", "=Gross", "=Fee", "=To come", "State", "Payout")
    for row in rows:
        gross, fee = row.payments_yen - row.refunds_yen, row.fee_yen + row.transfer_fee_yen
        state = "late" if row.is_late else row.state
        short = short_form(row.payout_id) if row.payout_id else ""
        amounts = map(format_yen, (gross, fee, row.left_yen))
        table.add_row(str(row.due_on), row.provider_name, str(row.closes_on), *amounts, state, short)
    _print(table if rows else "No payout is expected.")


@app.command()
def deposits(
    file: Annotated[str, typer.Argument(help="Bank statement as CSV (UTF-8 or cp932), or - for standard input.")],
    town: Town,
    bad_rows: Annotated[Path | None, typer.Option(help="Where to write broken rows, .csv or .xlsx.")] = None,
    as_json: AsJson = False,
) -> None:
    """Read a bank statement and reconcile it. Reading a file again adds nothing twice."""
    principal_id = _principal(town)
    content = sys.stdin.buffer.read() if file == "-" else _read(file)
    name = "-" if file == "-" else Path(file).name
    read = import_deposits(actor=ACTOR, principal_id=principal_id, name=name, content=content)
    if bad_rows is not None and read.rows_bad:
        as_xlsx = bad_rows.suffix == ".xlsx"
        bad_rows.write_bytes((queries.bad_rows_xlsx if as_xlsx else queries.bad_rows_csv)(ACTOR, read.id))
    waiting = list(queries.deposits(ACTOR, principal_id, state="waiting"))
    facts = {
        "file": str(read.id),
        "new": read.rows_good,
        "known": read.rows_known,
        "bad": read.rows_bad,
        "outgoing": read.rows_outgoing,
        "bad_rows": read.bad_rows,
        "waiting": [_deposit_facts(row) for row in waiting],
    }
    if as_json:
        _print_json(facts)
        return
    _print(f"{read.rows_good} new, {read.rows_known} known already, {read.rows_bad} broken.")
    for row in read.bad_rows[:20]:
        _print(f"  row {row['row']}: {row['column']} {row['code']}: {row['text']}")
    if waiting:
        table = _table("Deposits that need a person", "Day", "Payer", "=Amount", "State", "Why", "=Difference")
        for deposit in waiting:
            amounts = format_yen(deposit.amount_yen), deposit.state, deposit.rule, format_yen(deposit.difference_yen)
            table.add_row(str(deposit.deposited_on), deposit.payer, *amounts)
        _print(table)


@app.command()
def books(
    town: Town,
    from_on: Annotated[datetime, typer.Option("--from", formats=DAY)],
    to_on: Annotated[datetime, typer.Option("--to", formats=DAY)],
    output: Annotated[str | None, typer.Option("-o", help="out.xlsx, out.csv, or - for standard output.")] = None,
    as_json: AsJson = False,
) -> None:
    """The town's books of a period: takings gross, fees netted out of them, net received."""
    principal_id = _principal(town)
    made = make_books(ACTOR, principal_id, from_on=from_on.date(), to_on=to_on.date())
    if output == "-":
        for line in books_csv(made):
            sys.stdout.buffer.write(line)
        return
    if output is not None:
        Path(output).write_bytes(books_xlsx(made) if output.endswith(".xlsx") else b"".join(books_csv(made)))
    proof = agreement(ACTOR, principal_id)
    if as_json:
        facts = {**asdict(made), "net_yen": made.net_yen, "agrees": made.agrees, "ledger_agrees": proof.holds}
        _print_json(facts)
        return
    _print(_books_table(made))
    _print(f"figures agree: {_yes(made.agrees)}; ledger agrees: {_yes(proof.holds)}")
    if output is not None:
        _print(f"{len(made.rows)} rows written to {output}")


def _books_table(made: Books) -> Table:
    table = _table(
        f"{made.from_on} – {made.to_on}", "Division", "Revenue account", "Item", "=Gross", "=Fee", "=Net", "=Cash"
    )
    for row in made.by_item:
        amounts = map(format_yen, (row.gross_yen, row.fee_yen, row.net_yen, row.cash_yen))
        table.add_row(row.division, row.revenue_account, row.item, *amounts)
    table.add_section()
    fee = made.fee_yen + made.transfer_fee_yen
    sums = map(format_yen, (made.gross_yen, fee, made.net_yen, made.cash_yen))
    table.add_row("Payouts due", "", "with transfer fees", *sums)
    come = f"{format_yen(made.received_yen)} received, {format_yen(made.expected_yen)} to come"
    table.caption = f"{come}, {format_yen(made.explained_yen)} explained"
    return table


def _principal(town: str) -> UUID:
    return town_organisation(town).id


def _read(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise Refusal("file_not_readable", file=file, reason=error.strerror) from error


def _payout_facts(row: Payout) -> dict[str, Any]:
    names = ("id", "provider_id", "principal_id", "closes_on", "due_on", "payments_yen", "refunds_yen")
    return {name: getattr(row, name) for name in (*names, "fee_yen", "transfer_fee_yen", "net_yen", "state")}


def _deposit_facts(row: Any) -> dict[str, Any]:
    names = ("id", "deposited_on", "payer", "amount_yen", "state", "rule", "difference_yen", "payout_id")
    return {name: getattr(row, name) for name in names}


def _table(title: str, *heads: str) -> Table:
    """A table; a head that starts with `=` is a column of numbers."""
    table = Table(title=title, title_justify="left")
    for head in heads:
        table.add_column(head.removeprefix("="), justify="right" if head.startswith("=") else "left", overflow="fold")
    return table


def _print(what: Table | str) -> None:
    # No markup: names and payers come from outside and may hold square brackets.
    console().print(what)


def _print_json(facts: Any) -> None:
    typer.echo(json.dumps(facts, ensure_ascii=False, default=_plain))


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _yes(fact: bool) -> str:
    return "yes" if fact else "NO"
