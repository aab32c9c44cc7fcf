"""Whom to call about the 2019 programme as a whole and about JPQR, rather than about one service (P-19, J-12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from functools import cache

from madoguchi.onboarding.support import contacts
from madoguchi.opendata.services import PRINTED_ON, Named, rows_of


@dataclass(frozen=True)
class Desk(Named):
    """A desk that is reached on weekdays from `opens` to `closes`; `but` says what is left out, if anything."""

    phone: str
    opens: time
    closes: time
    but: Named | None

    @property
    def dialled(self) -> str:
        """The number as a telephone dials it, digits only."""
        return self.phone.replace("-", "")


@cache
def desks() -> tuple[Desk, ...]:
    """The programme's desk for consumers on the day of the notice, then JPQR's call centre (P-19, J-12)."""
    programme = next(one for one in contacts(PRINTED_ON) if one.for_whom == "consumers")
    name, name_en = "ポイント還元窓口（消費者向け）", "The programme's desk for consumers"
    return (
        Desk(name, name_en, programme.phone, programme.opens, programme.closes, None),
        *(
            Desk(
                row["name"],
                row["name_en"],
                row["phone"],
                time.fromisoformat(row["opens"]),
                time.fromisoformat(row["closes"]),
                Named(row["but"], row["but_en"]) if row["but"] else None,
            )
            for row in rows_of("services_desks.csv")
        ),
    )
