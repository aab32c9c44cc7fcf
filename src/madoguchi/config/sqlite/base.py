"""Django's SQLite backend, in which write transactions of all threads and processes wait their turn in a queue.

SQLite itself lets a writer that finds the database locked sleep and try again, for up to 100 ms at a time and in no
order. With 16 threads taking in payments that gave 69 payments a second and a 99th percentile of two seconds. A
lock on a file beside the database hands the turn on at once and in order; the system releases it if a process dies.
"""

from __future__ import annotations

import fcntl
import os
from typing import Any

from django.db.backends.sqlite3 import base

# The stubs leave out the backend's own hooks.
Backend: Any = base.DatabaseWrapper


class DatabaseWrapper(Backend):
    """One thread's connection; holds the writers' turn from BEGIN to COMMIT or ROLLBACK."""

    _turn: int | None = None
    _has_turn = False

    def _start_transaction_under_autocommit(self) -> None:
        self._take_turn()
        try:
            super()._start_transaction_under_autocommit()
        except BaseException:
            self._give_turn()
            raise

    def _commit(self) -> None:
        try:
            super()._commit()
        finally:
            self._give_turn()

    def _rollback(self) -> None:
        try:
            super()._rollback()
        finally:
            self._give_turn()

    def _close(self) -> None:
        try:
            super()._close()
        finally:
            self._give_turn()
            if self._turn is not None:
                os.close(self._turn)
                self._turn = None

    def _take_turn(self) -> None:
        name: Any = self.settings_dict["NAME"]
        if self._has_turn or self.is_in_memory_db():
            return
        if self._turn is None:
            self._turn = os.open(f"{name}.turn", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._turn, fcntl.LOCK_EX)
        self._has_turn = True

    def _give_turn(self) -> None:
        if self._has_turn and self._turn is not None:
            fcntl.flock(self._turn, fcntl.LOCK_UN)
            self._has_turn = False
