"""The same member at the same place too often, and a clerk's card that goes like a till."""

from __future__ import annotations

from madoguchi.engine.suspicion.cases import cite, prepare
from madoguchi.engine.suspicion.reading import Database
from madoguchi.engine.suspicion.rules import SAME_MEMBER_PLACE, STAFF_KEYS_CASH, Figures

# Day 0 was a Thursday; weeks begin on Monday.
WEEK = """
CREATE OR REPLACE TEMP TABLE week AS
SELECT member, store_id, (day + 3) // 7 AS week, sum(payments)::INTEGER AS payments
FROM visit GROUP BY member, store_id, week
"""
DAY_COUNTS = """
CREATE OR REPLACE TEMP TABLE day_counts AS
SELECT trade AS peers, payments AS value, count(*) AS times FROM visit JOIN place USING (store_id) GROUP BY ALL
"""
WEEK_COUNTS = """
CREATE OR REPLACE TEMP TABLE week_counts AS
SELECT trade AS peers, payments AS value, count(*) AS times FROM week JOIN place USING (store_id) GROUP BY ALL
"""
TOO_OFTEN = """
WITH usual AS (
    SELECT peers AS trade, a_day, a_week, greatest($a_day, $times_usual * a_day) AS most_a_day,
        greatest($a_week, $times_usual * a_week) AS most_a_week
    FROM (
        -- Of few visits, the highest are the very ones that are looked for.
        SELECT days.peers, CASE WHEN days.whole >= $usual_visits THEN days.value ELSE 0 END AS a_day,
            CASE WHEN weeks.whole >= $usual_visits THEN weeks.value ELSE 0 END AS a_week
        FROM quantile_of('day_counts', $usual_quantile) AS days
        JOIN quantile_of('week_counts', $usual_quantile) AS weeks USING (peers)
    )
),
times AS (
    SELECT member, store_id, 'day' AS period, day AS begins, day AS ends, visit.payments, a_day AS usual,
        most_a_day AS most
    FROM visit JOIN place USING (store_id) JOIN usual USING (trade)
    UNION ALL
    SELECT member, store_id, 'week', week * 7 - 3, week * 7 + 3, week.payments, a_week, most_a_week
    FROM week JOIN place USING (store_id) JOIN usual USING (trade)
),
often_a_day AS (
    SELECT * FROM times WHERE period = 'day' AND strength(payments, most) >= $weak_at
),
-- In a week a habit comes to many payments, too, but a habit costs the same most times.
often_a_week AS (
    SELECT times.* FROM paid JOIN times USING (member, store_id)
    WHERE NOT is_top_up AND period = 'week' AND strength(payments, most) >= $weak_at AND day BETWEEN begins AND ends
    GROUP BY ALL HAVING count(DISTINCT amount_yen) >= $different_part * times.payments
),
often AS (
    SELECT *, strength(payments, most) AS score FROM (FROM often_a_day UNION ALL FROM often_a_week)
)
SELECT (paid.store_id::VARCHAR, member, period, begins) AS "case", payment_id, score, to_json({
    'period': period, 'begins_on': on_day(begins), 'count': often.payments, 'limit': round(most, 1),
    'usual_at_most': usual
}) AS facts
FROM paid JOIN often USING (member, store_id)
WHERE NOT is_top_up AND day BETWEEN begins AND ends
"""
LIKE_A_TILL = """
WITH long AS (
    SELECT * FROM visit WHERE payments >= $a_day AND last_second - first_second >= $hours * 3600
),
keyed AS (
    SELECT member, store_id, count(*) AS payments, count(DISTINCT day) AS days,
        count(DISTINCT amount_yen) AS amounts, strength(count(*), $payments) AS score
    FROM paid SEMI JOIN long USING (member, store_id, day) WHERE NOT is_top_up GROUP BY member, store_id
    HAVING days >= $days AND amounts >= least($different_part * count(*), $amounts) AND score >= $weak_at
),
usual AS (
    SELECT store_id, median(payments) AS usual FROM pair SEMI JOIN keyed USING (store_id) GROUP BY store_id
)
SELECT (paid.store_id::VARCHAR, member) AS "case", payment_id, score, to_json({
    'count': keyed.payments, 'limit': $payments, 'days': days, 'different_amounts': amounts,
    'other_members_median': usual
}) AS facts
FROM paid JOIN keyed USING (member, store_id) JOIN usual USING (store_id) SEMI JOIN long USING (member, store_id, day)
WHERE NOT is_top_up
"""


def same_member_place(database: Database, figures: Figures) -> None:
    """Days and weeks in which a member paid at a place more often than the limits, and than the trade's customers."""
    for statement in (WEEK, DAY_COUNTS, WEEK_COUNTS):
        prepare(database, statement, figures)
    cite(database, SAME_MEMBER_PLACE, TOO_OFTEN, figures)


def staff_keys_cash(database: Database, figures: Figures) -> None:
    """Members who on several days pay at a place hour after hour, hardly ever the same amount."""
    cite(database, STAFF_KEYS_CASH, LIKE_A_TILL, figures)
