"""How fast the office's review queue answers with a whole country in PostgreSQL (issue: under 200 ms).

    python -m benchmarks.queue [--places 730000] [--applications 500000] [--requests 20]

Fills a cluster of its own with COPY, then asks for pages through Django's test client, signed in as an officer: each
tab, its last page, searches by name, reference and corporate number, and filters by flag, kind, prefecture and town.
The floor of each page is the bare SQL that fetches the rows it shows. Exits 1 if a page's p95 is above 200 ms.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from rich.console import Console
from rich.table import Table

from tools.postgres import cluster

LIMIT_MS = 200.0
SEED = 730_000
# Of half a million applications: what waits, and what is decided. The rest is accepted.
STATES = {"submitted": 20_000, "returned": 3_000, "refused": 6_000, "withdrawn": 4_000, "cancelled": 2_000}
PROPOSED = 500
RARE_NAME = "群青堂"
LEGAL = ("株式会社", "有限会社", "合同会社", "", "", "", "一般社団法人")
FAMILY = (
    "佐藤",
    "鈴木",
    "高橋",
    "田中",
    "渡辺",
    "伊藤",
    "中村",
    "小林",
    "山本",
    "加藤",
    "吉田",
    "山田",
    "富岡",
    "泰阜",
)
TRADES = (
    "商店",
    "酒店",
    "理容室",
    "食堂",
    "薬局",
    "書店",
    "自動車",
    "工務店",
    "旅館",
    "豆腐店",
    "電器",
    "生花店",
    "時計店",
)
KINDS = {"business": 0.985, "designated_manager": 0.01, "municipality": 0.0049, "post_office_operator": 0.0001}
FLAGS = (
    ("ask_desk", 0.2, {}),
    ("not_eligible", 0.08, {}),
    ("start_may_be_late", 0.06, {"wished_on": "2026-12-01"}),
    ("place_elsewhere", 0.05, {"place": "本店", "references": ["AAAA-AAAA"]}),
    ("used_already", 0.04, {}),
    ("card_companies_missing", 0.01, {"contracts": 3, "applied": 1}),
    ("postal_code_differs", 0.002, {"place": "本店"}),
)
FACTS = {"as_of": "2026-11-01", "entity": "company", "industry": "retail", "capital_yen": 3_000_000}
DECISION = {"facts": FACTS, "outcome": "eligible", "rules": ["P-06", "P-08", "P-13", "P-04"], "rate_bps": 500}
ANSWERS = {
    "applicant": {"postal_code": "3702392", "address": "群馬県富岡市富岡1460-1", "representative": "代表取締役"},
    "business": {"entity": "company", "industry": "retail", "capital_yen": 3_000_000, "regular_employees": 4},
}
SEALED = "x" * 300  # as long as an account is once sealed


@dataclass(frozen=True)
class Shown:
    """One measured page, its milliseconds, and those of the bare SQL for the same rows."""

    name: str
    rows: int
    milliseconds: Sequence[float]
    floor_ms: float

    def at(self, share: float) -> float:
        """The time within which so many of the requests were answered."""
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Country:
    """Rows of the whole country, the same for the same seed."""

    def __init__(self, applications: int, places: int, towns: Sequence[str], services: Sequence[tuple[str, str]]):
        self.random = random.Random(SEED)
        self.ids = [UUID(int=self.random.getrandbits(128), version=4) for _ in range(applications)]
        waiting = [state for state, count in STATES.items() for _ in range(count * applications // 500_000)]
        self.states = waiting + ["accepted"] * (applications - len(waiting))
        self.random.shuffle(self.states)
        extra = self.random.choices(range(applications), k=places - applications)
        self.owners = sorted([*range(applications), *extra])
        self.place_ids = [UUID(int=self.random.getrandbits(128), version=4) for _ in range(places)]
        self.towns, self.services = towns, services
        self.begin = datetime(2026, 9, 1, tzinfo=UTC)

    def name(self, number: int) -> str:
        if number == len(self.ids) // 2:
            return f"{RARE_NAME}本店"
        rolled = self.random
        return f"{rolled.choice(LEGAL)}{rolled.choice(FAMILY)}{rolled.choice(TRADES)}{number % 1000}"

    def applications(self) -> Iterator[tuple[Any, ...]]:
        rolled, answers, decision = self.random, json.dumps(ANSWERS), json.dumps(DECISION)
        kinds, shares = list(KINDS), list(KINDS.values())
        for number, (identifier, state) in enumerate(zip(self.ids, self.states, strict=True)):
            at = self.begin + timedelta(seconds=number * 12)
            flags = [
                {"code": code, "rule": "P-21", "stops": False, "facts": facts}
                for code, share, facts in FLAGS
                if rolled.random() < share
            ]
            kind = rolled.choices(kinds, shares)[0]
            # A town applies once: here it is linked, so that a country has more of them than towns.
            linked = self.ids[0] if kind == "municipality" else None
            yield (
                identifier, reference(number), "0" * 64, 3, state, kind, "ja", self.name(number), "", "",
                f"{number + 1_000_000_000_000}", rolled.choice(self.towns), "a@example.jp", answers, SEALED, True,
                linked, "more_services" if linked else "", "", json.dumps(flags), decision, at, at, at, at,
                at if state not in {"submitted", "returned"} else None, False,
            )  # fmt: skip

    def places(self) -> Iterator[tuple[Any, ...]]:
        position, before = 0, -1
        for identifier, owner in zip(self.place_ids, self.owners, strict=True):
            position = position + 1 if owner == before else 1
            before = owner
            yield (
                identifier, self.ids[owner], position, "本店", "Main shop", "", "shop", "fixed",
                self.random.choice(self.towns), "3702392", "富岡1460-1", "0274621511", "[]", "", "",
            )  # fmt: skip

    def items(self) -> Iterator[tuple[Any, ...]]:
        for place_id, owner in zip(self.place_ids, self.owners, strict=True):
            state = {"accepted": "approved", "returned": "draft", "cancelled": "ended"}.get(self.states[owner])
            first = int(self.random.random() * len(self.services))
            for offset in range(2 if self.random.random() < 1 / 3 else 1):
                service, provider = self.services[first - offset]
                yield (
                    UUID(int=self.random.getrandbits(128), version=4), self.ids[owner], place_id, service, provider,
                    state or self.states[owner], False, "", "", "", self.begin,
                )  # fmt: skip

    def proposals(self) -> Iterator[tuple[Any, ...]]:
        waiting = [one for one, state in zip(self.ids, self.states, strict=True) if state == "submitted"]
        for identifier in waiting[:PROPOSED]:
            content = json.dumps({"decision": "accept"})
            subject = f"application:{identifier}"
            yield (identifier, "screening", subject, identifier, content, "", "proposed", "user:1", self.begin, "", "")


COLUMNS = {
    "application": "id reference resume_hash version state kind language name name_en name_kana corporate_number"
    " municipality_id email answers account_sealed publication_consent linked_to_id link_kind body_hash flags decision"
    " created_at changed_at submitted_at screened_at decided_at is_demo",
    "applicationplace": "id application_id position name name_en name_kana kind place_class municipality_id postal_code"
    " address phone purposes remarks registration_id",
    "item": "id application_id place_id service_id provider_id state is_used_already terms reason provider_reference"
    " changed_at",
    "proposal": "id kind subject application_id content reason state maker proposed_at checker answer",
}


def reference(number: int) -> str:
    """The reference of one of the applications."""
    from madoguchi.core.ids import ALPHABET

    symbols = "".join(ALPHABET[number // 32**place % 32] for place in reversed(range(8)))
    return f"{symbols[:4]}-{symbols[4:]}"


def fill(console: Console, applications: int, places: int) -> None:
    """Make the country's rows and let PostgreSQL count them."""
    from django.db import connection

    from madoguchi.registry.models import Municipality, Service

    towns = list(Municipality.objects.order_by("code").values_list("code", flat=True))
    services = list(Service.objects.order_by("code").values_list("code", "provider_id"))
    country = Country(applications, places, towns, services)
    rows: dict[str, Callable[[], Iterator[tuple[Any, ...]]]] = {
        "application": country.applications,
        "applicationplace": country.places,
        "item": country.items,
        "proposal": country.proposals,
    }
    with connection.cursor() as cursor:
        for table, make in rows.items():
            started, columns = time.perf_counter(), ", ".join(COLUMNS[table].split())
            with cursor.copy(f"COPY onboarding_{table} ({columns}) FROM STDIN") as copy:
                for row in make():
                    copy.write_row(row)
            console.print(f"{table}: {cursor.rowcount:,} rows in {time.perf_counter() - started:.0f} s")
        cursor.execute("VACUUM ANALYZE")


