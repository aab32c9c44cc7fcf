"""Who is eligible, at which rate, and why (P-04, P-06 to P-15, P-48)."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.core.errors import Refusal
from madoguchi.onboarding.eligibility import check, read_facts, read_rule_sets, shipped_rule_sets
from madoguchi.onboarding.rules import Facts, decide, excluded_transaction
from madoguchi.onboarding.words import NAMES, REASONS
from tests.onboarding.cases import CASES, SHOP

DAY = date(2019, 10, 1)


def decided(**changes):
    return decide(Facts.model_validate(SHOP | changes), shipped_rule_sets())


def test_the_table_has_eighty_cases_and_each_names_its_rules():
    assert len(CASES) >= 80
    assert all(rules for *_, rules in CASES)


@pytest.mark.parametrize(("changes", "outcome", "rate_bps", "rules"), [case[1:] for case in CASES],
                         ids=[case[0] for case in CASES])  # fmt: skip
def test_each_case_is_decided_by_its_rules(changes, outcome, rate_bps, rules):
    found = decided(**changes)

    assert (found.outcome, found.rate_bps) == (outcome, rate_bps)
    assert set(rules) <= set(found.rules)
    assert found.fee_subsidy == found.terminal_subsidy == (rate_bps == 500)


def test_a_refusal_names_only_what_speaks_against():
    assert decided(activity="bank").rules == ("P-13",)
    assert decided(entity="government").rules == ("P-13", "P-15")


@pytest.mark.parametrize(
    ("changes", "asks"),
    [
        ({"capital_yen": None, "regular_employees": 51}, ("capital_yen",)),
        ({"capital_yen": None, "regular_employees": None}, ("capital_yen", "regular_employees")),
        ({"industry": None, "capital_yen": 100_000_000, "regular_employees": 100}, ("industry",)),
        ({"entity": "npo", "capital_yen": None, "regular_employees": None}, ("regular_employees",)),
        ({"taxable_income_yen": None, "franchise": None}, ("taxable_income_yen", "franchise")),
        ({"activity": "entertainment", "licences": None}, ("licences",)),
    ],
)
def test_the_desk_learns_what_is_missing_and_nothing_that_does_not_matter(changes, asks):
    assert decided(**changes).asks == asks


UNTOLD = {
    name: st.just(value) | st.none() for name, value in SHOP.items() if name not in ("as_of", "full_owner_capital_yen")
}


@settings(deadline=None)
@given(st.fixed_dictionaries(UNTOLD))
def test_telling_more_never_turns_an_answer_round(told):
    """Whatever is decided on part of the facts stays decided once all are told."""
    partly, wholly = decided(**told), decided()

    assert partly.outcome in {wholly.outcome, "ask_desk"}
    assert (partly.outcome == "ask_desk") == bool(partly.asks)


@settings(deadline=None)
@given(
    st.integers(0, 10**9), st.integers(0, 1_000), st.integers(0, 10**8), st.integers(0, 100),
    st.sampled_from(["retail", "wholesale", "service", "manufacturing", "inn", "software", "other", None]),
)  # fmt: skip
def test_a_smaller_business_is_never_worse_off(capital_yen, employees, less_yen, fewer, industry):
    larger = decided(industry=industry, capital_yen=capital_yen, regular_employees=employees)
    smaller = decided(
        industry=industry,
        capital_yen=max(0, capital_yen - less_yen),
        regular_employees=max(0, employees - fewer),
    )
    order = ("not_eligible", "ask_desk", "eligible")

    assert order.index(smaller.outcome) >= order.index(larger.outcome)


def test_a_sham_change_would_undo_it_from_the_day_of_application():
    """P-10."""
    assert decided().is_revocable
    assert not decided(activity="bank").is_revocable
    assert "P-10" in check(Facts.model_validate(SHOP))["explanation"]


@pytest.mark.parametrize("kind", shipped_rule_sets()[0].excluded_transactions)
def test_an_excluded_transaction_earns_nothing(kind):
    """P-14."""
    reason = excluded_transaction(kind, DAY, shipped_rule_sets())

    assert (reason.rules, reason.effect) == (("P-14",), "against")


def test_other_transactions_and_other_days_are_not_excluded():
    assert excluded_transaction("lunch", DAY, shipped_rule_sets()) is None
    assert excluded_transaction("lottery", date(2026, 1, 1), shipped_rule_sets()) is None


def test_amended_rules_decide_from_their_day_and_old_decisions_replay():
    """Rules are dated data: an officer adds a set, and what was decided before stays explainable."""
    data = json.loads(shipped_rule_sets()[0].model_dump_json())
    amended = data | {"name": "amended", "starts_on": "2020-01-01", "rate_bps": 300}
    both = (*shipped_rule_sets(), *read_rule_sets(json.dumps({"rule_sets": [amended]})))

    before = decide(Facts.model_validate(SHOP | {"as_of": "2019-12-31"}), both)
    after = decide(Facts.model_validate(SHOP | {"as_of": "2020-01-01"}), both)
    assert (before.rate_bps, before.rule_set) == (500, "point-reward-2019")
    assert (after.rate_bps, after.rule_set) == (300, "amended")


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_every_decision_can_be_said_in_both_languages(case, language):
    facts = Facts.model_validate(SHOP | case[1])
    said = check(facts, language)["explanation"]

    assert "{" not in said
    assert all(rule in said for rule in case[4])


def test_sentences_are_there_in_both_languages():
    assert all(set(one) == {"ja", "en"} for one in (*REASONS.values(), *NAMES.values()))


@pytest.mark.parametrize(
    ("text", "code", "field"),
    [
        ("{", "json_malformed", None),
        ("[]", "field_wrong", ""),
        ("{}", "field_missing", "as_of"),
        (json.dumps(SHOP | {"as_of": "soon"}), "field_wrong", "as_of"),
        (json.dumps(SHOP | {"capital_yen": -1}), "field_wrong", "capital_yen"),
        (json.dumps(SHOP | {"capital_yen": "5"}), "field_wrong", "capital_yen"),
        (json.dumps(SHOP | {"capital_yen": 1.5}), "field_wrong", "capital_yen"),
        (json.dumps(SHOP | {"regular_employees": True}), "field_wrong", "regular_employees"),
        (json.dumps(SHOP | {"taxable_income_yen": [1, -2]}), "field_wrong", "taxable_income_yen.1"),
        (json.dumps(SHOP | {"taxable_income_yen": [1] * 4}), "field_wrong", "taxable_income_yen"),
        (json.dumps(SHOP | {"franchise": "yes"}), "field_wrong", "franchise"),
        (json.dumps(SHOP | {"franchise": 1}), "field_wrong", "franchise"),
        (json.dumps(SHOP | {"entity": "club"}), "field_wrong", "entity"),
        (json.dumps(SHOP | {"industry": "farming"}), "field_wrong", "industry"),
        (json.dumps(SHOP | {"activity": "piracy"}), "field_wrong", "activity"),
        (json.dumps(SHOP | {"colour": "red"}), "field_unknown", "colour"),
    ],
)
def test_facts_of_the_wrong_shape_are_refused_with_their_field(text, code, field):
    with pytest.raises(Refusal) as caught:
        read_facts(text)
    assert (caught.value.code, caught.value.details.get("field")) == (code, field)


@pytest.mark.parametrize("text", ["{", "{}", '{"rule_sets": [{"name": "x"}]}'])
def test_rules_of_the_wrong_shape_are_refused(text):
    with pytest.raises(Refusal, match="rules_wrong"):
        read_rule_sets(text)
