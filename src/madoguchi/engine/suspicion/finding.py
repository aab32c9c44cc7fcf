"""`find`: the payments to be held, each with the rules that say so and their evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa

from madoguchi.core.errors import Refusal
from madoguchi.engine.suspicion import rules as named
from madoguchi.engine.suspicion.hours import outside_hours
from madoguchi.engine.suspicion.loops import closed_loop
from madoguchi.engine.suspicion.peers import far_outside_peers, round_amounts
from madoguchi.engine.suspicion.places import read_places
from madoguchi.engine.suspicion.reading import Database, database_of, gather
from madoguchi.engine.suspicion.repetition import same_member_place, staff_keys_cash
from madoguchi.engine.suspicion.rules import HOLD, Figures, Rules, rules_2019
from madoguchi.engine.suspicion.series import splitting

LEAST_MEMORY = 64 << 20
DEFAULT_MEMORY = 1 << 30
COLUMNS = ("payment_id", "store_id", "member_id", "service_id", "rule", "score", "evidence")
LOOKS: Mapping[str, Callable[[Database, Figures], None]] = {
    named.SAME_MEMBER_PLACE: same_member_place,
    named.CLOSED_LOOP: closed_loop,
    named.STAFF_KEYS_CASH: staff_keys_cash,
    named.SPLITTING: splitting,
    named.FAR_OUTSIDE_PEERS: far_outside_peers,
    named.ROUND_AMOUNTS: round_amounts,
    named.OUTSIDE_HOURS: outside_hours,
}
# Families speak for themselves: two of strength .4 leave .6 x .6 of the doubt. Multiplied in one order, for the same
# last digit each time.
HELD = """
WITH strongest AS (
    SELECT payment_id, family, max(score) AS score FROM found GROUP BY ALL
),
together AS (
    SELECT payment_id, round(1 - list_aggregate(list(1 - score ORDER BY family), 'product'), 3) AS together
    FROM strongest GROUP BY payment_id
)
SELECT payment_id, store_id, member_id, service_id, rule, score,
    json_merge_patch(evidence, to_json({'all_rules_together': together}))::VARCHAR AS evidence
FROM found JOIN together USING (payment_id) JOIN paid USING (payment_id)
WHERE together >= $hold_at ORDER BY payment_id, rule
"""

# The same columns where there is no payment at all.
NONE = "SELECT * FROM paid JOIN found USING (payment_id)"


def find(
    payments: Sequence[Path | str],
    places: Path | str | None = None,
    *,
    rules: Rules | None = None,
    memory: int = DEFAULT_MEMORY,
) -> pa.Table:
    """The payments that should be held, a row for each payment and rule, ordered by payment_id, then rule.

    `payments` are files or folders as the reward run takes them; `places` a table of store_id, trade, municipality,
    opening_from and opening_to (09:00); without it all places are peers and opening hours are not looked at. `rules`
    None takes those of 2019, of each the set in force on the last day (JST) of the payments. `memory` is in bytes.
    Ids are int64 or text as in the reward run; `score` is 0 to 1; `evidence` is JSON: counts, limits, what is usual,
    and at most 20 ids of the case's payments. The same input gives the same table.

    Raises Refusal `memory_too_small`, `file_unreadable`, `payments_missing`, `payments_columns_missing`,
    `payments_column_type`, `places_columns_missing`, `place_wrong`, `suspicion_rules_wrong`.
    """
    if memory < LEAST_MEMORY:
        raise Refusal("memory_too_small", memory=memory, least=LEAST_MEMORY)
    chosen, told = rules or rules_2019(), read_places(Path(places) if places else None)
    with database_of([Path(path) for path in payments], told, chosen.top_ups, memory) as database:
        [(last,)] = database.execute("SELECT max(day) FROM paid").fetchall()
        if last is None:
            return database.sql(NONE).to_arrow_table().select(COLUMNS)
        figures = chosen.on(date(1970, 1, 1) + timedelta(days=last))
        hold = figures[HOLD]
        gather(database, hold["least_peers"])
        for rule, look in LOOKS.items():
            if rule in figures:
                look(database, {**figures[rule], "weak_at": hold["weak_at"]})
        return database.sql(HELD, params={"hold_at": hold["hold_at"]}).to_arrow_table().select(COLUMNS)