def officer() -> Any:
    """A browser signed in as an officer of the programme."""
    from django.test import Client

    from madoguchi.people.access import system_actor
    from madoguchi.people.actions import ensure_user, grant_role

    actor = system_actor("benchmark")
    user = ensure_user(actor=actor, username="officer", display_name="事務局", password="a-long-password")
    grant_role(actor=actor, user=user, role="programme_officer")
    client = Client(headers={"accept-language": "ja"})
    client.force_login(user)
    return client


def floor_ms(ids: Sequence[UUID]) -> float:
    """Milliseconds of the bare SQL that fetches these rows and counts what is theirs, the best of five."""
    from django.db import connection

    statements = (
        "SELECT id, reference, state, kind, name, corporate_number, municipality_id, flags, submitted_at"
        " FROM onboarding_application WHERE id = ANY(%s)",
        "SELECT application_id, count(*) FROM onboarding_applicationplace WHERE application_id = ANY(%s) GROUP BY 1",
        "SELECT application_id, count(*), count(DISTINCT service_id) FROM onboarding_item"
        " WHERE application_id = ANY(%s) GROUP BY 1",
    )
    best = float("inf")
    with connection.cursor() as cursor:
        for _ in range(5):
            started = time.perf_counter()
            for statement in statements:
                cursor.execute(statement, [list(ids)])
                cursor.fetchall()
            best = min(best, time.perf_counter() - started)
    return 1000 * best


