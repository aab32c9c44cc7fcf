"""Duplicates: what linkage finds is merged where it is sure, queued where it is not, and never asked twice (P-29)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pytest

from madoguchi.events.models import Event
from madoguchi.onboarding.likeness import COLUMNS, find_likenesses, places_table, tell_places_apart
from madoguchi.onboarding.merging import resolve
from madoguchi.onboarding.models import ApplicationPlace, Likeness
from madoguchi.onboarding.proposals import confirm_proposal
from madoguchi.onboarding.proposing import propose_merge, propose_unmerge
from madoguchi.people.access import ANONYMOUS, system_actor
from tests.conftest import refused
from tests.onboarding.conftest import CHECKER, MAKER, Desk, accepted, begun, filled, place_facts, sent

pytestmark = pytest.mark.django_db
RUN = system_actor("test")


@pytest.fixture(autouse=True)
def _country(towns: Any, clock: Any) -> None:
    """Municipalities, services, and a clock that stands."""


@dataclass
class Fake:
    """Linkage that finds what a test tells it: pairs of places, their probability, and whether that is sure."""

    told: list[tuple[ApplicationPlace, ApplicationPlace, float, bool]]
    seen: pa.Table | None = None

    def __call__(self, table: pa.Table) -> Fake:
        self.seen = table
        return self

    @property
    def pairs(self) -> pa.Table:
        rows = [
            {
                "registration_id_l": str(one.id),
                "registration_id_r": str(other.id),
                "match_probability": probability,
                "decision": "auto" if is_sure else "review",
                "name": "same",
                "place": "same_spot",
                "phone": "unknown",
                "corporate_number": "other",
            }
            for one, other, probability, is_sure in self.told
        ]
        return pa.Table.from_pylist(rows) if rows else pa.table({"registration_id_l": [], "registration_id_r": []})


def shop(place_name: str = "豆腐店", **applicant: Any) -> ApplicationPlace:
    """A shop's only place, of an application that was sent."""
    return sent("business", places=[place_facts(place_name, kind="shop", purposes=())], **applicant).places[0]


def run(*told: tuple[ApplicationPlace, ApplicationPlace, float, bool]) -> Any:
    return find_likenesses(actor=RUN, link=Fake(list(told)))


def states() -> list[tuple[str, float]]:
    return sorted(Likeness.objects.values_list("state", "probability"))


def into(place: ApplicationPlace) -> Any:
    place.refresh_from_db()
    return place.merged_into_id


def test_the_table_holds_live_places_in_the_columns_that_linkage_reads():
    """P-21: what several providers brought and what applicants told themselves, side by side."""
    desk: Desk = accepted("business", places=[place_facts("豆腐店", kind="shop", purposes=(), phone="0422-45-1151")])
    begun()
    filled("municipality")

    table = places_table()

    assert table.column_names == list(COLUMNS)
    assert table.to_pylist() == [
        {
            "registration_id": str(desk.places[0].id),
            "provider": "desk",
            "name": "豆腐店",
            "kana": None,
            "prefecture": "東京都",
            "municipality": "三鷹市",
            "address": "東京都三鷹市野崎1-1-1",
            "postal_code": "1818555",
            "phone": "0422451151",
            "corporate_number": "7000012050002",
        }
    ]


def test_a_sure_pair_is_merged_by_the_platform_into_the_one_that_came_first():
    first, second = shop(), shop()

    found = run((second, first, 0.995, True))

    assert (found.pairs, found.merged, found.queued) == (1, 1, 0)
    assert (into(second), into(first)) == (first.id, None)
    row = Likeness.objects.get()
    assert (row.state, row.decided_by, row.kept_id) == ("merged", "system:linkage", first.id)
    assert row.agreement == {"name": "same", "place": "same_spot", "phone": "unknown", "corporate_number": "other"}
    assert Event.objects.get(name="applied_place.merged").actor == "system:linkage"
    assert Event.objects.get(name="likenesses.found").facts["merged"] == 1


def test_what_is_registered_is_kept_even_if_it_came_later():
    """Numbers given out keep leading to what stands in the registry."""
    first = shop()
    second = accepted("business", places=[place_facts("豆腐店", kind="shop", purposes=())]).places[0]

    run((first, second, 0.995, True))

    assert into(first) == second.id


def test_an_unsure_pair_waits_for_a_person_and_keeps_waiting_with_its_latest_probability():
    first, second = shop(), shop()

    assert run((first, second, 0.6, False)).queued == 1
    assert run((first, second, 0.7, False)).queued == 0

    assert states() == [("open", 0.7)]
    assert into(second) is None


