"""The compiled loops of a run: rows put to days and their points counted, then priced and cut, day by day."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from madoguchi.engine.rewards.batches import PAYMENT
from madoguchi.engine.rewards.interning import mixed
from madoguchi.engine.rewards.terms import NO_CAP, WHOLE_SHARE, Terms
from madoguchi.engine.rewards.times import FIRST_DAY, NANOSECONDS_OF_DAY, NANOSECONDS_TO_JST

# What is kept of a payment between the passes: 40 bytes, one line of the cache. Ids of text stand as their hash.
PAID = np.dtype(
    [
        ("paid_at", np.int64),
        ("payment", np.int64),
        ("member", np.int64),
        ("amount", np.int32),
        ("store", np.int32),
        ("pair", np.int32),
        ("rate", np.int16),
        ("reason", np.uint8),
        ("is_excluded", np.uint8),
    ],
    align=True,
)
REASONS = ("ok", "capped", "not_enrolled", "outside_period", "unknown_service", "refunded", "held", "excluded")
OK, CAPPED, NOT_ENROLLED, OUTSIDE, UNKNOWN, REFUNDED, HELD, EXCLUDED = range(len(REASONS))
MONTH, QUARTER, PROGRAMME, OF_PAYMENT = 1, 2, 3, 4
# Above this a bucket says no more than "full"; far from where 32 bits would wrap.
FULL = np.uint32(1 << 30)


@njit(nogil=True, cache=True, inline="always")
def day_of(paid_at: Any) -> Any:
    """Days since 1970-01-01 in Japan of an instant in nanoseconds."""
    return (paid_at + NANOSECONDS_TO_JST) // NANOSECONDS_OF_DAY


@njit(nogil=True, cache=True)
def rate_at(terms: Terms, store: Any, service: Any, day: Any) -> Any:
    """The rate in basis points of a store for a service on a day; -1 if it is not enrolled then."""
    rate = -1
    if store + 1 < len(terms.first_row):
        for row in range(terms.first_row[store], terms.first_row[store + 1]):
            enrolled = terms.enrolled[row]
            if enrolled.starts_on <= day <= enrolled.ends_on:
                if enrolled.service == terms.service_id[service]:
                    return enrolled.rate_bps
                if enrolled.service == -1:
                    rate = enrolled.rate_bps
    return rate


@njit(nogil=True, cache=True)
def points_of(terms: Terms, service: Any, base_yen: Any, rate: Any) -> Any:
    """Points of a base before any cap on points: floor(base × rate / 10000) unless the campaign says otherwise."""
    base = np.int64(base_yen)
    if terms.cap_yen[service] != NO_CAP and base > terms.cap_yen[service]:
        base = terms.cap_yen[service]
    if terms.tax_bps > 0:
        base = base * 10_000 // (10_000 + terms.tax_bps)
    earned = base * np.int64(rate)
    if terms.rounding == 1:
        return (earned + 5_000) // 10_000
    if terms.rounding == 2:
        return (earned + 9_999) // 10_000
    return earned // 10_000


@njit(nogil=True, cache=True)
def period_number(terms: Terms, period: Any, day: Any) -> Any:
    """The number of the month or quarter of a day, from year 0 on; 0 for the programme."""
    if period == MONTH:
        return np.int64(terms.month[day - FIRST_DAY])
    if period == QUARTER:
        return np.int64(terms.month[day - FIRST_DAY] // 3)
    return np.int64(0)


@njit(nogil=True, cache=True, inline="always")
def bucket_of(terms: Terms, service: Any, member: Any, period: Any, mask: Any) -> Any:
    """Where the points of a window are counted; windows may share a bucket, which costs time only."""
    window = terms.window[service] * np.int64(1 << 20) + period
    return np.int64(mixed(np.uint64(member) ^ mixed(window)) & np.uint64(mask))


@njit(nogil=True, cache=True)
def judged(terms: Terms, service: Any, store: Any, day: Any, is_excluded: Any) -> Any:
    """The rate of a payment, and OK or the reason why it earns nothing."""
    if service < 0:
        return 0, UNKNOWN
    if day < terms.starts_on or day > terms.ends_on:
        return 0, OUTSIDE
    if is_excluded:
        return 0, EXCLUDED
    rate = rate_at(terms, store, service, day)
    return (0, NOT_ENROLLED) if rate < 0 else (rate, OK)


@njit(nogil=True, cache=True)
def days_of(kind: np.ndarray, problem: np.ndarray, paid_at: np.ndarray, days: np.ndarray) -> Any:
    """Fill in the day of each sound payment (-1 for other rows); gives how many, the first and the last day."""
    count, first, last = 0, np.int64(1 << 40), np.int64(-1)
    for row in range(len(kind)):
        if kind[row] != PAYMENT or problem[row] != 0:
            days[row] = -1
            continue
        day = day_of(paid_at[row])
        days[row] = day
        first, last = min(first, day), max(last, day)
        count += 1
    return count, first, last


@njit(nogil=True, cache=True)
def places_of(days: np.ndarray, first: int, counts: np.ndarray, order: np.ndarray) -> None:
    """Count the rows of each day and put their numbers in the order of days, as they came within each."""
    for row in range(len(days)):
        if days[row] >= 0:
            counts[days[row] - first] += 1
    place = np.zeros(len(counts), np.int64)
    for day in range(1, len(counts)):
        place[day] = place[day - 1] + counts[day - 1]
    for row in range(len(days)):
        if days[row] >= 0:
            day = days[row] - first
            order[place[day]] = row
            place[day] += 1


@njit(nogil=True, cache=True)
def keep_rows(
    terms: Terms, service_of_pair: np.ndarray, order: np.ndarray, days: np.ndarray,
    paid_at: np.ndarray, payment: np.ndarray, member: np.ndarray, amount: np.ndarray, store: np.ndarray,
    pair: np.ndarray, is_excluded: np.ndarray, buckets: np.ndarray, kept: np.ndarray,
) -> None:  # fmt: skip
    """Write what is kept of each payment, and count the points it earns before refunds in its window's bucket.

    A bucket holds parts of WHOLE_SHARE of the cap, each payment's rounded up: at or below WHOLE_SHARE nothing that
    fell into it can be above its cap.
    """
    mask = len(buckets) - 1
    for place in range(len(order)):
        row = order[place]
        day, service = days[row], service_of_pair[pair[row]]
        rate, reason = judged(terms, service, store[row], day, is_excluded[row])
        kept[place].paid_at = paid_at[row]
        kept[place].payment = payment[row]
        kept[place].member = member[row]
        kept[place].amount = amount[row]
        kept[place].store = store[row]
        kept[place].pair = pair[row]
        kept[place].rate = rate
        kept[place].reason = reason
        kept[place].is_excluded = is_excluded[row]
        if reason == OK and terms.cap_points[service] != NO_CAP and terms.period[service] != OF_PAYMENT:
            points = points_of(terms, service, amount[row], rate)
            if points > 0:
                bucket = bucket_of(terms, service, member[row], period_number(terms, terms.period[service], day), mask)
                if buckets[bucket] < FULL:
                    share = min(points * terms.share[service], 2.0 * WHOLE_SHARE)
                    buckets[bucket] += np.uint32(share) + np.uint32(1)


@njit(nogil=True, cache=True)
def price_rows(
    terms: Terms, service_of_pair: np.ndarray, day: int, kept: np.ndarray, refunded: np.ndarray, is_held: np.ndarray,
    is_full: np.ndarray, base: np.ndarray, raw: np.ndarray, granted: np.ndarray, reason: np.ndarray, hot: np.ndarray,
) -> Any:  # fmt: skip
    """Base, raw points and, where no window's cap can be met, granted points of a day's payments.

    `refunded` (yen) and `is_held` by row, or empty; `is_full` has a bit for each bucket. Rows whose cap may be met
    are numbered in `hot`; their count is returned, and `granted` holds their raw points.
    """
    mask, count = 8 * len(is_full) - 1, 0
    for row in range(len(kept)):
        base[row] = kept[row].amount
        if len(refunded) > 0:
            base[row] = max(np.int64(0), base[row] - refunded[row])
        raw[row] = 0
        granted[row] = 0
        reason[row] = kept[row].reason
        if reason[row] != OK:
            continue
        if base[row] == 0:
            reason[row] = REFUNDED
            continue
        service = service_of_pair[kept[row].pair]
        raw[row] = points_of(terms, service, base[row], kept[row].rate)
        granted[row] = raw[row]
        if len(is_held) > 0 and is_held[row]:
            reason[row] = HELD
        cap = terms.cap_points[service]
        if cap == NO_CAP or raw[row] == 0:
            continue
        if terms.period[service] == OF_PAYMENT:
            granted[row] = min(raw[row], cap)
            continue
        bucket = bucket_of(terms, service, kept[row].member, period_number(terms, terms.period[service], day), mask)
        if is_full[bucket >> 3] >> (bucket & 7) & 1:
            hot[count] = row
            count += 1
    return count


@njit(nogil=True, cache=True)
def settle_rows(
    terms: Terms, service_of_pair: np.ndarray, day: int, kept: np.ndarray,
    raw: np.ndarray, granted: np.ndarray, reason: np.ndarray, credit: np.ndarray, period: np.ndarray,
) -> None:  # fmt: skip
    """After every cut: what was capped, what is held, when it is credited (day, -1 for never) and in which period."""
    for row in range(len(kept)):
        service = service_of_pair[kept[row].pair]
        period[row] = 0 if service < 0 else terms.period[service]
        credit[row] = -1
        if reason[row] == HELD:
            granted[row] = 0
        elif granted[row] < raw[row]:
            reason[row] = CAPPED
        if granted[row] > 0:
            credit[row] = terms.credit_on[service, day - terms.starts_on]


@njit(nogil=True, cache=True)
def is_ordered(kept: np.ndarray) -> bool:
    """Whether rows already stand by instant, then by id, none twice."""
    for row in range(1, len(kept)):
        before, after = kept[row - 1], kept[row]
        if before.paid_at > after.paid_at or (before.paid_at == after.paid_at and before.payment >= after.payment):
            return False
    return True


@njit(nogil=True, cache=True)
def gathered(kept: np.ndarray, order: np.ndarray) -> np.ndarray:
    """The rows in this order."""
    found = np.empty(len(order), kept.dtype)
    for place in range(len(order)):
        found[place] = kept[order[place]]
    return found


@njit(nogil=True, cache=True)
def untie(kept: np.ndarray, order: np.ndarray, longest: int) -> bool:
    """Within rows of one instant, put the smaller id first; False if more than `longest` rows share an instant."""
    begin = 0
    while begin < len(order):
        end = begin + 1
        instant = kept[order[begin]].paid_at
        while end < len(order) and kept[order[end]].paid_at == instant:
            end += 1
        if end - begin > longest:
            return False
        for place in range(begin + 1, end):
            moved = order[place]
            hole = place
            while hole > begin and kept[order[hole - 1]].payment > kept[moved].payment:
                order[hole] = order[hole - 1]
                hole -= 1
            order[hole] = moved
        begin = end
    return True


@njit(nogil=True, cache=True)
def first_appearance(codes: np.ndarray, size: int, renamed: np.ndarray) -> np.ndarray:
    """Number codes anew in the order in which they appear (-1 stays); gives the old code of each new one."""
    table = np.full(size, -1, np.int32)
    old = np.empty(min(size, len(codes)), np.int32)
    count = 0
    for row in range(len(codes)):
        code = codes[row]
        if code < 0:
            renamed[row] = -1
            continue
        if table[code] < 0:
            table[code] = count
            old[count] = code
            count += 1
        renamed[row] = table[code]
    return old[:count]
