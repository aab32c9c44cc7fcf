"""Files of payments: kept as they came, known again, refused whole when they cannot be used."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.csv as arrow_csv
import pytest
from pyarrow import parquet

from madoguchi.people.access import provider_actor
from madoguchi.rewards.lake import files_for, receive_payments_file, withdraw_payments_file
from madoguchi.rewards.models import PaymentsFile
from tests.conftest import refused
from tests.rewards.conftest import HEAD, given_back, paid

pytestmark = pytest.mark.django_db
CAFE = "9910210000"


def test_a_file_is_kept_with_what_it_holds(send: Any, lake: Path, towns: Any) -> None:
    kept = send(
        "paypay", [paid("a1", "m1", CAFE, 1_000, 2), paid("a2", "m1", CAFE, 700, 5), given_back("r1", "a1", 1_000, 6)]
    )

    assert (kept.rows, kept.payments, kept.refunds, kept.payments_yen) == (3, 2, 1, 1_700)
    assert (kept.first_on, kept.last_on) == (date(2026, 11, 2), date(2026, 11, 6))
    assert (lake / kept.path).read_text("utf-8").startswith(HEAD)


def test_days_are_those_of_japan(send: Any) -> None:
    line = f"a1,payment,,paypay,,m1,{CAFE},100,2026-11-01T15:30:00Z"
    assert send("paypay", [line]).first_on == date(2026, 11, 2)


def test_the_same_file_again_is_the_first_one(send: Any, lake: Path) -> None:
    lines = [paid("a1", "m1", CAFE, 1_000, 2)]
    assert send("paypay", lines).id == send("paypay", lines, name="again.csv").id
    assert len(list(lake.rglob("*.csv"))) == 1


def test_a_parquet_file_is_taken_as_well(tmp_path: Path, towns: Any) -> None:
    text = tmp_path / "payments.csv"
    text.write_text("\n".join([HEAD, paid("a1", "m1", CAFE, 1_000, 2)]) + "\n", "utf-8")
    table = arrow_csv.read_csv(
        text,
        convert_options=arrow_csv.ConvertOptions(column_types={"channel": "string", "original_payment_id": "string"}),
    )
    file = tmp_path / "upload"
    parquet.write_table(table, file)
    received = receive_payments_file(actor=provider_actor("paypay"), provider="paypay", name="a.parquet", file=file)
    assert (received.file.payments, received.file.first_on) == (1, date(2026, 11, 2))


def test_rows_that_no_run_can_take_are_counted_by_what_is_wrong(tmp_path: Path, towns: Any) -> None:
    file = tmp_path / "upload"
    lines = [paid("a1", "m1", CAFE, 1_000, 2), paid("a2", "m1", CAFE, 0, 2), paid("a3", "", CAFE, 5, 2)]
    file.write_text("\n".join([HEAD, *lines]), "utf-8")
    received = receive_payments_file(actor=provider_actor("paypay"), provider="paypay", name="a.csv", file=file)
    assert received.problems == {"amount_not_positive": 1, "no_member_id": 1}


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("payments.xlsx", HEAD, "file_kind_unknown"),
        ("payments.csv", HEAD + "\n", "payments_none"),
        ("payments.csv", "payment_id,kind\n1,payment\n", "payments_columns_missing"),
        ("payments.parquet", "not a table", "file_unreadable"),
        ("payments.csv", f"{HEAD}\n{paid('b1', 'k1', CAFE, 100, 2, service='line_pay')}\n", "service_not_yours"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_whole(
    tmp_path: Path, lake: Path, towns: Any, name: str, text: str, code: str
) -> None:
    file = tmp_path / "upload"
    file.write_text(text, "utf-8")
    with refused(code):
        receive_payments_file(actor=provider_actor("paypay"), provider="paypay", name=name, file=file)
    assert not PaymentsFile.objects.exists()
    assert not [path for path in lake.rglob("*") if path.is_file()]


def test_one_provider_does_not_send_for_another(tmp_path: Path, towns: Any) -> None:
    file = tmp_path / "upload"
    file.write_text(HEAD, "utf-8")
    with refused("not_allowed"):
        receive_payments_file(actor=provider_actor("line_pay"), provider="paypay", name="a.csv", file=file)


def test_a_file_taken_back_is_read_no_more_and_can_be_sent_again(campaign: Any, send: Any, paypay: Any) -> None:
    lines = [paid("a1", "m1", CAFE, 1_000, 2)]
    first = send("paypay", lines)
    with refused("reason_missing"):
        withdraw_payments_file(actor=paypay, provider="paypay", file_id=first.id, reason="")
    withdraw_payments_file(actor=paypay, provider="paypay", file_id=first.id, reason="誤り")
    assert not files_for(campaign).exists()
    with refused("payments_file_withdrawn"):
        withdraw_payments_file(actor=paypay, provider="paypay", file_id=first.id, reason="誤り")
    again = send("paypay", lines)
    assert again != first
    assert files_for(campaign).get() == again


def test_a_campaign_reads_files_of_its_days_and_every_refund(campaign: Any, send: Any) -> None:
    send("paypay", [paid("a1", "m1", CAFE, 1_000, 1)], "before.csv")
    inside = send("paypay", [paid("a2", "m1", CAFE, 1_000, 8)], "inside.csv")
    late = send("paypay", [given_back("r1", "a2", 500, 25)], "late.csv")
    assert list(files_for(campaign)) == [inside, late]
