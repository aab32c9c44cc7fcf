"""Datasets as they were at one time: files that never change, with checksums, under VAR/opendata."""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
from django.conf import settings
from django.db import transaction
from pyarrow import parquet

from madoguchi.core.clock import now
from madoguchi.core.errors import Refusal
from madoguchi.core.tables import csv_lines
from madoguchi.events.actions import record
from madoguchi.opendata.datasets import Dataset, find_dataset
from madoguchi.opendata.models import Snapshot
from madoguchi.opendata.versions import free_version
from madoguchi.people.access import Actor, require

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "geojson": "application/geo+json",
}
# Kinds that are kept compressed, too, for readers who take them so.
COMPRESSED = frozenset({"csv", "geojson"})
ROWS_AT_ONCE = 10_000
# Two versions may have the same time; ids are in the order in which they were made.
NEWEST_FIRST = ("-made_at", "-id")
READ_TABLES = 16


def root() -> Path:
    """The folder of all snapshots."""
    return Path(settings.VAR) / "opendata"


def make_snapshot(*, actor: Actor, dataset: Dataset) -> Snapshot:
    """Publish a dataset's present rows as a new version; if nothing changed, the newest one stays the newest.

    A version is its time in Japan, e.g. `20261127T093000`. Its files are on the disk before the row is there.
    """
    require(actor, "opendata.write")
    with _one_at_a_time(root() / dataset.name) as folder:
        # Only now: rows that were read before another version was made could be older than its.
        data_at = now()
        rows = dataset.make().select(dataset.schema.names).cast(dataset.schema)
        content = _content_sha256(rows)
        newest = newest_snapshot(dataset.name)
        if newest is not None and newest.content_sha256 == content and is_whole(newest):
            return newest
        version = free_version(data_at, lambda version: _is_taken(dataset.name, version))
        files = _write_files(dataset, rows, folder / version)
        try:
            with transaction.atomic():
                snapshot = Snapshot.objects.create(
                    dataset=dataset.name,
                    version=version,
                    made_at=now(),
                    data_at=data_at,
                    row_count=rows.num_rows,
                    content_sha256=content,
                    files=files,
                )
                record(actor, "snapshot.made", snapshot.id, dataset=dataset.name, version=version, rows=rows.num_rows)
        except BaseException:
            shutil.rmtree(folder / version, ignore_errors=True)
            raise
    return snapshot


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[Path]:
    """Versions of a dataset are made one after the other: the second then finds the first, and nothing changed."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".making").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        # What a process left that was killed while it wrote.
        for left in folder.glob(".new-*"):
            shutil.rmtree(left, ignore_errors=True)
        yield folder


def _write_files(dataset: Dataset, rows: pa.Table, folder: Path) -> dict[str, Any]:
    """Write every kind of file; the folder is there with all of them, or not at all."""
    building = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".new-"))
    try:
        files = {kind: _written(write, rows, building / f"{dataset.name}.{kind}") for kind, write in _writers(dataset)}
        building.chmod(0o755)
        building.rename(folder)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    for facts in files.values():
        facts["path"] = f"{dataset.name}/{folder.name}/{facts['path']}"
    return files


def newest_snapshot(name: str) -> Snapshot | None:
    """The newest version of a dataset, or None before there is any."""
    return Snapshot.objects.filter(dataset=name).order_by(*NEWEST_FIRST).first()


def snapshots_of(name: str) -> list[Snapshot]:
    """Every version of a dataset, newest first."""
    return list(Snapshot.objects.filter(dataset=name).order_by(*NEWEST_FIRST))


def find_snapshot(name: str, version: str) -> Snapshot:
    """One version, or the newest for `latest`. Raises Refusal `dataset_unknown`, `snapshot_unknown`."""
    find_dataset(name)
    found = (
        newest_snapshot(name) if version == "latest" else Snapshot.objects.filter(dataset=name, version=version).first()
    )
    if found is None:
        raise Refusal("snapshot_unknown", dataset=name, version=version)
    return found


def path_of(snapshot: Snapshot, kind: str) -> Path:
    """The file of a version as `csv`, `parquet` or `geojson`. Raises Refusal `snapshot_file_unknown`."""
    facts = snapshot.files.get(kind)
    if facts is None or not (root() / facts["path"]).is_file():
        raise Refusal("snapshot_file_unknown", dataset=snapshot.dataset, kind=kind)
    return root() / str(facts["path"])


def rows_of(snapshot: Snapshot) -> pa.Table:
    """A version's rows; the last few that were read stay in memory, for a version never changes."""
    return _read(path_of(snapshot, "parquet"))


