"""Reading a bank statement's CSV: every row comes out good, or broken with the reason and its original text."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from madoguchi.core.errors import Refusal
from madoguchi.core.tables import RISKY

MAX_BYTES = 5 * 1024 * 1024
MAX_ROWS = 100_000
MAX_PAYER = 80
MAX_ACCOUNT = 40
MAX_BANK_ID = 70
MAX_DIGITS = 12

# The first name that a file's head has is the column; the narrower word wins over the wider one.
COLUMNS = {
    "date": ("date", "入金日", "取引日", "勘定日", "日付"),
    "payer": ("payer", "振込依頼人", "振込依頼人名", "摘要"),
    "amount": ("amount", "入金額", "入金金額", "お預入額", "金額"),
    "account": ("account", "口座", "口座番号"),
    "bank_id": ("bank_id", "取引番号"),
    "outgoing": ("withdrawal", "出金額", "出金金額", "お引出額"),
}
NEEDED = ("date", "payer", "amount")
REASONS = {
    "date_missing": "日付がありません。",
    "date_wrong": "日付を読み取れません。2026-11-21、2026/11/21、令和8年11月21日、R8.11.21 の形で書いてください。",
    "date_in_future": "日付が今日より後です。",
    "payer_missing": "振込依頼人がありません。",
    "payer_too_long": f"振込依頼人が{MAX_PAYER}文字を超えています。",
    "amount_missing": "金額がありません。",
    "amount_wrong": "金額を円単位の整数として読み取れません。",
    "amount_not_positive": "金額が1円以上ではありません。",
    "account_too_long": f"口座が{MAX_ACCOUNT}文字を超えています。",
    "bank_id_too_long": f"取引番号が{MAX_BANK_ID}文字を超えています。",
    "too_many_cells": "見出しより列が多くあります。金額のコンマが列の区切りになっていないか確かめてください。",
    "bank_id_reused": "同じ取引番号で、金額か振込依頼人の違う入金が既にあります。",
}

_ERAS = {"令和": 2018, "R": 2018, "平成": 1988, "H": 1988}
_DATE = re.compile(
    r"(?P<era>令和|平成|[RH])?(?P<year>元|[0-9]{1,4})(?:年|[-/.])(?P<month>[0-9]{1,2})(?:月|[-/.])(?P<day>[0-9]{1,2})日?"
    r"(?:[ T][0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)?"
)
# The codec lets single bytes pass that no Japanese system writes; they mean that the file is something else.
_NOT_CP932 = re.compile("[\x80-\xa0\uf8f0-\uf8f3]")
_AMOUNT = re.compile(r"(?P<sign>[-+▲△])?(?P<digits>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)")


class Broken(Exception):
    """A cell that cannot be taken in: the column it stands in and the reason's code."""

    def __init__(self, column: str, code: str) -> None:
        super().__init__(code)
        self.column, self.code = column, code


@dataclass(frozen=True, slots=True)
class Line:
    """One deposit as the bank wrote it. `row` counts as a spreadsheet does: the head is row 1."""

    row: int
    on: date
    payer: str
    amount_yen: int
    account: str
    bank_id: str
    cells: tuple[str, ...]

    def same_facts(self, payer: str, amount_yen: int) -> bool:
        return self.amount_yen == amount_yen and plain(self.payer) == plain(payer)


@dataclass(slots=True)
class Statement:
    """A file read whole. `keyed` pairs each good line with its key within account and day."""

    encoding: str
    head: list[str]
    lines: list[Line] = field(default_factory=list)
    bad: list[dict[str, Any]] = field(default_factory=list)
    outgoing: int = 0

    def keyed(self) -> Iterator[tuple[Line, str]]:
        """Each line with the bank's id, or else its ordinal among lines of that day alike in payer and amount.

        So the same line read again has the same key, and two genuine deposits that look alike have two.
        """
        seen: Counter[tuple[str, date, str]] = Counter()
        for line in self.lines:
            if line.bank_id:
                yield line, f"id:{line.bank_id}"
                continue
            facts = hashlib.sha256(f"{plain(line.payer)}\n{line.amount_yen}".encode()).hexdigest()[:32]
            seen[line.account, line.on, facts] += 1
            yield line, f"line:{facts}:{seen[line.account, line.on, facts]}"


def read_statement(content: bytes, *, today: date) -> Statement:
    """Read a statement in UTF-8 (with or without BOM) or cp932.

    Raises Refusal `file_too_large`, `file_empty`, `file_undecodable` (with the byte offset), `file_unreadable` (with
    the row), `head_missing` (with the columns that were not found), `file_too_long`. A broken row is not an error.
    """
    if len(content) > MAX_BYTES:
        raise Refusal("file_too_large", limit_bytes=MAX_BYTES, size_bytes=len(content))
    text, encoding = _decode(content)
    rows = _rows(text)
    head = next(((number, row) for number, row in rows if any(cell.strip() for cell in row)), None)
    if head is None:
        raise Refusal("file_empty")
    columns = find_columns(head[1])
    if missing := [name for name in NEEDED if name not in columns]:
        raise Refusal("head_missing", row=head[0], missing=", ".join(missing))
    statement = Statement(encoding, [plain(cell) for cell in head[1]])
    for number, row in rows:
        if not any(cell.strip() for cell in row):
            continue
        if len(statement.lines) + len(statement.bad) + statement.outgoing >= MAX_ROWS:
            raise Refusal("file_too_long", limit_rows=MAX_ROWS)
        _take(statement, number, row, columns, today)
    return statement


