"""`madoguchi trace`: follow one payment from the order to the town's books."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from madoguchi.cli.output import console
from madoguchi.core.clock import JST
from madoguchi.core.errors import Refusal
from madoguchi.core.ids import parse_id, short_form
from madoguchi.people.access import system_actor
from madoguchi.settlement.tracing import trace


def trace_command(
    payment_id: Annotated[str, typer.Argument(help="A payment's identifier, as UUID or in its short form.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Show every step of one payment, each with the rule that made it."""
    try:
        identifier = parse_id(payment_id)
    except ValueError as error:
        raise Refusal("identifier_wrong", identifier=payment_id, reason=str(error)) from error
    steps = trace(identifier, actor=system_actor("cli"))
    if as_json:
        typer.echo(json.dumps([asdict(step) for step in steps], ensure_ascii=False, default=str))
        return
    table = Table(title=short_form(identifier), title_justify="left")
    for head in ("When (JST)", "Step", "What", "Rule"):
        table.add_column(head, overflow="fold")
    for step in steps:
        at = step.at.astimezone(JST).strftime("%Y-%m-%d %H:%M:%S")
        # Text, not markup: names and reasons may hold square brackets.
        table.add_row(at, step.arrow, Text(step.what), Text(step.rule))
    console().print(table)
