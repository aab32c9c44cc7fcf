"""A command beside the worker: what takes minutes and a gigabyte runs in a process of its own, and no message waits."""

from __future__ import annotations

import subprocess
import sys

import structlog

PATIENCE_SECONDS = 10.0
log = structlog.get_logger("beside")


class Beside:
    """One child process at a time that runs a `madoguchi` command."""

    def __init__(self, *command: str) -> None:
        self._command = command
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        """Whether the command is still running; one that failed is told once."""
        if self._child is not None and (status := self._child.poll()) is not None:
            if status:
                log.error("a command failed; trying again", command=self._command, status=status)
            self._child = None
        return self._child is not None

    def start(self) -> None:
        """Start the command, unless it is running."""
        if not self.is_running:
            self._child = subprocess.Popen([sys.executable, "-m", "madoguchi.cli", *self._command])

    def stop(self) -> None:
        """Stop what is running; the next worker does it anew."""
        if self._child is None:
            return
        self._child.terminate()
        try:
            self._child.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._child = None
