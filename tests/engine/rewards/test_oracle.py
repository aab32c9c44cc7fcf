"""The worlds are worth running: whatever can happen to a row does happen in them."""

from __future__ import annotations

from collections import Counter

from hypothesis import HealthCheck, given, settings

from tests.engine.rewards.worlds import worlds
from tests.engine.rewards.writing import World

REASONS = {"ok", "capped", "not_enrolled", "outside_period", "unknown_service", "refunded", "held"}
REFUSALS = {
    "no_payment_id",
    "unknown_kind",
    "amount_unreadable",
    "no_amount",
    "amount_not_positive",
    "amount_absurd",
    "no_service_id",
    "no_member_id",
    "no_store_id",
    "no_paid_at",
    "paid_at_absurd",
    "doubled_id",
    "refund_without_payment",
}


def test_worlds_have_payments_of_every_reason_and_rows_refused_for_every_reason() -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=150, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(worlds())
    def look(world: World) -> None:
        told = world.told()
        seen.update({grant["reason"] for grant in told.grants} | {reason for _, _, reason in told.rejected})
        seen.update({"doubled row"} if told.doubled_rows else ())
        seen.update({"text ids"} if any(isinstance(grant["payment_id"], str) for grant in told.grants) else ())
        ties = Counter(row["paid_at"] for row in world.rows() if row["kind"] == "payment")
        seen.update({"tie"} if ties and max(ties.values()) > 1 else ())

    look()

    assert set(seen) == REASONS | REFUSALS | {"doubled row", "text ids", "tie"}
    assert seen["capped"] >= 20, seen
