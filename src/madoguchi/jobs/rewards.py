"""Reward runs beside the worker: asked for once a day, computed in a process of their own."""

from __future__ import annotations

import subprocess
import sys
import time

import structlog

from madoguchi.people.access import Actor
from madoguchi.rewards.runs import ask_due_runs, is_any_asked

LOOK_SECONDS = 2.0
SCHEDULE_SECONDS = 600.0
PATIENCE_SECONDS = 10.0
log = structlog.get_logger("rewards")


class RunsBeside:
    """A child process computes what was asked for: an engine takes minutes and a gigabyte, and no message waits."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._last_look = self._last_schedule = 0.0

    def look(self, actor: Actor) -> None:
        """Ask for what is due and begin to compute, if it is time for either."""
        if time.monotonic() - self._last_schedule > SCHEDULE_SECONDS:
            ask_due_runs(actor=actor)
            self._last_schedule = time.monotonic()
        if time.monotonic() - self._last_look < LOOK_SECONDS:
            return
        self._last_look = time.monotonic()
        if self._child is not None and (status := self._child.poll()) is not None:
            if status:
                log.error("a run could not be computed; trying again", status=status)
            self._child = None
        if self._child is None and is_any_asked():
            self._child = subprocess.Popen([sys.executable, "-m", "madoguchi.cli", "rewards", "compute"])

    def stop(self) -> None:
        """Stop what is being computed; the next worker computes it anew."""
        if self._child is None:
            return
        self._child.terminate()
        try:
            self._child.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._child = None
