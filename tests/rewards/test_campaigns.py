"""A campaign from a draft to approval by a second officer; what is wrong is told and nothing is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from madoguchi.events.models import Event
from madoguchi.rewards.campaigns import (
    approve_campaign,
    change_campaign,
    draft_campaign,
    end_campaign,
    give_back_campaign,
    propose_campaign,
    services_of,
    take_back_campaign,
    terms_of,
)
from madoguchi.rewards.models import Campaign
from tests.conftest import actor_named, refused
from tests.rewards.conftest import row


def test_a_town_writes_its_campaign_and_a_second_officer_approves_it(
    town: Any, maker: Any, checker: Any, draft: Any
) -> None:
    campaign = draft_campaign(actor=maker, owner_id=town.id, draft=draft)
    propose_campaign(actor=maker, campaign_id=campaign.id)
    approved = approve_campaign(actor=checker, campaign_id=campaign.id)

    assert (approved.state, approved.maker, approved.checker) == ("approved", str(maker), str(checker))
    told = Event.objects.filter(subject=str(campaign.id)).order_by("id").values_list("name", flat=True)
    assert list(told) == ["campaign.drafted", "campaign.proposed", "campaign.approved"]


def test_the_engine_reads_its_terms_and_services(campaign: Any) -> None:
    terms = terms_of(campaign)
    assert (terms.rate_bps, terms.starts_on, terms.budget_points) == (3_000, date(2026, 11, 2), 1_000_000)
    assert [(one.service_id, one.cap_amount) for one in services_of(campaign)] == [
        ("line_pay", 5_000),
        ("paypay", 5_000),
    ]


def test_its_maker_cannot_approve_it(town: Any, maker: Any, draft: Any) -> None:
    campaign = draft_campaign(actor=maker, owner_id=town.id, draft=draft)
    propose_campaign(actor=maker, campaign_id=campaign.id)
    with refused("checker_is_maker"):
        approve_campaign(actor=maker, campaign_id=campaign.id)
    assert Campaign.objects.get().state == "proposed"


def test_a_draft_given_back_has_the_reason_and_can_be_changed(town: Any, maker: Any, checker: Any, draft: Any) -> None:
    campaign = draft_campaign(actor=maker, owner_id=town.id, draft=draft)
    propose_campaign(actor=maker, campaign_id=campaign.id)
    with refused("reason_missing"):
        give_back_campaign(actor=checker, campaign_id=campaign.id, reason="  ")
    given = give_back_campaign(actor=checker, campaign_id=campaign.id, reason="予算を確かめてください")
    assert (given.state, given.answer) == ("draft", "予算を確かめてください")

    less = replace(draft, terms={**draft.terms, "budget_points": 500_000})
    assert change_campaign(actor=maker, campaign_id=campaign.id, draft=less).terms["budget_points"] == 500_000


def test_only_its_maker_takes_a_proposal_back(town: Any, maker: Any, checker: Any, draft: Any) -> None:
    campaign = draft_campaign(actor=maker, owner_id=town.id, draft=draft)
    propose_campaign(actor=maker, campaign_id=campaign.id)
    with refused("not_the_maker"):
        take_back_campaign(actor=checker, campaign_id=campaign.id)
    assert take_back_campaign(actor=maker, campaign_id=campaign.id).state == "draft"


def test_terms_are_fixed_once_they_are_proposed(campaign: Any, maker: Any, draft: Any) -> None:
    with refused("campaign_fixed", state="approved"):
        change_campaign(actor=maker, campaign_id=campaign.id, draft=replace(draft, name="別の名前"))
    assert Campaign.objects.get().name == "富岡30％還元ウィーク"


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"code": "Tomioka 2026"}, "field_wrong", "code"),
        ({"code": "files"}, "field_wrong", "code"),
        ({"name": " "}, "field_missing", "name"),
        ({"name_en": "x" * 121}, "field_wrong", "name_en"),
        ({"ends_on": date(2026, 11, 1)}, "campaign_wrong", "ends_on"),
        ({"terms": {"rate_bps": 10_001}}, "campaign_wrong", "rate_bps"),
        ({"terms": {"member_cap": {"points": -1}}}, "campaign_wrong", "member_cap"),
        ({"terms": {"surprise": 1}}, "campaign_wrong", "surprise"),
        ({"services": [row("paypay", cap=-1)]}, "service_wrong", None),
        ({"services": [row("paypay"), row("paypay")]}, "service_twice", None),
        ({"services": [row("paypay", credit_rule="soon")]}, "credit_rule_unknown", None),
        ({"services": [row("nobody_pay")]}, "service_unknown", "services"),
        ({"terminal_share_bps": 10_001}, "field_wrong", "terminal_share_bps"),
    ],
)
def test_a_draft_that_makes_no_sense_is_refused_and_not_kept(
    town: Any, maker: Any, draft: Any, changes: dict[str, Any], code: str, field: str | None
) -> None:
    with refused(code, **({"field": field} if field else {})):
        draft_campaign(actor=maker, owner_id=town.id, draft=replace(draft, **changes))
    assert not Campaign.objects.exists()


def test_a_code_is_taken_once(campaign: Any, town: Any, maker: Any, draft: Any) -> None:
    with refused("campaign_code_taken", field="code"):
        draft_campaign(actor=maker, owner_id=town.id, draft=draft)
    assert Campaign.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"services": []}, "services_missing"), ({"terms": {"rate_bps": 3_000}}, "budget_missing")],
)
def test_a_campaign_is_proposed_when_it_is_complete(
    town: Any, maker: Any, draft: Any, changes: dict[str, Any], code: str
) -> None:
    campaign = draft_campaign(actor=maker, owner_id=town.id, draft=replace(draft, **changes))
    with refused(code):
        propose_campaign(actor=maker, campaign_id=campaign.id)
    assert Campaign.objects.get().state == "draft"


def test_only_the_town_and_the_programmes_office_may(towns: Any, town: Any, draft: Any) -> None:
    for username in ("accountant-yasuoka", "clerk-mill", "auditor", "provider-paypay"):
        with refused("not_allowed"):
            draft_campaign(actor=actor_named(username), owner_id=town.id, draft=draft)
    with refused("not_allowed"):
        draft_campaign(actor=actor_named("admin-tomioka"), owner_id=None, draft=draft)
    assert draft_campaign(actor=actor_named("programme-office"), owner_id=None, draft=draft).owner is None


def test_it_ends_after_its_last_day_when_its_claims_are_settled(campaign: Any, maker: Any, clock: Any) -> None:
    from datetime import UTC, datetime

    clock.move_to(datetime(2026, 11, 8, 3, tzinfo=UTC))
    with refused("campaign_runs_still"):
        end_campaign(actor=maker, campaign_id=campaign.id)
    clock.move_to(datetime(2026, 11, 9, 3, tzinfo=UTC))
    assert end_campaign(actor=maker, campaign_id=campaign.id).state == "ended"
