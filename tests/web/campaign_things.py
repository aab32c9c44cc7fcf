"""What the routes of reward campaigns name, for the permission table: Tomioka's campaign with one of everything."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from madoguchi.core.clock import now
from madoguchi.engine.rewards.adjusting import COLUMNS as HEAD
from madoguchi.registry.models import Organisation
from madoguchi.rewards.computing import ADJUSTMENTS, RESULTS, folder_of
from madoguchi.rewards.models import Campaign, Exclusion, Hold, Run

TERMS = {"rate_bps": 3_000, "budget_points": 1_000}


def campaign_things() -> dict[str, Any]:
    """An approved campaign with an approved run, a hold and an exclusion; call it with a VAR of the test's own."""
    town = Organisation.objects.get(kind="municipality", municipality="10210")
    row = {
        "service_id": "paypay",
        "channel": "",
        "credit_rule": "instant",
        "cap_amount": 100,
        "cap_unit": "point",
        "cap_period": "programme",
        "cap_scope": "service",
        "method": "points",
    }
    campaign = Campaign.objects.create(
        code="week",
        owner=town,
        name="week",
        name_en="week",
        starts_on=date(2026, 11, 1),
        ends_on=date(2026, 11, 30),
        terms=TERMS,
        services=[row],
        state="approved",
        created_at=now(),
    )
    run = Run.objects.create(
        campaign=campaign, number=1, state="approved", asked_by="x", asked_at=now(), computed_at=now()
    )
    run.report = {"counts": {"rejected_rows": 0}, "seconds": 0, "inputs": []}
    run.figures = {name: [] for name in ("by_day", "by_service", "by_municipality", "by_store")}
    run.save()
    (folder_of(run) / RESULTS / "grants").mkdir(parents=True)
    (folder_of(run) / RESULTS / "rejected.csv").write_text("file,row,reason\n")
    (folder_of(run) / RESULTS / "claims.csv").write_text("service_id,month,granted_points\n")
    parquet.write_table(pa.table({name: pa.array([], pa.string()) for name in HEAD}), folder_of(run) / ADJUSTMENTS)
    hold = Hold.objects.create(
        campaign=campaign,
        payment_id="p1",
        service="paypay",
        member_id="m1",
        store_id="s1",
        state="open",
        found_at=now(),
    )
    exclusion = Exclusion.objects.create(
        campaign=campaign, store_id="s1", starts_on=date(2026, 11, 1), state="approved"
    )
    return {"code": campaign.code, "number": 1, "hold_id": hold.id, "exclusion_id": exclusion.id, "kind": "csv"}
