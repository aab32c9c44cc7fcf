"""Payments while the place is closed."""

from __future__ import annotations

from madoguchi.engine.suspicion.cases import cite
from madoguchi.engine.suspicion.reading import Database
from madoguchi.engine.suspicion.rules import OUTSIDE_HOURS, Figures

# Hours may end after midnight, so a minute is also held against those of the day before and the day after.
CLOSED = """
WITH outside AS (
    SELECT payment_id, store_id, member, day, opens, closes
    FROM (SELECT *, second / 60 AS minute FROM paid WHERE NOT is_top_up)
    JOIN place USING (store_id)
    WHERE NOT (minute BETWEEN opens - $minutes AND closes + $minutes
        OR minute + 1440 BETWEEN opens - $minutes AND closes + $minutes
        OR minute - 1440 BETWEEN opens - $minutes AND closes + $minutes)
),
counted AS (SELECT *, count(*) OVER (PARTITION BY store_id, member) AS of_member FROM outside),
place_payments AS (SELECT store_id, sum(payments)::BIGINT AS payments FROM pair GROUP BY store_id),
at_place AS (
    SELECT store_id, any_value(opens) AS opens, any_value(closes) AS closes, count(*) AS outside,
        count(*) FILTER (WHERE of_member > 1) AS repeated, count(DISTINCT day) AS days,
        count(DISTINCT member) AS members
    FROM counted GROUP BY store_id
),
scored AS (
    SELECT at_place.*, outside / payments AS outside_part,
        strength(repeated * pow(repeated / outside, 2), $payments) AS score
    FROM at_place JOIN place_payments USING (store_id)
    WHERE NOT (outside / payments >= $usual_part AND members >= $usual_members) AND days > 1 AND score >= $weak_at
)
SELECT store_id::VARCHAR AS "case", payment_id, score, to_json({
    'opening_from': printf('%02d:%02d', scored.opens // 60, scored.opens % 60),
    'opening_to': printf('%02d:%02d', scored.closes // 60, scored.closes % 60),
    'count': repeated, 'limit': $payments, 'outside': outside, 'days': days, 'members': members,
    'part_of_place': round(outside_part, 4)
}) AS facts
FROM counted JOIN scored USING (store_id) WHERE of_member > 1
"""


def outside_hours(database: Database, figures: Figures) -> None:
    """Members who pay more than once, on more than one day, while a place is closed, unless many people do."""
    cite(database, OUTSIDE_HOURS, CLOSED, figures)
