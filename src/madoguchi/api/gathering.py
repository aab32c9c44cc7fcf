"""Single notices that arrive while one is being stored are stored together in the next transaction.

Storing one payment costs about 3 ms of queries and a wait for the disk, whether the transaction holds one payment or
ten. Gathered, singles of one process share both (measured in benchmarks/intake.py). Nothing is delayed to wait for
others: whoever finds nobody storing goes at once. Each caller is answered only after its notice is committed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Given = TypeVar("Given")
Answered = TypeVar("Answered")
MAX_GATHERED = 100


@dataclass
class _Waiting(Generic[Given, Answered]):
    given: Given
    woken: threading.Event = field(default_factory=threading.Event)
    answer: Answered | None = None
    leads: bool = False


class Gathering(Generic[Given, Answered]):
    """Calls `store` with what several threads brought; one thread at a time stores for all that wait."""

    def __init__(self, store: Callable[[Sequence[Given]], Sequence[Answered]]) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._waiting: list[_Waiting[Given, Answered]] = []
        self._is_storing = False

    def bring(self, given: Given) -> Answered | None:
        """The answer for `given`, or None if storing together failed: then the caller stores its own alone."""
        mine: _Waiting[Given, Answered] = _Waiting(given)
        with self._lock:
            self._waiting.append(mine)
            mine.leads = not self._is_storing
            self._is_storing = True
        if not mine.leads:
            mine.woken.wait()
        if mine.leads:
            self._lead(mine)
        return mine.answer

    def _lead(self, mine: _Waiting[Given, Answered]) -> None:
        with self._lock:
            self._waiting.remove(mine)
            others = self._waiting[: MAX_GATHERED - 1]
            del self._waiting[: MAX_GATHERED - 1]
        together = [mine, *others]
        try:
            for each, answer in zip(together, self._store([each.given for each in together]), strict=True):
                each.answer = answer
        except Exception:  # one bad notice must not fail the others: each tries again alone
            for each in together:
                each.answer = None
        finally:
            for each in others:
                each.woken.set()
            with self._lock:
                following = self._waiting[0] if self._waiting else None
                self._is_storing = following is not None
            if following is not None:
                following.leads = True
                following.woken.set()
