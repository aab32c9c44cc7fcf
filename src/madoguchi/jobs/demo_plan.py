"""The plan of a demo month: who buys what, when, how they pay and what goes wrong; the same for the same seed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

from madoguchi.core.clock import jst_date, start_of_day
from madoguchi.counter.queries import Offer
from madoguchi.counter.rules import DENOMINATIONS_YEN
from madoguchi.jobs import demo_shapes as shapes
from madoguchi.payments.rules import CLOCK_TOLERANCE, OPEN_ORDER_LIFE

PREFIX = "demo:"
# Of all payments, one in so many.
ONE_IN_WRONG = 100  # J-29: ¥100 instead of ¥1,000; paid again, and the wrong one given back
ONE_IN_TWINS = 100  # two customers at once with the same amount: a person says whose is whose
ONE_IN_BOOKED = 200  # paid without an order; the accountant books it to an item
ONE_IN_LATE = 200  # J-25: the clerk sees the customer's screen before the notice comes
ONE_IN_REFUNDED = 160
ONE_IN_PARTLY_REFUNDED = 500
ONE_IN_CASH = 5
# Left for a person to clear, together about twenty however large the month.
MOST_STRAYS = 14
MOST_LEFT_PAIRS = 3
# Two open orders of one amount at one code can both fit a payment when they are opened within this time.
APART = OPEN_ORDER_LIFE + 2 * CLOCK_TOLERANCE


@dataclass(frozen=True)
class Till:
    """A store code, with what a plan needs of the place where it stands."""

    code_id: UUID
    store_id: str
    place_id: UUID
    principal_id: UUID
    operator_id: UUID
    clerk_id: int | None
    shape: str
    size: int
    services: tuple[tuple[str, str], ...]  # (service, provider)


@dataclass(frozen=True, slots=True)
class Told:
    """A payment as its provider will tell of it."""

    reference: str
    provider: str
    service: str
    store_id: str
    amount_yen: int
    paid_at: datetime


@dataclass(frozen=True, slots=True)
class Back:
    """Money that a provider will say it gave back."""

    provider: str
    payment_reference: str
    amount_yen: int
    refunded_at: datetime


@dataclass(slots=True)
class Sale:
    """One customer. `tender` is "cash" or a service; `ordinal` is the order's number that day, 0 without an order.

    `fate`: `plain`; `late` (J-25); `wrong` (pays too little first, J-29); `twin` and `left` (two alike at once, cleared
    by hand or left); `stray` and `booked` (paid without an order).
    """

    till: Till
    lines: tuple[tuple[Offer, int], ...]
    opened_at: datetime
    paid_at: datetime
    tender: str = "cash"
    provider: str = ""
    fate: str = "plain"
    refund_yen: int = 0
    refunded_at: datetime | None = None
    pair: int = 0
    key: str = ""
    ordinal: int = 0
    wave: int = 0

    @property
    def total_yen(self) -> int:
        return sum(offer.unit_yen * quantity for offer, quantity in self.lines)

    @property
    def day(self) -> date:
        return jst_date(self.opened_at)

    @property
    def has_order(self) -> bool:
        return self.fate not in {"stray", "booked"}

    def told(self) -> Told:
        """The payment for what was asked."""
        return Told(self.key, self.provider, self.tender, self.till.store_id, self.total_yen, self.paid_at)

    def wrong(self) -> Told:
        """The payment with a zero too few that came before it; never the price of anything asked for just then."""
        at = self.opened_at + (self.paid_at - self.opened_at) / 4
        return replace(self.told(), reference=f"{self.key}w", amount_yen=self.total_yen // 10, paid_at=_whole(at))


@dataclass
class Plan:
    """A month's sales in the order in which they happen."""

    month: date
    prefix: str
    sales: list[Sale] = field(default_factory=list)

    def with_order(self, *fates: str) -> list[Sale]:
        """Sales paid by service that have an order, with one of these fates."""
        return [sale for sale in self.sales if sale.tender != "cash" and sale.fate in fates]

    def cash(self) -> list[Sale]:
        """Sales paid in cash."""
        return [sale for sale in self.sales if sale.tender == "cash"]

    def orderless(self) -> list[Told]:
        """Payments for which no order waits: wrong amounts, and those made without one."""
        wrong = [sale.wrong() for sale in self.sales if sale.fate == "wrong"]
        return wrong + [sale.told() for sale in self.sales if not sale.has_order]

    def refunds(self) -> list[Back]:
        """Wrong amounts given back at once, and payments given back later in whole or in part."""
        backs = []
        for sale in self.sales:
            if sale.fate == "wrong":
                wrong = sale.wrong()
                at = sale.paid_at + timedelta(minutes=7)
                backs.append(Back(wrong.provider, wrong.reference, wrong.amount_yen, at))
            if sale.refunded_at is not None:
                backs.append(Back(sale.provider, sale.key, sale.refund_yen, sale.refunded_at))
        return backs


