"""`madoguchi opendata import-notice`, `import-table`, `export` (P-42 to P-44)."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet
from typer.testing import CliRunner

from madoguchi.cli import opendata
from madoguchi.core.errors import Refusal
from madoguchi.opendata.models import PublishedRow, PublishedTable
from madoguchi.opendata.published_tables import newest, notice_text

pytestmark = pytest.mark.django_db
AIBETSU = "北海道\t愛別町\t12\n"
MAPPING = """
name = "visits"
title = "来場者数"
title_en = "Visitors"
source = "試験"
as_of_on = 2026-04-01
level = "prefecture"
begins = "^来場者数"
separator = ","
headings = [["都道府県", "人数"]]
total = { column = "prefecture", text = "計" }
columns = [{ name = "prefecture" }, { name = "visitors", label = "人数", label_en = "visitors" }]
"""


def run(*words: str, given: str | None = None) -> Any:
    return CliRunner().invoke(opendata.app, list(words), input=given)


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def make(text: str, name: str = "notice.txt", encoding: str = "utf-8") -> str:
        file = tmp_path / name
        file.write_bytes(text.encode(encoding))
        return str(file)

    return make


def test_the_notice_is_imported_with_every_repair_and_every_sum_told(write: Any) -> None:
    """P-42, P-43."""
    result = run("import-notice", write(notice_text()))

    assert result.exit_code == 0
    assert "1,741 rows, 47 subtotals, 730,493" in result.stdout
    assert "47 rows, 498,281 = 229,919 + 78,640 + 116,000 + 13,187 + 60,535" in result.stdout
    assert "rows sum to the printed subtotal: 47 of 47" in result.stdout
    for told in ("82 repairs", "長瀬町", "長瀞町", "1429-1448", "鳥根県", "1874-1911", "沖繩県", "15, 371", "X-01"):
        assert told in result.stdout
    assert (newest("applications").version, newest("registrations").version) == (1, 1)


def test_json_lists_each_repair_with_its_line(write: Any) -> None:
    """P-42: for programs, one by one."""
    facts = json.loads(run("import-notice", "-", "--json", given=notice_text()).stdout)

    applications, registrations = facts["tables"]
    assert facts["accepted"]
    assert (applications["rows"], applications["subtotals"], applications["totals"]) == (
        1741,
        47,
        {"applications": 730_493},
    )
    assert len(applications["repairs"]) == 82
    assert {
        "line": 652,
        "column": "municipality",
        "printed": "長瀬町",
        "read": "長瀞町",
        "reason": "plausible_name",
        "words": "a misprint that looks like a name; confirmed by the prefecture coming out complete",
    } in applications["repairs"]
    assert (registrations["repairs"], registrations["problems"], registrations["version"]) == ([], [], 1)


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (AIBETSU, "北海道\t愛別町\t13\n",
         "85: applications: rows_differ: applications of 北海道, lines 86 to 268: the rows sum to 38,420, the subtotal"
         " says 38,419, a difference of +1. | 北海道小計\t\t38,419"),
        ("旭川市", "旭山市",
         "89: applications: name_unknown: “旭山市” is no municipality of 北海道; not found there yet: 旭川市."
         " If it is a misprint of 旭川市, add it to the mapping's readings. | 北海道\t旭山市\t2,692"),
        (AIBETSU, "",
         "85: applications: name_missing: there is no line for 北海道愛別町 in lines 86 to 267. The printed sum leaves"
         " it 12. | 北海道小計\t\t38,419"),
        (AIBETSU, AIBETSU * 2,
         "87: applications: name_twice: 愛別町 also stands in line 86; not found yet: none | 北海道\t愛別町\t12"),
    ],
    ids=["digit", "name", "missing", "doubled"],
)  # fmt: skip
def test_a_corrupted_copy_is_refused_with_the_place_and_nothing_stored(
    write: Any, old: str, new: str, line: str
) -> None:
    """P-42: one line on standard error for each problem, exit status 1."""
    file = write(notice_text().replace(old, new, 1))
    result = run("import-notice", file)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"{file}:{line}\n"
    assert (PublishedTable.objects.count(), PublishedRow.objects.count()) == (0, 0)


def test_problems_come_as_json_and_in_japanese_too(write: Any) -> None:
    file = write(notice_text().replace("旭川市", "旭山市", 1))

    result = run("import-notice", file, "--json")
    assert result.exit_code == 1
    facts = json.loads(result.stdout)
    assert not facts["accepted"]
    assert [(row["line"], row["code"]) for row in facts["tables"][0]["problems"]] == [(89, "name_unknown")]
    assert "「旭山市」は北海道の市区町村ではありません。" in run("import-notice", file, "--language", "ja").stderr


def test_checking_only_stores_nothing(write: Any) -> None:
    result = run("import-notice", write(notice_text()), "--check-only")

    assert result.exit_code == 0
    assert "checked, not stored" in result.stdout
    assert PublishedTable.objects.count() == 0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_the_next_table_is_imported_with_a_mapping(write: Any, encoding: str) -> None:
    """P-44: a spreadsheet's export, in either of the codes that spreadsheets write."""
    names = [row.prefecture for row in _prefectures()]
    text = "来場者数\n都道府県,人数\n" + "".join(f'{name},"1,0{at:02}"\n' for at, name in enumerate(names))
    file = write(text + '計,"48,081"\n', "visits.csv", encoding)
    result = run("import-table", file, "--mapping", write(MAPPING, "visits.toml"))

    assert result.exit_code == 0, result.stderr
    assert "47 rows, 48,081" in result.stdout
    assert newest("visits").rows.get(code="02").figures == {"visitors": 1_001}
    exported = run("export", "visits", "--format", "json")
    assert json.loads(exported.stdout)[1] == {
        "code": "02", "prefecture": "青森県", "as_printed": "青森県", "visitors": 1_001,
    }  # fmt: skip


