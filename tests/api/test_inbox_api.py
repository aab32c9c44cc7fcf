"""A provider's inbox by program: its own items and nobody else's, decided one by one or 1,000 at a time."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from madoguchi.core.clock import today
from madoguchi.core.ids import new_id
from madoguchi.events.models import Delivery, Event
from madoguchi.onboarding.models import Document, Item
from madoguchi.onboarding.proposals import confirm_proposal, propose
from madoguchi.people.access import system_actor
from madoguchi.registry.actions import assign_code
from madoguchi.registry.models import Enrolment
from tests.api.conftest import Signer
from tests.onboarding.conftest import CHECKER, MAKER, Desk, sent
from tests.web.provider_desk import item_of, tofu_shop

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def act(provider: Signer, item: Item | str, action: str, data: Any = None, **facts: Any) -> Any:
    item_id = item if isinstance(item, str) else item.id
    return provider.post(f"applications/{item_id}/{action}", facts if data is None else data)


def decided_by_office(made: Desk, kind: str, content: dict[str, Any]) -> None:
    told = {"kind": kind, "subject": "x", "content": content, "application_id": made.application.id}
    confirm_proposal(actor=CHECKER, proposal_id=propose(actor=MAKER, reason="no", **told).id)


def tomorrow() -> str:
    return (today() + DAY).isoformat()


class TestInbox:
    def test_a_provider_reads_its_own_items_oldest_first(self, towns, clock, provider):
        first, second = tofu_shop(), tofu_shop()

        answer = provider.get("applications")

        rows = answer.json()["items"]
        assert [row["item_id"] for row in rows] == [str(item_of(first).id), str(item_of(second).id)]
        assert {row["service"] for row in rows} == {"paypay"}
        assert (answer.json()["has_more"], answer.json()["next_cursor"]) == (False, rows[-1]["item_id"])

    def test_an_item_comes_with_all_that_the_provider_needs(self, towns, clock, provider):
        made = tofu_shop(registration_id="AU-1")

        row = provider.get(f"applications/{item_of(made).id}").json()

        assert row["application"] == made.application.reference
        assert (row["state"], row["taken_at"], row["is_used_already"]) == ("at_provider", None, False)
        assert row["account"]["account_number"] == "1234567"
        assert (row["applicant"]["name"], row["applicant"]["representative"]) == (
            "株式会社まちの豆腐店",
            "代表取締役",
        )
        assert (row["place"]["name"], row["place"]["registration_id"]) == ("豆腐店", "AU-1")

    def test_it_tells_neither_income_nor_other_contracts_nor_other_services(self, towns, clock, provider):
        """P-22, P-08: what an applicant told the programme of others is not for this provider."""
        made = tofu_shop()
        application = made.again()
        application.answers["business"] |= {"card_contracts": 7, "taxable_income_yen": [123_456_789]}
        application.save()

        text = json.dumps(provider.get(f"applications/{item_of(made).id}").json())

        assert "card_contracts" not in text
        assert "123456789" not in text
        assert "au_pay" not in text

    def test_that_accounts_were_read_is_logged(self, towns, clock, provider):
        item = item_of(tofu_shop())

        provider.get("applications")

        event = Event.objects.get(name="inbox.read")
        assert (event.actor, event.subject) == ("provider:paypay", "paypay")
        assert event.facts == {"how": "api", "count": 1, "first": str(item.id), "last": str(item.id)}

    def test_the_list_goes_on_behind_the_cursor(self, towns, clock, provider):
        made = [item_of(tofu_shop()) for _ in range(3)]

        first = provider.get("applications", limit="2").json()
        second = provider.get("applications", limit="2", cursor=first["next_cursor"]).json()

        assert [row["item_id"] for row in first["items"] + second["items"]] == [str(item.id) for item in made]
        assert (first["has_more"], second["has_more"]) == (True, False)

    def test_it_is_asked_by_state(self, towns, clock, provider):
        new, taken = item_of(tofu_shop()), item_of(tofu_shop())
        act(provider, taken, "take")

        for state, wanted in (("new", [new]), ("taken", [taken]), ("questions", []), ("", [new, taken])):
            rows = provider.get("applications", state=state).json()["items"]
            assert [row["item_id"] for row in rows] == [str(item.id) for item in wanted], state

    @pytest.mark.parametrize(("query", "code"), [({"state": "lost"}, "field_wrong"), ({"cursor": "x"}, "cursor_wrong")])
    def test_a_question_that_makes_no_sense_is_refused(self, towns, provider, query, code):
        assert code_of(provider.get("applications", **query))[1] == code

    def test_what_the_office_has_not_passed_on_is_not_there(self, towns, clock, provider):
        waiting, refused_there = sent("business"), sent("business")
        decided_by_office(refused_there, "screening", {"decision": "refuse"})

        assert provider.get("applications").json()["items"] == []
        assert provider.get("applications", state="refused").json()["items"] == []
        for made in (waiting, refused_there):
            assert code_of(provider.get(f"applications/{item_of(made).id}")) == (404, "applied_item_unknown")

    def test_only_a_signed_request_is_answered(self, towns):
        assert code_of(Client().get("/api/v1/provider/applications")) == (401, "signature_missing")


class TestAnothersItem:
    """A provider sees nothing of other providers' items, not even that there is one."""

    @pytest.mark.parametrize("action", ["take", "ask", "approve", "refuse"])
    def test_it_is_unknown_to_every_action_and_stays_as_it_is(self, towns, clock, provider, action):
        item = item_of(tofu_shop(), "au_pay")
        facts = {"ask": {"text": "?"}, "refuse": {"text": "no"}, "approve": {"starts_on": tomorrow()}}

        answer = act(provider, item, action, facts.get(action, {}))

        assert code_of(answer) == (404, "applied_item_unknown")
        item.refresh_from_db()
        assert (item.state, item.taken_at) == ("at_provider", None)

    def test_it_is_answered_like_one_that_does_not_exist(self, towns, clock, provider):
        anothers = provider.get(f"applications/{item_of(tofu_shop(), 'au_pay').id}")

        for unknown in (new_id(), "x"):
            nobodys = provider.get(f"applications/{unknown}")
            assert (nobodys.status_code, nobodys.json()) == (anothers.status_code, anothers.json())

    def test_among_many_decisions_it_is_unknown_too(self, towns, clock, provider):
        item = item_of(tofu_shop(), "au_pay")

        result = provider.post("applications/decisions", [{"item_id": str(item.id), "decision": "take"}]).json()

        assert result["results"][0]["error"]["code"] == "applied_item_unknown"


