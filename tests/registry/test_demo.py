"""The demo is the published pilot table (M-07, M-08), and a village whose post office takes its fees (H-07)."""

from __future__ import annotations

from datetime import date

import pytest

from madoguchi.counter.demo import add_fee_schedules
from madoguchi.counter.models import FeeItem, FeeOffer, FeePrice
from madoguchi.events.models import Event
from madoguchi.jobs.demo_orders import demo_tills
from madoguchi.people.access import system_actor
from madoguchi.registry.actions import register_place
from madoguchi.registry.demo import DEMO_SERVICES, find_demo, set_up_demo
from madoguchi.registry.loading import load_reference
from madoguchi.registry.models import (
    AgentDesignation,
    Enrolment,
    Municipality,
    Organisation,
    PilotRecord,
    Place,
    Purpose,
    StoreCode,
)

pytestmark = pytest.mark.django_db

# M-08, place by place as published; the certainty says where "LINE Pay" was printed.
PILOTS = [
    ("20403", "高森町教育委員会事務局", {"facility_fee"}, "LINE Pay", "printed"),
    ("20403", "子育て支援センター「あったかてらす」", {"facility_fee"}, "LINE Pay", "merged_cell"),
    ("23302", "東郷町役場 税務課", {"certificate_fee"}, "", "unknown"),
    ("23302", "東郷町役場 収納課", {"certificate_fee"}, "", "unknown"),
    ("23302", "東郷町役場 住民課", {"certificate_fee"}, "", "unknown"),
    ("10210", "富岡市役所 市民課窓口", {"various_certificate_fee"}, "", "unknown"),
    ("10210", "富岡市役所 収納担当窓口", {"various_certificate_fee"}, "", "unknown"),
    ("10210", "富岡製糸場", {"admission_fee"}, "", "unknown"),
    ("10210", "富岡市立美術博物館・福沢一郎記念美術館", {"admission_fee"}, "", "unknown"),
    ("10210", "妙義中央公民館", {"various_certificate_fee", "facility_fee"}, "", "unknown"),
]


def test_the_ten_places_are_the_published_ones(towns):
    found = [
        (
            place.municipality_id,
            place.name,
            {purpose.code for purpose in place.purposes.all()},
            place.pilot.payment_company,
            place.pilot.certainty,
        )
        for place in towns.places
    ]

    assert found == PILOTS


def test_a_payment_company_that_was_not_published_stays_unknown(towns):
    """X-02: eight of ten cells are empty, and nothing is put into them."""
    assert PilotRecord.objects.filter(certainty="unknown", payment_company="").count() == 8
    assert PilotRecord.objects.exclude(certainty="unknown").values_list("payment_company", flat=True).distinct().get()


def test_places_and_purposes_are_many_to_many(towns):
    """M-09."""
    assert max(place.purposes.count() for place in towns.places) == 2
    assert Purpose.objects.get(code="facility_fee").places.count() == 3


def test_each_town_is_one_organisation_that_runs_its_places(towns):
    """J-22."""
    assert set(towns.towns) == {"20403", "23302", "10210", "20414"}
    for place in towns.places:
        assert place.operator == towns.towns[place.municipality_id]


def test_every_place_takes_the_demos_services_under_a_code_of_the_test_range(towns):
    codes = StoreCode.objects.filter(place__is_demo=True)

    assert codes.count() == 12
    for code in codes:
        assert code.store_id.startswith("0000000000001-0001-")
        services = Enrolment.objects.filter(code=code).values_list("service_id", flat=True)
        assert set(services) == set(DEMO_SERVICES)
        assert code.merchant_name.isascii()
        assert len(code.merchant_name) <= 25


def test_the_post_office_stands_for_two_principals_with_a_code_each(towns):
    """J-27, J-28: the village and the post office are paid to their own accounts."""
    principals = {code.principal for code in StoreCode.objects.filter(place=towns.post_office)}

    assert principals == {towns.towns["20414"], towns.post_office_operator}


def test_the_village_has_announced_that_the_post_office_takes_its_certificate_fees(towns):
    """H-07."""
    row = AgentDesignation.objects.get()

    assert (row.principal, row.agent) == (towns.towns["20414"], towns.post_office_operator)
    assert [purpose.code for purpose in row.purposes.all()] == ["certificate_fee"]
    assert (row.starts_on, row.announced_on, row.ends_on) == (date(2024, 4, 1), date(2024, 4, 1), None)
    assert row.remuneration_per_case_yen == 150


def test_everything_is_marked_as_a_demo(towns):
    assert not Organisation.objects.filter(is_demo=False).exists()
    assert not Place.objects.filter(is_demo=False).exists()


def test_setting_up_again_changes_nothing(towns):
    models = (Organisation, Place, StoreCode, Enrolment, FeeItem, FeePrice, FeeOffer, Event)
    before = [model.objects.count() for model in models]

    again = set_up_demo(system_actor("test"), webhook_base_url="http://elsewhere")
    add_fee_schedules(again)

    assert [model.objects.count() for model in models] == before
    assert again.towns == find_demo().towns == towns.towns
    assert again.places == towns.places


def test_loading_the_reference_tables_again_changes_nothing(towns):
    before = load_reference()

    assert before == {"municipalities": 1_741, "purposes": Purpose.objects.count(), "services": 27}
    assert load_reference() == before
    assert Municipality.objects.get(code="10210").name == "富岡市"


def test_what_joined_the_demo_since_does_not_stand_for_what_it_was_set_up_with(towns):
    """Somebody who tries the demo may bring a post office, or another division of the village."""
    kinds = (("post_office", "後から加わった郵便局"), ("division", "後から加わった課"))
    for kind, name in kinds:
        register_place(
            actor=system_actor("test"),
            operator=towns.towns["20414"],
            kind=kind,
            name=name,
            name_en="Later",
            municipality_code="20414",
            purposes=["certificate_fee"],
            is_demo=True,
        )

    found = find_demo()

    assert (found.post_office, found.village_division) == (towns.post_office, towns.village_division)


def test_a_place_without_fee_items_has_no_till_in_a_demo_month(towns):
    """What joined by an application sells nothing yet: a month made up for it would have nothing to sum."""
    tills = demo_tills(date(2026, 10, 1))
    FeeOffer.objects.filter(place=towns.post_office).delete()

    left = demo_tills(date(2026, 10, 1))

    assert {till.place_id for till in tills} - {till.place_id for till in left} == {towns.post_office.id}
