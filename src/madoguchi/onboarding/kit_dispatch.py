"""The list by which kits are posted: who gets what, in the order of the PDF's pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from madoguchi.core.tables import csv_lines, xlsx_bytes
from madoguchi.onboarding.kit_facts import PARTS, KitPlace, contents, require_parts
from madoguchi.onboarding.kit_layout import sorted_kits, written_postal_code

TITLE = "発送一覧"
PART_NAMES = {
    "letter": "手紙",
    "stand": "A5スタンド",
    "stickers": "コードのシール",
    "rate_stickers": "還元率のシール",
    "poster": "ポスター",
    "caution": "国外発行カードの注意",
    "fraud": "詐欺への注意",
}


def dispatch_rows(
    places: Sequence[KitPlace], *, parts: Iterable[str] = PARTS, copies: Mapping[str, int] | None = None
) -> tuple[list[str], list[list[object]]]:
    """Who gets what, in the order of `kit_pdf`'s pages: a head, a row for each place and a row of sums.

    Sheets of each part, their sum, and the pages of the PDF on which the kit begins and ends. Cells are as entered:
    `dispatch_xlsx` and `dispatch_csv` make those harmless that a spreadsheet would run. Raises Refusal as `kit_pdf`
    for parts and copies.
    """
    sheets = require_parts(parts, copies)
    head = ["番号", "郵便番号", "住所", "宛名", "事業者", "店舗・施設"]
    head += [f"{PART_NAMES[part]}（枚）" for part in sheets] + ["合計（枚）", "PDFの最初のページ", "PDFの最後のページ"]
    rows: list[list[object]] = []
    page = 0
    sums = dict.fromkeys(sheets, 0)
    for place in sorted_kits(places):
        found = contents(place, sheets)
        if not found:
            continue
        total = sum(found.values())
        row: list[object] = [len(rows) + 1, written_postal_code(place.postal_code), place.address]
        row += [place.recipient, place.organisation, place.place_name]
        rows.append([*row, *(found.get(part, 0) for part in sheets), total, page + 1, page + total])
        page += total
        for part, count in found.items():
            sums[part] += count
    rows.append(["計", "", "", "", "", f"{len(rows)}か所", *sums.values(), page, "", ""])
    return head, rows


def dispatch_xlsx(
    places: Sequence[KitPlace], *, parts: Iterable[str] = PARTS, copies: Mapping[str, int] | None = None
) -> bytes:
    """`dispatch_rows` as a sheet of a spreadsheet, text that would run as a formula made harmless."""
    return xlsx_bytes(*dispatch_rows(places, parts=parts, copies=copies), title=TITLE)


def dispatch_csv(
    places: Sequence[KitPlace],
    *,
    parts: Iterable[str] = PARTS,
    copies: Mapping[str, int] | None = None,
    encoding: str = "utf-8-sig",
) -> Iterator[bytes]:
    """`dispatch_rows` as CSV lines, likewise harmless; `encoding` is `utf-8-sig` or `cp932`."""
    return csv_lines(*dispatch_rows(places, parts=parts, copies=copies), encoding=encoding)
