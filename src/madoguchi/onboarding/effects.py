"""What a confirmed proposal does, and what must hold before it may be proposed: one pair of functions for each kind."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any
from uuid import UUID

from madoguchi.core.clock import now, today
from madoguchi.core.errors import Refusal
from madoguchi.events.actions import record
from madoguchi.events.bulk import update_rows
from madoguchi.onboarding import merging
from madoguchi.onboarding.answers import FORMULA_SIGNS, digits, plain
from madoguchi.onboarding.applications import lock_application, move
from madoguchi.onboarding.documents import schedule_deletion
from madoguchi.onboarding.kits import drop_orders_of
from madoguchi.onboarding.models import Application, ApplicationPlace, Item, Proposal
from madoguchi.onboarding.outgoing import tell_providers, write_to_applicant
from madoguchi.onboarding.places import FORMS, LENGTHS
from madoguchi.onboarding.registering import DESK, end_enrolments, register_application
from madoguchi.onboarding.rulebook import enter_rules, read_rules
from madoguchi.onboarding.screening import screen_now
from madoguchi.onboarding.states import AT_PROVIDERS
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
    application = lock_application(application_id)
    if application.state != "submitted":
        raise Refusal("application_not_submitted", state=application.state)
    if content.get("decision") not in ("accept", "refuse"):
        raise Refusal("field_wrong", field="decision")
    if content["decision"] == "refuse" and not reason.strip():
        raise Refusal("reason_missing", field="reason")
    if content["decision"] == "accept":
        # An officer may be faster than the worker.
        screen_now(application)
        if any(flag["stops"] for flag in application.flags):
            raise Refusal("application_stopped")


def _screen(actor: Actor, proposal: Proposal) -> None:
    _check_screening(proposal.content, proposal.reason, proposal.application_id)
    application = lock_application(proposal.application_id)
    application.decided_at = now()
    schedule_deletion(application, today())
    if proposal.content["decision"] == "refuse":
        move(application, "refused")
        submitted = application.items.filter(state="submitted")
        submitted.update(state="refused", reason=proposal.reason, changed_at=now())
        record(actor, "application.refused", application.id)
        write_to_applicant(application, "refused", text=proposal.reason)
        return
    move(application, "accepted")
    register_application(application)
    _settle(application, ["submitted"], "at_provider", "item.waiting")
    record(actor, "application.accepted", application.id)
    write_to_applicant(application, "accepted")


def _settle(application: Application, before: Collection[str], state: str, event: str, reason: str = "") -> None:
    """Take an application's items to a state and tell their providers, in a few statements however many."""
    found, at = list(application.items.filter(state__in=before).select_related("provider").order_by("id")), now()
    for item in found:
        # The one there is, rather than twenty thousand read anew.
        item.application = application
        item.state, item.changed_at, item.reason = state, at, reason
    update_rows(Item, ["state", "changed_at", "reason"], [(state, at, reason, item.id) for item in found])
    tell_providers(found, event)


# --- corrections (P-28) and class changes


def _check_correction(content: Content, reason: str, application_id: UUID | None) -> None:
    _place(content)
    changes = content.get("changes")
    if not isinstance(changes, dict) or not changes:
        raise Refusal("field_missing", field="changes")
    for name, value in changes.items():
        # What class a place is of is proposed as a change of class.
        if name not in CORRECTABLE or name == "place_class":
            raise Refusal("field_unknown", field=name)
        if not isinstance(value, str):
            raise Refusal("field_wrong", field=name)
        kept = _kept(name, value)
        if len(kept) > LENGTHS.get(name, 80) or (name in FORMS and kept and not FORMS[name].fullmatch(kept)):
            raise Refusal("field_wrong", field=name)
        if name not in FORMS and kept.startswith(FORMULA_SIGNS):
            raise Refusal("formula_in_cell", field=name)
        if name in {"name", "name_en"} and not kept:
            raise Refusal("field_missing", field=name)
    if not reason.strip():
        raise Refusal("reason_missing", field="reason")


def _kept(name: str, value: str) -> str:
    """A corrected value as it is kept, as if the applicant had written it."""
    kept: str = digits(value) if name in FORMS else plain(value)
    return kept


def _correct(actor: Actor, proposal: Proposal) -> None:
    changes = {name: _kept(name, value) for name, value in proposal.content["changes"].items()}
    _write_down(actor, _place(proposal.content), changes)


def _write_down(actor: Actor, place: ApplicationPlace, changes: Mapping[str, str]) -> None:
    """Change what is written of a place, also where it was applied for again (J-21), and tell its providers."""
    same = ApplicationPlace.objects.filter(id=place.id)
    if place.place_id is not None:
        same |= ApplicationPlace.objects.filter(place=place.place_id)
    ids = list(same.values_list("id", flat=True))
    ApplicationPlace.objects.filter(id__in=ids).update(**changes)
    if place.place_id is not None:
        correct_place(actor=DESK, place_id=place.place_id, changes=changes)
    # Only what was passed on: a provider knows of nothing else.
    items = Item.objects.filter(place__in=ids, state__in=AT_PROVIDERS).select_related("provider", "application")
    tell_providers(items.order_by("id"), "item.corrected")
    record(actor, "applied_place.corrected", place.id, fields=sorted(changes))


def _check_class(content: Content, reason: str, application_id: UUID | None) -> None:
    place = _place(content)
    wanted = content.get("place_class")
    if wanted not in PLACE_CLASSES or wanted == place.place_class:
        raise Refusal("field_wrong", field="place_class")


def _change_class(actor: Actor, proposal: Proposal) -> None:
    _check_class(proposal.content, proposal.reason, proposal.application_id)
    _write_down(actor, _place(proposal.content), {"place_class": proposal.content["place_class"]})


# --- cancellation


def _check_cancellation(content: Content, reason: str, application_id: UUID | None) -> None:
    application = lock_application(application_id)
    if application.state != "accepted":
        raise Refusal("application_not_accepted", state=application.state)
    if not reason.strip():
        raise Refusal("reason_missing", field="reason")


def _cancel(actor: Actor, proposal: Proposal) -> None:
    _check_cancellation(proposal.content, proposal.reason, proposal.application_id)
    application = lock_application(proposal.application_id)
    move(application, "cancelled")
    end_enrolments(application.items.filter(state="approved").select_related("place", "application"), today())
    _settle(application, ["approved"], "ended", "item.cancelled", proposal.reason)
    _settle(application, ["at_provider", "questions"], "withdrawn", "item.cancelled", proposal.reason)
    drop_orders_of(application)
    schedule_deletion(application, today())
    record(actor, "application.cancelled", application.id)
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


def _place(content: Content) -> ApplicationPlace:
    """The place that a proposal is about, its application locked first, as everybody does."""
    rows = ApplicationPlace.objects.filter(id=_uuid(content, "place"))
    application_id = rows.values_list("application_id", flat=True).first()
    if application_id is None:
        raise Refusal("applied_place_unknown")
    lock_application(application_id)
    found = rows.first()
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
