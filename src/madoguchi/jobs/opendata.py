"""Open data beside the worker: places within seconds of a change, the map within minutes, figures once a day."""

from __future__ import annotations

import time

from madoguchi.jobs.beside import Beside
from madoguchi.opendata.places import publish_some
from madoguchi.opendata.refreshing import is_daily_due, is_map_due

PLACES_SECONDS = 2.0
FILES_SECONDS = 30.0
# About a third of a second's work, so that no message waits behind it for long.
PLACES_AT_ONCE = 200


class OpendataBeside:
    """Publishes changed places itself and has everything larger made by commands."""

    def __init__(self) -> None:
        self._daily = Beside("opendata", "refresh")
        self._map = Beside("opendata", "refresh", "--map-only")
        self._last_places = self._last_files = 0.0

    def look(self) -> int:
        """Publish what changed, and start what is due; returns how many places were looked at."""
        looked_at = 0
        if time.monotonic() - self._last_places > PLACES_SECONDS:
            looked_at = publish_some(PLACES_AT_ONCE).looked_at
            if looked_at < PLACES_AT_ONCE:
                # Otherwise there is more: it goes on in the next round.
                self._last_places = time.monotonic()
        if time.monotonic() - self._last_files > FILES_SECONDS:
            self._last_files = time.monotonic()
            if self._daily.is_running or self._map.is_running:
                return looked_at
            if is_daily_due():
                self._daily.start()
            elif is_map_due():
                self._map.start()
        return looked_at

    def stop(self) -> None:
        """Stop what is being made; the next worker makes it anew."""
        self._daily.stop()
        self._map.stop()
