"""Writing who and where: organisations, places, codes, enrolments, designations, terms and keys."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max

from madoguchi.core.clock import now
from madoguchi.core.errors import Refusal
from madoguchi.events.actions import record, send_later
from madoguchi.people.access import Actor, require
from madoguchi.people.rules import Scope
from madoguchi.registry import rules
from madoguchi.registry.models import (
    AgentDesignation,
    ApiKey,
    Enrolment,
    Organisation,
    Place,
    Provider,
    Purpose,
    Service,
    StoreCode,
)
from madoguchi.registry.queries import place_row

# Any number that nothing else locks: the advisory lock under which codes change.
CODE_CHANGES = 1_027_001


@transaction.atomic
def register_organisation(
    *,
    actor: Actor,
    kind: str,
    name: str,
    name_en: str,
    municipality_code: str | None = None,
    corporate_number: str = "",
    is_demo: bool = False,
) -> Organisation:
    """Register an organisation; a town is registered once (J-22).

    Raises Refusal `town_registered_already`, `corporate_number_wrong`.
    """
    require(actor, "office.write")
    if corporate_number and not rules.is_corporate_number(corporate_number):
        raise Refusal("corporate_number_wrong", field="corporate_number")
    if kind == "municipality" and Organisation.objects.filter(kind=kind, municipality_id=municipality_code).exists():
        raise Refusal("town_registered_already", municipality=municipality_code)
    organisation = Organisation.objects.create(
        kind=kind,
        name=name,
        name_en=name_en,
        municipality_id=municipality_code,
        corporate_number=corporate_number,
        is_demo=is_demo,
    )
    record(actor, "organisation.registered", organisation.id, kind=kind)
    return organisation


@transaction.atomic
def register_place(
    *,
    actor: Actor,
    operator: Organisation,
    kind: str,
    name: str,
    name_en: str,
    municipality_code: str,
    purposes: Iterable[str],
    place_class: str = "fixed",
    postal_code: str = "",
    address: str = "",
    phone: str = "",
    parent: Place | None = None,
    is_demo: bool = False,
) -> Place:
    """Register a place with its purposes (M-09). Raises Refusal `purpose_unknown`."""
    require(actor, "registry.write", Scope(principal_id=operator.id))
    named = purposes_named(purposes)
    place = Place.objects.create(
        operator=operator,
        parent=parent,
        kind=kind,
        place_class=place_class,
        name=name,
        name_en=name_en,
        municipality_id=municipality_code,
        postal_code=postal_code,
        address=address,
        phone=phone,
        is_demo=is_demo,
    )
    place.purposes.set(named)
    record(actor, "place.registered", place.id, operator=str(operator.id))
    return place


@transaction.atomic
def assign_code(
    *, actor: Actor, place: Place, principal: Organisation, store_id: str, merchant_name: str, city: str, mcc: str
) -> StoreCode:
    """Give a place the store identifier under which it takes money for `principal`.

    Raises Refusal `store_id_taken`.
    """
    require(actor, "registry.write", Scope(principal_id=principal.id))
    take_turn()
    if StoreCode.objects.filter(store_id=store_id).exists():
        raise Refusal("store_id_taken", store_id=store_id)
    code = StoreCode.objects.create(
        store_id=store_id,
        place=place,
        principal=principal,
        merchant_name=merchant_name,
        city=city,
        mcc=mcc,
        change_number=next_change_number(),
        changed_at=now(),
    )
    record(actor, "code.assigned", code.id, place=str(place.id), principal=str(principal.id), store_id=store_id)
    return code


@transaction.atomic
def enrol(*, actor: Actor, code: StoreCode, service: Service, starts_on: date) -> Enrolment:
    """Let `code` take `service` from `starts_on`; the provider hears of it by webhook and by its cursor.

    A code that was closed because it took none any more opens again, and so does an enrolment of the same first day.
    """
    require(actor, "registry.write", Scope(principal_id=code.principal_id))
    take_turn()
    enrolment, created = Enrolment.objects.get_or_create(code=code, service=service, starts_on=starts_on)
    if not created and enrolment.ends_on is None:
        return enrolment
    if enrolment.ends_on is not None:
        enrolment.ends_on = None
        enrolment.save(update_fields=["ends_on"])
    if code.is_closed:
        code.is_closed = False
        code.save(update_fields=["is_closed"])
        record(actor, "code.reopened", code.id)
    mark_changed(code)
    record(actor, "enrolment.started", code.id, service=service.code, starts_on=str(starts_on))
    if service.provider.webhook_url:
        send_later(service.provider_id, "place.changed", code.id, place_row(code, service.provider_id))
    return enrolment


@transaction.atomic
def designate_agent(
    *,
    actor: Actor,
    principal: Organisation,
    agent: Organisation,
    purposes: Iterable[str],
    starts_on: date,
    announced_on: date | None,
    announcement: str,
    remuneration_per_case_yen: int,
) -> AgentDesignation:
    """Record that `agent` may take the named revenues for `principal` (指定公金事務取扱者, H-07).

    Raises Refusal `purpose_unknown`.
    """
    require(actor, "registry.write", Scope(principal_id=principal.id))
    named = purposes_named(purposes)
    designation = AgentDesignation.objects.create(
        principal=principal,
        agent=agent,
        starts_on=starts_on,
        announced_on=announced_on,
        announcement=announcement,
        remuneration_per_case_yen=remuneration_per_case_yen,
    )
    designation.purposes.set(named)
    record(actor, "agent.designated", designation.id, principal=str(principal.id), agent=str(agent.id))
    return designation


@transaction.atomic
def end_designation(*, actor: Actor, designation_id: UUID, ends_on: date) -> AgentDesignation:
    """End a designation; from the day after, the agent's tills refuse that revenue."""
    designation = AgentDesignation.objects.select_for_update().get(id=designation_id)
    require(actor, "registry.write", Scope(principal_id=designation.principal_id))
    designation.ends_on = ends_on
    designation.save(update_fields=["ends_on"])
    record(actor, "agent.designation_ended", designation.id, ends_on=str(ends_on))
    return designation