def test_what_was_told_apart_is_neither_asked_about_nor_merged_again():
    """P-29: a person's word stands, whatever the next run finds."""
    first, second = shop(), shop()
    run((first, second, 0.6, False))
    tell_places_apart(actor=MAKER, likeness_id=Likeness.objects.get().id)

    found = run((first, second, 0.999, True))

    assert (found.merged, found.queued, found.known) == (0, 0, 1)
    assert states() == [("told_apart", 0.6)]
    assert into(second) is None


def test_what_was_taken_apart_again_stays_apart():
    first, second = shop(), shop()
    run((first, second, 0.999, True))
    proposal = propose_unmerge(actor=MAKER, place_id=second.id, reason="two branches")
    confirm_proposal(actor=CHECKER, proposal_id=proposal.id)

    found = run((first, second, 0.999, True))

    assert (found.merged, found.known) == (0, 1)
    assert states() == [("undone", 0.999)]
    assert into(second) is None


def test_places_become_one_through_a_third_unless_somebody_told_two_of_them_apart():
    first, second, third = shop(), shop(), shop()
    run((first, third, 0.5, False))
    tell_places_apart(actor=MAKER, likeness_id=Likeness.objects.get().id)

    found = run((first, second, 0.999, True), (second, third, 0.998, True))

    assert found.merged == 1
    assert (into(second), into(third)) == (first.id, None)


def test_a_chain_of_sure_pairs_leads_to_one_place_for_all():
    first, second, third = shop(), shop(), shop()

    found = run((first, second, 0.999, True), (second, third, 0.998, True), (first, third, 0.997, True))

    assert found.merged == 2
    assert {resolve(place.id).id for place in (first, second, third)} == {first.id}


def test_what_is_alike_to_a_merged_place_is_asked_of_the_one_that_stands_for_it():
    first, second, third = shop(), shop(), shop()
    run((first, second, 0.999, True))

    run((second, third, 0.6, False))

    row = Likeness.objects.get(state="open")
    assert {row.kept_id, row.other_id} == {first.id, third.id}


def test_two_places_of_one_application_are_asked_about_never_merged_unasked():
    """Their applicant named them as two."""
    desk = sent("business", places=[place_facts(name, kind="shop", purposes=()) for name in ("豆腐店", "豆腐店 本店")])

    found = run((*desk.places, 0.999, True))

    assert (found.merged, found.queued) == (0, 1)
    assert into(desk.places[1]) is None


def test_a_pair_that_is_no_longer_alike_leaves_the_queue_unless_somebody_proposes_to_merge_it():
    first, second, third = shop(), shop(), shop()
    run((first, second, 0.6, False), (first, third, 0.5, False))
    kept = Likeness.objects.get(probability=0.5)
    propose_merge(actor=MAKER, likeness_id=kept.id, kept_id=first.id)

    run()

    assert list(Likeness.objects.all()) == [kept]


def test_a_pair_that_somebody_proposes_to_merge_is_not_told_apart_meanwhile():
    first, second = shop(), shop()
    run((first, second, 0.6, False))
    likeness = Likeness.objects.get()
    propose_merge(actor=MAKER, likeness_id=likeness.id, kept_id=first.id)

    with refused("proposal_open"):
        tell_places_apart(actor=CHECKER, likeness_id=likeness.id)

    likeness.refresh_from_db()
    assert likeness.state == "open"


def test_the_linkage_engine_finds_a_shop_that_came_twice():
    """With the real engine: the same shop, written as two providers write it, and another that only sounds alike."""
    first = shop("㈱まちの豆腐店", name="株式会社まちの豆腐店")
    second = shop("まちの豆腐店", name="まちの豆腐店")
    other = sent(
        "business",
        places=[
            place_facts("町田とうふ店", kind="shop", purposes=(), municipality_code="10210", postal_code="3702392")
        ],
        corporate_number="2000012010019",
    ).places[0]

    found = find_likenesses(actor=RUN)

    pairs = {frozenset((row.kept_id, row.other_id)) for row in Likeness.objects.all()}
    assert found.places == 3
    assert pairs == {frozenset((first.id, second.id))}
    assert into(other) is None


def test_only_who_may_write_for_the_office_starts_a_run():
    with refused("not_allowed"):
        find_likenesses(actor=ANONYMOUS, link=Fake([]))
