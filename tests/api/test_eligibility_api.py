"""/api/v1/eligibility and `madoguchi eligibility check`: the same decision for programs (P-04 to P-15, P-48)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from typer.testing import CliRunner

from madoguchi.cli.main import standalone
from madoguchi.core.errors import Refusal
from madoguchi.onboarding.eligibility import shipped_rule_sets
from madoguchi.onboarding.rulebook import enter_rules
from madoguchi.people.access import system_actor
from tests.onboarding.cases import CASES, SHOP

pytestmark = pytest.mark.django_db
RULES = "/api/v1/eligibility/rules"


def post(data: Any, **query: str) -> Any:
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    return Client().post("/api/v1/eligibility", body, "application/json", query_params=query)


def run(*words: str, given: str | None = None) -> Any:
    return CliRunner().invoke(standalone(), ["eligibility", *words], input=given)


def test_a_small_shop_is_told_its_rate_its_subsidies_and_why() -> None:
    answer = post(SHOP)

    assert answer.status_code == 200
    found = answer.json()
    explanation = found.pop("explanation")
    assert found == {
        "outcome": "eligible", "rate_bps": 500, "fee_subsidy": True, "terminal_subsidy": True,
        "rules": ["P-13", "P-08", "P-06", "P-04"], "questions": [], "revocable": True, "rule_set": "point-reward-2019",
    }  # fmt: skip
    assert explanation.startswith("対象になります（還元率5%）。\n")
    assert post(SHOP, language="en").json()["explanation"].startswith("Eligible, at 5%.\n")


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_the_command_and_the_api_decide_alike(case: Any) -> None:
    facts = SHOP | case[1]
    by_command = run("check", "-", "--json", given=json.dumps(facts))

    assert by_command.exit_code == 0
    assert json.loads(by_command.stdout) == post(facts).json()


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        (b"{", 400, "json_malformed", None),
        ({"as_of": "2019-10-01", "capital_yen": -1}, 422, "field_wrong", "capital_yen"),
        ({"as_of": "2019-10-01", "colour": 1}, 422, "field_unknown", "colour"),
        ({}, 422, "field_missing", "as_of"),
        (b" " * 3_000_000, 413, "body_too_large", None),
    ],
    ids=["no JSON", "negative", "unknown", "no day", "huge"],
)
def test_facts_that_cannot_be_read_are_refused_with_their_field(
    body: Any, status: int, code: str, field: str | None
) -> None:
    answer = post(body)

    assert answer.status_code == status
    assert (answer.json()["error"]["code"], answer.json()["error"].get("field")) == (code, field)


def test_a_file_is_read_and_people_get_sentences(tmp_path: Any) -> None:
    path = tmp_path / "facts.json"
    path.write_text(json.dumps(SHOP | {"petrol_station": True}))

    said = run("check", str(path), "--language", "en")
    assert said.exit_code == 0
    assert said.stdout.splitlines()[0] == "Eligible, at 2%."


def test_an_officers_own_rules_decide_if_given(tmp_path: Any) -> None:
    own = json.loads(shipped_rule_sets()[0].model_dump_json()) | {"name": "own", "rate_bps": 3_000}
    path = tmp_path / "rules.json"
    path.write_text(json.dumps({"rule_sets": [own]}))

    found = json.loads(run("check", "-", "--json", "--rules", str(path), given=json.dumps(SHOP)).stdout)
    assert (found["rate_bps"], found["rule_set"]) == (3_000, "own")


@pytest.mark.parametrize(
    ("words", "given", "code"),
    [
        (("check", "-"), "{", "json_malformed"),
        (("check", "no-such-file.json"), None, "file_unreadable"),
        (("check", "-", "--language", "fr"), "{}", "format_unknown"),
        (("check", "-", "--rules", "no-such-file.json"), json.dumps(SHOP), "file_unreadable"),
    ],
)
def test_what_cannot_be_read_is_one_refusal(words: Any, given: str | None, code: str) -> None:
    result = run(*words, given=given)

    assert isinstance(result.exception, Refusal)
    assert result.exception.code == code


def amend(**changes: Any) -> None:
    """An officer's amended rules, as two officers would have entered them."""
    content = json.loads(shipped_rule_sets()[0].model_dump_json()) | changes
    enter_rules(actor=system_actor("test"), content=content)


def test_what_officers_amended_decides_at_once() -> None:
    """P-48: without a release."""
    assert post(SHOP).json()["rate_bps"] == 500
    amend(rate_bps=300)

    assert post(SHOP).json()["rate_bps"] == 300


def test_the_rules_are_told_in_the_format_in_which_they_are_kept() -> None:
    answer = Client().get(RULES)

    assert answer.status_code == 200
    assert answer.json() == {"rule_sets": [one.model_dump(mode="json") for one in shipped_rule_sets()]}


def test_an_old_decision_is_made_again_by_the_rules_known_then(clock: Any) -> None:
    before = clock.at
    clock.move(hours=1)
    amend(rate_bps=300)

    def rate(**query: str) -> int:
        return int(Client().get(RULES, query).json()["rule_sets"][0]["rate_bps"])

    assert rate() == 300
    assert rate(as_known_at=clock.at.isoformat()) == 300
    assert rate(as_known_at=before.isoformat()) == 500
    assert rate(as_known_at=before.strftime("%Y-%m-%dT%H:%M:%SZ")) == 500


@pytest.mark.parametrize("text", ["yesterday", "2026-04-01", "2026-04-01T00:00:00", "2026-13-01T00:00:00Z"])
def test_an_instant_without_its_offset_is_refused(text: str) -> None:
    answer = Client().get(RULES, {"as_known_at": text})

    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == "as_known_at"


def test_the_command_decides_by_what_the_api_gives(tmp_path: Any) -> None:
    amend(rate_bps=300)
    path = tmp_path / "rules.json"
    path.write_bytes(Client().get(RULES).content)

    found = json.loads(run("check", "-", "--json", "--rules", str(path), given=json.dumps(SHOP)).stdout)
    assert found == post(SHOP).json()
    assert found["rate_bps"] == 300


def test_the_command_says_where_its_rules_may_come_from() -> None:
    assert "GET /api/v1/eligibility/rules" in " ".join(run("check", "--help").stdout.replace("│", " ").split())
