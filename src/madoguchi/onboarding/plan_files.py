"""Plans as files: out in a published schema, in again row by row, and every bad row back with its reason."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from unicodedata import normalize

from madoguchi.core.clock import today
from madoguchi.core.errors import Refusal
from madoguchi.core.tables import csv_lines
from madoguchi.onboarding.models import Plan
from madoguchi.onboarding.plan_brands import read_brand
from madoguchi.onboarding.plan_editing import FeeFacts, PlanFacts, checked_facts, end_plan, facts_of, plans_of, put_plan
from madoguchi.onboarding.plan_words import FAULT_HEADS, FAULTS, HEADS, NEGOTIATED, NEGOTIATED_WORDS, read_word
from madoguchi.onboarding.sheet_files import Cell, CellError, Formula, read_file
from madoguchi.onboarding.words import Language
from madoguchi.people.access import Actor

MAX_PLANS = 500
# What a file must have; every other column may be missing and is then as if empty.
NEEDED = ("name", "services", "starts_on", "payout_cycle", "payouts_per_month")
LIST_MARK = re.compile(r"[;；\n]")
DATE = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})")
FEE = re.compile(r"(?P<period>\S+)\s+(?P<from>[0-9.\-]+)/(?P<to>[0-9.\-]*)\s+(?P<fee>\S+)")


class Unreadable(Exception):
    """A cell that says nothing a plan could hold; `code` is the reason."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class PlanFault:
    """A row that was not taken: its number in the file (from 1), the column at fault, the reason, and the row."""

    row: int
    column: str
    code: str
    cells: tuple[Cell, ...]

    def sentence(self, language: Language) -> str:
        """What is wrong and what to do."""
        return FAULTS.get(self.code, FAULTS["field_wrong"])[language]

    def column_name(self, language: Language) -> str:
        """The column as the file's head may name it; empty where the row as a whole is at fault."""
        return "" if self.column not in HEADS else HEADS[self.column] if language == "ja" else self.column


@dataclass(frozen=True)
class Brought:
    """What a file did: how many rows were added, changed something, were there already; and those not taken."""

    added: int
    changed: int
    unchanged: int
    head: tuple[Cell, ...]
    faults: tuple[PlanFault, ...]

    def faults_csv(self, language: Language) -> bytes:
        """The rows that were not taken, as they came, with the column and the reason behind each."""
        width = max((len(fault.cells) for fault in self.faults), default=len(self.head))
        head = [*_padded(self.head, width), *FAULT_HEADS[language]]
        rows = (
            [*_padded(fault.cells, width), fault.row, fault.column_name(language), fault.sentence(language)]
            for fault in self.faults
        )
        return b"".join(csv_lines(head, rows))


def plan_table(actor: Actor, provider: str, language: Language) -> tuple[list[str], Iterator[list[object]]]:
    """Head and rows of all of a provider's plans, past ones included. Raises Refusal `not_allowed`."""
    head = list(HEADS.values()) if language == "ja" else list(HEADS)
    return head, (_cells(plan) for plan in plans_of(actor, provider))


def bring_plans(*, actor: Actor, provider: str, data: bytes, filename: str) -> Brought:
    """Take the plans of a CSV or XLSX file in, row by row: good rows in, bad rows back.

    A row of a known name begins new conditions on its day (`plan_editing.change_plan`); a row that is there already
    changes nothing, so that an export may be brought back. Raises Refusal `not_allowed`, `sheet_head_missing` with
    `columns`, `sheet_too_large` with `limit_rows`, and `sheet_…` as `sheet_files.read_file`.
    """
    plans_of(actor, provider)  # who may not read them learns nothing of the file either
    raw = read_file(data, filename)
    if not raw.rows:
        raise Refusal("sheet_empty", filename=filename[-80:])
    (_, head), *rows = raw.rows
    columns = [_column(cell) for cell in head]
    if missing := [name for name in NEEDED if name not in columns]:
        raise Refusal("sheet_head_missing", columns=", ".join(missing))
    if len(rows) > MAX_PLANS:
        raise Refusal("sheet_too_large", limit_rows=MAX_PLANS)
    counts = {"added": 0, "changed": 0, "unchanged": 0}
    faults = []
    for number, cells in rows:
        told = dict(zip(columns, cells, strict=False))
        try:
            counts[_take(actor, provider, told)] += 1
        except _RowFaultError as fault:
            faults.append(PlanFault(number, fault.column, fault.code, cells))
    return Brought(**counts, head=head, faults=tuple(faults))


def fees_text(fees: Iterable[FeeFacts]) -> str:
    """Fees in one cell, e.g. `during 2019-10-01/2020-06-30 3.25; after 2020-07-01/ negotiated`."""
    return "; ".join(
        f"{fee.period} {fee.starts_on}/{fee.ends_on or ''} {percent_text(fee.fee_bps) or NEGOTIATED}" for fee in fees
    )


def percent_text(fee_bps: int | None) -> str:
    """`3.25` for 325; empty for None."""
    return "" if fee_bps is None else f"{fee_bps / 100:g}"


