"""A town's codes on its page: stickers to print, and the key that signs them (J-01, J-14, P-33)."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import unquote

import pytest
from django.test import Client
from django.urls import reverse

from madoguchi.events.models import Event
from madoguchi.jpqr import decode, read_symbols, signature_state
from madoguchi.people.access import system_actor
from madoguchi.registry.codes import payload_of
from madoguchi.registry.models import Enrolment, Place, SigningKey, StoreCode
from madoguchi.registry.signing import issue_signing_key, retire_signing_key, signing_key_of, state_of, trusted_keys
from madoguchi.web import stickers
from tests.registry.test_codes import add_places
from tests.web.readers import reader

OFFICE = system_actor("test")
PAGE = "/town/codes/"
SHEET = "/town/codes/sheet.pdf"


@pytest.fixture(autouse=True)
def demo_runs(settings: Any, clock: Any, towns: Any) -> None:
    settings.DEMO = True


@pytest.fixture
def tomioka(towns: Any) -> Any:
    return towns.towns["10210"]


@pytest.fixture
def key(tomioka: Any) -> SigningKey:
    return SigningKey.objects.get(organisation=tomioka)


@pytest.fixture
def admin() -> Client:
    return reader("admin-tomioka")


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What was asked of the printer, which then prints nothing."""
    asked: list[dict[str, Any]] = []

    def sheet_pdf(rows: Any, **wishes: Any) -> bytes:
        asked.append({"places": [row.place_name for row in rows], **wishes})
        return b"%PDF-"

    monkeypatch.setattr("madoguchi.jpqr.sticker.sheet_pdf", sheet_pdf)
    return asked


class TestThePage:
    def test_it_lists_each_code_with_its_number_services_state_and_formats(self, mill: Any) -> None:
        page = reader("accountant-tomioka").get(PAGE)
        text = page.content.decode()

        code = StoreCode.objects.get(place=mill)
        assert [row.state for row in page.context["page"].object_list] == ["ready"] * 5
        for words in (code.store_id, "Tomioka Silk Mill", "Codes: 5, of which 5 can be printed"):
            assert words in text
        for form in ("a5", "a4", "sticker", "card"):
            assert f"{SHEET}?format={form}&amp;copies=1&amp;code={code.id}" in text

    def test_only_who_sets_up_is_offered_keys(self, admin: Client, key: SigningKey) -> None:
        assert reverse("town:key_issue") not in reader("accountant-tomioka").get(PAGE).content.decode()
        text = admin.get(PAGE).content.decode()
        for route in ("town:key_retire", "town:key_revoke"):
            assert reverse(route, args=[key.key_id]) in text

    def test_what_cannot_be_printed_says_why(self, admin: Client, mill: Any) -> None:
        Enrolment.objects.filter(code__place=mill).update(ends_on="2026-11-19")
        other = StoreCode.objects.exclude(place=mill).filter(principal=mill.operator)[0]
        Place.objects.filter(id=other.place_id).update(postal_code="")

        text = admin.get(PAGE).content.decode()

        for words in ("Takes no service today", "Postal code or name missing", "of which 3 can be printed"):
            assert words in text

    def test_a_thousand_codes_come_in_pages_and_are_searched_in_the_address(self, admin: Client, tomioka: Any) -> None:
        add_places(tomioka, 1_000)

        page = admin.get(PAGE, {"q": "集会所09", "page": 2})

        assert page.context["page"].paginator.count == 100
        assert len(page.context["page"].object_list) == 50
        text = page.content.decode()
        assert 'value="集会所09"' in text
        assert "?q=%E9%9B%86%E4%BC%9A%E6%89%8009&amp;page=1" in text
        assert "Codes: 1,005, of which 1,005 can be printed" in admin.get(PAGE).content.decode()

    def test_a_search_that_finds_nothing_says_so_and_leads_back(self, admin: Client) -> None:
        text = admin.get(PAGE, {"q": "<nowhere>\x00"}).content.decode()

        assert "No code with “&lt;nowhere&gt;”" in text
        assert f'href="{PAGE}"' in text

    def test_before_the_first_code_it_says_what_will_be_here(self, admin: Client, tomioka: Any) -> None:
        Enrolment.objects.filter(code__principal=tomioka).delete()
        StoreCode.objects.filter(principal=tomioka).delete()

        text = admin.get(PAGE).content.decode()

        assert "There is no code yet" in text
        assert SHEET not in text

    def test_the_agents_counter_stands_on_the_villages_page_with_who_runs_it(self, towns: Any) -> None:
        """H-24."""
        text = reader("accountant-yasuoka").get(PAGE).content.decode()

        assert towns.post_office.name_en in text
        assert towns.post_office_operator.name_en in text


