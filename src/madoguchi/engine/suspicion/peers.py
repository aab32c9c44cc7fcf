"""Places that are unlike those of their trade and area: in what they take, and in how round it is."""

from __future__ import annotations

from madoguchi.engine.suspicion.cases import cite, prepare
from madoguchi.engine.suspicion.reading import Database
from madoguchi.engine.suspicion.rules import FAR_OUTSIDE_PEERS, ROUND_AMOUNTS, Figures

# Logarithms in hundredths: few different values, so medians are taken over their counts, however many the payments.
PLACE_DAY = """
CREATE OR REPLACE TEMP TABLE place_day AS
SELECT store_id, peers, day, sum(payments)::BIGINT AS payments, sum(yen)::BIGINT AS yen,
    round(100 * log10(sum(yen)::BIGINT))::INTEGER AS log_yen,
    round(100 * log10(sum(yen)::BIGINT / sum(payments)::BIGINT))::INTEGER AS log_mean
FROM (SELECT store_id, day, sum(payments) AS payments, sum(yen) AS yen FROM visit GROUP BY ALL)
JOIN place USING (store_id) GROUP BY store_id, peers, day
"""
AMOUNT_COUNTS = """
CREATE OR REPLACE TEMP TABLE logarithms AS
SELECT 'amount' AS what, peers, round(100 * log10(amount_yen))::INTEGER AS value, count(*) AS times
FROM paid JOIN place USING (store_id) WHERE NOT is_top_up GROUP BY ALL
UNION ALL SELECT 'takings', peers, log_yen, count(*) FROM place_day GROUP BY ALL
UNION ALL SELECT 'mean', peers, log_mean, count(*) FROM place_day GROUP BY ALL
"""
# The median, and the median distance from it as a normal spread (1.4826 times it).
MIDDLES = """
CREATE OR REPLACE TEMP TABLE middles AS
WITH counts AS (SELECT * FROM logarithms),
middle AS (
    SELECT what, peers, min(value) AS middle FROM (
        SELECT what, peers, value, sum(times) OVER (PARTITION BY what, peers ORDER BY value) AS up_to,
            sum(times) OVER (PARTITION BY what, peers) AS whole
        FROM counts
    ) WHERE 2 * up_to >= whole GROUP BY what, peers
),
distance AS (
    SELECT what, peers, abs(value - middle) AS distance, sum(times) AS times
    FROM counts JOIN middle USING (what, peers) GROUP BY ALL
),
spread AS (
    SELECT what, peers, min(distance) AS distance FROM (
        SELECT what, peers, distance, sum(times) OVER (PARTITION BY what, peers ORDER BY distance) AS up_to,
            sum(times) OVER (PARTITION BY what, peers) AS whole
        FROM distance
    ) WHERE 2 * up_to >= whole GROUP BY what, peers
)
SELECT what, peers, middle, greatest(1.4826 * distance, 100 * $least_spread) AS spread
FROM middle JOIN spread USING (what, peers)
"""
# Who pays so once was given a treat, and where many do so once the place is dear: hence the square of the part that is
# of members who do so again.
FAR_OUTSIDE = """
WITH far_day AS (
    SELECT store_id, day, round((log_yen - takings.middle) / takings.spread, 1) AS takings_z,
        round((log_mean - mean.middle) / mean.spread, 1) AS mean_z
    FROM place_day
    JOIN middles AS takings ON takings.what = 'takings' AND takings.peers = place_day.peers
    JOIN middles AS mean ON mean.what = 'mean' AND mean.peers = place_day.peers
    WHERE takings_z >= $day_z OR mean_z >= $day_z
),
far AS (
    SELECT payment_id, member, store_id, day, takings_z, mean_z, amount_yen, place.peers,
        round(power(10, middle / 100))::BIGINT AS peers_median_yen,
        (round(100 * log10(amount_yen)) - middle) / spread AS amount_z
    FROM paid JOIN far_day USING (store_id, day) JOIN place USING (store_id)
    JOIN middles ON what = 'amount' AND middles.peers = place.peers
    WHERE NOT is_top_up AND amount_z >= $z
),
counted AS (SELECT *, count(*) OVER (PARTITION BY store_id, member) AS of_member FROM far),
place_far AS (
    SELECT store_id, any_value(peers) AS peers, any_value(peers_median_yen) AS peers_median_yen, count(*) AS payments,
        count(*) FILTER (WHERE of_member > 1) AS repeated, count(DISTINCT member) AS members,
        count(DISTINCT member) FILTER (WHERE of_member > 1) AS repeating_members,
        max(takings_z) AS takings_z, max(mean_z) AS mean_z,
        strength(repeated * pow(repeated / count(*), 2), $payments) AS score
    FROM counted GROUP BY store_id HAVING score >= $weak_at AND repeating_members <= $members
)
SELECT store_id::VARCHAR AS "case", payment_id, score, to_json({
    'peers': place_far.peers, 'peers_median_yen': place_far.peers_median_yen, 'amount_z_at_least': $z,
    'highest_day_takings_z': place_far.takings_z, 'highest_day_mean_z': place_far.mean_z,
    'count': repeated, 'limit': $payments, 'far_payments': payments, 'members': members,
    'repeating_members': repeating_members
}) AS facts
FROM counted JOIN place_far USING (store_id) WHERE of_member > 1
"""
# Of each member at each place: payments that can be round, and those that are.
ROUND_PAIR = """
CREATE OR REPLACE TEMP TABLE round_pair AS
SELECT unit_yen, store_id, member, count(*) AS payments, count(*) FILTER (WHERE amount_yen % unit_yen = 0) AS round
FROM paid, (SELECT unnest($units_yen) AS unit_yen)
WHERE NOT is_top_up AND amount_yen >= greatest($least_yen, unit_yen) GROUP BY ALL
"""
ROUND = """
WITH suspect AS (
    SELECT * FROM round_pair WHERE round >= $payments AND round >= $part * payments
),
of_trade AS (
    SELECT unit_yen, trade, sum(payments)::BIGINT AS payments, sum(round)::BIGINT AS round
    FROM round_pair ANTI JOIN suspect USING (unit_yen, store_id, member) JOIN place USING (store_id) GROUP BY ALL
),
of_others AS (
    SELECT unit_yen, store_id, sum(payments)::BIGINT AS payments, sum(round)::BIGINT AS round
    FROM round_pair ANTI JOIN suspect USING (unit_yen, store_id, member)
    SEMI JOIN (FROM suspect) AS at_place USING (unit_yen, store_id) GROUP BY ALL
),
expected AS (
    SELECT suspect.*, trade, greatest(coalesce(of_trade.round / of_trade.payments, 0), $least_usual) AS usual_in_trade,
        least(0.999, (coalesce(of_others.round, 0) + $prior * usual_in_trade)
            / (coalesce(of_others.payments, 0) + $prior)) AS usual
    FROM suspect JOIN place USING (store_id)
    LEFT JOIN of_trade USING (unit_yen, trade) LEFT JOIN of_others USING (unit_yen, store_id)
),
-- The bound of Chernoff on so many round ones by chance, as a power of ten.
surprising AS (
    SELECT *, (round * log10(round / payments / usual) + CASE WHEN round = payments THEN 0 ELSE
        (payments - round) * log10((1 - round / payments) / (1 - usual)) END) AS odds
    FROM expected WHERE round / payments > usual AND odds >= $odds
),
-- Where such members are found at many other places of the trade, it is the trade's way.
habit AS (
    SELECT unit_yen, trade, (count(DISTINCT store_id) - 1) / any_value(places) AS habit
    FROM surprising JOIN (SELECT trade, count(*) AS places FROM place GROUP BY trade) USING (trade)
    GROUP BY unit_yen, trade
),
kept AS (
    SELECT * REPLACE (odds * $usual_places_part / ($usual_places_part + habit) AS odds)
    FROM surprising JOIN habit USING (unit_yen, trade)
),
at_place AS (
    SELECT unit_yen, store_id, count(*) AS members, sum(round)::BIGINT AS round, sum(payments)::BIGINT AS payments,
        any_value(usual) AS usual, any_value(habit) AS habit,
        round(sum(round(odds * 1000)::BIGINT)::BIGINT / 1000, 1) AS odds,
        strength(sum(round(odds * 1000)::BIGINT)::BIGINT / 1000, $place_odds) AS score
    FROM kept GROUP BY unit_yen, store_id HAVING score >= $weak_at AND members <= $members
)
SELECT (paid.store_id::VARCHAR, at_place.unit_yen) AS "case", payment_id, score, to_json({
    'unit_yen': at_place.unit_yen, 'count': at_place.round, 'of_payments': at_place.payments,
    'members': at_place.members, 'usual_part': round(at_place.usual, 4), 'odds_power_of_ten': at_place.odds,
    'places_of_trade_alike': round(at_place.habit, 4),
    'limit': $place_odds
}) AS facts
FROM paid JOIN kept USING (store_id, member) JOIN at_place USING (unit_yen, store_id)
WHERE NOT is_top_up AND amount_yen >= greatest($least_yen, at_place.unit_yen)
"""


def far_outside_peers(database: Database, figures: Figures) -> None:
    """Amounts far above the peers' on days far above theirs, by members who do so again and again at the place."""
    for statement in (PLACE_DAY, AMOUNT_COUNTS, MIDDLES):
        prepare(database, statement, figures)
    cite(database, FAR_OUTSIDE_PEERS, FAR_OUTSIDE, figures)


def round_amounts(database: Database, figures: Figures) -> None:
    """Members whose amounts at a place are round far more often than the trade's and the place's other customers'."""
    prepare(database, ROUND_PAIR, figures)
    cite(database, ROUND_AMOUNTS, ROUND, figures)
