"""Applications by program: a shop or its provider hands one in, each provider decides on its own items."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from madoguchi.core.clock import today
from madoguchi.core.ids import new_id
from madoguchi.events.models import Delivery, Event
from madoguchi.onboarding import documents, intake
from madoguchi.onboarding.models import Application, Document, Item
from madoguchi.onboarding.proposals import confirm_proposal, propose
from madoguchi.onboarding.scanning import CheckedDocument
from madoguchi.people.access import system_actor
from madoguchi.registry.actions import assign_code
from madoguchi.registry.models import Enrolment
from tests.api.conftest import Signer
from tests.onboarding.conftest import CHECKER, MAKER, Desk, accepted, place_facts, propose_acceptance, sent
from tests.onboarding.test_intake import PICTURE, place, shop

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def quickly_checked(monkeypatch: Any) -> None:
    """Looking into a document takes a process of its own, which is tested elsewhere."""
    checked = CheckedDocument("image/png", 1, "0" * 64, b"a picture")
    for room in (intake, documents):
        monkeypatch.setattr(room, "check_document", lambda data, filename: checked)


@pytest.fixture
def au_pay(db: None) -> Signer:
    return Signer("au_pay")


def desk(**more: Any) -> Desk:
    """A shop's application with the providers: one place, two services."""
    facts = place_facts("豆腐店", kind="shop", services=frozenset({"paypay", "au_pay"}), purposes=(), **more)
    return accepted("business", places=[facts])


def item_of(made: Desk, service: str = "paypay") -> Item:
    return made.application.items.get(service=service)


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def act(provider: Signer, item: Item | str, action: str, data: Any = None, **facts: Any) -> Any:
    item_id = item if isinstance(item, str) else item.id
    return provider.post(f"applications/{item_id}/{action}", facts if data is None else data)


def tomorrow() -> str:
    return (today() + DAY).isoformat()


class TestInbox:
    def test_a_provider_reads_its_own_items_oldest_first(self, towns, clock, provider):
        first, second = desk(), desk()

        answer = provider.get("applications")

        rows = answer.json()["items"]
        assert [row["item_id"] for row in rows] == [str(item_of(first).id), str(item_of(second).id)]
        assert {row["service"] for row in rows} == {"paypay"}
        assert (answer.json()["has_more"], answer.json()["next_cursor"]) == (False, rows[-1]["item_id"])

    def test_an_item_comes_with_all_that_the_provider_needs(self, towns, clock, provider):
        made = desk(registration_id="AU-1")

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
        made = desk()
        application = made.again()
        application.answers["business"] |= {"card_contracts": 7, "taxable_income_yen": [123_456_789]}
        application.save()

        text = json.dumps(provider.get(f"applications/{item_of(made).id}").json())

        assert "card_contracts" not in text
        assert "123456789" not in text
        assert "au_pay" not in text

    def test_that_accounts_were_read_is_logged(self, towns, clock, provider):
        item = item_of(desk())

        provider.get("applications")

        event = Event.objects.get(name="inbox.read")
        assert (event.actor, event.subject) == ("provider:paypay", "paypay")
        assert event.facts == {"how": "api", "count": 1, "first": str(item.id), "last": str(item.id)}

    def test_the_list_goes_on_behind_the_cursor(self, towns, clock, provider):
        made = [item_of(desk()) for _ in range(3)]

        first = provider.get("applications", limit="2").json()
        second = provider.get("applications", limit="2", cursor=first["next_cursor"]).json()

        assert [row["item_id"] for row in first["items"] + second["items"]] == [str(item.id) for item in made]
        assert (first["has_more"], second["has_more"]) == (True, False)

    def test_it_is_asked_by_state(self, towns, clock, provider):
        new, taken = item_of(desk()), item_of(desk())
        act(provider, taken, "take")

        for state, wanted in (("new", [new]), ("taken", [taken]), ("questions", []), ("", [new, taken])):
            rows = provider.get("applications", state=state).json()["items"]
            assert [row["item_id"] for row in rows] == [str(item.id) for item in wanted], state

    @pytest.mark.parametrize(("query", "code"), [({"state": "lost"}, "field_wrong"), ({"cursor": "x"}, "cursor_wrong")])
    def test_a_question_that_makes_no_sense_is_refused(self, towns, provider, query, code):
        assert code_of(provider.get("applications", **query))[1] == code

    def test_what_the_office_has_not_passed_on_is_not_there(self, towns, clock, provider):
        waiting, refused_there = sent("business"), sent("business")
        proposal = propose(
            actor=MAKER,
            kind="screening",
            subject="x",
            content={"decision": "refuse"},
            reason="no",
            application_id=refused_there.application.id,
        )
        confirm_proposal(actor=CHECKER, proposal_id=proposal.id)

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
        item = item_of(desk(), "au_pay")
        facts = {"ask": {"text": "?"}, "refuse": {"text": "no"}, "approve": {"starts_on": tomorrow()}}

        answer = act(provider, item, action, facts.get(action, {}))

        assert code_of(answer) == (404, "applied_item_unknown")
        item.refresh_from_db()
        assert (item.state, item.taken_at) == ("at_provider", None)

    def test_it_is_answered_like_one_that_does_not_exist(self, towns, clock, provider):
        anothers = provider.get(f"applications/{item_of(desk(), 'au_pay').id}")

        for unknown in (new_id(), "x"):
            nobodys = provider.get(f"applications/{unknown}")
            assert (nobodys.status_code, nobodys.json()) == (anothers.status_code, anothers.json())

    def test_among_many_decisions_it_is_unknown_too(self, towns, clock, provider):
        item = item_of(desk(), "au_pay")

        result = provider.post("applications/decisions", [{"item_id": str(item.id), "decision": "take"}]).json()

        assert result["results"][0]["error"]["code"] == "applied_item_unknown"


