"""What is published is made anew: the map within minutes of a change, figures and files once a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from madoguchi.core.clock import now, start_of_day, today
from madoguchi.core.errors import Refusal
from madoguchi.opendata.datasets import datasets
from madoguchi.opendata.models import Publication
from madoguchi.opendata.places import publish_all
from madoguchi.opendata.published_tables import load_published
from madoguchi.opendata.retention import prune
from madoguchi.opendata.snapshots import make_snapshot, root
from madoguchi.opendata.tiles import refresh_tiles
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
    made_at = _time_of(_daily_mark())
    due_at = start_of_day(today()) + DAILY_AT
    if now() < due_at:
        due_at -= timedelta(days=1)
    return made_at is None or made_at < due_at


def is_map_due() -> bool:
    """Whether places changed since the map's tiles were last looked at, some minutes ago or never."""
    looked_at = _time_of(_map_mark())
    changed_at = Publication.objects.values_list("changed_at", flat=True).first()
    if changed_at is None:
        return False
    return looked_at is None or (changed_at > looked_at and now() - looked_at >= MAP_AFTER)


def refresh_map(*, actor: Actor) -> str | None:
    """Make the map's tiles anew if places changed; returns the new version, or None."""
    looked_at = now()
    version = refresh_tiles(actor=actor)
    _mark(_map_mark(), looked_at)
    return version


def refresh_all(*, actor: Actor, say: Say = _say_nothing) -> dict[str, str]:
    """Publish places, tiles, every dataset and the printed tables; returns the newest version of each by its name.

    A dataset that cannot be made is told and does not keep the others from being made.
    """
    began_at = now()
    say("places")
    publish_all()
    load_published()
    made = {"map": refresh_map(actor=actor) or ""}
    for dataset in datasets():
        say(dataset.name)
        try:
            made[dataset.name] = make_snapshot(actor=actor, dataset=dataset).version
            prune(actor=actor, dataset=dataset)
        except Refusal as refusal:
            made[dataset.name] = f"({refusal})"
    _mark(_daily_mark(), began_at)
    return made


def _daily_mark() -> Path:
    return root() / "refreshed"


def _map_mark() -> Path:
    return root() / "map-refreshed"


def _mark(path: Path, at: datetime) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(at.astimezone(UTC).isoformat(), encoding="ascii")


def _time_of(path: Path) -> datetime | None:
    try:
        return datetime.fromisoformat(path.read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return None
