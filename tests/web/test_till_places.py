"""Choosing a till, what it offers, its codes, and who may not come in."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from madoguchi.core.clock import today
from madoguchi.core.errors import Refusal
from madoguchi.counter.actions import Pick, open_order
from madoguchi.counter.models import Order
from madoguchi.counter.queries import offers_at
from madoguchi.jpqr import read_jpqr, read_symbols
from madoguchi.people.models import User
from madoguchi.registry.demo import DemoRegistry
from madoguchi.registry.models import AgentDesignation, Place
from madoguchi.registry.queries import codes_at
from tests.conftest import Clock
from tests.web.conftest import Counter, People

Browse = Callable[[User | None], Client]


def form_for(place: Place, quantities: dict[str, int], *, key: str = "page-1", **more: str) -> dict[str, str]:
    """What the till's page sends for so many of each item code."""
    sent = {"client_key": key, **more}
    for offer in offers_at(place, today()):
        sent[f"unit-{offer.item_id}"] = str(offer.unit_yen)
        sent[f"quantity-{offer.item_id}"] = str(quantities.get(offer.code, 0))
    return sent


def test_a_clerk_of_one_place_comes_straight_to_its_till(till: Client, museum: Place):
    assert till.get("/till/").headers["Location"] == reverse("till:till", args=[museum.id])


def test_a_clerk_of_a_whole_town_chooses_the_place(browse: Browse, people: People, museum: Place):
    page = browse(people.user("clerk", organisation_id=museum.operator_id)).get("/till/")

    assert "Which till?" in page.text
    assert reverse("till:till", args=[museum.id]) in page.text


def test_others_have_no_till(browse: Browse, people: People, museum: Place):
    accountant = browse(people.accountant_of(museum.operator_id))

    assert accountant.get("/till/").status_code == 403
    assert accountant.get(reverse("till:till", args=[museum.id])).status_code == 403


def test_a_clerk_stays_out_of_another_places_till(till: Client, post_office: Place):
    assert till.get(reverse("till:till", args=[post_office.id])).status_code == 403


def test_a_visitor_is_sent_to_sign_in_and_back(browse: Browse, museum: Place):
    address = reverse("till:till", args=[museum.id])

    assert browse(None).get(address).headers["Location"] == f"/sign-in/?next={address}"


def test_the_till_shows_todays_items_with_their_prices(till: Client, museum: Place):
    page = till.get(reverse("till:till", args=[museum.id])).text

    assert "Admission, adult" in page
    assert "¥1,000" in page


def test_sending_the_form_opens_an_order_and_shows_its_code(till: Client, museum: Place):
    answer = till.post(reverse("till:till", args=[museum.id]), form_for(museum, {"adult": 2, "child": 1}))

    order = Order.objects.get()
    assert answer.headers["Location"] == reverse("till:order", args=[order.id])
    assert (order.total_yen, order.state) == (2_150, "open")
    page = till.get(answer.headers["Location"]).text
    assert "¥2,150" in page
    assert '<svg xmlns="http://www.w3.org/2000/svg"' in page


def test_a_double_click_is_one_order(till: Client, museum: Place):
    sent = form_for(museum, {"adult": 1})

    first = till.post(reverse("till:till", args=[museum.id]), sent)
    second = till.post(reverse("till:till", args=[museum.id]), sent)

    assert first.headers["Location"] == second.headers["Location"]
    assert Order.objects.count() == 1


def test_each_page_has_its_own_key_and_is_never_shown_from_memory(till: Client, museum: Place):
    """With an old page's key the next customer would get the last one's order."""
    pages = [till.get(reverse("till:till", args=[museum.id])) for _ in range(2)]

    keys = {page.context["form"]["client_key"].value() for page in pages}
    assert len(keys) == 2
    assert "no-store" in pages[0].headers["Cache-Control"]


def test_the_tills_script_is_told_where_the_order_is(till: Client, museum: Place):
    sent = form_for(museum, {"adult": 1}, tender="cash")

    answer = till.post(reverse("till:till", args=[museum.id]), sent, headers={"accept": "application/json"})

    assert answer.json() == {"address": reverse("till:cash", args=[Order.objects.get().id])}


def test_an_empty_order_is_sent_back_with_a_word(till: Client, museum: Place):
    answer = till.post(reverse("till:till", args=[museum.id]), form_for(museum, {}))

    assert answer.status_code == 422
    assert "Choose at least one item." in answer.text


@pytest.mark.parametrize("typed", ["-1", "1000", "1.5", "two"])
def test_a_wrong_number_is_named_and_nothing_typed_is_lost(till: Client, museum: Place, typed: str):
    sent = form_for(museum, {"adult": 3}, case_reference="V-7")
    child = next(offer for offer in offers_at(museum, today()) if offer.code == "child")
    sent[f"quantity-{child.item_id}"] = typed

    answer = till.post(reverse("till:till", args=[museum.id]), sent)

    assert answer.status_code == 422
    assert "field__error" in answer.text
    assert 'value="3"' in answer.text
    assert f'value="{typed}"' in answer.text
    assert 'value="V-7"' in answer.text
    assert not Order.objects.exists()


