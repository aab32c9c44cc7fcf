"""Places applied for twice that are one (P-29, P-30): merged, told apart, taken apart; every id resolves for ever."""

from __future__ import annotations

import pytest

from madoguchi.core.clock import now, today
from madoguchi.core.ids import new_id
from madoguchi.events.models import Event
from madoguchi.onboarding import merging
from madoguchi.onboarding.models import KitOrder, Likeness
from madoguchi.onboarding.proposals import confirm_proposal, propose
from madoguchi.onboarding.provider_desk import approve_item
from madoguchi.onboarding.registering import code_of
from madoguchi.people.access import applicant_actor, provider_actor
from madoguchi.registry.closing import resolve_place
from madoguchi.registry.models import Enrolment
from tests.conftest import refused
from tests.onboarding.conftest import (
    CHECKER,
    MAKER,
    Desk,
    accepted,
    item_of,
    linked,
    place_facts,
    propose_acceptance,
    sent,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("towns", "clock", "in_demo")]


def shop(name, make=accepted, **facts):
    """A shop's only place, as its application has it."""
    desk = make("business", places=[place_facts(name, kind="shop", purposes=(), **facts)])
    return desk.application.places.select_related("application__organisation", "place").get()


def merge(kept, other):
    merging.merge(CHECKER, kept.id, other.id)


def unmerge(other):
    merging.unmerge(CHECKER, other.id)


def approve(place, service="paypay"):
    item = place.items.get(service=service)
    approve_item(actor=provider_actor(item.provider_id), item_id=item.id, starts_on=today())


def post(*places):
    KitOrder.objects.filter(place__in=places, state="waiting").update(state="sent", sent_on=today())


def waiting(place):
    return sorted(place.kit_orders.filter(state="waiting").values_list("kind", flat=True))


def alike(kept, other, state="open"):
    return Likeness.objects.create(kept=kept, other=other, probability=0.9, state=state, found_at=now())


def pin_of(place):
    return resolve_place(place.place_id).id


