"""What a place's kit says and which sheets suit it: facts given, nothing of paper."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from madoguchi.core.errors import Refusal
from madoguchi.core.yen import BPS

if TYPE_CHECKING:
    from madoguchi.jpqr import Sticker

# In the order in which they lie in the envelope.
PARTS = ("letter", "stand", "stickers", "rate_stickers", "poster", "caution", "fraud")
# Of rewards alone: a municipality's fees earn none (P-15), so its kit says nothing of them.
OF_REWARDS = ("rate_stickers", "caution")
MAX_COPIES = 100  # of each sheet for one place
_MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class KitService:
    """A service under the place's code, from a date (P-26); None if it has been taken there all along."""

    name: str
    starts_on: date | None = None


@dataclass(frozen=True, slots=True)
class KitPlace:
    """An approved place as its kit needs it (P-31).

    `recipient` is the last line of the address as it shall stand there, with its 様 or 御中; if empty, the place is
    written to, with 御中. `rate_bps` is 500, 200 (P-04) or None where nothing is rewarded, as for municipal fees
    (P-15); `rate_ends_on` the last day of the rewards, if one is told. `sticker` is None where the scheme's operator
    has issued no store identifier yet. `is_demo` writes TEST across every sheet, as a code of the test range does.
    """

    place_name: str
    place_name_en: str
    municipality: str
    municipality_en: str
    organisation: str
    postal_code: str
    address: str
    recipient: str
    services: Sequence[KitService]
    rate_bps: int | None
    sticker: Sticker | None
    is_demo: bool = False
    rate_ends_on: date | None = None

    def __post_init__(self) -> None:
        if self.rate_bps is not None and not 0 < self.rate_bps <= BPS:
            raise ValueError(f"a rate of {self.rate_bps} hundredths of a percent; None stands for no rewards")

    @property
    def is_test(self) -> bool:
        """Whether nothing can really be paid there."""
        return self.is_demo or (self.sticker is not None and self.sticker.store_id.is_test)

    @property
    def rate(self) -> str:
        """The rate in percent as it is written, "5"; empty if nothing is rewarded."""
        return "" if self.rate_bps is None else f"{self.rate_bps / 100:g}"


@dataclass(frozen=True, slots=True)
class KitDesk:
    """Who sends the kit and answers questions: with hours as they are written in each language."""

    name: str
    name_en: str
    phone: str
    hours: str = ""
    hours_en: str = ""


def opens_on(place: KitPlace, day: date) -> date | None:
    """The day on which the place's first services start, if that lies after `day`."""
    starts = [one.starts_on for one in place.services]
    known = [one for one in starts if one is not None]
    first = min(known) if known and len(known) == len(starts) else None
    return first if first is not None and first > day else None


def late_start(service: KitService, place: KitPlace, day: date) -> date | None:
    """A service's first day if it comes after `day` and after the place's first services: to be shown (P-26)."""
    is_late = service.starts_on is not None and service.starts_on > (opens_on(place, day) or day)
    return service.starts_on if is_late else None


def from_ja(day: date) -> str:
    """`2019年12月1日から`."""
    return f"{date_ja(day)}から"


def from_en(day: date) -> str:
    """`from 1 Dec 2019`."""
    return f"from {date_en(day)}"


def from_both(day: date) -> str:
    """`2019年12月1日から / from 1 Dec 2019`, parted at the slash if at all."""
    return f"{from_ja(day)} / {from_en(day)}".replace(" ", "\u00a0")


def from_figures(day: date) -> str:
    """`2019/12/1～`, where words have no room."""
    return f"{day.year}/{day.month}/{day.day}～"


def date_ja(day: date) -> str:
    """`2019年12月1日`."""
    return f"{day.year}年{day.month}月{day.day}日"


def date_en(day: date) -> str:
    """`1 Dec 2019`, whatever the server's language."""
    return f"{day.day} {_MONTHS_EN[day.month - 1]} {day.year}"


def require_parts(parts: Iterable[str], copies: Mapping[str, int] | None) -> dict[str, int]:
    """How many sheets of each part are asked for, in the envelope's order.

    Raises Refusal `kit_wrong_parts`, `kit_wrong_copies`.
    """
    asked, wanted = set(parts), copies or {}
    if unknown := sorted((asked | set(wanted)) - set(PARTS)):
        raise Refusal("kit_wrong_parts", parts=", ".join(unknown))
    if wrong := sorted(name for name, count in wanted.items() if not 1 <= count <= MAX_COPIES):
        raise Refusal("kit_wrong_copies", parts=", ".join(wrong), limit=MAX_COPIES)
    if not asked:
        raise Refusal("kit_empty")
    return {part: wanted.get(part, 1) for part in PARTS if part in asked}


def contents(place: KitPlace, sheets: Mapping[str, int]) -> dict[str, int]:
    """Of the sheets asked for, those that suit the place."""
    return {part: count for part, count in sheets.items() if place.rate_bps is not None or part not in OF_REWARDS}
