"""Versions of open data: made only when something changed, whole or not at all, with true checksums, kept as told."""

from __future__ import annotations

import csv
import fcntl
import gzip
import hashlib
import io
import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from madoguchi.core.clock import today
from madoguchi.events.models import Event
from madoguchi.opendata import snapshots
from madoguchi.opendata.datasets import Column, Dataset
from madoguchi.opendata.models import Snapshot
from madoguchi.opendata.retention import Kept, kept, prune
from madoguchi.opendata.snapshot_rows import page_of_rows
from madoguchi.opendata.snapshots import is_whole, make_snapshot, newest_snapshot, path_of, root
from madoguchi.people.access import ANONYMOUS, system_actor
from tests.conftest import Clock, refused

pytestmark = pytest.mark.django_db
OFFICE = system_actor("test")
COLUMNS = (
    Column("code", "text", "コード", "Code"),
    Column("note", "text", "注記", "Note"),
    Column("number", "integer", "件数", "Number"),
    Column("day", "date", "日付", "Day"),
    Column("latitude", "number", "緯度", "Latitude"),
    Column("longitude", "number", "経度", "Longitude"),
)
FIRST = {"code": "01100", "note": "=1+1", "number": 7, "day": date(2026, 11, 1), "latitude": 43.06, "longitude": 141.35}
SECOND = {"code": "10210", "note": "", "number": None, "day": None, "latitude": None, "longitude": None}


class Source:
    """A dataset whose rows a test changes."""

    def __init__(self, *rows: dict[str, Any], refresh: str = "daily") -> None:
        self.rows = list(rows)
        self.dataset = Dataset("trial", "figures", "試し", "Trial", "", "", COLUMNS, self.make, refresh)

    def make(self) -> pa.Table:
        return pa.Table.from_pylist(self.rows, schema=self.dataset.schema)

    def publish(self) -> Snapshot:
        return make_snapshot(actor=OFFICE, dataset=self.dataset)


@pytest.fixture
def source(clock: Clock, settings: Any, tmp_path: Path) -> Iterator[Source]:
    settings.VAR = tmp_path
    return Source(FIRST, SECOND)


def test_a_version_has_the_time_in_japan_as_its_name_and_the_rows_in_three_formats(source: Source) -> None:
    made = source.publish()

    assert (made.version, made.row_count, sorted(made.files)) == ("20261120T120000", 2, ["csv", "geojson", "parquet"])
    assert parquet.read_table(path_of(made, "parquet")).to_pylist() == [FIRST, SECOND]
    content = path_of(made, "csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbfcode,note,number,day,latitude,longitude\r\n")
    # What a spreadsheet would run is made harmless in the CSV only.
    assert list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))[1:] == [
        ["01100", "'=1+1", "7", "2026-11-01", "43.06", "141.35"],
        ["10210", "", "", "", "", ""],
    ]
    features = json.loads(path_of(made, "geojson").read_text())["features"]
    assert [feature["geometry"] for feature in features] == [{"type": "Point", "coordinates": [141.35, 43.06]}, None]
    assert features[0]["properties"] == {"code": "01100", "note": "=1+1", "number": 7, "day": "2026-11-01"}


def test_sizes_and_checksums_are_those_of_the_files(source: Source) -> None:
    made = source.publish()

    for kind, facts in made.files.items():
        content = path_of(made, kind).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (facts["bytes"], facts["sha256"])


