"""The platform's own statistics as datasets, and making their versions anew (P-42 … P-44)."""

from __future__ import annotations

from madoguchi.opendata import figure_coverage, figure_months, figure_places
from madoguchi.opendata.models import Snapshot
from madoguchi.opendata.snapshots import make_snapshot
from madoguchi.people.access import Actor

DATASETS = (*figure_places.DATASETS, *figure_coverage.DATASETS, *figure_months.DATASETS)


def refresh_figures(*, actor: Actor) -> list[Snapshot]:
    """Publish every dataset of figures as it is now; one that did not change keeps its newest version.

    Raises Refusal `not_allowed`.
    """
    return [make_snapshot(actor=actor, dataset=dataset) for dataset in DATASETS]
