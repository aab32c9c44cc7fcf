"""What a confirmed proposal does, and what must hold before it may be proposed: one pair of functions for each kind."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from madoguchi.core.clock import now, today
from madoguchi.core.errors import Refusal
from madoguchi.events.actions import record
from madoguchi.onboarding import merging
from madoguchi.onboarding.answers import FORMULA_SIGNS
from madoguchi.onboarding.applications import move
from madoguchi.onboarding.documents import schedule_deletion
from madoguchi.onboarding.kits import drop_orders
from madoguchi.onboarding.letters import tell_provider, write_to_applicant
from madoguchi.onboarding.models import Application, ApplicationPlace, Proposal
from madoguchi.onboarding.places import LENGTHS
from madoguchi.onboarding.registering import DESK, end_enrolments, register_application
from madoguchi.onboarding.rulebook import enter_rules, read_rules
from madoguchi.people.access import Actor
from madoguchi.registry.closing import CORRECTABLE, correct_place
from madoguchi.registry.rules import PLACE_CLASSES

Content = Mapping[str, Any]


def check(kind: str, content: Content, reason: str, application_id: UUID | None) -> None:
    """Raise Refusal unless a proposal of this kind makes sense as things stand."""
    if kind not in EFFECTS:
        raise Refusal("field_wrong", field="kind")
    CHECKS[kind](content, reason, application_id)


# --- screening: accept or refuse an application


def _check_screening(content: Content, reason: str, application_id: UUID | None) -> None:
    application = _application(application_id)
    if application.state != "submitted":
        raise Refusal("application_not_submitted", state=application.state)
    if content.get("decision") not in {"accept", "refuse"}:
        raise Refusal("field_wrong", field="decision")
    if content["decision"] == "refuse" and not reason.strip():
        raise Refusal("reason_missing", field="reason")
    if content["decision"] == "accept" and any(flag["stops"] for flag in application.flags):
        raise Refusal("application_stopped")


def _screen(actor: Actor, proposal: Proposal) -> None:
    application = _application(proposal.application_id)
    _check_screening(proposal.content, proposal.reason, application.id)
    application.decided_at = now()
    schedule_deletion(application, today())
    items = application.items.select_related("provider", "application").filter(state="submitted")
    if proposal.content["decision"] == "refuse":
        move(application, "refused")
        items.update(state="refused", reason=proposal.reason, changed_at=now())
        write_to_applicant(application, "refused", text=proposal.reason)
        return
    move(application, "accepted")
    register_application(application)
    for item in items:
        item.state, item.changed_at = "at_provider", now()
        item.save(update_fields=["state", "changed_at"])
        tell_provider(item, "item.waiting")
    write_to_applicant(application, "accepted")


# --- corrections (P-28) and class changes


def _check_correction(content: Content, reason: str, application_id: UUID | None) -> None:
    _place(content)
    changes = content.get("changes")
    if not isinstance(changes, dict) or not changes:
        raise Refusal("field_missing", field="changes")
    for name, value in changes.items():
        if name not in CORRECTABLE:
            raise Refusal("field_unknown", field=name)
        if not isinstance(value, str) or len(value) > LENGTHS.get(name, 80):
            raise Refusal("field_wrong", field=name)
        if name != "phone" and value.startswith(FORMULA_SIGNS):
            raise Refusal("formula_in_cell", field=name)
    if "name" in changes and not changes["name"].strip():
        raise Refusal("field_missing", field="name")
    if not reason.strip():
        raise Refusal("reason_missing", field="reason")


def _correct(actor: Actor, proposal: Proposal) -> None:
    place = _place(proposal.content)
    changes = proposal.content["changes"]
    for name, value in changes.items():
        setattr(place, name, value)
    place.save(update_fields=list(changes))
    if place.place_id is not None:
        correct_place(actor=DESK, place_id=place.place_id, changes=changes)
    for item in place.items.select_related("provider", "application").exclude(state__in=("draft", "withdrawn")):
        tell_provider(item, "item.corrected")
    record(actor, "applied_place.corrected", place.id, fields=sorted(changes))


def _check_class(content: Content, reason: str, application_id: UUID | None) -> None:
    place = _place(content)
    wanted = content.get("place_class")
    if wanted not in PLACE_CLASSES or wanted == place.place_class:
        raise Refusal("field_wrong", field="place_class")


def _change_class(actor: Actor, proposal: Proposal) -> None:
    _check_class(proposal.content, proposal.reason, proposal.application_id)
    proposal.content = {**proposal.content, "changes": {"place_class": proposal.content["place_class"]}}
    _correct(actor, proposal)


# --- cancellation


def _check_cancellation(content: Content, reason: str, application_id: UUID | None) -> None:
    application = _application(application_id)
    if application.state != "accepted":
        raise Refusal("application_not_accepted", state=application.state)
    if not reason.strip():
        raise Refusal("reason_missing", field="reason")


def _cancel(actor: Actor, proposal: Proposal) -> None:
    application = _application(proposal.application_id)
    _check_cancellation(proposal.content, proposal.reason, application.id)
    move(application, "cancelled")
    items = application.items.select_related("service", "provider", "application", "place__application", "place__place")
    approved = list(items.filter(state="approved"))
    end_enrolments(approved, today())
    for item in [*approved, *items.filter(state__in=("at_provider", "questions"))]:
        item.state = "ended" if item.state == "approved" else "withdrawn"
        item.reason, item.changed_at = proposal.reason, now()
        item.save(update_fields=["state", "reason", "changed_at"])
        tell_provider(item, "item.cancelled")
    for place in application.places.all():
        drop_orders(place)
    schedule_deletion(application, today())
    write_to_applicant(application, "cancelled", text=proposal.reason)


# --- rules, merges


def _check_rules(content: Content, reason: str, application_id: UUID | None) -> None:
    read_rules(json.dumps(dict(content)))
    if not reason.strip():
        raise Refusal("reason_missing", field="reason")


def _enter_rules(actor: Actor, proposal: Proposal) -> None:
    enter_rules(actor=actor, content=proposal.content)


def _check_merge(content: Content, reason: str, application_id: UUID | None) -> None:
    merging.check_merge(_uuid(content, "kept"), _uuid(content, "other"))


def _merge(actor: Actor, proposal: Proposal) -> None:
    merging.merge(actor, _uuid(proposal.content, "kept"), _uuid(proposal.content, "other"))


def _check_unmerge(content: Content, reason: str, application_id: UUID | None) -> None:
    merging.check_unmerge(_uuid(content, "other"))
    if not reason.strip():
        raise Refusal("reason_missing", field="reason")


def _unmerge(actor: Actor, proposal: Proposal) -> None:
    merging.unmerge(actor, _uuid(proposal.content, "other"))


def _application(application_id: UUID | None) -> Application:
    found = Application.objects.select_for_update().filter(id=application_id).first() if application_id else None
    if found is None:
        raise Refusal("application_unknown")
    return found


def _place(content: Content) -> ApplicationPlace:
    rows = ApplicationPlace.objects.select_related("application").select_for_update(of=("self",))
    found = rows.filter(id=_uuid(content, "place")).first()
    if found is None:
        raise Refusal("applied_place_unknown")
    return found


def _uuid(content: Content, name: str) -> UUID:
    try:
        return UUID(str(content.get(name, "")))
    except ValueError as error:
        raise Refusal("field_wrong", field=name) from error


CHECKS: Mapping[str, Callable[[Content, str, UUID | None], None]] = {
    "screening": _check_screening,
    "correction": _check_correction,
    "class_change": _check_class,
    "cancellation": _check_cancellation,
    "rules": _check_rules,
    "merge": _check_merge,
    "unmerge": _check_unmerge,
}
EFFECTS: Mapping[str, Callable[[Actor, Proposal], None]] = {
    "screening": _screen,
    "correction": _correct,
    "class_change": _change_class,
    "cancellation": _cancel,
    "rules": _enter_rules,
    "merge": _merge,
    "unmerge": _unmerge,
}
