"""`madoguchi eligibility`: may this business take part, at which rate, and why."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from madoguchi.core.errors import Refusal
from madoguchi.onboarding.eligibility import check, read_facts, read_rule_sets
from madoguchi.onboarding.words import Language

HELP = "Who may take part in a programme, and why."
RULES_HELP = (
    "Rules to decide by instead of those shipped: a file in the format of what GET /api/v1/eligibility/rules gives."
)
app = typer.Typer(no_args_is_help=True, help=HELP)


@app.callback()
def _group() -> None:
    """Who may take part in a programme, and why."""


@app.command("check")
def check_command(
    file: Annotated[str, typer.Argument(help="A business's facts as JSON, or - for standard input.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
    language: Annotated[str, typer.Option("--language", help="ja or en.")] = "ja",
    rules: Annotated[Path | None, typer.Option(help=RULES_HELP)] = None,
) -> None:
    """Decide and explain. Exit status 0 whatever the outcome; 2 if the facts cannot be read."""
    if language not in ("ja", "en"):
        raise Refusal("format_unknown", format=language, known="ja en")
    facts = read_facts(_text(file))
    spoken: Language = "en" if language == "en" else "ja"
    rule_sets = read_rule_sets(_text(str(rules))) if rules else None
    found = check(facts, spoken, rule_sets)
    typer.echo(json.dumps(found, ensure_ascii=False) if as_json else found["explanation"])


def _text(file: str) -> str:
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal("file_unreadable", file=file) from error
