"""Duplicates at the browser: side by side, merged by two officers, told apart by one, taken apart (P-29, P-30)."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from madoguchi.core.clock import today
from madoguchi.onboarding.kits import mark_sent
from madoguchi.onboarding.merging import resolve
from madoguchi.onboarding.models import KitOrder, Likeness, Proposal
from tests.web.office_desk import approved, first_actor, post, shops_alike, two_officers
from tests.web.readers import reader

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _demo_runs(clock: Any, towns: Any, settings: Any) -> None:
    settings.DEMO = True


def page_of(client: Any, likeness: Likeness) -> Any:
    return client.get(reverse("office:duplicate", args=[likeness.id]))


def merged(likeness: Likeness) -> None:
    """Merged by both officers."""
    first, second = two_officers()
    post(first, "duplicate_merge", likeness.id, **{"merge-kept": likeness.kept_id})
    post(second, "proposal_confirm", Proposal.objects.get(state="proposed").id)
    likeness.refresh_from_db()
    assert likeness.state == "merged"


def test_the_queue_shows_the_most_probable_first_and_what_agrees():
    first, _second = two_officers()
    desk, other, likeness = shops_alike()

    page = first.get(reverse("office:duplicates"))
    text = page.content.decode()

    assert list(page.context["window"].rows) == [likeness]
    for words in (
        "80.0 %",
        desk.application.reference,
        other.application.reference,
        "Name: the same",
        "Phone: not told",
    ):
        assert words in text
    assert "No pair here" in first.get(reverse("office:duplicates"), {"state": "merged"}).content.decode()


def test_side_by_side_says_what_agrees_and_what_merging_does_to_pins_posters_and_codes():
    first, _second = two_officers()
    desk, other, likeness = shops_alike()
    approved(desk)
    mark_sent(actor=first_actor(), order_ids=list(KitOrder.objects.values_list("id", flat=True)), day=today())

    page = page_of(first, likeness)
    text = page.content.decode()

    assert {row.field: row.agrees for row in page.context["found"].rows} == {
        "name": False,
        "name_kana": None,
        "name_en": True,
        "municipality": True,
        "postal_code": True,
        "address": True,
        "phone": None,
        "corporate_number": True,
        "kind": True,
        "place_class": True,
    }
    assert "two pins on the map become one" in text
    assert "a new poster" in text
    assert "both keep working" in text
    assert other.application.reference in text


def test_merging_takes_two_officers_and_keeps_the_one_they_chose():
    """P-29: the officer may know better than the run which one stands for both."""
    first, second = two_officers()
    desk, other, likeness = shops_alike()
    kept, gone = other.places[0], desk.places[0]

    answer = post(first, "duplicate_merge", likeness.id, **{"merge-kept": kept.id, "merge-reason": "同じ看板"})
    assert answer.status_code == 302
    assert resolve(gone.id).id == gone.id
    proposal = Proposal.objects.get(state="proposed")
    assert post(first, "proposal_confirm", proposal.id).status_code == 422
    post(second, "proposal_confirm", proposal.id)

    assert resolve(gone.id).id == kept.id
    likeness.refresh_from_db()
    gone.refresh_from_db()
    kept.refresh_from_db()
    assert likeness.state == "merged"
    assert gone.place is not None
    assert gone.place.merged_into_id == kept.place_id


def test_posters_and_stickers_are_ordered_for_the_place_that_is_kept():
    """P-30: the posters that hang there name only a part of the services."""
    two_officers()
    desk, _other, likeness = shops_alike()
    approved(desk)
    mark_sent(actor=first_actor(), order_ids=list(KitOrder.objects.values_list("id", flat=True)), day=today())

    merged(likeness)

    orders = KitOrder.objects.filter(place=desk.places[0], state="waiting")
    assert sorted(orders.values_list("kind", flat=True)) == ["logos", "poster"]


def test_a_merge_is_taken_apart_again_by_two_officers():
    first, second = two_officers()
    _desk, other, likeness = shops_alike()
    merged(likeness)
    missing = post(first, "duplicate_unmerge", likeness.id, **{"unmerge-reason": ""})
    assert missing.status_code == 422

    post(first, "duplicate_unmerge", likeness.id, **{"unmerge-reason": "隣の店でした"})
    assert resolve(other.places[0].id).id != other.places[0].id
    post(second, "proposal_confirm", Proposal.objects.get(state="proposed").id)

    likeness.refresh_from_db()
    assert likeness.state == "undone"
    assert resolve(other.places[0].id).id == other.places[0].id


def test_telling_apart_is_done_at_once_and_only_once():
    first, second = two_officers()
    _desk, _other, likeness = shops_alike()

    assert post(first, "duplicate_apart", likeness.id).status_code == 302
    assert post(second, "duplicate_apart", likeness.id).status_code == 422

    likeness.refresh_from_db()
    assert (likeness.state, likeness.decided_by) == ("told_apart", str(first_actor()))
    assert "Tell them apart" not in page_of(first, likeness).content.decode()


def test_while_a_merge_is_proposed_nothing_else_is_offered():
    first, second = two_officers()
    _desk, _other, likeness = shops_alike()
    post(first, "duplicate_merge", likeness.id, **{"merge-kept": likeness.kept_id})

    text = page_of(second, likeness).content.decode()

    assert "Confirm it" in text
    assert "Tell them apart" not in text
    assert post(second, "duplicate_apart", likeness.id).status_code == 422


@pytest.mark.parametrize("kept", ["", "x"])
def test_without_a_place_to_keep_nothing_is_proposed(kept: str):
    first, _second = two_officers()
    _desk, _other, likeness = shops_alike()

    assert post(first, "duplicate_merge", likeness.id, **{"merge-kept": kept}).status_code == 422
    assert not Proposal.objects.filter(state="proposed").exists()


def test_an_auditor_compares_and_decides_nothing():
    _desk, _other, likeness = shops_alike()
    auditor = reader("auditor")

    text = page_of(auditor, likeness).content.decode()
    assert "Propose to merge them" not in text
    for route in ("merge", "apart", "unmerge"):
        told = {"merge-kept": likeness.kept_id, "unmerge-reason": "x"}
        assert post(auditor, f"duplicate_{route}", likeness.id, **told).status_code == 403
    likeness.refresh_from_db()
    assert likeness.state == "open"
