"""How a rule's cases become rows of `found`: the payments of a case, its score, and its facts as evidence."""

from __future__ import annotations

import re

from madoguchi.engine.suspicion.reading import Database
from madoguchi.engine.suspicion.rules import FAMILIES, Figures

RELATED = 20
# Of several cases of one rule a payment cites the strongest, of those alike the first.
CITE = """
WITH case_of AS MATERIALIZED (SELECT hit.*, instant FROM hit JOIN paid USING (payment_id)),
told AS (
    SELECT "case", any_value(score) AS score, json_merge_patch(any_value(facts), to_json({
        'payments_of_case': count(*),
        'payments': list(payment_id ORDER BY instant, payment_id)[:$related]
    })) AS evidence
    FROM case_of GROUP BY "case"
)
INSERT INTO found
SELECT $rule, $family, payment_id, told.score, evidence::VARCHAR FROM case_of JOIN told USING ("case")
QUALIFY row_number() OVER (PARTITION BY payment_id ORDER BY told.score DESC, "case") = 1
"""


def cite(database: Database, rule: str, cases: str, figures: Figures) -> None:
    """Put the payments that the query `cases` finds into `found`.

    `cases` gives `case` (anything that tells cases apart), `payment_id`, `score` from 0 to 1 and `facts` (JSON), the
    latter two alike for all payments of a case; it may use every one of `figures` as a parameter.
    """
    prepare(database, "CREATE OR REPLACE TEMP TABLE hit AS " + cases, figures)
    database.execute(CITE, {"rule": rule, "family": FAMILIES[rule], "related": RELATED})


def prepare(database: Database, statement: str, figures: Figures) -> None:
    """Run a statement with those of the figures that it names."""
    database.execute(statement, {name: figures[name] for name in set(re.findall(r"\$(\w+)", statement))})
