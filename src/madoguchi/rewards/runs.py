"""Runs: asked for, computed by the worker, looked at, approved by a second officer; differences are then published."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Max, Q

from madoguchi.core.clock import now, today
from madoguchi.core.errors import Refusal
from madoguchi.events.actions import record
from madoguchi.people.access import Actor
from madoguchi.rewards import deciding
from madoguchi.rewards.campaigns import locked
from madoguchi.rewards.computing import Computed, compute, computing
from madoguchi.rewards.deciding import require_office, written
from madoguchi.rewards.holding import keep_found
from madoguchi.rewards.models import Campaign, Run
from madoguchi.rewards.rules import RUN_STATES
from madoguchi.rewards.telling import tell_run_approved

log = structlog.get_logger("rewards")
SCHEDULED_EVERY = timedelta(days=1)


def ask_run(*, actor: Actor, campaign_id: UUID) -> Run:
    """Ask for a run; the worker computes it. One that was computed and not yet proposed is overtaken.

    Raises Refusal `campaign_not_approved`, `run_open` while another is waited for or decided on.
    """
    try:
        with transaction.atomic():
            campaign = locked(actor, campaign_id)
            if campaign.state != "approved":
                raise Refusal("campaign_not_approved", state=campaign.state)
            for earlier in campaign.runs.filter(state="computed"):
                deciding.move(earlier, RUN_STATES, "overtaken")
                earlier.save()
            last = campaign.runs.aggregate(last=Max("number"))["last"] or 0
            run = Run.objects.create(
                campaign=campaign,
                number=last + 1,
                base=last_approved(campaign),
                state="asked",
                asked_by=str(actor),
                asked_at=now(),
            )
            record(actor, "run.asked", run.id, campaign=campaign.code, number=run.number)
            return run
    except IntegrityError as error:
        raise Refusal("run_open") from error


def ask_due_runs(*, actor: Actor) -> int:
    """Ask for the run of the day of every campaign that is going on or was until lately; returns how many."""
    since = now() - SCHEDULED_EVERY
    going_on = Campaign.objects.filter(state="approved", starts_on__lte=today())
    busy = Run.objects.filter(Q(state__in=["asked", "proposed"]) | Q(asked_at__gt=since)).values("campaign")
    asked = 0
    for campaign in going_on.exclude(id__in=busy):
        try:
            ask_run(actor=actor, campaign_id=campaign.id)
        except Refusal as refusal:
            log.info("no run was asked for", campaign=campaign.code, reason=refusal.code)
            continue
        asked += 1
    return asked


def compute_asked(*, actor: Actor, limit: int = 1) -> int:
    """Compute runs that wait, the oldest first; returns how many. A refused input is told in the run's `failure`.

    One that another process computes is passed over; one whose process died is computed anew.
    """
    done = 0
    for run in Run.objects.select_related("campaign", "base").filter(state="asked").order_by("asked_at"):
        if done == limit:
            break
        with computing(run) as is_mine:
            if is_mine and Run.objects.filter(id=run.id, state="asked").exists():
                _compute(actor, run)
                done += 1
    return done


def is_any_asked() -> bool:
    """Whether a run waits to be computed, or is being computed."""
    return Run.objects.filter(state="asked").exists()


def propose_run(*, actor: Actor, run_id: UUID, reason: str = "") -> Run:
    """Propose a computed run to a second officer. Raises Refusal `run_unknown`, `step_not_possible`."""
    with transaction.atomic():
        run = _locked(actor, run_id)
        deciding.propose(actor, run, RUN_STATES, reason)
        return _done(actor, run, "run.proposed")


def take_back_run(*, actor: Actor, run_id: UUID) -> Run:
    """Take one's own proposal back. Raises Refusal `not_the_maker`, `step_not_possible`."""
    with transaction.atomic():
        run = _locked(actor, run_id)
        deciding.take_back(actor, run, RUN_STATES, "computed")
        return _done(actor, run, "run.taken_back")


def approve_run(*, actor: Actor, run_id: UUID) -> Run:
    """Approve what somebody else proposed: its differences to the approved run before it are published.

    Raises Refusal `checker_is_maker`, `step_not_possible`.
    """
    with transaction.atomic():
        run = _locked(actor, run_id)
        deciding.decide(actor, run, RUN_STATES, "approved")
        tell_run_approved(run)
        return _done(actor, run, "run.approved", granted_points=run.granted_points)


def refuse_run(*, actor: Actor, run_id: UUID, reason: str) -> Run:
    """Decline what somebody else proposed, with a reason. Raises Refusal `reason_missing`, `checker_is_maker`."""
    with transaction.atomic():
        run = _locked(actor, run_id)
        deciding.decide(actor, run, RUN_STATES, "refused", written(reason))
        return _done(actor, run, "run.refused", reason=run.answer)


def last_approved(campaign: Campaign) -> Run | None:
    """The run that counts."""
    return campaign.runs.filter(state="approved").order_by("-number").first()


def find_run(actor: Actor, run_id: UUID) -> Run:
    """A run to read. Raises Refusal `run_unknown`, `not_allowed`."""
    run = Run.objects.select_related("campaign", "base").filter(id=run_id).first()
    if run is None:
        raise Refusal("run_unknown")
    require_office(actor, run.campaign, "campaign.read")
    return run


def _compute(actor: Actor, run: Run) -> None:
    """Outside a transaction: an engine at work must not keep anybody waiting."""
    try:
        found = compute(run, *_decided_holds(run.campaign))
    except Refusal as refusal:
        _failed(actor, run, refusal)
    else:
        _finished(actor, run, found)


def _decided_holds(campaign: Campaign) -> tuple[list[str], list[str]]:
    """Payments that were released, and those that stay held: refused, or still to be decided on."""
    found: dict[bool, list[str]] = {True: [], False: []}
    for payment_id, state in campaign.holds.values_list("payment_id", "state"):
        found[state == "released"].append(payment_id)
    return found[True], found[False]


def _failed(actor: Actor, run: Run, refusal: Refusal) -> None:
    with transaction.atomic():
        run = Run.objects.select_for_update().get(id=run.id)
        deciding.move(run, RUN_STATES, "failed")
        run.failure = {"code": refusal.code, **{name: str(value) for name, value in refusal.details.items()}}
        _done(actor, run, "run.failed", reason=refusal.code)


def _finished(actor: Actor, run: Run, found: Computed) -> None:
    with transaction.atomic():
        run = Run.objects.select_for_update().select_related("campaign").get(id=run.id)
        deciding.move(run, RUN_STATES, "computed")
        keep_found(actor, run.campaign, found.suspicious)
        run.computed_at, run.figures = now(), found.figures
        run.report = {"counts": found.report.counts, "totals": found.report.totals, "seconds": found.report.seconds}
        run.report |= {"inputs": found.report.inputs, "versions": found.report.versions}
        run.granted_points = found.report.totals["granted_points"]
        run.changed_payments = found.difference.payments
        run.added_points = found.difference.added_points
        run.clawed_back_points = found.difference.clawed_back_points
        _done(actor, run, "run.computed", granted_points=run.granted_points)


def _locked(actor: Actor, run_id: UUID) -> Run:
    run = Run.objects.select_for_update(of=("self",)).select_related("campaign").filter(id=run_id).first()
    if run is None:
        raise Refusal("run_unknown")
    require_office(actor, run.campaign)
    return run


def _done(actor: Actor, run: Run, event: str, **facts: Any) -> Run:
    run.save()
    record(actor, event, run.id, campaign=run.campaign.code, number=run.number, **facts)
    return run
