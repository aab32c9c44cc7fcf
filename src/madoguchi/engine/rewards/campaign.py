"""A campaign as data: its period, places, base, rounding and the caps beside those of the services."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from pathlib import Path
from typing import Any

from madoguchi.core.errors import Refusal

ROUNDINGS = ("down", "half_up", "up")
TAX_BASES = ("included", "excluded")
CAP_PERIODS = ("month", "quarter", "programme")
WHOLE_BPS = 10_000
LARGEST_POINTS = 10**15
# The transactions that never earned points in 2019 (P-14); a payments file may name one in `transaction`.
EXCLUDED_2019 = (
    "securities",
    "stamps_and_vouchers",
    "cars",
    "new_houses",
    "lottery_and_gambling",
    "collection_for_others",
    "salary_wages_donations",
    "otherwise_inappropriate",
)


@dataclass(frozen=True)
class FurtherCap:
    """Points that a place, or a member over all services, gets at most in a period."""

    points: int
    period: str = "programme"


@dataclass(frozen=True)
class Campaign:
    """What a campaign rewards; dates are inside, JST.

    Points are `base × rate / 10000`, rounded as said; the base is the price paid, or that less the consumption tax
    of `tax_bps` in it (P-35, P-47). `rate_bps` None takes each enrolment's rate. The further caps cut what the
    services' caps left: a place's first, then the member's over all services, then the budget.
    """

    name: str
    starts_on: date
    ends_on: date
    rate_bps: int | None = None
    rounding: str = "down"
    tax_base: str = "included"
    tax_bps: int = 1_000
    municipalities: tuple[str, ...] = ()
    place_classes: tuple[str, ...] = ()
    trades: tuple[str, ...] = ()
    excluded_transactions: tuple[str, ...] = field(default=EXCLUDED_2019)
    place_cap: FurtherCap | None = None
    member_cap: FurtherCap | None = None
    budget_points: int | None = None

    def __post_init__(self) -> None:
        """Raises Refusal `campaign_wrong` with the field."""
        wrong = {
            "name": not self.name.strip(),
            "ends_on": self.ends_on < self.starts_on,
            "starts_on": not 2000 <= self.starts_on.year <= self.ends_on.year < 2100,
            "rate_bps": self.rate_bps is not None and not 0 <= self.rate_bps <= WHOLE_BPS,
            "rounding": self.rounding not in ROUNDINGS,
            "tax_base": self.tax_base not in TAX_BASES,
            "tax_bps": not 0 <= self.tax_bps <= WHOLE_BPS,
            "budget_points": self.budget_points is not None and not 0 <= self.budget_points <= LARGEST_POINTS,
        }
        for name in ("place_cap", "member_cap"):
            cap = getattr(self, name)
            wrong[name] = cap is not None and not (0 <= cap.points <= LARGEST_POINTS and cap.period in CAP_PERIODS)
        for name, is_wrong in wrong.items():
            if is_wrong:
                raise Refusal("campaign_wrong", field=name)

    @property
    def has_further_caps(self) -> bool:
        """Whether anything but the services' caps limits the points."""
        return self.place_cap is not None or self.member_cap is not None or self.budget_points is not None


def programme_2019() -> Campaign:
    """The point-reward programme of 2019: nine months, 5 % or 2 % by the place's enrolment (P-02, P-04, P-35)."""
    return Campaign("キャッシュレス・ポイント還元事業", date(2019, 10, 1), date(2020, 6, 30))


def read_campaign(file: Path) -> Campaign:
    """A campaign from TOML whose keys are the fields of Campaign.

    Raises Refusal `file_unreadable`, `campaign_wrong`.
    """
    try:
        return campaign_of(tomllib.loads(file.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Refusal("file_unreadable", file=str(file), reason=" ".join(str(error).split())) from error


def campaign_of(given: Mapping[str, Any]) -> Campaign:
    """A campaign from plain values, dates as dates or 2019-10-01. Raises Refusal `campaign_wrong` with the field."""
    known = {one.name: one for one in fields(Campaign)}
    if unknown := next((name for name in given if name not in known), None):
        raise Refusal("campaign_wrong", field=unknown)
    for name in ("name", "starts_on", "ends_on"):
        if name not in given:
            raise Refusal("campaign_wrong", field=name)
    return Campaign(**{name: _value(name, str(known[name].type), value) for name, value in given.items()})


def _value(name: str, kind: str, value: Any) -> Any:
    """A value as its field wants it; what cannot be read is refused."""
    readers = {"date": _date, "str": _text, "int": _whole, "tuple[str, ...]": _words, "FurtherCap": _cap}
    wanted = kind.removesuffix(" | None")
    if value is None and wanted != kind:
        return None
    read = readers[wanted](value)
    if read is None:
        raise Refusal("campaign_wrong", field=name)
    return read


def _date(value: Any) -> date | None:
    if isinstance(value, datetime):
        return None
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _words(value: Any) -> tuple[str, ...] | None:
    is_list = isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)
    return tuple(value) if is_list else None


def _cap(value: Any) -> FurtherCap | None:
    if not isinstance(value, Mapping) or not {"points"} <= set(value) <= {"points", "period"}:
        return None
    points, period = _whole(value["points"]), _text(value.get("period", "programme"))
    return None if points is None or period is None else FurtherCap(points, period)
