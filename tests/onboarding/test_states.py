"""The tables by which applications, items, proposals and kit orders go from state to state."""

from __future__ import annotations

import pytest

from madoguchi.onboarding.models import Application, Item, KitOrder, Proposal
from madoguchi.onboarding.states import (
    APPLICATION_STATES,
    AT_PROVIDERS,
    ITEM_STATES,
    KIT_STATES,
    LIVE_APPLICATIONS,
    OPEN_APPLICATIONS,
    OPEN_ITEMS,
    PROPOSAL_STATES,
    may_go,
    names_of,
)

# Each table with the states in which everything comes to rest.
TABLES = {
    "application": (APPLICATION_STATES, {"refused", "withdrawn", "cancelled"}, Application),
    "item": (ITEM_STATES, {"refused", "withdrawn", "ended"}, Item),
    "proposal": (PROPOSAL_STATES, {"confirmed", "declined", "taken_back"}, Proposal),
    "kit": (KIT_STATES, {"sent", "dropped"}, KitOrder),
}


@pytest.mark.parametrize(("table", "ends", "model"), TABLES.values(), ids=TABLES)
class TestEveryTable:
    def test_every_state_is_reached_from_the_beginning(self, table, ends, model):
        reached = {None}
        for _ in table:
            reached |= {after for before, after, _ in table if before in reached}

        assert reached == {None, *names_of(table)}

    def test_what_has_come_to_rest_stays_there_and_all_else_goes_on(self, table, ends, model):
        assert {before for before, _, _ in table} == {None, *names_of(table)} - ends

    def test_from_everywhere_it_can_come_to_rest(self, table, ends, model):
        resting = set(ends)
        for _ in table:
            resting |= {before for before, after, _ in table if after in resting}

        assert resting == {None, *names_of(table)}

    def test_the_tables_rows_are_told_apart_and_each_says_when(self, table, ends, model):
        ways = [(before, after) for before, after, _ in table]

        assert len(set(ways)) == len(ways)
        assert all(when and not when.endswith(".") for _, _, when in table)

    def test_the_model_knows_these_states_and_no_others(self, table, ends, model):
        field = model._meta.get_field("state")

        assert [value for value, _ in field.choices] == list(names_of(table))
        assert all(len(state) <= field.max_length for state in names_of(table))


def test_it_begins_in_one_state_only():
    assert [[after for before, after, _ in table if before is None] for table, _, _ in TABLES.values()] == [
        ["draft"],
        ["draft"],
        ["proposed"],
        ["waiting"],
    ]


@pytest.mark.parametrize(
    ("table", "before", "after", "may"),
    [
        (APPLICATION_STATES, "draft", "accepted", False),
        (APPLICATION_STATES, "submitted", "accepted", True),
        (APPLICATION_STATES, "accepted", "withdrawn", False),
        (APPLICATION_STATES, "accepted", "cancelled", True),
        (APPLICATION_STATES, "returned", "accepted", False),
        (ITEM_STATES, "submitted", "approved", False),
        (ITEM_STATES, "questions", "approved", True),
        (ITEM_STATES, "questions", "refused", True),
        (ITEM_STATES, "refused", "approved", False),
        (ITEM_STATES, "approved", "ended", True),
        (KIT_STATES, "sent", "waiting", False),
    ],
)
def test_only_what_the_table_has_may_happen(table, before, after, may):
    assert may_go(table, before, after) == may


def test_the_groups_of_states_name_states_that_there_are():
    assert set(OPEN_APPLICATIONS) < set(LIVE_APPLICATIONS) < set(names_of(APPLICATION_STATES))
    assert set(OPEN_ITEMS) | set(AT_PROVIDERS) < set(names_of(ITEM_STATES))
    # What is open is what withdrawing takes back, beside what was never sent.
    withdrawn = {before for before, after, _ in ITEM_STATES if after == "withdrawn"}
    assert withdrawn == {"draft", *OPEN_ITEMS}
