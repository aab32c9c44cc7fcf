"""Statistics that may be published: small counts withheld so that no sum gives them away, rates, rankings (P-44)."""

from madoguchi.engine.statistics.rankings import Ends, Ranked, ends, ranked
from madoguchi.engine.statistics.rates import per_thousand
from madoguchi.engine.statistics.suppression import LEAST, Relation, withheld

__all__ = ["LEAST", "Ends", "Ranked", "Relation", "ends", "per_thousand", "ranked", "withheld"]
