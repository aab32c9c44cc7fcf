"""`madoguchi log`: prove that the audit log is whole."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from madoguchi.events.actions import seal
from madoguchi.events.models import Block, Event
from madoguchi.events.queries import broken_blocks

app = typer.Typer(no_args_is_help=True)


@app.command()
def verify(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Check every sealed block against its events and the block before; exit status 1 if one does not fit."""
    seal()
    broken = broken_blocks()
    facts = {"events": Event.objects.count(), "blocks": Block.objects.count(), "broken_blocks": broken}
    if as_json:
        typer.echo(json.dumps(facts))
    else:
        state = f"broken: {broken}" if broken else "whole"
        typer.echo(f"{facts['events']} events, {facts['blocks']} blocks: {state}")
    if broken:
        raise typer.Exit(1)
