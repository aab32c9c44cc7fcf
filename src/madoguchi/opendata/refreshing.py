"""What is published is made anew: the map within minutes of a change, figures and files once a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from madoguchi.core.clock import now, start_of_day, today
from madoguchi.core.errors import Refusal
from madoguchi.opendata.datasets import datasets
from madoguchi.opendata.places import publish_all
from madoguchi.opendata.published_tables import load_published
from madoguchi.opendata.retention import prune
from madoguchi.opendata.snapshots import make_snapshot, root
from madoguchi.opendata.tiles import newest_version, places_changed_at, refresh_tiles
from madoguchi.opendata.versions import time_of
from madoguchi.people.access import Actor

# Before counters open, and after the night's payments came in.
DAILY_AT = timedelta(hours=4)
# A town that enters its places one by one has them on the map soon, and the tiles are not made for each.
MAP_AFTER = timedelta(minutes=10)

Say = Callable[[str], None]


def _say_nothing(_text: str) -> None:
    return


def is_daily_due() -> bool:
    """Whether today's figures and files are still to be made."""
    refreshed_at = _refreshed_at()
    due_at = start_of_day(today()) + DAILY_AT
    if now() < due_at:
        due_at -= timedelta(days=1)
    return refreshed_at is None or refreshed_at < due_at


def is_map_due() -> bool:
    """Whether places changed since the map's tiles were made, some minutes ago or never."""
    newest, changed_at = newest_version(), places_changed_at()
    if changed_at is None:
        return False
    return newest is None or (changed_at > time_of(newest) and now() - time_of(newest) >= MAP_AFTER)


def refresh_all(*, actor: Actor, say: Say = _say_nothing) -> dict[str, str]:
    """Publish places, tiles, every dataset and the printed tables; returns the newest version of each by its name.

    A dataset that cannot be made is told and does not keep the others from being made.
    """
    began_at = now()
    say("places")
    publish_all()
    load_published()
    made = {"map": refresh_tiles(actor=actor) or ""}
    for dataset in datasets():
        say(dataset.name)
        try:
            made[dataset.name] = make_snapshot(actor=actor, dataset=dataset).version
            prune(actor=actor, dataset=dataset)
        except Refusal as refusal:
            made[dataset.name] = f"({refusal})"
    _mark().parent.mkdir(parents=True, exist_ok=True)
    _mark().write_text(began_at.astimezone(UTC).isoformat(), encoding="ascii")
    return made


def _mark() -> Path:
    return root() / "refreshed"


def _refreshed_at() -> datetime | None:
    """When the last whole refresh began: a dataset that did not change has no version of that day."""
    try:
        return datetime.fromisoformat(_mark().read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return None