@transaction.atomic
def issue_key(*, actor: Actor, provider: Provider, direction: str, secret: str | None = None) -> ApiKey:
    """Issue a further shared secret; earlier ones hold until they are revoked, so that keys can be rotated."""
    require(actor, "office.write")
    key = ApiKey.objects.create(
        key_id=f"{provider.code}-{direction}-{secrets.token_hex(4)}",
        provider=provider,
        direction=direction,
        secret=secret or secrets.token_urlsafe(32),
        created_at=now(),
    )
    record(actor, "key.issued", f"provider:{provider.code}", key_id=key.key_id, direction=direction)
    return key


@transaction.atomic
def revoke_key(*, actor: Actor, key_id: str) -> ApiKey:
    """End a key; requests signed with it are refused from now on. Raises Refusal `key_unknown`."""
    require(actor, "office.write")
    key = ApiKey.objects.select_for_update().filter(key_id=key_id).first()
    if key is None:
        raise Refusal("key_unknown", key_id=key_id)
    if key.revoked_at is None:
        key.revoked_at = now()
        key.save(update_fields=["revoked_at"])
        record(actor, "key.revoked", f"provider:{key.provider_id}", key_id=key_id)
    return key


def purposes_named(codes: Iterable[str]) -> list[Purpose]:
    """The purposes with these codes. Raises Refusal `purpose_unknown`."""
    wanted = set(codes)
    found = list(Purpose.objects.filter(code__in=wanted))
    if unknown := wanted - {purpose.code for purpose in found}:
        raise Refusal("purpose_unknown", purposes=", ".join(sorted(unknown)))
    return found


def take_turn() -> None:
    """Wait until nobody else is changing codes; the turn lasts until the caller's transaction ends.

    Changes get their numbers in the order in which they are committed, so that a provider's cursor passes over none.
    To be taken before a code is locked: whoever has the turn may need that very code. SQLite writes one at a time.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CODE_CHANGES])


def mark_changed(code: StoreCode) -> None:
    """Number a change of a code, so that providers' cursors come upon it."""
    take_turn()
    code.change_number = next_change_number()
    code.changed_at = now()
    code.save(update_fields=["change_number", "changed_at"])


def next_change_number() -> int:
    """The number of the next change of a code; its caller has the turn."""
    last: dict[str, Any] = StoreCode.objects.aggregate(last=Max("change_number"))
    return int(last["last"] or 0) + 1
