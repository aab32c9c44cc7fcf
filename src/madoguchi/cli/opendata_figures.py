"""`madoguchi opendata population`: how many people live in each municipality, for rates per 1,000 residents."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from madoguchi.cli.setting_up import prepare_where_absent
from madoguchi.core.errors import Refusal
from madoguchi.opendata.population import import_population
from madoguchi.people.access import system_actor

ACTOR = system_actor("cli")
SENTENCES = {
    "file_unreadable": "the file is neither CSV nor XLSX",
    "file_too_large": "the file is too large",
    "columns_missing": "these columns are missing: {text}",
    "rows_missing": "there are no rows below the head",
    "code_wrong": "{text} is no code of five or six digits",
    "check_digit_wrong": "{text}: the sixth digit does not fit the other five",
    "municipality_unknown": "{text} is no municipality of today",
    "residents_wrong": "{text} is no number of residents",
    "date_wrong": "{text} is no date such as 2026-01-01",
    "row_twice": "{text} stands here a second time for the same day",
}


def population_command(
    file: Annotated[Path, typer.Argument(help="CSV or XLSX with code, residents, date; - for standard input.")],
    source: Annotated[str, typer.Option(help="Where the table comes from.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Import how many people live in each municipality: all rows or none.

    Exit status 1 with one line for each row that is wrong, by its line in the file; then nothing is kept.
    """
    try:
        content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise Refusal("file_unreadable", file=str(file), why=error.strerror or "") from error
    prepare_where_absent()
    try:
        count = import_population(actor=ACTOR, content=content, source=source or file.name)
    except Refusal as refusal:
        problems = refusal.details.get("problems")
        if not isinstance(problems, list):
            raise
        for one in problems:
            reason = SENTENCES[one["code"]].format(**one)
            typer.echo(json.dumps(one, ensure_ascii=False) if as_json else f"line {one['line']}: {reason}", err=True)
        raise typer.Exit(1) from None
    typer.echo(json.dumps({"rows": count}) if as_json else f"{count:,} municipalities' residents are kept")
