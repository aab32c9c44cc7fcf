"""Which payout a deposit pays: payer, amount and day, each decision with the rule that made it."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

# A bank may credit a day before the announced day, or late over a run of holidays.
EARLIEST_DAYS = -1
LATEST_DAYS = 10

_FORMS = "カ|ユ|メ|シ|ド|シャ|ザイ|イ|ガク|株|有|合|同|社|財"
_CORPORATE = re.compile(
    rf"株式会社|有限会社|合同会社|合資会社|合名会社|カブシキガイシャ|カブシキカイシャ"
    rf"|^(?:{_FORMS})\)|\((?:{_FORMS})\)|\((?:{_FORMS})$"
)
_PREFIX = re.compile(r"^(?:振込|フリコミ)")
_SMALL = str.maketrans("ァィゥェォッャュョヮ", "アイウエオツヤユヨワ")
_NOT_NAME = re.compile(r"[\s・.,'*\-‐‑–—―−ー]+")
_HIRAGANA = {code: code + 0x60 for code in range(ord("ぁ"), ord("ゖ") + 1)}


def normalise_payer(name: str) -> str:
    """A payer's name as banks may write it, brought to one form: `ｶ)ﾍﾟｲﾍﾟｲ`, `株式会社ペイペイ` → `ペイペイ`.

    NFKC, katakana, no small kana (banks have none), no long-vowel marks, spaces, points or company forms.
    """
    text = unicodedata.normalize("NFKC", name).upper().translate(_HIRAGANA)
    text = _PREFIX.sub("", re.sub(r"\s+", "", text))
    text = _CORPORATE.sub("", text)
    return _NOT_NAME.sub("", text.translate(_SMALL))


@dataclass(frozen=True, slots=True)
class Due:
    """An open payout. `amount_yen` is what is still to come; `is_rest` marks what is left after a first deposit."""

    key: Hashable
    payers: frozenset[str]
    due_on: date
    amount_yen: int
    transfer_fee_yen: int = 0
    is_rest: bool = False


@dataclass(frozen=True, slots=True)
class Arrived:
    """A deposit; `payer` is normalised."""

    key: Hashable
    payer: str
    on: date
    amount_yen: int


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of a deposit. `difference_yen` is deposit less payout: negative when it is short."""

    state: str
    rule: str
    due: Hashable | None = None
    difference_yen: int = 0


def in_window(due: Due, on: date) -> bool:
    """Whether a deposit of this day can be for this payout; what is left of one may be made good at any later day."""
    days = (on - due.due_on).days
    return days >= EARLIEST_DAYS and (due.is_rest or days <= LATEST_DAYS)


def difference_rule(difference_yen: int, transfer_fee_yen: int) -> str:
    """The name of a difference: `short` or `over`, with `_by_transfer_fee` if it is exactly that."""
    side = "short" if difference_yen < 0 else "over"
    exactly = transfer_fee_yen > 0 and abs(difference_yen) == transfer_fee_yen
    return f"{side}_by_transfer_fee" if exactly else side


def match_deposits(arrived: Iterable[Arrived], dues: Iterable[Due]) -> dict[Hashable, Decision]:
    """Decide every deposit against all open payouts; the outcome does not depend on the order they are given in.

    `matched`: payer and amount fit and there are as many such deposits as payouts: `amount_payer_due_day` on the due
    day, `amount_payer_window` from one day before to ten days after it, `as_many_alike` for several equal ones,
    `rest_made_good` for what was left after a first deposit. `ambiguous`: several fit. `amount_differs`: payer and day
    fit one payout; the rule names the difference. `no_payout`: nothing fits: `none_in_window`; `payer_unknown`;
    `amount_fits` where the payer is unknown, but a payout of exactly this amount is due.
    """
    return _Matching(arrived, dues).run()


