"""Places of an application: one by one, the same services everywhere, and by the sheet (J-21, J-22, J-23, P-28)."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from madoguchi.onboarding.following import facts_of
from madoguchi.onboarding.models import ApplicationPlace, Item, Plan
from tests.onboarding.conftest import MITAKA, TOMIOKA, Desk, begun, filled, place_facts
from tests.onboarding.made_sheets import csv_file, line, xlsx_file
from tests.web.applicants import at, hidden, holder, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("towns", "clock")]
PLACE: dict[str, Any] = {
    "name": "富岡製糸場", "name_en": "Tomioka Silk Mill", "kind": "facility", "place_class": "fixed",
    "postal_code": "370-2316", "municipality_code": "富岡市", "address": "群馬県富岡市富岡1-1", "phone": "0274-64-0005",
    "purposes": ["admission_fee"], "services": ["paypay"], "used_already": ["line_pay"], "wished_on": "2026-12-24",
}  # fmt: skip


def add(client: Any, desk: Desk, **changes: Any) -> Any:
    return client.post(at(desk, "places/new/"), PLACE | changes)


def send(desk: Desk, data: bytes, filename: str = "places.csv", **more: Any) -> Any:
    """Send a sheet in, and follow to what it came to."""
    file = SimpleUploadedFile(filename, data)
    return holder(desk).post(at(desk, "sheet/"), {"file": file, **more}, follow=True)


# One by one


def test_a_place_is_added_with_its_services_and_what_is_in_use_there() -> None:
    """J-23: a service in use already is applied for as well; the day wished for is kept with each."""
    desk = begun()

    answer = add(holder(desk), desk)

    assert answer["Location"] == at(desk, "places/")
    place = desk.again().places.get()
    assert facts_of(place) == place_facts(
        "富岡製糸場",
        name_en="Tomioka Silk Mill",
        kind="facility",
        municipality_code=TOMIOKA,
        postal_code="3702316",
        address="群馬県富岡市富岡1-1",
        phone="0274640005",
        purposes=("admission_fee",),
        services=frozenset({"paypay", "line_pay"}),
        used_already=frozenset({"line_pay"}),
        wished_on=date(2026, 12, 24),
    )


def test_what_was_chosen_can_be_taken_back() -> None:
    desk = filled(places=[place_facts(used_already=frozenset({"paypay"}), wished_on=date(2026, 12, 24))])
    address = at(desk, f"places/{desk.places[0].id}/")
    told = PLACE | {"services": ["paypay"], "used_already": [], "wished_on": ""}
    client = holder(desk)

    client.post(address, told | hidden(client.get(address)))

    item = desk.places[0].items.get()
    assert (item.service_id, item.is_used_already, item.wished_on) == ("paypay", False, None)


def test_a_place_whose_answer_was_lost_is_not_added_twice() -> None:
    """A lost line: the page is sent again as it is."""
    desk = begun()
    client = holder(desk)
    add(client, desk)

    answer = client.post(at(desk, "places/new/"), PLACE, follow=True)

    assert desk.again().places.count() == 1
    assert "This very place is in the list already." in text(answer)


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("name", "", "Write its name."),
        ("name", "=1+1", "a spreadsheet would run it"),
        ("name_en", "製糸場", "Write the English name in Latin letters."),
        ("municipality_code", "府中市", "Write the prefecture as well."),
        ("postal_code", "37", "Write the seven digits"),
        ("wished_on", "soon", "Write the day as 2026-11-21."),
        ("services", "gold", "id_services"),
    ],
)
def test_what_cannot_be_right_is_told_at_its_field_and_the_rest_stays(field: str, value: str, told: str) -> None:
    desk = begun()

    answer = add(holder(desk), desk, **{field: value})

    assert answer.status_code == 422
    assert told in text(answer)
    assert f'href="#id_{field}"' in text(answer)
    assert 'value="0274-64-0005"' in text(answer)
    assert desk.again().places.count() == 0


def test_a_place_changed_in_another_window_is_not_overwritten_unseen() -> None:
    desk = filled()
    address = at(desk, f"places/{desk.places[0].id}/")
    first, second = holder(desk), holder(desk)
    page = hidden(first.get(address))
    second.post(address, PLACE | {"name": "福祉課"} | page)

    answer = first.post(address, PLACE | {"name": "税務課"} | page)

    assert answer.status_code == 422
    assert "<dd>福祉課</dd>" in text(answer)
    assert 'value="税務課"' in text(answer)
    assert desk.again().places.get().name == "福祉課"


def test_a_place_is_taken_out_only_after_asking() -> None:
    desk = filled()
    client = holder(desk)
    address = at(desk, f"places/{desk.places[0].id}/remove/")

    assert "Take “三鷹市役所 市民課” out?" in text(client.get(address))
    assert desk.again().places.count() == 1
    client.post(address)
    assert desk.again().places.count() == 0


def test_another_applications_place_is_not_there() -> None:
    own, other = begun(), filled()

    for page in (f"places/{other.places[0].id}/", f"places/{other.places[0].id}/remove/"):
        assert holder(own).post(at(own, page), PLACE).status_code == 404
    assert other.again().places.count() == 1


def test_many_places_come_by_pages_and_can_be_searched() -> None:
    desk = filled(places=[place_facts(f"窓口{number}") for number in range(60)])
    client = holder(desk)

    first = text(client.get(at(desk, "places/")))
    found = text(client.get(at(desk, "places/"), {"words": "窓口59"}))

    assert "Page 1 of 2" in first
    assert "窓口59" not in first
    assert "窓口59" in found
    assert "窓口1<" not in found


# The same services everywhere


def test_every_place_takes_exactly_the_services_ticked() -> None:
    desk = filled(places=[place_facts("市民課"), place_facts("税務課", services=frozenset({"merpay"}))])
    client = holder(desk)
    page = hidden(client.get(at(desk, "services/")))

    answer = client.post(at(desk, "services/"), {"services": ["paypay", "au_pay"]} | page, follow=True)

    assert "2 places take these." in text(answer)
    rows = Item.objects.filter(application=desk.application).values_list("place__name", "service")
    assert sorted(rows) == [("市民課", "au_pay"), ("市民課", "paypay"), ("税務課", "au_pay"), ("税務課", "paypay")]


def test_no_service_at_all_is_told_and_changes_nothing() -> None:
    desk = filled()

    answer = holder(desk).post(at(desk, "services/"), {})

    assert answer.status_code == 422
    assert "Tick at least one service." in text(answer)
    assert desk.again().items.count() == 2


def test_services_without_a_fee_can_be_chosen_alone_only_where_plans_say_so() -> None:
    """J-21: no plan, no filter; a plan at 0 % puts its services under it."""
    desk = filled()
    client = holder(desk)
    assert "Only without a fee now" not in text(client.get(at(desk, "services/?free=1")))
    plan = Plan.objects.create(
        provider_id="paypay",
        name="0円プラン",
        starts_on=date(2020, 1, 1),
        payout_cycle="month_end",
        payouts_per_month=1,
    )
    plan.services.set(["paypay"])
    plan.fees.create(period="during", starts_on=date(2020, 1, 1), fee_bps=0)

    page = text(client.get(at(desk, "services/?free=1")))

    assert "Only without a fee now (0%)" in page
    assert 'value="paypay"' in page
    assert 'value="line_pay"' not in page


# By the sheet


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_the_template_comes_back_filled_in(kind: str) -> None:
    desk = begun()
    answer = holder(desk, "ja").get(at(desk, f"sheet/template.{kind}"))

    assert answer.status_code == 200
    assert f".{kind}" in answer["Content-Disposition"]
    assert answer.content[:2] == (b"PK" if kind == "xlsx" else b"\xef\xbb")
    assert holder(desk).get(at(desk, "sheet/template.pdf")).status_code == 404


def test_good_rows_become_places_and_broken_ones_come_back_with_their_reasons() -> None:
    """J-22: the file that comes back, corrected and sent again, completes the list and doubles nothing."""
    desk = begun()
    good, bad = line(name="市民課"), line(name="税務課", postal_code="999")

    page = text(send(desk, xlsx_file(good, bad), "places.xlsx", services=["paypay"]))

    assert "Rows to correct: 1" in page
    assert "no postal code. Write its seven digits." in page
    assert [place.name for place in desk.again().places.all()] == ["市民課"]
    assert set(desk.application.items.values_list("service", flat=True)) == {"paypay"}


def test_the_broken_rows_are_kept_for_download_and_go_in_once_corrected() -> None:
    desk = begun()
    client = holder(desk)
    data = xlsx_file(line(name="市民課"), line(name="税務課", postal_code="999"))
    client.post(at(desk, "sheet/"), {"file": SimpleUploadedFile("places.xlsx", data)})

    book = load_workbook(io.BytesIO(client.get(at(desk, "sheet/result/rows/")).content))
    rows = list(book.worksheets[0].values)
    column = rows[0].index("Postal code") + 1 if "Postal code" in rows[0] else rows[0].index("郵便番号") + 1
    assert [len(rows), "999" in rows[1]] == [2, True]
    book.worksheets[0].cell(2, column).value = "370-2316"
    out = io.BytesIO()
    book.save(out)
    answer = client.post(at(desk, "sheet/"), {"file": SimpleUploadedFile("places.xlsx", out.getvalue())}, follow=True)

    assert "Every row is in." in text(answer)
    assert sorted(place.name for place in desk.again().places.all()) == ["市民課", "税務課"]
    assert client.get(at(desk, "sheet/result/rows/"))["Location"] == at(desk, "sheet/")


def test_the_same_sheet_again_adds_nothing() -> None:
    """A lost line: the sheet is sent once more."""
    desk = begun()
    data = csv_file(line(name="市民課"), line(name="税務課"))
    send(desk, data)

    page = text(send(desk, data))

    assert desk.again().places.count() == 2
    assert "There already, left as they are" in page
    assert '<strong class="figure__value">2</strong>' in page


def test_a_formula_in_a_name_comes_back_and_stops_no_other_row() -> None:
    desk = begun()

    page = text(send(desk, csv_file(line(name="=cmd|x"), line(name="市民課"))))

    assert "Formulas cannot be used." in page
    assert [place.name for place in desk.again().places.all()] == ["市民課"]


def test_opening_hours_are_kept_with_the_remarks() -> None:
    desk = begun()

    send(desk, csv_file(line(opening_hours="平日8:30〜17:15", remarks="1階")))

    assert desk.again().places.get().remarks == "平日8:30〜17:15 1階"


def macro_book() -> bytes:
    out = io.BytesIO(xlsx_file(line()))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"x")
    return out.getvalue()


def zip_bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (200 << 20))
    return out.getvalue()


@pytest.mark.parametrize(
    ("make", "filename", "told"),
    [
        (macro_book, "places.xlsx", "The file carries macros."),
        (zip_bomb, "places.xlsx", "The sheet is too large"),
        (lambda: b"%PDF-1.7 \x00\x01", "places.pdf", "This is no sheet that can be read here."),
        (lambda: b"a,b\n1,2\n", "places.csv", "The head of the sheet lacks these columns"),
        (lambda: b"", "places.csv", "The file is empty."),
        (lambda: b"x" * (6 << 20), "places.csv", "The file is larger than 5 MB."),
    ],
)
def test_a_file_that_cannot_be_read_is_told_and_changes_nothing(make: Any, filename: str, told: str) -> None:
    desk = filled()
    before = desk.again().version

    page = send(desk, make(), filename)

    assert page.status_code == 422
    assert told in text(page)
    assert "the places that are there stay as they are" in text(page)
    assert (desk.again().version, desk.application.places.count()) == (before, 1)


def test_a_sheet_of_more_places_than_fit_takes_none(monkeypatch: pytest.MonkeyPatch) -> None:
    from madoguchi.onboarding import places

    monkeypatch.setattr(places, "MAX_PLACES", 2)
    desk = filled()

    page = send(desk, csv_file(line(name="一"), line(name="二")))

    assert page.status_code == 422
    assert "An application holds at most 2 places." in text(page)
    assert ApplicationPlace.objects.filter(application=desk.application, municipality=MITAKA).count() == 1
