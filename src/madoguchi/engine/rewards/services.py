"""The services' table: how each service and channel rewards, up to which cap, credited when (P-34 … P-38)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

from madoguchi.core.errors import Refusal
from madoguchi.engine.rewards.credit import credit_date
from madoguchi.engine.rewards.tables import EPOCH, read_table, whole_numbers

COLUMNS = ("service_id", "channel", "credit_rule", "cap_amount", "cap_unit", "cap_period", "cap_scope")
OPTIONAL = ("name", "method")
UNITS = ("point", "yen_of_payment")
PERIODS = ("payment", "month", "quarter", "programme")
SCOPES = ("service", "channel")
LARGEST_CAP = 10**12


@dataclass(frozen=True)
class Service:
    """A row: one service through one channel; `cap_amount` is points, or yen of the payment (X-08, a reading)."""

    service_id: str
    channel: str
    credit_rule: str
    cap_amount: int
    cap_unit: str
    cap_period: str
    cap_scope: str
    name: str = ""
    method: str = ""

    @property
    def window(self) -> tuple[str, str]:
        """Which payments of a member share one cap: those of the service, or of the service's channel."""
        return self.service_id, self.channel if self.cap_scope == "channel" else ""

    @property
    def cuts_payment(self) -> bool:
        """Whether the cap is a ceiling on the payment itself rather than on points."""
        return self.cap_unit == "yen_of_payment"


def read_services(file: Path) -> tuple[Service, ...]:
    """The services in the order of `service_id`, `channel`.

    Raises Refusal `file_unreadable`, `services_columns_missing`, `service_wrong`, `service_twice`,
    `services_disagree`.
    """
    table = read_table(file, COLUMNS, OPTIONAL, "services_columns_missing")
    caps, is_missing = whole_numbers(table["cap_amount"])
    rows = []
    for number, cells in enumerate(table.to_pylist()):
        cap = None if is_missing[number] else int(caps[number])
        rows.append(service_of({**cells, "cap_amount": cap}, number + 1))
    return checked(rows)


def service_of(cells: Mapping[str, Any], number: int) -> Service:
    """A row from plain values, `cap_amount` as a whole number. Raises Refusal `service_wrong` with row and column."""
    words = {name: "" if cells.get(name) is None else str(cells[name]) for name in (*COLUMNS, *OPTIONAL)}
    cap = cells.get("cap_amount")
    is_cap = isinstance(cap, int) and not isinstance(cap, bool) and 0 <= cap <= LARGEST_CAP
    return _service(words, cap if is_cap else None, number)


def services_of_2019() -> Path:
    """The 27 services of the 2019 programme, 32 rows by channel (P-37)."""
    return Path(str(resources.files("madoguchi.engine.rewards") / "data" / "payment_services_2019.csv"))


def checked(rows: Iterable[Service]) -> tuple[Service, ...]:
    """The rows in order, if no two contradict. Raises Refusal `service_twice`, `services_disagree`."""
    found: dict[tuple[str, str], Service] = {}
    windows: dict[tuple[str, str], tuple[int, str, str]] = {}
    for row in rows:
        if found.setdefault((row.service_id, row.channel), row) is not row:
            raise Refusal("service_twice", service_id=row.service_id, channel=row.channel)
        cap = row.cap_amount, row.cap_unit, row.cap_period
        if windows.setdefault(row.window, cap) != cap:
            raise Refusal("services_disagree", service_id=row.service_id)
    return tuple(found[key] for key in sorted(found))


def credit_days(services: Sequence[Service], first: date, last: date) -> list[list[int]]:
    """For each service, the days since 1970-01-01 of the credit date of payments of each day from `first` to `last`."""
    days = [date.fromordinal(one) for one in range(first.toordinal(), last.toordinal() + 1)]
    return [[credit_date(one.credit_rule, day).toordinal() - EPOCH for day in days] for one in services]


def _service(words: dict[str, str], cap: int | None, number: int) -> Service:
    if cap is None:
        raise Refusal("service_wrong", row=number, column="cap_amount", value=words["cap_amount"])
    for column, known in (("cap_unit", UNITS), ("cap_period", PERIODS), ("cap_scope", SCOPES)):
        if words[column] not in known:
            raise Refusal("service_wrong", row=number, column=column, value=words[column])
    if not words["service_id"]:
        raise Refusal("service_wrong", row=number, column="service_id", value="")
    if words["cap_unit"] == "yen_of_payment" and words["cap_period"] != "payment":
        raise Refusal("service_wrong", row=number, column="cap_period", value=words["cap_period"])
    credit_date(words["credit_rule"], date(2000, 1, 1))
    return Service(
        service_id=words["service_id"],
        channel=words["channel"],
        credit_rule=words["credit_rule"],
        cap_amount=cap,
        cap_unit=words["cap_unit"],
        cap_period=words["cap_period"],
        cap_scope=words["cap_scope"],
        name=words["name"],
        method=words["method"],
    )
