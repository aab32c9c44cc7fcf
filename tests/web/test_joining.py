"""Beginning an application, coming back to it, and who may go on with one (J-22, J-28, P-33)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from madoguchi.events.models import Delivery
from madoguchi.onboarding.demo_applications import add_demo_applications
from madoguchi.onboarding.models import Application
from madoguchi.people.models import User
from tests.onboarding.conftest import CHECKER, MAKER, TOMIOKA, accepted, begun, filled, sent
from tests.web.applicants import at, browser, holder, status_at, text
from tests.web.readers import reader

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("towns", "clock")]
TOWN = {"kind": "municipality", "email": "kaikei@example.jp", "language": "ja"}


def started(client: Client, **changes: str) -> tuple[Application, str, Any]:
    """Begin an application: it, its key, and the page that shows it."""
    answer = client.post("/join/begin/", TOWN | changes, follow=True)
    assert answer.status_code == 200
    key = re.search(r'class="key-shown">([^<]+)<', text(answer))
    assert key is not None
    return Application.objects.get(), key[1], answer


# The first page


def test_the_room_says_what_it_is_and_warns_of_fraud() -> None:
    """P-33: the warning stands on the first page; nothing is said of applications that are not the reader's."""
    sent()
    page = text(browser("ja").get("/join/"))

    assert "1回の申込みで参加する" in page
    assert "電話・メール・訪問で口座番号、本人確認書類、暗証番号、パスワードをお尋ねすることはありません" in page
    for address in ("/join/begin/", "/join/resume/", "/join/shop/eligibility/"):
        assert f'href="{address}"' in page
    assert "ここで開ける申込み" not in page


def test_home_leads_here() -> None:
    assert 'href="/join/"' in text(browser().get("/"))


# Beginning


def test_number_and_key_are_shown_until_they_are_noted_and_never_again() -> None:
    client = browser()
    application, key, page = started(client)

    assert page.redirect_chain == [(f"/join/apply/{application.reference}/started/", 302)]
    assert application.reference in text(page)
    again = client.get(f"/join/apply/{application.reference}/started/")
    assert key in text(again)  # the other language, or a page loaded again
    noted = client.post(f"/join/apply/{application.reference}/started/")
    assert noted["Location"] == f"/join/apply/{application.reference}/"
    later = client.get(f"/join/apply/{application.reference}/started/", follow=True)
    assert key not in text(later)


def test_the_way_back_is_sent_by_e_mail_in_the_language_that_was_chosen() -> None:
    application, key, _page = started(browser("ja"), language="en")

    assert (application.state, application.kind, application.language) == ("draft", "municipality", "en")
    mail = Delivery.objects.get(event="mail.started").data
    assert mail["to"] == "kaikei@example.jp"
    assert f"/join/resume/{application.reference}/{key}/" in mail["text"]
    assert "The way back to your application" in mail["subject"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"kind": ""}, "Choose who applies."),
        ({"kind": "king"}, "Who are you?"),
        ({"email": "kaikei"}, "Write an e-mail address such as kaikei@example.jp."),
        ({"email": "a@example.jp\r\nBcc: b@example.jp"}, "Write an e-mail address such as kaikei@example.jp."),
        ({"language": "xx"}, "Language of our e-mails"),
    ],
)
def test_what_cannot_begin_is_told_beside_its_field_and_begins_nothing(changes: dict[str, str], told: str) -> None:
    answer = browser().post("/join/begin/", TOWN | changes)

    assert answer.status_code == 422
    assert 'role="alert"' in text(answer)
    assert told in text(answer)
    assert Application.objects.count() == 0
    assert Delivery.objects.filter(event="mail.started").count() == 0


# Coming back


def test_the_link_opens_the_application_and_leaves_no_key_in_the_address() -> None:
    desk = filled()
    before = desk.again().version
    client = browser()

    answer = client.get(f"/join/resume/{desk.application.reference}/{desk.key}/")

    assert (answer.status_code, answer["Location"]) == (302, at(desk, ""))
    assert "no-store" in answer["Cache-Control"]
    assert client.get(at(desk, "")).status_code == 200
    # Mail programs open links to look at them: that changes nothing.
    assert desk.again().version == before


def test_the_link_of_a_sent_application_leads_to_its_status() -> None:
    desk = sent()

    answer = browser().get(f"/join/resume/{desk.application.reference}/{desk.key}/")

    assert answer["Location"] == status_at(desk)


def test_number_and_key_typed_as_people_type_open_it() -> None:
    desk = filled()
    client = browser()
    typed = {"reference": desk.application.reference.lower().replace("-", " "), "key": f" {desk.key} "}

    assert client.post("/join/resume/", typed)["Location"] == at(desk, "")


@pytest.mark.parametrize("wrong", ["reference", "key"])
def test_a_wrong_number_and_a_wrong_key_are_told_alike(wrong: str) -> None:
    desk = filled()
    typed = {"reference": desk.application.reference, "key": desk.key} | {wrong: "AAAA-AAAA"}
    client = browser()

    answer = client.post("/join/resume/", typed)

    assert answer.status_code == 422
    assert "The number and the key do not belong together." in text(answer)
    assert client.get(at(desk, "")).status_code == 403
    link = client.get(f"/join/resume/{typed['reference']}/{typed['key']}/")
    assert link.status_code == 422


