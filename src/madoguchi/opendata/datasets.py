"""What is published as open data: each dataset's columns with their meanings, and how it is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa

from madoguchi.core.errors import Refusal

# Arrow's types by what a reader of the catalogue understands.
KINDS = {"text": pa.string(), "integer": pa.int64(), "number": pa.float64(), "date": pa.date32()}


@dataclass(frozen=True)
class Column:
    """One column: its name in every file, its kind (`KINDS`), its label and what it counts, in both languages."""

    name: str
    kind: str
    label: str
    label_en: str
    meaning: str = ""
    meaning_en: str = ""


@dataclass(frozen=True)
class Dataset:
    """A dataset of the catalogue. `make` gives the present rows as an Arrow table of exactly these columns.

    `theme` is `places`, `figures` or `printed`. `refresh` is `daily` or `once`. A dataset with `latitude` and
    `longitude` is also published as GeoJSON.
    """

    name: str
    theme: str
    title: str
    title_en: str
    about: str
    about_en: str
    columns: tuple[Column, ...]
    make: Callable[[], pa.Table]
    refresh: str = "daily"
    credit: str = ""
    credit_en: str = ""

    @property
    def schema(self) -> pa.Schema:
        return pa.schema([(column.name, KINDS[column.kind]) for column in self.columns])

    @property
    def has_positions(self) -> bool:
        names = {column.name for column in self.columns}
        return {"latitude", "longitude"} <= names


def datasets() -> tuple[Dataset, ...]:
    """Every dataset, in the order of the catalogue."""
    # Here, because their modules name `Dataset`.
    from madoguchi.opendata import figures, place_dataset, printed_datasets

    return (*place_dataset.DATASETS, *figures.DATASETS, *printed_datasets.DATASETS)


def find_dataset(name: str) -> Dataset:
    """The dataset of this name. Raises Refusal `dataset_unknown`."""
    for dataset in datasets():
        if dataset.name == name:
            return dataset
    raise Refusal("dataset_unknown", dataset=name)
