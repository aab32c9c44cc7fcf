"""`madoguchi jpqr`: read, write and check codes; print stickers; keep a town's signing keys."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from madoguchi.cli import jpqr_town
from madoguchi.cli.jpqr_input import codes_in
from madoguchi.cli.jpqr_town import AsJson
from madoguchi.cli.output import console
from madoguchi.core.clock import JST
from madoguchi.core.errors import Refusal
from madoguchi.jpqr import JpqrError, StoreId, encode_cpm, jpqr_cpm
from madoguchi.jpqr.conditions import bound_text
from madoguchi.jpqr.payload import encode_tree
from madoguchi.jpqr.profile import dynamic_payload, static_payload
from madoguchi.jpqr.report import Report, fault, lenient_report, report

HELP = "JPQR codes: read, write, check, print."
FAILED = 2
app = typer.Typer(no_args_is_help=True, help=HELP)
jpqr_town.add_to(app)

Given = Annotated[
    str, typer.Argument(help="A payload; a picture or PDF; a file of payloads; or - for standard input, one a line.")
]
Page = Annotated[int | None, typer.Option(help="Only this page of a PDF, from 1.")]
MOMENT = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]


@app.command("decode")
def decode_command(
    given: Given,
    as_json: AsJson = False,
    lenient: Annotated[bool, typer.Option("--lenient", help="Show what can be read, and every fault.")] = False,
    page: Page = None,
) -> None:
    """Say what codes say. Exit status 2 if one cannot be taken."""
    failed = False
    for one in _reports(given, page, lenient=lenient):
        failed = failed or not one["ok"]
        if as_json:
            _print_json(one)
        else:
            _print_report(one)
    if failed:
        raise typer.Exit(FAILED)


def _reports(given: str, page: int | None, *, lenient: bool) -> Iterable[Report]:
    try:
        for text in codes_in(given, page=page):
            yield lenient_report(text) if lenient else report(text)
    except JpqrError as error:
        yield fault(error)
    except OSError as error:
        yield {"ok": False, "error": {"code": "unreadable_file", "path": "", "offset": 0, "message": str(error)}}


@app.command("encode")
def encode_command(  # one option for each fact of a code
    given: Annotated[str | None, typer.Argument(help="- to write again what `decode --json` printed.")] = None,
    store_id: Annotated[str | None, typer.Option(help="13, 4, 6 and 6 digits joined by hyphens.")] = None,
    name: Annotated[str | None, typer.Option(help="Merchant's name in ASCII, up to 25 characters.")] = None,
    local_name: Annotated[str | None, typer.Option(help="Merchant's name in Japanese, up to 25 characters.")] = None,
    city: Annotated[str | None, typer.Option(help="City in ASCII, up to 15 characters.")] = None,
    postal_code: Annotated[str | None, typer.Option(help="7 digits.")] = None,
    mcc: Annotated[str | None, typer.Option(help="Merchant category code, 4 digits.")] = None,
    amount: Annotated[int | None, typer.Option(help="Yen; makes the code one for a single payment.")] = None,
    bill: Annotated[str | None, typer.Option(help="Bill number; with --amount.")] = None,
    reference: Annotated[str | None, typer.Option(help="Reference; with --amount.")] = None,
    terminal: Annotated[str | None, typer.Option(help="Which of a store's tills.")] = None,
    purpose: Annotated[str | None, typer.Option(help="What for; with --amount.")] = None,
    expires: Annotated[datetime | None, typer.Option(formats=MOMENT, help="Last moment, Japan time.")] = None,
    lock_amount: Annotated[bool, typer.Option("--lock-amount", help="The payer may not change the amount.")] = False,
    key: Annotated[Path | None, typer.Option(help="Sign with this key (see `new-key`).")] = None,
    operator: Annotated[str | None, typer.Option(help="A customer's code instead: the operator's digits.")] = None,
    payment_id: Annotated[str | None, typer.Option(help="With --operator: the payment's digits.")] = None,
    picture: Annotated[Path | None, typer.Option("--picture", "-o", help="Draw it: .svg or .png.")] = None,
    terminal_symbol: Annotated[bool, typer.Option("--draw", help="Draw it on the terminal.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write a code from its facts, and draw it if asked. Exit status 2 if the facts make none."""
    facts = {"store_id": store_id, "merchant_name": name, "city": city, "postal_code": postal_code, "mcc": mcc}
    labels = {"local_name": local_name, "terminal": terminal}
    single = {"amount_yen": amount, "bill": bill, "reference": reference, "purpose": purpose}
    try:
        if given is not None:
            texts = _written_again(given)
        elif operator is not None or payment_id is not None:
            texts = [encode_cpm(jpqr_cpm(operator_code=operator or "", payment_id=payment_id or ""))]
        else:
            text = _payload(facts, labels, single)
            expires_at = expires.replace(tzinfo=JST) if expires else None
            pair = jpqr_town.read_key(key) if key else None
            texts = [bound_text(text, expires_at=expires_at, is_amount_locked=lock_amount, key=pair)]
        for text in texts:
            _give(text, picture, on_terminal=terminal_symbol, as_json=as_json)
    except JpqrError as error:
        if as_json:
            _print_json(fault(error))
        else:
            typer.echo(f"madoguchi: {error}", err=True)
        raise typer.Exit(FAILED) from None


