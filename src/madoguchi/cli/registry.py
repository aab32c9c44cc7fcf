"""`madoguchi registry`: which registrations are one place (名寄せ)."""

from __future__ import annotations

import json
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from madoguchi.cli.output import console
from madoguchi.core.errors import Refusal

if TYPE_CHECKING:
    import pyarrow as pa

    from madoguchi.engine.linkage import LinkageResult

HELP = "Registrations of places: which of them are one."
STEPS = {
    "read": "Reading",
    "normalise": "Bringing names and addresses to one form",
    "compare": "Comparing pairs",
    "cluster": "Forming clusters",
}
app = typer.Typer(no_args_is_help=True, help=HELP)


@app.callback()
def _group() -> None:
    """Registrations of places: which of them are one."""


@app.command("link")
def link_command(
    given: Annotated[Path, typer.Argument(help="Registrations as Parquet.", metavar="IN.parquet")],
    out: Annotated[Path, typer.Argument(help="Where their clusters are written.", metavar="OUT.parquet")],
    pairs: Annotated[Path | None, typer.Option(help="Also write the scored pairs, with what agreed, here.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Find the registrations that are one place (P-21, P-29, P-30).

    IN has registration_id, provider, name, and may have kana, prefecture, municipality, address, postal_code, phone,
    corporate_number. OUT has registration_id, cluster_id, match_probability and decision: auto (joined above .99),
    review (joined only below it: a person decides) or single. Exit status 2 if IN cannot be taken; then nothing is
    written.
    """
    started = time.monotonic()
    result = _linked(_read(given))
    _write({out: result.rows} | ({pairs: result.pairs} if pairs else {}))
    facts = {**result.counts, "seconds": round(time.monotonic() - started, 1)}
    if as_json:
        typer.echo(json.dumps(facts))
        return
    shown = Table(show_header=False)
    for name, value in facts.items():
        shown.add_row(name.replace("_", " "), f"{value:,}")
    console().print(shown)


def _linked(table: pa.Table) -> LinkageResult:
    from madoguchi.engine.linkage import link

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None)
        return link(table, progress=lambda step: progress.update(task, description=STEPS[step]))


def _read(file: Path) -> pa.Table:
    import pyarrow as pa
    from pyarrow import parquet

    from madoguchi.engine.linkage.rows import OPTIONAL, REQUIRED

    try:
        with parquet.ParquetFile(file) as opened:
            wanted = [name for name in opened.schema_arrow.names if name in (*REQUIRED, *OPTIONAL)]
            return opened.read(columns=wanted)
    except pa.ArrowInvalid as error:
        raise Refusal("file_not_parquet", file=file) from error
    except (OSError, pa.ArrowException) as error:
        raise Refusal("file_unreadable", file=file, reason=_one_line(error)) from error


def _write(tables: dict[Path, pa.Table]) -> None:
    """Each table beside its place first, then all moved there: a file is whole or is not there."""
    from pyarrow import parquet

    written: list[tuple[str, Path]] = []
    file = Path()
    try:
        for file, table in tables.items():
            handle, beside = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
            os.close(handle)
            written.append((beside, file))
            parquet.write_table(table, beside)
            # Made for its owner alone; a result may be read like any other file.
            os.chmod(beside, 0o666 & ~_umask())
        for beside, file in written:
            os.replace(beside, file)
    except OSError as error:
        raise Refusal("file_unwritable", file=file, reason=error.strerror) from error
    finally:
        for beside, _ in written:
            Path(beside).unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())
