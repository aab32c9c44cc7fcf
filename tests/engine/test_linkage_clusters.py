"""Pairs become clusters (P-29)."""

from __future__ import annotations

from madoguchi.engine.linkage.clusters import clustered, components, incomplete


def test_sure_pairs_chain_into_one_cluster_named_by_its_lowest_row() -> None:
    found = clustered(4, [(1, 2, 0.999), (2, 3, 0.995)], [], set(), below=0.98)
    assert found.names == [0, 1, 1, 1]
    assert found.decisions == ["single", "auto", "auto", "auto"]
    assert found.probabilities == [0.0, 0.999, 0.999, 0.995]


def test_rows_that_contradict_each_other_are_not_joined_through_a_third() -> None:
    """A (東店) – B (no branch) – C (西店): B goes with the surer one, the other is queued beside it."""
    found = clustered(3, [(0, 1, 0.995), (1, 2, 0.999)], [], {(0, 2)}, below=0.98)
    assert found.names == [1, 1, 1]
    assert found.decisions == ["review", "auto", "auto"]
    assert found.probabilities == [0.98, 0.999, 0.999]


def test_a_queued_row_stands_beside_the_cluster_it_may_belong_to_without_naming_it() -> None:
    found = clustered(3, [(1, 2, 0.999)], [(0, 2, 0.6)], set(), below=0.98)
    assert found.names == [1, 1, 1]
    assert found.decisions == ["review", "auto", "auto"]


def test_two_automatic_clusters_stay_two_whatever_the_queue_says() -> None:
    found = clustered(5, [(0, 1, 0.999), (2, 3, 0.999)], [(1, 2, 0.9), (3, 4, 0.5), (0, 4, 0.4)], set(), below=0.98)
    assert found.names == [0, 0, 2, 2, 2]
    assert found.decisions == ["auto", "auto", "auto", "auto", "review"]


def test_queued_rows_alone_share_a_cluster() -> None:
    found = clustered(3, [], [(0, 2, 0.7)], set(), below=0.98)
    assert found.names == [0, 1, 0]
    assert found.decisions == ["review", "single", "review"]


def test_the_order_of_pairs_makes_no_difference() -> None:
    edges = [(0, 1, 0.991), (1, 2, 0.999), (2, 3, 0.995), (3, 4, 0.993)]
    forward = clustered(5, edges, [], {(0, 3), (1, 4)}, below=0.98)
    assert clustered(5, edges[::-1], [], {(0, 3), (1, 4)}, below=0.98) == forward


def test_only_groups_held_together_by_a_third_row_are_looked_at_again() -> None:
    edges = [(0, 1, 1.0), (2, 3, 1.0), (3, 4, 1.0), (5, 6, 1.0), (6, 7, 1.0), (5, 7, 1.0)]
    assert incomplete(components(8, edges), edges) == [[2, 3, 4]]
