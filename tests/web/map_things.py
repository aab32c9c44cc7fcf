"""What the finder's routes name: published places, a report, tiles of the map."""

from __future__ import annotations

from typing import Any

from madoguchi.core.clock import now
from madoguchi.opendata import boundaries, tiles
from madoguchi.opendata.models import CorrectionReport, PublishedPlace
from madoguchi.opendata.places import publish_all
from madoguchi.people.access import system_actor

# The tile of zoom 4 that holds the middle of Japan.
TILE = {"zoom": 4, "column": 14, "row": 6}


def map_things() -> dict[str, dict[str, Any]]:
    """Every place published, a report of a mistake, a version of the tiles, and an empty base under settings.VAR."""
    publish_all()
    place = PublishedPlace.objects.order_by("order_key")[0]
    report = CorrectionReport.objects.create(place_id=place.place_id, matter="other", reported_at=now())
    version, folder = tiles.make_tiles(actor=system_actor("test")), "0" * 64
    (boundaries.root() / folder).mkdir(parents=True)
    (boundaries.root() / folder / boundaries.BASE).touch()
    return {
        "finder:decide": {"report_id": report.id},
        "finder:place_tile": {"version": version, **TILE},
        "finder:base_tile": {"version": folder, **TILE},
    }