class TestDecision:
    def test_taking_twice_is_taking_once(self, towns, clock, provider):
        item = item_of(desk())
        act(provider, item, "take")
        item.refresh_from_db()
        first = item.taken_at
        clock.move(hours=1)

        answer = act(provider, item, "take")

        item.refresh_from_db()
        assert (answer.status_code, item.taken_at) == (200, first)

    def test_a_question_goes_to_the_applicant_once(self, towns, clock, provider):
        item = item_of(desk())

        answers = [act(provider, item, "ask", text="営業時間は？") for _ in range(2)]

        assert [answer.json()["state"] for answer in answers] == ["questions", "questions"]
        assert item.messages.count() == 1
        assert Delivery.objects.filter(event="mail.question").count() == 1

    def test_an_approval_tells_from_when_and_under_which_terms(self, towns, clock, provider):
        item = item_of(desk())
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
        item = item_of(desk())
        first = act(provider, item, "approve", starts_on=tomorrow(), fee_bps=198)
        before = (Event.objects.count(), Delivery.objects.count())
        clock.move(days=40)

        again = act(provider, item, "approve", starts_on=first.json()["starts_on"], fee_bps=198)

        assert (again.status_code, again.json()) == (200, first.json())
        assert (Event.objects.count(), Delivery.objects.count()) == before

    def test_another_approval_of_an_approved_item_is_refused(self, towns, clock, provider):
        item = item_of(desk())
        act(provider, item, "approve", starts_on=tomorrow(), fee_bps=198)

        assert code_of(act(provider, item, "approve", starts_on=tomorrow(), fee_bps=99)) == (409, "item_not_waiting")
        item.refresh_from_db()
        assert item.fee_bps == 198

    def test_an_item_that_was_withdrawn_meanwhile_cannot_be_approved(self, towns, clock, provider):
        """The office cancelled the application while the provider was deciding."""
        made = desk()
        item = item_of(made)
        proposal = propose(
            actor=MAKER,
            kind="cancellation",
            subject="x",
            content={},
            reason="閉店",
            application_id=made.application.id,
        )
        confirm_proposal(actor=CHECKER, proposal_id=proposal.id)

        assert code_of(act(provider, item, "approve", starts_on=tomorrow())) == (409, "item_not_waiting")
        item.refresh_from_db()
        assert (item.state, item.starts_on) == ("withdrawn", None)

    def test_a_late_start_is_told(self, towns, clock, provider):
        """P-22, P-26: later than wished is allowed, and said."""
        item = item_of(desk(wished_on=today()))

        assert act(provider, item, "approve", starts_on=tomorrow()).json()["is_late"] is True

    def test_a_service_in_use_there_needs_the_providers_word_on_its_terms(self, towns, clock, provider):
        """J-23."""
        item = item_of(desk(used_already=frozenset({"paypay"})))

        assert code_of(act(provider, item, "approve", starts_on=tomorrow())) == (422, "keeps_terms_missing")
        item.refresh_from_db()
        assert item.state == "at_provider"
        kept = act(provider, item, "approve", starts_on=tomorrow(), keeps_terms=True)
        assert (kept.json()["state"], kept.json()["keeps_terms"]) == ("approved", True)

    @pytest.mark.parametrize("reference", ['=HYPERLINK("http://x")', "@SUM(A1)", "＝1+1", "-1"])
    def test_a_formula_is_no_merchant_reference(self, towns, clock, provider, reference):
        item = item_of(desk())

        answer = act(provider, item, "approve", starts_on=tomorrow(), provider_reference=reference)

        assert code_of(answer) == (422, "formula_in_cell")
        assert answer.json()["error"]["field"] == "provider_reference"
        item.refresh_from_db()
        assert item.state == "at_provider"

    @pytest.mark.parametrize("days", [-1, 800])
    def test_a_start_before_the_application_or_in_a_mistyped_year_is_refused(self, towns, clock, provider, days):
        answer = act(provider, item_of(desk()), "approve", starts_on=(today() + days * DAY).isoformat())

        assert code_of(answer) == (422, "starts_on_wrong")

    def test_a_refusal_needs_a_reason_and_is_repeated_without_effect(self, towns, clock, provider):
        item = item_of(desk())

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
        answer = act(provider, item_of(desk()), "approve", facts)

        assert code_of(answer) == (422, code)
        assert answer.json()["error"]["field"] == field

    def test_an_approved_place_with_a_code_takes_the_service_from_that_day(self, towns, clock, provider):
        made = desk()
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
        items = [item_of(desk()) for _ in range(3)]
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
            {"item_id": str(item_of(desk()).id), "decision": "take"},
            {"item_id": str(item_of(desk()).id), "decision": "approve", "starts_on": tomorrow()},
            {"item_id": str(item_of(desk()).id), "decision": "refuse", "text": "no"},
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
        made = desk()
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


