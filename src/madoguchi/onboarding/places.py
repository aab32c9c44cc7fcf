"""The places of an application, and the services each shall take: one by one, or a whole sheet at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from madoguchi.core.clock import now
from madoguchi.core.errors import Refusal
from madoguchi.events.actions import record
from madoguchi.onboarding.answers import FORMULA_SIGNS, digits
from madoguchi.onboarding.applications import locked, require_open, require_version, touch
from madoguchi.onboarding.models import Application, ApplicationPlace, Item
from madoguchi.people.access import Actor
from madoguchi.registry.models import Municipality, Purpose, Service
from madoguchi.registry.rules import PLACE_CLASSES, PLACE_KINDS

MAX_PLACES = 10_000
LENGTHS: Mapping[str, int] = {
    "name": 80, "name_en": 160, "name_kana": 120, "address": 160, "phone": 20, "remarks": 200, "registration_id": 60,
}  # fmt: skip


@dataclass(frozen=True)
class PlaceFacts:
    """A place as its applicant names it; `services` are codes, `used_already` those of them in use there (J-23)."""

    name: str
    kind: str
    municipality_code: str
    name_en: str = ""
    name_kana: str = ""
    place_class: str = "fixed"
    postal_code: str = ""
    address: str = ""
    phone: str = ""
    purposes: tuple[str, ...] = ()
    remarks: str = ""
    registration_id: str = ""
    services: frozenset[str] = frozenset()
    used_already: frozenset[str] = frozenset()
    wished_on: date | None = None


@dataclass
class Known:
    """What a place may name: looked up once for however many places."""

    services: dict[str, str] = field(default_factory=dict)  # code: provider
    purposes: frozenset[str] = frozenset()
    municipalities: frozenset[str] = frozenset()

    @classmethod
    def load(cls) -> Known:
        return cls(
            dict(Service.objects.values_list("code", "provider_id")),
            frozenset(Purpose.objects.values_list("code", flat=True)),
            frozenset(Municipality.objects.values_list("code", flat=True)),
        )

    def require(self, facts: PlaceFacts) -> None:
        """Raise Refusal with the field at fault unless `facts` can be stored."""
        if not facts.name.strip():
            raise Refusal("field_missing", field="name")
        for name, longest in LENGTHS.items():
            text = getattr(facts, name)
            if len(text) > longest:
                raise Refusal("field_wrong", field=name)
            if name != "phone" and text.startswith(FORMULA_SIGNS):
                raise Refusal("formula_in_cell", field=name)
        if facts.kind not in PLACE_KINDS:
            raise Refusal("field_wrong", field="kind")
        if facts.place_class not in PLACE_CLASSES:
            raise Refusal("field_wrong", field="place_class")
        if facts.postal_code and not (facts.postal_code.isascii() and len(facts.postal_code) == 7):
            raise Refusal("field_wrong", field="postal_code")
        if facts.municipality_code not in self.municipalities:
            raise Refusal("municipality_unknown", field="municipality_code")
        if unknown := set(facts.purposes) - self.purposes:
            raise Refusal("purpose_unknown", field="purposes", purposes=", ".join(sorted(unknown)))
        if strange := sorted((facts.services | facts.used_already) - set(self.services)):
            raise Refusal("service_unknown", field="services", services=", ".join(strange))


def put_place(
    *,
    actor: Actor,
    application_id: UUID,
    facts: PlaceFacts,
    place_id: UUID | None = None,
    version: int | None = None,
) -> ApplicationPlace:
    """Add a place, or change the one named, with the services it shall take.

    Raises Refusal `application_unknown`, `application_not_open`, `application_changed_elsewhere`,
    `applied_place_unknown`, `too_many_places`, and with the field `field_missing`, `field_wrong`, `formula_in_cell`,
    `municipality_unknown`, `purpose_unknown`, `service_unknown`.
    """
    with transaction.atomic():
        application = locked(actor, application_id, "application.write")
        require_open(application)
        require_version(application, version)
        known = Known.load()
        known.require(facts)
        if place_id is None:
            place = insert_places(application, [facts], known)[0]
        else:
            place = _change(application, place_id, facts, known)
        touch(application)
        record(actor, "application.place_put", application.id, place=str(place.id), new=place_id is None)
    return place


def add_places(*, actor: Actor, application_id: UUID, places: Sequence[PlaceFacts]) -> list[ApplicationPlace]:
    """Add many places at once, all or none. Raises Refusal as `put_place`, with `position` from 0."""
    with transaction.atomic():
        application = locked(actor, application_id, "application.write")
        require_open(application)
        known = Known.load()
        for position, facts in enumerate(places):
            try:
                known.require(facts)
            except Refusal as refusal:
                raise Refusal(refusal.code, **{**refusal.details, "position": position}) from refusal
        made = insert_places(application, places, known)
        touch(application)
        record(actor, "application.places_added", application.id, count=len(made))
    return made


def remove_place(*, actor: Actor, application_id: UUID, place_id: UUID) -> None:
    """Take a place out of an application. Raises Refusal `applied_place_unknown`, `application_not_open`."""
    with transaction.atomic():
        application = locked(actor, application_id, "application.write")
        require_open(application)
        gone, _ = ApplicationPlace.objects.filter(application=application, id=place_id).delete()
        if not gone:
            raise Refusal("applied_place_unknown")
        touch(application)
        record(actor, "application.place_removed", application.id, place=str(place_id))


def choose_services(
    *, actor: Actor, application_id: UUID, services: Iterable[str], version: int | None = None
) -> Application:
    """Let every place of the application take exactly these services. Raises Refusal `service_unknown`."""
    wanted = frozenset(services)
    with transaction.atomic():
        application = locked(actor, application_id, "application.write")
        require_open(application)
        require_version(application, version)
        known = Known.load()
        if unknown := wanted - set(known.services):
            raise Refusal("service_unknown", field="services", services=", ".join(sorted(unknown)))
        for place in application.places.all():
            _set_services(place, PlaceFacts("", "", "", services=wanted), known)
        touch(application)
        record(actor, "application.services_chosen", application.id, services=sorted(wanted))
    return application


def insert_places(application: Application, places: Sequence[PlaceFacts], known: Known) -> list[ApplicationPlace]:
    """Rows of checked places behind those there are; three statements, however many. Raises `too_many_places`."""
    last = application.places.aggregate(last=Max("position"))["last"] or 0
    if last + len(places) > MAX_PLACES:
        raise Refusal("too_many_places", limit=MAX_PLACES)
    rows = [
        ApplicationPlace(application=application, position=last + offset, **_columns(facts))
        for offset, facts in enumerate(places, start=1)
    ]
    ApplicationPlace.objects.bulk_create(rows, batch_size=500)
    items = [
        _item(row, service, facts, known)
        for row, facts in zip(rows, places, strict=True)
        for service in sorted(facts.services)
    ]
    Item.objects.bulk_create(items, batch_size=500)
    return rows


def _item(place: ApplicationPlace, service: str, facts: PlaceFacts, known: Known) -> Item:
    return Item(
        application_id=place.application_id,
        place=place,
        service_id=service,
        provider_id=known.services[service],
        state="draft",
        is_used_already=service in facts.used_already,
        wished_on=facts.wished_on,
        changed_at=now(),
    )


def _columns(facts: PlaceFacts) -> dict[str, object]:
    return {
        "name": facts.name.strip(),
        "name_en": facts.name_en,
        "name_kana": facts.name_kana,
        "kind": facts.kind,
        "place_class": facts.place_class,
        "municipality_id": facts.municipality_code,
        "postal_code": facts.postal_code,
        "address": facts.address,
        "phone": digits(facts.phone),
        "purposes": list(facts.purposes),
        "remarks": facts.remarks,
        "registration_id": facts.registration_id,
    }


def _change(application: Application, place_id: UUID, facts: PlaceFacts, known: Known) -> ApplicationPlace:
    place = ApplicationPlace.objects.filter(application=application, id=place_id).first()
    if place is None:
        raise Refusal("applied_place_unknown")
    for name, value in _columns(facts).items():
        setattr(place, name, value)
    place.save()
    _set_services(place, facts, known)
    return place


def _set_services(place: ApplicationPlace, facts: PlaceFacts, known: Known) -> None:
    held = {item.service_id: item for item in place.items.all()}
    place.items.filter(service__in=set(held) - facts.services, state="draft").delete()
    for service in sorted(facts.services):
        if service not in held:
            _item(place, service, facts, known).save()
        elif facts.used_already or facts.wished_on:
            item = held[service]
            item.is_used_already, item.wished_on = service in facts.used_already, facts.wished_on
            item.save(update_fields=["is_used_already", "wished_on"])
