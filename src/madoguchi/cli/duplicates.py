"""`madoguchi registry duplicates`: which places that were applied for are one, merged where it is sure, else queued."""

from __future__ import annotations

import json
import time
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from madoguchi.cli.output import console
from madoguchi.onboarding.likeness import find_likenesses
from madoguchi.people.access import system_actor

ACTOR = system_actor("cli")
STEPS = {
    "export": "reading the places of live applications",
    "link": "comparing each with every other",
    "decide": "merging what is sure",
    "queue": "queueing what a person must decide",
}
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def run(as_json: AsJson = False) -> None:
    """Compare every place applied for with every other (P-29); what was decided by a person stays as it is."""
    started = time.monotonic()
    told = Console(stderr=True)
    with told.status("starting") as status:
        found = find_likenesses(actor=ACTOR, progress=lambda step: status.update(STEPS[step]))
    seconds = time.monotonic() - started
    if as_json:
        typer.echo(json.dumps({**found.as_json(), "seconds": round(seconds, 1)}))
        return
    table = Table("places", "pairs alike", "merged", "queued", "decided before", "seconds")
    counts = (found.places, found.pairs, found.merged, found.queued, found.known)
    table.add_row(*(f"{count:,}" for count in counts), f"{seconds:.1f}")
    console().print(table)
