"""`madoguchi keys`: issue and revoke the secrets shared with providers."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.table import Table

from madoguchi.cli.output import console
from madoguchi.core.errors import Refusal
from madoguchi.people.access import system_actor
from madoguchi.registry.actions import issue_key, revoke_key
from madoguchi.registry.models import ApiKey, Provider

app = typer.Typer(no_args_is_help=True)
ACTOR = system_actor("cli")
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


@app.command("list")
def list_keys(as_json: AsJson = False) -> None:
    """Keys without their secrets."""
    rows = [
        {
            "key_id": key.key_id,
            "provider": key.provider_id,
            "direction": key.direction,
            "created_at": key.created_at.isoformat(),
            "revoked_at": key.revoked_at.isoformat() if key.revoked_at else None,
        }
        for key in ApiKey.objects.order_by("provider", "created_at")
    ]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    shown = Table("key", "provider", "direction", "issued", "revoked")
    for row in rows:
        shown.add_row(*(str(value or "") for value in row.values()))
    console().print(shown)


@app.command()
def issue(provider: str, direction: str = "inbound") -> None:
    """Issue a further key and print its secret, this once. Earlier keys hold until they are revoked."""
    if direction not in {"inbound", "webhook"}:
        raise Refusal("direction_wrong", direction=direction)
    found = Provider.objects.filter(code=provider).first()
    if found is None:
        raise Refusal("provider_unknown", provider=provider)
    key = issue_key(actor=ACTOR, provider=found, direction=direction)
    typer.echo(f"{key.key_id} {key.secret}")


@app.command()
def revoke(key_id: str) -> None:
    """End a key from this moment."""
    revoke_key(actor=ACTOR, key_id=key_id)
    typer.echo(f"{key_id} revoked")
