"""`madoguchi opendata`: what is published, by its commands' modules."""

from __future__ import annotations

import typer

from madoguchi.cli import opendata_figures, opendata_map, opendata_refresh, opendata_snapshots, opendata_tables

app = typer.Typer(no_args_is_help=True)
app.command("import-notice")(opendata_tables.import_notice_command)
app.command("import-table")(opendata_tables.import_table_command)
app.command("export")(opendata_tables.export_command)
app.command("snapshot")(opendata_snapshots.snapshot_command)
app.command("snapshots")(opendata_snapshots.snapshots_command)
app.command("prune")(opendata_snapshots.prune_command)
app.command("boundaries")(opendata_map.boundaries_command)
app.command("tiles")(opendata_map.tiles_command)
app.command("refresh")(opendata_refresh.refresh_command)
app.command("positions")(opendata_refresh.positions_command)
app.command("population")(opendata_figures.population_command)
