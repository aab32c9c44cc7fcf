"""Closing periods: what each provider owes each principal, and moving the shares of payments matched later."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet, Sum

from madoguchi.core.clock import jst_date, now, today
from madoguchi.core.errors import Refusal
from madoguchi.events.actions import record
from madoguchi.events.bulk import insert_rows
from madoguchi.ledger import rules as books
from madoguchi.ledger.actions import Entry, post, post_many
from madoguchi.ledger.queries import postings_about
from madoguchi.people.access import Actor, organisations_where
from madoguchi.registry.models import ProviderTerms
from madoguchi.settlement import rules
from madoguchi.settlement.deposits import reconcile
from madoguchi.settlement.drafts import Draft, draft_payout
from madoguchi.settlement.facts import (
    Target,
    first_open_day,
    lock_books,
    principals_waiting,
    targets_of,
    terms_by_provider,
)
from madoguchi.settlement.models import Closing, Deposit, Payout, PayoutLine, PayoutShare, ShareMove

MOVES_AT_ONCE = 200
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class _Pair:
    """One provider and one principal, with the provider's terms of all times."""

    provider: str
    principal_id: UUID
    terms: list[ProviderTerms]


def close_until(*, actor: Actor, until: date, provider: str | None = None) -> list[Payout]:
    """Close every period that ended on or before `until`, for every provider and principal that `actor` may (J-27).

    A period takes in every payment and returned refund dated up to its end that is in no payout yet, so a late notice
    of a closed period goes into the next one: never lost, never twice. A net at or below zero is not paid out; its
    lines wait for the next period. Running it again changes nothing. Each payout is one database transaction.
    Raises Refusal `day_not_over`, `provider_unknown` (it never had terms), `not_allowed`.
    """
    return list(close_step_by_step(actor=actor, until=until, provider=provider))


def close_step_by_step(*, actor: Actor, until: date, provider: str | None = None) -> Iterator[Payout]:
    """As `close_until`, handing out each payout as it is made, for a caller that shows progress."""
    if until >= today():
        raise Refusal("day_not_over", until=until)
    if provider is not None and provider not in terms_by_provider():
        raise Refusal("provider_unknown", provider=provider)
    return _close(actor, until, provider, _principals_of(actor))


def _principals_of(actor: Actor) -> set[UUID] | None:
    among = organisations_where(actor, "settlement.write")
    if among is not None and not among:
        raise Refusal("not_allowed", permission="settlement.write")
    return among


def _close(actor: Actor, until: date, only: str | None, among: set[UUID] | None) -> Iterator[Payout]:
    move_shares(actor=actor)
    touched: set[UUID] = set()
    for provider, terms in terms_by_provider().items():
        if only is not None and provider != only:
            continue
        for principal_id in principals_waiting(provider, until, among):
            for payout in _close_pair(actor, _Pair(provider, principal_id, terms), until):
                touched.add(principal_id)
                yield payout
        # Periods without any payment are over, too: what is told of them later is late.
        idle = Closing.objects.filter(provider=provider, closed_through__lt=until)
        (idle if among is None else idle.filter(principal__in=among)).update(closed_through=until)
    for principal_id in sorted(touched):
        # A deposit may have been read before its payout was closed.
        if Deposit.objects.filter(principal=principal_id, state__in=rules.WAITING_DEPOSIT_STATES).exists():
            reconcile(actor=actor, principal_id=principal_id)


def _close_pair(actor: Actor, pair: _Pair, until: date) -> Iterator[Payout]:
    day: date | None = None
    while True:
        with transaction.atomic():
            lock_books(pair.principal_id)
            day = _start(pair, after=day)
            period = rules.next_period(day, pair.terms) if day is not None else None
            if period is None or period[1] > until:
                _closed_through(pair, until)
                return
            terms, day = period
            draft = draft_payout(pair.provider, pair.principal_id, terms, day, pair.terms)
            payout = _store(actor, draft) if draft.sums.net_yen > 0 else None
            _closed_through(pair, day)
        if payout is not None:
            yield payout


def _start(pair: _Pair, *, after: date | None) -> date | None:
    """The day whose period is to be closed next, or None if nothing is left to close.

    At first the day after the last close: late notices go into that period. Then the day of the next fact, since a
    period without any would come to the same as the one before.
    """
    closed = Closing.objects.filter(provider=pair.provider, principal=pair.principal_id).first()
    if closed is not None and (after is None or after < closed.closed_through):
        return closed.closed_through + ONE_DAY
    return first_open_day(pair.provider, pair.principal_id, after)


def _closed_through(pair: _Pair, day: date) -> None:
    row, created = Closing.objects.get_or_create(
        provider_id=pair.provider, principal_id=pair.principal_id, defaults={"closed_through": day}
    )
    if not created and row.closed_through < day:
        row.closed_through = day
        row.save(update_fields=["closed_through"])


