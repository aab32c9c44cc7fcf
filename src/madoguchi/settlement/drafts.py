"""A payout as it would be closed now: its lines, fees and shares, worked out without writing anything."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from madoguchi.core.clock import jst_date
from madoguchi.registry.models import ProviderTerms
from madoguchi.settlement import rules
from madoguchi.settlement.facts import OpenFact, Target, open_facts


@dataclass(slots=True)
class Share:
    """Gross and fee of one division and item."""

    gross_yen: int = 0
    fee_yen: int = 0


@dataclass(frozen=True, slots=True)
class Draft:
    """What a period comes to. `fees_yen` goes beside `facts`; `shares` sum to payments less refunds, and to the fee."""

    provider: str
    principal_id: UUID
    terms: ProviderTerms
    closes_on: date
    due_on: date
    facts: list[OpenFact]
    fees_yen: list[int]
    shares: dict[Target, Share]
    sums: rules.Sums


def draft_payout(
    provider: str, principal_id: UUID, terms: ProviderTerms, closes_on: date, all_terms: list[ProviderTerms]
) -> Draft:
    """Work out the period that closes on `closes_on` from everything unsettled up to that day.

    A payment's fee follows the terms of its own day (those at the close, if none were in force), so that a refund
    gives back what was taken even after the terms changed.
    """
    facts = open_facts(provider, principal_id, closes_on)
    fees = _fees(facts, terms, all_terms)
    transfer_fee = rules.transfer_fee_due_yen(terms.transfer_fee_bearer, terms.transfer_fee_yen)
    return Draft(
        provider=provider,
        principal_id=principal_id,
        terms=terms,
        closes_on=closes_on,
        due_on=rules.due_day(closes_on, terms),
        facts=facts,
        fees_yen=fees,
        shares=_shares(facts, fees),
        sums=rules.sums_of(zip((fact.amount_yen for fact in facts), fees, strict=True), transfer_fee),
    )


def _fees(facts: list[OpenFact], at_close: ProviderTerms, all_terms: list[ProviderTerms]) -> list[int]:
    by_day: dict[date, ProviderTerms] = {}
    fees = [0] * len(facts)
    on_net: dict[int, tuple[ProviderTerms, list[int]]] = {}
    for position, fact in enumerate(facts):
        day = jst_date(fact.paid_at)
        terms = by_day.get(day) or by_day.setdefault(day, rules.terms_on(day, all_terms) or at_close)
        if terms.fee_basis == "payment":
            fees[position] = rules.line_fee_yen(fact.left_yen, fact.amount_yen, terms)
        else:
            on_net.setdefault(terms.pk, (terms, []))[1].append(position)
    for terms, positions in on_net.values():
        parts = rules.net_fee_lines([facts[position].amount_yen for position in positions], terms)
        for position, part in zip(positions, parts, strict=True):
            fees[position] = part
    return fees


def _shares(facts: list[OpenFact], fees: list[int]) -> dict[Target, Share]:
    shares: dict[Target, Share] = defaultdict(Share)
    charged: dict[UUID, int] = {}
    for fact, fee in zip(facts, fees, strict=True):
        if len(fact.targets) == 1:
            share = shares[fact.targets[0][0]]
            share.gross_yen += fact.amount_yen
            share.fee_yen += fee
        else:
            _share_out(shares, fact, charged.get(fact.payment_id, 0), fee)
        charged[fact.payment_id] = charged.get(fact.payment_id, 0) + fee
    return dict(shares)


def _share_out(shares: dict[Target, Share], fact: OpenFact, charged_here: int, fee: int) -> None:
    weights = [weight for _, weight in fact.targets]
    fee_before = fact.fee_before_yen + charged_here
    fee_parts = rules.parts_between(fee_before, fee_before + fee, weights)
    if fact.refund_id is None:
        gross_parts = weights
    else:
        # Reckoned on what was returned, as the ledger does, so that every division agrees with it to the yen.
        returned = fact.paid_yen - fact.left_yen
        gross_parts = [-part for part in rules.parts_between(returned, returned - fact.amount_yen, weights)]
    for (target, _), gross_part, fee_part in zip(fact.targets, gross_parts, fee_parts, strict=True):
        shares[target].gross_yen += gross_part
        shares[target].fee_yen += fee_part
