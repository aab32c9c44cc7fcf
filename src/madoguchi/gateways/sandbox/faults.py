"""What a provider can do badly, so that Madoguchi can be seen to cope: late, double, swapped or lost notices, cut-offs.

J-25: the JPQR screen lags behind the operators' own. J-29: after a provider's cut-off a refund is not taken.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

from madoguchi.core.clock import jst_date, start_of_day
from madoguchi.core.errors import Refusal
from madoguchi.gateways.sandbox.store import Store

REFUND_CUT_OFFS = ("none", "end_of_day", "passed")
LONGEST_DELAY_SECONDS = 7 * 24 * 3600
MOST_DUPLICATES = 20


@dataclass(frozen=True)
class Faults:
    """The faults in force. As made here, the provider behaves well.

    `delay_seconds`: how late a notice leaves. `duplicate`: how many further copies of it leave. `reorder`: a notice
    is held until the next one has been sent. `drop`: notices do not leave at all. `refund_cut_off`: refunds are
    taken always (`none`), until midnight in Japan after the payment (`end_of_day`), or never (`passed`).
    """

    delay_seconds: float = 0
    duplicate: int = 0
    reorder: bool = False
    drop: bool = False
    refund_cut_off: str = "none"

    def changed(self, changes: Mapping[str, Any]) -> Faults:
        """These faults with `changes`. Raises Refusal `setting_unknown`, `setting_malformed` naming the field."""
        known = {each.name for each in fields(self)}
        for name, value in changes.items():
            if name not in known:
                raise Refusal("setting_unknown", field=name)
            if not _fits(name, value):
                raise Refusal("setting_malformed", field=name)
        return replace(self, **changes)


def _fits(name: str, value: Any) -> bool:
    if name == "refund_cut_off":
        return value in REFUND_CUT_OFFS
    if name in ("reorder", "drop"):
        return isinstance(value, bool)
    if isinstance(value, bool):  # True is an int to Python, but not a number of seconds
        return False
    if name == "duplicate":
        return isinstance(value, int) and 0 <= value <= MOST_DUPLICATES
    return isinstance(value, int | float) and 0 <= value <= LONGEST_DELAY_SECONDS


def refund_closes_at(cut_off: str, *, paid_at: datetime) -> datetime | None:
    """The instant from which a payment's refund is refused (J-29), or None if there is none."""
    if cut_off == "passed":
        return paid_at
    if cut_off == "end_of_day":
        return start_of_day(jst_date(paid_at) + timedelta(days=1))
    return None


def faults_in_force(store: Store) -> Faults:
    """The faults as last set; they outlive a restart."""
    row = store.row("SELECT value FROM setting WHERE name = 'faults'")
    return Faults(**json.loads(row["value"])) if row else Faults()


def set_faults(db: sqlite3.Connection, faults: Faults) -> None:
    """Put `faults` in force for what happens from now on; notices that leave in swapped order are let go."""
    db.execute("INSERT OR REPLACE INTO setting VALUES ('faults', ?)", (json.dumps(asdict(faults)),))
    if not faults.reorder:
        db.execute("UPDATE notice SET is_held = 0 WHERE is_held")
