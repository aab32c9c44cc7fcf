"""Which documents prove what, by applicant and trade: every row of the two lists (P-23 to P-25, J-11)."""

from datetime import date
from typing import get_args

import pytest

from madoguchi.onboarding import trades as module
from madoguchi.onboarding.rules import Entity
from madoguchi.onboarding.trades import documents, documents_for, missing, substitutes, trades
from tests.conftest import refused

LICENCES = {
    "restaurant": [{"restaurant_licence"}],
    "veterinary": [{"veterinary_licence"}],
    "pet_shop": [{"animal_selling_registration"}],
    "pet_hotel": [{"animal_keeping_registration"}],
    "beauty_salon": [{"beauty_salon_confirmation"}, {"beautician_licence"}],
    "hair_extension": [{"beauty_salon_confirmation"}],
    "taxi": [{"taxi_permit"}, {"taxi_term_notice"}, {"taxi_transfer_certificate"}],
    "designated_driver": [{"chauffeur_certification"}],
    "second_hand": [{"antique_dealer_permit"}],
    "architect": [{"architect_licence"}],
    "liquor": [{"liquor_licence"}],
    "car_repair": [{"repair_shop_certification"}],
    "real_estate": [{"real_estate_licence"}],
    "petrol_station": [{"petrol_registration"}, {"petrol_quality_plan"}],
    "inn": [{"inn_licence"}],
    "private_lodging": [{"private_lodging_notice", "private_lodging_acceptance"}],
}
PROOFS = [
    {"opening_notice"},
    {"tax_return_stamped"},
    {"tax_return_etax", "etax_receipt"},
    {"tax_payment_certificate"},
]
REGISTERED = sorted(set(get_args(Entity)) - {"sole_proprietor", "government", "unincorporated"})


def required(entity, trade=None):
    return [need.code for need in documents_for(entity, trade) if need.is_required]


def is_enough(entity, trade, held):
    return missing(documents_for(entity, trade), held) == ()


def test_the_sixteen_trades_and_their_licences():
    """P-25."""
    assert {trade.code: [set(one) for one in trade.licences] for trade in trades()} == LICENCES


@pytest.mark.parametrize("held", PROOFS)
def test_one_of_the_four_proofs_suffices_for_a_sole_proprietor(held):
    """P-23: always asked; P-24: a return by e-Tax only with its receipt."""
    assert required("sole_proprietor") == ["proof_of_business"]
    assert is_enough("sole_proprietor", None, held)


@pytest.mark.parametrize(
    "held", [set(), {"tax_return_etax"}, {"etax_receipt"}, {"restaurant_licence"}, {"register_extract"}]
)
def test_less_than_a_proof_does_not_suffice(held):
    assert [need.code for need in missing(documents_for("sole_proprietor"), held)] == ["proof_of_business"]


@pytest.mark.parametrize(("trade", "held"), [(trade, one) for trade, many in LICENCES.items() for one in many])
def test_the_trades_licence_proves_the_business_of_a_sole_proprietor(trade, held):
    """P-24: the licence is the fourth proof, and only the one of the own trade."""
    assert is_enough("sole_proprietor", trade, held)
    assert not is_enough("sole_proprietor", None, held)


@pytest.mark.parametrize("held", [{"private_lodging_notice"}, {"private_lodging_acceptance"}])
def test_private_lodging_needs_the_notification_and_its_acceptance(held):
    assert not is_enough("sole_proprietor", "private_lodging", held)


@pytest.mark.parametrize("entity", REGISTERED)
def test_a_registered_body_brings_its_register_extract_and_may_bring_a_licence(entity):
    assert required(entity, "restaurant") == ["register"]
    assert [need.code for need in documents_for(entity, "restaurant")] == ["register", "licence"]
    assert is_enough(entity, "restaurant", {"register_extract"})
    assert not is_enough(entity, "restaurant", {"restaurant_licence"})


def test_without_a_trade_no_licence_is_named():
    assert [need.code for need in documents_for("company")] == ["register"]


def test_a_town_brings_a_memo_instead_of_a_register_extract():
    """J-11."""
    assert required("government") == ["register"]
    assert is_enough("government", None, {"no_register_memo"})
    assert not is_enough("government", None, set())


def test_a_town_gives_other_amounts_than_a_company():
    """J-11: capital 0, the general account's settlement instead of sales."""
    assert {one.asked: one.instead for one in substitutes("government")} == {
        "register_extract": "no_register_memo",
        "capital_yen": "0",
        "yearly_sales_yen": "general_account_settlement_yen",
    }
    assert substitutes("company") == ()


def test_a_group_that_is_no_body_has_nothing_to_bring():
    """P-13: it is excluded."""
    assert documents_for("unincorporated", "restaurant") == ()


def test_every_document_that_is_asked_for_has_a_name_in_both_languages_and_a_rule():
    asked = {code for trade in trades() for one in trade.licences for code in one}
    asked |= {
        code
        for entity in get_args(Entity)
        for need in documents_for(entity)
        for one in need.alternatives
        for code in one
    }
    assert asked == set(documents())
    assert [one.code for one in documents().values() if not (one.ja and one.en and one.rule)] == []


def test_an_unknown_trade_or_applicant_is_refused():
    with refused("trade_unknown", trade="magic"):
        documents_for("company", "magic")
    with refused("entity_unknown", entity="king"):
        documents_for("king")


def test_a_need_holds_from_its_first_day_to_its_last(monkeypatch):
    """What is asked changes by rows with dates, not by a release."""
    row = {**module._tables()["needs"][0], "starts_on": "2026-04-01", "ends_on": "2027-03-31"}
    monkeypatch.setattr(module, "_tables", lambda: {"needs": [row], "trades": []})

    held = [bool(documents_for("sole_proprietor", day=day)) for day in map(date.fromisoformat, (
        "2026-03-31", "2026-04-01", "2027-03-31", "2027-04-01",
    ))]  # fmt: skip
    assert held == [False, True, True, False]
