"""`madoguchi jpqr` on a town's own codes: check what stands on a counter, print stickers, keep the signing keys."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from madoguchi.cli.jpqr_input import codes_in
from madoguchi.cli.output import console
from madoguchi.core.clock import now
from madoguchi.core.errors import Refusal
from madoguchi.jpqr import JpqrError, KeyPair, StoreId, new_key
from madoguchi.jpqr.conditions import key_id_of, public_key_text, read_public_key
from madoguchi.jpqr.inspection import Inspection, inspect_all
from madoguchi.jpqr.layout import SheetFormat
from madoguchi.jpqr.report import fault, verdict_report

if TYPE_CHECKING:
    from madoguchi.registry.models import Organisation

FAILED = 2
FORMATS = get_args(SheetFormat)
keys_app = typer.Typer(no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Town = Annotated[str, typer.Option("--town", help="Municipality code, five digits, e.g. 10210.")]


def add_to(app: typer.Typer) -> None:
    """Put this file's commands among `madoguchi jpqr`'s."""
    app.command("inspect")(inspect_command)
    app.command("sheet")(sheet_command)
    app.command("new-key")(new_key_command)
    app.add_typer(keys_app, name="keys", help="The keys with which a town signs its codes.")


def inspect_command(  # one option for each fact to hold a code against
    given: Annotated[str, typer.Argument(help="A payload, a picture or PDF of what stands on the counter, or -.")],
    town: Annotated[str | None, typer.Option(help="Whose counter: its keys and its store numbers are good.")] = None,
    key: Annotated[list[str] | None, typer.Option(help="A public key that is trusted, or a file with one.")] = None,
    store_id: Annotated[str | None, typer.Option(help="The only store number that belongs there.")] = None,
    page: Annotated[int | None, typer.Option(help="Only this page of a PDF, from 1.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say whether codes are genuine: a sticker pasted over a town's own is not. Exit status 2 unless all are."""
    try:
        texts = list(codes_in(given, page=page))
        judged = _for_town(texts, town) if town else _by_keys(texts, key or [], store_id)
    except JpqrError as error:
        if as_json:
            typer.echo(json.dumps(fault(error), ensure_ascii=False))
        else:
            typer.echo(f"madoguchi: {error}", err=True)
        raise typer.Exit(FAILED) from None
    for one, names in judged:
        if as_json:
            typer.echo(json.dumps(_facts(one, names), ensure_ascii=False))
        else:
            _print_judged(one, names)
    if any(one.verdict != "genuine" for one, _ in judged):
        raise typer.Exit(FAILED)


def _by_keys(texts: list[str], keys: list[str], store_id: str | None) -> list[tuple[Inspection, dict[str, str]]]:
    trusted: Mapping[str, bytes] = {key_id_of(public): public for public in map(_public_key, keys)}
    expected = {StoreId.parse(store_id)} if store_id else None
    return [(one, {}) for one in inspect_all(texts, trusted=trusted, expected=expected, at=now())]


def _for_town(texts: list[str], town: str) -> list[tuple[Inspection, dict[str, str]]]:
    organisation = _organisation(town)
    from madoguchi.registry.inspection import inspect_for_town

    judged = []
    for checked in inspect_for_town(texts, organisation):
        names = {"place": checked.code.place.name} if checked.code else {}
        if checked.signer:
            names["signed_by"] = checked.signer.organisation.name
        judged.append((checked.inspection, names))
    return judged


def _facts(one: Inspection, names: dict[str, str]) -> dict[str, Any]:
    said = one.facts
    facts = verdict_report(one)
    if said:
        facts |= {
            "store_id": said.store_id.text,
            "merchant_name": said.merchant_name,
            "merchant_name_local": said.local_name,
            "city": said.city,
            "amount_yen": said.amount_yen,
            "expires_at": said.expires_at.isoformat() if said.expires_at else None,
            "amount_locked": said.is_amount_locked,
            "key_id": said.key_id,
            "is_test": said.is_test,
        }
    return facts | names


def _print_judged(one: Inspection, names: dict[str, str]) -> None:
    table = Table(title=one.verdict.replace("_", " ").upper(), title_justify="left", show_header=False)
    for found in one.findings:
        table.add_row(found.severity, found.sentence)
    for name, value in _facts(one, names).items():
        if name not in ("ok", "verdict", "findings") and value not in (None, False):
            table.add_row(name, str(value))
    console().print(table)


