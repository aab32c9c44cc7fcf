"""Reward campaigns by program: files of payments in, reports in, grants, adjustments and claims out (P-04, P-05)."""

# ruff: noqa: F811
from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from madoguchi.api import reward_files
from madoguchi.rewards.claims import draw_up_claims, propose_claims, refuse_claims
from madoguchi.rewards.models import CostReport, PaymentsFile, PointsReport
from madoguchi.rewards.rules import Life
from tests.api.conftest import Signer
from tests.rewards.conftest import (  # noqa: F401
    HEAD,
    approve,
    campaign,
    checker,
    draft,
    given_back,
    lake,
    maker,
    paid,
    send,
    shops,
    town,
    worker,
)

pytestmark = pytest.mark.django_db
CAFE, NOODLES = "9910210000", "9910210001"
FILES = "/api/v1/payments-files"
WEEK = "/api/v1/campaigns/tomioka-2026"
REPORT = {
    "service": "paypay",
    "month": "2026-11",
    "as_of": "2026-11-20",
    "granted_points": 3_600,
    "used_points": 2_000,
    "expired_points": 100,
    "returned_points": 0,
    "is_estimate": False,
}


@pytest.fixture
def granted(campaign: Any, send: Any, approve: Any) -> Any:
    """Of two PayPay payments 3,600 points, of one with LINE Pay 300."""
    send("paypay", [paid("a1", "m1", CAFE, 10_000, 2), paid("a2", "m2", NOODLES, 2_000, 3)])
    send("line_pay", [paid("b1", "m1", CAFE, 1_000, 2, service="line_pay")])
    approve(campaign)
    return campaign


@pytest.fixture
def stranger(db: None) -> Signer:
    """au PAY's program, whose service is not in the campaign."""
    return Signer("au_pay")


def table(*lines: str) -> bytes:
    return ("\n".join([HEAD, *lines]) + "\n").encode()


def put(signer: Signer, body: bytes, name: str = "november.csv", **headers: str) -> Any:
    query = f"?name={name}" if name else ""
    told = {**signer.headers(body), **headers}
    return signer.client.post(f"{FILES}{query}", body, "application/octet-stream", headers=told)


def get(signer: Signer, path: str, **query: str) -> Any:
    return signer.client.get(path, query, headers=signer.headers(b""))


def post(signer: Signer, path: str, facts: Any) -> Any:
    body = json.dumps(facts).encode()
    return signer.client.post(path, body, "application/json", headers=signer.headers(body))


