"""A published version for the routes of open data to name."""

from __future__ import annotations

from typing import Any

from madoguchi.opendata.datasets import find_dataset
from madoguchi.opendata.snapshots import make_snapshot
from madoguchi.people.access import system_actor


def open_data_things() -> dict[str, dict[str, Any]]:
    """The places' first version, written under settings.VAR."""
    made = make_snapshot(actor=system_actor("test"), dataset=find_dataset("places"))
    version = {"dataset": "places", "version": made.version}
    return {
        "opendata:dataset": {"dataset": "places"},
        "opendata:checksums": version,
        "opendata:file": {**version, "kind": "csv"},
        "api:get_open_dataset": {"name": "places"},
        "api:get_open_rows": {"name": "places"},
    }
