"""`madoguchi rewards compute`: the runs that campaigns of this platform asked for."""

from __future__ import annotations

from madoguchi.cli.output import console
from madoguchi.people.access import system_actor
from madoguchi.rewards.runs import compute_asked

ACTOR = system_actor("worker")
MOST = 100


def compute() -> None:
    """Compute the runs that officers or the schedule asked for; the worker does this by itself."""
    count = compute_asked(actor=ACTOR, limit=MOST)
    console().print(f"{count} runs computed")
