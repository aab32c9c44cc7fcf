"""The rules in plain words: every word named in both languages, every figure the set's own (P-04 to P-15, P-48)."""

from __future__ import annotations

import json
import re
from typing import get_args

import pytest

from madoguchi.onboarding.eligibility import shipped_rule_sets
from madoguchi.onboarding.rule_words import BODIES, INDUSTRIES, TEXTS, TRANSACTIONS, rules_in_words
from madoguchi.onboarding.rules import BY_EMPLOYEES, Entity, Industry, RuleSet
from madoguchi.onboarding.words import NAMES, Language

SHIPPED = shipped_rule_sets()[0]


def amended(**changes: object) -> RuleSet:
    return RuleSet.model_validate(json.loads(SHIPPED.model_dump_json()) | changes)


def lines(rules: RuleSet, language: Language = "ja") -> str:
    return "\n".join(line for rule in rules_in_words(rules, language) for line in rule.lines)


def test_every_word_the_shipped_rules_use_has_its_name() -> None:
    assert set(INDUSTRIES) == set(get_args(Industry))
    assert set(get_args(Entity)) <= set(BODIES) | set(NAMES)
    assert set(BY_EMPLOYEES) <= set(BODIES)
    assert set(TRANSACTIONS) == set(SHIPPED.excluded_transactions)
    for words in (*INDUSTRIES.values(), *BODIES.values(), *TRANSACTIONS.values(), *TEXTS.values()):
        assert set(words) == {"ja", "en"}


@pytest.mark.parametrize("language", get_args(Language))
def test_nothing_is_told_by_its_code(language: Language) -> None:
    assert not re.search(r"[a-z]_[a-z]|\{", lines(SHIPPED, language))


def test_the_rules_stand_in_the_order_of_their_ids_each_once() -> None:
    ids = [rule.rule for rule in rules_in_words(SHIPPED, "ja")]

    assert ids == ["P-04", "P-06", "P-07", "P-08", "P-09", "P-10", "P-11", "P-12", "P-13", "P-14", "P-15", "P-48"]


def test_amended_figures_and_ids_are_those_that_are_told() -> None:
    size = {name: limit.model_dump() for name, limit in SHIPPED.size.items()}
    size["retail"] = {"capital_yen": 60_000_000, "employees": 55, "rule": "P-06a"}
    rules = amended(size=size, average_income_above_yen=2_000_000_000)

    told = {rule.rule: rule.lines for rule in rules_in_words(rules, "ja")}
    assert told["P-06a"] == ("小売業：資本金60,000,000円以下、または常時使用する従業員55人以下であれば対象です。",)
    assert "2,000,000,000円" in told["P-08"][0]


def test_cooperatives_are_not_called_included_where_a_set_excludes_them() -> None:
    rules = amended(excluded_entities={"cooperative": ["P-11"]})

    assert [rule.lines for rule in rules_in_words(rules, "ja") if rule.rule == "P-11"] == [
        ("次の事業者・業種は対象外です：協同組合。",)
    ]


def test_a_word_of_an_officers_own_is_told_as_it_is() -> None:
    rules = amended(licences_that_admit={"entertainment": ["guild-2027"]}, excluded_transactions=["tips"])

    assert "guild-2027があれば対象です" in lines(rules)
    assert "還元されません：tips。" in lines(rules)
