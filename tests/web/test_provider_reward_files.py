"""A provider's files of payments in its room: sent, told by reason, taken back (P-04)."""

# ruff: noqa: F811
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from madoguchi.engine.rewards import batches
from madoguchi.rewards.models import PaymentsFile
from madoguchi.web.provider.reward_words import PROBLEMS
from tests.rewards.conftest import HEAD, given_back, lake, paid, send, shops, town  # noqa: F401

pytestmark = pytest.mark.django_db
FILES = "/provider/rewards/files/"
CAFE = "9910210000"


@pytest.fixture
def desk(browse: Callable[..., Client], people: Any) -> Client:
    """PayPay's staff."""
    return browse(people.user("provider", provider="paypay"))


@pytest.fixture
def other_desk(browse: Callable[..., Client], people: Any) -> Client:
    """au PAY's staff, whose service is not in the campaign."""
    return browse(people.user("provider", provider="au_pay"))


def text(answer: Any) -> str:
    return str(answer.content.decode())


def upload(desk: Client, *lines: str, name: str = "november.csv", head: str = HEAD) -> Any:
    content = "\n".join([head, *lines]) + "\n"
    return desk.post(FILES, {"file": SimpleUploadedFile(name, content.encode())})


class TestFiles:
    def test_a_file_is_kept_and_told_in_figures(self, desk: Client, shops: Any) -> None:
        answer = upload(desk, paid("a1", "m1", CAFE, 10_000, 2), given_back("r1", "a1", 500, 3))

        assert answer.status_code == 200
        assert "november.csv is kept: 1 payments of ¥10,000, 1 refunds." in text(answer)
        file = PaymentsFile.objects.get()
        assert (file.provider_id, file.rows, file.payments, file.refunds) == ("paypay", 2, 1, 1)

    def test_rows_that_no_run_can_take_are_told_by_reason(self, desk: Client, shops: Any) -> None:
        good = paid("a1", "m1", CAFE, 10_000, 2)
        answer = upload(
            desk, good, paid("a2", "m1", CAFE, 0, 2), paid("a3", "m1", CAFE, 0, 2), paid("a4", "", CAFE, 1, 2)
        )

        assert answer.status_code == 200
        assert "3 rows cannot be taken by any run" in text(answer)
        assert answer.context["problems"] == [(PROBLEMS["amount_not_positive"], 2), (PROBLEMS["no_member_id"], 1)]

    def test_every_reason_has_its_words(self) -> None:
        assert ("", *PROBLEMS) == batches.PROBLEMS

    def test_the_same_file_again_adds_nothing(self, desk: Client, shops: Any) -> None:
        upload(desk, paid("a1", "m1", CAFE, 10_000, 2))
        answer = upload(desk, paid("a1", "m1", CAFE, 10_000, 2), name="again.csv")

        assert "These bytes are here already, as november.csv" in text(answer)
        assert PaymentsFile.objects.count() == 1

    @pytest.mark.parametrize(
        ("lines", "more", "complaint"),
        [
            ([paid("a1", "m1", CAFE, 1, 2)], {"name": "november.txt"}, "is neither CSV nor Parquet"),
            ([paid("a1", "m1", CAFE, 1, 2)], {"name": "november.parquet"}, "cannot be read as CSV or Parquet"),
            ([paid("a1", "m1", CAFE, 1, 2, service="au_pay")], {}, "services that are not yours: au_pay"),
            (["a1,payment"], {"head": "payment_id,kind"}, "lacks columns"),
            (
                [paid("a1", "", CAFE, 1, 2)],
                {},
                "member_id is empty. Caps are counted by member, so a payment needs it. (1)",
            ),
            ([], {}, "No row of the file is a payment or refund"),
        ],
    )
    def test_a_file_that_cannot_be_taken_is_refused_beside_its_field(
        self, desk: Client, shops: Any, lines: list[str], more: Any, complaint: str
    ) -> None:
        answer = upload(desk, *lines, **more)

        assert answer.status_code == 422
        assert complaint in text(answer)
        assert 'id="id_file_error"' in text(answer)
        assert not PaymentsFile.objects.exists()

    def test_without_a_file_nothing_is_sent(self, desk: Client, shops: Any) -> None:
        answer = desk.post(FILES, {})

        assert answer.status_code == 422
        assert 'href="#id_file"' in text(answer)

    def test_the_sample_can_be_sent_as_it_is(self, desk: Client, shops: Any) -> None:
        sample = desk.get(f"{FILES}sample.csv").content

        answer = desk.post(FILES, {"file": SimpleUploadedFile("sample.csv", sample)})

        assert "sample.csv is kept: 1 payments of ¥3,000, 1 refunds." in text(answer)
        assert answer.context["problems"] == []

    def test_a_file_is_taken_back_with_a_reason(self, desk: Client, shops: Any) -> None:
        upload(desk, paid("a1", "m1", CAFE, 10_000, 2))
        file = PaymentsFile.objects.get()
        address = f"{FILES}{file.id}/take-back/"
        assert "It cannot be undone" in text(desk.get(address))

        without = desk.post(address, {"reason": " "})
        assert without.status_code == 422
        assert 'id="id_reason_error"' in text(without)
        assert desk.post(address, {"reason": "test data"}).status_code == 302

        file.refresh_from_db()
        assert file.withdrawn_reason == "test data"
        assert file.withdrawn_at is not None
        assert "test data" in text(desk.get(FILES))
        assert desk.post(address, {"reason": "again"}).status_code == 422
        file.refresh_from_db()
        assert file.withdrawn_reason == "test data"

    def test_nobody_elses_file_is_seen_or_taken_back(self, other_desk: Client, send: Any, shops: Any) -> None:
        file = send("paypay", [paid("a1", "m1", CAFE, 10_000, 2)], name="theirs.csv")

        assert "theirs.csv" not in text(other_desk.get(FILES))
        assert other_desk.post(f"{FILES}{file.id}/take-back/", {"reason": "x"}).status_code == 404
        assert other_desk.post(FILES, {"provider": "paypay"}).status_code == 403
        file.refresh_from_db()
        assert file.withdrawn_at is None
