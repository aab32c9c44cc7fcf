"""A provider's side of reward campaigns: files of payments, the life of points, claims, what changed (P-04, P-05)."""

# ruff: noqa: F811
from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client

from madoguchi.people.access import provider_actor
from madoguchi.rewards.campaigns import draft_campaign, propose_campaign
from madoguchi.rewards.claims import draw_up_claims, propose_claims, refuse_claims
from madoguchi.rewards.life import report_points
from madoguchi.rewards.models import CostReport, PointsReport
from madoguchi.rewards.rules import Life
from tests.rewards.conftest import (  # noqa: F401
    approve,
    campaign,
    checker,
    draft,
    given_back,
    lake,
    maker,
    paid,
    send,
    shops,
    town,
    worker,
)

pytestmark = pytest.mark.django_db
OWN = "/provider/rewards/"
WEEK = f"{OWN}tomioka-2026/"
CAFE, NOODLES = "9910210000", "9910210001"
POINTS = {
    "act": "points",
    "points-service": "paypay",
    "points-month": "2026-11",
    "points-as_of": "2026-11-20",
    "points-granted_points": "3,600",
    "points-used_points": "２０００",
    "points-expired_points": "100",
    "points-returned_points": "0",
    "points-basis": "measured",
}
FEE = {"act": "fee", "fee-month": "2026-11", "fee-cost_yen": "3250", "fee-basis_yen": "100000"}
TERMINALS = {"act": "terminal", "terminal-month": "2026-11", "terminal-count": "2", "terminal-cost_yen": "60001"}


@pytest.fixture
def desk(browse: Callable[..., Client], people: Any) -> Client:
    """PayPay's staff."""
    return browse(people.user("provider", provider="paypay"))


@pytest.fixture
def other_desk(browse: Callable[..., Client], people: Any) -> Client:
    """au PAY's staff, whose service is not in the campaign."""
    return browse(people.user("provider", provider="au_pay"))


@pytest.fixture
def granted(campaign: Any, send: Any, approve: Any) -> Any:
    """Of two PayPay payments 3,600 points, of one with LINE Pay 300."""
    send("paypay", [paid("a1", "m1", CAFE, 10_000, 2), paid("a2", "m2", NOODLES, 2_000, 3)])
    send("line_pay", [paid("b1", "m1", CAFE, 1_000, 2, service="line_pay")])
    approve(campaign)
    return campaign


def text(answer: Any) -> str:
    return str(answer.content.decode())


def downloaded(answer: Any) -> list[dict[str, str]]:
    content = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content)))


class TestCampaigns:
    def test_without_a_campaign_the_page_says_what_will_stand_there(self, desk: Client) -> None:
        answer = desk.get(OWN)

        assert answer.status_code == 200
        assert "No campaign with your services yet" in text(answer)

    def test_a_campaign_stands_with_its_terms_and_how_it_goes(self, desk: Client, granted: Any) -> None:
        page = text(desk.get(OWN))

        assert "Tomioka 30 per cent week" in page
        assert "Rate 30 %" in page
        assert "up to 5,000 points in the whole campaign" in page
        assert "points can be used 30 days later" in page
        assert "3,600" in page
        assert "LINE Pay" not in page

    def test_before_a_report_nothing_is_said_of_use(self, desk: Client, granted: Any) -> None:
        standing = desk.get(OWN).context["rows"][0]

        assert (standing["has_run"], standing["has_report"], standing["standing"].claimed_yen) == (True, False, 0)

    def test_what_is_not_approved_yet_is_nobody_elses(self, desk: Client, town: Any, maker: Any, draft: Any) -> None:
        written = draft_campaign(actor=maker, owner_id=town.id, draft=draft)
        propose_campaign(actor=maker, campaign_id=written.id)

        assert desk.get(OWN).context["rows"] == []
        assert desk.get(WEEK).status_code == 404

    def test_a_provider_that_takes_no_part_sees_nothing_of_it(self, other_desk: Client, granted: Any) -> None:
        assert other_desk.get(OWN).context["rows"] == []
        for address in (WEEK, f"{WEEK}adjustments/", f"{WEEK}grants/?month=2026-11"):
            assert other_desk.get(address).status_code == 404
        assert other_desk.post(WEEK, POINTS).status_code == 404
        assert not PointsReport.objects.exists()

    def test_the_room_leads_there_in_japanese(self, browse: Any, people: Any, granted: Any) -> None:
        japanese = Client(headers={"accept-language": "ja"})
        japanese.force_login(people.user("provider", provider="paypay"))

        assert "ポイント還元" in text(japanese.get("/provider/"))
        assert "富岡30％還元ウィーク" in text(japanese.get(OWN))


