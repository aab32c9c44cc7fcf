"""Kits and store numbers: what waits is printed, listed and noted as posted; numbers come in, bad rows come back."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from madoguchi.core.clock import today
from madoguchi.core.ids import short_form
from madoguchi.events.models import Delivery
from madoguchi.onboarding.kit_printing import kit_orders, kits_of
from madoguchi.onboarding.kits import order_stickers
from madoguchi.onboarding.models import KitOrder, RuleVersion
from madoguchi.registry.models import Enrolment, StoreCode
from tests.onboarding.conftest import Desk, accepted, place_facts
from tests.web.office_desk import approved, first_actor
from tests.web.readers import reader

pytestmark = pytest.mark.django_db
# Of the range of real stores: what the scheme's operator would issue.
STORE_ID = "0000000000012-0001-000001-000001"


@pytest.fixture(autouse=True)
def _demo_runs(clock: Any, towns: Any, settings: Any) -> None:
    settings.DEMO = True


@pytest.fixture
def office() -> Client:
    return reader("programme-office")


def shop() -> Desk:
    """A shop that PayPay approved from today, LINE Pay from a later day: its first kit waits."""
    desk = accepted("business", places=[place_facts("豆腐店", kind="shop", purposes=())])
    approved(desk)
    approved(desk, "line_pay", days=30)
    return desk


def table_of(answer: Any) -> list[tuple[Any, ...]]:
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    return list(sheet.iter_rows(values_only=True))


def upload(client: Client, text: str, name: str = "numbers.csv") -> Any:
    file = SimpleUploadedFile(name, text.encode("utf-8-sig"))
    return client.post(reverse("office:store_ids"), {"file": file})


# Kits


def test_waiting_kits_are_listed_and_narrowed_by_kind_and_prefecture(office: Client):
    desk = shop()
    order_stickers(actor=desk.actor, place_id=desk.places[0].id, copies=3)

    def kinds(**query: str) -> list[str]:
        return [row.kind for row in office.get(reverse("office:kits"), query).context["window"].rows]

    assert sorted(kinds()) == ["extra", "first"]
    assert kinds(kind="extra") == ["extra"]
    assert sorted(kinds(prefecture="13")) == ["extra", "first"]
    assert kinds(prefecture="10") == []
    assert kinds(state="sent") == []


def test_a_kit_names_services_with_their_days_and_the_rate_that_was_decided():
    """P-26: what starts late shows its day; P-31: the sticker shows the rate."""
    desk = shop()
    application = desk.application
    application.rule_version = RuleVersion.objects.create(
        name="trial", number=1, content={"ends_on": "2027-03-31"}, entered_at=application.created_at, entered_by="x"
    )
    application.decision = {"outcome": "eligible", "rate_bps": 200, "rules": []}
    application.save()

    (kit,) = kits_of(kit_orders(first_actor()), today())

    assert [(one.name, one.starts_on) for one in kit.place.services] == [
        ("LINE Pay", today() + timedelta(days=30)),
        ("PayPay", today()),
    ]
    assert (kit.place.rate_bps, kit.place.rate_ends_on) == (200, date(2027, 3, 31))
    assert kit.place.sticker is not None
    assert kit.place.sticker.store_id.is_test


def test_a_towns_kit_says_nothing_of_rewards():
    """P-15."""
    desk = accepted()
    approved(desk)
    application = desk.again()
    application.decision = {"outcome": "eligible", "rate_bps": 500, "rules": []}
    application.save()

    (kit,) = kits_of(kit_orders(first_actor()), today())

    assert (kit.place.rate_bps, kit.place.rate_ends_on) == (None, None)


def test_everything_comes_as_one_pdf_and_a_list_in_the_same_order(office: Client):
    """P-31, J-14: start kit and further stickers, page by page as the list says."""
    desk = shop()
    order_stickers(actor=desk.actor, place_id=desk.places[0].id, copies=2)

    pdf = office.get(reverse("office:kits_file"))
    rows = table_of(office.get(reverse("office:kits_list", args=["xlsx"])))

    pages = len(pikepdf.open(io.BytesIO(pdf.content)).pages)
    assert pdf["Content-Type"] == "application/pdf"
    assert [row[1] for row in rows[1:-1]] == ["スターターキット", "追加のシール"]
    assert rows[-1][7] == pages
    assert rows[2][7:10] == (3, pages - 2, pages)  # a letter and two sheets of stickers
    assert office.get(reverse("office:kits_list", args=["csv"])).status_code == 200
    assert office.get(reverse("office:kits_list", args=["exe"])).status_code == 404


def test_nothing_is_printed_where_no_kit_waits(office: Client):
    assert office.get(reverse("office:kits_file")).status_code == 422
    assert "No kit waits" in office.get(reverse("office:kits")).content.decode()


def test_chosen_kits_are_noted_as_posted_with_their_day_and_applicants_are_told(office: Client):
    desk = shop()
    order = KitOrder.objects.get(place=desk.places[0])
    day = today() - timedelta(days=1)

    answer = office.post(reverse("office:kits"), {"order": [str(order.id)], "sent_on": day.isoformat()})

    assert answer.status_code == 302
    order.refresh_from_db()
    assert (order.state, order.sent_on) == ("sent", day)
    assert Delivery.objects.filter(event="mail.kit_sent").count() == 1


def test_all_that_the_list_showed_are_noted_but_none_that_was_ordered_since(office: Client, clock: Any):
    """What was not on the list was not in the envelope."""
    desk = shop()
    until = office.get(reverse("office:kits")).context["until"]
    clock.move(minutes=5)
    later = order_stickers(actor=desk.actor, place_id=desk.places[0].id, copies=1)

    office.post(reverse("office:kits"), {"every": "on", "until": until, "sent_on": today().isoformat()})

    later.refresh_from_db()
    assert later.state == "waiting"
    assert KitOrder.objects.get(kind="first").state == "sent"


@pytest.mark.parametrize(
    ("told", "field"), [({"sent_on": "2026-11-21", "every": "on"}, "sent_on"), ({"sent_on": "2026-11-20"}, "order")]
)
def test_a_day_ahead_or_nothing_chosen_is_told_beside_its_field(office: Client, told: dict[str, str], field: str):
    shop()

    answer = office.post(reverse("office:kits"), told)

    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert KitOrder.objects.get().state == "waiting"


def test_an_auditor_reads_the_list_and_notes_nothing():
    shop()
    auditor = reader("auditor")

    assert "Note as posted" not in auditor.get(reverse("office:kits")).content.decode()
    answer = auditor.post(reverse("office:kits"), {"every": "on", "sent_on": today().isoformat()})
    assert answer.status_code == 403
    assert KitOrder.objects.get().state == "waiting"


# Store numbers


@pytest.fixture
def waits(settings: Any) -> Desk:
    """Outside a demo: a place that was accepted and approved waits for the operator's number."""
    desk = accepted("business", places=[place_facts("豆腐店", kind="shop", purposes=())])
    settings.DEMO = False
    approved(desk)
    assert not Enrolment.objects.filter(code__place__name="豆腐店").exists()
    settings.DEMO = True
    return desk


