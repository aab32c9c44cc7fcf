"""Places sheets that tests make, send and look at."""

import csv
import io

from openpyxl import Workbook, load_workbook

from madoguchi.onboarding.sheets import TEMPLATE_COLUMNS, read_sheet

SERVICES = {"paypay": "PayPay", "dbarai": "d払い", "card": ("クレジットカード", "Credit card")}
PURPOSES = {"certificate_fee": "証明書発行手数料", "admission_fee": ("観覧料", "Admission fees")}
HEADS = [column.ja for column in TEMPLATE_COLUMNS]
GOOD = {"name": "市民課", "kind": "課", "postal_code": "370-2316", "address": "群馬県富岡市富岡1460-1"}


def line(**cells):
    """A row of the template's columns; what is not named is as in a good row, None leaves it empty."""
    row = {**GOOD, **cells}
    return [row.get(column.key) or "" for column in TEMPLATE_COLUMNS]


def csv_file(*rows, head=HEADS, encoding="utf-8-sig", delimiter=","):
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows([head, *rows])
    return out.getvalue().encode(encoding)


def xlsx_file(*rows, head=HEADS):
    book = Workbook()
    for row in [head, *rows]:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read(data, filename="places.csv"):
    return read_sheet(data, filename, services=SERVICES, purposes=PURPOSES)


def table_of(data, filename):
    if filename.endswith("csv"):
        return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    sheet = load_workbook(io.BytesIO(data)).worksheets[0]
    return [["" if cell is None else cell for cell in row] for row in sheet.iter_rows(values_only=True)]
