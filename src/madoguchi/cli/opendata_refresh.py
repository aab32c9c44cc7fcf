"""`madoguchi opendata refresh` and `positions`: publish everything now; tell where places stand, from a table."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.table import Table

from madoguchi.cli.output import console
from madoguchi.cli.setting_up import prepare_where_absent
from madoguchi.opendata.describing import describe_from_table
from madoguchi.opendata.refreshing import refresh_all
from madoguchi.opendata.tiles import refresh_tiles
from madoguchi.people.access import system_actor

ACTOR = system_actor("cli")
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def refresh_command(
    map_only: Annotated[bool, typer.Option("--map-only", help="Only the map's tiles, if places changed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Publish places, map, figures and files as they are now; the worker does this by itself."""
    prepare_where_absent()
    if map_only:
        made = {"map": refresh_tiles(actor=ACTOR) or ""}
    else:
        with console().status("places") as status:
            made = refresh_all(actor=ACTOR, say=status.update)
    if as_json:
        typer.echo(json.dumps(made, ensure_ascii=False))
        return
    table = Table("What", "Version")
    for name, version in made.items():
        table.add_row(name, version or "unchanged")
    console().print(table)


def positions_command(
    file: Annotated[typer.FileText, typer.Argument(help="CSV with store_id, latitude, longitude; or -.")],
    as_json: AsJson = False,
) -> None:
    """Tell where places stand, their hours and accessibility. Rows that are not taken are listed, and exit status 1."""
    told = describe_from_table(actor=ACTOR, lines=file)
    if as_json:
        bad = [{"line": row.line, "code": row.code, **row.row} for row in told.bad]
        typer.echo(json.dumps({"taken": told.taken, "bad": bad}, ensure_ascii=False))
    else:
        typer.echo(f"{told.taken} places described, {len(told.bad)} rows not taken")
        for row in told.bad:
            typer.echo(f"line {row.line}: {row.code}: {row.row['store_id']}", err=True)
    raise typer.Exit(1 if told.bad else 0)
