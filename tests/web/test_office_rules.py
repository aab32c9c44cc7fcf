"""The rules of eligibility: amended by two officers, with the effect shown before, old decisions replayed (P-48)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from madoguchi.onboarding.eligibility import shipped_rule_sets
from madoguchi.onboarding.models import Application, Proposal, RuleVersion
from madoguchi.onboarding.rulebook import rule_sets_now
from tests.onboarding.conftest import SHOP_BUSINESS, Desk, place_facts, sent
from tests.web.office_desk import post, two_officers
from tests.web.readers import reader

pytestmark = pytest.mark.django_db
SHIPPED = shipped_rule_sets()[0]
LISTS = ("size", "excluded_entities", "excluded_activities", "licences_that_admit", "excluded_transactions")
PLAIN = (
    "name",
    "source",
    "rate_bps",
    "rate_of_franchise_bps",
    "average_income_above_yen",
    "full_owner_capital_from_yen",
)


@pytest.fixture(autouse=True)
def _demo_runs(clock: Any, towns: Any, settings: Any) -> None:
    settings.DEMO = True


def form(**changed: Any) -> dict[str, Any]:
    """The shipped rules as the form sends them, in force without end, with changes."""
    told = SHIPPED.model_dump(mode="json")
    lists = json.dumps({name: told[name] for name in LISTS} | changed.pop("lists", {}))
    plain = {name: told[name] for name in PLAIN}
    return {**plain, "starts_on": "", "ends_on": "", "lists": lists, "reason": "", **changed}


def shop(capital_yen: int) -> Desk:
    """A shop that was sent; eligible under rules that are in force today."""
    desk = sent("business", places=[place_facts("豆腐店", kind="shop", purposes=())])
    facts = {"as_of": "2026-11-20", **SHOP_BUSINESS, "capital_yen": capital_yen, "regular_employees": 60}
    application = desk.application
    application.decision = {"facts": facts, "outcome": "eligible", "rules": ["P-06"], "rate_bps": 500}
    application.save()
    return desk


def amend(client: Client, **told: Any) -> Any:
    return client.post(reverse("office:rules_amend"), told)


def test_the_list_names_each_set_with_its_days_and_versions():
    page = reader("auditor").get(reverse("office:rules")).content.decode()

    for words in (SHIPPED.name, "30 Apr 2020", "5 %", "2 %", "As shipped"):
        assert words in page
    assert "Amend" not in page


def test_a_preview_says_how_many_open_applications_would_be_decided_otherwise():
    """Of those that wait, and nothing is stored."""
    first, _second = two_officers()
    smaller, larger = shop(30_000_000), shop(45_000_000)
    limits = SHIPPED.model_dump(mode="json")["size"]
    limits["retail"]["capital_yen"] = 40_000_000

    page = amend(first, **form(lists={"size": limits}), preview="1")

    effect = page.context["effect"]
    assert (effect.open_count, effect.changed_count) == (2, 1)
    assert [row.reference for row in effect.listed] == [larger.application.reference]
    assert effect.listed[0].before == ("eligible", 500)
    assert effect.listed[0].after == ("not_eligible", None)
    assert "Of 2 open applications 1 would be decided otherwise" in page.content.decode()
    assert {row.field for row in page.context["changes"]} == {"size", "ends_on"}
    assert not Proposal.objects.exists()
    assert smaller.again().decision["outcome"] == "eligible"


def test_an_amendment_takes_a_reason_and_two_officers_and_becomes_a_version():
    first, second = two_officers()
    told = form(rate_bps="400")

    assert amend(first, **told, propose="1").status_code == 422
    assert not Proposal.objects.exists()
    assert amend(first, **told | {"reason": "補助の変更"}, propose="1").status_code == 302
    proposal = Proposal.objects.get()
    assert not RuleVersion.objects.exists()
    changes = second.get(reverse("office:proposal", args=[proposal.id])).context["found"].changes
    assert [(row.field, row.before, row.after) for row in changes] == [
        ("ends_on", "2020-04-30", None),
        ("rate_bps", 500, 400),
    ]
    assert post(first, "proposal_confirm", proposal.id).status_code == 422
    assert post(second, "proposal_confirm", proposal.id).status_code == 302

    assert [(row.number, row.content["rate_bps"]) for row in RuleVersion.objects.order_by("number")] == [
        (1, 500),
        (2, 400),
    ]
    assert [one.rate_bps for one in rule_sets_now()] == [400]
    changes = second.get(reverse("office:proposal", args=[proposal.id])).context["found"].changes
    assert [(row.field, row.before) for row in changes] == [("ends_on", "2020-04-30"), ("rate_bps", 500)]


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"lists": "{"}, "lists"),
        ({"lists": "{}"}, "lists"),
        ({"rate_bps": "-1"}, "rate_bps"),
        ({"rate_bps": "five"}, "rate_bps"),
        ({"starts_on": "2027-01-01", "ends_on": "2026-12-31"}, "ends_on"),
        ({"name": "two words"}, "name"),
    ],
)
def test_what_makes_no_rules_is_told_beside_its_field(told: dict[str, str], field: str):
    first, _second = two_officers()

    answer = amend(first, **form() | told | {"reason": "x"}, propose="1")

    assert answer.status_code == 422
    assert f'href="#id_{field}"' in answer.content.decode()
    assert not Proposal.objects.exists()


def test_an_unknown_industry_among_the_limits_is_told():
    first, _second = two_officers()
    limits = {"mining": {"capital_yen": 1, "employees": 1, "rule": "P-06"}}

    answer = amend(first, **form(lists={"size": limits}), preview="1")

    assert answer.status_code == 422
    assert answer.context["form"].errors.get("lists")


def test_rules_that_change_nothing_are_not_proposed():
    first, _second = two_officers()

    answer = amend(first, **form(ends_on="2020-04-30", reason="x"), propose="1")

    assert answer.status_code == 422
    assert not Proposal.objects.exists()


def test_an_old_decision_is_made_again_under_its_own_rules_and_under_todays():
    """P-48: an amendment never changes what was decided before."""
    first, second = two_officers()
    amend(first, **form(reason="開始"), propose="1")
    post(second, "proposal_confirm", Proposal.objects.get().id)
    desk = sent("business", places=[place_facts("豆腐店", kind="shop", purposes=())])
    assert desk.application.decision["rate_bps"] == 500
    amend(first, **form(rate_bps="400", reason="変更"), propose="1")
    post(second, "proposal_confirm", Proposal.objects.get(state="proposed").id)

    page = first.get(reverse("office:rules"), {"reference": desk.application.reference.replace("-", "")})

    assert [decision.rate_bps for decision, _ in page.context["decisions"]] == [500, 400]
    assert page.context["is_same"] is True
    assert Application.objects.get().decision["rate_bps"] == 500


def test_an_unknown_reference_is_told():
    page = reader("programme-office").get(reverse("office:rules"), {"reference": "ZZZZ-ZZZZ"})

    assert page.status_code == 404
    assert "No application that was sent has this reference" in page.content.decode()


def test_an_auditor_amends_nothing():
    assert reader("auditor").get(reverse("office:rules_amend")).status_code == 403
    assert amend(reader("auditor"), **form(reason="x"), propose="1").status_code == 403
