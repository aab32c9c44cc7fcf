"""The finder's pages: search, list, a place, reports of mistakes, what visitors read (P-27, P-28, P-31)."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from madoguchi.events.models import Event
from madoguchi.opendata.models import CorrectionReport, PublishedPlace
from madoguchi.opendata.places import publish_all
from madoguchi.registry.models import Place
from tests.opendata.conftest import make_shop
from tests.web.readers import reader

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def world(demo: Any, settings: Any, tmp_path: Any) -> Any:
    settings.VAR, settings.DEMO = tmp_path, True
    make_shop(
        "らーめん高橋",
        name_en="Takahashi Ramen",
        postal_code="3702316",
        address="富岡1-1",
        phone="0274-00-0000",
        latitude=36.2560,
        longitude=138.8890,
        hours="11時から20時",
        hours_en="11 am to 8 pm",
        access=["step_free", "sign_language"],
    )
    make_shop("移動パン屋", place_class="mobile", rate_bps=None, services=("line_pay",))
    publish_all()
    return demo


def read(path: str, language: str = "en", status: int = 200) -> str:
    answer = Client(headers={"accept-language": language}).get(path)
    assert answer.status_code == status
    return answer.content.decode()


def words_of(page: str) -> str:
    main = page[page.index("<main") : page.index("</main>")]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def place_named(name: str) -> PublishedPlace:
    return PublishedPlace.objects.get(name=name)


def address_of(name: str) -> str:
    return f"/map/places/{place_named(name).place_id}/"


def test_everybody_sees_every_published_place() -> None:
    said = words_of(read("/map/"))

    assert "13 places" in said
    assert "Takahashi Ramen Reward 5% Tomioka City, Gunma" in said
    assert "移動パン屋 Moves about" in said


def test_in_japanese_names_and_addresses_are_japanese() -> None:
    said = words_of(read("/map/?q=%E3%82%89%E3%83%BC%E3%82%81%E3%82%93", "ja"))

    assert "1件" in said
    assert "らーめん高橋 還元 5% 群馬県富岡市富岡1-1" in said


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("q=ramen", ["Takahashi Ramen"]),
        ("q=3702316", ["Takahashi Ramen"]),
        ("service=line_pay&kind=mobile", ["移動パン屋"]),
        ("rate=500", ["Takahashi Ramen"]),
        ("near=36.255,138.889", ["Takahashi Ramen"]),
        ("bbox=138.88,36.25,138.90,36.26", ["Takahashi Ramen"]),
        ("town=10210&q=ramen", ["Takahashi Ramen"]),
    ],
)
def test_the_address_holds_what_was_asked(asked: str, names: list[str]) -> None:
    """P-31: by store, rate, method, town, nearness; a link can be handed on."""
    page = read(f"/map/?{asked}")

    assert [unescape(name) for name in re.findall(r'class="places__name" href="[^"]+">([^<]+)<', page)] == names


def test_the_distance_is_shown_of_what_is_near() -> None:
    assert "111 m" in words_of(read("/map/?near=36.255,138.889"))


def test_a_chosen_town_is_named_and_can_be_let_go() -> None:
    page = read("/map/?town=10210&service=paypay")

    assert "Tomioka City, Gunma" in words_of(page)
    assert 'href="/map/?service=paypay"' in page


def test_nothing_found_says_what_to_do() -> None:
    said = words_of(read("/map/?q=nobody+has+this+name"))

    assert "No place fits" in said
    assert "Try a shorter word" in said


def test_an_empty_map_says_what_will_be_here() -> None:
    PublishedPlace.objects.all().delete()

    assert "Places stand here once they take a payment service" in words_of(read("/map/"))


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("service=gold", "Payment service: This cannot be chosen. Choose from the list."),
        ("rate=7", "Reward rate: This cannot be chosen."),
        ("kind=castle", "Class: This cannot be chosen."),
        ("town=99999", "There is no town with this code."),
        ("near=here", "This position cannot be read."),
        ("bbox=1,2,3", "This position cannot be read."),
        ("q=" + "a" * 81, "Name, address, postal code or town: Use 80 characters at most."),
        ("after=" + "a" * 121, "There is no such page of this search."),
    ],
)
def test_what_cannot_be_asked_is_told_beside_what_can(asked: str, told: str) -> None:
    page = read(f"/map/?{asked}", status=422)

    assert told in words_of(page)
    assert 'name="q"' in page


@pytest.mark.parametrize("asked", ["after=zzz", "q=ramen&after=99999zzz", "near=36.256,138.889&after=900"])
def test_a_page_that_is_none_leads_back_to_the_first(asked: str) -> None:
    page = read(f"/map/?{asked}")

    assert "There is no such page of this search. Begin at its first page." in words_of(page)
    address = "/map/" if asked.startswith("after") else f"/map/?{asked.split('&', maxsplit=1)[0].replace(',', '%2C')}"
    assert f'<a class="button" href="{address}">' in page
    assert " places" not in words_of(page)


def test_what_is_wrong_leads_to_its_field_and_what_was_right_stays() -> None:
    page = read("/map/?q=ramen&service=gold&rate=500&kind=castle", status=422)

    assert '<a href="#id_service">Payment service: ' in page
    assert '<a href="#id_kind">Class: ' in page
    assert re.findall(r'<select name="(\w+)"[^>]*aria-invalid="true"', page) == ["service", "kind"]
    assert 'value="ramen"' in page
    assert '<option value="500" selected>' in page
    assert "places__one" not in page


def test_what_is_typed_is_shown_and_never_run() -> None:
    typed = '"><script>alert(1)</script>'
    for path, status in (
        (f"/map/?q={typed}", 200),
        (f"/map/?q={typed}&service={typed}&town={typed}&after={typed}", 422),
    ):
        page = read(path, status=status)
        assert "<script>alert" not in page
        assert 'value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"' in page


def test_blanks_around_what_was_typed_are_nothing() -> None:
    assert "らーめん高橋" in read("/map/?q=%20%20ramen%20&service=%20paypay%20", "ja")


def test_a_piece_of_map_that_is_half_of_japan_is_refused() -> None:
    assert "Zoom in, or search by town" in words_of(read("/map/?bbox=130,30,145,45", status=422))


def test_pages_lead_on_and_back_to_the_first() -> None:
    for number in range(10):
        make_shop(f"商店{number}")
    publish_all()

    first = read("/map/")
    following = unescape(re.search(r'href="(/map/\?after=[^"]+)"', first)[1])  # type: ignore[index]
    second = read(following)

    assert len(re.findall("places__one", first)) == 20
    assert len(re.findall("places__one", second)) == 3
    assert "First page" in second


def test_a_place_tells_what_visitors_ask() -> None:
    """P-27: name, address, phone, rate, methods; since when; hours; the way in."""
    said = words_of(read(address_of("らーめん高橋")))

    assert "Takahashi Ramen Shop Reward 5%" in said
    assert "PayPay 1 Oct 2026" in said
    assert "〒370-2316 群馬県富岡市富岡1-1" in said
    assert "0274-00-0000" in said
    assert "11 am to 8 pm" in said
    assert "No steps on the way in Sign language" in said


def test_a_place_that_moves_says_why_it_is_not_on_the_map() -> None:
    said = words_of(read(address_of("移動パン屋")))

    assert "This place has no fixed position and is not on the map." in said
    assert "Reward" not in said


def test_an_address_handed_on_leads_to_the_place_that_stands_for_it() -> None:
    """P-29: pins of one place are merged; old links go on working."""
    other = make_shop("らーめん高橋（重複）")
    other.merged_into = Place.objects.get(name="らーめん高橋")
    other.save()
    publish_all()

    answer = Client().get(f"/map/places/{other.id}/")

    assert (answer.status_code, answer["Location"]) == (301, address_of("らーめん高橋"))


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_place_that_did_not_agree_is_nowhere(language: str) -> None:
    hidden = make_shop("秘密の店", consent=False)
    publish_all()

    read(f"/map/places/{hidden.id}/", language, status=404)
    read(f"/map/places/{hidden.id}/report/", language, status=404)
    assert "秘密の店" not in read("/map/", language)


def test_a_place_that_never_was_is_not_found() -> None:
    read(f"/map/places/{UUID(int=1)}/", status=404)


def test_anybody_reports_a_mistake_and_the_office_decides() -> None:
    """P-28: wrong facts are reported; the office has them put right."""
    path = f"{address_of('らーめん高橋')}report/"

    sent = Client(headers={"accept-language": "en"}).post(path, {"matter": "hours", "text": "21時まで"}, follow=True)

    report = CorrectionReport.objects.get()
    assert (report.matter, report.text, report.state, report.place_name) == (
        "hours",
        "21時まで",
        "open",
        "らーめん高橋",
    )
    assert "Thank you" in sent.content.decode()
    office = reader("programme-office")
    assert "The hours are wrong 21時まで" in words_of(office.get("/map/reports/").content.decode())
    office.post(f"/map/reports/{report.id}/", {"state": "done", "answer": "told the provider"})
    report.refresh_from_db()
    assert (report.state, report.answer) == ("done", "told the provider")
    assert "No report waits" in words_of(office.get("/map/reports/").content.decode())
    assert "Put right: told the provider" in words_of(office.get("/map/reports/?decided=1").content.decode())
    assert Event.objects.filter(name__in=["place.mistake_reported", "place.report_decided"]).count() == 2


def test_a_report_without_a_matter_is_not_kept() -> None:
    answer = Client(headers={"accept-language": "en"}).post(f"{address_of('らーめん高橋')}report/", {"text": "?"})

    assert answer.status_code == 422
    assert "Please correct this" in answer.content.decode()
    assert not CorrectionReport.objects.exists()


def test_a_flood_of_reports_about_one_place_ends() -> None:
    path = f"{address_of('らーめん高橋')}report/"
    for _ in range(20):
        Client().post(path, {"matter": "other"})

    answer = Client(headers={"accept-language": "en"}).post(path, {"matter": "other"})

    assert answer.status_code == 422
    assert "Many have reported something about this place already." in answer.content.decode()
    assert CorrectionReport.objects.count() == 20


def test_a_report_is_decided_once() -> None:
    Client().post(f"{address_of('らーめん高橋')}report/", {"matter": "other"})
    report = CorrectionReport.objects.get()
    office = reader("programme-office")
    office.post(f"/map/reports/{report.id}/", {"state": "declined"})

    again = office.post(f"/map/reports/{report.id}/", {"state": "done"})

    assert again.status_code == 422
    report.refresh_from_db()
    assert report.state == "declined"


def describe(username: str, place: Place, **facts: Any) -> Any:
    return reader(username).post(f"/map/places/{place.id}/describe/", facts)


def test_a_town_tells_visitors_about_its_counter_and_it_is_shown_at_once(mill: Any) -> None:
    facts = {"hours": "9時から17時", "hours_en": "9 am to 5 pm", "access": ["low_counter"]}

    answer = describe("admin-tomioka", mill, **facts, latitude="36.2553", longitude="138.8876")

    assert answer.status_code == 302
    row = PublishedPlace.objects.get(place_id=mill.id)
    assert (row.hours, row.access, row.latitude, row.longitude) == ("9時から17時", ["low_counter"], 36.2553, 138.8876)
    assert "9 am to 5 pm" in words_of(read(f"/map/places/{mill.id}/"))
    assert "Change what visitors read here" in reader("admin-tomioka").get(f"/map/places/{mill.id}/").content.decode()


@pytest.mark.parametrize(
    ("latitude", "longitude", "told"),
    [
        ("36.2", "", "A position has a latitude and a longitude"),
        ("138.8", "36.2", "This position is not in Japan."),
        ("north", "138.8", "Latitude: Enter a number."),
    ],
)
def test_a_position_that_cannot_be_is_told_and_nothing_is_changed(
    mill: Any, latitude: str, longitude: str, told: str
) -> None:
    answer = describe("admin-tomioka", mill, hours="9時から", latitude=latitude, longitude=longitude)

    assert answer.status_code == 422
    assert told in words_of(answer.content.decode())
    mill.refresh_from_db()
    assert (mill.hours, mill.latitude) == ("", None)


@pytest.mark.parametrize("username", ["accountant-tomioka", "clerk-mill", "programme-office", "provider-paypay"])
def test_nobody_else_changes_what_visitors_read(mill: Any, username: str) -> None:
    assert describe(username, mill, hours="いつでも").status_code == 403
    mill.refresh_from_db()
    assert mill.hours == ""


def test_a_page_without_its_map_weighs_little() -> None:
    for number in range(30):
        make_shop(f"長い名前の商店街の端にある店{number}", services=("paypay", "line_pay", "au_pay", "merpay"))
    publish_all()

    assert len(read("/map/", "ja").encode()) < 60_000
