"""A provider keeps its plans in its own room: forms, preview, files; the office may do it for one (P-16, J-09)."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client

from madoguchi.events.models import Event
from madoguchi.onboarding.models import Plan
from madoguchi.onboarding.plan_editing import FeeFacts, facts_of
from madoguchi.onboarding.plan_words import FAULTS
from madoguchi.people.models import User
from tests.web.test_plans import kept, order, page, text

pytestmark = pytest.mark.django_db
OWN = "/provider/plans/"


@pytest.fixture(autouse=True)
def noon(towns: Any, clock: Any) -> None:
    """Friday 2026-11-20, the demo's towns and services."""


FORM = {
    "name": "新しいプラン", "name_en": "", "services": ["paypay"], "applicants": "all", "starts_on": "2026-12-01",
    "ends_on": "", "payout_cycle": "month_end", "payouts_per_month": "1", "payout_days_after": "",
    "transfer_fee_yen": "", "transfer_fee_bearer": "provider", "terminal_yen": "", "monthly_yen": "５００",
    "monthly_after_yen": "", "further_costs": "", "brands": ["jpqr"], "terminals": "QRコード\r\n\r\nタブレット",
    "contact": "", "url": "", "fees-TOTAL_FORMS": "2", "fees-INITIAL_FORMS": "0",
    "fees-0-period": "during", "fees-0-starts_on": "2026-12-01", "fees-0-ends_on": "", "fees-0-fee": "1.98",
    "fees-1-period": "during", "fees-1-starts_on": "", "fees-1-ends_on": "", "fees-1-fee": "",
}  # fmt: skip


@pytest.fixture
def paypay_desk(browse: Callable[..., Client], people: Any) -> Client:
    return browse(people.user("provider", provider="paypay"))


@pytest.fixture
def office_desk(browse: Callable[..., Client], people: Any) -> Client:
    return browse(people.user("programme_officer"))


def test_a_provider_enters_a_plan_and_applicants_find_it(paypay_desk: Client) -> None:
    answer = paypay_desk.post(f"{OWN}new/", FORM)

    assert (answer.status_code, answer["Location"]) == (302, f"{OWN}?provider=paypay")
    facts = facts_of(Plan.objects.get())
    assert (facts.fees, facts.monthly_yen) == ((FeeFacts(date(2026, 12, 1), None, "during", 198),), 500)
    assert facts.terminals == ("QRコード", "タブレット")
    assert order(page(day="2026-12-01")) == ["新しいプラン"]
    actor = Event.objects.get(name="plan.added").actor
    assert actor == f"user:{User.objects.get(username__startswith='provider-', is_demo=False).pk}"


def test_a_preview_shows_it_as_applicants_will_see_it_and_keeps_nothing(paypay_desk: Client) -> None:
    answer = paypay_desk.post(f"{OWN}new/", FORM | {"act": "preview"})

    assert answer.status_code == 200
    assert "As applicants will see it" in text(answer)
    # 1.98 % of ¥100,000 and ¥500 of rent.
    assert "¥2,480" in text(answer)
    assert not Plan.objects.exists()


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"name": ""}, "Fill this in."),
        ({"services": []}, "Choose at least one service."),
        ({"payouts_per_month": ""}, "Fill this in."),
        ({"payouts_per_month": "32"}, "Write 31 or less."),
        ({"fees-0-fee": "1.985"}, "Write the fee in percent"),
        ({"fees-1-fee": "1"}, "Write from which day this fee holds."),
        ({"starts_on": ""}, "Fill this in."),
        ({"url": "nonsense here"}, "Write the whole address"),
        ({"fees-TOTAL_FORMS": "x"}, ""),
    ],
)
def test_what_is_wrong_is_named_and_what_was_written_stays(paypay_desk: Client, changed: Any, complaint: str) -> None:
    answer = paypay_desk.post(f"{OWN}new/", FORM | {"contact": "03-1234-5678"} | changed)

    assert answer.status_code == 422
    assert complaint in text(answer)
    assert "03-1234-5678" in text(answer)
    assert not Plan.objects.exists()


def test_a_name_that_is_taken_is_refused_beside_its_field(paypay_desk: Client) -> None:
    kept(name="新しいプラン")

    answer = paypay_desk.post(f"{OWN}new/", FORM)
    assert answer.status_code == 422
    assert 'id="id_name_error"' in text(answer)


