"""Example plans to try the comparison with: the sample figures of the notice (P-16), and some that are free (J-21)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from madoguchi.onboarding.models import Plan
from madoguchi.onboarding.plan_editing import FeeFacts, PlanFacts, add_plan
from madoguchi.people.access import Actor
from madoguchi.registry.demo import STARTS_ON, TERMS

# P-16: before the programme, during it, and after it.
BEFORE = (date(2019, 4, 1), date(2019, 9, 30))
DURING = (date(2019, 10, 1), date(2020, 6, 30))
AFTER_FROM = date(2020, 7, 1)
CONTACT = "（例）03-0000-0000"
PROGRAMME_FEES = (
    FeeFacts(*BEFORE, "before", None),
    FeeFacts(*DURING, "during", 325),
    FeeFacts(AFTER_FROM, None, "after", 325),
)


def _lasting(fee_bps: int, *campaigns: FeeFacts) -> tuple[FeeFacts, ...]:
    return (FeeFacts(STARTS_ON, None, "after", fee_bps), *campaigns)


def _code_plan(service: str, name: str, name_en: str, **more: object) -> PlanFacts:
    """A plan of a code payment on the terms that the demo settles by."""
    terms = TERMS[service]
    return replace(
        PlanFacts(
            name=name,
            name_en=name_en,
            services=frozenset({service}),
            starts_on=STARTS_ON,
            payout_cycle=str(terms["closing_cycle"]),
            payouts_per_month=1,
            fees=_lasting(int(str(terms["fee_bps"]))),
            transfer_fee_yen=int(str(terms.get("transfer_fee_yen", 0))),
            transfer_fee_bearer=str(terms.get("transfer_fee_bearer", "provider")),
            brands=("jpqr",),
            terminals=("掲示するQRコード", "お手持ちのスマートフォン・タブレット"),
            contact=CONTACT,
        ),
        **more,  # type: ignore[arg-type]  # fields of PlanFacts
    )


def _card_plan(service: str, name: str, name_en: str, **more: object) -> PlanFacts:
    """A card company's plan with the sample figures of P-16."""
    return replace(
        PlanFacts(
            name=name,
            name_en=name_en,
            services=frozenset({service}),
            applicants="business",
            starts_on=BEFORE[0],
            payout_cycle="half_month",
            payouts_per_month=2,
            payout_days_after=15,
            fees=PROGRAMME_FEES,
            brands=("visa", "mastercard", "jdebit", "id", "nanaco", "waon", "edy", "transit"),
            terminals=("JT-C06", "JT-C16", "CT-5100", "AT-2300"),
            contact=CONTACT,
        ),
        **more,  # type: ignore[arg-type]  # fields of PlanFacts
    )


# The provider's code, and what it offers.
PLANS: tuple[tuple[str, PlanFacts], ...] = (
    ("paypay", _code_plan("paypay", "標準プラン（例）", "Standard (example)")),
    (
        "line_pay",
        _code_plan("line_pay", "標準プラン（例）", "Standard (example)", payouts_per_month=2, payout_days_after=10),
    ),
    (
        "au_pay",
        _code_plan(
            "au_pay", "毎日入金プラン（例）", "Daily payout (example)", payouts_per_month=30, payout_days_after=2
        ),
    ),
    (
        "merpay",
        PlanFacts(
            name="はじめて0%キャンペーン（例）",
            name_en="First year free (example)",
            services=frozenset({"merpay"}),
            applicants="business",
            starts_on=STARTS_ON,
            payout_cycle="month_end",
            payouts_per_month=1,
            payout_days_after=10,
            fees=_lasting(260, FeeFacts(date(2026, 4, 1), date(2027, 3, 31), "during", 0)),
            transfer_fee_yen=200,
            transfer_fee_bearer="principal",
            brands=("jpqr", "id"),
            terminals=("掲示するQRコード",),
            contact=CONTACT,
        ),
    ),
    (
        "j_coin_pay",
        PlanFacts(
            name="自治体向け0%プラン（例）",
            name_en="Free for municipalities (example)",
            services=frozenset({"j_coin_pay"}),
            applicants="municipality",
            starts_on=STARTS_ON,
            payout_cycle="month_end",
            payouts_per_month=1,
            payout_days_after=15,
            fees=_lasting(0),
            brands=("jpqr",),
            terminals=("掲示するQRコード",),
            contact=CONTACT,
        ),
    ),
    ("aeon_card", _card_plan("aeon_card", "カード・電子マネープラン（例）", "Cards and e-money (example)")),
    (
        "jcb_card",
        _card_plan(
            "jcb_card",
            "端末レンタルプラン（例）",
            "Rented terminal (example)",
            brands=("jcb", "amex", "diners", "quicpay", "transit"),
            terminals=("CT-5100",),
            monthly_after_yen=1_100,
            further_costs="期間後は端末の通信費（月額550円程度）が別にかかります。",
        ),
    ),
    (
        "smbc_card",
        _card_plan(
            "smbc_card",
            "端末買い取りプラン（例）",
            "Bought terminal (example)",
            fees=(*PROGRAMME_FEES[:2], FeeFacts(AFTER_FROM, None, "after", 270)),
            brands=("visa", "mastercard", "unionpay", "id", "transit"),
            terminals=("JT-C16",),
            terminal_yen=38_500,
            transfer_fee_yen=220,
            transfer_fee_bearer="principal",
        ),
    ),
    (
        "rakuten_card",
        _card_plan(
            "rakuten_card",
            "個別見積もりプラン（例）",
            "By quotation (example)",
            fees=(FeeFacts(*DURING, "during", 325), FeeFacts(AFTER_FROM, None, "after", None)),
            brands=("visa", "mastercard", "jcb", "edy"),
            terminals=("AT-2300",),
            payouts_per_month=1,
            payout_cycle="month_end",
        ),
    ),
)


def add_demo_plans(actor: Actor) -> int:
    """Enter the example plans, marked as such; returns how many were new. What is there already stays as it is."""
    known = set(Plan.objects.values_list("provider_id", "name"))
    missing = [(provider, facts) for provider, facts in PLANS if (provider, facts.name) not in known]
    for provider, facts in missing:
        add_plan(actor=actor, provider=provider, facts=facts, is_demo=True)
    return len(missing)
