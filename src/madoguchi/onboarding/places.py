"""The places of an application, and the services each shall take: one by one, or a whole sheet at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Max

from madoguchi.core.clock import now
from madoguchi.core.errors import Refusal
from madoguchi.events.actions import record
from madoguchi.onboarding.answers import FORMULA_SIGNS, PHONE, POSTAL_CODE, digits, plain
from madoguchi.onboarding.applications import locked, require_open, require_version, touch
from madoguchi.onboarding.linked import require_not_taken, services_taken
from madoguchi.onboarding.models import Application, ApplicationPlace, Item
from madoguchi.people.access import Actor
from madoguchi.registry.models import Municipality, Purpose, Service
from madoguchi.registry.rules import PLACE_CLASSES, PLACE_KINDS

MAX_PLACES = 10_000
LENGTHS: Mapping[str, int] = {
    "name": 80, "name_en": 160, "name_kana": 120, "address": 160, "phone": 20, "remarks": 200, "registration_id": 60,
}  # fmt: skip
FORMS: Mapping[str, re.Pattern[str]] = {"phone": PHONE, "postal_code": POSTAL_CODE}
# Of a place that is in the registry these are corrected there, through its providers (P-28).
REGISTERED = ("name", "name_en", "kind", "place_class", "municipality_id", "postal_code", "address", "phone")


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
    def load(cls, municipalities: Iterable[str] | None = None) -> Known:
        """All of them, or of the country's municipalities those named only."""
        towns = Municipality.objects.all()
        if municipalities is not None:
            towns = towns.filter(code__in=set(municipalities))
        return cls(
            dict(Service.objects.values_list("code", "provider_id")),
            frozenset(Purpose.objects.values_list("code", flat=True)),
            frozenset(towns.values_list("code", flat=True)),
        )

    def require_all(self, places: Sequence[PlaceFacts]) -> None:
        """Raise Refusal with the `position` from 0 of the first place that cannot be stored."""
        for position, facts in enumerate(places):
            try:
                self.require(facts)
            except Refusal as refusal:
                raise Refusal(refusal.code, **{**refusal.details, "position": position}) from refusal

    def require(self, facts: PlaceFacts) -> None:
        """Raise Refusal with the field at fault unless `facts` can be stored."""
        kept = tidied(facts)
        if not kept.name:
            raise Refusal("field_missing", field="name")
        for name, longest in LENGTHS.items():
            text = getattr(kept, name)
            if len(text) > longest:
                raise Refusal("field_wrong", field=name)
            if name != "phone" and text.startswith(FORMULA_SIGNS):
                raise Refusal("formula_in_cell", field=name)
        if kept.kind not in PLACE_KINDS:
            raise Refusal("field_wrong", field="kind")
        if kept.place_class not in PLACE_CLASSES:
            raise Refusal("field_wrong", field="place_class")
        for name, form in FORMS.items():
            text = getattr(kept, name)
            if text and not form.fullmatch(text):
                raise Refusal("field_wrong", field=name)
        if facts.municipality_code not in self.municipalities:
            raise Refusal("municipality_unknown", field="municipality_code")
        if unknown := set(facts.purposes) - self.purposes:
            raise Refusal("purpose_unknown", field="purposes", purposes=", ".join(sorted(unknown)))
        if strange := sorted((facts.services | facts.used_already) - set(self.services)):
            raise Refusal("service_unknown", field="services", services=", ".join(strange))


def tidied(facts: PlaceFacts) -> PlaceFacts:
    """A place's facts as they are kept: no control characters nor spaces at the ends, of numbers the digits only."""
    texts = {name: plain(getattr(facts, name)) for name in LENGTHS}
    return replace(facts, **{**texts, **{name: digits(getattr(facts, name)) for name in FORMS}})


def put_place(
    *,
    actor: Actor,
    application_id: UUID,
    facts: PlaceFacts,
    place_id: UUID | None = None,
    version: int | None = None,
) -> ApplicationPlace:
    """Add a place, or change the one named, with the services it shall take.

    With `version`, only if nobody saved something else meanwhile; putting the same again is no change, so that a
    request whose answer was lost can be sent once more.
    Raises Refusal `application_unknown`, `application_not_open`, `application_changed_elsewhere`,
    `applied_place_unknown`, `applied_place_registered`, `too_many_places`, `service_taken_already`, and with the field
    `field_missing`, `field_wrong`, `formula_in_cell`, `municipality_unknown`, `purpose_unknown`, `service_unknown`.
    """
    with transaction.atomic():
        application = locked(actor, application_id, "application.write")
        require_open(application)
        known = Known.load([facts.municipality_code])
        known.require(facts)
        is_repeated = version is not None and version != application.version
        if (place_id or is_repeated) and (there := _as_it_is(application, place_id, facts)):
            return there
        require_version(application, version)
        if place_id is None:
            place = insert_places(application, [facts], known)[0]
        else:
            place = _change(application, place_id, facts, known)
        touch(application)
        record(actor, "application.place_put", application.id, place=str(place.id), new=place_id is None)
    return place


def _as_it_is(application: Application, place_id: UUID | None, facts: PlaceFacts) -> ApplicationPlace | None:
    """The place named, or any of the application, that is just as `facts` have it already."""
    columns = _columns(facts)
    wanted = {service: (service in facts.used_already, facts.wished_on) for service in facts.services}
    rows = application.places.filter(id=place_id) if place_id else application.places.filter(name=columns["name"])
    for place in rows.order_by("position"):
        held = {item.service_id: (item.is_used_already, item.wished_on) for item in place.items.all()}
        if held == wanted and all(getattr(place, name) == value for name, value in columns.items()):
            return place
    return None


