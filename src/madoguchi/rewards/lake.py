"""The lake: files of payments and refunds as providers send them, kept as they came, taken back but never changed."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from madoguchi.core.clock import now
from madoguchi.core.errors import Refusal
from madoguchi.core.ids import new_id
from madoguchi.engine.rewards.files import checksum
from madoguchi.engine.rewards.overview import Overview, overview
from madoguchi.events.actions import record
from madoguchi.people.access import Actor, require
from madoguchi.people.rules import Scope
from madoguchi.registry.models import Service
from madoguchi.rewards.deciding import written
from madoguchi.rewards.models import Campaign, PaymentsFile

LARGEST_BYTES = 2 << 30
SUFFIXES = (".parquet", ".csv")


@dataclass(frozen=True)
class Received:
    """A file that is kept, whether it was known before, and how many of its rows no run will be able to take."""

    file: PaymentsFile
    is_new: bool
    problems: dict[str, int]


def lake() -> Path:
    """The folder under which files of payments and results of runs are kept."""
    return Path(settings.VAR) / "lake"


def receive_payments_file(*, actor: Actor, provider: str, name: str, file: Path) -> Received:
    """Keep a provider's file of payments (Parquet or CSV, docs/rewards.md). The same bytes again are the first file.

    `file` is left where it is. Raises Refusal `not_allowed`, `file_kind_unknown`, `file_too_large`, `payments_none`,
    `service_not_yours` and those of reading it.
    """
    require(actor, "provider.write", Scope(provider=provider))
    suffix = Path(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise Refusal("file_kind_unknown", field="file", name=name)
    size = file.stat().st_size
    if size > LARGEST_BYTES:
        raise Refusal("file_too_large", field="file", limit_bytes=LARGEST_BYTES)
    sha256 = checksum(file)
    kept = PaymentsFile.objects.filter(provider=provider, sha256=sha256, withdrawn_at=None)
    if known := kept.first():
        return Received(known, False, {})
    path = Path("payments") / provider / f"{sha256}{suffix}"
    with _copied(file, suffix) as copy:
        found = _looked_into(copy, provider)
        (lake() / path).parent.mkdir(parents=True, exist_ok=True)
        os.replace(copy, lake() / path)
    try:
        with transaction.atomic():
            row = PaymentsFile.objects.create(
                provider_id=provider,
                name=" ".join(Path(name).name.split())[-120:],
                sha256=sha256,
                path=str(path),
                size_bytes=size,
                rows=found.rows,
                payments=found.payments,
                refunds=found.refunds,
                payments_yen=found.payments_yen,
                first_on=found.first_on,
                last_on=found.last_on,
                received_at=now(),
                received_from=str(actor),
            )
            record(actor, "payments_file.received", row.id, provider=provider, rows=row.rows, sha256=sha256)
    except IntegrityError:
        # The same file at the same moment from two sides.
        return Received(kept.get(), False, {})
    return Received(row, True, found.problems)


def withdraw_payments_file(*, actor: Actor, provider: str, file_id: UUID, reason: str) -> PaymentsFile:
    """Take a file back: runs from now on go without it, and what it earned becomes a claw-back.

    Raises Refusal `payments_file_unknown`, `payments_file_withdrawn`, `reason_missing`.
    """
    require(actor, "provider.write", Scope(provider=provider))
    with transaction.atomic():
        row = PaymentsFile.objects.select_for_update().filter(id=file_id, provider=provider).first()
        if row is None:
            raise Refusal("payments_file_unknown")
        if row.withdrawn_at is not None:
            raise Refusal("payments_file_withdrawn")
        row.withdrawn_reason, row.withdrawn_at = written(reason), now()
        row.save()
        record(actor, "payments_file.withdrawn", row.id, reason=row.withdrawn_reason)
    return row


def files_for(campaign: Campaign) -> QuerySet[PaymentsFile]:
    """The files a run of this campaign reads: of its services' providers, with payments in it or refunds of any day."""
    codes = {str(row["service_id"]) for row in campaign.services}
    providers = Service.objects.filter(code__in=codes).values("provider")
    in_days = Q(first_on__lte=campaign.ends_on, last_on__gte=campaign.starts_on) | Q(refunds__gt=0)
    found = PaymentsFile.objects.filter(in_days, provider__in=providers, withdrawn_at=None)
    return found.order_by("received_at", "id")


@contextmanager
def _copied(file: Path, suffix: str) -> Iterator[Path]:
    """A copy in the lake, on the disk; it is removed unless it was moved to its place."""
    folder = lake() / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    copy = folder / f"{new_id()}{suffix}"
    try:
        with file.open("rb") as given, copy.open("xb") as opened:
            shutil.copyfileobj(given, opened)
            opened.flush()
            os.fsync(opened.fileno())
        yield copy
    finally:
        copy.unlink(missing_ok=True)


def _looked_into(file: Path, provider: str) -> Overview:
    with tempfile.TemporaryDirectory() as scratch:
        found = overview(file, Path(scratch))
    if not found.payments and not found.refunds:
        raise Refusal("payments_none", field="file", problems=_told(found.problems))
    own = set(Service.objects.filter(provider=provider).values_list("code", flat=True))
    if foreign := sorted(found.services - own):
        raise Refusal("service_not_yours", field="file", services=" ".join(foreign[:5]))
    return found


def _told(problems: dict[str, Any]) -> str:
    return " ".join(f"{word}:{count}" for word, count in sorted(problems.items()))