class TestDecision:
    def test_taking_twice_is_taking_once(self, towns, clock, provider):
        item = item_of(tofu_shop())
        act(provider, item, "take")
        item.refresh_from_db()
        first = item.taken_at
        clock.move(hours=1)

        answer = act(provider, item, "take")

        item.refresh_from_db()
        assert (answer.status_code, item.taken_at) == (200, first)

    def test_a_question_goes_to_the_applicant_once(self, towns, clock, provider):
        item = item_of(tofu_shop())

        answers = [act(provider, item, "ask", text="営業時間は？") for _ in range(2)]

        assert [answer.json()["state"] for answer in answers] == ["questions", "questions"]
        assert item.messages.count() == 1
        assert Delivery.objects.filter(event="mail.question").count() == 1

    def test_an_approval_tells_from_when_and_under_which_terms(self, towns, clock, provider):
        item = item_of(tofu_shop())
        terms = {"fee_bps": 198, "terms": "月2回払い", "provider_reference": "M-1"}

        answer = act(provider, item, "approve", {"starts_on": tomorrow(), **terms})

        assert answer.json() == {
            "item_id": str(item.id),
            "state": "approved",
            "starts_on": tomorrow(),
            "is_late": False,
            **terms,
            "keeps_terms": None,
            "reason": "",
        }

    def test_a_repeated_approval_gets_the_first_answer_and_changes_nothing(self, towns, clock, provider):
        item = item_of(tofu_shop())
        first = act(provider, item, "approve", starts_on=tomorrow(), fee_bps=198)
        before = (Event.objects.count(), Delivery.objects.count())
        clock.move(days=40)

        again = act(provider, item, "approve", starts_on=first.json()["starts_on"], fee_bps=198)

        assert (again.status_code, again.json()) == (200, first.json())
        assert (Event.objects.count(), Delivery.objects.count()) == before

    def test_another_approval_of_an_approved_item_is_refused(self, towns, clock, provider):
        item = item_of(tofu_shop())
        act(provider, item, "approve", starts_on=tomorrow(), fee_bps=198)

        assert code_of(act(provider, item, "approve", starts_on=tomorrow(), fee_bps=99)) == (409, "item_not_waiting")
        item.refresh_from_db()
        assert item.fee_bps == 198

    def test_an_item_that_was_withdrawn_meanwhile_cannot_be_approved(self, towns, clock, provider):
        """The office cancelled the application while the provider was deciding."""
        made = tofu_shop()
        item = item_of(made)
        decided_by_office(made, "cancellation", {})

        assert code_of(act(provider, item, "approve", starts_on=tomorrow())) == (409, "item_not_waiting")
        item.refresh_from_db()
        assert (item.state, item.starts_on) == ("withdrawn", None)

    def test_a_late_start_is_told(self, towns, clock, provider):
        """P-22, P-26: later than wished is allowed, and said."""
        item = item_of(tofu_shop(wished_on=today()))

        assert act(provider, item, "approve", starts_on=tomorrow()).json()["is_late"] is True

    def test_a_service_in_use_there_needs_the_providers_word_on_its_terms(self, towns, clock, provider):
        """J-23."""
        item = item_of(tofu_shop(used_already=frozenset({"paypay"})))

        assert code_of(act(provider, item, "approve", starts_on=tomorrow())) == (422, "keeps_terms_missing")
        item.refresh_from_db()
        assert item.state == "at_provider"
        kept = act(provider, item, "approve", starts_on=tomorrow(), keeps_terms=True)
        assert (kept.json()["state"], kept.json()["keeps_terms"]) == ("approved", True)

    @pytest.mark.parametrize("reference", ['=HYPERLINK("http://x")', "@SUM(A1)", "＝1+1", "-1"])
    def test_a_formula_is_no_merchant_reference(self, towns, clock, provider, reference):
        item = item_of(tofu_shop())

        answer = act(provider, item, "approve", starts_on=tomorrow(), provider_reference=reference)

        assert code_of(answer) == (422, "formula_in_cell")
        assert answer.json()["error"]["field"] == "provider_reference"
        item.refresh_from_db()
        assert item.state == "at_provider"

    @pytest.mark.parametrize("days", [-1, 800])
    def test_a_start_before_the_application_or_in_a_mistyped_year_is_refused(self, towns, clock, provider, days):
        answer = act(provider, item_of(tofu_shop()), "approve", starts_on=(today() + days * DAY).isoformat())

        assert code_of(answer) == (422, "starts_on_wrong")

    def test_a_refusal_needs_a_reason_and_is_repeated_without_effect(self, towns, clock, provider):
        item = item_of(tofu_shop())

        assert code_of(act(provider, item, "refuse")) == (422, "reason_missing")
        answers = [act(provider, item, "refuse", text="対象外の業種です") for _ in range(2)]

        assert [answer.json()["reason"] for answer in answers] == ["対象外の業種です"] * 2
        assert Delivery.objects.filter(event="mail.item_refused").count() == 1
        assert code_of(act(provider, item, "refuse", text="別の理由"))[1] == "item_not_waiting"

    @pytest.mark.parametrize(
        ("facts", "code", "field"),
        [
            ({}, "field_missing", "starts_on"),
            ({"starts_on": "soon"}, "field_wrong", "starts_on"),
            ({"starts_on": 1795996800}, "field_wrong", "starts_on"),
            ({"fee_bps": "198"}, "field_wrong", "fee_bps"),
            ({"fee_bps": 10_001}, "field_wrong", "fee_bps"),
            ({"keeps_terms": "yes"}, "field_wrong", "keeps_terms"),
            ({"terms": "x" * 401}, "field_wrong", "terms"),
            ({"start_on": "2026-12-01"}, "field_unknown", "start_on"),
            ({"decision": "take"}, "field_unknown", "decision"),
        ],
    )
    def test_wrong_facts_are_named(self, towns, clock, provider, facts, code, field):
        answer = act(provider, item_of(tofu_shop()), "approve", facts)

        assert code_of(answer) == (422, code)
        assert answer.json()["error"]["field"] == field

    def test_an_approved_place_with_a_code_takes_the_service_from_that_day(self, towns, clock, provider):
        made = tofu_shop()
        applied = made.application.places.get()
        code = assign_code(
            actor=system_actor("test"),
            place=applied.place,
            principal=made.again().organisation,
            store_id="0000000000001-0009-000001-000001",
            merchant_name="TOFUTEN",
            city="MITAKA",
            mcc="5999",
        )

        act(provider, item_of(made), "approve", starts_on=tomorrow())

        enrolment = Enrolment.objects.get(code=code)
        assert (enrolment.service_id, enrolment.starts_on) == ("paypay", today() + DAY)


