"""Reward campaigns for programs: what goes on, how a budget stands, what purchases would earn. Open to all."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from madoguchi.api.edges import json_answer
from madoguchi.api.errors import body_of
from madoguchi.core.errors import Refusal
from madoguchi.core.validation import refusal_of
from madoguchi.engine.rewards.calculator import LARGEST_YEN, Purchase, reward_of
from madoguchi.engine.rewards.campaign import WHOLE_BPS
from madoguchi.rewards.campaigns import services_of, terms_of
from madoguchi.rewards.published import campaign_data, figures_data, public_campaign, terms_data
from madoguchi.rewards.queries import public_campaigns

MOST_PURCHASES = 1_000
PAGE = 100
router = Router(tags=["campaigns"])


def _instant(text: Any) -> datetime:
    """An instant or a day as ISO 8601 writes it; a number would be taken for seconds since 1970."""
    moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    if moment is None or not 2000 <= moment.year < 2100:
        raise ValueError("a day or an instant from 2000 to 2099")
    return moment


class PurchaseIn(BaseModel):
    """What was bought. `bought_at` is Japanese time if it has no offset; a day alone is its first moment.

    `rate_bps` is the place's, where the campaign has no rate of its own; null says that the place does not take part.
    """

    model_config = ConfigDict(extra="forbid")

    service_id: Annotated[str, Field(min_length=1, max_length=40)]
    channel: Annotated[str, Field(max_length=40)] = ""
    bought_at: Annotated[datetime, BeforeValidator(_instant)]
    amount_yen: Annotated[int, Field(strict=True, ge=0, le=LARGEST_YEN)]
    rate_bps: Annotated[int, Field(strict=True, ge=0, le=WHOLE_BPS)] | None = None


class PurchasesIn(BaseModel):
    """One member's purchases."""

    model_config = ConfigDict(extra="forbid")

    purchases: Annotated[list[PurchaseIn], Field(min_length=1, max_length=MOST_PURCHASES)]


LIST_DESCRIPTION = {
    "responses": {
        200: {
            "description": "`campaigns`, the latest first, 100 at a time: `stage` is coming, under_way, over or "
            "stopped; `granted_points` is null before the first approved run, or where it has fewer than five payments."
        },
        422: {"description": "`page` is no whole number from 1."},
    }
}
ONE_DESCRIPTION = {
    "responses": {
        200: {
            "description": "The campaign with `terms`, `services` and `figures`. A part of fewer than "
            "`fewest_payments` payments is never told by itself: where `service_id`, `prefecture` or `municipality` is "
            "null, `of` says how many are added up; a row of `by_day` may hold several days."
        },
        404: {"description": "No approved campaign has this code."},
    }
}
REWARD_DESCRIPTION = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": PurchasesIn.model_json_schema()}}},
    "responses": {
        200: {
            "description": "`rewards`, one for each purchase in its order, and `granted_points` in all. Caps are used "
            "up in the order of `bought_at`. The cap of a store and the budget depend on others and are left out."
        },
        400: {"description": "The body is not JSON."},
        404: {"description": "No approved campaign has this code."},
        422: {"description": "`error` names the field that is missing or wrong, such as `purchases.0.amount_yen`."},
    },
}


@router.get("", summary="Reward campaigns", openapi_extra=LIST_DESCRIPTION)
def get_campaigns(request: HttpRequest, page: str = "1") -> HttpResponse:
    """Every campaign that was approved, 100 a page."""
    if not (page.isascii() and page.isdigit() and len(page) <= 6 and int(page)):
        raise Refusal("field_wrong", field="page")
    start = (int(page) - 1) * PAGE
    rows = list(public_campaigns()[start : start + PAGE + 1])
    return json_answer({"campaigns": [campaign_data(row) for row in rows[:PAGE]], "has_more": len(rows) > PAGE})


@router.get("/{code}", summary="One campaign with its figures", openapi_extra=ONE_DESCRIPTION)
def get_campaign(request: HttpRequest, code: str) -> HttpResponse:
    """Its terms, its services and the figures of its last approved run, as on its page."""
    found = public_campaign(code)
    return json_answer({**campaign_data(found), **terms_data(found), "figures": figures_data(found)})


@router.post("/{code}/reward", summary="What would purchases earn?", openapi_extra=REWARD_DESCRIPTION)
def post_reward(request: HttpRequest, code: str) -> HttpResponse:
    """What one member's purchases earn, and what is left under the cap (P-35, P-38). Nothing is stored."""
    found = public_campaign(code)
    body = body_of(request)
    try:
        asked = PurchasesIn.model_validate_json(body)
    except ValidationError as wrong:
        raise refusal_of(wrong) from wrong
    terms = terms_of(found)
    purchases = [_purchase(row, position, terms.rate_bps) for position, row in enumerate(asked.purchases)]
    rewards = reward_of(purchases, services_of(found), terms)
    return json_answer(
        {
            "rewards": [
                {**asdict(one), "credit_on": one.credit_on.isoformat() if one.credit_on else None} for one in rewards
            ],
            "granted_points": sum(one.granted_points for one in rewards),
        }
    )


def _purchase(row: PurchaseIn, position: int, own_bps: int | None) -> Purchase:
    """A place is taken to take part unless it is said not to."""
    is_told = "rate_bps" in row.model_fields_set
    if own_bps is None and not is_told:
        raise Refusal("field_missing", field=f"purchases.{position}.rate_bps")
    facts: dict[str, Any] = row.model_dump(exclude={"rate_bps"})
    return Purchase(**facts, rate_bps=row.rate_bps if is_told else own_bps)
