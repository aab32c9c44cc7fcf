"""`madoguchi operators`: by which digits a customer's own code says whose payment service it belongs to."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table

from madoguchi.cli.output import console
from madoguchi.core.clock import today
from madoguchi.core.errors import Refusal
from madoguchi.people.access import system_actor
from madoguchi.registry.models import OperatorCode, Service
from madoguchi.registry.operators import add_operator_code, end_operator_code

app = typer.Typer(no_args_is_help=True)
ACTOR = system_actor("cli")
DAY = ["%Y-%m-%d"]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


@app.command("list")
def list_operators(as_json: AsJson = False) -> None:
    """The digits and their services, those of demos marked."""
    rows = [
        {
            "code": row.code,
            "service": row.service_id,
            "starts_on": row.starts_on.isoformat(),
            "ends_on": row.ends_on.isoformat() if row.ends_on else None,
            "is_demo": row.is_demo,
        }
        for row in OperatorCode.objects.order_by("code", "starts_on")
    ]
    if as_json:
        typer.echo(json.dumps(rows))
        return
    table = Table("digits", "service", "from", "to", "")
    for row in rows:
        days = (str(row["starts_on"]), str(row["ends_on"] or ""))
        table.add_row(str(row["code"]), str(row["service"]), *days, "demo" if row["is_demo"] else "")
    console().print(table if rows else "No digits are known: tills cannot read customers' codes.")


@app.command()
def add(
    code: Annotated[str, typer.Argument(help="1 to 32 digits, as the scheme issued them.")],
    service: Annotated[str, typer.Argument(help="The service's code, e.g. paypay.")],
    starts: Annotated[datetime | None, typer.Option(formats=DAY, help="First day; today if left out.")] = None,
) -> None:
    """Let these digits stand for a service from a day on."""
    found = Service.objects.filter(code=service).first()
    if found is None:
        raise Refusal("service_unknown", service=service)
    row = add_operator_code(actor=ACTOR, code=code, service=found, starts_on=starts.date() if starts else today())
    typer.echo(f"{row.code} {row.service_id} from {row.starts_on}")


@app.command()
def end(code: str, last: Annotated[datetime, typer.Option("--last", formats=DAY, help="Last day.")]) -> None:
    """Let these digits stand for their service up to a day and no longer."""
    row = end_operator_code(actor=ACTOR, code=code, ends_on=last.date())
    typer.echo(f"{row.code} {row.service_id} to {row.ends_on}")