def test_a_change_begins_with_what_there_is_and_ends_the_old_row(paypay_desk: Client) -> None:
    plan = kept()
    address = f"{OWN}{plan.id}/"
    first = text(paypay_desk.get(address))
    assert 'value="2026-11-21"' in first
    assert 'value="1.6"' in first

    answer = paypay_desk.post(address, FORM | {"name": "ignored"})
    assert answer.status_code == 302
    days = [
        (row.name, str(row.starts_on), row.ends_on and str(row.ends_on)) for row in Plan.objects.order_by("starts_on")
    ]
    assert days == [("標準プラン", "2026-04-01", "2026-11-30"), ("標準プラン", "2026-12-01", None)]


def test_a_change_of_the_past_is_refused_beside_its_field(paypay_desk: Client) -> None:
    plan = kept()

    answer = paypay_desk.post(f"{OWN}{plan.id}/", FORM | {"starts_on": "2026-11-20"})
    assert answer.status_code == 422
    assert "What has begun stays as it is. Write a day from tomorrow on." in text(answer)
    assert Plan.objects.get().ends_on is None


def test_a_plan_is_ended(paypay_desk: Client) -> None:
    plan = kept()

    assert paypay_desk.post(f"{OWN}{plan.id}/end/", {"ends_on": "2026-11-19"}).status_code == 422
    assert paypay_desk.post(f"{OWN}{plan.id}/end/", {"ends_on": "2026-11-30"}).status_code == 302
    assert Plan.objects.get().ends_on == date(2026, 11, 30)


def test_a_file_brings_good_rows_in_and_bad_rows_back(paypay_desk: Client) -> None:
    head = "name,services,starts_on,payout_cycle,payouts_per_month"
    rows = f"{head}\n一,paypay,2026-12-01,day,30\n二,paypay,tomorrow,day,30\n"
    answer = paypay_desk.post(f"{OWN}bring/", {"file": io.BytesIO(rows.encode())})

    assert answer.status_code == 200
    assert "The file is read: 1 new, 0 changed, 0 there already." in text(answer)
    assert FAULTS["date_wrong"]["en"] in text(answer)
    found = re.search(r'href="data:text/csv;base64,([^"]+)"', text(answer))
    assert found
    back = base64.b64decode(found[1]).decode("utf-8-sig").splitlines()
    assert back[1].startswith("二,paypay,tomorrow,day,30,3,starts_on,")
    assert list(Plan.objects.values_list("name", flat=True)) == ["一"]


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04broken", b"name\nx\n"], ids=["empty", "no workbook", "no columns"]
)
def test_a_file_that_is_none_is_refused_beside_its_field_or_above_it(paypay_desk: Client, content: bytes) -> None:
    answer = paypay_desk.post(f"{OWN}bring/", {"file": io.BytesIO(content)})

    assert answer.status_code == 422
    assert not Plan.objects.exists()


def test_what_is_downloaded_may_be_brought_back(paypay_desk: Client) -> None:
    kept(brands=("jpqr",), terminals=("A", "B"))
    file = b"".join(paypay_desk.get(f"{OWN}file.csv").streaming_content)

    answer = paypay_desk.post(f"{OWN}bring/", {"file": io.BytesIO(file)})
    assert "The file is read: 0 new, 0 changed, 1 there already." in text(answer)


def test_a_provider_sees_and_touches_only_its_own(paypay_desk: Client) -> None:
    other = kept("line_pay", name="よそのプラン", services=frozenset({"line_pay"}))

    assert "よそのプラン" not in text(paypay_desk.get(OWN))
    assert paypay_desk.get(f"{OWN}{other.id}/").status_code == 404
    assert paypay_desk.get(f"{OWN}?provider=line_pay").status_code == 403
    assert paypay_desk.post(f"{OWN}new/?provider=line_pay", FORM).status_code == 403


def test_the_office_keeps_a_providers_plans_for_it(office_desk: Client) -> None:
    assert f'href="{OWN}?provider=paypay"' in text(office_desk.get(OWN))
    answer = office_desk.post(f"{OWN}new/?provider=paypay", FORM | {"provider": "paypay"})

    assert answer.status_code == 302
    assert Plan.objects.get().provider_id == "paypay"
    assert office_desk.get(f"{OWN}?provider=nobody").status_code == 404


def test_an_auditor_reads_them_and_is_offered_no_change(browse: Callable[..., Client], people: Any) -> None:
    plan = kept()
    auditor = browse(people.user("auditor"))

    assert "標準プラン" in text(auditor.get(f"{OWN}?provider=paypay"))
    assert f"{OWN}new/" not in text(auditor.get(f"{OWN}?provider=paypay"))
    for address in ("new/", f"{plan.id}/", f"{plan.id}/end/", "bring/"):
        assert auditor.post(f"{OWN}{address}?provider=paypay", FORM).status_code == 403
    assert Plan.objects.count() == 1
