"""`madoguchi opendata import-notice`, `import-table`, `export`: tables as they were printed (P-42 to P-44)."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Sequence
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from madoguchi.cli.output import console
from madoguchi.cli.setting_up import prepare_where_absent
from madoguchi.core.errors import Refusal
from madoguchi.engine.published import Mapping, PrintedTable, Problem, Repair, read_mapping
from madoguchi.opendata.models import PublishedTable
from madoguchi.opendata.published_files import FORMATS
from madoguchi.opendata.published_tables import (
    import_tables,
    load_published,
    newest,
    notice_mappings,
    read_table,
)
from madoguchi.people.access import system_actor

ACTOR = system_actor("cli")


class Language(StrEnum):
    """The languages of sentences."""

    JA = "ja"
    EN = "en"


class Format(StrEnum):
    """The kinds of files."""

    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"
    PARQUET = "parquet"


File = Annotated[Path, typer.Argument(help="The text, or - for standard input.", metavar="FILE")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
InLanguage = Annotated[Language, typer.Option(help="The language of reasons and problems.")]
CheckOnly = Annotated[bool, typer.Option("--check-only", help="Read and check; store nothing.")]


def import_notice_command(
    file: File, as_json: AsJson = False, language: InLanguage = Language.EN, check_only: CheckOnly = False
) -> None:
    """Import both tables of the notice of 2019-10-02 (P-42, P-43).

    FILE is the notice's whole text, or the extract with the tables alone. What was read otherwise than printed is
    listed with the reason; exit status 1 with one line for each problem if a name or a sum does not hold, and then
    nothing is stored.
    """
    _import(file, notice_mappings(), as_json=as_json, language=language, check_only=check_only)


def import_table_command(
    file: File,
    mapping: Annotated[Path, typer.Option(help="What the table looks like, in TOML or JSON.")],
    as_json: AsJson = False,
    language: InLanguage = Language.EN,
    check_only: CheckOnly = False,
) -> None:
    """Import a printed table, or one exported from a spreadsheet as text, as its mapping says (P-44).

    Exit status 1 with one line for each problem if it is not accepted; then nothing is stored.
    """
    _import(file, [read_mapping(_text(mapping))], as_json=as_json, language=language, check_only=check_only)


def export_command(
    name: Annotated[str, typer.Argument(help="applications, registrations or another imported table.")],
    kind: Annotated[Format, typer.Option("--format", help="The kind of file.")] = Format.CSV,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="A file instead of standard output.")] = None,
) -> None:
    """Write the newest version of a published table, every row with its official code, to standard output."""
    prepare_where_absent()
    load_published()
    content = FORMATS[kind](newest(name))
    if out is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    else:
        _write(out, content)


def _import(file: Path, mappings: Sequence[Mapping], *, as_json: bool, language: str, check_only: bool) -> None:
    text = _text(file)
    printed = [read_table(text, mapping) for mapping in mappings]
    problems = [(table, problem) for table in printed for problem in table.problems]
    stored: list[PublishedTable] = []
    if not problems and not check_only:
        prepare_where_absent()
        stored = import_tables(actor=ACTOR, text=text, mappings=mappings)
    if as_json:
        typer.echo(json.dumps(_facts(printed, stored, language), ensure_ascii=False))
    elif not problems:
        for at, table in enumerate(printed):
            _show(table, stored[at] if stored else None, language)
    if problems:
        for table, problem in problems if not as_json else ():
            typer.echo(_problem_line(file, table, problem, language), err=True)
        raise typer.Exit(1)


def _problem_line(file: Path, table: PrintedTable, problem: Problem, language: str) -> str:
    place = f"{file}:{problem.line}" if problem.line else str(file)
    quoted = f" | {problem.text}" if problem.text else ""
    return f"{place}: {table.mapping.name}: {problem.code}: {problem.words(language)}{quoted}"


def _facts(printed: list[PrintedTable], stored: list[PublishedTable], language: str) -> dict[str, Any]:
    return {
        "accepted": not any(table.problems for table in printed),
        "tables": [
            {
                "name": table.mapping.name,
                "version": stored[at].version if stored else None,
                "as_of_on": table.mapping.as_of_on.isoformat(),
                "sha256": table.sha256,
                "rows": len(table.rows),
                "subtotals": len(table.subtotals),
                "totals": table.total,
                "repairs": [
                    {
                        "line": repair.line,
                        "column": repair.column,
                        "printed": repair.printed,
                        "read": repair.read,
                        "reason": repair.reason,
                        "words": repair.words(language),
                    }
                    for repair in table.repairs
                ],
                "notes": [{"about": note.about, "ja": note.ja, "en": note.en} for note in table.mapping.notes],
                "problems": [problem.as_facts() for problem in table.problems],
            }
            for at, table in enumerate(printed)
        ],
    }


def _show(table: PrintedTable, stored: PublishedTable | None, language: str) -> None:
    shown = console()
    mapping = table.mapping
    state = f"version {stored.version}" if stored else "checked, not stored"
    title = mapping.title if language == "ja" else mapping.title_en
    shown.print(f"{mapping.name}: {title}, {mapping.as_of_on} ({state})")
    if table.repairs:
        repairs = Table("lines", "column", "printed", "read", "reason", title=f"{len(table.repairs)} repairs")
        for lines, repair in _grouped(table.repairs):
            repairs.add_row(lines, repair.column, repair.printed, repair.read, repair.words(language))
        shown.print(repairs)
    for line in _checks(table):
        shown.print(line)
    for note in mapping.notes:
        shown.print(f"{note.about}: {note.ja if language == 'ja' else note.en}")
    shown.print()


def _checks(table: PrintedTable) -> list[str]:
    """What was checked, with the figures."""
    total = table.total
    figures = ", ".join(f"{total[column.name]:,}" for column in table.mapping.figures if column.name in total)
    if table.mapping.parts:
        parts = " + ".join(f"{total[name]:,}" for name in table.mapping.parts)
        figures = f"{total[table.mapping.whole]:,} = {parts}"
    subtotals = f"{len(table.subtotals):,} subtotals, " if table.mapping.subtotal else ""
    lines = [f"{len(table.rows):,} rows, {subtotals}{figures}"]
    lines.append("every official name once: yes")
    if table.mapping.subtotal:
        lines.append(f"rows sum to the printed subtotal: {len(table.subtotals)} of {len(table.subtotals)}")
    if table.mapping.parts:
        lines.append(f"parts sum to the row's total: {len(table.rows) + 1} of {len(table.rows) + 1}")
    if table.mapping.total:
        summed = "subtotals" if table.mapping.subtotal else "rows"
        sums = ", ".join(f"{column.name} {total[column.name]:,}" for column in table.mapping.figures)
        lines.append(f"{summed} sum to the printed total: {sums}")
    return lines


def _grouped(repairs: list[Repair]) -> list[tuple[str, Repair]]:
    """Repairs with their lines; the same change in many lines, such as a prefecture's name, once."""
    order: dict[tuple[str, ...], list[Repair]] = {}
    for repair in repairs:
        order.setdefault((repair.column, repair.printed, repair.read, repair.reason), []).append(repair)
    return [(_ranges([repair.line for repair in same]), same[0]) for same in order.values()]


def _ranges(numbers: list[int]) -> str:
    """1, 2, 3, 7 as `1-3, 7`."""
    runs = [[number for _, number in run] for _, run in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0])]
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def _text(file: Path) -> str:
    """A text in UTF-8, or in the code page that spreadsheets in Japanese write. Raises Refusal `file_unreadable`."""
    try:
        content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise Refusal("file_unreadable", file=file, reason=error.strerror) from error
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refusal("file_unreadable", file=file, reason="neither UTF-8 nor cp932")


def _write(out: Path, content: bytes) -> None:
    """Beside its place first, then moved there: a file is whole or is not there."""
    beside = ""
    try:
        handle, beside = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        # Made for its owner alone; what is published may be read like any other file.
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(beside, 0o666 & ~mask)
        os.replace(beside, out)
    except OSError as error:
        if beside:
            Path(beside).unlink(missing_ok=True)
        raise Refusal("file_unwritable", file=out, reason=error.strerror) from error
