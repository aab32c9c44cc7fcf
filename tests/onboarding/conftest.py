"""Applications for tests to start from: a town's, a shop's, filled in, sent, accepted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from madoguchi.core.clock import today
from madoguchi.onboarding.applications import answer_consent, save_answers
from madoguchi.onboarding.beginning import start_application
from madoguchi.onboarding.documents import sealed_document
from madoguchi.onboarding.models import Application, ApplicationPlace, Item
from madoguchi.onboarding.places import PlaceFacts, put_place
from madoguchi.onboarding.proposals import confirm_proposal, propose
from madoguchi.onboarding.scanning import CheckedDocument
from madoguchi.onboarding.submission import submit_application
from madoguchi.people.access import ANONYMOUS, Actor, applicant_actor
from madoguchi.people.rules import Grant

TOMIOKA, TOGO, MITAKA = "10210", "23302", "13204"
APPLICANT = {
    "name": "東京都三鷹市",
    "name_en": "Mitaka City",
    "municipality_code": MITAKA,
    "postal_code": "1818555",
    "address": "東京都三鷹市野崎1-1-1",
    "representative": "三鷹市長",
    "contact_person": "会計課",
    "phone": "0422451151",
    "email": "kaikei@example.jp",
}
SHOP = APPLICANT | {
    "name": "株式会社まちの豆腐店",
    "name_en": "Machi no Tofuten",
    "corporate_number": "7000012050002",
    "representative": "代表取締役",
    "email": "tofu@example.jp",
}
ACCOUNT = {
    "bank_code": "0001",
    "branch_code": "001",
    "account_kind": "ordinary",
    "account_number": "1234567",
    "holder_kana": "カイケイカンリシヤ",
}
SHOP_BUSINESS = {
    "entity": "company",
    "industry": "retail",
    "capital_yen": 3_000_000,
    "regular_employees": 4,
    "taxable_income_yen": [1_000_000],
    "activity": "general",
    "franchise": False,
    "petrol_station": False,
}


def officer(name: str) -> Actor:
    """An officer of the programme."""
    return Actor(name, (Grant("programme_officer", everywhere=True),))


MAKER, CHECKER = officer("user:maker"), officer("user:checker")


def place_facts(name: str = "三鷹市役所 市民課", **changed: Any) -> PlaceFacts:
    facts: dict[str, Any] = {
        "name": name,
        "name_en": "Citizens Division",
        "kind": "division",
        "municipality_code": MITAKA,
        "postal_code": "1818555",
        "address": "東京都三鷹市野崎1-1-1",
        "purposes": ("certificate_fee",),
        "services": frozenset({"paypay", "line_pay"}),
    }
    return PlaceFacts(**{**facts, **changed})


@dataclass
class Desk:
    """An application and its applicant."""

    application: Application
    actor: Actor
    key: str
    places: list[ApplicationPlace] = field(default_factory=list)

    def again(self) -> Application:
        """The application as it stands in the database."""
        self.application.refresh_from_db()
        return self.application


def begun(kind: str = "municipality", **more: Any) -> Desk:
    started = start_application(actor=ANONYMOUS, kind=kind, **more)
    return Desk(started.application, applicant_actor(started.application.id), started.key)


def filled(kind: str = "municipality", places: list[PlaceFacts] | None = None, **applicant: Any) -> Desk:
    """An application with nothing missing, not sent yet."""
    desk = begun(kind)
    common = {"actor": desk.actor, "application_id": desk.application.id}
    is_town = kind == "municipality"
    save_answers(**common, section="applicant", answers=(APPLICANT if is_town else SHOP) | applicant)
    business = {"yearly_sales_yen": 70_000_000_000} if is_town else SHOP_BUSINESS
    save_answers(**common, section="business", answers=business)
    save_answers(**common, section="account", answers=ACCOUNT)
    for facts in places or [place_facts()]:
        desk.places.append(put_place(**common, facts=facts))
    need = "no_register_memo" if is_town else "register_extract"
    # As if it had been checked: that takes a process of its own, which only tests of documents want to wait for.
    checked = CheckedDocument("image/png", 1, "0" * 64, b"a picture")
    sealed_document(desk.application, need, "memo.png", checked).save(force_insert=True)
    answer_consent(**common, consents=True)
    desk.again()
    return desk


def sent(kind: str = "municipality", **more: Any) -> Desk:
    desk = filled(kind, **more)
    submit_application(actor=desk.actor, application_id=desk.application.id)
    desk.again()
    return desk


def linked(desk: Desk, link_kind: str, kind: str = "", **more: Any) -> Desk:
    """A further application that its applicant began from `desk`'s (J-21, J-28)."""
    started = start_application(
        actor=desk.actor,
        kind=kind or desk.application.kind,
        linked_to=desk.application.id,
        link_kind=link_kind,
        **more,
    )
    places = list(started.application.places.order_by("position"))
    return Desk(started.application, applicant_actor(started.application.id), started.key, places)


def item_of(desk: Desk, service: str, place: ApplicationPlace | None = None) -> Item:
    """One place × service of an application, its only place's if none is named."""
    return desk.application.items.get(service=service, **({"place": place} if place else {}))


def propose_acceptance(desk: Desk, maker: Actor = MAKER) -> Any:
    application_id = desk.application.id
    return propose(
        actor=maker,
        kind="screening",
        subject=f"application:{application_id}",
        content={"decision": "accept"},
        application_id=application_id,
    )


def accepted(kind: str = "municipality", **more: Any) -> Desk:
    desk = sent(kind, **more)
    confirm_proposal(actor=CHECKER, proposal_id=propose_acceptance(desk).id)
    desk.again()
    return desk


def suggest(kind, desk=None, *, content=None, reason="理由", subject="", maker=MAKER):
    application = desk.application if desk else None
    return propose(
        actor=maker,
        kind=kind,
        subject=subject or f"application:{application.id}",
        content=content or {},
        reason=reason,
        application_id=application.id if application else None,
    )


def correction(desk, **changes):
    place = desk.places[0]
    return suggest(
        "correction", desk, subject=f"place:{place.id}", content={"place": str(place.id), "changes": changes}
    )


def confirm(proposal, checker=CHECKER):
    return confirm_proposal(actor=checker, proposal_id=proposal.id)


@pytest.fixture
def in_demo(settings: Any) -> None:
    """A demo, in which places get numbers of the test range."""
    settings.DEMO = True


@pytest.fixture
def day() -> Any:
    return today()
