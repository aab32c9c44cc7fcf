"""A provider's decisions, one or up to 1,000 at once: each answered by itself, a repeated one with the first answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from django.db import IntegrityError, OperationalError, transaction
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from madoguchi.core.clock import jst_date, today
from madoguchi.core.errors import Refusal
from madoguchi.core.validation import fault_of
from madoguchi.onboarding.answers import no_formula, plain
from madoguchi.onboarding.inbox import visible_items
from madoguchi.onboarding.models import Item
from madoguchi.onboarding.provider_desk import HIGHEST_FEE_BPS, approve_item, ask_about_item, refuse_item, take_item
from madoguchi.people.access import Actor

MAX_DECISIONS = 1_000
# One transaction holds SQLite's only lock, and a till must not wait behind a thousand decisions.
TOGETHER = 50
TRIES = 5
# A start further away than this is a mistyped year.
YEARS_AHEAD = timedelta(days=2 * 366)
TRANSIENT = (IntegrityError, OperationalError)


def clean(value: Any) -> Any:
    """Text with its line breaks, without other control characters, its ends trimmed."""
    if not isinstance(value, str):
        return value
    return "\n".join(plain(line) for line in value.splitlines()).strip()


def written_day(value: Any) -> Any:
    """A day as it is written; a bare number, which might be anybody's seconds, is none."""
    if value is not None and not isinstance(value, str | date):
        raise ValueError("a date is written as 2026-12-01")
    return value


Words = Annotated[str, BeforeValidator(clean)]
# What the provider's own systems call the merchant goes into files that spreadsheets open.
MerchantReference = Annotated[str, BeforeValidator(plain), Field(max_length=60), AfterValidator(no_formula)]


class Decision(BaseModel):
    """What a provider decides on one place × service."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    item_id: UUID
    decision: Literal["take", "ask", "approve", "refuse"]
    starts_on: Annotated[
        date | None, BeforeValidator(written_day), Field(description="approve: the first day on which it may be used")
    ] = None
    fee_bps: Annotated[
        int | None,
        Field(strict=True, ge=0, le=HIGHEST_FEE_BPS, description="approve: the fee in hundredths of a per cent"),
    ] = None
    terms: Annotated[Words, Field(max_length=400, description="approve: terms in words, shown to the applicant")] = ""
    provider_reference: Annotated[MerchantReference, Field(description="approve: your own number of the merchant")] = ""
    keeps_terms: Annotated[
        bool | None,
        Field(strict=True, description="approve, for a service in use there already: true if its old terms stay"),
    ] = None
    text: Annotated[Words, Field(max_length=2000, description="ask: the question; refuse: the reason")] = ""


@dataclass(frozen=True)
class Outcome:
    """What became of one decision; `code` is empty if it stands, `state` then the item's. `is_repeated`: no change."""

    item_id: str
    state: str = ""
    is_repeated: bool = False
    code: str = ""
    field: str = ""


@dataclass(frozen=True)
class _Before:
    """An item as it stood before it was decided on."""

    state: str
    is_taken: bool
    submitted_on: date | None


def read_decision(given: Any) -> Decision:
    """One decision from JSON. Raises Refusal `field_missing`, `field_unknown`, `field_wrong`, `formula_in_cell`."""
    if not isinstance(given, Mapping):
        raise Refusal("field_wrong")
    # JSON has no dates and ids of its own: as text they are read, all else must have its type.
    try:
        decision = Decision.model_validate(dict(given))
    except ValidationError as error:
        code, field = fault_of(error)
        if "formula" in str(error.errors()[0]["msg"]):
            code = "formula_in_cell"
        raise Refusal(code, field=field) from error
    if decision.decision == "approve" and decision.starts_on is None:
        raise Refusal("field_missing", field="starts_on")
    return decision


def decide(*, actor: Actor, provider: str, decision: Decision) -> Item:
    """Do what one decision says. Raises Refusal as the provider's desk does, and `starts_on_wrong`."""
    before = _before(actor, provider, [decision.item_id])
    return _decide(actor, decision, before.get(decision.item_id))


