"""`madoguchi opendata snapshot`, `snapshots`, `prune`: versions of open data."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.table import Table

from madoguchi.cli.output import console
from madoguchi.core.clock import JST
from madoguchi.core.errors import Refusal
from madoguchi.opendata.catalogue import version_facts
from madoguchi.opendata.datasets import Dataset, datasets, find_dataset
from madoguchi.opendata.models import Snapshot
from madoguchi.opendata.retention import KEEP_DAYS, kept_until
from madoguchi.opendata.retention import prune as prune_dataset
from madoguchi.opendata.snapshots import is_whole, make_snapshot, newest_snapshot, snapshots_of
from madoguchi.people.access import system_actor

ACTOR = system_actor("cli")
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Names = Annotated[
    list[str] | None, typer.Argument(help="Datasets by name; all of them if left out.", metavar="DATASET")
]


def snapshot_command(names: Names = None, as_json: AsJson = False) -> None:
    """Publish the present rows as a new version of each dataset; one that did not change keeps the newest."""
    made = [_made(dataset, is_asked_for=bool(names)) for dataset in _chosen(names)]
    if as_json:
        typer.echo(json.dumps(made, ensure_ascii=False))
        return
    table = _table("Snapshots", "Dataset", "Version", "=Rows", "What happened")
    for row in made:
        table.add_row(row["dataset"], row.get("version", ""), f"{row.get('row_count', 0):,}", row["outcome"])
    console().print(table)


def snapshots_command(names: Names = None, as_json: AsJson = False) -> None:
    """List the versions that are kept, newest first, and whether their files are all there."""
    found: list[tuple[Snapshot, Any]] = []
    for dataset in _chosen(names):
        rows = snapshots_of(dataset.name)
        ends = kept_until(rows, dataset)
        found += [(row, ends[row.version]) for row in rows]
    if as_json:
        facts = [
            {
                "dataset": row.dataset,
                **version_facts(row),
                "is_whole": is_whole(row),
                "kept_until": until.isoformat() if until else None,
            }
            for row, until in found
        ]
        typer.echo(json.dumps(facts, ensure_ascii=False))
        return
    table = _table("Snapshots", "Dataset", "Version", "Data of", "=Rows", "=Bytes", "Kept until", "Files")
    for row, until in found:
        size = sum(file["bytes"] for file in row.files.values())
        data_at = row.data_at.astimezone(JST).strftime("%Y-%m-%d %H:%M")
        cells = (row.dataset, row.version, data_at, f"{row.row_count:,}", f"{size:,}")
        table.add_row(*cells, str(until or "for good"), "whole" if is_whole(row) else "MISSING")
    console().print(table if found else "No version is published yet: madoguchi opendata snapshot")


def prune_command(
    names: Names = None,
    keep_days: Annotated[
        int, typer.Option(min=1, help="Days for which the last version of each day is kept.")
    ] = KEEP_DAYS,
    as_json: AsJson = False,
) -> None:
    """Remove versions whose time is over: all but the first of each month, after so many days."""
    gone = [row for one in _chosen(names) for row in prune_dataset(actor=ACTOR, dataset=one, keep_days=keep_days)]
    if as_json:
        typer.echo(json.dumps([{"dataset": row.dataset, "version": row.version} for row in gone]))
        return
    for row in gone:
        console().print(f"removed {row}")
    console().print(f"{len(gone)} removed")


def _chosen(names: list[str] | None) -> list[Dataset]:
    return [find_dataset(name) for name in names] if names else list(datasets())


def _made(dataset: Dataset, *, is_asked_for: bool) -> dict[str, Any]:
    before = newest_snapshot(dataset.name)
    try:
        made = make_snapshot(actor=ACTOR, dataset=dataset)
    except Refusal as refusal:
        # Of all datasets, one whose source is not imported yet does not keep the others from being published.
        if is_asked_for or refusal.code != "published_table_unknown":
            raise
        return {"dataset": dataset.name, "outcome": "not imported yet"}
    is_same = before is not None and before.id == made.id
    return {"dataset": dataset.name, **version_facts(made), "outcome": "unchanged" if is_same else "published"}


def _table(title: str, *heads: str) -> Table:
    """A table; a head that starts with `=` is a column of numbers."""
    table = Table(title=title, title_justify="left")
    for head in heads:
        table.add_column(head.removeprefix("="), justify="right" if head.startswith("=") else "left", overflow="fold")
    return table
