"""`madoguchi`: every command in one place."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import typer

from madoguchi.cli import eligibility, jpqr, registry, rewards
from madoguchi.core.errors import Refusal

STANDALONE = {"jpqr": jpqr, "eligibility": eligibility, "registry": registry, "rewards": rewards}
# Commands of those rooms that do need the platform's data.
NEEDS_PLATFORM = (
    ["registry", "duplicates"],
    ["registry", "--help"],
    ["rewards", "compute"],
    ["rewards", "--help"],
)


def whole() -> typer.Typer:
    """Every command. Those on the platform's data need Django, which takes two seconds to start."""
    platform()
    from madoguchi.cli import (  # they import models
        demo,
        duplicates,
        keys,
        log,
        opendata,
        operators,
        rewards_campaigns,
        running,
        settlement,
        trace,
    )

    commands = _empty()
    commands.command("setup")(running.setup)
    commands.command("serve")(running.serve)
    commands.command("worker", hidden=True)(running.worker)
    commands.command("trace")(trace.trace_command)
    commands.add_typer(settlement.app, name="settlement", help="Payouts, deposits and the books.")
    registry.app.command("duplicates")(duplicates.run)
    rewards.app.command("compute")(rewards_campaigns.compute)
    _add_standalone(commands)
    commands.add_typer(demo.app, name="demo", help="Believable demo data, marked and removable.")
    commands.add_typer(keys.app, name="keys", help="Providers' keys.")
    commands.add_typer(operators.app, name="operators", help="Digits by which customers' codes are known.")
    commands.add_typer(log.app, name="log", help="The audit log.")
    commands.add_typer(opendata.app, name="opendata", help="What is published: tables as printed, downloads.")
    return commands


def standalone() -> typer.Typer:
    """The commands that work without the platform's data and so start in a quarter of the time."""
    commands = _empty()
    _add_standalone(commands)
    return commands


def _add_standalone(commands: typer.Typer) -> None:
    for name, room in STANDALONE.items():
        commands.add_typer(room.app, name=name, help=room.HELP)


def platform() -> None:
    """Make the platform's data usable in this process."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "madoguchi.config.settings")
    import django

    django.setup()


def app() -> NoReturn:
    """Run the command; a refusal is one line on standard error and exit status 2."""
    is_standalone = sys.argv[1:2] and sys.argv[1] in STANDALONE and sys.argv[1:3] not in NEEDS_PLATFORM
    commands = standalone() if is_standalone else whole()
    try:
        commands()
    except Refusal as refusal:
        print(f"madoguchi: {refusal}", file=sys.stderr)  # noqa: T201  # the command's own output
        sys.exit(2)
    sys.exit(0)


def _empty() -> typer.Typer:
    commands = typer.Typer(
        help="Madoguchi: one counter for a region's cashless payments.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
    )
    # With a single group in it, Typer would take that group for the whole program.
    commands.callback()(_nothing_more)
    return commands


def _nothing_more() -> None:
    """Madoguchi: one counter for a region's cashless payments."""
