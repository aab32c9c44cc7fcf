"""Checking a sticker, at a town's desk and at the till: whose it is, in words and colour, and what to do (P-33)."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from madoguchi.events.models import Event
from madoguchi.jpqr import StoreId, new_key, qr_png, sign, static_payload
from madoguchi.jpqr.inspection import NOTES, VERDICTS
from madoguchi.people.access import system_actor
from madoguchi.registry.codes import payload_of
from madoguchi.registry.models import SigningKey, StoreCode
from madoguchi.registry.signing import issue_signing_key, retire_signing_key, revoke_signing_key, signing_key_of
from madoguchi.web import checking
from tests.web.readers import reader

OFFICE = system_actor("test")
TOWN = "/town/codes/check/"
STRANGERS = "1234567890123-0001-000001-000001"


@pytest.fixture(autouse=True)
def demo_runs(settings: Any, clock: Any, towns: Any) -> None:
    settings.DEMO = True


@pytest.fixture
def code(mill: Any) -> StoreCode:
    return StoreCode.objects.get(place=mill)


@pytest.fixture
def desk() -> Client:
    return reader("accountant-tomioka")


@pytest.fixture
def till(mill: Any) -> str:
    return reverse("till:check", args=[mill.id])


def unsigned(store_id: str) -> str:
    """A code that anybody could print."""
    facts = {"merchant_name": "SILK MILL", "city": "TOMIOKA", "postal_code": "3702392", "mcc": "7991"}
    return static_payload(store_id=StoreId.parse(store_id), local_name="富岡製糸場", **facts)


def picture(*texts: str) -> SimpleUploadedFile:
    """A photograph with these codes beside each other."""
    drawn = [Image.open(io.BytesIO(qr_png(text))) for text in texts]
    photo = Image.new(
        "L", (sum(one.width for one in drawn) or 200, max((one.height for one in drawn), default=200)), 255
    )
    left = 0
    for one in drawn:
        photo.paste(one, (left, 0))
        left += one.width
    file = io.BytesIO()
    photo.save(file, "PNG")
    return SimpleUploadedFile("sticker.png", file.getvalue(), "image/png")


def verdicts(page: Any) -> list[tuple[str, str]]:
    return re.findall(r'data-verdict="(\w+)" data-severity="(\w+)"', page.content.decode())


def test_a_picture_of_the_towns_sticker_is_genuine_with_what_to_compare(desk: Client, code: StoreCode) -> None:
    page = desk.post(TOWN, {"picture": picture(payload_of(code))})

    assert (page.status_code, verdicts(page)) == (200, [("genuine", "good")])
    text = page.content.decode()
    for words in ("It is genuine", "status--good", "富岡製糸場", code.store_id, "Tomioka Silk Mill", "If they fit"):
        assert words in text
    assert signing_key_of(code.principal_id).key_id in text


def test_a_scanners_line_does_as_well_and_leaves_the_field_empty_for_the_next(desk: Client, code: StoreCode) -> None:
    page = desk.post(TOWN, {"text": f" {payload_of(code)}\r"})

    assert verdicts(page) == [("genuine", "good")]
    assert re.search(r'<input type="text" name="text"(?![^>]*value)', page.content.decode())


def test_checking_keeps_nothing(desk: Client, code: StoreCode) -> None:
    before = Event.objects.count()
    desk.post(TOWN, {"picture": picture(payload_of(code))})

    assert Event.objects.count() == before


def test_a_sticker_pasted_over_the_towns_is_to_be_taken_down_and_kept(desk: Client) -> None:
    page = desk.post(TOWN, {"text": unsigned(STRANGERS)})

    assert verdicts(page) == [("unsigned", "bad")]
    text = page.content.decode()
    for words in ("It does not belong here", "status--bad", "#9110", "No place has this store identifier", STRANGERS):
        assert words in text


def test_two_codes_on_one_sticker_are_both_shown(desk: Client, code: StoreCode) -> None:
    page = desk.post(TOWN, {"picture": picture(payload_of(code), unsigned(STRANGERS), payload_of(code))})

    assert verdicts(page) == [("genuine", "good"), ("unsigned", "bad")]
    assert "Different codes found: 2" in page.content.decode()
    assert "one is pasted over the other" in page.content.decode()


def test_our_number_unsigned_is_to_be_printed_anew_but_not_if_we_do_not_sign(desk: Client, code: StoreCode) -> None:
    signed_here = desk.post(TOWN, {"text": unsigned(code.store_id)})
    assert verdicts(signed_here) == [("unsigned", "warning")]
    assert "put up a signed sticker in its place" in signed_here.content.decode()

    SigningKey.objects.filter(organisation=code.principal).delete()
    not_yet = desk.post(TOWN, {"text": unsigned(code.store_id)}).content.decode()
    assert "Codes are not signed here yet." in not_yet
    assert "put up a signed sticker in its place" not in not_yet


def test_a_revoked_key_says_since_when_and_a_retired_one_stays_good(desk: Client, code: StoreCode, clock: Any) -> None:
    text, key_id = payload_of(code), signing_key_of(code.principal_id).key_id
    retire_signing_key(actor=OFFICE, key_id=key_id)
    assert verdicts(desk.post(TOWN, {"text": text})) == [("genuine", "good")]

    issue_signing_key(actor=OFFICE, organisation_id=code.principal_id)
    revoke_signing_key(actor=OFFICE, key_id=key_id, reason="lost")
    page = desk.post(TOWN, {"text": text})
    assert verdicts(page) == [("unknown_key", "bad")]
    assert "Its key was revoked on 20 Nov 2026 (Fri). Take it down" in page.content.decode()
    assert "#9110" not in page.content.decode()


def test_a_strangers_signature_on_our_number_is_not_trusted(desk: Client, code: StoreCode) -> None:
    page = desk.post(TOWN, {"text": sign(unsigned(code.store_id), new_key())})

    assert verdicts(page) == [("unknown_key", "bad")]
    assert "#9110" in page.content.decode()


def test_a_web_address_is_shown_as_text_and_never_as_a_link(desk: Client) -> None:
    page = desk.post(TOWN, {"text": "https://pay.example/<script>"})

    assert verdicts(page) == [("unreadable", "bad")]
    text = page.content.decode()
    assert "It is a web address. Do not open it." in text
    assert "https://pay.example/&lt;script&gt;" in text
    assert 'href="https://pay.example' not in text


def test_a_broken_code_names_tag_and_character_for_whoever_looks_into_it(desk: Client, code: StoreCode) -> None:
    text = payload_of(code)
    page = desk.post(TOWN, {"text": f"{text[:-4]}0000"}).content.decode()

    assert re.search(rf"<code>crc_mismatch</code> <code>63</code> at character {len(text) - 4}", page)


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (dict, "Choose a picture, or read the code with a scanner."),
        (lambda: {"picture": picture()}, "No QR code was found on the picture."),
        (
            lambda: {"picture": SimpleUploadedFile("a.txt", b"no picture")},
            "This is not a picture in PNG, JPEG or WebP.",
        ),
        (lambda: {"picture": SimpleUploadedFile("a.png", b"")}, "The file is empty."),
        (lambda: {"text": "0" * 6_000}, "Ensure this value has at most"),
        (lambda: {"text": "0002\x0001"}, "Null characters are not allowed."),
    ],
)
def test_what_cannot_be_checked_is_told_where_it_was_entered(desk: Client, sent: Any, words: str) -> None:
    page = desk.post(TOWN, sent())

    assert page.status_code == 422
    assert words in page.content.decode()
    assert verdicts(page) == []


def test_a_picture_that_is_too_large_is_refused_unread(
    desk: Client, code: StoreCode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("madoguchi.jpqr.pictures.MAX_PICTURE_BYTES", 100)
    monkeypatch.setattr(checking, "MAX_PICTURE_BYTES", 100)

    page = desk.post(TOWN, {"picture": picture(payload_of(code))})

    assert page.status_code == 422
    assert "The picture is larger than" in page.content.decode()


class TestAtTheTill:
    def test_the_counters_own_sticker_is_good_and_the_till_leads_there(
        self, till: str, code: StoreCode, mill: Any
    ) -> None:
        clerk = reader("clerk-mill")
        assert till in clerk.get(reverse("till:till", args=[mill.id])).content.decode()

        assert verdicts(clerk.post(till, {"text": payload_of(code)})) == [("genuine", "good")]

    def test_another_places_genuine_sticker_does_not_belong_there(self, till: str, code: StoreCode) -> None:
        """Copied and put up elsewhere it is as genuine; only comparing shows it."""
        elsewhere = StoreCode.objects.filter(principal=code.principal).exclude(id=code.id).first()

        page = reader("clerk-mill").post(till, {"text": payload_of(elsewhere)})

        assert verdicts(page) == [("another_store", "bad")]
        assert f"It is the code of {elsewhere.place.name_en}" in page.content.decode()
        desk = reader("accountant-tomioka").post(TOWN, {"text": payload_of(elsewhere)})
        assert verdicts(desk) == [("genuine", "good")]

    def test_the_sticker_of_a_closed_code_is_to_be_taken_down(self, till: str, code: StoreCode) -> None:
        text = payload_of(code)
        StoreCode.objects.filter(id=code.id).update(is_closed=True)

        page = reader("clerk-mill").post(till, {"text": text}).content.decode()

        assert "It was the code of Tomioka Silk Mill and is closed. Take it down." in page

    def test_both_stickers_of_a_shared_counter_are_good(self, towns: Any) -> None:
        """J-27, H-24."""
        texts = [payload_of(code) for code in StoreCode.objects.filter(place=towns.post_office)]
        address = reverse("till:check", args=[towns.post_office.id])

        page = reader("clerk-post").post(address, {"picture": picture(*texts)})

        assert sorted(verdicts(page)) == [("genuine", "good"), ("genuine", "good")]

    def test_a_clerk_elsewhere_checks_nothing_here(self, till: str) -> None:
        assert reader("clerk-citizens").get(till).status_code == 403


def test_every_verdict_has_its_words_and_what_to_do() -> None:
    judged = {name for name, _, _ in VERDICTS}

    assert set(checking.TITLES) == judged
    assert judged - {name for name, _ in checking.ADVICE} == set()
    assert set(checking.REASONS) <= judged | {name for name, _, _ in NOTES}


def test_the_page_speaks_japanese(code: StoreCode) -> None:
    page = reader("accountant-tomioka", "ja").post(TOWN, {"text": unsigned(STRANGERS)}).content.decode()

    for words in ("ここに掲示するコードではありません", "署名がないので", "はがして保管し", "相談専用電話 #9110"):
        assert words in page
