"""What a campaign would have granted with another rate or other caps: what a run with these would say (P-35, P-38)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from madoguchi.engine.rewards import Campaign, FurtherCap, WhatIf, programme_2019, read_services, run, what_if
from tests.conftest import refused
from tests.engine.rewards import results
from tests.engine.rewards.oracle import Row
from tests.engine.rewards.worlds import at, row_of, worlds
from tests.engine.rewards.writing import PaymentsFile, World, services_2019, write_csv, write_services

PAYPAY, SUICA, EDY = ("paypay", "code"), ("suica", "ic"), ("rakuten_edy", "ic")
SHOPS = [
    {"store_id": 5, "service_id": "*", "rate_bps": 500, "starts_on": date(2019, 10, 1), "ends_on": None},
    {"store_id": 6, "service_id": "*", "rate_bps": 200, "starts_on": date(2019, 10, 1), "ends_on": None},
]


def payment(number: int, yen: int, *, service: Any = PAYPAY, store: int = 5, member: int = 7, day: int = 5) -> Row:
    return row_of("payment", number, None, service, member, store, yen, at(f"2019-10-{day:02} 12:00"))


def ran(folder: Path, rows: Sequence[Row], campaign: Campaign | None = None, holds: Sequence[int] = ()) -> Path:
    """The folder of a run's results; its enrolments lie beside."""
    files = World([PaymentsFile(rows=list(rows))], SHOPS, services_2019(), list(holds)).write(folder)
    run(**files, campaign=campaign, out=folder / "out")
    return folder / "out"


def asked(results_of: Path, campaign: Campaign | None = None, **changed: Any) -> WhatIf:
    services = read_services(results_of.parent / "services.csv")
    return what_if(results_of, services=services, campaign=campaign or programme_2019(), **changed)


def test_nothing_changed_is_what_was_granted(tmp_path: Path):
    out = ran(tmp_path, [payment(1, 11_000), payment(2, 11_000, store=6), payment(3, 30_000, service=SUICA)])

    assert asked(out) == WhatIf(1_770, 1_770, (("paypay", 770, 770), ("suica", 1_000, 1_000)), False)


def test_one_rate_for_all_places(tmp_path: Path):
    """P-35: 3 % of ¥11,000 at both places is 330 each."""
    out = ran(tmp_path, [payment(1, 11_000), payment(2, 11_000, store=6)])

    assert asked(out, rate_bps=300) == WhatIf(770, 660, (("paypay", 770, 660),), False)


def test_a_higher_rate_meets_the_cap(tmp_path: Path):
    """30 % of ¥110,000 is 33,000 points; PayPay's cap is 25,000 a month, for each member."""
    out = ran(tmp_path, [payment(1, 100_000), payment(2, 10_000), payment(3, 10_000, member=8)])

    assert asked(out, rate_bps=3_000).granted_points_then == 25_000 + 3_000


def test_every_cap_by_a_part(tmp_path: Path):
    """10 % of 25,000 a month and of 2,500 a payment."""
    out = ran(tmp_path, [payment(1, 60_000), payment(2, 60_000, service=EDY), payment(3, 1_000, service=EDY)])

    assert asked(out, cap_bps=1_000).by_service == (("paypay", 3_000, 2_500), ("rakuten_edy", 2_550, 250 + 50))


def test_one_cap_by_its_window_and_the_others_by_the_part(tmp_path: Path):
    out = ran(tmp_path, [payment(1, 60_000), payment(2, 60_000, service=EDY)])

    found = asked(out, cap_bps=1_000, caps={("paypay", ""): 2_900})

    assert found.by_service == (("paypay", 3_000, 2_900), ("rakuten_edy", 2_500, 250))


def test_a_cap_that_is_raised_gives_back_what_was_cut(tmp_path: Path):
    out = ran(tmp_path, [payment(1, 700_000)])

    assert asked(out, cap_bps=20_000).by_service == (("paypay", 25_000, 35_000),)


def test_a_payment_on_hold_stays_there_with_its_room_under_the_cap(tmp_path: Path):
    """Of 1,000 points the first keeps 550 in reserve, the second gets 450; held or not, the third gets none."""
    out = ran(tmp_path, [payment(1, 11_000), payment(2, 11_000, day=6), payment(3, 11_000, day=7)], holds=[1])

    assert asked(out, caps={("paypay", ""): 1_000}) == WhatIf(1_100, 450, (("paypay", 1_100, 450),), False)


def test_what_could_not_earn_stays_out_whatever_the_rate(tmp_path: Path):
    out = ran(tmp_path, [payment(1, 11_000, store=9), payment(2, 100, service=("ghost", None))])

    assert asked(out, rate_bps=10_000) == WhatIf(0, 0, (), False)


def test_tax_and_rounding_of_the_campaign_hold_for_the_new_rate(tmp_path: Path):
    """P-47: 30 % of ¥333 less 10 % tax is 90.6."""
    campaign = replace(programme_2019(), tax_base="excluded", rounding="half_up")
    out = ran(tmp_path, [payment(1, 333)], campaign)

    assert asked(out, campaign, rate_bps=3_000).granted_points_then == 91


def test_further_caps_are_said_to_be_left_out(tmp_path: Path):
    campaign = replace(programme_2019(), member_cap=FurtherCap(100))
    out = ran(tmp_path, [payment(1, 11_000)], campaign)

    assert asked(out, campaign) == WhatIf(100, 550, (("paypay", 100, 550),), True)


