"""A whole application at once: taken in once, however often it is sent, by the same rules as on the pages."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from django.db import IntegrityError

from madoguchi.core.errors import Refusal
from madoguchi.events.models import Delivery, Event
from madoguchi.onboarding import intake
from madoguchi.onboarding.applications import account_of
from madoguchi.onboarding.beginning import resume
from madoguchi.onboarding.intake import Missing, take_application
from madoguchi.onboarding.models import Application, ApplicationPlace, Document, Item
from madoguchi.onboarding.scanning import CheckedDocument
from madoguchi.onboarding.screening import screen_waiting
from madoguchi.people.access import ANONYMOUS, provider_actor, system_actor
from tests.conftest import refused
from tests.onboarding.conftest import ACCOUNT, APPLICANT, MITAKA, SHOP, SHOP_BUSINESS, sent

pytestmark = pytest.mark.django_db
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
EXTRACT = {"need": "register_extract", "filename": "登記.png", "content": base64.b64encode(PICTURE).decode()}


def place(name: str = "まちの豆腐店 本店", **changed: Any) -> dict[str, Any]:
    facts = {"name": name, "name_en": "Tofuten", "kind": "shop", "municipality_code": MITAKA, "postal_code": "181-8555"}
    return {**facts, "address": "東京都三鷹市野崎1-1-1", "services": ["paypay", "au_pay"], **changed}


def shop(**changed: Any) -> dict[str, Any]:
    """A shop's whole application with nothing missing."""
    whole = {"kind": "business", "applicant": SHOP, "business": SHOP_BUSINESS, "account": ACCOUNT, "consent": True}
    return {**whole, "places": [place()], "documents": [EXTRACT], **changed}


def town(**changed: Any) -> dict[str, Any]:
    division = place("市民課", kind="division", purposes=["certificate_fee"])
    told = {"applicant": APPLICANT, "business": {"yearly_sales_yen": 70_000_000_000}, "places": [division]}
    memo = {**EXTRACT, "need": "no_register_memo"}
    return {**shop(kind="municipality"), **told, "documents": [memo], **changed}


def take(given: dict[str, Any], key: str = "k1", actor: Any = ANONYMOUS) -> intake.Taken:
    return take_application(actor=actor, key=key, given=given)


@pytest.fixture(autouse=True)
def quickly_checked(monkeypatch: Any) -> None:
    """Looking into a document takes a process of its own, which is tested elsewhere."""
    checked = CheckedDocument("image/png", 1, "0" * 64, b"a picture")
    monkeypatch.setattr(intake, "check_document", lambda data, filename: checked)


def rows() -> tuple[int, int, int, int]:
    return (
        Application.objects.count(),
        ApplicationPlace.objects.count(),
        Item.objects.count(),
        Event.objects.filter(name__startswith="application.").count(),
    )


def test_a_complete_application_is_sent_to_the_office_at_once(towns):
    taken = take(shop(places=[place(), place("駅前店", services=["paypay"], used_already=["paypay"])]))

    application = Application.objects.get(reference=taken.reference)
    assert (taken.state, taken.missing, application.state) == ("submitted", (), "submitted")
    assert [(one.name, one.postal_code) for one in application.places.order_by("position")] == [
        ("まちの豆腐店 本店", "1818555"),
        ("駅前店", "1818555"),
    ]
    told = application.items.order_by("place__position", "service").values_list("service", "provider", "state")
    assert list(told) == [
        ("au_pay", "au_pay", "submitted"),
        ("paypay", "paypay", "submitted"),
        ("paypay", "paypay", "submitted"),
    ]
    account = account_of(application)
    assert account is not None
    assert account.account_number == "1234567"
    assert application.brought_by_id is None


def test_it_is_what_the_pages_would_have_made_of_it(towns):
    """One set of rules: the same answers give the same decision, columns and items, whichever way they come."""
    by_page = sent("business").application
    by_program = Application.objects.get(reference=take(shop()).reference)

    columns = ("name", "name_en", "corporate_number", "municipality_id", "email", "answers", "decision", "kind")
    assert [getattr(by_program, one) for one in columns] == [getattr(by_page, one) for one in columns]
    assert by_program.rule_version_id == by_page.rule_version_id
    assert by_program.publication_consent is True


def test_the_worker_screens_it_like_any_other(towns):
    taken = take(shop())

    assert screen_waiting(actor=system_actor("worker")) == 1

    assert Application.objects.get(reference=taken.reference).screened_at is not None


