"""How often one network may ask the open API: so many requests a minute, counted across a machine's processes."""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import mmap
import os
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from madoguchi.core.clock import now

WINDOW_SECONDS = 60
# A count-min sketch: each network counts in one cell of every row and its count is the least of them, so that two
# networks that share a cell do not count as one. With 1,000 networks a minute, 4 in a million share all three.
ROWS, CELLS = 3, 65_536
CELL = struct.Struct("<II")  # the minute, and the requests in it


@dataclass(frozen=True)
class Allowance:
    """How a network stands after a request: `limit` a minute, what is `left`, and the seconds until it starts anew."""

    limit: int
    left: int
    seconds: int
    is_allowed: bool


def count_request(network: str) -> Allowance | None:
    """Count a request of the open API from `network`; None where nothing is limited.

    A network that cannot be told (this machine itself) is not limited. The window is a minute of the clock, so that
    across its edge twice the limit may pass within a minute.
    """
    limit = settings.OPEN_LIMIT_PER_MINUTE
    if not network or limit <= 0:
        return None
    at = int(now().timestamp())
    count = _counted(_path(), _cells(network, at // WINDOW_SECONDS), at // WINDOW_SECONDS)
    seconds = WINDOW_SECONDS - at % WINDOW_SECONDS
    return Allowance(limit, max(0, limit - count), seconds, count <= limit)


def _path() -> Path:
    return Path(settings.VAR) / "open-requests.counts"


def _cells(network: str, window: int) -> list[int]:
    """Where a network counts in this minute. Nothing of its address is kept: not even a digest, only the counts."""
    digest = hmac.new(settings.SECRET_KEY.encode(), f"{window} {network}".encode(), hashlib.sha256).digest()
    parts = struct.unpack_from(f"<{ROWS}I", digest)
    return [(row * CELLS + part % CELLS) * CELL.size for row, part in enumerate(parts)]


def _counted(path: Path, cells: list[int], window: int) -> int:
    with _counts(path) as counts:
        found = []
        for at in cells:
            cell_window, count = CELL.unpack_from(counts, at)
            found.append(count + 1 if cell_window == window else 1)
            CELL.pack_into(counts, at, window, found[-1])
        return min(found)


class _File:
    """The counts in a file that this machine's processes share, mapped into memory: no disk is waited for."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.ftruncate(self.descriptor, ROWS * CELLS * CELL.size)
        self.counts = mmap.mmap(self.descriptor, ROWS * CELLS * CELL.size)


_lock = threading.Lock()
_files: dict[Path, _File] = {}


@contextmanager
def _counts(path: Path) -> Iterator[mmap.mmap]:
    """The counts, for one thread of one process at a time: a file's lock holds between processes only."""
    with _lock:
        file = _files.get(path) or _files.setdefault(path, _File(path))
        fcntl.lockf(file.descriptor, fcntl.LOCK_EX)
        try:
            yield file.counts
        finally:
            fcntl.lockf(file.descriptor, fcntl.LOCK_UN)
