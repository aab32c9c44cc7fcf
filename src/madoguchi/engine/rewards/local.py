"""The engine for one machine: two passes over compiled loops, in a fixed amount of memory.

Pass one reads every row once, judges it, puts it aside by day and adds its points to a bucket chosen by a hash of its
member's window. Pass two takes the days in order: rows whose bucket stayed under the cap are granted as they are; for
the rest a table of running sums is kept. Buckets shared by several windows send more rows to that table, never fewer.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from madoguchi.engine.rewards.doubles import SAID, Doubles, find_doubles, said_by_payments
from madoguchi.engine.rewards.grants import GrantsWriter
from madoguchi.engine.rewards.interning import Table, table_for
from madoguchi.engine.rewards.kernels import HELD, REASONS, price_rows, settle_rows
from madoguchi.engine.rewards.ordering import ordered
from madoguchi.engine.rewards.plan import Outcome, Plan
from madoguchi.engine.rewards.rereading import Dropped, drop_doubles
from madoguchi.engine.rewards.scanning import THREADS, Scanned, scan, texts_kept
from madoguchi.engine.rewards.splitting import pieces_of
from madoguchi.engine.rewards.terms import NO_CAP, PERIODS, FurtherTerms, further_terms
from madoguchi.engine.rewards.times import FIRST_DAY
from madoguchi.engine.rewards.windows import Windows, cut_all, cut_members, over_before

BYTES_OF_ROW_PRICED = 768
FEWEST_ROWS = 1 << 10
NO_HOLDS = np.zeros(0, bool)


def run_local(plan: Plan, writer: GrantsWriter) -> Outcome:
    """Compute a run's grants and write them; gives what is to be told beside them."""
    scanned = scan(plan)
    doubles = _doubles(plan, scanned)
    dropped = drop_doubles(plan, scanned, doubles)
    scanned.refunds.settle(dropped.refunds)
    try:
        _Pricing(plan, scanned, doubles, dropped, writer).run()
    finally:
        for spill in scanned.spills:
            spill.close()
    scanned.rejected.add(*scanned.refunds.orphans(), "refund_without_payment")
    return Outcome(scanned.rejected, doubles.exact)


