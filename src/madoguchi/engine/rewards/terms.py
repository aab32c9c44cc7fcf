"""A campaign's rules as arrays: what the kernels read of services, enrolments, calendar and campaign."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from madoguchi.engine.rewards.campaign import ROUNDINGS, Campaign, FurtherCap
from madoguchi.engine.rewards.enrolments import EVERY_SERVICE, Enrolments
from madoguchi.engine.rewards.files import canonical_numbers
from madoguchi.engine.rewards.interning import Table
from madoguchi.engine.rewards.services import Service, credit_days
from madoguchi.engine.rewards.tables import EPOCH
from madoguchi.engine.rewards.times import FIRST_DAY, LAST_DAY

# How a window's period is told apart; the place in this list is its code.
PERIODS = ("none", "month", "quarter", "programme", "payment")
NO_CAP = -1
# A bucket's limit: shares of a cap are counted in parts of this.
WHOLE_SHARE = 1 << 20


# An enrolment as the kernels read it: `service` is a service's number or -1 for all of them.
ENROLLED = np.dtype([("service", np.int32), ("starts_on", np.int32), ("ends_on", np.int32), ("rate_bps", np.int32)])


class Terms(NamedTuple):
    """Everything a kernel asks of a campaign; yen and points int64, days since 1970-01-01 int32.

    By row of the services' table: `service_id` (which service), `window` (whose payments share a cap), `cap_points`
    and `cap_yen` (NO_CAP for none), `period` (place in PERIODS), `share` (parts of WHOLE_SHARE of the cap in one
    point). By store code: `first_row` of its enrolments in `enrolled`.
    `month` by day since FIRST_DAY, counted from year 0. `credit_on` by service row and day of the campaign.
    """

    service_id: np.ndarray
    window: np.ndarray
    cap_points: np.ndarray
    cap_yen: np.ndarray
    period: np.ndarray
    share: np.ndarray
    first_row: np.ndarray
    enrolled: np.ndarray
    month: np.ndarray
    credit_on: np.ndarray
    starts_on: int
    ends_on: int
    rounding: int
    tax_bps: int


class FurtherTerms(NamedTuple):
    """Points and period (place in PERIODS) of the caps beside the services'; NO_CAP for none."""

    place_points: int
    place_period: int
    member_points: int
    member_period: int
    budget_points: int


def terms_of(campaign: Campaign, services: Sequence[Service], enrolments: Enrolments, stores: Table) -> Terms:
    """The arrays of a run; the stores of the enrolments get the first codes of `stores`."""
    ids = {one: place for place, one in enumerate(dict.fromkeys(one.service_id for one in services))}
    windows = {one: place for place, one in enumerate(dict.fromkeys(one.window for one in services))}
    caps = np.array([NO_CAP if one.cuts_payment else one.cap_amount for one in services], np.int64)
    return Terms(
        service_id=np.array([ids[one.service_id] for one in services], np.int32),
        window=np.array([windows[one.window] for one in services], np.int64),
        cap_points=caps,
        cap_yen=np.array([one.cap_amount if one.cuts_payment else NO_CAP for one in services], np.int64),
        period=np.array([PERIODS.index(one.cap_period) for one in services], np.int8),
        share=np.array([2.0 * WHOLE_SHARE if cap <= 0 else WHOLE_SHARE / cap for cap in caps]),
        **_enrolled(campaign, enrolments, ids, stores),
        month=_months(),
        credit_on=np.array(credit_days(services, campaign.starts_on, campaign.ends_on), np.int32).reshape(
            len(services), -1
        ),
        starts_on=campaign.starts_on.toordinal() - EPOCH,
        ends_on=campaign.ends_on.toordinal() - EPOCH,
        rounding=ROUNDINGS.index(campaign.rounding),
        tax_bps=campaign.tax_bps if campaign.tax_base == "excluded" else 0,
    )


def further_terms(campaign: Campaign) -> FurtherTerms:
    """The caps beside the services' of a campaign."""

    def parts(cap: FurtherCap | None) -> tuple[int, int]:
        return (NO_CAP, 0) if cap is None else (cap.points, PERIODS.index(cap.period))

    budget = NO_CAP if campaign.budget_points is None else campaign.budget_points
    return FurtherTerms(*parts(campaign.place_cap), *parts(campaign.member_cap), budget)


def _enrolled(campaign: Campaign, rows: Enrolments, ids: dict[str, int], stores: Table) -> dict[str, np.ndarray]:
    """The enrolments by store code; those for services that are not in the table are left out."""
    store_id, is_kept = rows.store_id, np.ones(len(rows), bool)
    if hasattr(stores, "_known") and not pa.types.is_int64(store_id.type):
        numbers = canonical_numbers(store_id)
        is_kept = np.asarray(numbers.is_valid())
        store_id = numbers.fill_null(0)
    elif not hasattr(stores, "_known"):
        store_id = store_id.cast(pa.string())
    words = rows.service_id.dictionary_encode()
    meaning = np.array(
        [-1 if word == EVERY_SERVICE else ids.get(word, -2) for word in words.dictionary.to_pylist()] or [-2], np.int32
    )
    service = meaning[np.asarray(words.indices)] if len(rows) else np.zeros(0, np.int32)
    kept = np.flatnonzero(is_kept & (service != -2))
    chosen = store_id.take(pa.array(kept))
    code = stores.add(np.asarray(chosen) if pa.types.is_int64(chosen.type) else chosen)
    order = np.argsort(code, kind="stable")
    place = kept[order]
    rate = rows.rate_bps[place] if campaign.rate_bps is None else np.full(len(place), campaign.rate_bps)
    enrolled = np.empty(len(place), ENROLLED)
    enrolled["service"], enrolled["rate_bps"] = service[place], rate
    enrolled["starts_on"], enrolled["ends_on"] = rows.starts_on[place], rows.ends_on[place]
    return {
        "first_row": np.searchsorted(code[order], np.arange(len(stores) + 1)).astype(np.int32),
        "enrolled": enrolled,
    }


def _months() -> np.ndarray:
    days = [date.fromordinal(EPOCH + one) for one in range(FIRST_DAY, LAST_DAY + 1)]
    return np.array([12 * day.year + day.month - 1 for day in days], np.int32)
