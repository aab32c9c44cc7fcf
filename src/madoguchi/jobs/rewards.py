"""Reward runs beside the worker: asked for once a day, computed in a process of their own."""

from __future__ import annotations

import time

from madoguchi.jobs.beside import Beside
from madoguchi.people.access import Actor
from madoguchi.rewards.runs import ask_due_runs, is_any_asked

LOOK_SECONDS = 2.0
SCHEDULE_SECONDS = 600.0


class RunsBeside:
    """Asks for the runs that are due and has them computed."""

    def __init__(self) -> None:
        self._command = Beside("rewards", "compute")
        self._last_look = self._last_schedule = 0.0

    def look(self, actor: Actor) -> None:
        """Ask for what is due and begin to compute, if it is time for either."""
        if time.monotonic() - self._last_schedule > SCHEDULE_SECONDS:
            ask_due_runs(actor=actor)
            self._last_schedule = time.monotonic()
        if time.monotonic() - self._last_look < LOOK_SECONDS:
            return
        self._last_look = time.monotonic()
        if not self._command.is_running and is_any_asked():
            self._command.start()

    def stop(self) -> None:
        """Stop what is being computed; the next worker computes it anew."""
        self._command.stop()