def sheet_command(  # one option for each choice
    town: Town,
    output: Annotated[Path, typer.Option("--output", "-o", help="The PDF to write, or - for standard output.")],
    form: Annotated[str, typer.Option("--format", help="a5 stand, a4 poster, sticker (50 mm) or card.")] = "a5",
    copies: Annotated[int, typer.Option(help="Of each place's, 1 to 100.")] = 1,
    place: Annotated[str, typer.Option(help="Only places whose name or number contains this.")] = "",
    as_json: AsJson = False,
) -> None:
    """Print a town's stickers as one PDF, sorted for posting."""
    if form not in FORMATS:
        raise Refusal("format_unknown", format=form, known=" ".join(FORMATS))
    organisation = _organisation(town)
    from madoguchi.core.clock import today
    from madoguchi.jpqr import sheet_pdf
    from madoguchi.registry.codes import codes_of_town, stickers_of

    codes = codes_of_town(organisation.id, today(), words=place)
    stickers = stickers_of(codes)
    if not stickers:
        raise Refusal("sheet_empty", town=town, codes=len(codes))
    is_quiet = as_json or not sys.stderr.isatty()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=is_quiet) as progress:
        task = progress.add_task("Drawing", total=len(stickers))
        try:
            pdf = sheet_pdf(
                stickers,
                format=form,  # type: ignore[arg-type]  # one of FORMATS
                copies=copies,
                on_progress=lambda done, total: progress.update(task, completed=done, total=total),
            )
        except JpqrError as error:
            raise Refusal(error.code, reason=error.message) from error
    _write(output, pdf)
    left_out = [{"store_id": row.code.store_id, "place": row.code.place.name, "why": row.state}
                for row in codes if not row.is_ready]  # fmt: skip
    if as_json:
        typer.echo(json.dumps({"file": str(output), "stickers": len(stickers), "bytes": len(pdf),
                               "left_out": left_out}, ensure_ascii=False), err=str(output) == "-")  # fmt: skip
        return
    typer.echo(f"{len(stickers)} stickers of {organisation.name} in {output}", err=True)
    for row in left_out:
        typer.echo(f"  left out: {row['store_id']} {row['place']}: {row['why']}", err=True)


def _write(output: Path, pdf: bytes) -> None:
    if str(output) == "-":
        sys.stdout.buffer.write(pdf)
        return
    try:
        output.write_bytes(pdf)
    except OSError as error:
        raise Refusal("file_unwritable", file=output, reason=error.strerror) from error


@keys_app.command("list")
def list_keys(town: Town, as_json: AsJson = False) -> None:
    """A town's keys, without their private halves."""
    organisation = _organisation(town)
    from madoguchi.registry.signing import keys_of_organisation, state_of

    rows = [
        {
            "key_id": key.key_id,
            "state": state_of(key),
            "public_key": key.public_key,
            "created_at": key.created_at.isoformat(),
            "retired_at": key.retired_at.isoformat() if key.retired_at else None,
            "revoked_at": key.revoked_at.isoformat() if key.revoked_at else None,
        }
        for key in keys_of_organisation(organisation.id)
    ]
    if as_json:
        typer.echo(json.dumps(rows))
        return
    table = Table("key", "state", "public key", "issued", "retired", "revoked")
    for row in rows:
        table.add_row(*(value or "" for value in row.values()))
    console().print(table if rows else f"{organisation.name} has no key: its codes are not signed.")


@keys_app.command("issue")
def issue(town: Town) -> None:
    """Make a new key; the one before signs no more, and what it signed stays good. Print the stickers again."""
    organisation = _organisation(town)
    from madoguchi.registry.signing import issue_signing_key

    key = issue_signing_key(actor=_actor(), organisation_id=organisation.id)
    typer.echo(f"{key.key_id} {key.public_key}")


@keys_app.command("retire")
def retire(key_id: str) -> None:
    """Sign no more with a key; what it signed stays good."""
    _platform()
    from madoguchi.registry.signing import retire_signing_key

    retire_signing_key(actor=_actor(), key_id=key_id)
    typer.echo(f"{key_id} retired")


@keys_app.command("revoke")
def revoke(key_id: str, reason: Annotated[str, typer.Option(help="What happened to it.")]) -> None:
    """Trust a lost or stolen key no longer: every sticker it signed is told apart from now on."""
    _platform()
    from madoguchi.registry.signing import revoke_signing_key

    revoke_signing_key(actor=_actor(), key_id=key_id, reason=reason)
    typer.echo(f"{key_id} revoked")


def new_key_command(
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to keep it; never overwritten.")],
    as_json: AsJson = False,
) -> None:
    """Make a key to sign codes with, for use without a platform; only its owner can read the file."""
    pair = new_key()
    facts = {"key_id": pair.key_id, "public_key": public_key_text(pair.public)}
    try:
        handle = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise Refusal("file_unwritable", file=output, reason=error.strerror) from error
    with os.fdopen(handle, "w") as file:
        json.dump({**facts, "private_key": public_key_text(pair.private)}, file)
    typer.echo(json.dumps(facts) if as_json else f"{pair.key_id} {facts['public_key']}")


def read_key(path: Path) -> KeyPair:
    """The key that `new-key` wrote. Raises Refusal `key_file_unreadable`."""
    try:
        facts = json.loads(path.read_text())
        return KeyPair(read_public_key(facts["private_key"]), read_public_key(facts["public_key"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Refusal("key_file_unreadable", file=path) from error


def _public_key(given: str) -> bytes:
    """A public key as text, or from a file that holds the text or what `new-key` wrote."""
    path = Path(given)
    if len(given) == 43 and not path.exists():
        return read_public_key(given)
    try:
        text = path.read_text()
        return read_public_key(json.loads(text)["public_key"] if text.lstrip().startswith("{") else text)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Refusal("key_file_unreadable", file=given) from error


def _platform() -> None:
    """Start what knows the towns, and see that its tables are there."""
    from madoguchi.cli.main import platform

    platform()
    from django.db import OperationalError, connection

    try:
        is_set_up = "registry_signingkey" in connection.introspection.table_names()
    except OperationalError:
        is_set_up = False
    if not is_set_up:
        raise Refusal("database_not_set_up", do="madoguchi setup")


def _organisation(town: str) -> Organisation:
    _platform()
    from madoguchi.registry.queries import town_organisation

    return town_organisation(town)


def _actor() -> Any:
    from madoguchi.people.access import system_actor

    return system_actor("cli")
