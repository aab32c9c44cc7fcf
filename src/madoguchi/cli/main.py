"""`madoguchi`: every command in one place."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import django
import typer

from madoguchi.core.errors import Refusal

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "madoguchi.config.settings")
django.setup()

# Only now: these import models.
from madoguchi.cli import demo as demo_commands  # noqa: E402
from madoguchi.cli import keys, log, running, settlement, trace  # noqa: E402

typer_app = typer.Typer(
    help="Madoguchi: one counter for a region's cashless payments.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
typer_app.command("setup")(running.setup)
typer_app.command("serve")(running.serve)
typer_app.command("worker", hidden=True)(running.worker)
typer_app.command("trace")(trace.trace_command)
typer_app.add_typer(settlement.app, name="settlement", help="Payouts, deposits and the books.")
typer_app.add_typer(demo_commands.app, name="demo", help="Believable demo data, marked and removable.")
typer_app.add_typer(keys.app, name="keys", help="Providers' keys.")
typer_app.add_typer(log.app, name="log", help="The audit log.")


def app() -> NoReturn:
    """Run the command; a refusal is one line on standard error and exit status 2."""
    try:
        typer_app()
    except Refusal as refusal:
        print(f"madoguchi: {refusal}", file=sys.stderr)  # noqa: T201  # the command's own output
        sys.exit(2)
    sys.exit(0)