def add_places(
    *, actor: Actor, application_id: UUID, places: Sequence[PlaceFacts], version: int | None = None
) -> list[ApplicationPlace]:
    """Add many places at once, all or none. Raises Refusal as `put_place`, with `position` from 0."""
    with transaction.atomic():
        application = locked(actor, application_id, "application.write")
        require_open(application)
        require_version(application, version)
        known = Known.load()
        known.require_all(places)
        made = insert_places(application, places, known)
        touch(application)
        record(actor, "application.places_added", application.id, count=len(made))
    return made


def remove_place(*, actor: Actor, application_id: UUID, place_id: UUID) -> None:
    """Take a place out of an application.

    Raises Refusal `applied_place_unknown`, `application_not_open`, `merged_already` while it stands for others (P-29).
    """
    with transaction.atomic():
        application = locked(actor, application_id, "application.write")
        require_open(application)
        place = application.places.filter(id=place_id).first()
        if place is None:
            raise Refusal("applied_place_unknown")
        if place.merged.exists():
            raise Refusal("merged_already")
        place.delete()
        touch(application)
        record(actor, "application.place_removed", application.id, place=str(place_id))


def choose_services(
    *, actor: Actor, application_id: UUID, services: Iterable[str], version: int | None = None
) -> Application:
    """Let every place of the application take exactly these services, beside those it takes already (J-21).

    Raises Refusal `service_unknown`, and `service_taken_already` if every place takes all of them.
    """
    wanted = frozenset(services)
    with transaction.atomic():
        application = locked(actor, application_id, "application.write")
        require_open(application)
        require_version(application, version)
        known = Known.load()
        if unknown := wanted - set(known.services):
            raise Refusal("service_unknown", field="services", services=", ".join(sorted(unknown)))
        # Three statements however many places: one by one, ten thousand would take minutes.
        items = Item.objects.filter(application=application)
        wishes = dict(items.exclude(wished_on=None).values_list("place_id", "wished_on"))
        items.filter(state="draft").exclude(service__in=wanted).delete()
        held = set(items.values_list("place_id", "service_id"))
        places = list(application.places.all())
        taken = services_taken(application, places)
        if wanted and places and all(wanted <= of_place for of_place in taken):
            raise Refusal("service_taken_already", field="services", services=", ".join(sorted(wanted)))
        missing = [
            _item(place, service, PlaceFacts("", "", "", wished_on=wishes.get(place.id)), known)
            for place, of_place in zip(places, taken, strict=True)
            for service in sorted(wanted - of_place)
            if (place.id, service) not in held
        ]
        Item.objects.bulk_create(missing, batch_size=500)
        touch(application)
        record(actor, "application.services_chosen", application.id, services=sorted(wanted))
    return application


def insert_places(application: Application, places: Sequence[PlaceFacts], known: Known) -> list[ApplicationPlace]:
    """Rows of checked places behind those there are; a few statements, however many.

    Raises Refusal `too_many_places`, `service_taken_already` with the place's `position` from 0.
    """
    there = application.places.aggregate(last=Max("position"), count=Count("id"))
    if there["count"] + len(places) > MAX_PLACES:
        raise Refusal("too_many_places", limit=MAX_PLACES)
    rows, items = rows_of(application, places, known, there["last"] or 0)
    require_not_taken(application, [(row, facts.services) for row, facts in zip(rows, places, strict=True)])
    ApplicationPlace.objects.bulk_create(rows, batch_size=500)
    Item.objects.bulk_create(items, batch_size=500)
    return rows


def rows_of(
    application: Application, places: Sequence[PlaceFacts], known: Known, last: int = 0
) -> tuple[list[ApplicationPlace], list[Item]]:
    """Checked places and their items, unsaved, behind position `last`. Raises Refusal `too_many_places`."""
    if len(places) > MAX_PLACES:
        raise Refusal("too_many_places", limit=MAX_PLACES)
    rows = [
        ApplicationPlace(application=application, position=last + offset, **_columns(facts))
        for offset, facts in enumerate(places, start=1)
    ]
    items = [
        _item(row, service, facts, known)
        for row, facts in zip(rows, places, strict=True)
        for service in sorted(facts.services)
    ]
    return rows, items


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
    kept = tidied(facts)
    return {
        **{name: getattr(kept, name) for name in (*LENGTHS, "kind", "place_class", "postal_code")},
        "municipality_id": kept.municipality_code,
        "purposes": list(kept.purposes),
    }


def _change(application: Application, place_id: UUID, facts: PlaceFacts, known: Known) -> ApplicationPlace:
    place = application.places.filter(id=place_id).first()
    if place is None:
        raise Refusal("applied_place_unknown")
    columns = _columns(facts)
    if place.place_id is not None and (other := [name for name in REGISTERED if getattr(place, name) != columns[name]]):
        raise Refusal("applied_place_registered", field=other[0].removesuffix("_id"))
    for name, value in columns.items():
        setattr(place, name, value)
    place.save()
    _set_services(place, facts, known)
    return place


def _set_services(place: ApplicationPlace, facts: PlaceFacts, known: Known) -> None:
    held = {item.service_id: item for item in place.items.all()}
    require_not_taken(place.application, [(place, facts.services - set(held))])
    place.items.filter(service__in=set(held) - facts.services, state="draft").delete()
    for service in sorted(facts.services):
        if service not in held:
            _item(place, service, facts, known).save()
        else:
            item = held[service]
            item.is_used_already, item.wished_on = service in facts.used_already, facts.wished_on
            item.save(update_fields=["is_used_already", "wished_on"])