class TestReports:
    def test_points_are_reported_as_people_write_figures(self, desk: Client, campaign: Any) -> None:
        answer = desk.post(WEEK, POINTS)

        assert (answer.status_code, answer["Location"]) == (302, f"{WEEK}?provider=paypay")
        kept = PointsReport.objects.get()
        assert kept.life == Life(date(2026, 11, 20), 3_600, 2_000, 100, 0)
        assert kept.service_id == "paypay"
        page = text(desk.get(WEEK))
        assert "Measured, up to 20 Nov 2026 (Fri)" in page
        assert "1,500" in page

    def test_an_estimate_is_marked_and_stands_beside_what_was_measured(self, desk: Client, campaign: Any) -> None:
        """¥1.6 billion were once paid on estimated expiry."""
        desk.post(WEEK, POINTS | {"points-basis": "estimated"})

        page = text(desk.get(WEEK))
        assert "not claimed on" in page
        assert "No measured report yet" in page
        assert desk.get(OWN).context["rows"][0]["standing"].used_points == 0

    def test_whether_figures_are_estimated_has_to_be_said(self, desk: Client, campaign: Any) -> None:
        answer = desk.post(WEEK, POINTS | {"points-basis": ""})

        assert answer.status_code == 422
        assert 'id="id_points-basis_error"' in text(answer)
        assert not PointsReport.objects.exists()

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("as_of", "2026-11-21"),
            ("granted_points", "100"),
            ("used_points", ""),
            ("expired_points", "-1"),
            ("month", "2026-10"),
            ("service", "line_pay"),
        ],
    )
    def test_what_cannot_be_true_is_told_beside_its_field_and_nothing_typed_is_lost(
        self, desk: Client, campaign: Any, field: str, value: str
    ) -> None:
        answer = desk.post(WEEK, POINTS | {f"points-{field}": value})

        page = text(answer)
        assert answer.status_code == 422
        assert f'id="id_points-{field}_error"' in page
        assert f'href="#id_points-{field}"' in page
        assert field == "used_points" or 'value="２０００"' in page
        assert not PointsReport.objects.exists()

    def test_other_figures_for_a_day_that_is_reported_are_refused(self, desk: Client, campaign: Any) -> None:
        desk.post(WEEK, POINTS)

        answer = desk.post(WEEK, POINTS | {"points-used_points": "2001"})

        assert answer.status_code == 422
        assert "Other figures are reported for that day already" in text(answer)
        assert PointsReport.objects.count() == 1

    def test_fees_and_terminals_are_reported_where_they_are_borne(self, desk: Client, campaign: Any) -> None:
        assert desk.post(WEEK, FEE).status_code == 302
        assert desk.post(WEEK, TERMINALS).status_code == 302

        kept = CostReport.objects.order_by("kind").values_list("kind", "cost_yen", "basis_yen", "count")
        assert list(kept) == [("fee", 3_250, 100_000, 0), ("terminal", 60_001, 0, 2)]

    def test_fees_above_the_limit_are_refused_beside_the_fee(self, desk: Client, campaign: Any) -> None:
        answer = desk.post(WEEK, FEE | {"fee-cost_yen": "3251"})

        assert answer.status_code == 422
        assert 'id="id_fee-cost_yen_error"' in text(answer)
        assert not CostReport.objects.exists()

    def test_terminals_need_their_number(self, desk: Client, campaign: Any) -> None:
        answer = desk.post(WEEK, TERMINALS | {"terminal-count": "0"})

        assert answer.status_code == 422
        assert 'id="id_terminal-count_error"' in text(answer)

    def test_a_campaign_that_bears_neither_asks_for_neither(self, desk: Client, campaign: Any) -> None:
        campaign.supports_fees, campaign.terminal_share_bps = False, 0
        campaign.save()

        page = text(desk.get(WEEK))
        assert "Report the points" in page
        assert "Report the fees" not in page
        assert "Report the terminals" not in page
        assert desk.post(WEEK, FEE).status_code == 422
        assert not CostReport.objects.exists()


class TestHome:
    NOTICE = "Reward campaigns wait for your report of points"

    def test_it_tells_of_a_campaign_that_waits_for_a_report(self, desk: Client, granted: Any) -> None:
        page = text(desk.get("/provider/"))

        assert self.NOTICE in page
        assert f'href="{WEEK}?provider=paypay#report"' in page

    def test_an_estimate_is_not_what_it_waits_for(self, desk: Client, granted: Any) -> None:
        desk.post(WEEK, POINTS | {"points-basis": "estimated"})
        assert self.NOTICE in text(desk.get("/provider/"))

        desk.post(WEEK, POINTS)
        assert self.NOTICE not in text(desk.get("/provider/"))

    def test_while_points_may_be_used_a_month_later_it_waits_again(
        self, desk: Client, granted: Any, clock: Any
    ) -> None:
        desk.post(WEEK, POINTS)
        clock.move(days=10)
        assert self.NOTICE not in text(desk.get("/provider/"))

        clock.move(days=1)
        assert self.NOTICE in text(desk.get("/provider/"))
        all_gone = {"points-as_of": "2026-12-01", "points-used_points": "3500"}
        assert desk.post(WEEK, POINTS | all_gone).status_code == 302

        clock.move(days=60)
        assert self.NOTICE not in text(desk.get("/provider/"))

    def test_without_an_approved_run_nothing_is_waited_for(self, desk: Client, campaign: Any) -> None:
        assert self.NOTICE not in text(desk.get("/provider/"))


