"""The log is sealed in blocks that hang on each other: what is changed behind the triggers' back shows."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.core.clock import now
from madoguchi.events import actions
from madoguchi.events.actions import record, seal
from madoguchi.events.append_only import protection_lifted
from madoguchi.events.models import Block, Event
from madoguchi.events.queries import broken_blocks
from madoguchi.events.rules import FIRST_HASH, SEAL_AFTER, block_hash
from madoguchi.people.access import system_actor

pytestmark = pytest.mark.django_db
TEST = system_actor("test")


def happen(count: int) -> list[Event]:
    for number in range(count):
        record(TEST, "test.happened", f"thing-{number}", number=number, text="富岡製糸場")
    return list(Event.objects.order_by("-id")[:count])[::-1]


@pytest.fixture
def sealed(clock, monkeypatch) -> list[Event]:
    """Nine events in three blocks of three, after a block with all that setting up the demo wrote."""
    clock.move_to(Event.objects.latest("at").at)
    clock.move(minutes=10)
    seal()
    monkeypatch.setattr(actions, "BLOCK_SIZE", 3)
    events = happen(9)
    clock.move(minutes=10)
    assert seal() == 3
    assert broken_blocks() == []
    return events


def numbers_of_the_last(count: int) -> list[int]:
    return list(Block.objects.order_by("-number").values_list("number", flat=True)[:count])[::-1]


def test_blocks_cover_every_event_without_a_gap(sealed):
    blocks = list(Block.objects.order_by("number"))

    assert [block.number for block in blocks] == list(range(1, len(blocks) + 1))
    assert blocks[0].previous_hash == FIRST_HASH
    for earlier, later in pairwise(blocks):
        assert later.previous_hash == earlier.hash
        assert later.first_event > earlier.last_event
    assert blocks[-1].last_event == sealed[-1].id


def test_sealing_again_with_nothing_new_makes_no_block(sealed):
    before = Block.objects.count()

    assert seal() == 0
    assert Block.objects.count() == before


def test_an_event_is_sealed_only_when_no_open_transaction_can_still_precede_it(clock, sealed):
    [event] = happen(1)
    clock.move_to(event.at + SEAL_AFTER)
    assert seal() == 0

    clock.move(seconds=1)
    assert seal() == 1
    assert Block.objects.latest("number").last_event == event.id


def test_an_event_with_an_earlier_row_but_a_later_clock_is_not_passed_over(clock, sealed):
    """Two processes' clocks differ by a little, so a row's number and its time may disagree where a block ends."""
    first, second = happen(2)
    late = Event.objects.create(at=now() + timedelta(milliseconds=5), actor="a", name="test.late", subject="s")
    early = Event.objects.create(at=now() - timedelta(milliseconds=5), actor="a", name="test.early", subject="s")
    clock.move_to(now() + SEAL_AFTER + timedelta(milliseconds=1))
    seal()
    clock.move(minutes=1)
    seal()

    assert broken_blocks() == []
    last = Block.objects.latest("number")
    assert last.last_event >= early.id > late.id > second.id > first.id


@pytest.mark.parametrize(
    "change",
    [
        {"facts": {"number": 99}},
        {"actor": "user:1"},
        {"name": "test.other"},
        {"subject": "thing-x"},
        {"at": now() - timedelta(days=1)},
    ],
    ids=["facts", "actor", "name", "subject", "at"],
)
def test_a_changed_event_breaks_its_block(sealed, change):
    with protection_lifted("events_event"):
        Event.objects.filter(id=sealed[4].id).update(**change)

    assert broken_blocks() == [numbers_of_the_last(3)[1]]


@pytest.mark.parametrize("position", range(9))
def test_a_removed_event_breaks_its_block(sealed, position):
    with protection_lifted("events_event"):
        Event.objects.filter(id=sealed[position].id).delete()

    assert broken_blocks() == [numbers_of_the_last(3)[position // 3]]


def test_an_event_slipped_in_between_two_blocks_is_noticed(sealed, clock):
    """Numbers are not handed out without gaps, so there may be room for a forged row where one block ends."""
    never_kept = happen(1)[0].id
    with protection_lifted("events_event"):
        Event.objects.filter(id=never_kept).delete()
    happen(3)
    clock.move(minutes=10)
    seal()
    assert broken_blocks() == []

    Event.objects.create(id=never_kept, at=now(), actor="a", name="test.forged", subject="s")

    assert broken_blocks() == numbers_of_the_last(1)


def test_a_removed_block_breaks_the_one_after_it(sealed):
    numbers = numbers_of_the_last(3)
    with protection_lifted("events_block"):
        Block.objects.filter(number=numbers[1]).delete()

    assert broken_blocks() == [numbers[2]]


def test_a_block_sealed_anew_over_changed_events_breaks_the_one_after_it(sealed):
    numbers = numbers_of_the_last(3)
    with protection_lifted("events_block", "events_event"):
        Event.objects.filter(id=sealed[3].id).update(actor="user:1")
        block = Block.objects.get(number=numbers[1])
        events = Event.objects.filter(id__range=(block.first_event, block.last_event)).order_by("id")
        rows = [actions.event_row(event) for event in events]
        Block.objects.filter(id=block.id).update(hash=block_hash(block.previous_hash, rows))

    assert broken_blocks() == [numbers[2]]


ROWS = st.lists(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5), max_size=3), max_size=4)


@given(ROWS, ROWS)
def test_different_events_never_share_a_hash(rows, others):
    same = block_hash(FIRST_HASH, rows) == block_hash(FIRST_HASH, others)

    assert same == (rows == others)


@given(ROWS)
def test_the_hash_depends_on_the_block_before(rows):
    assert block_hash(FIRST_HASH, rows) != block_hash("1" * 64, rows)