class TestPrinting:
    def test_the_whole_town_in_one_pdf_with_a_name_people_can_read(self, drawn: Any) -> None:
        answer = reader("accountant-tomioka", "ja").get(SHEET, {"format": "sticker", "copies": "3"})

        assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
        assert "群馬県富岡市 50 mm シール.pdf" in unquote(answer["Content-Disposition"])
        assert answer["Content-Disposition"].startswith("attachment")
        assert [(len(one["places"]), one["format"], one["copies"]) for one in drawn] == [(5, "sticker", 3)]

    def test_only_what_the_search_finds_or_one_place(self, admin: Client, drawn: Any, mill: Any) -> None:
        code = StoreCode.objects.get(place=mill)
        admin.get(SHEET, {"format": "a5", "copies": "1", "q": "富岡市役所"})
        answer = admin.get(SHEET, {"format": "card", "copies": "1", "code": str(code.id)})

        assert [sorted(one["places"]) for one in drawn] == [
            ["富岡市役所 収納担当窓口", "富岡市役所 市民課窓口"],
            ["富岡製糸場"],
        ]
        assert "Tomioka Silk Mill Cards.pdf" in unquote(answer["Content-Disposition"])

    def test_each_printed_code_reads_back_signed(self, admin: Client, mill: Any) -> None:
        """The real thing, read as a phone would: what is on paper is what the till shows."""
        pdfium = pytest.importorskip("pypdfium2")
        code = StoreCode.objects.get(place=mill)

        pdf = admin.get(SHEET, {"format": "a5", "copies": "1", "code": str(code.id)}).content

        picture = pdfium.PdfDocument(pdf)[0].render(scale=3).to_pil()
        picture.save(file := io.BytesIO(), "PNG")
        texts = read_symbols(file.getvalue())
        assert texts == [payload_of(code)]
        assert signature_state(decode(texts[0]), trusted_keys()) == "genuine"

    @pytest.mark.parametrize(
        ("wishes", "words"),
        [
            ({"format": "a5", "copies": "0"}, "greater than or equal to 1"),
            ({"format": "a5", "copies": "101"}, "less than or equal to 100"),
            ({"format": "a5", "copies": "x"}, "whole number"),
            ({"format": "a3", "copies": "1"}, "a3 is not one of"),
            ({"copies": "1"}, "This field is required."),
        ],
    )
    def test_a_wish_that_cannot_be_granted_is_told_beside_its_field(
        self, admin: Client, drawn: Any, wishes: dict[str, str], words: str
    ) -> None:
        answer = admin.get(SHEET, wishes)

        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert drawn == []

    def test_more_than_a_file_holds_is_refused_with_the_limit(
        self, admin: Client, drawn: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(stickers, "MAX_PRINTS", 14)

        answer = admin.get(SHEET, {"format": "a5", "copies": "3"})

        assert answer.status_code == 422
        assert "That would be 15 stickers; one file holds 14." in answer.content.decode()
        assert drawn == []
        assert admin.get(SHEET, {"format": "a5", "copies": "2"}).status_code == 200

    def test_nothing_to_print_and_what_cannot_be_drawn_are_told(self, admin: Client, mill: Any) -> None:
        Place.objects.filter(id=mill.id).update(name="\U0001f9f5" * 3)
        undrawable = admin.get(SHEET, {"format": "a5", "copies": "1"})
        assert undrawable.status_code == 422
        assert "A sticker could not be drawn" in undrawable.content.decode()

        Enrolment.objects.filter(code__principal=mill.operator).update(ends_on="2026-11-19")
        nothing = admin.get(SHEET, {"format": "a5", "copies": "1"})
        assert nothing.status_code == 422
        assert "None of these codes can be printed." in nothing.content.decode()

    def test_nobody_prints_anothers_code(self, admin: Client, drawn: Any, towns: Any) -> None:
        other = StoreCode.objects.get(principal=towns.towns["20414"])

        assert admin.get(SHEET, {"format": "a5", "copies": "1", "code": str(other.id)}).status_code == 404
        assert admin.get(SHEET, {"format": "a5", "copies": "1", "of": str(other.principal_id)}).status_code == 403
        assert drawn == []


class TestTheKey:
    def test_a_key_is_changed_after_reading_what_it_means(self, admin: Client, key: SigningKey, tomioka: Any) -> None:
        asked = admin.get(reverse("town:key_issue"))
        assert f"The key {key.key_id} signs no more. Stickers that it signed stay good." in asked.content.decode()
        assert signing_key_of(tomioka.id).key_id == key.key_id  # reading changes nothing

        done = admin.post(reverse("town:key_issue"), follow=True)

        new = signing_key_of(tomioka.id).key_id
        assert new != key.key_id
        assert f"Codes are signed with the key {new} from now on." in done.content.decode()
        assert Event.objects.latest("id").name == "signing_key.issued"

    def test_without_a_key_the_page_warns_before_anything_is_printed(
        self, admin: Client, key: SigningKey, tomioka: Any
    ) -> None:
        address = reverse("town:key_retire", args=[key.key_id])
        assert "until you issue another key" in admin.get(address).content.decode()

        text = admin.post(address, follow=True).content.decode()

        assert state_of(SigningKey.objects.get(key_id=key.key_id)) == "retired"
        for words in ("What you print now is not signed", "No key signs these codes", "Issue a key", "Earlier keys"):
            assert words in text

    def test_revoking_needs_a_reason_and_is_told_apart_from_changing(self, admin: Client, key: SigningKey) -> None:
        address = reverse("town:key_revoke", args=[key.key_id])
        assert "Print them all anew." in admin.get(address).content.decode()
        empty = admin.post(address, {"reason": " "})
        assert (empty.status_code, "Write down the reason" in empty.content.decode()) == (422, True)
        assert state_of(SigningKey.objects.get(key_id=key.key_id)) == "live"

        assert admin.post(address, {"reason": "端末を紛失"}).status_code == 302

        assert state_of(SigningKey.objects.get(key_id=key.key_id)) == "revoked"
        assert Event.objects.latest("id").facts["reason"] == "端末を紛失"

    def test_a_key_that_the_platform_can_no_longer_open_is_told_with_what_to_do(
        self, admin: Client, settings: Any, tomioka: Any
    ) -> None:
        SigningKey.objects.filter(organisation=tomioka).update(private_key="sealed with another secret")

        text = admin.get(PAGE).content.decode()

        for words in ("Cannot be used", "What you print now is not signed", "Issue a new key"):
            assert words in text
        admin.post(reverse("town:key_issue"))
        assert "Cannot be used" not in admin.get(PAGE).content.decode()

    def test_earlier_keys_stay_listed_and_can_be_revoked(self, admin: Client, key: SigningKey, tomioka: Any) -> None:
        issue_signing_key(actor=OFFICE, organisation_id=tomioka.id)

        text = admin.get(PAGE).content.decode()

        assert reverse("town:key_revoke", args=[key.key_id]) in text
        assert reverse("town:key_retire", args=[key.key_id]) not in text

    def test_another_towns_key_is_out_of_reach(self, admin: Client, towns: Any) -> None:
        other = SigningKey.objects.get(organisation=towns.towns["20414"])
        for route in ("town:key_retire", "town:key_revoke"):
            for answer in (
                admin.get(reverse(route, args=[other.key_id])),
                admin.post(reverse(route, args=[other.key_id]), {"reason": "x"}),
            ):
                assert answer.status_code == 403
        assert admin.post(reverse("town:key_issue"), {"of": str(other.organisation_id)}).status_code == 403
        assert admin.get(reverse("town:key_retire", args=["00000000"])).status_code == 404
        assert state_of(SigningKey.objects.get(key_id=other.key_id)) == "live"


def test_the_tills_screen_and_its_sticker_are_signed(mill: Any) -> None:
    """J-01: a sticker pasted over the town's own can be told from what the till shows."""
    code = StoreCode.objects.get(place=mill)
    clerk = reader("clerk-mill")
    png = clerk.get(reverse("till:code_png", args=[mill.id, code.id])).content
    assert read_symbols(png) == [payload_of(code)]

    retire_signing_key(actor=OFFICE, key_id=signing_key_of(mill.operator_id).key_id)
    unsigned = read_symbols(clerk.get(reverse("till:code_png", args=[mill.id, code.id])).content)
    assert signature_state(decode(unsigned[0]), trusted_keys()) == "unsigned"
    assert clerk.get(reverse("till:sticker_pdf", args=[mill.id, code.id])).content.startswith(b"%PDF")
