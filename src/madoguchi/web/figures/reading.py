"""A version of a dataset as pages read it: its rows as plain values, what is withheld, and where it can be had."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from madoguchi.core.clock import jst_date
from madoguchi.core.errors import Refusal
from madoguchi.opendata.datasets import Dataset, find_dataset
from madoguchi.opendata.models import Snapshot
from madoguchi.opendata.retention import kept
from madoguchi.opendata.snapshots import find_snapshot, newest_snapshot, path_of, rows_of, snapshots_of

THEMES = ("figures", "printed")
READ_VERSIONS = 8
Rows = tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Reading:
    """A version's rows; `kept_until` is the last day its address holds, None if for good."""

    dataset: Dataset
    snapshot: Snapshot
    rows: Rows
    is_newest: bool
    kept_until: date | None

    def figure(self, row: dict[str, Any], column: str) -> int | float | None:
        """A row's figure; None where it is withheld or unknown."""
        figure: int | float | None = row[column]
        return figure

    def is_withheld(self, row: dict[str, Any], column: str) -> bool:
        """Whether a figure is kept from readers, rather than unknown; a rate goes with its count."""
        names = str(row.get("withheld") or "").split(";")
        return column in names or (column == "per_1000" and "places" in names)


def find_figures(name: str) -> Dataset:
    """A dataset of statistics. Raises Refusal `dataset_unknown`, also for one that is not statistics."""
    dataset = find_dataset(name)
    if dataset.theme not in THEMES:
        raise Refusal("dataset_unknown", dataset=name)
    return dataset


def read(dataset: Dataset, version: str = "") -> Reading | None:
    """A version, or the newest; None before there is any.

    Raises Refusal `snapshot_unknown`, `snapshot_file_unknown`.
    """
    newest = newest_snapshot(dataset.name)
    if newest is None and not version:
        return None
    snapshot = find_snapshot(dataset.name, version) if version else newest
    if snapshot is None:
        return None
    is_newest = newest is not None and newest.id == snapshot.id
    return Reading(dataset, snapshot, _rows(snapshot), is_newest, _kept_until(dataset, snapshot))


def _kept_until(dataset: Dataset, snapshot: Snapshot) -> date | None:
    """Until when a version's address holds, also once another version is the newest."""
    versions = [(row.version, jst_date(row.made_at)) for row in reversed(snapshots_of(dataset.name))]
    following = ("", max(day for _, day in versions) + timedelta(days=1))
    ends = {one.version: one.until for one in kept([*versions, following], refresh=dataset.refresh)}
    return ends[snapshot.version]


def _rows(snapshot: Snapshot) -> Rows:
    return _read(str(path_of(snapshot, "parquet")), snapshot)


@lru_cache(maxsize=READ_VERSIONS)
def _read(_path: str, snapshot: Snapshot) -> Rows:
    return tuple(rows_of(snapshot).to_pylist())
