"""What the bank would say of a demo month's payouts: mostly exact, with one difference of each kind for every town."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from uuid import UUID

from django.conf import settings
from django.db import connection

from madoguchi.core.clock import next_bank_business_day, today
from madoguchi.core.errors import Refusal
from madoguchi.core.tables import csv_lines
from madoguchi.counter.models import Order, OrderLine
from madoguchi.jobs.demo_orders import ACTOR
from madoguchi.jobs.demo_plan import days_of
from madoguchi.ledger.models import Posting
from madoguchi.payments.models import Payment, Refund
from madoguchi.people.access import Actor
from madoguchi.people.rules import Grant
from madoguchi.registry.models import Organisation, StoreCode
from madoguchi.registry.queries import town_organisation
from madoguchi.settlement.closing import close_until
from madoguchi.settlement.deposits import import_deposits
from madoguchi.settlement.models import Closing, Deposit, Payout, PayoutLine

HEAD = ("入金日", "振込依頼人", "入金額", "取引番号")
BANK_ID = "demo:"
FILE_NAME = "demo-deposits-"
UNKNOWN_PAYER = "カ）デモシヨウカイ"
UNKNOWN_YEN = 54_320
OVER_YEN = 500
# Below this many payouts a month has no differences: they would be most of it.
FEWEST = 5


@dataclass(frozen=True)
class Deposited:
    """One line of a statement."""

    on: date
    payer: str
    amount_yen: int
    bank_id: str


@dataclass(frozen=True)
class Settled:
    """What was closed and read in for a demo month."""

    payouts: int
    payouts_yen: int
    deposits: int
    deposits_yen: int
    by_state: dict[str, int]


def demo_principals() -> list[Organisation]:
    """The demo's organisations that are paid to an account of their own."""
    ids = StoreCode.objects.filter(principal__is_demo=True).values("principal")
    return list(Organisation.objects.filter(id__in=ids).order_by("name"))


def settle_month(month: date, *, with_deposits: bool) -> Settled:
    """Close the month for the demo's principals and, if wanted, read in each one's statement; again adds nothing."""
    principals = demo_principals()
    last = days_of(month)[-1]
    _take_stock()
    # Bound to the demo's principals: what else this database holds is not the demo's to close.
    actor = Actor(str(ACTOR), tuple(Grant("accountant", organisation_id=row.id) for row in principals))
    with _reopened(month, principals):
        close_until(actor=actor, until=last)
    if with_deposits:
        for principal in principals:
            _import(month, principal)
    payouts = Payout.objects.filter(principal__in=principals, closes_on__range=(month, last))
    deposits = Deposit.objects.filter(principal__in=principals, bank_key__startswith=f"id:{BANK_ID}{month:%Y-%m}")
    return Settled(
        payouts=payouts.count(),
        payouts_yen=sum(payouts.values_list("net_yen", flat=True)),
        deposits=deposits.count(),
        deposits_yen=sum(deposits.values_list("amount_yen", flat=True)),
        by_state=dict(sorted(Counter(deposits.values_list("state", flat=True)).items())),
    )


def _take_stock() -> None:
    """Tell PostgreSQL's planner how much there is now.

    It still takes the tables for as small as they were before the month was filled, and joins them row by row: a
    close of seconds then takes many minutes.
    """
    if connection.vendor == "postgresql":
        tables = ", ".join(model._meta.db_table for model in (Order, OrderLine, Payment, Refund, PayoutLine, Posting))
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {tables}")


@contextmanager
def _reopened(month: date, principals: Iterable[Organisation]) -> Iterator[None]:
    """Let the month be closed in its own periods, though later days may be closed already.

    In earnest what comes after the close is late and goes into the next period; a demo month comes later on purpose.
    """
    later = Closing.objects.filter(principal__in=principals, closed_through__gte=month)
    taken = set(
        Payout.objects.filter(principal__in=principals, closes_on__range=(month, days_of(month)[-1])).values_list(
            "provider_id", "principal_id"
        )
    )
    kept = [row for row in later if (row.provider_id, row.principal_id) not in taken]
    ids = [row.pk for row in kept]
    Closing.objects.filter(pk__in=ids).update(closed_through=month - timedelta(days=1))
    try:
        yield
    finally:
        for row in kept:
            Closing.objects.filter(pk=row.pk, closed_through__lt=row.closed_through).update(
                closed_through=row.closed_through
            )


