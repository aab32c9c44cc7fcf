"""What every engine is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from madoguchi.engine.rewards.batches import Ids
from madoguchi.engine.rewards.campaign import Campaign
from madoguchi.engine.rewards.enrolments import Enrolments
from madoguchi.engine.rewards.files import Payments
from madoguchi.engine.rewards.services import Service

# Called with the step, how much of it is done, and how much there is.
Progress = Callable[[str, int, int], None]


def silent(step: str, done: int, whole: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class Plan:
    """A run, opened and checked: engines only compute. `held` are payment ids of the payments' kind."""

    campaign: Campaign
    services: tuple[Service, ...]
    enrolments: Enrolments
    payments: Payments
    held: Ids
    scratch: Path
    memory: int
    progress: Progress = silent

    @property
    def has_number_ids(self) -> bool:
        """Whether payment ids are whole numbers."""
        return bool(pa.types.is_int64(self.payments.payment_id))


@dataclass
class Rejected:
    """Rows refused: number of the file, row (0-based) and reason."""

    rows: list[tuple[np.ndarray, np.ndarray, str]] = field(default_factory=list)

    def add(self, file: np.ndarray, row: np.ndarray, reason: str) -> None:
        """More rows with one reason."""
        if len(row):
            self.rows.append((np.broadcast_to(file, row.shape), row, reason))

    def listed(self) -> list[tuple[int, int, str]]:
        """File, row (1-based) and reason, in order."""
        found = [
            (int(file), int(row) + 1, reason)
            for files, rows, reason in self.rows
            for file, row in zip(files, rows, strict=True)
        ]
        return sorted(found)


@dataclass(frozen=True)
class Outcome:
    """What an engine says beside the grants it wrote: rows refused, and how many repeated another exactly."""

    rejected: Rejected
    doubled_rows: int
