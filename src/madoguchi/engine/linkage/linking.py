"""Link a table of registrations: which are one place, surely or perhaps, and what agreed (P-21, P-29, P-30)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from madoguchi.engine.linkage.clusters import (
    AUTO,
    REVIEW,
    SINGLE,
    Clusters,
    Edge,
    clustered,
    components,
    incomplete,
)
from madoguchi.engine.linkage.model import COMPARISONS
from madoguchi.engine.linkage.rows import checked, normalised
from madoguchi.engine.linkage.scoring import contradictions, engine, level_names, no_pairs, scored

AUTOMATIC_FROM = 0.99
REVIEW_FROM = 0.1
MEMORY = "1500MB"
# A would-be cluster above this is no place but a mistake in the data: its pairs are queued, none is merged.
LARGEST_CLUSTER = 400
FEWEST = 2
Progress = Callable[[str], None]


@dataclass(frozen=True)
class LinkageResult:
    """What linkage found.

    `rows`: registration_id, cluster_id, match_probability, decision; in the order of registration_id.
    `pairs`: registration_id_l, registration_id_r (the lower first), match_probability, decision of the pair (`auto`,
    `review`), and for name, place, phone and corporate_number which level of `model.COMPARISONS` was found.
    """

    rows: pa.Table
    pairs: pa.Table

    @property
    def counts(self) -> dict[str, int]:
        """Registrations, automatic clusters, registrations by decision, and pairs to review."""
        decisions = self.rows["decision"]
        automatic = self.rows.filter(pc.equal(decisions, AUTO))
        return {
            "registrations": len(self.rows),
            "automatic_clusters": pc.count_distinct(automatic["cluster_id"]).as_py(),
            **{name: pc.sum(pc.equal(decisions, name)).as_py() or 0 for name in (AUTO, REVIEW, SINGLE)},
            "pairs_to_review": pc.sum(pc.equal(self.pairs["decision"], REVIEW)).as_py() or 0,
        }


def link(
    table: pa.Table,
    *,
    automatic_from: float = AUTOMATIC_FROM,
    review_from: float = REVIEW_FROM,
    memory: str = MEMORY,
    progress: Progress = lambda step: None,
) -> LinkageResult:
    """Find the registrations of `table` that are one place.

    Needs the columns registration_id (text or whole numbers, all different), provider and name; takes kana, prefecture,
    municipality, address, postal_code, phone and corporate_number, each of which may be null, empty or absent. Pairs
    from `automatic_from` on are merged unless the cluster would contradict itself, pairs from `review_from` on queued.
    The result depends on the registrations alone, not on their order. `memory` bounds DuckDB, which spills to disk
    beyond it; `progress` hears the name of each step (read, normalise, compare, cluster) as it begins. Raises Refusal
    (see `rows.checked` and `model.require_trained`).
    """
    progress("read")
    registrations = checked(table)
    progress("normalise")
    rows = normalised(registrations)
    if len(rows) < FEWEST:
        return _result(registrations["registration_id"].combine_chunks(), no_pairs(), Clusters.of_singles(len(rows)))
    with engine(memory) as connection:
        progress("compare")
        pairs = scored(connection, rows, review_from=review_from)
        progress("cluster")
        automatic, queued = _edges(pairs, len(rows), automatic_from)
        to_check = incomplete(components(len(rows), automatic), automatic)
        apart = contradictions(connection, rows, to_check)
    clusters = clustered(len(rows), automatic, queued, apart, below=math.nextafter(automatic_from, 0))
    return _result(registrations["registration_id"].combine_chunks(), pairs, clusters)


def _edges(pairs: pa.Table, count: int, automatic_from: float) -> tuple[list[Edge], list[Edge]]:
    sure = pc.greater_equal(pairs["match_probability"], automatic_from)
    automatic, queued = (
        list(zip(*(some[name].to_pylist() for name in ("row_l", "row_r", "match_probability")), strict=True))
        for some in (pairs.filter(sure), pairs.filter(pc.invert(sure)))
    )
    groups = components(count, automatic)
    sizes: dict[int, int] = {}
    for row in {row for edge in automatic for row in edge[:2]}:
        sizes[groups.root(row)] = sizes.get(groups.root(row), 0) + 1
    too_large = {root for root, size in sizes.items() if size > LARGEST_CLUSTER}
    if too_large:
        queued += [edge for edge in automatic if groups.root(edge[0]) in too_large]
        automatic = [edge for edge in automatic if groups.root(edge[0]) not in too_large]
    return automatic, queued


def _result(ids: pa.Array, pairs: pa.Table, clusters: Clusters) -> LinkageResult:
    names = pa.array(clusters.names, pa.int64())
    decisions = pa.array(clusters.decisions, pa.string())
    rows = pa.table(
        {
            "registration_id": ids,
            "cluster_id": ids.take(names),
            "match_probability": pa.array(clusters.probabilities, pa.float64()),
            "decision": decisions,
        }
    )
    left, right = pairs["row_l"].combine_chunks(), pairs["row_r"].combine_chunks()
    together = pc.equal(names.take(left), names.take(right))
    both_sure = pc.and_(pc.equal(decisions.take(left), AUTO), pc.equal(decisions.take(right), AUTO))
    shown = {
        "registration_id_l": ids.take(left),
        "registration_id_r": ids.take(right),
        "match_probability": pairs["match_probability"],
        "decision": pc.if_else(pc.and_(together, both_sure), AUTO, REVIEW),
    }
    levels = {name: level_names(name, pairs[name].combine_chunks()) for name in COMPARISONS}
    return LinkageResult(rows, pa.table(shown | levels))
