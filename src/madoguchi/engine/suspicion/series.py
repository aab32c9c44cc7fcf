"""One purchase in several payments, each below a limit or together just at it."""

from __future__ import annotations

from madoguchi.engine.suspicion.cases import cite, prepare
from madoguchi.engine.suspicion.reading import Database
from madoguchi.engine.suspicion.rules import SPLITTING, Figures

# A series is a member's payments at a place with only minutes from each to the next.
SERIES = """
CREATE OR REPLACE TEMP TABLE series AS
WITH several AS (
    SELECT payment_id, member, store_id, amount_yen, instant
    FROM paid SEMI JOIN (FROM visit WHERE payments > 1) USING (member, store_id, day) WHERE NOT is_top_up
),
begun AS (
    SELECT *, coalesce(instant - lag(instant) OVER in_order > $minutes * 60000000000, true) AS begins
    FROM several WINDOW in_order AS (PARTITION BY member, store_id ORDER BY instant, payment_id)
)
SELECT * EXCLUDE (begins), sum(begins::INTEGER) OVER (
    PARTITION BY member, store_id ORDER BY instant, payment_id ROWS UNBOUNDED PRECEDING
)::INTEGER AS series
FROM begun
"""
SPLIT = """
WITH together AS (
    SELECT member, store_id, series, count(*) AS payments, sum(amount_yen)::BIGINT AS yen,
        min(amount_yen) AS least_yen, max(amount_yen) AS most_yen
    FROM series GROUP BY member, store_id, series HAVING payments > 1
),
limits AS (SELECT unnest($limits_yen) AS limit_yen),
split AS (
    SELECT *,
        CASE WHEN least_yen >= (1 - $below_part) * limit_yen AND most_yen < limit_yen THEN 'each_below'
            ELSE 'sum_at' END AS way
    FROM together, limits
    WHERE (least_yen >= (1 - $below_part) * limit_yen AND most_yen < limit_yen)
        OR yen BETWEEN (1 - $sum_below_part) * limit_yen AND (1 + $sum_above_part) * limit_yen
),
repeated AS (
    SELECT member, store_id, limit_yen, way, count(*) AS series_count, sum(payments - 1)::BIGINT AS repeats
    FROM split GROUP BY ALL
),
others AS (SELECT store_id, limit_yen, way, count(*) - 1 AS others FROM repeated GROUP BY ALL),
scored AS (
    SELECT *, strength(repeats / (1 + others / $others), $repeats) AS score
    FROM repeated JOIN others USING (store_id, limit_yen, way)
    WHERE strength(repeats / (1 + others / $others), $repeats) >= $weak_at
)
SELECT (series.store_id::VARCHAR, member, limit_yen, way) AS "case", payment_id, score, to_json({
    'limit_yen': limit_yen, 'way': way, 'series': series_count, 'repeats': repeats, 'limit': $repeats,
    'other_members': others
}) AS facts
FROM series JOIN split USING (member, store_id, series) JOIN scored USING (member, store_id, limit_yen, way)
"""


def splitting(database: Database, figures: Figures) -> None:
    """Series of payments that stand at a limit, the more the likelier, the less where other members do the same."""
    prepare(database, SERIES, figures)
    cite(database, SPLITTING, SPLIT, figures)
