"""What is approved becomes organisations, places, codes and enrolments: the path from the desk to the till."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from madoguchi.core.errors import Refusal
from madoguchi.core.ids import parse_id
from madoguchi.events.actions import record
from madoguchi.events.bulk import update_rows
from madoguchi.jpqr import JpqrError, StoreId, fit_name
from madoguchi.onboarding import merging
from madoguchi.onboarding.kits import order_kit_for_service
from madoguchi.onboarding.linked import family_of
from madoguchi.onboarding.models import Application, ApplicationPlace, Item
from madoguchi.people.access import Actor, may, require, system_actor
from madoguchi.people.rules import Scope
from madoguchi.registry.actions import assign_code, enrol, register_organisation, take_turn
from madoguchi.registry.closing import end_services
from madoguchi.registry.models import Enrolment, Organisation, Place, StoreCode
from madoguchi.registry.places import NewPlace, register_places

DESK = system_actor("onboarding")
# A store number of which level 1 is this belongs to no real store; level 2 keeps those made here apart (X: JPQR.md).
# Whoever issues store numbers signs its requests as providers do, with keys under this code.
SCHEME_OPERATOR = "jpqr_scheme"
TEST_BRANCH = "0000000000001-0002-"
MCC_OF_KIND = {"division": "9399", "facility": "9399", "post_office": "9402", "vehicle": "4111", "shop": "5999"}
ORGANISATION_KIND = {"business": "shop"}


def register_application(application: Application) -> None:
    """Enter an accepted application's organisation and places in the registry, or find them there (J-22, J-21).

    A few statements however many places: whoever else writes waits meanwhile.
    """
    if application.organisation is None:
        application.organisation = _organisation(application)
        application.save(update_fields=["organisation"])
    organisation = application.organisation
    waiting = list(application.places.filter(place=None).select_related("merged_into").order_by("position"))
    used = set(application.places.exclude(place=None).values_list("place_id", flat=True))
    known = _known_places(organisation)
    new: list[ApplicationPlace] = []
    for applied in waiting:
        alike = known[applied.name, applied.municipality_id]
        applied.place = next((place for place in alike if _is(place, applied, used)), None)
        if applied.place is None:
            new.append(applied)
        else:
            used.add(applied.place.id)
    made = register_places(
        actor=DESK, operator=organisation, places=[_entry(applied) for applied in new], is_demo=application.is_demo
    )
    for applied, place in zip(new, made, strict=True):
        applied.place = place
    update_rows(ApplicationPlace, ["place_id"], [(applied.place_id, applied.id) for applied in waiting])
    for applied in application.places.exclude(merged_into=None):
        merging.join_entries(DESK, applied)
    for applied in ApplicationPlace.objects.filter(merged_into__application=application):
        merging.join_entries(DESK, applied)


def _organisation(application: Application) -> Organisation:
    known = Organisation.objects.none()
    if application.kind == "municipality":
        known = Organisation.objects.filter(kind="municipality", municipality=application.municipality)
    elif application.corporate_number:
        # A town is registered by its own application only: whoever gives its number is not the town for that.
        known = Organisation.objects.filter(corporate_number=application.corporate_number).exclude(kind="municipality")
    else:
        # Without a number (a sole proprietor) its other applications say who it is (J-21, J-28).
        others = family_of(application)
        known = Organisation.objects.filter(applications__in=others)
    if found := known.order_by("id").first():
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


def _known_places(organisation: Organisation) -> dict[tuple[str, str], list[Place]]:
    """The organisation's places by name and municipality."""
    known: dict[tuple[str, str], list[Place]] = defaultdict(list)
    for place in organisation.places.filter(is_closed=False).order_by("id"):
        known[place.name, place.municipality_id].append(place)
    return known


def _is(place: Place, applied: ApplicationPlace, used: Collection[UUID]) -> bool:
    """Whether a place of the same name in the same town is the one applied for: it keeps its code and its history.

    Two of one application are two, and so are two at different addresses; places entered long ago have none.
    """
    is_elsewhere = place.address and applied.address and place.address != applied.address
    return place.id not in used and not is_elsewhere


def _entry(applied: ApplicationPlace) -> NewPlace:
    return NewPlace(
        kind=applied.kind,
        place_class=applied.place_class,
        name=applied.name,
        name_en=applied.name_en,
        municipality_code=applied.municipality_id,
        postal_code=applied.postal_code,
        address=applied.address,
        phone=applied.phone,
        purposes=tuple(applied.purposes),
    )


def code_of(applied: ApplicationPlace) -> StoreCode | None:
    """The code under which a place takes money for its applicant; None until the scheme's operator issued one."""
    if applied.place_id is None or applied.application.organisation_id is None:
        return None
    return StoreCode.objects.filter(place=applied.place_id, principal=applied.application.organisation_id).first()


def enrol_approved(item: Item) -> None:
    """Let an approved item's place take its service from its day, as soon as the place has a code.

    A service in use there already (J-23) goes on as it is. In a demo or sandbox a place without a code gets a number
    of the test range; elsewhere it waits for the operator's.
    """
    # A code that is being imported in this moment is seen here, or its import sees this approval: never neither.
    take_turn()
    place = item.place
    code = code_of(place) or (_test_code(place) if settings.DEMO else None)
    if code is None or item.starts_on is None:
        return
    # One that ends, if only today, does not go on: its place was cancelled, and joins anew.
    going_on = Enrolment.objects.filter(code=code, service=item.service_id, starts_on__lte=item.starts_on, ends_on=None)
    if not going_on.exists():
        enrol(actor=DESK, code=code, service=item.service, starts_on=item.starts_on)
    # What hangs on the counter is that of the place that stands for this one (P-30).
    order_kit_for_service(merging.resolve(place.id))


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
    if not may(actor, "office.write"):
        require(actor, "provider.write", Scope(provider=SCHEME_OPERATOR))
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
    take_turn()
    applied = _applied(number.place_id)
    if held := code_of(applied):
        if held.store_id == number.store_id:
            return 0
        raise Refusal("place_has_number")
    code = _assign(applied, number.store_id)
    record(actor, "code.imported", applied.id, store_id=code.store_id)
    # Also what was approved for the same place by a further application of its organisation (J-21).
    same = Item.objects.filter(place__place=applied.place_id, application__organisation=code.principal_id)
    approved = same.filter(state="approved").select_related("service__provider", "place__application")
    for item in approved.order_by("id"):
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
    by_place: dict[tuple[UUID, UUID], set[str]] = defaultdict(set)
    for item in items:
        principal_id = item.application.organisation_id
        if item.place.place_id is not None and principal_id is not None:
            by_place[item.place.place_id, principal_id].add(item.service_id)
    take_turn()
    principals = {principal_id for _, principal_id in by_place}
    codes = StoreCode.objects.filter(principal__in=principals).values_list("id", "place_id", "principal_id")
    ending = [
        (code_id, service)
        for code_id, place_id, principal_id in codes
        for service in by_place.get((place_id, principal_id), ())
    ]
    end_services(actor=DESK, ending=ending, ends_on=last_day)