def test_the_same_again_gets_the_first_answer_and_adds_nothing(towns):
    first = take(shop())
    before = (rows(), Delivery.objects.count())

    again = take(shop())

    assert again == intake.Taken(first.reference, first.key, "submitted", (), is_repeated=True)
    assert (rows(), Delivery.objects.count()) == before


def test_the_first_answer_stays_though_the_application_moved_on(towns):
    taken = take(shop())
    Application.objects.filter(reference=taken.reference).update(state="withdrawn")

    assert take(shop()).state == "submitted"


def test_the_same_key_for_other_facts_is_refused(towns):
    take(shop())
    before = rows()

    with refused("key_reused"):
        take(shop(language="en"))

    assert rows() == before


def test_the_order_of_keys_in_a_body_does_not_matter(towns):
    first = take(shop())

    assert take(dict(reversed(shop().items()))).reference == first.reference


def test_two_providers_may_use_the_same_key(towns):
    """P-17: each counts for itself; neither learns of the other's."""
    one = take(shop(), actor=provider_actor("paypay"))
    other = take(shop(language="en"), actor=provider_actor("au_pay"))

    assert one.reference != other.reference


def test_a_request_that_loses_the_race_gets_the_winners_answer(towns, monkeypatch):
    """The same sent twice at once: the second fails at the key's constraint, looks again, and answers as the first."""
    first = take(shop())
    looked: list[Any] = []
    real = intake._earlier

    def late(*told: str) -> Any:
        looked.append(told)
        return None if len(looked) == 1 else real(*told)

    monkeypatch.setattr(intake, "_earlier", late)

    assert take(shop()).reference == first.reference
    assert Application.objects.count() == 1


def test_the_resume_key_opens_it_and_is_kept_nowhere(towns):
    taken = take(shop())

    application = Application.objects.get(reference=taken.reference)
    assert resume(reference=taken.reference, key=taken.key).grants[0].application_id == application.id
    assert taken.key not in str(Application.objects.values())
    assert len(taken.key) == 32


def test_the_resume_key_depends_on_the_platforms_secret_the_key_and_the_facts(towns, settings):
    keys = {take(shop()).key, take(shop(), key="k2").key, take(shop(language="en"), key="k3").key}
    settings.SECRET_KEY = "another secret"
    keys.add(take(shop(), key="k4").key)

    assert len(keys) == 4


def test_after_a_change_of_the_platforms_secret_the_first_answer_still_comes(towns, settings):
    first = take(shop())
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "the next secret"

    assert take(shop()).key == first.key

    settings.SECRET_KEY_FALLBACKS = []
    assert take(shop()).key == ""


def test_what_is_missing_makes_it_a_draft_that_says_so(towns):
    bare = place(address="", services=[])
    taken = take(shop(account={}, places=[place(), bare], consent=None))

    assert taken.state == "draft"
    assert taken.missing == (
        *(Missing("account", field, "J-28") for field in ACCOUNT),
        Missing("places", "address", "P-27", 1),
        Missing("places", "services", "J-04", 1),
        Missing("consent", "publication_consent", "P-27"),
    )
    assert Application.objects.get().submitted_at is None
    assert set(Item.objects.values_list("state", flat=True)) == {"draft"}
    assert take(shop(account={}, places=[place(), bare], consent=None)).missing == taken.missing


def test_a_missing_document_makes_it_a_draft(towns):
    """P-23, P-24: a company proves that it is there."""
    taken = take(shop(documents=[]))

    assert taken.state == "draft"
    assert [(one.section, one.field) for one in taken.missing] == [("documents", "register")]


def test_documents_in_the_body_are_kept_sealed(towns):
    take(shop())

    document = Document.objects.get()
    assert (document.need, document.filename, document.media_type) == ("register_extract", "登記.png", "image/png")
    assert document.delete_on is None
    assert "a picture" not in document.sealed


