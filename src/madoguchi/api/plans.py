"""Providers' plans for programs: what is offered on a day, and what each would cost. Open to all."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from madoguchi.core.clock import today
from madoguchi.core.errors import Refusal
from madoguchi.onboarding.kinds import PLAN_APPLICANTS
from madoguchi.onboarding.plan_editing import COLUMNS
from madoguchi.onboarding.plans import FIRST_DAY, HIGHEST_TAKINGS_YEN, LAST_DAY, Offer, Wish, offers
from madoguchi.registry.rules import CLOSING_CYCLES, TRANSFER_FEE_BEARERS

router = Router(tags=["plans"])
WORDS = {
    "applicant": tuple(word for word in PLAN_APPLICANTS if word != "all"),
    "payout_cycle": CLOSING_CYCLES,
    "transfer_fee_bearer": TRANSFER_FEE_BEARERS,
}
DESCRIPTION = {
    "responses": {
        200: {
            "description": "`plans`, those that cost least first: `fee_bps` in hundredths of a percent, null where it "
            "is negotiated or not told (`fee_state`); `cost` where `takings_yen` is given."
        },
        422: {"description": "`error` names the parameter that is wrong."},
    }
}


@router.get("", summary="Plans side by side", openapi_extra=DESCRIPTION)
def get_plans(  # noqa: PLR0917  # each is one parameter of the address
    request: HttpRequest,
    service: str = "",
    brand: str = "",
    terminal: str = "",
    applicant: str = "",
    payout_cycle: str = "",
    transfer_fee_bearer: str = "",
    most_fee_bps: str = "",
    only_free: bool = False,
    takings_yen: str = "",
    day: str = "",
) -> HttpResponse:
    """The plans offered on `day` (today) that fit; `service`, `brand` and `terminal` may name several, by commas."""
    words = {"applicant": applicant, "payout_cycle": payout_cycle, "transfer_fee_bearer": transfer_fee_bearer}
    for name, word in words.items():
        if word and word not in WORDS[name]:
            raise Refusal("field_wrong", field=name)
    wish = Wish(
        services=_several(service),
        brands=_several(brand),
        terminals=_several(terminal),
        most_fee_bps=_number(most_fee_bps, "most_fee_bps", 10_000),
        only_free=only_free,
        **words,
    )
    on = _day(day)
    takings = _number(takings_yen, "takings_yen", HIGHEST_TAKINGS_YEN)
    rows = [_row(one) for one in offers(wish, on, takings)]
    text = json.dumps({"day": on.isoformat(), "takings_yen": takings, "plans": rows}, ensure_ascii=False)
    return HttpResponse(text, content_type="application/json")


def _several(text: str) -> frozenset[str]:
    return frozenset(part.strip() for part in text.split(",") if part.strip())


def _number(text: str, field: str, most: int) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 16 and int(text) <= most):
        raise Refusal("field_wrong", field=field)
    return int(text)


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text) if text else today()
    except ValueError:
        raise Refusal("field_wrong", field="day") from None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise Refusal("field_wrong", field="day")
    return day


def _row(offer: Offer) -> dict[str, Any]:
    """A plan as programs read it; the fields named as in a file of plans mean the same."""
    plan = offer.plan
    kept = {name: getattr(plan, name) for name in COLUMNS}
    kept |= {name: value.isoformat() for name, value in kept.items() if isinstance(value, date)}
    return {
        "id": str(plan.id),
        "provider": plan.provider_id,
        "provider_name": plan.provider.name,
        **kept,
        "services": [service.code for service in offer.services],
        "fee_bps": offer.fee_bps,
        "fee_state": offer.fee_state,
        "fees": [
            {
                "period": fee.period,
                "starts_on": fee.starts_on.isoformat(),
                "ends_on": fee.ends_on.isoformat() if fee.ends_on else None,
                "fee_bps": fee.fee_bps,
            }
            for fee in offer.fees
        ],
        "changes_on": offer.changes_on.isoformat() if offer.changes_on else None,
        "is_example": plan.is_demo,
        "cost": _cost(offer),
    }


def _cost(offer: Offer) -> dict[str, Any] | None:
    if offer.cost is None or offer.year is None:
        return None
    return {
        "fee_yen": offer.cost.fee_yen,
        "transfer_yen": offer.cost.transfer_yen,
        "monthly_yen": offer.cost.monthly_yen,
        "month_yen": offer.cost.month_yen,
        "once_yen": offer.year.once_yen,
        "first_year_yen": offer.year.yen,
    }