class TestManyDecisions:
    def test_each_is_answered_in_its_place_and_good_ones_stand(self, towns, clock, provider):
        items = [item_of(tofu_shop()) for _ in range(3)]
        given = [
            {"item_id": str(items[0].id), "decision": "approve", "starts_on": tomorrow(), "fee_bps": 0},
            {"item_id": str(items[1].id), "decision": "refuse"},
            "nonsense",
            {"item_id": str(items[2].id), "decision": "ask", "text": "？"},
            {"item_id": str(items[2].id), "decision": "ask", "text": "？"},
        ]

        answer = provider.post("applications/decisions", given)

        results = answer.json()["results"]
        assert answer.status_code == 200
        assert [row["status"] for row in results] == [200, 422, 422, 200, 200]
        assert results[0] == {"status": 200, "item_id": str(items[0].id), "state": "approved", "repeated": False}
        told = {name: results[1]["error"][name] for name in ("code", "field", "position")}
        assert told == {"code": "reason_missing", "field": "text", "position": 1}
        assert [row["repeated"] for row in results[3:]] == [False, True]
        assert [Item.objects.get(id=item.id).state for item in items] == ["approved", "at_provider", "questions"]

    def test_sent_again_every_good_one_gets_its_first_answer(self, towns, clock, provider):
        given = [
            {"item_id": str(item_of(tofu_shop()).id), "decision": "take"},
            {"item_id": str(item_of(tofu_shop()).id), "decision": "approve", "starts_on": tomorrow()},
            {"item_id": str(item_of(tofu_shop()).id), "decision": "refuse", "text": "no"},
        ]
        first = provider.post("applications/decisions", given).json()["results"]
        before = (Event.objects.count(), Delivery.objects.count())

        again = provider.post("applications/decisions", given).json()["results"]

        assert [row["repeated"] for row in first] == [False, False, False]
        assert again == [{**row, "repeated": True} for row in first]
        assert (Event.objects.count(), Delivery.objects.count()) == before

    @pytest.mark.parametrize(
        ("given", "status", "code"),
        [([], 400, "batch_empty"), ({}, 400, "body_wrong"), ([{}] * 1001, 413, "batch_too_large")],
    )
    def test_what_is_no_list_of_up_to_a_thousand_is_refused_whole(self, towns, provider, given, status, code):
        assert code_of(provider.post("applications/decisions", given)) == (status, code)

    def test_half_a_surrogate_is_no_json(self, towns, provider):
        answer = provider.post("applications/decisions", b'[{"item_id": "\\ud800", "decision": "take"}]')

        assert code_of(answer) == (400, "json_malformed")


