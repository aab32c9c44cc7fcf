"""`madoguchi rewards explain`: why one payment of a finished run earned what it did."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from madoguchi.cli.output import console

if TYPE_CHECKING:
    from madoguchi.engine.rewards import Explanation


def explain_command(
    folder: Annotated[Path, typer.Argument(help="The folder of a run's results.", metavar="DIR")],
    payment_id: Annotated[str, typer.Argument(help="The payment.")],
    payments: Annotated[list[Path], typer.Option(help="The files or folders of payments of that run.")],
    enrolments: Annotated[Path, typer.Option(help="The enrolments of that run.")],
    more: Annotated[list[Path] | None, typer.Argument(help="More payments.", metavar="[PAYMENTS]...")] = None,
    services: Annotated[Path | None, typer.Option(help="The services of that run; those of 2019 if none.")] = None,
    campaign: Annotated[Path | None, typer.Option(help="Its campaign in TOML; as the run tells it if none.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Tell rule by rule why a payment earned what it did (P-34 to P-38).

    Nothing is written. Exit status 2 if the payment is not in the run, or if the files are not those of the run.
    """
    from madoguchi.engine.rewards import explain, read_campaign

    told = explain(
        results=folder,
        payment_id=payment_id,
        payments=[*payments, *(more or [])],
        enrolments=enrolments,
        services=services,
        campaign=read_campaign(campaign) if campaign else None,
    )
    if as_json:
        typer.echo(json.dumps(_plain(told), ensure_ascii=False))
        return
    _print(told)


def _plain(told: Explanation) -> dict[str, object]:
    """Values as JSON has them, with each step's sentence."""
    from madoguchi.engine.rewards import sentence

    steps = [{**asdict(step), "sentence": sentence(step, "en")} for step in told.steps]
    credit_on = told.credit_on.isoformat() if told.credit_on else None
    return {**asdict(told), "paid_at": told.paid_at.isoformat(), "credit_on": credit_on, "steps": steps}


def _print(told: Explanation) -> None:
    from madoguchi.engine.rewards import sentence

    title = f"Payment {told.payment_id}: {told.granted_points:,} points ({told.reason.replace('_', ' ')})"
    table = Table("what", "because of", title=title)
    for step in told.steps:
        table.add_row(sentence(step, "en"), step.requirement)
    console().print(table)