class TestMerging:
    def test_one_stands_for_both_here_and_in_the_registry(self):
        kept, other = shop("豆腐店"), shop("とうふ店")

        merge(kept, other)

        assert merging.resolve(other.id) == merging.resolve(kept.id) == kept
        assert pin_of(other) == pin_of(kept) == kept.place_id
        assert Event.objects.get(name="applied_place.merged").facts == {"into": str(kept.id)}

    def test_both_codes_go_on_with_their_own_payments(self):
        kept, other = shop("豆腐店"), shop("とうふ店")
        approve(kept)
        approve(other)

        merge(kept, other)

        codes = code_of(kept), code_of(other)
        assert codes[0].store_id != codes[1].store_id
        assert [code.is_closed for code in codes] == [False, False]
        assert Enrolment.objects.filter(code__in=codes, ends_on=None).count() == 2

    def test_what_is_approved_afterwards_begins_under_its_own_code(self):
        kept, other = shop("豆腐店"), shop("とうふ店")
        merge(kept, other)

        approve(other)

        assert code_of(other).enrolments.get().service_id == "paypay"
        assert (waiting(kept), waiting(other)) == (["first"], [])

    def test_ids_resolve_through_any_number_of_merges(self):
        first, second, third = shop("一"), shop("二"), shop("三")

        merge(second, third)
        merge(first, second)

        assert [merging.resolve(place.id) for place in (first, second, third)] == [first] * 3
        assert [pin_of(place) for place in (first, second, third)] == [first.place_id] * 3

    def test_merging_what_is_merged_already_means_what_stands_for_it(self):
        first, second, third = shop("一"), shop("二"), shop("三")
        merge(first, second)

        merge(second, third)

        third.refresh_from_db()
        assert third.merged_into == first

    def test_an_id_that_there_is_not_resolves_to_nothing(self):
        with refused("applied_place_unknown"):
            merging.resolve(new_id())
        first = shop("一")
        with refused("applied_place_unknown"):
            merging.merge(CHECKER, first.id, new_id())

    def test_a_place_is_not_merged_with_itself_whatever_way_round(self):
        first, second, third = shop("一"), shop("二"), shop("三")

        with refused("merge_with_itself"):
            merge(first, first)
        merge(first, second)
        merge(second, third)
        for kept, other in ((first, second), (second, first), (second, third), (third, first)):
            with refused("merged_already"):
                merge(kept, other)

        first.refresh_from_db()
        assert first.merged_into is None

    def test_one_that_is_accepted_later_joins_its_pin_then(self):
        kept, other = shop("豆腐店"), shop("とうふ店", sent)
        merge(kept, other)

        confirm_proposal(actor=CHECKER, proposal_id=acceptance_of(other).id)

        other.refresh_from_db()
        assert other.place_id != kept.place_id
        assert pin_of(other) == kept.place_id

    def test_so_does_one_that_others_were_merged_into(self):
        kept, other = shop("豆腐店", sent), shop("とうふ店")
        merge(kept, other)

        confirm_proposal(actor=CHECKER, proposal_id=acceptance_of(kept).id)

        kept.refresh_from_db()
        assert pin_of(other) == kept.place_id

    def test_a_place_applied_for_twice_makes_no_ring_of_pins(self):
        """J-21: two entries here lead to one place there, and each may be merged its own way round."""
        one, two = accepted(places=[place_facts("市民課")]), shop("市民窓口")
        again = linked(one, "more_services").places[0]
        first = one.application.places.get()

        merge(first, two)
        merging.merge(CHECKER, again.id, first.id)

        assert pin_of(two) == pin_of(first) == first.place_id

    def test_a_pair_that_was_found_alike_is_settled_whichever_way_round_it_was_found(self):
        kept, other, third = shop("一"), shop("二"), shop("三")
        settled, still_open = alike(other, kept), alike(other, third)

        merge(kept, other)

        settled.refresh_from_db()
        still_open.refresh_from_db()
        assert (settled.state, settled.decided_by) == ("merged", "user:checker")
        assert still_open.state == "open"


class TestKits:
    """P-30: differing ids, several posters; logo stickers are sent after a merge."""

    def test_if_posters_hang_there_a_new_one_and_logos_are_posted(self):
        kept, other = shop("豆腐店"), shop("とうふ店")
        approve(kept)
        approve(other)
        post(kept, other)

        merge(kept, other)

        assert (waiting(kept), waiting(other)) == (["logos", "poster"], [])

    def test_if_nothing_was_posted_yet_one_kit_is(self):
        kept, other = shop("豆腐店"), shop("とうふ店")
        approve(other)

        merge(kept, other)

        assert (waiting(kept), waiting(other)) == (["first"], [])

    def test_a_first_kit_that_waits_has_its_poster(self):
        kept, other = shop("豆腐店"), shop("とうふ店")
        approve(other)
        post(other)
        approve(kept)

        merge(kept, other)

        assert waiting(kept) == ["first", "logos"]

    def test_with_nothing_approved_nothing_is_posted(self):
        kept, other = shop("豆腐店"), shop("とうふ店")

        merge(kept, other)

        assert not KitOrder.objects.exists()