@lru_cache(maxsize=READ_TABLES)
def _read(path: Path) -> pa.Table:
    return parquet.read_table(path)


def is_whole(snapshot: Snapshot) -> bool:
    """Whether every file of a version is on the disk."""
    return all((root() / facts["path"]).is_file() for facts in snapshot.files.values())


def _is_taken(name: str, version: str) -> bool:
    return Snapshot.objects.filter(dataset=name, version=version).exists() or (root() / name / version).exists()


def _content_sha256(rows: pa.Table) -> str:
    """A hash of the rows themselves: a file's own bytes may differ from one writer's version to the next."""
    digest = hashlib.sha256()
    for batch in rows.combine_chunks().to_batches(max_chunksize=ROWS_AT_ONCE):
        digest.update(json.dumps(batch.to_pydict(), default=str, ensure_ascii=False).encode())
    return digest.hexdigest()


Writer = Callable[[pa.Table, Path], None]


def _writers(dataset: Dataset) -> list[tuple[str, Writer]]:
    writers: list[tuple[str, Writer]] = [("csv", _write_csv), ("parquet", _write_parquet)]
    return [*writers, ("geojson", _write_geojson)] if dataset.has_positions else writers


def _written(write: Writer, rows: pa.Table, path: Path) -> dict[str, Any]:
    write(rows, path)
    facts = {"path": path.name, **_measured(path)}
    if path.suffix[1:] in COMPRESSED:
        compressed = path.with_name(f"{path.name}.gz")
        # Without a time, the same rows give the same bytes.
        with path.open("rb") as source, compressed.open("wb") as target, gzip.GzipFile("", "wb", 6, target, 0) as out:
            shutil.copyfileobj(source, out, 1 << 20)
        facts["gzip"] = _measured(compressed)
    return facts


def _measured(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"bytes": path.stat().st_size, "sha256": digest}


def _each_row(rows: pa.Table) -> Iterator[dict[str, Any]]:
    for batch in rows.to_batches(max_chunksize=ROWS_AT_ONCE):
        yield from batch.to_pylist()


def _write_csv(rows: pa.Table, path: Path) -> None:
    with path.open("wb") as file:
        for line in csv_lines(rows.column_names, (tuple(row.values()) for row in _each_row(rows))):
            file.write(line)


def _write_parquet(rows: pa.Table, path: Path) -> None:
    # In groups, so that a page of rows, or a reader over the network, takes what it needs and not the whole.
    parquet.write_table(rows, path, compression="zstd", row_group_size=ROWS_AT_ONCE)


def _write_geojson(rows: pa.Table, path: Path) -> None:
    """RFC 7946: rows with a position as points, one feature a line; rows without have no geometry."""
    with path.open("w", encoding="utf-8") as file:
        file.write('{"type":"FeatureCollection","features":[\n')
        for number, row in enumerate(_each_row(rows)):
            longitude, latitude = row.pop("longitude"), row.pop("latitude")
            point = None if latitude is None else {"type": "Point", "coordinates": [longitude, latitude]}
            feature = {"type": "Feature", "geometry": point, "properties": row}
            text = json.dumps(feature, ensure_ascii=False, separators=(",", ":"), default=str)
            file.write(text if number == 0 else ",\n" + text)
        file.write("\n]}\n")
