"""The demo's towns: the published pilots (M-08) and a village whose post office takes its fees (H-07), set up to try.

Places and purposes are the published facts; prices, terms, rates and designations here are examples, marked as demo.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import transaction

from madoguchi.people.access import Actor
from madoguchi.registry.actions import (
    assign_code,
    designate_agent,
    enrol,
    register_organisation,
    register_place,
)
from madoguchi.registry.loading import table
from madoguchi.registry.models import (
    Municipality,
    OperatorCode,
    Organisation,
    PilotRecord,
    Place,
    Provider,
    ProviderTerms,
    Service,
    SigningKey,
    StoreCode,
)
from madoguchi.registry.operators import add_operator_code
from madoguchi.registry.signing import issue_signing_key

STARTS_ON = date(2020, 6, 1)
YASUOKA = "20414"
DEMO_SERVICES = ("paypay", "line_pay", "au_pay")
TOWN_MCC = "9399"
MUSEUM_MCC = "7991"
TEST_LEVEL_1 = "0000000000001"
# Digits of a test range of our own (99999…) by which tills know the codes that the demo's customers show.
TEST_OPERATORS = {"paypay": "99999001", "line_pay": "99999002", "au_pay": "99999003"}
POSTAL_CODES = {"20403": "3993193", "23302": "4700198", "10210": "3702392", YASUOKA: "3991895"}

# Example terms: three providers that differ in everything the platform must handle.
TERMS = {
    "paypay": {
        "fee_bps": 160,
        "fee_rounding": "down",
        "fee_basis": "payment",
        "closing_cycle": "month_end",
        "payout_months_after": 1,
        "payout_day_of_month": 15,
        "payer_name_kana": "ペイペイ",
    },
    "line_pay": {
        "fee_bps": 245,
        "fee_rounding": "half_up",
        "fee_basis": "payout",
        "closing_cycle": "half_month",
        "payout_days_after": 10,
        "transfer_fee_yen": 220,
        "transfer_fee_bearer": "principal",
        "payer_name_kana": "ラインペイ",
    },
    "au_pay": {
        "fee_bps": 198,
        "fee_rounding": "up",
        "fee_basis": "payment",
        "closing_cycle": "day",
        "payout_days_after": 2,
        "payer_name_kana": "エーユーペイ",
    },
}


@dataclass
class DemoRegistry:
    """What was set up, for the rooms above to add prices and users to."""

    towns: dict[str, Organisation]
    places: list[Place]
    post_office: Place
    post_office_operator: Organisation
    village_division: Place


@transaction.atomic
def set_up_demo(actor: Actor, *, webhook_base_url: str) -> DemoRegistry:
    """Set up the ten pilot places, the village and its post office; what is there already stays as it is."""
    _set_up_operators(actor)
    if Organisation.objects.filter(is_demo=True).exists():
        set_up_signing_keys(actor)
        return find_demo()
    for code, terms in TERMS.items():
        Provider.objects.filter(code=code).update(webhook_url=f"{webhook_base_url}/webhooks/{code}")
        ProviderTerms.objects.create(provider_id=code, starts_on=STARTS_ON, **terms)
    towns: dict[str, Organisation] = {}
    places = []
    for number, row in enumerate(table("pilots_2020.csv"), start=1):
        town = _town(actor, towns, row["municipality_code"])
        place = register_place(
            actor=actor,
            operator=town,
            kind=row["kind"],
            name=row["place"],
            name_en=row["place_en"],
            municipality_code=row["municipality_code"],
            postal_code=POSTAL_CODES[row["municipality_code"]],
            purposes=row["purposes"].split(";"),
            is_demo=True,
        )
        PilotRecord.objects.create(
            place=place, payment_company=row["payment_company"], certainty=row["payment_company_certainty"]
        )
        mcc = MUSEUM_MCC if "admission_fee" in row["purposes"] else TOWN_MCC
        _open_code(actor, place, town, number, mcc)
        places.append(place)
    office, division = _set_up_village(actor, _town(actor, towns, YASUOKA))
    set_up_signing_keys(actor)
    return DemoRegistry(towns, places, office, office.operator, division)


def _set_up_operators(actor: Actor) -> None:
    """Digits by which tills know the demo's codes; also in a demo that was set up before there were any."""
    known = set(OperatorCode.objects.filter(is_demo=True).values_list("code", flat=True))
    for service in Service.objects.filter(code__in=TEST_OPERATORS).order_by("code"):
        if (digits := TEST_OPERATORS[service.code]) not in known:
            add_operator_code(actor=actor, code=digits, service=service, starts_on=STARTS_ON, is_demo=True)


