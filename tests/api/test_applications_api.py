"""Whole applications by program: a shop or its provider hands one in, goes on with it, and sees how it stands."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from madoguchi.events.models import Delivery, Event
from madoguchi.onboarding import beginning, documents, intake
from madoguchi.onboarding.models import Application, Document
from madoguchi.onboarding.proposals import confirm_proposal
from madoguchi.onboarding.scanning import CheckedDocument
from tests.onboarding.conftest import CHECKER, MAKER, Desk, propose_acceptance
from tests.onboarding.test_intake import PICTURE, place, shop

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quickly_checked(monkeypatch: Any) -> None:
    """Looking into a document takes a process of its own, which is tested elsewhere."""
    checked = CheckedDocument("image/png", 1, "0" * 64, b"a picture")
    for room in (intake, documents):
        monkeypatch.setattr(room, "check_document", lambda data, filename: checked)


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


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

    def test_a_network_begins_only_so_many_in_an_hour(self, towns, clock, program, monkeypatch):
        """Each sends a letter to whom it names. A refused one stores nothing, and the others go on."""
        monkeypatch.setattr(beginning, "MOST_BEGUN", 2)
        program.client.defaults["REMOTE_ADDR"] = "203.0.113.7"
        for number in range(2):
            assert program.apply(shop(), key=f"k{number}").status_code == 201
        before = Application.objects.count(), Event.objects.count(), Delivery.objects.count()

        assert code_of(program.apply(shop(), key="k3")) == (429, "too_many_begun")
        assert (Application.objects.count(), Event.objects.count(), Delivery.objects.count()) == before
        assert program.apply(shop(), key="k1")["Idempotency-Hit"] == "true"

        program.client.defaults["REMOTE_ADDR"] = "203.0.113.8"
        assert program.apply(shop(), key="k4").status_code == 201
        program.client.defaults["REMOTE_ADDR"] = "203.0.113.7"
        clock.move(hours=1, seconds=1)
        assert program.apply(shop(), key="k5").status_code == 201

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
        provider.post(f"applications/{item.id}/ask", {"text": "営業時間は？"})

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
