"""What the linkage model promises whatever the registrations are (P-29)."""

from __future__ import annotations

from itertools import product

import pytest

from madoguchi.engine.linkage.linking import AUTOMATIC_FROM
from madoguchi.engine.linkage.model import (
    COMPARISONS,
    DOUBTED_AT_MOST,
    NAMES_THAT_AGREE,
    PLACES_THAT_AGREE,
    PRIOR_BITS,
    require_trained,
    settings,
    weight_of,
)
from tests.conftest import refused

KNOWN = {name: [level for level in levels if level.name != "unknown"] for name, levels in COMPARISONS.items()}


def test_every_level_has_an_m_and_a_u() -> None:
    require_trained(settings())


@pytest.mark.parametrize("value", ["m_probability", "u_probability"])
@pytest.mark.parametrize("comparison", range(4))
def test_a_level_without_a_value_fails_the_job(comparison: int, value: str) -> None:
    """With one level untrained Splink would go on with defaults, and recall fell from .98 to .77."""
    model = settings()
    level = model["comparisons"][comparison]["comparison_levels"][2]
    del level[value]

    with refused("linkage_level_untrained", level=level["label_for_charts"], value=value[0]):
        require_trained(model)


def test_probabilities_are_probabilities() -> None:
    for level in (level for levels in KNOWN.values() for level in levels):
        trained = level.as_splink()
        assert 0 < trained["m_probability"] <= 1
        assert 0 < trained["u_probability"] <= 1
    for levels in KNOWN.values():
        assert sum(level.m or 0 for level in levels) == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("comparison", COMPARISONS)
def test_a_level_is_known_by_its_weight(comparison: str) -> None:
    weights = [weight_of(level) for level in COMPARISONS[comparison]]
    assert len(set(weights)) == len(weights)


def test_doubt_keeps_a_pair_below_the_automatic_threshold() -> None:
    assert DOUBTED_AT_MOST < AUTOMATIC_FROM


def test_one_name_at_one_spot_is_sure_and_no_phone_or_company_makes_up_for_either() -> None:
    """The weights alone: what is sure without a person is the same name at the same spot, whatever else is missing."""
    bits = {name: {level.name: level.bits for level in levels} for name, levels in COMPARISONS.items()}
    sure = 6.63  # log2(.99 / .01)

    assert PRIOR_BITS + bits["name"]["same"] + bits["place"]["same_spot"] > sure
    everything_else = bits["phone"]["same"] + bits["corporate_number"]["same"]
    for name, place in product(NAMES_THAT_AGREE, ("other_town", "elsewhere")):
        assert PRIOR_BITS + bits["name"][name] + bits["place"][place] + everything_else < sure
    for place in PLACES_THAT_AGREE[1:]:
        assert PRIOR_BITS + bits["name"]["other"] + bits["place"][place] + everything_else < sure
