"""Claims: drawn up from measured use and reported costs, proposed, approved by a second officer, paid (P-05)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Sum

from madoguchi.core.clock import now
from madoguchi.core.errors import Refusal
from madoguchi.events.actions import record, record_many
from madoguchi.people.access import Actor
from madoguchi.registry.models import Service
from madoguchi.rewards import deciding
from madoguchi.rewards.campaigns import locked
from madoguchi.rewards.computing import claims_of
from madoguchi.rewards.deciding import written
from madoguchi.rewards.models import Campaign, Claim, CostReport, PointsReport
from madoguchi.rewards.rules import (
    CLAIM_STATES,
    CLAIMED_STATES,
    Life,
    RewardClaim,
    fee_subsidy_yen,
    reward_claim,
    shared_yen,
)
from madoguchi.rewards.runs import last_approved
from madoguchi.rewards.telling import tell_claims_decided

Key = tuple[str, str, str, str]  # kind, provider, service or "", month


class Due(NamedTuple):
    """What is to be claimed for one service or provider and month, and from what it was reckoned."""

    kind: str
    provider: str
    service: str
    month: str
    yen: int
    basis: dict[str, Any]

    @property
    def key(self) -> Key:
        """What there may be one open claim of."""
        return self.kind, self.provider, self.service, self.month


def draw_up_claims(*, actor: Actor, campaign_id: UUID) -> list[Claim]:
    """Draw up what is due and not claimed yet; what was drawn up before and is due no longer is overtaken.

    Rewards are claimed on measured use, never on an estimate, and never more than the approved run grants: what it
    claws back becomes a claim below 0. Raises Refusal `run_not_approved` while no run of the campaign is.
    """
    with transaction.atomic():
        campaign = locked(actor, campaign_id)
        open_ones = {_key(claim): claim for claim in campaign.claims.filter(state__in=["drawn_up", "proposed"])}
        number = campaign.claims.aggregate(last=Max("number"))["last"] or 0
        new, kept = [], set()
        for due in dues_of(campaign):
            earlier = open_ones.get(due.key)
            if earlier is not None and earlier.state == "proposed":
                # What a second officer looks at does not change under their eyes; the rest follows afterwards.
                kept.add(due.key)
                continue
            if earlier is not None and (earlier.yen, earlier.basis) == (due.yen, due.basis):
                kept.add(due.key)
                continue
            if due.yen == 0:
                continue
            number += 1
            new.append(_claim(actor, campaign, due, number))
        _overtake([claim for key, claim in open_ones.items() if key not in kept and claim.state == "drawn_up"])
        Claim.objects.bulk_create(new, batch_size=500)
        record(actor, "claims.drawn_up", campaign.id, campaign=campaign.code, claims=len(new))
    return new


def propose_claims(*, actor: Actor, campaign_id: UUID, claim_ids: Iterable[UUID], reason: str = "") -> list[Claim]:
    """Propose claims to a second officer: all of them or, with a Refusal, none."""
    with transaction.atomic():
        claims = _locked(actor, campaign_id, claim_ids)
        for claim in claims:
            deciding.propose(actor, claim, CLAIM_STATES, reason)
        return _done(actor, claims, "claim.proposed")


def take_back_claims(*, actor: Actor, campaign_id: UUID, claim_ids: Iterable[UUID]) -> list[Claim]:
    """Take one's own proposals back. Raises Refusal `not_the_maker`, `step_not_possible`."""
    with transaction.atomic():
        claims = _locked(actor, campaign_id, claim_ids)
        for claim in claims:
            deciding.take_back(actor, claim, CLAIM_STATES, "drawn_up")
        return _done(actor, claims, "claim.taken_back")


def approve_claims(*, actor: Actor, campaign_id: UUID, claim_ids: Iterable[UUID]) -> list[Claim]:
    """Approve what somebody else proposed. Raises Refusal `checker_is_maker`, `step_not_possible`; then none is."""
    with transaction.atomic():
        claims = _locked(actor, campaign_id, claim_ids)
        for claim in claims:
            deciding.decide(actor, claim, CLAIM_STATES, "approved")
        tell_claims_decided(claims)
        return _done(actor, claims, "claim.approved")


def refuse_claims(*, actor: Actor, campaign_id: UUID, claim_ids: Iterable[UUID], reason: str) -> list[Claim]:
    """Decline what somebody else proposed, with a reason; it can be drawn up again."""
    with transaction.atomic():
        answer = written(reason)
        claims = _locked(actor, campaign_id, claim_ids)
        for claim in claims:
            deciding.decide(actor, claim, CLAIM_STATES, "refused", answer)
        tell_claims_decided(claims)
        return _done(actor, claims, "claim.refused")


def mark_paid(*, actor: Actor, campaign_id: UUID, claim_ids: Iterable[UUID], paid_on: date) -> list[Claim]:
    """Note that approved claims were paid, or paid back. Raises Refusal `step_not_possible`."""
    with transaction.atomic():
        claims = _locked(actor, campaign_id, claim_ids)
        for claim in claims:
            deciding.move(claim, CLAIM_STATES, "paid")
            claim.paid_on = paid_on
        tell_claims_decided(claims)
        return _done(actor, claims, "claim.paid")


