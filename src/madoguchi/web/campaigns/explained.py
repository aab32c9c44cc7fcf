"""Why one payment earned what it did, row by row."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from madoguchi.core.errors import Refusal
from madoguchi.engine.rewards.explaining import Explanation, explain
from madoguchi.engine.rewards.explaining_words import Language, sentence
from madoguchi.people.access import Actor, may
from madoguchi.registry.models import StoreCode
from madoguchi.rewards.campaigns import terms_of
from madoguchi.rewards.computing import ENROLMENTS, RESULTS, SERVICES, folder_of
from madoguchi.rewards.enrolled import stores_of
from madoguchi.rewards.lake import lake
from madoguchi.rewards.models import Campaign, PaymentsFile, Run
from madoguchi.rewards.published import service_names
from madoguchi.rewards.runs import last_approved
from madoguchi.web import refusals
from madoguchi.web.campaigns.desk import opened, page
from madoguchi.web.edges import Page, signed_in
from madoguchi.web.templatetags.madoguchi import is_english

LONGEST_ID = 80


@require_GET
@never_cache
@signed_in
def payment(request: Page, code: str) -> HttpResponse:
    """`?id=` names the payment, in the last approved run."""
    campaign = opened(request, code)
    run = last_approved(campaign)
    wanted = request.GET.get("id", "").strip()[:LONGEST_ID]
    facts: dict[str, Any] = {"wanted": wanted, "run": run, "services": service_names()}
    if run and wanted:
        try:
            found = explained(campaign, run, wanted)
            _require_concerned(request.actor, campaign, found)
        except Refusal as refusal:
            facts["refusal"] = refusals.sentence(refusal)
            return page(request, "payment.html", campaign, "payment", facts, status=refusals.status_of(refusal.code))
        facts |= {"found": found, "steps": steps_of(found), "may_see_holds": True}
        facts["hold"] = campaign.holds.filter(payment_id=str(found.payment_id)).first()
    return page(request, "payment.html", campaign, "payment", facts)


def _require_concerned(actor: Actor, campaign: Campaign, found: Explanation) -> None:
    """A town may look at payments of its own shops: providers' files hold those of others, too.

    Raises Refusal `payment_not_in_run`, as of one that is not there.
    """
    if may(actor, "office.read") or str(found.store_id) in stores_of(campaign):
        return
    places = StoreCode.objects.filter(store_id=str(found.store_id))
    own = campaign.owner.municipality_id if campaign.owner else None
    if own is None or not places.filter(place__municipality=own).exists():
        raise Refusal("payment_not_in_run", payment_id=str(found.payment_id))


def steps_of(found: Explanation) -> list[tuple[str, str]]:
    """Each step in the reader's language, with the requirement it comes from."""
    language: Language = "en" if is_english() else "ja"
    return [(sentence(step, language), step.requirement) for step in found.steps]


def explained(campaign: Campaign, run: Run, payment_id: str) -> Explanation:
    """A payment of a run, from the very files that the run read.

    Raises Refusal `payment_not_in_run` and those of `engine.rewards.explaining`.
    """
    folder = folder_of(run)
    read = {one["sha256"] for one in run.report["inputs"] if one["role"] == "payments"}
    files = PaymentsFile.objects.filter(sha256__in=read).order_by("received_at")
    paths = dict.fromkeys(lake() / row.path for row in files)
    return explain(
        results=folder / RESULTS,
        payment_id=payment_id,
        payments=list(paths),
        enrolments=folder / ENROLMENTS,
        services=folder / SERVICES,
        campaign=terms_of(campaign),
    )