class TestClaims:
    def test_a_claim_stands_with_its_state_and_why_it_was_refused(
        self, desk: Client, granted: Any, maker: Any, checker: Any
    ) -> None:
        life = Life(date(2026, 11, 20), 3_600, 2_000, 0, 0)
        report_points(
            actor=provider_actor("paypay"), campaign_id=granted.id, service="paypay", month="2026-11", life=life
        )
        (claim,) = draw_up_claims(actor=maker, campaign_id=granted.id)
        propose_claims(actor=maker, campaign_id=granted.id, claim_ids=[claim.id])
        assert desk.get(OWN).context["rows"][0]["standing"].claimed_yen == 2_000

        refuse_claims(actor=checker, campaign_id=granted.id, claim_ids=[claim.id], reason="To be looked at again.")

        page = text(desk.get(WEEK))
        assert "¥2,000" in page
        assert "Reason: To be looked at again." in page
        assert desk.get(OWN).context["rows"][0]["standing"].claimed_yen == 0


class TestDownloads:
    def test_grants_of_a_month_are_the_providers_own(self, desk: Client, granted: Any) -> None:
        rows = downloaded(desk.get(f"{WEEK}grants/", {"month": "2026-11"}))

        assert [(row["payment_id"], row["service_id"], row["granted_points"]) for row in rows] == [
            ("a1", "paypay", "3000"),
            ("a2", "paypay", "600"),
        ]

    def test_adjustments_say_what_a_run_changed(self, desk: Client, granted: Any, send: Any, approve: Any) -> None:
        send("paypay", [given_back("r1", "a1", 4_000, 12)])
        send("line_pay", [given_back("r2", "b1", 1_000, 12, service="line_pay")])
        approve(granted)

        (only,) = downloaded(desk.get(f"{WEEK}adjustments/", {"run": "2"}))

        assert (only["payment_id"], only["points_before"], only["points_after"]) == ("a1", "3000", "1800")
        assert (only["difference_points"], only["reason_before"], only["reason_after"]) == ("-1200", "ok", "ok")
        first = downloaded(desk.get(f"{WEEK}adjustments/", {"run": "1"}))
        assert [row["payment_id"] for row in first] == ["a1", "a2"]

    def test_a_month_without_payments_has_the_head_alone(
        self, desk: Client, town: Any, campaign: Any, approve: Any, send: Any
    ) -> None:
        send("line_pay", [paid("b1", "m1", CAFE, 1_000, 2, service="line_pay")])
        approve(campaign)

        answer = desk.get(f"{WEEK}grants/", {"month": "2026-11"})

        assert b"".join(answer.streaming_content).decode("utf-8-sig").startswith("payment_id,service_id,channel,")
        assert downloaded(desk.get(f"{WEEK}grants/", {"month": "2026-11"})) == []

    @pytest.mark.parametrize(
        ("address", "status"),
        [
            ("grants/?month=2026-12", 422),
            ("grants/?month=../../x", 422),
            ("grants/", 422),
            ("adjustments/?run=9", 404),
            ("adjustments/?run=x", 404),
        ],
    )
    def test_what_is_not_there_is_said(self, desk: Client, granted: Any, address: str, status: int) -> None:
        assert desk.get(f"{WEEK}{address}").status_code == status

    def test_without_an_approved_run_there_is_no_file(self, desk: Client, campaign: Any) -> None:
        assert desk.get(f"{WEEK}adjustments/").status_code == 422
        assert "Once a run is approved" in text(desk.get(WEEK))


def test_a_payment_is_explained_to_its_own_provider_only(desk: Client, campaign: Any, send: Any, approve: Any) -> None:
    """What a customer who asks is told; of another provider's payment no more than that it is not there."""
    send("paypay", [paid("a1", "m1", CAFE, 1_990, 2), paid("a2", "m1", NOODLES, 20_010, 3)])
    send("line_pay", [paid("b1", "k1", CAFE, 1_000, 2, service="line_pay")])
    approve(campaign)

    page = desk.get(f"{WEEK}payment/?id=a2").content.decode()
    assert all(words in page for words in ("6,003", "4,403", "P-35"))
    other = desk.get(f"{WEEK}payment/?id=b1")
    assert (other.status_code, "1,000" in other.content.decode()) == (422, False)
    assert desk.get(f"{WEEK}payment/?id=nothing").status_code == 422