def rows_of(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def left_behind(lake: Path) -> list[Path]:
    return list((lake / "incoming").glob("*")) if (lake / "incoming").exists() else []


class TestFiles:
    def test_a_file_is_kept_as_it_was_sent(self, provider: Signer, shops: Any, lake: Path) -> None:
        body = table(paid("a1", "m1", CAFE, 10_000, 2), given_back("r1", "a1", 500, 3), paid("a2", "", CAFE, 1, 2))

        answer = put(provider, body)

        told = answer.json()
        assert answer.status_code == 201
        assert (told["rows"], told["payments"], told["refunds"], told["payments_yen"]) == (3, 1, 1, 10_000)
        assert (told["first_on"], told["last_on"]) == ("2026-11-02", "2026-11-03")
        assert told["problems"] == {"no_member_id": 1}
        kept = PaymentsFile.objects.get(id=told["id"])
        assert (kept.provider_id, kept.name, kept.received_from) == ("paypay", "november.csv", "provider:paypay")
        assert (lake / kept.path).read_bytes() == body
        assert left_behind(lake) == []

    def test_the_same_bytes_again_are_the_first_file(self, provider: Signer, shops: Any) -> None:
        body = table(paid("a1", "m1", CAFE, 10_000, 2))
        first = put(provider, body)

        again = put(provider, body, name="other.csv")

        assert (again.status_code, again.json()["id"], again.json()["name"]) == (
            200,
            first.json()["id"],
            "november.csv",
        )
        assert PaymentsFile.objects.count() == 1

    def test_the_name_may_stand_in_a_header(self, provider: Signer, shops: Any) -> None:
        body = table(paid("a1", "m1", CAFE, 10_000, 2))

        answer = put(provider, body, name="", **{"Madoguchi-File-Name": "november.csv"})

        assert (answer.status_code, answer.json()["name"]) == (201, "november.csv")

    def test_parquet_is_taken(self, provider: Signer, shops: Any) -> None:
        cells = dict(zip(HEAD.split(","), paid("a1", "m1", CAFE, 10_000, 2).split(","), strict=True))
        out = io.BytesIO()
        parquet.write_table(pa.Table.from_pylist([cells | {"amount_yen": 10_000}]), out)

        answer = put(provider, out.getvalue(), name="november.parquet")

        assert (answer.status_code, answer.json()["payments"]) == (201, 1)

    def test_a_file_of_many_pieces_is_read_whole(
        self, provider: Signer, shops: Any, lake: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reward_files, "CHUNK_BYTES", 100)
        body = table(*(paid(f"a{number}", "m1", CAFE, 100, 2) for number in range(50)))

        answer = put(provider, body)

        assert (answer.status_code, answer.json()["payments"]) == (201, 50)
        assert (lake / PaymentsFile.objects.get().path).read_bytes() == body

    @pytest.mark.parametrize(
        ("name", "body", "status", "code"),
        [
            ("", table(paid("a1", "m1", CAFE, 1, 2)), 422, "field_missing"),
            ("november.txt", table(paid("a1", "m1", CAFE, 1, 2)), 422, "file_kind_unknown"),
            ("november.parquet", b"PAR1 and nothing else", 422, "file_unreadable"),
            ("november.csv", b"", 422, "payments_columns_missing"),
            ("november.csv", b"payment_id,kind\na1,payment\n", 422, "payments_columns_missing"),
            ("november.csv", table(paid("a1", "", CAFE, 1, 2)), 422, "payments_none"),
            ("november.csv", table(paid("a1", "m1", CAFE, 1, 2, service="au_pay")), 422, "service_not_yours"),
        ],
    )
    def test_what_cannot_be_taken_is_refused_and_leaves_nothing(
        self, provider: Signer, shops: Any, lake: Path, name: str, body: bytes, status: int, code: str
    ) -> None:
        assert code_of(put(provider, body, name)) == (status, code)
        assert not PaymentsFile.objects.exists()
        assert left_behind(lake) == []

    def test_what_is_wrong_with_a_file_is_told(self, provider: Signer, shops: Any) -> None:
        missing = put(provider, b"payment_id,kind,original_payment_id,channel,member_id,store_id,amount_yen,paid_at\n")
        foreign = put(provider, table(paid("a1", "m1", CAFE, 1, 2, service="au_pay")))
        nothing = put(provider, table(paid("a1", "", CAFE, 1, 2), paid("a2", "", CAFE, 1, 2)))

        assert missing.json()["error"]["missing"] == "service_id"
        assert foreign.json()["error"]["services"] == "au_pay"
        assert nothing.json()["error"]["problems"] == "no_member_id:2"

    def test_a_body_that_was_changed_on_the_way_is_refused(self, provider: Signer, shops: Any, lake: Path) -> None:
        headers = provider.headers(table(paid("a1", "m1", CAFE, 1_000, 2)))
        other = table(paid("a1", "m1", CAFE, 9_000, 2))

        answer = provider.client.post(f"{FILES}?name=a.csv", other, "text/csv", headers=headers)

        assert code_of(answer) == (401, "signature_wrong")
        assert not PaymentsFile.objects.exists()
        assert left_behind(lake) == []

    def test_without_a_key_no_body_is_read(self, provider: Signer, shops: Any, lake: Path) -> None:
        body = table(paid("a1", "m1", CAFE, 1_000, 2))
        unsigned = provider.client.post(f"{FILES}?name=a.csv", body, "text/csv")
        unknown = put(provider, body, **{"Madoguchi-Key": "nobody"})

        assert code_of(unsigned) == (401, "signature_missing")
        assert code_of(unknown) == (401, "key_unknown")
        assert not (lake / "incoming").exists()

    def test_a_body_above_the_limit_is_not_read(
        self, provider: Signer, shops: Any, lake: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reward_files, "LARGEST_BYTES", 100)

        assert code_of(put(provider, b"x" * 101)) == (413, "file_too_large")
        assert not (lake / "incoming").exists()

    def test_files_are_listed_the_latest_first_and_only_ones_own(
        self, provider: Signer, stranger: Signer, send: Any, shops: Any
    ) -> None:
        made = [send("paypay", [paid(f"a{number}", "m1", CAFE, 100, 2)], f"{number}.csv") for number in range(3)]

        first = get(provider, FILES, limit="2").json()
        second = get(provider, FILES, limit="2", cursor=first["next_cursor"]).json()

        assert [row["id"] for row in first["files"] + second["files"]] == [str(row.id) for row in reversed(made)]
        assert (first["has_more"], second["has_more"]) == (True, False)
        assert get(stranger, FILES).json()["files"] == []
        assert code_of(get(provider, FILES, cursor="x")) == (400, "cursor_wrong")

    def test_a_file_is_taken_back_once_with_a_reason(self, provider: Signer, send: Any, shops: Any) -> None:
        file = send("paypay", [paid("a1", "m1", CAFE, 100, 2)])
        address = f"{FILES}/{file.id}/withdraw"

        assert code_of(post(provider, address, {"reason": " "})) == (422, "reason_missing")
        assert code_of(post(provider, address, {"reason": 1})) == (422, "field_wrong")
        assert code_of(post(provider, address, {"why": "x"})) == (422, "field_unknown")
        assert code_of(post(provider, address, [])) == (400, "object_wanted")
        answer = post(provider, address, {"reason": "test data"})
        assert (answer.status_code, answer.json()["withdrawn_reason"]) == (200, "test data")
        assert code_of(post(provider, address, {"reason": "again"})) == (409, "payments_file_withdrawn")

    def test_nobody_takes_back_what_another_sent(self, stranger: Signer, send: Any, shops: Any) -> None:
        file = send("paypay", [paid("a1", "m1", CAFE, 100, 2)])

        for wanted in (str(file.id), "x"):
            answer = post(stranger, f"{FILES}/{wanted}/withdraw", {"reason": "x"})
            assert code_of(answer) == (404, "payments_file_unknown")
        file.refresh_from_db()
        assert file.withdrawn_at is None


class TestReports:
    def test_points_are_reported_and_the_same_again_is_the_first(self, provider: Signer, campaign: Any) -> None:
        first, again = (post(provider, f"{WEEK}/points-reports", REPORT) for _ in range(2))

        assert (first.status_code, again.status_code) == (200, 200)
        assert first.json() == again.json()
        assert first.json()["outstanding_points"] == 1_500
        kept = PointsReport.objects.get()
        assert kept.life == Life(date(2026, 11, 20), 3_600, 2_000, 100, 0)
        assert kept.reported_by == "provider:paypay"

    @pytest.mark.parametrize(
        ("changed", "status", "code", "field"),
        [
            ({"used_points": 3_700}, 422, "life_wrong", "granted_points"),
            ({"as_of": "2026-11-21"}, 422, "life_wrong", "as_of"),
            ({"month": "2026-12"}, 422, "month_outside", "month"),
            ({"month": "2026-13"}, 422, "field_wrong", "month"),
            ({"service": "au_pay"}, 403, "not_allowed", None),
            ({"service": "line_pay"}, 403, "not_allowed", None),
            ({"service": "nothing"}, 422, "service_not_in_campaign", "service"),
            ({"used_points": "2000"}, 422, "field_wrong", "used_points"),
            ({"used_points": -1}, 422, "field_wrong", "used_points"),
            ({"is_estimate": "no"}, 422, "field_wrong", "is_estimate"),
            ({"note": "x"}, 422, "field_unknown", "note"),
        ],
    )
    def test_a_report_that_cannot_be_true_is_refused_with_its_field(
        self, provider: Signer, campaign: Any, changed: Any, status: int, code: str, field: str | None
    ) -> None:
        answer = post(provider, f"{WEEK}/points-reports", REPORT | changed)

        assert code_of(answer) == (status, code)
        assert answer.json()["error"].get("field") == field
        assert not PointsReport.objects.exists()

    def test_whether_it_is_an_estimate_has_to_be_said(self, provider: Signer, campaign: Any) -> None:
        """¥1.6 billion were once paid on estimated expiry."""
        told = {name: value for name, value in REPORT.items() if name != "is_estimate"}

        assert code_of(post(provider, f"{WEEK}/points-reports", told)) == (422, "field_missing")

    def test_other_figures_for_the_same_day_are_refused(self, provider: Signer, campaign: Any) -> None:
        post(provider, f"{WEEK}/points-reports", REPORT)

        answer = post(provider, f"{WEEK}/points-reports", REPORT | {"used_points": 2_001})

        assert code_of(answer) == (409, "report_differs")

    def test_fees_and_terminals_are_reported(self, provider: Signer, campaign: Any) -> None:
        fee = {"kind": "fee", "month": "2026-11", "cost_yen": 3_250, "basis_yen": 100_000}
        terminal = {"kind": "terminal", "month": "2026-11", "cost_yen": 60_001, "count": 2}
        above = fee | {"cost_yen": 3_251}

        assert code_of(post(provider, f"{WEEK}/cost-reports", above)) == (422, "fee_above_limit")
        assert code_of(post(provider, f"{WEEK}/cost-reports", terminal | {"count": 0})) == (422, "field_missing")
        assert [post(provider, f"{WEEK}/cost-reports", told).status_code for told in (fee, terminal)] == [200, 200]
        kept = CostReport.objects.order_by("kind").values_list("kind", "cost_yen", "basis_yen", "count")
        assert list(kept) == [("fee", 3_250, 100_000, 0), ("terminal", 60_001, 0, 2)]

    def test_who_takes_no_part_finds_no_campaign(self, stranger: Signer, campaign: Any) -> None:
        for path in ("grants", "adjustments", "claims"):
            assert code_of(get(stranger, f"{WEEK}/{path}")) == (404, "campaign_unknown")
        for path in ("points-reports", "cost-reports"):
            assert code_of(post(stranger, f"{WEEK}/{path}", REPORT)) == (404, "campaign_unknown")
        assert not PointsReport.objects.exists()


class TestResults:
    def test_grants_of_a_month_are_ones_own(self, provider: Signer, granted: Any) -> None:
        answer = get(provider, f"{WEEK}/grants", month="2026-11")

        rows = rows_of(answer)
        assert (answer["Content-Type"], answer["Madoguchi-Run"]) == ("text/csv; charset=utf-8", "1")
        assert [(row["payment_id"], row["granted_points"], row["credit_on"]) for row in rows] == [
            ("a1", "3000", "2026-12-02"),
            ("a2", "600", "2026-12-03"),
        ]

    def test_adjustments_are_those_of_the_run_that_is_named_else_of_the_last(
        self, provider: Signer, granted: Any, send: Any, approve: Any
    ) -> None:
        send("paypay", [given_back("r1", "a1", 4_000, 12)])
        send("line_pay", [given_back("r2", "b1", 1_000, 12, service="line_pay")])
        approve(granted)

        last = get(provider, f"{WEEK}/adjustments")
        first = get(provider, f"{WEEK}/adjustments", run="1")

        assert [(row["payment_id"], row["difference_points"]) for row in rows_of(last)] == [("a1", "-1200")]
        assert last["Madoguchi-Run"] == "2"
        assert [(row["payment_id"], row["difference_points"]) for row in rows_of(first)] == [
            ("a1", "3000"),
            ("a2", "600"),
        ]

    @pytest.mark.parametrize(
        ("path", "query", "status", "code"),
        [
            ("grants", {"month": "2026-12"}, 422, "month_outside"),
            ("grants", {}, 422, "month_outside"),
            ("adjustments", {"run": "9"}, 404, "run_unknown"),
            ("adjustments", {"run": "x"}, 404, "run_unknown"),
        ],
    )
    def test_what_is_not_there_is_said(
        self, provider: Signer, granted: Any, path: str, query: dict[str, str], status: int, code: str
    ) -> None:
        assert code_of(get(provider, f"{WEEK}/{path}", **query)) == (status, code)

    def test_before_a_run_is_approved_there_is_nothing_to_download(self, provider: Signer, campaign: Any) -> None:
        assert code_of(get(provider, f"{WEEK}/grants", month="2026-11")) == (409, "run_not_approved")
        assert get(provider, f"{WEEK}/claims").json() == {"claims": []}

    def test_claims_say_how_far_they_are_and_why_they_were_refused(
        self, provider: Signer, granted: Any, maker: Any, checker: Any
    ) -> None:
        post(provider, f"{WEEK}/points-reports", REPORT)
        (claim,) = draw_up_claims(actor=maker, campaign_id=granted.id)
        propose_claims(actor=maker, campaign_id=granted.id, claim_ids=[claim.id], reason="the office's own note")
        refuse_claims(actor=checker, campaign_id=granted.id, claim_ids=[claim.id], reason="look again")

        (told,) = get(provider, f"{WEEK}/claims").json()["claims"]

        assert (told["number"], told["kind"], told["service"], told["month"]) == (1, "reward", "paypay", "2026-11")
        assert (told["yen"], told["state"], told["reason"], told["paid_on"]) == (2_000, "refused", "look again", None)
        assert told["basis"]["used_points"] == 2_000
        assert "the office's own note" not in str(told)