class _Matching:
    def __init__(self, arrived: Iterable[Arrived], dues: Iterable[Due]) -> None:
        self.arrived = sorted(arrived, key=lambda row: (row.on, row.payer, row.amount_yen, str(row.key)))
        self.by_payer: dict[str, list[Due]] = defaultdict(list)
        self.by_amount: dict[tuple[str, int], list[Due]] = defaultdict(list)
        self.dues_of: dict[int, list[Due]] = defaultdict(list)
        self.known: set[str] = set()
        for due in sorted(dues, key=lambda row: (row.due_on, str(row.key))):
            self.dues_of[due.amount_yen].append(due)
            self.known |= due.payers
            for payer in due.payers:
                self.by_amount[payer, due.amount_yen].append(due)
                if not due.is_rest:
                    self.by_payer[payer].append(due)
        self.taken: set[Hashable] = set()
        self.decided: dict[Hashable, Decision] = {}

    def run(self) -> dict[Hashable, Decision]:
        for _, alike in groupby(self.arrived, key=lambda row: (row.on, row.payer, row.amount_yen)):
            self._exact(list(alike), by_day=True)
        self.decided = {key: row for key, row in self.decided.items() if row.state == "matched"}
        left: dict[tuple[str, int], list[Arrived]] = defaultdict(list)
        for row in self._undecided():
            left[row.payer, row.amount_yen].append(row)
        for rows in left.values():
            self._exact(rows, by_day=False)
        self._differing(self._undecided())
        return self.decided

    def _undecided(self) -> list[Arrived]:
        return [row for row in self.arrived if row.key not in self.decided]

    def _exact(self, alike: Sequence[Arrived], *, by_day: bool) -> None:
        first = alike[0]
        fitting = [
            due
            for due in self.by_amount[first.payer, first.amount_yen]
            if due.key not in self.taken and any(in_window(due, row.on) for row in alike)
        ]
        on_day = [due for due in fitting if by_day and due.due_on == first.on]
        chosen = on_day if len(on_day) >= len(alike) else fitting
        if not chosen:
            return
        pairs = list(zip(alike, chosen, strict=False))
        if len(chosen) > len(alike) or not all(in_window(due, row.on) for row, due in pairs):
            for row in alike:
                self.decided[row.key] = Decision("ambiguous", "several_payouts")
            return
        for row, due in pairs:
            self.taken.add(due.key)
            self.decided[row.key] = Decision("matched", _exact_rule(row, due, len(chosen)), due.key)

    def _near(self, row: Arrived) -> list[Due]:
        dues = self.by_payer[row.payer]
        first = bisect_left(dues, row.on - timedelta(days=LATEST_DAYS), key=lambda due: due.due_on)
        last = bisect_right(dues, row.on - timedelta(days=EARLIEST_DAYS), key=lambda due: due.due_on)
        return dues[first:last]

    def _differing(self, rows: Iterable[Arrived]) -> None:
        found: dict[Hashable, list[tuple[Arrived, Due]]] = defaultdict(list)
        for row in rows:
            fitting = [due for due in self._near(row) if due.key not in self.taken]
            on_day = [due for due in fitting if due.due_on == row.on]
            chosen = on_day if len(on_day) == 1 else fitting
            if not chosen:
                self.decided[row.key] = Decision("no_payout", self._why_none(row))
            elif len(chosen) > 1:
                self.decided[row.key] = Decision("ambiguous", "several_payouts")
            else:
                found[chosen[0].key].append((row, chosen[0]))
        for pairs in found.values():
            for row, due in pairs:
                if len(pairs) > 1:
                    self.decided[row.key] = Decision("ambiguous", "several_deposits")
                else:
                    difference = row.amount_yen - due.amount_yen
                    rule = difference_rule(difference, due.transfer_fee_yen)
                    self.decided[row.key] = Decision("amount_differs", rule, due.key, difference)

    def _why_none(self, row: Arrived) -> str:
        if row.payer in self.known:
            return "none_in_window"
        alike = (due for due in self.dues_of[row.amount_yen] if due.key not in self.taken)
        return "amount_fits" if any(in_window(due, row.on) for due in alike) else "payer_unknown"


def _exact_rule(row: Arrived, due: Due, alike: int) -> str:
    if due.is_rest:
        return "rest_made_good"
    if alike > 1:
        return "as_many_alike"
    return "amount_payer_due_day" if due.due_on == row.on else "amount_payer_window"
