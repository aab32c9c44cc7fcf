"""What an application still lacks: each gap with the page, the field and the requirement that asks for it."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.onboarding.completeness import ACCOUNT, APPLICANT, WITHOUT_NUMBER, Draft, DraftPlace, Gap, gaps

PLACE = DraftPlace(UUID(int=1), "Citizens Division", "東京都三鷹市野崎1-1-1", "fixed", ("certificate_fee",), 2)
TOWN = Draft(
    kind="municipality",
    applicant=dict.fromkeys(APPLICANT, "x"),
    business={"yearly_sales_yen": 70_000_000_000},
    account=dict.fromkeys(ACCOUNT, "x"),
    places=(PLACE,),
    consent=True,
)
SHOP = replace(
    TOWN,
    kind="business",
    applicant={**TOWN.applicant, "corporate_number": "7000012050002"},
    business={"entity": "company", "industry": "retail"},
)


def without(facts, *names):
    return {name: value for name, value in facts.items() if name not in names}


@pytest.mark.parametrize("whole", [TOWN, SHOP])
def test_with_nothing_missing_it_can_be_sent(whole):
    assert gaps(whole) == ()


@pytest.mark.parametrize("name", APPLICANT)
def test_each_answer_about_the_applicant_is_asked_for(name):
    assert gaps(replace(SHOP, applicant=without(SHOP.applicant, name))) == (Gap("applicant", name, "J-11"),)


@pytest.mark.parametrize("name", ACCOUNT)
def test_the_account_is_asked_for_whole(name):
    """J-28: one application, one account."""
    assert gaps(replace(SHOP, account=without(SHOP.account, name))) == (Gap("account", name, "J-28"),)


class TestSubstitutes:
    """J-11: what a town gives instead."""

    def test_a_town_names_its_settlement_instead_of_sales_and_no_capital(self):
        assert gaps(replace(TOWN, business={})) == (Gap("business", "yearly_sales_yen", "J-11"),)

    def test_a_settlement_of_nothing_is_an_answer(self):
        assert gaps(replace(TOWN, business={"yearly_sales_yen": 0})) == ()

    def test_a_town_needs_no_corporate_number(self):
        assert gaps(replace(TOWN, applicant=without(TOWN.applicant, "corporate_number"))) == ()


class TestBusiness:
    @pytest.mark.parametrize("name", ["entity", "industry"])
    def test_what_decides_on_eligibility_is_asked_for(self, name):
        assert gaps(replace(SHOP, business=without(SHOP.business, name))) == (Gap("business", name, "P-06"),)

    def test_a_company_has_a_corporate_number(self):
        nameless = replace(SHOP, applicant=without(SHOP.applicant, "corporate_number"))

        assert gaps(nameless) == (Gap("applicant", "corporate_number", "J-11"),)

    @pytest.mark.parametrize("entity", sorted(WITHOUT_NUMBER))
    def test_a_person_or_a_group_has_none(self, entity):
        person = replace(
            SHOP, applicant=without(SHOP.applicant, "corporate_number"), business={**SHOP.business, "entity": entity}
        )

        assert gaps(person) == ()


class TestPlaces:
    def test_there_is_at_least_one(self):
        assert gaps(replace(TOWN, places=())) == (Gap("places", "places", "J-22"),)

    @pytest.mark.parametrize(
        ("changed", "field", "rule"),
        [
            ({"name_en": ""}, "name_en", "J-01"),
            ({"address": ""}, "address", "P-27"),
            ({"address": "", "place_class": "other"}, "address", "P-27"),
            ({"purposes": ()}, "purposes", "M-09"),
            ({"service_count": 0}, "services", "J-04"),
        ],
    )
    def test_a_gap_names_its_place(self, changed, field, rule):
        assert gaps(replace(TOWN, places=(PLACE, replace(PLACE, id=UUID(int=2), **changed)))) == (
            Gap("places", field, rule, UUID(int=2)),
        )

    @pytest.mark.parametrize("place_class", ["mobile", "ec"])
    def test_what_moves_or_is_on_line_has_no_address(self, place_class):
        """P-28: it is not on the map."""
        assert gaps(replace(SHOP, places=(replace(PLACE, address="", place_class=place_class),))) == ()

    def test_a_shop_names_no_purposes(self):
        assert gaps(replace(SHOP, places=(replace(PLACE, purposes=()),))) == ()


def test_each_missing_document_is_named_with_its_rule():
    """P-23, P-24."""
    drafted = replace(SHOP, documents=(("register", "J-11"), ("licence", "P-25")))

    assert gaps(drafted) == (Gap("documents", "register", "J-11"), Gap("documents", "licence", "P-25"))


def test_consent_has_to_be_answered():
    """P-27: a refusal is an answer; what follows from it is not said here."""
    assert gaps(replace(SHOP, consent=None)) == (Gap("consent", "publication_consent", "P-27"),)
    assert gaps(replace(SHOP, consent=False)) == ()


@given(
    st.sampled_from(["municipality", "business", "designated_manager", "post_office_operator"]),
    st.sets(st.sampled_from(APPLICANT)),
    st.sets(st.sampled_from(ACCOUNT)),
    st.sampled_from([None, False, True]),
)
def test_gaps_come_in_the_order_of_the_pages_each_once(kind, told, account, consent):
    order = ["applicant", "business", "account", "places", "documents", "consent"]
    drafted = Draft(
        kind=kind,
        applicant=dict.fromkeys(told, "x"),
        business={},
        account=dict.fromkeys(account, "x"),
        documents=(("register", "J-11"),),
        consent=consent,
    )

    found = gaps(drafted)

    pages = [gap.section for gap in found if gap.field != "corporate_number"]
    assert pages == sorted(pages, key=order.index)
    assert len(set(found)) == len(found)
    assert {gap.field for gap in found if gap.section == "account"} == set(ACCOUNT) - account
