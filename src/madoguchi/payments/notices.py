"""Answers to providers' notices, and the notices that were turned away."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from madoguchi.payments.models import RefusedNotice


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider is told about one notice; for the same notice always the same, except `repeated`."""

    status: int
    reference: str
    subject_id: UUID | None = None
    received_at: datetime | None = None
    repeated: bool = False
    code: str = ""
    field: str = ""


def keep_refused(provider: str, notice: Any, *, kind: str, code: str, field: str, at: datetime) -> None:
    """Keep a notice that was turned away; the same one again only counts up."""
    # PostgreSQL's JSON has no NUL; one in a field must not fail the call that the notice came with.
    body = {key: str(value).replace("\x00", "\N{REPLACEMENT CHARACTER}") for key, value in asdict(notice).items()}
    row, created = RefusedNotice.objects.get_or_create(
        provider_id=provider,
        kind=kind,
        reference=notice.reference,
        code=code,
        defaults={"field": field, "body": body, "first_at": at, "last_at": at},
    )
    if not created:
        row.times += 1
        row.last_at = at
        row.save(update_fields=["times", "last_at"])