def test_the_compressed_twin_holds_the_same_bytes_and_is_made_alike_every_time(source: Source) -> None:
    made = source.publish()
    twin = path_of(made, "csv").with_name("trial.csv.gz")
    content = twin.read_bytes()

    assert gzip.decompress(content) == path_of(made, "csv").read_bytes()
    assert made.files["csv"]["gzip"] == {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    assert "gzip" not in made.files["parquet"]
    source.rows[0] = {**FIRST, "number": 8}
    source.publish()
    source.rows[0] = FIRST
    assert source.publish().files["csv"]["gzip"] == made.files["csv"]["gzip"]


def test_unchanged_rows_make_no_new_version(source: Source, clock: Clock) -> None:
    first = source.publish()
    clock.move(days=1)

    assert source.publish().id == first.id
    assert Snapshot.objects.count() == 1
    assert Event.objects.filter(name="snapshot.made").count() == 1
    assert versions_on_disk() == [first.version]


def test_changed_rows_make_a_new_version_and_leave_the_old_one_as_it_was(source: Source, clock: Clock) -> None:
    first = source.publish()
    before = path_of(first, "csv").read_bytes()
    clock.move(hours=1)
    source.rows.pop()
    second = source.publish()

    assert (second.version, newest_snapshot("trial")) == ("20261120T130000", second)
    assert path_of(first, "csv").read_bytes() == before


def test_two_versions_within_a_second_have_two_names_and_the_later_is_the_newest(source: Source) -> None:
    first = source.publish()
    source.rows.pop()
    second = source.publish()

    assert (first.version, second.version) == ("20261120T120000", "20261120T120000-2")
    assert newest_snapshot("trial") == second


def test_a_writer_that_fails_leaves_nothing(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(rows: pa.Table, path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError("the disk is full")

    monkeypatch.setattr(snapshots, "_write_parquet", fail)
    with pytest.raises(OSError, match="the disk is full"):
        source.publish()

    assert not Snapshot.objects.exists()
    assert versions_on_disk() == []


def test_a_row_that_cannot_be_stored_takes_its_files_with_it(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **facts: object) -> None:
        raise RuntimeError("no log")

    monkeypatch.setattr(snapshots, "record", fail)
    with pytest.raises(RuntimeError, match="no log"):
        source.publish()

    assert not Snapshot.objects.exists()
    assert versions_on_disk() == []


def test_what_a_killed_process_left_is_cleared_away(source: Source) -> None:
    left = root() / "trial" / ".new-killed"
    left.mkdir(parents=True)
    (left / "trial.csv").write_bytes(b"half")

    source.publish()

    assert not left.exists()


def test_a_vanished_file_is_told_and_made_anew_as_the_next_version(source: Source, clock: Clock) -> None:
    first = source.publish()
    path_of(first, "parquet").unlink()

    assert not is_whole(first)
    with refused("snapshot_file_unknown", dataset="trial", kind="parquet"):
        path_of(first, "parquet")
    clock.move(hours=1)
    second = source.publish()
    assert second.id != first.id
    assert is_whole(second)


def test_while_one_writes_a_version_no_other_process_can(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two at once would make one time's version twice; the second waits, and then finds that nothing changed."""
    held: list[bool] = []
    write = snapshots._write_csv

    def look(rows: pa.Table, path: Path) -> None:
        with (root() / "trial" / ".making").open("a") as file, pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        held.append(True)
        write(rows, path)

    monkeypatch.setattr(snapshots, "_write_csv", look)
    source.publish()

    assert held == [True]


def test_only_the_programmes_office_publishes_and_removes(source: Source) -> None:
    with refused("not_allowed", permission="opendata.write"):
        make_snapshot(actor=ANONYMOUS, dataset=source.dataset)
    with refused("not_allowed", permission="opendata.write"):
        prune(actor=ANONYMOUS, dataset=source.dataset)

    assert not Snapshot.objects.exists()


def test_the_first_of_a_month_is_kept_for_good_and_the_last_of_a_day_for_thirty_days() -> None:
    versions = [
        ("october", date(2026, 10, 31)),
        ("morning", date(2026, 11, 1)),
        ("evening", date(2026, 11, 1)),
        ("noon", date(2026, 11, 2)),
        ("night", date(2026, 11, 2)),
        ("newest", date(2026, 11, 3)),
    ]

    assert kept(versions, refresh="daily") == [
        Kept("october", None),
        Kept("morning", None),
        Kept("evening", date(2026, 12, 1)),
        Kept("noon", date(2026, 11, 2)),
        Kept("night", date(2026, 12, 2)),
        Kept("newest", None),
    ]
    assert {one.until for one in kept(versions, refresh="once")} == {None}


def test_pruning_removes_what_is_over_with_its_files_and_says_so_in_the_log(source: Source, clock: Clock) -> None:
    made = []
    for _ in range(4):
        source.rows.append(SECOND)
        made.append(source.publish())
        clock.move(days=1)
    assert prune(actor=OFFICE, dataset=source.dataset) == []
    clock.move_to(made[2].made_at + timedelta(days=30))

    gone = prune(actor=OFFICE, dataset=source.dataset, pinned={made[2].version})

    assert today() > made[1].made_at.date() + timedelta(days=30)
    assert [row.version for row in gone] == [made[1].version]
    assert versions_on_disk() == [made[0].version, made[2].version, made[3].version]
    assert Event.objects.filter(name="snapshot.removed").count() == 1


def test_rows_come_in_pages_whose_cursors_meet(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "ROWS_AT_ONCE", 3)
    source.rows = [{**SECOND, "number": number} for number in range(10)]
    made = source.publish()
    assert parquet.ParquetFile(path_of(made, "parquet")).num_row_groups == 4

    numbers, after, sizes = [], 0, []
    while after is not None:
        page = page_of_rows(made, source.dataset, after=after, limit=4)
        numbers += [row["number"] for row in page.rows]
        sizes.append(len(page.rows))
        after = page.last

    assert (numbers, sizes) == (list(range(10)), [4, 4, 2])


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        ({"code": "01100"}, [7]),
        ({"number": "7"}, [7]),
        ({"day": "2026-11-01"}, [7]),
        ({"latitude": "43.06"}, [7]),
        ({"day": ""}, [None]),
        ({"note": ""}, [None]),
        ({"code": "01100", "number": "8"}, []),
        ({}, [7, None]),
    ],
)
def test_rows_are_found_by_what_stands_in_a_column(source: Source, wanted: dict[str, str], numbers: list[Any]) -> None:
    made = source.publish()

    page = page_of_rows(made, source.dataset, limit=10, wanted=wanted)

    assert ([row["number"] for row in page.rows], page.last) == (numbers, None)


@pytest.mark.parametrize(
    ("field", "text", "code"),
    [
        ("colour", "red", "column_unknown"),
        ("number", "seven", "field_wrong"),
        ("number", "9223372036854775808", "field_wrong"),
        ("latitude", "nan", "field_wrong"),
        ("day", "2026-13-01", "field_wrong"),
    ],
)
def test_a_question_that_no_column_can_answer_is_refused(source: Source, field: str, text: str, code: str) -> None:
    made = source.publish()

    with refused(code, field=field):
        page_of_rows(made, source.dataset, limit=10, wanted={field: text})


def versions_on_disk() -> list[str]:
    return sorted(path.name for path in (root() / "trial").glob("*") if not path.name.startswith(".making"))