class Shop:
    """A shop's program."""

    def __init__(self) -> None:
        self.client = Client()

    def apply(self, given: Any, key: str = "k1", headers: dict[str, str] | None = None) -> Any:
        body = given if isinstance(given, bytes) else json.dumps(given).encode()
        told = {"Idempotency-Key": key, **(headers or {})}
        return self.client.post("/api/v1/applications", body, "application/json", headers=told)

    def get(self, taken: Any, key: str = "") -> Any:
        headers = {"Madoguchi-Resume-Key": key or taken["resume_key"]}
        return self.client.get(f"/api/v1/applications/{taken['reference']}", headers=headers)

    def post(self, taken: Any, path: str, data: Any = None) -> Any:
        headers = {"Madoguchi-Resume-Key": taken["resume_key"]}
        return self.client.post(f"/api/v1/applications/{taken['reference']}/{path}", data, headers=headers)


@pytest.fixture
def program() -> Shop:
    return Shop()


class TestWholeApplication:
    def test_it_is_taken_in_and_says_where_it_stands(self, towns, clock, program, settings):
        settings.PUBLIC_URL = "https://madoguchi.example"

        answer = program.apply(shop())

        taken = answer.json()
        reference = Application.objects.get().reference
        assert answer.status_code == 201
        assert "Idempotency-Hit" not in answer
        assert taken == {
            "reference": reference,
            "resume_key": taken["resume_key"],
            "state": "submitted",
            "missing": [],
            "status_url": f"https://madoguchi.example/api/v1/applications/{reference}",
            "page_url": f"https://madoguchi.example/join/status/{reference}/",
        }

    def test_sent_again_it_gets_the_first_answer_with_its_resume_key(self, towns, clock, program):
        first = program.apply(shop())

        again = program.apply(shop())

        assert (again.status_code, again.json()) == (201, first.json())
        assert again["Idempotency-Hit"] == "true"
        assert Application.objects.count() == 1

    def test_the_same_key_for_another_body_is_refused(self, towns, clock, program):
        program.apply(shop())

        assert code_of(program.apply(shop(language="en"))) == (409, "key_reused")

    @pytest.mark.parametrize(
        ("body", "key", "status", "code"),
        [
            (b"{", "k", 400, "json_malformed"),
            (b"[]", "k", 400, "object_wanted"),
            (b"{}", "k", 422, "field_missing"),
            (b"{}", "", 400, "idempotency_key_missing"),
            (b"{}", "x" * 81, 400, "idempotency_key_wrong"),
            (b'{"kind": "\\ud800"}', "k", 400, "json_malformed"),
        ],
    )
    def test_what_cannot_be_read_is_refused(self, towns, program, body, key, status, code):
        assert code_of(program.apply(body, key=key)) == (status, code)
        assert not Application.objects.exists()

    def test_a_wrong_field_is_named_and_nothing_is_stored(self, towns, clock, program):
        answer = program.apply(shop(places=[place(), place(kind="castle")]))

        assert code_of(answer) == (422, "field_wrong")
        assert answer.json()["error"]["field"] == "places.1.kind"
        assert not Application.objects.exists()

    def test_a_provider_that_brings_it_signs(self, towns, clock, program, provider):
        """P-17, P-21."""
        body = json.dumps(shop(places=[place(registration_id="PP-1")])).encode()

        program.apply(body, headers=provider.headers(body))

        application = Application.objects.get()
        assert (application.brought_by_id, application.places.get().registration_id) == ("paypay", "PP-1")

    def test_a_wrong_signature_is_not_taken_for_none(self, towns, clock, program, provider):
        body = json.dumps(shop()).encode()
        headers = {**provider.headers(body), "Madoguchi-Signature": "0" * 64}

        assert code_of(program.apply(body, headers=headers)) == (401, "signature_wrong")
        assert not Application.objects.exists()

    def test_a_draft_is_completed_with_its_document_and_sent(self, towns, clock, program):
        """P-23, P-24: what is missing is told, brought later, and then it goes."""
        taken = program.apply(shop(documents=[])).json()
        assert taken["state"] == "draft"
        assert [(one["section"], one["field"]) for one in taken["missing"]] == [("documents", "register")]
        assert code_of(program.post(taken, "submit")) == (422, "application_incomplete")

        file = SimpleUploadedFile("登記.png", PICTURE, "image/png")
        brought = program.post(taken, "documents", {"need": "register_extract", "file": file})
        sent_in = program.post(taken, "submit")

        assert (brought.status_code, brought.json()["need"]) == (201, "register_extract")
        assert (sent_in.status_code, sent_in.json()["state"], sent_in.json()["missing"]) == (200, "submitted", [])
        assert program.post(taken, "submit").json()["state"] == "submitted"

    @pytest.mark.parametrize(
        "data", [{}, {"need": "register_extract"}, {"need": "x" * 61, "file": "f"}, {"need": "poem", "file": "f"}]
    )
    def test_a_document_needs_its_file_and_its_need(self, towns, clock, program, data):
        taken = program.apply(shop(consent=None, documents=[])).json()
        if "file" in data:
            data = {**data, "file": SimpleUploadedFile("a.png", PICTURE)}

        assert code_of(program.post(taken, "documents", data))[0] == 422
        assert not Document.objects.exists()

    def test_a_document_that_is_too_large_is_not_read_at_all(self, towns, clock, program, monkeypatch):
        monkeypatch.setattr("madoguchi.api.applications.MAX_MIB", 0)
        taken = program.apply(shop(documents=[])).json()
        file = SimpleUploadedFile("登記.png", PICTURE, "image/png")

        answer = program.post(taken, "documents", {"need": "register_extract", "file": file})

        assert code_of(answer) == (413, "document_too_large")

    def test_how_it_stands_place_by_place(self, towns, clock, program, provider):
        taken = program.apply(shop()).json()
        application = Application.objects.get()
        confirm_proposal(actor=CHECKER, proposal_id=propose_acceptance(Desk(application, MAKER, "")).id)
        item = application.items.get(service="paypay")
        act(provider, item, "ask", text="営業時間は？")

        told = program.get(taken).json()

        assert (told["state"], told["missing"], len(told["places"])) == ("accepted", [], 1)
        states = {one["service"]: one["state"] for one in told["places"][0]["items"]}
        assert states == {"paypay": "questions", "au_pay": "at_provider"}
        assert [(one["from"], one["item_id"], one["text"]) for one in told["messages"]] == [
            ("provider", str(item.id), "営業時間は？")
        ]

    @pytest.mark.parametrize("path", ["", "/documents", "/submit"])
    def test_without_its_key_it_stays_closed(self, towns, clock, program, path):
        taken = program.apply(shop(consent=None)).json()
        address = f"/api/v1/applications/{taken['reference']}{path}"
        send = program.client.post if path else program.client.get

        for headers in ({}, {"Madoguchi-Resume-Key": "guessed"}):
            assert code_of(send(address, headers=headers)) == (401, "resume_key_wrong")

    def test_a_number_that_does_not_exist_is_answered_like_a_wrong_key(self, towns, clock, program):
        taken = program.apply(shop()).json()

        nobodys = program.get({**taken, "reference": "0000-0000"})

        assert nobodys.json() == program.get(taken, key="wrong").json()


@pytest.mark.parametrize("name", ["application", "decisions", "inbox"])
def test_the_schemas_are_published(name):
    schema = Client().get(f"/api/v1/schemas/{name}.json")

    assert schema.status_code == 200
    assert schema.json()["title"]


def test_an_unknown_schema_is_not_found():
    assert Client().get("/api/v1/schemas/other.json").status_code == 404