def test_a_document_that_cannot_be_taken_stops_it(towns, monkeypatch):
    """P-24: with its place among the documents, and nothing stored."""

    def broken(data: bytes, filename: str) -> Any:
        raise Refusal("document_active", found="JavaScript")

    monkeypatch.setattr(intake, "check_document", broken)

    with refused("document_active", field="documents.0"):
        take(shop())
    assert not Application.objects.exists()


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"kind": "club"}, "field_wrong", "kind"),
        ({"colour": "red"}, "field_unknown", "colour"),
        ({"applicant": SHOP | {"corporate_number": "1" * 13}}, "corporate_number_wrong", "applicant.corporate_number"),
        ({"applicant": SHOP | {"name": "=1+1"}}, "formula_in_cell", "applicant.name"),
        ({"applicant": SHOP | {"municipality_code": "99999"}}, "municipality_unknown", "applicant.municipality_code"),
        ({"business": {"industry": "magic"}}, "field_wrong", "business.industry"),
        ({"account": ACCOUNT | {"account_number": "12"}}, "field_wrong", "account.account_number"),
        ({"consent": "yes"}, "field_wrong", "consent"),
        ({"consent": False}, "consent_refused", "consent"),
        ({"places": [place(), place("=cmd")]}, "formula_in_cell", "places.1.name"),
        ({"places": [place(municipality_code="00000")]}, "municipality_unknown", "places.0.municipality_code"),
        ({"places": [place(services=["gold"])]}, "service_unknown", "places.0.services"),
        ({"places": [place(purposes=["fun"])]}, "purpose_unknown", "places.0.purposes"),
        ({"places": [place(used_already=["line_pay"])]}, "field_wrong", "places.0.used_already"),
        ({"places": [place(wished_on=1795996800)]}, "field_wrong", "places.0.wished_on"),
        ({"places": [{"kind": "shop", "municipality_code": MITAKA}]}, "field_missing", "places.0.name"),
        ({"applicant": SHOP | {"name": "a\x00b"}}, "field_wrong", None),
        ({"business": SHOP_BUSINESS | {"trade": "alchemy"}}, "trade_unknown", "business.trade"),
        ({"documents": [{**EXTRACT, "need": "poem"}]}, "document_need_unknown", "documents"),
        (
            {"documents": [{"need": "permit", "filename": "a.pdf", "content": "%%%"}]},
            "field_wrong",
            "documents.0.content",
        ),
    ],
)
def test_wrong_facts_are_refused_with_their_place_and_nothing_is_stored(towns, changed, code, field):
    before = rows()

    with refused(code, field=field):
        take(shop(**changed))

    assert rows() == before


@pytest.mark.parametrize(("key", "code"), [("", "idempotency_key_missing"), ("x" * 81, "idempotency_key_wrong")])
def test_a_key_is_needed(towns, key, code):
    with refused(code):
        take(shop(), key=key)


def test_a_town_applies_once(towns):
    """J-22: the second is refused whole, with nothing left of it."""
    first = take(town())
    before = rows()

    with refused("town_applied_already", reference=first.reference):
        take(town(language="en"), key="k2")

    assert rows() == before


def test_two_applications_of_a_town_in_the_same_moment(towns, monkeypatch):
    """J-22: what the check cannot see yet, the table's constraint does; the answer is the same."""
    take(town())
    calls: list[Any] = []
    real = intake.require_only_one

    def too_early(application: Any) -> None:
        calls.append(application)
        if len(calls) > 1:
            real(application)

    monkeypatch.setattr(intake, "require_only_one", too_early)

    with refused("town_applied_already"):
        take(town(language="en"), key="k2")


def test_another_breach_of_a_constraint_is_not_hidden(towns, monkeypatch):
    def broken(*_: Any) -> None:
        raise IntegrityError("something else")

    monkeypatch.setattr(intake, "_store", broken)

    with pytest.raises(IntegrityError):
        take(shop())


def test_a_provider_brings_a_shop_under_its_own_number(towns):
    """P-17, P-21: whoever brought it is kept, and so is the number under which it knows the place."""
    taken = take(shop(places=[place(registration_id="PP-77")]), actor=provider_actor("paypay"))

    application = Application.objects.get(reference=taken.reference)
    assert application.brought_by_id == "paypay"
    assert application.places.get().registration_id == "PP-77"
    assert Event.objects.filter(name="application.brought").latest("id").actor == "provider:paypay"


def test_the_applicant_gets_one_letter_with_the_way_back(towns):
    taken = take(shop())

    letters = Delivery.objects.filter(destination="mail", data__to="tofu@example.jp")
    assert [letter.event for letter in letters] == ["mail.brought"]
    assert f"/join/resume/{taken.reference}/{taken.key}/" in letters[0].data["text"]


def test_three_places_with_three_services_cost_few_statements(towns, django_assert_max_num_queries):
    """P-01: 10,000 applications a day. Places and services cost no more; two of the 15 are the test's own."""
    take(shop())  # the day's rules are entered with the first application ever
    services = ["au_pay", "line_pay", "paypay"]
    three = [place(f"{number}号店", services=services) for number in range(3)]

    with django_assert_max_num_queries(15):
        take(shop(places=three), key="k2")
    with django_assert_max_num_queries(2):
        take(shop(places=three), key="k2")
