"""Example applications to look at: one in each state that an applicant, a provider or the office meets.

Applicants, places and accounts are made up and called examples; letters go to `.example`, where nobody lives.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from PIL import Image, ImageDraw, ImageFont

from madoguchi.core.clock import today
from madoguchi.jpqr.fitting import font_folder
from madoguchi.onboarding.applications import answer_consent, hash_of, save_answers, withdraw_application
from madoguchi.onboarding.beginning import start_application
from madoguchi.onboarding.documents import sealed_document
from madoguchi.onboarding.models import Application, Item
from madoguchi.onboarding.places import PlaceFacts, put_place
from madoguchi.onboarding.proposals import confirm_proposal
from madoguchi.onboarding.proposing import propose_screening
from madoguchi.onboarding.provider_desk import approve_item, ask_about_item, refuse_item, take_item
from madoguchi.onboarding.returning import return_application
from madoguchi.onboarding.scanning import CheckedDocument, check_document
from madoguchi.onboarding.screening import screen_now
from madoguchi.onboarding.states import LIVE_APPLICATIONS
from madoguchi.onboarding.submission import submit_application
from madoguchi.people.access import ANONYMOUS, Actor, applicant_actor, provider_actor

# With it every example opens; outside a demo no example does.
DEMO_KEY = "madoguchi-demo"
PREFIX = "DEM0-"
ACCOUNT = {
    "bank_code": "0000",
    "branch_code": "000",
    "account_kind": "ordinary",
    "account_number": "0000000",
    "holder_kana": "ミホン タロウ",
}
SHOP_BUSINESS: Mapping[str, Any] = {
    "entity": "sole_proprietor",
    "industry": "retail",
    "regular_employees": 3,
    "taxable_income_yen": [2_400_000],
    "activity": "general",
    "franchise": False,
    "petrol_station": False,
}
# Postal code and what an address begins with, by municipality: of the demo's pilot towns.
TOWNS = {
    "20403": ("3993193", "長野県下伊那郡高森町下市田（例）"),
    "10210": ("3702392", "群馬県富岡市富岡（例）"),
    "20414": ("3991895", "長野県下伊那郡泰阜村（例）"),
}
WAITS_DAYS = 30
APPROVED_DAYS = 14


@dataclass(frozen=True)
class Desk:
    """Who acts in the examples beside their applicants: two officers."""

    maker: Actor
    checker: Actor


@dataclass(frozen=True)
class Example:
    """An application to set up: who applies, for which places, and what then becomes of it."""

    number: int
    kind: str
    name: str
    name_en: str
    town: str
    places: Sequence[PlaceFacts]
    then: Callable[[Application, Actor, Desk], None]
    business: Mapping[str, Any] = field(default_factory=lambda: SHOP_BUSINESS)
    is_sent: bool = True

    @property
    def reference(self) -> str:
        return f"{PREFIX}{self.number:04}"


def shop(name: str, name_en: str, town: str, *services: str, **more: Any) -> PlaceFacts:
    """A shop in one of the towns."""
    postal_code, address = TOWNS[town]
    facts = PlaceFacts(
        name=name,
        name_en=name_en,
        kind="shop",
        municipality_code=town,
        postal_code=postal_code,
        address=address,
        phone="0000000000",
        services=frozenset(services),
    )
    return replace(facts, **more)


def add_demo_applications(*, maker: Actor, checker: Actor) -> int:
    """Set up the example applications that are not there yet, through the actions that people use; returns how many.

    `maker` proposes as one officer, `checker` confirms as another.
    """
    known = set(Application.objects.filter(reference__startswith=PREFIX).values_list("reference", flat=True))
    examples = [example for example in _examples(today()) if example.reference not in known]
    # Somebody who tried an older demo may have applied for the town already; it applies once (J-22).
    missing = [example for example in examples if not _has_applied(example)]
    if not missing:
        return 0
    # One look for all: each takes a process of its own.
    document = check_document(_picture(), "sample.png")
    with transaction.atomic():
        for example in missing:
            _set_up(example, document, Desk(maker, checker))
    return len(missing)


def demo_applications() -> list[Application]:
    """The example applications that are set up, in their order."""
    return list(Application.objects.filter(reference__startswith=PREFIX, is_demo=True).order_by("reference"))


def _has_applied(example: Example) -> bool:
    live = Application.objects.filter(kind="municipality", state__in=LIVE_APPLICATIONS, linked_to=None)
    return example.kind == "municipality" and live.filter(municipality=example.town).exists()


def _set_up(example: Example, document: CheckedDocument, desk: Desk) -> None:
    started = start_application(actor=ANONYMOUS, kind=example.kind, is_demo=True)
    # Its number says that it is an example, and its key is known, so that whoever tries the demo can open it.
    Application.objects.filter(id=started.application.id).update(
        reference=example.reference, resume_hash=hash_of(DEMO_KEY)
    )
    application = Application.objects.get(id=started.application.id)
    actor = applicant_actor(application.id)
    postal_code, address = TOWNS[example.town]
    common: dict[str, Any] = {"actor": actor, "application_id": application.id}
    applicant = {
        "name": example.name,
        "name_en": example.name_en,
        "municipality_code": example.town,
        "postal_code": postal_code,
        "address": address,
        "representative": "見本 太郎",
        "contact_person": "見本 花子",
        "phone": "0000000000",
        "email": f"applicant-{example.number}@madoguchi.example",
    }
    save_answers(**common, section="applicant", answers=applicant)
    for facts in example.places:
        put_place(**common, facts=facts)
    if example.is_sent:
        save_answers(**common, section="business", answers=example.business)
        save_answers(**common, section="account", answers=ACCOUNT)
        need = "no_register_memo" if example.kind == "municipality" else "opening_notice"
        sealed_document(application, need, "見本.png", document).save(force_insert=True)
        answer_consent(**common, consents=True)
        submit_application(**common)
    application.refresh_from_db()
    example.then(application, actor, desk)


# --- what becomes of them


def _waits(application: Application, actor: Actor, desk: Desk) -> None:
    screen_now(application)


def _stays(application: Application, actor: Actor, desk: Desk) -> None:
    """A draft lies where its applicant left it."""


def _is_proposed(application: Application, actor: Actor, desk: Desk) -> None:
    propose_screening(actor=desk.maker, application_id=application.id, decision="accept")


def _is_returned(application: Application, actor: Actor, desk: Desk) -> None:
    text = (
        "（例）看板の店名と申込みの店名が異なります。ステッカーに載せる店名をご確認のうえ、もう一度送信してください。"
    )
    return_application(actor=desk.maker, application_id=application.id, text=text)


def _is_withdrawn(application: Application, actor: Actor, desk: Desk) -> None:
    withdraw_application(actor=actor, application_id=application.id, reason="（例）店を閉めることにしたため")


def _is_refused(application: Application, actor: Actor, desk: Desk) -> None:
    reason = "（例）店舗の所在を確認できませんでした。"
    proposal = propose_screening(actor=desk.maker, application_id=application.id, decision="refuse", reason=reason)
    confirm_proposal(actor=desk.checker, proposal_id=proposal.id)


def _is_accepted(application: Application, actor: Actor, desk: Desk) -> None:
    """At the provider: its first place approved, the second asked about, the third new, the fourth refused."""
    proposal = propose_screening(actor=desk.maker, application_id=application.id, decision="accept")
    confirm_proposal(actor=desk.checker, proposal_id=proposal.id)
    line_pay = provider_actor("line_pay")
    items = Item.objects.filter(application=application, service="line_pay").order_by("place__position")
    approved, asked, _new, refused = (item.id for item in items)
    take_item(actor=line_pay, item_id=approved)
    approve_item(
        actor=line_pay,
        item_id=approved,
        starts_on=today() + timedelta(days=APPROVED_DAYS),
        fee_bps=245,
        terms="（例）月2回締め、10日後払い。振込手数料は申込者の負担です。",
        provider_reference="EXAMPLE-0001",
    )
    take_item(actor=line_pay, item_id=asked)
    ask_about_item(actor=line_pay, item_id=asked, text="（例）駅前店の営業時間と定休日を教えてください。")
    take_item(actor=line_pay, item_id=refused)
    refuse_item(actor=line_pay, item_id=refused, reason="（例）製造のみの場所で、店頭での販売が確認できませんでした。")


# --- who they are


def _examples(day: date) -> list[Example]:
    tofu = shop("まちの豆腐店 本店（例）", "Tofu Shop, Main (ex)", "20403", "line_pay", "paypay")
    return [
        Example(
            number=1,
            kind="designated_manager",
            name="ひだまり公園管理室（例）",
            name_en="Hidamari Park Office (example)",
            town="10210",
            places=[
                shop("ひだまり公園 受付（例）", "", "10210", "paypay", kind="facility", purposes=("facility_fee",))
            ],
            then=_stays,
            is_sent=False,
        ),
        _accepted(tofu),
        _screened(tofu, day),
        Example(
            number=4,
            kind="municipality",
            name="長野県泰阜村（例）",
            name_en="Yasuoka Village (example)",
            town="20414",
            places=[
                shop(
                    "泰阜村役場 住民福祉課",
                    "Yasuoka Village Office: Resident Welfare Division",
                    "20414",
                    "line_pay",
                    "paypay",
                    kind="division",
                    purposes=("certificate_fee",),
                    wished_on=day + timedelta(days=WAITS_DAYS),
                )
            ],
            business={"yearly_sales_yen": 2_000_000_000},
            then=_is_proposed,
        ),
        _small(5, "パン工房こむぎ（例）", "Komugi Bakery (example)", _is_returned),
        _small(6, "喫茶やまびこ（例）", "Cafe Yamabiko (example)", _is_withdrawn),
        _small(7, "古書いとでんわ（例）", "Itodenwa Books (example)", _is_refused),
    ]


def _accepted(tofu: PlaceFacts) -> Example:
    """A business with several shops, one of which moves about."""
    return Example(
        number=2,
        kind="business",
        name="まちの豆腐店（例）",
        name_en="Machi Tofu Shop (example)",
        town="20403",
        places=[
            tofu,
            shop("まちの豆腐店 駅前店（例）", "Tofu Shop, Station (ex)", "20403", "line_pay", "paypay"),
            shop("まちの豆腐店 朝市（例）", "Tofu Stall (ex)", "20403", "line_pay", place_class="mobile", address=""),
            shop("まちの豆腐店 工場（例）", "Tofu Works (ex)", "20403", "line_pay"),
        ],
        then=_is_accepted,
    )


def _screened(tofu: PlaceFacts, day: date) -> Example:
    """Everything that screening looks for.

    The place of another applicant, a start too soon, the wrong postal code, a service in use there already, a second
    card contract without a second card company.
    """
    return Example(
        number=3,
        kind="business",
        name="甘味処ふくろう（例）",
        name_en="Cafe Fukuro (example)",
        town="10210",
        places=[
            replace(tofu, services=frozenset({"line_pay"})),
            shop(
                "甘味処ふくろう（例）",
                "Cafe Fukuro (ex)",
                "10210",
                "line_pay",
                "jcb_card",
                postal_code="4700198",
                used_already=frozenset({"line_pay"}),
                wished_on=day + timedelta(days=7),
            ),
        ],
        business={**SHOP_BUSINESS, "industry": "service", "card_contracts": 2},
        then=_waits,
    )


def _small(number: int, name: str, name_en: str, then: Callable[[Application, Actor, Desk], None]) -> Example:
    """A business with one shop of its own name."""
    place = shop(name, name_en.replace("example", "ex"), "10210", "line_pay", "paypay")
    return Example(number, "business", name, name_en, "10210", [place], then)


def _picture() -> bytes:
    """A document that says of itself that it is none."""
    picture = Image.new("RGB", (640, 360), "white")
    font = ImageFont.truetype(str(font_folder() / "ipaexg.ttf"), 44)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((16, 16, 623, 343), outline="black", width=3)
    draw.text((320, 140), "見本（デモ用）", fill="black", font=font, anchor="mm")
    draw.text((320, 220), "SAMPLE, not a document", fill="black", font=font, anchor="mm")
    kept = io.BytesIO()
    picture.save(kept, "PNG")
    return kept.getvalue()