def test_a_page_that_was_asked_for_without_the_key_opens_once_it_is_given() -> None:
    desk = filled()
    client = browser()

    asked = client.get(at(desk, "section/account/"))
    typed = {"reference": desk.application.reference, "key": desk.key, "next": at(desk, "section/account/")}

    assert asked.status_code == 403
    assert f'value="{at(desk, "section/account/")}"' in text(asked)
    assert client.post("/join/resume/", typed)["Location"] == at(desk, "section/account/")


@pytest.mark.parametrize("elsewhere", ["https://example.com/", "//example.com", "javascript:alert(1)"])
def test_coming_back_never_leads_to_another_site(elsewhere: str) -> None:
    desk = filled()
    typed = {"reference": desk.application.reference, "key": desk.key, "next": elsewhere}

    assert browser().post("/join/resume/", typed)["Location"] == at(desk, "")


def test_strangers_learn_nothing_not_even_that_there_is_an_application() -> None:
    desk = sent()
    client = browser()

    existing, other = client.get(status_at(desk)), client.get("/join/status/AAAA-AAAA/")

    assert (existing.status_code, other.status_code) == (403, 403)
    assert said(existing).replace(desk.application.reference, "AAAA-AAAA") == said(other)


def said(answer: Any) -> str:
    """A page without the tokens of its forms, which differ each time."""
    return re.sub(r"[A-Za-z0-9]{64}", "", text(answer))


def test_the_key_of_one_application_opens_no_other() -> None:
    own, other = filled(), begun()

    answer = holder(own).post(at(other, "section/account/"), {"bank_code": "0001"})

    assert answer.status_code == 403
    assert other.again().account_sealed == ""


def test_a_shared_device_can_forget_the_application() -> None:
    desk = filled()
    client = holder(desk)

    client.post(at(desk, "leave/"))

    assert client.get(at(desk, "")).status_code == 403
    assert desk.again().state == "draft"


# Signed in


def test_a_town_administrator_sees_and_goes_on_with_the_towns_applications(settings: Any) -> None:
    settings.DEMO = True
    desk = accepted(municipality_code=TOMIOKA)
    admin = reader("admin-tomioka")

    assert desk.application.reference in text(admin.get("/join/"))
    assert admin.get(status_at(desk)).status_code == 200
    admin.post(status_at(desk, "write/"), {"text": "Thank you."})
    assert desk.again().messages.get().author == f"user:{User.objects.get(username='admin-tomioka').id}"


@pytest.mark.parametrize(
    "username", ["accountant-tomioka", "clerk-mill", "provider-paypay", "programme-office", "auditor"]
)
def test_others_who_are_signed_in_need_the_key_too(username: str, settings: Any) -> None:
    """The office and the providers read applications in their own rooms, where that is logged."""
    settings.DEMO = True
    desk = accepted(municipality_code=TOMIOKA)

    assert desk.application.reference not in text(reader(username).get("/join/"))
    assert reader(username).get(status_at(desk)).status_code == 403


# Coming from the plans


def test_the_services_chosen_among_the_plans_are_suggested_at_a_place() -> None:
    """J-09, P-16: who chose by their fees need not choose again; what is not on offer is left out."""
    client = browser()
    client.post("/join/begin/?services=paypay,no_such_thing", TOWN)
    application = Application.objects.get()

    page = text(client.get(f"/join/apply/{application.reference}/places/new/"))

    assert re.findall(r'name="services" value="(\w+)"[^>]*checked', page) == ["paypay"]


# From one network


def test_a_network_that_began_too_many_is_asked_to_wait_and_keeps_what_it_typed() -> None:
    client = browser("ja")
    for _ in range(60):
        client.post("/join/begin/", TOWN, headers={"X-Forwarded-For": "203.0.113.7"})

    answer = client.post("/join/begin/", TOWN, headers={"X-Forwarded-For": "203.0.113.7"})

    assert answer.status_code == 422
    assert "このネットワークから1時間に60件の申込みが始められました" in text(answer)
    assert 'value="kaikei@example.jp"' in text(answer)
    assert Application.objects.count() == 60


# The examples of a demo


def test_a_demo_leads_to_its_examples_and_opens_them(settings: Any) -> None:
    settings.DEMO = True
    add_demo_applications(maker=MAKER, checker=CHECKER)
    client = browser("ja")

    page = text(client.get("/join/"))

    links = re.findall(r'href="(/join/resume/[^"]+)"', page)
    assert links == [f"/join/resume/DEM0-000{number}/madoguchi-demo/" for number in range(1, 8)]
    assert "架空のもの" in page
    assert client.get(links[0]).headers["Location"] == "/join/apply/DEM0-0001/"
    assert client.get(links[1]).headers["Location"] == "/join/status/DEM0-0002/"


def test_elsewhere_no_example_is_shown() -> None:
    assert "見本" not in text(browser("ja").get("/join/"))
