"""Documents, consent, looking everything over, sending, taking back (P-23 to P-25, P-27, J-11, J-22)."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from madoguchi.events.models import Delivery, Event
from madoguchi.onboarding.models import Document
from madoguchi.onboarding.returning import return_application
from tests.onboarding.conftest import MAKER, TOMIOKA, accepted, begun, filled, place_facts, sent
from tests.onboarding.made_documents import NAME, archive, packed_stream, pdf, picture, zeros
from tests.web.applicants import at, browser, holder, status_at, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("towns", "clock")]


def bring(client: Any, desk: Any, data: bytes, filename: str = "memo.png", need: str = "no_register_memo") -> Any:
    file = SimpleUploadedFile(filename, data)
    return client.post(at(desk, "documents/"), {"need": need, "file": file}, follow=True)


# Documents


def test_a_town_brings_a_picture_of_a_note_instead_of_the_register() -> None:
    """J-11: what is asked for is named with what meets it; brought once, it is no longer missing."""
    desk = begun()
    client = holder(desk)
    page = text(client.get(at(desk, "documents/")))
    assert "Photo of a memo that there is no register extract" in page
    assert "Missing" in page

    answer = bring(client, desk, picture("PNG"))

    assert answer.status_code == 200
    assert "“memo.png” is kept." in text(answer)
    assert "Brought" in text(answer)
    document = desk.again().documents.get()
    assert (document.need, document.media_type) == ("no_register_memo", "image/png")
    assert document.sealed


def test_a_restaurant_without_a_company_chooses_how_to_prove_its_business() -> None:
    """P-23 to P-25: the licence of its trade is among the ways."""
    desk = begun("business")
    client = holder(desk)
    told = {"entity": "sole_proprietor", "industry": "service", "trade": "restaurant"}
    client.post(at(desk, "section/business/"), told)

    page = text(client.get(at(desk, "documents/")))

    assert '<option value="restaurant_licence"' in page
    assert "Tax return filed by e-Tax and e-Tax&#x27;s notice of receipt" in page


def armed() -> bytes:
    return archive("[Content_Types].xml", "word/vbaProject.bin")


@pytest.mark.parametrize(
    ("make", "filename", "told"),
    [
        (armed, "memo.docx", "The file carries macros."),
        (lambda: pdf(packed_stream(zeros(200), NAME.FlateDecode)), "memo.pdf", "The file is too large to be looked at"),
        (lambda: archive("a.txt"), "memo.zip", "This is no PDF, JPEG, PNG or TIFF"),
        (lambda: picture("PNG"), "memo.pdf", "its name says something else than its content"),
        (lambda: pdf()[:200], "memo.pdf", "The file is damaged and cannot be opened."),
        (lambda: b"", "memo.png", "The file is empty."),
    ],
)
def test_a_file_that_cannot_be_kept_is_told_and_the_others_stay(make: Any, filename: str, told: str) -> None:
    desk = filled()

    answer = bring(holder(desk), desk, make(), filename)

    assert answer.status_code == 422
    assert told in text(answer)
    assert [one.filename for one in Document.objects.filter(application=desk.application)] == ["memo.png"]


def test_what_nobody_asked_for_is_not_kept() -> None:
    desk = begun()

    answer = bring(holder(desk), desk, picture("PNG"), need="love_letter")

    assert answer.status_code == 422
    assert "This kind of document is not asked for here." in text(answer)
    assert desk.again().documents.count() == 0


def test_the_applicant_views_its_document_and_that_is_noted() -> None:
    desk = begun()
    client = holder(desk)
    bring(client, desk, picture("PNG"))
    document = desk.again().documents.get()

    answer = client.get(at(desk, f"documents/{document.id}/"))

    assert answer.content.startswith(b"\x89PNG")
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    seen = Event.objects.get(name="document.viewed", subject=str(document.id))
    assert seen.actor == f"applicant:{desk.application.id}"


def test_another_applications_document_is_not_there() -> None:
    own, other = begun(), filled()
    document = other.application.documents.get()
    client = holder(own)

    assert client.get(at(own, f"documents/{document.id}/")).status_code == 404
    assert client.post(at(own, f"documents/{document.id}/remove/")).status_code == 404
    document.refresh_from_db()
    assert document.deleted_at is None
    assert not Event.objects.filter(name="document.viewed", subject=str(document.id)).exists()


def test_a_document_is_taken_back() -> None:
    desk = filled()
    document = desk.application.documents.get()

    holder(desk).post(at(desk, f"documents/{document.id}/remove/"))

    document.refresh_from_db()
    assert (document.sealed, document.deleted_at is not None) == ("", True)


# Consent (P-27)


def test_consent_is_asked_with_what_is_published_and_recorded_with_its_time() -> None:
    desk = begun()
    client = holder(desk)
    assert "its address and phone" in text(client.get(at(desk, "consent/")))

    client.post(at(desk, "consent/"))

    assert (desk.again().publication_consent, desk.application.consent_at is not None) == (True, True)


def test_refusing_takes_the_application_back_only_after_asking_once_more() -> None:
    desk = filled()
    client = holder(desk)

    asked = text(client.get(at(desk, "consent/refuse/")))
    assert "Refuse publication and take the application back?" in asked
    assert desk.again().state == "draft"
    client.post(at(desk, "consent/refuse/"))

    assert (desk.again().state, desk.application.publication_consent) == ("withdrawn", False)
    assert "Taken back" in text(client.get(status_at(desk)))


def test_refusing_after_acceptance_asks_the_office_to_end_the_registration() -> None:
    desk = accepted()
    client = holder(desk)

    client.post(at(desk, "consent/refuse/"))

    assert (desk.again().state, desk.application.publication_consent) == ("accepted", False)


# Check and send


def test_every_gap_links_to_its_field_and_nothing_can_be_sent() -> None:
    desk = filled(places=[place_facts(name_en="", services=frozenset())])
    page = text(holder(desk).get(at(desk, "check/")))

    assert "Still missing: 2" in page
    place = desk.places[0].id
    assert f'href="{at(desk, f"places/{place}/")}#id_name_en"' in page
    assert f'href="{at(desk, f"places/{place}/")}#id_services"' in page
    assert "Send the application" not in page


def test_everything_that_was_told_is_shown_before_it_is_sent() -> None:
    desk = filled()
    page = text(holder(desk).get(at(desk, "check/")))

    for told in (
        "東京都三鷹市",
        "¥70,000,000,000",
        "1234567",
        "カイケイカンリシヤ",
        "三鷹市役所 市民課",
        "PayPay",
        "memo.png",
    ):
        assert told in page


def test_the_application_is_sent_once_and_its_status_shown() -> None:
    desk = filled()
    client = holder(desk)

    answer = client.post(at(desk, "check/"))
    again = client.post(at(desk, "check/"))

    assert (answer["Location"], again["Location"]) == (status_at(desk), status_at(desk))
    assert desk.again().state == "submitted"
    assert Delivery.objects.filter(event="mail.submitted", subject=str(desk.application.id)).count() == 1


def test_what_is_missing_when_it_is_sent_is_told_above_everything_that_was_entered() -> None:
    """Another window took a place out meanwhile."""
    desk = filled()
    client = holder(desk)
    client.post(at(desk, f"places/{desk.places[0].id}/remove/"))

    answer = client.post(at(desk, "check/"))

    assert answer.status_code == 422
    assert "It was not sent" in text(answer)
    assert "<code>application_incomplete</code>" in text(answer)
    assert "東京都三鷹市" in text(answer)
    assert desk.again().state == "draft"


def test_a_town_that_applied_already_is_told_the_number_of_its_application() -> None:
    """J-22: nothing of the second one is lost."""
    first = sent(municipality_code=TOMIOKA)
    second = filled(municipality_code=TOMIOKA)

    answer = holder(second).post(at(second, "check/"))

    assert answer.status_code == 422
    assert first.application.reference in text(answer)
    assert second.again().state == "draft"


def test_what_was_sent_is_no_longer_changed() -> None:
    desk = sent()
    client = holder(desk)

    for page in ("", "section/applicant/", "places/new/", "services/", "sheet/", "check/"):
        assert client.get(at(desk, page))["Location"] == status_at(desk), page
    client.post(at(desk, "section/applicant/"), {"name": "別の名前"})
    assert desk.again().name == "東京都三鷹市"


def test_an_application_that_was_sent_back_is_corrected_and_sent_again() -> None:
    desk = sent()
    return_application(actor=MAKER, application_id=desk.application.id, text="電話番号をご確認ください。")
    client = holder(desk)

    assert "電話番号をご確認ください。" in text(client.get(at(desk, "")))
    client.post(at(desk, "services/"), {"services": ["paypay"]})
    client.post(at(desk, "check/"))

    assert desk.again().state == "submitted"
    assert list(desk.application.items.values_list("service", "state")) == [("paypay", "submitted")]


# Taking it back


def test_an_application_is_taken_back_only_after_asking() -> None:
    desk = sent()
    client = holder(desk)

    assert "Take the application back?" in text(client.get(status_at(desk, "withdraw/")))
    client.post(status_at(desk, "withdraw/"), {"reason": "We wait for next year."})

    assert desk.again().state == "withdrawn"
    assert set(desk.application.items.values_list("state", flat=True)) == {"withdrawn"}


def test_what_is_with_the_providers_cannot_be_taken_back_here() -> None:
    desk = accepted()

    assert holder(desk).post(status_at(desk, "withdraw/"))["Location"] == status_at(desk)
    assert desk.again().state == "accepted"


def test_the_whole_way_of_a_shop_through_its_pages_alone() -> None:
    """From the first page to the office, as somebody with a phone and no scripts does it (J-02, P-17)."""
    client = browser("ja")
    begun_at = client.post("/join/begin/", {"kind": "business", "email": "tofu@example.jp", "language": "ja"})
    base = begun_at["Location"].removesuffix("started/")
    applicant = {
        "name": "町の豆腐店", "corporate_number": "7000012050002", "postal_code": "1818555", "email": "tofu@example.jp",
        "municipality_code": "三鷹市", "address": "東京都三鷹市野崎1-1-1", "representative": "代表",
        "contact_person": "店主", "phone": "0422451151",
    }  # fmt: skip
    business = {"entity": "company", "industry": "retail", "capital_yen": "3,000,000", "regular_employees": "4"}
    account = {
        "bank_code": "0001", "branch_code": "001", "account_kind": "ordinary", "account_number": "1234567",
        "holder_kana": "マチノトウフテン",
    }  # fmt: skip
    place = {
        "name": "本店", "name_en": "Main shop", "kind": "shop", "place_class": "fixed", "municipality_code": "三鷹市",
        "address": "東京都三鷹市野崎1-1-1", "services": ["paypay", "line_pay"],
    }  # fmt: skip
    for page, told in (
        ("section/applicant/", applicant),
        ("section/business/", business),
        ("section/account/", account),
    ):
        assert client.post(f"{base}{page}", told).status_code == 302, page
    assert client.post(f"{base}places/new/", place).status_code == 302
    file = SimpleUploadedFile("register.png", picture("PNG"))
    assert client.post(f"{base}documents/", {"need": "register_extract", "file": file}).status_code == 302
    assert client.post(f"{base}consent/").status_code == 302

    page = text(client.post(f"{base}check/", follow=True))

    assert "事務局で審査中" in page
    assert "申込みを送信しました。" in page
