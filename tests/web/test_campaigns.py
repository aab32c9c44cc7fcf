"""The desk of a reward campaign: forms that keep what was typed, four eyes, pages in every state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pypdfium2
import pytest
from django.test import Client

from madoguchi.rewards.claims import draw_up_claims
from madoguchi.rewards.life import report_points
from madoguchi.rewards.models import Campaign, Exclusion, Hold
from madoguchi.rewards.rules import Life
from tests.rewards.conftest import (  # noqa: F401  # fixtures
    approve,
    campaign,
    checker,
    draft,
    lake,
    maker,
    paid,
    send,
    shops,
    town,
    worker,
)
from tests.web.readers import reader

pytestmark = pytest.mark.django_db
CAFE, NOODLES = "9910210000", "9910210001"
Sign = Callable[[str], Client]


@pytest.fixture
def sign(settings: Any) -> Sign:
    """`sign("admin-tomioka")`: a browser that reads English."""
    settings.DEMO = True
    return reader


def filled(**changes: Any) -> dict[str, Any]:
    told = {
        "name": "富岡30％還元ウィーク",
        "name_en": "Tomioka week",
        "code": "tomioka-week",
        "starts_on": "2026-12-01",
        "ends_on": "2026-12-07",
        "budget_points": "1,000,000",
        "rate_bps": "30",
        "rounding": "down",
        "tax_base": "included",
        "tax_bps": "10",
        "services_from": "same",
        "services": ["paypay"],
        "cap_amount": "5000",
        "cap_unit": "point",
        "cap_period": "programme",
        "credit_rule": "days:+30",
        "municipalities": "10210",
        "terminal_share_bps": "0",
    }
    return {**told, **changes}


def test_what_is_filled_in_becomes_a_draft(sign: Sign, towns: Any, clock: Any) -> None:
    answer = sign("admin-tomioka").post("/rewards/new/", filled(member_cap_points="8000", member_cap_period="month"))
    assert answer["Location"] == "/rewards/tomioka-week/"
    made = Campaign.objects.get()
    assert (made.state, made.terms["rate_bps"], made.terms["tax_bps"], made.terms["budget_points"]) == (
        "draft",
        3_000,
        1_000,
        1_000_000,
    )
    assert made.terms["member_cap"] == {"points": 8_000, "period": "month"}
    assert made.services[0]["cap_amount"] == 5_000


def test_the_programme_of_2019_is_a_choice(sign: Sign, towns: Any, clock: Any) -> None:
    answer = sign("programme-office").post(
        "/rewards/new/",
        filled(services_from="programme_2019", services=[], cap_amount="", rate_bps="", municipalities=""),
    )
    assert answer.status_code == 302
    made = Campaign.objects.get()
    assert (made.owner, len(made.services), "rate_bps" in made.terms) == (None, 32, False)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": ""}, "This field is required."),
        ({"ends_on": "2026-11-30"}, "ends_on"),
        ({"rate_bps": "101"}, "100"),
        ({"services": []}, "Choose at least one service."),
        ({"cap_amount": ""}, "Write how much each member gets at most."),
        ({"municipalities": "10210 99999"}, "No municipality has the code 99999."),
        ({"trades": "58"}, "58 is no category code of four digits."),
        ({"services_from": "file"}, "Choose the file."),
        ({"code": "a b"}, "slug"),
    ],
)
def test_what_cannot_be_is_told_and_what_was_typed_stays(
    sign: Sign, towns: Any, clock: Any, changes: dict[str, Any], words: str
) -> None:
    answer = sign("admin-tomioka").post("/rewards/new/", filled(**changes))
    page = answer.content.decode()
    assert (answer.status_code, Campaign.objects.exists()) == (422, False)
    assert words in page
    assert 'value="Tomioka week"' in page


def test_a_draft_is_changed_as_it_stands(sign: Sign, towns: Any, clock: Any) -> None:
    admin = sign("admin-tomioka")
    admin.post("/rewards/new/", filled(place_cap_points="900"))
    form = admin.get("/rewards/tomioka-week/change/").context["form"]
    assert form.initial["rate_bps"] == "30"
    assert (form.initial["place_cap_points"], form.initial["services"], form.initial["cap_amount"]) == (
        900,
        ["paypay"],
        5_000,
    )
    answer = admin.post("/rewards/tomioka-week/change/", filled(rate_bps="20.5"))
    assert (answer.status_code, Campaign.objects.get().terms["rate_bps"]) == (302, 2_050)


def test_its_maker_reads_that_another_officer_decides(sign: Sign, towns: Any, clock: Any) -> None:
    admin, accountant = sign("admin-tomioka"), sign("accountant-tomioka")
    admin.post("/rewards/new/", filled())
    admin.post("/rewards/tomioka-week/step/", {"step": "propose"})
    assert "You cannot confirm this yourself" in admin.get("/rewards/tomioka-week/").content.decode()
    assert admin.post("/rewards/tomioka-week/step/", {"step": "approve"}).status_code == 422

    answer = accountant.post("/rewards/tomioka-week/step/", {"step": "give_back", "reason": ""})
    assert (answer.status_code, Campaign.objects.get().state) == (422, "proposed")
    accountant.post("/rewards/tomioka-week/step/", {"step": "give_back", "reason": "Which budget?"})
    assert "Which budget?" in admin.get("/rewards/tomioka-week/").content.decode()


PAGES = ("", "runs/", "holds/", "stores/", "budget/", "points/", "claims/", "payment/")


@pytest.mark.parametrize("page", PAGES)
def test_every_page_says_what_is_missing_before_the_first_run(sign: Sign, campaign: Any, page: str) -> None:  # noqa: F811
    answer = sign("auditor").get(f"/rewards/{campaign.code}/{page}")
    assert answer.status_code == 200
    # An auditor reads and does nothing: the only forms are the frame's and searches.
    assert b'name="step"' not in answer.content


def test_a_run_tells_what_changes_and_why(sign: Sign, campaign: Any, send: Any, approve: Any) -> None:  # noqa: F811
    send("paypay", [paid("a1", "m1", CAFE, 1_990, 2), paid("a2", "m1", NOODLES, 20_000, 3), paid("a3", "", CAFE, 5, 3)])
    run = approve(campaign)
    auditor = sign("auditor")
    page = auditor.get(f"/rewards/{campaign.code}/runs/{run.number}/").content.decode()
    assert all(words in page for words in ("5,000", "cut by a cap", "a2", "4,403"))
    lines = b"".join(auditor.get(f"/rewards/{campaign.code}/runs/1/adjustments.csv")).decode("utf-8-sig").splitlines()  # type: ignore[arg-type]
    assert [line.split(",")[0] for line in lines] == ["payment_id", "a1", "a2"]
    refused_rows = b"".join(auditor.get(f"/rewards/{campaign.code}/runs/1/rejected.csv")).decode()  # type: ignore[arg-type]
    assert refused_rows.splitlines()[1].endswith(",3,no_member_id")


def test_a_run_that_failed_says_why(sign: Sign, campaign: Any, maker: Any, worker: Any) -> None:  # noqa: F811
    from madoguchi.rewards.runs import ask_run, compute_asked

    ask_run(actor=maker, campaign_id=campaign.id)
    compute_asked(actor=worker)
    page = sign("auditor").get(f"/rewards/{campaign.code}/runs/1/").content.decode()
    assert "It could not be computed" in page
    assert "payments_missing" in page


def test_a_payment_is_explained_row_by_row(sign: Sign, campaign: Any, send: Any, approve: Any) -> None:  # noqa: F811
    send("paypay", [paid("a1", "m1", CAFE, 1_990, 2), paid("a2", "m1", NOODLES, 20_000, 3)])
    approve(campaign)
    auditor = sign("auditor")
    page = auditor.get(f"/rewards/{campaign.code}/payment/?id=a2").content.decode()
    assert all(words in page for words in ("6,000", "4,403", "P-35", "P-37"))
    assert auditor.get(f"/rewards/{campaign.code}/payment/?id=zz").status_code == 422


def test_a_town_looks_at_payments_of_its_own_shops_only(
    sign: Sign, campaign: Any, send: Any, approve: Any  # noqa: F811
) -> None:  # fmt: skip
    """A provider's file holds those of all its shops; the programme's office may look at each."""
    send("paypay", [paid("a1", "m1", CAFE, 1_990, 2), paid("z1", "m1", "8800000001", 4_321, 3)])
    approve(campaign)
    address = f"/rewards/{campaign.code}/payment/?id=z1"
    told = sign("admin-tomioka").get(address)
    assert (told.status_code, "4,321" in told.content.decode()) == (422, False)
    assert "4,321" in sign("programme-office").get(address).content.decode()
    runs = f"/rewards/{campaign.code}/runs/"
    assert "¥6,311" not in sign("admin-tomioka").get(runs).content.decode()
    assert "¥6,311" in sign("programme-office").get(runs).content.decode()


def test_a_hold_shows_its_evidence_and_takes_two_officers(
    sign: Sign, campaign: Any, send: Any, approve: Any  # noqa: F811
) -> None:  # fmt: skip
    send("paypay", [paid("a1", "m1", CAFE, 15_000, 2), paid("a2", "m1", CAFE, 18_000, 3)])
    approve(campaign)
    hold = Hold.objects.get(payment_id="a1")
    admin, accountant = sign("admin-tomioka"), sign("accountant-tomioka")
    address = f"/rewards/{campaign.code}/holds/{hold.id}/"
    assert "Round amounts" in admin.get(address).content.decode()
    answer = admin.post(f"{address}step/", {"step": "release", "reason": ""})
    assert (answer.status_code, Hold.objects.get(id=hold.id).state) == (422, "open")
    admin.post(f"{address}step/", {"step": "release", "reason": "receipts seen"})
    accountant.post(f"{address}step/", {"step": "confirm"})
    assert Hold.objects.get(id=hold.id).state == "released"


def test_what_if_shows_both_sums(sign: Sign, campaign: Any, send: Any, approve: Any) -> None:  # noqa: F811
    """At 20 % and half the cap: 398 and 2,102 of 4,000."""
    send("paypay", [paid("a1", "m1", CAFE, 1_990, 2), paid("a2", "m1", NOODLES, 20_000, 3)])
    approve(campaign)
    answer = sign("auditor").get(f"/rewards/{campaign.code}/budget/?rate_bps=20&cap_bps=50")
    told = answer.context["what_if"]
    assert (told.granted_points_now, told.granted_points_then) == (5_000, 2_500)
    assert sign("auditor").get(f"/rewards/{campaign.code}/budget/?rate_bps=abc").status_code == 422


def test_ticked_claims_go_step_by_step_to_the_file(
    sign: Sign, campaign: Any, send: Any, approve: Any, maker: Any, paypay: Any  # noqa: F811
) -> None:  # fmt: skip
    send("paypay", [paid("a1", "m1", CAFE, 1_990, 2)])
    approve(campaign)
    life = Life(date(2026, 11, 10), 597, 400, 0, 0)
    report_points(actor=paypay, campaign_id=campaign.id, service="paypay", month="2026-11", life=life)
    (claim,) = draw_up_claims(actor=maker, campaign_id=campaign.id)
    admin, accountant = sign("admin-tomioka"), sign("accountant-tomioka")
    address = f"/rewards/{campaign.code}/claims/"
    assert admin.post(f"{address}step/", {"step": "propose"}).status_code == 422
    admin.post(f"{address}step/", {"step": "propose", "claim": str(claim.id)})
    answer = accountant.post(f"{address}step/", {"step": "refuse", "claim": str(claim.id), "reason": ""})
    assert answer.status_code == 422
    assert b" checked" in answer.content
    accountant.post(f"{address}step/", {"step": "approve", "claim": str(claim.id)})
    claim.refresh_from_db()
    assert claim.state == "approved"

    text = admin.get(f"{address}claims.csv").content.decode("utf-8-sig")
    assert "400" in text.splitlines()[1].split(",")
    document = pypdfium2.PdfDocument(admin.get(f"{address}claims.pdf").content)
    assert "400" in document[0].get_textpage().get_text_range()
    assert admin.get(f"{address}claims.docx").status_code == 404


def test_a_store_is_excluded_by_two_officers(sign: Sign, campaign: Any) -> None:  # noqa: F811
    admin, accountant = sign("admin-tomioka"), sign("accountant-tomioka")
    address = f"/rewards/{campaign.code}/stores/"
    told = {"store_id": "nowhere", "starts_on": "2026-11-03", "reason": "false capital"}
    answer = admin.post(address, told)
    assert (answer.status_code, Exclusion.objects.exists()) == (422, False)
    assert "false capital" in answer.content.decode()
    admin.post(address, {**told, "store_id": CAFE})
    row = Exclusion.objects.get()
    accountant.post(f"{address}{row.id}/step/", {"step": "approve"})
    assert Exclusion.objects.get().state == "approved"
