"""`madoguchi operators`: the office enters the digits by which tills know a customer's service."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from typer.testing import CliRunner

from madoguchi.cli import operators
from madoguchi.core.errors import Refusal
from madoguchi.registry.models import OperatorCode
from madoguchi.registry.operators import service_of_operator

pytestmark = pytest.mark.django_db


def run(*words: str) -> Any:
    return CliRunner().invoke(operators.app, list(words))


def listed() -> list[dict[str, Any]]:
    return json.loads(run("list", "--json").stdout)


def test_digits_stand_for_a_service_from_their_first_day_to_their_last() -> None:
    assert run("add", "90009999", "paypay", "--starts", "2026-04-01").stdout == "90009999 paypay from 2026-04-01\n"
    assert run("end", "90009999", "--last", "2026-12-31").stdout == "90009999 paypay to 2026-12-31\n"

    assert service_of_operator("90009999", date(2026, 3, 31)) is None
    assert service_of_operator("90009999", date(2026, 12, 31)).code == "paypay"
    assert service_of_operator("90009999", date(2027, 1, 1)) is None
    assert {"code": "90009999", "service": "paypay", "starts_on": "2026-04-01", "ends_on": "2026-12-31",
            "is_demo": False} in listed()  # fmt: skip
    assert "90009999" in run("list").stdout


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("add", "90009999", "nopay"), "service_unknown"),
        (("add", "9000999A", "paypay"), "operator_code_wrong"),
        (("end", "90009999", "--last", "2026-12-31"), "operator_code_unknown"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_kept(words: tuple[str, ...], code: str) -> None:
    before = list(OperatorCode.objects.values())
    result = run(*words)

    assert isinstance(result.exception, Refusal)
    assert result.exception.code == code
    assert list(OperatorCode.objects.values()) == before
