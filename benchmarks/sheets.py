"""How fast a places sheet of 10,000 rows is read and given back, a third of its rows broken.

    python -m benchmarks.sheets [--rows 10000]

Reading an XLSX includes the process of its own in which it is opened. Memory is that of this process, at its peak.
Exits 1 if a row is neither taken nor given back with a reason.
"""

from __future__ import annotations

import argparse
import io
import resource
import sys
import time
from collections.abc import Callable

from openpyxl import Workbook
from rich.console import Console
from rich.table import Table

from madoguchi.onboarding.sheets import TEMPLATE_COLUMNS, SheetReading, read_sheet, with_faults

SERVICES = {f"service_{number}": f"サービス{number}" for number in range(20)}
PURPOSES = {"certificate_fee": "証明書発行手数料", "facility_fee": "施設使用料"}
BREAKS: tuple[Callable[[dict[str, object]], dict[str, object]], ...] = (
    lambda row: {**row, "name": '=HYPERLINK("http://example.invalid","x")'},
    lambda row: {**row, "postal_code": "000"},
    lambda row: {**row, "kind": "城", "phone": "12", "services": "サービス99"},
    lambda row: {**row, "name": "長" * 90},
)


def rows(count: int) -> list[list[object]]:
    """A head and `count` rows; every third is broken in one of four ways."""
    made: list[list[object]] = [[column.ja for column in TEMPLATE_COLUMNS]]
    for number in range(count):
        row: dict[str, object] = {
            "name": f"第{number}出張所",
            "name_en": f"Branch {number}",
            "name_kana": "シュッチョウジョ",
            "kind": "課",
            "place_class": "固定",
            "postal_code": f"370-{2300 + number % 100}" if number % 2 else "370-2316",
            "address": f"群馬県富岡市富岡{number}" if not number % 2 else "",
            "phone": f"0274-63-{number % 10_000:04}",
            "purposes": "証明書発行手数料、施設使用料",
            "services": "、".join(f"サービス{one}" for one in range(number % 6)),
            "remarks": "平日のみ",
        }
        if row["address"] == "":
            row |= {"postal_code": "", "address": f"群馬県富岡市七日市{number}"}
        if number % 3 == 0:
            row = BREAKS[number // 3 % len(BREAKS)](row)
        made.append([row.get(column.key, "") for column in TEMPLATE_COLUMNS])
    return made


def as_xlsx(table: list[list[object]]) -> bytes:
    # Not the writing mode for large sheets, for that leaves out the sheet's size, which Excel writes.
    book = Workbook()
    sheet = book.worksheets[0]
    for row in table:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_csv(table: list[list[object]]) -> bytes:
    quoted = ('"' + str(cell).replace('"', '""') + '"' for row in table for cell in row)
    width = len(table[0])
    cells = list(quoted)
    lines = (",".join(cells[start : start + width]) for start in range(0, len(cells), width))
    return "\r\n".join(lines).encode("utf-8-sig")


def timed(work: Callable[[], object]) -> tuple[float, object]:
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=10_000)
    count = parser.parse_args().rows
    table, is_right = rows(count), True
    shown = Table("file", "size", "read", "given back", "good", "rows at fault", "faults")
    for name, data in (("places.xlsx", as_xlsx(table)), ("places.csv", as_csv(table))):
        took, reading = timed(lambda data=data, name=name: read_sheet(data, name, services=SERVICES, purposes=PURPOSES))
        assert isinstance(reading, SheetReading)
        back, _ = timed(lambda reading=reading: with_faults(reading, "ja"))
        at_fault = {fault.row for fault in reading.faults}
        is_right &= len(at_fault) + len(reading.rows) == count and len(at_fault) == (count + 2) // 3
        shown.add_row(
            name,
            f"{len(data) / 1e6:.2f} MB",
            f"{took:.2f} s",
            f"{back:.2f} s",
            f"{len(reading.rows):,}",
            f"{len(at_fault):,}",
            f"{len(reading.faults):,}",
        )
    console = Console()
    console.print(shown)
    console.print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")
    sys.exit(0 if is_right else 1)


if __name__ == "__main__":
    main()
