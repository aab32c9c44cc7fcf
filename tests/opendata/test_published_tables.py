"""Printed tables in the database: whole or not at all, each print a version (P-42 to P-44)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from madoguchi.core.errors import Refusal
from madoguchi.events.models import Event
from madoguchi.opendata.models import PublishedRow, PublishedTable
from madoguchi.opendata.published_tables import (
    import_table,
    import_tables,
    load_published,
    newest,
    notice_mappings,
    notice_text,
    rows_of,
    tables,
)
from madoguchi.people.access import Actor, system_actor
from tests.conftest import NOON, actor_named, refused

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")
APPLICATIONS, REGISTRATIONS = notice_mappings()


@pytest.fixture
def officer(towns: Any) -> Actor:
    return actor_named("programme-office")


def kept() -> tuple[int, int, int]:
    events = Event.objects.filter(name="published_table.imported").count()
    return PublishedTable.objects.count(), PublishedRow.objects.count(), events


def test_the_notice_becomes_two_tables_with_their_rows_totals_and_repairs(officer: Actor, clock: Any) -> None:
    """P-42, P-43."""
    applications, registrations = import_tables(actor=officer, text=notice_text(), mappings=notice_mappings())

    assert kept() == (2, 1741 + 47, 2)
    assert (applications.name, applications.version, applications.level) == ("applications", 1, "municipality")
    assert (applications.as_of_on, applications.totals) == (date(2019, 9, 25), {"applications": 730_493})
    assert applications.columns == [{"name": "applications", "label": "申請件数", "label_en": "applications"}]
    assert (applications.imported_at, applications.imported_by) == (NOON, str(officer))
    assert registrations.totals["total"] == 498_281
    assert [column["name"] for column in registrations.columns] == [
        "total", "retail", "restaurants", "other_services", "mobile", "mail_order",
    ]  # fmt: skip
    assert [(len(table.repairs), len(rows_of(table))) for table in (applications, registrations)] == [
        (82, 1741),
        (0, 47),
    ]


def test_a_row_has_its_code_its_official_names_and_what_was_printed(db: None) -> None:
    """P-42."""
    table = load_published()[0]
    row = table.rows.get(code="32201")

    assert (row.prefecture, row.municipality) == ("島根県", "松江市")
    assert (row.as_printed_prefecture, row.as_printed, row.figures) == ("鳥根県", "松江市", {"applications": 1_630})
    assert [row.position for row in rows_of(table)] == list(range(1, 1742))
    assert rows_of(table)[0].municipality == "愛別町"


def test_an_import_is_an_event_with_its_figures(officer: Actor) -> None:
    table = import_table(actor=officer, text=notice_text(), mapping=APPLICATIONS)

    event = Event.objects.get(name="published_table.imported")
    assert (event.actor, event.subject) == (str(officer), str(table.id))
    assert event.facts == {
        "table": "applications",
        "version": 1,
        "sha256": table.sha256,
        "rows": 1741,
        "repairs": 82,
        "totals": {"applications": 730_493},
    }


def test_the_same_print_again_is_the_same_table(officer: Actor) -> None:
    """P-44: also where it is read out of a longer document."""
    first = import_tables(actor=officer, text=notice_text(), mappings=notice_mappings())
    before = kept()

    again = import_tables(
        actor=SYSTEM,
        text=f"前文です。\n{notice_text()}\n中小・小規模店舗向け説明資料\n後文です。\n",
        mappings=notice_mappings(),
    )

    assert [table.id for table in again] == [table.id for table in first]
    assert kept() == before


def test_the_next_print_is_a_new_version_and_the_earlier_one_stays(officer: Actor) -> None:
    """P-44."""
    first = import_table(actor=officer, text=notice_text(), mapping=REGISTRATIONS)
    one_more = (
        notice_text()
        .replace("2019年9月25日時点", "2019年10月11日時点")
        .replace("青森県\t4,070\t2,457", "青森県\t4,071\t2,458")
        .replace("498,281\t229,919", "498,282\t229,920")
    )
    later = dataclasses.replace(REGISTRATIONS, as_of_on=date(2019, 10, 11), as_of_printed="2019年10月11日時点")

    second = import_table(actor=officer, text=one_more, mapping=later)

    assert (second.version, second.totals["total"]) == (2, 498_282)
    assert newest("registrations").id == second.id
    assert [table.version for table in tables()] == [2, 1]
    assert first.rows.get(code="02").figures["total"] == 4_070


def test_an_earlier_print_that_comes_late_is_not_the_newest(officer: Actor) -> None:
    """P-44: the date of the data decides, not the day of the import."""
    table = import_table(actor=officer, text=notice_text(), mapping=REGISTRATIONS)
    earlier = dataclasses.replace(REGISTRATIONS, as_of_on=date(2019, 9, 5), as_of_printed="2019年9月5日時点")
    text = notice_text().replace("2019年9月25日時点", "2019年9月5日時点")

    assert import_table(actor=officer, text=text, mapping=earlier).version == 2
    assert newest("registrations").id == table.id


def corrupted(old: str, new: str) -> Callable[[], str]:
    return lambda: notice_text().replace(old, new, 1)


@pytest.mark.parametrize(
    ("text", "table", "place"),
    [
        (corrupted("愛別町\t12", "愛別町\t13"), "applications", (85, "rows_differ")),
        (corrupted("旭川市", "旭山市"), "applications", (89, "name_unknown")),
        (corrupted("北海道\t愛別町\t12\n", ""), "applications", (85, "name_missing")),
        (corrupted("北海道\t愛別町\t12\n", "北海道\t愛別町\t12\n" * 2), "applications", (87, "name_twice")),
        (corrupted("青森県\t4,070", "青森県\t4,071"), "registrations", (1922, "cell_wrong")),
    ],
)
def test_a_corrupted_copy_is_refused_with_the_place_and_neither_table_stored(
    officer: Actor, text: Callable[[], str], table: str, place: tuple[int, str]
) -> None:
    """P-42, P-43."""
    with pytest.raises(Refusal) as caught:
        import_tables(actor=officer, text=text(), mappings=notice_mappings())

    assert caught.value.code == "table_not_accepted"
    (problem,) = caught.value.details["problems"]  # type: ignore[misc]  # details are facts of any kind
    assert (problem["table"], problem["line"], problem["code"]) == (table, *place)
    assert problem["ja"]
    assert problem["en"]
    assert kept() == (0, 0, 0)


def test_only_the_programme_office_imports(towns: Any) -> None:
    for username in ("clerk-mill", "admin-tomioka", "accountant-tomioka", "provider-paypay", "auditor"):
        with refused("not_allowed", permission="opendata.write"):
            import_table(actor=actor_named(username), text=notice_text(), mapping=REGISTRATIONS)

    assert kept() == (0, 0, 0)


def test_the_carried_tables_are_loaded_once_and_not_over_newer_ones(officer: Actor) -> None:
    """P-42, P-43: on an empty database there is something to look at."""
    assert [table.name for table in load_published()] == ["applications", "registrations"]
    before = kept()

    assert load_published() == []
    assert kept() == before
    assert {table.imported_by for table in tables()} == {"system:setup"}


def test_the_contradiction_of_the_dates_stands_on_the_table(db: None) -> None:
    """X-01."""
    applications, registrations = load_published()

    assert [note["about"] for note in applications.notes] == ["X-01"]
    assert "9月26日" in applications.notes[0]["ja"]
    assert registrations.notes == []


def test_a_table_that_was_never_imported_is_unknown(db: None) -> None:
    with refused("published_table_unknown", table="visitors"):
        newest("visitors")
