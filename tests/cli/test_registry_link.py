"""`madoguchi registry link`: registrations in, clusters out (P-21, P-29)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet
from typer.testing import CliRunner

from madoguchi.cli.main import standalone
from madoguchi.core.errors import Refusal

GIVEN = pa.table(
    {
        "registration_id": ["2", "1", "3"],
        "provider": ["paypay", "dbarai", "aupay"],
        "name": ["㈱髙橋商店", "高橋商店株式会社", "喫茶青空"],
        "address": ["群馬県富岡市富岡1-2-3", "群馬県富岡市富岡一丁目2番3号", "群馬県富岡市妙義1"],
        "note": ["not asked for", None, None],
    }
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    parquet.write_table(GIVEN, tmp_path / "in.parquet")
    return tmp_path / "in.parquet"


def run(*arguments: object) -> str:
    """Standard output of the command. Raises Refusal, as the `madoguchi` command's own guard expects."""
    result = CliRunner().invoke(standalone(), ["registry", "link", *map(str, arguments)], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_clusters_are_written_and_counted(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"

    facts = json.loads(run(file, out, "--json"))

    written = parquet.read_table(out)
    assert written.column_names == ["registration_id", "cluster_id", "match_probability", "decision"]
    assert written["registration_id"].to_pylist() == ["1", "2", "3"]
    assert written["cluster_id"].to_pylist() == ["1", "1", "3"]
    assert written["decision"].to_pylist() == ["auto", "auto", "single"]
    assert facts.pop("seconds") > 0
    assert facts == {
        "registrations": 3,
        "automatic_clusters": 1,
        "auto": 2,
        "review": 0,
        "single": 1,
        "pairs_to_review": 0,
    }


def test_a_table_is_for_people(file: Path, tmp_path: Path) -> None:
    shown = run(file, tmp_path / "out.parquet")
    assert "registrations" in shown
    assert "automatic clusters" in shown


def test_pairs_are_written_on_request(file: Path, tmp_path: Path) -> None:
    run(file, tmp_path / "out.parquet", "--pairs", tmp_path / "pairs.parquet")
    pairs = parquet.read_table(tmp_path / "pairs.parquet").to_pylist()
    assert [(pair["registration_id_l"], pair["registration_id_r"], pair["decision"]) for pair in pairs] == [
        ("1", "2", "auto")
    ]


def test_no_rows_give_no_rows(file: Path, tmp_path: Path) -> None:
    parquet.write_table(GIVEN.slice(0, 0), file)
    run(file, tmp_path / "out.parquet")
    assert parquet.read_table(tmp_path / "out.parquet").num_rows == 0


@pytest.mark.parametrize(
    ("contents", "code"),
    [
        (GIVEN.drop_columns(["provider"]), "column_missing"),
        (pa.concat_tables([GIVEN, GIVEN]), "registration_id_repeated"),
        (GIVEN.set_column(0, "registration_id", pa.nulls(3, pa.string())), "registration_id_missing"),
        (GIVEN.set_column(2, "name", pa.array(["a", None, "b"])), "registration_fact_missing"),
        (b"", "file_not_parquet"),
        (b"registration_id,provider,name\n1,a,b\n", "file_not_parquet"),
        (b"PAR1" + b"\0" * 100 + b"PAR1", "file_unreadable file_not_parquet"),
        (None, "file_unreadable"),
    ],
)
def test_what_cannot_be_taken_is_refused_and_nothing_is_written(
    contents: pa.Table | bytes | None, code: str, tmp_path: Path
) -> None:
    file = tmp_path / "in.parquet"
    if isinstance(contents, pa.Table):
        parquet.write_table(contents, file)
    elif contents is not None:
        file.write_bytes(contents)

    with pytest.raises(Refusal) as caught:
        run(file, tmp_path / "out.parquet")

    assert caught.value.code in code.split()
    assert "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ([] if contents is None else ["in.parquet"])


def test_an_earlier_result_survives_a_run_that_fails(tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    out.write_bytes(b"earlier")
    parquet.write_table(GIVEN.drop_columns(["name"]), tmp_path / "in.parquet")
    with pytest.raises(Refusal):
        run(tmp_path / "in.parquet", out)
    assert out.read_bytes() == b"earlier"


def test_a_folder_that_is_not_there_is_named(file: Path, tmp_path: Path) -> None:
    with pytest.raises(Refusal) as caught:
        run(file, tmp_path / "nowhere" / "out.parquet")
    assert caught.value.code == "file_unwritable"


def test_the_command_fails_in_one_line_and_without_django(tmp_path: Path) -> None:
    """As it is installed: exit status 2, one line on standard error, the platform's data not touched."""
    program = (
        "import sys; sys.argv = ['madoguchi', 'registry', 'link', 'missing.parquet', 'out.parquet']\n"
        "from madoguchi.cli.main import app\n"
        "try: app()\n"
        "finally: assert 'django' not in sys.modules"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert ran.stdout == ""
    assert ran.stderr.startswith("madoguchi: file_unreadable (file=missing.parquet")
    assert ran.stderr.count("\n") == 1