def set_up_signing_keys(actor: Actor) -> None:
    """A key for everyone whose codes the demo has, once: where one was ended since, that stays so."""
    signing = SigningKey.objects.values("organisation")
    principals = Organisation.objects.filter(is_demo=True, codes__isnull=False).exclude(id__in=signing).distinct()
    for principal in principals.order_by("id"):
        issue_signing_key(actor=actor, organisation_id=principal.id)


def _set_up_village(actor: Actor, village: Organisation) -> tuple[Place, Place]:
    """The post office that takes the village's certificate fees (H-07), and the division they belong to."""
    division = register_place(
        actor=actor,
        operator=village,
        kind="division",
        name="泰阜村役場 住民福祉課",
        name_en="Yasuoka Village Office: Resident Welfare Division",
        municipality_code=YASUOKA,
        postal_code=POSTAL_CODES[YASUOKA],
        purposes=["certificate_fee"],
        is_demo=True,
    )
    operator = register_organisation(
        actor=actor,
        kind="post_office_operator",
        name="郵便局（泰阜村・デモ）",
        name_en="Post office operator (Yasuoka, demo)",
        is_demo=True,
    )
    office = register_place(
        actor=actor,
        operator=operator,
        kind="post_office",
        name="泰阜村の郵便局 窓口（デモ）",
        name_en="Post office counter in Yasuoka (demo)",
        municipality_code=YASUOKA,
        postal_code=POSTAL_CODES[YASUOKA],
        purposes=["certificate_fee"],
        is_demo=True,
    )
    # One place, two principals: each has its own code, because each is paid to its own account (J-27, J-28).
    _open_code(actor, office, village, 11, TOWN_MCC)
    _open_code(actor, office, operator, 12, "5331")
    designate_agent(
        actor=actor,
        principal=village,
        agent=operator,
        purposes=["certificate_fee"],
        starts_on=date(2024, 4, 1),
        announced_on=date(2024, 4, 1),
        announcement="令和6年告示（デモ）",
        remuneration_per_case_yen=150,
    )
    return office, division


def find_demo() -> DemoRegistry:
    """The demo as it was set up."""
    towns = Organisation.objects.filter(is_demo=True, kind="municipality").select_related("municipality")
    places = Place.objects.filter(is_demo=True).select_related("operator", "municipality")
    # The first: somebody who tries the demo may have added more of the kind by an application.
    office = places.filter(kind="post_office").order_by("id")[0]
    return DemoRegistry(
        towns={town.municipality.code: town for town in towns if town.municipality},
        places=list(places.filter(pilot__isnull=False).order_by("id")),
        post_office=office,
        post_office_operator=office.operator,
        village_division=places.filter(municipality_id=YASUOKA, kind="division").order_by("id")[0],
    )


def _town(actor: Actor, towns: dict[str, Organisation], code: str) -> Organisation:
    if code not in towns:
        municipality = Municipality.objects.get(code=code)
        towns[code] = register_organisation(
            actor=actor,
            kind="municipality",
            name=f"{municipality.prefecture}{municipality.name}",
            name_en=f"{municipality.name_en}, {municipality.prefecture_en}",
            municipality_code=code,
            is_demo=True,
        )
    return towns[code]


def _open_code(actor: Actor, place: Place, principal: Organisation, number: int, mcc: str) -> StoreCode:
    code = assign_code(
        actor=actor,
        place=place,
        principal=principal,
        store_id=f"{TEST_LEVEL_1}-0001-{number:06d}-000001",
        merchant_name=place.name_en[:25].strip(),
        city=place.municipality.name_en.split()[0][:15],
        mcc=mcc,
    )
    for service in Service.objects.filter(code__in=DEMO_SERVICES).select_related("provider"):
        enrol(actor=actor, code=code, service=service, starts_on=STARTS_ON)
    return code
