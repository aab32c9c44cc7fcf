"""The demo's sign-ins."""

from __future__ import annotations

from madoguchi.people.access import Actor
from madoguchi.people.actions import ensure_user, grant_role
from madoguchi.registry.demo import YASUOKA, DemoRegistry
from madoguchi.registry.models import Organisation

DEMO_PASSWORD = "madoguchi-demo"  # noqa: S105  # demo users cannot sign in outside demo mode


def add_demo_people(registry: DemoRegistry, actor: Actor) -> None:
    """A sign-in for each role, each where the demo has work for it."""

    def add(username: str, name: str, role: str, organisation: Organisation | None = None, **place: object) -> None:
        user = ensure_user(actor=actor, username=username, display_name=name, password=DEMO_PASSWORD, is_demo=True)
        organisation_id = organisation.id if organisation else None
        grant_role(actor=actor, user=user, role=role, organisation_id=organisation_id, **place)  # type: ignore[arg-type]

    by_name = {place.name: place for place in registry.places}
    mill, citizens = by_name["富岡製糸場"], by_name["富岡市役所 市民課窓口"]
    tomioka, village = registry.towns["10210"], registry.towns[YASUOKA]
    add("clerk-mill", "窓口 富岡製糸場", "clerk", tomioka, place_id=mill.id)
    add("clerk-citizens", "窓口 富岡市 市民課", "clerk", tomioka, place_id=citizens.id)
    office = registry.post_office
    add("clerk-post", "窓口 泰阜村の郵便局", "clerk", registry.post_office_operator, place_id=office.id)
    add("clerk-takamori", "窓口 高森町", "clerk", registry.towns["20403"])
    add("clerk-togo", "窓口 東郷町", "clerk", registry.towns["23302"])
    add("accountant-tomioka", "会計 富岡市", "accountant", tomioka)
    add("accountant-yasuoka", "会計 泰阜村", "accountant", village)
    add("accountant-post", "会計 郵便局", "accountant", registry.post_office_operator)
    add("admin-tomioka", "管理者 富岡市", "town_administrator", tomioka)
    add("provider-paypay", "決済事業者 PayPay（デモ）", "provider", None, provider="paypay")
    add("provider-line-pay", "決済事業者 LINE Pay（デモ）", "provider", None, provider="line_pay")
    add("provider-au-pay", "決済事業者 au PAY（デモ）", "provider", None, provider="au_pay")
    add("programme-office", "事務局", "programme_officer")
    # Four eyes need a second pair.
    add("programme-checker", "事務局 承認者", "programme_officer")
    add("auditor", "監査", "auditor")