def _import(month: date, principal: Organisation) -> None:
    rows = unread(principal.id, statement_of(month, principal))
    if not rows:
        return
    content = as_csv(rows)
    name = f"{FILE_NAME}{principal.municipality_id or 'operator'}-{month:%Y-%m}.csv"
    _folder().mkdir(parents=True, exist_ok=True)
    (_folder() / name).write_bytes(content)
    import_deposits(actor=ACTOR, principal_id=principal.id, name=name, content=content)


def _folder() -> Path:
    """Where the statements that were read in are kept to look at."""
    folder: Path = settings.VAR / "demo"
    return folder


def forget_statements() -> None:
    """Delete the kept statements of all demo months."""
    for path in _folder().glob(f"{FILE_NAME}*.csv"):
        path.unlink(missing_ok=True)


def deposits_for_town(municipality_code: str) -> list[Deposited]:
    """Everything a town's bank would have said by today that has not been read in, for an upload by hand.

    Raises Refusal `organisation_unknown`, `not_demo`.
    """
    town = town_organisation(municipality_code)
    if not town.is_demo:
        raise Refusal("not_demo", organisation=town.name)
    closed = Payout.objects.filter(principal=town).values_list("closes_on", flat=True)
    months = sorted({day.replace(day=1) for day in closed})
    return unread(town.id, [row for month in months for row in statement_of(month, town)])


def unread(principal_id: UUID, rows: Iterable[Deposited]) -> list[Deposited]:
    """The rows that are no deposits yet."""
    known = set(
        Deposit.objects.filter(principal=principal_id, bank_key__startswith=f"id:{BANK_ID}").values_list(
            "bank_key", flat=True
        )
    )
    return [row for row in rows if f"id:{row.bank_id}" not in known]


def statement_of(month: date, principal: Organisation) -> list[Deposited]:
    """The lines for the payouts of periods that closed in `month`, as far as they are due by today; same every time.

    One is short by a transfer fee, one over, one is missing, and one line is of a payer nobody knows.
    """
    payouts = list(
        Payout.objects.filter(principal=principal, closes_on__range=(month, days_of(month)[-1]))
        .select_related("terms")
        .order_by("due_on", "provider_id", "closes_on")
    )
    rng = Random(f"{BANK_ID}{month:%Y-%m}:{principal.name}")  # noqa: S311
    short, over, missing = _differences(rng, payouts)
    rows = []
    for payout in payouts:
        amount_yen, on = payout.net_yen, payout.due_on
        is_late = rng.random() < 0.08
        if payout is short:
            amount_yen -= payout.terms.transfer_fee_yen or 330
        elif payout is over:
            amount_yen += OVER_YEN
        elif is_late:
            on = next_bank_business_day(on + timedelta(days=1))
        payer = f"カ）{payout.terms.payer_name_kana}" if payout.terms.payer_name_kana else payout.provider_id
        if payout is not missing and amount_yen > 0:
            rows.append(Deposited(on, payer, amount_yen, f"{BANK_ID}{payout.closes_on}:{payout.provider_id}"))
    if short is not None:
        stranger = Deposited(short.due_on, UNKNOWN_PAYER, UNKNOWN_YEN, f"{BANK_ID}{month:%Y-%m}:unknown")
        rows.append(stranger)
    return sorted((row for row in rows if row.on <= today()), key=lambda row: (row.on, row.bank_id))


def _differences(rng: Random, payouts: list[Payout]) -> tuple[Payout | None, Payout | None, Payout | None]:
    """Which payouts are paid short, over and not at all. Each stands alone on its day, so that it can be recognised."""
    same_day = Counter((row.provider_id, row.due_on) for row in payouts)
    alone = [row for row in payouts if same_day[row.provider_id, row.due_on] == 1]
    if len(payouts) < FEWEST or len(alone) < 3:
        return None, None, None
    short = rng.choice([row for row in alone if row.terms.transfer_fee_yen] or alone)
    over, missing = rng.sample([row for row in alone if row is not short], 2)
    return short, over, missing


def as_csv(rows: Iterable[Deposited]) -> bytes:
    """The rows as the CSV that the upload reads."""
    return b"".join(csv_lines(HEAD, ((row.on.isoformat(), row.payer, row.amount_yen, row.bank_id) for row in rows)))