def test_a_changed_ceiling_needs_the_places_rates(tmp_path: Path):
    """X-08: of ¥30,000 by Suica ¥10,000 would count, at 5 % and at 2 %; that is in no row of the grants."""
    rows = [payment(1, 30_000, service=SUICA), payment(2, 30_000, service=SUICA, store=6)]
    out = ran(tmp_path, rows)

    with refused("what_if_needs_enrolments"):
        asked(out, cap_bps=5_000)
    assert asked(out, cap_bps=5_000, enrolments=tmp_path / "enrolments.parquet").by_service == (("suica", 1_400, 700),)
    assert asked(out, cap_bps=5_000, rate_bps=500).by_service == (("suica", 1_400, 1_000),)


def test_a_ceiling_that_no_payment_meets_needs_no_rates(tmp_path: Path):
    out = ran(tmp_path, [payment(1, 9_999, service=SUICA)])

    assert asked(out, cap_bps=5_000).by_service == (("suica", 499, 499),)


def test_enrolments_of_another_run_are_refused(tmp_path: Path):
    out = ran(tmp_path, [payment(1, 30_000, service=SUICA)])
    other = write_csv(tmp_path / "other.csv", tuple(SHOPS[0]), [SHOPS[1]])

    with refused("what_if_wrong", field="enrolments"):
        asked(out, cap_bps=5_000, enrolments=other)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"rate_bps": 10_001}, "rate_bps"),
        ({"rate_bps": -1}, "rate_bps"),
        ({"cap_bps": -1}, "cap_bps"),
        ({"cap_bps": 1_000_001}, "cap_bps"),
        ({"caps": {("paypay", "code"): 5}}, "caps"),
        ({"caps": {("paypay", ""): -5}}, "caps"),
    ],
)
def test_a_wrong_question_is_refused_with_its_field(tmp_path: Path, changed: dict[str, Any], field: str):
    """PayPay's window is that of the whole service."""
    out = ran(tmp_path, [payment(1, 11_000)])

    with refused("what_if_wrong", field=field):
        asked(out, **changed)


def test_a_run_without_payments_grants_nothing(tmp_path: Path):
    assert asked(ran(tmp_path, []), rate_bps=500) == WhatIf(0, 0, (), False)


def test_a_folder_without_a_run_is_refused(tmp_path: Path):
    with refused("not_a_run", folder=str(tmp_path)):
        what_if(tmp_path, services=(), campaign=programme_2019())


WINDOWS = [("mini", ""), ("duo", ""), ("duo", "a"), ("mixed", ""), ("mixed", "a"), ("yen", ""), ("paypay", "")]
CAPS = st.dictionaries(st.sampled_from(WINDOWS), st.sampled_from([0, 1, 7, 90, 400, 10**6]), max_size=4)
QUESTIONS = st.fixed_dictionaries(
    {
        "rate_bps": st.sampled_from([None, None, 500, 333, 10_000, 0]),
        "cap_bps": st.sampled_from([10_000, 10_000, 5_000, 3_333, 25_000, 0]),
        "caps": CAPS,
    }
)
CAMPAIGNS = st.builds(
    replace,
    st.just(programme_2019()),
    rate_bps=st.sampled_from([None, None, None, 1_500]),
    rounding=st.sampled_from(["down", "half_up", "up"]),
    tax_base=st.sampled_from(["included", "excluded"]),
)


def changed_services(rows: Sequence[Row], cap_bps: int, caps: Mapping[tuple[str, str], int]) -> list[Row]:
    """The services' table with its new caps, window by window."""
    found = []
    for row in rows:
        window = row["service_id"], (row["channel"] or "") if row["cap_scope"] == "channel" else ""
        found.append({**row, "cap_amount": caps.get(window, int(row["cap_amount"]) * cap_bps // 10_000)})
    return found


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(world=worlds(), campaign=CAMPAIGNS, question=QUESTIONS)
def test_whatever_is_asked_a_run_with_it_grants_the_same(world: World, campaign: Campaign, question: dict[str, Any]):
    """P-35, P-37, P-38: any world, with payments on hold, any rates, caps of every unit, period and scope."""
    note(repr(world))
    with TemporaryDirectory() as name:
        folder = Path(name)
        files = world.write(folder)
        services = read_services(files["services"])
        caps = {key: cap for key, cap in question["caps"].items() if key in {one.window for one in services}}
        run(**files, campaign=campaign, out=folder / "out")
        found = what_if(
            folder / "out",
            services=services,
            campaign=campaign,
            enrolments=files["enrolments"],
            **{**question, "caps": caps},
        )
        then = changed_services(world.services, question["cap_bps"], caps)
        files["services"] = write_services(folder / "changed.csv", then)
        rate_bps = campaign.rate_bps if question["rate_bps"] is None else question["rate_bps"]
        run(**files, campaign=replace(campaign, rate_bps=rate_bps), out=folder / "changed")

        before, after = (_by_service(folder / one) for one in ("out", "changed"))

    assert {service: now for service, now, _ in found.by_service} == before
    assert {service: later for service, _, later in found.by_service} == after
    assert (found.granted_points_now, found.granted_points_then) == (sum(before.values()), sum(after.values()))


def _by_service(out: Path) -> dict[str, int]:
    points: dict[str, int] = defaultdict(int)
    for row in results.grants(out):
        if row["reason"] in {"ok", "capped", "held"}:
            points[row["service_id"]] += row["granted_points"]
    return dict(points)
