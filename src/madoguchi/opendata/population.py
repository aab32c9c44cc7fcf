"""How many people live in each municipality: read from a table an officer gives, all of it or nothing (P-44)."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from zipfile import BadZipFile

from django.db import transaction
from openpyxl import load_workbook

from madoguchi.core.clock import today
from madoguchi.core.errors import Refusal
from madoguchi.events.actions import record
from madoguchi.opendata.figure_columns import NATION
from madoguchi.opendata.models import Population
from madoguchi.people.access import Actor, require
from madoguchi.registry.models import Municipality

# Residents and the day they were counted, by an area's code: municipality, prefecture or 00.
Residents = dict[str, tuple[int, date]]
HEADS = {
    "code": ("code", "municipality_code", "コード", "団体コード", "市区町村コード", "全国地方公共団体コード"),
    "residents": ("residents", "population", "人口", "総人口", "住民数"),
    "date": ("date", "as_of", "as_of_on", "年月日", "基準日", "日付"),
}
DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?: 00:00:00)?")
MOST_RESIDENTS = 20_000_000
MOST_BYTES = 20_000_000
WEIGHTS = (6, 5, 4, 3, 2)


@dataclass(frozen=True)
class Problem:
    """A row that is wrong: its line in the file, a stable code for the reason, and what stands there."""

    line: int
    code: str
    text: str = ""


@dataclass(frozen=True)
class PopulationRow:
    """A municipality's residents on a day."""

    municipality_code: str
    residents: int
    as_of_on: date


def check_digit(code: str) -> str:
    """The sixth digit of a municipality's code (JIS X 0402 and the ministry's list): weights 6 to 2, modulo 11."""
    total = sum(int(digit) * weight for digit, weight in zip(code, WEIGHTS, strict=True))
    return str((11 - total % 11) % 10)


def read_population(content: bytes) -> tuple[list[PopulationRow], list[Problem]]:
    """The rows of a CSV (UTF-8 or cp932) or XLSX file with a head: code, residents, date; and what is wrong.

    A code has five digits, or six with the check digit. A file without these columns is one problem in line 1.
    """
    if len(content) > MOST_BYTES:
        return [], [Problem(1, "file_too_large")]
    try:
        lines = list(_lines(content))
    except (UnicodeDecodeError, BadZipFile, KeyError, ValueError, csv.Error):
        return [], [Problem(1, "file_unreadable")]
    number, head = next(iter(lines), (1, []))
    columns = {name: _column(head, known) for name, known in HEADS.items()}
    if missing := [name for name, at in columns.items() if at is None]:
        return [], [Problem(number, "columns_missing", ", ".join(missing))]
    rows: list[PopulationRow] = []
    problems: list[Problem] = []
    known = set(Municipality.objects.values_list("code", flat=True))
    seen: set[tuple[str, date]] = set()
    for line, cells in lines[1:]:
        facts = {name: cells[at] if at is not None and at < len(cells) else "" for name, at in columns.items()}
        found = _row(line, facts, known)
        if isinstance(found, PopulationRow) and (found.municipality_code, found.as_of_on) in seen:
            found = Problem(line, "row_twice", found.municipality_code)
        if isinstance(found, Problem):
            problems.append(found)
            continue
        seen.add((found.municipality_code, found.as_of_on))
        rows.append(found)
    if not rows and not problems:
        problems.append(Problem(number, "rows_missing"))
    return rows, problems


def import_population(*, actor: Actor, content: bytes, source: str = "") -> int:
    """Keep the residents of every row of a file; returns how many rows. A town's earlier row of the day is replaced.

    Raises Refusal `not_allowed`, or `population_not_accepted` with `problems` (line, code, text); then nothing is kept.
    """
    require(actor, "opendata.write")
    rows, problems = read_population(content)
    if problems:
        raise Refusal("population_not_accepted", problems=[asdict(one) for one in problems])
    with transaction.atomic():
        Population.objects.bulk_create(
            [Population(**asdict(row), source=source[:200]) for row in rows],
            batch_size=500,
            update_conflicts=True,
            unique_fields=["municipality_code", "as_of_on"],
            update_fields=["residents", "source"],
        )
        latest = max(row.as_of_on for row in rows).isoformat()
        record(actor, "population.imported", "population", rows=len(rows), latest=latest, source=source[:200])
    return len(rows)


def residents_now() -> Residents:
    """The latest residents of every area known today; a sum only where all its municipalities are known."""
    found: Residents = {}
    rows = Population.objects.filter(as_of_on__lte=today()).order_by("as_of_on")
    for code, residents, on in rows.values_list("municipality_code", "residents", "as_of_on"):
        found[code] = (residents, on)
    towns: dict[str, list[str]] = defaultdict(list)
    for code in Municipality.objects.values_list("code", flat=True):
        towns[code[:2]].append(code)
        towns[NATION].append(code)
    for area, codes in towns.items():
        if all(code in found for code in codes):
            found[area] = (sum(found[code][0] for code in codes), max(found[code][1] for code in codes))
    return found


def _lines(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Lines that are not empty, with their numbers, as plain text."""
    if content.startswith(b"PK"):
        sheet = load_workbook(io.BytesIO(content), read_only=True, data_only=True).worksheets[0]
        rows: Iterator[Sequence[Any]] = iter(sheet.iter_rows(values_only=True))
    else:
        rows = csv.reader(io.StringIO(_text(content), newline=""))
    for number, cells in enumerate(rows, start=1):
        plain = [_plain(cell) for cell in cells]
        if any(plain):
            yield number, plain


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp932")


def _plain(cell: object) -> str:
    if isinstance(cell, datetime):
        cell = cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return "" if cell is None else unicodedata.normalize("NFKC", str(cell)).strip()


def _column(head: Sequence[str], known: Sequence[str]) -> int | None:
    names = [name.lower() for name in head]
    return next((names.index(name) for name in known if name in names), None)


def _row(line: int, facts: dict[str, str], known: set[str]) -> PopulationRow | Problem:
    code = facts["code"]
    # A spreadsheet takes the zero away that Hokkaido's codes begin with.
    code = code.zfill(5) if code.isdecimal() and len(code) == 4 else code
    if not code.isascii() or not code.isdecimal() or len(code) not in {5, 6}:
        return Problem(line, "code_wrong", code)
    if len(code) == 5 and code not in known and (restored := "0" + code)[5] == check_digit(restored[:5]):
        code = restored
    if len(code) == 6 and check_digit(code[:5]) != code[5]:
        return Problem(line, "check_digit_wrong", code)
    if code[:5] not in known:
        return Problem(line, "municipality_unknown", code)
    written = facts["residents"].replace(",", "")
    if not written.isdecimal() or int(written) > MOST_RESIDENTS:
        return Problem(line, "residents_wrong", facts["residents"])
    day = _day(facts["date"])
    if day is None:
        return Problem(line, "date_wrong", facts["date"])
    return PopulationRow(code[:5], int(written), day)


def _day(text: str) -> date | None:
    found = DAY.fullmatch(text)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None
