"""Reports of mistakes on published places: made by anybody, put right through the provider or the town (P-28)."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from madoguchi.core.clock import now
from madoguchi.core.errors import Refusal
from madoguchi.events.actions import record
from madoguchi.opendata.finder import find_place
from madoguchi.opendata.models import CorrectionReport
from madoguchi.people.access import Actor, require

MATTERS = ("services", "name", "address", "phone", "hours", "access", "closed", "other")
DECIDED = ("done", "declined")
# Whoever floods one place's reports fills nobody's screen: the office looks at the place once.
OPEN_A_PLACE = 20


@transaction.atomic
def report_mistake(*, actor: Actor, place_id: UUID, matter: str, text: str = "") -> CorrectionReport:
    """Keep what a reader says is wrong about a published place; anybody may (P-28).

    Raises Refusal `place_unknown`, `matter_unknown`, `reports_enough` while many about the place are still open.
    """
    place = find_place(place_id)
    if matter not in MATTERS:
        raise Refusal("matter_unknown", matter=matter)
    if CorrectionReport.objects.filter(place_id=place_id, state="open").count() >= OPEN_A_PLACE:
        raise Refusal("reports_enough")
    report = CorrectionReport.objects.create(
        place_id=place_id, place_name=place.name, matter=matter, text=text.strip()[:400], reported_at=now()
    )
    record(actor, "place.mistake_reported", report.id, place=str(place_id), matter=matter)
    return report


@transaction.atomic
def decide_report(*, actor: Actor, report_id: UUID, state: str, answer: str = "") -> CorrectionReport:
    """Write down what became of a report: `done` or `declined`. Raises Refusal `report_unknown`, `report_decided`."""
    require(actor, "opendata.write")
    report = CorrectionReport.objects.select_for_update().filter(id=report_id).first()
    if report is None or state not in DECIDED:
        raise Refusal("report_unknown")
    if report.state != "open":
        raise Refusal("report_decided")
    report.state, report.answer, report.decided_at, report.decided_by = state, answer, now(), str(actor)
    report.save(update_fields=["state", "answer", "decided_at", "decided_by"])
    record(actor, "place.report_decided", report.id, state=state)
    return report


def reports(actor: Actor, *, is_open: bool = True) -> QuerySet[CorrectionReport]:
    """The reports that wait, oldest first, or those decided, latest first. Raises Refusal `not_allowed`."""
    require(actor, "office.read")
    rows = CorrectionReport.objects.all()
    if is_open:
        return rows.filter(state="open").order_by("reported_at", "id")
    return rows.exclude(state="open").order_by("-decided_at", "id")
