"""Eligibility rules as officers keep them: versions that are never edited, decisions that can be replayed (P-48)."""

from __future__ import annotations

import json
from datetime import date

import pytest

from madoguchi.core.clock import today
from madoguchi.events.models import Event
from madoguchi.onboarding import rulebook
from madoguchi.onboarding.changes import Change, differences
from madoguchi.onboarding.eligibility import shipped_rule_sets
from madoguchi.onboarding.models import RuleVersion
from madoguchi.onboarding.proposals import confirm_proposal, propose
from madoguchi.onboarding.rulebook import enter_rules, read_rules, replay, rule_sets_now, version_of
from tests.conftest import refused
from tests.onboarding.conftest import CHECKER, MAKER, SHOP_BUSINESS, begun, sent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("towns", "clock")]


@pytest.fixture
def shipped(monkeypatch):
    """The shipped rules, in force on the clock's day too."""
    running = shipped_rule_sets()[0].model_copy(update={"ends_on": None})
    monkeypatch.setattr(rulebook, "shipped_rule_sets", lambda: (running,))
    return running


def amended(rules, **changes):
    return rules.model_copy(update=changes).model_dump(mode="json")


class TestVersions:
    def test_the_shipped_rules_hold_until_somebody_amends_them(self, shipped):
        assert rule_sets_now() == (shipped,)
        assert not RuleVersion.objects.exists()

    def test_they_become_the_first_version_once_they_are_used(self, shipped):
        first, again = version_of(shipped), version_of(shipped)

        assert (first.id, first.number, first.entered_by) == (again.id, 1, "system:shipped")

    def test_an_amendment_is_the_next_version_and_the_shipped_rules_stay_the_first(self, shipped):
        second = enter_rules(actor=CHECKER, content=amended(shipped, rate_bps=400))

        assert (second.number, second.entered_by) == (2, "user:checker")
        assert RuleVersion.objects.get(number=1).content == shipped.model_dump(mode="json")
        assert [one.rate_bps for one in rule_sets_now()] == [400]
        assert Event.objects.get(name="rules.entered").facts == {"rule_set": shipped.name, "number": 2}

    def test_each_further_one_follows_the_last(self, shipped):
        for rate in (400, 300, 500):
            enter_rules(actor=CHECKER, content=amended(shipped, rate_bps=rate))

        assert list(RuleVersion.objects.order_by("number").values_list("number", flat=True)) == [1, 2, 3, 4]
        assert [one.rate_bps for one in rule_sets_now()] == [500]

    def test_a_set_of_a_new_name_begins_with_its_first_version(self, shipped):
        version = enter_rules(actor=CHECKER, content=amended(shipped, name="second programme"))

        assert (version.name, version.number) == ("second programme", 1)
        assert len(rule_sets_now()) == 2

    def test_the_version_of_rules_is_the_one_that_holds_just_these(self, shipped):
        enter_rules(actor=CHECKER, content=amended(shipped, rate_bps=400))

        assert version_of(shipped).number == 1
        assert version_of(rule_sets_now()[0]).number == 2

    @pytest.mark.parametrize(
        ("text", "details"),
        [("{", {}), ("[]", {}), ('{"name": "x"}', {}), (None, {"field": "rate_bps"})],
    )
    def test_what_is_no_rule_set_is_not_entered(self, shipped, text, details):
        with refused("rules_wrong", **details):
            read_rules(text or json.dumps(amended(shipped) | {"rate_bps": "five"}))


class TestProposed:
    """An officer amends them without a release, with four eyes."""

    def test_they_hold_once_they_are_confirmed(self, shipped):
        content = amended(shipped, rate_bps=400)
        proposal = propose(actor=MAKER, kind="rules", subject=f"rules:{shipped.name}", content=content, reason="改定")
        assert rule_sets_now() == (shipped,)

        confirm_proposal(actor=CHECKER, proposal_id=proposal.id)

        assert [one.rate_bps for one in rule_sets_now()] == [400]

    def test_they_need_a_reason(self, shipped):
        with refused("reason_missing", field="reason"):
            propose(actor=MAKER, kind="rules", subject="rules:x", content=amended(shipped))


class TestReplay:
    def test_an_old_decision_comes_out_the_same_after_the_rules_changed(self, shipped):
        desk = sent("business")
        assert desk.application.decision["outcome"] == "eligible"
        narrower = {
            name: limit | {"capital_yen": 1, "employees": 1} for name, limit in amended(shipped)["size"].items()
        }
        enter_rules(actor=CHECKER, content=amended(shipped) | {"size": narrower})

        again = replay(desk.again())

        assert (again.outcome, again.rate_bps, list(again.rules)) == (
            desk.application.decision["outcome"],
            desk.application.decision["rate_bps"],
            desk.application.decision["rules"],
        )
        assert desk.application.rule_version.number == 1
        assert sent("business").application.decision["outcome"] == "not_eligible"

    def test_it_is_judged_by_its_day_and_not_by_the_day_of_replaying(self, shipped, clock):
        desk = sent("business")
        clock.move(days=4000)

        assert replay(desk.again()).outcome == "eligible"

    def test_a_day_without_rules_is_replayed_without_rules(self, monkeypatch):
        monkeypatch.setattr(rulebook, "shipped_rule_sets", lambda: ())
        desk = sent("business")

        assert (desk.application.rule_version, desk.application.decision["outcome"]) == (None, "ask_desk")
        assert replay(desk.again()).outcome == "ask_desk"

    def test_what_was_not_decided_has_nothing_to_replay(self):
        assert replay(begun().application) is None


def test_the_facts_are_those_that_were_told_on_the_day(shipped):
    facts = sent("business").application.decision["facts"]

    assert {name: facts[name] for name in SHOP_BUSINESS} == SHOP_BUSINESS
    assert date.fromisoformat(facts["as_of"]) == today()


def test_of_a_table_only_the_entries_that_an_amendment_changes_are_shown():
    """P-48: two officers read what would change, not what stays."""
    before = {"rate": 5, "limits": {"retail": {"capital_yen": 50, "employees": 50}, "service": {"employees": 100}}}
    after = {"rate": 5, "limits": {"retail": {"capital_yen": 60, "employees": 50}, "inn": {"employees": 200}}}

    assert differences(before, after) == [
        Change(
            "limits",
            {"retail": {"capital_yen": 50}, "service": {"employees": 100}},
            {"retail": {"capital_yen": 60}, "inn": {"employees": 200}},
        )
    ]
