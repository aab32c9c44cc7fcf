"""How long versions of open data are kept: all of the last days, then one of each month for good."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction

from madoguchi.core.clock import jst_date, today
from madoguchi.events.actions import record
from madoguchi.opendata.datasets import Dataset
from madoguchi.opendata.models import Snapshot
from madoguchi.opendata.snapshots import root, snapshots_of
from madoguchi.people.access import Actor, require

KEEP_DAYS = 30


@dataclass(frozen=True)
class Kept:
    """Until which day a version is kept; None for good."""

    version: str
    until: date | None


def kept(versions: Sequence[tuple[str, date]], *, refresh: str, keep_days: int = KEEP_DAYS) -> list[Kept]:
    """Until when each version is kept; `versions` are names with their days in Japan, oldest first.

    The first version of a month is kept for good, so that it is known on the day it is published which one may be
    cited. The last one of a day is kept `keep_days` days, earlier ones of the day until it ends, the newest of all at
    least until the next. A dataset that is published `once` loses nothing.
    """
    found = []
    months: set[tuple[int, int]] = set()
    last_of_day = {day: version for version, day in versions}
    for version, day in versions:
        is_first = (day.year, day.month) not in months
        months.add((day.year, day.month))
        is_newest = version == versions[-1][0]
        until = day + timedelta(days=keep_days) if last_of_day[day] == version else day
        found.append(Kept(version, None if is_first or is_newest or refresh == "once" else until))
    return found


def kept_until(snapshots: Sequence[Snapshot], dataset: Dataset) -> dict[str, date | None]:
    """Until when each version of a dataset is kept, by version; `snapshots` are all of them, newest first."""
    versions = [(row.version, jst_date(row.made_at)) for row in reversed(snapshots)]
    return {one.version: one.until for one in kept(versions, refresh=dataset.refresh)}


def prune(
    *, actor: Actor, dataset: Dataset, keep_days: int = KEEP_DAYS, pinned: Collection[str] = ()
) -> list[Snapshot]:
    """Remove the versions whose time is over, with their files; returns them. `pinned` versions are kept in any case.

    Raises Refusal `not_allowed`.
    """
    require(actor, "opendata.write")
    snapshots = snapshots_of(dataset.name)
    versions = [(row.version, jst_date(row.made_at)) for row in reversed(snapshots)]
    ends = {one.version: one.until for one in kept(versions, refresh=dataset.refresh, keep_days=keep_days)}
    over = [row for row in snapshots if (until := ends[row.version]) and until < today() and row.version not in pinned]
    for snapshot in over:
        with transaction.atomic():
            record(actor, "snapshot.removed", snapshot.id, dataset=dataset.name, version=snapshot.version)
            Snapshot.objects.filter(id=snapshot.id).delete()
        # After the row: an address that is still there has its file.
        shutil.rmtree(root() / dataset.name / snapshot.version, ignore_errors=True)
    return over
