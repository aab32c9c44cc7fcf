"""Where commands print: as wide as the terminal, and wide enough for every figure where there is none."""

from __future__ import annotations

import sys

from rich.console import Console

PIPED_WIDTH = 200


def console() -> Console:
    """Standard output; facts are printed as they are, never read as markup."""
    width = None if sys.stdout.isatty() else PIPED_WIDTH
    return Console(width=width, markup=False, highlight=False)