class TestDocument:
    def make(self) -> tuple[Desk, Document]:
        made = tofu_shop()
        return made, made.application.documents.get()

    def test_the_provider_of_a_live_item_reads_it_and_the_view_is_logged(self, towns, clock, provider):
        """P-24, P-25."""
        made, document = self.make()

        answer = provider.get(f"applications/{item_of(made).id}/documents/{document.id}")

        assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
        assert answer.content == b"a picture"
        assert "attachment" in answer["Content-Disposition"]
        event = Event.objects.get(name="document.viewed")
        assert (event.actor, event.subject) == ("provider:paypay", str(document.id))

    def test_after_its_refusal_the_provider_reads_it_no_more(self, towns, clock, provider):
        made, document = self.make()
        act(provider, item_of(made), "refuse", text="no")

        answer = provider.get(f"applications/{item_of(made).id}/documents/{document.id}")

        assert code_of(answer) == (403, "not_allowed")
        assert not Event.objects.filter(name="document.viewed").exists()

    def test_a_document_of_another_application_is_unknown(self, towns, clock, provider):
        made, other = self.make()[0], self.make()[1]

        answer = provider.get(f"applications/{item_of(made).id}/documents/{other.id}")

        assert code_of(answer) == (404, "document_unknown")

    def test_a_provider_without_an_item_reads_none(self, towns, clock):
        made, document = self.make()

        answer = Signer("merpay").get(f"applications/{item_of(made).id}/documents/{document.id}")

        assert code_of(answer) == (404, "applied_item_unknown")
