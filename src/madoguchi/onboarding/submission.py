"""Sending an application: complete, the town's only one (J-22), its eligibility decided by the rules of the day."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Count

from madoguchi.core.clock import now, today
from madoguchi.core.errors import Refusal
from madoguchi.events.actions import record
from madoguchi.onboarding.applications import COLUMNS, account_of, locked, move, require_open
from madoguchi.onboarding.completeness import Draft, DraftPlace, Gap, gaps
from madoguchi.onboarding.documents import documents_missing
from madoguchi.onboarding.letters import write_to_applicant
from madoguchi.onboarding.models import Application, Document, Item
from madoguchi.onboarding.rulebook import decide_by_book
from madoguchi.onboarding.states import LIVE_APPLICATIONS
from madoguchi.people.access import Actor

# Documents of a draft that is never sent are not kept for longer than its applicant may need to come back.
KEEP_DRAFTS_DAYS = 90


def gaps_of(application: Application) -> tuple[Gap, ...]:
    """What an application still lacks, in the order of the pages."""
    account = account_of(application)
    applicant = {name: getattr(application, name) for name in COLUMNS}
    applicant |= {"municipality_code": application.municipality_id, **application.answers.get("applicant", {})}
    places = application.places.annotate(service_count=Count("items")).order_by("position")
    return gaps(
        Draft(
            kind=application.kind,
            applicant=applicant,
            business=application.answers.get("business", {}),
            account=account.model_dump() if account else {},
            places=[
                DraftPlace(
                    id=place.id,
                    name_en=place.name_en,
                    address=place.address,
                    place_class=place.place_class,
                    purposes=tuple(place.purposes),
                    service_count=place.service_count,
                )
                for place in places
            ],
            documents=documents_missing(application),
            consent=application.publication_consent,
        )
    )


def submit_application(*, actor: Actor, application_id: UUID) -> Application:
    """Send an application to the office; sent already, it stays as it is.

    Raises Refusal `application_incomplete` (with `missing`, how many, and the first `field`), `consent_refused`,
    `town_applied_already` (J-22, with its `reference`), `application_not_open`.
    """
    try:
        with transaction.atomic():
            application = locked(actor, application_id, "application.write")
            if application.state == "submitted":
                return application
            require_open(application)
            _require_complete(application)
            _require_only_one(application)
            return _submit(actor, application)
    except IntegrityError:
        # Another application of the town was sent in the same moment; by now it can be seen.
        _require_only_one(Application.objects.get(id=application_id))
        raise


def _require_complete(application: Application) -> None:
    if application.publication_consent is False:
        raise Refusal("consent_refused")
    if missing := gaps_of(application):
        raise Refusal("application_incomplete", count=len(missing), field=f"{missing[0].section}.{missing[0].field}")


def _require_only_one(application: Application) -> None:
    if application.kind != "municipality" or application.linked_to_id:
        return
    others = Application.objects.filter(
        kind="municipality",
        municipality=application.municipality_id,
        linked_to=None,
        state__in=LIVE_APPLICATIONS,
    )
    if other := others.exclude(id=application.id).first():
        raise Refusal("town_applied_already", reference=other.reference, day=other.submitted_at)


def _submit(actor: Actor, application: Application) -> Application:
    decision, version, facts = decide_by_book(application, today())
    application.decision = {
        "facts": facts.model_dump(mode="json"),
        "outcome": decision.outcome,
        "rules": list(decision.rules),
        "rate_bps": decision.rate_bps,
    }
    application.rule_version = version
    application.submitted_at = application.submitted_at or now()
    application.screened_at = None
    move(application, "submitted")
    Item.objects.filter(application=application, state="draft").update(state="submitted", changed_at=now())
    Document.objects.filter(application=application, delete_on__lt=today() + timedelta(days=KEEP_DRAFTS_DAYS)).update(
        delete_on=None
    )
    record(actor, "application.submitted", application.id, outcome=decision.outcome)
    write_to_applicant(application, "submitted")
    return application
