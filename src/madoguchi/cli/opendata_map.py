"""`madoguchi opendata boundaries` and `tiles`: what the map is drawn from (P-28, P-31)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from madoguchi.cli.output import console
from madoguchi.cli.setting_up import prepare_where_absent
from madoguchi.core.errors import Refusal
from madoguchi.opendata.boundaries import CREDIT, import_boundaries
from madoguchi.opendata.tiles import make_tiles
from madoguchi.people.access import system_actor

ACTOR = system_actor("cli")
SHOWN_CODES = 10
SENTENCES = {
    "boundaries_unreadable": "the file cannot be read: {why}",
    "boundaries_too_large": "the file is larger than {limit_bytes} bytes, unpacked",
    "boundaries_empty": "the file has no areas with a code",
    "boundaries_no_code": "no row has the property {property}, the five-digit code",
    "boundaries_no_shapefile": "the zip holds no Shapefile (.shp with its .dbf)",
    "boundaries_codes_unknown": "{count} codes are of no municipality: {codes}",
    "boundaries_not_degrees": "the outlines are not latitudes and longitudes of Japan",
}


def boundaries_command(
    file: Annotated[Path, typer.Argument(help="GeoJSON, TopoJSON, or a Shapefile in a zip.", metavar="FILE")],
    credit: Annotated[str, typer.Option(help="The source, shown wherever the outlines are.")] = CREDIT,
    as_of: Annotated[datetime | None, typer.Option(help="The day the outlines hold for.", formats=["%Y-%m-%d"])] = None,
) -> None:
    """Import outlines of municipalities, the ministry's N03 file, for statistics and the map's base.

    Exit status 1 with one line if the file cannot be used; then nothing is stored.
    """
    prepare_where_absent()
    with _progress() as progress:
        task = progress.add_task("", total=None)
        try:
            done = import_boundaries(
                actor=ACTOR,
                path=file,
                credit=credit,
                as_of_on=as_of.date() if as_of else None,
                told=lambda doing: progress.update(task, description=doing),
            )
        except Refusal as refusal:
            sentence = SENTENCES.get(refusal.code, str(refusal)).format(**refusal.details)
            typer.echo(f"{refusal.code}: {sentence}", err=True)
            raise typer.Exit(1) from None
    if not done.is_new:
        console().print("This file had been imported before; nothing changed.")
        return
    with_outline = done.boundaries.municipality_count
    console().print(f"{with_outline:,} of {done.official:,} municipalities have an outline, from {done.rows:,} rows.")
    if done.without_code or done.northern:
        console().print(
            f"Left out: {done.without_code:,} rows without a code, {done.northern:,} of the northern villages."
        )
    if done.missing:
        more = f" and {len(done.missing) - SHOWN_CODES} more" if len(done.missing) > SHOWN_CODES else ""
        console().print(f"Without an outline: {', '.join(done.missing[:SHOWN_CODES])}{more}")
    console().print(f"Credit: {credit}")


def tiles_command() -> None:
    """Draw the published places that have a fixed position into new tiles for the map."""
    prepare_where_absent()
    with _progress() as progress:
        task = progress.add_task("reading", total=None)

        def told(doing: str, done: int, of: int) -> None:
            description = doing if of else f"{doing} {done:,} places"
            progress.update(task, description=description, completed=done, total=of or None)

        version = make_tiles(actor=ACTOR, progress=told)
    console().print(f"tiles {version}")


def _progress() -> Progress:
    return Progress(SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), transient=True)