def prefix_of(month: date, seed: int, payments: int) -> str:
    """How the references and keys of one demo month begin."""
    return f"{PREFIX}{month:%Y-%m}:{seed}:{payments}:"


def next_month(month: date) -> date:
    """The first day of the month after `month`."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def days_of(month: date) -> list[date]:
    """Every day of the month that begins on `month`."""
    return [month + timedelta(days=number) for number in range((next_month(month) - month).days)]


Menu = Callable[[Till, date], Sequence[Offer]]


def plan_month(*, month: date, seed: int, payments: int, tills: Sequence[Till], menu: Menu) -> Plan:
    """Plan `payments` payments, and cash sales beside them, over the days of the month that begins on `month`.

    `menu` gives what a till sells on a day. The same arguments give the same plan.
    """
    plan = Plan(month, prefix_of(month, seed, payments))
    rng = Random(plan.prefix)  # noqa: S311  # nothing here is secret, and it has to come out the same again
    wrong, twins, cash = payments // ONE_IN_WRONG, payments // ONE_IN_TWINS, payments // ONE_IN_CASH
    first_time = payments - wrong - twins
    plan.sales = _sales(rng, month, first_time + cash, tills, menu)
    if plan.sales:
        _tenders(rng, plan.sales, first_time)
        _fates(rng, plan, payments, wrong, twins)
        _number(plan)
        _waves(plan.with_order("plain", "late", "wrong"))
    return plan


def _sales(rng: Random, month: date, count: int, tills: Sequence[Till], menu: Menu) -> list[Sale]:
    places = sorted(tills, key=lambda till: till.store_id)
    slots: list[tuple[Till, date]] = []
    weights: list[int] = []
    for day in days_of(month):
        chance = {name: shapes.weather(rng, shape) for name, shape in shapes.SHAPES.items()}
        for till in places:
            if menu(till, day):
                slots.append((till, day))
                weights.append(till.size * shapes.day_weight(shapes.SHAPES[till.shape], day) * chance[till.shape])
    if not any(weights):
        return []
    sales = []
    for till, day in rng.choices(slots, weights, k=count):
        offers = menu(till, day)
        at = shapes.moment(rng, shapes.SHAPES[till.shape], day)
        lines = tuple((offers[position], quantity) for position, quantity in shapes.basket(rng, offers, at))
        sales.append(Sale(till, lines, at, at + timedelta(seconds=rng.randint(15, 75))))
    return sales


def _tenders(rng: Random, sales: Sequence[Sale], by_service: int) -> None:
    """Let `by_service` of the sales be paid with a service, the others in cash."""
    for position in rng.sample(range(len(sales)), by_service):
        _pay_by_service(rng, sales[position])


def _pay_by_service(rng: Random, sale: Sale) -> None:
    shares = [shapes.SERVICE_SHARES.get(service, shapes.OTHER_SERVICE_SHARE) for service, _ in sale.till.services]
    sale.tender, sale.provider = rng.choices(sale.till.services, shares)[0]


def _fates(rng: Random, plan: Plan, payments: int, wrong: int, twins: int) -> None:
    sales = [sale for sale in plan.sales if sale.tender != "cash"]
    rng.shuffle(sales)
    drawn = iter(sales)
    for number, sale in enumerate(_take(drawn, twins), start=1):
        sale.fate = "left" if number <= min(MOST_LEFT_PAIRS, twins // 2) else "twin"
        sale.pair = number
        apart = timedelta(seconds=rng.randint(3, 20))
        twin = replace(sale, opened_at=sale.opened_at + apart, paid_at=sale.paid_at + apart)
        _pay_by_service(rng, twin)
        plan.sales.append(twin)
    for sale in _take(drawn, wrong):
        sale.fate = "wrong"
        sale.paid_at += timedelta(seconds=rng.randint(60, 150))
    for sale in _take(drawn, payments // ONE_IN_BOOKED):
        sale.fate = "booked"
    for sale in _take(drawn, min(MOST_STRAYS, payments // 50)):
        sale.fate = "stray"
    for sale in _take(drawn, payments // ONE_IN_LATE):
        sale.fate = "late"
    for sale in _take(drawn, payments // ONE_IN_REFUNDED):
        _refund(rng, plan, sale, sale.total_yen)
    for sale in _take(drawn, payments // ONE_IN_PARTLY_REFUNDED):
        offer, quantity = sale.lines[-1]
        _refund(rng, plan, sale, offer.unit_yen * max(1, quantity // 2))


def _take(sales: Iterable[Sale], number: int) -> list[Sale]:
    return [sale for _, sale in zip(range(number), sales, strict=False)]


def _refund(rng: Random, plan: Plan, sale: Sale, amount_yen: int) -> None:
    later = sale.paid_at + timedelta(minutes=rng.choice((20, 45, 90, 26 * 60, 50 * 60, 120 * 60)))
    last = start_of_day(next_month(plan.month)) - timedelta(minutes=5)
    sale.refund_yen, sale.refunded_at = amount_yen, min(later, last)


def _number(plan: Plan) -> None:
    """Give sales their keys, and orders their numbers of the day, in the order in which they happen."""
    plan.sales.sort(key=lambda sale: (sale.opened_at, sale.till.store_id, sale.total_yen, sale.pair))
    ordinals: dict[tuple[UUID, date], int] = defaultdict(int)
    for position, sale in enumerate(plan.sales):
        sale.key = f"{plan.prefix}{position:06d}"
        if sale.has_order:
            ordinals[sale.till.place_id, sale.day] += 1
            sale.ordinal = ordinals[sale.till.place_id, sale.day]


def _waves(sales: Iterable[Sale]) -> None:
    """Put apart orders that would wait side by side with the same amount at one code.

    At a real till the first is paid before the next is opened; here many wait at once, and matching would rightly
    call two that fit ambiguous. Inside a wave every payment has one order.
    """
    last_opened: dict[tuple[UUID, int], list[datetime]] = defaultdict(list)
    for sale in sorted(sales, key=lambda sale: sale.key):
        ends = last_opened[sale.till.code_id, sale.total_yen]
        free = next((number for number, at in enumerate(ends) if sale.opened_at - at > APART), len(ends))
        if free == len(ends):
            ends.append(sale.opened_at)
        ends[free] = sale.opened_at
        sale.wave = free


def slices(sales: Iterable[Sale], most: int) -> list[list[Sale]]:
    """The sales cut into runs of up to `most`, none across two waves, each in the order in which they happen."""
    by_wave: dict[int, list[Sale]] = defaultdict(list)
    for sale in sales:
        by_wave[sale.wave].append(sale)
    cut: list[list[Sale]] = []
    for _, rows in sorted(by_wave.items()):
        rows.sort(key=lambda sale: sale.key)
        cut.extend(rows[start : start + most] for start in range(0, len(rows), most))
    return cut


def given_yen(rng: Random, total_yen: int) -> int:
    """What a customer hands over for `total_yen` in cash: exactly, or the next round sum."""
    if rng.random() < 0.45:
        return total_yen
    note = rng.choice((500, 1_000, 1_000, 5_000, 10_000))
    return -(-total_yen // note) * note


def count_of(cash_yen: int) -> dict[int, int]:
    """A count by denomination that sums to `cash_yen`: as few pieces as can be. Nothing is counted as nothing."""
    counts = {}
    left = max(0, cash_yen)
    for value in DENOMINATIONS_YEN:
        counts[value], left = divmod(left, value)
    return counts


def miscount_yen(rng: Random) -> int:
    """By how much a till's count is off: mostly nothing, sometimes ¥10 to ¥500 over or short."""
    if rng.random() < 0.93:
        return 0
    return rng.choice((-1, 1)) * rng.choice((10, 10, 50, 100, 100, 500))


def _whole(at: datetime) -> datetime:
    return at.replace(microsecond=0)