def test_places_that_wait_are_listed_and_come_as_the_file_to_send(office: Client, waits: Desk):
    place = waits.places[0]

    page = office.get(reverse("office:store_ids"))
    rows = table_of(office.get(reverse("office:store_ids_file", args=["xlsx"])))

    assert [row.id for row in page.context["window"].rows] == [place.id]
    told = dict(zip(rows[0], rows[1], strict=True))
    assert (told["場所の番号"], told["受付番号"], told["枝番"]) == (
        short_form(place.id),
        waits.application.reference,
        1,
    )
    assert (told["店舗・施設"], told["サービス"], told["店舗識別番号"]) == ("豆腐店", "LINE Pay、PayPay", None)


def test_the_operators_numbers_come_in_and_the_approved_service_starts(office: Client, waits: Desk):
    place = waits.places[0]
    text = f"場所の番号,店舗識別番号\n{short_form(place.id)},{STORE_ID}\n"

    first, again = upload(office, text), upload(office, text)

    assert (first.context["read"].taken, again.context["read"].taken, again.context["read"].known) == (1, 0, 1)
    code = StoreCode.objects.get(store_id=STORE_ID)
    assert [row.service_id for row in Enrolment.objects.filter(code=code)] == ["paypay"]
    assert not office.get(reverse("office:store_ids")).context["window"].rows
    assert KitOrder.objects.get(place=place).kind == "first"


def test_a_place_may_be_named_by_reference_and_position(office: Client, waits: Desk):
    text = f"受付番号,枝番,店舗識別番号\n{waits.application.reference.lower()},1,{STORE_ID}\n"

    assert upload(office, text).context["read"].taken == 1
    assert StoreCode.objects.filter(store_id=STORE_ID).exists()


def test_good_rows_go_in_and_bad_rows_come_back_with_their_reasons(office: Client, waits: Desk):
    place = waits.places[0]
    text = (
        "場所の番号,店舗識別番号\n"
        "no-such-place,0000000000012-0001-000002-000001\n"
        f"{short_form(place.id)},{STORE_ID}\n"
        f"{short_form(place.id)},12345\n"
        f"{short_form(place.id)},0000000000012-0001-000003-000001\n"
    )

    page = upload(office, text)

    assert page.context["read"].taken == 1
    assert [(row.row, row.code) for row in page.context["read"].bad] == [
        (2, "applied_place_unknown"),
        (4, "store_id_malformed"),
        (5, "place_has_number"),
    ]
    file = office.post(reverse("office:store_ids_bad"), {"rows": page.context["sealed"]})
    rows = table_of(file)
    assert [row[0] for row in rows[1:]] == [2, 4, 5]
    assert rows[2][2] == "12345"
    assert rows[1][4] == "applied_place_unknown"


def test_rows_that_this_page_did_not_make_are_not_made_into_a_file(office: Client):
    assert office.post(reverse("office:store_ids_bad"), {"rows": "forged"}).status_code == 422


@pytest.mark.parametrize("text", ["店舗,番号\nx,y\n", "場所の番号,店舗識別番号\n,\n", ""])
def test_a_file_without_numbers_is_told_and_changes_nothing(office: Client, waits: Desk, text: str):
    before = StoreCode.objects.count()

    assert upload(office, text).status_code == 422
    assert StoreCode.objects.count() == before


def test_a_file_with_macros_is_refused(office: Client):
    assert upload(office, "PK", "numbers.xlsm").status_code == 422


def test_an_auditor_reads_who_waits_and_takes_nothing_in(waits: Desk):
    auditor = reader("auditor")

    assert auditor.get(reverse("office:store_ids")).status_code == 200
    text = f"場所の番号,店舗識別番号\n{short_form(waits.places[0].id)},{STORE_ID}\n"
    assert upload(auditor, text).status_code == 403
    assert not StoreCode.objects.filter(store_id=STORE_ID).exists()