def _payload(facts: dict[str, str | None], labels: dict[str, str | None], single: dict[str, Any]) -> str:
    """A merchant's code. Raises Refusal `option_missing`, JpqrError."""
    for fact, value in facts.items():
        if value is None:
            raise Refusal("option_missing", option=f"--{_OPTIONS.get(fact, fact)}")
    known: dict[str, Any] = {**facts, "store_id": StoreId.parse(str(facts["store_id"])), **labels}
    if single["amount_yen"] is not None:
        return dynamic_payload(**known, **single)
    if extra := next((name for name, value in single.items() if value is not None), None):
        raise Refusal("option_needs_amount", option=f"--{extra}")
    return static_payload(**known)


_OPTIONS = {"store_id": "store-id", "merchant_name": "name", "postal_code": "postal-code"}


def _written_again(given: str) -> Iterable[str]:
    """Payloads from what `decode --json` printed, one object a line; the checksum is computed anew."""
    source = sys.stdin if given == "-" else Path(given).open(encoding="utf-8")  # noqa: SIM115  # closed on exit
    for number, line in enumerate(filter(str.strip, source), 1):
        try:
            fields = json.loads(line)["fields"]
            fields.pop("63", None)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Refusal("json_malformed", line=number) from None
        yield encode_tree(fields)


def _give(text: str, picture: Path | None, *, on_terminal: bool, as_json: bool) -> None:
    from madoguchi.jpqr import qr_png, qr_svg, qr_text

    if picture is not None:
        kind = picture.suffix.lower()
        if kind not in (".svg", ".png"):
            raise Refusal("format_unknown", format=kind, known=".svg .png")
        picture.write_bytes(qr_png(text) if kind == ".png" else qr_svg(text).encode())
    if as_json:
        _print_json({"ok": True, "payload": text})
    else:
        typer.echo(text)
    if on_terminal:
        typer.echo(qr_text(text))


def _print_json(data: object) -> None:
    # Bytes that were no UTF-8 came in as halves of surrogate pairs, which no terminal takes.
    typer.echo(json.dumps(data, ensure_ascii=False).encode("utf-8", "backslashreplace").decode())


def _print_report(one: Report) -> None:
    """A code as a table for people; a fault as one clear line."""
    if not one["ok"]:
        error = one["error"]
        typer.echo(f"madoguchi: {error['code']} at {error['path'] or 'payload'}, "
                   f"character {error['offset']}: {error['message']}", err=True)  # fmt: skip
        for further in one.get("faults", ())[1:]:
            where = f"{further['path'] or 'payload'}, character {further['offset']}"
            typer.echo(f"  also {further['code']} at {where}: {further['message']}", err=True)
        if not one.get("fields"):
            return
    table = Table(show_header=False)
    for name, value in one.items():
        if name in ("ok", "error", "faults") or value in (None, {}):
            continue
        if isinstance(value, dict):
            for inner, text in _flat(value):
                table.add_row(f"{name}.{inner}", str(text))
        else:
            table.add_row(name, str(value))
    console().print(table)


def _flat(tree: dict[str, Any], above: str = "") -> Iterable[tuple[str, Any]]:
    for name, value in tree.items():
        path = f"{above}.{name}" if above else name
        if isinstance(value, dict):
            yield from _flat(value, path)
        elif value is not None:
            yield path, value
