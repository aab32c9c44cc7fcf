"""Own cards at one's own place: money that goes round."""

from __future__ import annotations

from madoguchi.engine.suspicion.cases import cite, prepare
from madoguchi.engine.suspicion.reading import Database
from madoguchi.engine.suspicion.rules import CLOSED_LOOP, Figures

# Insiders spend nearly all they have at the place; what part of its takings comes from the biggest of them?
LOOP = """
CREATE OR REPLACE TEMP TABLE insider AS
WITH spent AS (SELECT member, sum(yen)::BIGINT AS spent_yen FROM pair GROUP BY member)
SELECT member, store_id, payments, yen, spent_yen FROM pair JOIN spent USING (member)
WHERE payments >= $payments AND yen >= $own_part * spent_yen
QUALIFY row_number() OVER (PARTITION BY store_id ORDER BY yen DESC, member) <= $members
"""
PLACE_LOOP = """
CREATE OR REPLACE TEMP TABLE place_loop AS
WITH taken AS (SELECT store_id, sum(yen)::BIGINT AS taken_yen FROM pair GROUP BY store_id)
SELECT store_id, trade, count(member) AS members, sum(yen)::BIGINT AS yen,
    coalesce(sum(yen)::BIGINT / any_value(taken_yen), 0) AS place_part,
    sum(yen)::BIGINT / sum(spent_yen)::BIGINT AS own_part
FROM taken JOIN place USING (store_id) LEFT JOIN insider USING (store_id) GROUP BY store_id, trade
"""
# Only members of a loop are looked up among the top-ups.
CLOSED = """
WITH common AS ( -- the other places of the trade that look alike
    SELECT trade, greatest(count(*) FILTER (WHERE place_part >= $place_part) - 1, 0) / count(*) AS common_part
    FROM place_loop GROUP BY trade
),
closed AS (
    SELECT * FROM place_loop JOIN common USING (trade) WHERE place_part >= $place_part AND yen >= $yen
),
inside AS (
    SELECT payment_id, member, store_id, instant
    FROM paid JOIN insider USING (member, store_id) SEMI JOIN closed USING (store_id) WHERE NOT is_top_up
),
charged AS (SELECT member, instant AS charged_at FROM paid SEMI JOIN inside USING (member) WHERE is_top_up),
paid_inside AS (
    SELECT inside.*, coalesce(instant - charged_at <= $top_up_minutes * 60000000000, false) AS is_charged_before
    FROM inside ASOF LEFT JOIN charged ON inside.member = charged.member AND inside.instant >= charged.charged_at
),
charged_place AS (
    SELECT store_id, count(*) FILTER (WHERE is_charged_before) AS charged, count(*) AS payments
    FROM paid_inside GROUP BY store_id
),
scored AS (
    SELECT closed.*, charged, payments, round(place_part * own_part * least(1,
        $usual_part / ($usual_part + common_part) + charged / payments), 3) AS score
    FROM closed JOIN charged_place USING (store_id)
)
SELECT store_id::VARCHAR AS "case", payment_id, score, to_json({
    'members': members, 'yen': yen, 'part_of_place': round(place_part, 3), 'part_of_members_money': round(own_part, 3),
    'after_top_up': charged, 'places_of_trade_alike': round(common_part, 4), 'limit': $place_part
}) AS facts
FROM paid_inside JOIN scored USING (store_id) WHERE score >= $weak_at
"""


def closed_loop(database: Database, figures: Figures) -> None:
    """Places that live on a few members who spend nearly everything there, often a moment after charging the card.

    Where many places of the trade live so (wholesale, rents), only the top-ups speak.
    """
    prepare(database, LOOP, figures)
    prepare(database, PLACE_LOOP, figures)
    cite(database, CLOSED_LOOP, CLOSED, figures)
