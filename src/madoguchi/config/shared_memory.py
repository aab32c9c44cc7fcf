"""What the web server's processes remember together, in one file: pages of visitors, and what took long to count.

Django's cache in memory is each process's own: with two, a sixth of all views drew a page that the other had. Its cache
in files lists the whole folder at every write. This one is a table of SQLite's that no power cut needs to spare.
"""

from __future__ import annotations

import itertools
import json
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache

TABLE = "CREATE TABLE IF NOT EXISTS remembered (name TEXT PRIMARY KEY, value, until REAL)"
SWEEP = "DELETE FROM remembered WHERE until <= ?"
# So seldom is what has run out swept away, and by each thread that begins; meanwhile it is not given out.
WRITES_BETWEEN_SWEEPS = 500
WAIT_SECONDS = 0.2
_writes = itertools.count(1)


class SharedMemory(BaseCache):
    """JSON values and bytes in the file `location`. What cannot be read or written is as if never remembered."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._file = Path(location)
        self._own = threading.local()

    def _connection(self) -> sqlite3.Connection:
        known: sqlite3.Connection | None = getattr(self._own, "connection", None)
        if known is None:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            known = sqlite3.connect(self._file, timeout=WAIT_SECONDS, isolation_level=None)
            known.execute("PRAGMA journal_mode = WAL")
            known.execute("PRAGMA synchronous = OFF")
            known.execute(TABLE)
            known.execute(SWEEP, (time.time(),))
            self._own.connection = known
        return known

    def _run(self, sql: str, *values: Any) -> tuple[int, list[Any]]:
        """Rows changed and rows read; nothing where the file is busy or broken."""
        try:
            cursor = self._connection().execute(sql, values)
            return cursor.rowcount, cursor.fetchall()
        except sqlite3.Error:
            self._own.connection = None
            return 0, []

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        """The value, or `default` once it has run out."""
        sql = "SELECT value FROM remembered WHERE name = ? AND (until IS NULL OR until > ?)"
        _, rows = self._run(sql, self.make_and_validate_key(key, version), time.time())
        if not rows:
            return default
        value = rows[0][0]
        return value if isinstance(value, bytes) else json.loads(value)

    def set(self, key: str, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        """Remember a JSON value, or bytes, for so many seconds."""
        told = value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False)
        name = self.make_and_validate_key(key, version)
        self._run("INSERT OR REPLACE INTO remembered VALUES (?, ?, ?)", name, told, self.get_backend_timeout(timeout))
        self._sweep()

    def add(self, key: str, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Remember a value unless one is; whether it was."""
        if self.get(key, self, version) is not self:
            return False
        self.set(key, value, timeout, version)
        return True

    def touch(self, key: str, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Remember a value for so many seconds more; whether there was one."""
        name = self.make_and_validate_key(key, version)
        sql = "UPDATE remembered SET until = ? WHERE name = ? AND (until IS NULL OR until > ?)"
        return self._run(sql, self.get_backend_timeout(timeout), name, time.time())[0] > 0

    def delete(self, key: str, version: int | None = None) -> bool:
        """Forget a value; whether there was one."""
        return self._run("DELETE FROM remembered WHERE name = ?", self.make_and_validate_key(key, version))[0] > 0

    def clear(self) -> None:
        """Forget everything."""
        self._run("DELETE FROM remembered")

    def _sweep(self) -> None:
        # Django makes a cache of each thread: their writes are counted together.
        if next(_writes) % WRITES_BETWEEN_SWEEPS == 0:
            self._run(SWEEP, time.time())