class TestTakingApart:
    def test_it_stands_for_itself_again_with_a_kit_of_its_own(self):
        kept, other = shop("豆腐店"), shop("とうふ店")
        approve(kept)
        approve(other)
        merge(kept, other)

        unmerge(other)

        assert merging.resolve(other.id) == other
        assert pin_of(other) == other.place_id
        assert (waiting(kept), waiting(other)) == (["first"], ["first"])
        assert Event.objects.get(name="applied_place.unmerged").facts == {"was": str(kept.id)}

    def test_what_was_to_be_posted_for_the_merge_is_not(self):
        kept, other = shop("豆腐店"), shop("とうふ店")
        for place in (kept, other):
            approve(place)
        post(kept, other)
        merge(kept, other)

        unmerge(other)

        assert waiting(kept) == []
        # Its own poster may have been taken down when the common one was announced.
        assert waiting(other) == ["poster"]

    def test_a_common_poster_that_hangs_is_replaced(self):
        kept, other = shop("豆腐店"), shop("とうふ店")
        for place in (kept, other):
            approve(place)
        post(kept, other)
        merge(kept, other)
        post(kept)

        unmerge(other)

        assert waiting(kept) == ["poster"]

    def test_what_waits_for_another_merge_is_posted_all_the_same(self):
        kept, second, third = shop("一"), shop("二"), shop("三")
        approve(kept)
        post(kept)
        merge(kept, second)
        merge(kept, third)

        unmerge(third)

        assert waiting(kept) == ["logos", "poster"]

    def test_of_a_chain_only_the_link_named_is_parted(self):
        first, second, third = shop("一"), shop("二"), shop("三")
        merge(second, third)
        merge(first, second)

        unmerge(second)

        assert merging.resolve(third.id) == merging.resolve(second.id) == second
        assert pin_of(third) == pin_of(second) == second.place_id
        assert merging.resolve(first.id) == first

    def test_the_pair_is_settled_and_not_asked_about_again(self):
        first, second, third = shop("一"), shop("二"), shop("三")
        pair = alike(second, third)
        merge(second, third)
        merge(first, second)

        unmerge(third)

        pair.refresh_from_db()
        assert pair.state == "undone"

    def test_one_that_is_not_merged_cannot_be_taken_apart(self):
        alone = shop("豆腐店")

        with refused("not_merged"):
            unmerge(alone)

    def test_it_may_be_merged_again(self):
        kept, other = shop("豆腐店"), shop("とうふ店")
        merge(kept, other)
        unmerge(other)

        merge(other, kept)

        assert merging.resolve(kept.id) == other
        assert pin_of(kept) == other.place_id


class TestFourEyes:
    def test_merging_and_taking_apart_are_proposed_and_confirmed(self):
        kept, other = shop("豆腐店"), shop("とうふ店")
        pair = alike(kept, other)
        content = {"kept": str(kept.id), "other": str(other.id)}

        done = propose(actor=MAKER, kind="merge", subject=f"likeness:{pair.id}", content=content)
        assert merging.resolve(other.id) == other
        confirm_proposal(actor=CHECKER, proposal_id=done.id)
        assert merging.resolve(other.id) == kept

        undone = propose(
            actor=MAKER, kind="unmerge", subject=f"place:{other.id}", content={"other": str(other.id)}, reason="別の店"
        )
        confirm_proposal(actor=CHECKER, proposal_id=undone.id)
        assert merging.resolve(other.id) == other

    def test_what_is_one_already_is_not_proposed(self):
        kept, other = shop("豆腐店"), shop("とうふ店")
        merge(kept, other)

        with refused("merged_already"):
            propose(actor=MAKER, kind="merge", subject="s", content={"kept": str(other.id), "other": str(kept.id)})


class TestTellingApart:
    def test_it_is_noted_by_whom_and_once(self):
        pair = alike(shop("豆腐店"), shop("とうふ店"))

        merging.tell_apart(MAKER, pair.id)

        pair.refresh_from_db()
        assert (pair.state, pair.decided_by) == ("told_apart", "user:maker")
        with refused("likeness_decided", state="told_apart"):
            merging.tell_apart(CHECKER, pair.id)

    def test_a_pair_that_there_is_not_is_unknown(self):
        with refused("likeness_unknown"):
            merging.tell_apart(MAKER, new_id())


def acceptance_of(place):
    return propose_acceptance(Desk(place.application, applicant_actor(place.application_id), ""))


def test_the_items_of_a_merged_place_stay_its_own():
    kept = accepted("business", places=[place_facts("豆腐店", kind="shop", purposes=())])
    other = accepted("business", places=[place_facts("とうふ店", kind="shop", purposes=())])

    merging.merge(CHECKER, kept.places[0].id, other.places[0].id)

    assert item_of(other, "paypay").place_id == other.places[0].id