def _store(actor: Actor, draft: Draft) -> Payout:
    sums = draft.sums
    payout = Payout.objects.create(
        provider_id=draft.provider,
        principal_id=draft.principal_id,
        terms=draft.terms,
        closes_on=draft.closes_on,
        due_on=draft.due_on,
        payments_yen=sums.payments_yen,
        refunds_yen=sums.refunds_yen,
        fee_yen=sums.fee_yen,
        transfer_fee_yen=sums.transfer_fee_yen,
        net_yen=sums.net_yen,
        closed_at=now(),
    )
    insert_rows(
        PayoutLine,
        ("payout_id", "payment_id", "refund_id", "amount_yen", "fee_yen", "was_unmatched"),
        (
            (payout.id, fact.payment_id, fact.refund_id, fact.amount_yen, fee, fact.is_unmatched)
            for fact, fee in zip(draft.facts, draft.fees_yen, strict=True)
        ),
    )
    PayoutShare.objects.bulk_create(
        PayoutShare(
            payout_id=payout.id, division_id=division, item_code=item, gross_yen=share.gross_yen, fee_yen=share.fee_yen
        )
        for (division, item), share in draft.shares.items()
    )
    owner, receivable = draft.principal_id, books.receivable(draft.provider)
    legs = [
        books.leg(owner, books.fee(division, item), receivable, share.fee_yen)
        for (division, item), share in draft.shares.items()
    ]
    kept_back = books.leg(owner, rules.transfer_fee_account(draft.provider), receivable, sums.transfer_fee_yen)
    post(subject_id=payout.id, rule="payout_closed", legs=[*legs, kept_back])
    record(
        actor,
        "payout.closed",
        payout.id,
        provider=draft.provider,
        principal=str(draft.principal_id),
        closes_on=str(draft.closes_on),
        due_on=str(draft.due_on),
        lines=len(draft.facts),
        net_yen=sums.net_yen,
    )
    return payout


def move_shares(*, actor: Actor) -> int:
    """Move the shares of payments matched or booked after their payout was closed; returns how many payments.

    The payout's own shares stay. Gross and fee move from the place to the divisions and items in lines of their own,
    dated on the day of the match, and the fee moves in the ledger as the revenue did then. Repeating changes nothing.
    Raises Refusal `not_allowed`.
    """
    among = _principals_of(actor)
    late = _late_lines()
    if among is not None:
        late = late.filter(payout__principal__in=among)
    moved = 0
    for principal_id in sorted(set(late.values_list("payout__principal_id", flat=True))):
        with transaction.atomic():
            lock_books(principal_id)
            lines = list(_late_lines().filter(payout__principal=principal_id).select_related("payment__booked_item"))
            for start in range(0, len(lines), MOVES_AT_ONCE):
                moved += _move(actor, principal_id, lines[start : start + MOVES_AT_ONCE])
    return moved


def _late_lines() -> QuerySet[PayoutLine]:
    return PayoutLine.objects.filter(
        was_unmatched=True, refund=None, moves=None, payment__state__in=("matched", "booked")
    ).order_by("id")


def _move(actor: Actor, principal_id: UUID, lines: list[PayoutLine]) -> int:
    payments = [line.payment for line in lines]
    ids = [payment.id for payment in payments]
    targets = targets_of(payments)
    matched_on = {
        posting.subject_id: jst_date(posting.at)
        for posting in postings_about(ids)
        if posting.rule.startswith("matched:") or posting.rule == "booked_by_hand"
    }
    stood = PayoutLine.objects.filter(payment__in=ids, was_unmatched=True).values("payment_id")
    sums = {
        row["payment_id"]: (row["gross"], row["fee"])
        for row in stood.annotate(gross=Sum("amount_yen"), fee=Sum("fee_yen"))
    }
    moves: list[ShareMove] = []
    entries: list[Entry] = []
    for line, payment in zip(lines, payments, strict=True):
        gross, fee = sums[payment.id]
        source: Target = (payment.place_id, "")
        parts = _parts(gross, fee, targets[payment.id])
        moves.extend(
            ShareMove(
                line=line,
                principal_id=principal_id,
                moved_on=matched_on.get(payment.id, today()),
                rule=payment.rule,
                division_id=division,
                item_code=item,
                gross_yen=gross_part,
                fee_yen=fee_part,
            )
            for (division, item), (gross_part, fee_part) in [(source, (-gross, -fee)), *parts.items()]
        )
        legs = [
            books.leg(principal_id, books.fee(*target), books.fee(*source), fee_part)
            for target, (_, fee_part) in parts.items()
        ]
        entries.append((payment.id, "fee_moved", legs))
        record(actor, "fee.moved", payment.id, fee_yen=fee, payout=str(line.payout_id))
    ShareMove.objects.bulk_create(moves)
    post_many(entries)
    return len(lines)


def _parts(gross_yen: int, fee_yen: int, targets: tuple[tuple[Target, int], ...]) -> dict[Target, tuple[int, int]]:
    weights = [weight for _, weight in targets]
    parts: dict[Target, tuple[int, int]] = defaultdict(lambda: (0, 0))
    gross_parts, fee_parts = rules.parts_between(0, gross_yen, weights), rules.parts_between(0, fee_yen, weights)
    for (target, _), gross, fee in zip(targets, gross_parts, fee_parts, strict=True):
        parts[target] = (parts[target][0] + gross, parts[target][1] + fee)
    return parts
