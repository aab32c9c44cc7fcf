"""`madoguchi jpqr` on a town's own codes: check what stands on a counter, print stickers, keep the signing keys."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from madoguchi.core.errors import Refusal
from madoguchi.jpqr import KeyPair, new_key
from madoguchi.jpqr.conditions import public_key_text, read_public_key

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def add_to(app: typer.Typer) -> None:
    """Put this file's commands among `madoguchi jpqr`'s."""
    app.command("new-key")(new_key_command)


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
        raise Refusal("key_file_unwritable", file=output, reason=error.strerror) from error
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
