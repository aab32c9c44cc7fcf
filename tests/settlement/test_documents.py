"""The page about settlement says what the tables say."""

from __future__ import annotations

from pathlib import Path

import pytest

from madoguchi.settlement import rules
from madoguchi.settlement.statements import COLUMNS

PAGE = (Path(__file__).parents[2] / "docs" / "settlement.md").read_text(encoding="utf-8")


def drawn(table: tuple[tuple[str | None, str, str], ...]) -> str:
    """A table of states as the page shows it."""
    rows = [f"| {before or '—'} | {after} | {when} |" for before, after, when in table]
    return "\n".join(["| from | to | when |", "|---|---|---|", *rows])


@pytest.mark.parametrize("name", ["PAYOUT_STATES", "DEPOSIT_STATES"])
def test_the_states_on_the_page_are_those_of_the_table(name):
    assert f"<!-- states: {name} -->\n\n{drawn(getattr(rules, name))}\n" in PAGE


def test_every_accepted_head_is_on_the_page():
    for names in COLUMNS.values():
        assert all(name in PAGE for name in names)
