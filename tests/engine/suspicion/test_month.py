"""A month of payments on a seed that no figure was chosen on: fraud is found, honest people are left alone."""

from __future__ import annotations

import json

import pytest

from madoguchi.engine.suspicion import find, sentence
from tests.engine.suspicion.frauds import KINDS
from tests.engine.suspicion.judging import judged
from tests.engine.suspicion.month import HONEST, generated

SEED, PAYMENTS = 601, 400_000


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    month = generated(PAYMENTS, seed=SEED)
    payments, places = month.write(tmp_path_factory.mktemp("month"))
    return month, find([payments], places)


def test_nine_of_ten_are_held_and_at_most_one_payment_in_a_thousand(searched):
    month, held = searched

    counts = judged(month, held)

    assert counts["all:payments"] > PAYMENTS * 0.99
    assert counts["all:found"] >= 0.9 * counts["all:fraud"]
    assert counts["all:held"] <= 0.001 * counts["all:payments"]


def test_every_kind_is_found_and_its_own_rule_is_among_those_that_find_it(searched):
    month, held = searched

    counts = judged(month, held)

    for kind in KINDS:
        assert counts[f"{kind}:fraud"] > 20, kind
        assert counts[f"{kind}:found_by_any"] >= 0.6 * counts[f"{kind}:fraud"], kind
        assert counts[f"{kind}:found"] > 0, kind


def test_what_is_held_is_a_payment_with_readable_evidence(searched):
    month, held = searched

    for row in held.to_pylist():
        evidence = json.loads(row["evidence"])
        assert row["payment_id"] in month.kinds
        assert 0.4 <= row["score"] <= 1
        assert 0.5 <= evidence["all_rules_together"] <= 1
        assert 1 <= len(evidence["payments"]) <= min(20, evidence["payments_of_case"])
        assert "{" not in sentence(row["rule"], evidence, "ja") + sentence(row["rule"], evidence, "en")


def test_the_month_holds_honest_people_who_look_suspicious(searched):
    """Else it would prove little: some pay more often at a place in a day than the rule's limit by themselves."""
    month, _ = searched
    payments = month.payments.filter(month.payments["kind"].to_numpy(zero_copy_only=False) == "payment")
    honest = [kind == HONEST for kind in (month.kinds[one] for one in payments["payment_id"].to_pylist())]
    table = payments.append_column("day", payments["paid_at"].cast("date32")).filter(honest)

    visits = table.group_by(["member_id", "store_id", "day"]).aggregate([("amount_yen", "count")])

    assert sum(count >= 5 for count in visits["amount_yen_count"].to_pylist()) > 50
