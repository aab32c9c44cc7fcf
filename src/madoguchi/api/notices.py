"""Reading notices: the whole body at once when all is well, one by one when something is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import from_json

from madoguchi.core.clock import now
from madoguchi.core.errors import Refusal
from madoguchi.core.validation import fault_of
from madoguchi.payments.rules import MAX_AMOUNT_YEN, MAX_BATCH, MAX_REFERENCE_LENGTH, PaymentNotice, RefundNotice

CLOCK_TOLERANCE = timedelta(minutes=10)
# No code payment is older; year 1 in an eastern offset could be stored by PostgreSQL but never read again.
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
Reference = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]+$", min_length=1, max_length=MAX_REFERENCE_LENGTH)]
AmountYen = Annotated[int, Field(strict=True, ge=1, le=MAX_AMOUNT_YEN)]
StoreIdText = Annotated[str, Field(pattern=r"^\d{13}-\d{4}-\d{6}-\d{6}$")]


class PaymentIn(BaseModel):
    """A payment as a provider sends it."""

    model_config = ConfigDict(extra="forbid")

    reference: Reference
    service: Annotated[str, Field(min_length=1, max_length=40)]
    store_id: StoreIdText
    amount_yen: AmountYen
    paid_at: AwareDatetime
    order_reference: Annotated[str, Field(max_length=16)] | None = None

    def notice(self) -> PaymentNotice:
        """The payment in the shape that intake takes."""
        reference, order = self.reference, self.order_reference or ""
        return PaymentNotice(reference, self.service, self.store_id, self.amount_yen, self.paid_at, order)

    def happened_at(self) -> AwareDatetime:
        return self.paid_at


class RefundIn(BaseModel):
    """A refund as a provider sends it."""

    model_config = ConfigDict(extra="forbid")

    reference: Reference
    payment_reference: Reference
    amount_yen: AmountYen
    refunded_at: AwareDatetime
    refund_id: UUID | None = None

    def notice(self) -> RefundNotice:
        """The refund in the shape that intake takes."""
        return RefundNotice(self.reference, self.payment_reference, self.amount_yen, self.refunded_at, self.refund_id)

    def happened_at(self) -> AwareDatetime:
        return self.refunded_at


Shape = TypeVar("Shape", PaymentIn, RefundIn)


@dataclass(frozen=True)
class Fault:
    """Why the notice at `position` could not be read."""

    position: int
    code: str
    field: str
    reference: str


@dataclass(frozen=True)
class Read(Generic[Shape]):
    """A body read: the good notices and the faulty ones, each with its place; `is_batch` if an array was sent."""

    is_batch: bool
    good: Sequence[tuple[int, Shape]]
    faults: Sequence[Fault]


PAYMENTS: TypeAdapter[list[PaymentIn]] = TypeAdapter(list[PaymentIn])
REFUNDS: TypeAdapter[list[RefundIn]] = TypeAdapter(list[RefundIn])
Kind = Literal["payment", "refund"]


def read_payments(body: bytes) -> Read[PaymentIn]:
    """Read the body of POST /payments. Raises Refusal for a body of which nothing can be read."""
    return _read(body, PAYMENTS, PaymentIn)


def read_refunds(body: bytes) -> Read[RefundIn]:
    """Read the body of POST /refunds. Raises Refusal for a body of which nothing can be read."""
    return _read(body, REFUNDS, RefundIn)


def _read(body: bytes, adapter: TypeAdapter[list[Shape]], model: type[Shape]) -> Read[Shape]:
    if body[:1] == b"[":
        try:
            rows = adapter.validate_json(body)
        except ValidationError:
            # Somewhere a notice is wrong: read again one by one, so that the others are not held up.
            pass
        else:
            _check_length(len(rows))
            return _in_time(True, list(enumerate(rows)), [])
    try:
        data = from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise Refusal("json_malformed", position=_offset(str(error), body)) from error
    is_batch = isinstance(data, list)
    if not is_batch and not isinstance(data, dict):
        raise Refusal("body_wrong")
    items: list[Any] = data if is_batch else [data]
    _check_length(len(items))
    good: list[tuple[int, Shape]] = []
    faults = []
    for position, item in enumerate(items):
        try:
            # Validated as JSON again, because JSON has no dates and Python mode would take none from text.
            good.append((position, model.model_validate_json(_as_json(item))))
        except ValidationError as error:
            faults.append(_fault(position, item, error))
    return _in_time(is_batch, good, faults)


def _check_length(length: int) -> None:
    if length == 0:
        raise Refusal("batch_empty")
    if length > MAX_BATCH:
        raise Refusal("batch_too_large", count=length)


def _as_json(item: Any) -> bytes:
    return TypeAdapter(Any).dump_json(item)


def _in_time(is_batch: bool, rows: list[tuple[int, Shape]], faults: list[Fault]) -> Read[Shape]:
    latest = now() + CLOCK_TOLERANCE
    good = []
    for position, row in rows:
        field = "paid_at" if isinstance(row, PaymentIn) else "refunded_at"
        if row.happened_at() > latest:
            faults.append(Fault(position, "paid_at_future", field, row.reference))
        elif row.happened_at() < EARLIEST:
            faults.append(Fault(position, "field_wrong", field, row.reference))
        else:
            good.append((position, row))
    return Read(is_batch, good, faults)


def _fault(position: int, item: Any, error: ValidationError) -> Fault:
    code, path = fault_of(error)
    field = path.partition(".")[0]
    if field == "amount_yen" and code == "field_wrong":
        code = "amount_out_of_range"
    reference = item.get("reference", "") if isinstance(item, dict) else ""
    return Fault(position, code, field[:40], reference if isinstance(reference, str) else "")


def _offset(message: str, body: bytes) -> int:
    """Turn the reader's "line L column C" into a byte offset."""
    words = message.split()
    try:
        line, column = int(words[words.index("line") + 1]), int(words[words.index("column") + 1])
    except ValueError:
        return 0
    before = sum(len(part) + 1 for part in body.split(b"\n")[: line - 1])
    return min(len(body), before + max(0, column - 1))