def test_a_price_that_changed_under_the_page_is_told_before_the_order(till: Client, museum: Place):
    sent = form_for(museum, {"adult": 1})
    adult = next(offer for offer in offers_at(museum, today()) if offer.code == "adult")
    sent[f"unit-{adult.item_id}"] = "900"

    answer = till.post(reverse("till:till", args=[museum.id]), sent)

    assert answer.status_code == 422
    assert "The price is now ¥1,000" in answer.text


def test_a_post_office_shows_one_principal_at_a_time(
    browse: Browse, people: People, post_office: Place, village_id: UUID
):
    """One order is for one principal, because each is paid to its own account (J-27)."""
    client = browse(people.clerk_at(post_office))
    address = reverse("till:till", args=[post_office.id])

    own, village = client.get(address).text, client.get(f"{address}?for={village_id}").text

    assert "Goods sold at the counter" in own
    assert "Copy of certificate of residence" not in own
    assert "Copy of certificate of residence" in village


def test_an_item_without_a_designation_is_shown_and_says_why(
    browse: Browse, people: People, post_office: Place, village_id: UUID
):
    """H-24: the meeting room is not among the designated revenues."""
    page = browse(people.clerk_at(post_office)).get(reverse("till:till", args=[post_office.id]), {"for": village_id})

    room = next(row for row in page.context["form"].rows if row.offer.code == "room_half")
    assert room.field is None
    assert "has not designated this place to take this fee" in page.text


def test_a_designation_that_ended_blocks_the_form_too(
    browse: Browse, people: People, post_office: Place, village_id: UUID, clock: Clock
):
    sent = form_for(post_office, {"residence": 1})
    AgentDesignation.objects.update(ends_on=clock().date())
    clock.move(days=1)
    client = browse(people.clerk_at(post_office))

    answer = client.post(f"{reverse('till:till', args=[post_office.id])}?for={village_id}", sent)

    assert answer.status_code == 422
    assert not Order.objects.exists()


def test_the_till_counts_today_and_what_waits(till: Client, counter: Counter, museum: Place):
    counter.paid(2)
    counter.notice(counter.order(), 100)

    summary = till.get(reverse("till:till", args=[museum.id])).context["summary"]

    assert (summary.orders, summary.paid_yen, summary.waiting, summary.unmatched) == (1, 2_000, 1, 1)


def test_a_code_is_a_picture_that_phones_read(till: Client, museum: Place):
    code = codes_at(museum.id)[0]

    png = till.get(reverse("till:code_png", args=[museum.id, code.id]))
    svg = till.get(reverse("till:code_svg", args=[museum.id, code.id]))

    read = read_jpqr(read_symbols(png.content)[0])
    assert (read.store_id.text, read.local_name, read.amount_yen) == (code.store_id, "富岡製糸場", None)
    assert svg.headers["Content-Type"] == "image/svg+xml"


def test_the_sticker_is_a_pdf(till: Client, museum: Place):
    answer = till.get(reverse("till:sticker_pdf", args=[museum.id, codes_at(museum.id)[0].id]))

    assert answer.content.startswith(b"%PDF")


def test_a_code_belongs_to_its_place(till: Client, museum: Place, post_office: Place):
    other = codes_at(post_office.id)[0]

    assert till.get(reverse("till:code_svg", args=[museum.id, other.id])).status_code == 404
    assert till.get(reverse("till:code_svg", args=[post_office.id, other.id])).status_code == 403


def test_a_place_whose_facts_make_no_code_can_still_take_cash(till: Client, counter: Counter, museum: Place):
    order = counter.order()
    Place.objects.filter(id=museum.id).update(postal_code="")

    page = till.get(reverse("till:order", args=[order.id]))

    assert page.status_code == 200
    assert "The code cannot be drawn" in page.text


def test_the_page_is_japanese_unless_asked_otherwise(people: People, museum: Place):
    client = Client()
    client.force_login(people.clerk_at(museum))

    page = client.get(reverse("till:till", args=[museum.id])).text

    assert "コードを見せる" in page
    assert "観覧料 一般" in page


def test_a_key_used_at_another_place_is_refused(demo: DemoRegistry, counter: Counter, post_counter: Counter):
    counter.order(client_key="same")
    offer = next(row for row in offers_at(post_counter.place, today()) if not row.blocked)

    with pytest.raises(Refusal, match="key_reused"):
        open_order(
            actor=post_counter.actor,
            place_id=post_counter.place.id,
            picks=[Pick(offer.item_id, 1)],
            client_key="same",
        )