def decide_all(*, actor: Actor, provider: str, given: Sequence[Any]) -> list[Outcome]:
    """Do what each decision says; good ones stand whatever the others are, and every one is answered in its place.

    `given` are decisions as JSON has them. Raises Refusal `batch_empty`, `batch_too_large`, `try_again`.
    """
    if not given:
        raise Refusal("batch_empty")
    if len(given) > MAX_DECISIONS:
        raise Refusal("batch_too_large", limit=MAX_DECISIONS, count=len(given))
    outcomes: list[Outcome] = []
    for start in range(0, len(given), TOGETHER):
        outcomes += _settled(actor, provider, given[start : start + TOGETHER])
    return outcomes


def _settled(actor: Actor, provider: str, given: Sequence[Any]) -> list[Outcome]:
    """Some decisions in one transaction, which may lose a race for the rows it needs and is then tried again."""
    for left in reversed(range(TRIES)):
        try:
            with transaction.atomic():
                return list(_each(actor, provider, given))
        except TRANSIENT as error:
            if not left:
                raise Refusal("try_again") from error
    raise AssertionError  # pragma: no cover  # the loop returns or raises


def _each(actor: Actor, provider: str, given: Sequence[Any]) -> Iterator[Outcome]:
    read: list[Decision | Refusal] = []
    for one in given:
        try:
            read.append(read_decision(one))
        except Refusal as refusal:
            read.append(refusal)
    before = _before(actor, provider, [one.item_id for one in read if isinstance(one, Decision)])
    for one, raw in zip(read, given, strict=True):
        if isinstance(one, Refusal):
            yield _refused(one, str(raw.get("item_id", ""))[:60] if isinstance(raw, Mapping) else "")
            continue
        known = before.get(one.item_id)
        try:
            # What a refusal left half done is rolled back to here; the others' decisions stand.
            with transaction.atomic():
                item = _decide(actor, one, known)
        except Refusal as refusal:
            yield _refused(refusal, str(one.item_id))
        else:
            yield Outcome(str(item.id), item.state, is_repeated=known is not None and _is_same(known, item, one))
            before[one.item_id] = _as_before(item)


def _refused(refusal: Refusal, item_id: str) -> Outcome:
    field = str(refusal.details.get("field") or "")
    # The desk's reason is what a decision has as its text.
    return Outcome(item_id, code=refusal.code, field="text" if field == "reason" else field)


def _before(actor: Actor, provider: str, item_ids: Sequence[UUID]) -> dict[UUID, _Before]:
    rows = visible_items(actor, provider).filter(id__in=set(item_ids)).select_related("application")
    return {item.id: _as_before(item) for item in rows}


def _as_before(item: Item) -> _Before:
    sent = item.application.submitted_at
    return _Before(item.state, item.taken_at is not None, jst_date(sent) if sent else None)


def _is_same(before: _Before, item: Item, decision: Decision) -> bool:
    """Whether a decision that was taken changed nothing: the item stood there already."""
    return before.is_taken if decision.decision == "take" else before.state == item.state


def _decide(actor: Actor, decision: Decision, before: _Before | None) -> Item:
    if before is None:
        raise Refusal("applied_item_unknown")
    if decision.decision == "take":
        return take_item(actor=actor, item_id=decision.item_id)
    if decision.decision == "ask":
        return ask_about_item(actor=actor, item_id=decision.item_id, text=decision.text)
    if decision.decision == "refuse":
        return refuse_item(actor=actor, item_id=decision.item_id, reason=decision.text)
    if decision.starts_on is None:
        raise Refusal("field_missing", field="starts_on")
    if before.state == "at_provider" and not _may_start(decision.starts_on, before):
        raise Refusal("starts_on_wrong", field="starts_on")
    return approve_item(
        actor=actor,
        item_id=decision.item_id,
        starts_on=decision.starts_on,
        fee_bps=decision.fee_bps,
        terms=decision.terms,
        provider_reference=decision.provider_reference,
        keeps_terms=decision.keeps_terms,
    )


def _may_start(day: date, before: _Before) -> bool:
    """Not before it was applied for, nor in a mistyped year."""
    return (before.submitted_on is None or day >= before.submitted_on) and day <= today() + YEARS_AHEAD
