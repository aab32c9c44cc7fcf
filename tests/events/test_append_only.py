"""The database itself refuses to change what was written down: events, their blocks, and postings."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from madoguchi.core.clock import now
from madoguchi.events.actions import record, seal
from madoguchi.events.append_only import APPEND_ONLY_TABLES, protection_lifted
from madoguchi.people.access import system_actor

pytestmark = pytest.mark.django_db

COLUMNS = {"events_event": "name", "events_block": "hash", "ledger_posting": "rule"}


def rows_of(table: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} ORDER BY id")  # noqa: S608  # names from APPEND_ONLY_TABLES
        return cursor.fetchall()


def run(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def written(order_at, mill, mill_clerk, clock):
    """An event, a block and a posting that the platform itself wrote."""
    from madoguchi.counter.actions import take_cash

    take_cash(actor=mill_clerk, order_id=order_at(mill, mill_clerk, adult=1).id, given_yen=1_000)
    clock.move(minutes=10)
    seal()


@pytest.mark.parametrize("table", APPEND_ONLY_TABLES)
@pytest.mark.parametrize("statement", ["UPDATE {table} SET {column} = 'x'", "DELETE FROM {table}"])
def test_neither_a_change_nor_a_removal_is_possible(written, table, statement):
    before = rows_of(table)
    assert before

    with pytest.raises(DatabaseError, match=f"append-only table {table}"):
        run(statement.format(table=table, column=COLUMNS[table]))

    assert rows_of(table) == before


@pytest.mark.parametrize("table", APPEND_ONLY_TABLES)
def test_after_demo_data_was_removed_the_table_is_protected_again(written, table):
    with transaction.atomic(), protection_lifted(table):
        run(f"DELETE FROM {table}")  # noqa: S608
    assert rows_of(table) == []

    record(system_actor("test"), "test.after", "subject")
    assert rows_of("events_event")
    with pytest.raises(DatabaseError, match="append-only table events_event"):
        run("DELETE FROM events_event")


def test_an_event_says_who_did_what_to_which_and_when(clock, db):
    from madoguchi.events.queries import events_about

    record(system_actor("test"), "test.done", "thing-1", amount_yen=300)

    [event] = events_about(["thing-1"])
    assert (event.at, event.actor, event.name, event.facts) == (now(), "system:test", "test.done", {"amount_yen": 300})


def test_events_about_several_things_come_in_the_order_they_happened(clock, db):
    from madoguchi.events.queries import events_about

    for subject in ("b", "a", "c", "a"):
        record(system_actor("test"), "test.done", subject)
        clock.at += timedelta(seconds=1)

    assert [event.subject for event in events_about(["a", "b"])] == ["b", "a", "a"]
    assert events_about([]) == []
