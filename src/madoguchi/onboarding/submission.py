"""Sending an application: complete, the town's only one (J-22), its eligibility decided by the rules of the day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Count

from madoguchi.core.clock import now, today
from madoguchi.core.errors import Refusal
from madoguchi.events.actions import record
from madoguchi.onboarding.applications import COLUMNS, account_of, locked, move, require_open
from madoguchi.onboarding.completeness import Draft, DraftPlace, Gap, gaps
from madoguchi.onboarding.documents import documents_missing
from madoguchi.onboarding.linked import require_not_taken
from madoguchi.onboarding.models import Application, ApplicationPlace, Item
from madoguchi.onboarding.outgoing import write_to_applicant
from madoguchi.onboarding.rulebook import decide_by_book
from madoguchi.onboarding.states import LIVE_APPLICATIONS
from madoguchi.people.access import Actor


def gaps_of(application: Application) -> tuple[Gap, ...]:
    """What an application still lacks, in the order of the pages."""
    places = application.places.annotate(service_count=Count("items")).order_by("position")
    # Of ten thousand places only what is asked for: whole rows take half as long again. Without `application` Django
    # would fetch it for each.
    places = places.only("application", "name_en", "address", "place_class", "purposes")
    counted = [(place, place.service_count) for place in places]
    return gaps_among(application, counted, documents_missing(application))


def gaps_among(
    application: Application,
    places: Iterable[tuple[ApplicationPlace, int]],
    documents: Sequence[tuple[str, str]],
) -> tuple[Gap, ...]:
    """What an application with these places, each with its number of services, and these missing documents lacks."""
    account = account_of(application)
    applicant = {name: getattr(application, name) for name in COLUMNS}
    applicant |= {"municipality_code": application.municipality_id, **application.answers.get("applicant", {})}
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
                    service_count=service_count,
                )
                for place, service_count in places
            ],
            documents=documents,
            consent=application.publication_consent,
        )
    )


def submit_application(*, actor: Actor, application_id: UUID) -> Application:
    """Send an application to the office; sent already, it stays as it is.

    Raises Refusal `application_incomplete` (with `count`, how many things, and the first `field`), `consent_refused`,
    `town_applied_already` (J-22, with its `reference`), `service_taken_already`, `application_not_open`.
    """
    try:
        with transaction.atomic():
            application = locked(actor, application_id, "application.write")
            if application.state == "submitted":
                return application
            require_open(application)
            # Kept from now on: none falls due between being counted here and being sent.
            application.documents.filter(deleted_at=None).update(delete_on=None)
            _require_complete(application)
            require_only_one(application)
            _require_not_taken(application)
            return _submit(actor, application)
    except IntegrityError:
        # Another application of the town was sent in the same moment; by now it can be seen.
        require_only_one(Application.objects.get(id=application_id))
        raise


def _require_complete(application: Application) -> None:
    if application.publication_consent is False:
        raise Refusal("consent_refused")
    if missing := gaps_of(application):
        raise Refusal("application_incomplete", count=len(missing), field=f"{missing[0].section}.{missing[0].field}")


def require_only_one(application: Application) -> None:
    """Raise Refusal `town_applied_already` if the town sent another (J-22); what is linked may stand beside it."""
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


def _require_not_taken(application: Application) -> None:
    """Look again at what was chosen: meanwhile another application of the same applicant may have been sent (J-21)."""
    chosen: dict[UUID, list[str]] = defaultdict(list)
    for place_id, service in application.items.values_list("place_id", "service_id"):
        chosen[place_id].append(service)
    places = application.places.order_by("position")
    require_not_taken(application, [(place, chosen[place.id]) for place in places])


def judge(application: Application) -> None:
    """Decide on eligibility by the rules of the day, and note that it was sent; nothing is saved."""
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


def _submit(actor: Actor, application: Application) -> Application:
    judge(application)
    move(application, "submitted")
    Item.objects.filter(application=application, state="draft").update(state="submitted", changed_at=now())
    record(actor, "application.submitted", application.id, outcome=(application.decision or {})["outcome"])
    write_to_applicant(application, "submitted")
    return application
