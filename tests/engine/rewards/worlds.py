"""Small worlds in which everything collides: few members and stores, low caps, instants around every boundary."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from tests.engine.rewards.oracle import MOST_YEN, Row
from tests.engine.rewards.writing import COLUMNS, ZONES, PaymentsFile, World, services_2019

JST = ZONES["+09:00"]
DAY_SECONDS = 86_400


def at(text: str, nanoseconds: int = 0) -> int:
    """An instant told in JST, in nanoseconds since 1970 UTC: `at("2019-10-01 00:00")`."""
    moment = datetime.fromisoformat(text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=JST)
    since = moment - datetime(1970, 1, 1, tzinfo=ZONES["Z"])
    return (since.days * DAY_SECONDS + since.seconds) * 10**9 + since.microseconds * 1_000 + nanoseconds


BOUNDARIES = [
    at("2019-10-15 12:00"),
    at("2019-10-01"),
    at("2019-11-01"),
    at("2020-01-01"),
    at("2020-04-01"),
    at("2020-07-01"),
    at("2020-02-29 12:00"),
    at("2020-03-01"),
    at("2019-10-15 09:00"),  # midnight in UTC
    at("2020-01-31 18:00"),
]
AROUND_NS = [0, 0, 0, 1, -1, 10**9, -(10**9), 999, -1_000_000, 3_600 * 10**9, -DAY_SECONDS * 10**9]
ABSURD = [at("1999-12-31 23:59:59"), at("2100-01-01"), at("1500-01-01"), at("9999-12-31 23:00")]
NEARLY_ABSURD = [at("2000-01-01"), at("2099-12-31 23:59:59")]
UNREADABLE = ["yesterday", "2019-13-01T00:00:00", "2019-02-30T10:00:00", "20:15"]

CAPS = st.sampled_from([1, 5, 20, 60, 250, 15_000])
PERIODS = st.sampled_from(["month", "quarter", "programme", "payment"])
RULES = st.sampled_from(
    [
        "instant",
        "days:+30",
        "next_week:monday",
        "day:+1:20",
        "day:+1:31",
        "month:+1",
        "month_end:+1",
        "billing:+2",
        "quarter_months:1-4-7",
        "quarter_months:2-5:15",
        "billing:+2|month_end:+1",
        "month_end:+2 | billing:+2",
    ]
)
OF_2019 = [
    ("line_pay", "code"),
    ("line_pay", "card"),
    ("suica", "ic"),
    ("pasmo", "ic"),
    ("ts_cubic_card", "card"),
    ("rakuten_edy", "ic"),
    ("merpay", "code"),
    ("merpay", "id"),
    ("dc_card", "card"),
]
MADE_UP = [
    ("mini", None),
    ("duo", "a"),
    ("duo", "b"),
    ("yen", "ic"),
    ("mixed", "a"),
    ("mixed", "b"),
    ("mixed", "c"),
]
UNKNOWN = [("ghost", "a"), ("mini", "x"), ("duo", None)]
INTEGER_IDS = st.one_of(st.integers(0, 120), st.sampled_from([-1, -(2**63), 2**63 - 1, 10**12]))
TEXT_IDS = st.one_of(
    st.integers(0, 40),
    st.sampled_from(
        ["007", "NA", "a,b", 'é"', "-0", "null", "１", "1.0", "9223372036854775808", "z", "Z", "😀", "\uff5e"]
    ),
)
INTEGER_MEMBERS, TEXT_MEMBERS = [1, 2, 2**63 - 1], ["NA", "m,1", "007"]
INTEGER_STORES, TEXT_STORES = [10, 9, -1, 2**40], ["S1", 10, "null", "é"]
AMOUNTS = st.one_of(
    st.integers(1, 2_500),
    st.sampled_from([1, 19, 20, 40, 100, 101, 11_000, 300_000, 400_020, 3_000_000, 10**9]),
)


def service(service_id: str, channel: str | None, **facts: Any) -> Row:
    """A row of the services table; only what a run needs is meant."""
    row = dict.fromkeys(services_2019()[0], service_id)
    facts = {"cap_unit": "point", "cap_period": "month", "cap_scope": "service", "credit_rule": "instant", **facts}
    return {**row, "channel": channel, **facts}


@st.composite
def made_up_services(draw: st.DrawFn) -> list[Row]:
    """Services with caps low enough to bind, of every unit, period and scope."""

    def capped() -> Row:
        return {"cap_amount": draw(CAPS), "cap_period": draw(PERIODS)}

    def rule() -> Row:
        return {"credit_rule": draw(RULES)}

    shared = capped()
    rows = [service("mini", None, **capped(), **rule())]
    if draw(st.booleans()):
        rows += [service("duo", each, **shared, **rule()) for each in ("a", "b")]
    else:
        rows += [service("duo", each, **capped(), **rule(), cap_scope="channel") for each in ("a", "b")]
    rows.append(service("mixed", "a", **capped(), **rule(), cap_scope="channel"))
    rows += [service("mixed", each, **shared, **rule()) for each in ("b", "c")]
    ceiling_yen = draw(st.sampled_from([1, 99, 1_000]))
    rows.append(service("yen", "ic", cap_amount=ceiling_yen, cap_unit="yen_of_payment", cap_period="payment", **rule()))
    return rows


@st.composite
def enrolled(draw: st.DrawFn, stores: list[Any]) -> list[Row]:
    """Enrolments of the stores: for all services and for some, adjacent, with gaps, with other rates, open."""
    turns = [date(2019, 9, 20), date(2019, 10, 1), date(2019, 10, 15), date(2019, 11, 1), date(2020, 1, 1)]
    turns += [date(2020, 3, 1), date(2020, 6, 29), date(2020, 7, 1)]
    rates = st.sampled_from([500, 200, 3_000, 333, 0, 10_000])
    rows: list[Row] = []

    def add(store: Any, service_id: str, starts_on: date, ends_on: date | None) -> None:
        facts = {"rate_bps": draw(rates), "starts_on": starts_on, "ends_on": ends_on}
        rows.append({"store_id": store, "service_id": service_id, **facts})

    for store in stores:
        for service_id in draw(
            st.sampled_from([["*"], ["*", "mini"], ["*", "duo", "mixed", "line_pay"], ["mini", "duo"]])
        ):
            if draw(st.integers(0, 2)):
                add(store, service_id, turns[draw(st.integers(0, 1))], None)
                continue
            cuts = sorted(draw(st.sets(st.sampled_from(turns), min_size=2, max_size=4)))
            for starts_on, next_on in pairwise(cuts):
                if draw(st.integers(0, 3)):  # one in four is a gap
                    add(store, service_id, starts_on, next_on - timedelta(days=draw(st.sampled_from([1, 1, 2]))))
            if draw(st.booleans()):
                add(store, service_id, cuts[-1], None)
    return draw(st.permutations(rows))


def instants() -> st.SearchStrategy[int]:
    return st.builds(sum, st.tuples(st.sampled_from(BOUNDARIES), st.sampled_from(AROUND_NS)))


@st.composite
def row_lists(draw: st.DrawFn, members: list[Any], stores: list[Any], ids: st.SearchStrategy[Any]) -> list[Row]:
    """Payments, refunds of them (before and after), copies, copies with a change, and rows that are refused."""
    count = draw(st.sampled_from([1, 2, 5, *range(8, 41, 2)]))  # simplest first, yet seldom few
    fresh = draw(st.lists(ids, min_size=count, max_size=count, unique_by=str))
    services = st.sampled_from(MADE_UP * 3 + OF_2019 + UNKNOWN)
    payment = st.tuples(services, st.sampled_from(members), st.sampled_from(stores), AMOUNTS, instants())
    rows: list[Row] = []
    for payment_id in fresh:
        what = draw(st.sampled_from(["payment"] * 14 + ["refund"] * 3 + ["copy", "change", "bad", "bad"]))
        if what == "payment" or not rows:
            row = row_of("payment", payment_id, None, *draw(payment))
        elif what == "refund":
            row = refund_of(draw, payment_id, rows)
        else:
            row = dict(draw(st.sampled_from(rows)))
            if what == "change":
                row |= draw(changes(members, stores))
            elif what == "bad":
                row |= {"payment_id": payment_id} | draw(faults())
        rows.append(row)
    return draw(st.permutations(rows))


def row_of(kind: str, payment_id: Any, original: Any, service: tuple[str | None, str | None], *rest: Any) -> Row:
    return dict(zip(COLUMNS, (payment_id, kind, original, *service, *rest), strict=True))


def refund_of(draw: st.DrawFn, payment_id: Any, rows: list[Row]) -> Row:
    """A refund of an earlier row (which may be a refund itself), or of nothing."""
    original = draw(st.sampled_from(rows))
    amount_yen = original["amount_yen"]
    whole = amount_yen if isinstance(amount_yen, int) and 1 < amount_yen <= MOST_YEN else 2
    given_back = draw(st.sampled_from([whole, whole // 2, whole - 1, whole + 1, 1]))
    original_id = draw(st.sampled_from([original["payment_id"]] * 8 + [None, -99]))
    if draw(st.booleans()):
        return row_of("refund", payment_id, original_id, (None, None), None, None, given_back, None)
    facts = (original["member_id"], original["store_id"], given_back, draw(instants()))
    return row_of("refund", payment_id, original_id, (original["service_id"], original["channel"]), *facts)


def changes(members: list[Any], stores: list[Any]) -> st.SearchStrategy[Row]:
    """What a second telling of one id may say otherwise."""
    return st.one_of(
        st.fixed_dictionaries({"amount_yen": AMOUNTS}),
        st.fixed_dictionaries({"paid_at": instants()}),
        st.fixed_dictionaries({"channel": st.sampled_from([None, "a", "b"])}),
        st.fixed_dictionaries({"member_id": st.sampled_from(members)}),
        st.fixed_dictionaries({"store_id": st.sampled_from(stores)}),
        st.fixed_dictionaries({"kind": st.just("refund"), "original_payment_id": st.sampled_from([None, 3])}),
    )


def faults() -> st.SearchStrategy[Row]:
    """What is refused in a row, sometimes two things at once."""
    wrong = [
        ("payment_id", st.none()),
        ("kind", st.sampled_from([None, "Payment", "chargeback"])),
        ("amount_yen", st.sampled_from([None, 0, -1, -(2**63), 10**9 + 1, 2**63 - 1])),
        ("amount_yen", st.sampled_from(["12.5", "1,000", "many", "1e3"])),
        ("service_id", st.none()),
        ("member_id", st.none()),
        ("store_id", st.none()),
        ("paid_at", st.sampled_from([None, *NEARLY_ABSURD, *UNREADABLE])),
        ("paid_at", st.sampled_from(ABSURD)),
    ]
    one = st.one_of(*(st.fixed_dictionaries({column: values}) for column, values in wrong))
    return st.one_of(one, st.builds(lambda first, second: first | second, one, one))


@st.composite
def payments_files(draw: st.DrawFn, rows: list[Row]) -> list[PaymentsFile]:
    """The rows spread over 1 to 4 files of either kind."""
    names = draw(st.sampled_from([["a"], ["a", "b"], ["b", "a10", "a9"], ["d", "c", "deep/x", "a"]]))
    files = []
    for name in names:
        is_csv = draw(st.integers(0, 2)) == 0
        zone = st.sampled_from(["", "", *(("Z", "+09:00", "-05:00") if is_csv else ("UTC", "Asia/Tokyo"))])
        written = PaymentsFile(
            name=f"{name}.csv" if is_csv else f"{name}.parquet",
            unit=draw(st.sampled_from(["us", "s", "ms", "ns"])),
            zone=draw(zone),
        )
        if is_csv:
            written.quoted, written.line_end = draw(st.booleans()), draw(st.sampled_from(["\n", "\r\n"]))
            written.separator = draw(st.sampled_from("T "))
        else:
            text = st.sampled_from([(), (), (), ("payment_id",), ("member_id", "store_id")])
            written.text_ids = frozenset(draw(text))
            written.group_rows, written.encoded = draw(st.sampled_from([1_000, 1, 3, 7])), draw(st.booleans())
        files.append(written)
    for row in rows:
        file = draw(st.sampled_from(files))
        beyond = file.unit == "ns" and not file.is_csv and row["paid_at"] in ABSURD[2:]
        # 64 bits of nanoseconds reach from 1677 to 2262.
        file.rows.append({**row, "paid_at": ABSURD[0]} if beyond else row)
    return files


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """All inputs of a run."""
    ids = draw(st.sampled_from([INTEGER_IDS, INTEGER_IDS, TEXT_IDS]))
    members = draw(st.sampled_from([INTEGER_MEMBERS, INTEGER_MEMBERS, TEXT_MEMBERS]))
    stores = draw(st.sampled_from([INTEGER_STORES, INTEGER_STORES, TEXT_STORES]))
    rows = draw(row_lists(members, stores, ids))
    holds = None
    if draw(st.integers(0, 2)) == 0:
        known = [row["payment_id"] for row in rows if row["payment_id"] is not None]
        holds = draw(st.lists(st.sampled_from([*known, -98]), max_size=4, unique_by=str))
    return World(
        files=draw(payments_files(rows)),
        enrolments=draw(enrolled(stores)),
        services=draw(st.permutations(services_2019() + draw(made_up_services()))),
        holds=holds,
        enrolments_name=draw(st.sampled_from(["enrolments.parquet", "enrolments.csv"])),
    )
