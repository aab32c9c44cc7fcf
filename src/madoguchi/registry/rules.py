"""What a place may take for whom, and when a payout falls due: pure rules over dated rows."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from stdnum.exceptions import ValidationError
from stdnum.jp import cn

from madoguchi.core.clock import next_bank_business_day

PLACE_CLASSES = ("fixed", "mobile", "ec", "other")
PLACE_KINDS = ("division", "facility", "shop", "post_office", "vehicle")
ORGANISATION_KINDS = ("municipality", "company", "designated_manager", "post_office_operator", "shop")
CLOSING_CYCLES = ("month_end", "half_month", "week", "day")
FEE_BASES = ("payment", "payout")
TRANSFER_FEE_BEARERS = ("provider", "principal")
# What a visitor with a wheelchair, a stick, bad eyes or ears, or another language asks of a counter.
ACCESS = (
    "step_free",
    "low_counter",
    "wheelchair_toilet",
    "parking",
    "writing_help",
    "hearing_loop",
    "sign_language",
    "large_print",
    "other_languages",
    "assistance_dogs",
)


class Dated(Protocol):
    """A row that is in force from `starts_on` to `ends_on`, both included; an open end is None."""

    @property
    def starts_on(self) -> date: ...

    @property
    def ends_on(self) -> date | None: ...


def in_force(row: Dated, day: date) -> bool:
    """Whether a dated row holds on `day`."""
    return row.starts_on <= day and (row.ends_on is None or day <= row.ends_on)


def is_corporate_number(text: str) -> bool:
    """Whether `text` is a 13-digit 法人番号 with a right check digit."""
    try:
        return bool(cn.validate(text) == text)
    except ValidationError:
        return False


@dataclass(frozen=True)
class Designation:
    """指定公金事務取扱者 (地方自治法243条の2): which revenues an agent may take for a principal, from when."""

    purposes: frozenset[str]
    starts_on: date
    ends_on: date | None
    announced_on: date | None


def may_take(*, is_own: bool, purpose: str, day: date, designations: Iterable[Designation]) -> bool:
    """Whether a place may take revenue of `purpose` on `day`.

    Its operator's own revenue always; another principal's only under a designation in force that names the revenue
    and has been announced (告示) by that day.
    """
    if is_own:
        return True
    return any(
        purpose in row.purposes and in_force(row, day) and row.announced_on is not None and row.announced_on <= day
        for row in designations
    )


def closing_day(day: date, cycle: str) -> date:
    """The last day of the closing period that contains `day`.

    `month_end`; `half_month` (15th and month end); `week` (Sunday); `day`.
    """
    month_end = day.replace(day=monthrange(day.year, day.month)[1])
    if cycle == "month_end":
        return month_end
    if cycle == "half_month":
        return day.replace(day=15) if day.day <= 15 else month_end
    if cycle == "week":
        return day + timedelta(days=6 - day.weekday())
    if cycle == "day":
        return day
    raise ValueError(f"unknown closing cycle: {cycle}")


def payout_day(closed_on: date, *, months_after: int, day_of_month: int, days_after: int) -> date:
    """When the payout of a period that closed on `closed_on` is made, moved to the next bank business day.

    With `day_of_month` set: that day of the month `months_after` later (the last day if the month is shorter), e.g.
    1 and 15 for "month end, paid on the 15th". Otherwise `days_after` calendar days later.
    """
    if day_of_month:
        months = closed_on.year * 12 + closed_on.month - 1 + months_after
        year, month = divmod(months, 12)
        last = monthrange(year, month + 1)[1]
        return next_bank_business_day(date(year, month + 1, min(day_of_month, last)))
    return next_bank_business_day(closed_on + timedelta(days=days_after))
