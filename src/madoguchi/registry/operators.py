"""Whose payment service a customer's own code belongs to: the operators' digits (事業者識別コード), dated."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from madoguchi.core.errors import Refusal
from madoguchi.events.actions import record
from madoguchi.jpqr.cpm import MAX_OPERATOR_DIGITS
from madoguchi.people.access import Actor, require
from madoguchi.registry.models import OperatorCode, Service
from madoguchi.registry.queries import services_at
from madoguchi.registry.rules import in_force


def service_of_operator(code: str, day: date) -> Service | None:
    """The service that these digits stand for on `day`; None if they stand for none then."""
    rows = OperatorCode.objects.filter(code=code).select_related("service__provider")
    return next((row.service for row in rows if in_force(row, day)), None)


def operator_code_of(service: str, day: date) -> str:
    """The digits under which a service's codes are made on `day`, the latest begun; empty if there are none."""
    rows = OperatorCode.objects.filter(service_id=service).order_by("-starts_on", "code")
    return next((row.code for row in rows if in_force(row, day)), "")


def takes_shown_codes(code_id: UUID, day: date) -> bool:
    """Whether any service that a store code takes on `day` can be paid by a code that the customer shows."""
    rows = OperatorCode.objects.filter(service__in=services_at(code_id, day))
    return any(in_force(row, day) for row in rows)


@transaction.atomic
def add_operator_code(
    *, actor: Actor, code: str, service: Service, starts_on: date, ends_on: date | None = None, is_demo: bool = False
) -> OperatorCode:
    """Let the operator's digits `code` stand for `service` from `starts_on`, and up to `ends_on` if that is known.

    On no day may the same digits stand for two services: a customer's money would be asked of the wrong one.
    Raises Refusal `operator_code_wrong`, `period_wrong`, `operator_code_taken`.
    """
    require(actor, "office.write")
    if not (code.isascii() and code.isdigit() and len(code) <= MAX_OPERATOR_DIGITS):
        raise Refusal("operator_code_wrong", field="code")
    if ends_on is not None and ends_on < starts_on:
        raise Refusal("period_wrong", field="ends_on")
    ends_later = Q(ends_on=None) | Q(ends_on__gte=starts_on)
    begins_before = Q(starts_on__lte=ends_on) if ends_on else Q()
    taken = OperatorCode.objects.filter(ends_later, begins_before, code=code).select_related("service").first()
    if taken is not None:
        raise Refusal("operator_code_taken", service=taken.service.name)
    row = OperatorCode.objects.create(code=code, service=service, starts_on=starts_on, ends_on=ends_on, is_demo=is_demo)
    record(actor, "operator_code.added", f"service:{service.code}", code=code, starts_on=str(starts_on))
    return row


@transaction.atomic
def end_operator_code(*, actor: Actor, code: str, ends_on: date) -> OperatorCode:
    """Let these digits stand for their service up to `ends_on` and no longer.

    Raises Refusal `operator_code_unknown` if none of their rows is open on that day, `period_wrong` if the row begins
    later.
    """
    require(actor, "office.write")
    rows = OperatorCode.objects.select_for_update(of=("self",)).filter(code=code).order_by("-starts_on")
    row = rows.filter(Q(ends_on=None) | Q(ends_on__gt=ends_on)).first()
    if row is None:
        raise Refusal("operator_code_unknown", operator=code)
    if ends_on < row.starts_on:
        raise Refusal("period_wrong", field="ends_on")
    row.ends_on = ends_on
    row.save(update_fields=["ends_on"])
    record(actor, "operator_code.ended", f"service:{row.service_id}", code=code, ends_on=str(ends_on))
    return row