def measure(client: Any, name: str, query: str, requests: int) -> Shown:
    """Ask for a page so often, once beforehand; raises AssertionError if it is not answered."""
    address = f"/office/applications/?{query}"
    page = client.get(address)
    assert page.status_code == 200, (name, page.status_code)
    times = []
    for _ in range(requests):
        started = time.perf_counter()
        client.get(address)
        times.append(1000 * (time.perf_counter() - started))
    ids = shown_ids(query)
    return Shown(name, len(ids), times, floor_ms(ids))


def shown_ids(query: str) -> list[UUID]:
    """The applications on a page."""
    from django.http import QueryDict

    from madoguchi.onboarding.queue import QueueFilter, queue_page
    from madoguchi.people.access import system_actor

    given = QueryDict(query).dict()
    page = queue_page(system_actor("benchmark"), QueueFilter.read(given), at_end="end" in given)
    return [row.application.id for row in page.rows]


def pages(applications: int) -> dict[str, str]:
    """What is asked for: a name and the address's query."""
    from madoguchi.onboarding.queue import TABS

    asked = {f"tab {tab}": f"state={tab}" for tab in TABS}
    asked |= {f"last page of {tab}": f"state={tab}&end=1" for tab in ("submitted", "accepted")}
    return asked | {
        "search, common name": "state=accepted&q=鈴木",
        "search, one name": f"state=accepted&q={RARE_NAME}",
        "search, no such name": "state=accepted&q=XYZ食品",
        "search, two letters": "state=accepted&q=鷺沼",
        "search, to look at": "state=submitted&q=豆腐店",
        "reference": f"q={reference(applications // 3)}",
        "corporate number": f"q={applications // 3 + 1_000_000_000_000}",
        "flag, common": "state=submitted&flag=ask_desk",
        "flag, rare": "state=submitted&flag=postal_code_differs",
        "flag that nobody has": "state=submitted&flag=no_services",
        "kind, rare": "state=accepted&kind=post_office_operator",
        "prefecture": "state=accepted&prefecture=10",
        "town": "state=accepted&prefecture=10&municipality=10210",
        "town, to look at": "state=submitted&prefecture=10&municipality=10210",
        "town and a name": f"state=accepted&prefecture=13&q={RARE_NAME}",
    }


def report(shown: Sequence[Shown]) -> Table:
    """The measurements, each beside its floor."""
    table = Table("page", "rows", "median ms", "p95 ms", "floor ms", "× floor", title="The review queue on PostgreSQL")
    for one in shown:
        median = one.at(0.5)
        figures = (f"{median:.0f}", f"{one.at(0.95):.0f}", f"{one.floor_ms:.1f}", f"{median / one.floor_ms:.0f}")
        table.add_row(one.name, str(one.rows), *figures, style="bold red" if one.at(0.95) > LIMIT_MS else None)
    return table


def main() -> int:
    """Fill, ask, and say what took how long."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--places", type=int, default=730_000)
    parser.add_argument("--applications", type=int, default=500_000)
    parser.add_argument("--requests", type=int, default=20)
    options = parser.parse_args()
    console = Console(width=110)
    with cluster() as url:
        os.environ |= {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "madoguchi.config.settings"}
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        from madoguchi.registry.loading import load_reference

        call_command("migrate", verbosity=0)
        load_reference()
        fill(console, options.applications, options.places)
        client = officer()
        asked = pages(options.applications)
        shown = [measure(client, name, query, options.requests) for name, query in asked.items()]
        connection.close()
    console.print(report(shown))
    return 1 if any(one.at(0.95) > LIMIT_MS for one in shown) else 0


if __name__ == "__main__":
    sys.exit(main())