def _prefectures() -> list[PublishedRow]:
    from madoguchi.opendata.published_tables import load_published, rows_of

    return rows_of(load_published()[1])


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("import-notice", "/nowhere/notice.txt"), "file_unreadable"),
        (("import-table", "-", "--mapping", "/nowhere/mapping.toml"), "file_unreadable"),
        (("export", "visitors"), "published_table_unknown"),
        (("export", "applications", "-o", "/nowhere/file.csv"), "file_unwritable"),
    ],
)
def test_what_cannot_be_done_is_refused(words: tuple[str, ...], code: str) -> None:
    result = run(*words, given="")

    assert isinstance(result.exception, Refusal)
    assert result.exception.code == code
    assert result.stdout == ""


def test_an_export_writes_nothing_but_the_file_and_loads_the_tables_first() -> None:
    """P-42: also a binary format goes to standard output."""
    result = run("export", "applications", "--format", "parquet")

    assert result.exit_code == 0
    table = parquet.read_table(io.BytesIO(result.stdout_bytes))
    assert table.num_rows == 1741
    assert sum(table["applications"].to_pylist()) == 730_493


def test_an_export_to_a_file_is_the_same_bytes(tmp_path: Path) -> None:
    out = tmp_path / "applications.csv"
    result = run("export", "applications", "--out", str(out))

    assert result.stdout_bytes == b""
    assert out.read_bytes() == run("export", "applications").stdout_bytes
    assert [file.name for file in tmp_path.iterdir()] == ["applications.csv"]


def test_an_empty_installation_exports_at_once_and_says_nothing_else(tmp_path: Path) -> None:
    """P-43: the command makes the database it needs."""
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    result = subprocess.run(
        [sys.executable, "-m", "madoguchi.cli", "opendata", "export", "registrations"],
        env={**kept, "MADOGUCHI_VAR": str(tmp_path / "not" / "there")},
        capture_output=True,
        check=True,
    )

    lines = result.stdout.decode("utf-8-sig").splitlines()
    assert lines[0] == "code,prefecture,as_printed,total,retail,restaurants,other_services,mobile,mail_order"
    assert lines[2] == "02,青森県,青森県,4070,2457,381,794,96,342"
    assert (len(lines), result.stderr) == (48, b"")