def find_columns(head: Sequence[str]) -> dict[str, int]:
    """Where each known column stands in a head, e.g. `{"date": 0, "payer": 2, "amount": 4}`."""
    names = [plain(cell).lower() for cell in head]
    found = {}
    for column, accepted in COLUMNS.items():
        position = next((names.index(name) for name in accepted if name in names), None)
        if position is not None:
            found[column] = position
    return found


def bad_row(row: int, column: str, code: str, text: str, cells: Sequence[str]) -> dict[str, Any]:
    """A broken row as it is kept: its number, column, reason, the cell's own text, and the whole row."""
    return {"row": row, "column": column, "code": code, "text": text, "cells": list(cells)}


def plain(text: str) -> str:
    """NFKC without white space: how two spellings of one cell are compared."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def read_date(text: str) -> date:
    """A date written `2026-11-21`, `2026/11/21`, `2026年11月21日`, `令和8年11月21日`, `R8.11.21`. Or ValueError."""
    found = _DATE.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found is None:
        raise ValueError("not a date")
    era, year = found["era"], 1 if found["year"] == "元" else int(found["year"])
    if not era and len(found["year"]) != 4:
        raise ValueError("a year without era has four digits")
    return date(_ERAS[era] + year if era else year, int(found["month"]), int(found["day"]))


def read_amount(text: str) -> int:
    """Yen written `1234`, `¥1,234`, `1,234円` or `１，２３４`; a minus may be `-`, `▲` or `△`. Or ValueError."""
    compact = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text).replace("−", "-"))
    compact = compact.replace("¥", "").replace("\\", "").removesuffix("円")
    found = _AMOUNT.fullmatch(compact)
    if found is None:
        raise ValueError("not whole yen")
    digits = found["digits"].replace(",", "")
    if len(digits) > MAX_DIGITS:
        raise ValueError("too many digits")
    return -int(digits) if found["sign"] in {"-", "▲", "△"} else int(digits)


def _decode(content: bytes) -> tuple[str, str]:
    if (zero := content.find(b"\x00")) >= 0:
        raise Refusal("file_undecodable", offset=zero)
    furthest = 0
    with_mark = content.startswith(b"\xef\xbb\xbf")
    for encoding in ("utf-8-sig",) if with_mark else ("utf-8", "cp932"):
        try:
            text = content.decode(encoding)
            if encoding == "cp932" and (strange := _NOT_CP932.search(text)):
                furthest = max(furthest, len(text[: strange.start()].encode(encoding)))
                continue
            return text, encoding
        except UnicodeDecodeError as error:
            # The codec counts from behind the byte-order mark.
            furthest = max(furthest, error.start + (3 if with_mark else 0))
    raise Refusal("file_undecodable", offset=furthest)


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""))
    number = 0
    while True:
        number += 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Refusal("file_unreadable", row=number) from error
        yield number, [_as_written(cell) for cell in row]


def _as_written(cell: str) -> str:
    # Our own exports put an apostrophe before text that a spreadsheet would run; a corrected file brings it back.
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(RISKY) else cell


def _take(statement: Statement, number: int, row: list[str], columns: dict[str, int], today: date) -> None:
    def cell(column: str) -> str:
        position = columns.get(column)
        return row[position].strip() if position is not None and position < len(row) else ""

    if not cell("amount") and cell("outgoing"):
        statement.outgoing += 1
        return
    try:
        if any(extra.strip() for extra in row[len(statement.head) :]):
            raise Broken("", "too_many_cells")
        statement.lines.append(
            Line(
                row=number,
                on=_date(cell("date"), today),
                payer=_text(cell("payer"), "payer", MAX_PAYER, needed=True),
                amount_yen=_amount(cell("amount")),
                account=_text(cell("account"), "account", MAX_ACCOUNT),
                bank_id=_text(cell("bank_id"), "bank_id", MAX_BANK_ID),
                cells=tuple(row),
            )
        )
    except Broken as error:
        text = cell(error.column) if error.column else ",".join(row)
        statement.bad.append(bad_row(number, error.column, error.code, text, row))


def _date(text: str, today: date) -> date:
    if not text:
        raise Broken("date", "date_missing")
    try:
        day = read_date(text)
    except ValueError as error:
        raise Broken("date", "date_wrong") from error
    if day > today:
        raise Broken("date", "date_in_future")
    return day


def _amount(text: str) -> int:
    if not text:
        raise Broken("amount", "amount_missing")
    try:
        amount = read_amount(text)
    except ValueError as error:
        raise Broken("amount", "amount_wrong") from error
    if amount <= 0:
        raise Broken("amount", "amount_not_positive")
    return amount


def _text(text: str, column: str, longest: int, *, needed: bool = False) -> str:
    if needed and not text:
        raise Broken(column, f"{column}_missing")
    if len(text) > longest:
        raise Broken(column, f"{column}_too_long")
    return text
