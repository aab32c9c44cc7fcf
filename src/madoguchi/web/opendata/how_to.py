"""How to load a dataset in Python, R, Excel and on a command line: examples that run as they stand."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from madoguchi.opendata.catalogue import api_address, file_address, page_address
from madoguchi.opendata.datasets import Dataset, datasets, find_dataset
from madoguchi.web.opendata.pages import in_language, shared

# Text that a program would take for a number, and lose zeros in front.
LOOKS_LIKE_NUMBER = ("code", "trade", "phone")
# A column that is empty at first would be guessed a logical one. R's integers end at 2,147,483,647; yen do not.
READR_TYPES = {"text": "c", "integer": "d", "number": "d", "date": "D"}


@dataclass(frozen=True)
class Example:
    """Code that loads a dataset; `kind` is the language it is in."""

    name: str
    kind: str
    code: str


@require_safe
def how_to(request: HttpRequest) -> HttpResponse:
    """How to load a dataset; `?dataset=` chooses which one the examples load."""
    chosen = find_dataset(request.GET["dataset"]) if request.GET.get("dataset") else datasets()[0]
    facts = {
        **shared(),
        "name": chosen.name,
        "title": in_language(chosen, "title"),
        "dataset_address": reverse("opendata:dataset", args=[chosen.name]),
        "choices": [(one.name, in_language(one, "title")) for one in datasets()],
        "python": python_examples(chosen),
        "r": r_examples(chosen),
        "excel": excel_example(chosen),
        "shell": shell_example(chosen),
        "api": api_example(chosen),
        "csv_address": file_address(chosen.name, "latest", "csv"),
    }
    return render(request, "opendata/how_to.html", facts)


def text_columns(dataset: Dataset) -> list[str]:
    """Columns whose values look like numbers and must stay text."""
    return [one.name for one in dataset.columns if one.kind == "text" and one.name.endswith(LOOKS_LIKE_NUMBER)]


def python_examples(dataset: Dataset) -> list[Example]:
    """pandas from Parquet and from CSV, Polars, DuckDB, and the API without any library."""
    parquet, csv = (file_address(dataset.name, "latest", kind) for kind in ("parquet", "csv"))
    names = [column.name for column in dataset.columns]
    first = "prefecture" if "prefecture" in names else names[0]
    text = "".join(f'    "{name}": "string",\n' for name in text_columns(dataset))
    from_csv = (
        f'import pandas as pd\n\ntext = {{\n{text}}}\nrows = pd.read_csv("{csv}", dtype=text, encoding="utf-8-sig")\n'
    )
    from_parquet = f'import pandas as pd\n\nrows = pd.read_parquet("{parquet}")\nprint(len(rows))\n'
    polars = f'import polars as pl\n\nrows = pl.read_parquet("{parquet}")\nprint(rows.head())\n'
    query = f"SELECT {first}, count(*) AS number FROM read_parquet('{parquet}')"  # noqa: S608  # shown, not run here
    duckdb = (
        f'import duckdb\n\nrows = duckdb.sql("""\n    {query}\n    GROUP BY {first} ORDER BY number DESC\n""")\n'
        "print(rows)\n"
    )
    return [
        Example("pandas, Parquet", "python", from_parquet),
        Example("pandas, CSV", "python", from_csv + "print(len(rows))\n"),
        Example("Polars", "python", polars),
        Example("DuckDB", "python", duckdb),
        Example("API", "python", _python_api(dataset)),
    ]


def _python_api(dataset: Dataset) -> str:
    return dedent(f"""\
        import json
        from urllib.request import urlopen

        rows, address = [], "{api_address(dataset.name, "rows")}?limit=1000"
        while address:
            with urlopen(address) as answer:
                page = json.load(answer)
            rows += page["rows"]
            address = page["next"]
        print(len(rows))
        """)


def r_examples(dataset: Dataset) -> list[Example]:
    """readr from CSV, arrow from Parquet, and sf where there are positions."""
    csv, parquet = (file_address(dataset.name, "latest", kind) for kind in ("csv", "parquet"))
    types = ",\n".join(f'    {one.name} = "{READR_TYPES[one.kind]}"' for one in dataset.columns)
    examples = [
        Example("readr, CSV", "r", f'library(readr)\n\nrows <- read_csv("{csv}",\n  col_types = cols(\n{types}))\n'),
        Example(
            "arrow, Parquet",
            "r",
            f'library(arrow)\n\nfile <- tempfile(fileext = ".parquet")\ndownload.file("{parquet}", file, mode = "wb")\n'
            "rows <- read_parquet(file)\n",
        ),
    ]
    if dataset.has_positions:
        geojson = file_address(dataset.name, "latest", "geojson")
        code = f'library(sf)\n\nfile <- tempfile(fileext = ".geojson")\ndownload.file("{geojson}", file, mode = "wb")\n'
        examples.append(Example("sf, GeoJSON", "r", code + "points <- st_read(file)\n"))
    return examples


def excel_example(dataset: Dataset) -> Example:
    """A query for Excel's advanced editor; 65001 is UTF-8."""
    csv = file_address(dataset.name, "latest", "csv")
    kinds = {"text": "type text", "integer": "Int64.Type", "number": "type number", "date": "type date"}
    types = ",\n".join(f'        {{"{one.name}", {kinds[one.kind]}}}' for one in dataset.columns)
    code = (
        "let\n"
        f'    Source = Csv.Document(Web.Contents("{csv}"),\n'
        '        [Delimiter = ",", Encoding = 65001, QuoteStyle = QuoteStyle.Csv]),\n'
        "    Heads = Table.PromoteHeaders(Source, [PromoteAllScalars = true]),\n"
        f'    Typed = Table.TransformColumnTypes(Heads, {{\n{types}\n    }}, "en-US")\n'
        "in\n    Typed\n"
    )
    return Example("Power Query", "m", code)


def shell_example(dataset: Dataset) -> Example:
    """Download a file and compare it with its checksum."""
    base = f"{page_address(dataset.name)}latest/"
    lines = [
        f"curl --location --remote-name {base}{dataset.name}.csv",
        f"curl --location --remote-name {base}checksums.txt",
        "sha256sum --check --ignore-missing checksums.txt",
    ]
    return Example("curl", "shell", "\n".join(lines) + "\n")


def api_example(dataset: Dataset) -> Example:
    """A page of rows, and a question about one column."""
    rows = api_address(dataset.name, "rows")
    prefecture = "?prefecture=%E7%BE%A4%E9%A6%AC%E7%9C%8C&limit=100"
    has_prefecture = any(column.name == "prefecture" for column in dataset.columns)
    lines = [f'curl "{rows}?limit=100"', *([f'curl "{rows}{prefecture}"'] if has_prefecture else [])]
    return Example("curl", "shell", "\n".join(lines) + "\n")
