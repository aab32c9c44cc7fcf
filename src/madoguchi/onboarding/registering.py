"""What is approved becomes organisations, places, codes and enrolments: the path from the desk to the till."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from madoguchi.core.errors import Refusal
from madoguchi.core.ids import parse_id
from madoguchi.events.actions import record
from madoguchi.jpqr import JpqrError, StoreId, fit_name
from madoguchi.onboarding.kits import order_kit
from madoguchi.onboarding.models import Application, ApplicationPlace, Item
from madoguchi.people.access import Actor, require, system_actor
from madoguchi.registry.actions import assign_code, enrol, register_organisation, register_place
from madoguchi.registry.closing import close_code_without_services, end_enrolment
from madoguchi.registry.models import Organisation, Place, StoreCode

DESK = system_actor("onboarding")
# A store number of which level 1 is this belongs to no real store; level 2 keeps those made here apart (X: JPQR.md).
TEST_BRANCH = "0000000000001-0002-"
MCC_OF_KIND = {"division": "9399", "facility": "9399", "post_office": "9402", "vehicle": "4111", "shop": "5999"}
ORGANISATION_KIND = {"business": "shop"}


def register_application(application: Application) -> None:
    """Enter an accepted application's organisation and places in the registry, or find them there (J-22, J-21)."""
    if application.organisation is None:
        application.organisation = _organisation(application)
        application.save(update_fields=["organisation"])
    for place in application.places.filter(place=None).order_by("position"):
        place.place = _place(application.organisation, place, application.is_demo)
        place.save(update_fields=["place"])


def _organisation(application: Application) -> Organisation:
    known = Organisation.objects.none()
    if application.kind == "municipality":
        known = Organisation.objects.filter(kind="municipality", municipality=application.municipality)
    elif application.corporate_number:
        known = Organisation.objects.filter(corporate_number=application.corporate_number)
    if found := known.first():
        return found
    return register_organisation(
        actor=DESK,
        kind=ORGANISATION_KIND.get(application.kind, application.kind),
        name=application.name,
        name_en=application.name_en or application.name,
        municipality_code=application.municipality_id,
        corporate_number=application.corporate_number,
        is_demo=application.is_demo,
    )


def _place(organisation: Organisation, applied: ApplicationPlace, is_demo: bool) -> Place:
    # A place that is there under the same name is the same: it keeps its code and its history.
    known = organisation.places.filter(name=applied.name, municipality=applied.municipality, is_closed=False)
    if found := known.first():
        return found
    return register_place(
        actor=DESK,
        operator=organisation,
        kind=applied.kind,
        place_class=applied.place_class,
        name=applied.name,
        name_en=applied.name_en,
        municipality_code=applied.municipality_id,
        postal_code=applied.postal_code,
        address=applied.address,
        phone=applied.phone,
        purposes=applied.purposes,
        is_demo=is_demo,
    )


def code_of(applied: ApplicationPlace) -> StoreCode | None:
    """The code under which a place takes money for its applicant; None until the scheme's operator issued one."""
    if applied.place_id is None or applied.application.organisation_id is None:
        return None
    return StoreCode.objects.filter(place=applied.place_id, principal=applied.application.organisation_id).first()


def enrol_approved(item: Item) -> None:
    """Let an approved item's place take its service from its day, as soon as the place has a code.

    In a demo or sandbox a place without one gets a number of the test range; elsewhere it waits for the operator's.
    """
    place = item.place
    code = code_of(place) or (_test_code(place) if settings.DEMO else None)
    if code is None or item.starts_on is None:
        return
    enrol(actor=DESK, code=code, service=item.service, starts_on=item.starts_on)
    order_kit(place, "first")


def _test_code(applied: ApplicationPlace) -> StoreCode | None:
    last = StoreCode.objects.filter(store_id__startswith=TEST_BRANCH).aggregate(last=Max("store_id"))["last"]
    number = int(last[len(TEST_BRANCH) : len(TEST_BRANCH) + 6]) + 1 if last else 1
    return _assign(applied, f"{TEST_BRANCH}{number:06d}-000001")


def _assign(applied: ApplicationPlace, store_id: str) -> StoreCode:
    place, organisation = applied.place, applied.application.organisation
    if place is None or organisation is None:
        raise Refusal("applied_place_not_accepted")
    return assign_code(
        actor=DESK,
        place=place,
        principal=organisation,
        store_id=store_id,
        merchant_name=fit_name(applied.name_en or place.name_en),
        city=fit_name(applied.municipality.name_en.split()[0], 15),
        mcc=MCC_OF_KIND[applied.kind],
    )


@dataclass(frozen=True)
class IssuedNumber:
    """A store number as the scheme's operator issued it, for one place applied for. `row` is where it stood."""

    row: int
    place_id: str
    store_id: str


@dataclass(frozen=True)
class NumberFault:
    """Why a number was not taken."""

    row: int
    code: str
    value: str


def import_store_ids(*, actor: Actor, numbers: Iterable[IssuedNumber]) -> tuple[int, list[NumberFault]]:
    """Take store numbers in: how many were, and which were not and why. One bad row stops no other.

    Faults: `applied_place_unknown`, `applied_place_not_accepted`, `store_id_malformed`, `store_id_taken`,
    `place_has_number`. A number that a place has already is no fault: the same file may be read in twice.
    """
    require(actor, "office.write")
    taken, faults = 0, []
    for number in numbers:
        try:
            with transaction.atomic():
                taken += _import(actor, number)
        except Refusal as refusal:
            faults.append(NumberFault(number.row, refusal.code, number.store_id or number.place_id))
    return taken, faults


def _import(actor: Actor, number: IssuedNumber) -> int:
    try:
        StoreId.parse(number.store_id)
    except JpqrError as error:
        raise Refusal("store_id_malformed") from error
    applied = _applied(number.place_id)
    if held := code_of(applied):
        if held.store_id == number.store_id:
            return 0
        raise Refusal("place_has_number")
    code = _assign(applied, number.store_id)
    record(actor, "code.imported", applied.id, store_id=code.store_id)
    for item in applied.items.filter(state="approved").select_related("service__provider", "place__application"):
        enrol_approved(item)
    return 1


def _applied(text: str) -> ApplicationPlace:
    try:
        wanted = parse_id(text)
    except ValueError as error:
        raise Refusal("applied_place_unknown") from error
    rows = ApplicationPlace.objects.select_related("application__organisation", "place", "municipality")
    found = rows.filter(id=wanted).first()
    if found is None:
        raise Refusal("applied_place_unknown")
    return found


def end_enrolments(items: Iterable[Item], last_day: date) -> None:
    """End what was approved: each service at its place, and the code of a place that then takes none."""
    for item in items:
        code = code_of(item.place)
        if code is not None:
            end_enrolment(actor=DESK, code=code, service=item.service, ends_on=last_day)
            close_code_without_services(actor=DESK, code=code, day=last_day)