def _doubles(plan: Plan, scanned: Scanned) -> Doubles:
    if not scanned.ranges[0].may_repeat(scanned.ranges[1:]):
        return Doubles(np.zeros(0, np.int64), 0)
    refunds = scanned.refunds.said()
    rows = len(refunds)
    rows += sum(spill.count(day) for spill in scanned.spills for day in spill.keys())  # noqa: SIM118  # no mapping
    at_once = max(FEWEST_ROWS, plan.memory // 16 // 64)

    def said() -> Any:
        yield refunds
        for spill in scanned.spills:
            for kept in spill.all_rows(at_once):
                piece = np.empty(len(kept), SAID)
                said_by_payments(kept, piece)
                yield piece

    plan.progress("doubles", 0, 1)
    return find_doubles(said, rows, plan.scratch, plan.memory // 2)


@dataclass
class _Priced:
    """A piece of a day, ready to be written."""

    day: int
    kept: np.ndarray
    texts: dict[str, pa.Array]
    base: np.ndarray
    raw: np.ndarray
    granted: np.ndarray
    reason: np.ndarray
    credit: np.ndarray
    period: np.ndarray


class _Pricing:
    """The second pass: days in order, priced and cut by one thread, written by others."""

    def __init__(self, plan: Plan, scanned: Scanned, doubles: Doubles, dropped: Dropped, writer: GrantsWriter) -> None:
        self._plan, self._scanned, self._doubles, self._dropped, self._writer = (
            plan, scanned, doubles, dropped, writer,
        )  # fmt: skip
        self._texts = texts_kept(plan)
        self._service_of_pair = scanned.pairs.service_rows()
        self._further: FurtherTerms = further_terms(plan.campaign)
        self._windows, self._places, self._overall, self._budget = Windows(), Windows(), Windows(), Windows()
        self._members: Table = table_for(plan.payments.member_id)
        self._held = table_for(plan.payments.payment_id)
        self._held.add(plan.held)
        pairs = scanned.pairs.names()
        self._services, self._channels = _coded([one for one, _ in pairs]), _coded([one for _, one in pairs])
        self._stores = scanned.stores.values()

    def run(self) -> None:
        days = self._scanned.days()
        at_once = max(FEWEST_ROWS, self._plan.memory // BYTES_OF_ROW_PRICED)
        waiting: list[Future[None]] = []
        with ThreadPoolExecutor(THREADS) as pool:
            for place, day in enumerate(days):
                file, before = None, None
                pieces = pieces_of(self._scanned.spills, day, at_once, self._plan.scratch, self._texts)
                for kept, texts in pieces:
                    priced = self._priced(day, kept, texts)
                    if not len(priced.kept):
                        continue  # of a day whose every row was dropped there is no file
                    file = file or self._writer.open_day(day)
                    # At most this many pieces are in memory; a piece waits for the one before it of its day.
                    while len(waiting) > THREADS:
                        waiting.pop(0).result()
                    before = pool.submit(self._write, file, priced, before)
                    waiting.append(before)
                if file is not None:
                    waiting.append(pool.submit(_close, file, before))
                self._plan.progress("grants", place + 1, len(days))
            for future in waiting:
                future.result()

    def _priced(self, day: int, kept: np.ndarray, texts: dict[str, pa.Array]) -> _Priced:
        kept, texts = ordered(*self._dropped.without(kept, texts))
        if self._doubles.exact:
            kept, texts = _each_once(kept, texts)
        count = len(kept)
        bits = np.ascontiguousarray(kept["payment"])
        refunded = self._scanned.refunds.of(bits, texts.get("payment"))
        is_held = NO_HOLDS
        if len(self._held):
            is_held = self._held.find(texts.get("payment", bits)) >= 0
        base, raw, granted = (np.empty(count, np.int64) for _ in range(3))
        reason, hot = np.empty(count, np.uint8), np.empty(count, np.int64)
        terms, pairs = self._scanned.terms, self._service_of_pair
        found = price_rows(
            terms, pairs, day, kept, refunded, is_held, self._scanned.is_full, base, raw, granted, reason, hot
        )
        if found:
            self._cut(day, kept, texts, hot[:found], granted)
        if self._plan.campaign.has_further_caps:
            self._cut_further(day, kept, texts, granted)
        credit, period = np.empty(count, np.int32), np.empty(count, np.int8)
        settle_rows(terms, pairs, day, kept, raw, granted, reason, credit, period)
        return _Priced(day, kept, texts, base, raw, granted, reason, credit, period)

    def _cut(
        self, day: int, kept: np.ndarray, texts: dict[str, pa.Array], hot: np.ndarray, granted: np.ndarray
    ) -> None:
        windows, terms = self._windows, self._scanned.terms
        members = kept["member"][hot]
        if "member" in texts:
            members = self._members.add(texts["member"].take(pa.array(hot))).astype(np.int64)
        windows.make_room(len(hot), over_before(terms, day))
        cut_members(
            terms, self._service_of_pair, day, kept, hot, members,
            windows.who, windows.window, windows.sums, windows.count, granted,
        )  # fmt: skip

    def _cut_further(self, day: int, kept: np.ndarray, texts: dict[str, pa.Array], granted: np.ndarray) -> None:
        """A place's cap, then the member's over all services, then the budget, each on what the one before left."""
        further, count = self._further, len(kept)
        programme = PERIODS.index("programme")
        if further.place_points != NO_CAP:
            who = kept["store"].astype(np.int64)
            self._cut_at(self._places, day, further.place_period, further.place_points, who, granted)
        if further.member_points != NO_CAP:
            who = np.ascontiguousarray(kept["member"])
            if "member" in texts:
                who = self._members.add(texts["member"]).astype(np.int64)
            self._cut_at(self._overall, day, further.member_period, further.member_points, who, granted)
        if further.budget_points != NO_CAP:
            everyone = np.zeros(count, np.int64)
            self._cut_at(self._budget, day, programme, further.budget_points, everyone, granted)

    def _cut_at(
        self, windows: Windows, day: int, period: int, points: int, who: np.ndarray, granted: np.ndarray
    ) -> None:
        windows.make_room(len(who), over_before(self._scanned.terms, day))
        cut_all(
            self._scanned.terms, day, period, points, who,
            windows.who, windows.window, windows.sums, windows.count, granted,
        )  # fmt: skip

    def _write(self, file: Any, priced: _Priced, before: Future[None] | None) -> None:
        rows = self._table(priced)
        if before is not None:
            before.result()
        file.add(rows)

    def _table(self, priced: _Priced) -> pa.Table:
        """The rows as COLUMNS, in the fixed order of ids by instant."""
        kept, texts = priced.kept, priced.texts
        pair, store = kept["pair"], np.ascontiguousarray(kept["store"])
        is_number = isinstance(self._stores, np.ndarray)
        columns = {
            "payment_id": texts.get("payment", np.ascontiguousarray(kept["payment"])),
            "service_id": _words(self._services, pair),
            "channel": _words(self._channels, pair),
            "member_id": texts.get("member", np.ascontiguousarray(kept["member"])),
            "store_id": self._stores[store] if is_number else pa.DictionaryArray.from_arrays(store, self._stores),
            "base_yen": priced.base,
            "raw_points": priced.raw,
            "granted_points": priced.granted,
            "reason": pa.DictionaryArray.from_arrays(priced.reason, pa.array(REASONS)),
            "period": self._periods(priced),
            "credit_on": pa.array(priced.credit, mask=priced.credit < 0).view(pa.date32()),
        }
        return pa.table(columns)

    def _periods(self, priced: _Priced) -> pa.DictionaryArray:
        month = int(self._scanned.terms.month[priced.day - FIRST_DAY])
        year, place = divmod(month, 12)
        names = ["", f"{year}-{place + 1:02}", f"{year}-Q{place // 3 + 1}", "programme", "payment"]
        return pa.DictionaryArray.from_arrays(pa.array(priced.period, mask=priced.period == 0), pa.array(names))


def _close(file: Any, before: Future[None] | None) -> None:
    if before is not None:
        before.result()
    file.close()


def _coded(words: list[str | None]) -> tuple[np.ndarray, list[str]]:
    """The code of each word, -1 for none, and the words."""
    known = list(dict.fromkeys(word for word in words if word is not None))
    places = {word: place for place, word in enumerate(known)}
    return np.array([-1 if word is None else places[word] for word in words], np.int32), known


def _words(coded: tuple[np.ndarray, list[str]], pair: np.ndarray) -> pa.DictionaryArray:
    codes = coded[0][pair]
    return pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), pa.array(coded[1], pa.string()))


def _each_once(kept: np.ndarray, texts: dict[str, pa.Array]) -> tuple[np.ndarray, dict[str, pa.Array]]:
    """Of rows that repeat the one before them, none but the first."""
    is_same = (kept["paid_at"][1:] == kept["paid_at"][:-1]) & (kept["payment"][1:] == kept["payment"][:-1])
    if "payment" in texts and is_same.any():
        ids = texts["payment"]
        is_same &= np.asarray(pc.equal(ids.slice(1), ids.slice(0, len(ids) - 1)))
    if not is_same.any():
        return kept, texts
    stay = np.concatenate([[True], ~is_same])
    return kept[stay], {name: column.filter(pa.array(stay)) for name, column in texts.items()}


assert REASONS[HELD] == "held"  # noqa: S101  # the order of words is that of the kernels' numbers