def dues_of(campaign: Campaign) -> Iterator[Due]:
    """What is due beyond the claims made so far, for each service and month, then for fees and terminals.

    Raises Refusal `run_not_approved`.
    """
    run = last_approved(campaign)
    if run is None:
        raise Refusal("run_not_approved")
    granted = {(row["service_id"], row["month"]): row["granted_points"] for row in claims_of(run)}
    claimed = claimed_yen(campaign)
    providers = dict(Service.objects.values_list("code", "provider_id"))
    reports = reports_of(campaign)
    for (service, month), lives in sorted(reports.items()):
        key = ("reward", providers[service], service, month)
        before, most = claimed.get(key, 0), granted.get((service, month), 0)
        found = reward_claim(lives, before, most)
        yield Due(*key, found.points, _reward_basis(lives, found, before, most, run.number))
    for report in _last_costs(campaign):
        key = (report.kind, report.provider_id, "", report.month)
        yen, basis = _cost(campaign, report)
        before = claimed.get(key, 0)
        yield Due(*key, yen - before, {**basis, "claimed_before_yen": before})


def reports_of(campaign: Campaign) -> dict[tuple[str, str], list[Life]]:
    """The reports of each service and month, as the rules read them."""
    reports: dict[tuple[str, str], list[Life]] = defaultdict(list)
    for row in PointsReport.objects.filter(campaign=campaign).order_by("as_of"):
        reports[row.service_id, row.month].append(row.life)
    return reports


def claimed_yen(campaign: Campaign) -> dict[Key, int]:
    """What was claimed before, in claims that are not refused or overtaken."""
    rows = campaign.claims.filter(state__in=CLAIMED_STATES).values("kind", "provider_id", "service", "month")
    sums = rows.annotate(sum_yen=Sum("yen")).order_by()
    return {(row["kind"], row["provider_id"], row["service"], row["month"]): row["sum_yen"] for row in sums}


def _reward_basis(
    lives: Sequence[Life], found: RewardClaim, before: int, granted: int, run_number: int
) -> dict[str, Any]:
    basis: dict[str, Any] = {
        "run": run_number,
        "run_granted_points": granted,
        "claimed_before_points": before,
        "outstanding_points": found.outstanding_points,
        "is_final": found.is_final,
    }
    measured = [life for life in lives if not life.is_estimate]
    if measured:
        last = max(measured, key=lambda life: life.as_of)
        names = ("granted_points", "used_points", "expired_points", "returned_points")
        basis |= {"as_of": last.as_of.isoformat(), **{name: getattr(last, name) for name in names}}
    return basis


def _cost(campaign: Campaign, report: CostReport) -> tuple[int, dict[str, Any]]:
    if report.kind == "fee":
        facts = {"fee_yen": report.cost_yen, "takings_yen": report.basis_yen}
        return fee_subsidy_yen(report.cost_yen, report.basis_yen), facts
    state, provider = shared_yen(report.cost_yen, campaign.terminal_share_bps)
    shares = {"state_share_bps": campaign.terminal_share_bps, "provider_yen": provider}
    return state, {"terminals": report.count, "cost_yen": report.cost_yen, **shares}


def _last_costs(campaign: Campaign) -> list[CostReport]:
    last: dict[tuple[str, str, str], CostReport] = {}
    for row in CostReport.objects.filter(campaign=campaign).order_by("reported_at", "id"):
        last[row.kind, row.provider_id, row.month] = row
    return [last[key] for key in sorted(last)]


def _claim(actor: Actor, campaign: Campaign, due: Due, number: int) -> Claim:
    return Claim(
        campaign=campaign,
        provider_id=due.provider,
        service=due.service,
        number=number,
        kind=due.kind,
        month=due.month,
        yen=due.yen,
        basis=due.basis,
        state="drawn_up",
        drawn_up_by=str(actor),
        drawn_up_at=now(),
    )


def _key(claim: Claim) -> Key:
    return claim.kind, claim.provider_id, claim.service, claim.month


def _overtake(claims: Iterable[Claim]) -> None:
    for claim in claims:
        deciding.move(claim, CLAIM_STATES, "overtaken")
        claim.save()


def _locked(actor: Actor, campaign_id: UUID, claim_ids: Iterable[UUID]) -> list[Claim]:
    """The claims, in the order of their numbers. Raises Refusal `claims_missing`, `claim_unknown`."""
    campaign, wanted = locked(actor, campaign_id), set(claim_ids)
    found = campaign.claims.select_for_update(of=("self",)).select_related("provider", "campaign")
    claims = list(found.filter(id__in=wanted).order_by("number"))
    if not wanted:
        raise Refusal("claims_missing")
    if len(claims) != len(wanted):
        raise Refusal("claim_unknown")
    return claims


def _done(actor: Actor, claims: list[Claim], event: str) -> list[Claim]:
    for claim in claims:
        claim.save()
    record_many(actor, [(event, claim.id, {"number": claim.number, "yen": claim.yen}) for claim in claims])
    return claims