def read_percent(text: str) -> int | None:
    """Hundredths of a percent from `3.25`, `3.25%`, full-width digits; None for a word for "negotiated".

    Raises Unreadable `percent_wrong`.
    """
    plain = normalize("NFKC", text).strip().rstrip("%").strip().casefold()
    if plain in NEGOTIATED_WORDS:
        return None
    try:
        bps = Decimal(plain) * 100
    except InvalidOperation:
        raise Unreadable("percent_wrong") from None
    if not bps.is_finite() or bps != bps.to_integral_value() or not 0 <= bps <= 10_000:
        raise Unreadable("percent_wrong")
    return int(bps)


class _RowFaultError(Exception):
    def __init__(self, column: str, code: str) -> None:
        super().__init__(code)
        self.column, self.code = column, code


def _take(actor: Actor, provider: str, told: Mapping[str, Cell]) -> str:
    read = _read(told)
    try:
        facts = checked_facts(read)
        if _ends_only(actor, provider, facts):
            return "changed"
        return put_plan(actor=actor, provider=provider, facts=facts)[1]
    except Refusal as refusal:
        if refusal.code == "not_allowed":
            raise
        raise _RowFaultError(str(refusal.details.get("field", "")), refusal.code) from refusal


def _ends_only(actor: Actor, provider: str, facts: PlanFacts) -> bool:
    """A row that is there, and now has a last day: the plan ends on it."""
    if facts.ends_on is None or facts.ends_on < today():
        return False
    for plan in plans_of(actor, provider):
        kept = facts_of(plan)
        if kept.ends_on != facts.ends_on and replace(kept, ends_on=facts.ends_on) == facts:
            end_plan(actor=actor, provider=provider, plan_id=plan.id, ends_on=facts.ends_on)
            return True
    return False


def _column(cell: Cell) -> str:
    text = normalize("NFKC", str(cell or "")).strip()
    by_head = {head: name for name, head in HEADS.items()}
    return by_head.get(text, text.casefold())


def _padded(cells: Sequence[Cell], width: int) -> list[Any]:
    return [*cells, *[""] * (width - len(cells))]


def _cells(plan: Plan) -> list[object]:
    facts = facts_of(plan)
    told: dict[str, object] = {name: getattr(facts, name) for name in HEADS}
    lists = {"services": sorted(facts.services), "brands": facts.brands, "terminals": facts.terminals}
    told |= {name: "; ".join(rows) for name, rows in lists.items()} | {"fees": fees_text(facts.fees)}
    return [value.isoformat() if isinstance(value, date) else value for value in told.values()]


# Reading: one function for each column that is no plain text.


def _read(told: Mapping[str, Cell]) -> PlanFacts:
    found: dict[str, Any] = {}
    for name in HEADS:
        cell = told.get(name)
        try:
            if isinstance(cell, Formula | CellError):
                raise Unreadable("formula_in_cell")
            text = _text(cell)
            if text:
                found[name] = READERS[name](text)
            elif name in NEEDED:
                raise Unreadable("field_missing")
        except Unreadable as unreadable:
            raise _RowFaultError(name, unreadable.code) from None
    return PlanFacts(**found)


def _text(cell: Cell) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell).strip()


def _date(text: str) -> date:
    found = DATE.fullmatch(normalize("NFKC", text).strip())
    try:
        if found:
            year, month, day = map(int, found.groups())
            return date(year, month, day)
    except ValueError:
        pass
    raise Unreadable("date_wrong")


def _number(text: str) -> int:
    digits = normalize("NFKC", text).replace(",", "").strip().strip("¥円").strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) < 12):
        raise Unreadable("number_wrong")
    return int(digits)


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in LIST_MARK.split(text) if part.strip())


def _brands(text: str) -> tuple[str, ...]:
    codes = [read_brand(part) for part in _list(text)]
    if None in codes:
        raise Unreadable("brand_wrong")
    return tuple(code for code in codes if code)


def _fees(text: str) -> tuple[FeeFacts, ...]:
    fees = []
    for part in _list(text):
        found = FEE.fullmatch(normalize("NFKC", part).strip())
        if not found:
            raise Unreadable("fees_wrong")
        period = read_word("period", found["period"])
        ends_on = _date(found["to"]) if found["to"] else None
        fees.append(FeeFacts(_date(found["from"]), ends_on, period or "", read_percent(found["fee"])))
        if period is None:
            raise Unreadable("fees_wrong")
    return tuple(sorted(fees, key=lambda fee: fee.starts_on))


def _word(column: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        word = read_word(column, text)
        if word is None:
            raise Unreadable("word_unknown")
        return word

    return read


READERS: Mapping[str, Callable[[str], Any]] = {
    "name": str,
    "name_en": str,
    "services": lambda text: frozenset(_list(text)),
    "applicants": _word("applicants"),
    "starts_on": _date,
    "ends_on": _date,
    "fees": _fees,
    "payout_cycle": _word("payout_cycle"),
    "payouts_per_month": _number,
    "payout_days_after": _number,
    "transfer_fee_yen": _number,
    "transfer_fee_bearer": _word("transfer_fee_bearer"),
    "brands": _brands,
    "terminals": _list,
    "terminal_yen": _number,
    "monthly_yen": _number,
    "monthly_after_yen": _number,
    "further_costs": str,
    "contact": str,
    "url": str,
}
