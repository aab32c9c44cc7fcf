"""The official names that printed ones are resolved to, as a caller gives them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Official:
    """Codes by name: of prefectures (two digits), and of each prefecture's municipalities (five digits)."""

    prefectures: Mapping[str, str]
    municipalities: Mapping[str, Mapping[str, str]]

    @classmethod
    def from_rows(
        cls, prefectures: Iterable[Mapping[str, str]], municipalities: Iterable[Mapping[str, str]]
    ) -> Official:
        """Of rows with `code`, `name` and, of municipalities, `prefecture`."""
        codes = {row["name"]: row["code"] for row in prefectures}
        by_prefecture: dict[str, dict[str, str]] = {name: {} for name in codes}
        for row in municipalities:
            by_prefecture[row["prefecture"]][row["name"]] = row["code"]
        return cls(codes, by_prefecture)
